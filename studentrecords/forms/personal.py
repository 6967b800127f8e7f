"""Asking for a correction or reporting a change, and what the secretariat decides."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from studentrecords.rules.personal import FIELD_WORDS, LONGEST, PersonalField

WRONG, CHANGED = "wrong", "changed"
TOO_LONG = _("The text must have %(limit_value)d characters or fewer")
DAYS = ["%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y", "%Y-%m-%d"]


class AskForm(forms.Form):
    """The new value, whether the record was wrong or the reality changed, the proof."""

    kind = forms.ChoiceField(
        label=_("What happened?"),
        widget=forms.RadioSelect,
        choices=[(WRONG, _("It was recorded wrongly")), (CHANGED, _("It changed"))],
        error_messages={"required": _("Choose what happened")},
    )
    value = forms.CharField(
        label=_("New value"),
        max_length=LONGEST,
        required=False,
        error_messages={"max_length": TOO_LONG},
    )
    changed_on = forms.DateField(
        label=_("Since when?"),
        required=False,
        input_formats=DAYS,
        widget=forms.DateInput(format="%d.%m.%Y"),
        error_messages={"invalid": _("Enter the date like 14.06.2005")},
    )
    words = forms.CharField(
        label=_("In your words"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": TOO_LONG},
    )
    proof = forms.FileField(label=_("Document that proves it"), required=False, allow_empty_file=True)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("kind") == CHANGED and not given.get("changed_on") and "changed_on" not in self.errors:
            self.add_error("changed_on", _("Write since when it is so"))
        return given

    @property
    def day_of_change(self) -> date | None:
        """The day of a reported change; None for a mistake in the record."""
        return self.cleaned_data.get("changed_on") if self.cleaned_data["kind"] == CHANGED else None


class RecordForm(forms.Form):
    """Why the value is recorded and which document was looked at."""

    reason = forms.CharField(
        label=_("Reason of the correction"),
        max_length=500,
        error_messages={"required": _("Write the reason of the correction"), "max_length": TOO_LONG},
    )
    document = forms.CharField(
        label=_("Document looked at"),
        help_text=_("Kind, series and number, when it was shown at the counter."),
        max_length=200,
        required=False,
        error_messages={"max_length": TOO_LONG},
    )
    answer = forms.CharField(
        label=_("To the student"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": TOO_LONG},
    )


class TurnDownForm(forms.Form):
    """Why nothing is changed; the student reads it."""

    answer = forms.CharField(
        label=_("Why is nothing changed?"),
        help_text=_("The student reads it."),
        max_length=500,
        error_messages={"required": _("Write why; the student reads it."), "max_length": TOO_LONG},
    )


class CorrectForm(forms.Form):
    """A correction from a paper application, or of the secretariat's own finding."""

    field = forms.ChoiceField(
        label=_("Data to correct"),
        choices=[(one.value, FIELD_WORDS[one]) for one in PersonalField],
    )
    value = forms.CharField(
        label=_("Right value"),
        max_length=LONGEST,
        required=False,
        error_messages={"max_length": TOO_LONG},
    )
    reason = forms.CharField(
        label=_("Reason of the correction"),
        max_length=500,
        error_messages={"required": _("Write the reason of the correction"), "max_length": TOO_LONG},
    )
    document = forms.CharField(
        label=_("Document looked at"),
        help_text=_("Kind, series and number, when it was shown at the counter."),
        max_length=200,
        required=False,
        error_messages={"max_length": TOO_LONG},
    )
    proof = forms.FileField(label=_("Scan of the document"), required=False, allow_empty_file=True)
