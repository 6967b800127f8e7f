"""One refund under its locks, and its trace; what the request, the sending and the disputes share."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from fees.models import Payment, Refund
from fees.parameters import REFUND_TWO_PEOPLE_EUR, REFUND_TWO_PEOPLE_RON
from fees.services.accounts import lock_account, record
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel.clock import local_day


def two_people_from(currency: str, at: datetime) -> Decimal:
    """The limit of the day from which two people are needed."""
    limit = REFUND_TWO_PEOPLE_EUR if currency == "EUR" else REFUND_TWO_PEOPLE_RON
    return limit.on(local_day(at))


def locked(refund_id: int) -> Refund:
    """The refund under the locks of its account, its payment and itself."""
    payment_id = Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id)
    lock_payment(payment_id)
    rows = Refund.objects.select_for_update(of=("self",))
    return rows.select_related("payment__enrolment__person", "charge__fee_type", "payment__payer").get(
        pk=refund_id
    )


def lock_payment(payment_id: int) -> Payment:
    account = Payment.objects.values_list("enrolment_id", flat=True).get(pk=payment_id)
    if account is not None:
        lock_account(account)
    rows = Payment.objects.select_for_update(of=("self",))
    return rows.select_related("enrolment__person", "payer").get(pk=payment_id)


def trace(
    refund: Refund,
    act: str,
    *,
    actor: User | None,
    at: datetime,
    before: str = "",
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Append an act to the refund's trace and to that of its account; the last step of the act."""
    facts = {"amount": f"{refund.amount} {refund.currency}", "way": refund.way, **(data or {})}
    after = refund.state
    audit.record(refund, act, actor=actor, at=at, before=before, after=after, reason=reason, data=facts)
    if refund.payment.enrolment_id:
        own = {"refund": refund.pk, "payment": refund.payment.receipt, "state": refund.state, **facts}
        record(refund.payment.enrolment_id, act, actor=actor, at=at, reason=reason, data=own)
