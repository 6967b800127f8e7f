"""What a secretary types: shape only; what may be done is decided by the services."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from contracting.models import OfferLine
from contracting.queries import wording

LONGEST = 2000
TOO_LONG = _("The text must have %(limit_value)d characters or fewer")
DATE_WORDS = {"required": _("Enter the date"), "invalid": _("Enter a date like 20.11.2026")}

#: Why a scan is returned: its key, the words on the button, what the student reads.
RETURN_REASONS = (
    (
        "pages",
        _("a page is missing"),
        _(
            "A page of the document is missing from the scan. Scan all pages, in order, in one file and "
            "upload it again."
        ),
    ),
    (
        "signature",
        _("the signature is missing"),
        _(
            "The handwritten signature or its date is missing. Sign the printed document in ink where it "
            "asks for it, scan it and upload it again."
        ),
    ),
    (
        "unreadable",
        _("it cannot be read"),
        _(
            "The scan cannot be read: it is too dark, blurred or cut off. Scan it again in colour, at 300 "
            "dpi, and upload it."
        ),
    ),
    (
        "version",
        _("another version or document"),
        _(
            "The scan is of another document or of an older version. Download the version in force, sign "
            "it, scan it and upload it."
        ),
    ),
)

#: Questions that are asked again and again; each may be changed before it is sent.
QUESTIONS = (
    (
        "left_out",
        _("Disciplines left out"),
        _(
            "You left out overdue disciplines that you can only sit again after taking them once more. Do "
            "you mean to take them in another year?"
        ),
    ),
    (
        "elective",
        _("Elective not chosen"),
        _("An elective of this year is not chosen yet. Which discipline of the package do you take?"),
    ),
    (
        "financing",
        _("Financing"),
        _("Is your financing, state-funded or fee-paying, the one written in the list?"),
    ),
    ("other", _("Another question"), ""),
)


def in_language(text: Any, language: str) -> str:
    """A canned text in the reader's language, not the writer's."""
    with translation.override(language):
        return str(text)


class _Canned(forms.RadioSelect):
    """Choices with their digit on the keyboard and the text each one writes, for the page's script."""

    def __init__(self, texts: Sequence[str], *, keys: bool) -> None:
        super().__init__()
        self.texts, self.keys = list(texts), keys

    def create_option(
        self, name: str, value: Any, label: Any, selected: Any, index: int, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, label, selected, index, *args, **kwargs)
        option["attrs"]["data-text"] = self.texts[index]
        if self.keys:
            option["attrs"]["data-key"] = str(index + 1)
        return option


def filled(data: Any, choice: str, field: str, texts: Mapping[str, str]) -> Any:
    """What was sent, with the canned text where somebody without script chose one and wrote nothing."""
    if data is None or data.get(field, "").strip() or data.get(choice, "") not in texts:
        return data
    given = data.copy()
    given[field] = texts[data[choice]]
    return given


def _with_key(words: Any, digit: int) -> SafeString:
    return format_html('{} <kbd class="key" aria-hidden="true">{}</kbd>', words, digit)


class ActForm(forms.Form):
    """The state the page showed goes along, so that an act on an older page is refused."""

    seen = forms.CharField(widget=forms.HiddenInput)


class ApproveForm(ActForm):
    """Nothing is asked: the button is the act."""


class ReasonForm(ActForm):
    """Why."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write the reason"), "max_length": TOO_LONG},
    )


class ExtendForm(ReasonForm):
    """A later last day, and why."""

    until = forms.DateField(
        label=_("New last day"),
        help_text=_("The whole day counts, until 23:59."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={**DATE_WORDS, "required": _("Enter the new last day")},
    )
    field_order = ["seen", "until", "reason"]


class QuestionForm(ActForm):
    """A question to the student: one of the usual ones, to be changed, or another."""

    usual = forms.ChoiceField(label=_("Usual questions"), required=False)
    question = forms.CharField(
        label=_("What the student reads"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4, "data-canned": "usual"}),
        error_messages={"required": _("Write the question"), "max_length": TOO_LONG},
    )

    def __init__(self, data: Any = None, *args: Any, language: str, **kwargs: Any) -> None:
        self.texts = {key: in_language(text, language) for key, _words, text in QUESTIONS if str(text)}
        super().__init__(filled(data, "usual", "question", self.texts), *args, **kwargs)
        usual = self.fields["usual"]
        assert isinstance(usual, forms.ChoiceField)  # noqa: S101  for the type checker
        texts = [self.texts.get(key, "") for key, _words, _text in QUESTIONS]
        usual.widget = _Canned(texts, keys=False)
        usual.choices = [(key, words) for key, words, _text in QUESTIONS]


class AnswerForm(ActForm):
    """What the student said at the desk or on the telephone."""

    text = forms.CharField(
        label=_("The student's answer"),
        help_text=_("As it was given; your name stands beside it."),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write the answer"), "max_length": TOO_LONG},
    )


class ChangeForm(ActForm):
    """A change asked on the student's behalf."""

    drop = forms.MultipleChoiceField(
        label=_("Disciplines to leave out"), required=False, widget=forms.CheckboxSelectMultiple
    )
    add = forms.MultipleChoiceField(
        label=_("Disciplines to add"), required=False, widget=forms.CheckboxSelectMultiple
    )
    text = forms.CharField(
        label=_("What is asked and why"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write what is asked and why"), "max_length": TOO_LONG},
    )

    def __init__(self, *args: Any, lines: Iterable[OfferLine], **kwargs: Any) -> None:
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


class DecisionForm(ActForm):
    """The dean's decision on a change, as it stands on paper (CON-051, CON-053, CON-054)."""

    approved = forms.ChoiceField(
        label=_("What the dean's office decided"),
        choices=[("yes", _("approved")), ("no", _("refused"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what was decided")},
    )
    number = forms.CharField(
        label=_("Number of the decision"),
        max_length=40,
        error_messages={"required": _("Enter the number of the decision")},
    )
    on = forms.DateField(
        label=_("Date of the decision"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=DATE_WORDS,
    )
    named = forms.MultipleChoiceField(
        label=_("Mandatory disciplines that the approval names"),
        help_text=_("A mandatory discipline can be left out only when the decision names it."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("After a refusal the student reads it."),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": TOO_LONG},
    )

    def __init__(
        self, *args: Any, drop: Sequence[tuple[str, str]], today: date | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        if not drop:
            del self.fields["named"]
            return
        named = self.fields["named"]
        assert isinstance(named, forms.MultipleChoiceField)  # noqa: S101  for the type checker
        named.choices = list(drop)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("approved") == "no" and not given.get("reason", "").strip():
            self.add_error("reason", _("Write the reason of the refusal: the student reads it"))
        if self.today and given.get("on") and given["on"] > self.today:
            self.add_error("on", _("The date of the decision must not be in the future"))
        return given


class ReturnForm(forms.Form):
    """Why a scan goes back to the student; the text is what the student reads."""

    seen_sha256 = forms.CharField(widget=forms.HiddenInput)
    reason = forms.ChoiceField(label=_("Usual reasons"), required=False)
    text = forms.CharField(
        label=_("What the student reads"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4, "data-canned": "reason"}),
        error_messages={"required": _("Write why the document is returned"), "max_length": TOO_LONG},
    )

    def __init__(self, data: Any = None, *args: Any, language: str, **kwargs: Any) -> None:
        self.texts = {key: in_language(text, language) for key, _words, text in RETURN_REASONS}
        super().__init__(filled(data, "reason", "text", self.texts), *args, **kwargs)
        reason = self.fields["reason"]
        assert isinstance(reason, forms.ChoiceField)  # noqa: S101  for the type checker
        reason.widget = _Canned(list(self.texts.values()), keys=True)
        reason.choices = [
            (key, _with_key(words, digit)) for digit, (key, words, _text) in enumerate(RETURN_REASONS, 1)
        ]
        self.fields["text"].help_text = (
            _("In the student's language, English; change it as needed.")
            if language == "en"
            else _("In the student's language, Romanian; change it as needed.")
        )
