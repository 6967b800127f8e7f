"""Who sees which case; the case of an enrolment."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from contracting.models import Campaign, StudentContracting
from contracting.workflow import CampaignState
from studentrecords.models import Enrolment
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role
from upt_portal.kernel.clock import local_day

#: How long a case taken from the queue is left to the one who took it.
CLAIM = timedelta(minutes=15)
LATEST_FIRST = ("-campaign__year__starts_on", "-campaign__published_at", "-pk")


def _with_page() -> QuerySet[StudentContracting]:
    return StudentContracting.objects.select_related(
        "campaign__year",
        "campaign__faculty",
        "enrolment__person__user",
        "enrolment__programme__faculty",
        "enrolment__curriculum",
    )


def of_student(user: User) -> QuerySet[StudentContracting]:
    """The student's own cases in published campaigns."""
    return _with_page().filter(enrolment__person__user=user).exclude(campaign__state=CampaignState.DRAFT)


def for_staff(user: User) -> QuerySet[StudentContracting]:
    """Cases of the faculties of a member of the secretariat (CON-012); none for everyone else."""
    if not has_role(user, *roles.SECRETARIAT):
        return StudentContracting.objects.none()
    return _with_page().filter(enrolment__programme__faculty__code__in=faculty_codes(user))


def visible_to(user: User) -> QuerySet[StudentContracting]:
    """The cases a user may see, as a student or as the secretariat of a faculty (CON-012)."""
    if has_role(user, *roles.SECRETARIAT):
        return for_staff(user)
    return of_student(user)


def current_of(enrolment: Enrolment) -> StudentContracting | None:
    """The enrolment's case in its latest published campaign; None when no campaign concerned it yet."""
    return (
        _with_page()
        .filter(enrolment=enrolment)
        .exclude(campaign__state=CampaignState.DRAFT)
        .order_by(*LATEST_FIRST)
        .first()
    )


def running_for(enrolment: Enrolment, at: datetime) -> bool:
    """Whether a published campaign concerns the enrolment now: from stage 1 to its payment end (CON-002)."""
    today = local_day(at)
    return StudentContracting.objects.filter(
        enrolment=enrolment,
        campaign__state=CampaignState.PUBLISHED,
        campaign__stage1_from__lte=today,
        campaign__payment_until__gte=today,
    ).exists()


def campaigns_for_staff(user: User) -> QuerySet[Campaign]:
    """Campaigns a secretary may set up: those of the own faculties; the university's for reading."""
    if not has_role(user, *roles.SECRETARIAT):
        return Campaign.objects.none()
    own = Q(faculty__code__in=faculty_codes(user)) | Q(faculty__isnull=True)
    return Campaign.objects.filter(own).select_related("year", "faculty").distinct()
