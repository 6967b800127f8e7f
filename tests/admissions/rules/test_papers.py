"""The documents of a dossier: sets by letter, translations, forms, waivers."""

from dataclasses import replace
from datetime import date

import pytest

from admissions.rules import papers as rules
from admissions.rules.eligibility import Graduation, current_from
from admissions.rules.papers import PAPERS, DocumentType, Facts
from admissions.rules.states import Cycle

pytestmark = pytest.mark.usefixtures("english")
D = date.fromisoformat
ACCEPTED = {"ro", "en", "fr"}
T = DocumentType

BACHELOR = Facts(
    Cycle.BACHELOR,
    diploma_issued=True,
    graduation=Graduation(D("2026-06-01"), D("2026-06-30")),
    submitted_on=D("2026-07-15"),
    current_from=current_from(2026),
    issued_in=frozenset({"MA"}),
)
MASTER = replace(BACHELOR, cycle=Cycle.MASTER)


def letters(facts: Facts) -> str:
    return " ".join(PAPERS[one].letter(facts.cycle) or one for one in rules.required_set(facts))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(BACHELOR, "a b d e f h i j k l m n", id="EX-38"),
        pytest.param(
            replace(MASTER, name_changed=True, issued_in=frozenset({"NG"})),
            "a b c e f g h i j k l m n o nigeria_card",
            id="EX-39",
        ),
        pytest.param(replace(BACHELOR, diploma_issued=False), "a c d e f h i j k l m n", id="EX-40"),
        pytest.param(
            replace(BACHELOR, diploma_issued=False, graduation=Graduation(D("2025-06-01"), D("2025-06-30"))),
            "a b d e f h i j k l m n",
            id="EX-41",
        ),
        pytest.param(
            replace(BACHELOR, diploma_issued=False, graduation=None),
            "a b d e f h i j k l m n",
            id="no graduation entered",
        ),
        pytest.param(MASTER, "a b c e f g i j k l m n o", id="master"),
        pytest.param(
            replace(MASTER, diploma_issued=False), "a b d e f g i j k l m n o", id="master's certificate"
        ),
        pytest.param(replace(BACHELOR, name_changed=True), "a b d e f g h i j k l m n", id="changed name"),
        pytest.param(replace(BACHELOR, fee_waived=True), "a b d e f h i j k l n", id="fee waived"),
        pytest.param(
            replace(BACHELOR, by_proxy=True), "a b d e f h i j k l m n proxy_mandate", id="by proxy"
        ),
    ],
)
def test_adm_061_required_set(facts: Facts, expected: str) -> None:
    assert letters(facts) == expected


def test_adm_061_counts_of_the_examples() -> None:
    assert len(rules.required_set(BACHELOR)) == 12  # EX-38
    assert len(rules.required_set(replace(MASTER, name_changed=True, issued_in=frozenset({"NG"})))) == 15


def test_adm_036_a_proxy_brings_the_mandate_and_adm_083_the_fee_its_proof() -> None:
    assert T.PROXY_MANDATE in rules.required_set(replace(BACHELOR, by_proxy=True))
    assert T.FEE_PROOF in rules.required_set(BACHELOR)


def test_adm_060_missing_documents_are_named_by_letter() -> None:
    everything = set(rules.required_set(BACHELOR))
    assert rules.check_complete(BACHELOR, everything)
    answer = rules.check_complete(BACHELOR, everything - {T.PASSPORT, T.BAC_DIPLOMA})
    assert str(answer.reason) == ("Still missing: b) baccalaureate diploma or its equivalent, i) passport.")
    card = replace(BACHELOR, issued_in=frozenset({"NG"}))
    assert "NECO" in str(rules.check_complete(card, everything).reason)
    # what is not needed does not help
    assert not rules.check_complete(BACHELOR, (everything - {T.BAC_DIPLOMA}) | {T.BAC_CERT})


def test_adm_062_a_master_candidate_keeps_the_baccalaureate() -> None:
    needed = rules.required_set(replace(MASTER, diploma_issued=False))
    assert T.BAC_DIPLOMA in needed
    assert T.BAC_CERT not in needed


def test_letters_stand_once_in_each_list_and_in_order() -> None:
    for cycle, last in ((Cycle.BACHELOR, "n"), (Cycle.MASTER, "o")):
        found = [paper.letter(cycle) for paper in PAPERS.values() if paper.letter(cycle)]
        assert found == [chr(code) for code in range(ord("a"), ord(last) + 1)]
    assert set(PAPERS) == set(DocumentType)


@pytest.mark.parametrize(
    ("kind", "source", "translation", "words"),
    [
        (T.BAC_DIPLOMA, "ar", "fr", ""),
        (T.BAC_DIPLOMA, "ar", "de", "Romanian, English or French"),
        (T.BAC_DIPLOMA, "ar", None, "translation is missing"),
        (T.BAC_DIPLOMA, "", None, "translation is missing"),
        (T.BAC_DIPLOMA, "fr", None, ""),
        (T.BAC_DIPLOMA, "fr", "ro", ""),
        (T.BIRTH_CERT, "ar", "de", ""),
        (T.BIRTH_CERT, "ar", None, "translation is missing"),
        (T.PASSPORT, "ar", None, ""),
    ],
)
def test_adm_063_translations(kind: str, source: str, translation: str | None, words: str) -> None:
    answer = rules.check_translation(kind, source, translation, ACCEPTED)
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


@pytest.mark.parametrize(("sides", "whole"), [(0, False), (1, False), (2, True), (3, True)])
def test_adm_064_the_card_on_both_sides(sides: int, whole: bool) -> None:
    assert bool(rules.check_result_card(sides)) is whole


@pytest.mark.parametrize("empty", ["filled", "photo", "dated", "signed"])
def test_adm_065_an_unfilled_request_is_not_conform(empty: str) -> None:
    ticks = dict.fromkeys(("filled", "photo", "dated", "signed"), True)
    assert rules.check_form(**ticks)
    assert not rules.check_form(**{**ticks, empty: False})


@pytest.mark.parametrize(
    ("found", "size", "accepted"),
    [
        ("pdf", 5 * 1024 * 1024, True),
        ("pdf", 5 * 1024 * 1024 + 1, False),
        ("exe", 10, False),
        ("", 10, False),
    ],
)
def test_adm_066_file_type_and_size(found: str, size: int, accepted: bool) -> None:
    assert bool(rules.check_file(found, size, accepted={"pdf", "jpeg", "png"}, most_mb=5)) is accepted


@pytest.mark.parametrize(
    ("annex", "cycle", "fits"),
    [(7, "licenta", True), (9, "licenta", False), (9, "master", True), (7, "master", False)],
)
def test_adm_068_the_consent_of_the_cycle(annex: int, cycle: str, fits: bool) -> None:
    assert bool(rules.check_consent(annex, cycle)) is fits


@pytest.mark.parametrize(
    ("state", "asked", "allowed"),
    [
        ("draft", [], True),
        ("submitted", ["passport"], False),
        ("clarification", ["passport"], True),
        ("clarification", ["photo"], False),
        ("at_faculty", ["passport"], False),
    ],
)
def test_adm_069_replacing_a_document(state: str, asked: list[str], allowed: bool) -> None:
    assert bool(rules.may_replace(T.PASSPORT, state, asked)) is allowed


@pytest.mark.parametrize(
    ("language", "note", "read"),
    [
        ("en", "", True),
        ("ro", "", True),
        ("tr", "", False),
        ("tr", "read by our doctor", True),
        ("tr", " ", False),
    ],
)
def test_adm_050_language_of_the_medical_certificate(language: str, note: str, read: bool) -> None:
    assert bool(rules.check_medical(language, {"en", "fr", "ar"}, note)) is read


@pytest.mark.parametrize(
    ("kind", "reason", "allowed"),
    [
        (T.NIGERIA_CARD, "bachelor issued in Nigeria, school in Egypt", True),
        (T.NIGERIA_CARD, " ", False),
        (T.REFUND_AGREEMENT, "in a hurry", False),
    ],
)
def test_adm_064_adm_197_adm_242_waivers(kind: str, reason: str, allowed: bool) -> None:
    assert bool(rules.may_waive(kind, reason)) is allowed
