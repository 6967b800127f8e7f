"""Unpaid after the term: reminders, the proposal for the rector, its removal (FEE-075, FEE-077)."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fees import notices
from fees.models import NonPaymentProposal, PaymentReminder
from fees.queries import overdue as queries
from fees.queries import terms
from fees.refusal import demand, refuse
from fees.services.accounts import lock_account, trace
from fees.workflow import PROPOSAL_MOVES, ProposalState
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, outbox
from upt_portal.kernel.clock import local_day

audit.register_act("fees.overdue_reminder", _("A reminder of overdue sums was sent"))
audit.register_act("fees.propose_expulsion", _("The account was listed for the rector: unpaid fees"))
audit.register_act("fees.proposal_removed", _("The proposal was removed: the overdue sums are paid"))
audit.register_act("fees.proposal_reviewed", _("A proposal removed by a payment was reviewed"))
audit.register_act("fees.proposal_withdrawn", _("The proposal was withdrawn"))
audit.register_act("fees.overdue_export", _("The list of overdue accounts was exported"))
audit.register_act("fees.proposal_decided", _("The rector's decision on the proposal was recorded"))


@transaction.atomic
def remind(enrolment_id: int, *, actor: User | None, at: datetime) -> bool:
    """Remind of overdue sums, once a day; False when nothing is overdue or today's reminder was sent.

    actor: None when the clock sends it.
    """
    lock_account(enrolment_id)
    lines = list(queries.overdue_lines(at).filter(enrolment=enrolment_id).select_related("fee_type"))
    day = local_day(at)
    if not lines or PaymentReminder.objects.filter(enrolment=enrolment_id, day=day).exists():
        return False
    PaymentReminder.objects.create(enrolment_id=enrolment_id, day=day, sent_at=at, sent_by=actor)
    trace(
        enrolment_id, "fees.overdue_reminder", actor=actor, at=at, data={"lines": [one.pk for one in lines]}
    )
    found = terms.owed(enrolment_id, lines, at)
    if student := found.account.person.user:
        outbox.post(notices.overdue_reminder(found, student, day=day), at=at)
    return True


@transaction.atomic
def propose(enrolment_id: int, *, actor: User | None, at: datetime) -> NonPaymentProposal:
    """List an account for the rector's decision; the student is told. Nothing else happens by itself.

    Raises Refused before the end of the grace or the reminders, or when it is listed already.
    """
    lock_account(enrolment_id)
    demand(queries.answer_for(enrolment_id, at))
    PROPOSAL_MOVES.check("propose", "")
    if NonPaymentProposal.objects.filter(enrolment=enrolment_id, state=ProposalState.PROPOSED).exists():
        raise refuse(_("This account is listed already."), "FEE-075")
    lines = list(queries.overdue_lines(at).filter(enrolment=enrolment_id).select_related("fee_type"))
    made = NonPaymentProposal.objects.create(
        enrolment_id=enrolment_id,
        oldest_due_on=min(local_day(line.due_at) for line in lines),
        made_at=at,
        made_by=actor,
    )
    made.refresh_from_db()
    data = {"proposal": made.pk, "lines": [line.pk for line in lines]}
    trace(enrolment_id, "fees.propose_expulsion", actor=actor, at=at, data=data)
    found = terms.owed(enrolment_id, lines, at)
    if student := found.account.person.user:
        outbox.post(notices.expulsion_proposed(made, found, student), at=at)
    return made


def keep_proposals(accounts: Collection[int], *, at: datetime) -> None:
    """Remove the open proposals of accounts that owe nothing overdue any more; follows every act on them.

    The caller holds the accounts' locks. Each removed one waits for staff to look at it (FEE-077).
    """
    rows = NonPaymentProposal.objects.filter(enrolment__in=list(accounts), state=ProposalState.PROPOSED)
    listed = list(rows.select_for_update())
    if not listed:
        return
    still = queries.oldest_overdue(at, [one.enrolment_id for one in listed])
    for proposal in listed:
        if proposal.enrolment_id in still:
            continue
        PROPOSAL_MOVES.check("remove", proposal.state)
        proposal.removed_at = at
        proposal.save(update_fields=["removed_at"])
        data = {"proposal": proposal.pk}
        trace(proposal.enrolment_id, "fees.proposal_removed", actor=None, at=at, data=data)


def _locked(proposal_id: int, move: str) -> NonPaymentProposal:
    lock_account(NonPaymentProposal.objects.values_list("enrolment_id", flat=True).get(pk=proposal_id))
    proposal = NonPaymentProposal.objects.select_for_update().get(pk=proposal_id)
    PROPOSAL_MOVES.check(move, proposal.state)
    return proposal


@transaction.atomic
def review(proposal_id: int, *, note: str, actor: User, at: datetime) -> NonPaymentProposal:
    """Note that a proposal removed by a payment was looked at (FEE-077). Raises MoveRefused, Refused."""
    proposal = _locked(proposal_id, "review")
    proposal.reviewed_at, proposal.note, proposal.closed_by = at, _written(note), actor
    proposal.save(update_fields=["reviewed_at", "note", "closed_by"])
    return _traced(proposal, "fees.proposal_reviewed", note, actor, at)


@transaction.atomic
def withdraw(proposal_id: int, *, reason: str, actor: User, at: datetime) -> NonPaymentProposal:
    """Take an account off the list, with a reason. Raises MoveRefused, Refused."""
    proposal = _locked(proposal_id, "withdraw")
    proposal.withdrawn_at, proposal.note, proposal.closed_by = at, _written(reason), actor
    proposal.save(update_fields=["withdrawn_at", "note", "closed_by"])
    return _traced(proposal, "fees.proposal_withdrawn", reason, actor, at)


@transaction.atomic
def record_decision(
    proposal_id: int,
    *,
    expelled: bool,
    decision_number: str,
    decision_on: date,
    note: str = "",
    actor: User,
    at: datetime,
) -> NonPaymentProposal:
    """Record the rector's decision on a proposal; the status of the enrolment is changed by the register.

    Raises MoveRefused when it was paid, withdrawn or decided meanwhile, Refused without number or date.
    """
    proposal = _locked(proposal_id, "expel" if expelled else "keep")
    if not decision_number.strip() or decision_on > local_day(at):
        raise refuse(_("Write the number and the date of the rector's decision."), "FEE-075")
    proposal.decided_at, proposal.expelled, proposal.closed_by = at, expelled, actor
    proposal.decision_number, proposal.decision_on = decision_number.strip(), decision_on
    proposal.note = note.strip()[:300]
    proposal.save(
        update_fields=["decided_at", "expelled", "closed_by", "decision_number", "decision_on", "note"]
    )
    return _traced(proposal, "fees.proposal_decided", f"{decision_number}/{decision_on:%d.%m.%Y}", actor, at)


def _written(text: str) -> str:
    if not text.strip():
        raise refuse(_("Write the reason."))
    return text.strip()[:300]


def _traced(
    proposal: NonPaymentProposal, act: str, reason: str, actor: User, at: datetime
) -> NonPaymentProposal:
    proposal.refresh_from_db()
    data = {"proposal": proposal.pk}
    trace(proposal.enrolment_id, act, actor=actor, at=at, reason=reason, data=data)
    return proposal
