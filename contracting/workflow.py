"""The states of contracting and the moves between them: data only.

One table per kind of case, straight from the catalogue of requirements (§4.2 to §4.4). Buttons, permissions,
trace sentences, the diagram of the documentation and the tests read it; whatever is not listed is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from django.utils.translation import gettext_lazy as _

from upt_portal.accounts.roles import SECRETARIAT, STUDENT
from upt_portal.kernel.moves import BACK, NEW, Move, Moves

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# The hands that make a move are roles of the portal, and the portal itself. The dean's office decides, but
# the secretariat records its decision (actors table, §2), so it is no hand of its own here.
SYSTEM = "system"

_STUDENT = frozenset({STUDENT})
_SYSTEM = frozenset({SYSTEM})
_STUDENT_OR_SECRETARIAT = _STUDENT | SECRETARIAT
_SECRETARIAT_OR_SYSTEM = SECRETARIAT | _SYSTEM


class _States(StrEnum):
    """States with two names each: `label`, the staff's word, and `public`, what the student reads."""

    _value_: str
    label: _StrPromise
    public: _StrPromise

    def __new__(cls, value: str, label: _StrPromise, public: _StrPromise | None = None) -> Self:
        state = str.__new__(cls, value)
        state._value_ = value
        state.label = label
        state.public = label if public is None else public
        return state

    @classmethod
    def of(cls, value: str) -> Self:
        """The state of a stored value; StopIteration for a value that is none."""
        return next(state for state in cls if state.value == value)

    @classmethod
    def choices(cls) -> list[tuple[str, _StrPromise]]:
        """Pairs (stored value, staff label) for a model field, in the order of the life cycle."""
        return [(state.value, state.label) for state in cls]

    @classmethod
    def values(cls) -> list[str]:
        """Stored values, for a check constraint."""
        return [state.value for state in cls]


def _move(
    name: str,
    sources: Iterable[str],
    target: str,
    actors: frozenset[str],
    label: _StrPromise,
    back_to: frozenset[str] = frozenset(),
) -> Move:
    return Move(name, frozenset(sources), target, actors, label, back_to=back_to)


# --- The campaign ------------------------------------------------------------------------------------------


class CampaignState(_States):
    """A campaign is prepared, published to students, and closed after its payments (CON-003, CON-006)."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    CLOSED = "closed", _("Closed")


CAMPAIGN_MOVES = Moves(
    _move("prepare", [NEW], CampaignState.DRAFT, SECRETARIAT, _("Prepare a campaign")),
    _move("publish", [CampaignState.DRAFT], CampaignState.PUBLISHED, SECRETARIAT, _("Publish the campaign")),
    # Changed dates of a running campaign are an act of their own: the trace keeps the old and the new ones.
    _move(
        "reschedule", [CampaignState.PUBLISHED], CampaignState.PUBLISHED, SECRETARIAT, _("Change the dates")
    ),
    _move(
        "close",
        [CampaignState.PUBLISHED],
        CampaignState.CLOSED,
        _SECRETARIAT_OR_SYSTEM,
        _("Close the campaign"),
    ),
)


# --- One student in one campaign ---------------------------------------------------------------------------


class ContractingState(_States):
    """Where a student stands in a campaign (StudentContracting, §4.2)."""

    OFFERED = "offered", _("Offered"), _("To validate")
    VALIDATED = "validated", _("Validated"), _("Validated, the secretariat is checking it")
    CLARIFICATION = "clarification", _("Clarification asked"), _("The secretariat is waiting for your answer")
    CHANGE_REQUESTED = "change_requested", _("Change requested"), _("Change requested, awaiting a decision")
    DOCUMENTS_READY = "documents_ready", _("Documents ready"), _("Documents to sign and upload")
    SIGNED_UPLOADED = "signed_uploaded", _("Signed documents uploaded"), _("Sent, being checked")
    CONTRACTED = "contracted", _("Contracted"), _("Documents accepted, to pay")
    SETTLED = "settled", _("Settled"), _("Contracted, nothing left to pay")
    LAPSED = "lapsed", _("Lapsed"), _("Not validated in time")
    CANCELLED = "cancelled", _("Cancelled")


_S = ContractingState

#: A case is born in one of these: with something to validate (S1, S2a), or straight at its documents (S2b).
INITIAL_STATES = frozenset({_S.OFFERED, _S.DOCUMENTS_READY})

#: The next step is the student's.
AWAITING_STUDENT = frozenset({_S.OFFERED, _S.CLARIFICATION, _S.DOCUMENTS_READY})

#: The next step is the secretariat's: these make its queue (CON-042, CON-046, CON-050).
AWAITING_SECRETARIAT = frozenset({_S.VALIDATED, _S.CHANGE_REQUESTED, _S.SIGNED_UPLOADED, _S.LAPSED})

#: The selection may still be altered by the student (CON-042).
SELECTION_OPEN = frozenset({_S.OFFERED})

#: A change request stopped one of these, and its refusal leads back there.
CHANGEABLE = frozenset({_S.VALIDATED, _S.CLARIFICATION, _S.DOCUMENTS_READY})

#: The signed documents are in: the Payments tab is filled (CON-080, CON-082).
SIGNED_DOCUMENTS_IN = frozenset({_S.SIGNED_UPLOADED, _S.CONTRACTED, _S.SETTLED})

#: The documents were accepted: the disciplines of the year are contracted.
IN_FORCE = frozenset({_S.CONTRACTED, _S.SETTLED})

#: Stages behind the student in each state, for the line of stages (CON-009). A cancelled case shows none.
STAGES_DONE: dict[ContractingState, frozenset[int]] = {
    _S.OFFERED: frozenset(),
    _S.LAPSED: frozenset(),
    _S.VALIDATED: frozenset({1}),
    _S.CLARIFICATION: frozenset({1}),
    _S.CHANGE_REQUESTED: frozenset({1}),
    _S.DOCUMENTS_READY: frozenset({1, 2, 3}),
    _S.SIGNED_UPLOADED: frozenset({1, 2, 3, 4}),
    _S.CONTRACTED: frozenset({1, 2, 3, 4}),
    _S.SETTLED: frozenset({1, 2, 3, 4, 5}),
    _S.CANCELLED: frozenset(),
}

#: Nobody moves these any more; only money that is taken back opens a settled case again.
FINAL_STATES = frozenset({_S.SETTLED, _S.CANCELLED})

CONTRACTING_MOVES = Moves(
    _move("offer", [NEW], _S.OFFERED, _SECRETARIAT_OR_SYSTEM, _("Offer the disciplines")),
    _move(
        "open_documents", [NEW], _S.DOCUMENTS_READY, _SECRETARIAT_OR_SYSTEM, _("Make the documents at once")
    ),
    _move("tick", [_S.OFFERED], _S.OFFERED, _STUDENT, _("Change the selection")),
    _move("validate", [_S.OFFERED], _S.VALIDATED, _STUDENT, _("Validate the list")),
    _move("lapse", [_S.OFFERED], _S.LAPSED, _SYSTEM, _("Close the unvalidated offer")),
    _move("extend", [_S.LAPSED], _S.OFFERED, SECRETARIAT, _("Extend the term")),
    _move("validate_for", [_S.LAPSED], _S.VALIDATED, SECRETARIAT, _("Validate in the student's name")),
    _move("ask", [_S.VALIDATED], _S.CLARIFICATION, SECRETARIAT, _("Ask for a clarification")),
    _move("answer", [_S.CLARIFICATION], _S.VALIDATED, _STUDENT_OR_SECRETARIAT, _("Answer the clarification")),
    _move("request_change", CHANGEABLE, _S.CHANGE_REQUESTED, _STUDENT_OR_SECRETARIAT, _("Request a change")),
    _move(
        "apply_change", [_S.CHANGE_REQUESTED], _S.DOCUMENTS_READY, SECRETARIAT, _("Apply the approved change")
    ),
    # A refusal leads back to the state the request stopped, which the case keeps (CON-053).
    _move(
        "refuse_change",
        [_S.CHANGE_REQUESTED],
        BACK,
        SECRETARIAT,
        _("Record the refusal of the change"),
        CHANGEABLE,
    ),
    _move("approve", [_S.VALIDATED], _S.DOCUMENTS_READY, SECRETARIAT, _("Approve the annex")),
    _move("upload", [_S.DOCUMENTS_READY], _S.SIGNED_UPLOADED, _STUDENT, _("Send the signed documents")),
    _move(
        "reject_file", [_S.SIGNED_UPLOADED], _S.DOCUMENTS_READY, SECRETARIAT, _("Return a signed document")
    ),
    _move("accept", [_S.SIGNED_UPLOADED], _S.CONTRACTED, SECRETARIAT, _("Accept the signed documents")),
    _move(
        "reissue",
        [_S.CONTRACTED, _S.SIGNED_UPLOADED],
        _S.DOCUMENTS_READY,
        SECRETARIAT,
        _("Reissue the annex"),
    ),
    _move("settle", [_S.CONTRACTED], _S.SETTLED, _SYSTEM, _("Settle")),
    _move("reopen", [_S.SETTLED], _S.CONTRACTED, _SYSTEM, _("Wait for the money again")),
    _move("cancel", frozenset(_S) - FINAL_STATES, _S.CANCELLED, SECRETARIAT, _("Cancel the contracting")),
)


# --- The papers of a case ----------------------------------------------------------------------------------


class AnnexState(_States):
    """A version of the annex is in force until a newer one replaces it (CON-052)."""

    CURRENT = "current", _("Current")
    SUPERSEDED = "superseded", _("Replaced by a newer version")
    CANCELLED = "cancelled", _("Cancelled")


ANNEX_MOVES = Moves(
    _move("issue", [NEW], AnnexState.CURRENT, _SECRETARIAT_OR_SYSTEM, _("Make the annex")),
    _move("supersede", [AnnexState.CURRENT], AnnexState.SUPERSEDED, SECRETARIAT, _("Replace the annex")),
    _move(
        "cancel", [AnnexState.CURRENT], AnnexState.CANCELLED, _SECRETARIAT_OR_SYSTEM, _("Cancel the annex")
    ),
)


class SignedDocumentState(_States):
    """An uploaded scan waits, is accepted for good, or makes room for another (§4.4, CON-066, CON-069)."""

    UPLOADED = "uploaded", _("Uploaded"), _("Sent, being checked")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected"), _("Needs correction")
    SUPERSEDED = "superseded", _("Superseded")


_F = SignedDocumentState

SIGNED_DOCUMENT_MOVES = Moves(
    _move("upload", [NEW], _F.UPLOADED, _STUDENT, _("Upload the scan")),
    _move("accept", [_F.UPLOADED], _F.ACCEPTED, SECRETARIAT, _("Accept")),
    _move("reject", [_F.UPLOADED], _F.REJECTED, SECRETARIAT, _("Return with a reason")),
    # By a new upload, or by a new version of the annex. Not so an accepted scan: it is permanent evidence,
    # also of a version that was replaced later, and has no move.
    _move(
        "supersede", [_F.UPLOADED, _F.REJECTED], _F.SUPERSEDED, _STUDENT_OR_SECRETARIAT, _("Replace the file")
    ),
)


class ChangeRequestState(_States):
    """A request to change an annex, decided by the dean's office, recorded by the secretariat (CON-051)."""

    ASKED = "asked", _("Asked"), _("Sent, awaiting a decision")
    APPROVED = "approved", _("Approved by the dean's office"), _("Approved, the annex is being updated")
    REFUSED = "refused", _("Refused by the dean's office")
    APPLIED = "applied", _("Applied"), _("Approved, a new annex was made")
    CANCELLED = "cancelled", _("Cancelled")


_R = ChangeRequestState

CHANGE_REQUEST_MOVES = Moves(
    _move("ask", [NEW], _R.ASKED, _STUDENT_OR_SECRETARIAT, _("Request a change")),
    _move("record_approval", [_R.ASKED], _R.APPROVED, SECRETARIAT, _("Record the dean's approval")),
    _move("refuse", [_R.ASKED], _R.REFUSED, SECRETARIAT, _("Record the dean's refusal")),
    _move("apply", [_R.APPROVED], _R.APPLIED, SECRETARIAT, _("Apply the change")),
    # The contracting itself was cancelled while the request was open.
    _move("cancel", [_R.ASKED, _R.APPROVED], _R.CANCELLED, _SECRETARIAT_OR_SYSTEM, _("Cancel the request")),
)


# --- The study contract ------------------------------------------------------------------------------------


class StudyContractState(_States):
    """The contract of a whole study cycle (§4.3)."""

    DRAFT = "draft", _("Draft")
    AWAITING_SIGNATURE = "awaiting_signature", _("Awaiting signature"), _("To sign")
    OVERDUE = "overdue", _("Overdue"), _("Not signed in time")
    SIGNED_BY_STUDENT = (
        "signed_by_student",
        _("Signed by the student"),
        _("Awaiting the university's signature"),
    )
    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")
    TERMINATED = "terminated", _("Terminated")
    CANCELLED = "cancelled", _("Cancelled")


_C = StudyContractState

#: A signature of the student is wanted: the contract travels with the annex (CON-070).
CONTRACT_TO_SIGN = frozenset({_C.AWAITING_SIGNATURE, _C.OVERDUE})

STUDY_CONTRACT_MOVES = Moves(
    _move("draft", [NEW], _C.DRAFT, _SECRETARIAT_OR_SYSTEM, _("Draw up the contract")),
    _move("publish", [_C.DRAFT], _C.AWAITING_SIGNATURE, SECRETARIAT, _("Publish to the student")),
    _move("sign", [_C.AWAITING_SIGNATURE], _C.SIGNED_BY_STUDENT, _STUDENT, _("Sign")),
    _move(
        "countersign", [_C.SIGNED_BY_STUDENT], _C.ACTIVE, SECRETARIAT, _("Record the university's signature")
    ),
    _move("miss", [_C.AWAITING_SIGNATURE], _C.OVERDUE, _SYSTEM, _("Mark as overdue")),
    _move("sign_late", [_C.OVERDUE], _C.SIGNED_BY_STUDENT, SECRETARIAT, _("Accept the late signature")),
    _move("give_up", [_C.OVERDUE], _C.CANCELLED, SECRETARIAT, _("Record that the place was given up")),
    _move("suspend", [_C.ACTIVE], _C.SUSPENDED, _SYSTEM, _("Suspend")),
    _move("resume", [_C.SUSPENDED], _C.ACTIVE, SECRETARIAT, _("Resume")),
    _move("terminate", [_C.ACTIVE, _C.SUSPENDED], _C.TERMINATED, _SECRETARIAT_OR_SYSTEM, _("Terminate")),
)
