"""What contracting does when a lower room tells it something: a settled sum, a finished paper."""

from typing import Any

from django.dispatch import receiver

from contracting.documents import ANNEX, CONTRACT
from contracting.services import papers, settlement
from fees.signals import reference_settled
from upt_portal.kernel import clock, documents

PREFIX = "contracting.studentcontracting:"

documents.when_ready(ANNEX, papers.tell_ready)
documents.when_ready(CONTRACT, papers.tell_ready)


@receiver(reference_settled)
def settle_case(sender: Any, reference: str, **_signal: Any) -> None:
    """All charges of a case are closed: it settles if its documents are accepted."""
    if reference.startswith(PREFIX):
        settlement.settle_if_paid(int(reference.removeprefix(PREFIX)), at=clock.now())
