"""Results of the time before the portal stand beside posted ones wherever results are read."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from studentrecords.importing.moving_rows import copy_results
from studentrecords.models import AcademicYear, Discipline, EarlierAttempt, Enrolment, MovingFile
from studentrecords.queries import appeals, increases, papers, record
from studentrecords.queries.core import standings
from studentrecords.queries.grades import grades_of
from studentrecords.queries.listing import passed_before
from studentrecords.rules import increases as rules
from tests import factories
from tests.studentrecords import exams_kit as kit

pytestmark = pytest.mark.django_db
NOW = kit.moment(1, 29)
THEN = date(2026, 1, 20)
LAST_YEAR = "2025-2026"


def moved(student: Enrolment, discipline: Discipline, result: str, **details: Any) -> EarlierAttempt:
    """A result of the former system, written as a file that moves in is written."""
    year: AcademicYear = details.get("year") or factories.academic_year(LAST_YEAR)
    file = MovingFile.objects.create(
        kind="results",
        name="rezultate.csv",
        size=1,
        sent_by=factories.secretary("AC"),
        sent_at=NOW,
        state_at=NOW,
    )
    on, kind, session = details.get("on", THEN), details.get("kind", "normal"), details.get("session", "A-I")
    copy_results([(student.pk, discipline.pk, year.pk, kind, on, session, False, result)], file.pk)
    return EarlierAttempt.objects.get(source=file)


def of_student(catalogue) -> Enrolment:
    return catalogue.rows.get().enrolment


def test_pages_average_transcript_and_lists_read_both():
    catalogue = kit.published("9")
    student = of_student(catalogue)
    other = factories.discipline(curriculum=student.curriculum, semester=1, credits=5)
    moved(student, other, "6")
    graded = {one.discipline.pk: one for one in grades_of(student)}
    assert (graded[catalogue.discipline_id].result, graded[other.pk].result) == ("9", "6")
    (year,) = record.grades_by_year(student, NOW)
    assert (year.earned, str(year.average)) == (10, "7.50")
    lines = {one.discipline.pk: (one.year, one.grade) for one in papers.record_of(student, NOW.date()).lines}
    assert lines == {catalogue.discipline_id: ("2026-2027", 9), other.pk: (LAST_YEAR, 6)}
    assert passed_before(other, [student], NOW.date()) == {student.pk}
    assert standings([student], factories.academic_year())[student.pk][other.pk].passed


def test_REC_154_a_failed_exam_of_today_leaves_the_pass_of_the_former_system():
    catalogue = kit.published("4")
    student = of_student(catalogue)
    moved(student, catalogue.discipline, "6")
    (found,) = grades_of(student)
    assert (found.result, [one.result for one in found.attempts]) == ("6", ["6", "4"])


@pytest.mark.parametrize("result", ["9", "absent"])
def test_REC_171_REC_172_an_increase_of_the_former_system_uses_its_right(result):
    catalogue = kit.published("7")
    student, year = of_student(catalogue), catalogue.session.year
    kit.session("B-I", starts_on=date(2027, 2, 8), ends_on=date(2027, 2, 21))
    assert increases.increases_of(student, NOW).possible[0].answer
    moved(
        student, catalogue.discipline, result, kind="increase", session="B-I", on=date(2027, 1, 22), year=year
    )
    found = increases.increases_of(student, NOW)
    assert found.used == {1: 1, 2: 0}
    assert found.possible[0].answer.article == rules.ONCE


def test_REC_171_three_increases_of_the_former_system_leave_none_for_the_semester():
    catalogue = kit.published("7")
    student, year = of_student(catalogue), catalogue.session.year
    for _n in range(3):
        other = factories.discipline(curriculum=student.curriculum, semester=1)
        moved(student, other, "8", kind="increase", session="B-I", on=date(2027, 1, 22), year=year)
    found = increases.increases_of(student, NOW)
    mine = next(one for one in found.possible if one.discipline == catalogue.discipline)
    assert (found.used_in_year, bool(mine.answer)) == (3, False)
    assert "3" in str(mine.answer.reason)


def test_REC_192_only_what_the_portal_posted_is_contested(browser_of, clock):
    clock.stand_at(NOW)
    student = factories.enrolment()
    moved(student, student.curriculum.disciplines.first(), "4", year=factories.academic_year())
    assert appeals.open_for(student, NOW) == []
    assert appeals.links_of(student, grades_of(student), NOW) == {}
    body = browser_of(student.person.user).get(reverse("studentrecords:grades", args=[student.pk]))
    assert body.status_code == 200
