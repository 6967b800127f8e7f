"""A student reads the grades in both languages on a phone; the record pages are accessible and light."""

import gzip

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Arrives
from tests.journeys.register import Register
from tests.journeys.test_accessibility import Sight, look
from tests.journeys.visitor import PHONE
from tests.journeys.words import EN, RO

pytestmark = pytest.mark.browser

PAGES = ("grades/", "disciplines/", "history/", "announcements/")


def test_a_student_reads_the_grades_on_a_phone(register: Register, arrives: Arrives):
    someone = register.student("tudor.moraru@student.upt.ro")
    student = arrives(someone.email, **PHONE)
    answer = student.go(f"/student/{someone.enrolment}/grades/")
    assert len(gzip.compress(answer.body())) < 15_000
    for language, title, history in ((RO, "Note", "prezent"), (EN, "Grades", "presentation")):
        student.speak(language)
        expect(student.page.locator("h1")).to_have_text(title)
        past = student.page.locator("details.past").first
        past.locator("summary").click()
        expect(past.locator("li").first).to_be_visible()
        assert history in past.inner_text()


def test_the_record_pages_are_accessible(register: Register, arrives: Arrives):
    someone = register.student("tudor.moraru@student.upt.ro")
    student = arrives(someone.email)
    assert look(student, [Sight(f"/student/{someone.enrolment}/{page}") for page in PAGES]) == []
