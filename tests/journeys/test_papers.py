"""School documents in a browser: a phone issues a transcript, a stranger checks it, the pages are for all."""

from io import BytesIO
from urllib.parse import urlsplit

import pypdf
import pypdfium2
import pytest
import zxingcpp

from studentrecords.models import DocumentRequest, Enrolment
from tests.journeys.conftest import Arrives
from tests.journeys.pages import WORKER
from tests.journeys.register import SECRETARY, Register
from tests.journeys.test_accessibility import Sight, look, press_without_typing
from tests.journeys.visitor import PHONE, plain
from tests.studentrecords import elmo_shape

pytestmark = pytest.mark.browser


def student_of(register: Register, place: int = 0) -> tuple[int, str]:
    """A student of last year's published exams, none of them being corrected: enrolment, e-mail.

    place: which one of them, so that two tests do not find each other's papers.
    """

    def found() -> tuple[int, str]:
        row = DocumentRequest.objects.filter(kind="transcript").earliest("pk").enrolment
        others = Enrolment.objects.filter(
            programme=row.programme_id, year_of_study=row.year_of_study, status="enrolled"
        )
        one = others.exclude(pk=row.pk).select_related("person__user").order_by("pk")[place]
        return one.pk, one.person.user.email if one.person.user else ""

    return register.portal.records.ask(found)


@pytest.mark.parametrize(
    ("language", "said", "valid"),
    [
        ("ro", ("Situație școlară", "Media ponderată"), "Documentul este valid"),
        ("en", ("Transcript of Records", "Weighted average"), "The document is valid"),
    ],
)
def test_a_phone_issues_a_transcript_and_a_stranger_checks_it(
    register: Register, arrives: Arrives, language: str, said: tuple[str, ...], valid: str
) -> None:
    enrolment, email = student_of(register, place=("ro", "en").index(language))
    student = arrives(email, language=language, **PHONE)
    path = f"/student/{enrolment}/papers/"
    student.go(path)
    student.speak(language)
    row = student.page.locator("#asked ~ * tr", has_text=said[0])
    student.page.locator("form:has(input[value=transcript]) button").click()
    links = row.locator("a[href*='/papers/']")
    for _round in range(WORKER // 1000):
        student.go(path)
        if links.count():
            break
        student.page.wait_for_timeout(1000)
    with student.page.expect_download() as started:
        links.first.click()
    data = started.value.path().read_bytes()
    text = plain(" ".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(data)).pages))
    assert [words for words in said if words not in text] == []
    with student.page.expect_download() as started:
        links.nth(1).click()
    assert elmo_shape.faults(started.value.path().read_bytes()) == []
    codes = codes_on(data)
    assert len({urlsplit(code).path for code in codes}) == 1  # every page names the same paper
    stranger = arrives(language=language)
    for code in (codes[0], codes[-1]):
        address = urlsplit(code)
        stranger.go(f"{address.path}?{address.query}")
        stranger.speak(language)
        assert valid in stranger.reads()
    assert email not in stranger.reads()


def codes_on(data: bytes) -> list[str]:
    """What the QR code of each page says, read from the page as it is drawn; one on every page."""
    read = [
        [code.text for code in zxingcpp.read_barcodes(page.render(scale=3).to_pil())]
        for page in pypdfium2.PdfDocument(data)
    ]
    assert [len(codes) for codes in read] == [1] * len(read)
    return [codes[0] for codes in read]


def test_the_pages_of_documents_are_accessible(register: Register, arrives: Arrives) -> None:
    enrolment, email = student_of(register)
    path = f"/student/{enrolment}/papers/"
    assert look(arrives(email), [Sight(path), Sight(path, press_without_typing)]) == []
    late = register.portal.records.ask(
        lambda: DocumentRequest.objects.filter(flagged_at__isnull=False).earliest("pk")
    )
    desk = "/admin/studentrecords/documentrequest/"
    sights = [
        Sight(f"{desk}?waits=office"),
        Sight(f"{desk}{late.pk}/change/"),
        Sight(f"{desk}supplement/{late.enrolment_id}/"),
    ]
    assert look(arrives(SECRETARY), sights) == []
