"""The check sheet of a refund: each condition with its inputs, its last day and its result, for the Board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from admissions.rules.dates import Term, on_time
from admissions.rules.refunds import BOARD, FORCE_MAJEURE_GROUND, REFUNDS, VISA_GROUND
from admissions.rules.states import State
from fees.rules.refunds import NetRefund
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import Article, cites
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _


class Recommendation(StrEnum):
    """What the department recommends; the Board alone decides."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True)
class Condition:
    """A row of the sheet.

    letter: of the condition. found: the date or the finding that was tested, None when unknown. due: the last
    good day, None for a judgement. passed: None while it cannot be said.
    """

    letter: str
    title: Sentence
    found: date | bool | None
    due: date | None
    passed: bool | None
    article: Article
    timed: bool = False


@dataclass(frozen=True)
class VisaFacts:
    """What the visa ground is tested on; dates are legal dates or dates on documents.

    visa_term: in force, recomputed or not; its cap is 31 December of the campaign year. independent: the
    cause does not lie with the university, None while not judged.
    """

    visa_term: Term
    applied_on: date | None
    notice_term: Term
    notified_on: date | None
    request_term: Term
    filed_on: date
    independent: bool | None
    complete: bool


@cites(
    VISA_GROUND,
    rule=("ADM-172", "ADM-144", "ADM-145", "ADM-152", "ADM-188"),
    words=_(
        "On the visa ground all must hold: applied within the visa term and by 31 December, refusal notified "
        "in time, request in time, a cause independent of the university, and a complete file."
    ),
)
def visa_conditions(facts: VisaFacts) -> tuple[Condition, ...]:
    """The rows (a) to (f) of the visa ground.

    Examples:
        letter 10 July 2026, applied 30 August, refused 20 October, notified 25 October, filed 10 November,
        complete -> all pass
        the same, applied 9 September -> (a) fails, due 8 September
    """
    cap = facts.visa_term.cap
    never_opened = facts.request_term.cap is not None and facts.request_term.start > facts.request_term.cap
    return (
        _timed("a", _("applied for the visa within the term"), facts.applied_on, facts.visa_term.due),
        _timed("b", _("applied for the visa by 31 December of the campaign year"), facts.applied_on, cap),
        _timed("c", _("refusal notified within the term"), facts.notified_on, facts.notice_term.due),
        Condition(
            "d",
            _("refund asked for within the term"),
            facts.filed_on,
            facts.request_term.due,
            not never_opened and on_time(facts.filed_on, facts.request_term.due),
            VISA_GROUND,
            timed=True,
        ),
        Condition(
            "e",
            _("cause independent of the university"),
            facts.independent,
            None,
            facts.independent,
            VISA_GROUND,
        ),
        Condition("f", _("file complete"), facts.complete, None, facts.complete, REFUNDS),
    )


def _timed(letter: str, title: Sentence, found: date | None, due: date | None) -> Condition:
    passed = found is not None and (due is None or on_time(found, due))
    return Condition(letter, title, found, due, passed, VISA_GROUND, timed=True)


@dataclass(frozen=True)
class ForceMajeureFacts:
    """What force majeure is tested on.

    proven: the event is strictly proven; prevents: it makes the visa or enrolment, and travel until the end
    of the enrolment period, impossible; None while not judged.
    """

    event_on: date
    request_term: Term
    filed_on: date
    proven: bool | None
    prevents: bool | None
    state_before: str
    complete: bool


@cites(
    FORCE_MAJEURE_GROUND,
    rule=("ADM-176", "ADM-177", "ADM-188"),
    words=_(
        "On force majeure all must hold: request in time, event strictly proven, visa or enrolment prevented "
        "until the end of the enrolment period, not enrolled, and a complete file."
    ),
)
def force_majeure_conditions(facts: ForceMajeureFacts) -> tuple[Condition, ...]:
    """The rows (a) to (e) of force majeure."""
    never_opened = facts.request_term.cap is not None and facts.event_on > facts.request_term.cap
    in_time = not never_opened and on_time(facts.filed_on, facts.request_term.due)
    not_enrolled = facts.state_before != State.ENROLLED
    ground = FORCE_MAJEURE_GROUND
    return (
        Condition(
            "a",
            _("refund asked for within the term"),
            facts.filed_on,
            facts.request_term.due,
            in_time,
            ground,
            timed=True,
        ),
        Condition("b", _("event strictly proven"), facts.proven, None, facts.proven, ground),
        Condition(
            "c",
            _("visa or enrolment impossible until the end of the enrolment period"),
            facts.prevents,
            None,
            facts.prevents,
            ground,
        ),
        Condition("d", _("not enrolled"), not_enrolled, None, not_enrolled, ground),
        Condition("e", _("file complete"), facts.complete, None, facts.complete, REFUNDS),
    )


@cites(
    BOARD,
    rule="ADM-188",
    words=_(
        "A request that fails a condition goes to the Board with the recommendation to reject; "
        "the Board alone "
        "decides."
    ),
)
def recommendation(rows: Sequence[Condition]) -> Recommendation:
    """What the department recommends: reject as soon as one condition does not pass."""
    return Recommendation.APPROVE if all(row.passed for row in rows) else Recommendation.REJECT


@cites(
    BOARD,
    REFUNDS,
    rule=("ADM-188", "ADM-185", "ADM-181", "ADM-171"),
    words=_(
        "A request goes to the Board when it is complete, every condition is judged, and the tuition is "
        "confirmed or carried over."
    ),
)
def may_send_to_board(rows: Sequence[Condition], *, complete: bool, tuition_confirmed: bool) -> Answer:
    """Whether a request may go to the Board; a failed time condition does not hold it back.

    complete: see `refund_papers.missing_items`. tuition_confirmed: or carried over.
    """
    if not complete:
        return NO(_("The request is not complete."), REFUNDS, _("Wait for the missing papers."))
    if any(row.passed is None for row in rows):
        return NO(_("Some conditions are not judged yet."), BOARD, _("Judge every row of the check sheet."))
    if not tuition_confirmed:
        return NO(_("The tuition is not confirmed."), REFUNDS)
    return YES


@dataclass(frozen=True)
class CheckSheet:
    """What the Board sees; frozen when it is sent."""

    ground: str
    conditions: tuple[Condition, ...]
    documents: tuple[str, ...]
    amount: NetRefund
    recommendation: Recommendation


@cites(
    BOARD,
    rule="ADM-188",
    words=_("The check sheet shows conditions, documents and the computed amount."),
)
def make_sheet(
    ground: str, conditions: Sequence[Condition], documents: Sequence[str], amount: NetRefund
) -> CheckSheet:
    """The sheet of a request. documents: names of what is in the file. amount: see `money.net_refund`."""
    return CheckSheet(ground, tuple(conditions), tuple(documents), amount, recommendation(conditions))
