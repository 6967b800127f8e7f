"""Discipline sheets: when they are published, how long they are discussed, when a change needs votes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import add_days, last_day_before
from upt_portal.kernel.sources import CODE, DERIVED, Article, cites
from upt_portal.kernel.words import gettext_lazy as _

PUBLISHED = Article(CODE, "art. 19 (2)")
DISCUSSED = Article(CODE, "art. 1 (1) (g)")


@cites(
    PUBLISHED,
    rule="REC-078",
    words=_("Discipline sheets are published at least 5 working days before the academic year starts."),
)
def sheet_due(starts_on: date, closed: Collection[date], *, days: int = 5) -> date:
    """The last day for the sheets of a year that starts on `starts_on` (T4).

    days: working days before it.

    Examples:
        Monday 28 September 2026 -> Monday 21 September 2026
        Monday 4 October 2027 -> Monday 27 September 2027
    """
    return last_day_before(starts_on, days, closed)


@cites(
    PUBLISHED,
    Article(DERIVED, "T9"),
    rule="REC-078",
    words=_("A sheet that comes after its term is published all the same and marked late."),
)
def is_late(published_on: date | None, due_on: date, today: date) -> bool:
    """Whether a sheet came after its last day, or is not there though that day has passed.

    Examples:
        published on the last day -> not late
        not published, a day after the last one -> late
    """
    return (published_on or today) > due_on


@cites(
    DISCUSSED,
    PUBLISHED,
    Article(DERIVED, "T8"),
    rule=("REC-078", "REC-079"),
    words=_("The sheet is discussed with the students in the first two weeks of the semester."),
)
def discussed_until(semester_starts_on: date, *, weeks: int = 2) -> date:
    """The last day of the first weeks of a semester; the day it starts is the first of them.

    Examples:
        Monday 28 September 2026 -> Sunday 11 October 2026
    """
    return add_days(semester_starts_on, 7 * weeks - 1)


@cites(
    DISCUSSED,
    rule="REC-079",
    words=_("A change of the assessment after the first two weeks of the semester needs votes."),
)
def needs_votes(changed_on: date, discussed_until: date, *, assessment: bool) -> bool:
    """Whether the students vote on a change. assessment: it touches assessment, scale or minimum standards.

    Examples:
        assessment, on Sunday 11 October 2026, discussed until that day -> no
        assessment, on Monday 12 October 2026 -> yes
        bibliography only, in December -> no
    """
    return assessment and changed_on > discussed_until


@cites(
    DISCUSSED,
    Article(DERIVED, "REC-079"),
    rule="REC-079",
    words=_("The votes are recorded with their day and their minutes; nobody votes twice or in advance."),
)
def check_vote(
    in_favour: int | None, enrolled: int, *, held_on: date | None, minutes: str, today: date
) -> Answer:
    """Whether a vote can be as it is recorded; how many votes are enough is another question.

    held_on: day of the vote. minutes: number or place of the record of the vote.
    """
    if in_favour is None or held_on is None or not minutes.strip():
        return NO(
            _(
                "The weeks of discussion are over: write how many students voted in favour, when, "
                "and the minutes."
            ),
            DISCUSSED,
        )
    if held_on > today:
        return NO(_("The vote cannot be later than today."), DISCUSSED)
    if in_favour > enrolled:
        return NO(
            _("%(given)s votes are more than the %(enrolled)s students enrolled in the discipline.")
            % {"given": in_favour, "enrolled": enrolled},
            DISCUSSED,
        )
    return YES
