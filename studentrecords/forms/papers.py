"""What is asked before a school document is issued or prepared."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from studentrecords.forms.appeals import ArrivalForm
from studentrecords.models import DocumentKind, DocumentRequest, Purpose
from studentrecords.services.papers import Wish
from upt_portal.kernel.uploads import WORDS

Channel = DocumentRequest.Channel
LONGEST_PURPOSE = 160
#: What the secretariat prepares; certificate and transcript have forms of their own.
PREPARED = (DocumentKind.SYLLABUS, DocumentKind.GRADUATION, DocumentKind.DUPLICATE, DocumentKind.OTHER)


class PaperForm(forms.Form):
    """The language of the paper; what else is asked stands in the forms below."""

    what: ClassVar[str] = ""
    language = forms.ChoiceField(
        label=_("Language of the paper"),
        choices=[("ro", "Română"), ("en", "English")],
        error_messages={"required": _("Choose a language"), "invalid_choice": _("Choose a language")},
    )

    def wish(self) -> Wish:
        """What was asked for; call it on a valid form."""
        given = self.cleaned_data
        return Wish(
            kind=self.what or given["document"],
            language=given["language"],
            purpose=given.get("purpose", ""),
            purpose_words=given.get("purpose_words", ""),
            details=given.get("details", ""),
        )


class TranscriptForm(PaperForm):
    """A transcript asks for its language only."""

    what = DocumentKind.TRANSCRIPT


class CertificateForm(PaperForm):
    """What the certificate is for; in one's own words where the list has none."""

    what = DocumentKind.CERTIFICATE
    purpose = forms.ChoiceField(
        label=_("What is it for?"),
        choices=[("", _("Choose")), *Purpose.choices],
        error_messages={
            "required": _("Choose what the certificate is for"),
            "invalid_choice": _("Choose what the certificate is for"),
        },
    )
    purpose_words = forms.CharField(
        label=_("In your own words"),
        help_text=_("Only with “something else”. It is printed as you write it."),
        max_length=LONGEST_PURPOSE,
        required=False,
    )

    field_order = ["purpose", "purpose_words", "language"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        words = " ".join(given.get("purpose_words", "").split())
        if given.get("purpose") == Purpose.OTHER and not words:
            self.add_error("purpose_words", _("Write what the certificate is for"))
        given["purpose_words"] = words if given.get("purpose") == Purpose.OTHER else ""
        return given


class PreparedForm(PaperForm):
    """A document that somebody prepares: which one, and what exactly is needed."""

    document = forms.ChoiceField(
        label=_("Document"),
        choices=[("", _("Choose")), *((kind.value, kind.label) for kind in PREPARED)],
        error_messages={"required": _("Choose a document"), "invalid_choice": _("Choose a document")},
    )
    details = forms.CharField(
        label=_("What do you need, and for what?"),
        help_text=_("For example the disciplines of a syllabus, or which document was lost."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=1000,
        error_messages={"required": _("Write what you need")},
    )

    field_order = ["document", "details", "language"]


class ArrivedForm(ArrivalForm):
    """An application that came on paper or by e-mail, as the secretariat enters it; the scan goes with it."""

    channel = forms.ChoiceField(
        label=_("Came by"),
        choices=[one for one in Channel.choices if one[0] != Channel.PORTAL],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how it came")},
    )
    document = forms.ChoiceField(
        label=_("Document"),
        choices=[("", _("Choose")), *DocumentKind.choices],
        error_messages={"required": _("Choose a document"), "invalid_choice": _("Choose a document")},
    )
    purpose = forms.ChoiceField(
        label=_("What is it for?"),
        help_text=_("Of a certificate of student status."),
        choices=[("", _("Choose")), *(one for one in Purpose.choices if one[0] != Purpose.OTHER)],
        required=False,
    )
    details = forms.CharField(
        label=_("What is needed"),
        help_text=_("As the paper says it. Of a certificate or a transcript it may stay empty."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=1000,
        required=False,
    )
    language = forms.ChoiceField(
        label=_("Language of the paper"), choices=[("ro", "Română"), ("en", "English")]
    )
    scan = forms.FileField(
        label=_("Scan of the application"),
        help_text=_("PDF, JPG or PNG, up to 5 MB."),
        error_messages={"required": WORDS["missing"], "empty": WORDS["empty"]},
    )

    field_order = [
        "channel",
        "arrived_on",
        "arrived_hour",
        "document",
        "purpose",
        "details",
        "language",
        "scan",
    ]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        kind = given.get("document")
        if kind == DocumentKind.CERTIFICATE and not (given.get("purpose") or given.get("details")):
            self.add_error("purpose", _("Choose what the certificate is for"))
        if kind == DocumentKind.CERTIFICATE and len(given.get("details", "")) > LONGEST_PURPOSE:
            self.add_error("details", _("Write it in at most 160 characters; it is printed as you write it"))
        if kind in PREPARED and not given.get("details", "").strip():
            self.add_error("details", _("Write what you need"))
        return given

    def wish(self) -> Wish:
        """What was asked for; call it on a valid form."""
        given = self.cleaned_data
        kind, details, purpose = given["document"], given["details"], given["purpose"]
        if kind == DocumentKind.CERTIFICATE:
            words = "" if purpose else " ".join(details.split())
            return Wish(kind, given["language"], purpose or Purpose.OTHER, words)
        return Wish(kind, given["language"], details=details)


class ReadyForm(forms.Form):
    """The secretariat's words to the student when a document is ready, or when there is none."""

    outcome = forms.ChoiceField(
        label=_("What was prepared?"),
        choices=[
            ("document", _("The document is ready")),
            ("answer", _("There is no document: I answer in writing")),
        ],
        widget=forms.RadioSelect,
        initial="document",
    )
    answer = forms.CharField(
        label=_("Words to the student"),
        help_text=_("Where and when it is collected, or why there is none."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        required=False,
    )
