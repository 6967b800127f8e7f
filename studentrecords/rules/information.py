"""What students are told and what is kept for them: guide, materials, hours, scholarships, seats, groups."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import add_days
from upt_portal.kernel.sources import CODE, Article, cites
from upt_portal.kernel.words import gettext_lazy as _

MATERIAL = Article(CODE, "art. 1 (1) (e)")
GUIDE = Article(CODE, "art. 1 (1) (h)")
HOURS = Article(CODE, "art. 1 (1) (nn)")
BODIES = Article(CODE, "art. 1 (3)")
MEMBERS = Article(CODE, "art. 1 (5)")
SCHOLARSHIP = Article(CODE, "art. 5 (3)")
GROUPS = Article(CODE, "art. 13 (s)")
REPORT = Article(CODE, "art. 11 (2)")
EDITIONS = Article(CODE, "art. 62")

GUIDE_WEEKS = 2
MATERIAL_DAYS, MATERIAL_USUAL_DAYS = 3, 7
LEAST_MINUTES = 120
LONGEST_MEMBER = 4 * 365 + 1  # four years, a leap day among them


@cites(
    EDITIONS,
    rule="REC-450",
    words=_("A text applies to the academic years it names; one that names none applies to all."),
)
def applies_to(year: str, first: str, last: str) -> bool:
    """Whether an edition for the years from `first` to `last` applies to `year`; "" is no bound.

    Examples:
        2026-2027, from 2025-2026, no end -> yes
        2024-2025, from 2025-2026, no end -> no
    """
    return (not first or first <= year) and (not last or year <= last)


@cites(
    GUIDE,
    rule="REC-451",
    words=_("The Student Guide is published at least two weeks before the academic year starts."),
)
def guide_due(starts_on: date) -> date:
    """The last day for the guide of a year that starts on `starts_on` (T6).

    Examples:
        28 September 2026 -> 14 September 2026
    """
    return add_days(starts_on, -7 * GUIDE_WEEKS)


@cites(
    GUIDE,
    rule="REC-451",
    words=_("The Student Guide is there in Romanian and in an international language."),
)
def check_guide(languages: Collection[str]) -> Answer:
    """Whether the editions of the guide suffice. languages: two letters each."""
    if "ro" not in languages:
        return NO(_("The guide is missing in Romanian."), GUIDE)
    if not set(languages) - {"ro"}:
        return NO(_("The guide is missing in an international language."), GUIDE)
    return YES


@cites(
    REPORT,
    rule="REC-466",
    words=_("The yearly report on the code is published before the academic year starts."),
)
def code_report_due(starts_on: date) -> date:
    """The last day for the report on the code: the day before the year starts."""
    return add_days(starts_on, -1)


@cites(
    MATERIAL,
    rule="REC-452",
    words=_("Course material is published a week before the class as a rule, three days before at least."),
)
def material_timing(published_on: date, class_on: date) -> str:
    """ "early" a week or more before the class, "in_time" three days or more, otherwise "late".

    Examples:
        published on the 5th, class on the 12th -> early
        published on the 9th, class on the 12th -> in_time
        published on the 10th, class on the 12th -> late
    """
    before = (class_on - published_on).days
    if before >= MATERIAL_USUAL_DAYS:
        return "early"
    return "in_time" if before >= MATERIAL_DAYS else "late"


@cites(
    HOURS,
    rule="REC-453",
    words=_("A teacher has at least two hours of consultation a week."),
)
def check_hours(minutes: Iterable[int]) -> Answer:
    """Whether the consultations of one teacher in a week suffice. minutes: the length of each."""
    if sum(minutes) < LEAST_MINUTES:
        return NO(_("Less than two hours of consultation a week."), HOURS)
    return YES


@cites(
    SCHOLARSHIP,
    rule="REC-456",
    words=_(
        "Scholarships are paid for 6 or 8 semesters of bachelor studies and 2 or 4 of master studies, by "
        "their length, whatever the university."
    ),
)
def scholarship_semesters(
    cycle: str, semesters: int, *, bachelor: tuple[int, int] = (6, 8), master: tuple[int, int] = (2, 4)
) -> int:
    """How many semesters of scholarship a cycle of so many semesters gives; 0 for other cycles.

    cycle: "licenta" or "master". bachelor, master: the shorter and the longer limit.

    Examples:
        licenta, 6 -> 6
        licenta, 8 -> 8
        master, 2 -> 2
        master, 3 -> 4
    """
    limits = {"licenta": bachelor, "master": master}.get(cycle)
    if limits is None:
        return 0
    shorter, longer = limits
    return shorter if semesters <= shorter else longer


@cites(
    SCHOLARSHIP,
    rule="REC-456",
    words=_("Semesters used at any university count."),
)
def scholarship_left(limit: int, used: int) -> int:
    """Semesters of scholarship that are left; never less than 0.

    Examples:
        limit 6, used 6 -> 0
        limit 8, used 3 -> 5
    """
    return max(limit - used, 0)


@cites(
    BODIES,
    rule="REC-457",
    words=_("Students hold at least a quarter of the seats in councils and in the senate."),
)
def least_student_seats(seats: int) -> int:
    """The least number of seats of students among `seats`, rounded up.

    Examples:
        20 -> 5
        21 -> 6
    """
    return -(-seats // 4)


@cites(
    MEMBERS,
    rule="REC-457",
    words=_("A student is a member of decision structures for at most four years in all."),
)
def check_membership(spans: Iterable[tuple[date, date]]) -> Answer:
    """Whether memberships from a first to a last day, the ends included, stay within four years together."""
    days = sum((last - first + timedelta(days=1)).days for first, last in spans)
    if days > LONGEST_MEMBER:
        return NO(_("More than four years as a member of decision structures."), MEMBERS)
    return YES


@cites(
    GROUPS,
    rule="REC-458",
    words=_("The group changes on a written request with reasons, decided by the faculty's management."),
)
def check_group_change(current: str, wanted: str, reasons: str) -> Answer:
    """Whether a request to move from `current` to `wanted` can be filed."""
    if not wanted.strip():
        return NO(_("Enter the group you want to move to"))
    if wanted.strip().casefold() == current.strip().casefold():
        return NO(_("You are in this group already."), GROUPS)
    if not reasons.strip():
        return NO(_("Write why you ask for another group"), GROUPS)
    return YES
