"""Reads of the records core: enrolments, what is passed, what is overdue."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q, QuerySet

from studentrecords.models import (
    AcademicYear,
    Curriculum,
    Discipline,
    DisciplineChoice,
    DisciplineKind,
    DisciplineYear,
    Enrolment,
    ExamResult,
    Person,
    Recognition,
)
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role
from upt_portal.kernel.names import search_key

PASSING_GRADE = 5


def enrolments_of(user: User) -> QuerySet[Enrolment]:
    """The user's own enrolments, with what a page's header shows."""
    return Enrolment.objects.filter(person__user=user).select_related(
        "person__user", "programme__faculty", "curriculum"
    )


def enrolments_for_staff(user: User) -> QuerySet[Enrolment]:
    """Enrolments of the faculties a member of staff works for (CON-012); everyone else gets none."""
    return Enrolment.objects.filter(programme__faculty__code__in=faculty_codes(user)).select_related(
        "person__user", "programme__faculty", "curriculum"
    )


#: Offices that work for the whole university: they see every person's record.
EVERY_FACULTY = (roles.SCHOOL_MANAGEMENT, roles.ADMINISTRATOR)


def people_for_staff(user: User) -> QuerySet[Person]:
    """People enrolled at the faculties a member of staff works for; everybody for central offices."""
    if has_role(user, *EVERY_FACULTY):
        return Person.objects.all()
    own = Enrolment.objects.filter(programme__faculty__code__in=faculty_codes(user))
    return Person.objects.filter(pk__in=own.values("person"))


def people_named(words: str) -> QuerySet[Person]:
    """People each of whose typed words begins a name, in any order, without diacritics; nobody for no words.

    Read from the index of the search column ("and val" finds Văleanu Andra).
    """
    typed = [re.sub(r"\W", "", word) for word in search_key(words).split()]
    wanted = " & ".join(f"{word}:*" for word in typed if word)
    if not wanted:
        return Person.objects.none()
    query = SearchQuery(wanted, config="simple", search_type="raw")
    return Person.objects.alias(named=SearchVector("search", config="simple")).filter(named=query)


def academic_year_of(day: date) -> AcademicYear | None:
    """The academic year that contains a day; in the summer gap the one that ended last."""
    return AcademicYear.objects.filter(starts_on__lte=day).order_by("-starts_on").first()


@dataclass(frozen=True)
class Standing:
    """How one student stands at one discipline before an academic year."""

    discipline: Discipline
    passed: bool
    grade: int | None
    standards_met: bool | None
    attempted: bool
    first_contracted: str
    recognised_activity: str


def standings(enrolments: Iterable[Enrolment], before: AcademicYear) -> dict[int, dict[int, Standing]]:
    """For each enrolment, by discipline: passed or not, best grade, standards of the last year taken.

    Only years before `before` count. A recognised discipline counts as passed. Four queries whatever the
    number of enrolments.
    """
    ids = [enrolment.pk for enrolment in enrolments]
    earlier = Q(year__starts_on__lt=before.starts_on)
    best: dict[tuple[int, int], int | None] = {}
    disciplines: dict[int, Discipline] = {}
    first: dict[tuple[int, int], str] = {}
    attempted: set[tuple[int, int]] = set()
    admitted: set[tuple[int, int]] = set()

    def seen(enrolment_id: int, discipline: Discipline, year: str) -> tuple[int, int]:
        key = (enrolment_id, discipline.pk)
        disciplines[discipline.pk] = discipline
        best.setdefault(key, None)
        first[key] = min(first.get(key, year), year)
        return key

    choices = DisciplineChoice.objects.filter(earlier, enrolment__in=ids)
    for choice in choices.select_related("discipline__package", "year"):
        seen(choice.enrolment_id, choice.discipline, choice.year.name)
    for result in ExamResult.objects.filter(earlier, enrolment__in=ids).select_related(
        "discipline__package", "year"
    ):
        key = seen(result.enrolment_id, result.discipline, result.year.name)
        if result.grade is not None:
            best[key] = max(best[key] or 0, result.grade)
        if result.admitted:
            admitted.add(key)
        attempted.add(key)
    met: dict[tuple[int, int], DisciplineYear] = {}
    marks = DisciplineYear.objects.filter(earlier, enrolment__in=ids).select_related(
        "discipline__package", "year"
    )
    for mark in marks.order_by("year__starts_on"):
        met[seen(mark.enrolment_id, mark.discipline, mark.year.name)] = mark
    recognised: set[tuple[int, int]] = set()
    for row in Recognition.objects.filter(enrolment__in=ids).select_related("discipline__package"):
        key = seen(row.enrolment_id, row.discipline, before.name)
        recognised.add(key)
        best[key] = max(best[key] or 0, row.grade or 0) or None

    found: dict[int, dict[int, Standing]] = {pk: {} for pk in ids}
    for key, grade in best.items():
        enrolment_id, discipline_id = key
        mark_of = met.get(key)
        found[enrolment_id][discipline_id] = Standing(
            discipline=disciplines[discipline_id],
            passed=key in recognised or key in admitted or (grade or 0) >= PASSING_GRADE,
            grade=grade,
            standards_met=mark_of.standards_met if mark_of else None,
            attempted=key in attempted,
            first_contracted=first[key],
            recognised_activity=mark_of.recognised_activity if mark_of else "",
        )
    return found


def year_rows(curriculum_ids: Iterable[int]) -> dict[int, list[Discipline]]:
    """Disciplines of each curriculum, in the order of the plan, packages included; one query."""
    rows: dict[int, list[Discipline]] = {pk: [] for pk in curriculum_ids}
    disciplines = Discipline.objects.filter(curriculum__in=list(rows)).exclude(kind=DisciplineKind.FINAL_EXAM)
    for discipline in disciplines.select_related("package").order_by("semester", "pk"):
        rows[discipline.curriculum_id].append(discipline)
    return rows


def choices_for(enrolments: Iterable[Enrolment], year: AcademicYear) -> dict[int, set[int]]:
    """For each enrolment the ids of the disciplines it chose for a year."""
    chosen: dict[int, set[int]] = {enrolment.pk: set() for enrolment in enrolments}
    rows = DisciplineChoice.objects.filter(enrolment__in=list(chosen), year=year)
    for enrolment_id, discipline_id in rows.values_list("enrolment_id", "discipline_id"):
        chosen[enrolment_id].add(discipline_id)
    return chosen


def names_in_newest_curricula(programme_ids: Iterable[int]) -> dict[int, set[str]]:
    """For each programme the Romanian names of its newest curriculum, where it has several (CON-030)."""
    newest: dict[int, list[int]] = {}
    rows = Curriculum.objects.filter(programme__in=list(programme_ids)).order_by("programme", "-series")
    for programme_id, pk in rows.values_list("programme_id", "pk"):
        newest.setdefault(programme_id, []).append(pk)
    latest = {programme_id: pks[0] for programme_id, pks in newest.items() if len(pks) > 1}
    names: dict[int, set[str]] = {programme_id: set() for programme_id in latest}
    found = Discipline.objects.filter(curriculum__in=latest.values())
    for programme_id, name in found.values_list("curriculum__programme_id", "name_ro"):
        names[programme_id].add(name)
    return names
