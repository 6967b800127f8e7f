"""School documents in the administration: the queue of the secretariat, made ready, answered, handed over."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from studentrecords.admin import supplement
from studentrecords.forms.papers import ReadyForm
from studentrecords.models import DocumentRequest
from studentrecords.permissions import may_prepare_documents
from studentrecords.queries import papers as queries
from studentrecords.refusal import Refused
from studentrecords.rules import papers as rules
from studentrecords.services import papers as services
from studentrecords.workflow.papers import OPEN, DocumentState
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import audit, clock, storage
from upt_portal.kernel.admin_tables import ReadOnlyAdmin, trace_items
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb

ACTS = ("issue", "ready", "deliver")


class WaitingFilter(admin.SimpleListFilter):
    """What the secretariat has to prepare, and what is late."""

    title = gettext_lazy("to do")
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("office", gettext_lazy("to prepare")),
            ("late", gettext_lazy("late")),
            ("handing", gettext_lazy("to hand over")),
        ]

    def queryset(self, request: HttpRequest, found: QuerySet[DocumentRequest]) -> QuerySet[DocumentRequest]:
        if self.value() == "office":
            return found.filter(state__in=OPEN, self_service=False)
        if self.value() == "late":
            return found.filter(queries.late_at(clock.now()))
        if self.value() == "handing":
            return found.filter(state=DocumentState.READY, self_service=False)
        return found


@admin.register(DocumentRequest)
class DocumentRequestAdmin(ReadOnlyAdmin):
    """The queue, the first due first; a row opens the application."""

    list_display = ["number", "student", "kind", "due", "state", "handled_by"]
    list_filter = [WaitingFilter, "state", "kind"]
    search_fields = ["number", "enrolment__person__search", "enrolment__matriculation_number"]
    ordering = ["due_at", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DocumentRequest]:
        return queries.visible_to(signed_in(request))

    @admin.display(description=gettext_lazy("student"), ordering="enrolment__person__sort")
    def student(self, asked: DocumentRequest) -> str:
        return asked.enrolment.person.list_name

    @admin.display(description=gettext_lazy("ready by"), ordering="due_at")
    def due(self, asked: DocumentRequest) -> str:
        """Due date, days left, overdue (REC-003)."""
        day, at = f"{clock.local_day(asked.due_at):%d.%m.%Y}", clock.now()
        if rules.is_late(asked.ready_at, asked.due_at, at):
            return _("%(day)s, late") % {"day": day}
        if asked.state not in OPEN:
            return day
        left = (clock.local_day(asked.due_at) - clock.today()).days
        if left == 0:
            return _("%(day)s, today") % {"day": day}
        return _("%(day)s, days left: %(days)s") % {"day": day, "days": left}

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "studentrecords_documentrequest"
        return [
            path("<int:pk>/file/", view(self.file_view), name=f"{name}_file"),
            path(
                "supplement/<int:enrolment>/",
                view(supplement.page),
                name="studentrecords_enrolment_supplement",
            ),
            path("<int:pk>/act/<str:act>/", view(self.act_view), name=f"{name}_act"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        asked = self._found(request, object_id)
        student = asked.enrolment.person.user
        if student is not None:
            audit.record_read(
                student, reader=signed_in(request), what="studentrecords.documents", at=clock.now()
            )
        return self._page(request, asked)

    def _found(self, request: HttpRequest, pk: str) -> DocumentRequest:
        found: DocumentRequest | None = self.get_object(request, pk)
        if found is None:
            raise Http404
        return found

    def _page(
        self, request: HttpRequest, asked: DocumentRequest, form: forms.Form | None = None
    ) -> HttpResponse:
        crumbs = [
            Crumb(
                capfirst(str(self.opts.verbose_name_plural)),
                reverse("admin:studentrecords_documentrequest_changelist"),
            ),
            Crumb(asked.number),
        ]
        paper = queries.paper_of(asked)
        may = bool(may_prepare_documents(signed_in(request)))
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": asked.number,
            "crumbs": crumbs,
            "asked": asked,
            "student": asked.enrolment.person.list_name,
            "due": self.due(asked),
            "paper": paper,
            "may_issue": may
            and paper is None
            and asked.state in OPEN
            and asked.kind in rules.MADE_BY_THE_PORTAL,
            "may_ready": may and paper is None and asked.state in OPEN,
            "may_deliver": may and asked.state == DocumentState.READY,
            "form": form or ReadyForm(),
            "trail": trace_items(audit.trail(asked)),
        }
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form is not None else HTTPStatus.OK
        return render(request, "studentrecords/admin/document.html", context, status=status)

    def file_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The paper the portal made for an application; the reading is noted."""
        asked = self._found(request, str(pk))
        paper = queries.paper_of(asked)
        if paper is None or not paper.file:
            raise Http404
        student = asked.enrolment.person.user
        if student is not None:
            audit.record_read(
                student, reader=signed_in(request), what="studentrecords.documents", at=clock.now()
            )
        return storage.attachment(paper.file, filename=paper.filename, content_type="application/pdf")

    def act_view(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        """Issue, make ready or hand over; a stale page changes nothing and says so."""
        asked, user = self._found(request, str(pk)), signed_in(request)
        if not (answer := may_prepare_documents(user)):
            raise PermissionDenied(answer.reason)
        if act not in ACTS:
            raise Http404
        here = redirect("admin:studentrecords_documentrequest_change", asked.pk)
        if request.method != "POST":
            return here
        form = ReadyForm(request.POST) if act == "ready" else None
        if form is not None and not form.is_valid():
            return self._page(request, asked, form)
        try:
            if form is not None:
                services.make_ready(asked.pk, **form.cleaned_data, actor=user, at=clock.now())
                messages.success(request, _("The student was told."))
            elif act == "issue":
                services.issue_for(asked.pk, actor=user, at=clock.now())
                messages.success(request, _("The document was issued; it is ready within a minute."))
            else:
                services.deliver(asked.pk, actor=user, at=clock.now())
                messages.success(request, _("The delivery was noted."))
        except Refused as refused:
            if form is not None:
                form.add_error("answer", str(refused))
                return self._page(request, asked, form)
            messages.error(request, str(refused))
        except MoveRefused as refused:
            messages.error(request, str(refused))
        return here
