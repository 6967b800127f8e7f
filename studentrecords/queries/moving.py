"""Students, enrolments and results as rows to be taken out, in the columns in which they come in."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from studentrecords.models import EarlierAttempt, Enrolment, ExamAttempt, ExamResult, MovingKind, Person
from studentrecords.models.exams import AttemptKind, Result, SessionCode

CHUNK: Final = 2000
_FIRST: Final = frozenset({SessionCode.A1, SessionCode.A2})


def enrolments_in(faculties: Sequence[str] | None) -> QuerySet[Enrolment]:
    """The enrolments of these faculties; None for all."""
    found = Enrolment.objects.all()
    return found if faculties is None else found.filter(programme__faculty__code__in=faculties)


def count(kind: str, faculties: Sequence[str] | None) -> int:
    """How many rows `values` gives; the database counts them, nothing is read twice."""
    own = enrolments_in(faculties)
    if kind == MovingKind.STUDENTS:
        return _students(faculties).count()
    if kind == MovingKind.ENROLMENTS:
        return own.count()
    ids = own.values("pk")
    earlier = EarlierAttempt.objects.filter(enrolment__in=ids)
    told = ExamAttempt.objects.filter(enrolment__in=ids, replaced_by__isnull=True)
    same = {name: OuterRef(name) for name in ("enrolment", "discipline", "year", "session")}
    alone = ExamResult.objects.filter(
        ~Exists(EarlierAttempt.objects.filter(**same)),
        ~Exists(ExamAttempt.objects.filter(replaced_by__isnull=True, **same)),
        enrolment__in=ids,
    )
    return earlier.count() + told.exclude(result=Result.NOT_ADMITTED).count() + alone.count()


def values(kind: str, faculties: Sequence[str] | None) -> Iterator[dict[str, Any]]:
    """One dictionary of plain values for each row, by the names of the columns; a few thousand at a time."""
    if kind == MovingKind.STUDENTS:
        for person in _students(faculties).order_by("pk").iterator(chunk_size=CHUNK):
            yield _student(person)
    elif kind == MovingKind.ENROLMENTS:
        found = enrolments_in(faculties).select_related("person", "programme", "curriculum")
        for enrolment in found.order_by("pk").iterator(chunk_size=CHUNK):
            yield _enrolment(enrolment)
    else:
        yield from _results(faculties)


def _students(faculties: Sequence[str] | None) -> QuerySet[Person]:
    if faculties is None:
        return Person.objects.all()
    return Person.objects.filter(pk__in=enrolments_in(faculties).values("person"))


def _student(person: Person) -> dict[str, Any]:
    names = ("cnp", "passport", "last_name", "father_initial", "first_name", "birth_date", "citizenship")
    return {name: getattr(person, name) for name in (*names, "email", "phone")}


def _enrolment(enrolment: Enrolment) -> dict[str, Any]:
    names = (
        "matriculation_number", "promotion", "year_of_study", "group", "financing", "citizenship_category",
        "status", "enrolled_on", "decision",
    )  # fmt: skip
    return {
        **{name: getattr(enrolment, name) for name in names},
        "cnp": enrolment.person.cnp,
        "passport": enrolment.person.passport,
        "programme_code": enrolment.programme.code,
        "curriculum_year": enrolment.curriculum.series,
    }


def _results(faculties: Sequence[str] | None) -> Iterator[dict[str, Any]]:
    """Of each student: what earlier files told, what catalogues told, and what is only known as a result."""
    told = ExamAttempt.objects.filter(replaced_by__isnull=True).select_related("discipline", "year")
    own = (
        enrolments_in(faculties)
        .only("matriculation_number")
        .order_by("pk")
        .prefetch_related(
            Prefetch("earlier_attempts", EarlierAttempt.objects.select_related("discipline", "year")),
            Prefetch("attempts", told),
            Prefetch("results", ExamResult.objects.select_related("discipline", "year")),
        )
    )
    for enrolment in own.iterator(chunk_size=200):
        known = set()
        attempts: list[Any] = [*enrolment.earlier_attempts.all(), *enrolment.attempts.all()]
        for attempt in attempts:
            known.add((attempt.discipline_id, attempt.year_id, attempt.session))
            if attempt.result != Result.NOT_ADMITTED:
                yield _row(enrolment, attempt, attempt.kind, attempt.held_on, attempt.result, attempt.paid)
        for row in enrolment.results.all():
            if (row.discipline_id, row.year_id, row.session) not in known:
                kind = AttemptKind.NORMAL if row.session in _FIRST else AttemptKind.RESIT
                yield _row(enrolment, row, kind, row.on, _result_of(row), False)


def _row(enrolment: Enrolment, of: Any, kind: str, held_on: Any, result: str, paid: bool) -> dict[str, Any]:
    return {
        "matriculation_number": enrolment.matriculation_number,
        "discipline_code": of.discipline.code,
        "academic_year": of.year.name,
        "session": of.session,
        "kind": kind,
        "held_on": held_on,
        "result": result,
        "paid": paid,
    }


def _result_of(row: ExamResult) -> str:
    if row.absent:
        return Result.ABSENT
    if row.grade is not None:
        return str(row.grade)
    return Result.ADMITTED if row.admitted else Result.REJECTED
