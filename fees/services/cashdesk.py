"""Cash received over the counter."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fees.models import Payment
from fees.models.tariff import Currency
from fees.refusal import refuse
from fees.services import booking
from fees.services.accounts import lock_account
from upt_portal.accounts.models import User


@transaction.atomic
def receive(
    account_id: int,
    amount: Decimal,
    currency: str,
    *,
    payer_name: str,
    chosen: Sequence[int] | None,
    sums: Mapping[int, Decimal] | None = None,
    slip: UUID,
    actor: User,
    at: datetime,
) -> Payment:
    """Register cash with the next receipt number (FEE-006); the same slip again gives the same payment.

    slip: made with the page, so that a second click of its button registers nothing.
    chosen: lines in their order; None follows the order of the university. Raises Refused for a sum that
    cannot be.
    """
    lock_account(account_id)
    reference = f"CASA-{slip.hex[:12].upper()}"
    if (known := Payment.objects.filter(reference=reference).first()) is not None:
        return known
    if amount <= 0 or amount >= 10**9 or currency not in Currency.values:
        raise refuse(_("Enter the sum that was received, more than zero."))
    money = booking.Money(
        account=account_id,
        method=Payment.Method.CASH,
        amount=amount,
        currency=currency,
        payer_name=payer_name.strip()[:200],
        reference=reference,
        paid_at=at,
        chosen=chosen,
        sums=sums or {},
    )
    return booking.book([money], actor=actor, at=at)[0]
