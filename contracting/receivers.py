"""What contracting does when a lower room tells it something: a settled sum, a finished paper."""

from typing import Any

from django.dispatch import receiver

from fees.signals import reference_settled
from upt_portal.kernel import clock

PREFIX = "contracting.studentcontracting:"


@receiver(reference_settled)
def settle_case(sender: Any, reference: str, **_signal: Any) -> None:
    """All charges of a case are closed: it settles if its documents are accepted."""
    from contracting.services import settlement

    if reference.startswith(PREFIX):
        settlement.settle_if_paid(int(reference.removeprefix(PREFIX)), at=clock.now())
