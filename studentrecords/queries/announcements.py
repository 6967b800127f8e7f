"""Announcements: what a student sees on a day, what a member of staff keeps."""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from studentrecords.models import Announcement, AnnouncementRead, Enrolment
from studentrecords.queries.core import EVERY_FACULTY
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role

#: On the home page; all of them stand on their own page.
ON_HOME = 5


def seen_by(enrolment: Enrolment, user: User, day: date) -> QuerySet[Announcement]:
    """The announcements for a student on a day, newest first, each with `unread` (REC-031).

    Each filled field of an audience must agree with the enrolment; an empty one lets everybody in.
    """
    programme = enrolment.programme
    return (
        Announcement.objects.filter(
            Q(faculty=None) | Q(faculty=programme.faculty_id),
            Q(department=None) | Q(department=programme.department_id),
            Q(programme=None) | Q(programme=programme),
            Q(cycle="") | Q(cycle=programme.cycle),
            Q(year_of_study=None) | Q(year_of_study=enrolment.year_of_study),
            Q(group="") | Q(group=enrolment.group),
            Q(financing="") | Q(financing=enrolment.financing),
            first_day__lte=day,
            last_day__gte=day,
        )
        .annotate(
            unread=~Exists(AnnouncementRead.objects.filter(announcement=OuterRef("pk"), user=user)),
        )
        .select_related("faculty", "department")
    )


def kept_by(user: User) -> QuerySet[Announcement]:
    """The announcements a member of staff keeps: of the own faculties; all of them for central offices."""
    if has_role(user, *EVERY_FACULTY):
        return Announcement.objects.all()
    return Announcement.objects.filter(faculty__code__in=faculty_codes(user))
