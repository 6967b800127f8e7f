"""Exam sessions of a year: their days, from the table or from the calendar, and who is in a final year."""

from dataclasses import dataclass
from datetime import date

from django.db.models import CharField, Value
from django.db.models.functions import Cast

from studentrecords.models import AcademicYear, CalendarEvent, Enrolment, EnrolmentStatus, ExamSession
from studentrecords.rules.sessions import CODES
from upt_portal.kernel.models import ClosedDay
from upt_portal.kernel.names import search_key

#: By which words the calendar of a year names each session.
_WORDS = {
    "A-I": ("examene", "iarna"),
    "B-I": ("restante", "iarna"),
    "A-II": ("examene", "vara"),
    "B-II": ("restante", "vara"),
    "C": ("restante", "toamna"),
}


@dataclass(frozen=True)
class Span:
    """The first and the last day of a session."""

    starts_on: date
    ends_on: date


def sessions_of(year: AcademicYear) -> dict[str, Span]:
    """The sessions of a year, in their order: those set up, and the calendar's where none is; one query."""
    text = CharField(max_length=250)
    set_up = ExamSession.objects.filter(year=year).annotate(place=Value(1), said=Cast("code", text))
    planned = CalendarEvent.objects.filter(year=year).annotate(place=Value(2), said=Cast("event", text))
    columns = ("place", "starts_on", "ends_on", "said")
    rows = set_up.order_by().values_list(*columns).union(planned.order_by().values_list(*columns), all=True)
    found: dict[str, Span] = {}
    for place, starts_on, ends_on, said in sorted(rows):
        code = said if place == 1 else _code_of(said)
        if code:
            found.setdefault(code, Span(starts_on, ends_on))
    return {code: found[code] for code in CODES if code in found}


def _code_of(event: str) -> str:
    said = search_key(event)
    if "sesiune" not in said:
        return ""
    return next((code for code, words in _WORDS.items() if all(word in said for word in words)), "")


def is_final_year(enrolment: Enrolment) -> bool:
    """Whether a student is in the final year; an extension counts as one (R-A44)."""
    last = (enrolment.programme.semesters + 1) // 2
    return enrolment.year_of_study >= last or enrolment.status == EnrolmentStatus.EXTENSION


def closed_days(first: date, last: date) -> frozenset[date]:
    """Days that are not working in a span; one query."""
    return frozenset(ClosedDay.objects.filter(day__gte=first, day__lte=last).values_list("day", flat=True))
