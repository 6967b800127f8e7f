"""Equivalence decided by the commission, ECTS coordinators, long days in the timetable."""

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from studentrecords.models import (
    Discipline,
    EctsCoordinator,
    Enrolment,
    Equivalence,
    EquivalenceRow,
    Recognition,
    TimetableClass,
)
from studentrecords.queries import curriculum as queries
from studentrecords.queries import grades
from studentrecords.refusal import Refused
from studentrecords.rules import plans
from studentrecords.rules.attendance import long_day_warning
from studentrecords.services import recognition as services
from studentrecords.services.recognition import Ticks
from tests import factories, races
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import clock
from upt_portal.kernel.models import Mail, TraceEntry
from upt_portal.kernel.moves import MoveRefused

Browse = Callable[[User], Client]
database = pytest.mark.django_db
ALL_FOUR = Ticks(True, True, True, True)


@pytest.fixture(autouse=True)
def _now() -> Any:
    with clock.shifted(factories.NOW):
        yield


# ---- rules -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ticks", list(product([True, False], repeat=4)))
def test_REC_075_all_four_conditions_are_needed(ticks: tuple[bool, ...]) -> None:
    names = ("accredited", "same_level", "same_field", "similar_outcomes")
    answer = plans.recognition_answer(**dict(zip(names, ticks, strict=True)))
    assert bool(answer) is all(ticks)


@pytest.mark.parametrize(
    ("hours", "practical", "long"),
    [(8, 0, False), (Decimal("8.02"), 0, True), (9, 1, False), (10, 1, True), (12, 12, False), (0, 0, False)],
)
def test_REC_101_more_than_eight_hours_practice_apart(hours: Any, practical: int, long: bool) -> None:
    assert long_day_warning(hours, practical=practical) is long


# ---- equivalence -------------------------------------------------------------------------------------------


@pytest.fixture
def student(db: None) -> Enrolment:
    return factories.enrolment()


@pytest.fixture
def commission(db: None) -> User:
    return factories.user(roles.RECOGNITION, faculties=("AC",))


def asked(student: Enrolment, cycle: str = "licenta", *rows: Any) -> Equivalence:
    found = Equivalence.objects.create(
        enrolment=student,
        programme="Informatică",
        institution="Altă universitate",
        cycle=cycle,
        methodology="HCF 12",
        asked_on=date(2026, 10, 5),
        recorded_by=factories.secretary("AC"),
    )
    for what in rows or student.curriculum.disciplines.order_by("pk")[:1]:
        EquivalenceRow.objects.create(
            equivalence=found, discipline=what, passed="Calculus", credits=7, grade=9
        )
    return found


def decide(found: Equivalence, by: User, ticks: Ticks = ALL_FOUR, **fields: Any) -> Equivalence:
    values = {"recognise": True, "decision": "CRE 3", **fields}
    return services.decide(found.pk, ticks=ticks, actor=by, at=factories.NOW, **values)


@database
def test_REC_075_REC_076_what_is_recognised_counts_as_passed_with_the_credits_earned(
    student: Enrolment, commission: User
) -> None:
    found = decide(asked(student), commission)
    row = Recognition.objects.get()
    assert (row.grade, row.credits, row.decision) == (9, 7, "CRE 3")
    one = grades.grades_of(student)[0]
    assert one.discipline.credits == 4
    assert (one.passed, one.credits) == (True, 7)  # REC-073: the credits earned then
    assert (found.state, found.decided_by) == ("recognised", commission)
    assert Mail.objects.count() == 1
    assert TraceEntry.objects.get(act="studentrecords.equivalence_recognise").reason == ""


@database
@pytest.mark.parametrize("missing", ["accredited", "same_level", "same_field", "similar_outcomes"])
def test_REC_075_without_a_tick_nothing_is_recognised(
    student: Enrolment, commission: User, missing: str
) -> None:
    ticks = Ticks(**{name: name != missing for name in ALL_FOUR.__dict__})
    found = asked(student)
    with pytest.raises(Refused, match="toate cele patru condiții"):
        decide(found, commission, ticks)
    found.refresh_from_db()
    assert (found.state, Recognition.objects.count(), Mail.objects.count()) == ("asked", 0, 0)


@database
def test_REC_074_credits_of_another_cycle_are_not_transferred(student: Enrolment, commission: User) -> None:
    with pytest.raises(Refused, match="ciclu"):
        decide(asked(student, "master"), commission)
    assert not Recognition.objects.exists()


@database
def test_REC_076_refusals_in_words(student: Enrolment, commission: User) -> None:
    found = asked(student)
    for fields in ({"decision": " "}, {"recognise": False, "reasons": ""}):
        with pytest.raises(Refused):
            decide(found, commission, **fields)
    foreign = asked(student, "licenta", factories.discipline())
    with pytest.raises(Refused):
        decide(foreign, commission)
    decide(found, commission, recognise=False, reasons="Programa diferă.")
    with pytest.raises(MoveRefused):
        decide(found, commission)
    again = asked(student)
    factories.recognition(student, student.curriculum.disciplines.order_by("pk")[0])
    with pytest.raises(Refused):
        decide(again, commission)
    assert Recognition.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_REC_076_two_clicks_recognise_once() -> None:
    student = factories.enrolment()
    by = factories.user(roles.RECOGNITION, faculties=("AC",))
    found = asked(student)
    outcomes = races.at_once(lambda: decide(found, by), lambda: decide(found, by))
    assert Recognition.objects.count() == 1
    assert sorted(type(one).__name__ for one in outcomes) == ["Equivalence", "MoveRefused"]


@database
def test_REC_075_recorded_by_the_secretariat_decided_on_its_page_told_to_the_student(
    student: Enrolment, commission: User, browser_of: Browse
) -> None:
    office, desk = browser_of(factories.secretary("AC")), browser_of(commission)
    what = student.curriculum.disciplines.order_by("pk")[0]
    given = {
        "enrolment": student.pk, "institution": "", "programme": "Informatică", "cycle": "licenta",
        "methodology": "HCF 12", "asked_on": "05.10.2026", "rows-TOTAL_FORMS": 1, "rows-INITIAL_FORMS": 0,
        "rows-0-discipline": factories.discipline().pk, "rows-0-passed": "Calculus", "rows-0-credits": 7,
        "rows-0-grade": 9,
    }  # fmt: skip
    add = "/admin/studentrecords/equivalence/add/"
    assert office.post(add, given).status_code == 200  # a discipline of another curriculum
    assert office.post(add, {**given, "rows-0-discipline": what.pk}).status_code == 302
    found = Equivalence.objects.get()
    here = reverse("admin:studentrecords_equivalence_decide", args=[found.pk])
    assert office.get(here).status_code == 200
    assert office.post(here, {"decision": "CRE 3", "act": "recognise"}).status_code == 403
    assert browser_of(factories.user(roles.RECOGNITION, faculties=("CT",))).get(here).status_code == 404
    ticks = {"accredited": "on", "same_level": "on", "same_field": "on"}
    refused = desk.post(here, {"decision": "CRE 3", "act": "recognise", **ticks})
    assert refused.status_code == 422
    assert "rezultatele învățării" in refused.content.decode()
    done = desk.post(here, {"decision": "CRE 3", "act": "recognise", "similar_outcomes": "on", **ticks})
    assert done.status_code == 302
    assert desk.get("/admin/studentrecords/equivalence/").status_code == 200
    page = browser_of(student.person.user).get(f"/student/{student.pk}/information/").content.decode()
    assert "CRE 3" in page


# ---- coordinators ------------------------------------------------------------------------------------------


@database
def test_REC_077_the_coordinators_of_university_faculty_and_field(
    student: Enrolment, browser_of: Browse
) -> None:
    own, field = student.programme.faculty, student.programme.field
    ct, other = factories.faculty("CT"), factories.field("Inginerie civilă")
    for name, level, faculty, of in (
        ("Prorectorul", "university", None, None),
        ("Prodecanul", "faculty", own, None),
        ("Comisia", "field", own, field),
        ("Străinul", "faculty", ct, None),
        ("Alt domeniu", "field", own, other),
    ):
        EctsCoordinator.objects.create(name=name, level=level, faculty=faculty, field=of, position="-")
    assert [one.name for one in queries.coordinators_of(student)] == ["Prorectorul", "Prodecanul", "Comisia"]
    page = browser_of(student.person.user).get(f"/student/{student.pk}/information/").content.decode()
    assert "Comisia" in page
    assert "Străinul" not in page
    office = browser_of(factories.secretary("AC"))
    given = {"level": "faculty", "field": field.pk, "name": "X", "position": "-", "faculty": own.pk}
    add = "/admin/studentrecords/ectscoordinator/add/"
    assert office.post(add, given).status_code == 200  # a faculty's coordinator has no field
    assert office.post(add, {**given, "level": "field"}).status_code == 302
    assert office.get("/admin/studentrecords/ectscoordinator/").status_code == 200


# ---- the timetable -----------------------------------------------------------------------------------------


def lesson(student: Enrolment, first: int, last: int, **fields: Any) -> TimetableClass:
    """A class on Monday in the third semester, from one full hour to another."""
    what = student.curriculum.disciplines.filter(semester=3).order_by("pk")[0]
    values = {"weekday": 1, "kind": "course", "group": "", **fields}
    return TimetableClass.objects.create(
        year=factories.academic_year(), discipline=what, starts_at=time(first), ends_at=time(last), **values
    )


@database
def test_REC_101_the_day_of_a_group_with_odd_and_even_weeks(student: Enrolment) -> None:
    lesson(student, 8, 12)
    lesson(student, 12, 16, group=student.group, kind="laboratory")
    lesson(student, 16, 18, group="ALTA")
    (monday,) = queries.week_of(student, factories.NOW.date())
    assert (monday.hours, monday.long) == (8, False)
    lesson(student, 18, 20, weeks="odd")
    odd = lesson(student, 19, 20, weeks="even")
    (monday,) = queries.week_of(student, factories.NOW.date())
    assert (monday.hours, monday.long) == (10, True)
    assert queries.long_groups(odd, factories.NOW.date())
    TimetableClass.objects.filter(starts_at=time(18)).update(kind="practice")
    TimetableClass.objects.filter(starts_at=time(19)).delete()
    (monday,) = queries.week_of(student, factories.NOW.date())
    assert (monday.hours, monday.long) == (10, False)


@database
def test_REC_101_options_held_side_by_side_are_not_added_up(student: Enrolment) -> None:
    """Two electives at one hour are two hours of nobody's day; the chosen one counts for its student."""
    kept = lesson(student, 8, 15)
    year, own = factories.academic_year(), student.curriculum
    options = [
        Discipline.objects.create(
            curriculum=own,
            code=f"OPT{n}",
            name_ro=f"Opțiunea {n}",
            year=2,
            semester=3,
            kind="elective",
            credits=4,
        )
        for n in (1, 2)
    ]
    for one in options:
        TimetableClass.objects.create(
            year=year, discipline=one, weekday=1, kind="course", starts_at=time(16), ends_at=time(18)
        )
    (monday,) = queries.week_of(student, factories.NOW.date())
    assert (monday.hours, monday.long) == (7, False)
    assert queries.long_groups(kept, factories.NOW.date()) == [("", 9)]
    factories.choice(student, options[0])
    (monday,) = queries.week_of(student, factories.NOW.date())
    assert (monday.hours, monday.long) == (9, True)


@database
def test_REC_101_the_form_warns_and_keeps_and_the_student_reads_the_sum(
    student: Enrolment, browser_of: Browse
) -> None:
    first = lesson(student, 8, 16)
    office = browser_of(factories.secretary("AC"))
    given = {
        "year": first.year_id, "discipline": first.discipline_id, "kind": "seminar", "group": student.group,
        "weekday": 1, "starts_at": "16:00", "ends_at": "17:00", "weeks": "every", "place": "A 101",
    }  # fmt: skip
    answer = office.post("/admin/studentrecords/timetableclass/add/", given, follow=True)
    assert TimetableClass.objects.count() == 2
    page = answer.content.decode()
    assert "9,0 ore de curs" in page
    assert "9,0, prea mult" in page
    browser = browser_of(student.person.user)
    shown = browser.get(f"/student/{student.pk}/disciplines/").content.decode()
    assert "A 101" in shown
    assert "mai mult de 8 ore" in shown
    assert (
        "mai mult de 8 ore" not in browser.get(f"/student/{student.pk}/disciplines/?year=1").content.decode()
    )
