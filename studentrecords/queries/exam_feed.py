"""A student's exams as entries of the personal calendar."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils.translation import gettext

from studentrecords.models import ACTIVE_STATUSES, Catalogue
from studentrecords.workflow.catalogues import CatalogueState
from upt_portal.accounts.models import User
from upt_portal.kernel import clock
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.feeds import FeedEvent

KEPT = timedelta(days=30)
HOURS = timedelta(hours=2)


def exams_of(user: User) -> Iterator[FeedEvent]:
    """The exams of the person's lists and, before those are made, of the timetable of the own group.

    Those held in the last 30 days stay. An exam without an hour is an entry of the whole day; one query.
    """
    since = clock.today() - KEPT
    listed = Q(rows__enrolment__person__user=user)
    planned = Q(
        asked__isnull=True,
        state=CatalogueState.PLANNED,
        discipline__curriculum__enrolments__person__user=user,
        discipline__curriculum__enrolments__status__in=ACTIVE_STATUSES,
        discipline__year=F("discipline__curriculum__enrolments__year_of_study"),
    )
    found = Catalogue.objects.filter(listed | planned, held_on__gte=since).select_related("discipline")
    for exam in found.distinct().order_by("held_on", "pk"):
        begins = datetime.combine(exam.held_on, exam.starts_at, tzinfo=ROMANIA) if exam.starts_at else None
        yield FeedEvent(
            uid=f"exam-{exam.pk}",
            title=gettext("Exam: %(discipline)s") % {"discipline": exam.discipline.name},
            day=None if begins else exam.held_on,
            begins=begins,
            ends=begins + HOURS if begins else None,
            place=exam.room,
            sequence=exam.version,
        )
