"""Stage 1: ticking, validating, lapsing, extending (CON-040 to CON-047)."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from contracting import notices
from contracting.models import OfferLine, StudentContracting
from contracting.queries import facts
from contracting.refusal import demand, refuse
from contracting.rules import selection as rules
from contracting.rules import windows
from contracting.rules.offer import Row
from contracting.rules.selection import Totals
from contracting.services import case as cases
from contracting.workflow import CONTRACTING_MOVES, ContractingState
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, deadlines, outbox
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.compiled import Hole, Read
from upt_portal.kernel.models import Deadline
from upt_portal.kernel.references import reference
from upt_portal.kernel.words import gettext_lazy as _

_LINES = Read(lambda: OfferLine.objects.filter(contracting=Hole("case")).order_by("position"))


def _lines(case: StudentContracting) -> list[OfferLine]:
    return _LINES.all(case=case.pk)


def _store_ticks(lines: Sequence[OfferLine], ticked: Collection[str]) -> None:
    changed = [line for line in lines if line.selected != (line.key in ticked)]
    for line in changed:
        line.selected = not line.selected
    if changed:
        OfferLine.objects.bulk_update(changed, ["selected"])


def _store_totals(case: StudentContracting, totals: Totals) -> list[str]:
    """Put the totals on the case; returns the names of the fields."""
    case.credits, case.tuition = totals.credits, totals.tuition
    case.rows_amount, case.total = totals.rows_amount, totals.total
    return ["credits", "tuition", "rows_amount", "total"]


@transaction.atomic
def tick(
    case_id: int, ticked: Collection[str], *, actor: User, at: datetime
) -> tuple[StudentContracting, Totals]:
    """Keep the student's ticks as they stand and give the new totals (CON-023, CON-040).

    ticked: keys of the ticked rows. Raises MoveRefused once the offer is validated, Refused outside stage 1
    or when a mandatory row is left out; a floor not reached is told only at validation, so that one can
    untick a row before ticking another.
    """
    case = cases.lock(case_id)
    CONTRACTING_MOVES.check("tick", case.state)
    demand(facts.may_validate_now(case, at))
    lines = _lines(case)
    rows = facts.rows_of(lines)
    known = frozenset(ticked) & rules.default_selection(rows)
    known |= frozenset(row.key for row in rows if row.mandatory)
    _store_ticks(lines, known)
    return case, rules.totals(rows, known, facts.terms_of(case))


@transaction.atomic
def validate(
    case_id: int, ticked: Collection[str], *, fingerprint: str, actor: User, at: datetime
) -> StudentContracting:
    """The student accepts the offer in its present form; the selection is frozen (CON-042, CON-043).

    ticked, fingerprint: what the page showed. A second press changes nothing and gives the same case.
    Raises MoveRefused in another state, Refused outside stage 1, for a page that is out of date, or when the
    rows may not be left out.
    """
    case = cases.lock(case_id)
    return _validate(
        case, ticked, fingerprint=fingerprint, student=cases.student_of(case), actor=actor, at=at
    )


@transaction.atomic
def validate_own(
    enrolment_id: int, ticked: Collection[str], *, fingerprint: str, actor: User, at: datetime
) -> StudentContracting:
    """`validate` for the latest case of the student's own enrolment, in one read.

    Raises StudentContracting.DoesNotExist when the enrolment is not the actor's, and what `validate` raises.
    """
    case = cases.lock_own(enrolment_id, actor)
    return _validate(case, ticked, fingerprint=fingerprint, student=actor, actor=actor, at=at)


def _validate(
    case: StudentContracting,
    ticked: Collection[str],
    *,
    fingerprint: str,
    student: User | None,
    actor: User,
    at: datetime,
) -> StudentContracting:
    if case.state == ContractingState.VALIDATED and case.validated_by_id == actor.pk:
        return case
    CONTRACTING_MOVES.check("validate", case.state)
    demand(facts.may_validate_now(case, at))
    lines = _lines(case)
    rows = facts.rows_of(lines)
    demand(rules.same_offer(fingerprint, case.fingerprint))
    demand(rules.may_select(rows, ticked, facts.policy_of(case)))
    _freeze(case, "validate", lines, rows, ticked, actor=actor, at=at)
    deadlines.meet(case, cases.VALIDATE, at=at)
    if student is not None:
        outbox.post(notices.validated(case, student), at=at)
    return case


def _freeze(
    case: StudentContracting,
    name: str,
    lines: Sequence[OfferLine],
    rows: Sequence[Row],
    ticked: Collection[str],
    *,
    actor: User,
    at: datetime,
    reason: str = "",
) -> None:
    totals = rules.totals(rows, ticked, facts.terms_of(case))
    _store_ticks(lines, ticked)
    changed = _store_totals(case, totals)
    case.validated_at, case.validated_by = at, actor
    data: dict[str, Any] = {
        "credits": totals.credits,
        "total": str(totals.total),
        "currency": case.currency,
        "left_out": [line.code for line in lines if line.key not in ticked],
    }
    cases.move(
        case,
        name,
        actor=actor,
        at=at,
        reason=reason,
        data=data,
        changed=[*changed, "validated_at", "validated_by"],
    )


@transaction.atomic
def lapse(case_id: int, *, at: datetime) -> bool:
    """Close an offer that nobody validated in its term; False when it is not so (any more) (CON-046)."""
    case = cases.lock(case_id)
    if case.state != ContractingState.OFFERED:
        return False
    if not windows.has_lapsed(facts.windows_of(case.campaign), at, extended_until=case.extended_until):
        return False
    cases.move(case, "lapse", actor=None, at=at)
    Deadline.objects.filter(subject=reference(case), kind=cases.VALIDATE).update(passed_at=at)
    if student := cases.student_of(case):
        outbox.post(notices.lapsed(case, student), at=at)
    return True


@transaction.atomic
def extend(case_id: int, *, until: date, reason: str, actor: User, at: datetime) -> StudentContracting:
    """Give one student a longer stage 1, with a written reason (T9, CON-046).

    until: last day, whole. Works on a lapsed offer and on one still open. Raises Refused without a reason or
    for a day that is not later, MoveRefused when the offer is validated already.
    """
    if not reason.strip():
        raise refuse(_("Write the reason of the extension."), "T9")
    case = cases.lock(case_id)
    current = max(case.campaign.stage1_until, case.extended_until or case.campaign.stage1_until)
    if end_of_day(until) <= at or until <= current:
        raise refuse(
            _("The extension must end later than %(day)s and not in the past.") % {"day": current}, "T9"
        )
    if case.state == ContractingState.LAPSED:
        case.extended_until = until
        cases.move(
            case,
            "extend",
            actor=actor,
            at=at,
            reason=reason,
            data={"until": until.isoformat()},
            changed=["extended_until"],
        )
    else:
        CONTRACTING_MOVES.check("tick", case.state)
        case.extended_until = until
        case.save(update_fields=["extended_until"])
        audit.record(
            case,
            "contracting.extend",
            actor=actor,
            at=at,
            before=case.state,
            after=case.state,
            reason=reason,
            data={"until": until.isoformat()},
        )
    deadline = Deadline.objects.filter(subject=reference(case), kind=cases.VALIDATE).first()
    if deadline and deadline.due_at < end_of_day(until):
        deadlines.extend(deadline.pk, due_at=end_of_day(until), reason=reason, actor=actor, at=at)
    if student := cases.student_of(case):
        outbox.post(notices.extended(case, student, until), at=at)
    return case


@transaction.atomic
def validate_for(case_id: int, *, reason: str, actor: User, at: datetime) -> StudentContracting:
    """The secretariat takes the full default selection of a lapsed offer for the student (CON-046).

    The reason is recorded and told to the student, who may still ask for a change. Raises Refused without a
    reason, MoveRefused when the offer has not lapsed.
    """
    if not reason.strip():
        raise refuse(_("Write why the list is validated in the student's name."), "CON-046")
    case = cases.lock(case_id)
    CONTRACTING_MOVES.check("validate_for", case.state)
    lines = _lines(case)
    rows = facts.rows_of(lines)
    everything = rules.default_selection(rows)
    _freeze(case, "validate_for", lines, rows, everything, actor=actor, at=at, reason=reason)
    deadlines.drop(case, [cases.VALIDATE], at=at)
    if student := cases.student_of(case):
        outbox.post(notices.validated_for(case, student, reason), at=at)
    return case
