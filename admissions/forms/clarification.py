"""The candidate's answer to a clarification: a file or words for each point, nothing else can be changed."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from admissions.models import ClarificationItem
from admissions.rules.papers import PAPERS, DocumentType

LANGUAGES = [
    ("", "–"),
    ("ro", _("Romanian")),
    ("en", _("English")),
    ("fr", _("French")),
    ("xx", _("another language")),
]


def title_of(item: ClarificationItem) -> str:
    """What is asked, in words."""
    if item.kind == ClarificationItem.Kind.DOCUMENT:
        return str(PAPERS[DocumentType(item.document_kind)].title)
    return item.question or str(ClarificationItem.Kind(item.kind).label)


class AnswerForm(forms.Form):
    """Fields by point: `words_<key>`; for a document also `original_`, `translation_` and their languages."""

    text = forms.CharField(
        label=_("Something to add"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, items: Sequence[ClarificationItem], *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.items = items
        for item in items:
            if item.kind == ClarificationItem.Kind.DOCUMENT:
                self._document(item)
            self.fields[f"words_{item.pk}"] = forms.CharField(
                label=_("Answer in words"),
                required=False,
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    def _document(self, item: ClarificationItem) -> None:
        paper = PAPERS[DocumentType(item.document_kind)]
        self.fields[f"original_{item.pk}"] = forms.FileField(label=_("New copy"), required=False)
        if item.document_kind == DocumentType.NIGERIA_CARD:
            self.fields[f"back_{item.pk}"] = forms.FileField(label=_("The other side"), required=False)
        if paper.translated:
            self.fields[f"translation_{item.pk}"] = forms.FileField(
                label=_("New translation"), required=False
            )
            self.fields[f"into_{item.pk}"] = forms.ChoiceField(
                label=_("Language of the translation"), choices=LANGUAGES, required=False
            )

    def points(self) -> Iterable[dict[str, Any]]:
        """Each point with its fields, files apart, for the page."""
        for item in self.items:
            slots = [f"{slot}_{item.pk}" for slot in ("original", "back", "translation")]
            yield {
                "title": title_of(item),
                "question": item.question,
                "files": [self[name] for name in slots if name in self.fields],
                "into": self[f"into_{item.pk}"] if f"into_{item.pk}" in self.fields else None,
                "words": self[f"words_{item.pk}"],
            }

    def answers(self) -> dict[int, str]:
        """Words by the key of their point."""
        return {item.pk: self.cleaned_data[f"words_{item.pk}"] for item in self.items}

    def files_of(self, item: ClarificationItem) -> dict[str, Any]:
        """What was sent for a document, by slot."""
        found = {
            slot: self.cleaned_data.get(f"{slot}_{item.pk}") for slot in ("original", "back", "translation")
        }
        return {slot: sent for slot, sent in found.items() if sent}
