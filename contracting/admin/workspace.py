"""The students' contracting: its list is the queue, its rows are the students' files."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from contracting.admin import approvals, file, jobs, queue, review
from contracting.admin.nav import queue_url
from contracting.models import StudentContracting
from contracting.queries import casefile
from contracting.queries.cases import for_staff
from contracting.refusal import Refused
from contracting.services import selection, signing
from upt_portal.accounts import roles
from upt_portal.accounts.permissions import has_role
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel.admin_machine import name_kind, register_extension
from upt_portal.kernel.admin_tables import ReadOnlyAdmin
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import TimelineItem

name_kind("contracting.validate", _("Validation"))
name_kind("contracting.upload", _("Upload of the signed documents"))
name_kind("contracting.pay", _("Payment"))
register_extension("contracting.validate", selection.extend, (Refused, MoveRefused))
register_extension("contracting.upload", signing.extend_upload, (Refused, MoveRefused))


@admin.register(StudentContracting)
class StudentContractingAdmin(ReadOnlyAdmin):
    """No field is edited here: states move by acts, and every door asks for the reader's faculties."""

    search_fields = ["enrolment__matriculation_number"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StudentContracting]:
        return for_staff(signed_in(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return user.is_authenticated and has_role(user, *roles.SECRETARIAT)

    def has_view_permission(self, request: HttpRequest, obj: StudentContracting | None = None) -> bool:
        return self.has_module_permission(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect(queue_url())

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not object_id.isdecimal():
            raise Http404
        return file.show(request, int(object_id))

    def history_items(self, request: HttpRequest, obj: Any) -> tuple[TimelineItem, ...]:
        return casefile.history_of(obj)

    def get_urls(self) -> list[URLPattern]:
        prefix = "contracting_studentcontracting"

        def page(route: str, view: Any, name: str) -> URLPattern:
            pattern: URLPattern = path(route, self.admin_site.admin_view(view), name=f"{prefix}_{name}")
            return pattern

        return [
            page("queue/", queue.show, "queue"),
            page("queue/next/", queue.next_case, "next"),
            page("queue/approve/", approvals.approve_many, "approve_many"),
            page("queue/export/", queue.export, "export"),
            page("queue/jobs/<uuid:pk>/", jobs.show, "job"),
            page("<int:pk>/skip/", queue.skip, "skip"),
            page("<int:pk>/act/<slug:name>/", file.act, "act"),
            page("<int:pk>/rows/<int:line>/", file.mark, "mark"),
            page("<int:pk>/review/<int:signed>/", review.show, "review"),
            page("<int:pk>/scans/<uuid:file>/<int:page>/", review.scan_page, "scan_page"),
            page("<int:pk>/papers/<int:document>/<int:page>/", review.paper_page, "paper_page"),
            *super().get_urls(),
        ]
