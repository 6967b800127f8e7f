"""Stage 5: the annex's sums open, close, and settle the case (CON-080 to CON-083); cancelling it."""

from datetime import datetime

from django.db import transaction

from contracting.models import Annex, SignableDocument, StudentContracting
from contracting.queries import charges, facts
from contracting.refusal import refuse
from contracting.services import case as cases
from contracting.workflow import CONTRACTING_MOVES, ContractingState
from fees.queries import ledger
from fees.queries import tuition as fees_tuition
from fees.services import charges as fees
from fees.services import tuition
from upt_portal.accounts.models import User
from upt_portal.kernel import deadlines, documents
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.references import reference
from upt_portal.kernel.words import gettext_lazy as _


def open_payment(case: StudentContracting, *, at: datetime) -> None:
    """The signed annex's sums become charges, to the cent, due by the campaign's date or later (CON-081).

    The caller holds the case's lock. After a return the same charges open again (CON-082); those that a new
    version dropped are cancelled, money paid on them stays unallocated (FEE-065).
    """
    annex = Annex.objects.get(contracting=case, state="current")
    due_at = end_of_day(facts.payment_until(case, local_day(at)))
    where = reference(case)
    _charge_by_plan(case, annex, at)
    lines = charges.of_annex(case, annex)
    if ledger.lines_of(where).exists():
        reason = f"anexa v{annex.version}"
        fees.reissue(
            where,
            where,
            case.enrolment,
            lines,
            due_at,
            reason=reason,
            actor=None,
            at=at,
            year=case.campaign.year,
        )
        fees.release(where, due_at, actor=None, at=at)
    else:
        fees.post_charges(where, case.enrolment, lines, due_at, actor=None, at=at, year=case.campaign.year)
    if lines:
        deadlines.set_deadline(
            case,
            cases.PAY,
            due_at=due_at,
            start_at=at,
            rule="FEE-061",  # for the staff's file; the student's own term of payment is kept by fees
            link=cases.page_of(case, "payments"),
        )


def _charge_by_plan(case: StudentContracting, annex: Annex, at: datetime) -> None:
    """Tuition with a plan of instalments has days of its own, which prevail over the campaign's (FEE-011)."""
    year = case.campaign.year
    charged = fees_tuition.charged_in(year, [case.enrolment_id])
    if annex.tuition and not charged and fees_tuition.has_own_days(case.enrolment, year):
        tuition.charge_year(
            case.enrolment_id,
            year,
            actor=None,
            at=at,
            amount=annex.tuition,
            currency=annex.currency,
            price=case.price_id,
        )


def close_payment(case: StudentContracting, *, reason: str, at: datetime) -> None:
    """Hide the unpaid sums until the next upload; payments made stand (CON-082)."""
    fees.hide(reference(case), actor=None, at=at, reason=reason)
    deadlines.drop(case, [cases.PAY], at=at)


def settle_locked(case: StudentContracting, *, at: datetime) -> bool:
    """Settle a contracted case that owes nothing; False when something is still to pay (CON-083, FEE-064)."""
    if case.state != ContractingState.CONTRACTED or not ledger.is_settled(reference(case)):
        return False
    cases.move(case, "settle", actor=None, at=at)
    deadlines.meet(case, cases.PAY, at=at)
    return True


@transaction.atomic
def settle_if_paid(case_id: int, *, at: datetime) -> bool:
    """What a settled reference asks for: the case settles if its documents are accepted too."""
    return settle_locked(cases.lock(case_id), at=at)


@transaction.atomic
def reopen_if_owed(case_id: int, *, at: datetime) -> bool:
    """A settled case whose money was taken back waits for it again; False when nothing is owed (FEE §4.3).

    Its disciplines stay contracted. The term of payment is that of the lines, past or not.
    """
    case = cases.lock(case_id)
    where = reference(case)
    if case.state != ContractingState.SETTLED or ledger.is_settled(where):
        return False
    cases.move(case, "reopen", actor=None, at=at)
    due_at = max(line.due_at for line in ledger.lines_of(where) if line.left)
    link = cases.page_of(case, "payments")
    deadlines.set_deadline(case, cases.PAY, due_at=due_at, start_at=at, rule="FEE-061", link=link)
    return True


@transaction.atomic
def cancel(case_id: int, *, reason: str, actor: User, at: datetime) -> StudentContracting:
    """Cancel a case whose student interrupted, withdrew, transferred or was expelled (§4.2).

    Unpaid charges are cancelled, papers marked as cancelled. Raises Refused without a reason, MoveRefused
    for a settled case.
    """
    from contracting.services import changes

    if not reason.strip():
        raise refuse(_("Write why the contracting is cancelled."), "CON-144")
    case = cases.lock(case_id)
    CONTRACTING_MOVES.check("cancel", case.state)
    changes.cancel_open(case)
    for document in SignableDocument.objects.filter(contracting=case, current=True).select_related("paper"):
        documents.revoke(document.paper, reason=reason)
    fees.cancel_unpaid(reference(case), reason=reason, at=at, actor=actor)
    deadlines.drop(case, [cases.VALIDATE, cases.UPLOAD, cases.PAY, cases.ANSWER], at=at)
    case.previous_state = ""
    cases.move(case, "cancel", actor=actor, at=at, reason=reason, changed=["previous_state"])
    return case
