"""Equivalence decided by the commission: what was passed elsewhere counts here (REC-075, REC-076)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from studentrecords import notices
from studentrecords.models import Equivalence, EquivalenceRow, Recognition
from studentrecords.refusal import demand, refuse
from studentrecords.rules import plans
from studentrecords.workflow.recognition import EQUIVALENCE_MOVES
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, outbox

audit.register_act("studentrecords.equivalence_ask", _("A request for equivalence was recorded"))
audit.register_act("studentrecords.equivalence_recognise", _("Disciplines were recognised"))
audit.register_act("studentrecords.equivalence_refuse", _("Disciplines were not recognised"))


@dataclass(frozen=True)
class Ticks:
    """What the commission found of the four conditions (art. 22 (4))."""

    accredited: bool = False
    same_level: bool = False
    same_field: bool = False
    similar_outcomes: bool = False


@transaction.atomic
def decide(
    equivalence_id: int,
    *,
    recognise: bool,
    ticks: Ticks,
    decision: str,
    reasons: str = "",
    actor: User,
    at: datetime,
) -> Equivalence:
    """Record the commission's decision; recognised disciplines count as passed at once.

    decision: its number. reasons: told to the student, needed for a no. Raises MoveRefused for a second
    decision, Refused when a tick is missing, the cycle is another, or a discipline cannot be recognised.
    """
    found = (
        Equivalence.objects.select_for_update(of=("self",))
        .select_related("enrolment__person__user", "enrolment__programme__faculty")
        .get(pk=equivalence_id)
    )
    name = "recognise" if recognise else "refuse"
    move = EQUIVALENCE_MOVES.check(name, found.state)
    if not decision.strip():
        raise refuse(_("Write the number of the decision."), plans.RECOGNISED)
    if not recognise and not reasons.strip():
        raise refuse(_("Write why the disciplines are not recognised."), plans.RECOGNISED)
    if recognise:
        demand(plans.transfer_answer(found.cycle, found.enrolment.programme.cycle))
        demand(
            plans.recognition_answer(
                accredited=ticks.accredited,
                same_level=ticks.same_level,
                same_field=ticks.same_field,
                similar_outcomes=ticks.similar_outcomes,
            )
        )
        _recognise(found, list(found.rows.select_related("discipline")), decision.strip())
    before = found.state
    found.state, found.decision, found.reasons = move.target, decision.strip(), reasons.strip()
    found.accredited, found.same_level = ticks.accredited, ticks.same_level
    found.same_field, found.similar_outcomes = ticks.same_field, ticks.similar_outcomes
    found.decided_at, found.decided_by = at, actor
    found.save()
    audit.record(
        found,
        f"studentrecords.equivalence_{name}",
        actor=actor,
        at=at,
        before=before,
        after=move.target,
        reason=found.reasons,
        data={"decision": found.decision},
    )
    if found.enrolment.person.user is not None:
        outbox.post(notices.equivalence_decided(found), at=at)
    return found


def _recognise(found: Equivalence, rows: list[EquivalenceRow], decision: str) -> None:
    if not rows:
        raise refuse(_("The request names no discipline."), plans.RECOGNISED)
    there = set(Recognition.objects.filter(enrolment=found.enrolment_id).values_list("discipline", flat=True))
    for row in rows:
        name = {"name": row.discipline.name_ro}
        if row.discipline.curriculum_id != found.enrolment.curriculum_id:
            raise refuse(_("“%(name)s” is not in the student's curriculum.") % name, plans.RECOGNISED)
        if row.discipline_id in there:
            raise refuse(_("“%(name)s” is recognised already.") % name, plans.RECOGNISED)
    Recognition.objects.bulk_create(
        Recognition(
            enrolment=found.enrolment,
            discipline=row.discipline,
            grade=row.grade,
            credits=row.credits,
            decision=decision,
        )
        for row in rows
    )
