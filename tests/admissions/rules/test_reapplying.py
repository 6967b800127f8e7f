"""The single re-application without a new fee."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from admissions.rules import reapplying as rules
from admissions.rules.money import FeeState, fee_standing
from admissions.rules.reapplying import Predecessor
from admissions.rules.states import State
from admissions.rules.windows import Offer, Window, WindowKind
from upt_portal.kernel.dates import ROMANIA

pytestmark = pytest.mark.usefixtures("english")
D = date.fromisoformat
A, B = Offer("licenta", "a"), Offer("master", "b")
WINDOW = Window(WindowKind.APPLICATION, D("2026-03-01"), D("2026-07-31"))
REJECTED = Predecessor(State.REJECTED, "new", "a", D("2026-07-25"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ROMANIA)


@pytest.mark.parametrize(
    ("predecessor", "offer", "used", "words"),
    [
        pytest.param(REJECTED, B, 0, "", id="EX-36 another programme, also of the other cycle"),
        pytest.param(REJECTED, A, 0, "different programme", id="EX-37"),
        pytest.param(replace(REJECTED, state=State.NOT_SELECTED), B, 0, "", id="not selected"),
        pytest.param(REJECTED, B, 1, "already used", id="EX-71 no second free one"),
        pytest.param(
            replace(REJECTED, kind="reapplication"), B, 1, "not followed by another", id="after a free one"
        ),
        pytest.param(replace(REJECTED, kind="deferred"), B, 0, "", id="after a rejected deferred entry"),
    ],
)
def test_adm_107_adm_108_adm_110_guards(
    predecessor: Predecessor, offer: Offer, used: int, words: str
) -> None:
    answer = rules.may_reapply(predecessor, offer, [WINDOW], at("2026-07-28T10:00"), used=used)
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


def test_adm_107_ex_36_the_fee_is_waived() -> None:
    assert fee_standing("reapplication", [], Decimal("100.00")).state is FeeState.WAIVED


@pytest.mark.parametrize("state", list(State))
def test_adm_111_only_a_rejection_gives_the_right(state: State) -> None:
    answer = rules.right_to_reapply(replace(REJECTED, state=state), used=0)
    assert bool(answer) is (state in {State.REJECTED, State.NOT_SELECTED})


@pytest.mark.parametrize(
    ("moment", "grace", "allowed"),
    [
        pytest.param("2026-08-04T23:59:59", 10, True, id="EX-62 accepted"),
        pytest.param("2026-08-05T00:00:00", 10, False, id="EX-62 refused"),
        pytest.param("2026-08-04T10:00:00", 0, False, id="EX-62 no grace"),
        pytest.param("2026-07-31T23:59:59", 0, True, id="in the window"),
    ],
)
def test_adm_108_window_or_grace(moment: str, grace: int, allowed: bool) -> None:
    assert bool(rules.may_reapply(REJECTED, B, [WINDOW], at(moment), used=0, grace_days=grace)) is allowed


@pytest.mark.parametrize(
    ("dossiers", "used"),
    [
        ([("new", True)], 0),
        ([("new", True), ("reapplication", False)], 0),
        ([("new", True), ("reapplication", True)], 1),
        ([("new", True), ("reapplication", False), ("reapplication", True)], 1),
    ],
)
def test_adm_112_used_at_submission(dossiers: list[tuple[str, bool]], used: int) -> None:
    assert rules.times_used(dossiers) == used


def test_adm_109_documents_are_carried_over() -> None:
    assert rules.carried_over(["passport", "fee_proof", "photo"], ["photo", "passport", "bac_diploma"]) == (
        "passport",
        "photo",
    )


def test_adm_160_adm_165_carry_over_goes_with_a_reapplication() -> None:
    assert rules.inherits_carry_over(replace(REJECTED, kind="deferred"))
    assert not rules.inherits_carry_over(REJECTED)
    assert not rules.inherits_carry_over(replace(REJECTED, kind="deferred", state=State.INELIGIBLE))


@pytest.mark.parametrize("state", list(State))
def test_adm_165_open_cases(state: State) -> None:
    ends = {State.INELIGIBLE, State.REJECTED, State.NOT_SELECTED, State.MEC_REFUSED, State.LAPSED}
    open_case = rules.is_open_case(state, carries_tuition=True, reapplied=False, decided=False)
    assert open_case is (state in ends)
    assert not rules.is_open_case(state, carries_tuition=False, reapplied=False, decided=False)
    assert not rules.is_open_case(state, carries_tuition=True, reapplied=True, decided=False)
    assert not rules.is_open_case(state, carries_tuition=True, reapplied=False, decided=True)
