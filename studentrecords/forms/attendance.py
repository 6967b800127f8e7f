"""What is typed about attendance: numbers of a class, a separate task, a reduction and its decision."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from studentrecords.models import Attendance, AttendanceReduction, AttendanceSheet, Discipline, Enrolment
from studentrecords.services.attendance import Counts, Given

PROOFS = ("proof_1", "proof_2", "proof_3")
MOST = 200


@dataclass
class Line:
    """A student as the page shows it. typed: attended, motivated, recovered, note, as in the fields."""

    enrolment: Enrolment
    typed: tuple[str, str, str, str]
    was: str
    error: str = ""


@dataclass
class Held:
    """The meetings of one group, as typed. name: of the field."""

    group: str
    name: str
    typed: str


def _packed(row: Attendance | None) -> str:
    """What stood there when the page was made, in one hidden field."""
    if row is None:
        return ""
    return f"{row.attended}.{row.motivated}.{row.recovered}.{row.note}"


class SheetForm:
    """One activity of a discipline: meetings held by group, and one line of numbers for each student.

    Plain fields: h<place of the group>, minimum, and a/m/r/n/w<enrolment>.
    """

    def __init__(
        self,
        students: Sequence[Enrolment],
        sheets: Mapping[str, AttendanceSheet],
        rows: Mapping[int, Attendance],
        sent: Mapping[str, Any] | None,
    ) -> None:
        self.sent = sent
        groups = sorted({one.group for one in students})
        self.held = [
            Held(
                group,
                f"h{place}",
                self._sent(f"h{place}", str(sheets[group].held) if group in sheets else ""),
            )
            for place, group in enumerate(groups)
        ]
        first = next(iter(sheets.values()), None)
        shown = f"{first.minimum:f}" if first and first.minimum is not None else ""
        self.minimum = self._sent("minimum", shown)
        self.lines = [self._line(one, rows.get(one.pk)) for one in students]
        self.error = ""

    def _sent(self, name: str, otherwise: str) -> str:
        return otherwise if self.sent is None else str(self.sent.get(name, otherwise))[:60]

    def _line(self, one: Enrolment, row: Attendance | None) -> Line:
        now = (
            (str(row.attended), str(row.motivated or ""), str(row.recovered or ""), row.note)
            if row
            else ("",) * 4
        )
        typed = [self._sent(f"{letter}{one.pk}", value) for letter, value in zip("amrn", now, strict=True)]
        return Line(
            one,
            (typed[0], typed[1], typed[2], typed[3]),
            self._sent(f"w{one.pk}", "" if self.sent else _packed(row)),
        )

    @property
    def faults(self) -> list[Line]:
        """Lines that could not be read."""
        return [line for line in self.lines if line.error]

    def read(self) -> tuple[dict[str, int], dict[int, Given], Decimal | None] | None:
        """Meetings by group, numbers by student and the minimum; None when something cannot be read."""
        held: dict[str, int] = {}
        for one in self.held:
            if not one.typed.strip():
                continue
            count = _number(one.typed)
            if count is None:
                self.error = _now("Write the meetings held as a whole number, at most 200.")
            else:
                held[one.group] = count
        minimum = None
        if self.minimum.strip():
            try:
                minimum = Decimal(self.minimum.replace(",", "."))
            except ArithmeticError:
                self.error = _now("Write the minimum as a percentage, for example 80.")
        given = {line.enrolment.pk: read for line in self.lines if (read := self._read(line, held))}
        return None if self.error or self.faults else (held, given, minimum)

    def _read(self, line: Line, held: Mapping[str, int]) -> Given | None:
        attended, motivated, recovered, note = (text.strip() for text in line.typed)
        if not (attended or motivated or recovered):
            if line.was:
                line.error = _now("A number that was written is changed, not removed.")
            return None
        numbers = [_number(text or "0") for text in (attended, motivated, recovered)]
        if None in numbers or not attended:
            line.error = _now("Write whole numbers, at most 200; the meetings attended first.")
            return None
        if line.enrolment.group not in held:
            line.error = _now("Write how many meetings the group had.")
            return None
        now = Counts(numbers[0] or 0, numbers[1] or 0, numbers[2] or 0, note)
        return Given(_unpacked(line.was), now)


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if re.fullmatch(r"[0-9]{1,3}", text) and int(text) <= MOST else None


def _unpacked(was: str) -> Counts | None:
    parts = was.split(".", 3)
    if len(parts) != 4 or not all(part.isdecimal() and len(part) < 5 for part in parts[:3]):
        return None
    return Counts(int(parts[0]), int(parts[1]), int(parts[2]), parts[3])


class TaskForm(forms.Form):
    """A task given instead of classes, and whether it was done."""

    student = forms.TypedChoiceField(
        label=_("Student"),
        coerce=int,
        widget=forms.Select(attrs={"class": "input"}),
        error_messages={"required": _("Choose the student.")},
    )
    words = forms.CharField(
        label=_("Task given instead of classes"),
        max_length=400,
        widget=forms.Textarea(attrs={"class": "input", "rows": 2}),
        error_messages={"required": _("Write which task was given.")},
    )
    done = forms.BooleanField(label=_("The task was done and makes up for what was missed"), required=False)

    def __init__(self, students: Sequence[Enrolment], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.pk, f"{one.person.list_name}, {one.matriculation_number}") for one in students]
        self.fields["student"].choices = [("", "–"), *choices]  # type: ignore[attr-defined]


class ReductionForm(forms.Form):
    """A student asks for lower minima: ground, day, discipline, proofs."""

    ground = forms.ChoiceField(
        label=_("Ground"),
        choices=AttendanceReduction.Ground.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the ground")},
    )
    event_on = forms.DateField(
        label=_("Day from which the term runs"),
        help_text=_(
            "The start of the semester, of employment or of the competition; for an illness that came later "
            "the last day of the medical certificate."
        ),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Write the day from which the term runs"),
            "invalid": _("Write a date like 20.11.2026"),
        },
    )
    discipline = forms.ModelChoiceField(
        Discipline.objects.none(), label=_("Discipline"), required=False, empty_label=_("All of the semester")
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

    def __init__(self, disciplines: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["discipline"].queryset = disciplines  # type: ignore[attr-defined]


class DecisionForm(forms.Form):
    """What the dean decided about a reduction."""

    granted = forms.ChoiceField(
        label=_("Decision"),
        choices=[("yes", _("Approved")), ("no", _("Not approved"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what was decided")},
    )
    percent = forms.DecimalField(
        label=_("The minima of courses and seminars are reduced by, in percent"),
        required=False,
        initial=50,
        max_digits=5,
        decimal_places=2,
        help_text=_("At most half of the minimum; applications are not reduced."),
    )
    decision = forms.CharField(label=_("Number of the dean's decision"), max_length=60, required=False)
    fifth_month = forms.BooleanField(
        label=_("I saw on the papers that the fifth month of pregnancy has begun"), required=False
    )
    answer = forms.CharField(
        label=_("To the student"),
        required=False,
        max_length=400,
        help_text=_("Needed when the reduction is not approved. Do not repeat reasons of health."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("granted") == "yes" and given.get("percent") is None and "percent" not in self.errors:
            self.add_error("percent", _now("Write by how many percent the minima are reduced."))
        return given
