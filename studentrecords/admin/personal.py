"""Requests about personal data, changed values and student cards in the administration."""

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

from studentrecords.admin.tables import note_read, visible_enrolments
from studentrecords.forms.communication import TakeBackForm
from studentrecords.forms.personal import CorrectForm, RecordForm, TurnDownForm
from studentrecords.models import DataChange, DataRequest, Person, StudentCard
from studentrecords.permissions import may_decide_data
from studentrecords.queries import cards as card_queries
from studentrecords.queries import personal as queries
from studentrecords.queries.core import people_for_staff
from studentrecords.refusal import Refused
from studentrecords.requests import posted, sent_proof
from studentrecords.rules.personal import PersonalField
from studentrecords.services import cards, personal
from studentrecords.workflow.personal import DataState
from upt_portal.accounts import roles
from upt_portal.accounts.permissions import has_role
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import audit, clock, uploads
from upt_portal.kernel.admin_tables import ReadOnlyAdmin, due_in_words, trace_items
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb
from upt_portal.kernel.uploads import UploadRefused

DECIDE = "admin:studentrecords_datarequest_change"


@admin.register(DataRequest)
class DataRequestAdmin(ReadOnlyAdmin):
    """The queue, the first due first; a row opens the decision (REC-032, REC-040, REC-043)."""

    list_display = ["registration", "person", "what", "changed_on", "late", "due", "state"]
    list_filter = ["state", "late"]
    search_fields = ["person__search"]
    ordering = ["due_on", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DataRequest]:
        return queries.visible_to(signed_in(request))

    @admin.display(description=gettext_lazy("number"), ordering="number")
    def registration(self, asked: DataRequest) -> str:
        return asked.registration

    @admin.display(description=gettext_lazy("data"))
    def what(self, asked: DataRequest) -> str:
        return str(asked.field_words)

    @admin.display(description=gettext_lazy("to decide until"), ordering="due_on")
    def due(self, asked: DataRequest) -> str:
        """Due date, days left, overdue (REC-003)."""
        return due_in_words(asked.due_on, open=asked.state == DataState.WAITING)

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site.admin_view
        name = "studentrecords_datarequest"
        return [
            path("<int:pk>/proof/", site(self.proof_view), name=f"{name}_proof"),
            path("<int:pk>/decide/<slug:act>/", site(self.decide_view), name=f"{name}_decide"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._page(request, self._found(request, object_id))

    def _found(self, request: HttpRequest, pk: str) -> DataRequest:
        found: DataRequest | None = self.get_object(request, pk)
        if found is None:
            raise Http404
        return found

    def _page(self, request: HttpRequest, asked: DataRequest, **bound: forms.Form) -> HttpResponse:
        note_read(request, asked.person, _read_of(asked))
        old, new = queries.value_rows(asked, masked=asked.state != DataState.WAITING)
        list_url = reverse("admin:studentrecords_datarequest_changelist")
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": asked.person.list_name,
            "crumbs": [
                Crumb(capfirst(str(self.opts.verbose_name_plural)), list_url),
                Crumb(asked.registration),
            ],
            "asked": asked,
            "old": old,
            "new": new,
            "due": self.due(asked),
            "open": asked.state == DataState.WAITING and bool(may_decide_data(signed_in(request))),
            "record": RecordForm(),
            "turn_down": TurnDownForm(),
            "trail": trace_items(audit.trail(asked.person)),
            **bound,
        }
        status = HTTPStatus.UNPROCESSABLE_ENTITY if bound else HTTPStatus.OK
        return render(request, "studentrecords/admin/data_request.html", context, status=status)

    def proof_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The document of a request; its opening is noted for the person (REC-053)."""
        found = self._found(request, str(pk))
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        note_read(request, found.person, _read_of(found))
        return sent_proof(found)

    def decide_view(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        """Record or refuse; a stale page changes nothing and says so."""
        asked, user = self._found(request, str(pk)), signed_in(request)
        if not (answer := may_decide_data(user)):
            raise PermissionDenied(answer.reason)
        if act not in ("record", "refuse"):
            raise Http404
        if request.method != "POST":
            return redirect(DECIDE, asked.pk)
        name = "record" if act == "record" else "turn_down"
        form = (RecordForm if act == "record" else TurnDownForm)(request.POST)
        if not form.is_valid():
            return self._page(request, asked, **{name: form})
        given = form.cleaned_data
        try:
            if act == "record":
                personal.record(asked.pk, **given, actor=user, at=clock.now())
                messages.success(request, _("Recorded; the former value is kept. The student was told."))
            else:
                personal.turn_down(asked.pk, **given, actor=user, at=clock.now())
                messages.success(request, _("Nothing was changed. The student was told why."))
        except Refused as no:
            form.add_error(None, f"{no} {no.answer.cure}".strip())
            return self._page(request, self._found(request, str(pk)), **{name: form})
        except MoveRefused as no:
            messages.error(request, str(no))
            return redirect(DECIDE, asked.pk)
        return redirect(reverse("admin:studentrecords_datarequest_changelist") + "?state__exact=waiting")


def _read_of(asked: DataRequest) -> str:
    """What opening a request is noted as: a whole CNP has a word of its own (REC-024)."""
    return "studentrecords.cnp" if asked.field == PersonalField.CNP else "studentrecords.data"


@admin.register(DataChange)
class DataChangeAdmin(ReadOnlyAdmin):
    """Every value that took another's place (REC-041); a new correction is begun here."""

    list_display = ["at", "person", "what", "author", "reason", "document"]
    search_fields = ["person__search"]
    ordering = ["-at", "-pk"]
    fields = ["person", "what", "former", "current", "author", "at", "reason", "document"]
    readonly_fields = ["person", "what", "former", "current", "author", "at", "reason", "document"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DataChange]:
        if not may_decide_data(signed_in(request)):
            return DataChange.objects.none()
        return DataChange.objects.filter(person__in=people_for_staff(signed_in(request))).select_related(
            "person__user", "author"
        )

    @admin.display(description=gettext_lazy("data"))
    def what(self, change: DataChange) -> str:
        return str(change.field_words)

    @admin.display(description=gettext_lazy("former value"))
    def former(self, change: DataChange) -> str:
        return queries.shown(PersonalField(change.field), change.old, masked=True) or "–"

    @admin.display(description=gettext_lazy("new value"))
    def current(self, change: DataChange) -> str:
        return queries.shown(PersonalField(change.field), change.new, masked=True) or "–"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.correct_view)
        name = "studentrecords_datachange_correct"
        return [path("correct/<int:pk>/", view, name=name), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        change = self.get_object(request, object_id)
        if change is not None:
            note_read(request, change.person, "studentrecords.data")
        return super().change_view(request, object_id, form_url, extra_context)

    def correct_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Correct a value from a paper application or of one's own finding (REC-041)."""
        user = signed_in(request)
        if not (answer := may_decide_data(user)):
            raise PermissionDenied(answer.reason)
        person = people_for_staff(user).select_related("user").filter(pk=pk).first()
        if person is None:
            raise Http404
        note_read(request, person, "studentrecords.person")
        form = CorrectForm(*posted(request, files=True))
        if request.method == "POST" and form.is_valid() and self._corrected(request, person, form):
            messages.success(request, _("Recorded; the former value is kept. The student was told."))
            return redirect("admin:studentrecords_person_change", person.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Correct personal data"),
            "crumbs": [
                Crumb(person.list_name, reverse("admin:studentrecords_person_change", args=[person.pk])),
                Crumb(_("Correct personal data")),
            ],
            "person": person,
            "form": form,
        }
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
        return render(request, "studentrecords/admin/correct.html", context, status=status)

    def _corrected(self, request: HttpRequest, person: Person, form: CorrectForm) -> bool:
        given = form.cleaned_data
        try:
            proof = uploads.examine(uploads.chosen(request, "proof")) if given["proof"] else None
            personal.correct(
                person.pk,
                PersonalField(given["field"]),
                given["value"],
                reason=given["reason"],
                document=given["document"],
                proof=proof,
                actor=signed_in(request),
                at=clock.now(),
            )
        except Refused as no:
            form.add_error(None, f"{no} {no.answer.cure}".strip())
            return False
        except UploadRefused as no:
            form.add_error("proof", str(no))
            return False
        return True


@admin.register(StudentCard)
class StudentCardAdmin(ReadOnlyAdmin):
    """Digital cards; one is taken back with a reason (REC-044)."""

    list_display = ["number", "holder", "issued_at", "valid", "taken_back_at", "reason"]
    search_fields = ["number", "enrolment__matriculation_number", "enrolment__person__search"]
    ordering = ["-issued_at", "-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StudentCard]:
        cards_of = StudentCard.objects.select_related("enrolment__person__user", "taken_back_by")
        if has_role(signed_in(request), roles.INFOCENTER):
            return cards_of
        return cards_of.filter(enrolment__in=visible_enrolments(request).order_by())

    @admin.display(description=gettext_lazy("holder"))
    def holder(self, card: StudentCard) -> str:
        return str(card.enrolment)

    @admin.display(description=gettext_lazy("in force"), boolean=True)
    def valid(self, card: StudentCard) -> bool:
        return card.taken_back_at is None and card_queries.is_enrolled(card.enrolment)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.take_back_view)
        return [
            path("<int:pk>/take-back/", view, name="studentrecords_studentcard_take_back"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._page(request, object_id, TakeBackForm())

    def take_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a card back: lost, misused, its holder gone."""
        user = signed_in(request)
        if not has_role(user, roles.INFOCENTER, *roles.SECRETARIAT):
            raise PermissionDenied
        card = self.get_object(request, str(pk))
        if card is None:
            raise Http404
        form = TakeBackForm(*posted(request))
        if request.method == "POST" and form.is_valid():
            try:
                cards.take_back(card.pk, reason=form.cleaned_data["reason"], actor=user, at=clock.now())
                messages.success(request, _("The card was taken back; its code is not valid any more."))
            except Refused as no:
                messages.error(request, str(no))
            return redirect("admin:studentrecords_studentcard_change", card.pk)
        return self._page(request, str(pk), form)

    def _page(self, request: HttpRequest, pk: str, form: TakeBackForm) -> HttpResponse:
        card: StudentCard | None = self.get_object(request, pk)
        if card is None:
            raise Http404
        note_read(request, card.enrolment.person, "studentrecords.card")
        context = {
            **self.admin_site.each_context(request),
            "title": card.number,
            "crumbs": [
                Crumb(
                    capfirst(str(self.opts.verbose_name_plural)),
                    reverse("admin:studentrecords_studentcard_changelist"),
                ),
                Crumb(card.number),
            ],
            "card": card,
            "valid": card_queries.is_valid(card, clock.today()),
            "form": form,
            "may_act": card.taken_back_at is None
            and has_role(signed_in(request), roles.INFOCENTER, *roles.SECRETARIAT),
            "trail": trace_items(audit.trail(card.enrolment).filter(act__startswith="studentrecords.card_")),
        }
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
        return render(request, "studentrecords/admin/card.html", context, status=status)
