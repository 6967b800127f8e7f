"""The price list: the nearest scope, the latest row, and what is missing."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from fees.models import Price
from fees.queries import prices
from fees.queries.prices import MissingPrice
from fees.services.tariff import set_price
from studentrecords.models import Enrolment, EnrolmentStatus, Financing
from tests import factories
from tests.fees.ledger_kit import fee_type
from upt_portal.kernel import audit

pytestmark = pytest.mark.django_db
FIRST_DAY, TODAY = date(2026, 9, 1), date(2026, 11, 20)


@pytest.fixture
def student_of() -> Enrolment:
    factories.academic_year()
    fee_type("TUITION")
    return factories.enrolment()


def price(amount: int, first_day: date = FIRST_DAY, **scope: object) -> Price:
    return set_price(
        "TUITION", factories.academic_year(), Decimal(amount), first_day=first_day, actor=None,
        at=factories.NOW, decision="HS 16/13.02.2026", **scope,
    )  # fmt: skip


def found(enrolment: Enrolment, on: date = TODAY) -> Decimal:
    return prices.price_for("TUITION", enrolment, factories.academic_year(), on=on).amount


def test_the_nearest_scope_wins(student_of: Enrolment) -> None:
    programme = student_of.programme
    price(1000)
    assert found(student_of) == 1000
    price(2000, cycle=programme.cycle)
    assert found(student_of) == 2000
    price(2500, form=programme.form, cycle=programme.cycle)
    assert found(student_of) == 2500
    price(3000, faculty=programme.faculty)
    assert found(student_of) == 3000
    price(4000, programme=programme)
    assert found(student_of) == 4000
    price(9000, programme=programme, citizenship="third")
    assert found(student_of) == 4000
    price(8000, cycle="doctorat")
    price(8000, programme=factories.programme())
    assert found(student_of) == 4000


def test_third_countries_have_their_own_price_and_currency(student_of: Enrolment) -> None:
    price(4000)
    price(2430, citizenship="third", currency="EUR")
    student_of.person.citizenship = "MD"
    student_of.person.save()
    tariff = prices.tuition_tariff(factories.academic_year(), [student_of], on=TODAY)
    assert (tariff[student_of.pk].amount, tariff[student_of.pk].currency) == (2430, "EUR")


def test_a_new_row_holds_from_its_first_day(student_of: Enrolment) -> None:
    price(4000)
    price(4200, first_day=TODAY)
    assert [found(student_of, on) for on in (FIRST_DAY, date(2026, 11, 19), TODAY)] == [4000, 4000, 4200]


def test_FEE_001_a_missing_price_is_said_in_words(student_of: Enrolment) -> None:
    price(4000, first_day=date(2026, 12, 1))
    with pytest.raises(MissingPrice) as missing:
        found(student_of)
    assert student_of.programme.code in str(missing.value)
    assert prices.tuition_tariff(factories.academic_year(), [student_of], on=TODAY) == {}
    assert str(prices.missing_tuition(student_of, factories.academic_year())) == str(missing.value)
    with pytest.raises(MissingPrice):
        prices.price_for("TUITION", student_of, factories.academic_year("2027-2028"), on=date(2027, 12, 1))


def test_the_tariff_of_many_asks_twice(
    student_of: Enrolment, django_assert_num_queries: Callable[..., object]
) -> None:
    price(4000)
    year, batch = factories.academic_year(), [student_of, factories.enrolment(), factories.enrolment()]
    with django_assert_num_queries(2):
        assert len(prices.tuition_tariff(year, batch, on=TODAY)) == 3


def test_setting_a_price_twice_changes_nothing_and_another_sum_needs_another_day(
    student_of: Enrolment,
) -> None:
    first = price(4000)
    assert price(4000) == first
    with pytest.raises(ValueError, match="another first day"):
        price(4100)
    assert [entry.act for entry in audit.trail(first)] == ["fees.set_price"]


@pytest.mark.parametrize(
    ("financing", "status", "owed"),
    [
        (Financing.FEE, EnrolmentStatus.ENROLLED, True),
        (Financing.STATE, EnrolmentStatus.ENROLLED, False),
        (Financing.FEE, EnrolmentStatus.EXTENSION, False),
        (Financing.FEE, EnrolmentStatus.REPEATING, False),
    ],
)
def test_FEE_010_who_owes_tuition(financing: str, status: str, owed: bool) -> None:
    enrolment = factories.enrolment(financing=financing, status=status)
    assert prices.owes_tuition(enrolment, TODAY) is owed
