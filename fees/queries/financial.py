"""The financial page: instalments, the other fees by kind, payment documents, what money waits (FEE-102)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from fees.models import Allocation, Charge, Payment, Refund
from fees.queries import accounts, causes
from fees.queries.causes import Cause
from fees.queries.ledger import Totals, totals
from fees.queries.prices import TUITION
from fees.workflow import CLOSED, PAYABLE, REFUND_LIVE
from studentrecords.models import Enrolment
from upt_portal.kernel import audit, citations, dates
from upt_portal.kernel.models import TraceEntry
from upt_portal.kernel.money import format_money
from upt_portal.kernel.page import TimelineItem
from upt_portal.kernel.words import language

#: Lines that are closed, and payments, are shown so many at a time. What is to be paid is never cut (ux §1).
CLOSED_LINES, PAYMENTS = 25, 15
HISTORY = 40  # acts


@dataclass(frozen=True)
class Row:
    """A charge on the page. payable: it can be ticked; ticked: it is, before anybody chooses."""

    charge: Charge
    payable: bool
    ticked: bool
    article: str
    article_url: str
    cause: Cause | None

    @property
    def is_open(self) -> bool:
        """Whether something is still asked for."""
        return self.charge.state not in CLOSED


@dataclass(frozen=True)
class Section:
    """Rows of one kind under a heading."""

    title: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Elsewhere:
    """What is still to pay in years that the filter leaves out."""

    lines: int
    sums: Sequence[tuple[str, Decimal]]


@dataclass(frozen=True)
class Financial:
    """The page of one enrolment. closed, payments: what is shown of the closed lines and of the payments."""

    years: Sequence[str]
    year: str
    totals: Sequence[Totals]
    spare: Sequence[tuple[str, Decimal]]
    on_way_back: Sequence[tuple[str, Decimal]]
    sections: Sequence[Section]
    closed: Page[Charge]
    payments: Page[Payment]
    elsewhere: Elsewhere | None

    @property
    def can_pay(self) -> bool:
        """Whether any line shown can be ticked."""
        return any(row.payable for section in self.sections for row in section.rows)

    @property
    def currencies(self) -> set[str]:
        """The currencies in which something can be paid here."""
        rows = (row for section in self.sections for row in section.rows)
        return {row.charge.currency for row in rows if row.payable}


def financial_of(
    enrolment: Enrolment,
    at: datetime,
    *,
    year: str = "",
    closed: int | str = 1,
    payments: int | str = 1,
    for_staff: bool = False,
) -> Financial:
    """Everything on an account as its student sees it, in a constant number of queries (FEE-005).

    year: name of an academic year of the account; any other text stands for all.
    closed, payments: numbers of pages, as asked for. for_staff: also lines cancelled or not open yet.
    """
    of = accounts.every_charge_of if for_staff else accounts.charges_of
    every = list(of(enrolment))
    years = sorted({charge.year.name for charge in every}, reverse=True)
    year = year if year in years else ""
    seen = [charge for charge in every if year in ("", charge.year.name)]
    done = sorted((one for one in seen if one.state in CLOSED), key=lambda one: one.due_at, reverse=True)
    shown = Paginator(done, CLOSED_LINES).get_page(closed)
    rest = [one for one in every if one.state in PAYABLE and one not in seen]
    return Financial(
        years=years,
        year=year,
        totals=totals(every, at),
        spare=spare_of(enrolment),
        on_way_back=on_way_back(enrolment),
        sections=_sections([one for one in seen if one.state not in CLOSED], list(shown)),
        closed=shown,
        payments=Paginator(payments_of(enrolment), PAYMENTS).get_page(payments),
        elsewhere=Elsewhere(len(rest), _sums((one.currency, one.left) for one in rest)) if rest else None,
    )


def payments_of(enrolment: Enrolment) -> QuerySet[Payment]:
    """The payments of an account, newest first, with the lines each one covers and what went back of it."""
    standing = Allocation.objects.filter(reverses__isnull=True, reversed_by__isnull=True)
    refunds = Refund.objects.exclude(state__in=["refused", "withdrawn", "closed"]).order_by("requested_at")
    return Payment.objects.filter(enrolment=enrolment).prefetch_related(
        Prefetch("allocations", standing.select_related("charge").order_by("pk"), to_attr="standing"),
        Prefetch("refunds", refunds, to_attr="going_back"),
    )


def spare_of(enrolment: Enrolment) -> list[tuple[str, Decimal]]:
    """Money received that pays no line and goes nowhere yet, by currency."""
    found = Payment.objects.filter(enrolment=enrolment, reversed_at__isnull=True).only(
        "currency", "amount", "allocated", "refunded", "reversed_at"
    )
    return _sums((payment.currency, payment.unallocated) for payment in found)


def on_way_back(enrolment: Enrolment) -> list[tuple[str, Decimal]]:
    """Money set aside for refunds that have not arrived yet, by currency."""
    found = Refund.objects.filter(
        payment__enrolment=enrolment, state__in=REFUND_LIVE, held_at__isnull=False, paid_at__isnull=True
    )
    return _sums(found.values_list("currency", "amount"))


def _sums(amounts: Iterable[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    """Sums by currency, lei first; empty ones left out."""
    sums: dict[str, Decimal] = {}
    for currency, amount in amounts:
        sums[currency] = sums.get(currency, Decimal(0)) + amount
    return sorted(((one, sum_) for one, sum_ in sums.items() if sum_), key=lambda item: item[0] != "RON")


def _sections(open_: Sequence[Charge], closed: Sequence[Charge]) -> list[Section]:
    """Tuition first, then the other kinds by their nearest due date; in each what is open before the rest."""
    known = causes.causes_of(charge.reference for charge in (*open_, *closed))
    first = next((charge.currency for charge in open_ if charge.state in PAYABLE), "")
    by_kind: dict[str, list[Charge]] = {}
    for charge in (*open_, *closed):
        by_kind.setdefault(charge.fee_type.code, []).append(charge)
    kinds = sorted(by_kind, key=lambda code: (code != TUITION, min(one.due_at for one in by_kind[code])))
    return [
        Section(
            _("Tuition: instalments") if code == TUITION else by_kind[code][0].fee_type.name,
            [_row(charge, known.get(charge.reference), first) for charge in by_kind[code]],
        )
        for code in kinds
    ]


def _row(charge: Charge, cause: Cause | None, first: str) -> Row:
    payable = charge.state in PAYABLE and not accounts.is_confirming(charge)
    return Row(
        charge=charge,
        payable=payable,
        ticked=payable and charge.currency == first,
        article=citations.short(charge.article),
        article_url=citations.address("", charge.rule) if charge.rule else "",
        cause=cause,
    )


# ---- what was done -----------------------------------------------------------------------------------------


def history_of(trail: QuerySet[TraceEntry]) -> list[TimelineItem]:
    """The latest acts of the trace of an account, newest first: what, when, who and why."""
    return [
        TimelineItem(
            title=audit.sentence_of(entry),
            detail=" · ".join(
                part
                for part in (
                    dates.moment(entry.at, language()),
                    entry.actor.display_name if entry.actor else _("the portal"),
                    *_figures(entry.data),
                    entry.reason,
                )
                if part
            ),
        )
        for entry in trail.order_by("-number")[:HISTORY]
    ]


def _figures(data: Mapping[str, Any]) -> list[str]:
    """The sums and numbers an act was recorded with."""
    lines = data.get("lines")
    sums = [str(one) for one in lines.values()] if isinstance(lines, dict) else []
    named = [str(data[name]) for name in ("receipt", "amount", "number") if data.get(name)]
    return [_as_money(one) for one in (*named, *sums[:3])]


def _as_money(said: str) -> str:
    """ "60.00 RON" as money in the reader's language; anything else as it is."""
    found = re.fullmatch(r"(-?\d+\.\d\d) ([A-Z]{3})", said)
    return format_money(Decimal(found[1]), found[2], language()) if found else said
