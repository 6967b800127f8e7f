"""The secretariat's pages for tests: addresses, cases in every place of the queue, scans with real pages."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

import contracting.tasks  # noqa: F401  the workers' doors: jobs find their handlers
from contracting.admin.file import seen_of
from contracting.models import SignableDocument, SignedFile, StudentContracting
from contracting.services import changes, review, selection, signing
from studentrecords.models import Enrolment, Financing
from tests import factories
from tests.contracting import kit
from tests.kernel import files
from upt_portal.accounts.models import User
from upt_portal.kernel import documents, uploads

ROUTE = "admin:contracting_studentcontracting"


def url(name: str, *args: Any) -> str:
    """Address of one of the secretariat's pages."""
    return reverse(f"{ROUTE}_{name}", args=args)


def students(count: int, *, faculty: str = "AC", **fields: Any) -> list[Enrolment]:
    """Students of one curriculum of a faculty, year 1 passed."""
    plan = factories.curriculum(programme=factories.programme(faculty=factories.faculty(faculty)))
    return [
        factories.with_past(factories.enrolment(curriculum=plan, financing=Financing.FEE, **fields))
        for _number in range(count)
    ]


def cases(
    count: int, *, faculty: str = "AC", moment: datetime = kit.NOW, **dates: Any
) -> list[StudentContracting]:
    """Fresh cases of one published campaign of a faculty."""
    campaign = kit.published(faculty=factories.faculty(faculty), **dates)
    return [kit.case(of=one, campaign=campaign, moment=moment) for one in students(count, faculty=faculty)]


def fresh(case: StudentContracting) -> StudentContracting:
    """The case as it stands in the database now."""
    return StudentContracting.objects.get(pk=case.pk)


def asked(case: StudentContracting, clerk: User, moment: datetime = kit.NOW) -> StudentContracting:
    """A validated list about which the secretariat asked something."""
    review.ask(kit.validated(case).pk, question="Care opțională o alegeți?", actor=clerk, at=moment)
    return fresh(case)


def answered(case: StudentContracting, clerk: User, moment: datetime = kit.NOW) -> StudentContracting:
    """The student answered."""
    asked(case, clerk)
    review.answer(case.pk, text="Pe prima.", actor=kit.student(case), at=moment)
    return fresh(case)


def lapsed(case: StudentContracting) -> StudentContracting:
    """Nobody validated in time."""
    assert selection.lapse(case.pk, at=kit.at("2026-11-26"))
    return fresh(case)


def change_asked(case: StudentContracting, moment: datetime = kit.NOW) -> Any:
    """A validated list with a request to leave its first row out."""
    kit.validated(case)
    key = case.lines.order_by("position").first().key
    return changes.request(case.pk, text="Lucrez.", add=[], drop=[key], actor=kit.student(case), at=moment)


def scan_of(document: SignableDocument, *, pages: int = 2, moment: datetime = kit.STAGE_4) -> SignedFile:
    """A scan with real pages, uploaded by the student."""
    owner = kit.student(document.contracting)
    pictures = [files.jpeg(files.page_picture(stamp="blue")) for _page in range(pages)]
    sent = SimpleUploadedFile("anexa.pdf", files.scan_pdf(*pictures), content_type="application/pdf")
    stored = uploads.receive(sent, owner=owner, purpose="contracting.signed", at=moment)
    return signing.upload(document.pk, stored, actor=owner, at=moment)


def issued(case: StudentContracting, clerk: User) -> SignableDocument:
    """The annex of an approved case with real pages of its own."""
    kit.approved(kit.validated(case), clerk)
    document = SignableDocument.objects.get(contracting=case, current=True)
    documents.keep(document.paper_id, files.pdf_bytes(2), pages=2, sealed=False, at=kit.NOW)
    document.refresh_from_db()
    return document


def uploaded(case: StudentContracting, clerk: User) -> SignedFile:
    """A case whose signed annex waits to be checked; the file has no pages that could be drawn."""
    kit.approved(kit.validated(case), clerk)
    document = kit.rendered(case)
    owner = kit.student(case)
    stored = kit.stored(owner, mark=f"scan {case.pk}", moment=kit.STAGE_4)
    return signing.upload(document.pk, stored, actor=owner, at=kit.STAGE_4)


def press(
    client: Client, case: StudentContracting, act: str, *, seen: str = "", query: str = "", **given: Any
) -> HttpResponse:
    """Press the button of an act on the file, as the page would. seen: what an older page had shown."""
    shown = seen or seen_of(fresh(case))
    return client.post(url("act", case.pk, act) + query, {"seen": shown, **given})


def english(client: Client) -> Client:
    """The same browser reading English."""
    client.cookies["language"] = "en"
    return client


Browser = Callable[[User], Client]
