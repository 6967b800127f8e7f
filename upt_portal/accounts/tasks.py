"""The clock's doors to accounts."""

from celery import shared_task

from upt_portal.accounts import links, states
from upt_portal.kernel import clock


@shared_task(name="accounts.follow_states")
def follow_states() -> None:
    """End pauses and activations whose time is over, each by itself."""
    at = clock.now()
    for user in states.pauses_over(at):
        states.end_pause(user, at=at)
    for user in states.links_over(at):
        links.expire(user, at=at)
