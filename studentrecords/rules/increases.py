"""Exams for a higher grade: for which disciplines, how many, until when, what comes of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from studentrecords.rules import grading
from studentrecords.rules.sessions import OF_SEMESTER, C
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import add_days as _add_days
from upt_portal.kernel.calendar import end_of_day, in_time, last_day_before
from upt_portal.kernel.sources import CODE, Article, cites
from upt_portal.kernel.words import gettext_lazy as _

ONLY_THIS_YEAR = Article(CODE, "art. 30 (1)")
NOT_RE_EXAMINED = Article(CODE, "art. 30 (2)")
ABSENT = Article(CODE, "art. 30 (1.1)")
SESSION = Article(CODE, "art. 30 (1.2)")
ONCE = Article(CODE, "art. 30 (3)")
HIGHER = Article(CODE, "art. 30 (4)")
STANDARD = Article(CODE, "art. 30 (5)")
AVERAGES = Article(CODE, "art. 34 (4)")
SANCTION = Article(CODE, "art. 59 (2) (a)")

KEPT, RAISED, MISSED = "kept", "raised", "absent"


@dataclass(frozen=True, kw_only=True)
class Passed:
    """How a discipline was passed. contracted: in the current academic year, a re-contracted one too."""

    result: str
    this_year: bool
    contracted: bool
    re_examination: bool = False


@cites(
    ONLY_THIS_YEAR,
    NOT_RE_EXAMINED,
    rule="REC-170",
    words=_(
        "A grade is increased only at a discipline contracted and passed with a grade in the current year; "
        "never at one of an earlier year passed by re-examination, nor at one with admitted and rejected."
    ),
)
def discipline_answer(passed: Passed) -> Answer:
    """Whether the grade of a discipline may be increased.

    Examples:
        passed this year with 7 -> yes
        passed this year with "admitted" -> no
    """
    if not grading.is_pass(passed.result):
        return NO(_("The discipline is not passed."), ONLY_THIS_YEAR)
    if passed.result not in grading.NUMBERS:
        return NO(_("The discipline has no grade: admitted cannot be increased."), NOT_RE_EXAMINED)
    if passed.re_examination:
        return NO(_("It is of an earlier year and was passed by re-examination."), NOT_RE_EXAMINED)
    if not passed.this_year or not passed.contracted:
        return NO(_("It was not contracted in this academic year."), ONLY_THIS_YEAR)
    if passed.result == grading.NUMBERS[-1]:
        return NO(_("There is no grade above 10."), ONLY_THIS_YEAR)
    return YES


@cites(
    ONLY_THIS_YEAR,
    rule="REC-171",
    words=_("At most 3 disciplines in a semester and 6 in a year; the semester is the discipline's own."),
)
def number_answer(in_semester: int, in_year: int, *, semester_most: int = 3, year_most: int = 6) -> Answer:
    """Whether one more increase is possible. in_semester, in_year: asked for or held, missed ones too.

    Examples:
        three held in semester I, a fourth of semester I -> no
        two held and one missed in semester I, another -> no
    """
    if in_semester >= semester_most:
        return NO(
            _("In this semester you have used %(used)s of %(most)s increases.")
            % {"used": in_semester, "most": semester_most},
            ONLY_THIS_YEAR,
        )
    if in_year >= year_most:
        return NO(
            _("In this year you have used %(used)s of %(most)s increases.")
            % {"used": in_year, "most": year_most},
            ONLY_THIS_YEAR,
        )
    return YES


@cites(ONCE, rule="REC-172", words=_("The grade of a discipline is increased once."))
def once_answer(*, asked_before: bool) -> Answer:
    """Whether the discipline was not asked for before."""
    if asked_before:
        return NO(_("An increase at this discipline was asked for already; it is possible once."), ONCE)
    return YES


@cites(
    SESSION,
    rule="REC-173",
    words=_("An increase is sat in session B of the discipline's semester, by final years also in C, free."),
)
def sessions_for(semester: int, *, final_year: bool, sat_in: Collection[str] = ()) -> list[str]:
    """The sessions in which a grade may be increased. sat_in: sessions of the year already used for it.

    Examples:
        semester 1, year 2 -> B-I
        semester 1, final year, passed in B-I -> C
    """
    found = [OF_SEMESTER[semester][1], *([C] if final_year else [])]
    return [code for code in found if code not in sat_in]


@cites(
    SESSION,
    rule="REC-174",
    words=_("An increase is asked for at least two working days before the session starts."),
)
def request_due_at(starts_on: date, closed: Collection[date], *, days: int = 2) -> datetime:
    """The last moment of the request, the whole day counted.

    Examples:
        B-I from Monday 10 February 2025 -> Thursday 6 February
    """
    return end_of_day(last_day_before(starts_on, days, closed))


@cites(SESSION, rule="REC-174", words=_("A later request is refused."))
def request_answer(at: datetime, due_at: datetime) -> Answer:
    """Whether a request comes in time."""
    if in_time(at, due_at):
        return YES
    return NO(_("An increase in this session could be asked for until %(day)s.") % {"day": due_at}, SESSION)


@cites(
    SESSION,
    rule="REC-175",
    words=_(
        "Who asked is listed in the catalogue at least one day before the session; the teachers have the "
        "list at least one working day before the exam."
    ),
)
def listed_due_at(
    starts_on: date, exam_on: date | None, closed: Collection[date], *, days: int = 1, teacher_days: int = 1
) -> datetime:
    """Until when a request is listed: one day before the session, one working day before the exam."""
    last = _add_days(starts_on, -days)
    if exam_on is not None:
        last = min(last, last_day_before(exam_on, teacher_days, closed))
    return end_of_day(last)


@cites(
    HIGHER,
    rule="REC-176",
    words=_("The higher of the two grades stays; a lower or failed one changes nothing."),
)
def outcome(first: str, second: str) -> str:
    """What an exam for a higher grade came to: "raised", "kept" or "absent".

    Examples:
        7, increase 9 -> raised
        8, increase 6 -> kept
    """
    if second in (grading.ABSENT, grading.NOT_ADMITTED):
        return MISSED
    higher = second in grading.NUMBERS and first in grading.NUMBERS and int(second) > int(first)
    return RAISED if higher else KEPT


@cites(
    ABSENT,
    rule="REC-177",
    words=_("Who asked and does not come has used one of the possibilities."),
)
def uses_right(state: str) -> bool:
    """Whether a request counts to the numbers of semester, year and discipline; only a cancelled one not."""
    return state != "cancelled"


@cites(
    HIGHER,
    AVERAGES,
    rule="REC-178",
    words=_("Increased grades count in the averages for scholarships, housing, camps and reclassification."),
)
def counted_grade(first: str, second: str) -> str:
    """The grade that averages use: the higher of the two."""
    return second if outcome(first, second) == RAISED else first


@cites(
    SANCTION,
    rule="REC-179",
    words=_("A student under a sanction without grade increases does not ask for one."),
)
def sanction_answer(*, banned: bool) -> Answer:
    """Whether a sanction stands in the way."""
    if banned:
        return NO(_("A sanction excludes grade increases for now."), SANCTION)
    return YES


@cites(
    STANDARD,
    rule="REC-180",
    words=_(
        "An increase test keeps the standard and objectivity of the first exam; the teacher may note how."
    ),
)
def remark(words: str) -> str:
    """The teacher's note on an increase test, as it is kept."""
    return words.strip()[:400]


@cites(
    SESSION,
    rule="REC-173",
    words=_("Without session B or C left in the year there is no increase."),
)
def session_answer() -> Answer:
    """Why there is no session for an increase."""
    return NO(_("No session of this year is left for an increase."), SESSION)
