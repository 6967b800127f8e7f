"""What the record pages show of one enrolment: grades by year, curriculum, years of studies, changes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Count, Max, Q

from studentrecords.models import (
    AcademicYear,
    Catalogue,
    Discipline,
    DisciplineKind,
    Enrolment,
    EnrolmentStatus,
    Financing,
    RecordChange,
    SheetVersion,
    Teaching,
)
from studentrecords.queries import grades, sheets
from studentrecords.queries.grades import Grades, Link
from studentrecords.rules import averages
from studentrecords.rules.papers import two_decimals
from upt_portal.kernel.clock import local_day

AVERAGED = (DisciplineKind.COMPULSORY, DisciplineKind.ELECTIVE)


@dataclass(frozen=True)
class GradeRow:
    """A discipline with its attempts and what may be asked about it."""

    grades: Grades
    links: Sequence[Link]


@dataclass(frozen=True)
class YearOfGrades:
    """The disciplines of one year of study that have a result; average: two decimals, None without grades."""

    year: int
    rows: list[GradeRow]

    @property
    def earned(self) -> int:
        """Credits earned."""
        return sum(row.grades.credits for row in self.rows)

    @property
    def processing(self) -> bool:
        """Whether a result is being processed: until it is told, the average would tell it (REC-039)."""
        return any(row.grades.processing for row in self.rows)

    @property
    def average(self) -> Decimal | None:
        """The weighted average of these disciplines (REC-220), shown with two decimals."""
        counted = [row.grades for row in self.rows if row.grades.discipline.kind in AVERAGED]
        exact = averages.weighted_average((one.result, one.discipline.credits) for one in counted)
        return None if exact is None else two_decimals(exact)


def grades_by_year(enrolment: Enrolment, at: datetime) -> list[YearOfGrades]:
    """The grades of a student by year of study, the latest year first; the queries of `grades_of`."""
    found = grades.grades_of(enrolment)
    links: dict[int, list[Link]] = {}
    for action in grades.ACTIONS:
        for discipline, offered in action.links(enrolment, found, at).items():
            links.setdefault(discipline, []).extend(offered)
    found.sort(key=lambda one: -one.discipline.year)  # stable: inside a year in the order of the curriculum
    return [
        YearOfGrades(year, [GradeRow(one, links.get(one.discipline.pk, ())) for one in rows])
        for year, rows in groupby(found, key=lambda one: one.discipline.year)
    ]


def stamp_of(enrolment: Enrolment, at: datetime) -> str:
    """A text that is another whenever the grades, or what may be asked about them, may be others; one query.

    The count is part of it because a transaction may end after one that began later.
    """
    changes = RecordChange.objects.filter(enrolment_id=enrolment.pk).aggregate(n=Count("pk"), last=Max("pk"))
    return "-".join(
        [f"{changes['n']}.{changes['last']}", *(action.stamp(enrolment, at) for action in grades.ACTIONS)]
    )


# ---- the curriculum ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlanRow:
    """A discipline of the curriculum, who holds it, its exams of the running academic year, its sheet."""

    discipline: Discipline
    teacher: str
    exams: Sequence[Catalogue]
    sheet: SheetVersion | None


def plan_of(enrolment: Enrolment, year: int, day: date) -> list[PlanRow]:
    """The disciplines of one year of the student's curriculum in its order; four queries (REC-033).

    The teacher is who held it last; exams are those of the academic year of `day` for the student's group.
    """
    rows = list(
        Discipline.objects.filter(curriculum=enrolment.curriculum_id, year=year)
        .select_related("package")
        .order_by("semester", "pk")
    )
    teachers = dict(
        Teaching.objects.filter(discipline__in=rows, year__starts_on__lte=day)
        .order_by("year__starts_on")
        .values_list("discipline", "teacher_name")
    )
    exams: dict[int, list[Catalogue]] = {}
    found = Catalogue.objects.filter(
        Q(asked__isnull=True) | Q(asked__enrolment=enrolment),
        discipline__in=rows,
        session__year__starts_on__lte=day,
        session__year__ends_on__gte=day,
    )
    for exam in found.select_related("session").order_by("held_on", "starts_at"):
        if not exam.groups or enrolment.group in exam.group_names:
            exams.setdefault(exam.discipline_id, []).append(exam)
    published = sheets.current_of(rows, day)
    return [
        PlanRow(row, teachers.get(row.pk, ""), exams.get(row.pk, ()), published.get(row.pk)) for row in rows
    ]


def plan_years(enrolment: Enrolment) -> list[int]:
    """The years of study the curriculum has; one query."""
    found = Discipline.objects.filter(curriculum=enrolment.curriculum_id).order_by("year")
    return list(found.values_list("year", flat=True).distinct())


# ---- years of studies --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class YearOfStudies:
    """One academic year of an enrolment. What the register does not know of a past year is empty.

    kept: whether the portal held the enrolment in that year, so financing, status and decision are known.
    followed_by: the year of study of the academic year after it; None for the running one and where unknown.
    average: of the results of record of that year; None without grades or while one is processed.
    """

    year: AcademicYear
    running: bool
    year_of_study: int | None
    financing: str
    status: str
    number: str
    decision: str
    average: Decimal | None
    credits: int
    kept: bool = True
    followed_by: int | None = None


def history_of(enrolment: Enrolment, day: date) -> list[YearOfStudies]:
    """The academic years of an enrolment, the latest first; the queries of `grades_of` and two (REC-034).

    What a year was like is read from the row history, as it stood on the last day of that year; for years
    before the history began, the year of study is the one most of the examined disciplines belong to.
    """
    graded = grades.grades_of(enrolment)
    first = min([one.held_on for found in graded for one in found.attempts] + [enrolment.enrolled_on or day])
    years = AcademicYear.objects.filter(starts_on__lte=day, ends_on__gte=first).order_by("-starts_on")
    events = list(
        enrolment.events.order_by("pgh_id").only(  # type: ignore[attr-defined]  # made by pghistory
            "pgh_created_at", "year_of_study", "financing", "status", "matriculation_number", "decision"
        )
    )
    found = [_year(enrolment, year, graded, events, running=place == 0) for place, year in enumerate(years)]
    later = [None, *(one.year_of_study for one in found)][: len(found)]
    return [replace(one, followed_by=after) for one, after in zip(found, later, strict=True)]


def _year(
    enrolment: Enrolment, year: AcademicYear, graded: list[Grades], events: list[Any], *, running: bool
) -> YearOfStudies:
    known = [event for event in events if local_day(event.pgh_created_at) <= year.ends_on]
    then = enrolment if running else (known[-1] if known else None)
    of_year = [one for one in graded if (last := one.of_record) and last.year == year.name]
    sat = Counter(
        one.discipline.year
        for one in graded
        if one.discipline.kind in AVERAGED and any(sat.year == year.name for sat in one.attempts)
    )
    exact = averages.weighted_average(
        (one.result, one.discipline.credits) for one in of_year if one.discipline.kind in AVERAGED
    )
    hidden = any(one.processing for one in graded)
    return YearOfStudies(
        year=year,
        running=running,
        year_of_study=then.year_of_study if then else max(sat, key=lambda one: (sat[one], one), default=None),
        financing=str(Financing(then.financing).label) if then else "",
        status=str(EnrolmentStatus(then.status).label) if then else "",
        number=then.matriculation_number if then else enrolment.matriculation_number,
        decision=then.decision if then else "",
        average=None if exact is None or hidden else two_decimals(exact),
        credits=sum(one.credits for one in of_year),
        kept=then is not None,
    )
