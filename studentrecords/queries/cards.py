"""Student cards and railcards: which is in force, until when, what is still in a student's hand."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from studentrecords.models import (
    ACTIVE_STATUSES,
    AcademicYear,
    Enrolment,
    Person,
    Railcard,
    StudentCard,
    StudyForm,
)
from studentrecords.parameters import RAILCARD_AGE
from studentrecords.queries.core import academic_year_of
from studentrecords.rules import cards as rules
from upt_portal.kernel.answers import Answer


def in_force(enrolment: Enrolment) -> StudentCard | None:
    """The card that was not taken back; None when none was issued."""
    return StudentCard.objects.filter(enrolment=enrolment, taken_back_at=None).select_related("photo").first()


def valid_until(today: date) -> date | None:
    """The last day of cards of the year that runs: the day before the next one starts, else its own end."""
    year = academic_year_of(today)
    if year is None:
        return None
    following = AcademicYear.objects.filter(starts_on__gt=year.starts_on).order_by("starts_on").first()
    return following.starts_on - timedelta(days=1) if following else year.ends_on


@dataclass(frozen=True)
class Checked:
    """What the check page says: whether the card is valid, and whose it is; no name when it is not."""

    valid: bool
    name: str = ""


def checked(code: str, today: date) -> Checked:
    """What a stranger learns from a code; unknown codes and cards no longer valid look the same (REC-044)."""
    card = (
        StudentCard.objects.filter(code=code, taken_back_at=None).select_related("enrolment__person").first()
    )
    if card is None or not is_valid(card, today):
        return Checked(False)
    person = card.enrolment.person
    return Checked(True, f"{person.first_name} {person.last_name}")


def is_valid(card: StudentCard, today: date) -> bool:
    """Whether a card is valid on a day (REC-044)."""
    return rules.card_is_valid(
        enrolled=is_enrolled(card.enrolment),
        taken_back=card.taken_back_at is not None,
        today=today,
        until=valid_until(today),
    )


def is_enrolled(enrolment: Enrolment) -> bool:
    """Whether the student studies now: neither interrupted nor gone."""
    return enrolment.status in ACTIVE_STATUSES


# ---- railcards ---------------------------------------------------------------------------------------------


def railcards() -> QuerySet[Railcard]:
    """All railcards with their holders and visas."""
    return Railcard.objects.select_related(
        "person__user", "enrolment__programme", "duplicate_of", "issued_by"
    ).prefetch_related("visas__year", "visas__by")


def may_have_railcard(enrolment: Enrolment, on: date) -> Answer:
    """Whether the student may get a railcard, or its visa, on a day (REC-045)."""
    return rules.may_issue_railcard(
        full_time=enrolment.programme.form == StudyForm.FULL_TIME,
        enrolled=is_enrolled(enrolment),
        born=enrolment.person.birth_date,
        issued_on=on,
        under=RAILCARD_AGE.on(on),
    )


def may_close_file(person: Person) -> Answer:
    """Whether the file of somebody who withdraws or transfers may be closed (REC-047); asked before it is."""
    out = Railcard.objects.filter(person=person, returned_on=None, loss_notice="").count()
    return rules.may_close_file(railcards_out=out)
