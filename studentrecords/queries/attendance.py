"""Attendance read: whose classes, the figures of each student by the rules, reductions asked and decided."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy

from studentrecords.models import (
    ACTIVE_STATUSES,
    AcademicYear,
    ActivityKind,
    Attendance,
    AttendanceReduction,
    AttendanceSheet,
    Catalogue,
    Discipline,
    DisciplineKind,
    DisciplineYear,
    Enrolment,
    SeparateTask,
)
from studentrecords.parameters import (
    APPL_ABSENCE,
    APPL_PERCENT,
    APPL_RECOVER_MAX,
    ATT_APPLICATION,
    ATT_COURSE,
    ATT_SEMINAR,
)
from studentrecords.queries import taking
from studentrecords.rules import attendance as rules
from studentrecords.rules.attendance import Activity, Attended, Reduction
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role
from upt_portal.kernel.answers import Answer
from upt_portal.kernel.page import NavEntry, NavGroup
from upt_portal.kernel.params import Scope

_MINIMA = {
    Activity.COURSE: ATT_COURSE,
    Activity.SEMINAR: ATT_SEMINAR,
    Activity.APPLICATION: ATT_APPLICATION,
}
_WITH = "curriculum__programme__faculty"
State = AttendanceReduction.State


# ---- whose ----------------------------------------------------------------------------------------


def disciplines_of(user: User, year: AcademicYear) -> QuerySet[Discipline]:
    """Disciplines whose attendance somebody keeps: those held this year, for a secretariat its faculties'."""
    rows = Discipline.objects.select_related(_WITH).exclude(kind=DisciplineKind.FINAL_EXAM)
    if has_role(user, *roles.SECRETARIAT):
        return rows.filter(curriculum__programme__faculty__code__in=faculty_codes(user))
    if not has_role(user, roles.TEACHER):
        return rows.none()
    exams = Catalogue.objects.filter(Q(holder=user) | Q(second=user), session__year=year)
    return rows.filter(
        Q(teachings__teacher=user, teachings__year=year) | Q(pk__in=exams.values("discipline"))
    ).distinct()


def students_of(discipline: Discipline, year: AcademicYear) -> list[Enrolment]:
    """Who takes a discipline in a year, by curriculum, choice or contract, in the order of the list."""
    rows = Enrolment.objects.filter(
        curriculum=discipline.curriculum_id, status__in=ACTIVE_STATUSES, year_of_study=discipline.year
    )
    if discipline.package_id or discipline.kind != DisciplineKind.COMPULSORY:
        rows = rows.filter(choices__discipline=discipline, choices__year=year)
    again = taking.recontracted(year, discipline.pk)
    known = Attendance.objects.filter(sheet__discipline=discipline, sheet__year=year).values("enrolment")
    found = Enrolment.objects.filter(
        Q(pk__in=rows.values("pk")) | Q(pk__in=list(again)) | Q(pk__in=known), status__in=ACTIVE_STATUSES
    )
    return list(
        found.select_related("person", "programme__faculty").order_by("person__sort", "matriculation_number")
    )


def sheets_of(discipline: Discipline, year: AcademicYear, activity: str) -> dict[str, AttendanceSheet]:
    """The sheets of an activity by group."""
    rows = AttendanceSheet.objects.filter(discipline=discipline, year=year, activity=activity)
    return {sheet.group: sheet for sheet in rows}


# ---- figures ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figures:
    """One activity of one student. least: percent, exact, reductions counted. free_left: recoveries left."""

    activity: Activity
    held: int
    attended: int
    motivated: int
    recovered: int
    least: Fraction
    answer: Answer
    free_left: int = 0

    @property
    def label(self) -> str:
        return str(ActivityKind(self.activity).label)

    @property
    def counted(self) -> int:
        """Meetings that count for the student."""
        return self.held if self.activity is Activity.APPLICATION else self.held - self.motivated

    @property
    def share(self) -> Decimal:
        """The share attended, for the eye: one decimal, cut off, so that it never looks better than it is."""
        done = self.attended + (self.recovered if self.activity is Activity.APPLICATION else 0)
        percent = Attended(self.counted, done).percent
        return Decimal(int(percent * 10)) / 10

    @property
    def least_shown(self) -> Decimal:
        """The minimum for the eye: one decimal, rounded up."""
        return Decimal(-int(-self.least * 10 // 1)) / 10


@dataclass
class Standing:
    """How a student stands at a discipline: each activity, and whether the exam may be sat (REC-096)."""

    enrolment: Enrolment
    discipline: Discipline
    figures: list[Figures] = field(default_factory=list)
    task: SeparateTask | None = None
    marked: bool | None = None
    reductions: int = 0

    @property
    def made_up(self) -> bool:
        return self.task is not None and self.task.done

    @property
    def answer(self) -> Answer:
        """Whether the attendance lets the student sit; yes while nothing is recorded."""
        return rules.admission_answer([one.answer for one in self.figures], made_up=self.made_up)

    @property
    def needs_task(self) -> bool:
        return rules.needs_separate_task(self.reductions, int(self.task is not None))

    def of(self, activity: Activity) -> Figures | None:
        return next((one for one in self.figures if one.activity == activity), None)


def standings(
    enrolments: Iterable[Enrolment], year: AcademicYear, on: date, disciplines: Collection[Discipline] = ()
) -> list[Standing]:
    """How each student stands at each discipline with recorded attendance; four queries.

    disciplines: only these. on: the day whose figures hold.
    """
    people = {one.pk: one for one in enrolments}
    rows = Attendance.objects.filter(enrolment__in=people, sheet__year=year, sheet__held__gt=0)
    if disciplines:
        rows = rows.filter(sheet__discipline__in=disciplines)
    rows = rows.select_related(f"sheet__discipline__{_WITH}").order_by("sheet__discipline", "pk")
    granted: dict[int, list[AttendanceReduction]] = {}
    for one in AttendanceReduction.objects.filter(enrolment__in=people, year=year, state=State.GRANTED):
        granted.setdefault(one.enrolment_id, []).append(one)
    tasks = {
        (task.enrolment_id, task.discipline_id): task
        for task in SeparateTask.objects.filter(enrolment__in=people, year=year)
    }
    marks = {
        (mark.enrolment_id, mark.discipline_id): mark.standards_met
        for mark in DisciplineYear.objects.filter(enrolment__in=people, year=year)
    }
    found: dict[tuple[int, int], Standing] = {}
    for row in rows:
        key = (row.enrolment_id, row.sheet.discipline_id)
        mine = [one for one in granted.get(key[0], ()) if one.discipline_id in (None, key[1])]
        standing = found.get(key)
        if standing is None:
            standing = found[key] = Standing(
                people[key[0]],
                row.sheet.discipline,
                task=tasks.get(key),
                marked=marks.get(key),
                reductions=len(mine),
            )
        standing.figures.append(_figures(row, mine, on))
    order = list(Activity)
    for standing in found.values():
        standing.figures.sort(key=lambda one: order.index(one.activity))
    return sorted(found.values(), key=lambda one: (one.discipline.semester, one.discipline.pk))


def scope_of(discipline: Discipline) -> Scope:
    """Where the figures of a discipline are asked for."""
    programme = discipline.curriculum.programme
    return Scope(faculty=programme.faculty.code if programme.faculty else "", programme=programme.code)


def least_of(sheet: AttendanceSheet, on: date) -> Decimal:
    """The minimum of an activity in percent: of the discipline sheet, else of the university or faculty."""
    if sheet.minimum is not None:
        return sheet.minimum
    return _MINIMA[Activity(sheet.activity)].on(on, scope_of(sheet.discipline))


def _figures(row: Attendance, reductions: list[AttendanceReduction], on: date) -> Figures:
    sheet, activity = row.sheet, Activity(row.sheet.activity)
    least = Fraction(least_of(sheet, on))
    scope = scope_of(sheet.discipline)
    free = APPL_RECOVER_MAX.on(on, scope)
    if activity is Activity.APPLICATION:
        done = Attended(sheet.held, row.attended + row.recovered)
        answer = rules.applications_answer(
            sheet.held,
            sheet.held - row.attended,
            row.recovered,
            most_missed=APPL_ABSENCE.on(on, scope),
            percent=APPL_PERCENT.on(on, scope),
        ) and rules.attendance_answer(done, least)
    else:
        least = min((_reduced(sheet, one, least) for one in reductions), default=least)
        answer = rules.attendance_answer(Attended(sheet.held, row.attended, row.motivated), least)
    return Figures(
        activity,
        sheet.held,
        row.attended,
        row.motivated,
        row.recovered,
        least,
        answer,
        free_left=max(free - row.recovered, 0),
    )


def _reduced(sheet: AttendanceSheet, one: AttendanceReduction, least: Fraction) -> Fraction:
    """The minimum of the semester under one reduction (REC-093)."""
    after = int(one.held_then.get(str(sheet.pk), 0))
    medical = one.ground in (AttendanceReduction.Ground.MEDICAL, AttendanceReduction.Ground.PREGNANCY)
    return rules.minimum_of_semester(
        Decimal(least.numerator) / Decimal(least.denominator),
        sheet.held,
        Reduction(one.percent or Decimal(0), after, medical=medical),
    )


def unmet_in(catalogue: Catalogue, enrolments: Iterable[Enrolment]) -> dict[int, Answer]:
    """Who of a list has not attended enough, with the reason: proposed as not admitted (REC-096)."""
    found = standings(enrolments, catalogue.session.year, catalogue.held_on, [catalogue.discipline])
    return {one.enrolment.pk: one.answer for one in found if not one.answer}


# ---- reductions ----------------------------------------------------------------------------------------


def reductions_of(enrolment: Enrolment) -> QuerySet[AttendanceReduction]:
    """A student's own requests, newest first."""
    rows = AttendanceReduction.objects.filter(enrolment=enrolment).select_related("discipline", "year")
    return rows.prefetch_related("proofs__stored").order_by("-filed_at", "-pk")


def reductions_for(user: User) -> QuerySet[AttendanceReduction]:
    """The requests a dean's office decides: those of its faculties."""
    rows = AttendanceReduction.objects.select_related(
        "enrolment__person__user", "enrolment__programme__faculty", "discipline", "year"
    )
    if has_role(user, roles.ADMINISTRATOR):
        return rows
    if not has_role(user, roles.DEANERY):
        return rows.none()
    return rows.filter(enrolment__programme__faculty__code__in=faculty_codes(user))


def staff_queues(user: User) -> list[NavGroup]:
    """Reductions to decide, in the side menu of a dean's office; one query, none for others."""
    if not has_role(user, roles.DEANERY):
        return []
    waiting = reductions_for(user).filter(state=AttendanceReduction.State.ASKED).count()
    address = reverse("studentrecords:attendance_desk")
    entry = NavEntry(label=gettext("Reductions of attendance"), url=address, count=waiting)
    return [NavGroup(str(pgettext_lazy("desk", "Exams")), [entry])]
