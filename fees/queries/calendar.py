"""The days that terms of fees are counted by: closed days, and when each exam session is."""

from datetime import date, timedelta

from studentrecords.models import AcademicYear
from studentrecords.queries.sessions import Span as Span
from studentrecords.queries.sessions import sessions_of as sessions_of
from upt_portal.kernel.models import ClosedDay
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

AROUND = timedelta(days=62)


class NoSuchSession(LookupError):
    """The calendar of the year does not hold a session; `str()` says so in words."""

    def __init__(self, session: str, year: AcademicYear) -> None:
        self.sentence: Sentence = _("The calendar of %(year)s has no session %(session)s. Add it first.") % {
            "year": str(year),
            "session": session,
        }
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return str(self.sentence)


def closed_days(around: date) -> frozenset[date]:
    """Days that are not working within two months before and after a day; one query."""
    rows = ClosedDay.objects.filter(day__gte=around - AROUND, day__lte=around + AROUND)
    return frozenset(rows.values_list("day", flat=True))


def session_of(year: AcademicYear, session: str) -> Span:
    """One session of a year. Raises NoSuchSession when the calendar does not hold it."""
    span = sessions_of(year).get(session)
    if span is None:
        raise NoSuchSession(session, year)
    return span
