"""The second tab: papers in every state, scans that come in or are refused, files for whom they are."""

from datetime import date

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from contracting.models import SignableDocument, SignedFile, StudentContracting
from contracting.queries import scans
from contracting.services import changes, settlement, signing
from tests import factories
from tests.contracting import kit
from tests.contracting.pages_kit import browser, statements, text_of, url
from tests.kernel import files
from upt_portal.accounts.models import User
from upt_portal.kernel.models import IssuedPaper, Job, RecordRead, StoredFile

pytestmark = pytest.mark.django_db

STAGE_4 = date(2026, 11, 30)


@pytest.fixture
def clerk(db) -> User:
    return factories.secretary("AC", first_name="Oana", last_name="Pârvu")


@pytest.fixture
def approved(clock, clerk) -> StudentContracting:
    """A list approved in stage 2; its annex waits for its bytes."""
    return kit.approved(kit.validated(kit.case(arrears={1: False})), clerk)


@pytest.fixture
def ready(approved, clock) -> tuple[StudentContracting, SignableDocument]:
    """The same with the annex made, on a day of stage 4."""
    document = kit.rendered(approved)
    clock.stand_on(STAGE_4)
    return approved, document


def scan(data: bytes, name: str = "anexa.jpg") -> SimpleUploadedFile:
    """A file as a browser sends it; its type is what the browser believes."""
    return SimpleUploadedFile(name, data, content_type="application/octet-stream")


def send(
    client: Client, case: StudentContracting, document: SignableDocument, data: bytes, name: str = "a.jpg"
):
    """Send the form of the upload page."""
    return client.post(url(case, "upload", document.pk), {"file": scan(data, name)}, follow=True)


# ---- what the tab shows ------------------------------------------------------------------------------------


def test_before_the_list_is_processed_the_tab_says_why_it_is_empty(clock):
    case = kit.validated(kit.case(arrears={1: False}))

    words = text_of(browser(case).get(url(case, "documents")))

    assert "Documentele apar aici după ce secretariatul prelucrează lista" in words
    assert "ghid, pasul 3" in words
    assert "Descărcați" not in words


def test_with_nothing_to_validate_the_papers_appear_on_the_campaigns_day(clock):
    case = kit.case(offering=False)
    kit.rendered(case)
    client = browser(case)

    clock.stand_on(date(2026, 11, 18))
    words = text_of(client.get(url(case, "documents")))
    assert "Documentele apar aici începând cu 19 noiembrie 2026." in words
    document = case.documents.get()
    assert client.get(url(case, "paper", document.pk)).status_code == 404
    assert client.get(url(case, "upload", document.pk)).status_code == 404

    clock.stand_on(date(2026, 11, 19), 9)
    assert "Descărcați anexa (PDF, 1 kB)" in text_of(client.get(url(case, "documents")))
    assert client.get(url(case, "paper", document.pk)).status_code == 200


def test_a_paper_in_the_making_asks_for_itself_again_with_and_without_script(approved):
    page = browser(approved).get(url(approved, "documents"))

    assert "Pregătim documentul…" in text_of(page)
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page.content.decode()
    assert 'hx-trigger="every 2s"' in page.content.decode()


def test_a_ready_paper_is_downloaded_at_once_and_uploaded_in_stage_4(approved, clock):
    document = kit.rendered(approved)
    client = browser(approved)

    early = text_of(client.get(url(approved, "documents")))
    clock.stand_on(STAGE_4)
    page = client.get(url(approved, "documents"))

    assert "Etapa 4 se deschide pe 28 noiembrie 2026." in early
    assert "Încărcați documentul semnat" not in early
    words = text_of(page)
    assert "Anexa nr. 2, versiunea 1 De încărcat" in words
    assert "emisă pe 20.11.2026 · 2 pagini" in words
    assert "fotografia sau scanarea până vineri, 4 decembrie 2026, ora 23:59 (ora României)" in words
    assert url(approved, "upload", document.pk) in page.content.decode()
    assert "http-equiv" not in page.content.decode()


def test_the_papers_are_told_in_english_too(ready):
    case, _document = ready

    words = text_of(browser(case, "en").get(url(case, "documents")))

    assert "Annex no. 2, version 1 To upload" in words
    assert "upload a photograph or a scan until Friday 4 December 2026, 23:59 (Romanian time)" in words


def test_a_returned_scan_shows_the_reason_and_until_when(ready, clerk, clock):
    case, document = ready
    signed = signing.upload(
        document.pk, kit.stored(kit.student(case)), actor=kit.student(case), at=kit.STAGE_4
    )
    at = clock.stand_on(date(2026, 12, 4), 9)
    signing.reject_file(
        signed.pk, seen_sha256=signed.stored.sha256, reason="Pagina 2 lipsește.", actor=clerk, at=at
    )

    words = text_of(browser(case).get(url(case, "documents")))

    assert "De corectat" in words
    assert "Pagina 2 lipsește." in words
    assert "Îl puteți încărca din nou până miercuri, 9 decembrie 2026, ora 23:59 (ora României)." in words
    assert "Pârvu" not in words


def test_a_replaced_version_stays_below_with_its_scan(ready, clerk, clock):
    case, document = ready
    signing.upload(document.pk, kit.stored(kit.student(case)), actor=kit.student(case), at=kit.STAGE_4)
    StudentContracting.objects.filter(pk=case.pk).update(state="documents_ready", change_until=STAGE_4)
    row = case.lines.filter(mandatory=False).get()
    asked = changes.request(
        case.pk, text="Las o restanță.", add=[], drop=[row.key], actor=kit.student(case), at=clock.now
    )
    changes.decide(
        asked.pk, approved=True, number="7", on=STAGE_4, reason="", named=[], actor=clerk, at=clock.now
    )
    changes.apply(asked.pk, actor=clerk, at=clock.now)
    client = browser(case)

    words = text_of(client.get(url(case, "documents")))

    assert "Anexa nr. 2, versiunea 2" in words
    assert "Versiuni mai vechi Anexa nr. 2, versiunea 1" in words
    assert "Înlocuită de versiunea 2" in words
    assert "3 Actualizare anexe" in text_of(client.get(url(case, "documents"))) or "versiunea 2," in words
    old = send(client, case, document, files.jpeg())
    assert "Această versiune a fost înlocuită de una mai nouă." in text_of(old)


def test_the_tab_takes_a_constant_number_of_queries(ready):
    case, _document = ready

    assert statements(browser(case), url(case, "documents")) <= 12


# ---- a scan comes in ---------------------------------------------------------------------------------------


def test_a_scan_is_kept_with_its_facts_and_the_payments_open(ready):
    case, document = ready
    client = browser(case)

    page = send(client, case, document, files.jpeg(), "anexa semnată.jpg")
    words = text_of(page)

    assert page.redirect_chain == [(url(case, "documents"), 302)]
    assert "Anexa nr. 2, versiunea 1: documentul semnat a fost trimis." in words
    assert "Trimis, în verificare" in words
    assert "anexa semnată.jpg" in words
    assert "1 pagină" in words
    assert StudentContracting.objects.get(pk=case.pk).state == "signed_uploaded"
    assert "De plătit 280,00 lei" in text_of(client.get(url(case, "payments")))


def test_a_scan_without_colour_is_kept_with_a_warning(ready):
    case, document = ready

    words = text_of(send(browser(case), case, document, files.jpeg(files.page_picture())))

    assert "Scanarea pare să nu fie color" in words
    assert SignedFile.objects.count() == 1


def test_a_second_click_is_told_and_makes_no_duplicate(ready):
    case, document = ready
    client, data = browser(case), files.jpeg()
    send(client, case, document, data)

    again = send(client, case, document, data)
    other = send(client, case, document, files.png())

    for page in (again, other):
        assert "Documentul semnat este deja la secretariat; nimic nu s-a trimis de două ori." in text_of(page)
    assert (SignedFile.objects.count(), StoredFile.objects.count()) == (1, 1)


def test_the_same_file_for_a_paper_that_waits_for_another_one_is_kept_once(ready, clerk):
    case, document = ready
    contract = factories.study_contract(case.enrolment, state="awaiting_signature")
    facts = {"title": "Contract", "template": "x", "context": {}, "filename": "contract.pdf"}
    paper = IssuedPaper.objects.create(
        kind="contracting.study_contract", about="x:1", number="1", issued_at=kit.NOW, **facts
    )
    SignableDocument.objects.create(contracting=case, kind="contract", study_contract=contract, paper=paper)
    client, data = browser(case), files.jpeg()

    first = send(client, case, document, data)
    again = send(client, case, document, data)

    assert "documentul semnat a fost trimis" in text_of(first)
    assert "Acest fișier este deja la noi; nimic nu s-a trimis de două ori." in text_of(again)
    assert (SignedFile.objects.count(), StoredFile.objects.count()) == (1, 1)


# ---- a scan is refused -------------------------------------------------------------------------------------


def with_password() -> bytes:
    return files.saved(files.blank_pdf(), encryption=pikepdf.Encryption(owner="a", user="b"))


REFUSALS = {
    "type": (lambda: b"just words, whatever the name says", "Fișierul trebuie să fie PDF, JPG sau PNG"),
    "size": (
        lambda: files.grown(files.pdf_bytes(), 5 * 1024 * 1024 + 1),
        "Fișierul trebuie să aibă cel mult 5 MB; are 5,1 MB",
    ),
    "empty": (lambda: b"", "Fișierul este gol"),
    "password": (with_password, "Fișierul are parolă. Salvați o copie fără parolă"),
    "unreadable": (lambda: files.jpeg()[:400], "Fișierul nu poate fi deschis. Scanați din nou"),
}


@pytest.mark.parametrize("case_of", REFUSALS)
def test_a_refused_file_says_why_on_the_same_page_and_leaves_no_trace(ready, case_of):
    case, document = ready
    make, words = REFUSALS[case_of]

    page = send(browser(case), case, document, make(), "anexa.png")
    shown = text_of(page)

    assert page.status_code == 422
    assert "Există o problemă " + words in shown
    assert shown.count(words) == 2  # in the summary and at the field
    assert page.content.decode().split("<title>")[1].startswith("Eroare:")
    assert (SignedFile.objects.count(), StoredFile.objects.count()) == (0, 0)
    assert StudentContracting.objects.get(pk=case.pk).state == "documents_ready"


def test_a_form_without_a_file_names_what_to_choose(ready):
    case, document = ready

    page = browser(case).post(url(case, "upload", document.pk), {})

    assert page.status_code == 422
    assert "Alegeți un fișier cu documentul semnat" in text_of(page)


def test_a_refusal_of_the_case_keeps_no_file_either(ready, clock):
    case, document = ready
    client = browser(case)
    clock.stand_on(date(2026, 12, 5))

    page = client.get(url(case, "upload", document.pk))
    late = send(client, case, document, files.jpeg())

    for words in (text_of(page), text_of(late)):
        assert "Documentul nu se poate încărca acum" in words
        assert "Termenul etapei 4 s-a încheiat vineri, 4 decembrie 2026, ora 23:59 (ora României)." in words
        assert "Scrieți secretariatului" in words
    assert late.status_code == 409
    assert "Documentele semnate nu au fost încărcate la timp" in text_of(client.get(url(case, "documents")))
    assert (SignedFile.objects.count(), StoredFile.objects.count()) == (0, 0)


def test_the_upload_page_tells_what_is_wanted_before_the_file_is_chosen(ready):
    case, document = ready

    page = browser(case).get(url(case, "upload", document.pk))
    words = text_of(page)

    assert "PDF, JPG sau PNG, cel mult 5 MB" in words
    assert "color, cu semnătura dumneavoastră de mână" in words
    assert 'enctype="multipart/form-data"' in page.content.decode()
    assert 'role="img"' in page.content.decode()


# ---- the files themselves ----------------------------------------------------------------------------------


@pytest.fixture
def uploaded(ready) -> tuple[StudentContracting, SignableDocument, SignedFile]:
    case, document = ready
    stored = kit.stored(kit.student(case))
    stored.served = stored.file
    stored.save()
    signed = signing.upload(document.pk, stored, actor=kit.student(case), at=kit.STAGE_4)
    return case, document, signed


def staff(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="upt_portal.accounts.backends.PortalBackend")
    return client


def test_paper_and_scan_are_downloads_without_a_name_of_a_person(uploaded):
    case, document, signed = uploaded
    client = browser(case)

    paper = client.get(url(case, "paper", document.pk))
    file = client.get(url(case, "file", signed.stored_id))

    assert paper["Content-Disposition"] == f'attachment; filename="anexa-{case.pk}-v1.pdf"'
    assert file["Content-Disposition"] == f'attachment; filename="scan-{signed.pk}.jpg"'
    for response in (paper, file):
        assert response["Cache-Control"] == "private, no-store"
        assert "sandbox" in response["Content-Security-Policy"]
    assert RecordRead.objects.count() == 0


def test_the_secretariat_of_the_faculty_opens_them_and_the_student_sees_that(uploaded, clerk):
    case, document, signed = uploaded

    assert staff(clerk).get(url(case, "paper", document.pk)).status_code == 200
    assert staff(clerk).get(url(case, "file", signed.stored_id)).status_code == 200

    read = RecordRead.objects.get()
    assert (read.person, read.reader, read.what) == (kit.student(case), clerk, "contracting.documents")


def test_nobody_else_finds_them(uploaded):
    case, document, signed = uploaded
    addresses = [url(case, "paper", document.pk), url(case, "file", signed.stored_id)]
    elsewhere = kit.case(campaign=case.campaign)
    own_folder = [url(elsewhere, "paper", document.pk), url(elsewhere, "file", signed.stored_id)]

    for client in (browser(elsewhere), staff(factories.secretary("CT")), staff(factories.administrator())):
        assert [client.get(address).status_code for address in addresses + own_folder] == [404] * 4
    assert Client().get(addresses[0]).status_code == 302
    assert send(browser(elsewhere), elsewhere, document, b"x").status_code == 404


def test_a_cancelled_case_shows_its_papers_without_asking_for_anything(ready, clerk):
    case, _document = ready
    settlement.cancel(case.pk, reason="Întrerupere.", actor=clerk, at=kit.STAGE_4)

    words = text_of(browser(case).get(url(case, "documents")))

    assert "Anexa nr. 2, versiunea 1" in words
    assert "Încărcați documentul semnat" not in words


def test_CON_065_a_scan_of_another_document_is_told_to_its_student(ready, clock):
    case, document = ready
    student = kit.student(case)
    signed = signing.upload(document.pk, kit.stored(student), actor=student, at=kit.STAGE_4)
    before = text_of(browser(case).get(url(case, "documents")))
    strange = [[1, "https://portal/verify/NXA2-RQBE-NC7Z/?v=1&p=1", [0, 0, 0.1, 0.1]]]
    Job.objects.update_or_create(
        key=scans.job_key(signed),
        defaults={
            "kind": scans.READ_SCAN,
            "state": Job.State.DONE,
            "result": {"marks": strange},
            "finished_at": kit.STAGE_4,
        },
    )

    words = text_of(browser(case).get(url(case, "documents")))
    english = text_of(browser(case, "en").get(url(case, "documents")))

    assert "nu se potrivește" not in before
    assert "Scanarea nu se potrivește cu documentul" in words
    assert "Alt document. Decide secretariatul." in words
    assert "Another document. The secretariat decides." in english
