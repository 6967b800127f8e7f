"""Reads of grade increases: what may be increased, why not, how many are used, what is to be listed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from studentrecords.models import (
    AcademicYear,
    AttemptKind,
    Catalogue,
    Discipline,
    DisciplineChoice,
    DisciplineKind,
    Enrolment,
    GradeIncrease,
    IncreaseBan,
)
from studentrecords.parameters import INCREASE_REQUEST, INCREASE_SEMESTER, INCREASE_YEAR, LIST_PAID
from studentrecords.queries import grades as grade_queries
from studentrecords.queries import taking
from studentrecords.queries.core import academic_year_of
from studentrecords.queries.grades import Grades
from studentrecords.queries.sessions import Span, closed_days, is_final_year, sessions_of
from studentrecords.rules import grading
from studentrecords.rules import increases as rules
from studentrecords.rules.increases import Passed
from studentrecords.workflow.catalogues import CatalogueState
from studentrecords.workflow.increases import IncreaseState
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import has_role
from upt_portal.kernel.answers import Answer
from upt_portal.kernel.calendar import add_days
from upt_portal.kernel.clock import local_day


@dataclass(frozen=True)
class Possible:
    """A passed discipline of this year. answer: whether its grade may be increased now, or why not.

    session: where; "" when no session is left. due_at: until when it is asked for.
    """

    discipline: Discipline
    result: str
    answer: Answer
    session: str = ""
    due_at: datetime | None = None


@dataclass
class Increases:
    """A student's page of increases in a year. used: by semester of the year, 1 and 2."""

    year: AcademicYear | None
    possible: list[Possible] = field(default_factory=list)
    asked: list[GradeIncrease] = field(default_factory=list)
    used: dict[int, int] = field(default_factory=lambda: {1: 0, 2: 0})
    semester_most: int = 3
    year_most: int = 6

    @property
    def used_in_year(self) -> int:
        return sum(self.used.values())


def own_of(enrolment: Enrolment) -> QuerySet[GradeIncrease]:
    """The requests of a student, the newest first."""
    return GradeIncrease.objects.filter(enrolment=enrolment).select_related("discipline", "year")


def semester_of(discipline: Discipline) -> int:
    """1 or 2: the discipline's own semester in its year."""
    return 2 - discipline.semester % 2


def is_banned(enrolment: Enrolment, on: date) -> bool:
    """Whether a sanction excludes increases on a day (REC-179)."""
    return IncreaseBan.objects.filter(enrolment=enrolment, first_day__lte=on, last_day__gte=on).exists()


def increases_of(enrolment: Enrolment, at: datetime) -> Increases:
    """What a student may increase, why not, what was asked and how many are used (REC-170 to REC-179).

    Twelve queries at most, and one for each discipline of another year that was passed in this one.
    """
    today = local_day(at)
    year = academic_year_of(today)
    asked = list(own_of(enrolment))
    found = Increases(
        year, asked=asked, semester_most=INCREASE_SEMESTER.on(today), year_most=INCREASE_YEAR.on(today)
    )
    if year is None:
        return found
    counted = [one for one in asked if rules.uses_right(one.state)]
    for one in counted:
        if one.year_id == year.pk:
            found.used[semester_of(one.discipline)] += 1
    spans, banned = sessions_of(year), is_banned(enrolment, today)
    closed = closed_days(add_days(year.starts_on, -30), add_days(year.ends_on, 60))
    chosen = set(
        DisciplineChoice.objects.filter(enrolment=enrolment, year=year).values_list("discipline", flat=True)
    )
    before = {one.discipline_id for one in counted}
    final = is_final_year(enrolment)
    graded = grade_queries.grades_of(enrolment)
    for grades in graded:
        _count_earlier(grades, year, before, found)
    for grades in graded:
        passed = _passed(grades, enrolment, year, chosen)
        if passed is None:
            continue
        semester = semester_of(grades.discipline)
        sat = {one.session for one in grades.attempts if one.year == year.name}
        answer = (
            rules.discipline_answer(passed)
            and rules.once_answer(asked_before=grades.discipline.pk in before)
            and rules.sanction_answer(banned=banned)
            and rules.number_answer(
                found.used[semester],
                found.used_in_year,
                semester_most=found.semester_most,
                year_most=found.year_most,
            )
        )
        found.possible.append(
            _in_session(
                grades, answer, rules.sessions_for(semester, final_year=final, sat_in=sat), spans, closed, at
            )
        )
    return found


def _count_earlier(grades: Grades, year: AcademicYear, before: set[int], found: Increases) -> None:
    """Count an increase sat without a request in the portal: of the former system (REC-171, REC-172)."""
    sat = [one for one in grades.attempts if one.kind == AttemptKind.INCREASE]
    if not sat or grades.discipline.pk in before:
        return
    before.add(grades.discipline.pk)
    if any(one.year == year.name for one in sat):
        found.used[semester_of(grades.discipline)] += 1


def _passed(grades: Grades, enrolment: Enrolment, year: AcademicYear, chosen: set[int]) -> Passed | None:
    """How a discipline was passed in this year; None when it was not, or is being processed."""
    if grades.processing or grades.recognised or not grades.passed:
        return None
    passing = [one for one in grades.attempts if grading.is_pass(one.result)]
    if not any(one.year == year.name for one in passing):
        return None
    last = next(one for one in reversed(passing) if one.year == year.name)
    re_examination = last.kind == AttemptKind.RE_EXAMINATION
    discipline = grades.discipline
    own = discipline.year == enrolment.year_of_study and (
        (discipline.kind == DisciplineKind.COMPULSORY and discipline.package_id is None)
        or discipline.pk in chosen
    )
    contracted = own or (
        not re_examination
        and (
            last.kind in (AttemptKind.CREDIT, AttemptKind.DIFFERENCES)
            or enrolment.pk in taking.recontracted(year, discipline.pk)
        )
    )
    first_passed_before = any(one.year < year.name for one in passing)
    return Passed(
        result=grades.result,
        this_year=not first_passed_before,
        contracted=contracted,
        re_examination=re_examination,
    )


def _in_session(
    grades: Grades,
    answer: Answer,
    codes: Iterable[str],
    spans: dict[str, Span],
    closed: frozenset[date],
    at: datetime,
) -> Possible:
    """The first session in which the request is still in time; otherwise why not."""
    last: Answer | None = None
    for code in codes:
        if code not in spans:
            continue
        due = rules.request_due_at(spans[code].starts_on, closed, days=INCREASE_REQUEST.on(local_day(at)))
        last = rules.request_answer(at, due)
        if last:
            return Possible(grades.discipline, grades.result, answer, code, due)
    if not answer:
        return Possible(grades.discipline, grades.result, answer)
    return Possible(grades.discipline, grades.result, rules.session_answer() if last is None else last)


def catalogue_for(increase: GradeIncrease) -> Catalogue | None:
    """The catalogue in which a request is listed: the first of its discipline and session that takes rows."""
    rows = Catalogue.objects.filter(
        discipline=increase.discipline_id, session__year=increase.year_id, session__code=increase.session
    )
    return rows.filter(state__in=[CatalogueState.OPEN, CatalogueState.FILLED]).order_by("pk").first()


def to_list(at: datetime) -> list[int]:
    """Requests whose catalogue is open and whose session begins, for the clock (REC-175)."""
    today = local_day(at)
    soon = today + timedelta(days=LIST_PAID.on(today) + 1)
    waiting = GradeIncrease.objects.filter(state=IncreaseState.REQUESTED).select_related("year")
    spans: dict[int, dict[str, Span]] = {}
    found = []
    for one in waiting.order_by("pk"):
        if one.year_id not in spans:
            spans[one.year_id] = sessions_of(one.year)
        span = spans[one.year_id].get(one.session)
        if span is not None and span.starts_on <= soon and catalogue_for(one) is not None:
            found.append(one.pk)
    return found


def of_teacher(user: User) -> QuerySet[GradeIncrease]:
    """The increases listed in a teacher's catalogues, the newest exam first."""
    if not has_role(user, roles.TEACHER):
        return GradeIncrease.objects.none()
    rows = GradeIncrease.objects.filter(row__catalogue__holder=user) | GradeIncrease.objects.filter(
        row__catalogue__second=user
    )
    return rows.select_related("enrolment__person", "discipline", "row__catalogue__session__year").order_by(
        "-row__catalogue__held_on", "enrolment__person__sort", "pk"
    )
