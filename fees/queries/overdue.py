"""Accounts with overdue sums: who, how much, since when, reminded how often, proposed or not (FEE-075)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from fees import parameters as figures
from fees.models import Charge, ExemptionLine, FeeType, NonPaymentProposal, PaymentReminder
from fees.queries import desk, finding
from fees.rules import nonpayment as rules
from fees.workflow import PAYABLE, ProposalState
from studentrecords.models import ACTIVE_STATUSES, Enrolment, Faculty
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel.answers import Answer
from upt_portal.kernel.calendar import start_of_day
from upt_portal.kernel.clock import local_day

#: Days of delay from which the list can be narrowed.
AGES = (1, 8, 15, 31, 91)

#: Who sends reminders and makes proposals; secretariats read the list of their own faculty.
ACTORS = desk.FINANCE_ROLES | {roles.SCHOOL_MANAGEMENT}


def overdue_lines(at: datetime) -> QuerySet[Charge]:
    """Unpaid lines past their due date, without those whose exemption was asked for in time and waits."""
    asked = ExemptionLine.objects.filter(
        charge=OuterRef("pk"), is_open=True, exemption__asked_at__lte=F("charge__due_at")
    )
    return Charge.objects.filter(~Exists(asked), state__in=PAYABLE, due_at__lt=at)


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to. kind: code of a kind of fee; age: days of delay at least; stage: "" for
    everybody, "proposed", "review" or "ready" (may be proposed)."""

    kind: str = ""
    faculty: str = ""
    age: int = 0
    stage: str = ""


def debtors(user: User, wanted: Filter, at: datetime) -> QuerySet[Enrolment]:
    """The accounts a member of staff may see that owe something overdue, the longest delay first.

    `oldest` is the due date of the oldest overdue line, `lines` their number.
    """
    lines = overdue_lines(at)
    if wanted.kind:
        lines = lines.filter(fee_type__code=wanted.kind)
    ids = lines.values("pk")
    accounts = finding.accounts_for(user)
    if wanted.faculty:
        accounts = accounts.filter(programme__faculty__code=wanted.faculty)
    found = accounts.filter(charges__in=ids).annotate(
        oldest=Min("charges__due_at", filter=Q(charges__in=ids)),
        lines=Count("charges", filter=Q(charges__in=ids), distinct=True),
    )
    if wanted.age:
        found = found.filter(oldest__lt=start_of_day(local_day(at) - timedelta(days=wanted.age - 1)))
    if wanted.stage == "proposed":
        found = found.filter(nonpayment_proposals__state=ProposalState.PROPOSED)
    if wanted.stage == "ready":
        found = found.filter(pk__in=ready_accounts(at))
    return found.order_by("oldest", "person__sort", "pk")


def to_review(user: User) -> QuerySet[NonPaymentProposal]:
    """Proposals removed by a payment that staff have not looked at (FEE-077)."""
    return NonPaymentProposal.objects.filter(
        state=ProposalState.REMOVED, enrolment__in=finding.accounts_for(user).order_by()
    )


@dataclass(frozen=True)
class Debtor:
    """One account of the list. sums: what is overdue, by currency."""

    account: Enrolment
    oldest_due_on: date
    days: int
    kinds: tuple[str, ...]
    sums: dict[str, Decimal]
    reminders: int
    proposal: NonPaymentProposal | None


def with_sums(accounts: Sequence[Enrolment], at: datetime) -> list[Debtor]:
    """The accounts with what they owe, their reminders and proposals; three queries for all."""
    ids = [account.pk for account in accounts]
    lines: dict[int, list[Charge]] = {}
    for charge in (
        overdue_lines(at).filter(enrolment__in=ids).select_related("fee_type").order_by("due_at", "pk")
    ):
        lines.setdefault(charge.enrolment_id, []).append(charge)
    oldest = {pk: local_day(own[0].due_at) for pk, own in lines.items()}
    sent = reminders_since(oldest)
    open_ones = NonPaymentProposal.objects.filter(enrolment__in=ids, state=ProposalState.PROPOSED)
    proposed = {one.enrolment_id: one for one in open_ones}
    today = local_day(at)
    return [
        Debtor(
            account=account,
            oldest_due_on=oldest[account.pk],
            days=(today - oldest[account.pk]).days,
            kinds=tuple(dict.fromkeys(line.fee_type.name for line in lines[account.pk])),
            sums=_sums(lines[account.pk]),
            reminders=sent.get(account.pk, 0),
            proposal=proposed.get(account.pk),
        )
        for account in accounts
        if account.pk in oldest
    ]


def _sums(lines: Iterable[Charge]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for line in lines:
        sums[line.currency] = sums.get(line.currency, Decimal(0)) + line.left
    return sums


def reminders_since(oldest: dict[int, date]) -> dict[int, int]:
    """How many reminders each account got after the due date of its oldest overdue line; one query."""
    counted: dict[int, int] = {}
    rows = PaymentReminder.objects.filter(enrolment__in=list(oldest))
    for account, day in rows.values_list("enrolment_id", "day"):
        if day > oldest[account]:
            counted[account] = counted.get(account, 0) + 1
    return counted


def oldest_overdue(at: datetime, accounts: Iterable[int] | None = None) -> dict[int, date]:
    """The due day of the oldest overdue line of every account that has one; one query."""
    lines = overdue_lines(at)
    if accounts is not None:
        lines = lines.filter(enrolment__in=list(accounts))
    rows = lines.order_by().values_list("enrolment_id").annotate(oldest=Min("due_at"))
    return {account: local_day(oldest) for account, oldest in rows}


def answer_for(account: int, at: datetime) -> Answer:
    """Whether the account may be listed as a proposal today, with the reason if not."""
    oldest = oldest_overdue(at, [account])
    sent = reminders_since(oldest)
    return _answer(oldest.get(account), sent.get(account, 0), local_day(at))


def _answer(oldest: date | None, sent: int, today: date) -> Answer:
    return rules.may_propose(
        oldest,
        today,
        sent=sent,
        grace=figures.NONPAYMENT_GRACE.on(today),
        reminders=figures.REMINDERS.on(today),
    )


def ready_accounts(at: datetime) -> list[int]:
    """Accounts that may be listed: after grace and reminders, of active students, without an open proposal.

    One that staff withdrew or the rector kept is not listed again for the same debt.
    """
    oldest = oldest_overdue(at)
    sent, today = reminders_since(oldest), local_day(at)
    ready = {account for account, due_on in oldest.items() if _answer(due_on, sent.get(account, 0), today)}
    active = Enrolment.objects.filter(pk__in=ready, status__in=ACTIVE_STATUSES)
    settled = {
        account
        for account, state, due_on in NonPaymentProposal.objects.filter(enrolment__in=ready).values_list(
            "enrolment_id", "state", "oldest_due_on"
        )
        if state == ProposalState.PROPOSED
        or (
            state in (ProposalState.WITHDRAWN, ProposalState.KEPT, ProposalState.EXPELLED)
            and due_on >= oldest[account]
        )
    }
    return sorted(set(active.values_list("pk", flat=True)) - settled)


def reminders_wanted(at: datetime) -> list[int]:
    """Accounts whose reminder of today's place in the grace has not been sent yet."""
    oldest, today = oldest_overdue(at), local_day(at)
    sent = reminders_since(oldest)
    grace, reminders = figures.NONPAYMENT_GRACE.on(today), figures.REMINDERS.on(today)
    return [
        account
        for account, due_on in oldest.items()
        if sum(day <= today for day in rules.reminder_days(due_on, grace, reminders)) > sent.get(account, 0)
    ]


def kinds_of_fees() -> list[FeeType]:
    """For the filter."""
    return list(FeeType.objects.order_by("name_ro"))


def faculties_for(user: User) -> list[Faculty]:
    """The faculties whose accounts the user sees, for the filter."""
    programmes = finding.accounts_for(user).order_by().values("programme__faculty")
    return list(Faculty.objects.filter(pk__in=programmes))


def _waiting(user: User) -> QuerySet[NonPaymentProposal]:
    return to_review(user)


desk.register_page(
    desk.DeskPage(
        "fees:overdue",
        _("Overdue sums"),
        desk.Group.DEBTS,
        waiting=_waiting,
        roles=desk.DESK_ROLES,
        place=10,
        below=("fees:debtor",),
    )
)
desk.register_account_act(
    desk.AccountAct("fees:debtor", _("Delays, reminders, due dates"), roles=desk.DESK_ROLES, place=30)
)
