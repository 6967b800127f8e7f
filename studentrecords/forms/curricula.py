"""What the administration checks before a programme or a discipline is kept."""

from typing import Any

from django import forms

from studentrecords.models import Discipline, Programme
from studentrecords.parameters import CREDIT_MAX
from studentrecords.rules import plans
from upt_portal.kernel import clock


class ProgrammeForm(forms.ModelForm[Programme]):
    """A programme is as long as its cycle allows (REC-074)."""

    class Meta:
        model = Programme
        fields = "__all__"  # noqa: DJ007  the administration shows every field

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("cycle") and given.get("semesters") is not None:
            answer = plans.length_answer(given["cycle"], given["semesters"])
            if not answer:
                self.add_error("semesters", str(answer.reason))
        return given


class DisciplineForm(forms.ModelForm[Discipline]):
    """Credits are whole and within the university's limit (REC-070); hours are warned about elsewhere."""

    class Meta:
        model = Discipline
        fields = "__all__"  # noqa: DJ007  the administration shows every field

    def clean_credits(self) -> int:
        credits: int = self.cleaned_data["credits"]
        answer = plans.credits_answer(credits, top=CREDIT_MAX.on(clock.today()))
        if not answer:
            raise forms.ValidationError(str(answer.reason))
        return credits
