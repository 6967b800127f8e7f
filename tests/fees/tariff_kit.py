"""Prices, plans, sessions and places for the tests of the tariff."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from fees.models import Charge, Payment, Price
from fees.services.tariff import set_price
from studentrecords.models import AcademicYear, CalendarEvent, Enrolment, Financing
from tests import factories
from tests.fees import ledger_kit

FIRST_DAY = date(2026, 7, 1)
THIRD = "MD"

#: The sessions of 2026–2027 as the calendar names them.
SESSIONS = (
    ("sesiune de examene iarnă", date(2027, 1, 18), date(2027, 2, 7)),
    ("sesiune de restanțe iarnă", date(2027, 2, 8), date(2027, 2, 21)),
    ("sesiune de examene vară", date(2027, 6, 7), date(2027, 6, 27)),
    ("sesiune de restanțe vară", date(2027, 6, 28), date(2027, 7, 11)),
    ("sesiune de restanțe toamnă", date(2027, 8, 30), date(2027, 9, 12)),
)


def year(name: str = factories.THIS_YEAR, *, sessions: bool = False) -> AcademicYear:
    """An academic year; `sessions` with the calendar of its exams."""
    made = factories.academic_year(name)
    if sessions:
        CalendarEvent.objects.bulk_create(
            CalendarEvent(year=made, event=event, starts_on=first, ends_on=last)
            for event, first, last in SESSIONS
        )
    return made


def price(
    code: str = "TUITION", amount: str = "4200", name: str = factories.THIS_YEAR, **fields: Any
) -> Price:
    """A price of the year, by a decision of the Senate."""
    ledger_kit.fee_type(code)
    values: dict[str, Any] = {"first_day": FIRST_DAY, "decision": "HS 16/13.02.2026", **fields}
    return set_price(code, year(name), Decimal(amount), actor=None, at=factories.NOW, **values)


def fee_payer(**fields: Any) -> Enrolment:
    """A student on a fee-paying place."""
    return factories.enrolment(financing=Financing.FEE, **fields)


def sums(enrolment: Enrolment, code: str = "TUITION") -> list[str]:
    """The sums that stand on an account for a kind of fee, in the order of their terms."""
    rows = Charge.objects.filter(enrolment=enrolment, fee_type__code=code, cancelled_at__isnull=True)
    return [str(amount) for amount in rows.order_by("due_at", "pk").values_list("amount", flat=True)]


def pay(charge: Charge, amount: str = "", *, at: datetime = factories.NOW) -> Payment:
    """Money on a charge, all of it unless said otherwise."""
    paid = ledger_kit.payment(
        charge.enrolment, amount or str(charge.left), currency=charge.currency, paid_at=at, booked_at=at
    )
    ledger_kit.allocate(paid, charge, amount or str(charge.left))
    charge.refresh_from_db()
    return paid
