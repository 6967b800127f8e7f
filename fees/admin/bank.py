"""The university's bank accounts in the administration: students are told what stands here."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from stdnum import bic as bics
from stdnum import iban as ibans

from fees.models import BankAccount
from fees.rules import transfers
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import audit, clock
from upt_portal.kernel.admin_tables import Kept


class BankAccountForm(forms.ModelForm[BankAccount]):
    """Numbers are checked as they are typed, so that no student pays into nowhere."""

    class Meta:
        model = BankAccount
        fields = ["currency", "iban", "bic", "bank", "beneficiary", "active"]

    def clean_iban(self) -> str:
        number = str(self.cleaned_data["iban"])
        if not (answer := transfers.iban_answer(number)):
            raise ValidationError(str(answer.reason))
        return str(ibans.compact(number))

    def clean_bic(self) -> str:
        code = str(self.cleaned_data["bic"]).strip()
        if code and not bics.is_valid(code):
            raise ValidationError(_("The BIC has 8 or 11 characters, for example RNCBROBU."))
        return code.upper()


@admin.register(BankAccount)
class BankAccountAdmin(Kept, admin.ModelAdmin[BankAccount]):
    """An account that is no longer used is switched off; its number and currency never change."""

    form = BankAccountForm
    list_display = ["iban", "currency", "bank", "beneficiary", "active"]
    list_filter = ["active", "currency"]
    search_fields = ["iban", "bank"]
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: BankAccount | None = None) -> list[str]:
        return ["currency", "iban"] if obj else []

    def get_form(
        self, request: HttpRequest, obj: BankAccount | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is not None:
            kwargs["fields"] = ["bic", "bank", "beneficiary", "active"]
        return super().get_form(request, obj, change, **kwargs)

    def save_model(self, request: HttpRequest, obj: BankAccount, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        data = {"iban": obj.iban, "currency": obj.currency, "active": obj.active}
        audit.record(obj, "fees.set_bank_account", actor=signed_in(request), at=clock.now(), data=data)
