"""Around the curriculum: discipline sheets, ECTS coordinators, the week of a group, equivalence."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Q

from studentrecords.models import (
    AcademicYear,
    ClassKind,
    CoordinatorLevel,
    Discipline,
    DisciplineKind,
    EctsCoordinator,
    Enrolment,
    Equivalence,
    EquivalenceRow,
    Faculty,
    Field,
    TimetableClass,
    Weekday,
    Weeks,
)
from studentrecords.queries import attendance
from studentrecords.queries import sheets as queries
from studentrecords.rules.plans import votes_needed
from studentrecords.services import recognition
from studentrecords.services import sheets as services
from studentrecords.services.recognition import Ticks
from studentrecords.services.sheets import Content, Vote
from studentrecords.workflow.recognition import EquivalenceState
from upt_portal.accounts.models import User
from upt_portal.demo import scans
from upt_portal.demo.exams import at_hour
from upt_portal.kernel import audit
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.uploads import Examined

FACULTY, PROGRAMME = "AC", "AC-L-CALC"
#: How many more sheets the teacher with an account has published.
HELD = 3

# ---- sheets ------------------------------------------------------------------------------------------------

STANDARDS = "Toate lucrările de laborator efectuate și cel puțin nota 5 la examenul scris."
ASSESSMENT = "Examen scris: 60%. Activitate de laborator: 40%."
SCALE = "Nota este media ponderată, rotunjită la întreg; 1 punct se acordă din oficiu."


@dataclass(frozen=True)
class Sheet:
    """A sheet of this year: its discipline, how many days after the term it came, how it was changed.

    next_on: days from the start of the semester to the second version, None without one.
    """

    code: str
    after_term: int
    next_on: int | None = None
    changes: str = ""
    assessment: str = ASSESSMENT


SHEETS = (
    Sheet("L000.23.05.D1", -4, 8, "Ponderea laboratorului: de la 40% la 50%, după discuția cu studenții.",
          "Examen scris: 50%. Activitate de laborator: 50%."),
    Sheet("L000.23.05.D2", -2, 31, "Un test pe parcurs înlocuiește o parte din examenul scris.",
          "Examen scris: 40%. Test pe parcurs: 20%. Activitate de laborator: 40%."),
    Sheet("L000.23.05.S5", 11),
    Sheet("L000.23.03.D2", -6),
    Sheet("L000.23.03.D3", -6, 24, "Bibliografia a fost adusă la zi."),
)  # fmt: skip


@dataclass(frozen=True)
class Hands:
    """Who has a part in sheets and requests for equivalence."""

    teacher: User
    secretary: User
    commission: User


def lay(year: AcademicYear, hands: Hands, *, now: datetime) -> None:
    """Everything of this module in the running academic year; nothing is dated after `now`."""
    _coordinators()
    for sheet in SHEETS:
        if found := _discipline(sheet.code):
            _publish(found, sheet, year, hands.secretary, now)
    for held in Discipline.objects.filter(
        curriculum__programme__code=PROGRAMME, teachings__teacher=hands.teacher, teachings__year=year
    ).exclude(code__in={sheet.code for sheet in SHEETS})[:HELD]:
        _publish(held, Sheet(held.code, -5), year, hands.teacher, now)
    _week(year)
    _equivalences(hands, now)


def _discipline(code: str) -> Discipline | None:
    rows = Discipline.objects.filter(code=code).select_related("curriculum__programme")
    return rows.order_by("-curriculum__series").first()


def _publish(one: Discipline, sheet: Sheet, year: AcademicYear, actor: User, now: datetime) -> None:
    """The first version on its day, then the second; what would lie after `now` is left out."""
    at = at_hour(queries.due_of(year) + timedelta(days=sheet.after_term), 12)
    if at > now:
        return
    content = Content(STANDARDS, ASSESSMENT, SCALE)
    services.publish(one.pk, year, content, _file(one, year, ASSESSMENT, 1), seen=0, actor=actor, at=at)
    if sheet.next_on is None:
        return
    starts = year.starts_on if one.semester % 2 else year.second_semester_on
    day = starts + timedelta(days=sheet.next_on)
    if (at := at_hour(day, 13)) > now:
        return
    taking = attendance.students_of(one, year)
    vote = Vote()
    if sheet.assessment != ASSESSMENT and day > queries.discussed_until(one, year):
        if not taking:
            return
        vote = Vote(votes_needed(len(taking)), day - timedelta(days=1), "PV 214")
    content = Content(STANDARDS, sheet.assessment, SCALE, changes=sheet.changes, vote=vote)
    file = _file(one, year, sheet.assessment, 2)
    services.publish(one.pk, year, content, file, seen=1, actor=actor, at=at)


def _file(one: Discipline, year: AcademicYear, assessment: str, number: int) -> Examined:
    return scans.page(
        f"fisa-{one.code}-v{number}.pdf",
        f"Fișa disciplinei: {one.name_ro}",
        (
            f"Anul universitar {year}, versiunea {number}",
            f"{one.curriculum} · semestrul {one.semester} · {one.credits} credite",
            "",
            "Standarde minime",
            STANDARDS,
            "",
            "Evaluare",
            assessment,
            "",
            "Notare",
            SCALE,
        ),
    )


# ---- coordinators ------------------------------------------------------------------------------------------

#: Of the university, of the faculty; members of the commissions, one after the other in each field.
VICE_RECTOR = ("prof. dr. ing. Tudorel Manea", "prorector", "tudorel.manea@upt.ro")
VICE_DEAN = ("conf. dr. ing. Camelia Ardelean", "prodecan")
MEMBERS = (
    "conf. dr. ing. Iuliana Crețu",
    "prof. dr. ing. Octavian Bârsan",
    "lect. dr. ing. Simona Hanganu",
)


def _coordinators() -> None:
    faculty = Faculty.objects.get(code=FACULTY)
    name, position, email = VICE_RECTOR
    rows = [
        EctsCoordinator(level=CoordinatorLevel.UNIVERSITY, name=name, position=position, email=email),
        EctsCoordinator(
            level=CoordinatorLevel.FACULTY, faculty=faculty, name=VICE_DEAN[0], position=VICE_DEAN[1]
        ),
    ]
    for field in Field.objects.filter(programmes__faculty=faculty).distinct():
        rows += [
            EctsCoordinator(
                level=CoordinatorLevel.FIELD,
                faculty=faculty,
                field=field,
                name=name,
                position="președintă" if place == 0 else "membru",
            )
            for place, name in enumerate(MEMBERS)
        ]
    EctsCoordinator.objects.bulk_create(rows)


# ---- the week ----------------------------------------------------------------------------------------------

#: Whose group has its week; its longest day begins the list: (day, first hour, hours of class at most).
WHO = "Andra Văleanu"
DAYS = (
    (Weekday.TUESDAY, 8, 10),
    (Weekday.MONDAY, 10, 6),
    (Weekday.WEDNESDAY, 8, 6),
    (Weekday.THURSDAY, 12, 6),
    (Weekday.FRIDAY, 8, 6),
)
_KINDS = (
    (ClassKind.SEMINAR, "hours_seminar", Weeks.ODD),
    (ClassKind.LABORATORY, "hours_lab", Weeks.ODD),
    (ClassKind.PROJECT, "hours_project", Weeks.EVEN),
)
#: One slot of the week: what stands in it, and how many hours it has.
Slot = tuple[list[tuple[Discipline, ClassKind, Weeks]], int]


def _week(year: AcademicYear) -> None:
    """The semester's week of one group: courses for the whole year of study, the rest for the group.

    One hour a week is two hours in odd or in even weeks; two such halves of a discipline share a slot.
    """
    student = _enrolment(WHO)
    if student is None:
        return
    rows = Discipline.objects.filter(
        Q(kind=DisciplineKind.COMPULSORY) | Q(pk__in=student.choices.filter(year=year).values("discipline")),
        curriculum=student.curriculum_id,
        semester=2 * student.year_of_study - 1,
    )
    taken = list(rows.order_by("kind", "code"))
    slots: list[Slot] = [
        ([(one, ClassKind.COURSE, Weeks.EVERY)], int(one.hours_course)) for one in taken if one.hours_course
    ]
    for one in taken:
        slots += _applications(one)
    days = list(DAYS)
    weekday, hour, left = days.pop(0)
    for place, (held, hours) in enumerate(slots):
        while hours > left and days:
            weekday, hour, left = days.pop(0)
        TimetableClass.objects.bulk_create(
            TimetableClass(
                year=year,
                discipline=one,
                kind=kind,
                group="" if kind == ClassKind.COURSE else student.group,
                weekday=weekday,
                starts_at=time(hour),
                ends_at=time(hour + hours),
                weeks=weeks,
                place=f"A{101 + place}" if kind == ClassKind.COURSE else f"B{413 + place % 5}",
            )
            for one, kind, weeks in held
        )
        hour, left = hour + hours, left - hours


def _applications(one: Discipline) -> list[Slot]:
    whole: list[Slot] = []
    halves = []
    for kind, field, weeks in _KINDS:
        if (hours := int(getattr(one, field))) == 1:
            halves.append((one, kind, weeks))
        elif hours:
            whole.append(([(one, kind, Weeks.EVERY)], hours))
    return [*whole, (halves, 2)] if halves else whole


def _enrolment(name: str) -> Enrolment | None:
    first, last = name.split(" ", 1)
    found = Enrolment.objects.filter(person__first_name=first, person__last_name=last)
    return found.select_related("programme", "curriculum").order_by("pk").first()


# ---- equivalence -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A request: whose, since how many days, from where, and its disciplines.

    rows: code here, name there, credits, grade (None for admitted). decided: days ago, None while it waits.
    """

    who: str
    ago: int
    institution: str
    programme: str
    rows: tuple[tuple[str, str, int, int | None], ...]
    decided: int | None = None


REQUESTS = (
    Asked("Ilinca Brânzei", 3, "Universitatea de Vest din Timișoara", "Informatică",
          (("L000.23.04.D3", "Baze de date", 5, 9), ("L000.23.04.C7", "Sport 2", 2, None))),
    Asked("Dragoș Hodoș", 9, "", "Calculatoare",
          (("L021.23.01.C7", "Limba engleză 1", 2, 9), ("L021.23.02.C7", "Limba engleză 2", 2, 10)),
          decided=2),
)  # fmt: skip
METHODOLOGY = "Metodologia de echivalare a facultății, HCF 12"


def _equivalences(hands: Hands, now: datetime) -> None:
    """One request waits for the commission, one was recognised."""
    today = local_day(now)
    for number, asked in enumerate(REQUESTS, 1):
        student = _enrolment(asked.who)
        if student is None:
            continue
        at = at_hour(today - timedelta(days=asked.ago), 11)
        request = Equivalence.objects.create(
            enrolment=student,
            institution=asked.institution,
            programme=asked.programme,
            cycle=student.programme.cycle,
            methodology=METHODOLOGY,
            asked_on=local_day(at),
            recorded_by=hands.secretary,
        )
        plan = {one.code: one for one in Discipline.objects.filter(curriculum=student.curriculum_id)}
        EquivalenceRow.objects.bulk_create(
            EquivalenceRow(
                equivalence=request, discipline=plan[code], passed=passed, credits=credits, grade=grade
            )
            for code, passed, credits, grade in asked.rows
        )
        audit.record(
            request,
            "studentrecords.equivalence_ask",
            actor=hands.secretary,
            at=at,
            after=EquivalenceState.ASKED,
        )
        if asked.decided is not None:
            recognition.decide(
                request.pk,
                recognise=True,
                ticks=Ticks(True, True, True, True),
                decision=f"Decizia comisiei {30 + number}",
                actor=hands.commission,
                at=at_hour(today - timedelta(days=asked.decided), 14),
            )
