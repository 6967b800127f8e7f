"""What an export takes: the table, the period, the shape of the file."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fees.forms.papers import DayField
from fees.queries.exporting import EXPORTS


class ExportForm(forms.Form):
    """A table of a period; both days count."""

    table = forms.ChoiceField(
        label=_("What"),
        choices=[(export.name, export.label) for export in EXPORTS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the file holds")},
    )
    first = DayField(label=_("From"), help_text=_("First day, for example 01.10.2026"))
    last = DayField(label=_("Until"), help_text=_("Last day; it counts too"))
    shape = forms.ChoiceField(
        label=_("File"), choices=[("xlsx", "Excel (XLSX)"), ("csv", "CSV")], widget=forms.RadioSelect
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and last and first > last:
            self.add_error("first", _("The first day must be the last day or earlier"))
        return given
