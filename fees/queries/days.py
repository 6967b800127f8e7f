"""The day list: what was registered on a day, by method, with totals of each currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from fees.models import Payment, PaymentReversal
from fees.queries import desk
from upt_portal.kernel.calendar import start_of_day


@dataclass(frozen=True)
class DayLine:
    """A payment registered on the day, or one taken back on it. amount: negative for the second."""

    at: datetime
    payment: Payment
    amount: Decimal
    reason: str = ""

    @property
    def reversal(self) -> bool:
        return self.amount < 0


@dataclass(frozen=True)
class Method:
    """The lines of one method, with their totals by currency."""

    code: str
    label: str
    lines: Sequence[DayLine]
    totals: Sequence[tuple[str, Decimal]]


@dataclass(frozen=True)
class Day:
    """A day of the finance office. totals: by currency, of all methods; never added across currencies."""

    on: date
    methods: Sequence[Method]
    totals: Sequence[tuple[str, Decimal]]

    @property
    def lines(self) -> list[DayLine]:
        return [line for method in self.methods for line in method.lines]


def day_list(on: date) -> Day:
    """The payments registered on a local day and those taken back on it (FEE-017). Two queries.

    on: the day of registration, which is that of the receipt's number; the money may have come earlier.
    """
    begins, ends = start_of_day(on), start_of_day(on + timedelta(days=1))
    related = ("enrolment__person", "enrolment__programme")
    made = Payment.objects.filter(booked_at__gte=begins, booked_at__lt=ends).select_related(*related)
    undone = PaymentReversal.objects.filter(at__gte=begins, at__lt=ends).select_related(
        *(f"payment__{name}" for name in related)
    )
    lines = [DayLine(one.booked_at, one, one.amount) for one in made]
    lines += [DayLine(one.at, one.payment, -one.payment.amount, one.reason) for one in undone]
    lines.sort(key=lambda line: (line.payment.receipt_year, line.payment.receipt_number, line.reversal))
    methods = [
        Method(code, str(label), own, _totals(own))
        for code, label in Payment.Method.choices
        if (own := [line for line in lines if line.payment.method == code])
    ]
    return Day(on, methods, _totals(lines))


def _totals(lines: Sequence[DayLine]) -> list[tuple[str, Decimal]]:
    """Lei first, then the others by name."""
    sums: dict[str, Decimal] = {}
    for line in lines:
        sums[line.payment.currency] = sums.get(line.payment.currency, Decimal(0)) + line.amount
    return sorted(sums.items(), key=lambda item: (item[0] != "RON", item[0]))


desk.register_page(desk.DeskPage("fees:day", _("Day list"), desk.Group.PAYMENTS, place=40))
