"""Refund of the tuition: grounds, terms, who may ask, and what becomes of the dossier."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from admissions.rules.dates import Term, make_term, on_time
from admissions.rules.states import State, art, derived
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import cites
from upt_portal.kernel.words import gettext_lazy as _

OPTIONS = art("art. 9")
REFUNDS = art("art. 22")
VISA_GROUND = art("art. 22 (1)")
FORCE_MAJEURE_GROUND = art("art. 22 (2)")
BOARD = art("art. 23")


class Ground(StrEnum):
    """The only two grounds."""

    VISA = "visa"
    FORCE_MAJEURE = "force_majeure"


class RefundState(StrEnum):
    """States of a request (§5.2)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    INCOMPLETE = "incomplete"
    CLARIFICATION = "clarification"
    ON_HOLD_APPEAL = "on_hold_appeal"
    AT_BOARD = "at_board"
    APPROVED = "approved"
    PAID = "paid"
    REJECTED = "rejected"
    INELIGIBLE = "ineligible"
    WITHDRAWN = "withdrawn"
    VOID = "void"


#: Settled: such a request leaves room for another one.
SETTLED = frozenset(
    {
        RefundState.PAID,
        RefundState.REJECTED,
        RefundState.INELIGIBLE,
        RefundState.WITHDRAWN,
        RefundState.VOID,
    }
)

#: From these a request on force majeure may be filed (T26).
FORCE_MAJEURE_STATES = frozenset(
    {
        State.TUITION_DECLARED,
        State.TUITION_CONFIRMED,
        State.CERTIFICATE_ISSUED,
        State.VISA_APPLIED,
        State.VISA_REFUSED,
        State.VISA_GRANTED,
    }
)
#: From these too when the tuition was carried over (T26).
FORCE_MAJEURE_IF_CARRIED = frozenset(
    {
        State.SUBMITTED,
        State.CLARIFICATION,
        State.AT_FACULTY,
        State.PREACCEPTED,
        State.SENT_TO_MEC,
        State.LETTER_SENT,
    }
)


@cites(
    REFUNDS,
    rule="ADM-170",
    words=_("Tuition is returned only when the visa was refused or in a case of force majeure."),
)
def check_ground(ground: str) -> Answer:
    """Whether the ground is one of the two."""
    if ground in set(Ground):
        return YES
    return NO(
        _("The tuition is returned only when the visa was refused or in a case of force majeure."), REFUNDS
    )


# ---- terms -------------------------------------------------------------------------------------------------


@cites(
    VISA_GROUND,
    rule="ADM-173",
    words=_(
        "After a refused visa the refund is asked for within 30 calendar days from the "
        "communication, and not "
        "after 30 April of the academic year."
    ),
)
def visa_request_term(
    communicated_on: date, days: int = 30, *, cap: date, closed: Collection[date] | None = None
) -> Term:
    """The term for asking. days: REFUND_VISA_DAYS. cap: REFUND_CAP of the year applied for.

    Examples:
        communicated 20 October 2026 -> 19 November 2026
        communicated 10 April 2027 -> 30 April 2027
    """
    return make_term(communicated_on, days, cap=cap, closed=closed)


@cites(
    FORCE_MAJEURE_GROUND,
    rule="ADM-177",
    words=_(
        "After an event of force majeure the refund is asked for within 60 calendar days, and not after "
        "30 April of the academic year."
    ),
)
def force_majeure_term(
    event_on: date, days: int = 60, *, cap: date, closed: Collection[date] | None = None
) -> Term:
    """The term for asking. days: REFUND_FM_DAYS. cap: REFUND_CAP of the year applied for.

    Examples:
        event 31 January 2027 -> 1 April 2027
        event 20 March 2027 -> 30 April 2027
    """
    return make_term(event_on, days, cap=cap, closed=closed)


@cites(
    REFUNDS,
    rule=("ADM-173", "ADM-177", "ADM-179", "ADM-184"),
    words=_(
        "After the term, and in any case after 30 April, no request is taken and the tuition becomes the "
        "university's own revenue."
    ),
)
def within_term(term: Term, filed_on: date) -> Answer:
    """Whether a request may be filed on a day (legal date of receipt). term: of its ground.

    Examples:
        communicated after the cap -> the window never opens
    """
    if term.cap is not None and term.start > term.cap:
        return NO(
            _(
                "It happened after %(cap)s, the last day for refunds of this academic year: "
                "none can be asked for."
            )
            % {"cap": term.cap},
            REFUNDS,
        )
    if not on_time(filed_on, term.due):
        return NO(
            _("The term for asking ended on %(due)s. The tuition becomes the own revenue of the university.")
            % {"due": term.due},
            REFUNDS,
        )
    return YES


@cites(
    REFUNDS,
    rule="ADM-185",
    words=_(
        "Papers can be added for 30 calendar days from the notice to the university; 30 April does not cut "
        "this term."
    ),
)
def completion_term(notice_on: date, days: int = 30, *, closed: Collection[date] | None = None) -> Term:
    """The term for additions. notice_on: see `notice_date`. days: REFUND_COMPLETION_DAYS.

    Examples:
        refusal notified 20 January 2027 -> 19 February 2027
    """
    return make_term(notice_on, days, closed=closed)


@cites(
    REFUNDS,
    derived("ADM-185"),
    rule="ADM-185",
    words=_(
        "Notice is the day on which the refusal was notified; for force majeure an earlier written notice, "
        "else the filing."
    ),
)
def notice_date(
    ground: str, *, filed_on: date, notified_on: date | None = None, written_on: date | None = None
) -> date:
    """The day from which additions are counted.

    notified_on: legal date of the notice of refusal. written_on: receipt of an earlier written notice of
    force majeure. Raises ValueError for the visa ground without a notice.
    """
    if ground == Ground.VISA:
        if notified_on is None:
            raise ValueError("a request on the visa ground follows the notice of refusal")
        return notified_on
    return min(written_on, filed_on) if written_on is not None else filed_on


@cites(
    REFUNDS,
    rule="ADM-186",
    words=_("What is still incomplete on the day after the term for additions is ineligible."),
)
def incomplete_state(today: date, completion_due: date) -> RefundState:
    """The state of a request with missing papers: additions wanted, or ineligible, also right at filing.

    Examples:
        additions until 19 February 2027: on 19 February -> incomplete; on 20 February -> ineligible
    """
    return RefundState.INCOMPLETE if on_time(today, completion_due) else RefundState.INELIGIBLE


# ---- who may ask -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Request:
    """An earlier request on the same dossier."""

    ground: str
    state: str


@dataclass(frozen=True)
class Asking:
    """The dossier on which a refund is asked for.

    has_tuition: declared, confirmed or carried over. carried_over: it is carried over from a deferral.
    """

    state: str
    has_tuition: bool
    carried_over: bool = False
    choice: str | None = None


@cites(
    derived("ADM-196"),
    rule="ADM-196",
    words=_(
        "One request is open at a time; a ground that was refused is closed, the other one remains, and a "
        "withdrawn request may be filed again within its term."
    ),
)
def ground_is_free(ground: str, earlier: Iterable[Request]) -> Answer:
    """Whether another request on this ground may be opened beside those that were."""
    for one in earlier:
        if one.state not in SETTLED:
            return NO(_("A refund request is already open for this application."), derived("ADM-196"))
        if one.state == RefundState.PAID:
            return NO(_("The tuition of this application was already returned."), REFUNDS)
        if one.ground == ground and one.state in {RefundState.REJECTED, RefundState.INELIGIBLE}:
            return NO(_("A request on this ground was already decided."), derived("ADM-196"))
    return YES


@cites(
    REFUNDS,
    OPTIONS,
    rule=("ADM-170", "ADM-171", "ADM-176", "ADM-155", "ADM-163", "ADM-196"),
    words=_(
        "A refund is asked for after a refused visa, or in a case of force majeure before enrolment, when "
        "tuition was paid, the place was not moved to the next year, and the term of the ground is open."
    ),
)
def may_ask(
    asking: Asking, ground: str, term: Term, today: date, earlier: Collection[Request] = ()
) -> Answer:
    """Whether a request may be opened or filed on a day.

    Examples:
        force majeure once enrolled -> no
        visa ground, 19 November 2026 the last day: on 20 November -> no
    """
    for answer in (
        check_ground(ground),
        _not_over(asking),
        _state_allows(asking, ground, earlier),
        ground_is_free(ground, earlier),
        within_term(term, today),
    ):
        if not answer:
            return answer
    return YES


def _not_over(asking: Asking) -> Answer:
    if asking.state == State.ENROLLED:
        return NO(_("After enrolment the tuition is not returned under this procedure."), REFUNDS)
    if asking.state == State.DEFERRED or asking.choice == "deferred":
        return NO(
            _("You moved your place to the next academic year; no refund can be asked for this application."),
            OPTIONS,
        )
    if not asking.has_tuition:
        return NO(_("No tuition was paid for this application."), REFUNDS)
    return YES


def _state_allows(asking: Asking, ground: str, earlier: Collection[Request]) -> Answer:
    second = asking.state == State.WITHDRAWN and any(
        one.ground != ground and one.state in {RefundState.REJECTED, RefundState.INELIGIBLE}
        for one in earlier
    )
    if ground == Ground.VISA:
        if asking.state == State.VISA_REFUSED or second:
            return YES
        return NO(
            _("This ground needs a refused visa."),
            VISA_GROUND,
            _("First upload the mission's official answer."),
        )
    states = FORCE_MAJEURE_STATES | (FORCE_MAJEURE_IF_CARRIED if asking.carried_over else frozenset())
    if asking.state in states or second:
        return YES
    return NO(_("At this step of the application force majeure cannot be claimed."), FORCE_MAJEURE_GROUND)


@cites(
    VISA_GROUND,
    rule=("ADM-175", "ADM-156"),
    words=_(
        "Whoever asks on the visa ground also gives up the studies; on force majeure the candidature ends "
        "when the refund is paid."
    ),
)
def acknowledgements(ground: str) -> tuple[str, ...]:
    """What must be ticked before filing: names of `ACKNOWLEDGEMENTS`, in order."""
    own = "studies_given_up" if ground == Ground.VISA else "ends_when_paid"
    return "deferral_lost", own


#: What a tick says.
ACKNOWLEDGEMENTS = {
    "deferral_lost": _("I can no longer move my place to the next academic year."),
    "studies_given_up": _("By asking for the refund I also give up the studies."),
    "ends_when_paid": _("If the refund is paid, my candidature ends."),
}


# ---- afterwards --------------------------------------------------------------------------------------------


@cites(
    VISA_GROUND,
    derived("ADM-175"),
    rule="ADM-175",
    words=_(
        "After a request on the visa ground the dossier ends withdrawn; a refused request on force majeure "
        "leaves it where it was, unless the university decides otherwise."
    ),
)
def dossier_after(ground: str, outcome: str, before: str, *, force_majeure_ends: bool = False) -> str:
    """The state of the dossier once a request is settled.

    before: the state held before the request. force_majeure_ends: FM_REQUEST_ENDS_STUDIES. Raises ValueError
    for an outcome that is none.

    Examples:
        force majeure asked from VISA_GRANTED, rejected -> VISA_GRANTED
        visa ground, rejected -> WITHDRAWN
    """
    if outcome not in SETTLED:
        raise ValueError(f"a request in the state {outcome} is not settled")
    if outcome == RefundState.VOID:
        return State.VISA_GRANTED
    if outcome == RefundState.WITHDRAWN:
        return before
    ends = outcome == RefundState.PAID or ground == Ground.VISA or force_majeure_ends
    return State.WITHDRAWN if ends else before


@dataclass(frozen=True)
class Kept:
    """What decides whether tuition is kept for good.

    open_terms: last days on which either ground could still be asked for; REFUND_CAP while force majeure
    could still be claimed. deferral: a deferral is possible, active or used.
    """

    enrolled: bool
    refund_open_or_paid: bool
    open_terms: tuple[date, ...]
    deferral: bool


@cites(
    REFUNDS,
    derived("ADM-184"),
    rule="ADM-184",
    words=_(
        "Tuition is recorded as own revenue only when no enrolment, no refund, no term and no deferral is "
        "open any more."
    ),
)
def is_own_revenue(kept: Kept, today: date) -> bool:
    """Whether the tuition of a dossier is now recorded as the university's own revenue.

    Examples:
        term missed, dossier VISA_REFUSED, next window ahead -> not yet
    """
    return (
        not kept.enrolled
        and not kept.refund_open_or_paid
        and not kept.deferral
        and all(not on_time(today, last) for last in kept.open_terms)
    )


@cites(
    BOARD,
    rule="ADM-189",
    words=_("The Board decides with number and date; a rejection has its reason."),
)
def check_board_decision(
    number: str, decided_on: date | None, today: date, *, approved: bool, reason: str
) -> Answer:
    """Whether a decision of the Board may be recorded."""
    if not number.strip() or decided_on is None:
        return NO(_("Enter the number and the date of the decision."), BOARD)
    if decided_on > today:
        return NO(_("The date of the decision lies in the future."), BOARD)
    if not approved and not reason.strip():
        return NO(_("A rejection needs its reason."), BOARD)
    return YES


@cites(
    BOARD,
    rule=("ADM-190", "ADM-180", "ADM-181"),
    words=_("An approved refund is paid after the result was communicated, to an account that was checked."),
)
def may_pay(state: str, *, communicated: bool, account: Answer) -> Answer:
    """Whether Finance may record the payment. account: of the account and, for a third party, its mandate."""
    if state != RefundState.APPROVED:
        return NO(_("Only an approved refund is paid."), BOARD)
    if not communicated:
        return NO(
            _("The result has not been communicated to the applicant yet."),
            BOARD,
            _("The International Relations Department communicates it."),
        )
    return account


@cites(
    BOARD,
    derived("ADM-194"),
    rule="ADM-194",
    words=_("No term is set for paying; the days since the approval are shown."),
)
def days_since_approval(approved_on: date, today: date) -> int:
    """Whole days since the approval."""
    return max((today - approved_on).days, 0)
