"""What is asked of a student who wants another group, and of the office that answers."""

from django import forms
from django.utils.translation import gettext_lazy as _


class GroupForm(forms.Form):
    """The group and the reasons (REC-458)."""

    wanted = forms.CharField(
        label=_("Group you want to move to"),
        max_length=20,
        error_messages={"required": _("Enter the group you want to move to")},
    )
    reasons = forms.CharField(
        label=_("Reasons"),
        help_text=_("Only the dean's office and the secretariat read them."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Write why you ask for another group")},
    )


class AnswerForm(forms.Form):
    """The answer the student reads; a refusal must have one."""

    answer = forms.CharField(
        label=_("Answer to the student"),
        help_text=_("Needed when the request is refused."),
        max_length=400,
        required=False,
    )
