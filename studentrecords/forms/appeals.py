"""What is typed at a grade appeal: by the student, the InfoCenter, the teacher, the dean, the commission."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from studentrecords.models import Appeal, Enrolment, ExamAttempt, Result
from studentrecords.models.appeals import AgainReason, AppealGround
from studentrecords.rules import grading
from upt_portal.accounts.models import User
from upt_portal.kernel.calendar import NoSuchWallTime, wall_time

LONGEST = 4000
_AREA = {"rows": 6}


def _area(label: Any, missing: Any, *, rows: int = 5, required: bool = True, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": missing},
        **more,
    )


def _results(scale: str) -> list[tuple[str, Any]]:
    return [(one, Result(one).label) for one in grading.OUTCOMES[scale]]


class FileForm(forms.Form):
    """Ground and reasons; the rest of the appeal is filled in (REC-191, REC-192)."""

    ground = forms.ChoiceField(
        label=_("Ground"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the ground of the appeal.")},
    )
    reasons = _area(
        _("Your reasons"),
        _("Write your reasons."),
        rows=7,
        help_text=_("Say which answer or question you mean and why. The teacher reads it."),
    )

    def __init__(self, oral: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (key, words)
            for key, words in AppealGround.choices
            if not oral or key == AppealGround.OUTSIDE_TOPICS
        ]
        self.fields["ground"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1:
            self.fields["ground"].initial = choices[0][0]


def _moment(given: dict[str, Any], form: forms.Form) -> datetime | None:
    day, hour = given.get("arrived_on"), given.get("arrived_hour")
    if day is None or hour is None:
        return None
    try:
        return wall_time(day, hour)
    except NoSuchWallTime as wrong:
        form.add_error("arrived_hour", str(wrong))
        return None


class ArrivalForm(forms.Form):
    """When something came on paper; that moment counts (REC-193)."""

    arrived_on = forms.DateField(
        label=_("Arrived on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Write the day of its arrival")},
    )
    arrived_hour = forms.TimeField(
        label=_("At what hour"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": _("Write the hour of its arrival")},
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        given["arrived_at"] = _moment(given, self)
        return given


class PaperForm(ArrivalForm):
    """An appeal on paper or by e-mail, entered by the InfoCenter."""

    attempt = forms.ChoiceField(
        label=_("Contested result"), error_messages={"required": _("Choose the result")}
    )
    channel = forms.ChoiceField(
        label=_("Came by"),
        choices=[one for one in Appeal.Channel.choices if one[0] != Appeal.Channel.PORTAL],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how it came")},
    )
    ground = forms.ChoiceField(
        label=_("Ground"),
        choices=AppealGround.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the ground of the appeal.")},
    )
    reasons = _area(_("The student's reasons"), _("Write the reasons of the appeal."), rows=6)
    late_reason = forms.CharField(
        label=_("Why it is received late"),
        help_text=_("Only after the term: an individual extension, with its reason."),
        required=False,
        max_length=400,
    )

    def __init__(self, attempts: Sequence[ExamAttempt], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attempt"].choices = [  # type: ignore[attr-defined]
            (one.pk, f"{one.discipline.name}, {one.session}: {one.get_result_display()}") for one in attempts
        ]


class FindForm(forms.Form):
    """The student whose paper came, by matriculation number."""

    number = forms.CharField(
        label=_("Matriculation number"),
        max_length=20,
        error_messages={"required": _("Write the matriculation number")},
    )

    def clean_number(self) -> Enrolment:
        given = self.cleaned_data["number"].strip()
        found = Enrolment.objects.filter(matriculation_number__iexact=given)
        student = found.select_related("person__user", "programme__faculty").first()
        if student is None:
            raise forms.ValidationError(_("There is no student with this number."))
        return student


class AnswerForm(forms.Form):
    """The teacher's answer (REC-194, REC-202)."""

    words = _area(_("Answer, with its reasons"), _("Write the answer, with its reasons."), rows=7)
    result = forms.ChoiceField(
        label=_("Grade after the answer"),
        required=False,
        help_text=_("Only when you change it; otherwise leave it empty."),
    )

    def __init__(self, appeal: Appeal, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "–"), *_results(appeal.attempt.row.catalogue.scale)]
        self.fields["result"].choices = choices  # type: ignore[attr-defined]


class CorrectForm(forms.Form):
    """The dean's approval of the correction that an answer asks for (REC-202)."""

    approval = forms.CharField(
        label=_("Number of the dean's approval"),
        max_length=60,
        error_messages={"required": _("Write the number of the approval")},
    )
    approved_on = forms.DateField(
        label=_("Approved on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Write the day of the approval")},
    )


class AgainForm(forms.Form):
    """A request for a re-evaluation (REC-195)."""

    reason = forms.ChoiceField(
        label=_("What was not respected"),
        choices=AgainReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what was not respected.")},
    )
    words = _area(_("Explanation"), _("Explain what was not respected."))


class AgainPaperForm(AgainForm, ArrivalForm):
    """The same on paper, with the moment of its arrival."""


class RejectForm(forms.Form):
    """The dean finds no good reason (REC-201)."""

    reason = _area(
        _("Why there is no good reason"), _("Write why there is no good reason; the student reads it.")
    )
    decision = forms.CharField(label=_("Number of the decision"), max_length=60, required=False)


class AppointForm(forms.Form):
    """The three members (REC-197)."""

    decision = forms.CharField(
        label=_("Number of the decision"),
        max_length=60,
        error_messages={"required": _("Write the number of the decision.")},
    )

    def __init__(self, teachers: Sequence[User], size: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.teachers = {str(one.pk): one for one in teachers}
        choices = [("", "–"), *((pk, one.display_name) for pk, one in self.teachers.items())]
        for place in range(1, size + 1):
            self.fields[f"member_{place}"] = forms.ChoiceField(
                label=_("Member %(place)s") % {"place": place},
                choices=choices,
                error_messages={"required": _("Choose a teacher")},
            )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        chosen = [value for name, value in given.items() if name.startswith("member_")]
        given["members"] = [self.teachers[one] for one in chosen if one in self.teachers]
        if len(set(chosen)) < len(chosen):
            self.add_error(None, _("Choose different teachers."))
        return given


class CopyForm(forms.Form):
    """A file of the paper for the commission."""

    copy = forms.FileField(
        label=_("Copy of the paper"),
        help_text=_(
            "PDF, JPG or PNG, at most 5 MB. Only the commission, the dean and the InfoCenter open it."
        ),
        allow_empty_file=True,
        error_messages={"required": _("Select a file with the copy of the paper.")},
    )


class HandOverForm(CopyForm):
    """The same when it is handed over for the first time; it may also go on paper."""

    on_paper = forms.BooleanField(label=_("The copy was handed over on paper"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["copy"].required = False


class MarkForm(forms.Form):
    """A member's own mark (REC-198)."""

    mark = forms.ChoiceField(label=_("Your mark"), error_messages={"required": _("Choose the mark")})
    words = forms.CharField(
        label=_("Reasons of your mark"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, appeal: Appeal, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "–"), *_results(appeal.attempt.row.catalogue.scale)]
        self.fields["mark"].choices = choices  # type: ignore[attr-defined]


class ReportForm(forms.Form):
    """The report with the proposed final grade (REC-199). version: of what was seen."""

    result = forms.ChoiceField(
        label=_("Proposed final grade"), error_messages={"required": _("Choose the final grade")}
    )
    words = _area(_("Report"), _("Write the report of the commission."), rows=6)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, appeal: Appeal, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault(
            "initial",
            {"result": appeal.result, "words": appeal.report, "version": appeal.report_version},
        )
        super().__init__(*args, **kwargs)
        choices = [("", "–"), *_results(appeal.attempt.row.catalogue.scale)]
        self.fields["result"].choices = choices  # type: ignore[attr-defined]


class MeetingForm(forms.Form):
    """What the student wants to hear from the commission (REC-200)."""

    words = forms.CharField(
        label=_("What you want to hear"),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class MeetingSetForm(forms.Form):
    """Day and place of the meeting."""

    note = forms.CharField(
        label=_("Day, hour and place"),
        max_length=400,
        error_messages={"required": _("Write day and place of the meeting")},
    )
