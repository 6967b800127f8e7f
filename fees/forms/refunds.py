"""Forms about money that goes back."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fees.models import Refund, Way
from fees.rules.refunds import account_may_be_used
from fees.services.refunds import Account

LONGEST = 1000
TOO_LONG = _("The text must have %(limit_value)d characters or fewer")
#: The ledger itself shows these; for the others a document says more than words.
SHOWN_BY_LEDGER = frozenset({Refund.Ground.TWICE, Refund.Ground.TOO_MUCH})


class AccountFields(forms.Form):
    """Where money goes: back to the card, or an account of its own. by_card: the payment came from a card."""

    way = forms.ChoiceField(
        label=_("Where the money goes"),
        choices=Way.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose where the money goes")},
    )
    holder = forms.CharField(
        label=_("Holder of the account"),
        max_length=70,
        required=False,
        error_messages={"max_length": TOO_LONG},
    )
    iban = forms.CharField(label="IBAN", max_length=42, required=False)
    swift = forms.CharField(
        label=_("SWIFT code of the bank"),
        max_length=14,
        required=False,
        help_text=_("Only for an account outside Romania."),
    )

    def __init__(self, *args: Any, by_card: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_card = by_card
        way = self.fields["way"]
        assert isinstance(way, forms.ChoiceField)  # noqa: S101  for the type checker
        if by_card:
            way.choices = [(Way.CARD, _("Back to the card that paid")), (Way.BANK, _("To a bank account"))]
            way.initial = Way.CARD
        else:
            del self.fields["way"]

    @property
    def account(self) -> Account | None:
        """The account that was entered; None for the card."""
        given = self.cleaned_data
        if self.by_card and given["way"] == Way.CARD:
            return None
        return Account(iban=given["iban"], holder=given["holder"], swift=given.get("swift") or "")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.by_card and given.get("way") != Way.BANK:
            return given
        if not given.get("holder"):
            self.add_error("holder", _("Enter the holder of the account"))
        answer = account_may_be_used(given.get("iban") or "", given.get("swift") or "")
        if not answer:
            swift_wrong = "SWIFT" in str(answer.reason)
            self.add_error("swift" if swift_wrong else "iban", str(answer.reason))
        return given


class RefundForm(AccountFields):
    """What a student asks back and why. `seen`: the sum on the page, compared and nothing else."""

    seen = forms.DecimalField(max_digits=12, decimal_places=2, widget=forms.HiddenInput)
    ground = forms.ChoiceField(
        label=_("Why the money should go back"),
        choices=Refund.Ground.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose why the money should go back")},
    )
    explanation = forms.CharField(
        label=_("What happened"),
        help_text=_("A few lines are enough. Do not write about your health."),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"max_length": TOO_LONG},
    )
    proof = forms.FileField(
        label=_("A document that shows it"),
        help_text=_("For instance the decision, or the bank's statement."),
        required=False,
        allow_empty_file=True,
    )

    field_order = ["seen", "ground", "explanation", "proof", "way", "holder", "iban", "swift"]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        ground = given.get("ground")
        if ground and ground not in SHOWN_BY_LEDGER:
            if not (given.get("explanation") or "").strip():
                self.add_error("explanation", _("Write what happened"))
            if not given.get("proof") and "proof" not in self.errors:
                self.add_error("proof", _("Select a file with the document that shows it"))
        return given


class ReasonForm(forms.Form):
    """Why: for a refusal, a failure, a refund given up."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write the reason"), "max_length": TOO_LONG},
    )


class BankSaysForm(forms.Form):
    """What a clerk read in the bank's own pages about one transfer."""

    said = forms.CharField(
        label=_("What the bank's pages say"),
        help_text=_("The day and number of the movement, or why the money came back."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write what the bank's pages say"), "max_length": TOO_LONG},
    )


class SeenForm(forms.Form):
    """The sum that stood on the page when the button was pressed."""

    seen = forms.DecimalField(max_digits=12, decimal_places=2)


class RetryForm(AccountFields):
    """Where a refund that did not arrive goes next, and what was found out."""

    reason = forms.CharField(
        label=_("What was found out"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write what was found out"), "max_length": TOO_LONG},
    )


class BatchForm(forms.Form):
    """What the page showed, and the day on which the bank is to pay."""

    currency = forms.CharField(max_length=3, widget=forms.HiddenInput)
    seen_count = forms.IntegerField(widget=forms.HiddenInput)
    seen_total = forms.DecimalField(max_digits=12, decimal_places=2, widget=forms.HiddenInput)
    execute_on = forms.DateField(
        label=_("To be paid on"), error_messages={"required": _("Enter the day of payment")}
    )

    @classmethod
    def of(cls, currency: str, count: int, total: Decimal, day: date) -> "BatchForm":
        """The form as the page shows it first."""
        return cls(
            initial={"currency": currency, "seen_count": count, "seen_total": total, "execute_on": day}
        )
