"""Withdrawal before enrolment, and the hand-back of the paper dossier."""

from __future__ import annotations

from datetime import datetime

from admissions.rules.dates import hours_end
from admissions.rules.refunds import Ground
from admissions.rules.states import ADMITTED, ENDED, State, art, derived
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import cites
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

HAND_BACK = art("art. 15")


@cites(
    HAND_BACK,
    rule=("ADM-220", "ADM-222"),
    words=_("A candidate gives up the place expressly and in writing, before enrolment."),
)
def may_withdraw(state: str, *, request: bool) -> Answer:
    """Whether a dossier may be withdrawn. request: the written request is attached."""
    if state == State.ENROLLED:
        return NO(_("After enrolment a student leaves by the rules for students."), HAND_BACK)
    if state == State.REFUND_REQUESTED:
        return NO(
            _("A refund request is open; the application ends with it."),
            HAND_BACK,
            _("Withdraw the request first, if you want to."),
        )
    if state == State.DRAFT:
        return NO(_("A draft is not withdrawn."), HAND_BACK, _("Delete the draft instead."))
    if state in ENDED:
        return NO(_("This application has already ended."), HAND_BACK)
    if not request:
        return NO(_("The written request is missing."), HAND_BACK, _("Sign it and upload it."))
    return YES


@cites(
    HAND_BACK,
    rule=("ADM-220", "ADM-221", "ADM-004"),
    words=_(
        "An admitted candidate gets the paper dossier back within 48 hours of the request, free of charge; "
        "before admission there is no due time."
    ),
)
def return_due(state: str, filed_at: datetime, hours: int = 48) -> datetime | None:
    """When the paper dossier must be back; None for a withdrawal before admission.

    state: before the withdrawal. hours: WITHDRAWAL_RETURN_HOURS, elapsed.

    Examples:
        filed Friday 25 September 2026, 17:00 -> Sunday 27 September, 17:00
    """
    return hours_end(filed_at, hours) if state in ADMITTED or state == State.REFUND_REQUESTED else None


@cites(
    HAND_BACK,
    rule="ADM-220",
    words=_("A hand-back is overdue when its 48 hours have passed and it is not done."),
)
def is_overdue(due: datetime | None, now: datetime, done_at: datetime | None) -> bool:
    """Whether the hand-back is, or was, late; at the due instant itself it is in time."""
    return due is not None and (done_at or now) > due


@cites(
    HAND_BACK,
    art("art. 22"),
    derived("ADM-222"),
    rule="ADM-222",
    words=_(
        "Withdrawing gives no refund, and closes refund and deferred entry; the hand-back costs nothing."
    ),
)
def withdrawal_warning(*, tuition_paid: bool) -> Sentence:
    """What the candidate confirms before withdrawing."""
    if tuition_paid:
        return _(
            "Withdrawing does not return the tuition. Afterwards you can neither ask for a refund nor move "
            "your place to the next academic year."
        )
    return _("After withdrawing you can no longer move your place to the next academic year.")


@cites(
    HAND_BACK,
    art("art. 22 (1)"),
    rule="ADM-223",
    words=_(
        "A refund request on the visa ground gives up the studies, so that the papers are handed back too."
    ),
)
def opens_return_task(ground: str) -> bool:
    """Whether filing a refund request opens the task of handing back the paper dossier."""
    return ground == Ground.VISA
