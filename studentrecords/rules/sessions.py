"""Exam sessions: who may sit what and when, the forms and lists before them, the timetable."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import add_days, end_of_day, in_time
from upt_portal.kernel.sources import CODE, DERIVED, Article, cites
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

SESSIONS = Article(CODE, "art. 23 (1)")
PAID_LISTS = Article(CODE, "art. 23 (2)")
FREE_IN_C = Article(CODE, "art. 23 (3)")
TIMETABLE = Article(CODE, "art. 25 (1)")
ONCE = Article(CODE, "art. 25 (2)")
TWO_TEACHERS = Article(CODE, "art. 25 (3)")
STANDARDS = Article(CODE, "art. 27 (1)")
CURRENT_YEAR = Article(CODE, "art. 27 (4)")
ABSENCE = Article(CODE, "art. 27 (5)")
RE_EXAM = Article(CODE, "art. 27 (6)")
MARKED = Article(CODE, "art. 27 (8)")
BANNED = Article(CODE, "art. 59 (2) (d)")

A1, B1, A2, B2, C = "A-I", "B-I", "A-II", "B-II", "C"
CODES = (A1, B1, A2, B2, C)
#: Exams of open sessions (REC-098); no session of the calendar.
OPEN = "O"
FIRST_SESSIONS = frozenset({A1, A2})
FREE_SESSIONS = frozenset({A1, B1, A2, B2})
OF_SEMESTER = {1: (A1, B1), 2: (A2, B2)}


class Standing(StrEnum):
    """How the student takes the discipline this year."""

    CURRENT = "current"  # a discipline of the current year
    RECONTRACTED = "recontracted"  # contracted again this year, the fee paid
    EARLIER = "earlier"  # of an earlier year, minimum standards met: only its exam


class Kind(StrEnum):
    """The kinds of attempt of the grade history."""

    NORMAL = "normal"
    RESIT = "resit"
    RE_EXAMINATION = "reexamination"
    CREDIT = "credit"
    DIFFERENCES = "differences"
    INCREASE = "increase"


@dataclass(frozen=True)
class Circumstances:
    """What opens session C, or makes it free. unmatched: without an equivalent after a mobility."""

    grade_increase: bool = False
    volunteering: bool = False
    summer_practice: bool = False
    unmatched: bool = False


NOTHING_SPECIAL = Circumstances()


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A student before an exam. semester: 1 or 2, that of the discipline in its year.

    standards_met: this year's mark for a discipline taken this year, the mark of its own year otherwise;
    None when nobody has marked it, which does not stand in the way.
    """

    standing: Standing
    semester: int
    final_year: bool
    standards_met: bool | None = None
    passed: bool = False
    banned: bool = False
    special: Circumstances = NOTHING_SPECIAL


@cites(
    SESSIONS,
    FREE_IN_C,
    rule="REC-110",
    words=_(
        "Sessions A and B follow each semester and are open to all years. Session C is for final years, an "
        "extension counted as one; summer practice and exams without an equivalent after a mobility open "
        "it to every year."
    ),
)
def is_open_to(session: str, *, final_year: bool, special: Circumstances = NOTHING_SPECIAL) -> Answer:
    """Whether a session is open to a student of this year of study.

    Examples:
        year 2, C -> no
        year 2, practice that the curriculum places in summer, C -> yes
    """
    if session != C or final_year or special.summer_practice or special.unmatched:
        return YES
    return NO(_("Session C is for the final year of studies."), SESSIONS)


@cites(
    ONCE,
    rule="REC-111",
    words=_("A discipline is sat once in a session."),
)
def may_sit_again(sat_in: Collection[str], session: str) -> Answer:
    """Whether a student who has results in these sessions of the year may sit in `session`."""
    if session in sat_in:
        return NO(_("A discipline is sat once in a session."), ONCE)
    return YES


@cites(
    STANDARDS,
    CURRENT_YEAR,
    RE_EXAM,
    SESSIONS,
    rule="REC-112",
    words=_(
        "With the minimum standards met, a discipline of this year or contracted again is sat in A and B of "
        "its semester, and in C by final years; one of an earlier year in any session of its semester. "
        "Without the standards there is no exam."
    ),
)
def may_sit(candidate: Candidate, session: str) -> Answer:
    """Whether a student may sit an exam in a session; what it costs is a question for fees.

    Examples:
        year 2, standards met, failed A-I -> B-I yes, C no
        last year, failed A-I and B-I -> C yes
        standards not met -> nothing this year
        year 2, discipline of year 1 semester 2 -> A-II and B-II, not A-I
    """
    if candidate.passed and not candidate.special.grade_increase:
        return NO(_("The discipline is passed."), STANDARDS)
    if candidate.standards_met is False:
        return NO(
            _("The minimum standards of the discipline were not met this year."),
            STANDARDS,
            _("It is contracted again next year."),
        )
    if session == OPEN:
        answer = YES  # approved by the dean for this student (REC-098)
    elif session == C:
        answer = is_open_to(session, final_year=candidate.final_year, special=candidate.special)
    elif session in OF_SEMESTER[candidate.semester]:
        answer = YES
    else:
        return NO(_("The discipline is of the other semester."), CURRENT_YEAR)
    return answer and sanction_answer(session, banned=candidate.banned)


@cites(
    RE_EXAM,
    PAID_LISTS,
    rule="REC-113",
    words=_(
        "For a discipline of an earlier year the electronic form is filed at least 5 days before the "
        "session; form and fee are both needed."
    ),
)
def form_due_at(starts_on: date, *, days: int = 5) -> datetime:
    """The last moment of the re-examination form, the whole day counted.

    Examples:
        B-I from Monday 10 February 2025 -> Wednesday 5 February
    """
    return end_of_day(add_days(starts_on, -days))


@cites(
    RE_EXAM,
    rule="REC-113",
    words=_("A form filed after its last day is refused."),
)
def form_answer(filed_at: datetime, starts_on: date, *, days: int = 5) -> Answer:
    """Whether a re-examination form comes in time."""
    due = form_due_at(starts_on, days=days)
    if in_time(filed_at, due):
        return YES
    return NO(
        _("The form for this session could be filed until %(day)s.") % {"day": due.date()},
        RE_EXAM,
        _("Choose another session of the year."),
    )


@cites(
    PAID_LISTS,
    rule="REC-114",
    words=_("Paid students are in the online catalogue at least one day before the session."),
)
def listed_until(
    starts_on: date, *, exam_on: date | None = None, last_paid: bool = False, days: int = 1
) -> date:
    """The last day on which the list is completed from the payments.

    last_paid: B-II of a final year, paid up to two working days before its exam: one day before that exam.
    """
    return add_days(exam_on if last_paid and exam_on else starts_on, -days)


@cites(
    TIMETABLE,
    rule="REC-115",
    words=_(
        "The exam timetable is posted at least two weeks before the session; later only with a recorded "
        "reason."
    ),
)
def posting_answer(posted_on: date, starts_on: date, *, days: int = 14, reason: str = "") -> Answer:
    """Whether a timetable may be posted on a day. reason: of a late posting, recorded.

    Examples:
        session from Monday 20 January 2025 -> until 6 January
    """
    last = add_days(starts_on, -days)
    if posted_on <= last or reason.strip():
        return YES
    return NO(
        _("The timetable of this session is posted by %(day)s.") % {"day": last},
        TIMETABLE,
        _("Write why it is posted later."),
    )


@cites(
    TIMETABLE,
    rule="REC-116",
    words=_(
        "Timetables of A and B reach the School Management Center four weeks before the semester ends, of C "
        "by 31 July."
    ),
)
def timetable_due(
    session: str,
    *,
    teaching_ends_on: date,
    year_ends_on: date,
    days: int = 28,
    last_of_c: tuple[int, int] = (7, 31),
) -> date:
    """The day by which a timetable reaches the School Management Center.

    teaching_ends_on: last working day of the semester's classes. year_ends_on: its year is that of 31 July.
    last_of_c: month and day for session C.

    Examples:
        semester ends Friday 17 January 2025 -> Friday 20 December 2024
    """
    if session == C:
        return date(year_ends_on.year, *last_of_c)
    return add_days(teaching_ends_on, -days)


@cites(
    TIMETABLE,
    rule="REC-117",
    words=_(
        "Warned about, not refused: in session A under three days between two exams of a group, and two "
        "exams of a double specialisation on one day."
    ),
)
def timetable_warnings(
    session: str, days_by_group: Mapping[str, Sequence[date]], *, gap: int = 3
) -> list[Sentence]:
    """Groups whose exams stand too near each other. days_by_group: days of the exams of each group."""
    found: list[Sentence] = []
    for group, days in sorted(days_by_group.items()):
        in_order = sorted(days)
        for before, after in pairwise(in_order):
            shown = {"group": group, "first": before, "second": after}
            if before == after:
                found.append(_("%(group)s has two exams on %(first)s.") % shown)
            elif session in FIRST_SESSIONS and (after - before).days < gap:
                found.append(_("%(group)s has exams on %(first)s and %(second)s, too near.") % shown)
    return found


@cites(
    TWO_TEACHERS,
    rule="REC-118",
    words=_("An exam is held by two different teachers."),
)
def teachers_answer(first: int | None, second: int | None) -> Answer:
    """Whether these two teachers may hold an exam. first, second: who they are; None for nobody."""
    if first is None or second is None:
        return NO(_("An exam is held by two teachers."), TWO_TEACHERS)
    if first == second:
        return NO(_("An exam is held by two different teachers."), TWO_TEACHERS, _("Choose another one."))
    return YES


@cites(
    TWO_TEACHERS,
    rule="REC-118",
    words=_("At least three students are present at an exam, unless fewer are enrolled."),
)
def presence_answer(present: int, listed: int) -> Answer:
    """Whether enough students were present."""
    if present >= min(3, listed):
        return YES
    return NO(
        _("At least %(least)s students are present at an exam.") % {"least": min(3, listed)}, TWO_TEACHERS
    )


@cites(
    ABSENCE,
    rule="REC-119",
    words=_("Who is absent is marked so and loses the presentation of that session."),
)
def uses_presentation(result: str) -> bool:
    """Whether a result has used the presentation of its session: every one does, an absence too."""
    return result != ""


@cites(
    BANNED,
    rule="REC-121",
    words=_("Who is banned from the free sessions by a sanction does not sit in A and B."),
)
def sanction_answer(session: str, *, banned: bool) -> Answer:
    """Whether a sanction stands in the way of a session."""
    if banned and session in FREE_SESSIONS:
        return NO(_("A sanction bans the student from sessions A and B."), BANNED)
    return YES


@cites(
    SESSIONS,
    Article(DERIVED, "REC-112"),
    rule="REC-112",
    words=_("The kind of an attempt follows from how the discipline is taken and from the session."),
)
def attempt_kind(standing: Standing, session: str, *, increase: bool = False) -> Kind:
    """The kind under which an attempt stands in the history."""
    if increase:
        return Kind.INCREASE
    if standing is Standing.EARLIER:
        return Kind.RE_EXAMINATION
    if standing is Standing.RECONTRACTED:
        return Kind.CREDIT
    return Kind.NORMAL if session in FIRST_SESSIONS or session == OPEN else Kind.RESIT


@cites(
    MARKED,
    rule="REC-137",
    words=_(
        "A discipline marked with unmet standards gives “not admitted” in all later sessions of the year."
    ),
)
def is_not_admitted(standards_met: bool | None, standing: Standing) -> bool:
    """Whether the list of a session shows a student of this year as not admitted from the start."""
    return standards_met is False and standing is not Standing.EARLIER
