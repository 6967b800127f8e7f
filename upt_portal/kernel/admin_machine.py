"""The machine room in the administration: mail, jobs, papers, terms, trace to read; closed days to keep."""

from abc import abstractmethod
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from upt_portal.kernel import audit, clock, jobs, outbox
from upt_portal.kernel.admin_tables import ReadOnlyAdmin, ReadOnlyInline, TableAdmin
from upt_portal.kernel.models import (
    ClosedDay,
    Deadline,
    DeadlineExtension,
    IssuedPaper,
    Job,
    Mail,
    TraceEntry,
)
from upt_portal.kernel.page import Crumb

if TYPE_CHECKING:
    from upt_portal.accounts.models import User

audit.register_act("kernel.send_again", _("A message was put back in the queue"))
audit.register_act("kernel.job_again", _("A parked job was started again"))
audit.register_act("kernel.closed_day", _("A closed day was written"))

#: How a room extends one person's term of a kind; `str()` of what it raises is the reason in words.
Extend = Callable[..., Any]
_EXTENDERS: dict[str, tuple[Extend, tuple[type[Exception], ...]]] = {}


_KINDS: dict[str, Any] = {}


def name_kind(kind: str, words: Any) -> None:
    """What terms of `kind` are called in lists."""
    _KINDS[kind] = words


def register_extension(kind: str, extend: Extend, refusals: tuple[type[Exception], ...]) -> None:
    """Let terms of `kind` be extended from their list.

    extend: called with the key of the case and until, reason, actor, at; refusals: what it raises for "no".
    """
    _EXTENDERS[kind] = (extend, refusals)


@admin.register(ClosedDay)
class ClosedDayAdmin(TableAdmin):
    """Legal holidays and the university's free days: every working-day term counts around them (T1)."""

    list_display = ["day", "name_ro", "name_en", "kind"]
    list_filter = ["kind"]
    search_fields = ["name_ro", "name_en"]
    ordering = ["-day"]

    def save_model(self, request: HttpRequest, obj: ClosedDay, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        data = {"day": obj.day.isoformat(), "name": obj.name_ro}
        actor = cast("User", request.user)
        audit.record(obj, "kernel.closed_day", actor=actor, at=clock.now(), data=data)


class _ActAdmin(ReadOnlyAdmin):
    """A table with one act on its rows, posted from the row's own page."""

    act: str
    act_label: Any

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_{self.act}"
        view = require_POST(self.admin_site.admin_view(self._act_view))
        return [path(f"<path:object_id>/{self.act}/", view, name=name), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        obj = self.get_object(request, object_id)
        given = dict(extra_context or {})
        if obj is not None and self.may_act(request, obj):
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{self.act}"
            given["moves"] = [{"label": self.act_label, "url": reverse(name, args=[obj.pk]), "kind": "main"}]
        return super().change_view(request, object_id, form_url, given)

    def _act_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        if not self.may_act(request, obj):
            raise PermissionDenied
        self.do(request, obj)
        return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk]))

    @abstractmethod
    def may_act(self, request: HttpRequest, obj: Any) -> bool:
        """Whether the button is there for this row and person."""

    @abstractmethod
    def do(self, request: HttpRequest, obj: Any) -> None:
        """The act itself, with its message."""


@admin.register(Mail)
class MailAdmin(_ActAdmin):
    """What was written to whom, whether it left, and the way to send it again."""

    list_display = ["created_at", "address", "subject", "state", "attempts", "sent_at"]
    list_filter = ["state", "language"]
    search_fields = ["address", "subject"]
    fields = ["address", "subject", "text", "state", "attempts", "error", "created_at", "sent_at", "office"]
    act, act_label = "again", _("Send again")

    def may_act(self, request: HttpRequest, obj: Mail) -> bool:
        stuck = {Mail.State.FAILED, Mail.State.PARKED, Mail.State.IN_FLIGHT}
        return obj.state in stuck and request.user.has_perm("kernel.change_mail")

    def do(self, request: HttpRequest, obj: Mail) -> None:
        if outbox.send_again(obj.pk):
            audit.record(obj, "kernel.send_again", actor=cast("User", request.user), at=clock.now())
            messages.success(request, _("The message is in the queue again."))
        else:
            messages.warning(request, _("The message was sent meanwhile; nothing was changed."))


@admin.register(Job)
class JobAdmin(_ActAdmin):
    """Work in the background: how far it is, and why it stopped."""

    list_display = ["created_at", "kind", "state", "done", "total", "attempts", "actor", "finished_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["actor"]
    fields = ["kind", "state", "done", "total", "attempts", "error", "actor", "created_at", "finished_at"]
    act, act_label = "again", _("Start again")

    def may_act(self, request: HttpRequest, obj: Job) -> bool:
        return obj.state == Job.State.PARKED and request.user.has_perm("kernel.view_job")

    def do(self, request: HttpRequest, obj: Job) -> None:
        if jobs.start_again(str(obj.pk)):
            audit.record(obj, "kernel.job_again", actor=cast("User", request.user), at=clock.now())
            messages.success(request, _("The job is in the queue again."))
        else:
            messages.warning(request, _("The job was started meanwhile; nothing was changed."))


@admin.register(IssuedPaper)
class IssuedPaperAdmin(ReadOnlyAdmin):
    """Papers the university issued: number, version, code and fingerprint; never what stands in them."""

    list_display = ["issued_at", "title", "number", "version", "state", "code", "pages", "sealed"]
    list_filter = ["state", "kind"]
    search_fields = ["=code", "=number"]
    fields = [
        "title", "number", "version", "state", "code", "issued_at", "rendered_at", "pages", "size", "sha256",
        "sealed", "revoked_reason",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[IssuedPaper]:
        return super().get_queryset(request).defer("context")


@admin.register(TraceEntry)
class TraceEntryAdmin(ReadOnlyAdmin):
    """Every act on every case, newest first; appended by the portal, changed by nobody (CON-151)."""

    list_display = ["at", "sentence", "subject", "actor", "before", "after", "reason"]
    list_select_related = ["actor"]
    search_fields = ["subject__startswith"]
    search_help_text = _("Beginning of the case, for example contracting.studentcontracting:17")
    ordering = ["-at", "-pk"]
    fields = ["at", "sentence", "subject", "number", "actor", "before", "after", "reason", "data", "digest"]

    @admin.display(description=_("act"))
    def sentence(self, entry: TraceEntry) -> str:
        return audit.sentence_of(entry)


# ---- terms -------------------------------------------------------------------------------------------------


class ExtensionForm(forms.Form):
    """A later last day, and why (T9)."""

    until = forms.DateField(
        label=_("New last day"),
        help_text=_("The whole day counts, until 23:59."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Enter the new last day"),
            "invalid": _("Enter a date like 20.11.2026"),
        },
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write the reason of the extension")},
    )


class KindFilter(admin.SimpleListFilter):
    """Terms of one kind, by its name."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, str(words)) for kind, words in _KINDS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class StandingFilter(admin.SimpleListFilter):
    """Terms that run, ran out, or are closed."""

    title = _("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("running", str(_("running"))), ("passed", str(_("passed"))), ("closed", str(_("closed")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        open_ = queryset.filter(met_at__isnull=True, dropped_at__isnull=True)
        found = {
            "running": open_.filter(due_at__gte=clock.now()),
            "passed": open_.filter(due_at__lt=clock.now()),
            "closed": queryset.exclude(met_at__isnull=True, dropped_at__isnull=True),
        }
        return found.get(self.value() or "", queryset)


class ExtensionInline(ReadOnlyInline):
    model = DeadlineExtension
    fields = ["at", "previous_due_at", "due_at", "reason", "actor"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("actor")


@admin.register(Deadline)
class DeadlineAdmin(ReadOnlyAdmin):
    """Terms that run for people; one person's term is extended here or from the case, with a reason."""

    list_display = ["due_at", "kind_words", "person", "rule", "standing"]
    list_filter = [KindFilter, StandingFilter]
    list_select_related = ["person"]
    search_fields = ["subject__startswith", "person__last_name__istartswith"]
    search_help_text = _("Family name, or the beginning of the case")
    ordering = ["-due_at", "-pk"]
    fields = [
        "kind_words", "person", "subject", "start_at", "due_at", "rule", "met_at", "dropped_at", "passed_at",
    ]  # fmt: skip
    inlines = [ExtensionInline]
    change_form_template = "kernel/admin/deadline.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.extend_view)
        return [path("<int:pk>/extend/", view, name="kernel_deadline_extend"), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        obj = self.get_object(request, object_id)
        given = dict(extra_context or {})
        if obj is not None and self._may_extend(request, obj):
            given["extend_url"] = reverse("admin:kernel_deadline_extend", args=[obj.pk])
        return super().change_view(request, object_id, form_url, given)

    @admin.display(description=_("kind"), ordering="kind")
    def kind_words(self, deadline: Deadline) -> str:
        return str(_KINDS.get(deadline.kind, deadline.kind))

    @admin.display(description=_("standing"))
    def standing(self, deadline: Deadline) -> str:
        if deadline.met_at:
            return str(_("met"))
        if deadline.dropped_at:
            return str(_("dropped"))
        return str(_("passed") if deadline.due_at < clock.now() else _("running"))

    def _may_extend(self, request: HttpRequest, deadline: Deadline) -> bool:
        open_ = deadline.met_at is None and deadline.dropped_at is None
        return open_ and deadline.kind in _EXTENDERS and request.user.has_perm("kernel.change_deadline")

    def extend_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One person's later term: the form, the act by the term's own room, back to the term."""
        deadline = self.get_object(request, str(pk))
        if deadline is None:
            raise Http404
        if not self._may_extend(request, deadline):
            raise PermissionDenied
        form = ExtensionForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and self._extended(request, deadline, form):
            messages.success(request, _("The term was extended."))
            return redirect(reverse("admin:kernel_deadline_change", args=[pk]))
        title = _("Extend the term")
        crumbs = [
            Crumb(capfirst(str(self.opts.verbose_name_plural)), reverse("admin:kernel_deadline_changelist")),
            Crumb(str(title)),
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "crumbs": crumbs,
            "form": form,
            "deadline": deadline,
        }
        return render(request, "kernel/admin/extend.html", context, status=422 if form.errors else 200)

    def _extended(self, request: HttpRequest, deadline: Deadline, form: ExtensionForm) -> bool:
        extend, refusals = _EXTENDERS[deadline.kind]
        until: date = form.cleaned_data["until"]
        at: datetime = clock.now()
        try:
            extend(
                int(deadline.subject.rsplit(":", 1)[1]),
                until=until,
                reason=form.cleaned_data["reason"],
                actor=cast("User", request.user),
                at=at,
            )
        except refusals as no:
            form.add_error(None, str(no))
            return False
        return True
