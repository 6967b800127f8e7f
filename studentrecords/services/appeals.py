"""A grade appeal from its filing to the end: registered, answered, communicated, re-evaluated, final."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from studentrecords import notices
from studentrecords.models import Appeal, CatalogueRow, CommissionMember, Enrolment, ExamAttempt
from studentrecords.parameters import (
    APPEAL_STEP,
    COMMISSION_SIZE,
    OFFICE_STEP,
    REEVAL_TERM,
    REEVAL_WORK,
)
from studentrecords.queries import appeals as queries
from studentrecords.refusal import demand, refuse
from studentrecords.rules import appeals as rules
from studentrecords.rules import grading
from studentrecords.services import corrections
from studentrecords.services.catalogues import lock as lock_catalogue
from studentrecords.workflow.appeals import APPEAL_MOVES
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import has_role
from upt_portal.kernel import audit, deadlines, outbox
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.moves import NEW
from upt_portal.kernel.numbers import next_number

REGISTER = "studentrecords.appeal"
#: Terms whose length is a figure of the office's, not of the regulation.
_OFFICE_TERMS = frozenset({"appeal.decide", "appeal.papers"})

audit.register_act("studentrecords.appeal_file", _("The appeal was filed"))
audit.register_act("studentrecords.appeal_register", _("The appeal was registered"))
audit.register_act("studentrecords.appeal_send", _("The appeal was sent to the teacher"))
audit.register_act("studentrecords.appeal_answer", _("The teacher answered"))
audit.register_act("studentrecords.appeal_communicate", _("The answer was sent to the student"))
audit.register_act("studentrecords.appeal_close", _("The appeal was closed"))
audit.register_act("studentrecords.appeal_again", _("A re-evaluation was asked for"))
audit.register_act("studentrecords.appeal_forward", _("The request was forwarded to the secretariat"))
audit.register_act("studentrecords.appeal_put", _("The request was put before the dean"))
audit.register_act("studentrecords.appeal_reject", _("The re-evaluation was rejected"))
audit.register_act("studentrecords.appeal_appoint", _("The commission was appointed"))
audit.register_act("studentrecords.appeal_papers", _("The copy of the paper was handed over"))
audit.register_act("studentrecords.appeal_mark", _("A member of the commission marked"))
audit.register_act("studentrecords.appeal_report", _("The report of the commission was written"))
audit.register_act("studentrecords.appeal_sign", _("The report of the commission was signed"))
audit.register_act("studentrecords.appeal_finish", _("The grade of the commission was recorded"))
audit.register_act("studentrecords.appeal_meeting", _("A meeting with the commission was asked for"))
audit.register_act("studentrecords.appeal_meeting_set", _("The meeting with the commission was set"))
audit.register_act("studentrecords.appeal_correct", _("A correction was opened for the appeal"))


def lock(appeal_id: int) -> Appeal:
    """The appeal with what belongs to it, its row locked until the transaction ends."""
    rows = queries.everything().select_for_update(of=("self",)).prefetch_related("members__teacher")
    return rows.get(pk=appeal_id)


def _move(
    appeal: Appeal,
    name: str,
    act: str,
    *,
    actor: User | None,
    at: datetime,
    reason: str = "",
    data: dict[str, Any] | None = None,
    **changed: Any,
) -> None:
    """Make a move on a locked appeal: state, facts, trace. Raises MoveRefused."""
    move = APPEAL_MOVES.check(name, appeal.state)
    before, appeal.state = appeal.state, move.target
    if before != move.target:
        appeal.state_at = at
    for field, value in changed.items():
        setattr(appeal, field, value)
    appeal.save(update_fields=["state", "state_at", *changed])
    audit.record(appeal, act, actor=actor, at=at, before=before, after=move.target, reason=reason, data=data)


def _term(appeal: Appeal, kind: str, rule: str, from_at: datetime, *, for_student: bool = False) -> None:
    """Open the term of a step that begins at a moment (T2, T5)."""
    day = local_day(from_at)
    closed, hours = queries.closed_around(day), queries.hours_on(day)
    if kind == "appeal.report":
        due = rules.report_due_at(from_at, closed, days=REEVAL_WORK.on(day))
    else:
        length = {"appeal.again": REEVAL_TERM}.get(
            kind, OFFICE_STEP if kind in _OFFICE_TERMS else APPEAL_STEP
        )
        due = rules.step_due_at(from_at, closed, days=max(length.on(day), 1), hours=hours)
    student = appeal.enrolment.person.user if for_student else None
    link = reverse("studentrecords:appeal", args=[appeal.enrolment_id, appeal.pk]) if student else ""
    deadlines.set_deadline(appeal, kind, due_at=due, start_at=from_at, rule=rule, person=student, link=link)


def _tell_student(appeal: Appeal, event: str, at: datetime) -> None:
    if (student := appeal.enrolment.person.user) is not None:
        outbox.post(notices.appeal(appeal, student, event, own=True), at=at)


def _tell(appeal: Appeal, readers: Sequence[User], event: str, at: datetime) -> None:
    outbox.post_all([notices.appeal(appeal, reader, event, own=False) for reader in readers], at=at)


# ---- filing and registering --------------------------------------------------------------------------------


@transaction.atomic
def file(
    enrolment: Enrolment, attempt_id: int, *, ground: str, reasons: str, actor: User, at: datetime
) -> Appeal:
    """The student contests a posted result (REC-190 to REC-192).

    Raises Refused when it is not one's own, contested before, out of its term, without ground or reasons.
    """
    APPEAL_MOVES.check("file", NEW)
    attempt = _attempt(enrolment, attempt_id)
    demand(rules.lodging_answer(at, queries.due_of(attempt)))
    appeal = _kept(
        attempt, enrolment, ground, reasons, at, state=APPEAL_MOVES.check("file", NEW).target, at=at
    )
    audit.record(appeal, "studentrecords.appeal_file", actor=actor, at=at, after=appeal.state)
    return appeal


@transaction.atomic
def register_paper(
    enrolment: Enrolment,
    attempt_id: int,
    *,
    ground: str,
    reasons: str,
    arrived_at: datetime,
    channel: str,
    late_reason: str = "",
    actor: User,
    at: datetime,
) -> Appeal:
    """The InfoCenter enters an appeal on paper or by e-mail; its arrival is the time that counts (REC-193).

    late_reason: of an individual extension, written down (T9). Raises Refused as `file` does.
    """
    target = APPEAL_MOVES.check("register_paper", NEW).target
    if arrived_at > at:
        raise refuse(_("The arrival cannot be a moment to come."), rules.STEPS)
    attempt = _attempt(enrolment, attempt_id)
    if arrived_at < attempt.posted_at:
        raise refuse(_("The result was not posted yet when the appeal arrived."), rules.TERM)
    due_at = queries.due_of(attempt)
    demand(rules.lodging_answer(arrived_at, due_at, late_reason=late_reason))
    appeal = _kept(
        attempt, enrolment, ground, reasons, arrived_at, state=target, at=at,
        channel=channel, late_reason=late_reason.strip()[:400], registered_at=at, number=_number(at),
    )  # fmt: skip
    audit.record(
        appeal, "studentrecords.appeal_register", actor=actor, at=at, after=appeal.state,
        reason=appeal.late_reason, data={"channel": channel, "arrived": arrived_at.isoformat()},
    )  # fmt: skip
    _tell_student(appeal, "registered", at)
    return appeal


def _attempt(enrolment: Enrolment, attempt_id: int) -> ExamAttempt:
    """The result, its row locked, so that two clicks make one appeal."""
    row = ExamAttempt.objects.filter(pk=attempt_id).values_list("row", flat=True).first()
    if row is not None:
        CatalogueRow.objects.select_for_update().get(pk=row)
    attempt = queries.attempts_of(enrolment).filter(pk=attempt_id).first()
    if attempt is None:
        raise refuse(_("Only one's own results are contested."), rules.WRITTEN)
    demand(queries.contestable(attempt, enrolment))
    return attempt


def _number(at: datetime) -> str:
    year = local_day(at).year
    return f"C-{next_number(REGISTER, year)}/{year}"


def _kept(
    attempt: ExamAttempt,
    enrolment: Enrolment,
    ground: str,
    reasons: str,
    filed_at: datetime,
    *,
    at: datetime,
    **facts: Any,
) -> Appeal:
    """The appeal as it was filed, with the content that the portal fills in (REC-191)."""
    demand(rules.ground_answer(ground, oral=attempt.row.catalogue.oral))
    demand(rules.content_answer(reasons))
    day = local_day(attempt.posted_at)
    received = rules.received_at(
        filed_at, attempt.posted_at, queries.closed_around(day), queries.hours_on(day)
    )
    appeal = Appeal.objects.create(
        attempt=attempt,
        enrolment=enrolment,
        ground=ground,
        reasons=reasons.strip(),
        teacher_name=attempt.row.catalogue.holder.display_name,
        student_name=enrolment.person.list_name,
        programme_name=enrolment.programme.name_in("ro"),
        year_of_study=enrolment.year_of_study,
        group=enrolment.group,
        filed_at=filed_at,
        received_at=received,
        state_at=at,
        **facts,
    )
    _term(appeal, "appeal.send", "REC-193", received)
    return appeal


@transaction.atomic
def register(appeal_id: int, *, actor: User, at: datetime) -> Appeal:
    """The InfoCenter gives an appeal its number and sends it to the secretariat (REC-193)."""
    appeal = lock(appeal_id)
    APPEAL_MOVES.check("register", appeal.state)
    _move(
        appeal, "register", "studentrecords.appeal_register", actor=actor, at=at,
        registered_at=max(at, appeal.received_at), number=_number(at),
    )  # fmt: skip
    _tell_student(appeal, "registered", at)
    return appeal


@transaction.atomic
def send(appeal_id: int, *, actor: User, at: datetime) -> Appeal:
    """The secretariat sends an appeal to the examining teacher (REC-193)."""
    appeal = lock(appeal_id)
    _move(appeal, "send", "studentrecords.appeal_send", actor=actor, at=at, sent_at=at)
    deadlines.meet(appeal, "appeal.send", at=at)
    _term(appeal, "appeal.answer", "REC-194", at)
    catalogue = appeal.attempt.row.catalogue
    _tell(appeal, [catalogue.holder, catalogue.second], "to_teacher", at)
    return appeal


@transaction.atomic
def answer(
    appeal_id: int,
    words: str,
    *,
    result: str = "",
    by_office: bool = False,
    actor: User,
    at: datetime,
) -> Appeal:
    """The teacher's reasoned answer (REC-194). result: a grade it changes to, "" for none (REC-202).

    by_office: the secretariat records the teacher's paper. The grade itself changes in the catalogue, before
    its term by the teacher, afterwards by a correction.
    """
    appeal = lock(appeal_id)
    APPEAL_MOVES.check("answer", appeal.state)
    demand(rules.answer_answer(words, actor.pk, queries.examiners_of(appeal), by_office=by_office))
    if result and result not in grading.OUTCOMES[appeal.attempt.row.catalogue.scale]:
        demand(rules.mark_answer(result, appeal.attempt.row.catalogue.scale))
    _move(
        appeal, "answer", "studentrecords.appeal_answer", actor=actor, at=at,
        data={"changes": bool(result), "by_office": by_office},
        answer=words.strip(), answer_result=result, answered_at=at,
    )  # fmt: skip
    deadlines.meet(appeal, "appeal.answer", at=at)
    _term(appeal, "appeal.communicate", "REC-194", at)
    return appeal


@transaction.atomic
def correct(appeal_id: int, *, approval: str, approved_on: date | None, actor: User, at: datetime) -> Appeal:
    """Open the correction that a teacher's answer asks for, with the dean's approval (REC-202, REC-132)."""
    row = Appeal.objects.values_list("attempt__row__catalogue", "attempt__row").get(pk=appeal_id)
    lock_catalogue(row[0])
    appeal = lock(appeal_id)
    if not appeal.answer_result or appeal.correction_id is not None:
        raise refuse(_("The answer asks for no correction, or it was opened already."), "REC-202")
    appeal.correction = corrections.open_correction(
        row[0],
        [row[1]],
        justification=appeal.answer,
        approval=approval,
        approved_on=approved_on,
        appeal=appeal.number or "",
        actor=actor,
        at=at,
    )
    appeal.save(update_fields=["correction"])
    audit.record(
        appeal, "studentrecords.appeal_correct", actor=actor, at=at, before=appeal.state, after=appeal.state,
        data={"approval": approval},
    )  # fmt: skip
    return appeal


@transaction.atomic
def communicate(appeal_id: int, *, actor: User, at: datetime) -> Appeal:
    """The InfoCenter sends the answer to the student; the term of REC-195 begins (REC-194)."""
    appeal = lock(appeal_id)
    _move(appeal, "communicate", "studentrecords.appeal_communicate", actor=actor, at=at, communicated_at=at)
    deadlines.meet(appeal, "appeal.communicate", at=at)
    _term(appeal, "appeal.again", "REC-195", at, for_student=True)
    _tell_student(appeal, "answered", at)
    return appeal


@transaction.atomic
def close(appeal_id: int, *, at: datetime) -> bool:
    """Close an appeal whose term for a re-evaluation has passed; False when it still runs."""
    appeal = lock(appeal_id)
    due = deadlines.effective(appeal, "appeal.again")
    if not APPEAL_MOVES.is_open("close", appeal.state) or due is None or at <= due:
        return False
    deadlines.drop(appeal, ["appeal.again"], at=at)
    _move(appeal, "close", "studentrecords.appeal_close", actor=None, at=at)
    return True


# ---- re-evaluation -----------------------------------------------------------------------------------------


@transaction.atomic
def ask_again(
    appeal_id: int, *, reason: str, words: str, arrived_at: datetime | None = None, actor: User, at: datetime
) -> Appeal:
    """Ask for a re-evaluation, in time and on a good reason (REC-195).

    arrived_at: of a request on paper that the InfoCenter enters; its arrival counts.
    """
    appeal = lock(appeal_id)
    APPEAL_MOVES.check("ask_again", appeal.state)
    moment = arrived_at or at
    demand(rules.again_answer(reason, words, moment, deadlines.effective(appeal, "appeal.again")))
    _move(
        appeal, "ask_again", "studentrecords.appeal_again", actor=actor, at=at,
        again_reason=reason, again_words=words.strip(), again_at=moment,
    )  # fmt: skip
    deadlines.meet(appeal, "appeal.again", at=moment)
    _term(appeal, "appeal.put", "REC-196", moment)
    return appeal


@transaction.atomic
def forward(appeal_id: int, *, actor: User, at: datetime) -> Appeal:
    """The InfoCenter forwards request and answer to the secretariat (REC-196); twice changes nothing."""
    appeal = lock(appeal_id)
    APPEAL_MOVES.check("forward", appeal.state)
    if appeal.forwarded_at is None:
        _move(appeal, "forward", "studentrecords.appeal_forward", actor=actor, at=at, forwarded_at=at)
    return appeal


@transaction.atomic
def put_before_dean(appeal_id: int, *, actor: User, at: datetime) -> Appeal:
    """The secretariat puts request and answer before the dean (REC-196)."""
    appeal = lock(appeal_id)
    APPEAL_MOVES.check("put_before_dean", appeal.state)
    demand(rules.forwarded_answer(appeal.forwarded_at))
    _move(appeal, "put_before_dean", "studentrecords.appeal_put", actor=actor, at=at, put_at=at)
    deadlines.meet(appeal, "appeal.put", at=at)
    _term(appeal, "appeal.decide", "REC-003", at)
    return appeal


@transaction.atomic
def reject(appeal_id: int, *, reason: str, decision: str = "", actor: User, at: datetime) -> Appeal:
    """The dean finds no good reason: rejected with the reason, no further step (REC-201)."""
    appeal = lock(appeal_id)
    APPEAL_MOVES.check("reject", appeal.state)
    demand(queries.decider_answer(actor, appeal))
    demand(rules.rejection_answer(reason))
    _move(
        appeal, "reject", "studentrecords.appeal_reject", actor=actor, at=at, reason=reason,
        decision=decision.strip()[:60], decision_reason=reason.strip(), decided_at=at,
    )  # fmt: skip
    deadlines.meet(appeal, "appeal.decide", at=at)
    _tell_student(appeal, "rejected", at)
    return appeal


@transaction.atomic
def appoint(appeal_id: int, members: Sequence[User], *, decision: str, actor: User, at: datetime) -> Appeal:
    """Appoint the commission of three, none an examiner (REC-197). decision: its number."""
    appeal = lock(appeal_id)
    APPEAL_MOVES.check("appoint", appeal.state)
    demand(queries.decider_answer(actor, appeal))
    if not decision.strip():
        raise refuse(_("Write the number of the decision."), rules.COMMISSION)
    if any(not has_role(one, roles.TEACHER) for one in members):
        raise refuse(_("The members of a commission are teachers."), rules.COMMISSION)
    size = COMMISSION_SIZE.on(local_day(at))
    demand(rules.commission_answer([one.pk for one in members], queries.examiners_of(appeal), size=size))
    CommissionMember.objects.bulk_create(CommissionMember(appeal=appeal, teacher=one) for one in members)
    _move(
        appeal, "appoint", "studentrecords.appeal_appoint", actor=actor, at=at,
        data={"members": [one.pk for one in members]}, decision=decision.strip()[:60], decided_at=at,
    )  # fmt: skip
    deadlines.meet(appeal, "appeal.decide", at=at)
    _term(appeal, "appeal.papers", "REC-198", at)
    _tell_student(appeal, "commission", at)
    _tell(appeal, members, "to_member", at)
    return appeal


@transaction.atomic
def hand_over(appeal_id: int, *, actor: User, at: datetime) -> Appeal:
    """The commission has the copy of the paper, the answer, the sheet and the scale (REC-198)."""
    appeal = lock(appeal_id)
    APPEAL_MOVES.check("hand_over", appeal.state)
    if appeal.papers_at is None:
        _move(appeal, "hand_over", "studentrecords.appeal_papers", actor=actor, at=at, papers_at=at)
        deadlines.meet(appeal, "appeal.papers", at=at)
        _term(appeal, "appeal.report", "REC-198", at)
    return appeal


def _member(appeal: Appeal, actor: User) -> CommissionMember:
    found = next((one for one in appeal.members.all() if one.teacher_id == actor.pk), None)
    if found is None:
        raise refuse(_("The members of the commission mark."), rules.REPORT)
    return found


def unsign(appeal: Appeal) -> None:
    """What is changed is signed anew by all."""
    appeal.members.update(signed_at=None)
    appeal.report_version += 1


@transaction.atomic
def mark(appeal_id: int, value: str, words: str, *, actor: User, at: datetime) -> Appeal:
    """A member of the commission marks the copy of the paper (REC-198); signatures given before are void."""
    appeal = lock(appeal_id)
    APPEAL_MOVES.check("mark", appeal.state)
    member = _member(appeal, actor)
    demand(rules.papers_answer(appeal.papers_at))
    demand(rules.mark_answer(value, appeal.attempt.row.catalogue.scale))
    unsign(appeal)
    CommissionMember.objects.filter(pk=member.pk).update(mark=value, words=words.strip()[:1000], marked_at=at)
    _move(
        appeal, "mark", "studentrecords.appeal_mark", actor=actor, at=at, report_version=appeal.report_version
    )
    return appeal


@transaction.atomic
def report(appeal_id: int, result: str, words: str, *, version: int, actor: User, at: datetime) -> Appeal:
    """A member writes the report with the proposed final grade (REC-199); the others sign what they see.

    version: of the report that was seen; Refused when somebody changed it meanwhile.
    """
    appeal = lock(appeal_id)
    APPEAL_MOVES.check("report", appeal.state)
    _member(appeal, actor)
    _demand_version(appeal, version)
    marks = {one.teacher_id: one.mark for one in appeal.members.all()}
    demand(rules.report_answer(result, words, appeal.attempt.row.catalogue.scale, marks))
    unsign(appeal)
    _move(
        appeal, "report", "studentrecords.appeal_report", actor=actor, at=at,
        result=result, report=words.strip(), report_version=appeal.report_version,
    )  # fmt: skip
    return appeal


def _demand_version(appeal: Appeal, version: int) -> None:
    if version != appeal.report_version:
        raise refuse(_("Marks or report have changed since you opened the page. Look again."), rules.REPORT)


@transaction.atomic
def sign(appeal_id: int, *, version: int, actor: User, at: datetime) -> Appeal:
    """A member signs the report; with the last signature it is reported, the same day (REC-199)."""
    appeal = lock(appeal_id)
    APPEAL_MOVES.check("sign", appeal.state)
    members = list(appeal.members.all())
    signed = {one.teacher_id for one in members if one.signed_at is not None}
    demand(rules.signature_answer(actor.pk, {one.teacher_id for one in members}, signed))
    marks = {one.teacher_id: one.mark for one in members}
    demand(rules.report_answer(appeal.result, appeal.report, appeal.attempt.row.catalogue.scale, marks))
    _demand_version(appeal, version)
    appeal.members.filter(teacher=actor).update(signed_at=at)
    if len(signed) + 1 < len(members):
        _move(appeal, "sign", "studentrecords.appeal_sign", actor=actor, at=at)
        return appeal
    _move(appeal, "sign_last", "studentrecords.appeal_sign", actor=actor, at=at, reported_at=at)
    deadlines.meet(appeal, "appeal.report", at=at)
    _term(appeal, "appeal.finish", "REC-199", at)
    catalogue = appeal.attempt.row.catalogue
    _tell(appeal, [catalogue.holder, catalogue.second], "report", at)
    return appeal


@transaction.atomic
def finish(appeal_id: int, *, actor: User, at: datetime) -> Appeal:
    """Record the commission's grade, higher or lower, and tell the student (REC-199, REC-203).

    The catalogue is locked before the appeal, as corrections do it.
    """
    row = Appeal.objects.values_list("attempt__row__catalogue", "attempt__row").get(pk=appeal_id)
    lock_catalogue(row[0])
    appeal = lock(appeal_id)
    APPEAL_MOVES.check("finish", appeal.state)
    final = rules.final_result(appeal.attempt.result, appeal.result)
    appeal.correction = corrections.decide_by_commission(
        row[0],
        row[1],
        final,
        report=appeal.report,
        number=appeal.number or "",
        decision=appeal.decision,
        decided_on=local_day(appeal.reported_at or at),
        actor=actor,
        at=at,
    )
    _move(
        appeal, "finish", "studentrecords.appeal_finish", actor=actor, at=at, finished_at=at,
        correction=appeal.correction,
        data={"before": appeal.attempt.result, "after": final},
    )  # fmt: skip
    deadlines.meet(appeal, "appeal.finish", at=at)
    _tell_student(appeal, "final", at)
    return appeal


@transaction.atomic
def ask_meeting(appeal_id: int, words: str, *, actor: User, at: datetime) -> Appeal:
    """The student asks for a meeting with the commission (REC-200)."""
    appeal = lock(appeal_id)
    APPEAL_MOVES.check("ask_meeting", appeal.state)
    demand(
        rules.meeting_answer(
            reported=appeal.reported_at is not None, asked=appeal.meeting_asked_at is not None
        )
    )
    _move(
        appeal, "ask_meeting", "studentrecords.appeal_meeting", actor=actor, at=at,
        meeting_asked_at=at, meeting_words=words.strip()[:400],
    )  # fmt: skip
    return appeal


@transaction.atomic
def set_meeting(appeal_id: int, note: str, *, actor: User, at: datetime) -> Appeal:
    """The secretariat sets day and place of the meeting; student and commission are told (REC-200)."""
    appeal = lock(appeal_id)
    APPEAL_MOVES.check("set_meeting", appeal.state)
    if appeal.meeting_asked_at is None or not note.strip():
        raise refuse(_("Write day and place of the meeting that was asked for."), rules.REPORT)
    _move(
        appeal, "set_meeting", "studentrecords.appeal_meeting_set", actor=actor, at=at,
        meeting_note=note.strip()[:400],
    )  # fmt: skip
    _tell_student(appeal, "meeting", at)
    _tell(appeal, [one.teacher for one in appeal.members.all()], "to_member_meeting", at)
    return appeal
