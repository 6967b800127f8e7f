"""What a case owes: its charges and their sums."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from fees.models import Charge
from fees.rules.balance import Balance, Line, balances
from fees.workflow import CLOSED, PAYABLE


@dataclass(frozen=True)
class Totals:
    """Sums of a case or an account in one currency. due_at: the nearest due date of what is left."""

    currency: str
    amount: Decimal
    balance: Balance
    due_at: datetime | None = None

    @property
    def left(self) -> Decimal:
        """What is still to pay."""
        return self.balance.outstanding


def lines_of(case: str) -> QuerySet[Charge]:
    """The charges of a case that stand: released or not, cancelled ones left out; soonest due first."""
    return Charge.objects.filter(reference=case, cancelled_at__isnull=True).select_related("fee_type")


def is_settled(case: str) -> bool:
    """Whether nothing is left to pay on a case; a case without charges is settled."""
    return not lines_of(case).exclude(state__in=CLOSED).exists()


def settled_among(cases: Iterable[str]) -> list[str]:
    """Those of some cases on which nothing is left to pay, in one query."""
    wanted = set(cases)
    if not wanted:
        return []
    unpaid = Charge.objects.filter(reference__in=wanted).exclude(state__in=CLOSED)
    return sorted(wanted - set(unpaid.values_list("reference", flat=True)))


def is_open(case: str) -> bool:
    """Whether a case has a charge that can be paid now."""
    return lines_of(case).filter(state__in=PAYABLE).exists()


def totals_of(case: str, at: datetime) -> list[Totals]:
    """The sums of a case, one entry for each currency; usually one, none without charges."""
    return totals(lines_of(case), at)


def totals(charges: Iterable[Charge], at: datetime) -> list[Totals]:
    """The sums of some charges by currency, as rule FEE-005 counts them; hidden ones do not count."""
    counted = [charge for charge in charges if charge.cancelled_at is None and charge.released_at is not None]
    sums = balances([_line(charge) for charge in counted], at)
    return [
        Totals(
            currency=currency,
            amount=balance.paid + balance.outstanding,
            balance=balance,
            due_at=min(
                (one.due_at for one in counted if one.currency == currency and one.left > 0), default=None
            ),
        )
        for currency, balance in sorted(sums.items(), key=lambda item: item[0] != "RON")
    ]


def _line(charge: Charge) -> Line:
    return Line(charge.owed, charge.allocated, charge.due_at, charge.currency)
