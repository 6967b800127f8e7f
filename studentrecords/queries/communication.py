"""Official messages, competitions, confidential notifications: whom they reach, who reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy

from studentrecords.models import (
    ACTIVE_STATUSES,
    Competition,
    ConfidentialNotice,
    Enrolment,
    ForwardedNotice,
    OfficialMessage,
)
from studentrecords.rules.communication import communicated_at
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role
from upt_portal.kernel.crypto import blind_index
from upt_portal.kernel.models import Mail
from upt_portal.kernel.page import NavEntry, NavGroup

#: Offices that read and send official messages.
SENDERS = (roles.INFOCENTER, roles.SECRETARY_GENERAL)
#: Offices that post competitions.
POSTERS = (*roles.SECRETARIAT, roles.SCHOOL_MANAGEMENT, roles.INFOCENTER)


@dataclass(frozen=True)
class Audience:
    """Whom a message is sent to: one matriculation number, or everybody who matches all the rest."""

    number: str = ""
    faculty: int | None = None
    programme: int | None = None
    year: int | None = None
    group: str = ""

    def as_json(self) -> dict[str, Any]:
        """The filled conditions, as they are kept on the message."""
        return {name: value for name, value in vars(self).items() if value}

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Audience":
        """The audience kept on a message."""
        return cls(**given)


def reached(audience: Audience) -> QuerySet[User]:
    """The accounts an audience means, each once: students who study now, or the one named."""
    rows = Enrolment.objects.filter(person__user__isnull=False)
    if audience.number:
        rows = rows.filter(matriculation_number__iexact=audience.number.strip())
    else:
        rows = rows.filter(status__in=ACTIVE_STATUSES)
        if audience.faculty:
            rows = rows.filter(programme__faculty=audience.faculty)
        if audience.programme:
            rows = rows.filter(programme=audience.programme)
        if audience.year:
            rows = rows.filter(year_of_study=audience.year)
        if audience.group:
            rows = rows.filter(group__iexact=audience.group.strip())
    return User.objects.filter(pk__in=rows.values("person__user")).order_by("pk")


def messages_for(user: User) -> QuerySet[OfficialMessage]:
    """Official messages for the offices that send them; none for others."""
    if not has_role(user, *SENDERS):
        return OfficialMessage.objects.none()
    return OfficialMessage.objects.select_related("sent_by")


def communication_of(message: OfficialMessage, reader: User) -> datetime | None:
    """When a message or decision was communicated to somebody, from which terms run; None until it left.

    REC-050: the moment the mail left for the institutional address, not that of reading it.
    """
    mail = Mail.objects.filter(key=f"official:{message.pk}:{reader.pk}").only("sent_at").first()
    return communicated_at(mail.sent_at if mail else None)


def deliveries(message: OfficialMessage) -> dict[str, int]:
    """How many mails of a message are written and how many have left; one query."""
    states = Mail.objects.filter(key__startswith=f"official:{message.pk}:").values_list("state", flat=True)
    found = list(states)
    return {"written": len(found), "sent": found.count(Mail.State.SENT)}


# ---- competitions ------------------------------------------------------------------------------------------


def competitions_for(enrolment: Enrolment, today: date) -> QuerySet[Competition]:
    """Competitions posted for the student's faculty or for everybody, the first to close first."""
    reach = Q(faculty=None) | Q(faculty=enrolment.programme.faculty_id)
    return Competition.objects.filter(reach, posted_on__lte=today).select_related("faculty")


def competitions_of(user: User) -> QuerySet[Competition]:
    """What a member of staff may edit: of the own faculties, everything for offices of the university."""
    if has_role(user, roles.SCHOOL_MANAGEMENT, roles.INFOCENTER, roles.ADMINISTRATOR):
        return Competition.objects.select_related("faculty", "posted_by")
    return Competition.objects.filter(faculty__code__in=faculty_codes(user)).select_related(
        "faculty", "posted_by"
    )


# ---- in confidence -----------------------------------------------------------------------------------------


def author_index(user: User) -> str:
    """The fingerprint under which somebody's own notifications are found."""
    return blind_index(str(user.pk), "confidential")


def own_confidential(user: User) -> QuerySet[ConfidentialNotice]:
    """What somebody told the vice-rector."""
    return ConfidentialNotice.objects.filter(author_index=author_index(user))


def confidential_for(user: User) -> QuerySet[ConfidentialNotice]:
    """Notifications for the vice-rector; nobody else, superusers included, gets one (REC-051)."""
    if not has_role(user, roles.VICE_RECTOR):
        return ConfidentialNotice.objects.none()
    return ConfidentialNotice.objects.prefetch_related("forwarded__faculty", "forwarded__department")


def sent_on_to(user: User) -> QuerySet[ForwardedNotice]:
    """What was sent on to the dean's offices somebody works for; it names nobody."""
    if not has_role(user, roles.DEANERY):
        return ForwardedNotice.objects.none()
    return ForwardedNotice.objects.filter(faculty__code__in=faculty_codes(user)).select_related(
        "faculty", "department", "answered_by"
    )


def staff_queues(user: User) -> list[NavGroup]:
    """Matters told in confidence, in the side menu of who may read them; one query each, none for others."""
    entries = []
    if has_role(user, roles.VICE_RECTOR):
        waiting = confidential_for(user).filter(answered_at__isnull=True).count()
        address = reverse("studentrecords:confidential_desk")
        entries.append(NavEntry(label=gettext("Told in confidence"), url=address, count=waiting))
    if has_role(user, roles.DEANERY):
        waiting = sent_on_to(user).filter(answered_at__isnull=True).count()
        address = reverse("studentrecords:sent_on")
        entries.append(NavEntry(label=gettext("Sent on by the vice-rector"), url=address, count=waiting))
    return [NavGroup(str(pgettext_lazy("desk", "In confidence")), entries)] if entries else []
