"""What every act on a dossier does: lock its row, make a move of the table, record it, tell."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from admissions.models import Campaign, Candidate, Dossier
from admissions.workflow.dossier import DOSSIER_MOVES, ENDED, DossierState
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel.moves import Move
from upt_portal.kernel.references import reference

#: Kinds of the kernel's deadlines, by the term of the procedure.
DRAFT, TUITION, VISA, ANSWER = (
    "admissions.draft",
    "admissions.tuition",
    "admissions.visa",
    "admissions.answer",
)


def lock(dossier_id: int) -> Dossier:
    """The dossier with what its acts read, its row locked until the transaction ends.

    Every act locks the dossier before anything that belongs to it, so that no two acts wait for each other.
    """
    return (
        Dossier.objects.select_for_update(of=("self",))
        .select_related(
            "candidate__user",
            "campaign__year",
            "offer__campaign__year",
            "offer__programme__faculty",
            "offer__programme__field",
            "predecessor__campaign",
            "officer",
        )
        .get(pk=dossier_id)
    )


def lock_candidate(candidate_id: int) -> Candidate:
    """The candidate's row, locked: what a candidate has one of is counted under it."""
    return Candidate.objects.select_for_update(of=("self",)).select_related("user").get(pk=candidate_id)


def lock_campaign(campaign_id: int) -> Campaign:
    """The campaign's row, locked."""
    return Campaign.objects.select_for_update(of=("self",)).select_related("year").get(pk=campaign_id)


def advance(
    dossier: Dossier,
    step: Move,
    *,
    actor: User | None,
    at: datetime,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
    changed: Iterable[str] = (),
) -> str:
    """Make a move on a locked dossier: state, time, trace; returns the state it left.

    changed: other fields that the act set. An ended dossier gets the time of its end.
    """
    before = dossier.state
    target = DossierState(step.target)
    dossier.state, dossier.state_at = target, at
    dossier.ended_at = at if target in ENDED else None
    dossier.save(update_fields=["state", "state_at", "ended_at", *changed])
    audit.record(
        reference(dossier),
        f"admissions.{step.name}",
        actor=actor,
        at=at,
        before=before,
        after=target,
        reason=reason,
        data=data,
    )
    return before


def move(
    dossier: Dossier,
    name: str,
    *,
    actor: User | None,
    at: datetime,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
    changed: Iterable[str] = (),
) -> str:
    """`advance` by the name of a move. Raises MoveRefused when the dossier's state does not allow it."""
    step = DOSSIER_MOVES.check(name, dossier.state)
    return advance(dossier, step, actor=actor, at=at, reason=reason, data=data, changed=changed)


def page_of(dossier: Dossier, page: str = "") -> str:
    """Address of a candidate's page of the dossier."""
    return f"/apply/{dossier.pk}/{page}"
