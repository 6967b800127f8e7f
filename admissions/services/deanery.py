"""The deanery of the offer's faculty: pre-acceptance, rejection, return (T09 to T11; ADM-100 to ADM-105)."""

from datetime import datetime

from django.db import transaction

from admissions import notices
from admissions.models import Deciding, Dossier, Override, Resolution
from admissions.refusal import demand
from admissions.rules import transmission
from admissions.services import case
from admissions.services.review import override, resolve
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes
from upt_portal.kernel import outbox


def _locked(dossier_id: int, actor: User) -> Dossier:
    """The dossier, locked, when the actor's deanery decides on it now (ADM-101)."""
    dossier = case.lock(dossier_id)
    faculty = dossier.offer.programme.faculty
    code = faculty.code if faculty else ""
    demand(transmission.may_decide(dossier.state, code, faculty_codes(actor)))
    return dossier


@transaction.atomic
def preaccept(dossier_id: int, *, actor: User, at: datetime) -> Resolution:
    """Pre-accept a candidate (T10); candidate and officer are told in the same act (ADM-103)."""
    dossier = _locked(dossier_id, actor)
    decided = resolve(dossier, "preaccept", Deciding.DEANERY, actor=actor, at=at)
    _tell(decided, at)
    return decided


@transaction.atomic
def reject(dossier_id: int, *, code: str, reason: str, actor: User, at: datetime) -> Resolution:
    """Reject a candidate with a code and words (T11, ADM-102); both are told at once (ADM-103)."""
    demand(transmission.check_rejection(code, reason))
    dossier = _locked(dossier_id, actor)
    decided = resolve(
        dossier, "reject", Deciding.DEANERY, code=code, reason=reason.strip(), actor=actor, at=at
    )
    _tell(decided, at)
    return decided


def _tell(decided: Resolution, at: datetime) -> None:
    dossier = decided.dossier
    outbox.post(notices.ended(decided, dossier.candidate.user), at=at)
    outbox.post_all((notices.decided(decided, reader) for reader in notices.office(dossier)), at=at)


@transaction.atomic
def return_to_office(dossier_id: int, *, question: str, actor: User, at: datetime) -> Dossier:
    """Return the dossier with a question instead of deciding (T09, ADM-105)."""
    demand(transmission.check_question(question))
    dossier = _locked(dossier_id, actor)
    resolve(dossier, "return_to_office", Deciding.DEANERY, reason=question.strip(), actor=actor, at=at)
    outbox.post_all(
        (notices.returned(dossier, reader, question, at) for reader in notices.office(dossier)), at=at
    )
    return dossier


@transaction.atomic
def reopen(dossier_id: int, *, error: str, actor: User, at: datetime) -> Resolution:
    """The head of the office reopens a rejection made by a clerical error (ADM-104).

    The resolution stays as it was; the reopening is another one. Raises Refused once a re-application exists.
    """
    dossier = case.lock(dossier_id)
    demand(transmission.may_reopen(dossier.state, error, reapplied=dossier.successors.exists()))
    decided = resolve(dossier, "reopen", Deciding.DRI, reason=error.strip(), actor=actor, at=at)
    override(dossier, Override.What.REOPENED, reason=error.strip(), actor=actor, at=at)
    outbox.post(notices.ended(decided, dossier.candidate.user), at=at)
    return decided
