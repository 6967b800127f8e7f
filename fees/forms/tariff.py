"""Forms of the price list, the plans of instalments, the sums and the presentations set by staff."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fees.forms.papers import DayField
from fees.models import CitizenshipCategory, Currency, FeeType, Price
from fees.rules.presentations import Standing
from fees.services.other_fees import BY_DECISION, BY_PRICE
from studentrecords.models import (
    AcademicYear,
    Cycle,
    Discipline,
    Enrolment,
    ExamResult,
    Faculty,
    Financing,
    Programme,
    StudyForm,
)
from studentrecords.rules.sessions import OPEN
from upt_portal.kernel.money import NotASum, parse_money

EVERY = _("all")
SELECT = _("Select")


class SumField(forms.CharField):
    """A sum typed as people write it, above zero or from zero: 1.250,00."""

    def __init__(self, *, zero: bool = False, **kwargs: Any) -> None:
        self.zero = zero
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(
            max_length=30,
            widget=widget,
            error_messages={"required": _("Enter a sum like 1.250,00")},
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        if not typed:
            return None
        try:
            amount = parse_money(typed)
        except NotASum as refused:
            raise forms.ValidationError(str(refused)) from refused
        if amount < 0 or (not amount and not self.zero):
            raise forms.ValidationError(_("The sum must be above zero"))
        if amount >= Decimal(10) ** 9:
            raise forms.ValidationError(_("The sum is too large"))
        return amount


class DaysField(forms.CharField):
    """Several days, one on each line."""

    def clean(self, value: Any) -> Any:
        days = []
        for line in super().clean(value).replace(";", "\n").replace(",", "\n").splitlines():
            if line.strip():
                days.append(_day(line.strip()))
        if len(days) > 12:
            raise forms.ValidationError(_("A year has at most 12 instalments"))
        return days


def _day(text: str) -> date:
    reads = DayField()
    reads.error_messages["invalid"] = _("Enter each day like 20.11.2026, one on a line")
    day: date = reads.clean(text)
    return day


class ScopeForm(forms.Form):
    """The year and for whom something is set; an empty choice means all."""

    year = forms.ModelChoiceField(
        AcademicYear.objects.order_by("-name"),
        label=_("Academic year"),
        to_field_name="name",
        empty_label=None,
    )
    faculty = forms.ModelChoiceField(
        Faculty.objects.order_by("code"),
        label=_("Faculty"),
        to_field_name="code",
        empty_label=EVERY,
        required=False,
    )
    programme = forms.ModelChoiceField(
        Programme.objects.order_by("code"), label=_("Programme"), to_field_name="code", empty_label=EVERY,
        required=False,
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        faculty, programme = given.get("faculty"), given.get("programme")
        if faculty and programme and programme.faculty_id != faculty.pk:
            self.add_error("programme", _("This programme belongs to another faculty"))
        return given


def _choices(of: Any) -> list[tuple[str, Any]]:
    return [("", EVERY), *((value, label) for value, label in of.choices if value)]


class PriceForm(ScopeForm):
    """A new row of the price list."""

    kind = forms.ModelChoiceField(
        FeeType.objects.order_by("code"), label=_("Kind of fee"),
        empty_label=SELECT, to_field_name="code",
        error_messages={"required": _("Select the kind of fee")},
    )  # fmt: skip
    cycle = forms.ChoiceField(label=_("Cycle"), choices=_choices(Cycle), required=False)
    form = forms.ChoiceField(label=_("Form of study"), choices=_choices(StudyForm), required=False)
    citizenship = forms.ChoiceField(
        label=_("Citizenship"), choices=_choices(CitizenshipCategory), required=False
    )
    promotion = forms.RegexField(
        r"^\d{4}-\d{4}$", label=_("Promotion"), required=False,
        help_text=_("Intake, for example 2026-2030; empty for all."),
        error_messages={"invalid": _("Enter the promotion like 2026-2030")},
    )  # fmt: skip
    amount = SumField(label=_("Amount"))
    currency = forms.ChoiceField(label=_("Currency"), choices=Currency.choices)
    unit = forms.ChoiceField(label=_("For"), choices=Price.Unit.choices)
    first_day = DayField(label=_("In force from"), help_text=_("For example 01.10.2026"))
    source = forms.ChoiceField(label=_("Source"), choices=Price.Source.choices)
    decision = forms.CharField(
        label=_("Decision of the Senate"), required=False, max_length=200, help_text=_("Number and date.")
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=400)

    field_order = ["kind", "year", "amount", "currency", "unit", "first_day", "source", "decision"]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("source") == Price.Source.DECISION and not given.get("decision"):
            self.add_error("decision", _("Enter the number and date of the Senate's decision"))
        return given


class PlanForm(ScopeForm):
    """The due days of a plan of instalments."""

    cycle = forms.ChoiceField(label=_("Cycle"), choices=_choices(Cycle), required=False)
    days = DaysField(
        label=_("Due days"), widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One on a line, for example 15.10.2026: as many days as instalments."),
        error_messages={"required": _("Enter the due day of each instalment")},
    )  # fmt: skip
    decision = forms.CharField(
        label=_("Decision"), max_length=200, help_text=_("Number and date."),
        error_messages={"required": _("Enter the number and date of the decision")},
    )  # fmt: skip


class StudentField(forms.CharField):
    """A student by the matriculation number, among those the user may charge."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Matriculation number"), max_length=20,
            error_messages={"required": _("Enter the matriculation number")}, **kwargs,
        )  # fmt: skip
        self.accounts = Enrolment.objects.none()

    def clean(self, value: Any) -> Any:
        typed = super().clean(value).strip()
        found = self.accounts.filter(matriculation_number__iexact=typed).first()
        if found is None:
            raise forms.ValidationError(_("No student has this number. Compare it with the record"))
        return found


class OfStudentForm(forms.Form):
    """Something about one student."""

    student = StudentField()

    def __init__(self, *args: Any, accounts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["student"]
        assert isinstance(field, StudentField)  # noqa: S101  for the type checker
        field.accounts = accounts


class SumForm(OfStudentForm):
    """A sum set by staff: by the price list, or damages by a sanction decision."""

    kind = forms.ModelChoiceField(
        FeeType.objects.filter(code__in=BY_DECISION + BY_PRICE).order_by("code"), label=_("Kind of fee"),
        empty_label=SELECT,
        to_field_name="code", error_messages={"required": _("Select the kind of fee")},
    )  # fmt: skip
    what = forms.CharField(label=_("What for"), required=False, max_length=120)
    due_on = DayField(label=_("Due"))
    amount = SumField(
        label=_("Sum of the damages"), required=False,
        help_text=_("Only for damages, as the decision gives it. Any other sum comes from the price list."),
    )  # fmt: skip
    decision = forms.CharField(
        label=_("Sanction decision"),
        required=False,
        max_length=120,
        help_text=_("Number and date, for damages."),
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        kind = given.get("kind")
        if kind is not None and kind.code in BY_DECISION:
            if not given.get("amount") and "amount" not in self.errors:
                self.add_error("amount", _("Enter the sum the decision gives"))
            if not given.get("decision"):
                self.add_error("decision", _("Enter the number and date of the decision"))
        return given


class PresentationForm(OfStudentForm):
    """An exam presentation to be paid."""

    discipline = forms.CharField(
        label=_("Code of the discipline"), max_length=30,
        error_messages={"required": _("Enter the code of the discipline")},
    )  # fmt: skip
    session = forms.ChoiceField(
        label=_("Session"), choices=[one for one in ExamResult.Session.choices if one[0] != OPEN]
    )
    standing = forms.ChoiceField(
        label=_("How the discipline is taken"), widget=forms.RadioSelect,
        choices=[
            (Standing.EARLIER, _("of an earlier year, only its exam")),
            (Standing.CURRENT, _("of the current year")),
            (Standing.RECONTRACTED, _("contracted again this year")),
        ],
        error_messages={"required": _("Select how the discipline is taken")},
    )  # fmt: skip
    special = forms.MultipleChoiceField(
        label=_("What makes it free"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[
            ("grade_increase", _("a higher grade is wanted")),
            ("volunteering", _("volunteering")),
            ("summer_practice", _("practice placed in summer")),
            ("unmatched", _("left without an equivalent after a mobility of this year")),
        ],
    )  # fmt: skip
    exam_on = DayField(
        label=_("Day of the exam"), required=False,
        help_text=_("In session B-II of the final year the term is counted from it."),
    )  # fmt: skip
    form_filed = forms.BooleanField(label=_("The re-examination form was filed"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        student, code = given.get("student"), given.get("discipline")
        if student is not None and code:
            found = Discipline.objects.filter(
                curriculum=student.curriculum_id, code__iexact=code.strip()
            ).first()
            if found is None:
                self.add_error("discipline", _("The curriculum of this student has no such discipline"))
            given["found"] = found
        return given


class DecisionForm(OfStudentForm):
    """A rector's decision on a place during the year."""

    financing = forms.ChoiceField(label=_("The place becomes"), choices=Financing.choices)
    decision = forms.CharField(
        label=_("Decision"), max_length=120, help_text=_("Number and date."),
        error_messages={"required": _("Enter the number and date of the decision")},
    )  # fmt: skip
    communicated_on = DayField(label=_("Communicated on"))
    amount = SumField(
        label=_("Tuition owed for the year"), zero=True, help_text=_("As the decision gives it; 0 for none.")
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=Currency.choices)
    due_on = DayField(label=_("Due"), required=False, help_text=_("The term of the sum; empty when it is 0."))


def filled(values: Sequence[str]) -> dict[str, bool]:
    """The circumstances that were ticked, by name."""
    return dict.fromkeys(values, True)
