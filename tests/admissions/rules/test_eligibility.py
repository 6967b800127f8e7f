"""Who may apply: examples of the catalogue (§9) and of the articles."""

from datetime import date

import pytest

from admissions.rules import eligibility as rules
from admissions.rules.eligibility import Diploma, Earlier, Graduation
from admissions.rules.states import ENDED, Cycle, Kind, State

pytestmark = pytest.mark.usefixtures("english")
D = date.fromisoformat
EXCLUDED = {"FR", "RO", "DE", "IS", "LI", "NO", "CH"}

REJECTED_A = Earlier(State.REJECTED, Kind.NEW, "a", "Programme A")
REJECTED_B_FREE = Earlier(State.REJECTED, Kind.REAPPLICATION, "b", "Programme B")


@pytest.mark.parametrize(
    ("earlier", "programme", "policy", "words"),
    [
        pytest.param([REJECTED_A, REJECTED_B_FREE], "c", "ANY", "", id="EX-71"),
        pytest.param([REJECTED_A, REJECTED_B_FREE], "c", "NONE", "no other paid", id="EX-72"),
        pytest.param([REJECTED_A], "a", "ANY", "", id="the same programme, paid"),
        pytest.param([REJECTED_A], "a", "OTHER_PROGRAMME", "has rejected", id="the same programme refused"),
        pytest.param([REJECTED_A], "b", "OTHER_PROGRAMME", "", id="another programme"),
        pytest.param([], "a", "NONE", "", id="the first one"),
        pytest.param(
            [Earlier(State.INELIGIBLE, Kind.NEW, "a")], "a", "NONE", "", id="ineligible is no rejection"
        ),
        pytest.param(
            [Earlier(State.DEFERRED, Kind.NEW, "a")], "b", "ANY", "next academic year", id="deferred"
        ),
        pytest.param([Earlier(State.DRAFT, Kind.NEW, "a")], "b", "ANY", "already have", id="a draft is live"),
        pytest.param([Earlier(State.ENROLLED, Kind.NEW, "a")], "b", "ANY", "already have", id="a student"),
    ],
)
def test_adm_034_adm_110_a_further_dossier(
    earlier: list[Earlier], programme: str, policy: str, words: str
) -> None:
    answer = rules.may_open_dossier(earlier, programme, paid_after_rejection=policy).answer
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


@pytest.mark.parametrize("state", list(State))
def test_adm_034_what_counts_as_live(state: State) -> None:
    answer = rules.may_open_dossier([Earlier(state, Kind.NEW, "a")], "b").answer
    assert bool(answer) is (state in ENDED and state != State.DEFERRED)
    two = rules.may_open_dossier([Earlier(state, Kind.NEW, "a")], "b", most=2).answer
    assert bool(two) is (state != State.DEFERRED)


def test_adm_034_the_free_right_is_offered_first_with_a_warning() -> None:
    free = rules.may_open_dossier([REJECTED_A], "b", free_right_left=True)
    assert free.free_first
    assert [str(one) for one in free.warnings] == [
        "Programme A has already rejected your application in this campaign.",
        "The processing fee of a new application is not returned, whatever the result.",
    ]
    assert not rules.may_open_dossier([REJECTED_A, REJECTED_B_FREE], "c").free_first
    strict = rules.may_open_dossier([REJECTED_A], "b", paid_after_rejection="NONE", free_right_left=True)
    assert strict.free_first
    assert "free application" in str(strict.answer.cure)


@pytest.mark.parametrize("state", ["ineligible", "mec_refused", "cancelled", "withdrawn", "lapsed"])
def test_adm_111_other_ends_leave_the_paid_way_open_without_warning(state: str) -> None:
    opened = rules.may_open_dossier([Earlier(state, Kind.NEW, "a")], "a", free_right_left=False)
    assert (bool(opened.answer), opened.warnings, opened.free_first) == (True, (), False)


@pytest.mark.parametrize(
    ("citizenships", "words"),
    [
        (["MA"], ""),
        (["MA", "NG"], ""),
        (["MA", "FR"], "only of countries outside"),
        (["CH"], "only of countries outside"),
        ([], "No citizenship"),
    ],
)
def test_adm_041_citizenship(citizenships: list[str], words: str) -> None:
    answer = rules.check_citizenship(citizenships, EXCLUDED)
    assert (bool(answer), words in str(answer.reason)) == (not words, True)
    assert bool(answer.cure) is bool(words)


@pytest.mark.parametrize(
    ("submitted", "valid"),
    [
        pytest.param("2026-07-19", True, id="EX-54 accepted"),
        pytest.param("2026-07-20", True, id="on its last day"),
        pytest.param("2026-07-21", False, id="a day later"),
        pytest.param("2026-07-22", False, id="EX-54 refused"),
    ],
)
def test_adm_042_passport(submitted: str, valid: bool) -> None:
    check = rules.check_passport(D("2026-07-20"), D(submitted), year_starts_on=D("2026-09-28"))
    assert bool(check.answer) is valid
    assert ("before the academic year" in str(check.warning)) is valid
    assert not rules.check_passport(D("2026-09-28"), D(submitted), year_starts_on=D("2026-09-28")).warning


@pytest.mark.parametrize(
    ("title", "country", "confirmed", "accepted"),
    [
        ("Baccalauréat", "MA", "", True),
        ("  baccalauréat ", "MA", "", True),
        ("Baccalauréat", "EG", "", False),
        ("Certificat", "MA", "", False),
        ("Certificat", "MA", "equivalent by the ministry's letter", True),
        ("Certificat", "MA", "  ", False),
    ],
)
def test_adm_043_diploma(title: str, country: str, confirmed: str, accepted: bool) -> None:
    assert bool(rules.check_diploma(title, country, {"MA": ["Baccalauréat"]}, confirmed)) is accepted


@pytest.mark.parametrize(
    ("citizenship", "diploma", "words"),
    [
        (True, True, ""),
        (False, True, "citizenship condition is not met"),
        (True, False, "diploma condition is not met"),
        (None, True, "citizenship condition is not checked"),
        (True, None, "diploma condition is not checked"),
    ],
)
def test_adm_040_both_conditions(citizenship: bool | None, diploma: bool | None, words: str) -> None:
    answer = rules.eligible(citizenship=citizenship, diploma=diploma, cycle=Cycle.MASTER)
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


@pytest.mark.parametrize(
    ("reason", "text", "valid"),
    [
        ("diploma", "", True),
        ("other", "forged seal", True),
        ("other", " ", False),
        ("", "forged seal", False),
        ("late", "forged seal", False),
    ],
)
def test_adm_044_ineligible_with_a_reason(reason: str, text: str, valid: bool) -> None:
    assert bool(rules.check_ineligibility(reason, text)) is valid


def test_adm_039_adm_046_degrees_by_cycle() -> None:
    assert rules.degrees_needed(Cycle.BACHELOR) == (Diploma.BACCALAUREATE,)
    assert rules.degrees_needed(Cycle.MASTER) == (Diploma.BACCALAUREATE, Diploma.BACHELOR)


def test_adm_062_only_the_last_degree_may_be_replaced() -> None:
    assert rules.replaceable(Cycle.BACHELOR) is Diploma.BACCALAUREATE
    assert rules.replaceable(Cycle.MASTER) is Diploma.BACHELOR


@pytest.mark.parametrize(
    ("first", "last", "strict", "current"),
    [
        pytest.param("2025-11-01", "2025-11-30", False, True, id="EX-73 accepted"),
        pytest.param("2025-11-01", "2025-11-30", True, False, id="EX-73 refused"),
        pytest.param("2025-09-01", "2025-09-01", False, True, id="first day"),
        pytest.param("2025-08-31", "2025-08-31", False, False, id="the day before"),
        pytest.param("2025-08-01", "2025-08-31", False, False, id="the month before"),
        pytest.param("2026-07-01", "2026-07-31", False, True, id="the month of submission"),
        pytest.param("2026-07-15", "2026-07-15", False, True, id="the day of submission"),
        pytest.param("2026-07-16", "2026-07-16", False, False, id="after submission"),
        pytest.param("2025-12-31", "2025-12-31", True, False, id="31 December"),
        pytest.param("2026-01-01", "2026-01-01", True, True, id="1 January"),
    ],
)
def test_adm_045_current_graduates(first: str, last: str, strict: bool, current: bool) -> None:
    first_day = rules.current_from(2026, 1, 1, years_before=0) if strict else rules.current_from(2026)
    graduation = Graduation(D(first), D(last))
    assert rules.is_current(graduation, D("2026-07-15"), first_day=first_day) is current


@pytest.mark.parametrize(
    ("graduated", "issued", "lists", "words"),
    [
        pytest.param("2026-06", False, True, "", id="EX-40"),
        pytest.param("2025-06", False, True, "1 September 2025", id="EX-41"),
        pytest.param("2026-06", True, True, "has been issued", id="diploma issued"),
        pytest.param("2026-06", False, False, "does not list", id="no results"),
    ],
)
def test_adm_045_adm_062_the_certificate(graduated: str, issued: bool, lists: bool, words: str) -> None:
    answer = rules.certificate_serves(
        Graduation(D(f"{graduated}-01"), D(f"{graduated}-30")),
        D("2026-07-15"),
        first_day=rules.current_from(2026),
        diploma_issued=issued,
        lists_results=lists,
    )
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


@pytest.mark.parametrize(
    ("issued_in", "needed"),
    [
        pytest.param(["NG"], True, id="EX-61 Nigerian diploma"),
        pytest.param(["EG"], False, id="EX-61 Egyptian diploma"),
        pytest.param(["EG", "NG"], True, id="one of two"),
        pytest.param([], False, id="none entered"),
    ],
)
def test_adm_064_the_result_card(issued_in: list[str], needed: bool) -> None:
    assert rules.needs_result_card(issued_in) is needed
