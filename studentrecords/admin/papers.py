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
from studentrecords.forms.appeals import FindForm
from studentrecords.forms.papers import ArrivedForm, ReadyForm
from studentrecords.models import DocumentRequest, Enrolment
from studentrecords.permissions import may_prepare_documents
from studentrecords.queries import papers as queries
from studentrecords.queries.pricing import duplicate_price
from studentrecords.refusal import Refused
from studentrecords.requests import posted
from studentrecords.rules import papers as rules
from studentrecords.services import papers as services
from studentrecords.workflow.papers import OPEN, DocumentState
from upt_portal.accounts.models import User
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import audit, clock, storage, uploads
from upt_portal.kernel.admin_tables import ReadOnlyAdmin, trace_items
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb
from upt_portal.kernel.uploads import UploadRefused

READ = "studentrecords.documents"  # what the student sees that was read
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

    list_display = ["number", "student", "kind", "channel", "due", "state", "handled_by"]
    list_filter = [WaitingFilter, "state", "kind"]
    search_fields = ["number", "enrolment__person__search", "enrolment__matriculation_number"]
    ordering = ["due_at", "pk"]
    change_list_template = "studentrecords/admin/documents.html"

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
            path("new/", view(self.new_view), name=f"{name}_new"),
            path("<int:pk>/file/", view(self.file_view), name=f"{name}_file"),
            path("<int:pk>/scan/", view(self.scan_view), name=f"{name}_scan"),
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
        self._read(request, asked.enrolment)
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
            "scan_shown": asked.scan is not None and uploads.may_be_shown(asked.scan),
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
        self._read(request, asked.enrolment)
        return storage.attachment(paper.file, filename=paper.filename, content_type="application/pdf")

    def scan_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The application itself, as it came on paper; the reading is noted."""
        asked = self._found(request, str(pk))
        scan = asked.scan
        if scan is None or not uploads.may_be_shown(scan):
            raise Http404
        self._read(request, asked.enrolment)
        name = f"cerere-{asked.pk}{storage.EXTENSIONS[scan.content_type]}"
        return storage.attachment(scan.served, filename=name, content_type=scan.content_type)

    def _read(self, request: HttpRequest, student: Enrolment) -> None:
        """Note that somebody read a student's documents (REC-053)."""
        if (user := student.person.user) is not None:
            audit.record_read(user, reader=signed_in(request), what=READ, at=clock.now())

    def new_view(self, request: HttpRequest) -> HttpResponse:
        """An application on paper or by e-mail, registered with its scan (REC-043)."""
        user = signed_in(request)
        if not (answer := may_prepare_documents(user)):
            raise PermissionDenied(answer.reason)
        find = FindForm(request.GET if "number" in request.GET else None)
        student = self._student(user, find)
        form = None
        if student is not None:
            form = ArrivedForm(*posted(request, files=True))
            if request.method == "POST" and form.is_valid():
                if asked := self._registered(request, student, form):
                    return redirect("admin:studentrecords_documentrequest_change", asked.pk)
            elif request.method != "POST":
                self._read(request, student)
        wrong = (form is not None and form.errors) or (find.is_bound and find.errors)
        words = _("An application on paper")
        above = reverse("admin:studentrecords_documentrequest_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": words,
            "crumbs": [Crumb(capfirst(str(self.opts.verbose_name_plural)), above), Crumb(words)],
            "find": find,
            "form": form,
            "student": student,
            "price": duplicate_price(student, clock.today()) if student else None,
        }
        status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
        return render(request, "studentrecords/admin/document_new.html", context, status=status)

    def _student(self, user: User, find: FindForm) -> Enrolment | None:
        """Whose paper it is, among the students of the reader's faculties."""
        if not find.is_bound or not find.is_valid():
            return None
        found = queries.students_for_staff(user).filter(pk=find.cleaned_data["number"].pk).first()
        if found is None:
            find.add_error("number", _("There is no student with this number."))
        return found

    def _registered(
        self, request: HttpRequest, student: Enrolment, form: ArrivedForm
    ) -> DocumentRequest | None:
        given = form.cleaned_data
        try:
            scan = uploads.examine(uploads.chosen(request, "scan"))
            arrival = services.Arrival(given["channel"], given["arrived_at"], scan)
            asked = services.register_paper(
                student.pk, form.wish(), arrival, actor=signed_in(request), at=clock.now()
            )
        except Refused as no:
            form.add_error("arrived_on", str(no))
            return None
        except UploadRefused as no:
            form.add_error("scan", str(no))
            return None
        messages.success(
            request, _("The application is registered, no. %(number)s.") % {"number": asked.number}
        )
        return asked

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
