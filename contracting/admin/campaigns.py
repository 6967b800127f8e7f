"""Campaigns: prepared as drafts, published after a look at whom they are for, rescheduled, closed."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from contracting import notices, permissions
from contracting.admin.campaign_forms import STAGES, CampaignForm, RescheduleForm
from contracting.admin.jobs import job_url
from contracting.models import Campaign, StudentContracting
from contracting.queries import facts, preflight
from contracting.queries.cases import campaigns_for_staff
from contracting.queries.preflight import Preflight
from contracting.queries.queue import Choice
from contracting.refusal import Refused
from contracting.rules.campaign import campaign_problems
from contracting.services import offers
from contracting.workflow import CampaignState
from studentrecords.models import Enrolment
from studentrecords.services.reads import note_list
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import clock, exports, outbox
from upt_portal.kernel.admin_tables import TableAdmin, row_history, trace_items
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb

SHOWN_NAMES = 20


class OwnFacultyFilter(admin.SimpleListFilter):
    """Filter by faculty, of the reader's faculties only (E6)."""

    title = _("faculty")
    parameter_name = "faculty"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [(code, code) for code in sorted(faculty_codes(signed_in(request)))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(faculty__code=self.value()) if self.value() else queryset


@admin.register(Campaign)
class CampaignAdmin(TableAdmin):
    """Drafts are edited; what is published changes by its buttons only."""

    form = CampaignForm
    list_display = [
        "name", "year", "faculty_code", "state_words", "stage1_from", "payment_until", "students",
    ]  # fmt: skip
    list_filter = ["state", "year", OwnFacultyFilter]
    list_select_related = ["year", "faculty"]
    search_fields = ["name"]
    ordering = ["-year__name", "-stage1_from", "name"]
    change_form_template = "contracting/admin/campaign.html"

    # ---- whose, and what may be done -----------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return campaigns_for_staff(signed_in(request)).annotate(cases=Count("contractings", distinct=True))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and has_role(signed_in(request), *roles.SECRETARIAT)

    def has_change_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        if obj is not None and obj.state != CampaignState.DRAFT:
            return False
        return super().has_change_permission(request, obj) and self._may_configure(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        if obj is None or obj.state != CampaignState.DRAFT:
            return False
        return super().has_delete_permission(request, obj) and self._may_configure(request, obj)

    def _may_configure(self, request: HttpRequest, obj: Campaign | None) -> bool:
        user = signed_in(request)
        if obj is None:
            return has_role(user, *roles.SECRETARIAT)
        return bool(permissions.may_configure(user, obj))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"user": signed_in(request)})

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Fields without the small buttons that would edit other tables from here."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        for right in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
            if field is not None and hasattr(field.widget, right):
                setattr(field.widget, right, False)
        return field

    def get_fieldsets(self, request: HttpRequest, obj: Campaign | None = None) -> Any:
        stages = [(label, {"fields": [(first, last)]}) for label, first, last in STAGES]
        return [
            (None, {"fields": ["name", ("year", "faculty"), "offering", "programmes"]}),
            *stages,
            (_("Stage 5 and documents"), {"fields": [("documents_from", "payment_until")]}),
            (_("What students read"), {"fields": ["contact", "notice_ro", "notice_en"]}),
        ]

    @admin.display(description=_("state"), ordering="state")
    def state_words(self, campaign: Campaign) -> str:
        return str(CampaignState.of(campaign.state).label)

    @admin.display(description=_("faculty"), ordering="faculty__code")
    def faculty_code(self, campaign: Campaign) -> str:
        return campaign.faculty.code if campaign.faculty else str(_("the whole university"))

    @admin.display(description=_("students"))
    def students(self, campaign: Any) -> int:
        return int(campaign.cases)

    def history_items(self, request: HttpRequest, obj: Any) -> Any:
        from upt_portal.kernel import audit

        return [*trace_items(audit.trail(obj)), *row_history(obj.events.all())]

    # ---- the form with what is wrong and what may be done --------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        campaign = self.get_object(request, object_id)
        given = dict(extra_context or {})
        if campaign is not None:
            given |= self._standing(request, campaign)
        return super().change_view(request, object_id, form_url, given)

    def _standing(self, request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
        allowed = self._may_configure(request, campaign)
        state = CampaignState.of(campaign.state)
        return {
            "campaign": campaign,
            "campaign_state": state,
            "problems": campaign_problems(facts.windows_of(campaign)),
            "may_publish": allowed and state == CampaignState.DRAFT,
            "may_reschedule": allowed and state == CampaignState.PUBLISHED,
            "may_close": allowed and state == CampaignState.PUBLISHED,
            "lacking": _lacking(campaign) if allowed and state == CampaignState.PUBLISHED else "",
            "queue_url": _queue_of(campaign) if state == CampaignState.PUBLISHED else "",
        }

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/publish/", view(self.publish_view), name="contracting_campaign_publish"),
            path("<int:pk>/complete/", view(self.complete_view), name="contracting_campaign_complete"),
            path("<int:pk>/reschedule/", view(self.reschedule_view), name="contracting_campaign_reschedule"),
            path("<int:pk>/close/", view(self.close_view), name="contracting_campaign_close"),
            *super().get_urls(),
        ]

    def _campaign(self, request: HttpRequest, pk: int) -> Campaign:
        """The campaign, if the reader may set it up; 404 for another faculty's, 403 for a wrong role."""
        found = self.get_object(request, str(pk))
        if not isinstance(found, Campaign):
            raise Http404
        if not (answer := permissions.may_configure(signed_in(request), found)):
            raise PermissionDenied(str(answer.reason))
        return found

    def _context(self, request: HttpRequest, campaign: Campaign, title: Any, **more: Any) -> dict[str, Any]:
        crumbs = [
            Crumb(
                str(self.opts.verbose_name_plural).capitalize(),
                reverse("admin:contracting_campaign_changelist"),
            ),
            Crumb(campaign.name, reverse("admin:contracting_campaign_change", args=[campaign.pk])),
            Crumb(str(title)),
        ]
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "crumbs": crumbs,
            "campaign": campaign,
            "back": reverse("admin:contracting_campaign_change", args=[campaign.pk]),
            **more,
        }

    # ---- publish -------------------------------------------------------------------------------------------

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """For whom, who is left out and why, the mail's words; then the button with the number."""
        campaign = self._campaign(request, pk)
        user, at = signed_in(request), clock.now()
        if campaign.state != CampaignState.DRAFT and request.method != "POST":
            return redirect("admin:contracting_campaign_change", pk)
        refused = ""
        if request.method == "POST":
            try:
                job = offers.publish(campaign.pk, actor=user, at=at)
            except (Refused, MoveRefused) as no:
                refused = str(no)
            else:
                messages.success(request, _("The campaign is published; the offers are being made."))
                return redirect(job_url(job))
        found = preflight.of_campaign(campaign, at)
        if request.GET.get("format") in {"xlsx", "csv"}:
            numbers = [number for one in found.missing for number, _name in one.students]
            named = Enrolment.objects.filter(matriculation_number__in=numbers).values("pk")
            note_list(named, reader=user, what="contracting.export", at=at)
            return _missing_file(found, as_csv=request.GET["format"] == "csv")
        context = self._context(
            request,
            campaign,
            _("Publish the campaign"),
            found=found,
            refused=refused,
            shown_slice=f":{SHOWN_NAMES}",
            mails=_mails(campaign),
            button=ngettext(
                "I publish for %(count)d student", "I publish for %(count)d students", found.offers
            )
            % {"count": found.offers},
        )
        status = HTTPStatus.CONFLICT if refused else HTTPStatus.OK
        return render(request, "contracting/admin/publish.html", context, status=status)

    def complete_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Offers for those who had none: the reason was solved, or they enrolled later."""
        campaign = self._campaign(request, pk)
        if request.method == "POST":
            try:
                job = offers.complete(campaign.pk, actor=signed_in(request), at=clock.now())
            except Refused as no:
                messages.warning(request, str(no))
            else:
                return redirect(job_url(job))
        return redirect("admin:contracting_campaign_change", pk)

    # ---- reschedule, close ---------------------------------------------------------------------------------

    def reschedule_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """New dates with a reason; running terms of students follow."""
        campaign = self._campaign(request, pk)
        form = RescheduleForm(request.POST or None, instance=campaign)
        status = HTTPStatus.OK
        if request.method == "POST":
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            if form.is_valid() and self._rescheduled(request, campaign, form):
                messages.success(request, _("The dates were changed; the students' terms follow."))
                return redirect("admin:contracting_campaign_change", pk)
        context = self._context(
            request,
            campaign,
            _("Change the dates"),
            form=form,
            stages=[(label, form[first], form[last]) for label, first, last in STAGES],
            others=[form["documents_from"], form["payment_until"]],
        )
        return render(request, "contracting/admin/reschedule.html", context, status=status)

    def _rescheduled(self, request: HttpRequest, campaign: Campaign, form: RescheduleForm) -> bool:
        changes = form.changes()
        if not changes:
            form.add_error(None, str(_("No date was changed.")))
            return False
        try:
            offers.reschedule(
                campaign.pk,
                changes=changes,
                actor=signed_in(request),
                at=clock.now(),
                reason=form.cleaned_data["reason"],
            )
        except (Refused, MoveRefused) as no:
            form.add_error(None, str(no))
            return False
        return True

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Closing is asked once more, with what is still open."""
        campaign = self._campaign(request, pk)
        if request.method == "POST":
            try:
                offers.close(campaign.pk, actor=signed_in(request), at=clock.now())
            except MoveRefused as no:
                messages.warning(request, str(no))
            else:
                messages.success(request, _("The campaign is closed; the students' files stay as they are."))
            return redirect("admin:contracting_campaign_change", pk)
        open_cases = (
            StudentContracting.objects.filter(campaign=campaign)
            .exclude(state__in=["settled", "cancelled"])
            .count()
        )
        context = self._context(
            request,
            campaign,
            _("Close the campaign"),
            open_words=ngettext(
                "%(count)d student has not finished contracting.",
                "%(count)d students have not finished contracting.",
                open_cases,
            )
            % {"count": open_cases}
            if open_cases
            else "",
            queue_url=_queue_of(campaign),
        )
        return render(request, "contracting/admin/close.html", context)


def _lacking(campaign: Campaign) -> str:
    """The button that makes offers for students without one; empty when everybody has one."""
    count = preflight.without_case(campaign).count()
    if not count:
        return ""
    return ngettext(
        "I make the offer of %(count)d student without one",
        "I make the offers of %(count)d students without one",
        count,
    ) % {"count": count}


def _queue_of(campaign: Campaign) -> str:
    """The campaign's cases in the queue."""
    address = reverse("admin:contracting_studentcontracting_queue")
    return address + Choice(place="all", campaign=campaign.pk).query()


def _mails(campaign: Campaign) -> list[tuple[str, str, str]]:
    """What students will read in their mail, in both languages: (heading, subject, text)."""
    first = preflight.concerned(campaign).first()
    if first is None:
        return []
    headings = {
        "S1": _("To students who validate a list"),
        "S2b": _("To students with nothing to validate"),
    }
    made = []
    for situation, heading in headings.items():
        case = StudentContracting(pk=0, campaign=campaign, enrolment=first, situation=situation)
        for language, name in User.Language.choices:
            reader = User(pk=0, first_name="Andra", language=language)
            subject, text = outbox.written(notices.offer_published(case, reader))
            made.append((f"{heading} · {name}", subject, text))
    return made


def _missing_file(found: Preflight, *, as_csv: bool) -> HttpResponse:
    rows = [
        [number, name, missing.reason, str(_("no offer")) if missing.excluded else ""]
        for missing in found.missing
        for number, name in missing.students
    ]
    headings = [str(_("Matriculation no.")), str(_("Student")), str(_("Reason")), str(_("Consequence"))]
    return exports.download("inainte-de-publicare", headings, rows, as_csv=as_csv)
