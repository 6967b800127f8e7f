"""Missed application activities: which recoveries are free."""

from __future__ import annotations

from decimal import Decimal

from fees.rules.tuition import recontract_fee
from upt_portal.kernel.sources import CODE, Article, cites
from upt_portal.kernel.words import gettext_lazy as _


@cites(
    Article(CODE, "art. 19 (7)"),
    rule="FEE-084",
    words=_(
        "Up to three motivated application activities of a discipline are recovered free in a semester; with "
        "one more the discipline is contracted again."
    ),
)
def recovery_fee(missed: int, annual: Decimal, credits: int, *, free: int = 3, divisor: int = 60) -> Decimal:
    """What recovering the missed activities of one discipline in a semester costs.

    missed: motivated absences. annual: the fee-paying amount of the programme. credits: of the discipline.

    Examples:
        3 laboratories missed -> 0.00
        a fourth one, annual fee 3,900, 5 credits -> 325.00
    """
    if missed <= free:
        return Decimal("0.00")
    return recontract_fee(annual, credits, divisor)
