"""The clock's doors into the fees room."""

from celery import shared_task

from fees import queries
from fees.services import charges
from upt_portal.kernel import clock


@shared_task(name="fees.mark_overdue")
def mark_overdue() -> int:
    """Mark every charge whose due date is over (FEE-063); returns how many. A missed hour is caught up."""
    at = clock.now()
    return sum(charges.mark_overdue(charge_id, at=at) for charge_id in queries.past_due(at))
