"""Credits, workload and length of studies in a curriculum; what a passed discipline earns and keeps."""

from __future__ import annotations

from decimal import Decimal

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
MAJORITY = Article(CODE, "art. 1 (1) (g)")

BACHELOR, MASTER = "licenta", "master"


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
            shown = f"{each.quantize(Decimal('0.1')):f}"
            found.append(sentence % {"each": shown, "least": least, "most": most})
    if applications < course:
        found.append(
            _("There are fewer hours of applications (%(fewer)s) than of course (%(more)s).")
            % {"fewer": f"{applications:f}", "more": f"{course:f}"}
        )
    return found


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
    rule="REC-074",
    words=_("A bachelor cycle has 6 to 8 semesters, a master cycle 2 to 4."),
)
def length_answer(cycle: str, semesters: int) -> Answer:
    """Whether a programme of this cycle may have so many semesters."""
    limits = {BACHELOR: (6, 8), MASTER: (2, 4)}
    if cycle not in limits:
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
