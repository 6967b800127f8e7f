"""After a refused visa: refund or deferred entry, which exclude each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from admissions.rules.states import Kind, State, art, derived
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import cites
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

OPTIONS = art("art. 9")


class Choice(StrEnum):
    """What a candidate opts for; written once for each dossier."""

    REFUND = "refund"
    DEFERRED = "deferred"


class DeferralState(StrEnum):
    """States of a deferral (§5.3)."""

    ACTIVE = "active"
    USED = "used"
    LAPSED = "lapsed"


@cites(
    OPTIONS,
    rule=("ADM-155", "ADM-154"),
    words=_(
        "Refund and deferred entry exclude each other; the choice is made once for each dossier and stays, "
        "whatever becomes of it."
    ),
)
def may_choose(wanted: str, made: str | None) -> Answer:
    """Whether a choice may be written. made: the one on the dossier; None is none.

    A refund draft is no choice; a submitted request is, even if later withdrawn, refused or ineligible.
    """
    if made is None or (made == wanted == Choice.REFUND):
        return YES
    if made == Choice.REFUND:
        return NO(
            _("You asked for the refund of the tuition; the place can no longer be moved to the next year."),
            OPTIONS,
        )
    return NO(
        _("You moved your place to the next academic year; for this application no refund can be asked for."),
        OPTIONS,
    )


@cites(
    OPTIONS,
    derived("ADM-156"),
    rule=("ADM-156", "ADM-154", "ADM-222"),
    words=_("Before each choice its consequences are shown and confirmed."),
)
def warning(wanted: str) -> Sentence:
    """What the candidate confirms before choosing."""
    if wanted == Choice.REFUND:
        return _(
            "Once you submit the request, you can no longer move your place to the next "
            "academic year, even if "
            "the refund is refused."
        )
    return _(
        "Once you move your place, no refund can be asked for this application. You must apply again in the "
        "next campaign; if you do not, the fees stay with the university."
    )


@dataclass(frozen=True)
class DeferralFacts:
    """What decides on a deferral.

    deferrals: how often the candidate has ever deferred. ends_at: first moment at which the target window is
    closed; None while its calendar is not known.
    """

    state: str
    kind: str
    proof_verified: bool
    tuition_confirmed: bool
    choice: str | None
    deferrals: int
    ends_at: datetime | None = None


@cites(
    OPTIONS,
    derived("ADM-157"),
    rule=("ADM-157", "ADM-155", "ADM-163", "ADM-164", "ADM-152"),
    words=_(
        "A place is moved to the next academic year once for each candidate, after a verified refusal of the "
        "visa, with the tuition confirmed, no choice made, and before the target window closes."
    ),
)
def may_defer(facts: DeferralFacts, at: datetime, *, most: int = 1) -> Answer:
    """Whether the place may be moved now. most: DEFERRALS_PER_CANDIDATE. Terms of the refund play no part.

    Examples:
        visa refused, no request filed, first time -> yes
        refund request submitted and withdrawn -> no
    """
    if not (answer := may_choose(Choice.DEFERRED, facts.choice)):
        return answer
    if facts.kind == Kind.DEFERRED:
        return NO(_("A place that was already moved once cannot be moved again."), OPTIONS)
    if facts.deferrals >= most:
        return NO(_("Moving the place to the next year is granted once to each candidate."), OPTIONS)
    if facts.state != State.VISA_REFUSED:
        return NO(_("The place can be moved only after the visa was refused."), OPTIONS)
    if not facts.proof_verified:
        return NO(
            _("The refusal of the visa is not verified yet."),
            OPTIONS,
            _("The International Relations Department looks at your document; you are told when it is done."),
        )
    if not facts.tuition_confirmed:
        return NO(_("The tuition is not confirmed."), OPTIONS)
    if facts.ends_at is not None and at >= facts.ends_at:
        return NO(_("The next campaign has already closed."), OPTIONS)
    return YES


@cites(
    OPTIONS,
    rule="ADM-158",
    words=_("The target is the academic year directly after the one first applied for."),
)
def target_year(campaign_year: int) -> int:
    """The campaign year to which a place is moved.

    Examples:
        2026 -> 2027
    """
    return campaign_year + 1


@cites(
    OPTIONS,
    rule=("ADM-159", "ADM-158", "ADM-165"),
    words=_(
        "Who moved the place applies again on the platform in the next campaign; for another programme the "
        "International Relations Department must agree."
    ),
)
def may_open_deferred(
    deferral: str | None,
    *,
    target: int,
    campaign_year: int,
    same_programme: bool,
    approved: bool = False,
    earlier_ineligible: bool = False,
) -> Answer:
    """Whether a dossier of the kind DEFERRED may be opened, the window aside (see `windows.may_apply`).

    deferral: its state, None for no deferral. earlier_ineligible: the deferred dossier ended INELIGIBLE, so
    that a corrected one may follow.
    """
    again = deferral == DeferralState.USED and earlier_ineligible
    if deferral != DeferralState.ACTIVE and not again:
        return NO(_("There is no moved place that could be taken up."), OPTIONS)
    if campaign_year != target:
        return NO(
            _("The place was moved to the academic year %(year)s.") % {"year": f"{target}-{target + 1}"},
            OPTIONS,
        )
    if not same_programme and not approved:
        return NO(
            _("The place was moved for the same programme."),
            OPTIONS,
            _("For another programme ask the International Relations Department first."),
        )
    return YES


@cites(
    OPTIONS,
    rule=("ADM-161", "ADM-159"),
    words=_("Who does not apply before the target window closes loses the place; the fees stay."),
)
def deferral_lapses(deferral: str, at: datetime, ends_at: datetime | None) -> bool:
    """Whether an unused deferral is lost. ends_at: see `windows.deferral_ends_at`."""
    return deferral == DeferralState.ACTIVE and ends_at is not None and at >= ends_at
