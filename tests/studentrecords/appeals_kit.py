"""An appeal led by the acts themselves to each of its states."""

from datetime import datetime, timedelta
from typing import Any

from studentrecords.models import Appeal, Catalogue, CatalogueRow, Enrolment, ExamAttempt, ExamSession
from studentrecords.queries.appeals import due_of
from studentrecords.services import appeals as services
from tests import factories
from tests.studentrecords import exams_kit as kit
from upt_portal.accounts import roles
from upt_portal.accounts.models import User

#: Posted on Thursday 21 January 2027, 10:00: contested until Friday 22, 16:00.
POSTED = kit.IN_TIME
FRIDAY, MONDAY = kit.moment(1, 22, 9), kit.moment(1, 25, 9)


def later(at: datetime, minutes: int = 10) -> datetime:
    return at + timedelta(minutes=minutes)


class Offices:
    """Everybody who has a hand in an appeal at the faculty AC."""

    def __init__(self) -> None:
        self.infocenter = factories.user(roles.INFOCENTER)
        self.secretary = factories.secretary("AC")
        self.dean = factories.user(roles.DEANERY, faculties=["AC"])
        self.director = factories.user(roles.DEPARTMENT_DIRECTOR, faculties=["AC"])
        self.members = [kit.teacher() for _n in range(3)]


def contested(*results: str, **details: Any) -> ExamAttempt:
    """The posted result of the first student of an exam."""
    catalogue = kit.published(*(results or ("6",)), **details)
    return ExamAttempt.objects.filter(row__catalogue=catalogue).order_by("enrolment").first()  # type: ignore[return-value]


def student_of(attempt: ExamAttempt) -> User:
    return attempt.enrolment.person.user  # type: ignore[return-value]


def filed(attempt: ExamAttempt, at: datetime = FRIDAY, **given: Any) -> Appeal:
    values = {"ground": "marking", "reasons": "Problema 3 este rezolvată.", **given}
    return services.file(attempt.enrolment, attempt.pk, actor=student_of(attempt), at=at, **values)


def catalogue_of(appeal: Appeal) -> Catalogue:
    return appeal.attempt.row.catalogue


STATES = (
    "submitted",
    "registered",
    "with_teacher",
    "answered",
    "communicated",
    "reevaluation",
    "with_dean",
    "commission",
    "reported",
    "final",
)


def led_to(
    state: str, offices: Offices | None = None, *, result: str = "8", attempt: ExamAttempt | None = None
) -> Appeal:
    """An appeal brought to a state, each step ten minutes after the one before."""
    offices = offices or Offices()
    appeal = filed(attempt or contested())
    pk, at = appeal.pk, FRIDAY
    student, examiner = student_of(appeal.attempt), catalogue_of(appeal).holder

    def commission_works(at: datetime) -> None:
        services.hand_over(pk, actor=offices.secretary, at=at)
        for one in offices.members:
            services.mark(pk, result, "", actor=one, at=at)
        version = services.queries.everything().get(pk=pk).report_version
        services.report(pk, result, "Recorectat.", version=version, actor=offices.members[0], at=at)
        for one in offices.members:
            services.sign(pk, version=version + 1, actor=one, at=at)

    def again(at: datetime) -> None:
        services.ask_again(pk, reason="grid", words="Grila a fost alta.", actor=student, at=at)

    def put(at: datetime) -> None:
        services.forward(pk, actor=offices.infocenter, at=at)
        services.put_before_dean(pk, actor=offices.secretary, at=at)

    steps = {
        "registered": lambda at: services.register(pk, actor=offices.infocenter, at=at),
        "with_teacher": lambda at: services.send(pk, actor=offices.secretary, at=at),
        "answered": lambda at: services.answer(pk, "Rezolvarea e incompletă.", actor=examiner, at=at),
        "communicated": lambda at: services.communicate(pk, actor=offices.infocenter, at=at),
        "reevaluation": again,
        "with_dean": put,
        "commission": lambda at: services.appoint(
            pk, offices.members, decision="DD 7", actor=offices.dean, at=at
        ),
        "reported": commission_works,
        "final": lambda at: services.finish(pk, actor=offices.infocenter, at=at),
    }
    for name in STATES[1 : STATES.index(state) + 1]:
        at = later(at)
        steps[name](at)
    return services.queries.everything().get(pk=pk)


def term(attempt: ExamAttempt) -> datetime:
    return due_of(attempt)


def result_of(enrolment: Enrolment, session: ExamSession, at: datetime) -> ExamAttempt:
    """A result of this student, posted at a moment, at a new discipline of the own curriculum."""
    catalogue = Catalogue.objects.create(
        discipline=factories.discipline(curriculum=enrolment.curriculum, semester=3),
        session=session,
        held_on=session.starts_on,
        holder=kit.teacher(),
        second=kit.teacher(),
        enter_until=at,
        sign_until=at,
        state_at=at,
    )
    row = CatalogueRow.objects.create(catalogue=catalogue, enrolment=enrolment, kind="normal", result="6")
    return ExamAttempt.objects.create(
        row=row,
        enrolment=enrolment,
        discipline=catalogue.discipline,
        year=session.year,
        session=session.code,
        kind="normal",
        held_on=catalogue.held_on,
        result="6",
        posted_at=at,
    )


def communicated(attempt: ExamAttempt, at: datetime) -> Appeal:
    """An appeal that was filed, answered and communicated at one moment."""
    offices, appeal = Offices(), filed(attempt, at=at)
    services.register(appeal.pk, actor=offices.infocenter, at=at)
    services.send(appeal.pk, actor=offices.secretary, at=at)
    services.answer(appeal.pk, "Nu.", actor=attempt.row.catalogue.holder, at=at)
    return services.communicate(appeal.pk, actor=offices.infocenter, at=at)
