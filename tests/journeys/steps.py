"""Steps that several journeys have in common."""

from datetime import timedelta
from decimal import Decimal

from playwright.sync_api import expect

from tests.journeys import scans
from tests.journeys.conftest import Arrives
from tests.journeys.pages import DECLINED, GOOD, Documents, Payments, Secretariat, lei
from tests.journeys.register import CHIEF, Register, Student
from tests.journeys.visitor import Visitor, plain
from tests.journeys.words import said

EARLIER = "Listele sunt verificate mai devreme decât s-a prevăzut."


def open_stage_4(register: Register, arrives: Arrives, someone: Student) -> None:
    """The chief secretary lets stage 4 begin today, stage 1 going on for the others; once is enough."""
    campaign, today = register.campaign(someone.campaign), register.today()
    if campaign.stage4_from <= today:
        return
    yesterday = today - timedelta(days=1)
    Secretariat(arrives(CHIEF)).reschedule(
        campaign.pk,
        EARLIER,
        stage2_until=yesterday,
        stage3_from=yesterday,
        stage3_until=yesterday,
        stage4_from=today,
    )


def download(student: Visitor, someone: Student) -> bytes:
    """The annex, once the worker has made it."""
    documents = Documents(student, someone.enrolment)
    documents.open("documents")
    documents.expect_paper()
    return documents.download()


def upload(student: Visitor, someone: Student, scan: bytes, *, name: str = "anexa semnată.jpg") -> None:
    """Send the signed paper; the tab says that it arrived."""
    documents = Documents(student, someone.enrolment)
    documents.open("documents")
    documents.go_to_upload()
    documents.send(name, scan, "image/jpeg" if name.endswith("jpg") else "application/pdf")
    documents.expect_sent()


def sign_and_upload(student: Visitor, someone: Student) -> None:
    """Download, sign, scan into one file of pictures, send."""
    upload(student, someone, scans.as_pdf(download(student, someone)), name="anexa.pdf")


def pay(
    student: Visitor, someone: Student, total: Decimal | str, *, declined_first: bool = False
) -> Payments:
    """Pay all the sums of the annex; ends on the receipt. total: as the annex says."""
    payments = Payments(student, someone.enrolment)
    payments.open("payments")
    assert lei(total, student.language) in student.reads(".hero")
    payments.begin()
    if declined_first:
        payments.type_card(DECLINED)
        expect(student.page.locator(".summary")).to_contain_text(said("declined", student.language))
    payments.type_card(GOOD)
    payments.expect_receipt()
    assert student.sees("registered")
    assert lei(total, student.language) in student.reads()
    return payments


def expect_settled(student: Visitor, someone: Student) -> None:
    """The tab of payments says that nothing is left, and so does the first tab."""
    student.go(f"/student/{someone.enrolment}/payments/")
    assert student.sees("paid")
    student.go(f"/student/{someone.enrolment}/contract/")
    assert student.sees("settled")


def events(student: Visitor, someone: Student) -> list[str]:
    """The history page: what happened, oldest first."""
    student.go(f"/student/{someone.enrolment}/contract/history/")
    assert student.heading() == said("history", student.language)
    names = student.page.locator(".timeline .stage-name").all_inner_texts()
    return [plain(name).strip() for name in reversed(names)]
