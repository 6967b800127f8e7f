"""What is held about a person, what was asked to be corrected, who opened the record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext

from studentrecords.models import DataChange, DataRequest, Enrolment, Person
from studentrecords.queries.core import people_for_staff
from studentrecords.rules.personal import CONTACT, FIELD_WORDS, PersonalField
from studentrecords.workflow.personal import DataState
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import has_role
from upt_portal.kernel.cnp import mask_cnp
from upt_portal.kernel.words import Sentence

#: Offices that read and decide requests about personal data.
OFFICES = (*roles.SECRETARIAT, roles.SCHOOL_MANAGEMENT)


def held(person: Person, field: PersonalField) -> str:
    """What the record holds, as it is stored: text, dates as 2005-06-14; empty for nothing."""
    value = getattr(person, field.value)
    return value.isoformat() if isinstance(value, date) else str(value or "")


def shown(field: PersonalField, value: str, *, masked: bool = False) -> str:
    """A stored value as people read it. masked: a CNP as its first and last digit (REC-024)."""
    if not value:
        return ""
    if field == PersonalField.CNP and masked:
        return mask_cnp(value)
    if field == PersonalField.PASSPORT and masked:
        return "•" * (len(value) - 1) + value[-1]
    if field == PersonalField.BIRTH_DATE:
        try:
            return date_format(date.fromisoformat(value), "d.m.Y")
        except ValueError:
            return value
    return value


@dataclass(frozen=True)
class Held:
    """One piece of data of a person's own page. waiting: a correction of it that is not decided."""

    field: PersonalField
    label: Sentence
    value: str
    waiting: DataRequest | None

    @property
    def is_contact(self) -> bool:
        return self.field in CONTACT


def data_of(person: Person) -> list[Held]:
    """All personal data held, whole, for the person's own page (REC-032); one query."""
    waiting = {row.field: row for row in requests_of(person) if row.state == DataState.WAITING}
    return [
        Held(one, FIELD_WORDS[one], shown(one, held(person, one)), waiting.get(one.value))
        for one in PersonalField
    ]


def requests_of(person: Person) -> QuerySet[DataRequest]:
    """A person's requests, newest first."""
    return DataRequest.objects.filter(person=person).select_related("proof").order_by("-registered_at", "-pk")


def changes_of(person: Person) -> QuerySet[DataChange]:
    """Every value that took another's place, newest first."""
    return DataChange.objects.filter(person=person).select_related("author", "proof").order_by("-at", "-pk")


def visible_to(user: User) -> QuerySet[DataRequest]:
    """Requests of the people a member of staff works for; of nobody for other offices."""
    if not has_role(user, *OFFICES):
        return DataRequest.objects.none()
    return DataRequest.objects.filter(person__in=people_for_staff(user)).select_related(
        "person__user", "decided_by", "proof"
    )


def waiting_for(user: User) -> QuerySet[DataRequest]:
    """Those that wait for a decision, the first due first."""
    return visible_to(user).filter(state=DataState.WAITING).order_by("due_on", "pk")


def own_enrolments(person: Person) -> Sequence[Enrolment]:
    """The person's enrolments with programme and faculty."""
    return list(person.enrolments.select_related("programme__faculty").order_by("pk"))


def field_named(name: str) -> PersonalField | None:
    """The field of an address; None for a word that is none."""
    return PersonalField(name) if name in set(PersonalField) else None


def value_rows(request: DataRequest, *, masked: bool) -> tuple[str, str]:
    """Former and asked value of a request, as people read them; "–" for nothing."""
    field = PersonalField(request.field)
    none = gettext("nothing")
    return shown(field, request.old, masked=masked) or none, shown(field, request.new, masked=masked) or none
