"""What raised and what lowered the money owed: one list of movements over every table of the ledger.

A movement counts on the day it was recorded, which no later act changes. Its sum is signed: what raises the
debt is positive. All movements up to a moment are its balance, so that an opening balance, the movements of a
period and the closing balance always agree.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import DateTimeField, DecimalField, ExpressionWrapper, F, Model, Q, QuerySet, Value
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fees.models import Charge, Payment, PaymentReversal, Reduction, RefundAttempt
from studentrecords.models import Enrolment

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Kind:
    """A kind of movement and where its rows stand. sign: +1 raises what is owed, −1 lowers it.

    at, amount, currency, enrolment: paths from the row. method: path of the way money took, if any.
    place: order of kinds inside one moment. why: name of the column that gives the reason.
    """

    code: str
    label: Promise | str
    sign: int
    model: type[Model]
    at: str
    amount: Any
    currency: str
    enrolment: str
    method: str = ""
    only: Q = field(default_factory=Q)
    place: int = 0
    why: str = ""

    @property
    def is_money(self) -> bool:
        """Whether money came or went, rather than a sum being asked for or not any more."""
        return bool(self.method)

    def rows(self) -> QuerySet[Any]:
        """All its rows, with `moved_at`, `moved` (signed), `moved_currency` and `moved_account`."""
        money: DecimalField[Any, Any] = DecimalField(max_digits=14, decimal_places=2)
        amount = F(self.amount) if isinstance(self.amount, str) else self.amount
        table: QuerySet[Any] = self.model._default_manager.all()
        found: QuerySet[Any] = table.filter(self.only).annotate(
            moved_at=ExpressionWrapper(F(self.at), DateTimeField()),
            moved=ExpressionWrapper(amount * Value(self.sign), money),
            moved_currency=F(self.currency),
            moved_account=F(self.enrolment),
        )
        return found


CHARGED = Kind("charged", _("Charged"), 1, Charge, "posted_at", "amount", "currency", "enrolment", place=0)
CANCELLED = Kind(
    "cancelled", _("Cancelled"), -1, Charge, "cancelled_at",
    F("amount") - F("reduced"), "currency", "enrolment", only=Q(cancelled_at__isnull=False), place=2,
    why="cancelled_reason",
)  # fmt: skip
EXEMPTED = Kind(
    "exempted", _("Exempted"), -1, Reduction, "at", "amount", "charge__currency", "charge__enrolment",
    only=Q(kind="exemption"), place=1, why="reason",
)  # fmt: skip
CLOSED = Kind(
    "closed", _("Closed at what was paid"), -1, Reduction, "at", "amount", "charge__currency",
    "charge__enrolment", only=~Q(kind="exemption"), place=1, why="reason",
)  # fmt: skip
PAID = Kind(
    "paid", _("Payments"), -1, Payment, "booked_at", "amount", "currency", "enrolment",
    method="method", place=3,
)  # fmt: skip
REVERSED = Kind(
    "reversed", _("Payments reversed"), 1, PaymentReversal, "at", "payment__amount",
    "payment__currency", "payment__enrolment", method="payment__method", place=4, why="reason",
)  # fmt: skip
REFUNDED = Kind(
    "refunded", _("Refunds"), 1, RefundAttempt, "settled_at", "refund__amount", "refund__currency",
    "refund__payment__enrolment", method="way", only=Q(settled_at__isnull=False), place=5,
)  # fmt: skip
CAME_BACK = Kind(
    "came_back", _("Refunds that came back"), -1, RefundAttempt, "failed_at", "refund__amount",
    "refund__currency", "refund__payment__enrolment", method="way",
    only=Q(settled_at__isnull=False, failed_at__isnull=False), place=6, why="failed_reason",
)  # fmt: skip
KINDS = (CHARGED, CANCELLED, EXEMPTED, CLOSED, PAID, REVERSED, REFUNDED, CAME_BACK)


@dataclass(frozen=True)
class Period:
    """From a moment on, and before another one; both aware."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Movement:
    """One movement of one account, in words. document: the number it has."""

    at: datetime
    kind: Kind
    what: str
    amount: Decimal
    currency: str
    document: str = ""


def of_account(account: Enrolment, language: str) -> list[Movement]:
    """Every movement of an account that its student sees, oldest first; one query for each kind.

    Sums that were set and never opened for payment are nobody's business yet, and are left out.
    """
    found = [
        Movement(
            row.moved_at, kind, _words(kind, row, language), row.moved, row.moved_currency, number_of(row)
        )
        for kind in KINDS
        for row in _of_one(kind, account)
    ]
    return sorted(found, key=lambda one: (one.at, one.kind.place))


_WITH: dict[type[Model], Sequence[str]] = {
    Reduction: ["charge"],
    PaymentReversal: ["payment"],
    RefundAttempt: ["refund__payment"],
}


def _of_one(kind: Kind, account: Enrolment) -> Iterable[Any]:
    rows = kind.rows().filter(moved_account=account.pk)
    if kind.model is Charge:
        rows = rows.filter(Q(released_at__isnull=False) | Q(allocated__gt=0))
    return rows.select_related(*_WITH[kind.model]) if kind.model in _WITH else rows


def number_of(row: Any) -> str:
    """The number of the document behind a movement: a receipt, a note of a refund."""
    if isinstance(row, Payment):
        return row.receipt
    if isinstance(row, PaymentReversal):
        return row.payment.receipt
    return row.note if isinstance(row, RefundAttempt) else ""


def _words(kind: Kind, row: Any, language: str) -> str:
    """What a movement is, for the one who reads the account."""
    if isinstance(row, Charge):
        what = row.description_in(language)
        return what if kind is CHARGED else gettext("Cancelled: %(what)s") % {"what": what}
    if isinstance(row, Reduction):
        words = {"what": row.charge.description_in(language)}
        if row.reverses_id:
            return gettext("Asked for again: %(what)s") % words
        return (gettext("Exempted: %(what)s") if kind is EXEMPTED else gettext("Closed: %(what)s")) % words
    if isinstance(row, Payment):
        return gettext("Payment, %(method)s") % {"method": method_words(row)}
    if isinstance(row, PaymentReversal):
        return gettext("Payment reversed: %(reason)s") % {"reason": row.reason}
    number = {"number": row.refund.payment.receipt}
    if kind is CAME_BACK:
        return gettext("The refund of receipt %(number)s came back") % number
    return gettext("Refund of receipt %(number)s") % number


def method_words(payment: Payment) -> str:
    """ "card •••• 4242"."""
    return f"{payment.get_method_display()} •••• {payment.card_last4}".removesuffix(" •••• ")


# ---- one account over a period -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """A movement with the balance after it."""

    movement: Movement
    balance: Decimal


@dataclass(frozen=True)
class Statement:
    """One currency of an account over a period: a positive balance is owed, a negative one is in favour."""

    currency: str
    opening: Decimal
    entries: Sequence[Entry]
    closing: Decimal

    @property
    def raised(self) -> Decimal:
        """Everything that raised the balance."""
        return sum((one.movement.amount for one in self.entries if one.movement.amount > 0), ZERO)

    @property
    def lowered(self) -> Decimal:
        """Everything that lowered it, as a positive sum."""
        return -sum((one.movement.amount for one in self.entries if one.movement.amount < 0), ZERO)


def statements(movements: Sequence[Movement], period: Period) -> list[Statement]:
    """The statement of each currency that occurs up to the end of the period, lei first."""
    before = [one for one in movements if one.at < period.end]
    currencies = sorted({one.currency for one in before}, key=lambda currency: currency != "RON")
    return [_statement(currency, before, period) for currency in currencies]


def _statement(currency: str, movements: Sequence[Movement], period: Period) -> Statement:
    own = [one for one in movements if one.currency == currency]
    opening = sum((one.amount for one in own if one.at < period.start), ZERO)
    entries, balance = [], opening
    for one in own:
        if one.at >= period.start:
            balance += one.amount
            entries.append(Entry(one, balance))
    return Statement(currency, opening, entries, balance)
