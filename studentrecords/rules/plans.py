"""Credits, workload and length of studies in a curriculum; what a passed discipline earns and keeps."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import CODE, DERIVED, Article, cites
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

CREDITS = Article(CODE, "art. 21 (2)")
HOURS = Article(CODE, "art. 21 (4)")
WHOLE = Article(CODE, "art. 21 (6)")
VALID = Article(CODE, "art. 21 (3)")
CYCLES = Article(CODE, "art. 15")
INSIDE_A_CYCLE = Article(CODE, "art. 22 (3)")
RECOGNISED = Article(CODE, "art. 22 (4)")
MAJORITY = Article(CODE, "art. 1 (1) (g)")

BACHELOR, MASTER = "licenta", "master"
INTEGRATED = 12  # semesters of bachelor and master in one


@cites(
    CREDITS,
    rule="REC-070",
    words=_("The credits of a discipline are a whole number, from 1 to 30."),
)
def credits_answer(credits: Decimal | int, *, top: int = 30) -> Answer:
    """Whether a discipline may have these credits. top: the most of one discipline.

    Examples:
        5 -> yes
        0, 31, 4.5 -> no
    """
    if credits == int(credits) and 1 <= credits <= top:
        return YES
    return NO(_("The credits of a discipline are a whole number from 1 to %(top)s.") % {"top": top}, CREDITS)


@cites(
    CREDITS,
    HOURS,
    rule="REC-071",
    words=_(
        "One credit is 25 to 30 hours of work, 10 to 12 of them taught; the curriculum form warns outside "
        "these limits, and where application hours are fewer than course hours."
    ),
)
def workload_warnings(
    credits: int,
    *,
    work: Decimal,
    taught: Decimal,
    course: Decimal = Decimal(0),
    applications: Decimal = Decimal(0),
    hours: tuple[int, int] = (25, 30),
    taught_hours: tuple[int, int] = (10, 12),
) -> list[Sentence]:
    """What a person should look at in a discipline's hours; empty when all is within the limits.

    work, taught, course, applications: hours of the whole semester. hours, taught_hours: of one credit,
    both ends included.

    Examples:
        5 credits, 130 hours of work, 56 taught -> 26 and 11.2 a credit, no warning
        4 credits, 110 hours, 56 taught -> 14 taught a credit: warning
    """
    if credits < 1:
        return []
    found: list[Sentence] = []
    for total, (least, most), sentence in (
        (work, hours, _("%(each)s hours of work for one credit; %(least)s to %(most)s are usual.")),
        (taught, taught_hours, _("%(each)s hours taught for one credit; %(least)s to %(most)s are usual.")),
    ):
        each = total / credits
        if total and not least <= each <= most:
            shown = _tenths(each)
            found.append(sentence % {"each": shown, "least": least, "most": most})
    if applications < course:
        found.append(
            _("There are fewer hours of applications (%(fewer)s) than of course (%(more)s).")
            % {"fewer": _tenths(applications), "more": _tenths(course)}
        )
    return found


def _tenths(hours: Decimal) -> str:
    """Hours for the eye: one decimal, half up, none where it is a whole number."""
    shown = hours.quantize(Decimal("0.1"), ROUND_HALF_UP)
    whole = shown.to_integral_value()
    return f"{whole if whole == shown else shown:f}".replace(".", ",")


@cites(
    WHOLE,
    rule="REC-072",
    words=_("All credits of a discipline are earned at once, by passing it; there are no partial credits."),
)
def earned_credits(credits: int, *, passed: bool) -> int:
    """The credits a discipline has earned: all of them, or none."""
    return credits if passed else 0


@cites(
    VALID,
    Article(CODE, "art. 57 (1)"),
    rule="REC-073",
    words=_(
        "Earned credits stay valid after a pause of studies; a passed exam stays passed even when the "
        "credits of the discipline have changed since."
    ),
)
def kept_credits(earned: int, *, credits_now: int, paused: bool = False) -> int:
    """The credits that count for a discipline passed earlier: those that it earned then.

    credits_now: in the curriculum of today; paused: studies were interrupted since. Neither changes it.
    """
    return earned


@cites(
    CYCLES,
    Article(DERIVED, "REC-074"),
    rule="REC-074",
    words=_(
        "A bachelor cycle has 6 to 8 semesters, a master cycle 2 to 4; integrated studies, bachelor and "
        "master in one, as architecture, have 12."
    ),
)
def length_answer(cycle: str, semesters: int) -> Answer:
    """Whether a programme of this cycle may have so many semesters; other cycles are not judged.

    Integrated studies are kept as a bachelor programme; their 12 semesters are the most of both cycles.

    Examples:
        licenta, 8 -> yes
        licenta, 9 -> no
        licenta, 12 -> yes, integrated studies
        master, 5 -> no
    """
    limits = {BACHELOR: (6, 8), MASTER: (2, 4)}
    if cycle not in limits or (cycle, semesters) == (BACHELOR, INTEGRATED):
        return YES
    least, most = limits[cycle]
    if least <= semesters <= most:
        return YES
    return NO(_("This cycle has %(least)s to %(most)s semesters.") % {"least": least, "most": most}, CYCLES)


@cites(
    INSIDE_A_CYCLE,
    rule="REC-074",
    words=_("Credits are transferred only inside one cycle."),
)
def transfer_answer(from_cycle: str, to_cycle: str) -> Answer:
    """Whether credits earned in one cycle may be transferred into another."""
    if from_cycle == to_cycle:
        return YES
    return NO(_("Credits are transferred only inside one cycle of studies."), INSIDE_A_CYCLE)


@cites(
    MAJORITY,
    rule="REC-079",
    words=_(
        "After the first two weeks of a semester the assessment of a discipline changes only with the votes "
        "of more than half of the students enrolled in it."
    ),
)
def assessment_change_answer(in_favour: int, enrolled: int) -> Answer:
    """Whether so many votes change the assessment rules.

    Examples:
        31 enrolled, 15 in favour -> no, 16 are needed
        30 enrolled, 15 in favour -> no, 16 are needed
    """
    needed = votes_needed(enrolled)
    if in_favour >= needed:
        return YES
    return NO(
        _("%(needed)s votes are needed, more than half of %(enrolled)s students; %(given)s were given.")
        % {"needed": needed, "enrolled": enrolled, "given": in_favour},
        MAJORITY,
    )


@cites(MAJORITY, Article(DERIVED, "REC-079"), rule="REC-079", words=_("More than half of the students."))
def votes_needed(enrolled: int) -> int:
    """The least number of votes that is more than half of the students enrolled."""
    return enrolled // 2 + 1


@cites(
    RECOGNISED,
    rule="REC-075",
    words=_(
        "Credits are recognised between programmes or institutions where all four hold: accredited "
        "institution, same qualification level, same fundamental field, similar learning outcomes."
    ),
)
def recognition_answer(
    *, accredited: bool, same_level: bool, same_field: bool, similar_outcomes: bool
) -> Answer:
    """Whether the commission may recognise what was passed elsewhere; the reason names what is missing."""
    ticks = (
        (accredited, _("the institution is not found accredited")),
        (same_level, _("the qualification level is not the same")),
        (same_field, _("the fundamental field is not the same")),
        (similar_outcomes, _("the learning outcomes are not found similar")),
    )
    for holds, words in ticks:
        if not holds:
            reason = _("Recognition needs all four conditions: %(missing)s.") % {"missing": words}
            return NO(reason, RECOGNISED)
    return YES
