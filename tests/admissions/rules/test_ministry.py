"""The list for the ministry, the acceptance letter and what it is good for."""

from dataclasses import replace
from datetime import date

import pytest

from admissions.rules import ministry as rules
from admissions.rules.ministry import COLUMNS, Letter
from admissions.rules.states import State

pytestmark = pytest.mark.usefixtures("english")
D = date.fromisoformat
LETTER = Letter("Universitatea Politehnica Timișoara", 2026, "master", "Computers")


@pytest.mark.parametrize(
    ("chosen", "allowed"),
    [
        (list(COLUMNS), True),
        (["surname", "number"], True),
        ([], False),
        (["surname", "shoe_size"], False),
        (["surname", "surname"], False),
    ],
)
def test_adm_116_columns(chosen: list[str], allowed: bool) -> None:
    assert bool(rules.check_columns(chosen)) is allowed


def test_adm_116_one_row_for_each_dossier_in_the_order_chosen() -> None:
    people = [{"surname": "B", "given_names": "Z", "cycle": "master"}, {"surname": "A", "given_names": "Y"}]
    assert rules.list_rows(people, ["number", "cycle", "surname"]) == [("1", "", "A"), ("2", "master", "B")]
    assert len(rules.list_rows(people)[0]) == len(COLUMNS) == 15


@pytest.mark.parametrize("state", list(State))
def test_adm_115_adm_119_at_most_one_unsettled_list(state: State) -> None:
    assert bool(rules.may_join_batch(state, unsettled=0)) is (state == State.PREACCEPTED)
    assert not rules.may_join_batch(state, unsettled=1)


def test_adm_119_what_left_the_state_leaves_the_list() -> None:
    items = {1: State.PREACCEPTED, 2: State.WITHDRAWN, 3: State.AT_FACULTY}
    assert rules.dropped_from_open(items) == {2, 3}


@pytest.mark.parametrize(
    ("dated", "has_file", "allowed"),
    [
        ("2026-08-01", True, True),
        (None, True, False),
        ("2026-08-01", False, False),
        ("2026-08-03", True, False),
    ],
)
def test_adm_120_adm_121_a_refusal(dated: str | None, has_file: bool, allowed: bool) -> None:
    day = None if dated is None else D(dated)
    assert bool(rules.check_refusal(day, D("2026-08-02"), has_file=has_file)) is allowed


@pytest.mark.parametrize(
    ("letter", "offer", "kind", "words"),
    [
        (LETTER, LETTER, "new", ""),
        (replace(LETTER, field=" computers "), LETTER, "new", ""),
        (replace(LETTER, field="Systems"), LETTER, "new", "field of study: Systems / Computers"),
        (replace(LETTER, cycle="licenta"), LETTER, "new", "cycle"),
        (replace(LETTER, institution="Another"), LETTER, "new", "institution"),
        (LETTER, replace(LETTER, year=2027), "new", "2026-2027 / 2027-2028"),
        (LETTER, replace(LETTER, year=2027), "deferred", ""),
        (replace(LETTER, year=2027), replace(LETTER, year=2027), "deferred", ""),
        (LETTER, replace(LETTER, year=2028), "deferred", "academic year"),
        (replace(LETTER, year=2028), replace(LETTER, year=2027), "deferred", "academic year"),
    ],
)
def test_adm_132_the_letter_fits_the_offer(letter: Letter, offer: Letter, kind: str, words: str) -> None:
    answer = rules.check_letter(letter, offer, kind)
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


@pytest.mark.parametrize(
    ("letter", "offer", "kind", "reason", "words"),
    [
        (LETTER, replace(LETTER, year=2027), "deferred", "still valid", ""),
        (LETTER, replace(LETTER, year=2027), "new", "still valid", "Only a deferred entry"),
        (None, replace(LETTER, year=2027), "deferred", "still valid", "no letter"),
        (LETTER, replace(LETTER, year=2027, field="Systems"), "deferred", "still valid", "does not cover"),
        (LETTER, replace(LETTER, year=2027), "deferred", " ", "Write why"),
    ],
)
def test_adm_134_the_earlier_letter(
    letter: Letter | None, offer: Letter, kind: str, reason: str, words: str
) -> None:
    answer = rules.may_reuse_letter(letter, offer, kind, reason)
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


@pytest.mark.parametrize(
    ("place", "serves"),
    [
        pytest.param(LETTER, True, id="EX-52 another programme of the same field and cycle"),
        pytest.param(replace(LETTER, field="Systems"), False, id="EX-53"),
        pytest.param(replace(LETTER, cycle="licenta"), False, id="another cycle"),
        pytest.param(replace(LETTER, year=2025), False, id="the year before"),
        pytest.param(replace(LETTER, year=2027), True, id="a later year"),
        pytest.param(replace(LETTER, institution="Another"), False, id="another university"),
    ],
)
def test_adm_210_adm_232_what_a_letter_is_good_for(place: Letter, serves: bool) -> None:
    answer = rules.letter_serves(LETTER, place)
    assert bool(answer) is serves
    assert bool(answer.cure) is not serves


def test_adm_125_a_new_number_starts_anew_a_better_scan_does_not() -> None:
    first = ("MEC 12/2026", D("2026-07-10"))
    assert rules.transmission_date("MEC 12/2026", D("2026-07-10")) == D("2026-07-10")
    assert rules.transmission_date("mec 12/2026", D("2026-07-20"), first) == D("2026-07-10")
    assert rules.transmission_date("MEC 13/2026", D("2026-07-20"), first) == D("2026-07-20")


def test_adm_117_files_are_named_by_letter_and_type() -> None:
    assert rules.file_name("b", "bac_diploma", "pdf") == "b_bac_diploma.pdf"
    taken = {"b_bac_diploma.pdf", "b_bac_diploma_2.pdf"}
    assert rules.file_name("b", "bac_diploma", "pdf", taken) == "b_bac_diploma_3.pdf"
    assert rules.file_name("", "nigeria_card", "png") == "nigeria_card.png"
