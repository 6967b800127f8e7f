"""What is told to everybody and to one student: documents in force, texts, hours, tutors, counters."""

from dataclasses import dataclass
from datetime import date

from django.db.models import DurationField, F, Q, QuerySet, Sum, Window

from studentrecords import parameters
from studentrecords.models import (
    AcademicYear,
    ConsultationHours,
    CourseLink,
    Enrolment,
    GroupChange,
    InformationText,
    PublicDocument,
    Teaching,
    TutorAssignment,
)
from studentrecords.queries.core import EVERY_FACULTY, academic_year_of
from studentrecords.rules import information as rules
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role


def documents(on: date, faculty: int | None = None) -> QuerySet[PublicDocument]:
    """Documents in force on a day: of the university, and of one faculty where one is given."""
    scope = Q(faculty__isnull=True) | Q(faculty=faculty) if faculty else Q(faculty__isnull=True)
    running = Q(in_force_until__isnull=True) | Q(in_force_until__gte=on)
    found = PublicDocument.objects.filter(scope, running, published_on__lte=on)
    return found.select_related("faculty", "first_year", "last_year").defer("text")


def published(on: date) -> QuerySet[PublicDocument]:
    """Every document that was published, also of former editions."""
    return PublicDocument.objects.filter(published_on__lte=on).select_related(
        "faculty", "first_year", "last_year"
    )


def texts(on: date, faculty: int | None = None) -> QuerySet[InformationText]:
    """Information texts shown on a day."""
    scope = Q(faculty__isnull=True) | Q(faculty=faculty) if faculty else Q(faculty__isnull=True)
    running = Q(shown_until__isnull=True) | Q(shown_until__gte=on)
    return InformationText.objects.filter(scope, running, shown_from__lte=on)


@dataclass(frozen=True)
class Scholarships:
    """Semesters of scholarship of a student (REC-456)."""

    limit: int
    used: int

    @property
    def left(self) -> int:
        return rules.scholarship_left(self.limit, self.used)


def scholarships_of(enrolment: Enrolment, on: date) -> Scholarships:
    """How many semesters a student has had in this cycle, at any university, and may have."""
    programme = enrolment.programme
    limit = rules.scholarship_semesters(
        programme.cycle,
        programme.semesters,
        bachelor=(
            parameters.SCHOLARSHIP_BACHELOR.on(on),
            parameters.SCHOLARSHIP_BACHELOR_LONG.on(on),
        ),
        master=(parameters.SCHOLARSHIP_MASTER_SHORT.on(on), parameters.SCHOLARSHIP_MASTER.on(on)),
    )
    own = Enrolment.objects.filter(person=enrolment.person_id, programme__cycle=programme.cycle)
    rows = own.filter(scholarship_semesters__isnull=False)
    # Two scholarships of one semester, a social one beside another, are one semester.
    used = rows.values("scholarship_semesters__year", "scholarship_semesters__semester").distinct().count()
    return Scholarships(limit, used)


def tutors_of(enrolment: Enrolment, year: AcademicYear | None) -> list[TutorAssignment]:
    """The tutor of the student's group, or of the year of study where the group has none."""
    found = TutorAssignment.objects.filter(
        programme=enrolment.programme_id, year=year, year_of_study=enrolment.year_of_study
    )
    rows = list(found.filter(group__in=["", enrolment.group]))
    return [row for row in rows if row.group] or rows


def hours_of(enrolment: Enrolment, year: AcademicYear | None, on: date) -> list[ConsultationHours]:
    """Consultation hours of this semester of the teachers whose disciplines the student has this year."""
    if year is None:
        return []
    semester = 2 if on >= year.second_semester_on else 1
    own = Teaching.objects.filter(
        year=year, discipline__curriculum=enrolment.curriculum_id, discipline__year=enrolment.year_of_study
    )
    names = own.values_list("teacher_name", flat=True)
    return list(ConsultationHours.objects.filter(year=year, semester=semester, teacher_name__in=names))


def materials_of(enrolment: Enrolment, year: AcademicYear | None) -> list[CourseLink]:
    """Materials of the disciplines of the student's year of study, the newest class first."""
    found = CourseLink.objects.filter(
        year=year, discipline__curriculum=enrolment.curriculum_id, discipline__year=enrolment.year_of_study
    )
    return list(found.select_related("discipline").order_by("-class_on", "pk")[:50])


def year_on(on: date) -> AcademicYear | None:
    """The academic year of a day; None between years that are not in the calendar."""
    return academic_year_of(on)


def group_changes_of(enrolment: Enrolment) -> list[GroupChange]:
    """The student's requests, newest first."""
    return list(GroupChange.objects.filter(enrolment=enrolment))


def group_changes_for_staff(user: User) -> QuerySet[GroupChange]:
    """Requests of the faculties somebody works for; central offices see all."""
    found = GroupChange.objects.select_related("enrolment__person", "enrolment__programme", "decided_by")
    if has_role(user, *EVERY_FACULTY):
        return found
    return found.filter(enrolment__programme__faculty__code__in=faculty_codes(user))


def with_week(rows: QuerySet[ConsultationHours]) -> QuerySet[ConsultationHours]:
    """Each row with `week`, how long its teacher receives students in a week of that semester (REC-453)."""
    lasts = Sum(F("ends_at") - F("starts_at"), output_field=DurationField())
    return rows.annotate(
        week=Window(lasts, partition_by=[F("teacher_name"), F("year"), F("semester")]),
    )
