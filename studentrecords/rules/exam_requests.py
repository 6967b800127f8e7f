"""Exams outside the rule: open sessions, another form of examination, durations and who was consulted."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import CODE, cites
from upt_portal.kernel.sources import Article as Article
from upt_portal.kernel.words import gettext_lazy as _

OPEN_SESSIONS = Article(CODE, "art. 19 (5.2)")
ALTERNATIVES = Article(CODE, "art. 1 (1) (v)")
DURATIONS = Article(CODE, "art. 25 (1)")

OPEN, ALTERNATIVE = "open", "alternative"


class Ground(StrEnum):
    """On which grounds an exam is asked for outside the rule."""

    ATHLETE = "athlete"
    SCIENTIFIC = "scientific"
    HOSPITAL = "hospital"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"


OF_OPEN = (Ground.ATHLETE, Ground.SCIENTIFIC, Ground.HOSPITAL)
OF_ALTERNATIVE = (Ground.TEMPORARY, Ground.PERMANENT)


@cites(
    OPEN_SESSIONS,
    rule="REC-098",
    words=_(
        "Performance athletes, participants in relevant scientific competitions and students long in "
        "hospital may ask for an open session, with the paper of the club, federation, organiser or "
        "physician."
    ),
)
def open_request_answer(ground: str, *, proofs: int, disciplines: int) -> Answer:
    """Whether an open session may be asked for. proofs, disciplines: how many papers and exams it names."""
    if ground not in OF_OPEN:
        return NO(
            _("An open session is for sport, scientific competitions or a long hospitalisation."),
            OPEN_SESSIONS,
        )
    if proofs < 1:
        return NO(
            _("The paper of the club, federation, organiser or physician is missing."),
            OPEN_SESSIONS,
            _("Add it to the request."),
        )
    if disciplines < 1:
        return NO(_("Choose the disciplines to be sat in the open session."), OPEN_SESSIONS)
    return YES


@cites(
    OPEN_SESSIONS,
    rule="REC-098",
    words=_(
        "The dean approves beforehand; only then is the exam dated, outside the sessions of the year, within "
        "the days of the approval."
    ),
)
def open_day_answer(held_on: date, approved_on: date | None, first_day: date, last_day: date) -> Answer:
    """Whether an exam of an open session may be held on a day. approved_on: None without an approval.

    Examples:
        approved on 2 March for 10 to 20 March, held on 10 March -> yes; on 21 March -> no
        approved on 12 March, held on 11 March -> no, the approval comes before
    """
    if approved_on is None:
        return NO(_("The dean has not approved this open session."), OPEN_SESSIONS)
    if held_on < approved_on:
        return NO(_("The dean's approval comes before the exam."), OPEN_SESSIONS, _("Choose a later day."))
    if not first_day <= held_on <= last_day:
        return NO(
            _("The open session was approved from %(first)s to %(last)s.")
            % {"first": first_day, "last": last_day},
            OPEN_SESSIONS,
        )
    return YES


@cites(
    ALTERNATIVES,
    rule="REC-122",
    words=_(
        "With a certified temporary or permanent disability a student may ask for another form of the exam, "
        "with the proof; the agreed method is recorded and seen by the teachers."
    ),
)
def alternative_request_answer(ground: str, *, proofs: int, words: str) -> Answer:
    """Whether an alternative examination may be asked for. words: what would help, in the student's words."""
    if ground not in OF_ALTERNATIVE:
        return NO(_("Another form of the exam is for a certified disability."), ALTERNATIVES)
    if proofs < 1:
        return NO(_("The certificate is missing."), ALTERNATIVES, _("Add it to the request."))
    if not words.strip():
        return NO(_("Write which form of the exam would help you."), ALTERNATIVES)
    return YES


@cites(
    ALTERNATIVES,
    rule="REC-122",
    words=_("An alternative examination is approved with its method and from when it holds."),
)
def method_answer(method: str, first_day: date | None, last_day: date | None) -> Answer:
    """Whether a method may be recorded. last_day: None for good."""
    if not method.strip():
        return NO(_("Write the method agreed with the teachers."), ALTERNATIVES)
    if first_day is None:
        return NO(_("Write from when the method holds."), ALTERNATIVES)
    if last_day is not None and last_day < first_day:
        return NO(_("The last day lies before the first."), ALTERNATIVES)
    return YES


@cites(
    DURATIONS,
    rule="REC-123",
    words=_(
        "The faculty sets how long written and oral exams take, after consulting students, teachers and "
        "secretariat; who was consulted is recorded."
    ),
)
def durations_answer(written: int, oral: int, *, students: str, teachers: str, secretariat: str) -> Answer:
    """Whether durations, in minutes, may be recorded: with each of the three parties consulted named."""
    if written < 1 or oral < 1:
        return NO(_("Write how many minutes written and oral exams take."), DURATIONS)
    if not all(words.strip() for words in (students, teachers, secretariat)):
        return NO(_("Write how students, teachers and secretariat were consulted."), DURATIONS)
    return YES
