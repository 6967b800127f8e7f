"""Events of the provider: signature checked, kept once, applied from facts, parked when nothing fits."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.cache import cache
from django.db import IntegrityError, transaction

from fees.models import CardPayment, Payment, ProviderEvent
from fees.services import disputes, provider, provider_money, refund_sending
from fees.services.settlement import APPLIED, IGNORED, PARKED, settle
from upt_portal.accounts.models import User

log = logging.getLogger(__name__)
DUPLICATE = "duplicate"
FORGED_COUNT = "fees:forged-events"

#: Each says that a session or its payment moved; what happened is read from the provider, in any order.
OF_SESSIONS = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.expired",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
    }
)
OF_PAYMENTS = frozenset(
    {"payment_intent.succeeded", "payment_intent.payment_failed", "charge.succeeded", "charge.failed"}
)
#: Refunds and disputes, also those made in the provider's own pages.
OF_REFUNDS = frozenset({"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"})
OF_REFUNDED = "charge.refunded"
OF_DISPUTES = frozenset(
    {
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
    }
)
#: Steps on the way that change nothing for us.
ON_THE_WAY = frozenset(
    {
        "payment_intent.created",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "payment_intent.canceled",
        "charge.updated",
        "charge.pending",
        "charge.captured",
    }
)


@dataclass(frozen=True)
class Received:
    """What became of an event: "applied", "ignored", "parked" or "duplicate", and why."""

    outcome: str
    reason: str = ""
    card_id: int | None = None


def receive_event(payload: bytes, signature: str, *, at: datetime) -> Received:
    """Take one webhook call; safe to repeat, at once and in any order.

    payload: the body as it came. Raises provider.Forged (nothing is written), provider.Unreachable (nothing
    is written, the provider sends it again).
    """
    if len(payload) > provider.LARGEST_EVENT:
        raise provider.Forged("too large")
    try:
        event = provider.verified(payload, signature)
    except provider.Forged:
        count_forged()
        raise
    return _keep_and_apply(event, at)


@transaction.atomic
def _keep_and_apply(event: Mapping[str, Any], at: datetime) -> Received:
    row = _keep(event, at)
    if row is None:
        return Received(DUPLICATE)
    received = _apply(event, at)
    row.outcome, row.reason, row.card_payment_id = received.outcome, received.reason[:300], received.card_id
    row.save(update_fields=["outcome", "reason", "card_payment"])
    if received.outcome == PARKED:
        log.warning("event %s parked: %s", row.event_id, received.reason)
    return received


def _keep(event: Mapping[str, Any], at: datetime) -> ProviderEvent | None:
    """The event's row, or None when it is already there; a copy that comes meanwhile waits for this one."""
    created = event.get("created")
    try:
        with transaction.atomic():
            return ProviderEvent.objects.create(
                event_id=str(event.get("id") or "")[:120],
                type=str(event.get("type") or "")[:80],
                created_at=datetime.fromtimestamp(created, UTC) if isinstance(created, int) else None,
                received_at=at,
                raw=event,
                outcome=ProviderEvent.Outcome.IGNORED,
            )
    except IntegrityError:
        return None


def _apply(event: Mapping[str, Any], at: datetime) -> Received:
    kind, thing = str(event.get("type") or ""), _object_of(event)
    if event.get("account"):
        return Received(PARKED, f"for the account {event['account']}, not for ours")
    if bool(event.get("livemode")) != provider.is_live():
        return Received(PARKED, "real money and test money are mixed up")
    if kind in ON_THE_WAY:
        return Received(IGNORED, "a step on the way")
    card_id = _card_of(thing)
    if kind in OF_REFUNDS | OF_DISPUTES or kind == OF_REFUNDED:
        return _apply_money_back(kind, thing, card_id, at)
    if kind not in OF_SESSIONS | OF_PAYMENTS:
        return Received(PARKED, "a type of event the portal does not know")
    if card_id is None:
        return Received(PARKED, f"{thing.get('id', 'nothing')} belongs to no card payment of the portal")
    session_id = str(thing.get("id") or "") if kind in OF_SESSIONS else ""
    try:
        with transaction.atomic():
            settled = settle(card_id, at=at, session_id=session_id)
    except provider.Rejected as refused:
        return Received(PARKED, f"the provider does not know the session: {refused}", card_id)
    return Received(settled.outcome, settled.reason, card_id)


def _apply_money_back(kind: str, thing: Mapping[str, Any], card_id: int | None, at: datetime) -> Received:
    """A refund or a dispute: what happened is read from the provider, in any order, like everything else.

    A charge may tell of its refunds without listing them, and a refund only by its charge: all are read.
    """
    number, intent = str(thing.get("id") or ""), str(thing.get("payment_intent") or "")
    try:
        with transaction.atomic():
            _book_first(intent, at)
            if kind in OF_DISPUTES:
                settled = [disputes.settle_dispute(provider_money.dispute_of(number), at=at)]
            elif kind == OF_REFUNDED:
                settled = [
                    refund_sending.settle_from_provider(one, at=at)
                    for one in provider_money.refunds_of(intent)
                ]
            else:
                settled = [refund_sending.settle_from_provider(provider_money.refund_of(number), at=at)]
    except provider.Rejected as refused:
        return Received(PARKED, f"the provider does not know {number or 'it'}: {refused}", card_id)
    if not settled:
        return Received(PARKED, f"{number} was refunded, the provider does not know how", card_id)
    worst = next((one for one in settled if one.outcome == PARKED), None)
    applied = next((one for one in settled if one.outcome == APPLIED), None)
    told = worst or applied or settled[0]
    return Received(told.outcome, told.reason, card_id)


def _book_first(intent: str, at: datetime) -> None:
    """Book the payment that money goes back from, when its own event has not come yet."""
    if not intent or Payment.objects.filter(reference=intent).exists():
        return
    key = provider_money.card_key_of(intent)
    card_id = CardPayment.objects.filter(key=key).values_list("pk", flat=True).first() if key else None
    if card_id is not None:
        settle(card_id, at=at)


def apply_unseen(event: Mapping[str, Any], *, at: datetime) -> Received:
    """Take an event found in the provider's list as if it had been delivered; a known one changes nothing.

    Raises provider.Unreachable.
    """
    return _keep_and_apply(event, at)


def _object_of(event: Mapping[str, Any]) -> Mapping[str, Any]:
    data = event.get("data")
    thing = data.get("object") if isinstance(data, Mapping) else None
    return thing if isinstance(thing, Mapping) else {}


def _card_of(thing: Mapping[str, Any]) -> int | None:
    """The card payment an object speaks of: by its session, else by the key we gave it."""
    metadata = thing.get("metadata")
    key = metadata.get("card_payment") if isinstance(metadata, Mapping) else None
    found = CardPayment.objects.none()
    if thing.get("object") == "checkout.session":
        found = CardPayment.objects.filter(session_id=str(thing.get("id")))
    if key:
        found = found | CardPayment.objects.filter(key=str(key))
    if thing.get("payment_intent"):
        found = found | CardPayment.objects.filter(payment__reference=str(thing["payment_intent"]))
    return found.values_list("pk", flat=True).first()


def count_forged() -> int:
    """Count a webhook call without a good signature; the count of the last day."""
    cache.add(FORGED_COUNT, 0, timeout=24 * 3600)
    count = cache.incr(FORGED_COUNT)
    log.warning("a webhook call without a good signature, %s in a day", count)
    return count


@transaction.atomic
def handle_parked(event_id: int, *, note: str, actor: User, at: datetime) -> ProviderEvent:
    """Record that staff dealt with a parked event, and how. Raises ValueError without a note."""
    if not note.strip():
        raise ValueError("write what was done")
    event = ProviderEvent.objects.select_for_update().get(
        pk=event_id, outcome=ProviderEvent.Outcome.PARKED, handled_at__isnull=True
    )
    event.handled_at, event.handled_by, event.handled_note = at, actor, note.strip()[:300]
    event.save(update_fields=["handled_at", "handled_by", "handled_note"])
    return event


@transaction.atomic
def retry_parked(event_id: int, *, actor: User, at: datetime) -> Received:
    """Apply a parked event again, as staff ask once its cause is gone. Raises provider.Unreachable."""
    event = ProviderEvent.objects.select_for_update().get(
        pk=event_id, outcome=ProviderEvent.Outcome.PARKED, handled_at__isnull=True
    )
    received = _apply(event.raw, at)
    event.outcome, event.reason, event.card_payment_id = (
        received.outcome,
        received.reason[:300],
        received.card_id,
    )
    event.save(update_fields=["outcome", "reason", "card_payment"])
    log.info("event %s tried again by %s: %s", event.event_id, actor.pk, received.outcome)
    return received
