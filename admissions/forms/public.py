"""The two helpers of the public pages: which documents, which proof of the language. Nothing is kept."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from admissions.models import IssuerClass
from admissions.queries.public import FOREIGN
from admissions.rules.eligibility import Graduation
from admissions.rules.language import LEVELS, ROMANIAN, Proof, ProofKind
from admissions.rules.papers import Facts
from admissions.rules.states import Cycle

KINDS = {
    ProofKind.RO_PREP_YEAR: _("certificate of the preparatory year of Romanian"),
    ProofKind.RO_DIPLOMA: _("diploma issued by the Romanian system of education"),
    ProofKind.RO_SCHOOL_YEARS: _("school years in Romanian, in Romania"),
    ProofKind.RO_CERTIFICATE: _("certificate of Romanian"),
    ProofKind.TEST: _("language test"),
    ProofKind.INTERLINGUA: _("Interlingua test, asked for at the university"),
    ProofKind.FL_SCHOOL_YEARS: _("school documents with years of study in that language"),
}
CYCLES = [(Cycle.BACHELOR.value, _("Bachelor")), (Cycle.MASTER.value, _("Master"))]


class DocumentsForm(forms.Form):
    """What decides the documents of a case (ADM-061)."""

    cycle = forms.ChoiceField(label=_("I apply for"), choices=CYCLES, initial=Cycle.BACHELOR.value)
    waiting = forms.BooleanField(label=_("The diploma of my last studies is not issued yet"), required=False)
    graduated_on = forms.DateField(
        label=_("Day of graduation"),
        help_text=_("Only when the diploma is not issued yet."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    nigeria = forms.BooleanField(
        label=_("One of my diplomas or certificates was issued in Nigeria"), required=False
    )
    name_changed = forms.BooleanField(label=_("My name differs on one of the documents"), required=False)
    by_proxy = forms.BooleanField(label=_("Somebody else files the dossier for me"), required=False)
    free = forms.BooleanField(
        label=_("It is my free application after a rejection, or a place moved from last year"),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """A case without a diploma needs the day of graduation."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("waiting") and not found.get("graduated_on") and "graduated_on" not in self.errors:
            self.add_error(
                "graduated_on", _("Enter the day of graduation: it decides whether a certificate serves.")
            )
        return found

    def facts(self, today: date, current_from: date) -> Facts:
        """The case, as the rules read it on a day."""
        found = self.cleaned_data
        day = found["graduated_on"]
        return Facts(
            cycle=found["cycle"],
            diploma_issued=not found["waiting"],
            graduation=Graduation(day, day) if day else None,
            submitted_on=today,
            current_from=current_from,
            name_changed=found["name_changed"],
            issued_in=frozenset({"NG"}) if found["nigeria"] else frozenset(),
            fee_waived=found["free"],
            by_proxy=found["by_proxy"],
        )


class LanguageForm(forms.Form):
    """What a candidate can show (ADM-070 to ADM-079)."""

    taught = forms.ChoiceField(
        label=_("The programme is taught in"),
        choices=[(ROMANIAN, _("Romanian")), (FOREIGN, _("another language"))],
    )
    kind = forms.ChoiceField(
        label=_("I have"),
        choices=[("", _("no proof yet")), *((kind.value, words) for kind, words in KINDS.items())],
        required=False,
    )
    level = forms.ChoiceField(
        label=_("Level"),
        choices=[("", "–"), *((level, level) for level in LEVELS)],
        required=False,
        help_text=_("For a certificate of Romanian."),
    )
    issuer = forms.ChoiceField(
        label=_("Issued by"),
        choices=[("", "–"), *IssuerClass.choices],
        required=False,
        help_text=_("For a certificate of Romanian."),
    )
    years = forms.IntegerField(
        label=_("School years without a break"),
        min_value=0,
        max_value=20,
        required=False,
        help_text=_("For years of school or university in that language."),
    )

    def __init__(self, *args: Any, tests: dict[str, str], **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["test"] = forms.ChoiceField(
            label=_("Test"),
            choices=[("", "–"), *((name, name.replace("_", " ")) for name in tests)],
            required=False,
            help_text=_("For a language test."),
        )
        self.order_fields(("taught", "kind", "test"))

    def proofs(self, language: str) -> list[Proof]:
        """What was told, as a passed proof in the language of the programme; empty for no proof."""
        found = self.cleaned_data
        if not found["kind"]:
            return []
        return [
            Proof(
                kind=found["kind"],
                language=language,
                test=found["test"],
                passed=None if found["kind"] == ProofKind.INTERLINGUA else True,
                level=found["level"],
                issuer=found["issuer"],
                years=tuple(range(2000, 2000 + (found["years"] or 0))),
                authorised=True,
                romanian_system=True,
            )
        ]
