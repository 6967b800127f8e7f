"""Programmes and disciplines kept by hand, and what a passed discipline keeps when the curriculum moves."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from studentrecords.models import Curriculum, Discipline, EnrolmentStatus, Programme
from studentrecords.queries import grades
from studentrecords.queries.core import standings
from tests import factories
from upt_portal.accounts import roles
from upt_portal.accounts.models import User

pytestmark = pytest.mark.django_db
Browse = Callable[[User], Client]


@pytest.fixture
def office(browser_of: Browse) -> Client:
    """The browser of somebody at the School Management Center."""
    return browser_of(factories.user(roles.SCHOOL_MANAGEMENT))


@pytest.fixture
def plan() -> Curriculum:
    return factories.curriculum(filled=False)


def typed(plan: Curriculum, **fields: Any) -> dict[str, Any]:
    """A discipline as somebody types it: 5 credits, 56 hours taught, 130 hours of work."""
    return {
        "curriculum": plan.pk, "code": "N1", "name_ro": "Nouă", "name_en": "", "year": 1, "semester": 1,
        "category": "", "kind": "compulsory", "credits": 5, "evaluation": "E", "hours_course": "2",
        "hours_seminar": "0", "hours_lab": "2", "hours_project": "0", "hours_practice_semester": 0,
        "hours_individual_semester": 74, "source": "", "note": "", **fields,
    }  # fmt: skip


ADD = "/admin/studentrecords/discipline/add/"


@pytest.mark.parametrize("credits", [0, 31, "4.5", -1])
def test_REC_070_the_form_refuses_other_credits_than_1_to_30(
    office: Client, plan: Curriculum, credits: Any
) -> None:
    answer = office.post(ADD, typed(plan, credits=credits))
    assert answer.status_code == 200
    assert "credits" in answer.context["adminform"].form.errors
    assert not Discipline.objects.exists()


@pytest.mark.parametrize("credits", [1, 30])
def test_REC_070_the_ends_of_the_range_are_kept(office: Client, plan: Curriculum, credits: int) -> None:
    assert office.post(ADD, typed(plan, credits=credits)).status_code == 302
    assert Discipline.objects.get().credits == credits


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, []),
        (
            {"credits": 4, "hours_individual_semester": 54},
            ["14 ore predate pentru un credit; obișnuit, între 10 și 12."],
        ),
        (
            {"hours_course": "3", "hours_lab": "1"},
            ["Orele de aplicații (14) sunt mai puține decât cele de curs (42)."],
        ),
    ],
    ids=["usual", "much taught", "few applications"],
)
def test_REC_071_the_form_keeps_unusual_hours_and_warns(
    office: Client, plan: Curriculum, fields: dict[str, Any], told: list[str]
) -> None:
    answer = office.post(ADD, typed(plan, **fields), follow=True)
    assert Discipline.objects.count() == 1
    page = answer.content.decode()
    for words in told:
        assert f"N1: {words}" in page
    assert ("N1: " in page) is bool(told)


@pytest.mark.parametrize(
    ("cycle", "semesters", "kept"),
    [
        ("licenta", 5, False),
        ("licenta", 6, True),
        ("licenta", 12, True),
        ("master", 4, True),
        ("master", 5, False),
    ],
)
def test_REC_074_a_programme_is_as_long_as_its_cycle(
    office: Client, cycle: str, semesters: int, kept: bool
) -> None:
    answer = office.post(
        "/admin/studentrecords/programme/add/",
        {
            "code": "P1", "name_ro": "Program", "cycle": cycle, "semesters": semesters, "credits": 180,
            "language": "ro", "form": "IF", "faculty": factories.faculty().pk,
            "open_to_third_countries": "unknown",
        },
    )  # fmt: skip
    assert Programme.objects.filter(code="P1").exists() is kept
    assert answer.status_code == (302 if kept else 200)
    if not kept:
        assert "semestre" in str(answer.context["adminform"].form.errors["semesters"])


def test_REC_073_what_was_earned_is_there_after_a_pause() -> None:
    student = factories.with_past(factories.enrolment())
    before = {one.discipline.pk: one.credits for one in grades.grades_of(student)}
    for status in (EnrolmentStatus.INTERRUPTED, EnrolmentStatus.ENROLLED):
        student.status = status
        student.save()
    assert {one.discipline.pk: one.credits for one in grades.grades_of(student)} == before
    assert sum(before.values()) == 60


def test_REC_073_a_passed_exam_stays_passed_when_the_credits_change() -> None:
    student = factories.enrolment()
    what = student.curriculum.disciplines.order_by("pk")[0]
    factories.result(student, what, 7)
    Discipline.objects.filter(pk=what.pk).update(credits=9)
    standing = standings([student], factories.academic_year())[student.pk][what.pk]
    assert (standing.passed, standing.grade) == (True, 7)


def test_REC_073_credits_that_somebody_has_earned_are_not_changed_by_hand(office: Client) -> None:
    student = factories.enrolment()
    what = student.curriculum.disciplines.order_by("pk")[0]
    factories.result(student, what, 7)
    given = typed(student.curriculum, code=what.code, credits=9)
    office.post(f"/admin/studentrecords/discipline/{what.pk}/change/", given)
    earned = what.credits
    what.refresh_from_db()
    assert what.credits == earned
    assert grades.grades_of(student)[0].credits == earned
