"""Requests about exams read: a student's own, a dean's office's, agreed methods of a list, durations."""

from collections.abc import Collection
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy

from studentrecords.models import (
    Catalogue,
    Discipline,
    DisciplineChoice,
    DisciplineKind,
    Enrolment,
    ExamDurations,
    ExamRequest,
)
from studentrecords.queries.core import EVERY_FACULTY
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role
from upt_portal.kernel import clock
from upt_portal.kernel.page import NavEntry, NavGroup

Kind, State = ExamRequest.Kind, ExamRequest.State


def requests_of(enrolment: Enrolment) -> QuerySet[ExamRequest]:
    """A student's own requests, the newest first."""
    rows = ExamRequest.objects.filter(enrolment=enrolment).select_related("year")
    return rows.prefetch_related("disciplines", "proofs__stored", "exams__session").order_by(
        "-filed_at", "-pk"
    )


def requests_for(user: User) -> QuerySet[ExamRequest]:
    """The requests a member of staff may open: a dean's office's, and approved open sessions to be dated.

    A secretariat dates what was approved; the papers are for the dean's office alone.
    """
    rows = ExamRequest.objects.select_related(
        "enrolment__person__user", "enrolment__programme__faculty", "year"
    ).prefetch_related("disciplines")
    if has_role(user, roles.ADMINISTRATOR):
        return rows
    own = rows.filter(enrolment__programme__faculty__code__in=faculty_codes(user))
    if has_role(user, roles.DEANERY):
        return own
    if not has_role(user, *roles.SECRETARIAT):
        return rows.none()
    return own.filter(kind=Kind.OPEN, state=State.GRANTED)


def may_decide(user: User) -> bool:
    """Whether somebody decides requests and sees their papers."""
    return has_role(user, roles.DEANERY, roles.ADMINISTRATOR)


def may_date(user: User) -> bool:
    """Whether somebody puts the exams of open sessions in the timetable."""
    return has_role(user, *roles.SECRETARIAT)


def without_exam(rows: QuerySet[ExamRequest], on: date) -> QuerySet[ExamRequest]:
    """Approved open sessions, not over, of which some discipline has no exam yet."""
    through = ExamRequest.disciplines.through
    undated = through.objects.filter(examrequest=OuterRef("pk")).exclude(
        Exists(Catalogue.objects.filter(asked=OuterRef("examrequest"), discipline=OuterRef("discipline")))
    )
    return rows.filter(Exists(undated), kind=Kind.OPEN, state=State.GRANTED, last_day__gte=on)


def disciplines_to_sit(enrolment: Enrolment) -> QuerySet[Discipline]:
    """The disciplines of the student's year of study, compulsory or chosen, which may be asked for."""
    chosen = DisciplineChoice.objects.filter(enrolment=enrolment).values("discipline")
    rows = Discipline.objects.filter(curriculum=enrolment.curriculum_id, year=enrolment.year_of_study)
    own = Q(kind=DisciplineKind.COMPULSORY, package__isnull=True) | Q(pk__in=chosen)
    return rows.filter(own).order_by("semester", "name_ro", "pk")


def methods_in(catalogue: Catalogue, enrolments: Collection[int]) -> dict[int, str]:
    """The agreed form of the exam, by enrolment, for those of a list who have one (REC-122); one query.

    The ground is not told: it is a matter of health.
    """
    rows = ExamRequest.objects.filter(
        Q(disciplines__isnull=True) | Q(disciplines=catalogue.discipline_id),
        Q(last_day__isnull=True) | Q(last_day__gte=catalogue.held_on),
        kind=Kind.ALTERNATIVE,
        state=State.GRANTED,
        enrolment__in=enrolments,
        first_day__lte=catalogue.held_on,
    )
    return dict(rows.order_by("decided_at", "pk").values_list("enrolment", "method"))


def duration_of(catalogue: Catalogue) -> int | None:
    """How many minutes an exam takes by the faculty's decision (REC-123); None without one."""
    faculty = catalogue.discipline.curriculum.programme.faculty_id
    found = ExamDurations.objects.filter(faculty=faculty, year=catalogue.session.year_id).first()
    if found is None:
        return None
    return found.oral_minutes if catalogue.oral else found.written_minutes


def staff_queues(user: User) -> list[NavGroup]:
    """Requests to decide or to date, in the side menu; one query, none for others."""
    if has_role(user, roles.DEANERY):
        waiting = requests_for(user).filter(state=State.ASKED).count()
    elif may_date(user) and not has_role(user, *EVERY_FACULTY):
        waiting = without_exam(requests_for(user), clock.today()).count()
    else:
        return []
    entry = NavEntry(
        label=gettext("Requests about exams"), url=reverse("studentrecords:exam_requests"), count=waiting
    )
    return [NavGroup(str(pgettext_lazy("desk", "Exams")), [entry])]
