"""The personal calendar of terms: a private address, neutral titles, stable entries (ux §10)."""

import hashlib
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

import icalendar
from django.utils.translation import gettext as _

from upt_portal.kernel.models import Deadline, FeedToken

if TYPE_CHECKING:
    from upt_portal.accounts.models import User


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
    return bytes(calendar.to_ical())
