"""Races on PostgreSQL, each with a control that takes the lock away and must see the harm."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from fees.models import CardPayment, Charge, Payment, ProviderEvent
from fees.queries import accounts
from fees.services import checkout, events, provider, settlement
from fees.services.events import receive_event
from fees.workflow import CardState, ChargeState
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.cards_kit import Cardholder, signed
from tests.fees.ledger_kit import charge
from tests.fees.race_kit import Crowd, at_once
from tests.fees.sandbox_kit import Running
from upt_portal.kernel.models import IssuedPaper, Mail
from upt_portal.kernel.numbers import next_number

pytestmark = pytest.mark.django_db(transaction=True)
NOW = factories.NOW
COPIES = 20


@pytest.fixture
def holder(db: None, provider: Running) -> Cardholder:
    factories.academic_year()
    return Cardholder(factories.enrolment(), provider)


@contextmanager
def no_row_locks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Inside, `select_for_update` reads without locking."""
    with monkeypatch.context() as patch:
        patch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self.all())
        yield


def outcomes(got: list[Any]) -> Counter[str]:
    return Counter(one.outcome if hasattr(one, "outcome") else type(one).__name__ for one in got)


# --- B3: twenty copies of one event -------------------------------------------------------------------------


def test_B3_twenty_copies_at_once_make_one_payment(holder: Cardholder) -> None:
    holder.pays(charge(holder.account))
    body, signature = signed(holder.events("checkout.session.completed")[0])

    got = at_once(COPIES, lambda number: receive_event(body, signature, at=NOW))

    assert outcomes(got) == {"applied": 1, "duplicate": COPIES - 1}
    assert (Payment.objects.count(), ProviderEvent.objects.count()) == (1, 1)
    assert IssuedPaper.objects.filter(kind=accounts.RECEIPT).count() == 1
    assert Mail.objects.filter(template="fees/mail/payment_booked").count() == 1
    assert Payment.objects.get().receipt == "2026-000001"
    assert Charge.objects.get().state == ChargeState.PAID


def bookings(monkeypatch: pytest.MonkeyPatch, crowd: Crowd) -> list[int]:
    """Have every reading of facts wait for the others; the numbers of those that went on to book."""
    booked: list[int] = []
    real_facts, real_book = provider.facts_of, settlement._book

    def facts_of(session_id: str) -> provider.Facts:
        facts = real_facts(session_id)
        crowd.wait()
        return facts

    def book(card: CardPayment, facts: provider.Facts, at: datetime) -> None:
        booked.append(card.pk)
        real_book(card, facts, at)

    monkeypatch.setattr(provider, "facts_of", facts_of)
    monkeypatch.setattr(settlement, "_book", book)
    return booked


def test_different_events_of_one_payment_at_once_book_it_once(
    holder: Cardholder, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder.pays(charge(holder.account))
    calls = [signed(event) for event in holder.events()]
    crowd = Crowd(len(calls))
    booked = bookings(monkeypatch, crowd)

    got = at_once(len(calls), lambda number: receive_event(*calls[number], at=NOW))

    assert outcomes(got) == {"applied": 1, "ignored": 2}
    assert (len(booked), crowd.together, Payment.objects.count()) == (1, 0, 1)


def test_control_without_the_row_lock_all_of_them_book(
    holder: Cardholder, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder.pays(charge(holder.account))
    calls = [signed(event) for event in holder.events()]
    crowd = Crowd(len(calls), patience=10)
    booked = bookings(monkeypatch, crowd)

    with no_row_locks(monkeypatch):
        got = at_once(len(calls), lambda number: receive_event(*calls[number], at=NOW))

    assert (len(booked), crowd.together) == (3, 3)
    # the last guard still holds: one number of the provider stands in the ledger once
    assert Payment.objects.count() == 1
    assert outcomes(got)["IntegrityError"] == 2


def test_control_without_the_unique_event_copies_are_not_noticed(
    holder: Cardholder, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder.pays(charge(holder.account))
    body, signature = signed(holder.events("checkout.session.completed")[0])
    real_keep = events._keep
    names = iter(range(1000))
    monkeypatch.setattr(
        events, "_keep", lambda event, at: real_keep({**event, "id": f"evt_{next(names)}"}, at)
    )
    got = at_once(4, lambda number: receive_event(body, signature, at=NOW))
    assert outcomes(got) == {"applied": 1, "ignored": 3}
    assert ProviderEvent.objects.count() == 4


# --- B1: twenty clicks --------------------------------------------------------------------------------------


def test_B1_twenty_clicks_at_once_open_one_page(holder: Cardholder) -> None:
    lines = [charge(holder.account), charge(holder.account)]
    got = at_once(COPIES, lambda number: holder.clicks(*lines))
    assert len(set(got)) == 1
    assert CardPayment.objects.count() == 1
    assert len(holder.sandbox.server.store.all("checkout.session")) == 1


def test_control_without_the_accounts_lock_clicks_collide(
    holder: Cardholder, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, crowd = charge(holder.account), Crowd(4, patience=10)
    real_begin = checkout._begin

    def begin(*args: Any) -> CardPayment:
        crowd.wait()
        return real_begin(*args)

    monkeypatch.setattr(checkout, "_begin", begin)
    with no_row_locks(monkeypatch):
        got = at_once(4, lambda number: holder.clicks(line))
    assert crowd.together == 4
    # the last guard still holds: a charge stands in one open attempt only
    assert sum(isinstance(one, IntegrityError) for one in got) == 3


def test_overlapping_choices_in_two_tabs_leave_one_open_page(holder: Cardholder) -> None:
    first, second = charge(holder.account), charge(holder.account)
    choices = [(first,), (first, second), (second,), (first, second)]
    at_once(len(choices), lambda number: holder.clicks(*choices[number]))
    pages = [
        session
        for session in holder.sandbox.server.store.all("checkout.session")
        if session["status"] == "open"
    ]
    open_lines = [
        line.charge_id
        for attempt in CardPayment.objects.filter(state=CardState.INITIATED)
        for line in attempt.lines.all()
    ]
    assert len(open_lines) == len(set(open_lines))
    assert len(pages) == CardPayment.objects.filter(state=CardState.INITIATED).count()


# --- B14: receipts without gaps -----------------------------------------------------------------------------


class RolledBack(Exception):
    """One in ten of the acts is undone."""


def issue(account: Enrolment, number: int) -> int:
    """Book a payment with the next receipt number; every tenth act is rolled back after taking it."""
    with transaction.atomic():
        taken = next_number(accounts.RECEIPT, 2026)
        Payment.objects.create(
            enrolment=account,
            method=Payment.Method.CASH,
            amount=1,
            currency="RON",
            payer_name="Andra Văleanu",
            reference=f"cash-{number}",
            paid_at=NOW,
            booked_at=NOW,
            receipt_year=2026,
            receipt_number=taken,
        )
        if number % 10 == 9:
            raise RolledBack
    return taken


def test_B14_fifty_receipts_at_once_with_rollbacks_leave_no_gap(holder: Cardholder) -> None:
    got = at_once(50, lambda number: issue(holder.account, number))
    assert sum(isinstance(one, RolledBack) for one in got) == 5
    numbers = sorted(Payment.objects.values_list("receipt_number", flat=True))
    assert numbers == list(range(1, 46))


def test_control_without_the_series_lock_numbers_collide(
    holder: Cardholder, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = Crowd(10, patience=10)

    def highest_and_one(name: str, year: int) -> int:
        highest = Payment.objects.aggregate(highest=Max("receipt_number"))["highest"] or 0
        crowd.wait()
        return int(highest) + 1

    monkeypatch.setitem(globals(), "next_number", highest_and_one)
    got = at_once(10, lambda number: issue(holder.account, number * 2))
    assert sum(isinstance(one, IntegrityError) for one in got) == 9


# --- a click and an event at the same moment ----------------------------------------------------------------


def test_a_second_click_and_the_event_at_once_book_once(holder: Cardholder) -> None:
    line = charge(holder.account)
    holder.pays(line)
    body, signature = signed(holder.events("checkout.session.completed")[0])
    acts = [lambda: receive_event(body, signature, at=NOW), lambda: holder.clicks(line)] * 4
    got = at_once(len(acts), lambda number: acts[number]())
    faults = [
        one for one in got if isinstance(one, Exception) and not isinstance(one, checkout.PaymentRefused)
    ]
    assert faults == []
    assert Payment.objects.count() == 1
    assert Charge.objects.get().state == ChargeState.PAID
    assert CardPayment.objects.count() == 1
