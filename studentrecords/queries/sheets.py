"""Discipline sheets read: whose they are, what is published for a year, what is late or missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import QuerySet

from studentrecords.models import AcademicYear, Discipline, Enrolment, SheetVersion
from studentrecords.parameters import SHEET_DISCUSSED, SHEET_PUBLISH
from studentrecords.queries import attendance
from studentrecords.rules import sheets as rules
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import has_role
from upt_portal.kernel import clock
from upt_portal.kernel.models import ClosedDay
from upt_portal.kernel.names import search_key

MOST = 300  # lines of a list; further ones are found by searching


def open_years(today: date) -> list[AcademicYear]:
    """The academic year that runs and those after it, as far as the calendar goes."""
    return list(AcademicYear.objects.filter(ends_on__gte=today).order_by("starts_on"))


def due_of(year: AcademicYear) -> date:
    """The last day for the sheets of a year (REC-078)."""
    closed = frozenset(ClosedDay.objects.values_list("day", flat=True))
    return rules.sheet_due(year.starts_on, closed, days=SHEET_PUBLISH.on(year.starts_on))


def discussed_until(discipline: Discipline, year: AcademicYear) -> date:
    """The last day of the first weeks of the semester in which the discipline is held."""
    starts = year.starts_on if discipline.semester % 2 else year.second_semester_on
    return rules.discussed_until(starts, weeks=SHEET_DISCUSSED.on(starts))


@dataclass(frozen=True)
class SheetLine:
    """A discipline, its versions of a year (newest first), the term of the first one."""

    discipline: Discipline
    versions: list[SheetVersion]
    due_on: date
    today: date

    @property
    def current(self) -> SheetVersion | None:
        return self.versions[0] if self.versions else None

    @cached_property
    def late(self) -> bool:
        """Whether the first version came after the term, or is still missing."""
        first = clock.local_day(self.versions[-1].published_at) if self.versions else None
        return rules.is_late(first, self.due_on, self.today)


def disciplines_of(user: User, year: AcademicYear, words: str = "") -> QuerySet[Discipline]:
    """Disciplines whose sheet somebody publishes: a teacher's own, a secretariat's of its faculties."""
    rows = attendance.disciplines_of(user, year)
    for word in search_key(words).split():
        rows = rows.filter(search__contains=word)
    return rows


def lines_for(user: User, year: AcademicYear, today: date, words: str = "") -> list[SheetLine]:
    """The sheets of a year, one line a discipline, at most 300; four queries."""
    rows = disciplines_of(user, year, words)
    if has_role(user, *roles.SECRETARIAT) and not words:
        rows = rows.filter(teachings__year=year)
    found = list(rows.distinct().order_by("curriculum", "semester", "name_ro", "pk")[:MOST])
    versions = _by_discipline(SheetVersion.objects.filter(discipline__in=found, year=year))
    due = due_of(year)
    return [SheetLine(one, versions.get(one.pk, []), due, today) for one in found]


def _by_discipline(rows: QuerySet[SheetVersion]) -> dict[int, list[SheetVersion]]:
    found: dict[int, list[SheetVersion]] = {}
    for row in rows.select_related("year").order_by("-year__starts_on", "-number"):
        found.setdefault(row.discipline_id, []).append(row)
    return found


def line_of(discipline: Discipline, year: AcademicYear, today: date) -> SheetLine:
    """One discipline with its versions of a year."""
    rows = SheetVersion.objects.filter(discipline=discipline, year=year).select_related(
        "stored", "published_by"
    )
    return SheetLine(discipline, list(rows.order_by("-number")), due_of(year), today)


def current_of(disciplines: Iterable[Discipline], on: date) -> dict[int, SheetVersion]:
    """The newest sheet of each discipline by its key: of the year of `on`, else of the nearest; one query.

    A sheet of a year to come is shown only where none of this year or an earlier one is there.
    """
    found = _by_discipline(SheetVersion.objects.filter(discipline__in=list(disciplines)))
    return {
        pk: next((row for row in rows if row.year.starts_on <= on), rows[-1]) for pk, rows in found.items()
    }


def sheets_of(enrolment: Enrolment, discipline: int) -> tuple[Discipline, list[SheetVersion]] | None:
    """A discipline of the student's curriculum with all its published versions; None for any other."""
    one = Discipline.objects.filter(curriculum=enrolment.curriculum_id, pk=discipline).first()
    if one is None:
        return None
    rows = SheetVersion.objects.filter(discipline=one).select_related("year", "stored")
    return one, list(rows.order_by("-year__starts_on", "-number"))
