"""The Student InfoCenter's tables: official messages, railcards, competitions."""

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
from studentrecords.forms.communication import (
    CompetitionForm,
    DuplicateForm,
    LossForm,
    MessageForm,
    RailcardForm,
)
from studentrecords.models import Competition, Enrolment, Faculty, OfficialMessage, Railcard
from studentrecords.permissions import may_handle_railcards
from studentrecords.queries import cards as card_queries
from studentrecords.queries import communication as queries
from studentrecords.refusal import Refused
from studentrecords.requests import posted
from studentrecords.services import communication, railcards
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import audit, clock
from upt_portal.kernel.admin_tables import Kept, ReadOnlyAdmin, TableAdmin, trace_items
from upt_portal.kernel.page import Crumb


@admin.register(OfficialMessage)
class OfficialMessageAdmin(ReadOnlyAdmin):
    """What was sent; a new one is written, looked at with its number of recipients, then sent (REC-049)."""

    list_display = ["registered", "kind", "subject_ro", "count", "sent_by", "sent_at"]
    list_filter = ["kind"]
    search_fields = ["subject_ro", "decision"]
    ordering = ["-sent_at", "-pk"]
    change_list_template = "studentrecords/admin/official_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[OfficialMessage]:
        return queries.messages_for(signed_in(request))

    @admin.display(description=gettext_lazy("number"), ordering="number")
    def registered(self, message: OfficialMessage) -> str:
        return f"{message.number}/{message.sent_at:%d.%m.%Y}"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.write_view)
        return [path("write/", view, name="studentrecords_officialmessage_write"), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        found: OfficialMessage | None = self.get_object(request, object_id)
        if found is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": found.subject_ro,
            "crumbs": self._crumbs(str(found.number)),
            "message": found,
            "told": queries.deliveries(found),
        }
        return render(request, "studentrecords/admin/official.html", context)

    def _crumbs(self, last: str) -> list[Crumb]:
        list_url = reverse("admin:studentrecords_officialmessage_changelist")
        return [Crumb(capfirst(str(self.opts.verbose_name_plural)), list_url), Crumb(last)]

    def write_view(self, request: HttpRequest) -> HttpResponse:
        """Write, look, send: the first press shows how many it reaches, the second one sends."""
        user = signed_in(request)
        if not has_role(user, *queries.SENDERS):
            raise PermissionDenied
        form = MessageForm(*posted(request))
        count: int | None = None
        if request.method == "POST" and form.is_valid():
            count = queries.reached(form.audience).count()
            if request.POST.get("act") == "send" and self._sent(request, form, user):
                return redirect("admin:studentrecords_officialmessage_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Write an official message"),
            "crumbs": self._crumbs(_("Write an official message")),
            "form": form,
            "count": count if not form.errors else None,
            "is_secretary_general": has_role(user, roles.SECRETARY_GENERAL),
        }
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
        return render(request, "studentrecords/admin/official_write.html", context, status=status)

    def _sent(self, request: HttpRequest, form: MessageForm, user: User) -> bool:
        given, typed = form.cleaned_data, request.POST.get("expected", "")
        try:
            made = communication.send(
                form.audience,
                subject=(given["subject_ro"], given["subject_en"]),
                text=(given["text_ro"], given["text_en"]),
                decision=given["decision"],
                expected=int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else -1,
                actor=user,
                at=clock.now(),
            )
        except Refused as no:
            form.add_error(None, str(no))
            return False
        messages.success(request, _("Sent to %(count)s; it leaves within minutes.") % {"count": made.count})
        return True


@admin.register(Railcard)
class RailcardAdmin(ReadOnlyAdmin):
    """Railcards: handed out, given the visa of the year, lost, replaced, given back (REC-045 to REC-047)."""

    list_display = ["series", "person", "issued_on", "last_visa", "stand"]
    search_fields = ["series", "person__search", "enrolment__matriculation_number"]
    ordering = ["-issued_on", "-pk"]
    change_list_template = "studentrecords/admin/railcard_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Railcard]:
        return card_queries.railcards()

    @admin.display(description=gettext_lazy("last visa"))
    def last_visa(self, card: Railcard) -> str:
        return ", ".join(str(visa.year) for visa in list(card.visas.all())[:1]) or "–"

    @admin.display(description=gettext_lazy("state"))
    def stand(self, card: Railcard) -> str:
        if card.returned_on:
            return _("given back on %(day)s") % {"day": f"{card.returned_on:%d.%m.%Y}"}
        if card.lost_on and not card.loss_notice:
            return _("lost, the published notice is missing")
        return _("lost") if card.lost_on else _("in the student's hand")

    def get_urls(self) -> list[URLPattern]:
        site, name = self.admin_site.admin_view, "studentrecords_railcard"
        return [
            path("hand-out/", site(self.hand_out_view), name=f"{name}_hand_out"),
            path("<int:pk>/act/<slug:act>/", site(self.act_view), name=f"{name}_act"),
            *super().get_urls(),
        ]

    def _clerk(self, request: HttpRequest) -> User:
        user = signed_in(request)
        if not (answer := may_handle_railcards(user)):
            raise PermissionDenied(answer.reason)
        return user

    def _crumbs(self, last: str) -> list[Crumb]:
        list_url = reverse("admin:studentrecords_railcard_changelist")
        return [Crumb(capfirst(str(self.opts.verbose_name_plural)), list_url), Crumb(last)]

    def hand_out_view(self, request: HttpRequest) -> HttpResponse:
        """Hand out a railcard with the visa of the year (REC-045)."""
        user = self._clerk(request)
        form = RailcardForm(*posted(request))
        if request.method == "POST" and form.is_valid():
            number = form.cleaned_data["number"].strip()
            enrolment = Enrolment.objects.filter(matriculation_number__iexact=number).first()
            if enrolment is None:
                form.add_error("number", _("No student has this matriculation number"))
            else:
                try:
                    made = railcards.issue(
                        enrolment.pk, form.cleaned_data["series"], actor=user, at=clock.now()
                    )
                except Refused as no:
                    form.add_error(None, f"{no} {no.answer.cure}".strip())
                else:
                    messages.success(request, _("The railcard was issued, with the visa of the year."))
                    return redirect("admin:studentrecords_railcard_change", made.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Hand out a railcard"),
            "crumbs": self._crumbs(_("Hand out a railcard")),
            "form": form,
        }
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
        return render(request, "studentrecords/admin/railcard_new.html", context, status=status)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._page(request, self._found(request, object_id))

    def _found(self, request: HttpRequest, pk: str) -> Railcard:
        found: Railcard | None = self.get_object(request, pk)
        if found is None:
            raise Http404
        return found

    def _page(self, request: HttpRequest, card: Railcard, **bound: forms.Form) -> HttpResponse:
        note_read(request, card.person, "studentrecords.card")
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": card.series,
            "crumbs": self._crumbs(card.series),
            "card": card,
            "stand": self.stand(card),
            "loss": LossForm(initial={"lost_on": card.lost_on or clock.today(), "notice": card.loss_notice}),
            "duplicate": DuplicateForm(),
            "replaced": Railcard.objects.filter(duplicate_of=card).first(),
            "may_act": bool(may_handle_railcards(signed_in(request))),
            "trail": trace_items(
                audit.trail(card.enrolment).filter(act__startswith="studentrecords.railcard_")
            ),
            **bound,
        }
        status = HTTPStatus.UNPROCESSABLE_ENTITY if bound else HTTPStatus.OK
        return render(request, "studentrecords/admin/railcard.html", context, status=status)

    def act_view(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        """Visa, loss, duplicate, return."""
        user, card, at = self._clerk(request), self._found(request, str(pk)), clock.now()
        if act not in ("visa", "loss", "duplicate", "back"):
            raise Http404
        if request.method != "POST":
            return redirect("admin:studentrecords_railcard_change", card.pk)
        form: forms.Form = {"loss": LossForm, "duplicate": DuplicateForm}.get(act, forms.Form)(request.POST)
        if not form.is_valid():
            return self._page(request, card, **{act: form})
        given = form.cleaned_data
        try:
            if act == "visa":
                railcards.give_visa(card.pk, actor=user, at=at)
            elif act == "loss":
                railcards.record_loss(card.pk, **given, actor=user, at=at)
            elif act == "back":
                railcards.give_back(card.pk, actor=user, at=at)
            else:
                card = railcards.issue(
                    card.enrolment_id, given["series"], instead_of=card.pk, actor=user, at=at
                )
        except Refused as no:
            messages.error(request, f"{no} {no.answer.cure}".strip())
        else:
            messages.success(request, _("Recorded."))
        return redirect("admin:studentrecords_railcard_change", card.pk)


@admin.register(Competition)
class CompetitionAdmin(Kept, TableAdmin):
    """Competitions; a registration shorter than the least term is not saved (REC-052)."""

    form = CompetitionForm
    list_display = ["name_ro", "kind", "faculty", "posted_on", "closes_on"]
    list_filter = ["kind"]
    search_fields = ["name_ro", "name_en"]
    ordering = ["-posted_on", "-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Competition]:
        return queries.competitions_of(signed_in(request))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        found = super().formfield_for_foreignkey(db_field, request, **kwargs)
        user = signed_in(request)
        if db_field.name == "faculty" and found is not None and has_role(user, *roles.SECRETARIAT):
            found.queryset = Faculty.objects.filter(code__in=faculty_codes(user)).order_by("code")
            found.required = True
        return found

    def save_model(self, request: HttpRequest, obj: Competition, form: Any, change: bool) -> None:
        if not change:
            obj.posted_by = signed_in(request)
        super().save_model(request, obj, form, change)
