"""What a late line bears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

from upt_portal.kernel.money import rounded
from upt_portal.kernel.sources import (
    CODE,
    CONTRACT_GUIDE,
    DERIVED,
    Article,
    cites,
)
from upt_portal.kernel.words import gettext_lazy as _

ZERO = Decimal("0.00")
HUNDRED = Decimal(100)
DAY = timedelta(days=1)

STAGE_5 = Article(CONTRACT_GUIDE, "stage 5")


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


Span = tuple[date, date]  # first and last day, both included

#: What is asked for and not paid lapses, or the exam is not sat: such a line bears no penalty.
LAPSES = frozenset({"EXTENSION", "REPETITION", "REENROLMENT", "REEXAM", "LANGUAGE_CERT", "DUPLICATE"})
PENALTY = "PENALTY"


@cites(
    STAGE_5,
    Article(CODE, "art. 49 (2)"),
    Article(CODE, "art. 50 (2)"),
    rule="FEE-063",
    words=_(
        "No penalty is counted on a penalty, nor on a fee whose request lapses or whose exam is not sat "
        "when it is unpaid."
    ),
)
def bears_penalty(code: str) -> bool:
    """Whether a line of this kind of fee may bear a penalty. code: of the kind of fee."""
    return code != PENALTY and code not in LAPSES


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
    excused: Sequence[Span] = (),
) -> Decimal:
    """What a line bears by the end of day `on`, rounded once to the cent.

    policy: None is "no penalty". amount: of the line. due_on: last day in time.
    payments: (day, sum) in any order; the day of a payment still counts for the sum it pays.
    excused: days of delay that were the office's; they do not count.

    Examples:
        0.1 % a day, cap 10 %: 1,000.00 due 13 December, paid 18 December -> 5.00
        once: 10 under 100, else 15 % at most 200: debts of 80, 1,000, 2,000 -> 10.00, 150.00, 200.00
        0.1 % a day, 14 and 15 December excused: 1,000.00 due 13 December, paid 18 December -> 3.00
    """
    if policy is None:
        return ZERO
    first = penalty_begins(due_on, excused)
    if on < first:
        return ZERO
    if isinstance(policy, OncePenalty):
        return _once(policy, amount - sum((paid for day, paid in payments if day < first), ZERO))
    return _daily(policy, amount, due_on, on, payments, excused)


@cites(
    STAGE_5,
    Article(DERIVED, "CON-082"),
    rule=("FEE-063", "CON-082"),
    words=_(
        "A penalty begins on the day after the due date; days of delay that are the office's do not count."
    ),
)
def penalty_begins(due_on: date, excused: Sequence[Span] = ()) -> date:
    """The first day that counts for a penalty.

    Examples:
        due 13 December -> 14 December
        due 13 December, 14 and 15 December excused -> 16 December
    """
    day = due_on + DAY
    while _is_excused(day, excused):
        day += DAY
    return day


@cites(
    STAGE_5,
    Article(DERIVED, "FEE-063"),
    rule="FEE-063",
    words=_("A daily penalty stops growing on the day on which it reaches its ceiling."),
)
def cap_reached_on(policy: DailyPenalty, due_on: date) -> date | None:
    """The day on which the penalty of a line that stays wholly unpaid reaches its ceiling; None never.

    Examples:
        0.1 % a day, cap 10 %, due 13 December 2026 -> 23 March 2027
    """
    if policy.rate <= 0 or policy.cap <= 0:
        return None
    days = (policy.cap / policy.rate).to_integral_value(ROUND_CEILING)
    return due_on + int(days) * DAY


def _is_excused(day: date, excused: Sequence[Span]) -> bool:
    return any(first <= day <= last for first, last in excused)


def _once(policy: OncePenalty, debt: Decimal) -> Decimal:
    if debt <= 0:
        return ZERO
    if debt < policy.limit:
        return rounded(policy.fixed)
    return rounded(min(debt * policy.percent / HUNDRED, policy.ceiling))


def _daily(
    policy: DailyPenalty,
    amount: Decimal,
    due_on: date,
    on: date,
    payments: Sequence[tuple[date, Decimal]],
    excused: Sequence[Span],
) -> Decimal:
    """Days × unpaid sum, counted from one payment to the next."""
    sum_of_days, start = ZERO, due_on
    for end in sorted({day for day, _paid in payments if due_on < day < on} | {on}):
        unpaid = amount - sum((paid for day, paid in payments if day <= start), ZERO)
        if unpaid > 0:
            sum_of_days += unpaid * _counted(start, end, excused)
        start = end
    return rounded(min(sum_of_days * policy.rate / HUNDRED, amount * policy.cap / HUNDRED))


def _counted(after: date, until: date, excused: Sequence[Span]) -> int:
    """Days after `after` up to and with `until` that count."""
    days = (after + n * DAY for n in range(1, (until - after).days + 1))
    return sum(not _is_excused(day, excused) for day in days)
