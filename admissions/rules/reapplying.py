"""The single re-application without a new fee."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from admissions.rules.states import ENDED, TURNED_DOWN, Kind, State, art, derived
from admissions.rules.windows import Offer, Window, grace_until, may_apply
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import cites
from upt_portal.kernel.words import gettext_lazy as _

ONCE = art("art. 9")


@dataclass(frozen=True)
class Predecessor:
    """The dossier that was turned down. ended_on: legal date of the resolution."""

    state: str
    kind: str
    programme: str
    ended_on: date


@cites(
    ONCE,
    rule=("ADM-107", "ADM-108", "ADM-110", "ADM-111"),
    words=_(
        "After a rejection a candidate may apply once in the campaign, without a new fee, to another "
        "programme; not after a free re-application and not after any other end."
    ),
)
def right_to_reapply(predecessor: Predecessor, *, used: int, allowed: int = 1) -> Answer:
    """Whether the free re-application is there, whatever programme and day are chosen.

    used: see `times_used`. allowed: FREE_REAPPLICATIONS.
    """
    if predecessor.state not in TURNED_DOWN:
        return NO(
            _("A free re-application follows only a rejection; this application ended otherwise."), ONCE
        )
    if predecessor.kind == Kind.REAPPLICATION:
        return NO(_("A free re-application is not followed by another one in the same campaign."), ONCE)
    if used >= allowed:
        return NO(_("You have already used your free re-application in this campaign."), ONCE)
    return YES


@cites(
    derived("ADM-112"),
    rule=("ADM-112", "ADM-110"),
    words=_("The right is used when the re-application is submitted; an abandoned draft does not use it."),
)
def times_used(dossiers: Sequence[tuple[str, bool]]) -> int:
    """How often the right was used. dossiers: kind, and whether it was ever submitted; of one campaign."""
    return sum(kind == Kind.REAPPLICATION and submitted for kind, submitted in dossiers)


@cites(
    ONCE,
    derived("ADM-108"),
    rule=("ADM-107", "ADM-108"),
    words=_(
        "The free re-application goes to a different programme whose window is open, or is made within the "
        "days of grace after the rejection."
    ),
)
def may_reapply(
    predecessor: Predecessor,
    offer: Offer,
    windows: Sequence[Window],
    at: datetime,
    *,
    used: int,
    allowed: int = 1,
    grace_days: int = 10,
) -> Answer:
    """Whether a re-application to `offer` may be opened or submitted at a moment; each failure says its own.

    Examples:
        rejected for A, again to A -> no, same programme
        rejected 25 July, window closed 31 July, 10 days: 4 August -> yes; 5 August -> no
    """
    if not (answer := right_to_reapply(predecessor, used=used, allowed=allowed)):
        return answer
    if offer.programme == predecessor.programme:
        return NO(
            _("The free re-application must be to a different programme."),
            ONCE,
            _("Choose another programme."),
        )
    until = grace_until(predecessor.ended_on, grace_days)
    return may_apply(windows, offer, at, grace_until=until)


@cites(
    derived("ADM-109"),
    rule="ADM-109",
    words=_("A re-application carries the documents over; what is needed is computed for the new programme."),
)
def carried_over(uploaded: Sequence[str], required: Sequence[str]) -> tuple[str, ...]:
    """The types of documents taken over into the re-application: those the new programme needs too."""
    return tuple(kind for kind in uploaded if kind in required)


@cites(
    ONCE,
    rule=("ADM-165", "ADM-160"),
    words=_("A re-application after a rejected deferred entry keeps the tuition that was carried over."),
)
def inherits_carry_over(predecessor: Predecessor) -> bool:
    """Whether the carried-over tuition goes with the re-application."""
    return predecessor.kind == Kind.DEFERRED and predecessor.state in TURNED_DOWN


@cites(
    derived("ADM-165"),
    rule="ADM-165",
    words=_(
        "Carried-over tuition of a deferred entry that ended without enrolment waits for a decision of the "
        "Board."
    ),
)
def is_open_case(state: str, *, carries_tuition: bool, reapplied: bool, decided: bool) -> bool:
    """Whether the carried-over tuition is listed as an open case.

    carries_tuition: the dossier is a deferred entry, or a re-application that inherited from one.
    reapplied: a further re-application that inherits it exists. decided: a decision of the Board is recorded.
    """
    ends = ENDED - {State.CANCELLED, State.WITHDRAWN, State.DEFERRED}
    return carries_tuition and state in ends and not reapplied and not decided
