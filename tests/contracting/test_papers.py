"""The annex as a PDF: letters, figures, pages, codes, seal, and what it refuses to read."""

import io
from datetime import timedelta

import pikepdf
import pypdf
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature

from tests import factories
from tests.contracting import kit
from upt_portal.kernel import jobs, rendering, sealing
from upt_portal.kernel.models import IssuedPaper, Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def paper():
    case = kit.validated(kit.case(arrears=kit.FIVE_ARREARS), without=(2, 4))
    factories.study_contract(case.enrolment, number="1187")
    kit.approved(case, factories.secretary())
    return IssuedPaper.objects.get()


def made(paper: IssuedPaper) -> IssuedPaper:
    job = Job.objects.get(key=f"paper:{paper.pk}")
    assert jobs.run(str(job.pk), at=kit.NOW + timedelta(seconds=1))
    paper.refresh_from_db()
    return paper


def test_the_annex_says_what_was_validated_on_numbered_pages(paper):
    done = made(paper)

    with done.file.open("rb") as file:
        pages = [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(file).pages]

    text = " ".join(pages)
    for words in (
        "Anexă la contractul de studii",
        "Văleanu Ș.",
        "4.830,00",
        "69",
        "nr. 1187/29.09.2025",
        paper.code,
    ):
        assert words in text
    for number, page in enumerate(pages, start=1):
        assert f"pagina {number} din {len(pages)}" in page
    assert done.pages == len(pages)


def test_the_bytes_are_sealed_hashed_and_tagged(paper):
    done = made(paper)
    data = done.file.read()

    signature = PdfFileReader(io.BytesIO(data)).embedded_signatures[0]
    status = validate_pdf_signature(signature, _trusting(sealing._signer().signing_cert))

    assert (status.intact, status.valid, done.sealed) == (True, True, True)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.Root.Lang == "ro"
        assert pdf.Root.MarkInfo.Marked


def test_a_changed_byte_breaks_the_seal(paper):
    data = bytearray(made(paper).file.read())
    at = data.find(b"/MediaBox")
    data[at + 11] ^= 1

    signature = PdfFileReader(io.BytesIO(bytes(data)), strict=False).embedded_signatures[0]
    status = validate_pdf_signature(signature, _trusting(sealing._signer().signing_cert))

    assert status.intact is False


def _trusting(certificate):
    from pyhanko_certvalidator import ValidationContext

    return ValidationContext(trust_roots=[certificate])


def test_every_page_has_its_own_code(paper):
    import pypdfium2
    import zxingcpp

    done = made(paper)
    with pypdfium2.PdfDocument(done.file.read()) as pdf:
        found = [
            [code.text for code in zxingcpp.read_barcodes(page.render(scale=3).to_pil())] for page in pdf
        ]

    assert found == [[rendering.check_address(paper, number)] for number in range(1, done.pages + 1)]


def test_the_same_row_gives_the_same_unsealed_bytes(paper, monkeypatch):
    monkeypatch.setattr(sealing, "seal", lambda data, *, title: None)

    assert rendering.render(paper).data == rendering.render(paper).data


def test_making_a_paper_twice_keeps_the_first_bytes(paper):
    first = made(paper).sha256
    job = Job.objects.get(key=f"paper:{paper.pk}")
    Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED, finished_at=None)

    assert jobs.run(str(job.pk), at=kit.NOW + timedelta(minutes=5))

    paper.refresh_from_db()
    assert paper.sha256 == first


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/x.css", "file:///etc/passwd", "https://example.org/", "ftp://127.0.0.1/x"]
)
def test_a_paper_reads_nothing_from_outside(address):
    with pytest.raises(ValueError, match="outside"):
        rendering.PackagedOnly().fetch(address)


def test_a_hostile_name_stays_a_name(paper):
    context = {**paper.context, "student": '<img src="file:///etc/passwd"><script>x</script>'}
    IssuedPaper.objects.filter(pk=paper.pk).update(context=context)

    html = rendering.html_of(IssuedPaper.objects.get(pk=paper.pk))

    assert "<script>" not in html
    assert "&lt;img" in html
