"""School documents in a browser: a phone issues a transcript, a stranger checks it, the pages are for all."""

from io import BytesIO

import pypdf
import pytest

from studentrecords.models import DocumentRequest, Enrolment
from tests.journeys.conftest import Arrives
from tests.journeys.pages import WORKER
from tests.journeys.register import SECRETARY, Register
from tests.journeys.test_accessibility import Sight, look, press_without_typing
from tests.journeys.visitor import PHONE, plain
from tests.studentrecords import elmo_shape

pytestmark = pytest.mark.browser


def student_of(register: Register) -> tuple[int, str]:
    """A student of last year's published exams, none of them being corrected: enrolment, e-mail."""

    def found() -> tuple[int, str]:
        row = DocumentRequest.objects.filter(kind="transcript").earliest("pk").enrolment
        others = Enrolment.objects.filter(
            programme=row.programme_id, year_of_study=row.year_of_study, status="enrolled"
        )
        one = others.exclude(pk=row.pk).select_related("person__user").earliest("pk")
        return one.pk, one.person.user.email if one.person.user else ""

    return register.portal.records.ask(found)


def test_a_phone_issues_a_transcript_and_a_stranger_checks_it(register: Register, arrives: Arrives) -> None:
    enrolment, email = student_of(register)
    student = arrives(email, **PHONE)
    path = f"/student/{enrolment}/papers/"
    student.go(path)
    student.page.locator("form:has(input[value=transcript]) button").click()
    links = student.page.locator("#asked ~ * a[href*='/papers/']")
    for _round in range(WORKER // 1000):
        student.go(path)
        if links.count():
            break
        student.page.wait_for_timeout(1000)
    with student.page.expect_download() as started:
        links.first.click()
    pages = pypdf.PdfReader(BytesIO(started.value.path().read_bytes())).pages
    text = plain(" ".join(page.extract_text() for page in pages))
    assert "Situație școlară" in text
    assert "Media ponderată" in text
    with student.page.expect_download() as started:
        links.nth(1).click()
    file = started.value.path().read_bytes()
    assert elmo_shape.faults(file) == []
    code = text.split("Cod de verificare ")[1].split()[0]
    stranger = arrives()
    stranger.go(f"/verify/{code}/")
    assert "Documentul este valid" in stranger.reads()


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
