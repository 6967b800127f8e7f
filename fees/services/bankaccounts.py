"""The university's accounts at banks, as one sets them up without the administration's pages."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from stdnum import iban as ibans

from fees.models import BankAccount
from fees.refusal import demand
from fees.rules import transfers
from upt_portal.accounts.models import User
from upt_portal.kernel import audit

audit.register_act("fees.set_bank_account", _("A bank account of the university was set"))


@transaction.atomic
def open_account(
    currency: str, iban: str, *, bic: str, bank: str, beneficiary: str, actor: User | None, at: datetime
) -> BankAccount:
    """The account into which students pay a currency from now on; the one before is switched off.

    iban: with or without blanks. Raises Refused for a number whose check digits are wrong.
    """
    demand(transfers.iban_answer(iban))
    number = ibans.compact(iban)
    BankAccount.objects.filter(currency=currency, active=True).exclude(iban=number).update(active=False)
    account, _made = BankAccount.objects.update_or_create(
        iban=number,
        defaults={
            "currency": currency, "bic": bic, "bank": bank, "beneficiary": beneficiary, "active": True,
        },
    )  # fmt: skip
    data = {"iban": account.iban, "currency": currency, "active": True}
    audit.record(account, "fees.set_bank_account", actor=actor, at=at, data=data)
    return account
