"""The tables of contracting to read; whatever changes them is a button on the student's file."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from contracting.models import Annex, ChangeRequest, Clarification, SignedFile, StudyContract
from contracting.queries.cases import for_staff
from studentrecords.queries.core import enrolments_for_staff, people_named
from upt_portal.accounts import roles
from upt_portal.accounts.permissions import has_role
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel.admin_tables import ReadOnlyAdmin, row_history


class _OfCase(ReadOnlyAdmin):
    """Rows that belong to a case: those of the reader's faculties, found by name or number (CON-012, E6).

    path: from the row to its case.
    """

    path = "contracting"
    search_fields = ["pk"]
    search_help_text = _("Name or matriculation number")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        own = for_staff(signed_in(request)).values("pk")
        case = f"{self.path}__enrolment__person"
        return super().get_queryset(request).filter(**{f"{self.path}__in": own}).select_related(case)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        named = Q(**{f"{self.path}__enrolment__person__in": people_named(search_term).values("pk")})
        number = Q(**{f"{self.path}__enrolment__matriculation_number__istartswith": search_term.strip()})
        return queryset.filter(named | number), False

    @admin.display(description=_("student"))
    def student(self, row: Any) -> str:
        case = row
        for step in self.path.split("__"):
            case = getattr(case, step)
        return f"{case.enrolment.matriculation_number} {case.enrolment.person}"


@admin.register(Annex)
class AnnexAdmin(_OfCase):
    """Versions of annexes with their frozen rows."""

    list_display = ["student", "number", "version", "state", "credits", "total", "currency", "created_at"]
    list_filter = ["state"]
    ordering = ["-created_at", "-pk"]
    fields = [
        "student", "number", "version", "state", "credits", "tuition", "rows_amount", "total", "currency",
        "created_at", "lines",
    ]  # fmt: skip


@admin.register(SignedFile)
class SignedFileAdmin(_OfCase):
    """Scans with who decided on them; the pages are looked at in the review."""

    path = "document__contracting"
    list_display = ["student", "document", "state", "uploaded_at", "decided_by", "decided_at"]
    list_filter = ["state"]
    list_select_related = ["document__paper", "decided_by"]
    ordering = ["-uploaded_at", "-pk"]
    fields = ["student", "document", "state", "uploaded_at", "decided_by", "decided_at", "reason", "sha256"]

    @admin.display(description="SHA-256")
    def sha256(self, row: SignedFile) -> str:
        return row.stored.sha256


@admin.register(ChangeRequest)
class ChangeRequestAdmin(_OfCase):
    """Changes asked, with the dean's decisions."""

    list_display = ["student", "state", "asked_at", "decision_number", "decision_on", "decided_by"]
    list_filter = ["state"]
    list_select_related = ["decided_by"]
    ordering = ["-asked_at", "-pk"]
    fields = [
        "student", "text", "state", "asked_by", "asked_at", "decision_number", "decision_on",
        "decision_reason", "decided_by", "decided_at",
    ]  # fmt: skip


@admin.register(Clarification)
class ClarificationAdmin(_OfCase):
    """Questions of the secretariat with their answers."""

    list_display = ["student", "asked_at", "asked_by", "answered_at", "answered_by"]
    list_select_related = ["asked_by", "answered_by"]
    ordering = ["-asked_at", "-pk"]
    fields = ["student", "question", "asked_by", "asked_at", "answer", "answered_by", "answered_at"]


@admin.register(StudyContract)
class StudyContractAdmin(ReadOnlyAdmin):
    """Study contracts of the whole cycle, of the reader's faculties."""

    list_display = ["number", "date", "enrolment", "state", "due_until", "student_signed_on"]
    list_filter = ["state"]
    search_fields = ["number"]
    search_help_text = _("Name, matriculation number or number of the contract")
    ordering = ["-date", "-pk"]
    fields = [
        "number", "date", "enrolment", "state", "due_until", "student_signed_on", "university_signed_on",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[StudyContract]:
        user = signed_in(request)
        if not has_role(user, *roles.SECRETARIAT):
            return StudyContract.objects.none()
        own = enrolments_for_staff(user).values("pk")
        return StudyContract.objects.filter(enrolment__in=own).select_related("enrolment__person")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        term = search_term.strip()
        found = (
            Q(enrolment__person__in=people_named(search_term).values("pk"))
            | Q(enrolment__matriculation_number__istartswith=term)
            | Q(number__startswith=term)
        )
        return queryset.filter(found), False

    def history_items(self, request: HttpRequest, obj: Any) -> Any:
        return row_history(obj.events.all())
