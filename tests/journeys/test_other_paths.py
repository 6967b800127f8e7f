"""The paths beside the straight one: a returned scan, a question, a late list, a change of the annex."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys import steps
from tests.journeys.conftest import Arrives
from tests.journeys.pages import Documents, Offer, Secretariat
from tests.journeys.register import SECRETARY, Register
from tests.journeys.visitor import PHONE
from tests.journeys.words import said

pytestmark = pytest.mark.browser

REASON = "Lipsește semnătura de pe ultima pagină."
QUESTION = "Contractați disciplina lăsată nebifată în alt an?"


def test_a_returned_scan_comes_back_signed(register: Register, arrives: Arrives):
    someone = register.somebody("AC-L-AIA", "documents_ready", total__gt=0)
    student, secretary = arrives(someone.email, **PHONE), Secretariat(arrives(SECRETARY))
    student.speak("ro")
    steps.sign_and_upload(student, someone)
    assert {state for _amount, state in register.charges(someone)} == {"due"}

    secretary.find("uploaded", someone.name)
    secretary.send_back(REASON)
    assert register.state(someone) == "documents_ready"
    assert {state for _amount, state in register.charges(someone)} == {"configured"}
    student.go(f"/student/{someone.enrolment}/documents/")
    assert student.sees("returned")
    assert REASON in student.reads()
    student.go(f"/student/{someone.enrolment}/payments/")
    assert student.sees("payments closed")

    steps.sign_and_upload(student, someone)
    secretary.find("uploaded", someone.name)
    secretary.accept()
    assert register.state(someone) == "contracted"
    assert register.acts(someone)[-5:] == ["reject_file", "upload_file", "upload", "accept_file", "accept"]


def test_a_question_is_asked_and_answered(register: Register, arrives: Arrives):
    someone = register.somebody("AC-L-CALC", "validated")
    student, secretary = arrives(someone.email, **PHONE), Secretariat(arrives(SECRETARY))
    student.speak("ro")
    secretary.find("validated", someone.name)
    secretary.act("ask", question=QUESTION)
    assert register.state(someone) == "clarification"

    student.go(f"/student/{someone.enrolment}/contract/")
    assert QUESTION in student.reads()
    student.press("send answer")
    assert student.sees("problem")
    student.page.locator("textarea[name=text]").fill("Da, anul viitor.")
    student.press("send answer")
    expect(student.page.locator(".note-ok").first).to_contain_text(said("answered", "ro"))
    assert register.state(someone) == "validated"

    secretary.find("answered", someone.name)
    assert "Da, anul viitor." in secretary.visitor.reads()
    secretary.approve()
    assert register.state(someone) == "documents_ready"


def test_a_late_list_is_extended_and_validated(register: Register, arrives: Arrives):
    someone = register.student("razvan.nita@student.upt.ro")
    student, secretary = arrives(someone.email), Secretariat(arrives(SECRETARY))
    assert student.heading() == said("too late", "ro")
    until = register.today() + timedelta(days=2)
    secretary.find("lapsed", someone.name)
    secretary.act("extend", until=until.isoformat(), reason="Cererea nr. 214: fără internet în practică.")

    offer = Offer(student, someone.enrolment)
    offer.open("contract")
    assert student.heading() == said("offer", "ro")
    offer.untick(1)
    offer.go_on()
    offer.validate()
    assert register.state(someone) == "validated"
    assert register.acts(someone) == ["offer", "lapse", "extend", "kernel.extend_deadline", "validate"]


def test_a_change_makes_a_new_version_of_the_annex(register: Register, arrives: Arrives):
    """Asked by the student in stage 2, decided by the dean's office, worked in by the secretariat."""
    someone = register.somebody(
        "AC-L-TI", "documents_ready", situation="S1", lines__selected=True, lines__mandatory=False
    )
    student, secretary = arrives(someone.email), Secretariat(arrives(SECRETARY))
    student.speak("ro")
    student.go(f"/student/{someone.enrolment}/contract/")
    student.press("ask for a change")
    row = next(line for line in register.lines(someone) if line.selected and not line.mandatory)
    student.page.locator(f"[name=drop][value='{row.key}']").check()
    student.page.locator("textarea[name=text]").fill("Lucrez cu normă întreagă.")
    student.press("send request")
    expect(student.page.locator(".note-ok").first).to_contain_text(said("request sent", "ro"))
    assert register.state(someone) == "change_requested"

    secretary.find("changes", someone.name)
    secretary.act("decide", approved="yes", number="DD 412", on=register.today().isoformat())
    secretary.visitor.page.locator("form[action*='/act/apply/'] button").click()
    secretary.expect_done()
    assert register.state(someone) == "documents_ready"
    documents = Documents(student, someone.enrolment)
    documents.open("documents")
    documents.expect_paper()
    paper = register.paper(someone)
    assert (paper.version, paper.state) == (2, "valid")
    student.go(f"/verify/{register.replaced(someone).code}/")
    assert student.sees("replaced")
