"""Requests for another group: asked by the student, decided by the faculty's management (REC-458)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from studentrecords import notices
from studentrecords.models import Enrolment, GroupChange
from studentrecords.refusal import demand, refuse
from studentrecords.rules import information as rules
from studentrecords.workflow.information import GROUP_MOVES
from studentrecords.workflow.information import GroupChangeState as State
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, outbox

audit.register_act("studentrecords.group_ask", _("Another group was asked for"))
audit.register_act("studentrecords.group_grant", _("Another group was granted"))
audit.register_act("studentrecords.group_refuse", _("Another group was refused"))
audit.register_act("studentrecords.group_withdraw", _("The request for another group was withdrawn"))


@transaction.atomic
def ask_group(enrolment_id: int, wanted: str, reasons: str, *, actor: User, at: datetime) -> GroupChange:
    """File a request for another group. Raises Refused: no reasons, the same group, one is open already."""
    enrolment = Enrolment.objects.select_for_update().get(pk=enrolment_id)
    demand(rules.check_group_change(enrolment.group, wanted, reasons))
    if enrolment.group_changes.filter(state=State.ASKED).exists():
        raise refuse(_("Your earlier request is still with the dean's office."), rules.GROUPS)
    asked = GroupChange.objects.create(
        enrolment=enrolment,
        current=enrolment.group,
        wanted=wanted.strip(),
        reasons=reasons.strip(),
        asked_at=at,
    )
    audit.record(asked, "studentrecords.group_ask", actor=actor, at=at, after=State.ASKED)
    return asked


@transaction.atomic
def decide_group(asked_id: int, *, grant: bool, answer: str, actor: User, at: datetime) -> GroupChange:
    """Grant or refuse a request; granted, the student stands in the new group at once.

    answer: told to the student; a refusal must have one. Raises MoveRefused, and Refused without an answer.
    """
    asked = (
        GroupChange.objects.select_for_update(of=("self",))
        .select_related("enrolment__person__user")
        .get(pk=asked_id)
    )
    name = "grant" if grant else "refuse"
    move = GROUP_MOVES.check(name, asked.state)
    if not grant and not answer.strip():
        raise refuse(_("Write why the request is refused"), rules.GROUPS)
    before = asked.state
    asked.state, asked.answer = move.target, answer.strip()
    asked.decided_at, asked.decided_by = at, actor
    asked.save()
    if grant:
        enrolment = Enrolment.objects.select_for_update().get(pk=asked.enrolment_id)
        enrolment.group = asked.wanted
        enrolment.save(update_fields=["group"])
    audit.record(
        asked,
        f"studentrecords.group_{name}",
        actor=actor,
        at=at,
        before=before,
        after=move.target,
        reason=asked.answer,
    )
    if asked.enrolment.person.user is not None:
        outbox.post(notices.group_decided(asked), at=at)
    return asked


@transaction.atomic
def withdraw_group(enrolment_id: int, *, actor: User, at: datetime) -> None:
    """Take the open request back. Raises Refused when none is open."""
    asked = GroupChange.objects.select_for_update().filter(enrolment=enrolment_id, state=State.ASKED).first()
    if asked is None:
        raise refuse(_("No request is open any more."))
    asked.state = GROUP_MOVES.check("withdraw", asked.state).target
    asked.save(update_fields=["state"])
    audit.record(
        asked, "studentrecords.group_withdraw", actor=actor, at=at, before=State.ASKED, after=asked.state
    )
