"""What may be paid, and where money goes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import (
    CONTRACT_GUIDE,
    DERIVED,
    Article,
    cites,
)
from upt_portal.kernel.words import gettext_lazy as _

ZERO = Decimal("0.00")
HUNDRED = Decimal(100)


@cites(
    Article(DERIVED, "FEE-008"),
    rule="FEE-008",
    words=_(
        "Only what is released, not cancelled and not yet paid can be paid, and never more than is left."
    ),
)
def may_be_paid(*, released: bool, closed: bool, left: Decimal, amount: Decimal) -> Answer:
    """Whether `amount` may be paid on a line.

    closed: cancelled or exempted. left: what the line still lacks. amount: more than zero.
    """
    if closed:
        return NO(_("This line was cancelled; there is nothing to pay."), Article(DERIVED, "FEE-008"))
    if not released:
        return NO(
            _("This line is not open for payment yet."),
            Article(CONTRACT_GUIDE, "step 4"),
            _("It opens once the signed documents are uploaded."),
        )
    if left <= 0:
        return NO(_("This line is already paid."), Article(DERIVED, "FEE-008"))
    if not 0 < amount <= left:
        return NO(_("The sum is not within what is left to pay."), Article(DERIVED, "FEE-008"))
    return YES


@cites(
    Article(DERIVED, "FEE-006"),
    rule=("FEE-006", "FEE-008"),
    words=_("Money goes to the lines chosen, never above what each still lacks; the rest stays unallocated."),
)
def allocation(money: Decimal, wanted: Sequence[tuple[Decimal, Decimal]]) -> tuple[list[Decimal], Decimal]:
    """How a payment falls on the lines it was made for, in their order, and what stays unallocated.

    wanted: (sum chosen for the line, what the line still lacks). The parts and the rest add up to `money`.

    Examples:
        500 for lines of 300 (open) and 200 (meanwhile paid) -> 300, 0 and 200 unallocated
    """
    parts: list[Decimal] = []
    for chosen, left in wanted:
        parts.append(max(ZERO, min(chosen, left, money - sum(parts, ZERO))))
    return parts, money - sum(parts, ZERO)
