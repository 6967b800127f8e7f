"""Attendance written: meetings and presences, separate tasks, unmet standards, reductions of minima."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from studentrecords import notices
from studentrecords.models import (
    AcademicYear,
    Attendance,
    AttendanceReduction,
    AttendanceSheet,
    Discipline,
    DisciplineYear,
    Enrolment,
    ReductionProof,
    SeparateTask,
)
from studentrecords.parameters import APPL_RECOVER_MAX, ATT_REDUCTION_MAX, ATT_REQUEST_TERM
from studentrecords.queries import attendance as queries
from studentrecords.refusal import demand, refuse
from studentrecords.rules import attendance as rules
from studentrecords.rules.attendance import Activity
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, outbox, uploads
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.uploads import Examined

PURPOSE = "studentrecords.reduction"
MOST_PROOFS = 3
State = AttendanceReduction.State

audit.register_act("studentrecords.record_attendance", _("Attendance was recorded"))
audit.register_act("studentrecords.mark_standards", _("Unmet standards were marked"))
audit.register_act("studentrecords.set_task", _("A separate task was recorded"))
audit.register_act("studentrecords.ask_reduction", _("A reduction of attendance was asked for"))
audit.register_act("studentrecords.decide_reduction", _("A reduction of attendance was decided"))


@dataclass(frozen=True)
class Counts:
    """What stands for one student: attended, motivated, recovered, number of the dean's note."""

    attended: int
    motivated: int = 0
    recovered: int = 0
    note: str = ""


@dataclass(frozen=True)
class Given:
    """What a page sends for a student: what it showed (None for nothing), and what is to stand."""

    was: Counts | None
    now: Counts


class Overtaken(Exception):
    """Somebody wrote for these students since the page was shown; nothing was written."""

    def __init__(self, enrolments: list[int]) -> None:
        super().__init__(enrolments)
        self.enrolments = enrolments


class Faulty(Exception):
    """Numbers that cannot be: the reason by enrolment; nothing was written."""

    def __init__(self, reasons: dict[int, str]) -> None:
        super().__init__(reasons)
        self.reasons = reasons


def _counts(row: Attendance | None) -> Counts | None:
    return None if row is None else Counts(row.attended, row.motivated, row.recovered, row.note)


@transaction.atomic
def record(
    discipline: Discipline,
    year: AcademicYear,
    activity: Activity,
    held: Mapping[str, int],
    given: Mapping[int, Given],
    *,
    minimum: Decimal | None = None,
    actor: User,
    at: datetime,
) -> int:
    """Write meetings held by group, and what each student attended; returns how many rows changed.

    minimum: least percent by the discipline sheet; None is the university's. Raises Faulty for numbers that
    do not fit (REC-094), Overtaken when another hand was there meanwhile; then nothing is written.
    """
    Discipline.objects.select_for_update(no_key=True).get(pk=discipline.pk)
    people = {one.pk: one for one in queries.students_of(discipline, year)}
    if any(pk not in people for pk in given):
        raise refuse(_("This student does not take the discipline this year."), rules.MINIMA)
    if minimum is not None and not 0 <= minimum <= 100:
        raise refuse(_("The minimum is between 0 and 100 percent."), rules.MINIMA)
    sheets = _sheets(discipline, year, activity, held, minimum, actor, at)
    there = {
        row.enrolment_id: row
        for row in Attendance.objects.filter(sheet__in=sheets.values()).select_related("sheet")
    }
    _demand_fresh(there, given)
    changed = _write(sheets, people, there, given, activity, local_day(at))
    data = {
        "year": year.name,
        "activity": activity.value,
        "held": {group: sheet.held for group, sheet in sheets.items()},
        "rows": {str(pk): [before, after] for pk, (before, after) in changed.items()},
    }
    audit.record(discipline, "studentrecords.record_attendance", actor=actor, at=at, data=data)
    return len(changed)


def _sheets(
    discipline: Discipline,
    year: AcademicYear,
    activity: Activity,
    held: Mapping[str, int],
    minimum: Decimal | None,
    actor: User,
    at: datetime,
) -> dict[str, AttendanceSheet]:
    found = queries.sheets_of(discipline, year, activity)
    for group, count in held.items():
        sheet = found.get(group) or AttendanceSheet(
            discipline=discipline, year=year, activity=activity, group=group
        )
        sheet.held, sheet.minimum, sheet.changed_by, sheet.changed_at = count, minimum, actor, at
        sheet.save()
        found[group] = sheet
    return found


def _demand_fresh(there: Mapping[int, Attendance], given: Mapping[int, Given]) -> None:
    stale = [
        pk
        for pk, one in given.items()
        if one.now != one.was and _counts(there.get(pk)) not in (one.was, one.now)
    ]
    if stale:
        raise Overtaken(stale)


def _write(
    sheets: Mapping[str, AttendanceSheet],
    people: Mapping[int, Enrolment],
    there: Mapping[int, Attendance],
    given: Mapping[int, Given],
    activity: Activity,
    today: date,
) -> dict[int, tuple[list[int], list[int]]]:
    """Write what changed; every row, changed or not, must fit into the meetings held."""
    reasons: dict[int, str] = {}
    changed: dict[int, tuple[list[int], list[int]]] = {}
    rows = []
    for pk in {*given, *there}:
        row = there.get(pk)
        now = given[pk].now if pk in given else _counts(row)
        sheet = sheets.get(people[pk].group) if pk in people else row and row.sheet
        if now is None or not isinstance(sheet, AttendanceSheet):
            continue
        answer = rules.counts_answer(
            activity,
            sheet.held,
            now.attended,
            motivated=now.motivated,
            recovered=now.recovered,
            note=now.note,
            most_recovered=APPL_RECOVER_MAX.on(today),
        )
        if not answer:
            reasons[pk] = str(answer.reason)
        if _counts(row) == now:
            continue
        before = _counts(row)
        changed[pk] = (
            [before.attended, before.motivated, before.recovered] if before else [],
            [now.attended, now.motivated, now.recovered],
        )
        row = row or Attendance(enrolment_id=pk)
        row.sheet, row.attended, row.motivated = sheet, now.attended, now.motivated
        row.recovered, row.note = now.recovered, now.note.strip()[:60]
        rows.append(row)
    if reasons:
        raise Faulty(reasons)
    Attendance.objects.bulk_create([row for row in rows if row.pk is None])
    Attendance.objects.bulk_update(
        [row for row in rows if row.pk is not None],
        ["sheet", "attended", "motivated", "recovered", "note"],
        batch_size=500,
    )
    return changed


@transaction.atomic
def set_task(
    discipline: Discipline,
    enrolment_id: int,
    year: AcademicYear,
    words: str,
    *,
    done: bool,
    actor: User,
    at: datetime,
) -> SeparateTask:
    """Record the task given instead of classes, and that it was done (REC-096, REC-097)."""
    if not words.strip():
        raise refuse(_("Write which task was given."), rules.REDUCTION)
    task, _made = SeparateTask.objects.update_or_create(
        discipline=discipline,
        enrolment_id=enrolment_id,
        year=year,
        defaults={"words": words.strip()[:400], "done": done, "changed_by": actor, "changed_at": at},
    )
    data = {"enrolment": enrolment_id, "done": done}
    audit.record(discipline, "studentrecords.set_task", actor=actor, at=at, data=data)
    return task


@transaction.atomic
def mark_standards(discipline: Discipline, year: AcademicYear, *, actor: User, at: datetime) -> int:
    """Mark at the end of the semester who has not met the standards by attendance (REC-096, REC-137).

    Returns how many are marked as not met. Who has met them is marked so too, unless the teacher had
    marked otherwise before.
    """
    Discipline.objects.select_for_update(no_key=True).get(pk=discipline.pk)
    people = queries.students_of(discipline, year)
    found = queries.standings(people, year, local_day(at), [discipline])
    unmet = [one for one in found if not one.answer]
    wanted = [one for one in found if one.marked is not False or not one.answer]
    DisciplineYear.objects.bulk_create(
        [
            DisciplineYear(
                enrolment=one.enrolment,
                discipline=discipline,
                year=year,
                standards_met=bool(one.answer),
                marked_at=at,
            )
            for one in wanted
        ],
        update_conflicts=True,
        unique_fields=["enrolment", "discipline", "year"],
        update_fields=["standards_met", "marked_at"],
    )
    data = {"year": year.name, "unmet": [one.enrolment.pk for one in unmet]}
    audit.record(discipline, "studentrecords.mark_standards", actor=actor, at=at, data=data)
    return len(unmet)


# ---- reductions ----------------------------------------------------------------------------------------


@transaction.atomic
def ask_reduction(
    enrolment_id: int,
    year: AcademicYear,
    ground: str,
    event_on: date,
    *,
    discipline: Discipline | None = None,
    words: str = "",
    proofs: Sequence[Examined],
    actor: User,
    at: datetime,
) -> AttendanceReduction:
    """Ask the dean for lower minima, with the proofs (REC-092). Raises Refused in words."""
    enrolment = Enrolment.objects.select_for_update(of=("self",), no_key=True).get(pk=enrolment_id)
    today = local_day(at)
    if event_on > today and ground != AttendanceReduction.Ground.MEDICAL:
        raise refuse(_("The day lies in the future."), rules.PROOFS)
    demand(
        rules.reduction_request_answer(today, event_on, proofs=len(proofs), days=ATT_REQUEST_TERM.on(today))
    )
    same = AttendanceReduction.objects.filter(
        enrolment=enrolment, year=year, ground=ground, discipline=discipline, state=State.ASKED
    )
    if same.exists():
        raise refuse(_("You have asked for this already; the dean's office decides."), rules.PROOFS)
    made = AttendanceReduction.objects.create(
        enrolment=enrolment,
        year=year,
        discipline=discipline,
        ground=ground,
        event_on=event_on,
        words=words.strip()[:2000],
        filed_at=at,
        filed_by=actor,
    )
    for examined in proofs[:MOST_PROOFS]:
        stored = uploads.keep(examined, owner=actor, purpose=PURPOSE, at=at)
        ReductionProof.objects.create(reduction=made, stored=stored)
    audit.record(made, "studentrecords.ask_reduction", actor=actor, at=at, after=made.state)
    return made


@transaction.atomic
def decide_reduction(
    reduction_id: int,
    *,
    percent: Decimal | None,
    decision: str = "",
    answer: str = "",
    fifth_month_shown: bool = False,
    actor: User,
    at: datetime,
) -> AttendanceReduction:
    """Record what the dean decided: a percentage of the minimum, or None with words why not (REC-091).

    It counts from now on: the meetings held until now are kept beside it (REC-093). The student is told.
    """
    rows = AttendanceReduction.objects.select_for_update(of=("self",)).select_related(
        "enrolment__person__user", "enrolment__programme__faculty"
    )
    one = rows.get(pk=reduction_id)
    before = one.state
    if before != State.ASKED:
        raise refuse(_("This request is decided already."), rules.REDUCTION)
    if percent is None:
        if not answer.strip():
            raise refuse(_("Write why the reduction is not approved."), rules.REDUCTION)
        one.state = State.REFUSED
    else:
        most = ATT_REDUCTION_MAX.on(local_day(at))
        demand(rules.reduction_answer(Activity.COURSE, percent, most=most))
        if one.ground == AttendanceReduction.Ground.PREGNANCY:
            proofs = one.proofs.count()
            demand(rules.pregnancy_answer(fifth_month_shown=fifth_month_shown, proofs=proofs))
        if not decision.strip():
            raise refuse(_("Write the number of the dean's decision."), rules.REDUCTION)
        one.state, one.percent, one.decision = State.GRANTED, percent, decision.strip()[:60]
        sheets = AttendanceSheet.objects.filter(rows__enrolment=one.enrolment_id, year=one.year_id)
        one.held_then = {str(pk): held for pk, held in sheets.values_list("pk", "held")}
    one.answer, one.decided_at, one.decided_by = answer.strip()[:400], at, actor
    one.save()
    audit.record(one, "studentrecords.decide_reduction", actor=actor, at=at, before=before, after=one.state)
    if (student := one.enrolment.person.user) is not None:
        outbox.post(notices.reduction_decided(one, student), at=at)
    return one
