"""Information in the administration: what is published, and what is kept of students beside results."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from studentrecords import permissions
from studentrecords.forms.information import AnswerForm
from studentrecords.models import (
    ConsultationHours,
    CourseLink,
    DecisionBody,
    Discipline,
    Enrolment,
    Faculty,
    FinishingElsewhere,
    GroupChange,
    InformationText,
    Programme,
    PublicDocument,
    PublicKind,
    Representative,
    Reward,
    ScholarshipSemester,
    TutorAssignment,
)
from studentrecords.queries import information as queries
from studentrecords.queries.core import EVERY_FACULTY
from studentrecords.refusal import Refused
from studentrecords.rules import information as rules
from studentrecords.services import information as services
from studentrecords.workflow.information import GROUP_MOVES, MANAGEMENT
from upt_portal.accounts.permissions import faculty_codes, has_role
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import clock
from upt_portal.kernel.admin_tables import ReadOnlyAdmin, TableAdmin
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb

#: Where the faculty of a row is found, by the model a foreign key leads to.
_FACULTY_OF: dict[type[Model], str] = {
    Faculty: "code",
    Programme: "faculty__code",
    Discipline: "curriculum__programme__faculty__code",
    Enrolment: "programme__faculty__code",
    DecisionBody: "faculty__code",
}


class OwnFacultyAdmin(TableAdmin):
    """Rows of the own faculties; rows of the whole university are read by all and kept by central offices."""

    #: Lookup from the row to the code of its faculty.
    faculty: ClassVar[str]
    #: Whether a row may belong to the whole university.
    common: ClassVar[bool] = False

    def _central(self, request: HttpRequest) -> bool:
        return has_role(signed_in(request), *EVERY_FACULTY)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request)
        if self._central(request):
            return found
        own = found.filter(**{f"{self.faculty}__in": faculty_codes(signed_in(request))})
        if not self.common:
            return own
        return own | found.filter(**{self.faculty.replace("__code", "__isnull"): True})

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        if obj is None or not self.common or self._central(request):
            return allowed
        return allowed and obj.faculty_id is not None

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        model: Any = db_field.related_model
        if field is not None and model in _FACULTY_OF and not self._central(request):
            codes = faculty_codes(signed_in(request))
            field.queryset = model._default_manager.filter(**{f"{_FACULTY_OF[model]}__in": codes})
            if model is Faculty:
                field.required = True  # what holds for the whole university is not a faculty's to say
        return field


@admin.register(PublicDocument)
class PublicDocumentAdmin(OwnFacultyAdmin):
    """Documents with issuer, date and period in force (REC-450, REC-451, REC-466)."""

    faculty, common = "faculty__code", True
    list_display = ["name_ro", "kind", "language", "edition", "issuer", "in_force_from", "in_time"]
    list_filter = ["kind", "language"]
    list_select_related = ["faculty", "first_year"]
    search_fields = ["name_ro", "name_en", "issuer"]

    @admin.display(description=gettext_lazy("published in time"), boolean=True)
    def in_time(self, one: PublicDocument) -> bool | None:
        """The guide two weeks before its year, the report on the code before it starts; else nothing."""
        due = {PublicKind.GUIDE: rules.guide_due, PublicKind.CODE_REPORT: rules.code_report_due}
        asked = due.get(PublicKind(one.kind))
        if asked is None or one.first_year is None or one.published_on is None:
            return None
        return one.published_on <= asked(one.first_year.starts_on)


@admin.register(InformationText)
class InformationTextAdmin(OwnFacultyAdmin):
    """Rights and services in short texts (REC-459, REC-463)."""

    faculty, common = "faculty__code", True
    list_display = ["name_ro", "subject", "faculty", "shown_from", "shown_until"]
    list_filter = ["subject"]
    list_select_related = ["faculty"]
    search_fields = ["name_ro", "name_en"]


@admin.register(CourseLink)
class CourseLinkAdmin(OwnFacultyAdmin):
    """Course material, a link for each discipline and class (REC-452)."""

    faculty = "discipline__curriculum__programme__faculty__code"
    list_display = ["title", "discipline", "class_on", "published_on", "in_time"]
    list_filter = ["year"]
    list_select_related = ["discipline"]
    search_fields = ["title", "discipline__search"]
    raw_id_fields = ["discipline"]

    @admin.display(description=gettext_lazy("in time"), boolean=True)
    def in_time(self, one: CourseLink) -> bool:
        return rules.material_timing(one.published_on, one.class_on) != "late"


@admin.register(ConsultationHours)
class ConsultationHoursAdmin(OwnFacultyAdmin):
    """Consultation hours, at least two a week for each teacher (REC-453)."""

    faculty = "faculty__code"
    list_display = ["teacher_name", "year", "semester", "weekday", "starts_at", "ends_at", "place", "enough"]
    list_filter = ["year", "semester", "faculty"]
    list_select_related = ["year", "faculty"]
    search_fields = ["teacher_name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return queries.with_week(super().get_queryset(request))

    @admin.display(description=gettext_lazy("two hours a week"), boolean=True)
    def enough(self, one: Any) -> bool:
        return bool(rules.check_hours([one.week.total_seconds() // 60]))


@admin.register(TutorAssignment)
class TutorAssignmentAdmin(OwnFacultyAdmin):
    """Tutors of years and groups (REC-454)."""

    faculty = "programme__faculty__code"
    list_display = ["name", "programme", "year", "year_of_study", "group", "email"]
    list_filter = ["year", "year_of_study"]
    list_select_related = ["programme", "year"]
    search_fields = ["name", "programme__code"]


class OfStudentAdmin(OwnFacultyAdmin):
    """What is kept of one student."""

    faculty = "enrolment__programme__faculty__code"
    list_select_related = ["enrolment__person"]
    search_fields = ["enrolment__matriculation_number", "enrolment__person__search"]
    raw_id_fields = ["enrolment"]


@admin.register(ScholarshipSemester)
class ScholarshipSemesterAdmin(OfStudentAdmin):
    """Semesters of scholarship, at any university (REC-456)."""

    list_display = ["enrolment", "year", "semester", "kind", "university"]
    list_filter = ["year"]
    list_select_related = ["enrolment__person", "year"]


@admin.register(Reward)
class RewardAdmin(OfStudentAdmin):
    """Rewards (REC-461)."""

    list_display = ["enrolment", "kind", "name", "giver", "given_on"]
    list_filter = ["kind"]


@admin.register(FinishingElsewhere)
class FinishingElsewhereAdmin(OfStudentAdmin):
    """The route of students whose programme is no longer held (REC-460)."""

    list_display = ["enrolment", "university", "programme", "decision", "since"]


@admin.register(DecisionBody)
class DecisionBodyAdmin(OwnFacultyAdmin):
    """Councils and the senate with the share of students (REC-457)."""

    faculty, common = "faculty__code", True
    list_display = ["name_ro", "faculty", "seats", "student_seats", "quarter"]
    list_select_related = ["faculty"]
    search_fields = ["name_ro"]

    @admin.display(description=gettext_lazy("a quarter or more"), boolean=True)
    def quarter(self, one: DecisionBody) -> bool:
        return one.student_seats >= rules.least_student_seats(one.seats)


@admin.register(Representative)
class RepresentativeAdmin(OfStudentAdmin):
    """Students in decision structures, four years in all at most (REC-457)."""

    list_display = ["enrolment", "body", "first_day", "last_day", "within_four_years"]
    list_select_related = ["enrolment__person", "body"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("enrolment__representations")

    @admin.display(description=gettext_lazy("within four years"), boolean=True)
    def within_four_years(self, one: Representative) -> bool:
        spans = [(row.first_day, row.last_day) for row in one.enrolment.representations.all()]
        return bool(rules.check_membership(spans))


@admin.register(GroupChange)
class GroupChangeAdmin(ReadOnlyAdmin):
    """Requests for another group; decided on a page of their own (REC-458)."""

    list_display = ["request_link", "current", "wanted", "state", "asked_at", "decided_by"]
    list_display_links = None
    list_filter = ["state"]
    search_fields = ["enrolment__matriculation_number", "enrolment__person__search"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[GroupChange]:
        return queries.group_changes_for_staff(signed_in(request))

    @admin.display(description=gettext_lazy("student"))
    def request_link(self, asked: GroupChange) -> str:
        where = reverse("admin:studentrecords_groupchange_decide", args=[asked.pk])
        return format_html('<a href="{}">{}</a>', where, asked.enrolment)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(decide_view)
        return [path("<int:pk>/decide/", view, name="studentrecords_groupchange_decide"), *super().get_urls()]


def decide_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One request with its reasons; the management of the faculty grants or refuses it."""
    user = signed_in(request)
    asked = get_object_or_404(queries.group_changes_for_staff(user), pk=pk)
    answer = permissions.may_decide_groups(user)
    form, refused = AnswerForm(request.POST or None), ""
    if request.method == "POST":
        if not answer:
            raise PermissionDenied(str(answer.reason))
        if form.is_valid():
            try:
                services.decide_group(
                    pk,
                    grant=request.POST.get("act") == "grant",
                    answer=form.cleaned_data["answer"],
                    actor=user,
                    at=clock.now(),
                )
            except (MoveRefused, Refused) as no:
                refused = str(no)
            else:
                messages.success(request, _("The student was told."))
                return redirect("admin:studentrecords_groupchange_changelist")
    title = _("Request for another group")
    above = Crumb(
        capfirst(str(GroupChange._meta.verbose_name_plural)),
        reverse("admin:studentrecords_groupchange_changelist"),
    )
    context = {
        **admin.site.each_context(request),
        "title": title,
        "crumbs": [above, Crumb(title)],
        "asked": asked,
        "form": form,
        "refused": refused,
        "may_decide": answer and GROUP_MOVES.open_from(asked.state, MANAGEMENT),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors or refused else HTTPStatus.OK
    return render(request, "studentrecords/admin/group_change.html", context, status=status)
