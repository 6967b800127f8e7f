"""The campaigns of the demonstration: published on their day, offers built, each student led to his place."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random

import pghistory
from django.db import connection

from contracting import tasks  # noqa: F401  the job that makes offers is registered there
from contracting.models import (
    Annex,
    Campaign,
    OfferLine,
    SignableDocument,
    StudentContracting,
    StudyContract,
)
from contracting.services import offers
from contracting.workflow import ContractingState
from studentrecords.models import (
    AcademicYear,
    DisciplineChoice,
    DisciplineYear,
    Enrolment,
    ExamResult,
    Faculty,
    Programme,
)
from upt_portal.accounts.models import User
from upt_portal.demo.people import SEED
from upt_portal.demo.plan import CLOSED, DRAFT_RUN, DRAFTS, RUNS, Run
from upt_portal.demo.situations import SITUATIONS
from upt_portal.demo.students import Student
from upt_portal.demo.walk import Walk
from upt_portal.kernel import clock, jobs
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.models import Deadline, Job, TraceEntry

NOTICE_RO = (
    "Anexele se semnează de mână, pe fiecare pagină, și se încarcă scanate color. "
    "Plata fără penalizare se face până la data din etapa 5."
)
NOTICE_EN = (
    "Annexes are signed by hand, on every page, and uploaded as colour scans. "
    "Payment without penalty is possible until the date of stage 5."
)


@dataclass(frozen=True)
class Desk:
    """Whose hands move the cases, on which day, and the moment after which nothing has happened yet."""

    publisher: User
    secretary: User
    today: date
    now: datetime


FEW = 64
GROWING = (
    *(DisciplineChoice, DisciplineYear, ExamResult, Enrolment, StudyContract, StudentContracting),
    *(OfferLine, Annex, SignableDocument, TraceEntry, Deadline, Job),
)
#: Beside the office, which stands on every page anyway.
CONTACT = "Pentru contractare: camera 101, luni–joi, 12:00–14:00"
WEEKS_OF_A_YEAR = timedelta(weeks=52)  # weekdays stay


def measure() -> None:
    """Tell the planner how large the tables have become.

    Nobody else can while the transaction runs, and with the sizes of empty tables it reads them whole for
    every row.
    """
    names = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in GROWING)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {names}")


def at_eight(day: date) -> datetime:
    """08:00 in Timișoara."""
    return datetime.combine(day, time(8), ROMANIA)


def prepare(run: Run, faculty: Faculty, year: AcademicYear, today: date) -> Campaign:
    """A draft of the campaign with its dates laid around `today`."""
    suffix = "" if run.programmes else f" {faculty.code}"
    campaign = Campaign.objects.create(
        name=f"{run.name}{suffix} {year.name}",
        year=year,
        faculty=faculty,
        offering=run.offering,
        contact=CONTACT,
        notice_ro=NOTICE_RO,
        notice_en=NOTICE_EN,
        **run.dates(today),
    )
    campaign.programmes.set(Programme.objects.filter(code__in=run.programmes))
    return campaign


def publish(campaign: Campaign, desk: Desk) -> None:
    """Publish a campaign on the morning of its first stage and make its offers then."""
    at = min(at_eight(campaign.stage1_from), desk.now)
    with clock.shifted(at):
        job = offers.publish(campaign.pk, actor=desk.publisher, at=at)
        jobs.run(str(job.pk), at=at)
    job.refresh_from_db()
    measure()
    if job.state != job.State.DONE or job.result.get("problems"):
        raise RuntimeError(f"{campaign}: {job.error or job.result}")


def drafts(year: AcademicYear, today: date) -> None:
    """Campaigns in preparation at the other faculties, to be published by hand."""
    faculties = {faculty.code: faculty for faculty in Faculty.objects.all()}
    for code, days in DRAFTS.items():
        prepare(DRAFT_RUN, faculties[code], year, today + timedelta(days=days))


def lead(campaign: Campaign, run: Run, students: Iterable[Student], desk: Desk, situation: str = "") -> None:
    """Lead each student of the campaign to his situation: the cast to theirs, the crowd by its parts.

    situation: one for all, in place of their own.
    """
    by_enrolment = {student.enrolment.pk: student for student in students}
    cases = (
        StudentContracting.objects.filter(campaign=campaign, enrolment__in=by_enrolment)
        .select_related("campaign", "enrolment__person__user", "enrolment__programme")
        .order_by("pk")
    )
    for led, case in enumerate(cases):
        if led >= FEW and led.bit_count() == 1:  # at 64, 128, 256 …
            measure()
        student = by_enrolment[case.enrolment_id]
        steps = SITUATIONS[situation or student.situation or _drawn(run, case)]
        # A context for each: one for all would be written again at every change, a little slower each time.
        with pghistory.context(demonstration=run.key):
            steps(Walk(case=case, secretary=desk.secretary, today=desk.today, now=desk.now))


def _drawn(run: Run, case: StudentContracting) -> str:
    """A situation by the parts of the campaign's crowd; a list that needs no validation is ready anyway."""
    if case.state != ContractingState.OFFERED:
        return "ready"
    draw = Random(f"{SEED}:{case.enrolment.matriculation_number}:{run.key}")  # noqa: S311  repeatable, no secret
    return draw.choices(list(run.crowd), list(run.crowd.values()))[0]


def run_all(students: list[Student], year: AcademicYear, desk: Desk) -> None:
    """This year's campaigns of AC."""
    faculty = Faculty.objects.get(code="AC")
    for run in RUNS:
        campaign = prepare(run, faculty, year, desk.today)
        publish(campaign, desk)
        lead(campaign, run, students, desk)


def run_closed(students: list[Student], year: AcademicYear, desk: Desk) -> None:
    """Last year's campaign, settled and closed, for those who were students then; then they are promoted.

    year: the academic year before this one.
    """
    here = [student for student in students if student.programme in CLOSED.programmes]
    campaign = prepare(CLOSED, Faculty.objects.get(code="AC"), year, desk.today - WEEKS_OF_A_YEAR)
    publish(campaign, desk)
    last = at_eight(campaign.payment_until + timedelta(days=1))
    then = replace(desk, today=clock.local_day(last), now=last)
    lead(campaign, CLOSED, here, then, situation="paid")
    with clock.shifted(last):
        offers.close(campaign.pk, actor=desk.publisher, at=last)
    for student in here:
        student.enrolment.year_of_study, student.enrolment.status = student.year, student.status
        student.enrolment.save(update_fields=["year_of_study", "status"])
