"""Accounts, charges and payments for tests; every field open to the caller."""

from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from fees.models import Allocation, Charge, FeeType, Payment, Reduction
from studentrecords.models import Enrolment
from tests import factories
from upt_portal.kernel.calendar import end_of_day

DUE = end_of_day(datetime(2026, 12, 13).date())
_numbers = count(1)


def fee_type(code: str = "RECONTRACT") -> FeeType:
    """A kind of fee; tests that empty the tables lose those of the migration."""
    return FeeType.objects.get_or_create(code=code, defaults={"name_ro": code, "name_en": code})[0]


def charge(enrolment: Enrolment, amount: str = "335.00", **fields: Any) -> Charge:
    """A released charge of a re-contracted discipline, due on 13 December 2026."""
    n = next(_numbers)
    values: dict[str, Any] = {
        "fee_type": fee_type(),
        "year": factories.academic_year(),
        "reference": "contracting.annex:17",
        "line_key": f"line-{n}",
        "description_ro": f"Recontractare: Teoria sistemelor {n}",
        "description_en": f"Re-contract: Systems theory {n}",
        "amount": Decimal(amount),
        "posted_at": factories.NOW,
        "due_at": DUE,
        "released_at": factories.NOW,
    }
    made = Charge.objects.create(enrolment=enrolment, **(values | fields))
    made.refresh_from_db()
    return made


def payment(enrolment: Enrolment | None, amount: str = "335.00", **fields: Any) -> Payment:
    """Money by card with the next receipt number of this run."""
    n = next(_numbers)
    values: dict[str, Any] = {
        "method": Payment.Method.CARD,
        "amount": Decimal(amount),
        "currency": "RON",
        "payer_name": "Andra Văleanu",
        "reference": f"pi_{n}",
        "paid_at": factories.NOW,
        "booked_at": factories.NOW,
        "receipt_year": 2026,
        "receipt_number": n,
    }
    return Payment.objects.create(enrolment=enrolment, **(values | fields))


def allocate(payment: Payment, charge: Charge, amount: str, **fields: Any) -> Allocation:
    return Allocation.objects.create(
        payment=payment, charge=charge, amount=Decimal(amount), at=factories.NOW, **fields
    )


def reduce(charge: Charge, amount: str, **fields: Any) -> Reduction:
    """So much of the charge is exempted."""
    values: dict[str, Any] = {
        "kind": Reduction.Kind.EXEMPTION,
        "amount": Decimal(amount),
        "at": factories.NOW,
        "reason": "Decizia 12/01.10.2026",
    }
    return Reduction.objects.create(charge=charge, **(values | fields))
