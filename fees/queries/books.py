"""The books of a month: opening balance, every kind of movement, closing balance; and what proves them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fees.models import Charge, MonthClosing, Payment, RefundAttempt, Way
from fees.queries import desk
from fees.queries.movements import KINDS, ZERO, Kind
from upt_portal.kernel.calendar import start_of_day
from upt_portal.kernel.clock import local_day

SHOWN = 24  # months that can be chosen


def first_of(day: date) -> date:
    """The first day of the month of a day."""
    return day.replace(day=1)


def following(month: date) -> date:
    """The first day of the month after."""
    return first_of(month + timedelta(days=31))


def bounds(month: date) -> tuple[datetime, datetime]:
    """The first moment of a month and that of the next one, on the clocks of Romania."""
    return start_of_day(month), start_of_day(following(month))


def _lei_first(currency: str) -> tuple[bool, str]:
    return currency != "RON", currency


@dataclass(frozen=True)
class Line:
    """One kind of movement of a month. method: how the money came or went, for money only."""

    kind: str
    method: str
    amount: Decimal
    count: int


@dataclass(frozen=True)
class Book:
    """One currency of a month. Every sum is signed: what raises the debt of the students is positive."""

    currency: str
    opening: Decimal
    lines: Sequence[Line]
    closing: Decimal

    def as_figures(self) -> dict[str, Any]:
        """The same as plain values, in a fixed order: what is kept of a closed month and hashed."""
        return {
            "opening": str(self.opening),
            "movements": [[one.kind, one.method, str(one.amount), one.count] for one in self.lines],
            "closing": str(self.closing),
        }


def from_figures(currency: str, figures: Mapping[str, Any]) -> Book:
    """The book as it was kept."""
    lines = [
        Line(kind, method, Decimal(amount), count) for kind, method, amount, count in figures["movements"]
    ]
    return Book(currency, Decimal(figures["opening"]), lines, Decimal(figures["closing"]))


def books_of(start: datetime, end: datetime) -> list[Book]:
    """The books from one moment to before another, from the rows of the ledger; a query for each kind."""
    opening: dict[str, Decimal] = {}
    lines: dict[str, list[Line]] = {}
    for kind in KINDS:
        for currency, method, before, amount, count in _sums(kind, start, end):
            opening[currency] = opening.get(currency, ZERO) + (before or ZERO)
            if count:
                lines.setdefault(currency, []).append(Line(kind.code, method, amount, count))
    return [
        Book(
            currency,
            opening[currency],
            lines.get(currency, []),
            opening[currency] + sum((one.amount for one in lines.get(currency, [])), ZERO),
        )
        for currency in sorted(opening, key=_lei_first)
    ]


def _sums(kind: Kind, start: datetime, end: datetime) -> list[tuple[str, str, Decimal, Decimal, int]]:
    """By currency and method: the sum before the period, the sum and the number inside it."""
    inside = Q(moved_at__gte=start)
    by = ["moved_currency", *([kind.method] if kind.method else [])]
    rows = (
        kind.rows()
        .filter(moved_at__lt=end)
        .order_by()
        .values(*by)
        .annotate(
            before=Sum("moved", filter=~inside),
            amount=Sum("moved", filter=inside),
            count=Count("pk", filter=inside),
        )
        .order_by(*by)
    )
    return [
        (row["moved_currency"], row.get(kind.method, ""), row["before"], row["amount"], row["count"])
        for row in rows
    ]


def label_of(line: Line) -> str:
    """A line in words: "Payments, card"."""
    kind = next(one for one in KINDS if one.code == line.kind)
    if not line.method:
        return str(kind.label)
    ways = {
        **dict(Payment.Method.choices),
        **({} if kind.code in ("paid", "reversed") else dict(Way.choices)),
    }
    return f"{kind.label}, {ways[line.method]}"


# ---- what proves a month -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Proof:
    """Two sums that must agree, in words. found, kept: of one currency."""

    words: str
    currency: str
    found: Decimal
    kept: Decimal

    @property
    def difference(self) -> Decimal:
        return self.found - self.kept

    @property
    def holds(self) -> bool:
        return not self.difference


@dataclass(frozen=True)
class Month:
    """A month with its books, as kept if it is closed, and the proofs."""

    month: date
    books: Sequence[Book]
    closing: MonthClosing | None
    before: MonthClosing | None
    proofs: Sequence[Proof]

    @property
    def holds(self) -> bool:
        return all(proof.holds for proof in self.proofs)


def month_of(month: date, now: datetime) -> Month:
    """The books of a month: those kept when it was closed, else computed now.

    The opening balance must be the closing one of the month before; a closed month computed anew must give
    the same; and all movements up to now must give what the database keeps on the rows themselves.
    """
    start, end = bounds(month)
    computed = books_of(start, min(end, now))
    closing = MonthClosing.objects.filter(month=month).select_related("closed_by").first()
    before = MonthClosing.objects.filter(month=first_of(month - timedelta(days=1))).first()
    books = computed
    if closing is not None:
        books = [from_figures(one, closing.figures[one]) for one in sorted(closing.figures, key=_lei_first)]
    proofs = [_adds_up(book) for book in books]
    if before is not None:
        proofs += _compared(
            gettext("The opening balance is the closing balance kept for the month before"),
            {book.currency: book.opening for book in books},
            {currency: Decimal(kept["closing"]) for currency, kept in before.figures.items()},
        )
    if closing is not None:
        proofs += _compared(
            gettext("Computed again from the ledger, the closed month gives the same closing balance"),
            {book.currency: book.closing for book in computed},
            {book.currency: book.closing for book in books},
        )
    if start <= now < end:
        proofs += _compared(
            gettext("All movements up to now give what stands on the lines and the payments themselves"),
            {book.currency: book.closing for book in computed},
            standing(),
        )
    return Month(month, books, closing, before, proofs)


def _adds_up(book: Book) -> Proof:
    total = book.opening + sum((line.amount for line in book.lines), ZERO)
    words = gettext("The opening balance and the movements give the closing balance")
    return Proof(words, book.currency, total, book.closing)


def _compared(words: str, found: Mapping[str, Decimal], kept: Mapping[str, Decimal]) -> list[Proof]:
    currencies = sorted({*found, *kept}, key=_lei_first)
    return [Proof(words, one, found.get(one, ZERO), kept.get(one, ZERO)) for one in currencies]


@dataclass(frozen=True)
class Standing:
    """What the balance of now is made of: left on lines, less money that pays none or is on its way back."""

    currency: str
    left: Decimal
    spare: Decimal
    on_way: Decimal

    @property
    def balance(self) -> Decimal:
        return self.left - self.spare - self.on_way


def standing_now() -> list[Standing]:
    """What stands on the rows themselves, which triggers keep; three queries, none of them over movements."""
    left = _by_currency(
        Charge.objects.filter(cancelled_at__isnull=True), F("amount") - F("reduced") - F("allocated")
    )
    money = Payment.objects.filter(reversed_at__isnull=True)
    spare = _by_currency(money, F("amount") - F("allocated") - F("refunded"))
    held = _by_currency(money, F("refunded"))
    gone = dict(
        RefundAttempt.objects.filter(settled_at__isnull=False, failed_at__isnull=True)
        .order_by()
        .values_list("refund__currency")
        .annotate(sum=Sum("refund__amount"))
    )
    return [
        Standing(
            currency,
            left.get(currency, ZERO),
            spare.get(currency, ZERO),
            held.get(currency, ZERO) - gone.get(currency, ZERO),
        )
        for currency in sorted({*left, *spare, *held, *gone}, key=_lei_first)
    ]


def _by_currency(rows: Any, amount: Any) -> dict[str, Decimal]:
    return dict(rows.order_by().values_list("currency").annotate(sum=Sum(amount)))


def standing() -> dict[str, Decimal]:
    """The balance of now by currency, from the rows themselves."""
    return {one.currency: one.balance for one in standing_now()}


def months_to_choose(today: date) -> list[date]:
    """The months back from this one as far as anything was recorded, at most two years; newest first."""
    oldest = Charge.objects.order_by("posted_at").values_list("posted_at", flat=True).first()
    paid = Payment.objects.order_by("booked_at").values_list("booked_at", flat=True).first()
    found = [local_day(moment) for moment in (oldest, paid) if moment]
    last, months = first_of(min(found, default=today)), [first_of(today)]
    while months[-1] > last and len(months) < SHOWN:
        months.append(first_of(months[-1] - timedelta(days=1)))
    return months


def last_closed() -> MonthClosing | None:
    """The latest month that is closed."""
    return MonthClosing.objects.order_by("-month").first()


desk.register_page(
    desk.DeskPage(
        "fees:month", _("Books of the month"), desk.Group.BOOKS, below=("fees:close_month",), place=10
    )
)
desk.register_page(desk.DeskPage("fees:exports", _("Exports"), desk.Group.BOOKS, place=20))
