"""Finding what never arrived: every open attempt is asked for at the provider."""

from datetime import datetime, timedelta

from fees import queries
from fees.models import CardPayment
from fees.services.checkout import reopen
from fees.services.settlement import Settlement, settle

PATIENCE = timedelta(minutes=1)  # an event usually comes within seconds


def attempts_to_check(at: datetime) -> list[int]:
    """Open attempts whose event should have come by now."""
    return queries.attempts_to_check(at - PATIENCE)


def check_attempt(card_id: int, *, at: datetime) -> Settlement:
    """Book or end one open attempt by the provider's facts. Raises provider.Unreachable, provider.Rejected.

    An attempt whose card page was opened but never noted (the portal fell in between) is found by opening it
    again under the same key.
    """
    card = CardPayment.objects.get(pk=card_id)
    if not card.session_id and not reopen(card, at=at):
        return Settlement("applied", "never opened")
    return settle(card_id, at=at)
