"""An S1 student's year: choose, validate, sign, be checked, pay; with the secretariat on the other side."""

import hashlib
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.journeys import scans, steps
from tests.journeys.conftest import Arrives
from tests.journeys.devices import DESKTOP
from tests.journeys.pages import Offer, Secretariat, lei
from tests.journeys.portal import Portal
from tests.journeys.register import SECRETARY, Register, Student
from tests.journeys.visitor import PHONE, Visitor
from tests.journeys.words import EN, RO, said

pytestmark = pytest.mark.browser

#: Example 7.1 of the catalogue at the fee of the programme: 4.020 a year, 67 a credit.
EVERYTHING, CHOSEN, OVERDUE, TUITION = "5360.00", "4623.00", "603.00", "4020.00"
ACTS = ["offer", "validate", "approve", "upload_file", "upload", "accept_file", "accept", "settle"]
MAILS = [
    "contracting/mail/validated",
    "contracting/mail/documents_ready",
    "fees/mail/released",
    "contracting/mail/contracted",
    "fees/mail/payment_booked",
]


@pytest.mark.parametrize(
    ("email", "language", "device"),
    [
        pytest.param("andra.valeanu@student.upt.ro", RO, PHONE, id="romanian-phone"),
        pytest.param("anca.brezeanu@student.upt.ro", EN, DESKTOP, id="english-desktop"),
    ],
)
def test_from_the_offer_to_the_receipt(
    portal: Portal, register: Register, arrives: Arrives, email: str, language: str, device: dict[str, object]
):
    someone = register.student(email)
    student = arrives(email, language=language, **device)
    secretary = Secretariat(arrives(SECRETARY))

    chooses_and_validates(student, someone)
    assert register.state(someone) == "validated"
    secretary.find("validated", someone.name)
    secretary.approve()
    steps.open_stage_4(register, arrives, someone)

    pdf = steps.download(student, someone)
    paper = register.paper(someone)
    assert hashlib.sha256(pdf).hexdigest() == paper.sha256
    is_in_force(arrives(language=language, **device), paper.code)
    steps.upload(student, someone, scans.as_jpeg(pdf))
    assert register.state(someone) == "signed_uploaded"
    secretary.find("uploaded", someone.name)
    assert secretary.visitor.page.locator(".verdict .note-ok").count() == 1
    secretary.accept()
    assert register.state(someone) == "contracted"

    payments = steps.pay(student, someone, CHOSEN, declined_first=True)
    assert payments.receipt_pdf().startswith(b"%PDF-")
    steps.expect_settled(student, someone)
    everything_was_noted(portal, register, student, someone)


def chooses_and_validates(student: Visitor, someone: Student) -> None:
    """Sign-in led to the offer; rows 2 and 4 stay out."""
    assert student.path() == f"/student/{someone.enrolment}/contract/"
    assert student.heading() == said("offer", student.language)
    expect(student.button("validate")).to_be_in_viewport(ratio=1)  # with the sums, wherever the list stands
    offer = Offer(student, someone.enrolment)
    assert offer.rows().count() == 5
    offer.expect_total(EVERYTHING)
    offer.untick(2, 4)
    offer.expect_total(CHOSEN)
    credits, tuition, overdue, total = offer.figures().values()
    assert credits == ("69 of 80" if student.language == EN else "69 din 80")
    assert tuition.startswith(lei(TUITION, student.language))
    assert overdue == lei(OVERDUE, student.language)
    assert total == lei(CHOSEN, student.language)
    offer.go_on()
    assert lei(CHOSEN, student.language) in student.reads()
    offer.validate()


def is_in_force(guest: Visitor, code: str) -> None:
    """Anybody may ask whether a paper is in force, without signing in."""
    guest.go(f"/verify/{code}/")
    guest.speak(guest.language)
    assert guest.sees("valid")


def everything_was_noted(portal: Portal, register: Register, student: Visitor, someone: Student) -> None:
    """The trace, the history page, the ledger, the messages and their copies in the folder of sent mail."""
    assert register.acts(someone) == ACTS
    assert len(steps.events(student, someone)) == len(ACTS)
    charges = register.charges(someone)
    assert {state for _amount, state in charges} == {"paid"}
    assert sum(amount for amount, _state in charges) == Decimal(CHOSEN)
    mails = register.mails(someone)
    assert [mail.template for mail in mails] == MAILS
    assert {mail.state for mail in mails} == {"sent"}
    assert {mail.language for mail in mails} == {student.language}
    sent = [mail["Subject"] for mail in portal.mails_to(someone.email)]
    subjects = [mail.subject for mail in mails]
    assert [subject for subject in sent if subject in subjects] == subjects  # results posted meanwhile apart
