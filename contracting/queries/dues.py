"""The third tab: the sums of the annex, one by one, with their state; what is left to pay together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from urllib.parse import urlencode

from django.utils.translation import get_language

from contracting.models import Annex, StudentContracting
from fees.queries import accounts, ledger, tuition
from fees.workflow import PAYABLE, ChargeState
from upt_portal.kernel import citations
from upt_portal.kernel.money import format_money
from upt_portal.kernel.references import reference

_STATES = {
    ChargeState.DUE: "to_pay",
    ChargeState.PARTLY_PAID: "to_pay",
    ChargeState.OVERDUE: "to_pay",
    ChargeState.PAID: "paid",
    ChargeState.EXEMPTED: "exempted",
    ChargeState.CONFIGURED: "cannot_start",
}


class _Charge(Protocol):
    """What a page reads of a charge of the fees room."""

    pk: int
    amount: Decimal
    currency: str
    due_at: datetime
    state: str
    article: str
    rule: str

    @property
    def description(self) -> str: ...

    @property
    def working(self) -> str: ...

    @property
    def left(self) -> Decimal: ...


@dataclass(frozen=True)
class DueLine:
    """One sum of the annex. state: code of the status dictionary. late: its term is over and it is unpaid."""

    pk: int
    what: str
    working: str
    article: str
    article_url: str
    due_at: datetime
    amount: Decimal
    left: Decimal
    currency: str
    state: str
    late: bool


@dataclass(frozen=True)
class Dues:
    """What the Payments tab shows. left: still to pay, in the reader's writing; due_at: its nearest term.

    confirming: a card payment is under way for some line. nothing: the annex asks for no sum at all.
    """

    lines: tuple[DueLine, ...]
    total: str
    left: str
    left_amount: Decimal
    due_at: datetime | None
    currency: str
    confirming: bool
    nothing: bool

    @property
    def zero(self) -> Decimal:
        """Nothing, in two decimals, for rows that cost nothing."""
        return Decimal("0.00")

    @property
    def pay_query(self) -> str:
        """Names the lines to pay in the address of the card page's door."""
        return urlencode([("charge", line.pk) for line in self.lines if line.left])

    @property
    def to_pay(self) -> int:
        """Lines that wait for money."""
        return sum(line.state == "to_pay" for line in self.lines)


def dues_of(case: StudentContracting, at: datetime) -> Dues:
    """The charges of the case that are open or paid (CON-080, CON-081); two queries."""
    charges = list(accounts.charges_of(case.enrolment).filter(reference=reference(case)))
    lines = tuple(_line(charge, at, bool(getattr(charge, "open_attempts", ()))) for charge in charges)
    left = sum((line.left for line in lines), Decimal("0.00"))
    total = sum((line.amount for line in lines), Decimal("0.00"))
    return Dues(
        lines=lines,
        total=_money(total, case.currency),
        left=_money(left, case.currency),
        left_amount=left,
        due_at=min((line.due_at for line in lines if line.left), default=None),
        currency=case.currency,
        confirming=any(line.state == "confirming_payment" for line in lines),
        nothing=not lines,
    )


def tuition_apart(case: StudentContracting, annex: Annex | None) -> bool:
    """Whether the annex's tuition is paid outside its case, by days of its own (FEE-011)."""
    if annex is None or not annex.tuition:
        return False
    return tuition.stands_apart(case.enrolment, case.campaign.year, reference(case))


@dataclass(frozen=True)
class OpenSums:
    """What of a case can be paid now: how many sums, how much together, and their nearest term."""

    count: int = 0
    left: Decimal = Decimal("0.00")
    due_at: datetime | None = None


def open_sums_of(case: StudentContracting) -> OpenSums:
    """The sums of the case that can be paid now, for the mark on the tab and the words beside; one query."""
    lines = list(ledger.lines_of(reference(case)).filter(state__in=PAYABLE))
    return OpenSums(
        len(lines),
        sum((line.left for line in lines), Decimal("0.00")),
        min((line.due_at for line in lines), default=None),
    )


def _line(charge: _Charge, at: datetime, confirming: bool) -> DueLine:
    state = _STATES[ChargeState(charge.state)]
    if confirming and state == "to_pay":
        state = "confirming_payment"
    return DueLine(
        pk=charge.pk,
        what=charge.description,
        working=charge.working,
        article=citations.short(charge.article),
        article_url=citations.address("", charge.rule),
        due_at=charge.due_at,
        amount=charge.amount,
        left=charge.left,
        currency=charge.currency,
        state=state,
        late=charge.left > 0 and charge.due_at < at,
    )


def unpaid_rows(annex: Annex | None) -> Sequence[str]:
    """Names of the rows of the annex that cost nothing now: a re-examination, told so that nobody looks."""
    if annex is None:
        return ()
    english = (get_language() or "ro").startswith("en")
    return [
        str(line["name_en"] if english and line["name_en"] else line["name_ro"])
        for line in annex.lines
        if line["route"] == "RE_EXAM"
    ]


def _money(amount: Decimal, currency: str) -> str:
    return format_money(amount, currency, get_language() or "ro")
