"""The price list as pages show it: rows of a year, what is missing, what one programme pays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from fees.models import FeeType, Price, StatusDecision
from fees.queries import prices
from fees.queries.desk import DESK_ROLES, FINANCE_ROLES, DeskPage, Group, register_page
from fees.queries.prices import Payer
from studentrecords.models import ACTIVE_STATUSES, AcademicYear, Enrolment, Programme
from upt_portal.accounts import roles
from upt_portal.accounts.models import User

#: The kinds of fees that need a price in every year, in the order of the pages (FEE-001).
PRICED = (
    "TUITION",
    "REEXAM",
    "EXTENSION",
    "REPETITION",
    "REENROLMENT",
    "FINAL_EXAM",
    "LANGUAGE_CERT",
    "DUPLICATE",
)
OFFICE = frozenset({roles.SCHOOL_MANAGEMENT, roles.ADMINISTRATOR})
READERS = FINANCE_ROLES | {roles.SCHOOL_MANAGEMENT}


def _waiting(user: User) -> QuerySet[StatusDecision]:
    """Decisions on places that are not carried out yet."""
    return StatusDecision.objects.filter(carried_out_at__isnull=True)


for _page in (
    DeskPage("fees:tariff", _("Price list"), Group.PRICES, None, READERS, place=10,
             below=("fees:tariff_add",)),
    DeskPage("fees:tuition_generate", _("Generate tuition"), Group.PRICES, roles=OFFICE, place=20),
    DeskPage("fees:plans", _("Plans of instalments"), Group.PRICES, roles=READERS, place=30),
    DeskPage("fees:set_sum", _("Set a sum"), Group.PRICES, roles=OFFICE, place=40),
    DeskPage("fees:status_decisions", _("Decisions on places"), Group.PRICES, waiting=_waiting, roles=OFFICE),
    DeskPage("fees:exams", _("Exam payments"), Group.PRICES, None, DESK_ROLES, place=60,
             below=("fees:exam_add",)),
    DeskPage("fees:second_week", _("Lists of the second week"), Group.PRICES, roles=DESK_ROLES, place=70),
):  # fmt: skip
    register_page(_page)


@dataclass(frozen=True)
class Row:
    """A row of the price list. state: "now" in force, "later" from its first day on, "past" replaced."""

    price: Price
    state: str


def rows_of(year: AcademicYear, on: date) -> list[Row]:
    """The price list of a year, kind by kind, nearest scopes last, newest first; one query."""
    found = Price.objects.filter(year=year).select_related("fee_type", "faculty", "programme")
    order = {code: place for place, code in enumerate(PRICED)}
    rows = sorted(
        found,
        key=lambda one: (
            order.get(one.fee_type.code, len(order)),
            one.fee_type.code,
            one.programme.code if one.programme else "",
            one.faculty.code if one.faculty else "",
            one.cycle,
            one.form,
            one.citizenship,
            one.promotion,
            -one.first_day.toordinal(),
        ),
    )
    seen: set[tuple[object, ...]] = set()
    listed = []
    for one in rows:
        scope = (
            one.fee_type_id, one.programme_id, one.faculty_id, one.cycle, one.form, one.citizenship,
            one.promotion,
        )  # fmt: skip
        state = "later" if one.first_day > on else "past" if scope in seen else "now"
        if state == "now":
            seen.add(scope)
        listed.append(Row(one, state))
    return listed


@dataclass(frozen=True)
class Gap:
    """A kind of fee without a price for some students. programmes: their codes; students: how many."""

    fee_type: FeeType
    programmes: Sequence[str]
    students: int


def gaps(year: AcademicYear, on: date) -> list[Gap]:
    """The prices that are missing for active students (FEE-001); three queries."""
    listed = prices.listed(PRICED, year, on)
    groups = (
        Enrolment.objects.filter(status__in=ACTIVE_STATUSES)
        .values_list(*prices.PAYER_FIELDS)
        .annotate(count=Count("pk"))
        .order_by("programme__code")
    )
    found: dict[str, dict[str, int]] = {}
    for *fields, count in groups:
        payer = prices.payer(*fields)
        for code in PRICED:
            if prices.holding(listed.get(code, []), payer) is None:
                missing = found.setdefault(code, {})
                missing[payer.code] = missing.get(payer.code, 0) + count
    kinds = {kind.code: kind for kind in FeeType.objects.filter(code__in=PRICED)}
    return [
        Gap(kinds[code], sorted(found[code]), sum(found[code].values()))
        for code in PRICED
        if code in found and code in kinds
    ]


@dataclass(frozen=True)
class Entry:
    """What one kind of fee costs somebody; price None: not set yet."""

    fee_type: FeeType
    price: Price | None


def entries_for(programme: Programme, year: AcademicYear, category: str, on: date) -> list[Entry]:
    """The prices of a programme on a day; two queries. category: of citizenship, "eu" or "third"."""
    listed = prices.listed(PRICED, year, on)
    payer = Payer(
        programme.pk, programme.code, programme.faculty_id, programme.cycle, programme.form, category, ""
    )
    kinds = {kind.code: kind for kind in FeeType.objects.filter(code__in=PRICED)}
    return [
        Entry(kinds[code], prices.holding(listed.get(code, []), payer)) for code in PRICED if code in kinds
    ]


def annual_of(entries: Sequence[Entry], programme: Programme, on: date) -> tuple[Decimal, str] | None:
    """The annual tuition among a programme's prices, with its currency; None when none is set."""
    for entry in entries:
        if entry.fee_type.code == prices.TUITION and entry.price:
            return prices.annual_amount(entry.price, programme.code, on), entry.price.currency
    return None


def years_with_prices() -> QuerySet[Price, int]:
    """Keys of the academic years that have a price list."""
    return Price.objects.order_by().values_list("year", flat=True).distinct()
