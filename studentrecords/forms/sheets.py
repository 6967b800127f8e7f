"""What is typed when a discipline sheet is published."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from studentrecords.models import SheetVersion
from studentrecords.services.sheets import Content, Vote


def _text(label: Any, help_text: Any, missing: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": missing},
    )


class SheetForm(forms.Form):
    """A version of a sheet. last: the version before, None for the first; voting: discussion is over."""

    file = forms.FileField(
        label=_("The sheet as a PDF"),
        help_text=_("At most 5 MB."),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "application/pdf"}),
        error_messages={"required": _("Select the file with the sheet")},
    )
    standards = _text(
        _("Minimum standards"),
        _("What a student must do to be admitted and to pass."),
        _("Write the minimum standards"),
    )
    assessment = _text(
        _("Assessment"),
        _("Kind of assessment, its parts and their weight."),
        _("Write how students are assessed"),
    )
    scale = _text(_("Grading scale"), _("How points become a grade."), _("Write the grading scale"))
    changes = forms.CharField(
        label=_("What changed since the version before"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write what changed since the version before.")},
    )
    assessment_changes = forms.BooleanField(
        label=_("The assessment changes, also where the texts above stay the same"), required=False
    )
    in_favour = forms.IntegerField(
        label=_("Votes in favour"),
        required=False,
        min_value=0,
        max_value=100_000,
        error_messages={"invalid": _("Write the votes as a whole number")},
    )
    voted_on = forms.DateField(
        label=_("Day of the vote"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write a date like 20.11.2026")},
    )
    minutes = forms.CharField(label=_("Minutes of the vote (number)"), required=False, max_length=120)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, last: SheetVersion | None, *args: Any, voting: bool = False, **kwargs: Any) -> None:
        initial = {"seen": last.number if last else 0}
        if last is not None:
            initial |= {name: getattr(last, name) for name in ("standards", "assessment", "scale")}
        super().__init__(*args, **{"initial": initial, **kwargs})
        if last is None:
            for name in ("changes", "assessment_changes"):
                del self.fields[name]
        if last is None or not voting:
            for name in ("in_favour", "voted_on", "minutes"):
                del self.fields[name]

    def content(self) -> Content:
        """What was typed; call it on a valid form."""
        given = self.cleaned_data
        return Content(
            standards=given["standards"],
            assessment=given["assessment"],
            scale=given["scale"],
            changes=given.get("changes", ""),
            assessment_changes=given.get("assessment_changes", False),
            vote=Vote(given.get("in_favour"), given.get("voted_on"), given.get("minutes", "")),
        )
