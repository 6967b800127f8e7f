"""Finding what never arrived: open payments, refunds and disputes are asked for, events are listed anew."""

import logging
from datetime import datetime, timedelta

from fees.models import CardPayment, ProviderEvent
from fees.queries import refunds, staff
from fees.services import disputes, events, provider, provider_money, refund_sending
from fees.services.checkout import reopen
from fees.services.settlement import APPLIED, Settlement, settle

log = logging.getLogger(__name__)
LIST_BACK = timedelta(hours=6)  # events are listed so far before the youngest known one
FIRST_LIST = timedelta(days=3)  # as long as the provider sends an event again

PATIENCE = timedelta(minutes=1)  # an event usually comes within seconds


def attempts_to_check(at: datetime) -> list[int]:
    """Open attempts whose event should have come by now."""
    return staff.attempts_to_check(at - PATIENCE)


def check_attempt(card_id: int, *, at: datetime) -> Settlement:
    """Book or end one open attempt by the provider's facts. Raises provider.Unreachable, provider.Rejected.

    An attempt whose card page was opened but never noted (the portal fell in between) is found by opening it
    again under the same key.
    """
    card = CardPayment.objects.get(pk=card_id)
    if not card.session_id and not reopen(card, at=at):
        return Settlement("applied", "never opened")
    return settle(card_id, at=at)


def missed_events(*, at: datetime) -> int:
    """Take the provider's events that were never delivered; returns how many. Raises provider.Unreachable."""
    youngest = refunds.last_event_at()
    since = youngest - LIST_BACK if youngest else provider.now() - FIRST_LIST
    listed = provider_money.events_since(since)
    known = ProviderEvent.objects.filter(event_id__in=[str(one.get("id")) for one in listed])
    there = set(known.values_list("event_id", flat=True))
    newest = provider.now() - PATIENCE
    missed = [
        one
        for one in listed
        if one.get("id") not in there and int(one.get("created") or 0) <= newest.timestamp()
    ]
    for event in missed:
        events.apply_unseen(event, at=at)
    return len(missed)


def open_refunds(*, at: datetime) -> int:
    """Ask about every card refund whose end is not known; returns how many moved. Raises Unreachable."""
    moved = 0
    for attempt_id in refunds.attempts_to_ask(at - PATIENCE):
        moved += refund_sending.send_attempt(attempt_id, at=at).outcome == APPLIED
    return moved


def open_disputes(*, at: datetime) -> int:
    """Ask about every open dispute; returns how many moved. Raises provider.Unreachable."""
    moved = 0
    for number in refunds.open_disputes_to_ask():
        try:
            settled = disputes.settle_dispute(provider_money.dispute_of(number), at=at)
        except provider.Rejected as refused:
            log.warning("dispute %s: %s", number, refused)
            continue
        moved += settled.outcome == APPLIED
    return moved
