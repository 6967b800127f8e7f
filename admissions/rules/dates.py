"""Terms of the admission procedure: the legal day, days and hours, the caps of an academic year."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from admissions.rules.states import art, derived
from upt_portal.kernel.calendar import DAY, add_days, after_hours, end_of_day, is_working_day
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.sources import cites
from upt_portal.kernel.words import Sentence, ngettext_lazy
from upt_portal.kernel.words import gettext_lazy as _


@cites(
    derived("ADM-001"),
    rule="ADM-001",
    words=_("The legal date of an action is the calendar day in Romania at that moment."),
)
def legal_date(at: datetime, zone: tzinfo = ROMANIA) -> date:
    """The calendar day of a moment in the legal zone, daylight saving included.

    at: aware. zone: Europe/Bucharest unless the university decides otherwise. Raises ValueError for a time
    without zone.

    Examples:
        10 July 2026, 09:00 UTC -> 10 July (12:00 in Romania)
        10 July 2026, 21:30 UTC -> 11 July (00:30 in Romania)
    """
    if at.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return at.astimezone(zone).date()


@cites(
    art("art. 9"),
    art("art. 19"),
    art("art. 22"),
    rule="ADM-002",
    words=_(
        "A term of N calendar days does not count its first day and ends with the end of the N-th day; "
        "weekends and holidays count."
    ),
)
def term_end(start: date, days: int, *, closed: Collection[date] | None = None) -> date:
    """The last good day of a term of `days` calendar days from `start`, which is not counted.

    closed: public holidays when the university moves a term that ends on a day off to the next working day
    (ROLL_TO_WORKING_DAY); None, the default, moves nothing. Raises ValueError for a negative number.

    Examples:
        30 days from 10 September 2026 -> 10 October 2026, a Saturday, not moved
    """
    if days < 0:
        raise ValueError(f"a number of days is not negative, got {days}")
    end = add_days(start, days)
    while closed is not None and not is_working_day(end, closed):
        end += DAY
    return end


@cites(
    derived("ADM-003"),
    rule="ADM-003",
    words=_("What is done on the last day of a term is in time; on the day after it is late."),
)
def on_time(done_on: date, due: date) -> bool:
    """Whether something done on `done_on` (a legal date, or the date on a document) keeps a term.

    Examples:
        due 9 August 2026, done on 9 August -> in time
        due 9 August 2026, done on 10 August -> late
    """
    return done_on <= due


@cites(
    art("art. 15"),
    rule="ADM-004",
    words=_("A term in hours is elapsed time: weekends and the change of the clock do not stop it."),
)
def hours_end(start: datetime, hours: int) -> datetime:
    """The moment `hours` elapsed hours after `start`; aware, Europe/Bucharest.

    Examples:
        48 hours from Monday 1 June 2026, 08:00 -> Wednesday 3 June, 08:00
        48 hours from Saturday 24 October 2026, 14:00 -> Monday 26 October, 13:00 (the clock goes back)
    """
    return after_hours(start, hours)


@dataclass(frozen=True)
class YearTerms:
    """What follows from an academic year: its campaign year and the two last days (ADM-005)."""

    campaign_year: int
    visa_cap: date
    refund_cap: date

    @property
    def academic_year(self) -> str:
        """ "2026-2027" """
        return f"{self.campaign_year}-{self.campaign_year + 1}"


@cites(
    art("art. 9"),
    art("art. 22"),
    rule="ADM-005",
    words=_(
        "For the academic year Y to Y+1 the campaign year is Y; visas are applied for until 31 December Y, "
        "refunds until 30 April Y+1."
    ),
)
def year_terms(
    campaign_year: int, *, visa_cap: tuple[int, int] = (12, 31), refund_cap: tuple[int, int] = (4, 30)
) -> YearTerms:
    """The caps of the academic year that starts in `campaign_year`.

    visa_cap: month and day in that year. refund_cap: month and day in the year after.

    Examples:
        2026 -> 31 December 2026 and 30 April 2027
    """
    return YearTerms(campaign_year, date(campaign_year, *visa_cap), date(campaign_year + 1, *refund_cap))


@dataclass(frozen=True)
class Term:
    """A term as it is kept on a case: later changes of a parameter do not move it (ADM-006)."""

    start: date
    days: int
    raw: date
    cap: date | None
    due: date

    @property
    def capped(self) -> bool:
        return self.due != self.raw


@cites(
    derived("ADM-006"),
    rule="ADM-006",
    words=_(
        "A running term keeps its start, its number of days, its cap and its last day; a changed figure "
        "does not move it."
    ),
)
def make_term(
    start: date, days: int, *, cap: date | None = None, closed: Collection[date] | None = None
) -> Term:
    """The term of `days` calendar days from `start`, never beyond `cap`, with everything it came from.

    closed: see `term_end`. The cap is a date of the text and is never moved.

    Examples:
        60 days from 1 December 2026, cap 31 December 2026 -> 31 December 2026
    """
    raw = term_end(start, days, closed=closed)
    return Term(start, days, raw, cap, raw if cap is None else min(raw, cap))


@cites(
    derived("ADM-006"),
    rule=("ADM-006", "ADM-153"),
    words=_("A corrected start date computes a term anew, with the figures it was made with."),
)
def restarted(term: Term, start: date, *, closed: Collection[date] | None = None) -> Term:
    """The same term from a corrected start: its own number of days and cap, not those of today."""
    return make_term(start, term.days, cap=term.cap, closed=closed)


@cites(
    derived("ADM-007"),
    rule="ADM-007",
    words=_("Lateness is counted in whole calendar days after the last day of the term."),
)
def days_late(done_on: date, due: date) -> int:
    """By how many days something is late; 0 when it is in time.

    Examples:
        due 14 November 2026, done on 15 November -> 1
    """
    return max((done_on - due).days, 0)


@cites(
    derived("ADM-007"),
    rule="ADM-007",
    words=_("A term is shown with its last day, the zone, the days that remain, or by how much it is late."),
)
def standing(due: date, today: date) -> Sentence:
    """One sentence on a term, as every screen shows it."""
    values = {"due": end_of_day(due)}
    if late := days_late(today, due):
        words = ngettext_lazy(
            "The term ended on %(due)s; late by %(count)s day.",
            "The term ended on %(due)s; late by %(count)s days.",
            late,
        )
        return words % values
    if today == due:
        return _("Today is the last day: until %(due)s.") % values
    words = ngettext_lazy(
        "Until %(due)s; %(count)s day left.", "Until %(due)s; %(count)s days left.", (due - today).days
    )
    return words % values
