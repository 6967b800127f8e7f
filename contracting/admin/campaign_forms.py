"""The forms of a campaign: a draft with its dates, and the dates of a running one with a reason."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracting.admin.forms import DATE_WORDS
from contracting.models import Campaign
from studentrecords.models import Faculty, Programme
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role

STAGES = (
    (_("Stage 1: choose and validate"), "stage1_from", "stage1_until"),
    (_("Stage 2: verification"), "stage2_from", "stage2_until"),
    (_("Stage 3: annexes updated"), "stage3_from", "stage3_until"),
    (_("Stage 4: sign and upload"), "stage4_from", "stage4_until"),
)
DATE_FIELDS = [
    *(name for _label, first, last in STAGES for name in (first, last)), "documents_from", "payment_until",
]  # fmt: skip


class CampaignForm(forms.ModelForm[Campaign]):
    """A draft: faults of its dates are told beside them and hold back publication only."""

    class Meta:
        model = Campaign
        widgets = {
            "programmes": forms.CheckboxSelectMultiple(attrs={"class": "checks-in-column"}),
            "contact": forms.Textarea(attrs={"rows": 2, "cols": 70}),
            "notice_ro": forms.Textarea(attrs={"rows": 3, "cols": 70}),
            "notice_en": forms.Textarea(attrs={"rows": 3, "cols": 70}),
        }
        help_texts = {"programmes": _("None ticked: all programmes of the faculty.")}
        fields = [
            "name", "year", "faculty", "programmes", "offering", *DATE_FIELDS, "contact", "notice_ro",
            "notice_en",
        ]  # fmt: skip

    user: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        faculty = self.fields.get("faculty")
        if isinstance(faculty, forms.ModelChoiceField):
            faculty.queryset = Faculty.objects.filter(code__in=faculty_codes(self.user))
            faculty.required = not has_role(self.user, roles.CHIEF_SECRETARY)
            faculty.empty_label = None if faculty.required else str(_("the whole university"))
        programmes = self.fields.get("programmes")
        if isinstance(programmes, forms.ModelMultipleChoiceField):
            programmes.queryset = Programme.objects.filter(
                faculty__code__in=faculty_codes(self.user)
            ).order_by("code")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        faculty, programmes = given.get("faculty"), given.get("programmes") or []
        if faculty and any(one.faculty_id != faculty.pk for one in programmes):
            self.add_error("programmes", _("Choose programmes of the campaign's faculty only"))
        return given


class RescheduleForm(forms.ModelForm[Campaign]):
    """The dates of a running campaign, and why they change."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Kept with the old and the new dates."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write why the dates change")},
    )

    class Meta:
        model = Campaign
        fields = DATE_FIELDS
        widgets = {name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d") for name in DATE_FIELDS}
        error_messages = dict.fromkeys(DATE_FIELDS, DATE_WORDS)

    def changes(self) -> dict[str, Any]:
        """The dates that differ from those in force."""
        return {
            name: self.cleaned_data[name]
            for name in DATE_FIELDS
            if name in self.changed_data and self.cleaned_data[name] != self.initial[name]
        }

    def _post_clean(self) -> None:
        """The row keeps its dates until the service changes them."""
