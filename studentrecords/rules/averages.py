"""Averages weighted by credits, exactly."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from studentrecords.rules import grading
from upt_portal.kernel.sources import CODE, Article, cites
from upt_portal.kernel.words import gettext_lazy as _


@cites(
    Article(CODE, "art. 29 (2)"),
    Article(CODE, "art. 34 (4)"),
    rule="REC-220",
    words=_(
        "The weighted average is the sum of grades times credits over the sum of credits; what is not passed "
        "counts 0, what is only admitted or rejected is left out."
    ),
)
def weighted_average(rows: Iterable[tuple[str, int]], *, least: int = grading.PASS_GRADE) -> Fraction | None:
    """The weighted average of a period, exactly; None without a graded discipline.

    rows: result of record and credits of each compulsory and elective discipline.

    Examples:
        ("10", 56), ("admitted", 4) -> 10
        ("8", 5), ("4", 5) -> 4
    """
    graded = [(result, credits) for result, credits in rows if result not in grading.OUTCOMES["pass"]]
    weight = sum(credits for _result, credits in graded)
    if not weight:
        return None
    passed = [(int(result), credits) for result, credits in graded if grading.is_pass(result, least=least)]
    return Fraction(sum(grade * credits for grade, credits in passed), weight)
