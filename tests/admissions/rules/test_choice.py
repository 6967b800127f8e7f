"""Refund or deferred entry, which exclude each other."""

from dataclasses import replace
from datetime import datetime

import pytest

from admissions.rules import choice as rules
from admissions.rules.choice import DeferralFacts
from admissions.rules.states import State
from upt_portal.kernel.dates import ROMANIA

pytestmark = pytest.mark.usefixtures("english")
NOW = datetime(2026, 11, 1, 10, tzinfo=ROMANIA)
ENDS = datetime(2027, 8, 1, tzinfo=ROMANIA)
FACTS = DeferralFacts(
    State.VISA_REFUSED,
    "new",
    proof_verified=True,
    tuition_confirmed=True,
    choice=None,
    deferrals=0,
    ends_at=ENDS,
)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        pytest.param(FACTS, "", id="EX-34"),
        pytest.param(
            replace(FACTS, choice="refund"), "asked for the refund", id="EX-33 withdrawn, choice stays"
        ),
        pytest.param(replace(FACTS, proof_verified=False), "not verified yet", id="EX-63"),
        pytest.param(
            replace(FACTS, state=State.VISA_GRANTED, choice="refund"),
            "asked for the refund",
            id="EX-74 closed",
        ),
        pytest.param(replace(FACTS, ends_at=None), "", id="EX-75 open, calendar not known"),
        pytest.param(replace(FACTS, choice="deferred"), "no refund", id="already deferred"),
        pytest.param(replace(FACTS, kind="deferred"), "already moved once", id="a deferred dossier"),
        pytest.param(replace(FACTS, deferrals=1), "once to each candidate", id="once in a lifetime"),
        pytest.param(replace(FACTS, tuition_confirmed=False), "not confirmed", id="tuition"),
    ],
)
def test_adm_157_adm_155_adm_163_deferral(facts: DeferralFacts, words: str) -> None:
    answer = rules.may_defer(facts, NOW)
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


@pytest.mark.parametrize("state", list(State))
def test_adm_164_only_after_a_refused_visa(state: State) -> None:
    assert bool(rules.may_defer(replace(FACTS, state=state), NOW)) is (state == State.VISA_REFUSED)


def test_adm_157_until_the_target_window_closes() -> None:
    assert rules.may_defer(FACTS, datetime(2027, 7, 31, 23, 59, 59, tzinfo=ROMANIA))
    assert not rules.may_defer(FACTS, ENDS)


def test_adm_157_a_second_deferral_when_the_figure_allows_it() -> None:
    assert rules.may_defer(replace(FACTS, deferrals=1), NOW, most=2)


@pytest.mark.parametrize(
    ("wanted", "made", "allowed"),
    [
        ("refund", None, True),
        ("deferred", None, True),
        ("refund", "refund", True),  # a withdrawn request may be filed again (ADM-196)
        ("deferred", "refund", False),
        ("refund", "deferred", False),
        ("deferred", "deferred", False),
    ],
)
def test_adm_154_adm_155_exclusive(wanted: str, made: str | None, allowed: bool) -> None:
    assert bool(rules.may_choose(wanted, made)) is allowed


def test_adm_156_each_choice_has_its_warning() -> None:
    assert "even if the refund is refused" in str(rules.warning("refund"))
    assert "no refund" in str(rules.warning("deferred"))


def test_adm_158_the_year_after() -> None:
    assert rules.target_year(2026) == 2027


@pytest.mark.parametrize(
    ("deferral", "year", "same", "approved", "ineligible", "words"),
    [
        ("active", 2027, True, False, False, ""),
        ("active", 2027, False, True, False, ""),
        ("active", 2027, False, False, False, "same programme"),
        ("active", 2028, True, False, False, "2027-2028"),
        ("active", 2026, True, False, False, "2027-2028"),
        ("lapsed", 2027, True, False, False, "no moved place"),
        (None, 2027, True, False, False, "no moved place"),
        ("used", 2027, True, False, False, "no moved place"),
        ("used", 2027, True, False, True, ""),
    ],
)
def test_adm_158_adm_159_adm_165_the_deferred_dossier(
    deferral: str | None, year: int, same: bool, approved: bool, ineligible: bool, words: str
) -> None:
    answer = rules.may_open_deferred(
        deferral, target=2027, campaign_year=year, same_programme=same, approved=approved,
        earlier_ineligible=ineligible,
    )  # fmt: skip
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


def test_adm_161_an_unused_deferral_lapses_at_the_close() -> None:
    before = datetime(2027, 7, 31, 23, 59, 59, tzinfo=ROMANIA)
    assert not rules.deferral_lapses("active", before, ENDS)
    assert rules.deferral_lapses("active", ENDS, ENDS)
    assert not rules.deferral_lapses("used", ENDS, ENDS)
    assert not rules.deferral_lapses("active", ENDS, None)
