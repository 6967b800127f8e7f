"""The price list: a new decision is a new dated row."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fees.models import FeeType, Price
from fees.refusal import refuse
from studentrecords.models import AcademicYear, Faculty, Programme
from upt_portal.accounts.models import User
from upt_portal.kernel import audit

audit.register_act("fees.set_price", _("A price was set"))


def add_price(code: str, year: AcademicYear, amount: Decimal, **fields: Any) -> Price:
    """The same as `set_price`, for a page: another sum on that day is refused in words (FEE-001)."""
    try:
        return set_price(code, year, amount, **fields)
    except ValueError as stands:
        raise refuse(
            _("Another amount stands in this list from the same day. Choose a later first day."), "FEE-001"
        ) from stands


@transaction.atomic
def set_price(
    code: str,
    year: AcademicYear,
    amount: Decimal,
    *,
    first_day: date,
    actor: User | None,
    at: datetime,
    currency: str = "RON",
    faculty: Faculty | None = None,
    programme: Programme | None = None,
    cycle: str = "",
    form: str = "",
    citizenship: str = "",
    promotion: str = "",
    unit: str = "year",
    decision: str = "",
    source: str = "decision",
    note: str = "",
) -> Price:
    """The price of a kind of fee in a year for a scope, from a first day; the same row twice changes nothing.

    source: "decision" (needs `decision`, number and date), "published" or "completed" (to be confirmed).
    citizenship: "eu", "third" or "" for everyone. Raises ValueError when another sum stands on that day.
    """
    price, fresh = Price.objects.get_or_create(
        fee_type=FeeType.objects.get(code=code),
        year=year,
        faculty=faculty,
        programme=programme,
        cycle=cycle,
        form=form,
        citizenship=citizenship,
        promotion=promotion,
        first_day=first_day,
        defaults={
            "amount": amount,
            "currency": currency,
            "unit": unit,
            "decision": decision,
            "source": source,
            "note": note,
        },
    )
    if (price.amount, price.currency) != (amount, currency):
        raise ValueError(f"{price} stands from {first_day}; a new amount needs another first day")
    if fresh:
        audit.record(price, "fees.set_price", actor=actor, at=at, data={"amount": f"{amount} {currency}"})
    return price
