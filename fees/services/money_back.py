"""Taking money off the lines it pays, when it has left the university whatever the portal wanted."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from fees.models import Allocation, Charge, Payment
from fees.rules.paying import ZERO
from fees.services.announcing import announce_owed_again


def free(payment: Payment, wanted: Decimal, *, reason: str, at: datetime) -> list[Charge]:
    """Make so much of a payment unallocated; the lines it paid are owed again (§4.2), newest first.

    The caller holds the account and the payment. An allocation is taken back whole, and what is over is put
    on the line again. Returns the lines that lost money; none when enough was unallocated already.
    """
    missing = wanted - payment.unallocated
    opened: list[Charge] = []
    if missing <= ZERO:
        return opened
    for allocation in _standing(payment):
        if missing <= ZERO:
            break
        taken = min(allocation.amount, missing)
        Allocation.objects.create(
            payment=payment,
            charge=allocation.charge,
            amount=-allocation.amount,
            at=at,
            reverses=allocation,
            reason=reason[:300],
        )
        if allocation.amount > taken:
            Allocation.objects.create(
                payment=payment, charge=allocation.charge, amount=allocation.amount - taken, at=at
            )
        missing -= taken
        opened.append(allocation.charge)
    payment.refresh_from_db()
    announce_owed_again(opened, at=at)
    return opened


def _standing(payment: Payment) -> Sequence[Allocation]:
    rows = payment.allocations.filter(reverses__isnull=True, reversed_by__isnull=True)
    return list(rows.select_related("charge").order_by("-pk"))
