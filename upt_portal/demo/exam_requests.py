"""Exams outside the rule: a request for an open session that waits, an agreed other form, durations."""

from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from studentrecords.models import (
    ACTIVE_STATUSES,
    AcademicYear,
    Discipline,
    Enrolment,
    ExamDurations,
    ExamRequest,
    Faculty,
)
from studentrecords.queries.exam_requests import disciplines_to_sit
from studentrecords.services import exam_requests
from upt_portal.accounts.models import User
from upt_portal.demo import scans
from upt_portal.kernel import uploads
from upt_portal.kernel.clock import local_day

#: Who asks for an open session, and who has another form of the exam agreed.
ATHLETE, OTHER_FORM = "ilinca.branzei@student.upt.ro", "teodora.gligor@student.upt.ro"


def lay(year: AcademicYear, *, decides: User, now: datetime) -> None:
    """Requests of two students of the cast, each with a paper; nothing where they are not made."""
    for faculty in Faculty.objects.filter(code="AC"):
        ExamDurations.objects.create(
            faculty=faculty,
            year=year,
            written_minutes=120,
            oral_minutes=20,
            students="Liga studenților, proces-verbal 4",
            teachers="Consiliile departamentelor",
            secretariat="Secretariatul facultății",
        )
    found = {
        one.person.user.email: one
        for one in Enrolment.objects.filter(
            person__user__email__in=[ATHLETE, OTHER_FORM], status__in=ACTIVE_STATUSES
        ).select_related("person__user")
        if one.person.user is not None
    }
    if (athlete := found.get(ATHLETE)) is not None:
        chosen = disciplines_to_sit(athlete).filter(kind="compulsory", semester__in=(1, 3, 5, 7))[:2]
        _ask(
            athlete,
            year,
            "open",
            "athlete",
            list(chosen),
            "Campionatul național universitar de atletism.",
            now,
        )
    if (other := found.get(OTHER_FORM)) is not None:
        asked = _ask(other, year, "alternative", "temporary", [], "Mâna dreaptă în ghips: examen oral.", now)
        exam_requests.decide(
            asked.pk,
            granted=True,
            decision="DEC 121",
            method="Examen oral în locul celui scris",
            first_day=local_day(now),
            last_day=local_day(now) + timedelta(days=120),
            actor=decides,
            at=now,
        )


def _ask(
    student: Enrolment,
    year: AcademicYear,
    kind: str,
    ground: str,
    disciplines: list[Discipline],
    words: str,
    now: datetime,
) -> ExamRequest:
    user = student.person.user
    if user is None:
        raise LookupError("a student of the cast has an account")
    sent = SimpleUploadedFile("adeverinta.pdf", scans.blank_page(), "application/pdf")
    return exam_requests.ask(
        student.pk,
        year,
        kind,
        ground,
        disciplines=disciplines,
        words=words,
        proofs=[uploads.examine(sent)],
        actor=user,
        at=now,
    )
