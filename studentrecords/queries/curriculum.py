"""Around the curriculum: who coordinates credits, the week of a group, requests for equivalence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import DurationField, F, OuterRef, Q, QuerySet, Subquery, Sum

from studentrecords.models import (
    AcademicYear,
    ClassKind,
    CoordinatorLevel,
    DisciplineKind,
    EctsCoordinator,
    Enrolment,
    Equivalence,
    TimetableClass,
    Weekday,
    Weeks,
)
from studentrecords.parameters import LONG_DAY
from studentrecords.queries.core import EVERY_FACULTY
from studentrecords.rules.attendance import long_day_warning
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role

# ---- coordinators ------------------------------------------------------------------------------------------


def coordinators_of(enrolment: Enrolment) -> list[EctsCoordinator]:
    """Who a student asks about credits: of the university, the own faculty, the own field (REC-077)."""
    programme = enrolment.programme
    mine = Q(level=CoordinatorLevel.UNIVERSITY)
    if programme.faculty_id:
        mine |= Q(level=CoordinatorLevel.FACULTY, faculty=programme.faculty_id)
        if programme.field_id:
            mine |= Q(level=CoordinatorLevel.FIELD, faculty=programme.faculty_id, field=programme.field_id)
    order = list(CoordinatorLevel.values)
    found = EctsCoordinator.objects.filter(mine).select_related("faculty", "field")
    return sorted(found, key=lambda one: (order.index(one.level), one.pk))


# ---- the timetable -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClassDay:
    """A day of a group's week. hours: of its longer week, where odd and even weeks differ."""

    weekday: int
    classes: Sequence[TimetableClass]
    hours: Decimal
    long: bool

    @property
    def label(self) -> str:
        return str(Weekday(self.weekday).label)


def _hours(classes: Sequence[TimetableClass], week: str, *, practical: bool = False) -> Decimal:
    """Hours of class in odd or even weeks; only practical training where `practical`."""
    minutes = sum(
        one.minutes
        for one in classes
        if one.weeks in (Weeks.EVERY, week) and (not practical or one.kind == ClassKind.PRACTICE)
    )
    return Decimal(minutes) / 60


def day_of(weekday: int, classes: Sequence[TimetableClass], most: int) -> ClassDay:
    """One day with its sum, and whether it is longer than a student must accept (REC-101). most: hours."""
    weeks = [
        (_hours(classes, week), _hours(classes, week, practical=True)) for week in (Weeks.ODD, Weeks.EVEN)
    ]
    return ClassDay(
        weekday,
        classes,
        max(hours for hours, _practical in weeks),
        any(long_day_warning(hours, practical=practical, most=most) for hours, practical in weeks),
    )


def week_of(enrolment: Enrolment, on: date) -> list[ClassDay]:
    """The days with classes of the student's group in the semester of `on`; two queries.

    Classes of electives the student did not choose are left out: options of a package are held side by side.
    """
    year = AcademicYear.objects.filter(starts_on__lte=on, ends_on__gte=on).first()
    if year is None:
        return []
    second = on >= year.second_semester_on
    chosen = enrolment.choices.filter(year=year).values("discipline")
    rows = TimetableClass.objects.filter(
        Q(discipline__kind=DisciplineKind.COMPULSORY) | Q(discipline__in=chosen),
        year=year,
        discipline__curriculum=enrolment.curriculum_id,
        discipline__semester=2 * enrolment.year_of_study - (0 if second else 1),
        group__in={"", enrolment.group},
    ).select_related("discipline")
    days: dict[int, list[TimetableClass]] = {}
    for row in rows.order_by("weekday", "starts_at", "pk"):
        days.setdefault(row.weekday, []).append(row)
    most = LONG_DAY.on(on)
    return [day_of(weekday, classes, most) for weekday, classes in days.items()]


def with_day(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Each row with `odd` and `even`, how long its day is for its group, practical training left out.

    Electives beside the row's own discipline are left out: options of a package are held side by side.
    """
    same = (
        TimetableClass.objects.filter(
            Q(group="") | Q(group=OuterRef("group")),
            Q(discipline__kind=DisciplineKind.COMPULSORY) | Q(discipline=OuterRef("discipline")),
            year=OuterRef("year"),
            discipline__curriculum=OuterRef("discipline__curriculum"),
            discipline__semester=OuterRef("discipline__semester"),
            weekday=OuterRef("weekday"),
        )
        .exclude(kind=ClassKind.PRACTICE)
        .order_by()
        .values("weekday")
    )
    lasts = Sum(F("ends_at") - F("starts_at"), output_field=DurationField())
    found: QuerySet[Any] = rows.annotate(
        odd=Subquery(same.filter(weeks__in=["every", "odd"]).annotate(sum=lasts).values("sum")),
        even=Subquery(same.filter(weeks__in=["every", "even"]).annotate(sum=lasts).values("sum")),
    )
    return found


def hours_of_day(odd: timedelta | None, even: timedelta | None) -> Decimal:
    """The longer of the two weeks in hours."""
    longest = max(odd or timedelta(), even or timedelta())
    return Decimal(longest // timedelta(minutes=1)) / 60


def long_groups(of: TimetableClass, on: date) -> list[tuple[str, Decimal]]:
    """Groups ("" for the whole year) whose day of this class is too long, with its hours (REC-101)."""
    rows = TimetableClass.objects.filter(
        year=of.year_id,
        discipline__curriculum=of.discipline.curriculum_id,
        discipline__semester=of.discipline.semester,
        weekday=of.weekday,
    )
    if of.group:
        rows = rows.filter(group=of.group)
    spans = with_day(rows).order_by("group").values_list("group", "odd", "even")
    found: dict[str, Decimal] = {}
    for group, odd, even in spans:
        found[group] = max(hours_of_day(odd, even), found.get(group, Decimal(0)))
    most = LONG_DAY.on(on)
    return [(group, hours) for group, hours in found.items() if long_day_warning(hours, most=most)]


# ---- equivalence -------------------------------------------------------------------------------------------


def equivalences_of(enrolment: Enrolment) -> list[Equivalence]:
    """A student's own requests with their disciplines, newest first; two queries."""
    rows = Equivalence.objects.filter(enrolment=enrolment)
    return list(rows.prefetch_related("rows__discipline"))


def equivalences_for_staff(user: User) -> QuerySet[Equivalence]:
    """Requests of the faculties somebody works for; central offices see all."""
    found = Equivalence.objects.select_related("enrolment__person", "enrolment__programme", "decided_by")
    if has_role(user, *EVERY_FACULTY):
        return found
    return found.filter(enrolment__programme__faculty__code__in=faculty_codes(user))
