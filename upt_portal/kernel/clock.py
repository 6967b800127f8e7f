"""What time it is: the true moment, or the shifted one of a test or a demonstration.

Services take `at` and `today` as arguments; the doors (pages, tasks, commands) ask here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta

from django.conf import settings

from upt_portal.kernel.dates import ROMANIA

_shift: ContextVar[timedelta | datetime | None] = ContextVar("clock_shift", default=None)


def _offset_from_settings() -> timedelta:
    return timedelta(days=getattr(settings, "CLOCK_OFFSET_DAYS", 0))


_offset: Callable[[], timedelta] = _offset_from_settings


def read_offset_with(offset: Callable[[], timedelta]) -> None:
    """Take the portal's offset from `offset` (a stored value that web and workers share).

    It is asked at every `now()`, so it must be cheap; the default is the setting CLOCK_OFFSET_DAYS.
    """
    global _offset
    _offset = offset


def now() -> datetime:
    """The moment, aware (UTC)."""
    shift = _shift.get()
    if isinstance(shift, datetime):
        return shift
    return datetime.now(UTC) + (_offset() if shift is None else shift)


def local_day(at: datetime) -> date:
    """The day that `at` falls on in Bucharest. Raises ValueError for a time without zone."""
    if at.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return at.astimezone(ROMANIA).date()


def today() -> date:
    """The local day in Bucharest."""
    return local_day(now())


@contextmanager
def shifted(by: timedelta | datetime) -> Iterator[None]:
    """Inside the block the clock runs `by` a distance from the true one, or stands still at a moment.

    by: a distance, or an aware moment. Holds for this thread and what it calls; nests.
    """
    if isinstance(by, datetime):
        if by.tzinfo is None:
            raise ValueError("a moment needs its zone")
        by = by.astimezone(UTC)
    token = _shift.set(by)
    try:
        yield
    finally:
        _shift.reset(token)
