"""From the provider's facts to the ledger: the only place where card money is booked.

Whoever asks (webhook, reconciliation, a second click), the session is read again from the provider under the
lock of its row, and only what the provider says is recorded.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fees import documents, notices
from fees.models import Allocation, CardPayment, Charge, Payment
from fees.queries import accounts, ledger
from fees.rules import paying
from fees.services import provider
from fees.services.accounts import lock_account, record
from fees.services.announcing import announce_settled
from fees.services.provider import Facts
from fees.workflow import CARD_MOVES, CardState, ChargeState
from upt_portal.kernel import audit, outbox
from upt_portal.kernel import documents as papers
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.numbers import next_number

log = logging.getLogger(__name__)
APPLIED, IGNORED, PARKED = "applied", "ignored", "parked"

audit.register_act("fees.pay", _("A payment was registered"))
audit.register_act("fees.decline", _("The bank declined a card; no money was taken"))
audit.register_act("fees.expire", _("A card payment ended without payment"))
audit.register_act("fees.park", _("A card payment waits for the finance office"))


@dataclass(frozen=True)
class Settlement:
    """What reading the facts came to: "applied", "ignored" or "parked", and why."""

    outcome: str
    reason: str = ""


def settle_from_provider(session_id: str, *, at: datetime) -> Settlement:
    """Read a session from the provider and book what it says; running it again changes nothing.

    Raises provider.Unreachable, provider.Rejected, CardPayment.DoesNotExist.
    """
    return settle(CardPayment.objects.values_list("pk", flat=True).get(session_id=session_id), at=at)


@transaction.atomic
def settle(card_id: int, *, at: datetime, session_id: str = "") -> Settlement:
    """The same for a card payment by its key. at: the portal's moment, aware.

    session_id: the session an event spoke of, for a row whose own was lost in a crash.
    """
    card = CardPayment.objects.select_for_update(of=("self",)).select_related("payer").get(pk=card_id)
    if card.confirmed_at is not None:
        return Settlement(IGNORED, "already booked")
    asked = card.session_id or session_id
    if not asked:
        return Settlement(IGNORED, "no card page was opened")
    facts = provider.facts_of(asked)
    if facts.key != card.key:
        return _park(card, f"the session belongs to {facts.key or 'nobody'}, not to {card.key}", at)
    if not card.session_id:
        card.session_id = facts.session_id
        card.save(update_fields=["session_id"])
    return _apply(card, facts, at)


def _apply(card: CardPayment, facts: Facts, at: datetime) -> Settlement:
    if facts.paid:
        if (facts.amount, facts.currency) != (card.amount, card.currency):
            figures = (
                f"expected {card.amount} {card.currency}, the provider took {facts.amount} {facts.currency}"
            )
            return _park(card, figures, at)
        if facts.live != provider.is_live():
            return _park(card, "real money and test money are mixed up", at)
        _book(card, facts, at)
        return Settlement(APPLIED)
    if facts.decline_code and not (card.declined_at and card.decline_code == facts.decline_code):
        _note_decline(card, facts.decline_code, at)
        if facts.status != "expired":
            return Settlement(APPLIED, facts.decline_code)
    if facts.status == "expired" and card.state == CardState.INITIATED:
        end(card, at=at)
        return Settlement(APPLIED, "expired")
    return Settlement(IGNORED, f"the session is {facts.status}")


def _park(card: CardPayment, reason: str, at: datetime) -> Settlement:
    """Leave the payment to staff: the student is not asked to pay again meanwhile."""
    if card.parked_reason != reason:
        lock_account(card.enrolment_id)
        card.parked_reason = reason[:300]
        card.save(update_fields=["parked_reason"])
        record(card.enrolment_id, "fees.park", actor=None, at=at, reason=reason, data={"key": card.key})
    return Settlement(PARKED, reason)


def _note_decline(card: CardPayment, code: str, at: datetime) -> None:
    lock_account(card.enrolment_id)
    card.declined_at, card.decline_code = at, code[:60]
    card.save(update_fields=["declined_at", "decline_code"])
    record(card.enrolment_id, "fees.decline", actor=card.payer, at=at, data={"key": card.key, "code": code})


def end(card: CardPayment, *, at: datetime) -> None:
    """End an attempt on which nothing was paid; its lines are free for another. The caller holds its row."""
    CARD_MOVES.check("fail" if card.declined_at else "expire", card.state)
    lock_account(card.enrolment_id)
    card.ended_at = at
    card.save(update_fields=["ended_at"])
    card.lines.update(is_open=False)
    record(card.enrolment_id, "fees.expire", actor=None, at=at, data={"key": card.key})


def _book(card: CardPayment, facts: Facts, at: datetime) -> None:
    """Payment, allocations, receipt, trace, paper, mail: one act, in the caller's transaction."""
    CARD_MOVES.check("confirm", card.state)
    account = lock_account(card.enrolment_id)
    lines = {line.charge_id: line.amount for line in card.lines.all()}
    charges = list(Charge.objects.select_for_update().filter(pk__in=lines).order_by("pk"))
    wanted = [(lines[one.pk], one.left if one.cancelled_at is None else paying.ZERO) for one in charges]
    parts, _rest = paying.allocation(card.amount, wanted)
    year = local_day(at).year
    payment = Payment.objects.create(
        enrolment=account,
        method=Payment.Method.CARD,
        amount=card.amount,
        currency=card.currency,
        payer=card.payer,
        payer_name=card.payer.display_name,
        reference=facts.intent,
        card_brand=facts.card_brand,
        card_last4=facts.card_last4,
        paid_at=_paid_at(facts, at),
        booked_at=at,
        receipt_year=year,
        receipt_number=next_number(accounts.RECEIPT, year),
    )
    for charge, part in zip(charges, parts, strict=True):
        if part:
            Allocation.objects.create(payment=payment, charge=charge, amount=part, at=at)
    # marked while the money was on its way: it was paid in time all the same
    Charge.objects.filter(
        pk__in=lines, state=ChargeState.PAID, due_at__gte=payment.paid_at, overdue_at__isnull=False
    ).update(overdue_at=None)
    card.payment, card.confirmed_at, card.parked_reason = payment, at, ""
    card.save(update_fields=["payment", "confirmed_at", "parked_reason"])
    card.lines.update(is_open=False)
    payment.refresh_from_db()
    _tell(card, payment, charges, at)


def _paid_at(facts: Facts, at: datetime) -> datetime:
    """When the card was charged, on the portal's clock, which a demonstration may have shifted."""
    return at - (provider.now() - facts.paid_at) if facts.paid_at else at


def _tell(card: CardPayment, payment: Payment, charges: list[Charge], at: datetime) -> None:
    record(
        card.enrolment_id,
        "fees.pay",
        actor=card.payer,
        at=at,
        data={
            "payment": payment.pk,
            "receipt": payment.receipt,
            "amount": f"{payment.amount} {payment.currency}",
            "unallocated": str(payment.unallocated),
        },
    )
    paper = documents.receipt_paper(payment, card.language)
    papers.issue(paper, about=payment, number=payment.receipt, at=at, actor=None)
    outbox.post(notices.payment_booked(payment, card.payer), at=at)
    for reference in sorted({charge.reference for charge in charges}):
        if ledger.is_settled(reference):
            announce_settled(reference, payment.pk, at=at)
