"""Routes, amounts and composition of an offer: worked examples of §7.5 and §7.9, and the awkward cases."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from contracting.rules import offer
from contracting.rules.offer import Kind, Package, Planned, Policy, Route, Row, Unpassed, compose
from upt_portal.kernel.money import CENT, rounded


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Reasons are read in English here; their translations have a test of their own."""
    with translation.override("en"):
        yield


FEE = Decimal(3900)
COMPULSORY, ELECTIVE, COMPLEMENTARY = Kind.COMPULSORY, Kind.ELECTIVE, Kind.COMPLEMENTARY
FACULTATIVE, ADDITIONAL = Kind.FACULTATIVE, Kind.ADDITIONAL


def planned(key: str, credits: int = 5, kind: Kind = COMPULSORY, **more) -> Planned:
    given = {"year": 2, "semester": 1, **more}
    return Planned(key=key, code=key.upper(), name=f"Discipline {key}", credits=credits, kind=kind, **given)


def unpassed(
    key: str, credits: int = 5, kind: Kind = COMPULSORY, *, standards_met: bool = False, **more
) -> Unpassed:
    given = {"year": 1, "semester": 1, **more}
    return Unpassed(
        key=key,
        code=key.upper(),
        name=f"Discipline {key}",
        credits=credits,
        kind=kind,
        standards_met=standards_met,
        **given,
    )


def offered(*args, annual_fee: Decimal = FEE, **more) -> tuple[Row, ...]:
    return compose(*args, annual_fee=annual_fee, **more)


def keys(rows: tuple[Row, ...]) -> list[str]:
    return [row.key for row in rows]


# --- Route and amount (§7.5; fees §7.1) --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "credits", "standards_met", "route", "amount"),
    [
        (COMPULSORY, 5, False, Route.RE_CONTRACT, "325.00"),
        (COMPULSORY, 5, True, Route.RE_EXAM, "0.00"),  # 4 in A, 4 in B
        (ELECTIVE, 4, True, Route.RE_EXAM, "0.00"),  # absent in A and B
        (FACULTATIVE, 3, False, None, None),
        (ELECTIVE, 4, False, Route.RE_CONTRACT, "260.00"),
        (COMPLEMENTARY, 2, False, Route.RE_CONTRACT, "130.00"),
        (FACULTATIVE, 3, True, None, None),
        (ADDITIONAL, 4, False, None, None),
    ],
)
def test_route_and_amount_of_an_unpassed_discipline(kind, credits, standards_met, route, amount) -> None:
    assert offer.route_of(kind, standards_met) is route
    rows = offered([], [unpassed("a", credits, kind, standards_met=standards_met)])
    assert [(row.route, str(row.amount)) for row in rows] == ([(route, amount)] if route else [])


@pytest.mark.parametrize(
    ("annual", "credits", "fee"),
    [
        (3900, 5, "325.00"),
        (4000, 7, "466.67"),
        (4150, 4, "276.67"),
        (4000, 5, "333.33"),
        (4200, 60, "4200.00"),
        (4000, 3, "200.00"),
        (0, 5, "0.00"),
        (3, 1, "0.05"),
        (Decimal("0.30"), 1, "0.01"),  # 0.005, half up
    ],
)
def test_fee_of_a_discipline_taken_again(annual, credits, fee) -> None:
    assert str(offer.row_amount(Route.RE_CONTRACT, credits, Decimal(annual))) == fee


def test_three_rounded_fees_are_not_the_rounded_sum() -> None:
    rows = offered([], [unpassed(key, 5) for key in "abc"], annual_fee=Decimal(4000))
    assert sum(row.amount for row in rows) == Decimal("999.99")


def test_the_credits_of_a_year_are_a_setting() -> None:
    rows = offered([], [unpassed("a", 5)], annual_fee=Decimal(3000), year_credits=30)
    assert rows[0].amount == Decimal(500)


@pytest.mark.parametrize(
    ("route", "charged", "amount"),
    [
        (Route.RE_CONTRACT, False, "325.00"),
        (Route.RE_EXAM, False, "0.00"),
        (Route.RE_EXAM, True, "0.00"),
        (Route.NEW, False, "0.00"),
        (Route.NEW, True, "325.00"),
    ],
)
def test_row_amount_by_route(route, charged, amount) -> None:
    assert str(offer.row_amount(route, 5, FEE, charged=charged)) == amount


def test_a_new_row_is_not_charged_unless_told() -> None:
    assert offer.row_amount(Route.NEW, 5, FEE) == Decimal("0.00")


@given(st.decimals("0", "100000", places=2), st.integers(0, 60))
def test_a_fee_is_whole_cents_and_never_more_than_the_year(annual: Decimal, credits: int) -> None:
    fee = offer.row_amount(Route.RE_CONTRACT, credits, annual)
    assert fee == fee.quantize(CENT)
    assert 0 <= fee <= rounded(annual)


# --- Composition (§7.9) ------------------------------------------------------------------------------------


def test_year_two_with_overdue_and_facultative() -> None:
    year = [
        *(planned(f"i{n}", 6) for n in range(8)),
        planned("e1", 5, ELECTIVE),
        planned("e2", 5, ELECTIVE),
        planned("e3", 5, ELECTIVE),
        planned("c1", 2, COMPLEMENTARY),
        planned("c2", 2, COMPLEMENTARY),
        planned("f1", 3, FACULTATIVE),
        planned("f2", 3, FACULTATIVE),
    ]
    rows = offered(year, [unpassed("o1", 5), unpassed("o2", 4)], chosen={"e1", "e2", "c1", "f1"})
    assert sum(row.credits for row in rows) == 72
    assert sum(row.credits for row in rows if row.current_year and row.kind is not FACULTATIVE) == 60
    assert keys(rows)[:2] == ["o1", "o2"]
    assert {"e3", "c2", "f2"}.isdisjoint(keys(rows))


def test_aligned_to_a_higher_year_by_equivalence() -> None:
    year = [planned(f"d{n}") for n in range(10)]
    rows = offered(year, [unpassed("y1", taken=False)], done={"d2", "d7"})
    assert len(rows) == 8 + 1
    assert {"d2", "d7"}.isdisjoint(keys(rows))
    (missing,) = (row for row in rows if row.key == "y1")
    assert (missing.route, missing.mandatory, missing.amount) == (Route.NEW, True, Decimal("325.00"))


def test_new_disciplines_of_a_repetition_year_are_paid_like_a_recontract() -> None:
    rows = offered(
        [planned("n1", 4, charged=True), planned("n2", 6, charged=True), planned("old", 5)],
        [],
        annual_fee=Decimal(4500),
    )
    assert {row.key: str(row.amount) for row in rows} == {"n1": "300.00", "n2": "450.00", "old": "0.00"}
    assert all(row.route is Route.NEW and row.current_year for row in rows)


def test_nothing_passed_is_offered_and_nothing_twice() -> None:
    year = [planned("a"), planned("b"), planned("b"), planned("c")]
    rows = offered(year, [unpassed("b"), unpassed("b"), unpassed("z")], done={"a", "z"})
    assert keys(rows) == ["b", "c"]
    assert rows[0].route is Route.RE_CONTRACT


def test_a_failed_facultative_may_be_chosen_anew() -> None:
    year = [planned("f", 3, FACULTATIVE)]
    assert offered(year, [unpassed("f", 3, FACULTATIVE)]) == ()
    (row,) = offered(year, [unpassed("f", 3, FACULTATIVE)], chosen={"f"})
    assert (row.route, row.amount, row.current_year) == (Route.NEW, Decimal("0.00"), True)


def test_an_approved_additional_discipline_is_a_row() -> None:
    rows = offered([planned("x", 4, ADDITIONAL)], [], chosen={"x"})
    assert [(row.key, row.kind) for row in rows] == [("x", ADDITIONAL)]


def test_an_empty_year_is_an_empty_offer() -> None:
    assert offered([], []) == ()


# --- What may be left out (CON-024, C-A2, CON-033) ---------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "marked", "locked"),
    [
        (Policy(), set(), {"year"}),
        (Policy(), {"contract"}, {"year", "contract"}),
        (Policy(), {"not in the offer"}, {"year"}),
        (Policy(recontract_at_once=True), set(), {"year", "contract"}),
        (Policy(overdue_deselectable=False), set(), {"year", "contract", "exam"}),
        (Policy(current_year_locked=False), set(), set()),
        (Policy(floor=10, floor_above=10), set(), {"year", "contract", "exam"}),
        (Policy(floor=8, floor_above=9), set(), {"year"}),
        (Policy(floor=10), set(), {"year", "contract", "exam"}),
        (Policy(floor=9), set(), {"year"}),
        (Policy(floor_above=9), set(), {"year"}),
    ],
)
def test_which_rows_are_mandatory(policy: Policy, marked: set[str], locked: set[str]) -> None:
    overdue = [unpassed("contract", 6), unpassed("exam", 4, standards_met=True)]
    rows = offered([planned("year")], overdue, marked=marked, policy=policy)
    assert {row.key for row in rows if row.mandatory} == locked


@pytest.mark.parametrize(
    ("overdue", "policy", "keep"),
    [
        (15, Policy(), 0),
        (15, Policy(floor=10, floor_above=10), 10),
        (11, Policy(floor=10, floor_above=10), 10),
        (10, Policy(floor=10, floor_above=10), 10),
        (4, Policy(floor=10, floor_above=10), 4),
        (0, Policy(floor=10, floor_above=10), 0),
        (30, Policy(floor_above=20), 0),
        (20, Policy(floor_above=20), 20),
        (7, Policy(floor=10), 7),
    ],
)
def test_overdue_credits_to_keep(overdue: int, policy: Policy, keep: int) -> None:
    assert offer.credits_to_keep(overdue, policy) == keep


def test_rows_that_may_be_left_out_come_first() -> None:
    rows = offered(
        [planned("y2b", semester=2), planned("y2a", position=2), planned("y2c", position=1)],
        [
            unpassed("o3", semester=2),
            unpassed("o1", position=9),
            unpassed("o2", position=3),
            unpassed("must"),
        ],
        marked={"must"},
    )
    assert keys(rows) == ["o2", "o1", "o3", "must", "y2c", "y2a", "y2b"]
    assert offer.in_order(reversed(rows)) == rows


# --- Packages (CON-126) ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "problems"),
    [
        ({"a", "b"}, []),
        ({"a"}, ["Package OP1: disciplines required 2, chosen 1."]),
        ({"a", "b", "c"}, ["Package OP1: disciplines required 2, chosen 3."]),
        (set(), ["Package OP1: disciplines required 2, chosen 0."]),
        ({"elsewhere"}, ["Package OP1: disciplines required 2, chosen 0."]),
    ],
)
def test_a_package_wants_exactly_its_number(chosen: set[str], problems: list[str]) -> None:
    package = Package(name="OP1", required=2, options=frozenset("abc"))
    assert [str(problem) for problem in offer.package_problems([package], chosen)] == problems
