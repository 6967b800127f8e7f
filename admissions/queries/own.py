"""The candidate's own view of a dossier: its way so far, the decisions with their reasons, its documents."""

from django.db.models import QuerySet
from django.utils.translation import get_language

from admissions.models import Dossier, DossierDocument, Resolution
from admissions.rules.papers import PAPERS, DocumentType
from admissions.rules.states import Cycle
from admissions.workflow.dossier import DossierState
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, dates
from upt_portal.kernel.page import TimelineItem

#: Decisions whose reason the candidate reads (ADM-044, ADM-096, ADM-103).
TOLD = ("declare_ineligible", "not_select", "reject")


def dossiers_of(user: User) -> list[Dossier]:
    """The dossiers of the account, the newest first."""
    return list(_of(user).order_by("-opened_at", "-pk"))


def dossier_of(user: User, key: int) -> Dossier | None:
    """One dossier of the account; None for somebody else's, of which not even the existence is told."""
    return _of(user).filter(pk=key).first()


def _of(user: User) -> QuerySet[Dossier]:
    return Dossier.objects.filter(candidate__user=user).select_related(
        "candidate__user", "campaign__year", "offer__programme__faculty"
    )


def steps(dossier: Dossier) -> list[TimelineItem]:
    """The states the dossier went through with their moments, the present one last."""
    entered = [
        (DossierState(entry.after), entry.at)
        for entry in audit.trail(dossier)
        if entry.after in DossierState.values and entry.after != entry.before
    ]
    spoken = get_language() or "ro"
    return [
        TimelineItem(
            str(state.label),
            "now" if place == len(entered) - 1 else "done",
            detail=dates.moment(at, spoken),
        )
        for place, (state, at) in enumerate(entered)
    ]


def decision(dossier: Dossier) -> Resolution | None:
    """The decision that ended the dossier, whose reason is told; None while nothing ended it."""
    if dossier.ended_at is None:
        return None
    return Resolution.objects.filter(dossier=dossier, act__in=TOLD).order_by("-at", "-pk").first()


def documents_of(dossier: Dossier) -> list[dict[str, object]]:
    """Current documents in the order of the list, with letter, names of the files and number of versions."""
    rows = {
        row.kind: row
        for row in DossierDocument.objects.filter(dossier=dossier, current=True).select_related(
            "original", "back", "translation"
        )
    }
    cycle = dossier.offer.programme.cycle
    return [
        {
            "letter": PAPERS[kind].letter(cycle),
            "title": PAPERS[kind].title,
            "row": rows[kind],
            "files": [
                file.original_name
                for file in (rows[kind].original, rows[kind].back, rows[kind].translation)
                if file is not None
            ],
        }
        for kind in DocumentType
        if kind in rows
    ]


def consent_annex(dossier: Dossier) -> str:
    """The annex of the consent that fits the cycle (ADM-068)."""
    return "9" if dossier.offer.programme.cycle == Cycle.MASTER else "7"
