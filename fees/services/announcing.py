"""Tells rooms above that a case is paid or owes again; the student, that sums opened or a request lapsed.

The first is kept as a job until every listener has taken it; the others are mails written with the act.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from fees import notices
from fees.models import Charge
from fees.queries import ledger, terms
from fees.signals import reference_owed_again, reference_settled
from fees.workflow import PAYABLE
from upt_portal.kernel import clock, jobs, outbox
from upt_portal.kernel.models import Job

SETTLED = "fees.settled"
OWED_AGAIN = "fees.owed_again"
AT_ONCE = 3


def announce_settled(reference: str, payment_id: int | str, *, at: datetime) -> None:
    """Send `reference_settled` once the money is committed.

    The listener's work stands in a transaction of its own: a fault there cannot undo the payment, and no
    lock of the ledger is held while it takes its own. The job is run at once; when that fails, a worker
    tries again.
    """
    job = jobs.enqueue(SETTLED, f"{SETTLED}:{reference}:{payment_id}", {"reference": reference}, at=at)
    transaction.on_commit(partial(jobs.run, str(job.pk), at=at))


def announce_all(references: Collection[str], payment_id: int | str, *, at: datetime) -> None:
    """The same for the cases that some payments booked together have settled.

    A few are told at once; many are left to the workers, who find them within half a minute.
    payment_id: the last of those payments.
    """
    if len(references) <= AT_ONCE:
        for reference in references:
            announce_settled(reference, payment_id, at=at)
        return
    wanted = {f"{SETTLED}:{one}:{payment_id}": {"reference": one} for one in references}
    jobs.enqueue_all(SETTLED, wanted, at=at)


def announce_exempted(reference: str, exemption_id: int, *, at: datetime) -> None:
    """The same for a case whose last open line was exempted."""
    key = f"{SETTLED}:{reference}:x{exemption_id}"
    job = jobs.enqueue(SETTLED, key, {"reference": reference}, at=at)
    transaction.on_commit(partial(jobs.run, str(job.pk), at=at))


@jobs.handler(SETTLED)
def send(job: Job) -> Mapping[str, Any]:
    """Tell every listener; a second time changes nothing for them."""
    reference_settled.send(sender=None, reference=job.payload["reference"], at=clock.now())
    return {}


def announce_owed_again(charges: Iterable[Charge], *, at: datetime) -> None:
    """Send `reference_owed_again` for the cases of lines that just lost money, once that is committed."""
    cases = {charge.reference for charge in charges}
    for reference in sorted(cases - set(ledger.settled_among(cases))):
        key = f"{OWED_AGAIN}:{reference}:{at.timestamp():.6f}"
        job = jobs.enqueue(OWED_AGAIN, key, {"reference": reference}, at=at)
        transaction.on_commit(partial(jobs.run, str(job.pk), at=at))


@jobs.handler(OWED_AGAIN)
def send_owed_again(job: Job) -> Mapping[str, Any]:
    """Tell every listener; a second time changes nothing for them."""
    reference_owed_again.send(sender=None, reference=job.payload["reference"], at=clock.now())
    return {}


def tell_released(reference: str, *, at: datetime) -> None:
    """Tell the student that the sums of a case can be paid: what, how much, until when (FEE-100)."""
    lines = list(
        Charge.objects.filter(reference=reference, released_at=at, state__in=PAYABLE).select_related(
            "fee_type"
        )
    )
    if not lines:
        return
    found = terms.owed(lines[0].enrolment_id, lines, at)
    if student := found.account.person.user:
        outbox.post(notices.sums_released(reference, found, student, at=at), at=at)


def tell_lapsed(enrolment_id: int, reference: str, lines: list[Charge], *, at: datetime) -> None:
    """Tell the student that a request lapsed because its fee was not paid in time (FEE-050, FEE-052).

    lines: the fees that were asked for, as they stood.
    """
    found = terms.owed(enrolment_id, lines, at)
    if student := found.account.person.user:
        outbox.post(notices.request_lapsed(reference, found, student, at=at), at=at)
