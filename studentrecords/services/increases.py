"""Requests for grade increases: asked, cancelled, listed by the clock, remarked on by the teacher."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from studentrecords.models import AcademicYear, AttemptKind, Enrolment, ExamSession, GradeIncrease
from studentrecords.queries import increases as queries
from studentrecords.queries.sessions import closed_days, sessions_of
from studentrecords.refusal import demand, refuse
from studentrecords.rules import increases as rules
from studentrecords.services.catalogues import list_student
from studentrecords.workflow.increases import INCREASE_MOVES
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, deadlines
from upt_portal.kernel.calendar import add_days
from upt_portal.kernel.moves import NEW

#: Until when the School Management Center lists a request (REC-175).
LISTED = "increase.list"

audit.register_act("studentrecords.increase_ask", _("A grade increase was asked for"))
audit.register_act("studentrecords.increase_cancel", _("The request for a grade increase was cancelled"))
audit.register_act("studentrecords.increase_list", _("The grade increase was listed in the catalogue"))
audit.register_act("studentrecords.increase_remark", _("The teacher remarked on the increase test"))


@transaction.atomic
def ask(enrolment_id: int, discipline_id: int, *, actor: User, at: datetime) -> GradeIncrease:
    """Ask for an increase at a discipline (REC-170 to REC-174, REC-179); free of charge.

    Raises Refused in words: not of this year, no right left, too late, a sanction.
    """
    target = INCREASE_MOVES.check("ask", NEW).target
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",)).select_related("programme").get(pk=enrolment_id)
    )
    found = queries.increases_of(enrolment, at)
    one = next((row for row in found.possible if row.discipline.pk == discipline_id), None)
    if one is None or found.year is None:
        raise refuse(_("The discipline is not among those passed this year."), rules.ONLY_THIS_YEAR)
    demand(one.answer)
    increase = GradeIncrease.objects.create(
        enrolment=enrolment,
        discipline=one.discipline,
        year=found.year,
        session=one.session,
        state=target,
        first=one.result,
        asked_at=at,
    )
    _set_term(increase, found.year, at)
    audit.record(
        increase,
        "studentrecords.increase_ask",
        actor=actor,
        at=at,
        after=target,
        data={"discipline": one.discipline.code, "session": one.session},
    )
    return increase


def _set_term(increase: GradeIncrease, year: AcademicYear, at: datetime) -> None:
    span = sessions_of(year)[increase.session]
    session = ExamSession.objects.filter(year=year, code=increase.session).first()
    exam = session.catalogues.filter(discipline=increase.discipline_id).first() if session else None
    closed = closed_days(add_days(span.starts_on, -30), add_days(span.starts_on, 60))
    due = rules.listed_due_at(span.starts_on, exam.held_on if exam else None, closed)
    deadlines.set_deadline(increase, LISTED, due_at=due, start_at=at, rule="REC-175")


def _locked(increase_id: int) -> GradeIncrease:
    rows = GradeIncrease.objects.select_for_update(of=("self",)).select_related("enrolment", "discipline")
    return rows.get(pk=increase_id)


@transaction.atomic
def cancel(increase_id: int, *, actor: User, at: datetime) -> GradeIncrease:
    """The student cancels a request that is not listed yet; nothing is used up. Raises MoveRefused."""
    increase = _locked(increase_id)
    before = increase.state
    increase.state = INCREASE_MOVES.check("cancel", before).target
    increase.ended_at = at
    increase.save(update_fields=["state", "ended_at"])
    deadlines.drop(increase, [LISTED], at=at)
    audit.record(
        increase, "studentrecords.increase_cancel", actor=actor, at=at, before=before, after=increase.state
    )
    return increase


@transaction.atomic
def list_in_catalogue(increase_id: int, *, actor: User | None, at: datetime) -> bool:
    """List a request in the catalogue of its discipline and session (REC-175); False when none is open.

    The catalogue is locked by its own act after the request, as nothing else locks both.
    """
    increase = _locked(increase_id)
    if not INCREASE_MOVES.is_open("list", increase.state):
        return False
    catalogue = queries.catalogue_for(increase)
    if catalogue is None:
        return False
    before = increase.state
    reason = str(_("Grade increase"))
    increase.row = list_student(
        catalogue.pk, increase.enrolment, AttemptKind.INCREASE, reason=reason, actor=actor, at=at
    )
    increase.state, increase.listed_at = INCREASE_MOVES.check("list", before).target, at
    increase.save(update_fields=["row", "state", "listed_at"])
    deadlines.meet(increase, LISTED, at=at)
    audit.record(
        increase, "studentrecords.increase_list", actor=actor, at=at, before=before, after=increase.state
    )
    return True


@transaction.atomic
def remark(increase_id: int, words: str, *, actor: User, at: datetime) -> GradeIncrease:
    """The teacher notes how the test kept the standard of the first exam (REC-180)."""
    increase = _locked(increase_id)
    row = increase.row
    if row is None or actor.pk not in (row.catalogue.holder_id, row.catalogue.second_id):
        raise refuse(_("The two teachers of the exam remark on it."), rules.STANDARD)
    increase.remark = rules.remark(words)
    increase.save(update_fields=["remark"])
    audit.record(
        increase,
        "studentrecords.increase_remark",
        actor=actor,
        at=at,
        before=increase.state,
        after=increase.state,
    )
    return increase
