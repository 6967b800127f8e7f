"""What teachers and secretaries type at a catalogue: results, a pasted list, a correction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from studentrecords.models import CatalogueRow
from studentrecords.rules import catalogues as rules
from studentrecords.rules import grading
from studentrecords.services.catalogues import Written
from upt_portal.kernel.answers import Answer
from upt_portal.kernel.names import search_key

#: How a result is shown in a field; what is typed is read forgivingly.
SHORT = {
    grading.ABSENT: "abs",
    grading.NOT_ADMITTED: "neadmis",
    grading.ADMITTED: "admis",
    grading.REJECTED: "respins",
}


def shown(result: str) -> str:
    """A result as it stands in the field of a row."""
    return SHORT.get(result, result)


@dataclass
class Line:
    """A row as the page shows it. typed: what stands in the field; was: what the page started from.

    card, identity: the ticks of REC-048, set until somebody takes one off. method: an agreed other form of
    the exam (REC-122).
    """

    row: CatalogueRow
    typed: str
    was: str
    error: str = ""
    open: bool = True
    proposed: str = ""
    card: bool = True
    identity: bool = True
    method: str = ""


class ResultsForm:
    """Every row of a catalogue in one form of plain fields.

    r<row> what is typed, w<row> what was shown, c<row> and i<row> the ticks for student card and identity
    document. all_shown says that all who sat presented both, but for the ticks taken off; `ticks` that the
    page had ticks to take off.
    """

    def __init__(
        self,
        rows: Sequence[CatalogueRow],
        scale: str,
        open_rows: frozenset[int],
        sent: Mapping[str, Any] | None,
        unmet: Mapping[int, Answer] | None = None,
    ) -> None:
        """unmet: by enrolment, who has not attended enough; proposed as not admitted (REC-096)."""
        self.scale, self.sent = scale, sent
        told = sent is not None and "ticks" in sent
        self.lines = [
            Line(
                row,
                card=f"c{row.pk}" in sent if sent is not None and told else row.card_shown is not False,
                identity=f"i{row.pk}" in sent
                if sent is not None and told
                else row.identity_shown is not False,
                typed=str(sent.get(f"r{row.pk}", shown(row.result)))[:12]
                if sent is not None
                else shown(row.result),
                was=str(sent.get(f"w{row.pk}", "")) if sent is not None else row.result,
                open=row.pk in open_rows,
            )
            for row in rows
        ]
        for line in self.lines:
            answer = (unmet or {}).get(line.row.enrolment_id)
            if answer is None or not line.open or line.row.result:
                continue
            line.proposed = str(answer.reason)
            if sent is None:
                line.typed = shown(grading.NOT_ADMITTED)

    def written(self) -> dict[int, Written]:
        """What is to be written, by row; rows with a fault carry it in words and are left out."""
        found = {}
        for line in self.lines:
            if not line.open or self.sent is None or f"r{line.row.pk}" not in self.sent:
                continue
            text = search_key(line.typed)
            now = grading.typed_result(text, self.scale) if text else ""
            if text and not now:
                line.error = str(grading.result_answer("", self.scale).reason)
                continue
            card, identity = self._ticks(line, now)
            if card is not None and not (answer := rules.presented_answer(now, card, identity)):
                line.error = f"{answer.reason} {answer.cure}"
            else:
                found[line.row.pk] = Written(line.was, now, card, identity)
        return found

    @property
    def all_shown(self) -> bool:
        """Whether the page says of everybody who sat that the documents were presented or not."""
        if self.sent is not None:
            return "all_shown" in self.sent
        sat = [line.row for line in self.lines if rules.was_sat(line.row.result)]
        return bool(sat) and all(None not in (row.card_shown, row.identity_shown) for row in sat)

    def _ticks(self, line: Line, now: str) -> tuple[bool | None, bool | None]:
        """The ticks to be written beside a result: none without the statement, or where nobody sat."""
        missing = not (line.card and line.identity)
        if (
            not self.all_shown
            or not now
            or (not rules.was_sat(now) and (now == grading.ABSENT or not missing))
        ):
            return None, None
        return line.card, line.identity

    @property
    def errors(self) -> list[Line]:
        """The rows that could not be read."""
        return [line for line in self.lines if line.error]


class PasteForm(forms.Form):
    """A list of results pasted from a spreadsheet, or its file."""

    text = forms.CharField(
        label=_("Pasted lines"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"class": "input", "rows": 10, "spellcheck": "false"}),
        help_text=_("One student in a line: matriculation number, then the result. Names may stand between."),
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        help_text=_("XLSX or CSV, at most 5 MB. Nothing is written yet."),
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not given.get("text") and not given.get("file") and not self.errors:
            self.add_error("text", _now("Paste the lines, or choose a file."))
        return given


class CorrectionForm(forms.Form):
    """The dean's approval of a correction, and the students it names."""

    rows = forms.TypedMultipleChoiceField(
        label=_("Students"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose the students whose results are corrected.")},
    )
    justification = forms.CharField(
        label=_("The teacher's request, with its reasons"),
        widget=forms.Textarea(attrs={"class": "input", "rows": 3}),
    )
    approval = forms.CharField(label=_("Number of the dean's approval"), max_length=60)
    approved_on = forms.DateField(label=_("Approved on"))
    appeal = forms.CharField(label=_("Appeal, if there is one"), max_length=60, required=False)

    def __init__(self, rows: Sequence[CatalogueRow], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rows"].choices = [(row.pk, row.enrolment.person.list_name) for row in rows]  # type: ignore[attr-defined]


class FraudForm(forms.Form):
    """A fraud at an exam: the student, and the facts as the teacher saw them."""

    row = forms.TypedChoiceField(
        label=_("Student"),
        coerce=int,
        widget=forms.Select(attrs={"class": "input"}),
        error_messages={"required": _("Choose the student.")},
    )
    facts = forms.CharField(
        label=_("What happened"),
        max_length=4000,
        widget=forms.Textarea(attrs={"class": "input", "rows": 6}),
        help_text=_("What was seen, when, which materials. The report cannot be changed later."),
        error_messages={"required": _("Write what happened; the report opens a disciplinary case.")},
    )

    def __init__(self, rows: Sequence[CatalogueRow], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["row"].choices = [  # type: ignore[attr-defined]
            ("", "–"),
            *(
                (row.pk, f"{row.enrolment.person.list_name}, {row.enrolment.matriculation_number}")
                for row in rows
            ),
        ]
