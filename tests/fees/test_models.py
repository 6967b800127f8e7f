"""What the database itself refuses about the ledger."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from fees.models import Allocation, CardPayment, CardPaymentLine, Charge, Payment, Price, ProviderEvent
from fees.workflow import ChargeState
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.ledger_kit import DUE, allocate, charge, fee_type, payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Enrolment:
    return factories.enrolment()


def refused(act: Callable[[], object], words: str = "violates|pgtrigger: Cannot") -> None:
    """`act` is refused by a constraint or a trigger, for a reason that holds `words`."""
    with pytest.raises((IntegrityError, ProgrammingError), match=words), transaction.atomic():
        act()


def state_of(line: Charge) -> str:
    return str(Charge.objects.values_list("state", flat=True).get(pk=line.pk))


# --- states follow from facts -------------------------------------------------------------------------------

HIDDEN, LATE = {"released_at": None}, {"overdue_at": DUE + timedelta(seconds=1)}
GONE = {"cancelled_at": factories.NOW, "cancelled_reason": "Anexa a fost anulată"}


@pytest.mark.parametrize(
    ("facts", "paid", "state"),
    [
        ({}, "0", ChargeState.DUE),
        ({}, "100.00", ChargeState.PARTLY_PAID),
        ({}, "335.00", ChargeState.PAID),
        (HIDDEN, "0", ChargeState.CONFIGURED),
        (HIDDEN, "100.00", ChargeState.CONFIGURED),
        (HIDDEN, "335.00", ChargeState.PAID),
        (LATE, "0", ChargeState.OVERDUE),
        (LATE, "100.00", ChargeState.OVERDUE),
        (LATE, "335.00", ChargeState.PAID),
        (GONE, "0", ChargeState.CANCELLED),
        (GONE | HIDDEN, "0", ChargeState.CANCELLED),
        (GONE | LATE, "0", ChargeState.CANCELLED),
    ],
)
def test_the_state_of_a_charge(account: Enrolment, facts: dict[str, object], paid: str, state: str) -> None:
    line = charge(account, **facts)
    if Decimal(paid):
        allocate(payment(account), line, paid)
    assert state_of(line) == state


def test_a_charge_of_nothing_is_paid(account: Enrolment) -> None:
    assert state_of(charge(account, "0.00")) == ChargeState.PAID


# --- sums ---------------------------------------------------------------------------------------------------


def test_allocations_are_counted_on_both_sides(account: Enrolment) -> None:
    first, second, money = charge(account, "200.00"), charge(account, "100.00"), payment(account, "250.00")
    allocate(money, first, "200.00")
    allocate(money, second, "50.00")
    money.refresh_from_db()
    second.refresh_from_db()
    assert (money.allocated, money.unallocated) == (Decimal("250.00"), Decimal("0.00"))
    assert (second.allocated, second.left) == (Decimal("50.00"), Decimal("50.00"))


def test_never_more_than_the_payment_nor_than_the_charge(account: Enrolment) -> None:
    line, money = charge(account, "300.00"), payment(account, "250.00")
    refused(lambda: allocate(money, line, "250.01"), "payment_not_overspent")
    allocate(money, line, "250.00")
    refused(lambda: allocate(payment(account), line, "50.01"), "charge_not_overpaid")


def test_allocations_stay_in_one_currency_and_one_account(account: Enrolment) -> None:
    line = charge(account)
    refused(lambda: allocate(payment(account, currency="EUR"), line, "1.00"), "currency")
    refused(lambda: allocate(payment(factories.enrolment()), line, "1.00"), "account")
    refused(lambda: allocate(payment(None), line, "1.00"), "account")


def test_an_allocation_is_taken_back_whole_and_once(account: Enrolment) -> None:
    line, money = charge(account, "300.00"), payment(account, "300.00")
    made = allocate(money, line, "300.00")
    refused(lambda: allocate(money, line, "-100.00", reverses=made, reason="greșit"), "whole")
    refused(lambda: allocate(money, line, "-300.00", reverses=made), "allocation_sign")
    refused(lambda: allocate(money, line, "-300.00"), "allocation_sign")
    back = allocate(money, line, "-300.00", reverses=made, reason="linie anulată")
    line.refresh_from_db()
    assert (line.allocated, line.state) == (Decimal(0), ChargeState.DUE)
    refused(lambda: allocate(money, line, "-300.00", reverses=made, reason="din nou"))
    refused(lambda: allocate(money, line, "300.00", reverses=back, reason="înapoi"), "allocation_sign")


def test_nobody_writes_allocated_sums(account: Enrolment) -> None:
    line, money = charge(account), payment(account)
    refused(lambda: Charge.objects.filter(pk=line.pk).update(allocated=10), "by allocations only")
    refused(lambda: Payment.objects.filter(pk=money.pk).update(allocated=10), "by allocations only")
    refused(lambda: payment(account, allocated=Decimal(10)), "nothing allocated")


# --- lines stay as they were written ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [("amount", 1), ("currency", "EUR"), ("reference", "x:1"), ("description_ro", "altceva")],
)
def test_a_charge_is_never_edited(account: Enrolment, name: str, value: object) -> None:
    line = charge(account)
    refused(lambda: Charge.objects.filter(pk=line.pk).update(**{name: value}))


@pytest.mark.parametrize(
    ("name", "value"),
    [("amount", 1), ("receipt_number", 999), ("payer_name", "Altcineva"), ("reference", "x")],
)
def test_a_payment_is_never_edited(account: Enrolment, name: str, value: object) -> None:
    money = payment(account)
    refused(lambda: Payment.objects.filter(pk=money.pk).update(**{name: value}))


def test_nothing_of_the_ledger_is_deleted(account: Enrolment) -> None:
    line, money = charge(account), payment(account)
    made = allocate(money, line, "1.00")
    for row in (made, payment(account), charge(account)):
        refused(row.delete)
    refused(lambda: Allocation.objects.filter(pk=made.pk).update(amount=2))


@pytest.mark.parametrize(
    "facts",
    [
        {"amount": Decimal(-1)},
        {"currency": "USD"},
        {"cancelled_at": factories.NOW},
        {"cancelled_reason": "fără dată"},
        {"overdue_at": DUE},
    ],
)
def test_facts_of_a_charge_hold_together(account: Enrolment, facts: dict[str, object]) -> None:
    refused(lambda: charge(account, **facts))


def test_a_paid_charge_is_not_cancelled(account: Enrolment) -> None:
    line = charge(account)
    allocate(payment(account), line, "1.00")
    refused(lambda: Charge.objects.filter(pk=line.pk).update(**GONE), "charge_cancelled_whole")


def test_a_line_of_a_case_stands_once_unless_cancelled(account: Enrolment) -> None:
    line = charge(account, line_key="tuition")
    refused(lambda: charge(account, line_key="tuition"), "charge_once")
    Charge.objects.filter(pk=line.pk).update(**GONE)
    assert charge(account, line_key="tuition").state == ChargeState.DUE


@pytest.mark.parametrize(
    "facts", [{"amount": Decimal(0)}, {"currency": "USD"}, {"method": "gold"}, {"amount": Decimal(-5)}]
)
def test_facts_of_a_payment_hold_together(account: Enrolment, facts: dict[str, object]) -> None:
    refused(lambda: payment(account, **facts))


def test_receipts_and_references_stand_once(account: Enrolment) -> None:
    first = payment(account)
    refused(lambda: payment(account, receipt_number=first.receipt_number), "receipt_once")
    refused(lambda: payment(account, reference=first.reference))
    assert payment(account, receipt_year=2027, receipt_number=first.receipt_number).receipt.startswith(
        "2027-0"
    )


# --- prices -------------------------------------------------------------------------------------------------


def price(**fields: object) -> Price:
    values = {
        "fee_type": fee_type("TUITION"),
        "year": factories.academic_year(),
        "first_day": factories.NOW.date(),
        "amount": Decimal(4020),
        "decision": "HS 16/13.02.2025",
    }
    return Price.objects.create(**(values | fields))


def test_a_price_that_charges_use_stays(account: Enrolment) -> None:
    used, free = price(), price(cycle="master")
    charge(account, price=used)
    refused(lambda: Price.objects.filter(pk=used.pk).update(amount=1), "charges use this price")
    refused(lambda: Price.objects.filter(pk=used.pk).delete(), "protected foreign keys")
    Price.objects.filter(pk=free.pk).update(amount=Decimal(4100))
    free.delete()


def test_one_price_a_day_for_a_scope_also_with_empty_scopes() -> None:
    price()
    refused(price, "price_one_a_day")
    refused(lambda: price(cycle="master", decision=""), "price_decision_named")


# --- card payments ------------------------------------------------------------------------------------------


def card(account: Enrolment, **fields: object) -> CardPayment:
    values = {
        "payer": account.person.user,
        "amount": Decimal(335),
        "currency": "RON",
        "language": "ro",
        "key": f"key-{factories.number()}",
        "started_at": factories.NOW,
        "opens_until": DUE,
    }
    made = CardPayment.objects.create(enrolment=account, **(values | fields))
    made.refresh_from_db()
    return made


def test_the_state_of_a_card_payment(account: Enrolment) -> None:
    now = factories.NOW
    paid = {"confirmed_at": now, "payment": payment(account)}
    assert [
        card(account).state,
        card(account, declined_at=now, decline_code="generic_decline").state,
        card(account, ended_at=now).state,
        card(account, ended_at=now, declined_at=now).state,
        card(account, **paid).state,
        card(account, ended_at=now, reversed_at=now, confirmed_at=now, payment=payment(account)).state,
    ] == ["initiated", "initiated", "expired", "failed", "confirmed", "reversed"]


def test_confirmed_means_money(account: Enrolment) -> None:
    refused(lambda: card(account, confirmed_at=factories.NOW), "card_confirmed_has_money")
    refused(lambda: card(account, payment=payment(account)), "card_confirmed_has_money")
    refused(lambda: card(account, reversed_at=factories.NOW), "card_reversed_was_confirmed")
    card(account, session_id="cs_1")
    refused(lambda: card(account, session_id="cs_1"), "card_session_once")


def test_a_charge_stands_in_one_open_checkout(account: Enrolment) -> None:
    line = charge(account)
    first = CardPaymentLine.objects.create(card_payment=card(account), charge=line, amount=line.amount)
    second = {"card_payment": card(account), "charge": line, "amount": line.amount}
    refused(lambda: CardPaymentLine.objects.create(**second), "charge_in_one_open_checkout")
    CardPaymentLine.objects.filter(pk=first.pk).update(is_open=False)
    CardPaymentLine.objects.create(**second)


def test_an_event_stands_once_and_as_it_came() -> None:
    values = {"type": "a.b", "received_at": factories.NOW, "raw": {}, "outcome": "ignored"}
    event = ProviderEvent.objects.create(event_id="evt_1", **values)
    refused(lambda: ProviderEvent.objects.create(event_id="evt_1", **values))
    refused(lambda: ProviderEvent.objects.filter(pk=event.pk).update(raw={"a": 1}))
    refused(lambda: ProviderEvent.objects.filter(pk=event.pk).update(outcome="parked"), "event_parked_has")
    refused(lambda: ProviderEvent.objects.filter(pk=event.pk).update(handled_note="gata"), "event_handled")
    refused(event.delete)
