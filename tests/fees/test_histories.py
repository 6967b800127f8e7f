"""Generated histories of acts: whatever is done in whatever order, no money appears and none vanishes (C10).

The suite plays a dozen. More, as long as one likes:

    HISTORIES=5000 python -m pytest tests/fees/test_histories.py
"""

import os
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fees.models import Allocation, Charge
from fees.rules import paying
from fees.rules.balance import Line, balances
from fees.rules.tuition import instalment_plan
from studentrecords.models import Enrolment
from tests.fees import history_kit, refund_kit
from tests.fees.history_kit import ACTS, History
from tests.fees.ledger_kit import DUE, allocate, charge, fee_type, payment

HISTORIES = int(os.environ.get("HISTORIES", "12"))
LONGEST = 14  # acts of one history

numbers = st.integers(min_value=0, max_value=99_990)
acts = st.tuples(st.sampled_from(ACTS), numbers, numbers)
begun = st.tuples(st.just("post"), numbers, st.integers(min_value=1, max_value=6))
paid = st.tuples(st.just("pay"), numbers, numbers)
histories = st.builds(
    lambda first, second, rest: [first, second, *rest],
    begun,
    paid,
    st.lists(acts, min_size=4, max_size=LONGEST),
)
cents = st.integers(min_value=1, max_value=10_000_000).map(lambda number: Decimal(number) / 100)
played: Counter[str] = Counter()
refused: Counter[str] = Counter()


@pytest.fixture
def office(account: Enrolment) -> refund_kit.Office:
    fee_type("OTHER")
    for currency in history_kit.CURRENCIES:
        refund_kit.bank_account(currency)
    return refund_kit.Office()


@pytest.mark.django_db
@settings(
    max_examples=HISTORIES,
    deadline=None,
    derandomize=HISTORIES <= 12,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(history=histories)
def test_C10_no_sequence_of_acts_makes_money_appear_or_vanish(
    history: list[tuple[str, int, int]], account: Enrolment, office: refund_kit.Office
) -> None:
    with transaction.atomic():
        one = History(account, office)
        for act in history:
            one.play(act)
        one.check_books()
        played.update(one.done)
        refused["refused"] += one.refused
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_the_acts_of_a_history_do_what_they_say(account: Enrolment, office: refund_kit.Office) -> None:
    """A control: one history in which every act succeeds at least once, so that none is idle above."""
    one = History(account, office)
    for act in (
        ("post", 10_000, 1), ("post", 4_000, 7), ("release", 3, 0), ("pay", 0, 60_001),
        ("take_off", 0, 0), ("put_on", 1, 0),
        ("hide", 1, 0), ("release", 1, 0), ("post_again", 0, 0), ("exempt", 1, 0), ("cancel", 3, 0),
        ("reissue", 0, 900), ("take_off", 2, 0), ("ask_back", 0, 0), ("withdraw", 0, 0),
        ("ask_back", 0, 0), ("refuse", 1, 0), ("ask_back", 0, 0), ("check_refund", 2, 0), ("approve", 2, 0),
        ("send", 0, 0), ("arrive", 0, 0), ("fail", 0, 0), ("give_up", 2, 0),
        ("post", 5_000, 1), ("pay", 0, 60_001), ("reverse", 1, 0),
    ):  # fmt: skip
        one.play(act)
        one.check_books()
    assert set(ACTS) - set(one.done) == set()


@pytest.mark.django_db
def test_a_control_the_check_sees_a_cent_that_vanished(account: Enrolment, office: refund_kit.Office) -> None:
    one = History(account, office)
    one.play(("post", 10_000, 1))
    one.play(("pay", 0, 1))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # the triggers look away
        cursor.execute(
            "UPDATE fees_payment SET allocated = allocated - 0.01 WHERE enrolment_id = %s", [account.pk]
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    with pytest.raises(AssertionError):
        one.check()


# --- without a database: thousands at once ------------------------------------------------------------------


def _days(count: int) -> list[date]:
    return [date(2026, 10, 1) + timedelta(days=30 * place) for place in range(count)]


@settings(max_examples=2_000, deadline=None)
@given(total=cents, count=st.integers(min_value=1, max_value=12))
def test_FEE_011_instalments_are_exact(total: Decimal, count: int) -> None:
    parts = [part for part, _due in instalment_plan(total, _days(count))]
    assert sum(parts, Decimal(0)) == total
    assert len(parts) == count
    assert max(parts) - min(parts) <= Decimal("0.01") * count
    assert all(part == part.quantize(Decimal("0.01")) for part in parts)


@settings(max_examples=1_000, deadline=None)
@given(
    amount=cents,
    wanted=st.lists(st.tuples(cents, st.integers(min_value=0, max_value=3)), max_size=8),
)
def test_FEE_006_what_is_spread_over_lines_and_what_is_left_are_the_payment(
    amount: Decimal, wanted: list[tuple[Decimal, int]]
) -> None:
    lines = [(sum_, (sum_ / 3 * part).quantize(Decimal("0.01"))) for sum_, part in wanted]
    lines = [(chosen, min(left, chosen)) for chosen, left in lines]
    parts, rest = paying.allocation(amount, lines)
    assert sum(parts, Decimal(0)) + rest == amount
    assert all(0 <= part <= min(chosen, left) for part, (chosen, left) in zip(parts, lines, strict=True))
    assert rest >= 0


@settings(max_examples=500, deadline=None)
@given(
    lines=st.lists(
        st.tuples(
            cents, st.integers(0, 100), st.sampled_from(["RON", "EUR"]), st.booleans(), st.integers(-9, 9)
        ),
        max_size=12,
    )
)
def test_FEE_005_a_balance_adds_the_lines_of_its_currency(
    lines: list[tuple[Decimal, int, str, bool, int]],
) -> None:
    made = [
        Line(
            amount,
            (amount * share / 100).quantize(Decimal("0.01")),
            DUE.replace(day=DUE.day + days),
            currency,
            counted,
        )
        for amount, share, currency, counted, days in lines
    ]
    found = balances(made, DUE)
    for currency, balance in found.items():
        own = [line for line in made if line.counted and line.currency == currency]
        assert balance.paid + balance.outstanding == sum((line.amount for line in own), Decimal(0))
        assert 0 <= balance.overdue <= balance.outstanding
    assert set(found) == {line.currency for line in made if line.counted}


@pytest.mark.django_db
def test_the_database_holds_when_a_program_tries_to_spend_twice(account: Enrolment) -> None:
    """A control for the histories: without the services, straight into the tables, the triggers refuse."""
    money, line = payment(account, "100.00"), charge(account, "100.00")
    allocate(money, line, "60.00")
    for amount in ("40.01", "100.00"):
        with pytest.raises(Exception, match=r"not_overspent|not_overpaid"), transaction.atomic():
            allocate(money, charge(account, "500.00"), amount)
    assert Charge.objects.get(pk=line.pk).allocated == 60
    assert Allocation.objects.count() == 1
