"""What late lines bear, now and on days to come."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import F, Q, QuerySet
from django.utils.translation import get_language

from fees import parameters as figures
from fees.models import Allocation, Charge, OfficeDelay
from fees.queries.exemptions import held_back
from fees.rules import penalties as rules
from fees.rules.penalties import DailyPenalty, OncePenalty, PenaltyPolicy, Span
from fees.workflow import PAYABLE
from studentrecords.models import Enrolment
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.params import Scope

#: Days after the penalty begins for which a preview is shown.
AHEAD = (0, 6, 29)


def policy_of(account: Enrolment, due_on: date, currency: str) -> PenaltyPolicy:
    """The policy of a line by its due date, in the nearest scope; None is no penalty (FEE-063).

    The one-sum policy is decided in lei: a line in another currency bears none.
    """
    faculty = account.programme.faculty
    scope = Scope(faculty=faculty.code if faculty else "", programme=account.programme.code)
    kind = figures.PENALTY_POLICY.on(due_on, scope)
    if kind == "daily":
        rate, cap = figures.PENALTY_RATE.on(due_on, scope), figures.PENALTY_CAP.on(due_on, scope)
        return DailyPenalty(rate, cap) if rate > 0 and cap > 0 else None
    if kind == "once" and currency == "RON":
        return OncePenalty(
            limit=figures.PENALTY_ONCE_LIMIT.on(due_on, scope),
            fixed=figures.PENALTY_ONCE_FIXED.on(due_on, scope),
            percent=figures.PENALTY_ONCE_PERCENT.on(due_on, scope),
            ceiling=figures.PENALTY_ONCE_CEILING.on(due_on, scope),
        )
    return None


@dataclass(frozen=True)
class Late:
    """A line as its penalty sees it. payments: (local day, sum); excused: days that were the office's.

    held_back: an exemption was asked for in time and is not decided yet.
    """

    charge: Charge
    policy: PenaltyPolicy
    payments: tuple[tuple[date, Decimal], ...] = ()
    excused: tuple[Span, ...] = ()
    held_back: bool = False

    @property
    def due_on(self) -> date:
        """The last day in time."""
        return local_day(self.charge.due_at)

    @property
    def begins_on(self) -> date:
        """The first day that counts."""
        return rules.penalty_begins(self.due_on, self.excused)

    def by(self, on: date) -> Decimal:
        """What the line bears by the end of a day, nothing more being paid until then."""
        charge = self.charge
        gone = charge.cancelled_at is not None or (charge.released_at is None and charge.left > 0)
        if gone or self.held_back or not rules.bears_penalty(charge.fee_type.code):
            return rules.ZERO
        return rules.penalty(
            self.policy,
            charge.owed,
            due_on=self.due_on,
            on=on,
            payments=self.payments,
            excused=self.excused,
        )


def late_lines(account: Enrolment, charges: Iterable[Charge]) -> list[Late]:
    """The charges, none of them a penalty, with what decides on their penalty; three queries for all."""
    ids = {charge.pk for charge in charges}
    paid: dict[int, list[tuple[date, Decimal]]] = {}
    standing = Allocation.objects.filter(charge__in=ids, reverses__isnull=True, reversed_by__isnull=True)
    for charge_id, at, amount in standing.values_list("charge_id", "payment__paid_at", "amount"):
        paid.setdefault(charge_id, []).append((local_day(at), amount))
    excused: dict[int, list[Span]] = {}
    for charge_id, first, last in standing_delays(ids).values_list("charge_id", "first_day", "last_day"):
        excused.setdefault(charge_id, []).append((first, last))
    waiting = held_back(ids)
    return [
        Late(
            charge,
            policy_of(account, local_day(charge.due_at), charge.currency),
            tuple(paid.get(charge.pk, ())),
            tuple(excused.get(charge.pk, ())),
            charge.pk in waiting,
        )
        for charge in charges
    ]


def standing_delays(charges: Iterable[int]) -> QuerySet[OfficeDelay]:
    """Delays of the office that were not taken back."""
    return OfficeDelay.objects.filter(
        charge__in=list(charges), takes_back__isnull=True, taken_back_by__isnull=True
    )


def delays_of(enrolment_id: int) -> QuerySet[OfficeDelay]:
    """The standing delays of an account's lines, paid ones too: a mistaken one can be taken back any time."""
    rows = OfficeDelay.objects.filter(takes_back__isnull=True, taken_back_by__isnull=True)
    return rows.filter(charge__enrolment=enrolment_id).select_related("charge", "recorded_by")


def accounts_with_late_lines(accounts: Collection[int], at: datetime) -> list[int]:
    """Those of the accounts where a penalty stands, or a line is unpaid or was paid after its due date."""
    late = Q(penalty_of__isnull=True, due_at__lt=at)
    paid_late = Q(allocations__payment__paid_at__gt=F("due_at"))
    rows = Charge.objects.filter(enrolment__in=list(accounts), cancelled_at__isnull=True).filter(
        Q(penalty_of__isnull=False) | late & (Q(state__in=PAYABLE) | paid_late)
    )
    return list(rows.order_by("enrolment_id").values_list("enrolment_id", flat=True).distinct())


def with_penalties(enrolment_id: int, at: datetime) -> QuerySet[Charge]:
    """The lines of an account that are past due, or that have a standing penalty."""
    past = Q(due_at__lt=at, cancelled_at__isnull=True)
    has_one = Q(penalties__cancelled_at__isnull=True, penalties__isnull=False)
    rows = Charge.objects.filter(past | has_one, enrolment=enrolment_id, penalty_of__isnull=True)
    return rows.select_related("fee_type", "year").order_by("pk").distinct()


def standing(charges: Iterable[int]) -> dict[int, list[Charge]]:
    """The standing penalties of each line, the oldest first."""
    found: dict[int, list[Charge]] = {}
    rows = Charge.objects.filter(penalty_of__in=list(charges), cancelled_at__isnull=True)
    for row in rows.order_by("pk"):
        found.setdefault(row.penalty_of_id or 0, []).append(row)
    return found


def accounts_to_look_at(at: datetime) -> list[int]:
    """Accounts with an open line past its due date, whose penalty may grow tonight."""
    rows = Charge.objects.filter(state__in=PAYABLE, due_at__lt=at, penalty_of__isnull=True)
    return list(rows.order_by("enrolment_id").values_list("enrolment_id", flat=True).distinct())


@dataclass(frozen=True)
class Step:
    """What a line bears by the end of a day."""

    on: date
    amount: Decimal


@dataclass(frozen=True)
class Preview:
    """What an open line will bear, told before it happens (FEE-063).

    begins_on: first day that counts; None without a penalty. today: borne by the end of today.
    steps: on days to come. stops_on: when a daily penalty stops growing.
    """

    charge: Charge
    due_on: date
    policy: PenaltyPolicy
    begins_on: date | None
    today: Decimal
    steps: tuple[Step, ...] = ()
    stops_on: date | None = None

    @property
    def rate_words(self) -> str:
        """The daily percentage as it is written in the reader's language; "" without one."""
        return _figure(self.policy.rate) if isinstance(self.policy, DailyPenalty) else ""

    @property
    def cap_words(self) -> str:
        """The ceiling in per cent, written likewise."""
        return _figure(self.policy.cap) if isinstance(self.policy, DailyPenalty) else ""

    @property
    def daily(self) -> DailyPenalty | None:
        """The policy, when it counts days."""
        return self.policy if isinstance(self.policy, DailyPenalty) else None

    @property
    def once(self) -> OncePenalty | None:
        """The policy, when it is one sum."""
        return self.policy if isinstance(self.policy, OncePenalty) else None


def _figure(value: Decimal) -> str:
    text = f"{value.normalize():f}"
    return text.replace(".", ",") if (get_language() or "ro").startswith("ro") else text


def previews(account: Enrolment, charges: Iterable[Charge], at: datetime) -> list[Preview]:
    """For each open line what it will bear and from when; penalties themselves are left out.

    charges: with `fee_type`. Three queries, whatever their number.
    """
    today = local_day(at)
    lines = [charge for charge in charges if charge.penalty_of_id is None and charge.left > 0]
    return [_preview(late, today) for late in late_lines(account, lines)]


def _preview(late: Late, today: date) -> Preview:
    charge = late.charge
    if late.policy is None or not rules.bears_penalty(charge.fee_type.code):
        return Preview(charge, late.due_on, None, None, rules.ZERO)
    start = max(late.begins_on, today)
    days = (start + timedelta(days=n) for n in AHEAD)
    whole = isinstance(late.policy, DailyPenalty) and not late.payments and not late.excused
    return Preview(
        charge,
        late.due_on,
        late.policy,
        late.begins_on,
        late.by(today),
        _growing(late, days),
        rules.cap_reached_on(late.policy, late.due_on)
        if whole and isinstance(late.policy, DailyPenalty)
        else None,
    )


def _growing(late: Late, days: Iterable[date]) -> tuple[Step, ...]:
    """One step for each day on which the sum is another one than before."""
    steps: list[Step] = []
    for day in days:
        step = Step(day, late.by(day))
        if not steps or steps[-1].amount != step.amount:
            steps.append(step)
    return tuple(steps)
