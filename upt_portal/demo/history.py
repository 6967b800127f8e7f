"""What students did before: electives chosen, standards met, exams passed and missed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from zlib import crc32

from studentrecords.models import (
    AcademicYear,
    Discipline,
    DisciplineChoice,
    DisciplineKind,
    DisciplineYear,
    Enrolment,
    ExamResult,
)
from studentrecords.queries import core as records
from upt_portal.demo.people import SEED

BATCH = 5000
#: Overdue credits nobody of the crowd exceeds: with more the year would not have been passed.
MOST_OVERDUE = 22
#: How many disciplines are overdue, by how often.
HOW_MANY_OVERDUE = {0: 46, 1: 22, 2: 16, 3: 9, 4: 5, 5: 2}
GRADES = {5: 14, 6: 16, 7: 22, 8: 22, 9: 16, 10: 10}
_S = ExamResult.Session


@dataclass(frozen=True)
class Overdue:
    """Codes of disciplines not passed; `exam_only` of them met the standards. None draws them."""

    codes: Collection[str] | None = None
    exam_only: Collection[str] = ()


@dataclass
class History:
    """Rows to write in bulk."""

    choices: list[DisciplineChoice] = field(default_factory=list)
    standings: list[DisciplineYear] = field(default_factory=list)
    results: list[ExamResult] = field(default_factory=list)

    def save(self) -> None:
        """Write everything collected."""
        DisciplineChoice.objects.bulk_create(self.choices, batch_size=BATCH)
        DisciplineYear.objects.bulk_create(self.standings, batch_size=BATCH)
        ExamResult.objects.bulk_create(self.results, batch_size=BATCH)


def write(
    enrolments: Iterable[tuple[Enrolment, int, Overdue]], years: dict[int, AcademicYear], current: int
) -> None:
    """Past and choices of these students, who are in the given year of study now.

    years: academic years by the number of their first autumn; current: that of the year now running.
    """
    rows = list(enrolments)
    plans = records.year_rows({enrolment.curriculum_id for enrolment, _year, _overdue in rows})
    history = History()
    for enrolment, year, overdue in rows:
        _Past(enrolment, plans[enrolment.curriculum_id], overdue, history).write(years, current, now=year)
    history.save()


class _Past:
    """One student's past, drawn by a dice of his own: the others' number does not change it."""

    def __init__(
        self, enrolment: Enrolment, plan: list[Discipline], overdue: Overdue, history: History
    ) -> None:
        self.enrolment, self.plan, self.overdue, self.history = enrolment, plan, overdue, history
        self.draw = Random(f"{SEED}:{enrolment.matriculation_number}")  # noqa: S311  repeatable, no secret

    def write(self, years: dict[int, AcademicYear], current: int, *, now: int) -> None:
        taken = {year: self._of_year(year) for year in range(1, now + 1)}
        missed = self._missed([row for year in range(1, now) for row in taken[year]])
        for year, rows in taken.items():
            academic = years[current - now + year]
            self._choose([row for row in rows if row.package_id], academic)
            if year < now:
                for row in rows:
                    self._sit(row, academic, missed.get(row.pk))

    def _of_year(self, year: int) -> list[Discipline]:
        """The imposed disciplines of a year, and as many of each package as are to be chosen."""
        rows = [row for row in self.plan if row.year == year]
        found = [row for row in rows if row.kind == DisciplineKind.COMPULSORY]
        packages: dict[int, list[Discipline]] = {}
        for row in rows:
            if row.package_id and row.kind != DisciplineKind.FACULTATIVE:
                packages.setdefault(row.package_id, []).append(row)
        for options in packages.values():
            choose = options[0].package.choose if options[0].package else 0
            found += sorted(self.draw.sample(options, min(choose, len(options))), key=lambda row: row.pk)
        return found

    def _missed(self, past: list[Discipline]) -> dict[int, bool]:
        """Of what was taken, the disciplines not passed: key → standards met."""
        if self.overdue.codes is not None:
            return {
                row.pk: row.code in self.overdue.exam_only for row in past if row.code in self.overdue.codes
            }
        many = self.draw.choices(list(HOW_MANY_OVERDUE), list(HOW_MANY_OVERDUE.values()))[0]
        missed: dict[int, bool] = {}
        credits = 0
        for row in self.draw.sample(past, min(many, len(past))):
            if credits + row.credits <= MOST_OVERDUE:
                credits += row.credits
                missed[row.pk] = self.draw.random() < 0.35
        return missed

    def _choose(self, rows: list[Discipline], academic: AcademicYear) -> None:
        at = datetime.combine(academic.starts_on - timedelta(days=9), datetime.min.time(), UTC)
        self.history.choices += [
            DisciplineChoice(
                enrolment=self.enrolment, discipline=row, year=academic, chosen_at=at + timedelta(hours=9)
            )
            for row in rows
        ]

    def _sit(self, row: Discipline, academic: AcademicYear, missed: bool | None) -> None:
        """missed: None when it was passed, else whether the standards were met."""
        exam, resit, sessions = exam_days(academic, row)
        self.history.standings.append(
            DisciplineYear(
                enrolment=self.enrolment,
                discipline=row,
                year=academic,
                standards_met=missed is not False,
                marked_at=datetime.combine(exam - timedelta(days=4), datetime.min.time(), UTC)
                + timedelta(hours=12),
            )
        )
        if missed is False:
            return
        if missed:
            self._attempt(row, academic, sessions[0], exam, 4)
            self._attempt(row, academic, sessions[1], resit, None)
        elif self.draw.random() < 0.12:
            self._attempt(row, academic, sessions[0], exam, self.draw.choice((3, 4)))
            self._attempt(row, academic, sessions[1], resit, self.draw.choice((5, 6, 7)))
        else:
            grade = self.draw.choices(list(GRADES), list(GRADES.values()))[0]
            self._attempt(row, academic, sessions[0], exam, grade)

    def _attempt(
        self, row: Discipline, academic: AcademicYear, session: str, on: date, grade: int | None
    ) -> None:
        self.history.results.append(
            ExamResult(
                enrolment=self.enrolment,
                discipline=row,
                year=academic,
                session=session,
                on=on,
                grade=grade,
                absent=grade is None,
            )
        )


def exam_days(academic: AcademicYear, row: Discipline) -> tuple[date, date, tuple[str, str]]:
    """Day of the exam, day of the resit, and their sessions; each discipline keeps its day.

    Sessions lie as in the calendars of the reference data: the winter exams five weeks before semester 2
    starts and resits two weeks before; the summer exams 15 weeks after it starts, resits 18 weeks after.
    """
    shift = timedelta(days=crc32(row.code.encode()) % 12)
    if row.semester % 2:
        exam, resit, sessions = timedelta(weeks=-5), timedelta(weeks=-2), (_S.A1, _S.B1)
    else:
        exam, resit, sessions = timedelta(weeks=15), timedelta(weeks=18), (_S.A2, _S.B2)
    start = academic.second_semester_on
    return start + exam + shift, start + resit + shift, sessions
