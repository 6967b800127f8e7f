"""Money moved inside an account, and payments taken back by the finance office (§4.3)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fees import notices
from fees.models import Allocation, BankEntry, CardPayment, Charge, Payment, PaymentReversal
from fees.queries import accounts, ledger
from fees.refusal import demand, refuse
from fees.rules import paying
from fees.services.accounts import lock_account, record
from fees.services.announcing import announce_all, announce_owed_again
from fees.services.charges import close_pages
from fees.workflow import CARD_MOVES, ENTRY_MOVES
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, outbox
from upt_portal.kernel import documents as papers

audit.register_act("fees.reverse_payment", _("A payment was taken back"))
audit.register_act("fees.allocate", _("Money of the account was put on a line"))
audit.register_act("fees.take_off", _("Money was taken off a line"))


NO_REASON = _("Write the reason. It stays in the trace, and the student reads it.")


@transaction.atomic
def reverse_payment(
    payment_id: int, *, reason: str, actor: User, at: datetime, bank_entry: int | None = None
) -> PaymentReversal:
    """Take a payment back whole, with its reason: a row of its own; the allocations are reversed (§4.3).

    The lines are owed again, the receipt is marked as cancelled, the student is told. The money of a transfer
    is a bank entry again that waits for its student, unless the bank itself took it back (`bank_entry`).
    Raises Refused: already reversed, refunded meanwhile, the rest of its transfer closed, no reason.
    """
    reason = reason.strip()[:300]
    if not reason:
        raise refuse(NO_REASON)
    taken = _taken_back(bank_entry)
    entry = BankEntry.objects.select_for_update().filter(bookings__payment=payment_id).first()
    card = CardPayment.objects.select_for_update(of=("self",)).filter(payment=payment_id).first()
    payment = Payment.objects.get(pk=payment_id)
    if payment.enrolment_id is None:
        raise refuse(_("This payment belongs to no account."))
    lock_account(payment.enrolment_id)
    payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)
    _refuse_reversal(payment, entry, taken)
    standing = _standing(payment)
    for allocation in standing:
        _take_off(allocation, reason, at)
    announce_owed_again([allocation.charge for allocation in standing], at=at)
    reversal = PaymentReversal.objects.create(
        payment=payment, at=at, by=actor, reason=reason, bank_entry=taken
    )
    if card is not None:
        CARD_MOVES.check("reverse", card.state)
        card.reversed_at = at
        card.save(update_fields=["reversed_at"])
    if taken is not None:
        close(taken, BankEntry.Closing.UNDONE, payment.receipt, actor, at)
    _tell_reversal(payment, reason, actor, at)
    return reversal


def _taken_back(bank_entry: int | None) -> BankEntry | None:
    if bank_entry is None:
        return None
    taken = BankEntry.objects.select_for_update().get(pk=bank_entry)
    ENTRY_MOVES.check("close", taken.state)
    return taken


def _refuse_reversal(payment: Payment, entry: BankEntry | None, taken: BankEntry | None) -> None:
    if payment.reversed_at is not None:
        raise refuse(_("This payment was already taken back."))
    if payment.refunded:
        raise refuse(
            _("Money of this payment was given back, or is on its way back. It cannot be taken back.")
        )
    if taken is not None and (
        taken.kind != BankEntry.Kind.TAKEN_BACK
        or taken.currency != payment.currency
        or taken.amount < payment.amount
    ):
        raise refuse(_("The bank did not take this payment back: sum or currency differ."))
    if taken is None and entry is not None and entry.closed_at is not None:
        raise refuse(
            _("The rest of this transfer was closed. Open the bank entry again, then take the payment back.")
        )


def _standing(payment: Payment) -> Sequence[Allocation]:
    return list(
        payment.allocations.filter(reverses__isnull=True, reversed_by__isnull=True)
        .select_related("charge")
        .order_by("charge_id")
    )


def _take_off(allocation: Allocation, reason: str, at: datetime) -> None:
    """Reverse one allocation by a row of its own."""
    Allocation.objects.create(
        payment=allocation.payment,
        charge=allocation.charge,
        amount=-allocation.amount,
        at=at,
        reverses=allocation,
        reason=reason,
    )


def close(entry: BankEntry, closing: str, note: str, actor: User | None, at: datetime) -> None:
    """Close a bank entry that the caller holds."""
    ENTRY_MOVES.check("send_back" if closing == BankEntry.Closing.RETURN else "close", entry.state)
    entry.closing, entry.closed_at, entry.closed_by, entry.closed_note = closing, at, actor, note[:300]
    entry.save(update_fields=["closing", "closed_at", "closed_by", "closed_note"])
    entry.refresh_from_db(fields=["state"])


def _tell_reversal(payment: Payment, reason: str, actor: User, at: datetime) -> None:
    account = payment.enrolment_id or 0
    data = {
        "payment": payment.pk,
        "receipt": payment.receipt,
        "amount": f"{payment.amount} {payment.currency}",
    }
    record(account, "fees.reverse_payment", actor=actor, at=at, reason=reason, data=data)
    if (paper := accounts.receipt_paper_of(payment)) is not None:
        papers.revoke(paper, reason=reason)
    reader = payment.enrolment.person.user if payment.enrolment else None
    if reader is not None:
        outbox.post(notices.payment_reversed(payment, reader, reason), at=at)


@transaction.atomic
def take_off(allocation_id: int, *, reason: str, actor: User, at: datetime) -> Payment:
    """Take money off a line; it stays unallocated in its account until it is put on another.

    Raises Refused: already taken off, no reason.
    """
    reason = reason.strip()[:300]
    if not reason:
        raise refuse(NO_REASON)
    allocation = Allocation.objects.select_related("charge", "payment").get(pk=allocation_id)
    lock_account(allocation.charge.enrolment_id)
    if allocation.reverses_id or Allocation.objects.filter(reverses=allocation).exists():
        raise refuse(_("This money was already taken off the line."))
    _take_off(allocation, reason, at)
    announce_owed_again([allocation.charge], at=at)
    data = {
        "receipt": allocation.payment.receipt,
        "charge": allocation.charge_id,
        "amount": f"{allocation.amount} {allocation.payment.currency}",
    }
    record(allocation.charge.enrolment_id, "fees.take_off", actor=actor, at=at, reason=reason, data=data)
    allocation.payment.refresh_from_db()
    return allocation.payment


@transaction.atomic
def put_on(payment_id: int, charge_id: int, amount: Decimal, *, actor: User, at: datetime) -> Payment:
    """Put unallocated money of a payment on a line of the same account and currency (FEE-006, FEE-008).

    amount: two decimals, at most what is unallocated and what the line lacks. Raises Refused.
    """
    account = Payment.objects.values_list("enrolment_id", flat=True).get(pk=payment_id)
    if account is None:
        raise refuse(_("This payment belongs to no account."))
    lock_account(account)
    payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)
    charge = Charge.objects.select_for_update(of=("self",)).get(pk=charge_id)
    if charge.enrolment_id != account or charge.currency != payment.currency:
        raise refuse(_("The line belongs to another account or has another currency."))
    answer = paying.may_be_paid(
        released=charge.released_at is not None,
        closed=charge.cancelled_at is not None,
        left=charge.left,
        amount=amount,
    )
    demand(answer)
    if amount > payment.unallocated:
        raise refuse(_("The payment has less money left than that."))
    put = Allocation.objects.create(payment=payment, charge=charge, amount=amount, at=at)
    charge.refresh_from_db()
    data = {"receipt": payment.receipt, "charge": charge.pk, "amount": f"{amount} {payment.currency}"}
    record(account, "fees.allocate", actor=actor, at=at, data=data)
    if not charge.left:
        _paid_in_time(charge, payment)
        close_pages([charge], at)
        announce_all(ledger.settled_among([charge.reference]), f"a{put.pk}", at=at)
    payment.refresh_from_db()
    return payment


def _paid_in_time(charge: Charge, payment: Payment) -> None:
    """Take the mark of a line away whose money was there in time and only waited for its place."""
    late = charge.allocations.filter(
        reverses__isnull=True, reversed_by__isnull=True, payment__paid_at__gt=charge.due_at
    )
    if charge.overdue_at and payment.paid_at <= charge.due_at and not late.exists():
        charge.overdue_at = None
        charge.save(update_fields=["overdue_at"])
