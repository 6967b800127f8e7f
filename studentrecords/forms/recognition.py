"""What the recognition commission decides on a request for equivalence."""

from django import forms
from django.utils.translation import gettext_lazy as _

from studentrecords.services.recognition import Ticks

TICKS = ("accredited", "same_level", "same_field", "similar_outcomes")


class EquivalenceDecisionForm(forms.Form):
    """Four ticks, the number of the decision, words to the student."""

    accredited = forms.BooleanField(label=_("The institution is accredited"), required=False)
    same_level = forms.BooleanField(label=_("The qualification level is the same"), required=False)
    same_field = forms.BooleanField(label=_("The fundamental field is the same"), required=False)
    similar_outcomes = forms.BooleanField(label=_("The learning outcomes are similar"), required=False)
    decision = forms.CharField(
        label=_("Number of the commission's decision"),
        max_length=120,
        error_messages={"required": _("Write the number of the decision.")},
    )
    reasons = forms.CharField(
        label=_("To the student"),
        help_text=_("Needed when the disciplines are not recognised."),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def ticks(self) -> Ticks:
        """What was ticked; call it on a valid form."""
        return Ticks(**{name: self.cleaned_data[name] for name in TICKS})
