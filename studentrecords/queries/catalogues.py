"""Reads of catalogues: a teacher's own, those of a secretariat's faculties, what the clock has to do."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from studentrecords.models import Catalogue, CatalogueRow, Correction, ExamAttempt
from studentrecords.parameters import LIST_PAID
from studentrecords.queries.core import EVERY_FACULTY
from studentrecords.workflow.catalogues import CatalogueState
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role
from upt_portal.kernel.clock import local_day

_WITH = (
    "discipline__curriculum__programme__faculty",
    "session__year",
    "holder",
    "second",
)


def own_catalogues(user: User) -> QuerySet[Catalogue]:
    """The catalogues a teacher holds, alone or as the second; those not opened yet too."""
    if not has_role(user, roles.TEACHER):
        return Catalogue.objects.none()
    return Catalogue.objects.filter(Q(holder=user) | Q(second=user)).select_related(*_WITH)


def catalogues_for_staff(user: User) -> QuerySet[Catalogue]:
    """The catalogues of the faculties a member of staff works for; all of them for central offices."""
    found = Catalogue.objects.select_related(*_WITH)
    if has_role(user, *EVERY_FACULTY):
        return found
    return found.filter(discipline__curriculum__programme__faculty__code__in=faculty_codes(user))


def with_counts(found: QuerySet[Catalogue]) -> QuerySet[Catalogue]:
    """With `listed` and `written`: how many rows, and how many of them hold a result."""
    return found.annotate(listed=Count("rows"), written=Count("rows", filter=~Q(rows__result="")))


def published_by_year(found: QuerySet[Catalogue]) -> dict[str, int]:
    """How many of some catalogues are published, by the name of their academic year, the latest first."""
    published = found.filter(state=CatalogueState.PUBLISHED).order_by()
    counted = published.values_list("session__year__name").annotate(number=Count("pk"))
    return dict(sorted(counted, reverse=True))


def rows_of(catalogue: Catalogue) -> list[CatalogueRow]:
    """The rows in the order of the list, with their students; one query."""
    rows = catalogue.rows.select_related("enrolment__person", "enrolment__programme", "entered_by")
    return list(rows.order_by("enrolment__person__sort", "enrolment__matriculation_number"))


def posted_of(rows: Iterable[CatalogueRow]) -> dict[int, ExamAttempt]:
    """The posted result of each row that has one, the last of its corrections; one query."""
    found = ExamAttempt.objects.filter(row__in=[row.pk for row in rows], replaced_by__isnull=True)
    return {attempt.row_id: attempt for attempt in found}


def decided_by_commission(rows: Iterable[CatalogueRow]) -> set[int]:
    """Keys of the rows whose result a commission decided; one query (REC-203)."""
    found = ExamAttempt.objects.filter(row__in=[row.pk for row in rows], commission=True)
    return set(found.values_list("row", flat=True))


def open_correction(catalogue: Catalogue) -> Correction | None:
    """The correction that is open on a catalogue, with its rows."""
    return catalogue.corrections.filter(closed_at__isnull=True).prefetch_related("rows").first()


# ---- what the clock has to do ------------------------------------------------------------------------------


def to_lock(at: datetime) -> list[int]:
    """Catalogues whose term of entry is over."""
    rows = Catalogue.objects.filter(
        state__in=[CatalogueState.OPEN, CatalogueState.FILLED], enter_until__lt=at
    )
    return list(rows.order_by("enter_until", "pk").values_list("pk", flat=True))


def to_close(at: datetime) -> list[int]:
    """Catalogues whose correction is over."""
    rows = Correction.objects.filter(closed_at__isnull=True, until__lt=at)
    return list(rows.order_by("until", "pk").values_list("catalogue", flat=True))


def to_post(at: datetime) -> list[int]:
    """Published catalogues whose session held the results back until now (REC-038)."""
    rows = Catalogue.objects.filter(
        state=CatalogueState.PUBLISHED, posted_at__isnull=True, session__results_from__lte=local_day(at)
    )
    return list(rows.order_by("pk").values_list("pk", flat=True))


def to_open(at: datetime) -> list[int]:
    """Exams in the timetable whose lists are made now, a day before their session (REC-114)."""
    today = local_day(at)
    rows = Catalogue.objects.filter(
        state=CatalogueState.PLANNED,
        session__starts_on__lte=today + timedelta(days=LIST_PAID.on(today)),
    )
    return list(rows.order_by("pk").values_list("pk", flat=True))
