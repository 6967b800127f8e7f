"""Reads of school papers: a student's applications, the secretariat's queue, what a transcript says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from studentrecords.models import (
    AcademicYear,
    Discipline,
    DocumentRequest,
    Enrolment,
    ExamResult,
)
from studentrecords.queries.core import EVERY_FACULTY
from studentrecords.queries.grades import Attempt, Grades, grades_of
from studentrecords.rules import grading
from studentrecords.rules import papers as rules
from studentrecords.workflow.papers import OPEN
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role
from upt_portal.kernel import clock
from upt_portal.kernel.models import IssuedPaper
from upt_portal.kernel.page import NavEntry, NavGroup
from upt_portal.kernel.references import reference

CERTIFICATE, TRANSCRIPT = "studentrecords.certificate", "studentrecords.transcript"
OFFICES = (*roles.SECRETARIAT, roles.SCHOOL_MANAGEMENT)
COMPLETED_YEARS = 2  # that a grading table looks back on


# ---- applications ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """An application with the paper the portal made for it, if any."""

    request: DocumentRequest
    paper: IssuedPaper | None

    @property
    def preparing(self) -> bool:
        """Whether the bytes are on their way."""
        return self.paper is not None and self.paper.rendered_at is None

    @property
    def has_file(self) -> bool:
        return self.paper is not None and bool(self.paper.file)

    @property
    def has_elmo(self) -> bool:
        return self.has_file and self.paper is not None and is_transcript(self.paper)


def requests_of(enrolment: Enrolment, *, limit: int = 50) -> list[Asked]:
    """The applications of a student with their papers, newest first; two queries."""
    rows = list(DocumentRequest.objects.filter(enrolment=enrolment)[:limit])
    papers = papers_of(rows)
    return [Asked(row, papers.get(row.pk)) for row in rows]


def papers_of(rows: Iterable[DocumentRequest]) -> dict[int, IssuedPaper]:
    """The last paper made for each application that has one; one query."""
    about = {reference(row): row.pk for row in rows}
    found = IssuedPaper.objects.filter(about__in=list(about)).order_by("version")
    return {about[paper.about]: paper for paper in found}


def paper_of(request: DocumentRequest) -> IssuedPaper | None:
    """The last paper made for an application."""
    return papers_of([request]).get(request.pk)


def is_transcript(paper: IssuedPaper) -> bool:
    """Whether a paper holds results as data."""
    return paper.kind == TRANSCRIPT


def request_about(paper: IssuedPaper) -> int:
    """The key of the application a paper is about."""
    return int(paper.about.rsplit(":", 1)[1])


def visible_to(user: User) -> QuerySet[DocumentRequest]:
    """The applications of the faculties a member of staff works for; all of them for central offices."""
    found = DocumentRequest.objects.select_related(
        "enrolment__person__user", "enrolment__programme__faculty", "handled_by", "scan"
    )
    if has_role(user, *EVERY_FACULTY):
        return found
    return found.filter(enrolment__programme__faculty__code__in=faculty_codes(user))


def students_for_staff(user: User) -> QuerySet[Enrolment]:
    """The students whose documents a member of staff prepares; all of them for central offices."""
    found = Enrolment.objects.select_related("person__user", "programme__faculty", "programme__field")
    if has_role(user, *EVERY_FACULTY):
        return found
    return found.filter(programme__faculty__code__in=faculty_codes(user))


def late_at(at: datetime) -> Q:
    """The applications nobody answered in their term."""
    return Q(state__in=OPEN, due_at__lt=at)


def staff_queues(user: User) -> list[NavGroup]:
    """The queue of documents for the side menu, with its count; late ones beside it for the head."""
    if not has_role(user, *OFFICES):
        return []
    at = clock.now()
    counts = (
        visible_to(user)
        .order_by()
        .aggregate(
            waiting=Count("pk", filter=Q(state__in=OPEN, self_service=False)),
            late=Count("pk", filter=late_at(at)),
        )
    )
    where = reverse("admin:studentrecords_documentrequest_changelist")
    entries = [
        NavEntry(label=gettext("Documents to prepare"), url=f"{where}?waits=office", count=counts["waiting"])
    ]
    if counts["late"]:
        entries.append(
            NavEntry(
                label=gettext("Documents that are late"), url=f"{where}?waits=late", count=counts["late"]
            )
        )
    return [NavGroup(gettext("Documents"), entries)]


def heads_of(faculty_code: str) -> QuerySet[User]:
    """The heads of a faculty's secretariat, who are told of late documents (REC-042)."""
    return User.objects.filter(
        is_active=True, groups__name=roles.CHIEF_SECRETARY, faculty_scopes__faculty_code=faculty_code
    ).distinct()


def to_flag(at: datetime) -> list[int]:
    """Applications that became late and were not told yet, those answered after their term among them."""
    late = late_at(at) | Q(ready_at__gt=F("due_at"))
    rows = DocumentRequest.objects.filter(late, flagged_at__isnull=True)
    return list(rows.order_by("due_at", "pk").values_list("pk", flat=True))


# ---- what a transcript says --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A discipline as a transcript shows it. year: name of the academic year, "" for a recognised one."""

    discipline: Discipline
    year: str
    session: str
    held_on: date | None
    result: str
    credits: int

    @property
    def passed(self) -> bool:
        return grading.is_pass(self.result)

    @property
    def grade(self) -> int | None:
        """The passing grade; None for admitted, and for what did not pass."""
        return int(self.result) if self.passed and self.result in grading.NUMBERS else None


@dataclass(frozen=True)
class Record:
    """Everything a transcript is made of.

    processing: names of disciplines whose result is being processed; a transcript waits for them.
    """

    lines: Sequence[Line]
    processing: Sequence[Discipline]
    shares: Sequence[rules.GradeShare] = ()
    years: Sequence[str] = field(default_factory=tuple)

    def names_processing(self, language: str) -> list[str]:
        return [one.name_in(language) for one in self.processing]


def record_of(enrolment: Enrolment, on: date) -> Record:
    """The published results of a student and the grading table of the programme; always as many queries.

    on: local day. Only what students were told comes here: drafts and held-back results have no row.
    """
    grades = grades_of(enrolment)
    years = completed_years(on)
    return Record(
        lines=[_line(one) for one in grades if one.result],
        processing=[one.discipline for one in grades if one.processing],
        shares=rules.grading_table(grade_counts(enrolment.programme_id, years)),
        years=[year.name for year in reversed(years)],
    )


def _line(one: Grades) -> Line:
    """The discipline under the attempt that counts; a recognised one stands under no year."""
    counted = None if one.recognised else _counted(one)
    return Line(
        discipline=one.discipline,
        year=counted.year if counted else "",
        session=counted.session if counted else "",
        held_on=counted.held_on if counted else None,
        result=one.result,
        credits=one.credits,
    )


def _counted(one: Grades) -> Attempt | None:
    """The last attempt with the result of record."""
    return next((row for row in reversed(one.attempts) if row.result == one.result), None)


def completed_years(on: date) -> list[AcademicYear]:
    """The last completed academic years, newest first."""
    return list(AcademicYear.objects.filter(ends_on__lt=on).order_by("-starts_on")[:COMPLETED_YEARS])


def grade_counts(programme_id: int, years: Sequence[AcademicYear]) -> dict[int, int]:
    """How often each passing grade was given in a programme in these years; one query."""
    rows = (
        ExamResult.objects.filter(
            discipline__curriculum__programme=programme_id,
            year__in=[year.pk for year in years],
            grade__gte=min(rules.PASSING),
        )
        .order_by()
        .values_list("grade")
        .annotate(given=Count("pk"))
    )
    return {int(grade): given for grade, given in rows if grade is not None}
