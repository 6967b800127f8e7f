"""Fees in the administration: prices to keep, the ledger to read, the provider's events to deal with."""

import json
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from fees import permissions
from fees.models import (
    Allocation,
    CardPayment,
    CardPaymentLine,
    Charge,
    FeeType,
    Payment,
    Price,
    ProviderEvent,
)
from fees.queries import staff
from fees.services import events, provider
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import audit, clock
from upt_portal.kernel.admin_machine import name_kind
from upt_portal.kernel.admin_tables import Kept, OnlyRead, ReadOnlyAdmin
from upt_portal.kernel.page import Pill

name_kind("fees.pay", _("Sums to pay"))


class RowsOf(OnlyRead, admin.TabularInline[Any, Any]):
    """Rows that belong to one of the ledger."""

    extra = 0
    can_delete = False
    show_change_link = True


# --- The tariff ---------------------------------------------------------------------------------------------


@admin.register(FeeType)
class FeeTypeAdmin(Kept, admin.ModelAdmin[FeeType]):
    list_display = ["code", "name_ro", "name_en", "deadline_rule", "refundable"]
    search_fields = ["code", "name_ro", "name_en"]
    fields = ["code", "name_ro", "name_en", "deadline_rule", "refundable"]

    def get_readonly_fields(self, request: HttpRequest, obj: FeeType | None = None) -> list[str]:
        return ["code"] if obj else []


@admin.register(Price)
class PriceAdmin(admin.ModelAdmin[Price]):
    """A new decision is a new row with its own first day; a row that charges use stays as it is (FEE-001)."""

    list_display = [
        "fee_type",
        "year",
        "scope",
        "amount",
        "currency",
        "unit",
        "first_day",
        "decision",
        "source",
    ]
    list_filter = ["year", "fee_type", "source", "cycle", "faculty"]
    list_select_related = ["fee_type", "year", "faculty", "programme"]
    search_fields = ["programme__code", "programme__name_ro", "decision", "note"]
    fields = [
        "fee_type", "year", ("faculty", "programme"), ("cycle", "form", "citizenship", "promotion"),
        "first_day",
        ("amount", "currency", "unit"), "decision", "source", "note",
    ]  # fmt: skip
    show_full_result_count = False

    @admin.display(description=_("for whom"))
    def scope(self, price: Price) -> str:
        parts = [
            price.programme.code if price.programme else "",
            price.faculty.code if price.faculty else "",
            price.get_cycle_display() if price.cycle else "",
            price.get_form_display() if price.form else "",
            str(price.get_citizenship_display()) if price.citizenship else "",
            price.promotion,
        ]
        return ", ".join(part for part in parts if part) or str(_("everyone"))

    def has_change_permission(self, request: HttpRequest, obj: Price | None = None) -> bool:
        return super().has_change_permission(request, obj) and not _in_use(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Price | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not _in_use(obj)

    def save_model(self, request: HttpRequest, obj: Price, form: Any, change: bool) -> None:
        before = Price.objects.get(pk=obj.pk) if change else None
        super().save_model(request, obj, form, change)
        data = {"amount": f"{obj.amount} {obj.currency}"}
        if before is not None:
            data["before"] = f"{before.amount} {before.currency}"
        audit.record(
            obj, "fees.set_price", actor=signed_in(request), at=clock.now(), reason=obj.decision, data=data
        )


def _in_use(price: Price | None) -> bool:
    return price is not None and price.charges.exists()


# --- The ledger ---------------------------------------------------------------------------------------------


class AllocationsOf(RowsOf):
    model = Allocation
    fields = ["payment", "charge", "amount", "at", "reverses", "reason"]


@admin.register(Charge)
class ChargeAdmin(ReadOnlyAdmin):
    list_display = ["enrolment", "description", "year", "amount", "currency", "allocated", "state", "due_at"]
    list_filter = ["state", "fee_type", "year", "enrolment__programme__faculty"]
    list_select_related = ["enrolment__person", "year"]
    search_fields = ["enrolment__matriculation_number", "enrolment__person__search", "reference"]
    date_hierarchy = "due_at"
    inlines = [AllocationsOf]

    @admin.display(description=_("for"))
    def description(self, charge: Charge) -> str:
        return charge.description


class UnallocatedMoney(admin.SimpleListFilter):
    """Money that waits for a decision of staff."""

    title = _("unallocated money")
    parameter_name = "unallocated"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("with unallocated money"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        if self.value() != "yes":
            return queryset
        return queryset.filter(allocated__lt=F("amount"), reversed_at__isnull=True)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ["receipt", "enrolment", "payer_name", "amount", "currency", "left", "method", "paid_at"]
    list_filter = [UnallocatedMoney, "method", "currency", "enrolment__programme__faculty"]
    list_select_related = ["enrolment__person"]
    search_fields = ["reference", "payer_name", "enrolment__matriculation_number", "=receipt_number"]
    date_hierarchy = "booked_at"
    inlines = [AllocationsOf]

    @admin.display(description=_("receipt"), ordering="receipt_number")
    def receipt(self, payment: Payment) -> str:
        return payment.receipt

    @admin.display(description=_("unallocated"))
    def left(self, payment: Payment) -> Any:
        return payment.unallocated or ""


class LinesOf(RowsOf):
    model = CardPaymentLine
    fields = ["charge", "amount", "is_open"]


class EventsOf(RowsOf):
    model = ProviderEvent
    fields = ["type", "received_at", "outcome", "reason"]


@admin.register(CardPayment)
class CardPaymentAdmin(ReadOnlyAdmin):
    list_display = ["key", "enrolment", "amount", "currency", "state", "started_at", "parked_reason"]
    list_filter = ["state", "currency"]
    list_select_related = ["enrolment__person"]
    search_fields = ["key", "session_id", "enrolment__matriculation_number", "payment__reference"]
    date_hierarchy = "started_at"
    exclude = ["url"]
    inlines = [LinesOf, EventsOf]


# --- Events of the provider ---------------------------------------------------------------------------------


class NoteForm(forms.Form):
    """What was done about a parked event."""

    note = forms.CharField(label=_("What was done"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnlyAdmin):
    """What the provider sent; parked events wait for the finance office, oldest first."""

    list_display = ["type", "received_at", "outcome", "reason", "card_payment", "handled_at"]
    list_filter = ["outcome", "type"]
    list_select_related = ["card_payment"]
    search_fields = ["event_id", "type", "card_payment__key"]
    fields = [
        "event_id", "type", "created_at", "received_at", "outcome", "reason", "card_payment", "content",
        "handled_at", "handled_by", "handled_note",
    ]  # fmt: skip
    readonly_fields = ["content"]

    @admin.display(description=_("content"))
    def content(self, event: ProviderEvent) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(event.raw, indent=2, ensure_ascii=False))

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<int:pk>/retry/", self.admin_site.admin_view(self.retry), name="fees_event_retry"),
            path("<int:pk>/handle/", self.admin_site.admin_view(self.handle), name="fees_event_handle"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        page = reverse("admin:fees_providerevent_changelist")
        waiting = "outcome__exact=parked&handled_at__isnull=True"
        asked = request.GET.urlencode()
        count = staff.parked_events().count()
        pills = [
            Pill(str(_("All")), page, current=not asked),
            Pill(str(_("Waits for staff")), f"{page}?{waiting}", current=asked == waiting, count=count),
        ]
        return super().changelist_view(request, {**(extra_context or {}), "pills": pills})

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "handled_at__isnull" or super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        event = self.get_object(request, object_id)
        acts = _acts_on(event) if event and permissions.may_handle_events(signed_in(request)) else []
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "moves": acts})

    def retry(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Apply a parked event again."""
        event = self._waiting(request, pk)
        back = redirect("admin:fees_providerevent_change", event.pk)
        if request.method != "POST":
            return back
        try:
            received = events.retry_parked(event.pk, actor=signed_in(request), at=clock.now())
        except provider.Unreachable:
            messages.error(request, _("The card provider cannot be reached now. Try again in a few minutes."))
            return back
        if received.outcome == ProviderEvent.Outcome.PARKED:
            messages.warning(request, _("The event still does not fit: %(why)s") % {"why": received.reason})
        else:
            messages.success(request, _("The event was applied."))
        return back

    def handle(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Record what was done about a parked event."""
        event = self._waiting(request, pk)
        form = NoteForm(request.POST if "note" in request.POST else None)
        if request.method == "POST" and form.is_valid():
            events.handle_parked(
                event.pk, note=form.cleaned_data["note"], actor=signed_in(request), at=clock.now()
            )
            messages.success(request, _("It was recorded that the event was dealt with."))
            return redirect("admin:fees_providerevent_changelist")
        context = {
            **self.admin_site.each_context(request),
            "event": event,
            "form": form,
            "title": _("Deal with an event"),
        }
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
        return render(request, "fees/admin/handle_event.html", context, status=status)

    def _waiting(self, request: HttpRequest, pk: int) -> ProviderEvent:
        answer = permissions.may_handle_events(signed_in(request))
        if not answer:
            raise PermissionDenied(str(answer.reason))
        event = staff.parked_events().filter(pk=pk).first()
        if event is None:
            raise Http404
        return event


def _acts_on(event: ProviderEvent) -> list[dict[str, object]]:
    """The buttons over a parked event."""
    if event.outcome != ProviderEvent.Outcome.PARKED or event.handled_at:
        return []
    return [
        {"label": _("Try again"), "kind": "main", "url": reverse("admin:fees_event_retry", args=[event.pk])},
        {
            "label": _("Mark as dealt with"),
            "kind": "secondary",
            "url": reverse("admin:fees_event_handle", args=[event.pk]),
        },
    ]
