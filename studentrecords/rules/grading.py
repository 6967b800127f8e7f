"""Results: what may be written, what passes, which result counts, what follows an unpassed discipline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import CODE, Article, cites
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

GRADES = Article(CODE, "art. 26")
PASSED = Article(CODE, "art. 21 (6)")
SHARES = Article(CODE, "art. 24 (2)")
HIGHER = Article(CODE, "art. 30 (4)")
COMMISSION = Article(CODE, "art. 28 (7)")
TESTS = Article(CODE, "art. 24 (3)")
FRAUD = Article(CODE, "art. 31")
SCALE = Article(CODE, "art. 1 (1) (u)")

PASS_GRADE = 5
ABSENT, NOT_ADMITTED, ADMITTED, REJECTED = "absent", "not_admitted", "admitted", "rejected"
NUMBERS = tuple(str(grade) for grade in range(1, 11))
#: What may be written where the sheet says grades, or admitted and rejected.
OUTCOMES = {"grade": NUMBERS, "pass": (ADMITTED, REJECTED)}
#: Every result a row can hold.
RESULTS = (*NUMBERS, ADMITTED, REJECTED, ABSENT, NOT_ADMITTED)

#: How people type them; keys are folded, without diacritics and full stops.
_TYPED = {
    **{number: number for number in NUMBERS},
    **dict.fromkeys(("a", "abs", "absent", "absenta", "-", "lipsa"), ABSENT),
    **dict.fromkeys(("n", "na", "neadmis", "neadmisa", "not admitted", "recontractare", "r/c"), NOT_ADMITTED),
    **dict.fromkeys(("adm", "admis", "admisa", "admitted", "promovat", "da"), ADMITTED),
    **dict.fromkeys(("r", "resp", "respins", "respinsa", "rejected", "nu"), REJECTED),
}


class Route(StrEnum):
    """How an unpassed discipline is taken again."""

    RE_CONTRACT = "RE_CONTRACT"
    RE_EXAM = "RE_EXAM"
    NONE = ""


@dataclass(frozen=True)
class Sat:
    """One posted result. commission: of a re-evaluation; increase: of an exam for a higher grade."""

    result: str
    posted_at: datetime
    increase: bool = False
    commission: bool = False


@cites(
    GRADES,
    PASSED,
    rule="REC-150",
    words=_(
        "A result is a whole number from 1 to 10, or admitted or rejected where the sheet says so; "
        "fractions are refused."
    ),
)
def typed_result(text: str, scale: str) -> str:
    """The result that somebody typed, or "" when it is none. text: folded, without diacritics.

    scale: "grade" or "pass". Absent and not admitted belong to both.

    Examples:
        "7", "grade" -> "7"
        "7.5", "grade" -> ""
        "adm", "pass" -> "admitted"
        "adm", "grade" -> ""
    """
    word = text.strip().rstrip(".").casefold()
    found = _TYPED.get(word.lstrip("0") if word.isdecimal() else word, "")
    return found if found in (*OUTCOMES[scale], ABSENT, NOT_ADMITTED) else ""


@cites(
    GRADES,
    PASSED,
    rule="REC-150",
    words=_("A fraction or a number outside 1 to 10 is refused, with what may be written."),
)
def result_answer(result: str, scale: str) -> Answer:
    """Whether a result may stand in a catalogue of this scale."""
    if result in (*OUTCOMES[scale], ABSENT, NOT_ADMITTED):
        return YES
    if scale == "pass":
        return NO(_("Write admitted, rejected, absent or not admitted."), GRADES)
    return NO(_("Write a whole number from 1 to 10, absent or not admitted."), GRADES)


@cites(
    SCALE,
    rule="REC-152",
    words=_("The student may know which scale an exam is marked on."),
)
def scale_words(scale: str, *, least: int = PASS_GRADE) -> Sentence:
    """The scale of an exam in words. scale: "grade" or "pass"; least: the grade that passes."""
    if scale == "pass":
        return _("admitted or rejected")
    return _("grades from 1 to 10, passed from %(least)s") % {"least": least}


@cites(
    PASSED,
    rule="REC-150",
    words=_("An exam is passed with 5 or more, or with “admitted”."),
)
def is_pass(result: str, *, least: int = PASS_GRADE) -> bool:
    """Whether a result passes."""
    return result == ADMITTED or (result in NUMBERS and int(result) >= least)


@cites(
    SHARES,
    GRADES,
    rule="REC-151",
    words=_("At least half of the final grade is recommended to come from work in the semester."),
)
def share_warning(in_semester: Decimal) -> Sentence:
    """A warning when less than half of the grade comes from work in the semester; empty otherwise.

    in_semester: percent of the final grade.
    """
    if in_semester >= 50:
        return ""
    return _("At least half of the grade is recommended to come from work in the semester.")


@cites(
    Article(CODE, "art. 27"),
    Article(CODE, "art. 33"),
    rule="REC-153",
    words=_(
        "An unpassed discipline is sat again when its standards were met, contracted again when they were "
        "not; a facultative one is neither."
    ),
)
def route_of(*, facultative: bool, standards_met: bool) -> Route:
    """How a discipline that was not passed is taken again.

    Examples:
        standards met, 4 in A and in B -> RE_EXAM
        standards not met -> RE_CONTRACT
    """
    if facultative:
        return Route.NONE
    return Route.RE_EXAM if standards_met else Route.RE_CONTRACT


@cites(
    HIGHER,
    COMMISSION,
    rule="REC-154",
    words=_(
        "The grade of record is the latest pass; a failed attempt never removes an earlier pass. An exam "
        "for a higher grade counts only when it is higher; the grade of a commission always counts."
    ),
)
def result_of_record(sat: Sequence[Sat], *, least: int = PASS_GRADE) -> str:
    """The result that counts among the results of one discipline; "" when none passes nor was posted.

    Without a pass it is the latest result. An exam for a higher grade that is not higher changes nothing
    (REC-176), re-marked by a commission or not; what a commission decided replaces the result it re-marked
    (REC-203), in its place: give it with the moment at which the first mark was posted.
    """
    counted = ""
    for one in sorted(sat, key=lambda one: one.posted_at):
        if one.increase:
            counted = one.result if _rank(one.result) > _rank(counted) else counted
        elif one.commission or is_pass(one.result, least=least) or not is_pass(counted, least=least):
            counted = one.result
    return counted


def _rank(result: str) -> int:
    return int(result) if result in NUMBERS else 0


@cites(
    TESTS,
    rule="REC-155",
    words=_("A test longer than a third of the class should lie outside class hours."),
)
def long_test_advice(minutes: int, class_minutes: int) -> Sentence:
    """Advice for a test that takes more than a third of its class; empty otherwise."""
    if minutes * 3 <= class_minutes:
        return ""
    return _("A test longer than a third of the class should lie outside class hours.")


@cites(
    FRAUD,
    rule="REC-156",
    words=_("A fraud at an evaluation opens a disciplinary case."),
)
def fraud_answer(facts: str) -> Answer:
    """Whether a fraud may be reported: with the facts in writing."""
    if facts.strip():
        return YES
    return NO(_("Write what happened; the report opens a disciplinary case."), FRAUD)
