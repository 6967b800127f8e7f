"""Attendance: minima, reductions, motivated absences, what happens when an obligation is missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import add_days
from upt_portal.kernel.sources import CODE, Article, cites
from upt_portal.kernel.words import gettext_lazy as _

MINIMA = Article(CODE, "art. 19 (3)")
REDUCTION = Article(CODE, "art. 19 (4)")
PROOFS = Article(CODE, "art. 19 (5.1)")
NOT_BACKWARDS = Article(CODE, "art. 19 (6)")
MOTIVATED = Article(CODE, "art. 19 (5)")
RECOVERED = Article(CODE, "art. 19 (7)")
MISSED = Article(CODE, "art. 19 (8)")
PREGNANCY = Article(CODE, "art. 19 (10)")
FREE_AGAIN = Article(CODE, "art. 19 (11)")
DUTY = Article(CODE, "art. 19 (1)")
LONG_DAYS = Article(CODE, "art. 1 (1) (s)")

HUNDRED = Fraction(100)


class Activity(StrEnum):
    """The kinds of class that are attended."""

    COURSE = "course"
    SEMINAR = "seminar"
    APPLICATION = "application"  # laboratory, practical, project


class Ground(StrEnum):
    """Why a dean may reduce a minimum."""

    PERFORMANCE = "performance"  # research, artistic or sporting
    EMPLOYMENT = "employment"
    MEDICAL = "medical"
    PREGNANCY = "pregnancy"  # partial exemption, from the fifth month


@dataclass(frozen=True)
class Attended:
    """What one student attended of one activity. motivated: absences the dean motivated."""

    held: int
    attended: int
    motivated: int = 0

    @property
    def counted(self) -> int:
        """Meetings that count: motivated absences are taken out (R-A32)."""
        return self.held - self.motivated

    @property
    def percent(self) -> Fraction:
        """The exact share attended, in percent; 100 when nothing was held."""
        return Fraction(self.attended * 100, self.counted) if self.counted > 0 else HUNDRED


@dataclass(frozen=True)
class Reduction:
    """A dean's reduction. percent: of the minimum, up to 50; after: meetings held before its approval."""

    percent: Decimal
    after: int
    medical: bool = False


@cites(
    MINIMA,
    rule="REC-090",
    words=_(
        "Least attendance: all applications or as the sheet says, seminars 70%, courses 50%. "
        "The comparison is exact, without rounding."
    ),
)
def attendance_answer(what: Attended, least: Decimal | Fraction) -> Answer:
    """Whether a course or seminar was attended enough. least: percent of the meetings that count.

    Examples:
        10 of 14 seminars, 70 % -> met (71.4 %)
        9 of 14 -> not met (64.3 %)
        7 of 14 courses, 50 % -> met
    """
    if what.percent >= Fraction(least):
        return YES
    shown = {"attended": what.attended, "counted": what.counted, "least": f"{float(least):g}"}
    return NO(
        _("%(attended)s of %(counted)s meetings were attended; %(least)s %% are needed.") % shown, MINIMA
    )


@cites(
    REDUCTION,
    rule="REC-091",
    words=_(
        "The dean may reduce the minimum of courses and seminars by up to half of it; not that of "
        "applications."
    ),
)
def reduction_answer(activity: Activity, percent: Decimal, *, most: Decimal = Decimal(50)) -> Answer:
    """Whether a minimum may be reduced by `percent` of itself."""
    if activity is Activity.APPLICATION:
        return NO(_("The attendance of applications is not reduced."), REDUCTION)
    if not 0 < percent <= most:
        return NO(
            _("The minimum is reduced by at most %(most)s %% of it.") % {"most": f"{most:f}"}, REDUCTION
        )
    return YES


@cites(
    REDUCTION,
    rule="REC-091",
    words=_("A full reduction leaves half of the minimum: for seminars 35, for courses 25 percent."),
)
def reduced_minimum(least: Decimal, percent: Decimal) -> Fraction:
    """The minimum after a reduction, in percent, exact.

    Examples:
        70, reduced by 50 % -> 35
        50, reduced by 50 % -> 25
    """
    return Fraction(least) * (HUNDRED - Fraction(percent)) / HUNDRED


@cites(
    PROOFS,
    NOT_BACKWARDS,
    rule="REC-092",
    words=_(
        "A reduction is asked for within 14 days of the start of the semester, of employment or of the "
        "competition, for a later illness of the end of the certified period; with the proofs."
    ),
)
def reduction_request_answer(filed_on: date, event_on: date, *, proofs: int, days: int = 14) -> Answer:
    """Whether a request for a reduction is received. event_on: start, or end of the medical certificate.

    Examples:
        semester from Monday 24 February 2025 -> until Monday 10 March
        hired on 20 March -> until 3 April
        certificate until 14 April -> until 28 April
    """
    if proofs < 1:
        return NO(_("The proofs are attached when the request is filed."), PROOFS, _("Attach the documents."))
    last = add_days(event_on, days)
    if filed_on > last:
        return NO(_("The request could be filed until %(day)s.") % {"day": last}, NOT_BACKWARDS)
    return YES


@cites(
    NOT_BACKWARDS,
    rule="REC-093",
    words=_(
        "A reduction counts from its approval, never backwards, except for medical reasons: the minimum of "
        "the semester is the average of the minima in force at each meeting."
    ),
)
def minimum_of_semester(least: Decimal, held: int, reduction: Reduction | None = None) -> Fraction:
    """The minimum of the semester in percent, exact.

    Examples:
        70 %, 14 seminars, full reduction after the 4th -> (4 × 70 + 10 × 35) / 14 = 45
        the same for medical reasons -> 35
    """
    if reduction is None or held < 1:
        return Fraction(least)
    before = 0 if reduction.medical else min(reduction.after, held)
    lower = reduced_minimum(least, reduction.percent)
    return (before * Fraction(least) + (held - before) * lower) / held


@cites(
    MOTIVATED,
    RECOVERED,
    rule="REC-094",
    words=_(
        "An absence motivated by the dean is taken out of the courses and seminars held; in applications it "
        "is still recovered, three of them free of charge."
    ),
)
def counts_as_held(activity: Activity, *, dean_note: bool) -> bool:
    """Whether a missed meeting still counts as held for the student."""
    return activity is Activity.APPLICATION or not dean_note


@cites(
    RECOVERED,
    rule="REC-094",
    words=_("At most three applications of a discipline and semester are recovered free of charge."),
)
def may_recover_free(recovered: int, *, most: int = 3) -> Answer:
    """Whether one more missed application may be recovered free. recovered: those recovered already."""
    if recovered < most:
        return YES
    return NO(
        _("%(most)s applications of a semester are recovered free of charge.") % {"most": most}, RECOVERED
    )


@cites(
    RECOVERED,
    rule="REC-095",
    words=_(
        "Four absences from applications, motivated ones included, or unrecovered ones that reach "
        "30 percent of those held, force the discipline to be contracted again."
    ),
)
def applications_answer(
    held: int, missed: int, recovered: int, *, most_missed: int = 4, percent: Decimal = Decimal(30)
) -> Answer:
    """Whether the applications of a semester were attended enough. missed: motivated ones included.

    Examples:
        14 held, 3 missed, all recovered -> yes
        14 held, 4 missed, all motivated -> no
        10 held, 3 missed, none recovered -> no, 30 %
    """
    again = _("The discipline is contracted again next year.")
    if missed >= most_missed:
        return NO(
            _("%(missed)s applications were missed; from %(most)s on they cannot be recovered.")
            % {"missed": missed, "most": most_missed},
            RECOVERED,
            again,
        )
    open_still = missed - recovered
    if held and open_still > 0 and Fraction(open_still * 100, held) >= Fraction(percent):
        return NO(
            _("%(open)s of %(held)s applications were missed and not recovered.")
            % {"open": open_still, "held": held},
            RECOVERED,
            again,
        )
    return YES


@cites(
    MISSED,
    Article(CODE, "art. 19 (9)"),
    Article(CODE, "art. 27 (1)"),
    rule="REC-096",
    words=_(
        "Who misses an obligation and does not make it up is not admitted to the exam in any session of the "
        "year; the discipline is contracted again, what was done is recognised."
    ),
)
def admission_answer(obligations: Sequence[Answer], *, made_up: bool = False) -> Answer:
    """Whether a student is admitted to the exam. made_up: by the tasks the teacher gave instead."""
    if made_up:
        return YES
    return next((answer for answer in obligations if not answer), YES)


@cites(
    MOTIVATED,
    RECOVERED,
    rule="REC-094",
    words=_("What a student attended, had motivated and recovered fits into the meetings held."),
)
def counts_answer(
    activity: Activity,
    held: int,
    attended: int,
    *,
    motivated: int = 0,
    recovered: int = 0,
    note: str = "",
    most_recovered: int = 3,
) -> Answer:
    """Whether these numbers can be written down. note: number of the dean's note for motivated absences."""
    missed = held - attended
    if missed < 0:
        return NO(_("More meetings were attended than held."), MINIMA)
    if motivated > missed:
        return NO(_("More absences are motivated than there are."), MOTIVATED)
    if motivated and not note.strip():
        return NO(_("Motivated absences need the number of the dean's note."), MOTIVATED)
    if recovered and activity is not Activity.APPLICATION:
        return NO(_("Only applications are recovered."), RECOVERED)
    if recovered > missed:
        return NO(_("More applications are recovered than were missed."), RECOVERED)
    return may_recover_free(recovered - 1, most=most_recovered) if recovered else YES


@cites(
    REDUCTION,
    rule="REC-097",
    words=_("Teachers set separate tasks for students with a reduction of attendance."),
)
def needs_separate_task(reductions: int, tasks: int) -> bool:
    """Whether a student with a reduction still waits for a separate task."""
    return reductions > 0 and tasks == 0


@cites(
    PREGNANCY,
    rule="REC-099",
    words=_(
        "In pregnancy, from the fifth month on, attendance is partly exempted on medical papers; an activity "
        "repeated for it is free of study, re-contracting and re-examination fees."
    ),
)
def pregnancy_answer(*, fifth_month_shown: bool, proofs: int) -> Answer:
    """Whether a partial exemption in pregnancy may be granted."""
    if proofs < 1:
        return NO(_("The medical papers are attached to the request."), PREGNANCY, _("Attach the documents."))
    if not fifth_month_shown:
        return NO(_("The papers do not show that the fifth month has begun."), PREGNANCY)
    return YES


@cites(
    FREE_AGAIN,
    rule="REC-100",
    words=_(
        "Hospitalised students, athletes called up and participants in scientific, cultural or artistic "
        "events repeat activities free of fees, on request and with the dean's prior approval."
    ),
)
def free_repetition_answer(asked_on: date | None, approved_on: date | None, held_on: date) -> Answer:
    """Whether an activity is repeated free. held_on: the first missed activity; the approval comes before."""
    if asked_on is None:
        return NO(_("The repetition free of fees is asked for."), FREE_AGAIN)
    if approved_on is None or approved_on > held_on:
        return NO(_("The dean approves before the event."), FREE_AGAIN)
    return YES


@cites(
    DUTY,
    LONG_DAYS,
    rule="REC-101",
    words=_(
        "Attending all classes is the general duty; more than 8 hours of class a day may be refused, "
        "practical training apart."
    ),
)
def long_day_warning(hours: Decimal | int, *, practical: Decimal | int = 0, most: int = 8) -> bool:
    """Whether a day of classes is longer than a student must accept. practical: hours of training in it.

    Examples:
        8 hours -> no
        9 hours, 1 of them practical training -> no
        8 hours and a quarter -> yes
    """
    return hours - practical > most
