"""The student's grades: every attempt as it was posted, discipline by discipline; drafts never come here.

The one place where posted results, those of the time before the portal and bare records come together; pages,
averages, increases and papers read it from here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Exists, F, OuterRef, Q

from studentrecords.models import (
    AttemptKind,
    Correction,
    Discipline,
    DisciplineYear,
    EarlierAttempt,
    Enrolment,
    ExamAttempt,
    ExamResult,
    Recognition,
    Result,
)
from studentrecords.rules import grading, plans
from studentrecords.rules.grading import Sat
from studentrecords.rules.sessions import FIRST_SESSIONS


@dataclass(frozen=True)
class Link:
    """Something a student may ask about a result: words and address."""

    label: str
    url: str


@dataclass(frozen=True)
class Actions:
    """What a subject offers beside the grades of a student.

    links: by key of discipline, in a constant number of queries. stamp: any text that is another whenever
    the links may be others (the day, a count); the page is answered from it without being made.
    """

    links: "Callable[[Enrolment, Sequence[Grades], datetime], Mapping[int, Sequence[Link]]]"
    stamp: Callable[[Enrolment, datetime], str]


#: Appeals, grade increases; filled when the portal starts.
ACTIONS: list[Actions] = []


@dataclass(frozen=True)
class Attempt:
    """One presentation. result is empty while it is processed (REC-039). posted_at: None for old records.

    former: results it had before they were corrected, oldest first. row: of the catalogue. first_posted_at:
    of the first result of the row, which places it among the others. told: key of the posted result.
    """

    year: str
    session: str
    kind: str
    held_on: date
    result: str
    paid: bool = False
    posted_at: datetime | None = None
    processing: bool = False
    former: tuple[str, ...] = ()
    row: int = 0
    commission: bool = False
    first_posted_at: datetime | None = None
    told: int = 0

    @property
    def kind_label(self) -> str:
        return str(AttemptKind(self.kind).label)

    @property
    def result_label(self) -> str:
        return str(Result(self.result).label) if self.result else ""

    @property
    def former_labels(self) -> list[str]:
        return [str(Result(one).label) for one in self.former]


@dataclass
class Grades:
    """A discipline with its attempts, oldest first."""

    discipline: Discipline
    attempts: list[Attempt] = field(default_factory=list)
    recognised: str = ""
    kept_credits: int | None = None
    standards_met: bool | None = None

    @property
    def processing(self) -> bool:
        """Whether a result of it is being processed."""
        return any(one.processing for one in self.attempts)

    @property
    def result(self) -> str:
        """The result of record (REC-154); of a recognised discipline its grade, or admitted."""
        if self.recognised:
            return self.recognised
        return grading.result_of_record(
            [
                Sat(
                    one.result,
                    one.first_posted_at or datetime.combine(one.held_on, datetime.max.time()).astimezone(),
                    increase=one.kind == AttemptKind.INCREASE,
                    commission=one.commission,
                )
                for one in self.attempts
                if one.result
            ]
        )

    @property
    def result_label(self) -> str:
        return str(Result(self.result).label) if self.result else ""

    @property
    def of_record(self) -> Attempt | None:
        """The attempt that gave the result of record; None of a recognised discipline."""
        if self.recognised:
            return None
        result = self.result
        return next((one for one in reversed(self.attempts) if one.result and one.result == result), None)

    @property
    def passed(self) -> bool:
        return grading.is_pass(self.result)

    @property
    def credits(self) -> int:
        """What was earned: all credits or none (REC-072)."""
        now = self.discipline.credits
        if self.kept_credits is not None:  # earned elsewhere, and kept as they were (REC-073)
            now = plans.kept_credits(self.kept_credits, credits_now=now)
        return plans.earned_credits(now, passed=self.passed)


def grades_of(enrolment: Enrolment) -> list[Grades]:
    """The grades of a student in the order of the curriculum; five queries, whatever their number.

    Only posted results: what a teacher wrote and did not publish, and what a session holds back, has no row
    here. A result that an open correction names (REC-132), or that waits to be signed anew, is processed
    (REC-039); those of the others in that catalogue cannot change and stay.
    """
    found: dict[int, Grades] = {}
    told = _posted(enrolment, found) | _earlier(enrolment, found)
    _recorded(enrolment, found, told)
    for row in Recognition.objects.filter(enrolment=enrolment).select_related("discipline"):
        one = _of(found, row.discipline)
        one.recognised = str(row.grade) if row.grade else Result.ADMITTED
        one.kept_credits = row.credits
    marks = DisciplineYear.objects.filter(enrolment=enrolment, discipline__in=list(found))
    for mark in marks.order_by("year__starts_on"):
        found[mark.discipline_id].standards_met = mark.standards_met
    for one in found.values():
        one.attempts.sort(key=lambda attempt: (attempt.held_on, attempt.session))
    return sorted(found.values(), key=lambda one: (one.discipline.semester, one.discipline.name_ro))


def _of(found: dict[int, Grades], discipline: Discipline) -> Grades:
    return found.setdefault(discipline.pk, Grades(discipline))


def _posted(enrolment: Enrolment, found: dict[int, Grades]) -> set[tuple[int, int, str]]:
    """The posted attempts; gives discipline, year and session of each."""
    reopened = Correction.objects.filter(closed_at__isnull=True, rows=OuterRef("row"))
    rows = (
        ExamAttempt.objects.filter(enrolment=enrolment)
        .select_related("discipline", "year")
        .annotate(hidden=Exists(reopened) | ~Q(row__result=F("result")))
        .order_by("row", "pk")
    )
    by_row: dict[int, list[ExamAttempt]] = {}
    for row in rows:
        by_row.setdefault(row.row_id, []).append(row)
    told = set()
    for entries in by_row.values():
        last = entries[-1]
        hidden = bool(getattr(last, "hidden"))  # noqa: B009  an annotation, unknown to the types
        told.add((last.discipline_id, last.year_id, last.session))
        _of(found, last.discipline).attempts.append(
            Attempt(
                year=last.year.name,
                session=last.session,
                kind=last.kind,
                held_on=last.held_on,
                result="" if hidden else last.result,
                paid=last.paid,
                posted_at=last.posted_at,
                processing=hidden,
                former=() if hidden else tuple(_former(entries)),
                row=last.row_id,
                commission=last.commission,
                first_posted_at=entries[0].posted_at,
                told=last.pk,
            )
        )
    return told


def _former(entries: Iterable[ExamAttempt]) -> list[str]:
    return [entry.result for entry in list(entries)[:-1]]


def _earlier(enrolment: Enrolment, found: dict[int, Grades]) -> set[tuple[int, int, str]]:
    """What the former system told, kept apart from catalogues; gives discipline, year and session of each."""
    told = set()
    for row in EarlierAttempt.objects.filter(enrolment=enrolment).select_related("discipline", "year"):
        told.add((row.discipline_id, row.year_id, row.session))
        _of(found, row.discipline).attempts.append(
            Attempt(
                year=row.year.name,
                session=row.session,
                kind=row.kind,
                held_on=row.held_on,
                result=row.result,
                paid=row.paid,
            )
        )
    return told


def _recorded(enrolment: Enrolment, found: dict[int, Grades], told: set[tuple[int, int, str]]) -> None:
    """Results of years before the catalogues: they are known, their posting is not."""
    for row in ExamResult.objects.filter(enrolment=enrolment).select_related("discipline", "year"):
        if (row.discipline_id, row.year_id, row.session) in told:
            continue
        _of(found, row.discipline).attempts.append(
            Attempt(
                year=row.year.name,
                session=row.session,
                kind=AttemptKind.NORMAL if row.session in FIRST_SESSIONS else AttemptKind.RESIT,
                held_on=row.on,
                result=_result_of(row),
            )
        )


def _result_of(row: ExamResult) -> str:
    if row.absent:
        return Result.ABSENT
    if row.grade is not None:
        return str(row.grade)
    return Result.ADMITTED if row.admitted else Result.REJECTED
