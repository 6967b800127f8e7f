"""Data of people: a request that waits, cards, a message, competitions, a word in confidence."""

from datetime import datetime, timedelta

from studentrecords.models import ACTIVE_STATUSES, Competition, Enrolment, Faculty
from studentrecords.queries.communication import Audience
from studentrecords.queries.sessions import closed_days
from studentrecords.rules.communication import first_closing_day
from studentrecords.rules.personal import PersonalField
from studentrecords.services import cards, communication, confidential, personal, railcards
from upt_portal.accounts.models import User
from upt_portal.kernel.clock import local_day

#: Whose pages are filled, and who lost a railcard.
FILLED, LOST = "teodora.gligor@student.upt.ro", "emil.fantana@student.upt.ro"


def lay(*, infocenter: User, now: datetime) -> None:
    """Two students of the cast with something in each page of theirs; nothing where they are not made."""
    found = {
        one.person.user.email: one
        for one in Enrolment.objects.filter(person__user__email__in=[FILLED, LOST]).select_related(
            "person__user"
        )
        if one.person.user is not None and one.status in ACTIVE_STATUSES
    }
    if len(found) < 2:
        return
    enrolment, other = found[FILLED], found[LOST]
    today, student = local_day(now), found[FILLED].person.user
    if student is None:
        return
    personal.ask(
        enrolment.pk,
        PersonalField.PHONE,
        "0721 000 321",
        changed_on=today - timedelta(days=2),
        actor=student,
        at=now,
    )
    cards.issue(enrolment.pk, actor=student, at=now)
    card = railcards.issue(other.pk, "TM 000101", actor=infocenter, at=now)
    railcards.record_loss(card.pk, notice="", lost_on=today, actor=infocenter, at=now)
    audience = Audience(number=enrolment.matriculation_number)
    communication.send(
        audience,
        subject=("Program redus la InfoCentru", "Shorter hours at the InfoCenter"),
        text=("Vineri ghișeul se închide la ora 12.", "On Friday the counter closes at 12."),
        expected=1,
        actor=infocenter,
        at=now,
    )
    confidential.tell("Afișarea rezultatelor întârzie la o disciplină.", author=student, at=now)
    closes = first_closing_day(today, closed_days(today, today + timedelta(days=45)), days=10)
    for kind, name_ro, name_en, faculty in (
        ("scholarship", "Burse de cercetare", "Research scholarships", "AC"),
        ("camp", "Tabăra de iarnă", "Winter camp", ""),
    ):
        Competition.objects.create(
            kind=kind,
            name_ro=name_ro,
            name_en=name_en,
            faculty=Faculty.objects.filter(code=faculty).first(),
            posted_on=today,
            closes_on=closes,
            posted_by=infocenter,
        )
