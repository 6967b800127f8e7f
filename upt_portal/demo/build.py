"""Making the demonstration university, all of it or nothing, and taking it away again."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from studentrecords.models import Enrolment
from upt_portal.demo import (
    appeals,
    attendance,
    campaigns,
    curriculum,
    exam_requests,
    exams,
    history,
    information,
    money,
    newcomers,
    papers,
    payments,
    person,
    records,
    students,
    university,
)
from upt_portal.demo.people import People
from upt_portal.kernel import clock, jobs
from upt_portal.kernel.calendar import start_of_day
from upt_portal.kernel.models import Job, Mail
from upt_portal.kernel.overrides import snapshot

DATA = Path(settings.BASE_DIR, "data")
STUDENTS = 200
SECRETARY, PUBLISHER, ADMINISTRATOR = "Ana Brumaru", "Corina Mărgineanu", "Silviu Trandafir"
CASHIER, CONTROLLER, FEES_OFFICE = "Paula Neagoe", "Mihnea Drăgan", "Marian Bejan"
TEACHER, SECOND_TEACHER = "Horia Gavrilă", "Oana Pârvu"
INFOCENTER, RECOGNITION = "Larisa Bucur", "Iuliana Crețu"
DEAN, COMMISSION = "Liviu Chirilă", ("Emanuel Tătaru", "Simona Hanganu", "Octavian Bârsan")
#: The row that says: what is in here is invented. Nothing is taken away where it is missing.
MARK = "demonstration"

Told = Callable[[str], None]


class NotADemonstration(Exception):
    """The database holds something that was not invented; it is left alone."""


def mark() -> Job | None:
    """The row that names the demonstration in this database; None where there is none."""
    return Job.objects.filter(key=MARK).first()


def is_empty() -> bool:
    """No student is in the records."""
    return not Enrolment.objects.exists()


@transaction.atomic
def build(total: int, *, now: datetime, tell: Told) -> int:
    """The demonstration with at least `total` students, its days laid around `now`; returns their number.

    now: aware. One transaction: a build that was stopped leaves nothing. Raises NotADemonstration when the
    database already holds students.
    """
    if not is_empty():
        raise NotADemonstration("the database already holds students")
    with payments.card_provider(), snapshot(), jobs.for_many():
        return _build(total, now=now, tell=tell)


def _build(total: int, *, now: datetime, tell: Told) -> int:
    today = clock.local_day(now)
    people = People()
    tell("reference data, curricula")
    university.load(DATA, at=now)
    years, running = university.academic_years(today)
    staff = university.staff(people)
    university.offices()
    university.teachers(years[running], people, staff)
    university.prices(years, running, actor=staff[ADMINISTRATOR], at=now)
    university.open_bank_accounts(actor=staff[ADMINISTRATOR], at=now)
    invented = students.invent(total, people, today)
    tell(f"{len(invented)} students with their past")
    students.enrol(invented, years, running)
    history.write(((one.enrolment, one.year, one.overdue) for one in invented), years, running)
    campaigns.measure()
    desk = campaigns.Desk(publisher=staff[PUBLISHER], secretary=staff[SECRETARY], today=today, now=now)
    tell("last year's campaign")
    campaigns.run_closed(invented, years[running - 1], desk)
    tell("this year's campaigns")
    campaigns.run_all(invented, years[running], desk)
    campaigns.drafts(years[running], today)
    tell("exams of last year and of this one")
    exams.sessions(years, running)
    exams.publish_past(years[running - 1], staff[TEACHER], staff[SECOND_TEACHER])
    exams.lay_recent(staff[TEACHER], staff[SECOND_TEACHER], staff[SECRETARY], now=now)
    exams.lay(years[running], staff[TEACHER], staff[SECOND_TEACHER], now=now)
    appeals.lay(
        appeals.Hands(
            holder=staff[TEACHER],
            second=staff[SECOND_TEACHER],
            secretary=staff[SECRETARY],
            infocenter=staff[INFOCENTER],
            dean=staff[DEAN],
            commission=[staff[name] for name in COMMISSION],
        ),
        now=now,
    )
    appeals.increase(years[running - 1], today)
    attendance.lay(years[running], staff[TEACHER], now=now)
    exam_requests.lay(years[running], decides=staff[DEAN], now=now)
    curriculum.lay(
        years[running],
        curriculum.Hands(staff[TEACHER], staff[SECRETARY], staff[RECOGNITION]),
        now=now,
    )
    information.lay(years[running], today)
    records.announce(staff[SECRETARY], today)
    tell("school documents")
    papers.lay(now)
    person.lay(infocenter=staff[INFOCENTER], now=now)
    made = len(invented) + newcomers.lay(people, today, running)
    tell("money in every state")
    money.tell_all(money.Office(staff[CASHIER], staff[CONTROLLER], staff[FEES_OFFICE], now))
    _deliver_old_mails(now)
    Job.objects.create(
        kind=MARK,
        key=MARK,
        payload={"students": made, "day": today.isoformat()},
        state=Job.State.DONE,
        created_at=now,
        finished_at=now,
    )
    return made


def _deliver_old_mails(now: datetime) -> None:
    """What was written on an earlier day was sent on that day, not at the first start."""
    Mail.objects.filter(created_at__lt=start_of_day(clock.local_day(now))).update(
        state=Mail.State.SENT, attempts=1, sent_at=F("created_at")
    )


# ---- taking it away ----------------------------------------------------------------------------------------

#: Apps whose tables are emptied: the rooms, and what stands beside their accounts.
EMPTIED = frozenset(
    {
        "kernel",
        "accounts",
        "studentrecords",
        "fees",
        "contracting",
        "admissions",
        "counseling",
        "account",
        "mfa",
        "usersessions",
        "socialaccount",
        "sessions",
        "admin",
        "pghistory",
    }
)
#: Made by migrations, the same in every portal.
KEPT = frozenset({"kernel.closedday", "fees.feetype"})


@transaction.atomic
def take_away() -> None:
    """Empty every table of the portal but what migrations made. Raises NotADemonstration without the mark.

    Rows of evidence cannot be deleted one by one; TRUNCATE is the one way, and the mark allows it.
    """
    if mark() is None:
        raise NotADemonstration("this database does not hold a demonstration")
    tables = {
        model._meta.db_table
        for app in apps.get_app_configs()
        if app.label in EMPTIED
        for model in app.get_models(include_auto_created=True)
        if model._meta.managed and model._meta.label_lower not in KEPT
    }
    # pghistory's model of all events stands for no table.
    there = tables & set(connection.introspection.table_names())
    names = ", ".join(connection.ops.quote_name(table) for table in sorted(there))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # checks put off would hold the tables
        cursor.execute(f"TRUNCATE {names} RESTART IDENTITY")
