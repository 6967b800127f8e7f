"""School papers: until when they are ready, which come at once, what a transcript counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import add_working_days, end_of_day, in_time
from upt_portal.kernel.sources import CODE, DERIVED, Article, Source, cites
from upt_portal.kernel.words import gettext_lazy as _

ECTS_GUIDE = Source("ects-guide", _("ECTS Users' Guide"))

READY_IN_TIME = Article(CODE, "art. 2 (1) (c)")
REGISTERED = Article(CODE, "art. 3 (f)")
GRADING_TABLE = Article(ECTS_GUIDE, "2015, 4.3")

CERTIFICATE, TRANSCRIPT, DUPLICATE = "certificate", "transcript", "duplicate"
#: What the portal can make from its own records, without anybody's judgement.
MADE_BY_THE_PORTAL = frozenset({CERTIFICATE, TRANSCRIPT})
PASSING = range(5, 11)
WEEKS = 14  # of teaching in a semester


@cites(
    READY_IN_TIME,
    Article(CODE, "art. 1 (1) (mm)"),
    rule="REC-042",
    words=_("A school document is ready within 3 working days of the application, the last one whole."),
)
def paper_due_at(asked_on: date, closed: Collection[date], *, days: int = 3) -> datetime:
    """The last moment in which a document asked for on this local day is ready in time.

    Examples:
        asked Monday 3 March 2025 -> Thursday 6 March
        asked Friday 20 December 2024 (25, 26 closed) -> Friday 27 December
    """
    return end_of_day(add_working_days(asked_on, days, closed))


@cites(
    READY_IN_TIME,
    rule="REC-042",
    words=_("A document not ready in its term is marked late and told to the head of the secretariat."),
)
def is_late(ready_at: datetime | None, due_at: datetime, at: datetime) -> bool:
    """Whether a document was ready too late, or is not ready though its term is over."""
    return not in_time(ready_at or at, due_at)


@cites(
    READY_IN_TIME,
    Article(DERIVED, "REC-042"),
    rule="REC-042",
    words=_("The original is free; only a duplicate is paid for."),
)
def is_free(kind: str) -> bool:
    """Whether a document costs nothing."""
    return kind != DUPLICATE


@cites(
    READY_IN_TIME,
    Article(DERIVED, "REC-042"),
    rule="REC-042",
    words=_(
        "The certificate of student status and the transcript of an enrolled student are issued at once; "
        "whatever needs somebody's judgement is prepared by the secretariat."
    ),
)
def comes_at_once(kind: str, *, enrolled: bool) -> bool:
    """Whether the portal issues the document by itself. enrolled: studies now, repeating too."""
    return kind in MADE_BY_THE_PORTAL and enrolled


@cites(
    READY_IN_TIME,
    Article(DERIVED, "REC-042"),
    rule="REC-042",
    words=_("While a result is being corrected no transcript is issued: it might change at once."),
)
def transcript_answer(processing: Sequence[str]) -> Answer:
    """Whether a transcript may be issued. processing: names of disciplines with a result in process."""
    if not processing:
        return YES
    return NO(
        _("A result is being processed: %(disciplines)s.") % {"disciplines": ", ".join(processing)},
        READY_IN_TIME,
        _("The transcript can be issued once the result is posted again, usually the next working day."),
    )


@cites(
    REGISTERED,
    rule="REC-043",
    words=_("Every application that was sent is registered with its number and time."),
)
def registration(number: int, on: date) -> str:
    """How a registered application is named: number of its register, day of registration.

    Examples:
        17, 20 November 2026 -> "17/20.11.2026"
    """
    if number < 1:
        raise ValueError(f"registers count from 1, got {number}")
    return f"{number}/{on:%d.%m.%Y}"


@cites(
    REGISTERED,
    rule="REC-043",
    words=_(
        "An application on paper or by e-mail is registered by the secretariat with the moment of its "
        "arrival, which is the one that counts; the paper itself is kept beside it."
    ),
)
def arrival_answer(arrived_at: datetime, at: datetime) -> Answer:
    """Whether an application that arrived at one moment may be registered at another.

    Examples:
        arrived a minute after its registration -> refused
    """
    if arrived_at > at:
        return NO(_("The arrival cannot be a moment to come."), REGISTERED)
    return YES


@cites(
    REGISTERED,
    rule="REC-043",
    words=_("An application is answered in writing: by the document, or by words that say why not."),
)
def written_answer(outcome: str, words: str) -> Answer:
    """Whether an application may be called answered. outcome: "document" or "answer"."""
    if outcome == "answer" and not words.strip():
        return NO(_("Write the answer; the student reads it here and by e-mail."), REGISTERED)
    return YES


@cites(
    Article(CODE, "art. 28"),
    Article(CODE, "art. 61"),
    rule="REC-002",
    words=_("Each application carries its submitted, registered, ready and delivered times, in this order."),
)
def times_in_order(*times: datetime | None) -> bool:
    """Whether moments follow each other, and nothing is known after one that is not."""
    known = [time for time in times if time is not None]
    return list(times[: len(known)]) == known == sorted(known)


# ---- what a transcript counts ------------------------------------------------------------------------------


@cites(
    Article(ECTS_GUIDE, "2015, 4.2"),
    Article(DERIVED, "REC-042"),
    rule="REC-042",
    words=_("The hours of a discipline are its weekly hours in 14 weeks of teaching, and its practice."),
)
def hours_in_semester(weekly: Iterable[Decimal], practice: int) -> Decimal:
    """Hours of teaching of a discipline in its semester. practice: hours of practice in the semester."""
    return sum(weekly, Decimal(0)) * WEEKS + practice


@cites(
    Article(CODE, "art. 29 (2)"),
    Article(DERIVED, "REC-042"),
    rule="REC-042",
    words=_("The average on a transcript weighs the grades of what is passed by credits, exactly."),
)
def passed_average(rows: Iterable[tuple[int, int]]) -> Fraction | None:
    """The average of passed grades weighted by credits, exactly; None without any.

    rows: grade and credits of each passed discipline that has a grade.

    Examples:
        (10, 5), (7, 4) -> 78/9
    """
    rows = list(rows)
    weight = sum(credits for _grade, credits in rows)
    if not weight:
        return None
    return Fraction(sum(grade * credits for grade, credits in rows), weight)


@cites(
    Article(CODE, "art. 29 (2)"),
    Article(DERIVED, "REC-042"),
    rule="REC-042",
    words=_("Averages are shown with two decimals, half up."),
)
def two_decimals(value: Fraction) -> Decimal:
    """A value of at least 0 with two decimals, half up from the exact fraction.

    Examples:
        78/9 -> 8.67
    """
    hundredths = (value * 200 + 1) // 2
    return Decimal(int(hundredths)).scaleb(-2)


@dataclass(frozen=True)
class GradeShare:
    """One passing grade of a reference group: how often it was given; shares in percent, one decimal."""

    grade: int
    count: int
    percent: Decimal
    cumulative: Decimal


@cites(
    GRADING_TABLE,
    rule="REC-042",
    words=_(
        "The ECTS grading table gives the distribution of passing grades in the programme over the last two "
        "completed years; its percentages add up to 100."
    ),
)
def grading_table(counts: Mapping[int, int]) -> list[GradeShare]:
    """The ECTS grading table of a reference group, the highest grade first; empty for an empty group.

    counts: how often each grade was given; what does not pass is left out. Shares are rounded to tenths of a
    percent by largest remainder, so that they add up to 100 exactly; of equal remainders the higher grade's
    is raised first.

    Examples:
        10: 1, 9: 1, 8: 1 -> 33.4, 33.3, 33.3
    """
    given = {grade: counts.get(grade, 0) for grade in reversed(PASSING)}
    total = sum(given.values())
    if not total:
        return []
    tenths = {grade: count * 1000 // total for grade, count in given.items()}
    left = 1000 - sum(tenths.values())
    by_rest = sorted(given, key=lambda grade: (-(given[grade] * 1000 % total), -grade))
    for grade in by_rest[:left]:
        tenths[grade] += 1
    table, so_far = [], 0
    for grade, count in given.items():
        so_far += tenths[grade]
        table.append(GradeShare(grade, count, Decimal(tenths[grade]).scaleb(-1), Decimal(so_far).scaleb(-1)))
    return table
