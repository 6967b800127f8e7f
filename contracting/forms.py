"""The student's forms: shape only; what may be asked is decided by the services."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracting.models import OfferLine
from contracting.queries import wording

LONGEST_TEXT = 2000
TOO_LONG = _("The text must have %(limit_value)d characters or fewer")


class AnswerForm(forms.Form):
    """The answer to a question of the secretariat."""

    text = forms.CharField(
        label=_("Your answer"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Write your answer"), "max_length": TOO_LONG},
    )


class ChangeRequestForm(forms.Form):
    """What the student wants changed, and why."""

    drop = forms.MultipleChoiceField(
        label=_("Disciplines to leave out"), required=False, widget=forms.CheckboxSelectMultiple
    )
    add = forms.MultipleChoiceField(
        label=_("Disciplines to add"), required=False, widget=forms.CheckboxSelectMultiple
    )
    text = forms.CharField(
        label=_("What you ask for and why"),
        help_text=_("A few lines are enough. Do not write about your health; no document is needed here."),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Write what you ask for and why"), "max_length": TOO_LONG},
    )

    def __init__(self, lines: Iterable[OfferLine], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = list(lines)
        self._offer("drop", [line for line in rows if line.selected])
        self._offer("add", [line for line in rows if not line.selected])

    def _offer(self, name: str, lines: list[OfferLine]) -> None:
        if not lines:
            del self.fields[name]
            return
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  for the type checker
        field.choices = [
            (line.key, f"{wording.name_of(line)} · {wording.credit_words(line.credits)}") for line in lines
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("add") and not given.get("drop") and not self.errors:
            raise forms.ValidationError(_("Choose at least one discipline to add or to leave out."))
        return given


class UploadForm(forms.Form):
    """The scan of a signed paper; its content is examined by the uploads pipeline."""

    file = forms.FileField(
        label=_("The signed document"),
        help_text=_("All pages in one file, in colour."),
        allow_empty_file=True,
    )

    @classmethod
    def refused(cls, words: str) -> "UploadForm":
        """The form again, with the reason why the file was not kept."""
        form = cls(data={})
        form.errors.clear()
        form.add_error("file", words)
        return form
