"""School documents: a transcript issued, a certificate, an application that waits and one that is late."""

from datetime import datetime, timedelta

from studentrecords.models import Enrolment, EnrolmentStatus
from studentrecords.refusal import Refused
from studentrecords.services import papers
from studentrecords.services.papers import Wish
from upt_portal.kernel.calendar import add_days, start_of_day
from upt_portal.kernel.clock import local_day

PROGRAMME = "AC-L-CALC"


def lay(now: datetime) -> None:
    """Applications of four students of one programme; the late one was filed eight days ago."""
    students = list(
        Enrolment.objects.filter(
            programme__code=PROGRAMME, status=EnrolmentStatus.ENROLLED, year_of_study__gte=2
        )
        .select_related("person__user")
        .order_by("pk")[:12]
    )
    if len(students) < 3:
        return
    morning = start_of_day(add_days(local_day(now), -8)) + timedelta(hours=10)
    late = Wish("syllabus", details="Programa analitică a disciplinelor din anul 1, pentru echivalare.")
    asked = _ask(students[2], late, at=morning)
    if asked:
        papers.flag_late(asked, at=now)
    _ask(students[1], Wish("other", details="Adeverință cu durata studiilor, pentru pensie."), at=now)
    _ask(students[0], Wish("certificate", purpose="employer"), at=now)
    # Where a catalogue is being corrected no transcript is issued: another programme's students get theirs.
    others = Enrolment.objects.filter(status=EnrolmentStatus.ENROLLED, year_of_study__gte=2)
    for student in (
        others.exclude(programme__code=PROGRAMME).select_related("person__user").order_by("pk")[:9]
    ):
        if _ask(student, Wish("transcript"), at=now):
            _ask(student, Wish("transcript", language="en"), at=now)
            break


def _ask(student: Enrolment, wish: Wish, *, at: datetime) -> int:
    """The key of the application; 0 when it was refused."""
    try:
        return papers.ask(student.pk, wish, actor=student.person.user, at=at).pk
    except Refused:
        return 0
