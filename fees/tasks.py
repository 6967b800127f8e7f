"""The clock's doors into the fees room."""

import logging

from celery import shared_task

from fees import queries
from fees.services import charges, provider, reconciliation
from upt_portal.kernel import clock

log = logging.getLogger(__name__)


@shared_task(name="fees.mark_overdue")
def mark_overdue() -> int:
    """Mark every charge whose due date is over (FEE-063); returns how many. A missed hour is caught up."""
    at = clock.now()
    return sum(charges.mark_overdue(charge_id, at=at) for charge_id in queries.past_due(at))


@shared_task(name="fees.reconcile_cards")
def reconcile_cards() -> int:
    """Ask the provider about every card payment whose event did not come; returns how many were found.

    One that cannot be asked now is asked at the next run.
    """
    at, found = clock.now(), 0
    for card_id in reconciliation.attempts_to_check(at):
        try:
            found += reconciliation.check_attempt(card_id, at=at).outcome == "applied"
        except provider.Unreachable:
            log.warning("the card provider cannot be reached; the rest waits for the next run")
            break
        except provider.Rejected as refused:
            log.warning("card payment %s: %s", card_id, refused)
    return found
