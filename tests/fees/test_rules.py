"""The worked examples of the fees catalogue (§7), and the awkward neighbours of each."""

import importlib
import pkgutil
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fees import rules
from fees.rules import balance, due, paying, penalties, tuition
from fees.rules.balance import Balance, Line
from fees.rules.penalties import DailyPenalty, OncePenalty
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.sources import REGISTER

CENTS = st.decimals(min_value=0, max_value=100_000, places=2)
D = Decimal


# --- §7.1, FEE-030 and FEE-031 ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("annual", "credits", "fee"),
    [
        (3900, 5, "325.00"),
        (4000, 7, "466.67"),
        (4150, 4, "276.67"),
        (4000, 5, "333.33"),
        (4200, 60, "4200.00"),
        (4200, 0, "0.00"),
        (D("4000.05"), 3, "200.00"),  # 200.0025
        (D("4000.10"), 3, "200.01"),  # 200.005: half a cent goes up
    ],
)
def test_FEE_030_recontract_fee(annual: Decimal, credits: int, fee: str) -> None:
    assert tuition.recontract_fee(D(annual), credits) == D(fee)


def test_FEE_003_three_rounded_lines_are_not_rounded_again() -> None:
    assert sum(tuition.recontract_fee(D(4000), 5) for _line in range(3)) == D("999.99")


def test_FEE_030_another_divisor() -> None:
    assert tuition.recontract_fee(D(4000), 5, divisor=30) == D("666.67")


@pytest.mark.parametrize(("credits", "divisor"), [(-1, 60), (5, 0)])
def test_FEE_030_refuses_nonsense(credits: int, divisor: int) -> None:
    with pytest.raises(ValueError, match="credits"):
        tuition.recontract_fee(D(4000), credits, divisor)


# --- §7.2 and §7.2a, FEE-061 and FEE-063 --------------------------------------------------------------------

ONE_PER_MILLE = DailyPenalty(rate=D("0.1"), cap=D(10))
ONCE = OncePenalty(limit=D(100), fixed=D(10), percent=D(15), ceiling=D(200))
DUE = date(2020, 12, 13)


def test_FEE_061_a_sunday_is_a_due_date() -> None:
    last = due.annex_due_at(DUE)
    assert last.isoformat() == "2020-12-13T23:59:59.999999+02:00"
    assert DUE.strftime("%A") == "Sunday"


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2020, 12, 13), "0.00"),
        (date(2020, 12, 14), "1.00"),
        (date(2020, 12, 18), "5.00"),
        (date(2021, 3, 23), "100.00"),  # the hundredth day reaches the cap
        (date(2021, 3, 24), "100.00"),
    ],
)
def test_FEE_063_per_day_and_capped(on: date, expected: str) -> None:
    assert penalties.penalty(ONE_PER_MILLE, D(1000), due_on=DUE, on=on) == D(expected)


def test_FEE_063_the_day_of_a_part_payment_still_counts_whole() -> None:
    payments = [(date(2020, 12, 16), D(400)), (date(2020, 12, 10), D(100))]
    # 3 days on 900, then 2 days on 500
    assert penalties.penalty(
        ONE_PER_MILLE, D(1000), due_on=DUE, on=date(2020, 12, 18), payments=payments
    ) == D("3.70")


def test_FEE_063_paid_in_time_bears_nothing() -> None:
    paid = [(DUE, D(1000))]
    for policy in (ONE_PER_MILLE, ONCE):
        assert penalties.penalty(policy, D(1000), due_on=DUE, on=date(2021, 1, 1), payments=paid) == 0


def test_FEE_063_default_is_none() -> None:
    assert penalties.penalty(None, D(1000), due_on=DUE, on=date(2021, 1, 1)) == 0


@pytest.mark.parametrize(
    ("debt", "expected"),
    [("80", "10.00"), ("99.99", "10.00"), ("100", "15.00"), ("1000", "150.00"), ("2000", "200.00")],
)
def test_FEE_063_once_for_the_line(debt: str, expected: str) -> None:
    assert penalties.penalty(ONCE, D(debt), due_on=DUE, on=date(2020, 12, 14)) == D(expected)
    assert penalties.penalty(ONCE, D(debt), due_on=DUE, on=date(2021, 12, 14)) == D(expected)


# --- §7.3, FEE-010, FEE-011, FEE-015 ------------------------------------------------------------------------


def test_FEE_011_instalments_with_the_difference_in_the_last() -> None:
    days = [date(2024, 10, 31), date(2024, 12, 15), date(2025, 2, 15)]
    plan = tuition.instalment_plan(D(4000), days)
    assert plan == list(zip([D("1333.33"), D("1333.33"), D("1333.34")], days, strict=True))


def test_FEE_011_dates_go_forward() -> None:
    with pytest.raises(ValueError, match="forward"):
        tuition.instalment_plan(D(4000), [date(2025, 2, 15), date(2024, 12, 15)])


@given(total=CENTS, count=st.integers(min_value=1, max_value=12))
def test_FEE_011_instalments_add_up(total: Decimal, count: int) -> None:
    plan = tuition.instalment_plan(total, [date(2025, month, 1) for month in range(1, count + 1)])
    assert sum(part for part, _day in plan) == total
    assert all(part >= 0 for part, _day in plan)


@pytest.mark.parametrize(
    ("annual", "fee_paying", "own_fees", "beside", "owed"),
    [
        (4200, True, False, False, "4200.00"),
        (4200, False, False, False, "0.00"),
        (3900, True, True, False, "0.00"),  # extension: 500 and 260 stand in its place
        (3900, True, True, True, "3900.00"),
        (3900, False, True, True, "0.00"),
    ],
)
def test_FEE_010_tuition(annual: int, fee_paying: bool, own_fees: bool, beside: bool, owed: str) -> None:
    assert tuition.tuition_owed(
        D(annual), fee_paying=fee_paying, year_has_own_fees=own_fees, charged_beside=beside
    ) == D(owed)


def test_FEE_010_extension_example() -> None:
    owed = tuition.tuition_owed(D(3900), fee_paying=True, year_has_own_fees=True)
    assert (owed, tuition.recontract_fee(D(3900), 4)) == (D("0.00"), D("260.00"))


@pytest.mark.parametrize(
    ("fee_paying", "second", "owed"),
    [(True, True, "2100.00"), (False, True, "0"), (True, False, "4200.00"), (False, False, "0")],
)
def test_FEE_015_transfer(fee_paying: bool, second: bool, owed: str) -> None:
    assert tuition.transfer_tuition(D(4200), fee_paying=fee_paying, from_second_semester=second) == D(owed)


@pytest.mark.parametrize(("citizenship", "third"), [("RO", False), ("CH", False), ("MD", True), ("GB", True)])
def test_FEE_017_citizenship(citizenship: str, third: bool) -> None:
    assert tuition.pays_as_third_country(citizenship) is third


# --- §7.5, FEE-005 and FEE-074 ------------------------------------------------------------------------------

DUE_DAYS = [date(2024, 10, 31), date(2024, 12, 15), date(2025, 2, 15), date(2025, 4, 15)]
NOON = datetime(2025, 2, 20, 10, tzinfo=UTC)


def four_instalments(*paid: int) -> list[Line]:
    return [Line(D(1000), D(part), end_of_day(day)) for part, day in zip(paid, DUE_DAYS, strict=True)]


def test_FEE_005_balance_on_20_february() -> None:
    sums = balance.balances(four_instalments(1000, 500, 0, 0), NOON)
    assert sums == {"RON": Balance(paid=D(1500), outstanding=D(2500), overdue=D(1500))}


def test_FEE_005_on_the_last_day_nothing_is_overdue() -> None:
    lines = four_instalments(0, 0, 0, 0)
    assert balance.balances(lines, end_of_day(DUE_DAYS[0]))["RON"].overdue == 0


def test_FEE_005_cancelled_lines_do_not_count_and_currencies_stay_apart() -> None:
    lines = [
        Line(D(100), D(0), NOON),
        Line(D(999), D(0), NOON, counted=False),
        Line(D(50), D(20), NOON, currency="EUR"),
    ]
    assert balance.balances(lines, NOON) == {
        "RON": Balance(D(0), D(100), D(0)),
        "EUR": Balance(D(20), D(30), D(0)),
    }


@pytest.mark.parametrize(
    ("paid", "owed"), [((1000, 500, 0, 0), 1500), ((1000, 1000, 1000, 1000), 0), ((1000, 1000, 1000, 0), 0)]
)
def test_FEE_074_withdrawal_filed_on_20_february(paid: tuple[int, ...], owed: int) -> None:
    assert balance.owed_at_withdrawal(four_instalments(*paid), date(2025, 2, 20)) == {"RON": D(owed)}


def test_FEE_074_a_line_due_on_the_day_of_filing_counts() -> None:
    assert balance.owed_at_withdrawal(four_instalments(0, 0, 0, 0), DUE_DAYS[1]) == {"RON": D(2000)}


# --- FEE-006, FEE-008 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("released", "closed", "left", "amount", "words"),
    [
        (True, False, 100, 100, ""),
        (True, False, 100, 1, ""),
        (True, False, 100, D("100.01"), "not within"),
        (True, False, 100, 0, "not within"),
        (True, False, 0, 1, "already paid"),
        (False, False, 100, 100, "not open for payment yet"),
        (True, True, 100, 100, "cancelled"),
    ],
)
def test_FEE_008_what_may_be_paid(
    released: bool, closed: bool, left: int, amount: Decimal, words: str
) -> None:
    answer = paying.may_be_paid(released=released, closed=closed, left=D(left), amount=D(amount))
    assert bool(answer) is (words == "")
    assert words in getattr(answer.reason, "msgid", "")


@pytest.mark.parametrize(
    ("money", "wanted", "parts", "rest"),
    [
        (500, [(300, 300), (200, 200)], [300, 200], 0),
        (500, [(300, 300), (200, 0)], [300, 0], 200),
        (500, [(300, 100), (200, 200)], [100, 200], 200),
        (500, [], [], 500),
    ],
)
def test_FEE_006_allocation(money: int, wanted: list[tuple[int, int]], parts: list[int], rest: int) -> None:
    lines = [(D(chosen), D(left)) for chosen, left in wanted]
    assert paying.allocation(D(money), lines) == ([D(part) for part in parts], D(rest))


@given(money=CENTS, wanted=st.lists(st.tuples(CENTS, CENTS), max_size=6))
def test_FEE_006_no_money_appears_or_vanishes(money: Decimal, wanted: list[tuple[Decimal, Decimal]]) -> None:
    parts, rest = paying.allocation(money, wanted)
    assert sum(parts) + rest == money
    assert rest >= 0
    assert all(0 <= part <= left for part, (_chosen, left) in zip(parts, wanted, strict=True))


# --- The register -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", [one.name for one in pkgutil.iter_modules(rules.__path__, "fees.rules.")])
def test_every_rule_cites_its_article(module: str) -> None:
    public = {
        name
        for name, thing in vars(importlib.import_module(module)).items()
        if callable(thing)
        and getattr(thing, "__module__", "") == module
        and not isinstance(thing, type)
        and not name.startswith("_")
    }
    cited = {entry.name for entry in REGISTER.values() if entry.module == module}
    assert cited == public
