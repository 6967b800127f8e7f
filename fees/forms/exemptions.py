"""Asking for an exemption, and recording the dean's decision."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fees.models import ExemptionLine
from fees.queries.exemptions import Choice
from fees.rules.exemptions import WORDS, Ground, Share
from studentrecords.models import AcademicYear
from upt_portal.kernel import dates
from upt_portal.kernel.money import NotASum, format_money, parse_money

LONGEST_TEXT = 2000
PAPERS = ("paper_1", "paper_2", "paper_3")
TOO_LONG = _("The text must have %(limit_value)d characters or fewer")


class AskForm(forms.Form):
    """The ground, the lines, the papers; `papers` are examined by the uploads pipeline."""

    ground = forms.ChoiceField(
        label=_("Ground"),
        choices=[(one.value, WORDS[one]) for one in Ground],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the ground")},
    )
    interrupted_year = forms.ChoiceField(
        label=_("Interrupted year"),
        help_text=_("Only when you resume your studies after an interruption."),
        required=False,
    )
    lines = forms.MultipleChoiceField(
        label=_("Lines for which you ask"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one line")},
    )
    words = forms.CharField(
        label=_("Your reasons, in your own words"),
        help_text=_("Read only by you and by those who decide."),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"max_length": TOO_LONG},
    )
    paper_1 = forms.FileField(
        label=_("Papers that prove the ground"),
        help_text=_("Needed on every ground but the resumption of studies."),
        required=False,
        allow_empty_file=True,
    )
    paper_2 = forms.FileField(label=_("Second paper"), required=False, allow_empty_file=True)
    paper_3 = forms.FileField(label=_("Third paper"), required=False, allow_empty_file=True)

    def __init__(
        self, choices: Sequence[Choice], years: Sequence[AcademicYear], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.years = {str(year.pk): year for year in years}
        self._offer("lines", [(str(one.charge.pk), _line_words(one)) for one in choices])
        if years:
            self._offer(
                "interrupted_year", [("", "–"), *((key, str(one)) for key, one in self.years.items())]
            )
        else:
            del self.fields["interrupted_year"]
            self._offer("ground", [(one.value, WORDS[one]) for one in Ground if one != Ground.RESUMPTION])

    def _offer(self, name: str, choices: Sequence[tuple[str, object]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        field.choices = list(choices)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        resumes = given.get("ground") == Ground.RESUMPTION
        year = self.years.get(given.get("interrupted_year") or "")
        if resumes and year is None and "interrupted_year" in self.fields:
            self.add_error("interrupted_year", _("Choose the interrupted year"))
        given["year"] = year if resumes else None
        return given


def _line_words(choice: Choice) -> str:
    language, charge = get_language() or "ro", choice.charge
    left = format_money(charge.left, charge.currency, language)
    return f"{charge.description_in(language)} · {left} · {dates.day(choice.until, language)}"


class RegisterForm(AskForm):
    """A request handed in on paper, received by the office."""

    received_on = forms.DateField(
        label=_("Handed in on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Write the day on which it was handed in"),
            "invalid": _("Write a date like 20.11.2026"),
        },
    )
    late_reason = forms.CharField(
        label=_("Why it is received late"),
        help_text=_("Only when a line was already past its term on that day."),
        required=False,
        max_length=300,
        error_messages={"max_length": TOO_LONG},
    )


class DecisionForm(forms.Form):
    """The dean's decision: its number and date, and what each line is exempted from."""

    decision_number = forms.CharField(
        label=_("Number of the dean's decision"),
        max_length=60,
        error_messages={"required": _("Write the number of the decision"), "max_length": TOO_LONG},
    )
    decision_on = forms.DateField(
        label=_("Date of the decision"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Write the date of the decision"),
            "invalid": _("Write a date like 20.11.2026"),
        },
    )
    fifth_month = forms.BooleanField(
        label=_("I saw on the papers that the fifth month of pregnancy has begun"), required=False
    )
    answer = forms.CharField(
        label=_("To the student"),
        help_text=_("Needed when nothing is exempted. Do not repeat reasons of health."),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": TOO_LONG},
    )

    def __init__(self, ground: Ground, lines: Sequence[ExemptionLine], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(lines)
        if ground != Ground.PREGNANCY:
            del self.fields["fifth_month"]
        for line in self.lines:
            self.fields[f"share_{line.pk}"] = forms.CharField(
                label=_("Exempted from: %(line)s") % {"line": line.charge.description},
                help_text=_("A percentage (“50%”) or a sum (“150,00”); empty for nothing."),
                required=False,
                max_length=20,
            )

    def shares_fields(self) -> list[tuple[ExemptionLine, forms.BoundField]]:
        """Each line with its field."""
        return [(line, self[f"share_{line.pk}"]) for line in self.lines]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        shares = {}
        for line in self.lines:
            text = (given.get(f"share_{line.pk}") or "").strip()
            if not text:
                continue
            try:
                shares[line.pk] = _share(text)
            except (NotASum, ArithmeticError):
                self.add_error(f"share_{line.pk}", _("Write a percentage like “50%” or a sum like “150,00”"))
        given["shares"] = shares
        return given


def _share(text: str) -> Share:
    """ "50 %" or "150,00". Raises NotASum for anything else, ArithmeticError for an impossible percentage."""
    if not text.endswith("%"):
        return Share(sum=parse_money(text))
    percent = Decimal(text[:-1].strip().replace(",", "."))
    if not 0 < percent <= 100 or percent != round(percent, 2):
        raise ArithmeticError(text)
    return Share(percent=percent)


class TakeBackForm(forms.Form):
    """Why an exemption recorded by mistake is taken back."""

    reason = forms.CharField(
        label=_("Why the exemption is taken back"),
        max_length=300,
        error_messages={"required": _("Write the reason"), "max_length": TOO_LONG},
    )
