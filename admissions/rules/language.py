"""Which proof of the teaching language counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from admissions.rules.states import art, derived
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import cites
from upt_portal.kernel.words import gettext_lazy as _

ROMANIAN = "ro"
ANY_LANGUAGE = "any"
LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2")
YEAR_NEEDED = art("art. 3")
SCHOOL_IN_ROMANIA = art("art. 4 (a)")
CERTIFICATES = art("art. 4 (b)")
FOREIGN = art("art. 5")


class ProofKind(StrEnum):
    """What a candidate may show."""

    RO_PREP_YEAR = "ro_prep_year"
    RO_DIPLOMA = "ro_diploma"
    RO_SCHOOL_YEARS = "ro_school_years"
    RO_CERTIFICATE = "ro_certificate"
    TEST = "test"
    INTERLINGUA = "interlingua"
    FL_SCHOOL_YEARS = "fl_school_years"


class Issuer(StrEnum):
    """Who may certify Romanian, and everybody else."""

    PREPARATORY_UNIVERSITY = "preparatory_university"
    LECTORATE = "lectorate"
    INSTITUTE_OF_LANGUAGE = "institute_of_language"
    CULTURAL_INSTITUTE = "cultural_institute"
    OTHER = "other"


#: Issuers whose certificates of Romanian are taken.
TRUSTED = frozenset(Issuer) - {Issuer.OTHER}


@dataclass(frozen=True)
class LanguageFigures:
    """What the university may change.

    tests: language of each accepted test, "any" for several. minimum: least score, where one is set.
    """

    tests: Mapping[str, str]
    consecutive_years: int = 4
    least_level: str = "B1"
    foreign_years: int = 2
    minimum: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Proof:
    """One proof of a language.

    language: of the school years, or of a test that exists in several; the others have their own.
    years: first calendar years of the school years. authorised: the preparatory year was at an authorised
    institution. romanian_system: diploma or school of the Romanian national system, in Romania. passed:
    result of a test, None while it is not known. verified: the department has checked it.
    """

    kind: str
    language: str = ""
    test: str = ""
    passed: bool | None = None
    score: Decimal | None = None
    level: str = ""
    issuer: str = Issuer.OTHER
    years: tuple[int, ...] = ()
    authorised: bool = False
    romanian_system: bool = False
    verified: bool = False


@cites(
    YEAR_NEEDED,
    FOREIGN,
    rule=("ADM-070", "ADM-071", "ADM-075"),
    words=_(
        "The teaching language of the programme decides which proof is needed: Romanian has its own proofs, "
        "every other language has tests and school years."
    ),
)
def kinds_for(language: str) -> tuple[ProofKind, ...]:
    """The kinds of proof that a programme taught in `language` takes."""
    if language == ROMANIAN:
        return (
            ProofKind.RO_PREP_YEAR,
            ProofKind.RO_DIPLOMA,
            ProofKind.RO_SCHOOL_YEARS,
            ProofKind.RO_CERTIFICATE,
        )
    return ProofKind.TEST, ProofKind.INTERLINGUA, ProofKind.FL_SCHOOL_YEARS


@cites(
    SCHOOL_IN_ROMANIA,
    rule="ADM-072",
    words=_("School years count as consecutive when no year lies between them."),
)
def longest_run(years: Iterable[int]) -> int:
    """Length of the longest run of consecutive school years; each year counts once.

    years: the calendar years in which they start.

    Examples:
        2019, 2020, 2021, 2022 -> 4
        2018, 2019, 2021, 2022 -> 2
    """
    known = set(years)
    best = 0
    for first in known:
        if first - 1 not in known:
            length = 1
            while first + length in known:
                length += 1
            best = max(best, length)
    return best


@cites(
    art("art. 3"),
    SCHOOL_IN_ROMANIA,
    CERTIFICATES,
    FOREIGN,
    rule=("ADM-071", "ADM-072", "ADM-073", "ADM-075", "ADM-076", "ADM-077", "ADM-078", "ADM-079"),
    words=_("A proof counts when it is of a kind, an issuer and a result that the procedure takes."),
)
def check_proof(proof: Proof, language: str, figures: LanguageFigures) -> Answer:
    """Whether a proof serves a programme taught in `language`, as far as its data say.

    A requested Interlingua test without a result serves submission (see `may_submit`, `may_transmit`).

    Examples:
        IELTS for a programme in German -> no
        B2 by Institutul Cultural Român, programme in Romanian -> yes
    """
    if proof.kind not in kinds_for(language):
        return NO(
            _("This proof does not serve the language in which the programme is taught."),
            YEAR_NEEDED if language == ROMANIAN else FOREIGN,
        )
    if language == ROMANIAN:
        return _romanian(proof, figures)
    return _foreign(proof, language, figures)


def _romanian(proof: Proof, figures: LanguageFigures) -> Answer:
    if proof.kind == ProofKind.RO_PREP_YEAR and not proof.authorised:
        return NO(_("The preparatory year must be at an institution authorised to organise it."), YEAR_NEEDED)
    if proof.kind == ProofKind.RO_DIPLOMA and not proof.romanian_system:
        return NO(_("The diploma was not issued by the Romanian system of education."), SCHOOL_IN_ROMANIA)
    if proof.kind == ProofKind.RO_SCHOOL_YEARS:
        return _school_in_romania(proof, figures)
    if proof.kind == ProofKind.RO_CERTIFICATE:
        return _certificate(proof, figures)
    return YES


def _school_in_romania(proof: Proof, figures: LanguageFigures) -> Answer:
    if not proof.romanian_system or (proof.language or ROMANIAN) != ROMANIAN:
        return NO(
            _("Only school years in Romanian, in a school of the national system in Romania, count."),
            SCHOOL_IN_ROMANIA,
        )
    run = longest_run(proof.years)
    if run < figures.consecutive_years:
        return NO(
            _("%(wanted)s school years in a row are needed; your longest row is %(run)s.")
            % {"wanted": figures.consecutive_years, "run": run},
            SCHOOL_IN_ROMANIA,
            _("Add the missing years or use another proof, such as a certificate of Romanian."),
        )
    return YES


def _certificate(proof: Proof, figures: LanguageFigures) -> Answer:
    if proof.issuer not in TRUSTED:
        return NO(
            _(
                "Certificates of Romanian are taken from universities that run the preparatory "
                "year, Romanian "
                "lectorates, Institutul Limbii Române and Institutul Cultural Român."
            ),
            CERTIFICATES,
        )
    level = proof.level.upper()
    if level not in LEVELS or LEVELS.index(level) < LEVELS.index(figures.least_level):
        return NO(
            _("The certificate must show at least level %(level)s.") % {"level": figures.least_level},
            CERTIFICATES,
        )
    return YES


def _foreign(proof: Proof, language: str, figures: LanguageFigures) -> Answer:
    if proof.kind == ProofKind.FL_SCHOOL_YEARS:
        if proof.language != language:
            return NO(_("School years in another language than that of the programme do not count."), FOREIGN)
        years = len(set(proof.years))
        if years < figures.foreign_years:
            return NO(
                _(
                    "School documents must show at least %(wanted)s years in the language; "
                    "yours show %(years)s."
                )
                % {"wanted": figures.foreign_years, "years": years},
                FOREIGN,
                _("Add documents of other years, or take one of the accepted tests."),
            )
        return YES
    name = "INTERLINGUA" if proof.kind == ProofKind.INTERLINGUA else proof.test
    if name not in figures.tests:
        return NO(_("This test is not among the accepted ones."), FOREIGN, _("Choose an accepted test."))
    tested = figures.tests[name]
    if (proof.language if tested == ANY_LANGUAGE else tested) != language:
        return NO(_("A test of another language than that of the programme does not count."), FOREIGN)
    return _result(proof, name, figures)


def _result(proof: Proof, name: str, figures: LanguageFigures) -> Answer:
    least = figures.minimum.get(name)
    if proof.passed is False:
        return NO(_("The test was not passed."), FOREIGN, _("Upload another proof of the language."))
    if proof.kind == ProofKind.INTERLINGUA and proof.passed is None:
        return YES
    if least is not None:
        if proof.score is None or proof.score < least:
            return NO(_("The least score for this test is %(least)s.") % {"least": least}, derived("ADM-079"))
        return YES
    if not proof.passed:
        return NO(_("The result of the test is not known."), FOREIGN, _("Enter the result."))
    return YES


@cites(
    YEAR_NEEDED,
    FOREIGN,
    rule=("ADM-070", "ADM-074", "ADM-076"),
    words=_(
        "A dossier is submitted with a proof of the teaching language; a requested Interlingua test is "
        "enough for that."
    ),
)
def may_submit(proofs: Collection[Proof], language: str, figures: LanguageFigures) -> Answer:
    """Whether the proofs suffice for submission. The reason is that of the only proof, when there is one."""
    answers = [check_proof(proof, language, figures) for proof in proofs]
    if any(answers):
        return YES
    if len(answers) == 1:
        return answers[0]
    if language == ROMANIAN:
        return NO(
            _("This programme is taught in Romanian, and no proof that you know Romanian is there."),
            YEAR_NEEDED,
            _("Without one, first take the preparatory year of Romanian; it is open to all cycles."),
        )
    return NO(
        _("A proof that you know the language of the programme is missing."),
        FOREIGN,
        _("Add a passed test, school documents of two years, or ask for the Interlingua test."),
    )


@cites(
    YEAR_NEEDED,
    FOREIGN,
    rule=("ADM-071", "ADM-075", "ADM-076", "ADM-094"),
    words=_(
        "Before the deanery sees the dossier one proof of the language is verified; an Interlingua test is "
        "passed by then."
    ),
)
def may_transmit(proofs: Collection[Proof], language: str, figures: LanguageFigures) -> Answer:
    """Whether one proof that counts is verified, with its result."""
    fitting = [proof for proof in proofs if check_proof(proof, language, figures)]
    waiting = [one for one in fitting if one.kind == ProofKind.INTERLINGUA and one.passed is None]
    if any(one.verified for one in fitting if one not in waiting):
        return YES
    if waiting and len(waiting) == len(fitting):
        return NO(_("The result of the Interlingua test is not recorded yet."), FOREIGN)
    if fitting:
        return NO(_("The proof of the language is not verified yet."), FOREIGN)
    return may_submit(proofs, language, figures)
