"""Which proof of the teaching language counts."""

from dataclasses import replace
from decimal import Decimal

import pytest

from admissions.rules import language as rules
from admissions.rules.language import Issuer, LanguageFigures, Proof, ProofKind

pytestmark = pytest.mark.usefixtures("english")
K = ProofKind

FIGURES = LanguageFigures(
    tests={"TOEFL": "en", "CAMBRIDGE": "en", "IELTS": "en", "ECL": "any", "INTERLINGUA": "any"}
)
IELTS = Proof(K.TEST, "en", test="IELTS", passed=True)
CERTIFICATE = Proof(K.RO_CERTIFICATE, "ro", level="B2", issuer=Issuer.CULTURAL_INSTITUTE)
SCHOOL = Proof(K.RO_SCHOOL_YEARS, "ro", years=(2019, 2020, 2021, 2022), romanian_system=True)
ENGLISH_SCHOOL = Proof(K.FL_SCHOOL_YEARS, "en", years=(2020, 2023))
INTERLINGUA = Proof(K.INTERLINGUA, "en")


@pytest.mark.parametrize(
    ("years", "run"),
    [
        pytest.param([2019, 2020, 2021, 2022], 4, id="EX-42"),
        pytest.param([2019, 2020, 2021], 3, id="EX-43"),
        pytest.param([2018, 2019, 2021, 2022], 2, id="a gap"),
        pytest.param([2019, 2019, 2020, 2020], 2, id="the same year twice"),
        pytest.param([2022, 2019, 2021, 2020], 4, id="in any order"),
        pytest.param([], 0, id="none"),
        pytest.param([2010, 2015, 2016, 2017, 2018, 2019], 5, id="the longer of two"),
    ],
)
def test_adm_072_longest_run(years: list[int], run: int) -> None:
    assert rules.longest_run(years) == run
    answer = rules.check_proof(replace(SCHOOL, years=tuple(years)), "ro", FIGURES)
    assert bool(answer) is (run >= 4)


@pytest.mark.parametrize(
    ("proof", "language", "words"),
    [
        pytest.param(CERTIFICATE, "ro", "", id="EX-44 B2"),
        pytest.param(replace(CERTIFICATE, level="A2"), "ro", "level B1", id="EX-44 A2"),
        pytest.param(
            replace(CERTIFICATE, level="B1", issuer=Issuer.INSTITUTE_OF_LANGUAGE), "ro", "", id="EX-69"
        ),
        pytest.param(
            replace(CERTIFICATE, level="B1", issuer=Issuer.OTHER), "ro", "are taken from", id="EX-69 a school"
        ),
        pytest.param(replace(CERTIFICATE, level=""), "ro", "level B1", id="no level"),
        pytest.param(replace(CERTIFICATE, issuer=Issuer.LECTORATE, level="c2"), "ro", "", id="lectorate"),
        pytest.param(ENGLISH_SCHOOL, "en", "", id="EX-45"),
        pytest.param(replace(ENGLISH_SCHOOL, years=(2020,)), "en", "at least 2", id="EX-66"),
        pytest.param(replace(ENGLISH_SCHOOL, years=(2020, 2020)), "en", "show 1", id="one year twice"),
        pytest.param(replace(ENGLISH_SCHOOL, language="fr"), "en", "another language", id="years in French"),
        pytest.param(IELTS, "de", "another language", id="EX-46"),
        pytest.param(
            Proof(K.TEST, "fr", test="DELF", passed=True), "fr", "not among the accepted", id="EX-68"
        ),
        pytest.param(IELTS, "en", "", id="IELTS"),
        pytest.param(replace(IELTS, language=""), "en", "", id="the test knows its language"),
        pytest.param(replace(IELTS, passed=False), "en", "not passed", id="failed"),
        pytest.param(replace(IELTS, passed=None), "en", "not known", id="no result"),
        pytest.param(Proof(K.TEST, "de", test="ECL", passed=True), "de", "", id="ECL in German"),
        pytest.param(
            Proof(K.TEST, "hu", test="ECL", passed=True), "de", "another language", id="ECL in Hungarian"
        ),
        pytest.param(IELTS, "ro", "does not serve", id="a test for Romanian"),
        pytest.param(CERTIFICATE, "en", "does not serve", id="a Romanian certificate for English"),
        pytest.param(Proof(K.RO_PREP_YEAR, authorised=True), "ro", "", id="preparatory year"),
        pytest.param(Proof(K.RO_PREP_YEAR), "ro", "authorised", id="preparatory year elsewhere"),
        pytest.param(Proof(K.RO_DIPLOMA, romanian_system=True), "ro", "", id="Romanian diploma"),
        pytest.param(Proof(K.RO_DIPLOMA), "ro", "Romanian system", id="foreign diploma"),
        pytest.param(replace(SCHOOL, romanian_system=False), "ro", "national system", id="school abroad"),
        pytest.param(replace(SCHOOL, language="hu"), "ro", "national system", id="school in Hungarian"),
    ],
)
def test_adm_071_adm_072_adm_073_adm_075_adm_077_adm_078_proofs(
    proof: Proof, language: str, words: str
) -> None:
    answer = rules.check_proof(proof, language, FIGURES)
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_adm_070_adm_075_the_teaching_language_decides(language: str) -> None:
    assert set(rules.kinds_for(language)).isdisjoint(rules.kinds_for("ro"))


def test_adm_073_every_issuer_class() -> None:
    taken = {one for one in Issuer if rules.check_proof(replace(CERTIFICATE, issuer=one), "ro", FIGURES)}
    assert taken == set(Issuer) - {Issuer.OTHER}


@pytest.mark.parametrize(("score", "accepted"), [("5.5", True), ("5.4", False), ("9.0", True), (None, False)])
def test_adm_079_a_least_score_where_one_is_set(score: str | None, accepted: bool) -> None:
    strict = replace(FIGURES, minimum={"IELTS": Decimal("5.5")})
    proof = replace(IELTS, score=None if score is None else Decimal(score))
    assert bool(rules.check_proof(proof, "en", strict)) is accepted
    assert rules.check_proof(proof, "en", FIGURES)


def test_adm_074_without_proof_of_romanian_nothing_is_submitted() -> None:
    answer = rules.may_submit([], "ro", FIGURES)
    assert "taught in Romanian" in str(answer.reason)
    assert "preparatory year" in str(answer.cure)
    assert "Interlingua" in str(rules.may_submit([], "en", FIGURES).cure)


def test_adm_074_one_proof_that_counts_is_enough() -> None:
    wrong = replace(CERTIFICATE, level="A1")
    assert rules.may_submit([wrong, CERTIFICATE], "ro", FIGURES)
    assert "level B1" in str(rules.may_submit([wrong], "ro", FIGURES).reason)


@pytest.mark.parametrize(
    ("proofs", "submitted", "transmitted"),
    [
        ([INTERLINGUA], True, False),
        ([replace(INTERLINGUA, verified=True)], True, False),
        ([replace(INTERLINGUA, passed=True, verified=True)], True, True),
        ([replace(INTERLINGUA, passed=False, verified=True)], False, False),
        ([replace(INTERLINGUA, passed=False), replace(IELTS, verified=True)], True, True),
        ([INTERLINGUA, replace(IELTS, verified=True)], True, True),
        ([IELTS], True, False),
        ([], False, False),
    ],
)
def test_adm_076_interlingua(proofs: list[Proof], submitted: bool, transmitted: bool) -> None:
    assert bool(rules.may_submit(proofs, "en", FIGURES)) is submitted
    assert bool(rules.may_transmit(proofs, "en", FIGURES)) is transmitted


def test_adm_076_the_words_while_it_waits() -> None:
    assert "Interlingua" in str(rules.may_transmit([INTERLINGUA], "en", FIGURES).reason)
    assert "not verified" in str(rules.may_transmit([IELTS], "en", FIGURES).reason)
