"""Telling the rooms above that a case is paid: kept as a job until every listener has taken it."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from fees.signals import reference_settled
from upt_portal.kernel import clock, jobs
from upt_portal.kernel.models import Job

SETTLED = "fees.settled"


def announce_settled(reference: str, payment_id: int, *, at: datetime) -> None:
    """Send `reference_settled` once the money is committed.

    The listener's work stands in a transaction of its own: a fault there cannot undo the payment, and no
    lock of the ledger is held while it takes its own. The job is run at once; when that fails, a worker
    tries again.
    """
    job = jobs.enqueue(SETTLED, f"{SETTLED}:{reference}:{payment_id}", {"reference": reference}, at=at)
    transaction.on_commit(partial(jobs.run, str(job.pk), at=at))


@jobs.handler(SETTLED)
def send(job: Job) -> Mapping[str, Any]:
    """Tell every listener; a second time changes nothing for them."""
    reference_settled.send(sender=None, reference=job.payload["reference"], at=clock.now())
    return {}
