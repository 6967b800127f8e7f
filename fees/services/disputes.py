"""Disputes as the provider tells them: shown while open, booked when lost, noted when won.

While a dispute is open the lines stay paid and no refund of the payment leaves; when it is lost the money is
gone, and the lines it paid are owed again (docs/decisions).
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy

from fees.models import Payment, Refund, RefundAttempt
from fees.models.disputes import Dispute
from fees.services import provider
from fees.services.provider_money import DisputeFacts, RefundFacts
from fees.services.refund_case import lock_payment
from fees.services.refund_sending import book_foreign
from fees.services.settlement import APPLIED, IGNORED, PARKED, Settlement
from upt_portal.accounts.models import User
from upt_portal.kernel import audit

audit.register_act("fees.dispute", gettext_lazy("The cardholder's bank took a payment back"))
audit.register_act("fees.dispute_won", gettext_lazy("A dispute was won; the money is back"))
audit.register_act("fees.dispute_lost", gettext_lazy("A dispute was lost; the money is gone"))
audit.register_act("fees.dispute_handled", gettext_lazy("It was noted what was done about a dispute"))


@transaction.atomic
def settle_dispute(facts: DisputeFacts, *, at: datetime) -> Settlement:
    """Record what the provider says about a dispute; safe to repeat and in any order."""
    payment_id = (
        Payment.objects.filter(reference=facts.intent, method=Payment.Method.CARD)
        .values_list("pk", flat=True)
        .first()
    )
    if payment_id is None:
        return Settlement(PARKED, f"{facts.dispute_id} disputes a payment the portal does not know")
    payment = lock_payment(payment_id)
    if facts.currency != payment.currency or facts.amount > payment.amount:
        paid = f"{payment.receipt} is of {payment.amount} {payment.currency}"
        return Settlement(PARKED, f"{facts.amount} {facts.currency} disputed, {paid}")
    dispute = Dispute.objects.filter(dispute_id=facts.dispute_id).first()
    fresh = dispute is None
    if dispute is None:
        dispute = Dispute.objects.create(
            dispute_id=facts.dispute_id,
            payment=payment,
            amount=facts.amount,
            currency=facts.currency,
            cause=facts.cause[:60],
            status=facts.status[:40],
            opened_at=at - (provider.now() - facts.opened_at),
            answer_until=facts.answer_until,
        )
        _trace(dispute, "fees.dispute", at)
    if dispute.closed_at is not None:
        return Settlement(IGNORED, f"the dispute is {dispute.state}")
    if facts.won is None:
        return _note_status(dispute, facts, fresh=fresh)
    return _end(dispute, facts, won=facts.won, at=at)


def _note_status(dispute: Dispute, facts: DisputeFacts, *, fresh: bool) -> Settlement:
    if dispute.status == facts.status and not fresh:
        return Settlement(IGNORED, f"the dispute is {facts.status}")
    dispute.status, dispute.answer_until = facts.status[:40], facts.answer_until
    dispute.save(update_fields=["status", "answer_until"])
    return Settlement(APPLIED, facts.status)


def _end(dispute: Dispute, facts: DisputeFacts, *, won: bool, at: datetime) -> Settlement:
    if not won:
        lost = RefundFacts(
            refund_id=facts.dispute_id,
            status="succeeded",
            amount=facts.amount,
            currency=facts.currency,
            intent=facts.intent,
            key="",
        )
        booked = book_foreign(dispute.payment_id, lost, origin=Refund.Origin.DISPUTE, at=at)
        if booked.outcome == PARKED:
            return booked
        dispute.refund = RefundAttempt.objects.get(provider_id=facts.dispute_id).refund
    dispute.won, dispute.closed_at, dispute.status = won, at, facts.status[:40]
    dispute.save(update_fields=["won", "closed_at", "status", "refund"])
    _trace(dispute, "fees.dispute_won" if won else "fees.dispute_lost", at)
    return Settlement(APPLIED, facts.status)


def _trace(dispute: Dispute, act: str, at: datetime, *, actor: User | None = None, reason: str = "") -> None:
    data = {"number": dispute.dispute_id, "amount": f"{dispute.amount} {dispute.currency}"}
    audit.record(dispute, act, actor=actor, at=at, reason=reason, data=data)


@transaction.atomic
def handle(dispute_id: int, *, note: str, actor: User, at: datetime) -> Dispute:
    """Record what staff did about a dispute; one that is open stays on the list of money that is away.

    Raises ValueError without a note, Dispute.DoesNotExist when somebody was faster.
    """
    if not note.strip():
        raise ValueError("write what was done")
    dispute = Dispute.objects.select_for_update().get(pk=dispute_id, handled_at__isnull=True)
    dispute.handled_at, dispute.handled_by, dispute.handled_note = at, actor, note.strip()[:300]
    dispute.save(update_fields=["handled_at", "handled_by", "handled_note"])
    _trace(dispute, "fees.dispute_handled", at, actor=actor, reason=dispute.handled_note)
    return dispute
