"""What is typed to activate an account, and what the secretariat says about an address."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from studentrecords.rules.activation import check_identity_number
from upt_portal.kernel.cnp import fits_birth_date

_CNP_DIGITS = 13


class IdentityForm(forms.Form):
    """CNP or passport, birth date and address; says nothing about who is known (REC-017)."""

    number = forms.CharField(
        label=_("CNP or passport number"),
        max_length=40,
        error_messages={"required": _("Enter your CNP or the number of your passport")},
    )
    born = forms.DateField(
        label=_("Date of birth"),
        input_formats=["%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y", "%Y-%m-%d"],
        widget=forms.DateInput(format="%d.%m.%Y"),
        error_messages={
            "required": _("Enter your date of birth"),
            "invalid": _("Enter the date like 14.06.2005"),
        },
    )
    address = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        error_messages={"required": _("Enter an e-mail address")},
    )

    def clean_number(self) -> str:
        number = re.sub(r"[\s\-]", "", self.cleaned_data["number"]).upper()
        if not (answer := check_identity_number(number)):
            raise ValidationError(str(answer.reason))
        return number

    def clean_address(self) -> str:
        return str(self.cleaned_data["address"]).strip().lower()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        number, born = given.get("number"), given.get("born")
        is_cnp = isinstance(number, str) and len(number) == _CNP_DIGITS and number.isdigit()
        if is_cnp and isinstance(born, date) and not fits_birth_date(str(number), born):
            self.add_error("born", _("This date is not the one in the CNP you typed"))
        return given


class ApprovalForm(forms.Form):
    """The document that was looked at before an address is approved."""

    proof = forms.CharField(
        label=_("Which identity document did you look at?"),
        help_text=_("Kind, series and number, for example CI TZ 123456."),
        max_length=120,
        error_messages={"required": _("Write which document you looked at")},
    )


class RefusalForm(forms.Form):
    """Why an address is refused."""

    reason = forms.CharField(
        label=_("Why is it refused?"),
        max_length=300,
        error_messages={"required": _("Write the reason")},
    )
