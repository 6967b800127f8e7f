"""When the portal reminds of a payment, before its due date and after it."""

from __future__ import annotations

from datetime import date, datetime, time

from upt_portal.kernel.calendar import add_days, wall_time
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.sources import CODE, Article, cites
from upt_portal.kernel.words import gettext_lazy as _

#: A reminder leaves in the morning, when an office can still be asked.
REMINDER_HOUR = time(9)


@cites(
    Article(CODE, "art. 49 (2)"),
    Article(CODE, "art. 50 (2)"),
    Article(CODE, "art. 61"),
    rule="FEE-100",
    words=_(
        "Reminders of a payment leave a set number of calendar days before its due date, by default 7 and 1; "
        "a weekend or holiday does not move them."
    ),
)
def reminder_at(due_at: datetime, days: int, opened_at: datetime) -> datetime | None:
    """When the reminder leaves: at nine in the morning in Bucharest, `days` calendar days before the due day.

    due_at, opened_at: aware. None when the line opened at that moment or later: its own notice has just said
    so.

    Examples:
        due Sunday 13 December 2026, 7 days -> Sunday 6 December, 09:00
        due Sunday 28 March 2027 (the clock changes), 1 day -> Saturday 27 March, 09:00
    """
    at = wall_time(add_days(_day(due_at), -days), REMINDER_HOUR)
    return at if at > opened_at else None


def _day(at: datetime) -> date:
    return at.astimezone(ROMANIA).date()
