"""What is typed about exams outside the rule: the student's request, the dean's decision, the exam's day."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from studentrecords.models import Discipline, ExamRequest, Scale
from studentrecords.rules import exam_requests as rules
from upt_portal.accounts import roles
from upt_portal.accounts.models import User

PROOFS = ("proof_1", "proof_2", "proof_3")
Kind, Ground = ExamRequest.Kind, ExamRequest.Ground


class _Day(forms.DateField):
    def __init__(self, **options: Any) -> None:
        options.setdefault("error_messages", {"invalid": _("Write a date like 20.11.2026")})
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, **options)


class AskForm(forms.Form):
    """A student asks for an open session, or for another form of the exam."""

    ground = forms.ChoiceField(
        label=_("Ground"), widget=forms.RadioSelect, error_messages={"required": _("Choose the ground")}
    )
    disciplines = forms.ModelMultipleChoiceField(
        queryset=Discipline.objects.none(),
        label=_("Disciplines"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={"required": _("Choose the disciplines")},
    )
    words = forms.CharField(
        label=_("Your reasons, in your own words"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    proof_1 = forms.FileField(
        label=_("Papers that prove the ground"),
        help_text=_("PDF, JPG or PNG, at most 5 MB each. Without them the request is refused."),
        allow_empty_file=True,
        error_messages={"required": _("Add the papers that prove the ground.")},
    )
    proof_2 = forms.FileField(label=_("Second paper"), required=False, allow_empty_file=True)
    proof_3 = forms.FileField(label=_("Third paper"), required=False, allow_empty_file=True)

    def __init__(self, kind: str, disciplines: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grounds = rules.OF_OPEN if kind == Kind.OPEN else rules.OF_ALTERNATIVE
        self.fields["ground"].choices = [(one.value, Ground(one).label) for one in grounds]  # type: ignore[attr-defined]
        field = self.fields["disciplines"]
        field.queryset = disciplines  # type: ignore[attr-defined]
        field.label_from_instance = lambda one: one.name  # type: ignore[attr-defined]
        if kind == Kind.OPEN:
            field.required = True
            field.help_text = _("Those to be sat in the open session.")
        else:
            field.help_text = _("None chosen stands for all of them.")
            self.fields["words"].label = _("Which form of the exam would help you")
            self.fields["words"].required = True
            self.fields["words"].error_messages["required"] = _(
                "Write which form of the exam would help you."
            )


class DecideForm(forms.Form):
    """What the dean decided about a request."""

    granted = forms.ChoiceField(
        label=_("Decision"),
        choices=[("yes", _("Approved")), ("no", _("Not approved"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what was decided")},
    )
    decision = forms.CharField(label=_("Number of the dean's decision"), max_length=60, required=False)
    method = forms.CharField(
        label=_("Method agreed with the teachers"),
        required=False,
        max_length=400,
        help_text=_("The teachers see it on the list of the exam. Do not repeat reasons of health."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    first_day = _Day(label=_("From"), required=False)
    last_day = _Day(label=_("Until"), required=False)
    answer = forms.CharField(
        label=_("To the student"),
        required=False,
        max_length=400,
        help_text=_("Needed when the request is not approved. Do not repeat reasons of health."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind == Kind.OPEN:
            del self.fields["method"]
            self.fields["first_day"].label = _("Exams may be held from")
            self.fields["last_day"].label = _("Exams may be held until")
        else:
            self.fields["first_day"].label = _("The method holds from")
            self.fields["last_day"].label = _("The method holds until")
            self.fields["last_day"].help_text = _("Empty for the whole of the studies.")


class DateForm(forms.Form):
    """The exam of an open session: discipline, day, place and its two teachers (REC-118)."""

    discipline = forms.ModelChoiceField(
        Discipline.objects.none(),
        label=_("Discipline"),
        error_messages={"required": _("Choose the discipline")},
    )
    held_on = _Day(
        label=_("Day of the exam"),
        error_messages={
            "required": _("Write the day of the exam"),
            "invalid": _("Write a date like 20.11.2026"),
        },
    )
    starts_at = forms.TimeField(
        label=_("Hour"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    room = forms.CharField(label=_("Room"), max_length=60, required=False)
    holder = forms.ModelChoiceField(
        User.objects.none(), label=_("Teacher"), error_messages={"required": _("Choose the teacher")}
    )
    second = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Second teacher"),
        error_messages={"required": _("Choose the second teacher")},
    )
    oral = forms.BooleanField(label=_("Oral exam"), required=False)
    scale = forms.ChoiceField(label=_("Results"), choices=Scale.choices, initial=Scale.GRADE)

    def __init__(self, disciplines: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["discipline"].queryset = disciplines  # type: ignore[attr-defined]
        teachers = User.objects.filter(groups__name=roles.TEACHER, is_active=True).order_by(
            "last_name", "first_name"
        )
        for name in ("holder", "second"):
            self.fields[name].queryset = teachers  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("holder") and given.get("holder") == given.get("second"):
            self.add_error("second", _now("An exam is held by two different teachers."))
        return given
