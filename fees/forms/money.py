"""Sums people type: what was received, how it falls on lines, why something is taken back."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from fees.models import Charge
from upt_portal.kernel.money import NotASum, parse_money

ZERO = Decimal("0.00")


def typed_sum(amount: Decimal) -> str:
    """A sum as the reader would type it: 335,50 in Romanian, 335.50 in English, no thousands."""
    return number_format(amount, 2, use_l10n=True, force_grouping=False)


class MoneyField(forms.CharField):
    """A sum as people write it: 1.250,00 or 1250,5 or 1,250.00; cleaned to a Decimal, None when empty."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 20)
        super().__init__(**kwargs)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            amount = parse_money(text)
        except NotASum as fault:
            raise ValidationError(str(fault)) from fault
        if amount <= 0:
            raise ValidationError(_("Enter a sum above zero."))
        return amount


class StatementForm(forms.Form):
    """A statement file of the bank."""

    file = forms.FileField(
        label=_("Statement file"),
        help_text=_("CAMT.053 (XML) or MT940, at most 20 MB. Nothing is booked before you confirm."),
        error_messages={"required": _("Select a file with the statement"), "empty": _("The file is empty")},
    )


class SpreadForm(forms.Form):
    """A sum received and how much of it each line gets; with no sum at any line the oldest is paid first."""

    amount = MoneyField(
        label=_("Sum"), error_messages={"required": _("Enter the sum that was received, more than zero.")}
    )

    def __init__(self, lines: Sequence[Charge], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            field = MoneyField(label=line.description, required=False)
            field.widget.attrs["class"] = "input w-8"
            self.fields[f"line_{line.pk}"] = field

    @property
    def rows(self) -> list[tuple[Charge, forms.BoundField]]:
        """Each line with its field."""
        return [(line, self[f"line_{line.pk}"]) for line in self.lines]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for line in self.lines:
            wanted = cleaned.get(f"line_{line.pk}")
            if wanted is not None and wanted > line.left:
                self.add_error(f"line_{line.pk}", _("The line lacks less than that."))
        amount = cleaned.get("amount")
        if amount is not None and sum(self.sums.values(), ZERO) > amount:
            raise ValidationError(_("The lines together get more than the sum received."))
        return cleaned

    @property
    def sums(self) -> Mapping[int, Decimal]:
        """What each line gets, by its key; lines without a sum are left out."""
        given = ((line.pk, self.cleaned_data.get(f"line_{line.pk}")) for line in self.lines)
        return {key: amount for key, amount in given if amount is not None}

    @property
    def chosen(self) -> list[int] | None:
        """The lines with a sum, in their order; None when nobody chose."""
        return list(self.sums) or None


class CashForm(SpreadForm):
    """Cash over the counter: the sum, who brought it, and the slip that makes a second click harmless."""

    payer_name = forms.CharField(
        label=_("Received from"),
        max_length=200,
        error_messages={"required": _("Enter the name of the person who pays.")},
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=())
    slip = forms.UUIDField(widget=forms.HiddenInput)

    field_order = ("amount", "currency", "payer_name", "slip")

    def __init__(
        self, lines: Sequence[Charge], currencies: Sequence[tuple[str, Any]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(lines, *args, **kwargs)
        self.fields["currency"].choices = currencies  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for line in self.lines:
            if line.pk in self.sums and line.currency != cleaned.get("currency"):
                self.add_error(f"line_{line.pk}", _("This line is in another currency."))
        return cleaned


class ReasonForm(forms.Form):
    """Why an act is done."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": _("Write the reason. It stays in the trace."),
            "max_length": _("The text must have %(limit_value)d characters or fewer"),
        },
    )


class PutOnForm(forms.Form):
    """Unallocated money put on a line."""

    charge = forms.ChoiceField(label=_("Line"), error_messages={"required": _("Select a line")})
    amount = MoneyField(label=_("Sum"), error_messages={"required": _("Enter a sum above zero.")})

    def __init__(self, lines: Sequence[Charge], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["charge"].choices = [(line.pk, line.description) for line in lines]  # type: ignore[attr-defined]
