"""Who is listed in the catalogue of an exam: from the curriculum, the contracts and the payments."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from studentrecords.models import (
    ACTIVE_STATUSES,
    Catalogue,
    CatalogueRow,
    Discipline,
    DisciplineKind,
    DisciplineYear,
    Enrolment,
    ExamResult,
    Recognition,
    SessionBan,
)
from studentrecords.parameters import C_OTHER_YEARS, PASS_GRADE
from studentrecords.queries import taking
from studentrecords.queries.sessions import is_final_year
from studentrecords.rules import sessions as rules
from studentrecords.rules.sessions import Candidate, Circumstances, Kind, Standing
from upt_portal.kernel.answers import Answer


@dataclass(frozen=True)
class Listed:
    """One student before an exam. answer: in the list, or why not. fixed: not admitted from the start."""

    enrolment: Enrolment
    standing: Standing
    kind: Kind
    paid: bool
    fixed: bool
    answer: Answer


def list_of(catalogue: Catalogue) -> list[Listed]:
    """Everybody who may be thought of for an exam, each with the answer; ten queries at most.

    Who paid for a presentation is named with the reason even when it does not lead to the list (FEE-042).
    """
    discipline, session = catalogue.discipline, catalogue.session
    if catalogue.asked_id:
        return _of_open_session(catalogue)
    asked = {one.enrolment: one for one in taking.presentations(session.year, session.code, discipline.pk)}
    again = taking.recontracted(session.year, discipline.pk)
    current = {one.pk: one for one in _of_curriculum(catalogue)}
    others = _enrolments((set(asked) | again) - set(current)) if _takes_others(catalogue) else []
    everybody = [*current.values(), *others]
    facts = _Facts(catalogue, everybody)
    found = []
    for enrolment in sorted(everybody, key=lambda one: (one.person.sort, one.pk)):
        if enrolment.pk in facts.elsewhere:
            continue
        standing = _standing(enrolment, current, again)
        answer = rules.may_sit(facts.candidate(enrolment, standing), session.code)
        fixed = facts.not_admitted(enrolment, standing)
        paid = asked.get(enrolment.pk)
        if not answer and not fixed and paid is None:
            continue  # nothing to tell: passed, or the session is not for this year of study
        if answer and _must_pay(standing, session.code, facts.special):
            if paid is None:
                continue
            answer = paid.answer
        found.append(
            Listed(
                enrolment,
                standing,
                rules.attempt_kind(standing, session.code),
                paid=paid is not None,
                fixed=fixed,
                answer=Answer(True) if fixed else answer,
            )
        )
    return found


def _of_open_session(catalogue: Catalogue) -> list[Listed]:
    """The student whose open session the dean approved, free of charge (REC-098); five queries."""
    own = Enrolment.objects.filter(exam_requests=catalogue.asked_id, status__in=ACTIVE_STATUSES)
    found = []
    for enrolment in own.select_related("person", "programme"):
        facts = _Facts(catalogue, [enrolment])
        code = catalogue.session.code
        answer = rules.may_sit(facts.candidate(enrolment, Standing.CURRENT), code)
        fixed = facts.not_admitted(enrolment, Standing.CURRENT)
        kind = rules.attempt_kind(Standing.CURRENT, code)
        shown = Answer(True) if fixed else answer
        found.append(Listed(enrolment, Standing.CURRENT, kind, paid=False, fixed=fixed, answer=shown))
    return found


def _standing(enrolment: Enrolment, current: dict[int, Enrolment], again: frozenset[int]) -> Standing:
    if enrolment.pk in again:
        return Standing.RECONTRACTED
    return Standing.CURRENT if enrolment.pk in current else Standing.EARLIER


def _must_pay(standing: Standing, session: str, special: Circumstances) -> bool:
    """Whether only a payment leads to the list; what it costs and what is free is told by fees."""
    free_in_c = special.summer_practice or special.unmatched
    return standing is Standing.EARLIER or (session == rules.C and not free_in_c)


def _of_curriculum(catalogue: Catalogue) -> QuerySet[Enrolment]:
    """Students who have the discipline this year by their curriculum and choices."""
    discipline = catalogue.discipline
    rows = Enrolment.objects.filter(
        curriculum=discipline.curriculum_id, status__in=ACTIVE_STATUSES, year_of_study=discipline.year
    )
    if discipline.package_id or discipline.kind != DisciplineKind.COMPULSORY:
        rows = rows.filter(choices__discipline=discipline, choices__year=catalogue.session.year)
    if catalogue.group_names:
        rows = rows.filter(group__in=catalogue.group_names)
    return rows.select_related("person", "programme")


def _takes_others(catalogue: Catalogue) -> bool:
    """Students of other years sit with the first exam of the discipline in the session."""
    same = Catalogue.objects.filter(discipline=catalogue.discipline_id, session=catalogue.session_id)
    return not same.filter(pk__lt=catalogue.pk).exists()


def _enrolments(ids: Iterable[int]) -> list[Enrolment]:
    rows = Enrolment.objects.filter(pk__in=list(ids), status__in=ACTIVE_STATUSES)
    return list(rows.select_related("person", "programme"))


def passed_before(discipline: Discipline, enrolments: Iterable[Enrolment], on: date) -> set[int]:
    """Keys of those who have passed the discipline, or had it recognised; two queries."""
    ids = [enrolment.pk for enrolment in enrolments]
    results = ExamResult.objects.filter(enrolment__in=ids, discipline=discipline).filter(
        Q(grade__gte=PASS_GRADE.on(on)) | Q(admitted=True)
    )
    recognised = Recognition.objects.filter(enrolment__in=ids, discipline=discipline)
    return {*results.values_list("enrolment", flat=True), *recognised.values_list("enrolment", flat=True)}


class _Facts:
    """What decides about each student of one exam, read at once."""

    def __init__(self, catalogue: Catalogue, enrolments: list[Enrolment]) -> None:
        self.catalogue, session = catalogue, catalogue.session
        ids = [enrolment.pk for enrolment in enrolments]
        discipline = catalogue.discipline
        self.semester = 2 - discipline.semester % 2
        self.passed = passed_before(discipline, enrolments, catalogue.held_on)
        marks = DisciplineYear.objects.filter(enrolment__in=ids, discipline=discipline)
        self.this_year: dict[int, bool | None] = {}
        self.before: dict[int, bool | None] = {}
        for mark in marks.select_related("year").order_by("year__starts_on"):
            where = self.this_year if mark.year_id == session.year_id else self.before
            where[mark.enrolment_id] = mark.standards_met
        bans = SessionBan.objects.filter(
            enrolment__in=ids, first_day__lte=catalogue.held_on, last_day__gte=catalogue.held_on
        )
        self.banned = set(bans.values_list("enrolment", flat=True))
        same = CatalogueRow.objects.filter(
            catalogue__discipline=discipline, catalogue__session=session, enrolment__in=ids
        )
        self.elsewhere = set(same.exclude(catalogue=catalogue).values_list("enrolment", flat=True))
        in_summer = bool(discipline.hours_practice_semester) and self.semester == 2
        self.special = Circumstances(summer_practice=in_summer and C_OTHER_YEARS.on(catalogue.held_on))

    def candidate(self, enrolment: Enrolment, standing: Standing) -> Candidate:
        return Candidate(
            standing=standing,
            semester=self.semester,
            final_year=is_final_year(enrolment),
            standards_met=self._met(enrolment, standing),
            passed=enrolment.pk in self.passed,
            banned=enrolment.pk in self.banned,
            special=self.special,
        )

    def _met(self, enrolment: Enrolment, standing: Standing) -> bool | None:
        of_year = self.before if standing is Standing.EARLIER else self.this_year
        return of_year.get(enrolment.pk)

    def not_admitted(self, enrolment: Enrolment, standing: Standing) -> bool:
        """Listed as not admitted (REC-137), where the session would otherwise be theirs."""
        if enrolment.pk in self.passed:
            return False
        unmet = rules.is_not_admitted(self._met(enrolment, standing), standing)
        return unmet and self.catalogue.session.code in (*rules.OF_SEMESTER[self.semester], rules.OPEN)
