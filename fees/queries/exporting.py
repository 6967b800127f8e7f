"""Rows for the accountants: every movement, payment and open sum of a period, in words, with totals."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from fees.models import Charge, Payment
from fees.queries.movements import KINDS, ZERO, Kind, number_of
from fees.workflow import ChargeState

CHUNK = 2000  # rows fetched at a time


@dataclass(frozen=True)
class Export:
    """A table to take away. rows: from a period, streamed; sums: places of the columns that are totalled.

    accounts: whose accounts stand in it, for the note that each student reads (REC-053); None is nobody.
    """

    name: str
    label: Promise | str
    hint: Promise | str
    headings: Callable[[], list[str]]
    rows: Callable[[datetime, datetime], Iterator[list[Any]]]
    accounts: Callable[[datetime, datetime], Iterable[int | None]]
    sums: Sequence[int]
    currency: int


def with_totals(export: Export, start: datetime, end: datetime) -> Iterator[list[Any]]:
    """The rows of an export, then one total for each currency, in the language of this moment."""
    language = get_language() or "ro"

    def spoken() -> Iterator[list[Any]]:
        with translation.override(language):
            yield from _totalled(export, start, end)

    return spoken()


def _totalled(export: Export, start: datetime, end: datetime) -> Iterator[list[Any]]:
    totals: dict[str, dict[int, Decimal]] = {}
    width = len(export.headings())
    for row in export.rows(start, end):
        sums = totals.setdefault(row[export.currency], dict.fromkeys(export.sums, ZERO))
        for place in export.sums:
            sums[place] += row[place]
        yield row
    for currency in sorted(totals, key=lambda one: (one != "RON", one)):
        cells: list[Any] = [None] * width
        cells[0], cells[export.currency] = gettext("Total"), currency
        for place, amount in totals[currency].items():
            cells[place] = amount
        yield cells


def _holder_headings() -> list[str]:
    return [gettext("Student"), gettext("Matriculation number"), gettext("Faculty"), gettext("Programme")]


def _holder(account: Any) -> list[str]:
    """Who the account is of; four empty cells for money that is nobody's yet."""
    if account is None:
        return [""] * 4
    programme = account.programme
    return [
        account.person.list_name,
        account.matriculation_number,
        programme.faculty.code if programme.faculty else "",
        programme.name_in(get_language() or "ro"),
    ]


# ---- movements ---------------------------------------------------------------------------------------------

_ACCOUNT = "enrolment__programme__faculty", "enrolment__person"


def _movement_headings() -> list[str]:
    return [
        gettext("Date"), gettext("Movement"), gettext("Method"), *_holder_headings(),
        gettext("Academic year"), gettext("Kind of fee"), gettext("For"), gettext("Document"),
        gettext("Reference"), gettext("Reason"), gettext("Sum"), gettext("Currency"),
    ]  # fmt: skip


def _movements(start: datetime, end: datetime) -> Iterator[list[Any]]:
    """Kind by kind as in the books of the month, each by date; the sums add up to the movements there."""
    for kind in KINDS:
        rows = _moved_in(kind, start, end).order_by("moved_at", "pk")
        for row in _related(kind, rows).iterator(chunk_size=CHUNK):
            yield _movement(kind, row)


def _moved_in(kind: Kind, start: datetime, end: datetime) -> QuerySet[Any]:
    return kind.rows().filter(moved_at__gte=start, moved_at__lt=end)


def _movement_accounts(start: datetime, end: datetime) -> set[int | None]:
    found: set[int | None] = set()
    for kind in KINDS:
        found.update(_moved_in(kind, start, end).order_by().values_list("moved_account", flat=True))
    return found


def _path(kind: Kind) -> str:
    """From a row to the line or the payment it belongs to."""
    return kind.enrolment.removesuffix("enrolment")


def _related(kind: Kind, rows: QuerySet[Any]) -> QuerySet[Any]:
    path = _path(kind)
    wanted = [f"{path}{one}" for one in _ACCOUNT]
    if kind.model is Charge or path == "charge__":
        wanted += [f"{path}fee_type", f"{path}year"]
    return rows.select_related(*wanted)


def _movement(kind: Kind, row: Any) -> list[Any]:
    thing = row
    for step in filter(None, _path(kind).split("__")):
        thing = getattr(thing, step)
    line = thing if isinstance(thing, Charge) else None
    money = thing if isinstance(thing, Payment) else None
    way = row
    for step in filter(None, kind.method.split("__")[:-1]):
        way = getattr(way, step)
    return [
        row.moved_at,
        str(kind.label),
        str(getattr(way, f"get_{kind.method.split('__')[-1]}_display")()) if kind.method else "",
        *_holder(thing.enrolment),
        str(line.year) if line else "",
        line.fee_type.name if line else "",
        line.description if line else "",
        number_of(row),
        money.reference if money else "",
        str(getattr(row, kind.why, "") if kind.why else ""),
        row.moved,
        row.moved_currency,
    ]


# ---- payments ----------------------------------------------------------------------------------------------


def _payment_headings() -> list[str]:
    return [
        gettext("Receipt"), gettext("Paid"), gettext("Registered"), gettext("Method"), gettext("Payer"),
        *_holder_headings(), gettext("Reference"), gettext("State"), gettext("Sum"), gettext("On lines"),
        gettext("Unallocated"), gettext("Given back or on its way back"), gettext("Currency"),
    ]  # fmt: skip


def _paid_in(start: datetime, end: datetime) -> QuerySet[Payment]:
    return Payment.objects.filter(booked_at__gte=start, booked_at__lt=end)


def _payments(start: datetime, end: datetime) -> Iterator[list[Any]]:
    """The payments registered in the period, by receipt, as they stand now."""
    rows = _paid_in(start, end).select_related(*_ACCOUNT)
    for row in rows.order_by("receipt_year", "receipt_number").iterator(chunk_size=CHUNK):
        yield [
            row.receipt,
            row.paid_at,
            row.booked_at,
            str(row.get_method_display()),
            row.payer_name,
            *_holder(row.enrolment),
            row.reference,
            gettext("reversed") if row.reversed_at else gettext("registered"),
            row.amount,
            row.allocated,
            row.unallocated,
            row.refunded,
            row.currency,
        ]


# ---- what is open ------------------------------------------------------------------------------------------


def _open_headings() -> list[str]:
    return [
        *_holder_headings(), gettext("Academic year"), gettext("Kind of fee"), gettext("For"), gettext("Due"),
        gettext("State"), gettext("Value"), gettext("No longer asked for"), gettext("Paid"), gettext("Left"),
        gettext("Currency"),
    ]  # fmt: skip


def _open_in(start: datetime, end: datetime) -> QuerySet[Charge]:
    asked_for = [ChargeState.DUE, ChargeState.PARTLY_PAID, ChargeState.OVERDUE]
    return Charge.objects.filter(state__in=asked_for, due_at__gte=start, due_at__lt=end)


def _open(start: datetime, end: datetime) -> Iterator[list[Any]]:
    """The lines due in the period on which something is left now, by student."""
    rows = _open_in(start, end).select_related(*_ACCOUNT, "fee_type", "year")
    for row in rows.order_by("enrolment__person__sort", "enrolment", "due_at", "pk").iterator(
        chunk_size=CHUNK
    ):
        yield [
            *_holder(row.enrolment),
            str(row.year),
            row.fee_type.name,
            row.description,
            row.due_at,
            str(ChargeState(row.state).label),
            row.amount,
            row.reduced,
            row.allocated,
            row.left,
            row.currency,
        ]


EXPORTS = (
    Export(
        "movements",
        _("Movements of the ledger"),
        _("All that was charged, cancelled, exempted, paid, reversed or refunded; adds up to the books."),
        _movement_headings,
        _movements,
        _movement_accounts,
        sums=(13,),
        currency=14,
    ),
    Export(
        "payments",
        _("Payments registered"),
        _("Every receipt of the period with payer, method and what became of the money."),
        _payment_headings,
        _payments,
        lambda start, end: _paid_in(start, end).order_by().values_list("enrolment", flat=True),
        sums=(11, 12, 13, 14),
        currency=15,
    ),
    Export(
        "open",
        _("Sums still to pay"),
        _("Lines that fall due in the period and are not paid yet."),
        _open_headings,
        _open,
        lambda start, end: _open_in(start, end).order_by().values_list("enrolment", flat=True),
        sums=(9, 10, 11, 12),
        currency=13,
    ),
)
