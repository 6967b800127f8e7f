"""The dates of a campaign, the situation of a student in it, and the stages that lead through it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum

from contracting.rules.offer import Row
from upt_portal.kernel.calendar import add_days, end_of_day, start_of_day, wall_time
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.sources import CONTRACT_GUIDE, DERIVED, Article, cites
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

STAGE_LIST = Article(CONTRACT_GUIDE, "stage list")
INTRODUCTION = Article(CONTRACT_GUIDE, "introduction")
STEP_2 = Article(CONTRACT_GUIDE, "step 2")

#: A reminder leaves in the morning, when a secretariat can still be asked.
REMINDER_HOUR = time(9)


class Situation(StrEnum):
    """Where a student stands before a list: choice, no choice but a button, or nothing to press (CON-008)."""

    S1 = "S1"
    S2A = "S2a"
    S2B = "S2b"


class StageStatus(StrEnum):
    """A stage on the student's line."""

    DONE = "done"
    NOW = "now"
    LATER = "later"


class Term(StrEnum):
    """What a student must do in time in a campaign."""

    VALIDATE = "validate"
    UPLOAD = "upload"
    PAY = "pay"


@dataclass(frozen=True)
class Window:
    """Whole days in Bucharest, both included."""

    first: date
    last: date

    @property
    def opens_at(self) -> datetime:
        """First moment of the first day."""
        return start_of_day(self.first)

    @property
    def ends_at(self) -> datetime:
        """Last moment of the last day."""
        return end_of_day(self.last)

    def holds(self, at: datetime) -> bool:
        """Whether the moment `at` (aware) lies within."""
        return self.opens_at <= at <= self.ends_at

    def until(self, last: date | None) -> Window:
        """The same window, its end put off to `last` where that is later: an individual extension."""
        return self if last is None or last <= self.last else replace(self, last=last)


@dataclass(frozen=True, kw_only=True)
class StageWindows:
    """The dates of one campaign. Stage 5 has no first day of its own: it opens with each student's upload.

    documents_from: first day of the Documents tab for students with nothing to validate.
    payment_end: last day of payment without penalty.
    """

    stage_1: Window
    stage_2: Window
    stage_3: Window
    stage_4: Window
    documents_from: date
    payment_end: date


@dataclass(frozen=True)
class Stage:
    """One stage on a student's line."""

    number: int
    status: StageStatus


@dataclass(frozen=True)
class Due:
    """A term of the campaign for one student, as moments."""

    term: Term
    opens_at: datetime
    due_at: datetime


@cites(
    STAGE_LIST,
    Article(CONTRACT_GUIDE, "step 3"),
    rule=("CON-003", "CON-004"),
    words=_(
        "A campaign has five dated stages: choosing and validating, verification, changed annexes, upload of "
        "the signed documents, payment. Both end dates of a stage are included."
    ),
)
def sample_windows(year: int = 2020) -> StageWindows:
    """The dates of the guide, of 2020, or the same days and months of another autumn (T10).

    Examples:
        2020 -> stage 1 from 23 October to 1 November 2020, payment to 13 December 2020
    """
    return StageWindows(
        stage_1=Window(date(year, 10, 23), date(year, 11, 1)),
        stage_2=Window(date(year, 10, 24), date(year, 11, 4)),
        stage_3=Window(date(year, 11, 5), date(year, 11, 5)),
        stage_4=Window(date(year, 11, 6), date(year, 11, 10)),
        documents_from=date(year, 10, 26),
        payment_end=date(year, 12, 13),
    )


@cites(
    STAGE_LIST,
    Article(DERIVED, "CON-006"),
    rule="CON-006",
    words=_(
        "A campaign is published only when its dates follow one another: no stage ends before it starts, "
        "stage 1 starts no later than stage 2, stage 3 not before stage 2 ends, stage 4 after stage 3, and "
        "payment ends after stage 4."
    ),
)
def campaign_problems(windows: StageWindows) -> list[Sentence]:
    """Each fault of the dates in words, in the order of the stages; an empty list may be published."""
    w = windows
    stages = (w.stage_1, w.stage_2, w.stage_3, w.stage_4)
    problems: list[Sentence] = [
        _("Stage %(stage)s ends on %(last)s, before it starts on %(first)s.")
        % {"stage": number, "first": stage.first, "last": stage.last}
        for number, stage in enumerate(stages, 1)
        if stage.last < stage.first
    ]
    order = (
        (w.stage_1.first <= w.stage_2.first, _("Stage 1 must start no later than stage 2.")),
        (w.stage_2.last <= w.stage_3.first, _("Stage 3 must not start before stage 2 ends.")),
        (w.stage_3.last < w.stage_4.first, _("Stage 4 must start after stage 3 ends.")),
        # Papers that appear after the last day of upload could never be signed in time.
        (
            w.documents_from <= w.stage_4.last,
            _("Documents of students with nothing to validate must appear before stage 4 ends."),
        ),
        (w.stage_4.last < w.payment_end, _("Payment must end after stage 4 ends.")),
    )
    return problems + [problem for holds, problem in order if not holds]


@cites(
    STEP_2,
    rule=("CON-007", "CON-008"),
    words=_(
        "A student with at least one discipline that may be left out chooses and validates. Without one, the "
        "faculty decides: the list is validated as it stands, or the documents follow at once."
    ),
)
def situation(rows: Iterable[Row], offering: bool) -> Situation:
    """The student's situation before these rows.

    offering: the faculty's setting of an offering phase; it counts only for students without choice.
    """
    if any(not row.mandatory for row in rows):
        return Situation.S1
    return Situation.S2A if offering else Situation.S2B


@cites(
    INTRODUCTION,
    rule="CON-009",
    words=_(
        "Every student goes through stages 4 and 5; through 1 and 2 when there is something to validate; "
        "through 2 and 3 when an approved change reissues the annex."
    ),
)
def stages(situation: Situation, *, change_approved: bool = False) -> tuple[int, ...]:
    """Numbers of the stages this student goes through, in order; never under two nor over five.

    Examples:
        S1 without a change -> 1, 2, 4, 5
        S1 with an approved change -> 1, 2, 3, 4, 5
        S2b without a change -> 4, 5
    """
    before = {1, 2} if situation is not Situation.S2B else set[int]()
    changed = {2, 3} if change_approved else set[int]()
    return tuple(sorted(before | changed | {4, 5}))


@cites(
    INTRODUCTION,
    rule="CON-009",
    words=_("The line of stages shows the stages that are done, the one in work and those to come."),
)
def progress(stages: Iterable[int], done: Collection[int]) -> tuple[Stage, ...]:
    """The student's line: the first stage that is not done is in work, what follows comes later.

    done: numbers of stages behind the student (`workflow.STAGES_DONE` of the state).
    """
    line: list[Stage] = []
    now = True
    for number in stages:
        if now and number in done:
            line.append(Stage(number, StageStatus.DONE))
        else:
            line.append(Stage(number, StageStatus.NOW if now else StageStatus.LATER))
            now = False
    return tuple(line)


@cites(
    STAGE_LIST,
    Article(CONTRACT_GUIDE, "step 3"),
    rule=("CON-004", "CON-060"),
    words=_("A student validates until the end of stage 1 and uploads until the end of stage 4."),
)
def terms(situation: Situation, windows: StageWindows) -> tuple[Due, ...]:
    """What this student has to do by when, as known at publication; payment is dated at the upload."""
    upload = Due(Term.UPLOAD, windows.stage_4.opens_at, windows.stage_4.ends_at)
    if situation is Situation.S2B:
        return (upload,)
    return (Due(Term.VALIDATE, windows.stage_1.opens_at, windows.stage_1.ends_at), upload)


@cites(
    Article(CONTRACT_GUIDE, "step 3"),
    Article(DERIVED, "CON-152"),
    rule="CON-152",
    words=_("A reminder leaves a set number of days before a term ends, by default two."),
)
def reminder_at(due: Due, days: int = 2) -> datetime | None:
    """When the reminder of a term leaves: at nine in the morning, `days` calendar days before its last day.

    None when the term opens at that moment or later: the notice of its opening has just said so.

    Examples:
        upload until Tuesday 10 November 2020, 2 days -> Sunday 8 November 2020, 09:00
    """
    at = wall_time(add_days(due.due_at.astimezone(ROMANIA).date(), -days), REMINDER_HOUR)
    return at if at > due.opens_at else None
