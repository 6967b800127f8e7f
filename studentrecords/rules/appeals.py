"""Grade appeals: until when, on which ground, who answers, who re-marks, and what the commission decides."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from enum import StrEnum

from studentrecords.rules import grading
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import (
    ADMINISTRATIVE_DAY,
    AdministrativeDay,
    administrative_deadline,
    administrative_opening,
    end_of_day,
    in_time,
)
from upt_portal.kernel.calendar import add_working_days as _add_working_days
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.sources import CODE, DERIVED, Article, cites
from upt_portal.kernel.words import gettext_lazy as _

TERM = Article(CODE, "art. 28 (1)")
STEPS = Article(CODE, "art. 28 (2)")
AGAIN = Article(CODE, "art. 28 (3)")
FORWARDED = Article(CODE, "art. 28 (4)")
COMMISSION = Article(CODE, "art. 28 (5)")
RE_MARKED = Article(CODE, "art. 28 (6)")
REPORT = Article(CODE, "art. 28 (7)")
WRITTEN = Article(CODE, "art. 28 (8)")
ORAL = Article(CODE, "art. 28 (9)")
ORAL_RIGHT = Article(CODE, "art. 1 (1) (w)")


class Ground(StrEnum):
    """Why a result is contested."""

    MARKING = "marking"  # of a written paper
    OUTSIDE_TOPICS = "outside_topics"  # questions that are not in the sheet


class GoodReason(StrEnum):
    """The reasons on which a re-evaluation may be asked for (REC-195)."""

    BIBLIOGRAPHY = "bibliography"
    METHOD = "method"
    GRID = "grid"
    SCALE = "scale"


#: In place of the administrative day where the university does not count with it.
WHOLE_DAY = AdministrativeDay(time(0), time(23, 59, 59, 999999))


@cites(
    TERM,
    Article(DERIVED, "T5"),
    rule="REC-190",
    words=_(
        "An appeal is lodged within one working day of the posting of the result: on the next working day, "
        "from 08:00 to 16:00. What comes earlier is accepted and registered at 08:00 of that day."
    ),
)
def appeal_due_at(
    posted_at: date | datetime,
    closed: Collection[date],
    *,
    days: int = 1,
    hours: AdministrativeDay = ADMINISTRATIVE_DAY,
) -> datetime:
    """The last moment in which a posted result is contested. posted_at: since when it is seen.

    Examples:
        posted Wednesday 15 February 2023, 11:00 -> Thursday 16 February, 16:00
        posted Saturday 15 February 2025 -> Monday 17 February, 16:00
        posted Thursday 23 January 2025 (24 closed) -> Monday 27 January, 16:00
    """
    return administrative_deadline(posted_at, days, closed, hours)


@cites(
    TERM,
    rule="REC-190",
    words=_("An appeal that comes after 16:00 of the last day is refused."),
)
def lodging_answer(at: datetime, due_at: datetime, *, late_reason: str = "") -> Answer:
    """Whether an appeal of this moment is in time. late_reason: of an individual extension (T9), on paper."""
    if in_time(at, due_at) or late_reason.strip():
        return YES
    return NO(
        _("This result could be contested until %(day)s.") % {"day": due_at},
        TERM,
        _("The InfoCenter can receive an appeal later only with a written reason."),
    )


@cites(
    TERM,
    Article(DERIVED, "R-A7"),
    rule="REC-190",
    words=_("The register opens at 08:00 of the working day after the posting."),
)
def received_at(
    at: datetime,
    posted_at: datetime,
    closed: Collection[date],
    hours: AdministrativeDay = ADMINISTRATIVE_DAY,
) -> datetime:
    """The moment that counts as the receipt of an appeal.

    Examples:
        posted Wednesday 11:00, filed the same day at 12:00 -> Thursday 08:00
        filed Thursday 09:30 -> Thursday 09:30
    """
    return max(at, administrative_opening(posted_at, closed, hours))


@cites(
    TERM,
    rule="REC-191",
    words=_(
        "An appeal names the examining teacher, the discipline, the full name and CNP of the student, year, "
        "programme, group and the reasons; the portal fills in everything but the reasons."
    ),
)
def content_answer(reasons: str) -> Answer:
    """Whether an appeal says why; the rest of its content is filled in."""
    if reasons.strip():
        return YES
    return NO(_("Write your reasons."), TERM)


@cites(
    WRITTEN,
    ORAL,
    ORAL_RIGHT,
    rule="REC-192",
    words=_(
        "Written exams are contested; an oral exam only for questions outside the topics of the sheet, and "
        "each result once."
    ),
)
def ground_answer(ground: str, *, oral: bool) -> Answer:
    """Whether an exam is contested on this ground."""
    if ground not in list(Ground):
        return NO(_("Choose the ground of the appeal."), WRITTEN)
    if oral and ground != Ground.OUTSIDE_TOPICS:
        return NO(_("An oral exam is contested only for questions outside the topics of the sheet."), ORAL)
    return YES


@cites(
    WRITTEN,
    rule="REC-192",
    words=_("Only one's own results, one appeal for each; what a commission decided is final."),
)
def may_contest(result: str, *, own: bool, appealed: bool, commission: bool, current: bool = True) -> Answer:
    """Whether a posted result may be contested. current: it was not replaced by a later one."""
    if not own:
        return NO(_("Only one's own results are contested."), WRITTEN)
    if commission:
        return NO(_("The grade of a commission is final."), REPORT)
    if result not in (*grading.NUMBERS, grading.ADMITTED, grading.REJECTED):
        return NO(_("Nothing was evaluated here: there is no mark to contest."), WRITTEN)
    if appealed:
        return NO(_("You have contested this result; each result is contested once."), WRITTEN)
    if not current:
        return NO(_("This result was replaced by a later one; contest that one."), WRITTEN)
    return YES


@cites(
    STEPS,
    rule="REC-193",
    words=_(
        "The InfoCenter registers an appeal and sends it to the secretariat, which sends it to the teacher, "
        "all within one working day of its receipt."
    ),
)
def sent_due_at(
    received: datetime,
    closed: Collection[date],
    *,
    days: int = 1,
    hours: AdministrativeDay = ADMINISTRATIVE_DAY,
) -> datetime:
    """Until when the teacher has the appeal. received: the moment that counts, on paper too."""
    return administrative_deadline(received, days, closed, hours)


@cites(
    STEPS,
    rule="REC-194",
    words=_(
        "The teacher answers in writing, with reasons, within one working day of getting the appeal; the "
        "InfoCenter sends the answer to the student within one working day."
    ),
)
def step_due_at(
    begun_at: datetime,
    closed: Collection[date],
    *,
    days: int = 1,
    hours: AdministrativeDay = ADMINISTRATIVE_DAY,
) -> datetime:
    """Until when a step of an appeal is done that began at this moment."""
    return administrative_deadline(begun_at, days, closed, hours)


@cites(
    STEPS,
    rule="REC-194",
    words=_("The answer to an appeal is written and gives its reasons."),
)
def answer_answer(answer: str, who: int, examiners: Collection[int], *, by_office: bool) -> Answer:
    """Whether an answer may be kept. by_office: the secretariat records the teacher's paper."""
    if not by_office and who not in examiners:
        return NO(_("The examining teacher answers."), STEPS)
    if not answer.strip():
        return NO(_("Write the answer, with its reasons."), STEPS)
    return YES


@cites(
    AGAIN,
    rule="REC-195",
    words=_(
        "A re-evaluation is asked for within one working day of the receipt of the answer, only when "
        "bibliography, method, grid of the sheet or grading scale were not respected."
    ),
)
def again_due_at(
    received: datetime,
    closed: Collection[date],
    *,
    days: int = 1,
    hours: AdministrativeDay = ADMINISTRATIVE_DAY,
) -> datetime:
    """The last moment of a request for a re-evaluation. received: when the student got the answer.

    Examples:
        answer received Monday 27 January 2025, 12:00 -> Tuesday 28 January, 16:00
    """
    return administrative_deadline(received, days, closed, hours)


@cites(
    AGAIN,
    rule="REC-195",
    words=_("The request for a re-evaluation names one of the four reasons and explains it."),
)
def again_answer(reason: str, words: str, at: datetime, due_at: datetime | None) -> Answer:
    """Whether a re-evaluation may be asked for now. due_at: None when no term runs any more."""
    if due_at is None or not in_time(at, due_at):
        if due_at is None:
            return NO(_("The term for asking for a re-evaluation is over."), AGAIN)
        return NO(_("A re-evaluation could be asked for until %(day)s.") % {"day": due_at}, AGAIN)
    if reason not in list(GoodReason):
        return NO(_("Choose what was not respected."), AGAIN)
    if not words.strip():
        return NO(_("Explain what was not respected."), AGAIN)
    return YES


@cites(
    FORWARDED,
    rule="REC-196",
    words=_(
        "The InfoCenter forwards request and answer within one working day; the secretariat puts them "
        "before the dean."
    ),
)
def forwarded_answer(forwarded_at: datetime | None) -> Answer:
    """Whether the secretariat has what it puts before the dean."""
    if forwarded_at is not None:
        return YES
    return NO(_("The InfoCenter has not forwarded the request yet."), FORWARDED)


@cites(
    COMMISSION,
    rule="REC-197",
    words=_("Where the examiner is the dean, the director of the department decides and appoints."),
)
def decider_answer(*, is_director: bool, is_examiner: bool, examiner_is_dean: bool) -> Answer:
    """Whether somebody who may decide on a re-evaluation decides on this one."""
    if is_examiner:
        return NO(_("Nobody decides on an exam of one's own."), COMMISSION)
    if examiner_is_dean and not is_director:
        return NO(_("The examiner is the dean: the director of the department decides."), COMMISSION)
    if is_director and not examiner_is_dean:
        return NO(_("The dean decides on this request."), COMMISSION)
    return YES


@cites(
    COMMISSION,
    rule="REC-197",
    words=_("Three teachers re-mark, none of whom took part in the first evaluation."),
)
def commission_answer(members: Sequence[int], examiners: Collection[int], *, size: int = 3) -> Answer:
    """Whether these teachers may form the commission. members, examiners: keys of people."""
    if len(members) != size or len(set(members)) != size:
        return NO(_("A commission has %(size)s different teachers.") % {"size": size}, COMMISSION)
    if set(members) & set(examiners):
        return NO(_("A teacher of the first evaluation cannot re-mark it."), COMMISSION)
    return YES


@cites(
    RE_MARKED,
    Article(DERIVED, "R-A8"),
    rule="REC-198",
    words=_(
        "The commission re-marks a copy of the paper within two working days of receiving it, from the "
        "answer, the sheet and the scale."
    ),
)
def report_due_at(received: datetime, closed: Collection[date], *, days: int = 2) -> datetime:
    """The last moment of the commission's report, the whole day counted. received: the paper's copy."""
    return end_of_day(_add_working_days(received.astimezone(ROMANIA).date(), days, closed))


@cites(
    RE_MARKED,
    rule="REC-198",
    words=_("The commission marks once the secretariat has handed it the copy of the paper."),
)
def papers_answer(papers_at: datetime | None) -> Answer:
    """Whether the commission has what it marks from."""
    if papers_at is not None:
        return YES
    return NO(_("The secretariat has not handed over the copy of the paper yet."), RE_MARKED)


#: Files in which the copy of a paper is handed to a commission, at most.
MOST_COPIES = 5


@cites(
    RE_MARKED,
    rule="REC-198",
    words=_("The commission gets a copy of the paper, as a file in the portal or on paper."),
)
def copy_answer(files: int, *, there: int = 0, on_paper: bool = False) -> Answer:
    """Whether a copy is handed over. files: sent now. there: kept before. on_paper: told to be so."""
    if not files and not there and not on_paper:
        return NO(_("Add the copy of the paper, or say that it was handed over on paper."), RE_MARKED)
    if there + files > MOST_COPIES:
        return NO(
            _("A commission gets at most %(most)s files of one paper.") % {"most": MOST_COPIES}, RE_MARKED
        )
    return YES


@cites(
    REPORT,
    rule="REC-199",
    words=_("The report proposes the final grade and is signed by all three, who have each marked."),
)
def report_answer(result: str, report: str, scale: str, marks: Mapping[int, str]) -> Answer:
    """Whether the report is complete. marks: of each member, "" while missing."""
    if any(not mark for mark in marks.values()):
        return NO(_("Each member of the commission marks first."), REPORT)
    if result not in grading.OUTCOMES[scale]:
        return NO(_("Write the final grade that the commission proposes."), REPORT)
    if not report.strip():
        return NO(_("Write the report of the commission."), REPORT)
    return YES


@cites(
    REPORT,
    rule="REC-199",
    words=_("Each member signs once, the report that was seen."),
)
def signature_answer(who: int, members: Collection[int], signed: Collection[int]) -> Answer:
    """Whether somebody may sign the report."""
    if who not in members:
        return NO(_("The members of the commission sign its report."), REPORT)
    if who in signed:
        return NO(_("You have signed this report. The other members sign next."), REPORT)
    return YES


@cites(
    REPORT,
    rule="REC-199",
    words=_("A mark of the commission is of the scale of the exam."),
)
def mark_answer(mark: str, scale: str) -> Answer:
    """Whether a member's mark may stand."""
    if mark in grading.OUTCOMES[scale]:
        return YES
    if scale == "pass":
        return NO(_("Write admitted or rejected."), REPORT)
    return NO(_("Write a whole number from 1 to 10."), REPORT)


@cites(
    REPORT,
    rule="REC-200",
    words=_("The student may ask for a meeting with the commission, to hear its reasons."),
)
def meeting_answer(*, reported: bool, asked: bool) -> Answer:
    """Whether a meeting with the commission may be asked for."""
    if not reported:
        return NO(_("A meeting is asked for once the commission has reported."), REPORT)
    if asked:
        return NO(_("You have asked for a meeting; the secretariat sets its day."), REPORT)
    return YES


@cites(
    AGAIN,
    COMMISSION,
    rule="REC-201",
    words=_("Where the dean finds no good reason, the request is rejected with the reason; nothing follows."),
)
def rejection_answer(reason: str) -> Answer:
    """Whether a request may be rejected."""
    if reason.strip():
        return YES
    return NO(_("Write why there is no good reason; the student reads it."), AGAIN)


@cites(
    Article(DERIVED, "REC-202"),
    rule="REC-202",
    words=_(
        "The teacher's answer may change the grade: before its term in the catalogue itself, afterwards as "
        "a correction with the number of the appeal."
    ),
)
def changes_by_correction(result: str, before: str, at: datetime, enter_until: datetime) -> bool:
    """Whether the grade a teacher's answer names needs a correction approved by the dean."""
    return bool(result) and result != before and not in_time(at, enter_until)


@cites(
    REPORT,
    Article(DERIVED, "R-A36"),
    rule="REC-203",
    words=_("The commission's grade is final and replaces the first one where it differs, higher or lower."),
)
def final_result(before: str, proposed: str) -> str:
    """The result after the re-evaluation.

    Examples:
        7, commission 9 -> 9
        7, commission 4 -> 4
    """
    return proposed or before


@cites(
    REPORT,
    rule="REC-203",
    words=_("A result that a commission decided is not changed in the catalogue any more."),
)
def decided_answer(*, by_commission: bool) -> Answer:
    """Whether a result may be changed by a teacher's hand."""
    if not by_commission:
        return YES
    return NO(_("A commission decided this result; it is final."), REPORT)
