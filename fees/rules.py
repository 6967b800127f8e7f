"""The rulebook of fees: sums, due dates, penalties and balances, on plain values.

Amounts are in units of their currency with two decimals; days are local days in Bucharest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.money import instalments, rounded
from upt_portal.kernel.sources import (
    ADMISSION_PROCEDURE,
    CODE,
    CONTRACT_GUIDE,
    DERIVED,
    PAGE_GUIDE,
    Article,
    cites,
)
from upt_portal.kernel.words import gettext_lazy as _

ZERO = Decimal("0.00")
HUNDRED = Decimal(100)

RECONTRACTING = Article(CODE, "art. 27 (3)")
STAGE_5 = Article(CONTRACT_GUIDE, "stage 5")

# Member states of the Union and of the European Economic Area, and Switzerland: they pay as Romanians do.
_CODES = "AT BE BG CH CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
EU_EEA_SWISS = frozenset(_CODES.split())


# --- Tuition and re-contracting -----------------------------------------------------------------------------


@cites(
    Article(CODE, "art. 2 (1) a"),
    Article(CODE, "art. 13 q"),
    Article(CODE, "art. 49"),
    Article(CODE, "art. 50 (5)"),
    Article(CODE, "art. 50 (6)"),
    rule="FEE-010",
    words=_(
        "A fee-paying place owes the annual tuition of its programme, a state-funded one none. "
        "In an extension or a repeated year their own fees stand in its place."
    ),
)
def tuition_owed(
    annual: Decimal, *, fee_paying: bool, year_has_own_fees: bool = False, charged_beside: bool = False
) -> Decimal:
    """The tuition of a year, rounded to the cent.

    annual: the programme's fee for the year. year_has_own_fees: an extension or a repeated year.
    charged_beside: the setting of F-A20, tuition is owed in such a year too.

    Examples:
        fee-paying, 4,200 -> 4,200.00
        extension, fee-paying, 3,900 -> 0.00
    """
    if not fee_paying or (year_has_own_fees and not charged_beside):
        return ZERO
    return rounded(annual)


@cites(
    Article(CODE, "art. 42 (10)"),
    rule="FEE-015",
    words=_("A transfer to a fee-paying place from the second semester owes half of the annual tuition."),
)
def transfer_tuition(
    annual: Decimal, *, fee_paying: bool, from_second_semester: bool, half_share: Decimal = Decimal(50)
) -> Decimal:
    """The tuition of the year of a transfer, rounded to the cent.

    half_share: per cent of the annual fee owed from the second semester.

    Examples:
        fee-paying, 4,200, from the second semester -> 2,100.00
        state-funded, 4,200 -> 0.00
    """
    if not fee_paying:
        return ZERO
    return rounded(annual * half_share / HUNDRED) if from_second_semester else rounded(annual)


@cites(
    Article(PAGE_GUIDE, "§ 3"),
    STAGE_5,
    rule="FEE-011",
    words=_("Tuition may be split into equal instalments with due dates of their own."),
)
def instalment_plan(total: Decimal, due_on: Sequence[date]) -> list[tuple[Decimal, date]]:
    """The instalments of a tuition, one for each due date; the rounding difference stands in the last.

    total: whole cents. due_on: at least one day, in order. Raises ValueError otherwise.

    Examples:
        4,000 in three -> 1,333.33 + 1,333.33 + 1,333.34
    """
    if list(due_on) != sorted(set(due_on)):
        raise ValueError("the due dates of instalments go forward")
    return list(zip(instalments(total, len(due_on)), due_on, strict=True))


@cites(
    RECONTRACTING,
    Article(CODE, "art. 50 (6)"),
    rule=("FEE-030", "FEE-031"),
    words=_(
        "The fee of a re-contracted discipline is the annual tuition, divided by 60, times its credits; "
        "also on a state-funded place. The same holds for new disciplines in a repeated year."
    ),
)
def recontract_fee(annual: Decimal, credits: int, divisor: int = 60) -> Decimal:
    """Annual tuition × credits ÷ divisor, multiplied first and rounded once.

    annual: the fee-paying amount of the student's programme. credits: 0 or more.
    Raises ValueError for negative credits or a divisor below 1.

    Examples:
        3,900 and 5 credits -> 325.00
        4,000 and 7 credits -> 466.67
    """
    if credits < 0 or divisor < 1:
        raise ValueError(f"need credits of 0 or more and a divisor of 1 or more, got {credits} and {divisor}")
    return rounded(annual * credits / divisor)


@cites(
    Article(ADMISSION_PROCEDURE, "art. 2"),
    Article(ADMISSION_PROCEDURE, "art. 17"),
    rule="FEE-017",
    words=_("Citizens of the Union, the European Economic Area and Switzerland pay as Romanian citizens do."),
)
def pays_as_third_country(citizenship: str) -> bool:
    """Whether the prices for third-country citizens apply.

    citizenship: two letters of ISO 3166, in capitals.
    """
    return citizenship not in EU_EEA_SWISS


# --- Due dates and penalties --------------------------------------------------------------------------------


@cites(
    STAGE_5,
    rule="FEE-061",
    words=_(
        "The sums of an annex are due at the end of the payment stage; a weekend does not move that day."
    ),
)
def annex_due_at(payment_end: date) -> datetime:
    """The last moment at which the lines of an annex are paid in time. Aware, Europe/Bucharest.

    Examples:
        Sunday 13 December 2020 -> that day, 23:59:59
    """
    return end_of_day(payment_end)


@dataclass(frozen=True)
class DailyPenalty:
    """`rate` per cent of the unpaid sum a day, at most `cap` per cent of the line."""

    rate: Decimal
    cap: Decimal


@dataclass(frozen=True)
class OncePenalty:
    """A debt under `limit` bears `fixed`; any other `percent` of it, at most `ceiling`."""

    limit: Decimal
    fixed: Decimal
    percent: Decimal
    ceiling: Decimal


PenaltyPolicy = DailyPenalty | OncePenalty | None


@cites(
    STAGE_5,
    Article(DERIVED, "FEE-063"),
    rule="FEE-063",
    words=_(
        "After the due date a penalty may apply: a percentage a day from the day after it, not compounded "
        "and capped; or one sum for the line. Without a decision there is none, only an overdue mark."
    ),
)
def penalty(
    policy: PenaltyPolicy,
    amount: Decimal,
    *,
    due_on: date,
    on: date,
    payments: Sequence[tuple[date, Decimal]] = (),
) -> Decimal:
    """What a line bears by the end of day `on`, rounded once to the cent.

    policy: None is "no penalty". amount: of the line. due_on: last day in time.
    payments: (day, sum) in any order; the day of a payment still counts for the sum it pays.

    Examples:
        0.1 % a day, cap 10 %: 1,000.00 due 13 December, paid 18 December -> 5.00
        once: 10 under 100, else 15 % at most 200: debts of 80, 1,000, 2,000 -> 10.00, 150.00, 200.00
    """
    if policy is None or on <= due_on:
        return ZERO
    if isinstance(policy, OncePenalty):
        return _once(policy, amount - sum((paid for day, paid in payments if day <= due_on), ZERO))
    return _daily(policy, amount, due_on, on, payments)


def _once(policy: OncePenalty, debt: Decimal) -> Decimal:
    if debt <= 0:
        return ZERO
    if debt < policy.limit:
        return rounded(policy.fixed)
    return rounded(min(debt * policy.percent / HUNDRED, policy.ceiling))


def _daily(
    policy: DailyPenalty, amount: Decimal, due_on: date, on: date, payments: Sequence[tuple[date, Decimal]]
) -> Decimal:
    """Days × unpaid sum, counted from one payment to the next."""
    sum_of_days, start = ZERO, due_on
    for end in sorted({day for day, _paid in payments if due_on < day < on} | {on}):
        unpaid = amount - sum((paid for day, paid in payments if day <= start), ZERO)
        sum_of_days += max(unpaid, ZERO) * (end - start).days
        start = end
    return rounded(min(sum_of_days * policy.rate / HUNDRED, amount * policy.cap / HUNDRED))


# --- Balance ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A charge as the balance sees it. counted: neither cancelled nor exempted, and released."""

    amount: Decimal
    paid: Decimal
    due_at: datetime
    currency: str = "RON"
    counted: bool = True

    @property
    def open(self) -> Decimal:
        """What is left to pay."""
        return self.amount - self.paid


@dataclass(frozen=True)
class Balance:
    """Sums of one currency. overdue: the part of `outstanding` that is past its due date."""

    paid: Decimal = ZERO
    outstanding: Decimal = ZERO
    overdue: Decimal = ZERO


@cites(
    Article(PAGE_GUIDE, "§ 3"),
    rule=("FEE-005", "FEE-017"),
    words=_(
        "The balance is the sum of the lines that stand, less the payments allocated to them; what is past "
        "its due date is overdue. Sums of different currencies are never added."
    ),
)
def balances(lines: Iterable[Line], at: datetime) -> dict[str, Balance]:
    """The balance of each currency that occurs, at a moment. at: aware.

    Examples:
        four instalments of 1,000 (31 Oct, 15 Dec, 15 Feb, 15 Apr), 1,500 paid, on 20 Feb 2025
        -> paid 1,500, outstanding 2,500, overdue 1,500
    """
    totals: dict[str, Balance] = {}
    for line in lines:
        if not line.counted:
            continue
        before = totals.get(line.currency, Balance())
        totals[line.currency] = Balance(
            paid=before.paid + line.paid,
            outstanding=before.outstanding + line.open,
            overdue=before.overdue + (line.open if line.due_at < at else ZERO),
        )
    return totals


@cites(
    Article(CODE, "art. 51 (10)"),
    Article(CODE, "art. 55 (2)"),
    rule="FEE-074",
    words=_("Who withdraws owes the unpaid part of the lines due on or before the day of filing."),
)
def owed_at_withdrawal(lines: Iterable[Line], filed_on: date) -> dict[str, Decimal]:
    """What must be paid before a withdrawal is sent on, by currency; nothing paid ahead is returned.

    Examples:
        four instalments of 1,000, 1,500 paid, filed 20 Feb 2025 -> 1,500
    """
    owed: dict[str, Decimal] = {}
    for line in lines:
        if line.counted and line.due_at <= end_of_day(filed_on):
            owed[line.currency] = owed.get(line.currency, ZERO) + line.open
    return owed


# --- Paying -------------------------------------------------------------------------------------------------


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
