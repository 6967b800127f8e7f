"""The desk's forms for overdue accounts: later due dates, delays of the office, proposals."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fees.models import Charge
from upt_portal.kernel import dates

TOO_LONG = _("The text must have %(limit_value)d characters or fewer")
DATE = {"required": _("Enter the day"), "invalid": _("Write a date like 20.11.2026")}


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, error_messages=DATE)


class _LineForm(forms.Form):
    """An act on one line, with its reason."""

    line = forms.ChoiceField(label=_("Line"), error_messages={"required": _("Choose the line")})
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        error_messages={"required": _("Write the reason"), "max_length": TOO_LONG},
    )

    def __init__(self, lines: Sequence[Charge], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field, language = self.fields["line"], get_language() or "ro"
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        field.choices = [
            (str(line.pk), f"{line.description_in(language)} · {dates.day(line.due_at, language)}")
            for line in lines
        ]


class ExtendForm(_LineForm):
    """A later due date for one line."""

    until = _day(_("New last day"))
    field_order = ["line", "until", "reason"]


class DelayForm(_LineForm):
    """Days of delay that were the office's."""

    first = _day(_("First day of the delay"))
    last = _day(_("Last day of the delay"))
    field_order = ["line", "first", "last", "reason"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("first") and given.get("last") and given["first"] > given["last"]:
            self.add_error("last", _("The last day is before the first"))
        return given


class DelayBackForm(forms.Form):
    """Why a delay of the office is taken back."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        error_messages={"required": _("Write the reason"), "max_length": TOO_LONG},
    )

    def __init__(self, delay: int, data: Any = None) -> None:
        super().__init__(data, auto_id=f"id_back_{delay}_%s")


class NoteForm(forms.Form):
    """Why a proposal is withdrawn, or what its review found."""

    note = forms.CharField(
        label=_("Reason"),
        max_length=300,
        error_messages={"required": _("Write the reason"), "max_length": TOO_LONG},
    )


class RectorForm(forms.Form):
    """The rector's decision on a proposal."""

    decision_number = forms.CharField(
        label=_("Number of the rector's decision"),
        max_length=60,
        error_messages={"required": _("Write the number of the decision"), "max_length": TOO_LONG},
    )
    decision_on = _day(_("Date of the decision"))
    expelled = forms.TypedChoiceField(
        label=_("The decision"),
        choices=[("yes", _("The student is expelled")), ("no", _("The student is not expelled"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what was decided")},
    )
