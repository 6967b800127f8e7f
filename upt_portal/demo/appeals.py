"""Grade appeals at each stage, led there by the acts themselves; grade increases of last year."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from studentrecords.models import (
    AcademicYear,
    Appeal,
    AttemptKind,
    Catalogue,
    CatalogueRow,
    Discipline,
    Enrolment,
    ExamAttempt,
    ExamResult,
    ExamSession,
    GradeIncrease,
    ResultEntry,
)
from studentrecords.services import appeal_copies, catalogues, posting
from studentrecords.services import appeals as services
from studentrecords.workflow.catalogues import CatalogueState
from studentrecords.workflow.increases import IncreaseState
from upt_portal.accounts.models import User
from upt_portal.demo import scans
from upt_portal.demo.cast import CAST
from upt_portal.demo.exams import PROGRAMME, at_hour, closed_days, list_students, seen, sitting
from upt_portal.kernel import clock
from upt_portal.kernel.calendar import last_day_before
from upt_portal.kernel.clock import local_day

REASONS = "La problema 3 rezolvarea este completă, dar a fost punctată doar pe jumătate."
ANSWER = "Rezolvarea problemei 3 nu tratează cazul general cerut de enunț; punctajul rămâne."
AGAIN = "Grila din fișa disciplinei dă 2 puncte pentru metoda folosită; lucrarea a primit 1."
REPORT = "Metoda de la problema 3 este corectă și se punctează integral, potrivit grilei."
FIRST, RAISED, GRADES = "6", "8", ("6", "7", "9", "5", "8", "10")
STUDENTS, EXAM_BEFORE = 6, 2


@dataclass(frozen=True)
class Hands:
    """Who has a part in appeals."""

    holder: User
    second: User
    secretary: User
    infocenter: User
    dean: User
    commission: list[User]


@dataclass(frozen=True)
class Case:
    """An appeal: the discipline, how many working days ago its result was posted, whose turn it is now.

    who: of the cast. by_dean: the dean himself examined, so the director of the department decides.
    """

    who: str
    code: str
    posted: int
    turn: str
    by_dean: bool = False


CASES = (
    Case("Emil Fântână", "L000.23.02.f11-02", 9, "nobody"),
    Case("Teodora Gligor", "L000.23.04.f11-02", 7, "commission"),
    Case("Horia Stănilă", "L000.23.04.f11-03", 5, "dean"),
    Case("Lavinia Purice", "L000.23.04.f11-04", 5, "dean", by_dean=True),
    Case("Oana Crivăț", "L000.23.06.f11-02", 2, "teacher"),
)
#: The steps of an appeal up to the turn of somebody.
TURNS = {"teacher": 2, "dean": 7, "commission": 9, "nobody": 11}


def lay(hands: Hands, *, now: datetime) -> None:
    """An appeal that waits for each hand, and one that is final; one more lies at the InfoCenter."""
    today = local_day(now)
    session = ExamSession.objects.filter(starts_on__lte=today - timedelta(weeks=3)).latest("starts_on")
    closed = closed_days()
    names = {role.last_name for role in CAST}
    students = [one for one in sitting(session) if one.person.last_name not in names]
    for place, case in enumerate(CASES):
        discipline = Discipline.objects.filter(code=case.code, curriculum__programme__code=PROGRAMME).latest(
            "curriculum__series"
        )
        first, last = case.who.split(" ", 1)
        who = Enrolment.objects.filter(person__first_name=first, person__last_name=last)
        if (own := who.select_related("person__user").order_by("pk").first()) is None:
            continue
        group = [own, *students[place * STUDENTS : (place + 1) * STUDENTS]]
        catalogue = _posted(case, discipline, session, group, hands, today, closed)
        _lead(case, own, catalogue, hands, today, closed)
    _file_one(now)


def _posted(
    case: Case,
    discipline: Discipline,
    session: ExamSession,
    students: list[Enrolment],
    hands: Hands,
    today: date,
    closed: Collection[date],
) -> Catalogue:
    """A published catalogue of a facultative discipline; the first of the students has 6."""
    exam = last_day_before(today, case.posted + EXAM_BEFORE, closed)
    at = at_hour(last_day_before(today, case.posted, closed), 10)
    holder = hands.dean if case.by_dean else hands.holder
    catalogue = catalogues.plan(
        discipline,
        session,
        held_on=exam,
        starts_at=time(9),
        room="B210",
        holder=holder,
        second=hands.second,
        actor=hands.secretary,
        at=at_hour(exam - timedelta(days=30), 9),
    )
    catalogues.open_catalogue(catalogue.pk, actor=None, at=at_hour(exam - timedelta(days=2), 9))
    list_students(catalogue, students)
    rows = list(catalogue.rows.order_by("pk"))
    written = {
        row.pk: seen("", FIRST if row.enrolment_id == students[0].pk else GRADES[place % len(GRADES)])
        for place, row in enumerate(rows)
    }
    with clock.shifted(at):
        catalogues.enter(catalogue.pk, written, actor=holder, at=at)
        for who in (holder, hands.second):
            catalogue.refresh_from_db()
            catalogues.sign(catalogue.pk, version=catalogue.version, actor=who, at=at)
        catalogues.publish(catalogue.pk, actor=holder, at=at)
    return catalogue


def _lead(
    case: Case, own: Enrolment, catalogue: Catalogue, hands: Hands, today: date, closed: Collection[date]
) -> None:
    """File the appeal and take it as far as the turn of the case."""
    attempt = ExamAttempt.objects.get(row__catalogue=catalogue, enrolment=own)
    student = own.person.user
    if student is None:
        return

    def moment(day: int, hour: int) -> datetime:
        """Working days after the posting; the appeal counts as received on the first of them."""
        return at_hour(last_day_before(today, case.posted - day, closed), hour)

    filed = moment(0, 11)
    with clock.shifted(filed):
        pk = services.file(own, attempt.pk, ground="marking", reasons=REASONS, actor=student, at=filed).pk
    steps: list[tuple[int, int, Callable[[datetime], object]]] = [
        (1, 9, lambda at: services.register(pk, actor=hands.infocenter, at=at)),
        (1, 10, lambda at: services.send(pk, actor=hands.secretary, at=at)),
        (2, 10, lambda at: services.answer(pk, ANSWER, actor=catalogue.holder, at=at)),
        (3, 9, lambda at: services.communicate(pk, actor=hands.infocenter, at=at)),
        (3, 12, lambda at: services.ask_again(pk, reason="grid", words=AGAIN, actor=student, at=at)),
        (4, 9, lambda at: services.forward(pk, actor=hands.infocenter, at=at)),
        (4, 10, lambda at: services.put_before_dean(pk, actor=hands.secretary, at=at)),
        (
            5,
            10,
            lambda at: services.appoint(pk, hands.commission, decision="DD 41", actor=hands.dean, at=at),
        ),
        (6, 10, lambda at: _hand_over(pk, hands, at)),
        (7, 12, lambda at: _mark(pk, hands, at)),
        (8, 10, lambda at: services.finish(pk, actor=hands.infocenter, at=at)),
    ]
    for day, hour, step in steps[: TURNS[case.turn]]:
        at = moment(day, hour)
        with clock.shifted(at):
            step(at)


def _hand_over(pk: int, hands: Hands, at: datetime) -> Appeal:
    return appeal_copies.hand_over(pk, [scans.exam_paper(pk)], actor=hands.secretary, at=at)


def _mark(pk: int, hands: Hands, at: datetime) -> None:
    """Each marks, the first writes the report, all sign."""
    for who in hands.commission:
        services.mark(pk, RAISED, "", actor=who, at=at)
    seen = Appeal.objects.get(pk=pk).report_version
    services.report(pk, RAISED, REPORT, version=seen, actor=hands.commission[0], at=at)
    for who in hands.commission:
        services.sign(pk, version=seen + 1, actor=who, at=at)


def _file_one(now: datetime) -> None:
    """A result that was posted on the day itself is contested: the InfoCenter finds something to register."""
    posted = ExamAttempt.objects.filter(posted_at=now, result__in=["4", "5"]).select_related(
        "enrolment__person__user"
    )
    for attempt in posted.order_by("-pk")[:1]:
        if (student := attempt.enrolment.person.user) is not None:
            services.file(
                attempt.enrolment, attempt.pk, ground="marking", reasons=REASONS, actor=student, at=now
            )


# ---- grade increases ---------------------------------------------------------------------------------------

#: What increases of last year gave, in the order of the students: higher, lower, missed.
GAVE = ("9", "5", "absent")


def increase(year: AcademicYear, today: date) -> int:
    """Increases sat last year in session B-I: one raised the grade, one did not, one was missed.

    Written as a register that was taken over, beside the catalogues of last year. Returns how many.
    """
    exams = Catalogue.objects.filter(
        session__year=year,
        session__code="B-I",
        discipline__curriculum__programme__code=PROGRAMME,
        state=CatalogueState.PUBLISHED,
        held_on__lt=today,
    )
    for exam in exams.select_related("session", "discipline", "holder").order_by("held_on", "pk"):
        sat = ExamResult.objects.filter(discipline=exam.discipline, session="B-I").values("enrolment")
        passed = ExamResult.objects.filter(
            discipline=exam.discipline, year=year, session="A-I", grade__in=[6, 7, 8]
        ).exclude(enrolment__in=sat)
        rows = list(passed.select_related("enrolment").order_by("enrolment")[: len(GAVE)])
        if len(rows) == len(GAVE):
            for first, gave in zip(rows, GAVE, strict=True):
                _increased(exam, first, gave)
            return len(rows)
    return 0


def _increased(exam: Catalogue, first: ExamResult, gave: str) -> None:
    at = exam.posted_at or exam.state_at
    row = CatalogueRow.objects.create(
        catalogue=exam,
        enrolment=first.enrolment,
        kind=AttemptKind.INCREASE,
        reason="mărire de notă",
        result=gave,
        entered_by=exam.holder,
        entered_at=at,
    )
    ResultEntry.objects.create(row=row, after=gave, actor=exam.holder, at=at)
    ExamAttempt.objects.create(
        row=row,
        enrolment=first.enrolment,
        discipline=exam.discipline,
        year=exam.session.year,
        session=exam.session.code,
        kind=AttemptKind.INCREASE,
        held_on=exam.held_on,
        result=gave,
        posted_at=at,
        posted_by=exam.holder,
    )
    posting.record_results(exam, [row], at)
    GradeIncrease.objects.create(
        enrolment=first.enrolment,
        discipline=exam.discipline,
        year=exam.session.year,
        session=exam.session.code,
        state=IncreaseState.ABSENT if gave == "absent" else IncreaseState.HELD,
        first=str(first.grade),
        second=gave,
        row=row,
        asked_at=at - timedelta(days=14),
        listed_at=at - timedelta(days=7),
        ended_at=at,
    )
