"""The embassy certificate, the visa term and its recalculation, the notice of refusal."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from admissions.rules.dates import Term, days_late, make_term
from admissions.rules.states import PAID_AND_LIVE, art, derived
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import DAY
from upt_portal.kernel.sources import cites
from upt_portal.kernel.words import Sentence, ngettext_lazy
from upt_portal.kernel.words import gettext_lazy as _

STEPS = art("art. 9")
VISA_GROUND = art("art. 22 (1)")


@cites(
    STEPS,
    rule="ADM-135",
    words=_("The embassy certificate is made once the tuition is confirmed."),
)
def may_issue_certificate(state: str) -> Answer:
    """Whether a certificate for an embassy may be made."""
    if state in PAID_AND_LIVE:
        return YES
    return NO(_("The certificate for the embassy is made after the tuition is confirmed."), STEPS)


@dataclass(frozen=True)
class Addressee:
    """A mission proposed, or the missions among which the candidate picks; none: the candidate names one."""

    proposed: str = ""
    choices: tuple[str, ...] = ()


@cites(
    STEPS,
    derived("ADM-136"),
    rule="ADM-136",
    words=_(
        "The certificate is addressed to the mission in the candidate's country; where there is none, to the "
        "one that covers it."
    ),
)
def addressee(missions: Iterable[tuple[str, bool]], covering: str = "") -> Addressee:
    """The addressee for a country.

    missions: name, and whether it is an embassy, of those in the country. covering: the mission that covers a
    country without one.
    """
    there = sorted(missions, key=lambda one: (not one[1], one[0]))
    if there:
        return Addressee(there[0][0], tuple(name for name, _embassy in there))
    return Addressee(covering, (covering,) if covering else ())


# ---- the term for applying ---------------------------------------------------------------------------------


@cites(
    STEPS,
    VISA_GROUND,
    rule="ADM-139",
    words=_(
        "The visa is applied for within 60 calendar days from the transmission of the letter, and not after "
        "31 December of the campaign year."
    ),
)
def visa_term(
    transmitted_on: date, days: int = 60, *, cap: date, closed: Collection[date] | None = None
) -> Term:
    """The term for applying. days: VISA_APPLY_DAYS. cap: VISA_CAP of the campaign.

    Examples:
        letter 10 July 2026 -> 8 September 2026
        letter 1 December 2026 -> 31 December 2026
    """
    return make_term(transmitted_on, days, cap=cap, closed=closed)


@cites(
    STEPS,
    VISA_GROUND,
    rule="ADM-141",
    words=_(
        "A letter transmitted after 31 December of the campaign year leaves no time for the "
        "visa; a refund on "
        "the visa ground is then not possible."
    ),
)
def transmission_warning(transmitted_on: date, cap: date) -> Sentence:
    """What the department is told before it transmits a letter on that day; empty when nothing."""
    if transmitted_on <= cap:
        return ""
    return _(
        "The visa had to be applied for by %(cap)s: after this letter no refund on the visa "
        "ground is possible."
    ) % {"cap": cap}


@dataclass(frozen=True)
class Closure:
    """Days on which a mission takes no applications, both ends included."""

    first: date
    last: date


@cites(
    STEPS,
    derived("ADM-142"),
    rule="ADM-142",
    words=_("The days on which a mission is closed are a period that begins before it ends, with its proof."),
)
def check_closures(closures: Collection[Closure], *, has_proof: bool) -> Answer:
    """Whether a notice of impossibility is complete."""
    if not closures:
        return NO(_("Enter the days on which the mission takes no applications."), STEPS)
    if any(one.last < one.first for one in closures):
        return NO(_("A closed period ends before it begins."), STEPS)
    if not has_proof:
        return NO(
            _("The proof is missing."), STEPS, _("Upload the mission's answer or its page on appointments.")
        )
    return YES


class LateNotice(StrEnum):
    """What becomes of a notice of impossibility after the visa term (AMB-29)."""

    DECIDE = "DECIDE"
    REFUSE = "REFUSE"


@dataclass(frozen=True)
class NoticeStanding:
    """Whether a notice came late, and whether it is still decided."""

    late: bool
    answer: Answer


@cites(
    STEPS,
    derived("ADM-142"),
    rule="ADM-142",
    words=_("A notice of impossibility after the visa term is marked late and still decided."),
)
def impossibility_notice(received_on: date, due_on: date, policy: str = LateNotice.DECIDE) -> NoticeStanding:
    """How a notice stands. due_on: the visa term valid on that day. policy: IMPOSSIBILITY_LATE_NOTICE.

    Examples:
        due 8 September 2026: received 8 September -> in time; 9 September -> late, still decided
    """
    late = received_on > due_on
    if late and policy == LateNotice.REFUSE:
        return NoticeStanding(
            late,
            NO(_("The notice came after the visa term, %(due)s.") % {"due": due_on}, derived("ADM-142")),
        )
    return NoticeStanding(late, YES)


@cites(
    STEPS,
    derived("ADM-143"),
    rule=("ADM-143", "ADM-144"),
    words=_(
        "When applying was impossible, the days on which the mission was closed are not counted; 31 December "
        "of the campaign year stays."
    ),
)
def recomputed_term(term: Term, closures: Iterable[Closure]) -> Term:
    """The visa term with the days of all accepted closures skipped, overlaps once; then capped.

    term: the first one, of 60 days. Its start is not counted, closed or not. Days after the cap are never
    skipped: they could not move the term.

    Examples:
        letter 10 July 2026, closed 1 to 15 August -> 23 September 2026
        letter 10 July 2026, closed 1 to 30 September -> 8 October 2026
    """
    periods = list(closures)
    cap = term.cap or max((one.last for one in periods), default=term.raw)
    day, counted = term.start, 0
    while counted < term.days:
        day += DAY
        counted += not any(one.first <= day <= min(one.last, cap) for one in periods)
    return Term(term.start, term.days, day, term.cap, min(day, cap) if term.cap else day)


@cites(
    derived("ADM-143"),
    rule="ADM-143",
    words=_(
        "The head of the department may set another day with a reason, never after 31 December of the "
        "campaign year."
    ),
)
def may_set_visa_day(day: date, cap: date, reason: str) -> Answer:
    """Whether the visa term may be set by hand."""
    if day > cap:
        return NO(_("The term cannot end after %(cap)s.") % {"cap": cap}, VISA_GROUND)
    if not reason.strip():
        return NO(_("Write why the term is set by hand."), derived("ADM-143"))
    return YES


# ---- applying and being refused ----------------------------------------------------------------------------


@dataclass(frozen=True)
class VisaDates:
    """How a date of application stands. flag: what the department should look at, or empty."""

    answer: Answer
    late: int = 0
    flag: Sentence = ""


@cites(
    STEPS,
    VISA_GROUND,
    rule=("ADM-140", "ADM-145"),
    words=_(
        "The date of application is not in the future; a late one stops neither visa nor enrolment, but the "
        "refund on the visa ground."
    ),
)
def check_visa_application(
    applied_on: date, today: date, *, transmitted_on: date, due_on: date, has_proof: bool
) -> VisaDates:
    """How a declared application for the visa stands. due_on: the term in force, recomputed or not."""
    if applied_on > today:
        return VisaDates(NO(_("The date of application lies in the future."), STEPS))
    if not has_proof:
        return VisaDates(
            NO(
                _("The proof of the application is missing."),
                STEPS,
                _("Upload the confirmation of the appointment or of the application."),
            )
        )
    late = days_late(applied_on, due_on)
    if applied_on < transmitted_on:
        return VisaDates(YES, late, _("The application is dated before the acceptance letter."))
    if late:
        words = ngettext_lazy(
            "You applied %(count)s day after the term. You can still get the visa and enrol, but if it is "
            "refused the tuition cannot be returned on the visa ground.",
            "You applied %(count)s days after the term. You can still get the visa and enrol, but if it is "
            "refused the tuition cannot be returned on the visa ground.",
            late,
        )
        return VisaDates(YES, late, words)
    return VisaDates(YES)


@cites(
    VISA_GROUND,
    rule=("ADM-150", "ADM-151"),
    words=_(
        "A refusal of the visa is notified within 15 calendar days from its communication, also when the "
        "candidate appeals."
    ),
)
def notice_term(communicated_on: date, days: int = 15, *, closed: Collection[date] | None = None) -> Term:
    """The term for notifying a refusal. days: REFUSAL_NOTICE_DAYS; an appeal changes nothing.

    Examples:
        communicated 20 October 2026 -> 4 November 2026
    """
    return make_term(communicated_on, days, closed=closed)


@dataclass(frozen=True)
class Communication:
    """The communications of a refusal: the first, and the final one of an appeal."""

    initial: date
    final: date | None = None


@cites(
    VISA_GROUND,
    derived("ADM-198"),
    rule=("ADM-150", "ADM-151", "ADM-198"),
    words=_("The first communication of the refusal starts the terms, also when it was appealed."),
)
def counted_from(communication: Communication, basis: str = "initial") -> date:
    """The day from which notice and refund are counted. basis: REFUND_APPEAL_BASIS, "initial" or "final".

    With "final" the first communication counts while no final answer is known.
    """
    if basis == "final" and communication.final is not None:
        return communication.final
    return communication.initial


@cites(
    VISA_GROUND,
    derived("ADM-152"),
    rule=("ADM-150", "ADM-152"),
    words=_("A late notice is accepted and marked; the refund on the visa ground fails, deferral remains."),
)
def check_refusal_notice(
    communicated_on: date, uploaded_on: date, due_on: date, *, has_proof: bool
) -> VisaDates:
    """How a notice of refusal stands. uploaded_on: legal date of the upload of the mission's answer."""
    if communicated_on > uploaded_on:
        return VisaDates(NO(_("The date of communication lies in the future."), VISA_GROUND))
    if not has_proof:
        return VisaDates(
            NO(
                _("The mission's official answer is missing."),
                VISA_GROUND,
                _("Upload the document or the message of the embassy or consulate."),
            )
        )
    if late := days_late(uploaded_on, due_on):
        words = ngettext_lazy(
            "The refusal was notified %(count)s day late: the tuition cannot be returned on the visa ground; "
            "moving your place to the next academic year remains possible.",
            "The refusal was notified %(count)s days late: the tuition cannot be returned on "
            "the visa ground; "
            "moving your place to the next academic year remains possible.",
            late,
        )
        return VisaDates(YES, late, words)
    return VisaDates(YES)
