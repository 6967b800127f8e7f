"""Declared addresses in the administration: the secretariat looks at a document and decides (REC-016)."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from studentrecords.admin.tables import note_read
from studentrecords.forms.activation import ApprovalForm, RefusalForm
from studentrecords.models.activation import AddressRequest
from studentrecords.permissions import may_decide_addresses
from studentrecords.queries import activation as queries
from studentrecords.services import activation as services
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import audit, clock
from upt_portal.kernel.admin_tables import ReadOnlyAdmin, due_in_words, trace_items
from upt_portal.kernel.page import Crumb


@admin.register(AddressRequest)
class AddressRequestAdmin(ReadOnlyAdmin):
    """The queue, the first due first; a row opens the decision."""

    list_display = ["person", "address", "submitted_at", "due", "state", "decided_by"]
    list_filter = ["state"]
    search_fields = ["person__search", "address"]
    ordering = ["due_on", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AddressRequest]:
        return queries.visible_to(signed_in(request))

    @admin.display(description=gettext_lazy("to decide until"), ordering="due_on")
    def due(self, asked: AddressRequest) -> str:
        """Due date, days left, overdue (REC-003)."""
        return due_in_words(asked.due_on, open=asked.state == AddressRequest.State.WAITING)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.decide_view)
        name = "studentrecords_addressrequest_decide"
        return [path("<int:pk>/decide/<str:act>/", view, name=name), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        asked = self._found(request, object_id)
        note_read(request, asked.person, "studentrecords.person")
        return self._page(request, asked)

    def _found(self, request: HttpRequest, pk: str) -> AddressRequest:
        found: AddressRequest | None = self.get_object(request, pk)
        if found is None:
            raise Http404
        return found

    def _page(self, request: HttpRequest, asked: AddressRequest, **bound: forms.Form) -> HttpResponse:
        crumbs = [
            Crumb(
                capfirst(str(self.opts.verbose_name_plural)),
                reverse("admin:studentrecords_addressrequest_changelist"),
            ),
            Crumb(asked.person.list_name),
        ]
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": asked.person.list_name,
            "crumbs": crumbs,
            "asked": asked,
            "due": self.due(asked),
            "waiting": asked.state == AddressRequest.State.WAITING,
            "may_decide": bool(may_decide_addresses(signed_in(request))),
            "approval": ApprovalForm(),
            "refusal": RefusalForm(),
            "trail": trace_items(audit.trail(asked)),
            **bound,
        }
        status = HTTPStatus.UNPROCESSABLE_ENTITY if bound else HTTPStatus.OK
        return render(request, "studentrecords/admin/address.html", context, status=status)

    def decide_view(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        """Approve or refuse; a stale page changes nothing and says so."""
        asked, user = self._found(request, str(pk)), signed_in(request)
        if not (answer := may_decide_addresses(user)):
            raise PermissionDenied(answer.reason)
        if act not in ("approve", "refuse"):
            raise Http404
        if request.method != "POST":
            return redirect("admin:studentrecords_addressrequest_change", asked.pk)
        form = ApprovalForm(request.POST) if act == "approve" else RefusalForm(request.POST)
        if not form.is_valid():
            return self._page(request, asked, **{"approval" if act == "approve" else "refusal": form})
        try:
            if act == "approve":
                proof = form.cleaned_data["proof"]
                services.approve(asked.pk, proof=proof, actor=user, at=clock.now())
                messages.success(request, _("Approved. The link is on its way to this address."))
            else:
                services.refuse(asked.pk, reason=form.cleaned_data["reason"], actor=user, at=clock.now())
                messages.success(request, _("Refused. Nothing is sent to this address."))
        except services.AddressRefused as refused:
            messages.error(request, str(refused))
            return redirect("admin:studentrecords_addressrequest_change", asked.pk)
        return redirect(reverse("admin:studentrecords_addressrequest_changelist") + "?state__exact=waiting")
