"""Exams: sessions, last year's published catalogues, recent ones in every state, this year's timetable."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q

from studentrecords.models import (
    ACTIVE_STATUSES,
    AcademicYear,
    AttemptKind,
    Catalogue,
    CatalogueRow,
    Discipline,
    DisciplineKind,
    DisciplineYear,
    Enrolment,
    ExamAttempt,
    ExamResult,
    ExamSession,
    ResultEntry,
    Scale,
    Teaching,
)
from studentrecords.queries.sessions import sessions_of
from studentrecords.rules.catalogues import was_sat
from studentrecords.rules.sessions import FIRST_SESSIONS
from studentrecords.services import catalogues, corrections
from studentrecords.services.catalogues import Written
from studentrecords.workflow.catalogues import CatalogueState
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel.calendar import add_working_days, last_day_before
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.models import ClosedDay

PROGRAMME, YEARS = "AC-L-CALC", (1, 2, 3)
GRADES = ("7", "9", "5", "10", "8", "absent", "6", "4", "8", "7")
#: Students of the catalogue that waits for its results.
MANY, FEW = 120, 12
APPROVAL, ASKED = "DEC 118", "Un punct al subiectului al doilea nu a fost adunat."
BATCH = 2000
#: Results are complete so long before they are published.
ENTERED = timedelta(hours=3)
ENROLLED = "înscris la disciplina facultativă"


@dataclass(frozen=True)
class Recent:
    """A facultative discipline examined lately: its code, how far its catalogue has come, who sits.

    ago: working days since the exam.
    """

    code: str
    step: str
    ago: int
    students: int = FEW


RECENT = (
    Recent("L000.23.01.f11-01", "open", 1, MANY),
    Recent("L000.23.02.f11-01", "begun", 1),
    Recent("L000.23.03.f11-02", "filled", 2),
    Recent("L000.23.03.f11-01", "signed_once", 2),
    Recent("L000.23.04.f11-01", "signed", 2),
    Recent("L000.23.05.f11-02", "published", 2, 2 * FEW),
    Recent("L000.23.05.f11-01", "locked", 10),
    Recent("L000.23.06.f11-01", "correction", 12),
)
#: Until then the last session runs on in the demonstration, so that results can be entered on any day.
RUNS_ON = timedelta(days=7)


def sessions(years: dict[int, AcademicYear], running: int) -> None:
    """The sessions of this year and of the one before, as the calendar has them."""
    ExamSession.objects.bulk_create(
        ExamSession(year=years[first], code=code, starts_on=span.starts_on, ends_on=span.ends_on)
        for first in (running - 1, running)
        for code, span in sessions_of(years[first]).items()
    )


def lay(year: AcademicYear, holder: User, second: User, *, now: datetime) -> None:
    """Exams of session A-I in the timetable; their lists are made a day before the session."""
    session = ExamSession.objects.filter(year=year, code="A-I").first()
    if session is None:
        return
    rows = Discipline.objects.filter(
        curriculum__programme__code=PROGRAMME, year__in=YEARS, kind=DisciplineKind.COMPULSORY
    )
    exams = [row for row in rows.order_by("year", "pk") if row.semester % 2][:12]
    for place, discipline in enumerate(exams):
        pair = (holder, second) if place % 2 == 0 else (second, holder)
        catalogues.plan(
            discipline,
            session,
            held_on=session.starts_on + timedelta(days=1 + place),
            holder=pair[0],
            second=pair[1],
            room=f"A{101 + place}",
            scale=Scale.GRADE,
            actor=None,
            at=now,
        )


def closed_days() -> frozenset[date]:
    """Every day on which nobody works."""
    return frozenset(ClosedDay.objects.values_list("day", flat=True))


def at_hour(day: date, hour: int) -> datetime:
    """A full hour of a day in Timișoara."""
    return datetime.combine(day, time(hour), ROMANIA)


def lay_recent(holder: User, second: User, secretary: User, *, now: datetime) -> None:
    """Exams of the last session in every state a catalogue can be in; the last session runs on for them."""
    today = local_day(now)
    session = ExamSession.objects.filter(starts_on__lte=today - timedelta(weeks=3)).latest("starts_on")
    session.ends_on = max(session.ends_on, today + RUNS_ON)
    session.save(update_fields=["ends_on"])
    closed = closed_days()
    students = sitting(session)
    for place, recent in enumerate(RECENT):
        discipline = Discipline.objects.filter(
            code=recent.code, curriculum__programme__code=PROGRAMME
        ).latest("curriculum__series")
        pair = (holder, second) if place % 2 == 0 else (second, holder)
        day = last_day_before(today, recent.ago, closed)
        catalogue = catalogues.plan(
            discipline,
            session,
            held_on=day,
            starts_at=time(9),
            room=f"B{201 + place}",
            holder=pair[0],
            second=pair[1],
            actor=secretary,
            at=at_hour(day - timedelta(days=30), 9),
        )
        catalogues.open_catalogue(catalogue.pk, actor=None, at=at_hour(day - timedelta(days=2), 9))
        list_students(catalogue, students[: recent.students])
        _bring(catalogue, recent.step, secretary, now=now, closed=closed)


def sitting(session: ExamSession) -> list[Enrolment]:
    """Bachelor students who were here before the session, those of the programme first."""
    rows = Enrolment.objects.filter(
        status__in=ACTIVE_STATUSES,
        enrolled_on__lt=session.starts_on,
        programme__code__startswith="AC-L",
    ).select_related("programme")
    return sorted(rows.order_by("pk"), key=lambda row: row.programme.code != PROGRAMME)


def list_students(catalogue: Catalogue, students: list[Enrolment]) -> None:
    """Facultative disciplines are sat by whoever enrolled in them, of any year and programme."""
    there = set(catalogue.rows.values_list("enrolment", flat=True))
    kind = AttemptKind.NORMAL if catalogue.session.code in FIRST_SESSIONS else AttemptKind.RESIT
    CatalogueRow.objects.bulk_create(
        CatalogueRow(catalogue=catalogue, enrolment=one, kind=kind, reason=ENROLLED)
        for one in students
        if one.pk not in there
    )


def seen(was: str, now: str) -> Written:
    """A result written with student card and identity document shown by whoever sat (REC-048)."""
    return Written(was, now, *((True, True) if was_sat(now) else ()))


def _bring(
    catalogue: Catalogue, step: str, secretary: User, *, now: datetime, closed: Collection[date]
) -> None:
    if step == "open":
        return
    earlier = step in ("locked", "correction")
    then = at_hour(add_working_days(catalogue.held_on, 1, closed), 12) if earlier else now
    rows = list(catalogue.rows.order_by("pk"))
    wanted = {"begun": len(rows) // 2, "locked": len(rows) - 2}.get(step, len(rows))
    typed = {row.pk: GRADES[place % len(GRADES)] for place, row in enumerate(rows[:wanted])}
    written = {pk: seen("", now) for pk, now in typed.items()}
    catalogues.enter(catalogue.pk, written, actor=catalogue.holder, at=then)
    if step == "locked":
        catalogues.lock_late(catalogue.pk, at=catalogue.enter_until + timedelta(minutes=5))
    both = [catalogue.holder, catalogue.second]
    signing = {"signed_once": both[:1], "signed": both, "published": both, "correction": both}
    for who in signing.get(step, []):
        catalogue.refresh_from_db()
        catalogues.sign(catalogue.pk, version=catalogue.version, actor=who, at=then)
    if step in ("published", "correction"):
        catalogues.publish(catalogue.pk, actor=catalogue.holder, at=then)
    if step == "correction":
        corrections.open_correction(
            catalogue.pk,
            [rows[7].pk],
            justification=ASKED,
            approval=APPROVAL,
            approved_on=local_day(now),
            actor=secretary,
            at=now,
        )


# ---- last year ---------------------------------------------------------------------------------------------


def publish_past(year: AcademicYear, holder: User, second: User) -> int:
    """Published catalogues of the exams that students of last year sat, made of the results in their records.

    All disciplines of one programme, of the others those that one of the two holds now; where a year has
    more groups the first one. Written in bulk, as a register that was taken over. Returns how many.
    """
    held = Teaching.objects.filter(teacher__in=[holder, second]).values("discipline")
    of_exam = Q(discipline__curriculum__programme__code=PROGRAMME) | Q(discipline__in=held)
    records = _Records()
    results = ExamResult.objects.filter(of_exam, year=year, enrolment__group__endswith=".1")
    results = results.exclude(session="C").select_related("discipline", "enrolment")
    for one in results.order_by("on", "discipline", "enrolment"):
        records.sat(one)
    unmet = DisciplineYear.objects.filter(
        of_exam, year=year, standards_met=False, enrolment__group__endswith=".1"
    )
    for mark in unmet.select_related("discipline", "enrolment").order_by("discipline", "enrolment"):
        records.barred(mark)
    return records.save(year, holder, second)


class _Records:
    """Results of one year by exam: (discipline, session) → its rows."""

    def __init__(self) -> None:
        self.days: dict[tuple[Discipline, str], date] = {}
        self.rows: dict[tuple[Discipline, str], list[tuple[Enrolment, str]]] = {}

    def sat(self, one: ExamResult) -> None:
        key = (one.discipline, one.session)
        self.days.setdefault(key, one.on)
        grade = "absent" if one.absent else str(one.grade)
        self.rows.setdefault(key, []).append((one.enrolment, grade))

    def barred(self, mark: DisciplineYear) -> None:
        """Not admitted in every session of the year that was held."""
        for key in [key for key in self.days if key[0] == mark.discipline]:
            self.rows[key].append((mark.enrolment, "not_admitted"))

    def save(self, year: AcademicYear, holder: User, second: User) -> int:
        closed = closed_days()
        of_year = {session.code: session for session in ExamSession.objects.filter(year=year)}
        made = []
        for place, ((discipline, code), day) in enumerate(self.days.items()):
            if code not in of_year:
                continue
            session = of_year[code]
            session.starts_on, session.ends_on = min(session.starts_on, day), max(session.ends_on, day)
            posted = at_hour(add_working_days(day, 2, closed), 14)
            enter_until, sign_until = catalogues.terms_of(session, day)
            teachers = (holder, second) if place % 2 == 0 else (second, holder)
            made.append(
                Catalogue(
                    discipline=discipline,
                    session=session,
                    held_on=day,
                    starts_at=time(9),
                    holder=teachers[0],
                    second=teachers[1],
                    enter_until=enter_until,
                    sign_until=sign_until,
                    state=CatalogueState.PUBLISHED,
                    state_at=posted,
                    filled_at=posted - ENTERED,
                    holder_signed_at=posted - timedelta(hours=2),
                    second_signed_at=posted - timedelta(hours=1),
                    published_at=posted,
                    posted_at=posted,
                    version=1,
                )
            )
        ExamSession.objects.bulk_update(of_year.values(), ["starts_on", "ends_on"])
        Catalogue.objects.bulk_create(made, batch_size=BATCH)
        for catalogue in made:
            audit.record(
                catalogue,
                "studentrecords.publish_catalogue",
                actor=catalogue.holder,
                at=catalogue.state_at,
                before=CatalogueState.SIGNED,
                after=CatalogueState.PUBLISHED,
                data={"held_back": False},
            )
        rows = [row for catalogue in made for row in self._rows(catalogue)]
        CatalogueRow.objects.bulk_create(rows, batch_size=BATCH)
        ResultEntry.objects.bulk_create(
            (
                ResultEntry(
                    row=row, after=row.result, actor=row.catalogue.holder, at=row.catalogue.state_at - ENTERED
                )
                for row in rows
            ),
            batch_size=BATCH,
        )
        ExamAttempt.objects.bulk_create((_attempt(row, year) for row in rows), batch_size=BATCH)
        return len(made)

    def _rows(self, catalogue: Catalogue) -> Iterator[CatalogueRow]:
        first = catalogue.session.code in FIRST_SESSIONS
        for enrolment, result in self.rows[catalogue.discipline, catalogue.session.code]:
            yield CatalogueRow(
                catalogue=catalogue,
                enrolment=enrolment,
                kind=AttemptKind.NORMAL if first else AttemptKind.RESIT,
                fixed=result == "not_admitted",
                result=result,
                card_shown=was_sat(result) or None,
                identity_shown=was_sat(result) or None,
                entered_by=catalogue.holder,
                entered_at=catalogue.state_at - ENTERED,
            )


def _attempt(row: CatalogueRow, year: AcademicYear) -> ExamAttempt:
    exam = row.catalogue
    return ExamAttempt(
        row=row,
        enrolment=row.enrolment,
        discipline=exam.discipline,
        year=year,
        session=exam.session.code,
        kind=row.kind,
        held_on=exam.held_on,
        result=row.result,
        posted_at=exam.state_at,
        posted_by=exam.holder,
    )
