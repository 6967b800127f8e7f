"""The personal calendar of terms: a private address, neutral titles, stable entries (ux §10)."""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import icalendar
from django.utils.translation import gettext as _

from upt_portal.kernel.models import Deadline, FeedToken

if TYPE_CHECKING:
    from upt_portal.accounts.models import User


@dataclass(frozen=True)
class FeedEvent:
    """An entry of a person's calendar beside the terms.

    uid: stable, unique ("exam-17"). day: of an entry without hours; else begins, ends (aware).
    title: says nothing private. sequence: grows when the entry moves.
    """

    uid: str
    title: str
    day: date | None = None
    begins: datetime | None = None
    ends: datetime | None = None
    place: str = ""
    sequence: int = 0
    cancelled: bool = False


_SOURCES: "dict[str, Callable[[User], Iterable[FeedEvent]]]" = {}


def register_source(name: str, give: "Callable[[User], Iterable[FeedEvent]]") -> None:
    """Have a room asked for entries of a person's feed; the last registration of a name holds."""
    _SOURCES[name] = give


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def new_token(user: "User", *, at: datetime) -> str:
    """A fresh private address for the person's feed; the older one stops working. 128 bits, hashed."""
    token = secrets.token_urlsafe(16)
    FeedToken.objects.update_or_create(user=user, defaults={"digest": _digest(token), "created_at": at})
    return token


def revoke(user: "User") -> None:
    """The person's feed address stops working."""
    FeedToken.objects.filter(user=user).delete()


def owner_of(token: str) -> "User | None":
    """Whose feed the address is; None for an unknown or revoked one."""
    found = FeedToken.objects.filter(digest=_digest(token)).select_related("user").first()
    return found.user if found and found.user.is_active else None


def calendar_of(user: "User", *, at: datetime) -> bytes:
    """The person's running terms as an iCalendar file in UTC; titles say nothing private."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//UPT//Portal//RO")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("Terms at the university"))
    for deadline in Deadline.objects.filter(
        person=user, met_at__isnull=True, dropped_at__isnull=True
    ).order_by("due_at"):
        event = icalendar.Event()
        event.add("uid", f"deadline-{deadline.pk}@portal")
        event.add("dtstamp", at)
        event.add("dtstart", deadline.due_at)
        event.add("dtend", deadline.due_at)
        event.add("sequence", deadline.extensions.count())
        event.add("summary", _("Term: documents"))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    for give in _SOURCES.values():
        for entry in give(user):
            calendar.add_component(_component(entry, at))
    return bytes(calendar.to_ical())


def _component(entry: FeedEvent, at: datetime) -> icalendar.Event:
    """An entry of a room; the end of a whole day is the next one (exclusive), moments are UTC."""
    event = icalendar.Event()
    event.add("uid", f"{entry.uid}@portal")
    event.add("dtstamp", at)
    if entry.day is not None:
        event.add("dtstart", entry.day)
        event.add("dtend", entry.day + timedelta(days=1))
    elif entry.begins is not None:
        event.add("dtstart", entry.begins.astimezone(UTC))
        event.add("dtend", (entry.ends or entry.begins).astimezone(UTC))
    event.add("sequence", entry.sequence)
    event.add("summary", entry.title)
    if entry.place:
        event.add("location", entry.place)
    if entry.cancelled:
        event.add("status", "CANCELLED")
    return event
