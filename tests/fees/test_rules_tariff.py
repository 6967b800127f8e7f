"""The worked examples of §7.1 to §7.4 and §7.7 of the fees catalogue that concern the tariff."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from contracting.rules.offer import Route, row_amount
from fees import parameters
from fees.rules import other_fees, presentations, recoveries, returning, terms, tuition
from fees.rules.presentations import Circumstances, Standing
from fees.rules.returning import Due, Outstanding, Taken
from upt_portal.kernel.calendar import romanian_holidays
from upt_portal.kernel.dates import ROMANIA

D = Decimal
CLOSED = frozenset(day for year in (2024, 2025, 2026, 2027) for day in romanian_holidays(year))


def local(*when: int) -> datetime:
    return datetime(*when, tzinfo=ROMANIA)  # type: ignore[arg-type,misc]


def test_FEE_001_no_line_without_a_price() -> None:
    assert tuition.may_be_charged(priced=True)
    assert not tuition.may_be_charged(priced=False)


# --- §7.1 ---------------------------------------------------------------------------------------------------


def test_FEE_031_a_new_discipline_of_a_repeated_year_follows_the_formula() -> None:
    rows = [Outstanding("a", Taken.NEW, 6)]
    assert returning.repetition_lines(rows, annual=D(4500), re_exam=None) == [
        Due("a", "NEW_DISCIPLINE", D("450.00"), "FEE-053")
    ]


@pytest.mark.parametrize(
    ("amount", "per_credit", "annual"),
    [("67", True, "4020.00"), ("4020", False, "4020.00"), ("66.67", True, "4000.20")],
)
def test_FEE_010_a_price_for_a_credit_stands_for_a_year(amount: str, per_credit: bool, annual: str) -> None:
    assert tuition.annual_of(D(amount), per_credit=per_credit) == D(annual)


def test_FEE_033_an_exam_again_and_a_new_discipline_cost_nothing_in_the_annex() -> None:
    annual = D(3900)
    assert row_amount(Route.RE_EXAM, 5, annual) == 0
    assert row_amount(Route.NEW, 5, annual) == 0
    assert row_amount(Route.RE_CONTRACT, 5, annual) == D("325.00")


# --- §7.2 ---------------------------------------------------------------------------------------------------


def test_FEE_034_first_five_working_days() -> None:
    last = terms.first_days_due_at(date(2024, 9, 30), CLOSED)
    assert last.isoformat() == "2024-10-04T23:59:59.999999+03:00"


def test_FEE_034_another_number_of_days_and_a_holiday() -> None:
    # 30 November and 1 December 2026 are closed, the weekend lies before them
    assert terms.first_days_due_at(date(2026, 11, 27), CLOSED, 2).date() == date(2026, 12, 2)
    assert terms.first_days_due_at(date(2026, 11, 27), CLOSED, 1).date() == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("session", "starts", "final_year", "exam", "last"),
    [
        ("B-I", date(2025, 2, 10), False, None, date(2025, 2, 6)),
        ("B-II", date(2025, 6, 30), True, date(2025, 7, 3), date(2025, 7, 1)),
        ("B-II", date(2025, 6, 30), False, date(2025, 7, 3), date(2025, 6, 26)),
        ("B-II", date(2025, 6, 30), True, None, date(2025, 6, 26)),
        ("A-II", date(2025, 6, 9), True, date(2025, 6, 20), date(2025, 6, 5)),
        ("C", date(2025, 9, 1), True, date(2025, 9, 5), date(2025, 8, 28)),
    ],
)
def test_FEE_041_two_working_days_before(
    session: str, starts: date, final_year: bool, exam: date | None, last: date
) -> None:
    due = terms.presentation_due_at(session, starts, CLOSED, final_year=final_year, exam_on=exam)
    assert due.date() == last
    assert due.timetz().isoformat().startswith("23:59:59")


@pytest.mark.parametrize(
    ("notice", "last"),
    [
        (local(2024, 9, 20, 14, 5), "2024-09-22T14:05:00+03:00"),
        (local(2024, 10, 26, 14, 5), "2024-10-28T13:05:00+02:00"),  # the clock goes back: 48 hours elapse
        (datetime(2024, 9, 20, 11, 5, tzinfo=UTC), "2024-09-22T14:05:00+03:00"),
    ],
)
def test_FEE_050_forty_eight_hours_exactly(notice: datetime, last: str) -> None:
    assert terms.extension_due_at(notice).isoformat() == last


def test_FEE_052_three_working_days_after_the_notice() -> None:
    assert terms.repetition_due_at(local(2024, 9, 12, 10), CLOSED).date() == date(2024, 9, 17)
    assert terms.repetition_due_at(datetime(2024, 9, 11, 22, tzinfo=UTC), CLOSED).date() == date(2024, 9, 17)


def test_FEE_013_five_working_days_after_the_communication() -> None:
    assert terms.decision_steps_until(date(2026, 11, 20), CLOSED).date() == date(2026, 11, 27)
    assert terms.decision_steps_until(date(2026, 11, 25), CLOSED).date() == date(2026, 12, 4)


@pytest.mark.parametrize(("on", "may"), [(date(2026, 9, 27), True), (date(2026, 9, 28), False)])
def test_FEE_012_before_the_year_starts(on: date, may: bool) -> None:
    assert bool(terms.may_reclassify(on, date(2026, 9, 28))) is may


def test_FEE_035_unpaid_after_the_term_is_not_active_and_a_late_payment_restores_it() -> None:
    due = local(2024, 10, 4, 23, 59)
    assert terms.recontract_is_active(D(325), due, due)
    assert not terms.recontract_is_active(D(325), due, local(2024, 10, 5))
    assert terms.recontract_is_active(D(0), due, local(2024, 10, 9))


# --- §7.3 ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fee_paying", "second", "owed"),
    [(True, True, "2100.00"), (False, True, "0.00"), (True, False, "4200.00")],
)
def test_FEE_015_transfer(fee_paying: bool, second: bool, owed: str) -> None:
    assert tuition.transfer_tuition(D(4200), fee_paying=fee_paying, from_second_semester=second) == D(owed)


def test_FEE_012_reclassified_to_a_fee_paying_place() -> None:
    assert tuition.tuition_owed(D(4200), fee_paying=True) == D("4200.00")
    assert tuition.tuition_owed(D(4200), fee_paying=False) == 0


def test_FEE_051_extension_with_one_recontract_of_four_credits() -> None:
    rows = [Outstanding("a", Taken.RECONTRACT, 4), Outstanding("b", Taken.RE_EXAM, 5)]
    assert returning.extension_lines(rows, annual=D(3900), re_exam=D(150)) == [
        Due("a", "RECONTRACT", D("260.00"), "FEE-051"),
        Due("b", "REEXAM", D("150.00"), "FEE-051"),
    ]
    assert tuition.tuition_owed(D(3900), fee_paying=True, year_has_own_fees=True) == 0
    with pytest.raises(ValueError, match="price"):
        returning.extension_lines(rows, annual=D(3900), re_exam=None)


def test_FEE_059_added_disciplines_are_free_by_default() -> None:
    rows = [Outstanding("a", Taken.NEW, 5)]
    assert returning.resumption_lines(rows, annual=D(4200))[0].amount == 0
    assert returning.resumption_lines(rows, annual=D(4200), free=False)[0].amount == D("350.00")


def test_FEE_054_each_remaining_discipline_by_its_credits() -> None:
    rows = [Outstanding("a", Taken.RE_EXAM, 5), Outstanding("b", Taken.RECONTRACT, 4)]
    lines = returning.reregistration_lines(rows, annual=D(3900))
    assert [(line.code, line.amount) for line in lines] == [
        ("RECONTRACT", D("325.00")),
        ("RECONTRACT", D("260.00")),
    ]


def test_FEE_058_differences_by_credits_unless_the_decision_says_otherwise() -> None:
    rows = [Outstanding("a", Taken.NEW, 5), Outstanding("b", Taken.NEW, 5, decided=D(200))]
    lines = returning.difference_lines(rows, annual=D(3900))
    assert [(line.code, line.amount) for line in lines] == [
        ("DIFFERENCES", D("325.00")),
        ("DIFFERENCES", D("200.00")),
    ]


@pytest.mark.parametrize(
    ("year", "fee_paying", "may"), [(1, False, False), (1, True, True), (2, False, True), (2, True, True)]
)
def test_FEE_056_after_year_one_the_return_is_on_a_fee_paying_place(
    year: int, fee_paying: bool, may: bool
) -> None:
    assert bool(returning.may_return(expelled_in_year=year, fee_paying=fee_paying)) is may


@pytest.mark.parametrize(
    ("left", "listed"), [(["0"], True), (["0", "0"], True), (["0", "0.01"], False), ([], False)]
)
def test_FEE_057_only_those_who_paid(left: list[str], listed: bool) -> None:
    assert returning.is_on_the_lists([D(one) for one in left]) is listed


def test_FEE_014_mobility_is_paid_at_home() -> None:
    assert tuition.pays_here_in_mobility(home_here=True)
    assert not tuition.pays_here_in_mobility(home_here=False)


# --- §7.4 ---------------------------------------------------------------------------------------------------

PRICE = D(150)
SESSIONS = ["A-I", "B-I", "A-II", "B-II", "C"]


@pytest.mark.parametrize(
    ("rule", "session", "standing", "special", "amount"),
    [
        ("FEE-040", "C", Standing.CURRENT, {}, 150),
        ("FEE-043", "C", Standing.CURRENT, {"volunteering": True}, 0),
        ("FEE-043", "C", Standing.CURRENT, {"summer_practice": True}, 0),
        ("FEE-043", "C", Standing.EARLIER, {"unmatched": True}, 0),
        ("FEE-040", "A-II", Standing.EARLIER, {}, 150),
        ("FEE-040", "B-II", Standing.EARLIER, {}, 150),
        ("FEE-040", "C", Standing.EARLIER, {}, 150),
        ("FEE-040", "B-I", Standing.EARLIER, {"volunteering": True}, 150),
        ("FEE-044", "B-I", Standing.CURRENT, {"grade_increase": True}, 0),
        ("FEE-044", "C", Standing.EARLIER, {"grade_increase": True}, 0),
        ("FEE-036", "A-I", Standing.RECONTRACTED, {}, 0),
        ("FEE-036", "B-I", Standing.RECONTRACTED, {}, 0),
        ("FEE-040", "C", Standing.RECONTRACTED, {}, 150),
    ],
)
def test_FEE_040_what_a_presentation_costs(
    rule: str, session: str, standing: Standing, special: dict[str, bool], amount: int
) -> None:
    cost = presentations.presentation_cost(PRICE, session, standing, Circumstances(**special))
    assert (cost.rule, cost.amount) == (rule, D(amount))
    assert cost.is_free is (amount == 0)


@pytest.mark.parametrize("session", SESSIONS[:4])
def test_FEE_046_a_and_b_of_the_current_year_are_free(session: str) -> None:
    cost = presentations.presentation_cost(PRICE, session, Standing.CURRENT)
    assert (cost.rule, cost.amount) == ("FEE-046", 0)


def test_FEE_036_a_paid_recontract_includes_a_and_b_but_not_c() -> None:
    costs = [presentations.presentation_cost(PRICE, one, Standing.RECONTRACTED).amount for one in SESSIONS]
    assert costs == [0, 0, 0, 0, 150]


def test_FEE_043_only_session_c_is_meant() -> None:
    special = Circumstances(volunteering=True, summer_practice=True, unmatched=True)
    assert presentations.presentation_cost(PRICE, "A-II", Standing.EARLIER, special).amount == 150


def test_FEE_044_a_higher_grade_is_free_in_every_session() -> None:
    special = Circumstances(grade_increase=True)
    for session in SESSIONS:
        for standing in Standing:
            assert presentations.presentation_cost(PRICE, session, standing, special).is_free


DUE = local(2025, 2, 6, 23, 59, 59)


@pytest.mark.parametrize(
    ("paid_at", "needs_form", "filed", "listed"),
    [
        (DUE, False, False, True),
        (DUE, True, True, True),
        (DUE, True, False, False),
        (local(2025, 2, 7, 0, 0), False, False, False),
        (None, False, False, False),
    ],
)
def test_FEE_042_listed_when_paid_in_time_with_the_form(
    paid_at: datetime | None, needs_form: bool, filed: bool, listed: bool
) -> None:
    answer = presentations.may_be_listed(paid_at, DUE, needs_form=needs_form, form_filed=filed)
    assert bool(answer) is listed
    assert listed or str(answer.reason)


@pytest.mark.parametrize(
    ("facts", "may"),
    [
        ({}, True),
        ({"used": True}, False),
        ({"lapsed": True}, False),
        ({"paid": False}, False),
        ({"same_year": False}, False),
        ({"same_discipline": False}, False),
    ],
)
def test_FEE_045_once_same_discipline_same_year(facts: dict[str, bool], may: bool) -> None:
    usual = {"paid": True, "used": False, "lapsed": False, "same_discipline": True, "same_year": True}
    assert bool(presentations.may_use_credit(**(usual | facts))) is may


@pytest.mark.parametrize("code", ["RECONTRACT", "REEXAM"])
@pytest.mark.parametrize("sat", [True, False])
def test_FEE_037_never_given_back(code: str, sat: bool) -> None:
    assert not presentations.is_given_back(code, sat=sat)


# --- §7.7 ---------------------------------------------------------------------------------------------------


def test_FEE_016_two_programmes_are_computed_separately() -> None:
    assert tuition.tuitions([(D(4200), True), (D(3900), True)]) == [D("4200.00"), D("3900.00")]
    assert tuition.tuitions([(D(4200), True), (D(3900), False)]) == [D("4200.00"), D("0.00")]
    assert tuition.recontract_fee(D(3900), 4) == D("260.00")


@pytest.mark.parametrize(("missed", "fee"), [(0, "0.00"), (3, "0.00"), (4, "325.00")])
def test_FEE_084_three_recoveries_are_free(missed: int, fee: str) -> None:
    assert recoveries.recovery_fee(missed, D(3900), 5) == D(fee)


def test_FEE_084_the_university_may_set_another_number() -> None:
    assert recoveries.recovery_fee(3, D(3900), 5, free=2) == D("325.00")


def test_FEE_076_damages_are_value_and_repair() -> None:
    assert other_fees.damages(D(300), D("20.50")) == D("320.50")
    with pytest.raises(ValueError, match="above zero"):
        other_fees.damages(D(0))


def test_FEE_009_FEE_078_originals_are_free() -> None:
    assert other_fees.document_fee(D(50), original=True) == 0
    assert other_fees.document_fee(D(50), original=False) == D("50.00")


# --- §4.4 ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "default"),
    [
        (parameters.CREDIT_DIVISOR, "60"),
        (parameters.INSTALMENTS, "1"),
        (parameters.HALF_SHARE, "50"),
        (parameters.RECONTRACT_TERM, "5"),
        (parameters.REEXAM_TERM, "2"),
        (parameters.EXTENSION_PAY, "48"),
        (parameters.REPETITION_PAY, "3"),
        (parameters.CAMPAIGN_PAYMENT_END, "12-13"),
        (parameters.FREE_RECOVERIES, "3"),
    ],
)
def test_the_defaults_are_those_of_the_catalogue(parameter: parameters.Parameter, default: str) -> None:
    assert str(parameter.default) == default
