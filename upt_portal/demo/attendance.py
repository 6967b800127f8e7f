"""Attendance of one discipline of this year, and a request of one of its students for lower minima."""

from datetime import datetime, timedelta

from studentrecords.models import AcademicYear, Discipline, Enrolment, Teaching
from studentrecords.queries import attendance as queries
from studentrecords.rules.attendance import Activity
from studentrecords.services import attendance as services
from studentrecords.services.attendance import Counts, Given
from upt_portal.accounts.models import User
from upt_portal.demo import scans
from upt_portal.demo.cast import CAST
from upt_portal.demo.exams import PROGRAMME
from upt_portal.kernel.clock import local_day

#: Meetings held so far; what students attended, in turn. The first misses too much.
HELD = 8
COURSE = (3, 7, 8, 6, 8, 5, 8)
SEMINAR = (4, 8, 7, 6, 8, 7, 8)
APPLICATION = (Counts(8), Counts(7, recovered=1), Counts(8), Counts(8), Counts(6, recovered=2), Counts(8))
WORDS = "Lucrez cu contract individual de muncă, opt ore pe zi, de luni până vineri."


def lay(year: AcademicYear, teacher: User, *, now: datetime) -> None:
    """The activities that a discipline of the teacher has hours for, and a request with its paper."""
    today = local_day(now)
    found = _discipline(year, teacher, second=today >= year.second_semester_on)
    if found is None:
        return
    discipline, students = found
    names = {role.last_name for role in CAST}
    students.sort(key=lambda one: one.person.last_name in names)  # the first of the others asks
    groups = {one.group: HELD for one in students}
    given_to = {
        Activity.COURSE: [Counts(one) for one in COURSE],
        Activity.SEMINAR: [Counts(one) for one in SEMINAR],
        Activity.APPLICATION: list(APPLICATION),
    }
    for activity in activities_of(discipline):
        counts = given_to[activity]
        given = {one.pk: Given(None, counts[place % len(counts)]) for place, one in enumerate(students)}
        services.record(discipline, year, activity, groups, given, actor=teacher, at=now)
    asking = students[0]
    if (student := asking.person.user) is None:
        return
    services.ask_reduction(
        asking.pk,
        year,
        "employment",
        today - timedelta(days=3),
        discipline=discipline,
        words=WORDS,
        proofs=[scans.note("Contract individual de muncă", asking.pk)],
        actor=student,
        at=now,
    )


def activities_of(discipline: Discipline) -> list[Activity]:
    """The activities for which the plan has hours, in the order of the pages."""
    hours = {
        Activity.COURSE: discipline.hours_course,
        Activity.SEMINAR: discipline.hours_seminar,
        Activity.APPLICATION: discipline.hours_lab + discipline.hours_project,
    }
    return [activity for activity, planned in hours.items() if planned]


def _discipline(
    year: AcademicYear, teacher: User, *, second: bool
) -> tuple[Discipline, list[Enrolment]] | None:
    held = Teaching.objects.filter(
        year=year, teacher=teacher, discipline__curriculum__programme__code=PROGRAMME
    )
    for one in held.select_related("discipline").order_by("discipline__year", "discipline"):
        if (one.discipline.semester % 2 == 0) is second and activities_of(one.discipline):
            students = list(queries.students_of(one.discipline, year))
            if students:
                return one.discipline, students
    return None
