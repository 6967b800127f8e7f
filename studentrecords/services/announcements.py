"""Announcements read, visits of the personal page."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from studentrecords.models import Announcement, AnnouncementRead, PageVisit
from upt_portal.accounts.models import User

#: Clicks so close together belong to one visit.
ONE_VISIT = timedelta(minutes=30)


def mark_read(found: Iterable[Announcement], *, user: User, at: datetime) -> None:
    """Note that somebody has opened announcements; what was noted before stays. One query."""
    AnnouncementRead.objects.bulk_create(
        (AnnouncementRead(announcement=one, user=user, at=at) for one in found), ignore_conflicts=True
    )


def note_visit(user: User, *, at: datetime) -> datetime | None:
    """Note a visit of the personal page; gives when the one before began, None at the first (REC-464).

    One query inside a visit, two when a new one begins.
    """
    visit = PageVisit.objects.filter(user=user).first()
    if visit is None:
        PageVisit.objects.bulk_create([PageVisit(user=user, at=at)], ignore_conflicts=True)
        return None
    if at - visit.at < ONE_VISIT:
        return visit.before
    # Two pages opened at once: the second one finds the visit already noted and changes nothing.
    PageVisit.objects.filter(user=user, at=visit.at).update(before=visit.at, at=at)
    return visit.at
