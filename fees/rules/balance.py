"""What an account owes, and what must be paid before leaving."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.sources import (
    CODE,
    PAGE_GUIDE,
    Article,
    cites,
)
from upt_portal.kernel.words import gettext_lazy as _

ZERO = Decimal("0.00")
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Line:
    """A charge as the balance sees it. counted: neither cancelled nor exempted, and released."""

    amount: Decimal
    paid: Decimal
    due_at: datetime
    currency: str = "RON"
    counted: bool = True

    @property
    def open(self) -> Decimal:
        """What is left to pay."""
        return self.amount - self.paid


@dataclass(frozen=True)
class Balance:
    """Sums of one currency. overdue: the part of `outstanding` that is past its due date."""

    paid: Decimal = ZERO
    outstanding: Decimal = ZERO
    overdue: Decimal = ZERO


@cites(
    Article(PAGE_GUIDE, "§ 3"),
    rule=("FEE-005", "FEE-017"),
    words=_(
        "The balance is the sum of the lines that stand, less the payments allocated to them; what is past "
        "its due date is overdue. Sums of different currencies are never added."
    ),
)
def balances(lines: Iterable[Line], at: datetime) -> dict[str, Balance]:
    """The balance of each currency that occurs, at a moment. at: aware.

    Examples:
        four instalments of 1,000 (31 Oct, 15 Dec, 15 Feb, 15 Apr), 1,500 paid, on 20 Feb 2025
        -> paid 1,500, outstanding 2,500, overdue 1,500
    """
    totals: dict[str, Balance] = {}
    for line in lines:
        if not line.counted:
            continue
        before = totals.get(line.currency, Balance())
        totals[line.currency] = Balance(
            paid=before.paid + line.paid,
            outstanding=before.outstanding + line.open,
            overdue=before.overdue + (line.open if line.due_at < at else ZERO),
        )
    return totals


@cites(
    Article(CODE, "art. 51 (10)"),
    Article(CODE, "art. 55 (2)"),
    rule="FEE-074",
    words=_("Who withdraws owes the unpaid part of the lines due on or before the day of filing."),
)
def owed_at_withdrawal(lines: Iterable[Line], filed_on: date) -> dict[str, Decimal]:
    """What must be paid before a withdrawal is sent on, by currency; nothing paid ahead is returned.

    Examples:
        four instalments of 1,000, 1,500 paid, filed 20 Feb 2025 -> 1,500
    """
    owed: dict[str, Decimal] = {}
    for line in lines:
        if line.counted and line.due_at <= end_of_day(filed_on):
            owed[line.currency] = owed.get(line.currency, ZERO) + line.open
    return owed
