"""The words that the rules share: states, kinds and cycles as they are stored."""

from __future__ import annotations

from enum import StrEnum
from functools import partial

from upt_portal.kernel.sources import ADMISSION_PROCEDURE, DERIVED, Article

#: A place in the admission procedure: `art("art. 9")`; and one that follows from it: `derived("ADM-001")`.
art = partial(Article, ADMISSION_PROCEDURE)
derived = partial(Article, DERIVED)


class Cycle(StrEnum):
    """Cycles of study as student records store them."""

    BACHELOR = "licenta"
    MASTER = "master"


class Channel(StrEnum):
    """How a dossier came in."""

    ONLINE = "online"
    PAPER = "paper"


class Kind(StrEnum):
    """What a dossier is."""

    NEW = "new"
    REAPPLICATION = "reapplication"
    DEFERRED = "deferred"


class State(StrEnum):
    """States of a dossier (§5.1)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CLARIFICATION = "clarification"
    AT_FACULTY = "at_faculty"
    PREACCEPTED = "preaccepted"
    SENT_TO_MEC = "sent_to_mec"
    LETTER_SENT = "letter_sent"
    TUITION_DECLARED = "tuition_declared"
    TUITION_CONFIRMED = "tuition_confirmed"
    CERTIFICATE_ISSUED = "certificate_issued"
    VISA_APPLIED = "visa_applied"
    VISA_GRANTED = "visa_granted"
    VISA_REFUSED = "visa_refused"
    REFUND_REQUESTED = "refund_requested"
    ENROLLED = "enrolled"
    CANCELLED = "cancelled"
    INELIGIBLE = "ineligible"
    NOT_SELECTED = "not_selected"
    REJECTED = "rejected"
    MEC_REFUSED = "mec_refused"
    DEFERRED = "deferred"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


#: The candidature was rejected: these give the free re-application (ADM-107, AMB-07).
TURNED_DOWN = frozenset({State.REJECTED, State.NOT_SELECTED})

#: Ended: such a dossier is not live and leaves room for another one (ADM-034).
ENDED = TURNED_DOWN | {
    State.CANCELLED,
    State.INELIGIBLE,
    State.MEC_REFUSED,
    State.WITHDRAWN,
    State.LAPSED,
    State.DEFERRED,
}

#: The tuition is confirmed and the dossier still leads to enrolment (ADM-135).
PAID_AND_LIVE = frozenset(
    {
        State.TUITION_CONFIRMED,
        State.CERTIFICATE_ISSUED,
        State.VISA_APPLIED,
        State.VISA_GRANTED,
        State.VISA_REFUSED,
    }
)

#: Pre-accepted or later, not yet a student: an "admitted candidate" (ADM-220).
ADMITTED = PAID_AND_LIVE | {
    State.PREACCEPTED,
    State.SENT_TO_MEC,
    State.LETTER_SENT,
    State.TUITION_DECLARED,
}
