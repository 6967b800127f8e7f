"""What must hold before the deanery sees a dossier, and what it may do."""

from dataclasses import replace

import pytest

from admissions.rules import transmission as rules
from admissions.rules.papers import DocumentType
from admissions.rules.states import State
from admissions.rules.transmission import Checked
from upt_portal.kernel.answers import NO, YES

pytestmark = pytest.mark.usefixtures("english")
T = DocumentType
READY = Checked(
    cycle="licenta",
    required=(T.PASSPORT, T.NIGERIA_CARD),
    verdicts={T.PASSPORT: "conform", T.NIGERIA_CARD: "conform"},
    eligible=YES,
    language=YES,
    fee="confirmed",
)


@pytest.mark.parametrize(
    ("dossier", "words"),
    [
        (READY, ""),
        (replace(READY, fee="waived"), ""),
        (replace(READY, proxy_verified=True), ""),
        (replace(READY, verdicts={T.PASSPORT: "conform"}, waived={T.NIGERIA_CARD}), ""),
        (replace(READY, verdicts={T.PASSPORT: "conform"}), "Not checked yet: NECO"),
        (replace(READY, verdicts={**READY.verdicts, T.PASSPORT: "non_conform"}), "Not conform: passport"),
        (replace(READY, verdicts={**READY.verdicts, T.PASSPORT: "pending"}), "Not checked yet: passport"),
        (replace(READY, eligible=NO("not eligible")), "not eligible"),
        (replace(READY, language=NO("no language")), "no language"),
        (replace(READY, fee="short"), "fee is not confirmed"),
        (replace(READY, fee="declared"), "fee is not confirmed"),
        (replace(READY, proxy_verified=False), "mandate of the proxy"),
        (replace(READY, open_clarification=True), "clarification is open"),
        (
            replace(READY, required=(T.REFUND_AGREEMENT,), verdicts={}, waived={T.REFUND_AGREEMENT}),
            "agreement on the refund",
        ),
    ],
)
def test_adm_094_adm_091_each_condition_by_itself(dossier: Checked, words: str) -> None:
    answer = rules.may_transmit(dossier)
    assert (bool(answer), words in str(answer.reason)) == (not words, True)
    assert sum(not one for one in rules.transmission_guard(dossier)) == bool(words)


def test_adm_094_every_unmet_condition_is_spelled_out() -> None:
    nothing = replace(
        READY, verdicts={}, eligible=NO("x"), language=NO("y"), fee="short", proxy_verified=False,
        open_clarification=True,
    )  # fmt: skip
    assert len([one for one in rules.transmission_guard(nothing) if not one]) == 7


@pytest.mark.parametrize(
    ("verified", "scopes", "allowed"),
    [
        (True, {"submit"}, True),
        (False, {"submit"}, False),
        (True, {"collect"}, False),
        (True, set(), False),
    ],
)
def test_adm_033_adm_133_a_proxy_does_what_the_mandate_names(
    verified: bool, scopes: set[str], allowed: bool
) -> None:
    assert bool(rules.proxy_may("submit", verified=verified, scopes=scopes)) is allowed


@pytest.mark.parametrize(
    ("kind", "reason", "allowed"),
    [("new", "no places", True), ("new", " ", False), ("deferred", "no places", False)],
)
def test_adm_096_pre_selection(kind: str, reason: str, allowed: bool) -> None:
    assert bool(rules.may_deselect(kind, reason)) is allowed


@pytest.mark.parametrize("state", list(State))
def test_adm_101_only_the_own_faculty_and_only_while_it_is_there(state: State) -> None:
    assert bool(rules.may_decide(state, "AC", {"AC"})) is (state == State.AT_FACULTY)
    assert not rules.may_decide(state, "AC", {"MEC"})
    assert not rules.may_decide(state, "AC", set())


@pytest.mark.parametrize(
    ("code", "text", "valid"),
    [("grades", "below the threshold", True), ("", "below", False), ("grades", " ", False)],
)
def test_adm_102_a_rejection_has_its_reason(code: str, text: str, valid: bool) -> None:
    assert bool(rules.check_rejection(code, text)) is valid


@pytest.mark.parametrize(
    ("state", "error", "reapplied", "allowed"),
    [
        ("rejected", "wrong dossier clicked", False, True),
        ("rejected", "wrong dossier clicked", True, False),
        ("rejected", " ", False, False),
        ("not_selected", "wrong dossier clicked", False, False),
        ("preaccepted", "wrong dossier clicked", False, False),
    ],
)
def test_adm_104_reopening(state: str, error: str, reapplied: bool, allowed: bool) -> None:
    assert bool(rules.may_reopen(state, error, reapplied=reapplied)) is allowed


@pytest.mark.parametrize(
    ("text", "items", "valid"),
    [
        ("which year?", None, True),
        (" ", None, False),
        ("new scan", ["passport"], True),
        ("new scan", [], False),
    ],
)
def test_adm_105_adm_092_questions(text: str, items: list[str] | None, valid: bool) -> None:
    assert bool(rules.check_question(text, items)) is valid
