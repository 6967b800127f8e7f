"""What contracting does when a lower room tells it something: a settled sum, a finished paper."""

from typing import Any

from django.dispatch import receiver

from contracting.documents import ANNEX, CONTRACT
from contracting.queries.causes import causes_of_cases
from contracting.queries.exams import recontracted, recontracted_by
from contracting.services import papers, settlement
from fees.queries import causes
from fees.signals import reference_owed_again, reference_settled
from studentrecords.queries import taking
from upt_portal.kernel import clock, documents

PREFIX = "contracting.studentcontracting:"

causes.register(PREFIX.removesuffix(":"), causes_of_cases)
taking.read_recontracted_with(recontracted, recontracted_by)
documents.when_ready(ANNEX, papers.tell_ready)
documents.when_ready(CONTRACT, papers.tell_ready)


@receiver(reference_settled)
def settle_case(sender: Any, reference: str, **_signal: Any) -> None:
    """All charges of a case are closed: it settles if its documents are accepted."""
    if reference.startswith(PREFIX):
        settlement.settle_if_paid(int(reference.removeprefix(PREFIX)), at=clock.now())


@receiver(reference_owed_again)
def reopen_case(sender: Any, reference: str, **_signal: Any) -> None:
    """Money of a settled case was taken back: the case waits for it again."""
    if reference.startswith(PREFIX):
        settlement.reopen_if_owed(int(reference.removeprefix(PREFIX)), at=clock.now())
