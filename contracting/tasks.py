"""The clock's and the bell's doors into contracting; every task can run twice."""

import logging
from datetime import datetime, timedelta
from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import translation

from contracting import notices
from contracting.models import StudentContracting
from contracting.parameters import REMINDER_BEFORE
from contracting.queries.scans import READ_SCAN
from contracting.refusal import Refused
from contracting.rules.campaign import Due, Term, reminder_at
from contracting.services import case as cases
from contracting.services import offers, review, scans, selection
from contracting.workflow import CampaignState
from upt_portal.accounts.models import User
from upt_portal.kernel import clock, deadlines, jobs, outbox
from upt_portal.kernel.models import Deadline, Job
from upt_portal.kernel.moves import MoveRefused

log = logging.getLogger(__name__)


@shared_task(name="contracting.pass_deadlines")
def pass_deadlines(now: str | None = None) -> None:
    """Lapse offers not validated in time; mark and tell documents not uploaded in time (CON-046, CON-067)."""
    at = datetime.fromisoformat(now) if now else clock.now()
    for deadline in deadlines.passed([cases.VALIDATE], at):
        selection.lapse(_case_id(deadline), at=at)
    for deadline in deadlines.passed([cases.UPLOAD], at):
        _mark_overdue(deadline.pk, at)


def _case_id(deadline: Deadline) -> int:
    return int(deadline.subject.rsplit(":", 1)[1])


@transaction.atomic
def _mark_overdue(deadline_id: int, at: datetime) -> None:
    """The mark is the deadline found passed; the case itself stays where it is (CON-067)."""
    deadline = Deadline.objects.select_for_update().get(pk=deadline_id)
    if deadline.passed_at is not None:
        return
    deadline.passed_at = at
    deadline.save(update_fields=["passed_at"])
    case = StudentContracting.objects.select_related(
        "campaign", "enrolment__person__user", "enrolment__programme__faculty"
    ).get(pk=_case_id(deadline))
    if student := cases.student_of(case):
        outbox.post(notices.upload_overdue(deadline, case, student), at=at)


@shared_task(name="contracting.send_reminders")
def send_reminders(now: str | None = None) -> int:
    """Reminders of terms that come near, once each; a missed hour is caught up (CON-152)."""
    at = datetime.fromisoformat(now) if now else clock.now()
    days = REMINDER_BEFORE.on(clock.local_day(at))
    sent = 0
    for deadline in deadlines.to_remind([cases.VALIDATE, cases.UPLOAD], days_before=days, at=at):
        leaves = reminder_at(_due(deadline), days)
        if leaves is None or leaves > at:
            continue
        with transaction.atomic():
            if deadlines.reminded(deadline, days_before=days, at=at):
                _remind(deadline, at)
                sent += 1
    return sent


def _due(deadline: Deadline) -> Due:
    """The stored term as the rule of reminders reads it; one without a start has always been open."""
    term = Term.VALIDATE if deadline.kind == cases.VALIDATE else Term.UPLOAD
    return Due(term, deadline.start_at or deadline.due_at - timedelta(days=365), deadline.due_at)


def _remind(deadline: Deadline, at: datetime) -> None:
    case = StudentContracting.objects.select_related(
        "campaign", "enrolment__person__user", "enrolment__programme__faculty"
    ).get(pk=_case_id(deadline))
    if case.campaign.state == CampaignState.PUBLISHED and (student := cases.student_of(case)):
        outbox.post(notices.term_near(deadline, case, student), at=at)


@jobs.handler("contracting.build_offers")
def build_offers(job: Job) -> dict[str, Any]:
    """Make the offers of a campaign, telling how far it is."""
    actor = User.objects.get(pk=job.payload["actor"])

    def told(done: int) -> None:
        jobs.step(job, min(done, job.total))

    with translation.override(actor.language):
        return offers.build(job.payload["campaign"], actor=actor, at=clock.now(), told=told).as_result()


@jobs.handler(READ_SCAN)
def read_scan(job: Job) -> dict[str, Any]:
    """Read the codes on a fresh scan, for the queue."""
    return scans.read(job.payload["signed"])


@jobs.handler("contracting.approve_many")
def approve_many(job: Job) -> dict[str, Any]:
    """Approve each case by itself: one refusal spoils one case; those approved before are left alone."""
    approved: list[int] = []
    refused: list[list[Any]] = []
    actor = job.actor
    if actor is None:
        raise ValueError("nobody asked for these approvals")
    with jobs.for_many(), translation.override(actor.language):  # the reasons are read by the one who asked
        for done, case_id in enumerate(job.payload["cases"], start=1):
            try:
                review.approve(case_id, actor=actor, at=clock.now())
                approved.append(case_id)
            except (MoveRefused, Refused) as no:
                if _approved_before(case_id, job):
                    approved.append(case_id)
                else:
                    refused.append([case_id, str(no)])
            jobs.step(job, done)
    return {"approved": approved, "refused": refused}


def _approved_before(case_id: int, job: Job) -> bool:
    """Whether an earlier run of the same job, whose worker was lost, had approved the case already."""
    return StudentContracting.objects.filter(
        pk=case_id, approved_by=job.actor, approved_at__gte=job.created_at
    ).exists()
