"""Official messages, competitions, what is told in confidence, railcards."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from studentrecords.models import Competition, Department, Faculty, Programme
from studentrecords.parameters import CALL_MIN
from studentrecords.queries.communication import Audience
from studentrecords.queries.sessions import closed_days
from studentrecords.rules.communication import may_close_on
from studentrecords.services.confidential import LONGEST

TOO_LONG = _("The text must have %(limit_value)d characters or fewer")
DAYS = ["%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y", "%Y-%m-%d"]


def _text(label: Any, *, required: Any = "", rows: int = 6, most: int = LONGEST, help_text: Any = "") -> Any:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=most,
        required=bool(required),
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": required, "max_length": TOO_LONG},
    )


class TellForm(forms.Form):
    """What is told to the vice-rector."""

    text = _text(
        _("What happened?"),
        required=_("Write what happened"),
        rows=9,
        help_text=_("Where, when, who was there. The vice-rector alone reads it."),
    )


class SendOnForm(forms.Form):
    """To whom, and in the vice-rector's own words."""

    faculty = forms.ModelChoiceField(
        label=_("Faculty"),
        queryset=Faculty.objects.order_by("code"),
        error_messages={"required": _("Choose the faculty")},
    )
    department = forms.ModelChoiceField(
        label=_("Department"), queryset=Department.objects.order_by("name_ro"), required=False
    )
    text = _text(
        _("Text sent on"),
        required=_("Write what the dean or the department is to look into."),
        help_text=_("In your own words, without anything that tells who wrote."),
    )


class AnswerForm(forms.Form):
    """An answer in the portal."""

    answer = _text(_("Answer"), required=_("Write the answer."))


class MessageForm(forms.Form):
    """An official message and whom it is for; the first press shows how many it reaches."""

    decision = forms.CharField(
        label=_("Number and date of the rector's decision"),
        help_text=_("Only for a decision; empty for a message."),
        max_length=120,
        required=False,
        error_messages={"max_length": TOO_LONG},
    )
    number = forms.CharField(
        label=_("Matriculation number"),
        help_text=_("For one student; then the group below is left empty."),
        max_length=20,
        required=False,
        error_messages={"max_length": TOO_LONG},
    )
    faculty = forms.ModelChoiceField(
        label=_("Faculty"), queryset=Faculty.objects.order_by("code"), required=False
    )
    programme = forms.ModelChoiceField(
        label=_("Programme"), queryset=Programme.objects.order_by("code"), required=False
    )
    year = forms.IntegerField(label=_("Year of study"), min_value=1, max_value=6, required=False)
    group = forms.CharField(label=_("Group"), max_length=20, required=False)
    subject_ro = forms.CharField(
        label=_("Subject in Romanian"),
        max_length=60,
        error_messages={"required": _("Write the subject"), "max_length": TOO_LONG},
    )
    text_ro = _text(_("Text in Romanian"), required=_("Write the text"))
    subject_en = forms.CharField(
        label=_("Subject in English"),
        max_length=60,
        required=False,
        error_messages={"max_length": TOO_LONG},
    )
    text_en = _text(_("Text in English"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        wide = [name for name in ("faculty", "programme", "year", "group") if given.get(name)]
        if given.get("number") and wide:
            self.add_error("number", _("Choose one student or a group, not both"))
        if not given.get("number") and not wide:
            self.add_error("number", _("Choose one student or a group"))
        return given

    @property
    def audience(self) -> Audience:
        """Whom the form means."""
        given = self.cleaned_data
        return Audience(
            number=given["number"],
            faculty=given["faculty"].pk if given["faculty"] else None,
            programme=given["programme"].pk if given["programme"] else None,
            year=given["year"],
            group=given["group"],
        )


class CompetitionForm(forms.ModelForm[Competition]):
    """A competition; its registration lasts at least the least term (REC-052)."""

    link = forms.URLField(label=_("Where to register"), required=False, assume_scheme="https")

    class Meta:
        model = Competition
        fields = [
            "kind", "name_ro", "name_en", "faculty", "text_ro", "text_en", "link", "posted_on", "closes_on",
            "other_rule",
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        posted, closes = given.get("posted_on"), given.get("closes_on")
        if posted and closes:
            answer = may_close_on(
                posted,
                closes,
                closed_days(min(posted, closes), max(posted, closes)),
                days=CALL_MIN.on(posted),
                other_rule=given.get("other_rule") or "",
            )
            if not answer:
                self.add_error("closes_on", f"{answer.reason} {answer.cure}".strip())
        return given


class RailcardForm(forms.Form):
    """A railcard to hand out."""

    number = forms.CharField(
        label=_("Matriculation number"),
        max_length=20,
        error_messages={"required": _("Write the matriculation number"), "max_length": TOO_LONG},
    )
    series = forms.CharField(
        label=_("Series and number of the railcard"),
        max_length=40,
        error_messages={"required": _("Write the series and number of the card."), "max_length": TOO_LONG},
    )


class LossForm(forms.Form):
    """When a railcard was lost, and the notice that was published."""

    lost_on = forms.DateField(
        label=_("Lost on"),
        input_formats=DAYS,
        widget=forms.DateInput(format="%d.%m.%Y"),
        error_messages={
            "required": _("Enter the date like 14.06.2005"),
            "invalid": _("Enter the date like 14.06.2005"),
        },
    )
    notice = forms.CharField(
        label=_("Published notice of the loss"),
        help_text=_("Publication, number and date; may be added later, the duplicate waits for it."),
        max_length=200,
        required=False,
        error_messages={"max_length": TOO_LONG},
    )


class DuplicateForm(forms.Form):
    """The card handed out instead of a lost one."""

    series = forms.CharField(
        label=_("Series and number of the duplicate"),
        max_length=40,
        error_messages={"required": _("Write the series and number of the card."), "max_length": TOO_LONG},
    )


class TakeBackForm(forms.Form):
    """Why a student card is taken back."""

    reason = forms.CharField(
        label=_("Why is the card taken back?"),
        max_length=300,
        error_messages={"required": _("Write the reason"), "max_length": TOO_LONG},
    )
