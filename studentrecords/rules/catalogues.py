"""Catalogues: until when results are entered, who may change what, when a list is complete and late."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from studentrecords.rules.grading import ABSENT, NOT_ADMITTED, RESULTS
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import add_working_days, end_of_day, in_time
from upt_portal.kernel.sources import CODE, DERIVED, Article, cites
from upt_portal.kernel.words import gettext_lazy as _

ENTRY = Article(CODE, "art. 25 (4)")
SIGNED = Article(CODE, "art. 25 (3)")
LISTED = Article(CODE, "art. 23 (2)")
ABSENT_LISTED = Article(CODE, "art. 30 (1.2)")
NO_OVERWRITING = Article(CODE, "art. 18 (2)")
POSTED = Article(CODE, "art. 28 (1)")
DOCUMENTS = Article(CODE, "art. 13 (u)")
DOCUMENTS_AT_EXAMS = Article(CODE, "art. 27 (2)")

#: Sessions A; anything else that is no session of the year is an open one (REC-098).
_A, _SHORT = frozenset({"A-I", "A-II"}), frozenset({"B-I", "B-II", "C"})


@cites(
    ENTRY,
    rule="REC-130",
    words=_(
        "Results are entered within 5 working days of an exam of session A, within 3 when it is held in the "
        "last seven days of A, in B or in C; the last day counts whole."
    ),
)
def entry_due_at(
    session: str,
    held_on: date,
    session_ends_on: date,
    closed: Collection[date],
    *,
    days: int = 5,
    late_days: int = 3,
    span: int = 7,
) -> datetime:
    """The last moment in which results are entered.

    session: its code, "" for an open one, which has the longer term. span: last days of A with the short one.

    Examples:
        A-I until 9 February 2025, exam Wednesday 22 January (24 closed) -> 30 January
        exam Monday 3 February, in the last seven days -> Thursday 6 February
        B-I, exam Wednesday 12 February -> Monday 17 February
    """
    short = session in _SHORT or (session in _A and held_on > session_ends_on - timedelta(days=span))
    return end_of_day(add_working_days(held_on, late_days if short else days, closed))


@cites(
    ENTRY,
    Article(DERIVED, "REC-130"),
    rule="REC-130",
    words=_("Results are entered from the day of the exam on, not earlier."),
)
def held_answer(held_on: date, today: date) -> Answer:
    """Whether the day of an exam has come, so that there can be results."""
    if today >= held_on:
        return YES
    return NO(
        _("The exam is held on %(day)s; results are entered from that day on.") % {"day": held_on}, ENTRY
    )


@cites(
    ENTRY,
    rule="REC-131",
    words=_("After its term a catalogue is closed for entry and change; until then the teacher may change."),
)
def entry_answer(at: datetime, due_at: datetime) -> Answer:
    """Whether results may still be entered and changed."""
    if in_time(at, due_at):
        return YES
    return NO(
        _("Results could be entered until %(day)s.") % {"day": due_at},
        ENTRY,
        _("A later change needs a justified request and the dean's written approval."),
    )


@cites(
    POSTED,
    ENTRY,
    rule="REC-131",
    words=_("A result changed after it was posted gets a new posting time; the appeal term runs from it."),
)
def posted_anew(before: str, after: str, posted_at: datetime, at: datetime) -> datetime:
    """The posting time of a result after the catalogue is posted again."""
    return posted_at if before == after else at


@cites(
    ENTRY,
    rule="REC-132",
    words=_(
        "A later change needs the teacher's justified request and the dean's written approval, both "
        "recorded, for named students."
    ),
)
def correction_answer(justification: str, approval: str, approved_on: date | None, students: int) -> Answer:
    """Whether a catalogue may be opened for a correction. approval: number of the dean's approval."""
    if not justification.strip():
        return NO(_("The teacher's justified request is missing."), ENTRY)
    if not approval.strip() or approved_on is None:
        return NO(_("The dean's written approval is missing: its number and day."), ENTRY)
    if students < 1:
        return NO(_("Choose the students whose results are corrected."), ENTRY)
    return YES


@cites(
    ENTRY,
    Article(DERIVED, "REC-132"),
    rule="REC-132",
    words=_("A catalogue opened for a correction closes by itself after one working day."),
)
def correction_until(opened_on: date, closed: Collection[date], *, days: int = 1) -> datetime:
    """The last moment of a correction: the whole of the last working day."""
    return end_of_day(add_working_days(opened_on, days, closed))


@cites(
    ENTRY,
    ABSENT_LISTED,
    Article(DERIVED, "REC-133"),
    rule="REC-133",
    words=_("A catalogue with an empty row is not signed."),
)
def complete_answer(results: Sequence[str]) -> Answer:
    """Whether every row of a catalogue has a result."""
    empty = sum(result not in RESULTS for result in results)
    if not results:
        return NO(_("Nobody is listed in the catalogue."), ENTRY)
    if empty:
        return NO(
            _("Rows without a result: %(count)s.") % {"count": empty},
            ENTRY,
            _("Write a grade, absent or not admitted in every row."),
        )
    return YES


@cites(
    SIGNED,
    rule="REC-134",
    words=_(
        "The catalogue signed by both teachers reaches the secretariat within 5 working days of the exam."
    ),
)
def signed_due_at(held_on: date, closed: Collection[date], *, days: int = 5) -> datetime:
    """The last moment in time for both signatures.

    Examples:
        B-I, exam Wednesday 12 February 2025 -> Wednesday 19 February
    """
    return end_of_day(add_working_days(held_on, days, closed))


@cites(
    SIGNED,
    rule="REC-134",
    words=_("Both teachers of the exam sign, each once; signing late changes nothing and is flagged."),
)
def signing_answer(who: int, teachers: Collection[int], signed: Collection[int]) -> Answer:
    """Whether somebody may sign. who, teachers, signed: keys of people."""
    if who not in teachers:
        return NO(_("The two teachers of the exam sign its catalogue."), SIGNED)
    if who in signed:
        return NO(_("You have signed this catalogue. The other teacher signs next."), SIGNED)
    return YES


@cites(
    SIGNED,
    ENTRY,
    rule="REC-134",
    words=_("A step that overruns its term is flagged late."),
)
def is_late(done_at: datetime | None, due_at: datetime, at: datetime) -> bool:
    """Whether a step was done late, or is not done though its term is over."""
    return not in_time(done_at or at, due_at)


@cites(
    LISTED,
    ABSENT_LISTED,
    rule="REC-135",
    words=_("Only listed students receive a result; who is listed and does not come is absent."),
)
def listed_answer(row: int, listed: Collection[int]) -> Answer:
    """Whether a result may be written for this row."""
    if row in listed:
        return YES
    return NO(_("This student is not in the list of the exam."), LISTED)


@cites(
    NO_OVERWRITING,
    Article(DERIVED, "REC-136"),
    rule="REC-136",
    words=_("A posted result is changed to another one, with a reason; it is never removed."),
)
def change_answer(before: str, after: str, *, posted: bool, reason: str) -> Answer:
    """Whether a result may be changed. posted: students have seen it."""
    if before == after or not posted:
        return YES
    if not after:
        return NO(_("A posted result is changed, not removed."), NO_OVERWRITING)
    if not reason.strip():
        return NO(_("Write why a posted result is changed."), NO_OVERWRITING)
    return YES


@cites(
    ABSENT_LISTED,
    DOCUMENTS_AT_EXAMS,
    rule="REC-048",
    words=_("Who is absent or not admitted has not sat the exam."),
)
def was_sat(result: str) -> bool:
    """Whether a result says that the student sat the exam."""
    return result not in ("", ABSENT, NOT_ADMITTED)


@cites(
    DOCUMENTS,
    DOCUMENTS_AT_EXAMS,
    rule="REC-048",
    words=_(
        "Student card and identity document are shown at every evaluation; without either of them the "
        "attempt is “not admitted”."
    ),
)
def presented_answer(result: str, card: bool | None, identity: bool | None) -> Answer:
    """Whether a result may stand beside the ticks of a row. card, identity: None while not written.

    Examples:
        "8", both shown -> yes
        "8", no card -> no
        "not_admitted", no card -> yes
    """
    if not was_sat(result) or (card and identity):
        return YES
    if card is None or identity is None:
        return NO(
            _("Whether student card and identity document were shown is not written."), DOCUMENTS_AT_EXAMS
        )
    missing = _("No identity document was shown") if card else _("No student card was shown")
    return NO(
        _("%(missing)s: the attempt is “not admitted”.") % {"missing": missing},
        DOCUMENTS_AT_EXAMS,
        _("Write not admitted, or tick that it was shown."),
    )


@cites(
    DOCUMENTS,
    DOCUMENTS_AT_EXAMS,
    rule="REC-048",
    words=_(
        "A catalogue is signed once the ticks for card and identity document are written for all who sat."
    ),
)
def documents_answer(rows: Sequence[tuple[str, bool | None, bool | None]]) -> Answer:
    """Whether a list may be signed. rows: result, tick of the card, tick of the identity document."""
    missing = sum(not presented_answer(*row) for row in rows)
    if missing:
        return NO(
            _("Rows without the ticks for student card and identity document: %(count)s.")
            % {"count": missing},
            DOCUMENTS_AT_EXAMS,
            _("Tick that all presented them, take the tick off the exceptions, and save."),
        )
    return YES
