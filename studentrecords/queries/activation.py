"""What activation looks up: people by their numbers, addresses that wait for the secretariat."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from studentrecords.models import Person
from studentrecords.models.activation import AddressRequest
from studentrecords.queries.core import people_for_staff
from studentrecords.rules import activation as rules
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import has_role
from upt_portal.kernel.page import NavEntry, NavGroup

OFFICES = (*roles.SECRETARIAT, roles.SCHOOL_MANAGEMENT, roles.ADMINISTRATOR)


def person_by_index(cnp_index: str, passport_index: str) -> Person | None:
    """The person of a blind index; None for nobody."""
    return (
        Person.objects.filter(cnp_index=cnp_index).first()
        or Person.objects.filter(passport_index=passport_index).first()
    )


def visible_to(user: User) -> QuerySet[AddressRequest]:
    """Declared addresses of the people a member of staff works for."""
    if not has_role(user, *OFFICES):
        return AddressRequest.objects.none()
    return AddressRequest.objects.filter(person__in=people_for_staff(user)).select_related(
        "person__user", "decided_by"
    )


def staff_queues(user: User) -> list[NavGroup]:
    """The queue of declared addresses for the side menu, without a count: it is short and seldom."""
    if not has_role(user, *OFFICES):
        return []
    url = reverse("admin:studentrecords_addressrequest_changelist") + "?state__exact=waiting"
    entry = NavEntry(label=gettext("Declared addresses"), url=url)
    return [NavGroup(gettext("Accounts"), [entry])]


class PersonalNumbersValidator:
    """A password is never the CNP, the passport or the birth date of its owner (REC-016)."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError in words."""
        person = Person.objects.filter(user=user).first() if getattr(user, "pk", None) else None
        if person is None:
            return
        answer = rules.check_password(password, (person.cnp, person.passport), person.birth_date)
        if not answer:
            raise ValidationError(str(answer.reason), code="password_personal")

    def get_help_text(self) -> str:
        """The rule in words."""
        return gettext("The password is not your CNP, your passport or your birth date.")
