"""The reference that a student writes on a transfer for some chosen lines."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fees import permissions
from fees.models import Charge, TransferLine, TransferReference
from fees.queries import accounts, bank
from fees.refusal import demand, refuse
from fees.rules import transfers as rules
from fees.services.accounts import lock_account, record
from upt_portal.accounts.models import User
from upt_portal.kernel import audit

audit.register_act("fees.transfer_reference", _("A reference for a bank transfer was given"))


@transaction.atomic
def reference_for(charge_ids: Iterable[int], *, payer: User, at: datetime) -> TransferReference:
    """The reference of these lines, always the same for the same lines (FEE-006).

    Raises Refused when the payer may not pay them together, when one is being paid by card, or when
    the university has no account in their currency.
    """
    ids = sorted(set(charge_ids))
    account = Charge.objects.filter(pk__in=ids).values_list("enrolment_id", flat=True).first()
    if account is None:
        raise refuse(_("Choose at least one line to pay."))
    lock_account(account)
    charges = list(
        Charge.objects.filter(pk__in=ids).select_related("enrolment__person").order_by("due_at", "pk")
    )
    demand(permissions.may_pay(payer, charges))
    if any(
        accounts.is_confirming(charge)
        for charge in accounts.payable_of(charges[0].enrolment)
        if charge.pk in ids
    ):
        raise refuse(_("A card payment of these lines is being confirmed. Do not pay them again."))
    if bank.account_in_use(charges[0].currency) is None:
        raise refuse(_("The university has no bank account for this currency yet. Pay by card."))
    choice = hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()
    known = TransferReference.objects.filter(enrolment=account, choice=choice).first()
    return known or _made(account, choice, charges, payer, at)


def _made(account: int, choice: str, charges: list[Charge], payer: User, at: datetime) -> TransferReference:
    number = TransferReference.objects.filter(enrolment=account).count() + 1
    made = TransferReference.objects.create(
        enrolment_id=account,
        number=number,
        code=rules.creditor_reference(account, number),
        currency=charges[0].currency,
        choice=choice,
        made_at=at,
    )
    TransferLine.objects.bulk_create(TransferLine(reference=made, charge=charge) for charge in charges)
    record(account, "fees.transfer_reference", actor=payer, at=at, data={"reference": made.code})
    return made
