"""Requests about exams: asked with papers, decided by the dean, open sessions dated by the secretariat."""

from collections.abc import Sequence
from datetime import date, datetime, time

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from studentrecords import notices
from studentrecords.models import (
    AcademicYear,
    Catalogue,
    Discipline,
    Enrolment,
    ExamRequest,
    ExamRequestProof,
    ExamSession,
    Scale,
)
from studentrecords.queries.listing import passed_before
from studentrecords.refusal import demand, refuse
from studentrecords.rules import exam_requests as rules
from studentrecords.rules.sessions import ONCE, OPEN
from studentrecords.services import catalogues
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, outbox, uploads
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.uploads import Examined

PURPOSE = "studentrecords.exam_request"
MOST_PROOFS = 3
Kind, State = ExamRequest.Kind, ExamRequest.State

audit.register_act("studentrecords.ask_exam_request", _("A request about exams was made"))
audit.register_act("studentrecords.decide_exam_request", _("A request about exams was decided"))


@transaction.atomic
def ask(
    enrolment_id: int,
    year: AcademicYear,
    kind: str,
    ground: str,
    *,
    disciplines: Sequence[Discipline],
    words: str = "",
    proofs: Sequence[Examined],
    actor: User,
    at: datetime,
) -> ExamRequest:
    """Ask the dean for an open session (REC-098) or another form of the exam (REC-122).

    Raises Refused in words: another ground, no paper, nothing to sit, asked or approved already.
    """
    enrolment = Enrolment.objects.select_for_update(of=("self",), no_key=True).get(pk=enrolment_id)
    if kind == Kind.OPEN:
        demand(rules.open_request_answer(ground, proofs=len(proofs), disciplines=len(disciplines)))
        _demand_unpassed(enrolment, disciplines, local_day(at))
    else:
        demand(rules.alternative_request_answer(ground, proofs=len(proofs), words=words))
    standing = ExamRequest.objects.filter(enrolment=enrolment, year=year, kind=kind)
    if standing.filter(state=State.ASKED).exists():
        raise refuse(_("You have asked for this already; the dean's office decides."), _article(kind))
    approved = standing.filter(state=State.GRANTED, disciplines__in=disciplines)
    if kind == Kind.OPEN and approved.exists():
        raise refuse(_("An open session for this discipline is approved already this year."), ONCE)
    made = ExamRequest.objects.create(
        enrolment=enrolment,
        year=year,
        kind=kind,
        ground=ground,
        words=words.strip()[:2000],
        filed_at=at,
        filed_by=actor,
    )
    made.disciplines.set(disciplines)
    for examined in proofs[:MOST_PROOFS]:
        stored = uploads.keep(examined, owner=actor, purpose=PURPOSE, at=at)
        ExamRequestProof.objects.create(request=made, stored=stored)
    data = {"kind": kind, "disciplines": [one.code for one in disciplines]}
    audit.record(made, "studentrecords.ask_exam_request", actor=actor, at=at, after=made.state, data=data)
    return made


def _article(kind: str) -> rules.Article:
    return rules.OPEN_SESSIONS if kind == Kind.OPEN else rules.ALTERNATIVES


def _demand_unpassed(enrolment: Enrolment, disciplines: Sequence[Discipline], on: date) -> None:
    for one in disciplines:
        if one.curriculum_id != enrolment.curriculum_id or one.year != enrolment.year_of_study:
            raise refuse(_("The discipline is not one of your year of study."), rules.OPEN_SESSIONS)
        if enrolment.pk in passed_before(one, [enrolment], on):
            raise refuse(_("The discipline is passed."), rules.OPEN_SESSIONS)


@transaction.atomic
def decide(
    request_id: int,
    *,
    granted: bool,
    decision: str = "",
    answer: str = "",
    method: str = "",
    first_day: date | None = None,
    last_day: date | None = None,
    actor: User,
    at: datetime,
) -> ExamRequest:
    """Record what the dean decided, and tell the student (REC-098, REC-122).

    first_day, last_day: of the open session, or from when until when the method holds. Raises Refused when
    it is decided already, or something the decision needs is missing.
    """
    one = (
        ExamRequest.objects.select_for_update(of=("self",))
        .select_related("enrolment__person__user", "enrolment__programme__faculty")
        .get(pk=request_id)
    )
    before, article = one.state, _article(one.kind)
    if before != State.ASKED:
        raise refuse(_("This request is decided already."), article)
    if not granted:
        if not answer.strip():
            raise refuse(_("Write why the request is not approved."), article)
        one.state = State.REFUSED
    else:
        if not decision.strip():
            raise refuse(_("Write the number of the dean's decision."), article)
        if one.kind == Kind.OPEN:
            _demand_days(first_day, last_day, local_day(at))
        else:
            demand(rules.method_answer(method, first_day, last_day))
            one.method = method.strip()[:400]
        one.state, one.decision = State.GRANTED, decision.strip()[:60]
        one.first_day, one.last_day = first_day, last_day
    one.answer, one.decided_at, one.decided_by = answer.strip()[:400], at, actor
    one.save()
    data = {"kind": one.kind, "decision": one.decision}
    audit.record(
        one,
        "studentrecords.decide_exam_request",
        actor=actor,
        at=at,
        before=before,
        after=one.state,
        data=data,
    )
    if one.enrolment.person.user is not None:
        outbox.post(notices.exam_request_decided(one), at=at)
    return one


def _demand_days(first_day: date | None, last_day: date | None, today: date) -> None:
    if first_day is None or last_day is None or last_day < first_day:
        raise refuse(_("Write from which day to which day the exams may be held."), rules.OPEN_SESSIONS)
    if first_day < today:
        raise refuse(_("The dean's approval comes before the exam."), rules.OPEN_SESSIONS)


@transaction.atomic
def date_exam(
    request_id: int,
    discipline: Discipline,
    held_on: date,
    *,
    holder: User,
    second: User,
    starts_at: time | None = None,
    room: str = "",
    oral: bool = False,
    scale: str = Scale.GRADE,
    actor: User,
    at: datetime,
) -> Catalogue:
    """Put an exam of an approved open session in the timetable and open its list (REC-098).

    It lies outside A, B and C; results are entered within the longer term (REC-130). Raises Refused without
    the dean's approval, outside its days, for another discipline, or twice.
    """
    one = ExamRequest.objects.select_for_update(of=("self",)).select_related("year").get(pk=request_id)
    granted = one.kind == Kind.OPEN and one.state == State.GRANTED and one.decided_at is not None
    approved_on = local_day(one.decided_at) if granted and one.decided_at else None
    demand(rules.open_day_answer(held_on, approved_on, one.first_day or held_on, one.last_day or held_on))
    if not one.disciplines.filter(pk=discipline.pk).exists():
        raise refuse(_("The dean approved other disciplines."), rules.OPEN_SESSIONS)
    if held_on < local_day(at):
        raise refuse(_("The day lies in the past."), rules.OPEN_SESSIONS)
    if one.exams.filter(discipline=discipline).exists():
        raise refuse(_("The exam of this discipline is in the timetable already."), ONCE)
    session, _made = ExamSession.objects.get_or_create(
        year=one.year, code=OPEN, defaults={"starts_on": one.year.starts_on, "ends_on": one.year.ends_on}
    )
    exam = catalogues.plan(
        discipline,
        session,
        held_on=held_on,
        holder=holder,
        second=second,
        actor=actor,
        at=at,
        asked=one,
        starts_at=starts_at,
        room=room.strip()[:60],
        oral=oral,
        scale=scale,
    )
    catalogues.open_catalogue(exam.pk, actor=actor, at=at)
    exam.refresh_from_db()
    return exam
