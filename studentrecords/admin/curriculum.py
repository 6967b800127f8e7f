"""Around the curriculum in the administration: coordinators, the timetable, requests for equivalence."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from studentrecords import permissions
from studentrecords.admin.information import OfStudentAdmin, OwnFacultyAdmin
from studentrecords.forms.recognition import TICKS, EquivalenceDecisionForm
from studentrecords.models import EctsCoordinator, Equivalence, EquivalenceRow, TimetableClass
from studentrecords.parameters import LONG_DAY
from studentrecords.queries import curriculum as queries
from studentrecords.refusal import Refused
from studentrecords.rules.attendance import long_day_warning
from studentrecords.services import recognition as services
from studentrecords.workflow.recognition import COMMISSION, EQUIVALENCE_MOVES, EquivalenceState
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import audit, clock
from upt_portal.kernel.admin_tables import Kept
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb


@admin.register(EctsCoordinator)
class EctsCoordinatorAdmin(OwnFacultyAdmin):
    """Who answers for the credits of the university, of faculties and of fields (REC-077)."""

    faculty, common = "faculty__code", True
    list_display = ["name", "position", "level", "faculty", "field", "email"]
    list_filter = ["level", "faculty"]
    list_select_related = ["faculty", "field"]
    search_fields = ["name"]


@admin.register(TimetableClass)
class TimetableClassAdmin(OwnFacultyAdmin):
    """The weekly timetable; days of more than 8 hours of class are kept and told (REC-101)."""

    faculty = "discipline__curriculum__programme__faculty__code"
    list_display = ["discipline", "kind", "group", "weekday", "day", "starts_at", "ends_at", "weeks", "place"]
    list_filter = ["year", "weekday", "kind"]
    list_select_related = ["discipline__curriculum__programme"]
    search_fields = ["discipline__search", "group", "place"]
    autocomplete_fields = ["discipline"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return queries.with_day(super().get_queryset(request))

    @admin.display(description=gettext_lazy("hours of the day"))
    def day(self, one: Any) -> str:
        """The day's hours of class for the group, practical training left out, marked when too long."""
        hours = queries.hours_of_day(one.odd, one.even)
        shown = number_format(hours, 1, use_l10n=True)
        if long_day_warning(hours, most=LONG_DAY.on(clock.today())):
            return _("%(hours)s, too long") % {"hours": shown}
        return shown

    def save_model(self, request: HttpRequest, obj: TimetableClass, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for group, hours in queries.long_groups(obj, clock.today()):
            place = {
                "day": obj.get_weekday_display(),
                "group": group or _("the whole year"),
                "hours": number_format(hours, 1, use_l10n=True),
                "most": LONG_DAY.on(clock.today()),
            }
            words = _("%(day)s, %(group)s: %(hours)s hours of class; students may refuse more than %(most)s.")
            messages.warning(request, words % place)


# ---- equivalence -------------------------------------------------------------------------------------------


class EquivalenceRows(BaseInlineFormSet[Any, Any, Any]):
    """Disciplines of the student's own curriculum, at least one."""

    def clean(self) -> None:
        super().clean()
        enrolment = getattr(self.instance, "enrolment", None) if self.instance.enrolment_id else None
        for form in self.forms:
            given = getattr(form, "cleaned_data", None) or {}
            one = given.get("discipline")
            if one and enrolment and one.curriculum_id != enrolment.curriculum_id:
                form.add_error("discipline", _("This discipline is not in the student's curriculum."))


class EquivalenceRowInline(admin.TabularInline[Any, Any]):
    """What was passed elsewhere beside the discipline it is asked for."""

    model = EquivalenceRow
    formset = EquivalenceRows
    extra, min_num, validate_min = 0, 1, True
    autocomplete_fields = ["discipline"]


@admin.register(Equivalence)
class EquivalenceAdmin(Kept, OfStudentAdmin):
    """Requests recorded by the secretariat; decided on a page of their own (REC-075, REC-076)."""

    list_display = ["request_link", "institution", "programme", "cycle", "asked_on", "state", "edit_link"]
    list_display_links = None
    list_filter = ["state", "cycle"]
    inlines = [EquivalenceRowInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return queries.equivalences_for_staff(signed_in(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or obj.state == EquivalenceState.ASKED)

    def save_model(self, request: HttpRequest, obj: Equivalence, form: Any, change: bool) -> None:
        user = signed_in(request)
        if not change:
            obj.recorded_by = user
        super().save_model(request, obj, form, change)
        if not change:
            audit.record(
                obj,
                "studentrecords.equivalence_ask",
                actor=user,
                at=clock.now(),
                after=EquivalenceState.ASKED,
            )

    @admin.display(description=gettext_lazy("student"))
    def request_link(self, asked: Equivalence) -> str:
        where = reverse("admin:studentrecords_equivalence_decide", args=[asked.pk])
        return format_html('<a href="{}">{}</a>', where, asked.enrolment)

    @admin.display(description=gettext_lazy("request"))
    def edit_link(self, asked: Equivalence) -> str:
        where = reverse("admin:studentrecords_equivalence_change", args=[asked.pk])
        return format_html('<a href="{}">{}</a>', where, _("Open the request"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(decide_view)
        return [path("<int:pk>/decide/", view, name="studentrecords_equivalence_decide"), *super().get_urls()]


def decide_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One request with its disciplines; the commission ticks the four conditions and decides."""
    user = signed_in(request)
    found = get_object_or_404(queries.equivalences_for_staff(user), pk=pk)
    answer = permissions.may_decide_equivalence(user)
    form, refused = EquivalenceDecisionForm(request.POST if request.method == "POST" else None), ""
    if request.method == "POST":
        if not answer:
            raise PermissionDenied(str(answer.reason))
        if form.is_valid():
            try:
                services.decide(
                    pk,
                    recognise=request.POST.get("act") == "recognise",
                    ticks=form.ticks(),
                    decision=form.cleaned_data["decision"],
                    reasons=form.cleaned_data["reasons"],
                    actor=user,
                    at=clock.now(),
                )
            except (MoveRefused, Refused) as no:
                refused = str(no)
            else:
                messages.success(request, _("The decision is recorded and the student was told."))
                return redirect("admin:studentrecords_equivalence_changelist")
    title = _("Request for equivalence")
    above = Crumb(
        capfirst(str(Equivalence._meta.verbose_name_plural)),
        reverse("admin:studentrecords_equivalence_changelist"),
    )
    context = {
        **admin.site.each_context(request),
        "title": title,
        "crumbs": [above, Crumb(title)],
        "found": found,
        "rows": list(found.rows.select_related("discipline")),
        "ticked": _ticked(found),
        "form": form,
        "ticks": [form[name] for name in TICKS],
        "refused": refused,
        "may_decide": answer and EQUIVALENCE_MOVES.open_from(found.state, COMMISSION),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors or refused else HTTPStatus.OK
    return render(request, "studentrecords/admin/equivalence.html", context, status=status)


def _ticked(found: Equivalence) -> list[tuple[str, bool]]:
    """The four conditions in words with what the commission found; empty before its decision."""
    if found.state == EquivalenceState.ASKED:
        return []
    fields: dict[str, forms.Field] = EquivalenceDecisionForm.base_fields
    return [(str(fields[name].label), getattr(found, name)) for name in TICKS]
