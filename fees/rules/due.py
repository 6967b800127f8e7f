"""Due dates: until when a line is paid in time."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.sources import (
    CONTRACT_GUIDE,
    Article,
    cites,
)
from upt_portal.kernel.words import gettext_lazy as _

ZERO = Decimal("0.00")
HUNDRED = Decimal(100)

STAGE_5 = Article(CONTRACT_GUIDE, "stage 5")


@cites(
    STAGE_5,
    rule="FEE-061",
    words=_(
        "The sums of an annex are due at the end of the payment stage; a weekend does not move that day."
    ),
)
def annex_due_at(payment_end: date) -> datetime:
    """The last moment at which the lines of an annex are paid in time. Aware, Europe/Bucharest.

    Examples:
        Sunday 13 December 2020 -> that day, 23:59:59
    """
    return end_of_day(payment_end)
