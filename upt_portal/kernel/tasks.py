"""The doors of the clock and the bell into the kernel: mail, jobs, seals, strays."""

from celery import shared_task
from celery.signals import worker_process_init

from upt_portal.kernel import audit, clock, jobs, outbox
from upt_portal.kernel.bell import FIRST, LAST


@shared_task(name="kernel.run_job")
def run_job(job_id: str) -> None:
    """Do one job, if it is still free."""
    from upt_portal.kernel import documents  # noqa: F401  registers the paper handler

    jobs.run(job_id, at=clock.now())


@shared_task(name="kernel.drain_outbox")
def drain_outbox() -> int:
    """Send every message that is due; returns how many left."""
    sent = 0
    while ids := outbox.due(clock.now()):
        for mail_id in ids:
            sent += outbox.deliver(mail_id, at=clock.now())
    return sent


@shared_task(name="kernel.sweep_outbox")
def sweep_outbox() -> int:
    """The same, for messages whose bell was missed."""
    return int(drain_outbox())


@shared_task(name="kernel.sweep_jobs")
def sweep_jobs() -> None:
    """Ring again for jobs whose bell was missed, whose pause is over or whose worker died."""
    for job_id, queue, patient in jobs.due(clock.now()):
        run_job.apply_async(args=(job_id,), queue=queue, priority=LAST if patient else FIRST)


@shared_task(name="kernel.seal_trace")
def seal_trace() -> None:
    """Seal the trace entries written since the last seal."""
    audit.seal(clock.now())


@shared_task(name="kernel.sweep_stray_files")
def sweep_stray_files() -> int:
    """Remove stored bytes that no row knows, left by acts that rolled back."""
    from upt_portal.kernel.uploads import sweep_strays

    return sweep_strays(clock.now())


@shared_task(name="kernel.scan_held_files")
def scan_held_files() -> int:
    """Ask the virus scanner about uploads it missed while it was silent; returns how many were settled."""
    from upt_portal.kernel.uploads import scan_held

    return scan_held()


@worker_process_init.connect
def prepare_paper_worker(**_signal: object) -> None:
    """A worker that serves papers renders a blank page before its first one."""
    import os

    if os.environ.get("PORTAL_PAPERS") == "1":
        from upt_portal.kernel.rendering import warm_up

        warm_up()
