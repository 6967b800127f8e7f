"""Enrolment, withdrawal before it, and what follows it."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from admissions.rules import afterwards, leaving
from admissions.rules import enrolment as rules
from admissions.rules.enrolment import Basis, Checklist, Legalisation
from admissions.rules.states import ADMITTED, ENDED, State
from upt_portal.kernel.dates import ROMANIA

pytestmark = pytest.mark.usefixtures("english")
D = date.fromisoformat
FULL = Checklist(True, True, True, 3, True, visa_for_studies=True, visa_until=D("2026-09-30"))


@pytest.mark.parametrize("missing", ["admitted", "tuition_confirmed", "letter"])
def test_adm_200_three_conditions_together(missing: str) -> None:
    facts = dict.fromkeys(("admitted", "tuition_confirmed", "letter"), True)
    assert rules.check_conditions(**facts)
    assert not rules.check_conditions(**{**facts, missing: False})


@pytest.mark.parametrize(
    ("number", "on", "allowed"),
    [
        ("DR 7", "2026-09-22", True),
        (" ", "2026-09-22", False),
        ("DR 7", None, False),
        ("DR 7", "2026-09-24", False),
    ],
)
def test_adm_201_the_rectors_decision(number: str, on: str | None, allowed: bool) -> None:
    day = None if on is None else D(on)
    assert bool(rules.check_decision(number, day, D("2026-09-23"))) is allowed


@pytest.mark.parametrize(
    ("ticks", "on", "words"),
    [
        (FULL, "2026-09-30", ""),
        (FULL, "2026-10-01", "ended on 30 September 2026"),
        (replace(FULL, photos=2), "2026-09-28", "photographs"),
        (replace(FULL, study_originals=False), "2026-09-28", "study documents"),
        (replace(FULL, identity_originals=False), "2026-09-28", "identity documents"),
        (replace(FULL, letter=False), "2026-09-28", "acceptance letter"),
        (replace(FULL, passport=False), "2026-09-28", "passport is missing"),
        (replace(FULL, visa_for_studies=False), "2026-09-28", "no visa for studies"),
        (replace(FULL, visa_until=None), "2026-09-28", "no visa for studies"),
    ],
)
def test_adm_203_the_checklist(ticks: Checklist, on: str, words: str) -> None:
    answer = rules.check_list(ticks, D(on))
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


def test_adm_204_exceptional_cases() -> None:
    nothing = Checklist(False, False, True, 0, False)
    assert rules.check_list(nothing, D("2026-09-28"), basis=Basis.EXCEPTIONAL)
    assert not rules.check_list(replace(nothing, letter=False), D("2026-09-28"), basis=Basis.EXCEPTIONAL)
    no_visa = replace(FULL, visa_for_studies=False, visa_until=None)
    assert rules.check_list(no_visa, D("2026-09-28"), basis=Basis.NO_VISA_NEEDED)
    assert rules.originals_pending(Basis.EXCEPTIONAL, present=True, handed_in=False)
    assert rules.originals_pending(Basis.EXCEPTIONAL, present=False, handed_in=True)
    assert not rules.originals_pending(Basis.EXCEPTIONAL, present=True, handed_in=True)
    assert not rules.originals_pending(Basis.REGULAR, present=False, handed_in=False)


@pytest.mark.parametrize(
    ("basis", "state", "reference", "allowed"),
    [
        ("regular", "visa_granted", "", True),
        ("regular", "visa_applied", "", False),
        ("exceptional", "visa_applied", "HG 1", True),
        ("exceptional", "visa_applied", " ", False),
        ("no_visa_needed", "tuition_confirmed", "lives in Romania", True),
        ("no_visa_needed", "tuition_confirmed", "", False),
        ("exceptional", "letter_sent", "HG 1", False),
        ("wish", "visa_granted", "x", False),
    ],
)
def test_adm_204_the_basis(basis: str, state: str, reference: str, allowed: bool) -> None:
    assert bool(rules.check_basis(basis, state, reference)) is allowed


@pytest.mark.parametrize(
    ("country", "needed", "ticks", "allowed"),
    [
        pytest.param("MA", Legalisation.APOSTILLE, {"apostille": True}, True, id="EX-51 in the Hague list"),
        pytest.param(
            "MA", Legalisation.APOSTILLE, {"ministry": True, "mission": True}, False, id="no apostille"
        ),
        pytest.param(
            "AE",
            Legalisation.SUPERLEGALISATION,
            {"ministry": True, "mission": True},
            True,
            id="EX-51 not in it",
        ),
        pytest.param("AE", Legalisation.SUPERLEGALISATION, {"ministry": True}, False, id="one tick"),
        pytest.param("AE", Legalisation.SUPERLEGALISATION, {"mission": True}, False, id="the other tick"),
        pytest.param(
            "AE", Legalisation.SUPERLEGALISATION, {"apostille": True}, False, id="apostille instead"
        ),
        pytest.param("RO", Legalisation.NONE, {}, True, id="Romania"),
    ],
)
def test_adm_205_adm_206_legalisation(
    country: str, needed: Legalisation, ticks: dict[str, bool], allowed: bool
) -> None:
    assert rules.legalisation(country, hague={"MA", "RO"}, exempt={"RO"}) is needed
    assert bool(rules.check_legalisation(needed, **ticks)) is allowed


@pytest.mark.parametrize(
    ("student", "same"),
    [("AMINA  Example", True), ("Amina Exämple", False), ("Example Amina", False), ("Amina", False)],
)
def test_adm_207_adm_035_the_name_of_the_passport(student: str, same: bool) -> None:
    assert bool(rules.check_name(student, "Amina EXAMPLE")) is same


@pytest.mark.parametrize(
    ("number", "held", "allowed"),
    [("105", "", True), ("104", "", False), ("105", "99", False), (" ", "", False)],
)
def test_adm_208_a_number_is_given_once(number: str, held: str, allowed: bool) -> None:
    assert bool(rules.may_assign_number(number, held, {"103", "104"})) is allowed


# ---- leaving -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", list(State))
def test_adm_220_adm_222_who_may_withdraw(state: State) -> None:
    closed = ENDED | {State.DRAFT, State.ENROLLED, State.REFUND_REQUESTED}
    assert bool(leaving.may_withdraw(state, request=True)) is (state not in closed)
    assert not leaving.may_withdraw(state, request=False)


@pytest.mark.parametrize(
    ("filed", "due"),
    [
        pytest.param("2026-09-10T14:20", "2026-09-12T14:20", id="EX-48"),
        pytest.param("2026-09-25T17:00", "2026-09-27T17:00", id="EX-49"),
        pytest.param("2026-10-24T12:00", "2026-10-26T11:00", id="the clock goes back"),
    ],
)
def test_adm_220_hand_back_within_48_hours(filed: str, due: str) -> None:
    start = datetime.fromisoformat(filed).replace(tzinfo=ROMANIA)
    end = datetime.fromisoformat(due).replace(tzinfo=ROMANIA)
    assert leaving.return_due(State.PREACCEPTED, start) == end
    assert not leaving.is_overdue(end, end, None)
    assert leaving.is_overdue(end, end.replace(minute=end.minute + 1), None)
    assert not leaving.is_overdue(end, end.replace(year=2027), start)
    assert leaving.is_overdue(end, start, end.replace(year=2027))


@pytest.mark.parametrize("state", list(State))
def test_adm_221_no_due_time_before_admission(state: State) -> None:
    due = leaving.return_due(state, datetime(2026, 9, 10, tzinfo=ROMANIA))
    assert (due is not None) is (state in ADMITTED | {State.REFUND_REQUESTED})
    assert not leaving.is_overdue(None, datetime(2027, 9, 10, tzinfo=ROMANIA), None)


def test_adm_222_the_warning_before_withdrawing() -> None:
    assert "does not return the tuition" in str(leaving.withdrawal_warning(tuition_paid=True))
    assert "tuition" not in str(leaving.withdrawal_warning(tuition_paid=False))


def test_adm_223_a_visa_refund_request_hands_the_papers_back() -> None:
    assert leaving.opens_return_task("visa")
    assert not leaving.opens_return_task("force_majeure")


# ---- afterwards --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("obtained", "notified", "due", "late"),
    [
        pytest.param("2026-10-15", "2026-11-15", "2026-11-14", 1, id="EX-50"),
        pytest.param("2026-06-01", "2026-07-01", "2026-07-01", 0, id="EX-65"),
        pytest.param("2028-01-30", "2028-02-29", "2028-02-29", 0, id="29 February"),
        pytest.param("2026-12-01", "2027-01-01", "2026-12-31", 1, id="31 December"),
    ],
)
def test_adm_230_change_of_status(obtained: str, notified: str, due: str, late: int) -> None:
    notice = afterwards.status_notice(D(obtained), D(notified))
    assert (notice.term.due, notice.late) == (D(due), late)


def test_adm_230_what_a_notice_says() -> None:
    today = D("2026-11-14")
    assert afterwards.check_status("refugee", today, today)
    assert not afterwards.check_status(" ", today, today)
    assert not afterwards.check_status("refugee", D("2026-11-15"), today)


@pytest.mark.parametrize(
    ("romanian", "passed", "changes"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_adm_231_citizenship_alone_changes_no_fee(romanian: bool, passed: bool, changes: bool) -> None:
    assert afterwards.fee_category_changes(romanian=romanian, passed_admission=passed) is changes


def test_adm_233_duties_are_acknowledged() -> None:
    assert afterwards.check_duties(list(afterwards.DUTIES))
    for duty in afterwards.DUTIES:
        assert not afterwards.check_duties(set(afterwards.DUTIES) - {duty})
