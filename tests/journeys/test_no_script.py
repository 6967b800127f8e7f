"""Without JavaScript everything works: a button recomputes, a page is loaded again by itself."""

import pytest
from playwright.sync_api import expect

from tests.journeys import steps
from tests.journeys.conftest import Arrives
from tests.journeys.pages import Offer
from tests.journeys.register import Register
from tests.journeys.visitor import PHONE
from tests.journeys.words import RO, said

pytestmark = pytest.mark.browser


def test_a_list_without_choice_is_validated(register: Register, arrives: Arrives):
    """S2a: nothing to choose, the list still waits for its student's button."""
    someone = register.student("ilinca.branzei@student.upt.ro")
    student = arrives(someone.email, java_script_enabled=False, **PHONE)
    assert student.path() == f"/student/{someone.enrolment}/contract/"
    offer = Offer(student, someone.enrolment)
    assert offer.rows().count() == 0
    offer.go_on()
    offer.validate()
    assert register.acts(someone) == ["offer", "validate"]


def test_a_button_recomputes_the_sums(register: Register, arrives: Arrives):
    someone = register.somebody("AC-L-CALC", "offered", situation="S1", rows_amount__gt=0)
    student = arrives(someone.email, java_script_enabled=False, **PHONE)
    student.speak(RO)
    first = next(line for line in register.lines(someone) if not line.mandatory)
    before = register.total(someone)
    offer = Offer(student, someone.enrolment)
    offer.open("contract")
    offer.expect_total(before)
    offer.untick(1)
    student.press("recalculate")
    offer.expect_total(before - first.amount)
    expect(offer.rows().first).not_to_be_checked()
    offer.go_on()
    assert first.name_ro in student.reads()
    offer.validate()
    assert register.total(someone) == before - first.amount


def test_papers_are_sent_and_sums_are_paid(register: Register, arrives: Arrives):
    someone = register.somebody("AC-L-AIA", "documents_ready", enrolment__financing="fee")
    student = arrives(someone.email, java_script_enabled=False, **PHONE)
    student.speak(RO)
    steps.sign_and_upload(student, someone)
    assert register.state(someone) == "signed_uploaded"
    steps.pay(student, someone, register.total(someone), declined_first=True)
    student.go(f"/student/{someone.enrolment}/payments/")
    assert student.sees("paid")
    assert student.page.title().startswith(said("payments", RO))
