"""Work that outlives a request: rows claimed by workers under a lease, safe to run twice."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q

from upt_portal.kernel import clock
from upt_portal.kernel.bell import ring_after_commit
from upt_portal.kernel.models import Job

if TYPE_CHECKING:
    from upt_portal.accounts.models import User

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
MOST_BELLS = 10
LEASE = timedelta(minutes=2)
Handler = Callable[[Job], Mapping[str, Any] | None]
_HANDLERS: dict[str, Handler] = {}


class NotYet(Exception):
    """Raised by a handler whose work is not possible at this moment; the job is tried again later."""


_patient: ContextVar[bool] = ContextVar("patient", default=False)


@contextmanager
def for_many() -> Iterator[None]:
    """Jobs asked for inside let others go first: nobody waits for each of a batch."""
    token = _patient.set(True)
    try:
        yield
    finally:
        _patient.reset(token)


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of `kind`; it must be safe to run twice."""

    def register(function: Handler) -> Handler:
        _HANDLERS[kind] = function
        return function

    return register


def enqueue(
    kind: str,
    key: str,
    payload: Mapping[str, Any],
    *,
    actor: "User | None" = None,
    total: int = 0,
    queue: str = "default",
    at: datetime | None = None,
) -> Job:
    """A job of `kind`, written in the caller's transaction; the same key gives the same job.

    total: steps of a job that shows progress. queue: "default", "papers" or "bulk".
    """
    job, fresh = Job.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "payload": dict(payload),
            "actor": actor,
            "total": total,
            "queue": queue,
            "patient": _patient.get(),
            "created_at": at or clock.now(),
        },
    )
    if fresh:
        from upt_portal.kernel.tasks import run_job  # the task calls back into this module

        ring_after_commit(run_job, str(job.pk), queue=queue, patient=job.patient)
    return job


def enqueue_all(
    kind: str,
    payloads: Mapping[str, Mapping[str, Any]],
    *,
    actor: "User | None" = None,
    queue: str = "default",
    at: datetime | None = None,
) -> None:
    """Jobs of one kind, by their keys, written in one query; a key that is there already stays as it is.

    For more than a few no bell is rung, and others of the queue go first: the sweep gives them to the
    workers, a thousand each half minute.
    """
    made_at = at or clock.now()
    few = len(payloads) <= MOST_BELLS
    patient = _patient.get() or not few
    rows = [
        Job(
            key=key,
            kind=kind,
            payload=dict(payload),
            actor=actor,
            queue=queue,
            patient=patient,
            created_at=made_at,
        )
        for key, payload in payloads.items()
    ]
    Job.objects.bulk_create(rows, ignore_conflicts=True)
    if few:
        from upt_portal.kernel.tasks import run_job  # the task calls back into this module

        for row in rows:
            ring_after_commit(run_job, str(row.pk), queue=queue, patient=patient)


def run(job_id: str, *, at: datetime) -> bool:
    """Claim one job and do it; False when it is done or another worker holds it.

    The claim is a conditional update with a lease: a worker killed midway loses its lease and the sweep
    gives the job to another. After five failures the job is parked with its error for staff.
    """
    free = Q(state__in=[Job.State.QUEUED, Job.State.FAILED]) | Q(state=Job.State.RUNNING, lease_until__lt=at)
    claimed = Job.objects.filter(free, pk=job_id).update(
        state=Job.State.RUNNING, attempts=F("attempts") + 1, lease_until=at + LEASE
    )
    if not claimed:
        return False
    job = Job.objects.get(pk=job_id)
    try:
        # No transaction around the handler: each step commits by itself, so one failure spoils one step.
        _finish(job, _HANDLERS[job.kind](job) or {})
    except Exception as error:
        log.warning("job %s %s failed: %s", job.kind, job.pk, error, exc_info=not isinstance(error, NotYet))
        parked = job.attempts >= MAX_ATTEMPTS
        Job.objects.filter(pk=job_id).update(
            state=Job.State.PARKED if parked else Job.State.FAILED,
            error=f"{type(error).__name__}: {error}"[:500],
            next_try_at=at + timedelta(seconds=5 * 3 ** (job.attempts - 1)),
            lease_until=None,
        )
        return False
    return True


def _finish(job: Job, result: Mapping[str, Any]) -> None:
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.DONE,
        result=dict(result),
        done=F("total"),
        error="",
        lease_until=None,
        finished_at=clock.now(),
    )


def step(job: Job, done: int) -> None:
    """Tell how many of the job's steps are done, and keep its lease."""
    Job.objects.filter(pk=job.pk).update(done=done, lease_until=clock.now() + LEASE)


def start_again(job_id: str) -> bool:
    """Put a parked job back in the queue with fresh attempts, as staff ask; False when it is not parked."""
    again = Job.objects.filter(pk=job_id, state=Job.State.PARKED).update(
        state=Job.State.QUEUED, attempts=0, next_try_at=None, error=""
    )
    return bool(again)


def due(at: datetime) -> list[tuple[str, str, bool]]:
    """Jobs whose bell was missed, whose pause is over or whose worker died: (id, queue, patient).

    Those somebody waits for come first, then the oldest.
    """
    lost = (
        Q(state=Job.State.QUEUED, created_at__lt=at - timedelta(seconds=20))
        | Q(state=Job.State.FAILED, next_try_at__lte=at)
        | Q(state=Job.State.RUNNING, lease_until__lt=at)
    )
    rows = Job.objects.filter(lost).order_by("patient", "created_at")[:1000]
    return [(str(pk), queue, patient) for pk, queue, patient in rows.values_list("pk", "queue", "patient")]
