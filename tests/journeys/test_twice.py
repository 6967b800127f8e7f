"""The same button twice, the same page twice, and the way back: one act, one mail, one payment."""

import pytest
from playwright.sync_api import expect

from tests.journeys import scans, steps
from tests.journeys.conftest import Arrives
from tests.journeys.pages import GOOD, Documents, Offer, Payments
from tests.journeys.register import Register
from tests.journeys.words import RO, said

pytestmark = pytest.mark.browser


def test_two_tabs_validate_once(register: Register, arrives: Arrives):
    someone = register.somebody("AC-L-CALC", "offered", situation="S1")
    student = arrives(someone.email)
    student.speak(RO)
    offer = Offer(student, someone.enrolment)
    offer.open("contract")
    offer.go_on()
    first, second = student.page, student.another_tab()
    offer.open("contract")
    offer.untick(1)
    offer.go_on()
    student.page = first
    offer.validate()
    student.page = second
    student.press("validate")
    expect(student.page.locator(".note").first).to_be_visible()
    assert register.acts(someone).count("validate") == 1
    assert [mail.template for mail in register.mails(someone)].count("contracting/mail/validated") == 1
    assert all(line.selected for line in register.lines(someone))


def test_back_after_validating_changes_nothing(register: Register, arrives: Arrives):
    someone = register.somebody("AC-L-CALC", "offered", situation="S1")
    student = arrives(someone.email)
    student.speak(RO)
    offer = Offer(student, someone.enrolment)
    offer.open("contract")
    offer.go_on()
    offer.validate()
    student.page.go_back()
    if student.heading() == said("check", RO):
        student.press("validate")
    expect(student.page.locator("h1")).not_to_have_text(said("check", RO))
    assert register.acts(someone) == ["offer", "validate"]


def test_a_double_click_validates_once(register: Register, arrives: Arrives):
    someone = register.somebody("AC-L-CALC", "offered", situation="S2a")
    student = arrives(someone.email)
    student.speak(RO)
    offer = Offer(student, someone.enrolment)
    offer.open("contract")
    offer.go_on()
    student.button("validate").dblclick(no_wait_after=True)
    expect(student.page.locator(".note-ok").first).to_contain_text(said("validated", RO))
    assert register.acts(someone) == ["offer", "validate"]
    assert len(register.mails(someone)) == 1


def test_a_double_click_uploads_once_and_pays_once(register: Register, arrives: Arrives):
    someone = register.somebody("AC-L-AIA", "documents_ready", enrolment__financing="fee")
    student = arrives(someone.email)
    student.speak(RO)
    documents = Documents(student, someone.enrolment)
    scan = scans.as_pdf(steps.download(student, someone))
    documents.go_to_upload()
    documents.choose("anexa.pdf", scan, "application/pdf")
    student.button("send").dblclick(no_wait_after=True)
    documents.expect_sent()
    assert register.files(someone) == 1
    assert register.acts(someone).count("upload") == 1

    payments = Payments(student, someone.enrolment)
    payments.open("payments")
    student.page.locator(".hero .btn").click()
    expect(student.page.locator("h1")).to_have_text(said("pay by card", RO))
    student.page.locator(".hero button").dblclick(no_wait_after=True)
    expect(student.page.locator("[name=number]")).to_be_visible()
    payments.type_card(GOOD)
    payments.expect_receipt()
    total = register.total(someone)
    assert register.paid(someone) == [total]


def test_two_tabs_pay_once(register: Register, arrives: Arrives):
    """Both tabs lead to one card page; after the payment the other tab says so."""
    someone = register.somebody("AC-L-AIA", "documents_ready", enrolment__financing="fee")
    student = arrives(someone.email)
    student.speak(RO)
    steps.sign_and_upload(student, someone)
    payments = Payments(student, someone.enrolment)
    payments.open("payments")
    payments.begin()
    first, second = student.page, student.another_tab()
    payments.open("payments")
    payments.begin()
    assert first.url == second.url
    student.page = first
    payments.type_card(GOOD)
    payments.expect_receipt()
    student.page = second
    student.page.reload()
    assert student.page.locator("[name=number]").count() == 0
    student.page.go_back()
    assert register.paid(someone) == [register.total(someone)]
