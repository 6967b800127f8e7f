"""Until when the fees of a request, an exam or the first days of a year are paid in time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import (
    add_working_days,
    after_hours,
    end_of_day,
    first_working_days,
    in_time,
    last_day_before,
)
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.sources import CODE, Article, cites
from upt_portal.kernel.words import gettext_lazy as _

B_II = "B-II"


@cites(
    Article(CODE, "art. 27 (4)"),
    Article(CODE, "art. 50 (7)"),
    Article(CODE, "art. 57 (5)"),
    rule=("FEE-034", "FEE-051", "FEE-053", "FEE-054"),
    words=_(
        "Fees of disciplines contracted outside an annex are due in the first five working days of the year."
    ),
)
def first_days_due_at(year_starts_on: date, closed: Collection[date], days: int = 5) -> datetime:
    """The last moment of the first working days of a year (T3). Aware, Europe/Bucharest.

    closed: days that are not working though not at a weekend. days: 1 or more.

    Examples:
        the year starts Monday 30 September 2024 -> Friday 4 October 2024, 23:59:59
    """
    return end_of_day(first_working_days(year_starts_on, days, closed))


@cites(
    Article(CODE, "art. 23 (2)"),
    rule="FEE-041",
    words=_(
        "The fee of a presentation is paid at least two working days before the session starts; in session "
        "B-II students of the final year pay at least two working days before the exam itself."
    ),
)
def presentation_due_at(
    session: str,
    session_starts_on: date,
    closed: Collection[date],
    *,
    final_year: bool = False,
    exam_on: date | None = None,
    days: int = 2,
) -> datetime:
    """The last moment at which the fee of an exam presentation is paid in time (T4).

    exam_on: day of the exam, where it is known; it counts in session B-II of the final year only.

    Examples:
        B-I starts Monday 10 February 2025 -> Thursday 6 February
        B-II from Monday 30 June 2025, final year, exam Thursday 3 July -> Tuesday 1 July
        the same, not in the final year -> Thursday 26 June
    """
    counts = exam_on if session == B_II and final_year and exam_on else session_starts_on
    return end_of_day(last_day_before(counts, days, closed))


@cites(
    Article(CODE, "art. 49 (2)"),
    Article(CODE, "art. 49 (3)"),
    Article(CODE, "art. 49 (6)"),
    rule="FEE-050",
    words=_(
        "The extension fee is due within 48 hours of the notice, nights and weekends counted; unpaid, the "
        "request lapses. It is owed again at each renewal."
    ),
)
def extension_due_at(notified_at: datetime, hours: int = 48) -> datetime:
    """The last moment for the extension fee (T7). notified_at: when the notice was sent, aware.

    Examples:
        notice Friday 20 September 2024, 14:05 -> Sunday 22 September, 14:05
    """
    return after_hours(notified_at, hours)


@cites(
    Article(CODE, "art. 50 (2)"),
    Article(CODE, "art. 50 (5)"),
    rule="FEE-052",
    words=_("The repetition fee is due within three working days of the notice; unpaid, the request lapses."),
)
def repetition_due_at(notified_at: datetime, closed: Collection[date], days: int = 3) -> datetime:
    """The last moment for the repetition fee (T2): the day of the notice is not counted.

    Examples:
        notice Thursday 12 September 2024 -> Tuesday 17 September, 23:59:59
    """
    return end_of_day(add_working_days(notified_at.astimezone(ROMANIA).date(), days, closed))


@cites(
    Article(CODE, "art. 16 (3)"),
    rule="FEE-013",
    words=_(
        "When the financial status changes during the year, the amount and the term are those of the "
        "rector's decision; the steps are taken within five working days of its communication."
    ),
)
def decision_steps_until(communicated_on: date, closed: Collection[date], days: int = 5) -> datetime:
    """The last moment for the steps that a decision on the financial status asks for (T2).

    Examples:
        communicated Friday 20 November 2026 -> Friday 27 November 2026
    """
    return end_of_day(add_working_days(communicated_on, days, closed))


@cites(
    Article(CODE, "art. 34 (2)"),
    Article(CODE, "art. 16 (4)"),
    rule="FEE-012",
    words=_(
        "A reclassification sets or cancels the tuition of the new year before that year starts; what was "
        "already paid stays as unallocated money for a decision. During the year a rector's decision is "
        "needed."
    ),
)
def may_reclassify(on: date, year_starts_on: date) -> Answer:
    """Whether the tuition of a year may follow a reclassification on a day: only before the year starts."""
    if on < year_starts_on:
        return YES
    return NO(
        _("The year began on %(day)s: a change of the place needs the rector's decision.")
        % {"day": year_starts_on},
        Article(CODE, "art. 16 (3)"),
        _("Register the decision with its amount and its term."),
    )


@cites(
    Article(CODE, "art. 27 (4)"),
    rule="FEE-035",
    words=_(
        "A re-contract that is not paid in its term is not active; a late payment makes it active from then "
        "on."
    ),
)
def recontract_is_active(left: Decimal, due_at: datetime, at: datetime) -> bool:
    """Whether a contracted discipline counts at a moment: while its term runs, or once it is paid.

    left: what the line still lacks. due_at, at: aware.

    Examples:
        unpaid, two days before its term ends -> active
        unpaid, one day after -> not active
    """
    return left <= 0 or in_time(at, due_at)
