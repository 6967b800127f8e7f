"""Totals, tuition, the check of a selection and the mark of an offer: the worked examples of §7.1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from contracting.rules import selection
from contracting.rules.offer import Kind, Policy, Route, Row, row_amount
from contracting.rules.selection import FeeLine, Terms, TuitionMode, default_selection, totals


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Reasons are read in English here; their translations have a test of their own."""
    with translation.override("en"):
        yield


ANNUAL = Decimal(4200)
FEE_PAYING = Terms(annual_fee=ANNUAL, tuition_owed=True)
FUNDED = Terms(annual_fee=ANNUAL, tuition_owed=False)
PER_CREDIT = Terms(annual_fee=ANNUAL, tuition_owed=True, mode=TuitionMode.PER_CREDIT)
FLOOR = Policy(floor=10, floor_above=10)


def row(key: str, credits: int, route: Route = Route.RE_CONTRACT, *, annual: Decimal = ANNUAL, **more) -> Row:
    given = {"current_year": False, "mandatory": False, "year": 1, "semester": 1, **more}
    charged = given.pop("charged", False)
    return Row(
        key=key,
        code=key.upper(),
        name=f"Discipline {key}",
        credits=credits,
        kind=Kind.COMPULSORY,
        route=route,
        amount=row_amount(route, credits, annual, charged=charged),
        **given,
    )


def of_the_year(key: str, credits: int, **more) -> Row:
    return row(key, credits, Route.NEW, current_year=True, mandatory=True, **more)


def overdue(*credits: int) -> tuple[Row, ...]:
    return tuple(row(str(number), each) for number, each in enumerate(credits, 1))


YEAR = tuple(of_the_year(f"y{number}", 6) for number in range(10))
SAMPLE = (*overdue(4, 5, 3, 6, 2), *YEAR)
ALL = default_selection(SAMPLE)
WITHOUT_2_AND_4 = ALL - {"2", "4"}


# --- §7.1 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ticked", "terms", "credits", "overdue_credits", "overdue_sum", "tuition", "total"),
    [
        pytest.param(ALL, FEE_PAYING, 80, 20, "1400.00", "4200.00", "5600.00", id="1"),
        pytest.param(WITHOUT_2_AND_4, FEE_PAYING, 69, 9, "630.00", "4200.00", "4830.00", id="2"),
        pytest.param(WITHOUT_2_AND_4, FUNDED, 69, 9, "630.00", "0.00", "630.00", id="3"),
        # Per credit: 60 credits of the year cost the whole fee; the overdue rows are not counted again.
        pytest.param(ALL, PER_CREDIT, 80, 20, "1400.00", "4200.00", "5600.00", id="per-credit"),
    ],
)
def test_totals_of_the_sample(ticked, terms, credits, overdue_credits, overdue_sum, tuition, total) -> None:
    sums = totals(SAMPLE, ticked, terms)
    assert (sums.credits, sums.overdue_credits) == (credits, overdue_credits)
    assert (str(sums.overdue), str(sums.tuition), str(sums.total)) == (overdue_sum, tuition, total)
    assert sums.rows_amount == sums.overdue


def test_the_five_amounts_of_the_sample() -> None:
    assert [str(row.amount) for row in SAMPLE[:5]] == ["280.00", "350.00", "210.00", "420.00", "140.00"]


def test_example_4_state_funded_with_a_reexamination() -> None:
    annual = Decimal(4000)
    rows = (
        row("a", 5, annual=annual),
        row("b", 4, Route.RE_EXAM, annual=annual),
        row("c", 3, annual=annual),
    )
    sums = totals(rows, default_selection(rows), Terms(annual_fee=annual, tuition_owed=False))
    assert [str(each.amount) for each in rows] == ["333.33", "0.00", "200.00"]
    assert (sums.overdue_credits, str(sums.total)) == (12, "533.33")


@pytest.mark.parametrize(
    ("ticked", "accepted"),
    [
        ({"2", "3"}, False),  # 5 + 4 = 9
        ({"1", "3"}, True),  # 6 + 4 = 10
        ({"1", "2"}, True),
        ({"1", "2", "3"}, True),
        (set(), False),
    ],
)
def test_example_5_floor_10_above_10(ticked: set[str], accepted: bool) -> None:
    assert bool(selection.may_select(overdue(6, 5, 4), ticked, FLOOR)) is accepted


def test_example_6_both_stay_ticked_when_the_limit_is_not_passed() -> None:
    rows = overdue(6, 4)
    assert selection.may_select(rows, {"1", "2"}, FLOOR)
    for ticked in ({"1"}, {"2"}, set[str]()):
        answer = selection.may_select(rows, ticked, FLOOR)
        assert not answer
        assert "The least allowed: 10." in str(answer.reason)


# --- Tuition (CON-041) -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("annual", "credits", "tuition"),
    [
        (4200, 60, "4200.00"),
        (4200, 54, "3780.00"),
        (4000, 7, "466.67"),
        (4150, 4, "276.67"),
        (4200, 0, "0.00"),
    ],
)
def test_tuition_per_credit_counts_the_credits_of_the_year(annual: int, credits: int, tuition: str) -> None:
    rows = [of_the_year("y", credits), row("o", 6), of_the_year("unticked", 5)]
    terms = replace(PER_CREDIT, annual_fee=Decimal(annual))
    assert str(selection.tuition(rows, {"y", "o"}, terms)) == tuition


def test_a_charged_row_of_the_year_is_not_counted_in_tuition_a_second_time() -> None:
    rows = [of_the_year("y", 30), of_the_year("new", 30, charged=True)]
    sums = totals(rows, default_selection(rows), PER_CREDIT)
    assert (str(sums.tuition), str(sums.added), str(sums.total)) == ("2100.00", "2100.00", "4200.00")


def test_no_tuition_where_none_is_owed() -> None:
    funded = replace(PER_CREDIT, tuition_owed=False)
    assert selection.tuition(SAMPLE, ALL, funded) == selection.tuition(SAMPLE, ALL, FUNDED) == 0


# --- The lines of the annex (CON-081, CON-083) -------------------------------------------------------------


def test_fee_lines_name_their_rows_and_skip_zeros() -> None:
    rows = (*overdue(4, 5), row("exam", 4, Route.RE_EXAM), *YEAR)
    ticked = default_selection(rows) - {"2"}
    assert selection.fee_lines(rows, ticked, FEE_PAYING) == (
        FeeLine(amount=Decimal("4200.00")),
        FeeLine(amount=Decimal("280.00"), row="1"),
    )
    assert selection.fee_lines(rows, ticked, FUNDED) == (FeeLine(amount=Decimal("280.00"), row="1"),)


@pytest.mark.parametrize(
    ("rows", "terms", "nothing"),
    [
        (YEAR, FUNDED, True),
        ((row("exam", 4, Route.RE_EXAM), *YEAR), FUNDED, True),
        ((*overdue(4), *YEAR), FUNDED, False),
        (YEAR, FEE_PAYING, False),
    ],
)
def test_nothing_to_pay(rows: Sequence[Row], terms: Terms, nothing: bool) -> None:
    assert selection.nothing_to_pay(totals(rows, default_selection(rows), terms)) is nothing


# --- The check of a selection (CON-022, CON-047) -----------------------------------------------------------


@pytest.mark.parametrize(
    ("ticked", "policy", "words"),
    [
        (ALL | {"foreign"}, Policy(), "The list contains a discipline that is not in your offer."),
        (ALL - {"y3"}, Policy(), "Discipline y3 is mandatory and stays ticked."),
        (ALL - {"1", "y3"}, Policy(), "Discipline y3 is mandatory and stays ticked."),
        (set(), Policy(), "Discipline y0 is mandatory and stays ticked."),
        (ALL, Policy(max_credits=79), "Credits ticked: 80. The most allowed in a year: 79."),
        (
            ALL - {"1", "2", "4"},
            FLOOR,
            "Credits of the overdue disciplines left ticked: 5. The least allowed: 10.",
        ),
    ],
)
def test_a_selection_is_refused_whole_with_its_reason(ticked, policy: Policy, words: str) -> None:
    answer = selection.may_select(SAMPLE, ticked, policy)
    assert not answer
    assert str(answer.reason) == words
    assert str(answer.article)
    assert str(answer.cure)


@pytest.mark.parametrize(
    ("ticked", "policy"),
    [
        (ALL, Policy()),
        (WITHOUT_2_AND_4, Policy()),
        (default_selection(YEAR), Policy()),
        (ALL, Policy(max_credits=80)),
        (ALL - {"1", "2"}, FLOOR),  # 3 + 6 + 2 = 11
    ],
)
def test_a_selection_that_may_stand(ticked, policy: Policy) -> None:
    assert selection.may_select(SAMPLE, ticked, policy)


# --- The mark of an offer (CON-043) ------------------------------------------------------------------------


def test_the_mark_does_not_depend_on_order_or_names() -> None:
    mark = selection.fingerprint(SAMPLE, FEE_PAYING)
    renamed = [replace(each, name="Corrected", position=7) for each in SAMPLE]
    assert selection.fingerprint(reversed(SAMPLE), FEE_PAYING) == mark
    assert selection.fingerprint(renamed, FEE_PAYING) == mark
    assert len(mark) == 64
    # Also the same in another process and on another day: pages outlive a restart.
    assert selection.fingerprint([], FUNDED) == (
        "0d90361199e1face077a5d8004f10d81c3f5a5d427886e6467c3c59545a68125"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"credits": 7},
        {"route": Route.RE_EXAM},
        {"mandatory": True},
        {"amount": Decimal("280.01")},
        {"key": "other"},
        {"current_year": True},
        {"kind": Kind.ELECTIVE},
    ],
)
def test_the_mark_changes_with_what_the_student_agrees_to(change: dict[str, object]) -> None:
    changed = (replace(SAMPLE[0], **change), *SAMPLE[1:])
    assert selection.fingerprint(changed, FEE_PAYING) != selection.fingerprint(SAMPLE, FEE_PAYING)


@pytest.mark.parametrize("terms", [FUNDED, PER_CREDIT, replace(FEE_PAYING, annual_fee=Decimal(4300))])
def test_the_mark_changes_with_the_tuition(terms: Terms) -> None:
    assert selection.fingerprint(SAMPLE, terms) != selection.fingerprint(SAMPLE, FEE_PAYING)


def test_the_mark_changes_when_a_row_goes_or_comes() -> None:
    mark = selection.fingerprint(SAMPLE, FEE_PAYING)
    assert selection.fingerprint(SAMPLE[1:], FEE_PAYING) != mark
    assert selection.fingerprint((*SAMPLE, row("more", 2)), FEE_PAYING) != mark


def test_an_amount_has_one_mark_however_it_is_written() -> None:
    short = (replace(SAMPLE[0], amount=Decimal(280)), *SAMPLE[1:])
    assert selection.fingerprint(short, FEE_PAYING) == selection.fingerprint(SAMPLE, FEE_PAYING)


def test_a_stale_page_is_sent_back_to_review() -> None:
    assert selection.same_offer("a", "a")
    answer = selection.same_offer("a", "b")
    assert not answer
    assert str(answer.reason) == "Your offer has changed since you opened the page."


# --- Whatever the offer ------------------------------------------------------------------------------------

ROUTES = st.sampled_from(Route)
OFFERS = st.lists(
    st.tuples(st.integers(1, 12), ROUTES, st.booleans(), st.booleans()), min_size=1, max_size=12
).map(
    lambda drawn: tuple(
        row(str(number), credits, route, current_year=year, charged=charged)
        for number, (credits, route, year, charged) in enumerate(drawn)
    )
)
TERMS = st.builds(
    Terms,
    annual_fee=st.decimals("0", "20000", places=2),
    tuition_owed=st.booleans(),
    mode=st.sampled_from(TuitionMode),
)


@given(OFFERS, TERMS, st.data())
def test_the_total_is_the_sum_of_rounded_lines(
    rows: tuple[Row, ...], terms: Terms, data: st.DataObject
) -> None:
    ticked = data.draw(st.sets(st.sampled_from([each.key for each in rows])))
    sums = totals(rows, ticked, terms)
    lines = selection.fee_lines(rows, ticked, terms)
    assert sum(line.amount for line in lines) == sums.total
    assert all(line.amount == line.amount.quantize(Decimal("0.01")) > 0 for line in lines)
    assert {line.row for line in lines} - {None} <= ticked
    assert selection.nothing_to_pay(sums) == (not lines)


@given(OFFERS, TERMS, st.data())
def test_unticking_never_raises_credits_or_total(
    rows: tuple[Row, ...], terms: Terms, data: st.DataObject
) -> None:
    ticked = data.draw(st.sets(st.sampled_from([each.key for each in rows]), min_size=1))
    fewer = ticked - {data.draw(st.sampled_from(sorted(ticked)))}
    before, after = totals(rows, ticked, terms), totals(rows, fewer, terms)
    assert after.credits < before.credits
    assert after.total <= before.total
