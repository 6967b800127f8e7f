"""Money that did not come by card becomes payments: one core for statements, matching and the cash desk.

Many payments are booked with a constant number of queries; one is a list of one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fees import documents, notices
from fees.models import Allocation, BankEntry, Charge, EntryBooking, Payment
from fees.parameters import UNCHOSEN_MONEY
from fees.queries import accounts, ledger
from fees.rules import matching, paying
from fees.services.accounts import account_reference, follow
from fees.services.announcing import announce_all
from fees.services.charges import close_pages
from fees.workflow import PAYABLE, ChargeState
from studentrecords.models import Enrolment
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, outbox
from upt_portal.kernel import documents as papers
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.numbers import next_numbers
from upt_portal.kernel.params import Scope

audit.register_act("fees.book", _("Money was registered by the finance office"))


@dataclass(frozen=True)
class Money:
    """Money received for an account.

    reference: names it once and for all; the same reference is never booked twice.
    chosen: the lines it was paid for, in their order; None when nobody chose (FEE-006). sums: at most so much
    for a line, by its key; without one, all that the line lacks.
    entry: the bank entry it comes from, locked by the caller. how: what found it there.
    """

    account: int
    method: str
    amount: Decimal
    currency: str
    payer_name: str
    reference: str
    paid_at: datetime
    chosen: Sequence[int] | None = None
    sums: Mapping[int, Decimal] = field(default_factory=dict)
    entry: BankEntry | None = None
    how: str = ""


@dataclass
class _Open:
    """Accounts and lines of a batch, locked; `left` goes down as money falls on the lines."""

    accounts: dict[int, Enrolment]
    charges: dict[int, Charge]
    left: dict[int, Decimal]
    by_account: dict[int, list[Charge]]

    def of(self, account: int) -> list[matching.OpenLine]:
        return [
            matching.OpenLine(one.pk, self.left[one.pk], one.due_at, one.currency)
            for one in self.by_account[account]
            if self.left[one.pk]
        ]


def book(moneys: Sequence[Money], *, actor: User | None, at: datetime) -> list[Payment]:
    """Payments with allocations, receipts, trace, papers and mails, in the caller's transaction.

    The caller holds the rows the money comes from. A line never gets more than it lacks, hidden, cancelled
    and foreign lines and those of another currency get nothing (FEE-008, FEE-017); what is over stays
    unallocated. Accounts are locked in the order of their keys, then lines, then the register of receipts.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("money is booked inside the transaction of its act")
    if not moneys:
        return []
    found = _locked({money.account for money in moneys})
    parts = [_parts(money, found, local_day(at)) for money in moneys]
    made = _payments(moneys, found, at)
    _allocate(made, parts, found, at)
    EntryBooking.objects.bulk_create(
        EntryBooking(entry=money.entry, payment=payment, how=money.how)
        for money, payment in zip(moneys, made, strict=True)
        if money.entry is not None
    )
    paid = _paid_off(made, parts, found)
    _tell(made, parts, found, paid, actor, at)
    follow(found.accounts, at=at)
    return made


def _locked(ids: set[int]) -> _Open:
    rows = Enrolment.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=ids)
    locked = {one.pk: one for one in rows.select_related("person__user", "programme__faculty").order_by("pk")}
    lines = Charge.objects.select_for_update(of=("self",)).filter(enrolment__in=ids, state__in=PAYABLE)
    charges = {one.pk: one for one in lines.select_related("fee_type", "year").order_by("pk")}
    by_account: dict[int, list[Charge]] = {pk: [] for pk in ids}
    for charge in charges.values():
        by_account[charge.enrolment_id].append(charge)
    return _Open(locked, charges, {pk: charge.left for pk, charge in charges.items()}, by_account)


def _parts(money: Money, found: _Open, today: date) -> list[tuple[int, Decimal]]:
    """On which lines the money falls, with the sums; `found.left` is lowered by them."""
    lines = found.of(money.account)
    if money.chosen is None:
        programme = found.accounts[money.account].programme
        scope = Scope(faculty=programme.faculty.code if programme.faculty else "", programme=programme.code)
        policy = UNCHOSEN_MONEY.on(today, scope)
        wanted = matching.order_without_choice(lines, policy, money.currency)
    else:
        by_key = {line.key: line for line in lines if line.currency == money.currency}
        wanted = [by_key[key] for key in dict.fromkeys(money.chosen) if key in by_key]
    sums, _rest = paying.allocation(
        money.amount, [(money.sums.get(line.key, line.left), line.left) for line in wanted]
    )
    parts = [(line.key, part) for line, part in zip(wanted, sums, strict=True) if part]
    for key, part in parts:
        found.left[key] -= part
    return parts


def _payments(moneys: Sequence[Money], found: _Open, at: datetime) -> list[Payment]:
    year = local_day(at).year
    numbers = next_numbers(accounts.RECEIPT, year, len(moneys))
    return Payment.objects.bulk_create(
        Payment(
            enrolment=found.accounts[money.account],
            method=money.method,
            amount=money.amount,
            currency=money.currency,
            payer_name=money.payer_name,
            reference=money.reference,
            paid_at=money.paid_at,
            booked_at=at,
            receipt_year=year,
            receipt_number=number,
        )
        for money, number in zip(moneys, numbers, strict=True)
    )


Parts = Sequence[Sequence[tuple[int, Decimal]]]


def _allocate(made: Sequence[Payment], parts: Parts, found: _Open, at: datetime) -> None:
    Allocation.objects.bulk_create(
        Allocation(payment=payment, charge=found.charges[key], amount=part, at=at)
        for payment, own in zip(made, parts, strict=True)
        for key, part in own
    )
    for payment, own in zip(made, parts, strict=True):
        payment.allocated = sum((part for _key, part in own), paying.ZERO)


def _paid_off(made: Sequence[Payment], parts: Parts, found: _Open) -> list[Charge]:
    """The lines that are paid now; the mark of those paid in time is taken away."""
    last: dict[int, datetime] = {}
    for payment, own in zip(made, parts, strict=True):
        for key, _part in own:
            last[key] = max(payment.paid_at, last.get(key, payment.paid_at))
    paid = [found.charges[key] for key in last if not found.left[key]]
    in_time = [one.pk for one in paid if one.overdue_at and one.due_at >= last[one.pk]]
    # marked while the money was on its way: it was paid in time all the same
    if in_time:
        Charge.objects.filter(pk__in=in_time, state=ChargeState.PAID).update(overdue_at=None)
    return paid


def _tell(
    made: Sequence[Payment],
    parts: Parts,
    found: _Open,
    paid: Sequence[Charge],
    actor: User | None,
    at: datetime,
) -> None:
    audit.record_all((_act(payment, actor) for payment in made), at=at)
    papers.issue_all(
        (
            papers.ToIssue(_receipt(payment, own, found), payment, payment.receipt)
            for payment, own in zip(made, parts, strict=True)
        ),
        at=at,
        actor=actor,
    )
    outbox.post_all(
        (notices.money_received(one, reader) for one in made if (reader := _reader(one)) is not None), at=at
    )
    close_pages(paid, at)
    announce_all(ledger.settled_among({one.reference for one in paid}), made[-1].pk, at=at)


def _act(payment: Payment, actor: User | None) -> audit.Act:
    data = {
        "payment": payment.pk,
        "receipt": payment.receipt,
        "method": payment.method,
        "amount": f"{payment.amount} {payment.currency}",
        "unallocated": str(payment.unallocated),
    }
    return audit.Act(account_reference(payment.enrolment_id or 0), "fees.book", actor, data=data)


def _reader(payment: Payment) -> User | None:
    return payment.enrolment.person.user if payment.enrolment else None


def _receipt(payment: Payment, own: Iterable[tuple[int, Decimal]], found: _Open) -> papers.Paper:
    reader = _reader(payment)
    lines = [Allocation(payment=payment, charge=found.charges[key], amount=part) for key, part in own]
    return documents.receipt_paper(payment, (reader.language if reader else "") or "ro", lines)
