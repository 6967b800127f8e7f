"""Withdrawal and interruption: later lines are cancelled or closed at what was paid (FEE-073, FEE-074)."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from fees.models import Charge, Reduction
from fees.queries.debts import debts_at
from fees.refusal import demand
from fees.rules.leaving import Fate, fate_of
from fees.services.accounts import lock_account, record
from fees.services.charges import close_pages
from fees.workflow import CHARGE_MOVES, PAYABLE, ChargeState
from upt_portal.accounts.models import User
from upt_portal.kernel import audit

audit.register_act("fees.withdrawal", _("The account was closed for a withdrawal"))
audit.register_act("fees.interruption", _("Later instalments were cancelled for an interruption"))


@transaction.atomic
def close_for_withdrawal(
    enrolment_id: int, filed_on: date, *, reason: str, actor: User | None, at: datetime
) -> list[Charge]:
    """Cancel what falls due after the day of filing; what was paid is not returned (FEE-074).

    Everything due until that day must be paid before: raises Refused with the sum. Returns the lines that
    were cancelled or closed. reason: the request, as shown on the lines.
    """
    lock_account(enrolment_id)
    demand(debts_at(enrolment_id, filed_on).answer)
    lines = Charge.objects.filter(enrolment=enrolment_id)
    return _close_later(enrolment_id, lines, filed_on, "fees.withdrawal", reason, actor, at)


@transaction.atomic
def close_for_interruption(
    enrolment_id: int, filed_on: date, *, reason: str, actor: User | None, at: datetime
) -> list[Charge]:
    """Cancel the instalments of tuition that fall due after the day of filing (FEE-073).

    Those due until then stay due. Other lines follow their own case. Returns the lines that were cancelled or
    closed.
    """
    lock_account(enrolment_id)
    lines = Charge.objects.filter(enrolment=enrolment_id, fee_type__code="TUITION")
    return _close_later(enrolment_id, lines, filed_on, "fees.interruption", reason, actor, at)


def _close_later(
    enrolment_id: int,
    lines: QuerySet[Charge],
    filed_on: date,
    act: str,
    reason: str,
    actor: User | None,
    at: datetime,
) -> list[Charge]:
    if not reason.strip():
        raise ValueError("cancelled lines say why")
    touched = []
    rows = lines.select_for_update(of=("self",)).filter(state__in=[*PAYABLE, ChargeState.CONFIGURED])
    for charge in rows.order_by("pk"):
        fate = fate_of(charge.due_at, filed_on, paid=charge.allocated, left=charge.left)
        if fate == Fate.CANCELLED:
            CHARGE_MOVES.check("cancel", charge.state)
            charge.cancelled_at, charge.cancelled_reason = at, reason[:300]
            charge.save(update_fields=["cancelled_at", "cancelled_reason"])
        elif fate == Fate.CLOSED:
            _close_at_what_was_paid(charge, reason, actor, at)
        if fate != Fate.STAYS:
            touched.append(charge)
    _record(enrolment_id, touched, filed_on, act, reason, actor, at)
    return touched


def _close_at_what_was_paid(charge: Charge, reason: str, actor: User | None, at: datetime) -> None:
    CHARGE_MOVES.check("close_short", charge.state)
    Reduction.objects.create(
        charge=charge,
        kind=Reduction.Kind.CLOSING,
        amount=charge.left,
        at=at,
        reason=reason[:300],
        recorded_by=actor,
    )


def _record(
    enrolment_id: int,
    touched: Collection[Charge],
    filed_on: date,
    act: str,
    reason: str,
    actor: User | None,
    at: datetime,
) -> None:
    data = {"filed": str(filed_on), "lines": [charge.pk for charge in touched]}
    record(enrolment_id, act, actor=actor, at=at, reason=reason, data=data)
    close_pages(touched, at)
