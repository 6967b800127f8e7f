"""B14: receipt numbers are unique and without a gap, also when many are issued at once and some given up."""

from typing import Any

import pytest
from django.db import transaction

from fees.models import Payment
from fees.queries.accounts import RECEIPT
from tests import factories
from tests.races import at_once
from upt_portal.kernel.models import NumberSeries
from upt_portal.kernel.numbers import next_number

ISSUES = 50
YEAR = 2026


class GivenUp(Exception):
    """An act that fails after it has taken its number."""


def issue(place: int, number: Any = next_number) -> int:
    """Book a payment with the next receipt number; every tenth act fails after that and is rolled back."""
    with transaction.atomic():
        taken = number(RECEIPT, YEAR)
        Payment.objects.create(
            method="cash",
            amount="10.00",
            currency="RON",
            payer_name="Andra Văleanu",
            reference=f"cash-{place}",
            paid_at=factories.NOW,
            booked_at=factories.NOW,
            receipt_year=YEAR,
            receipt_number=taken,
        )
        if place % 10 == 0:
            raise GivenUp
    return taken


def numbers() -> list[int]:
    return sorted(Payment.objects.filter(receipt_year=YEAR).values_list("receipt_number", flat=True))


@pytest.mark.django_db(transaction=True)
def test_B14_fifty_parallel_issues_with_a_tenth_rolled_back_leave_no_gap() -> None:
    outcomes = at_once(*(lambda place=place: issue(place) for place in range(ISSUES)))
    given_up = [one for one in outcomes if isinstance(one, GivenUp)]
    assert len(given_up) == ISSUES // 10
    assert [one for one in outcomes if isinstance(one, Exception)] == given_up
    assert numbers() == list(range(1, 46))
    assert NumberSeries.objects.get(name=RECEIPT, year=YEAR).last == 45


def counted(name: str, year: int) -> int:
    """What a program without the register would do: the highest number that is there, and one."""
    return max(numbers(), default=0) + 1


def drawn(name: str, year: int) -> int:
    """What a sequence of the database would do: it never takes a number back."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('receipts_without_a_register')")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_B14_control_counting_collides_and_a_sequence_leaves_gaps() -> None:
    from django.db import connection

    outcomes = at_once(*(lambda place=place: issue(place, counted) for place in range(1, 10)))
    assert any(isinstance(one, Exception) for one in outcomes), "nobody met anybody: the race shows nothing"
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE receipts_without_a_register START 1000")
    try:
        at_once(*(lambda place=place: issue(100 + place, drawn) for place in range(20)))
        found = [one for one in numbers() if one >= 1000]
        assert len(found) == 18
        assert found != list(range(1000, 1018)), "two acts were rolled back and no number is missing"
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP SEQUENCE receipts_without_a_register")
