"""Working days and terms on plain dates (conventions T1 to T9 of the requirements).

Closed days are handed in: their table belongs to the kernel's models. Nothing here asks what time it is.
All clocks are Europe/Bucharest.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from holidays import country_holidays

from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.sources import CODE, DERIVED, Article, cites
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

DAY = timedelta(days=1)


class NoSuchWallTime(ValueError):
    """A clock time that the change of the clock skips or repeats; `str()` says so in words."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


@dataclass(frozen=True)
class AdministrativeDay:
    """The hours in which a registry receives papers (T5)."""

    opens: time = time(8)
    closes: time = time(16)


ADMINISTRATIVE_DAY = AdministrativeDay()


@cites(
    Article(DERIVED, "T1"),
    rule="T1",
    words=_("A working day is a Monday to Friday that is not in the table of closed days."),
)
def is_working_day(day: date, closed: Collection[date]) -> bool:
    """Whether `day` is a Monday to Friday that is not closed.

    closed: public holidays and free days of the university.

    Examples:
        Thursday 1 May 2025, Labour Day -> not a working day
        Friday 2 May 2025 -> a working day
    """
    return day.weekday() < 5 and day not in closed


@cites(
    Article(DERIVED, "T2"),
    rule=("T2", "REC-001"),
    words=_("Within N working days: the day of the event is not counted; the N-th working day counts whole."),
)
def add_working_days(day: date, n: int, closed: Collection[date]) -> date:
    """Last day of a term of `n` working days after an event of `day`, which itself is never counted.

    n: 0 or more; 0 gives `day` back. closed: days that are not working though not at a weekend.
    Raises ValueError for a negative `n`.

    Examples:
        5 days after Thursday 24 April 2025 (1 May closed) -> Friday 2 May 2025
        3 days after Friday 20 December 2024 (25, 26 closed) -> Friday 27 December 2024
    """
    _whole_number(n)
    while n:
        day += DAY
        n -= is_working_day(day, closed)
    return day


@cites(
    Article(DERIVED, "T3"),
    rule="T3",
    words=_("In the first N working days: the first day counts, when it is a working day."),
)
def first_working_days(start: date, n: int, closed: Collection[date]) -> date:
    """Last day of the first `n` working days from `start`; `start` is day 1 if it is a working day.

    n: 1 or more. Raises ValueError otherwise.

    Examples:
        first 5 from Monday 30 September 2024 -> Friday 4 October 2024
    """
    if n < 1:
        raise ValueError(f"need at least one day, got {n}")
    return add_working_days(start - DAY, n, closed)


@cites(
    Article(DERIVED, "T4"),
    rule="T4",
    words=_(
        "At least N working days before a day: that day is not counted; the N-th before it counts whole."
    ),
)
def last_day_before(day: date, n: int, closed: Collection[date]) -> date:
    """Last good day of "at least `n` working days before `day`"; `day` itself is not counted.

    n: 0 or more; 0 gives `day` back. Raises ValueError for a negative `n`.

    Examples:
        2 days before Monday 10 February 2025 -> Thursday 6 February 2025
        5 days before Monday 30 September 2024 -> Monday 23 September 2024
    """
    _whole_number(n)
    while n:
        day -= DAY
        n -= is_working_day(day, closed)
    return day


@cites(
    Article(CODE, "art. 28"),
    rule="T5",
    words=_("In administrative days: until the closing hour of the registry on the N-th working day after."),
)
def administrative_deadline(
    posted: date | datetime,
    n: int,
    closed: Collection[date],
    hours: AdministrativeDay = ADMINISTRATIVE_DAY,
) -> datetime:
    """Last moment of a term of `n` administrative days after `posted`: closing time of the last one.

    posted: local day, or aware moment, of the event. n: 1 or more. Aware, Europe/Bucharest.

    Examples:
        posted Wednesday 15 February 2023, 11:00, one day -> Thursday 16 February, 16:00
        posted Saturday 15 February 2025, one day -> Monday 17 February, 16:00
    """
    if n < 1:
        raise ValueError(f"need at least one day, got {n}")
    return wall_time(add_working_days(_local_date(posted), n, closed), hours.closes)


@cites(
    Article(CODE, "art. 28"),
    rule="T5",
    words=_("What is filed before the registry opens is registered at the opening of the next working day."),
)
def administrative_opening(
    posted: date | datetime, closed: Collection[date], hours: AdministrativeDay = ADMINISTRATIVE_DAY
) -> datetime:
    """When the registry first opens after `posted`: at its opening hour on the next working day.

    posted: local day, or aware moment, of the event. Aware, Europe/Bucharest.
    """
    return wall_time(add_working_days(_local_date(posted), 1, closed), hours.opens)


@cites(
    Article(DERIVED, "T6"),
    Article(DERIVED, "T8"),
    rule=("T6", "T8"),
    words=_(
        "Calendar days before or after: whole days, never moved by a weekend or holiday; a week is 7 days."
    ),
)
def add_days(day: date, n: int) -> date:
    """`n` calendar days after `day` (before it, when negative); weekends and holidays do not move it.

    Examples:
        5 days before Monday 10 February 2025 -> Wednesday 5 February 2025
        Sunday 13 December 2020 stays a Sunday
    """
    return day + n * DAY


@cites(Article(DERIVED, "T2"), rule="T2", words=_("On the last day the whole day counts, until 23:59:59."))
def end_of_day(day: date) -> datetime:
    """The last moment of a local day, 23:59:59.999999 in Bucharest; a term of whole days ends here."""
    return datetime.combine(day, time.max, ROMANIA)


def start_of_day(day: date) -> datetime:
    """The first moment of a local day, 00:00 in Bucharest."""
    return datetime.combine(day, time.min, ROMANIA)


@cites(
    Article(DERIVED, "T7"),
    rule="T7",
    words=_("N hours: exact elapsed time; nights, weekends and the change of the clock do not stop it."),
)
def after_hours(at: datetime, n: int) -> datetime:
    """The moment `n` elapsed hours after `at`. Aware, Europe/Bucharest.

    at: aware. Raises ValueError for a time without zone.

    Examples:
        48 hours after Friday 20 September 2024, 14:05 -> Sunday 22 September, 14:05
    """
    if at.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return (at.astimezone(UTC) + timedelta(hours=n)).astimezone(ROMANIA)


@cites(
    Article(DERIVED, "T9"),
    rule="T9",
    words=_("What arrives at the last moment of a term is in time; one moment later it is late."),
)
def in_time(at: datetime, due: datetime) -> bool:
    """Whether something that arrived at `at` keeps the term `due` (both aware; the last moment is good)."""
    return at <= due


def wall_time(day: date, clock: time) -> datetime:
    """The moment at which a clock in Bucharest shows `clock` on `day`.

    Raises NoSuchWallTime (a ValueError, in words) for a time that the change of the clock skips or repeats.
    """
    first = datetime.combine(day, clock, ROMANIA)
    second = first.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    back = first.astimezone(UTC).astimezone(ROMANIA)
    shown = {"time": f"{clock:%H:%M}", "day": day}
    if back.replace(tzinfo=None) != first.replace(tzinfo=None):
        raise NoSuchWallTime(_("The clock skips %(time)s on %(day)s. Choose another hour.") % shown)
    raise NoSuchWallTime(_("The clock shows %(time)s twice on %(day)s. Choose another hour.") % shown)


def working_days_between(first: date, last: date, closed: Collection[date]) -> int:
    """How many working days follow `first`, up to and with `last`; 0 when `last` is not later."""
    days = range(1, (last - first).days + 1)
    return sum(is_working_day(first + n * DAY, closed) for n in days)


@lru_cache(maxsize=64)
def orthodox_easter(year: int) -> date:
    """Easter Sunday of the Orthodox calendar, by today's (Gregorian) dates; years 1900 to 2099."""
    if not 1900 <= year <= 2099:
        raise ValueError(f"the two calendars are 13 days apart only from 1900 to 2099, not in {year}")
    moon = (19 * (year % 19) + 15) % 30
    month, day = divmod(moon + (2 * (year % 4) + 4 * (year % 7) - moon + 34) % 7 + 114, 31)
    return date(year, month, day + 1) + 13 * DAY


def romanian_holidays(year: int, language: str = "ro") -> dict[date, str]:
    """Legal public holidays of Romania with their names, in order; language: "ro" or "en"."""
    named = country_holidays("RO", years=year, language="ro" if language.startswith("ro") else "en_US")
    return dict(sorted(named.items()))


def _whole_number(n: int) -> None:
    if n < 0:
        raise ValueError(f"a number of days is not negative, got {n}")


def _local_date(event: date | datetime) -> date:
    return event.astimezone(ROMANIA).date() if isinstance(event, datetime) else event
