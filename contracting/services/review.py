"""Stage 2: the secretariat claims, asks, approves (CON-050, CON-005)."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from contracting import notices
from contracting.models import Annex, Clarification, StudentContracting
from contracting.queries import facts
from contracting.queries.cases import CLAIM
from contracting.refusal import demand, refuse
from contracting.rules import windows
from contracting.services import case as cases
from contracting.services import papers
from contracting.workflow import CONTRACTING_MOVES
from upt_portal.accounts.models import User
from upt_portal.kernel import jobs, outbox
from upt_portal.kernel.models import Job
from upt_portal.kernel.words import gettext_lazy as _


@transaction.atomic
def claim(case_id: int, *, actor: User, at: datetime) -> StudentContracting:
    """Take a case from the queue for a quarter of an hour, so that two secretaries do not open the same one.

    Raises Refused when a colleague holds it. A claim is a courtesy, not a lock: acts check the state again.
    """
    case = cases.lock(case_id)
    held = case.claimed_at is not None and case.claimed_at > at - CLAIM
    if held and case.claimed_by_id not in {None, actor.pk}:
        raise refuse(
            _("%(name)s is working on this case since %(at)s.")
            % {"name": case.claimed_by, "at": case.claimed_at},
            cure=_("Take the next one from the queue."),
        )
    case.claimed_by, case.claimed_at = actor, at
    case.save(update_fields=["claimed_by", "claimed_at"])
    return case


@transaction.atomic
def release(case_id: int, *, actor: User, at: datetime) -> None:
    """Put a claimed case back; somebody else's claim is left alone."""
    case = cases.lock(case_id)
    if case.claimed_by_id == actor.pk:
        case.claimed_by, case.claimed_at = None, None
        case.save(update_fields=["claimed_by", "claimed_at"])


@transaction.atomic
def ask(case_id: int, *, question: str, actor: User, at: datetime) -> Clarification:
    """Ask the student for a clarification; recorded and sent (CON-050).

    Raises Refused without a question or before stage 2, MoveRefused when the list is not validated.
    """
    if not question.strip():
        raise refuse(_("Write the question."), "CON-050")
    case = cases.lock(case_id)
    demand(windows.may_process(facts.windows_of(case.campaign), at))
    cases.move(case, "ask", actor=actor, at=at, reason=question)
    asked = Clarification.objects.create(contracting=case, question=question, asked_by=actor, asked_at=at)
    if student := cases.student_of(case):
        outbox.post(notices.clarification_asked(asked, student), at=at)
    return asked


@transaction.atomic
def answer(case_id: int, *, text: str, actor: User, at: datetime) -> Clarification:
    """Record the answer to the open question; the case goes back to the secretariat (CON-050).

    Raises Refused without an answer, MoveRefused when nothing is asked.
    """
    if not text.strip():
        raise refuse(_("Write the answer."), "CON-050")
    case = cases.lock(case_id)
    cases.move(case, "answer", actor=actor, at=at)
    asked = Clarification.objects.filter(contracting=case, answered_at__isnull=True).latest("asked_at")
    asked.answer, asked.answered_by, asked.answered_at = text, actor, at
    asked.save(update_fields=["answer", "answered_by", "answered_at"])
    return asked


@transaction.atomic
def approve(case_id: int, *, actor: User, at: datetime, seen_at: datetime | None = None) -> Annex:
    """Approve the validated list: the annex and the papers to sign are made (CON-050, CON-070).

    seen_at: since when the case was in the state the secretary looked at; another moment means that
    something happened meanwhile. Raises Refused then, before stage 2, or when a package lacks its choice;
    MoveRefused when the list is not validated.
    """
    case = cases.lock(case_id)
    CONTRACTING_MOVES.check("approve", case.state)
    demand(windows.may_process(facts.windows_of(case.campaign), at))
    if seen_at is not None and case.state_at != seen_at:
        raise refuse(
            _("The case changed on %(at)s, after you opened it.") % {"at": case.state_at},
            cure=_("Look at it again before deciding."),
        )
    papers.demand_complete_packages(case)
    case.approved_by, case.approved_at = actor, at
    annex = papers.issue_all(case, actor=actor, at=at)
    cases.move(
        case,
        "approve",
        actor=actor,
        at=at,
        data={"annex": annex.pk, "version": annex.version},
        changed=["approved_by", "approved_at", "papers_on"],
    )
    return annex


def enqueue_approvals(case_ids: Iterable[int], *, actor: User, at: datetime) -> Job:
    """Approve many unchanged lists in the background, with progress; the same list asked twice is one job."""
    ids = sorted(set(case_ids))
    mark = sha256(f"{actor.pk}:{ids}:{at:%Y-%m-%d %H:%M}".encode()).hexdigest()[:32]
    return jobs.enqueue(
        "contracting.approve_many",
        f"approve:{mark}",
        {"cases": ids},
        actor=actor,
        total=len(ids),
        queue="bulk",
        at=at,
    )
