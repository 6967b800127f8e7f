"""The dossier of a candidate: T01 to T31 of the catalogue (§5.1), as data."""

from collections.abc import Iterable
from typing import Final

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from admissions.workflow.actors import CANDIDATE, DRI, FACULTY, HEAD, ITSELF, SECRETARIAT
from upt_portal.kernel.moves import BACK, NEW, Move, Moves


class DossierState(TextChoices):
    """Where a dossier stands."""

    DRAFT = "draft", pgettext_lazy("dossier", "Draft")
    SUBMITTED = "submitted", pgettext_lazy("dossier", "Submitted, being checked")
    CLARIFICATION = "clarification", pgettext_lazy("dossier", "Clarification asked")
    AT_FACULTY = "at_faculty", pgettext_lazy("dossier", "At the faculty")
    PREACCEPTED = "preaccepted", pgettext_lazy("dossier", "Pre-accepted")
    SENT_TO_MEC = "sent_to_mec", pgettext_lazy("dossier", "Sent to the ministry")
    LETTER_SENT = "letter_sent", pgettext_lazy("dossier", "Letter of acceptance sent")
    TUITION_DECLARED = "tuition_declared", pgettext_lazy("dossier", "Tuition declared as paid")
    TUITION_CONFIRMED = "tuition_confirmed", pgettext_lazy("dossier", "Tuition confirmed")
    CERTIFICATE_ISSUED = "certificate_issued", pgettext_lazy("dossier", "Embassy certificate issued")
    VISA_APPLIED = "visa_applied", pgettext_lazy("dossier", "Visa applied for")
    VISA_GRANTED = "visa_granted", pgettext_lazy("dossier", "Visa granted")
    VISA_REFUSED = "visa_refused", pgettext_lazy("dossier", "Visa refused")
    REFUND_REQUESTED = "refund_requested", pgettext_lazy("dossier", "Refund asked for")
    ENROLLED = "enrolled", pgettext_lazy("dossier", "Enrolled")
    DEFERRED = "deferred", pgettext_lazy("dossier", "Deferred to the next year")
    CANCELLED = "cancelled", pgettext_lazy("dossier", "Cancelled before submission")
    INELIGIBLE = "ineligible", pgettext_lazy("dossier", "Not eligible")
    NOT_SELECTED = "not_selected", pgettext_lazy("dossier", "Not selected")
    REJECTED = "rejected", pgettext_lazy("dossier", "Rejected by the faculty")
    MEC_REFUSED = "mec_refused", pgettext_lazy("dossier", "Refused by the ministry")
    WITHDRAWN = "withdrawn", pgettext_lazy("dossier", "Withdrawn")
    LAPSED = "lapsed", pgettext_lazy("dossier", "Lapsed")


_S = DossierState

#: Nothing runs any more and a new dossier may be opened (ADM-034); after DEFERRED only the deferred one.
ENDED: Final = frozenset(
    {
        _S.CANCELLED,
        _S.INELIGIBLE,
        _S.NOT_SELECTED,
        _S.REJECTED,
        _S.MEC_REFUSED,
        _S.WITHDRAWN,
        _S.LAPSED,
        _S.DEFERRED,
    }
)
#: What counts against MAX_ACTIVE_DOSSIERS (ADM-034); an enrolled candidate holds a place.
LIVE: Final = frozenset(_S) - ENDED
#: Only these are seen by DRI, deanery and the ministry's list (ADM-031).
REGISTERED: Final = frozenset(_S) - {_S.DRAFT, _S.CANCELLED}
#: Before the ministry's letter, with money carried over from a deferred dossier (T26).
BEFORE_LETTER: Final = frozenset(
    {_S.SUBMITTED, _S.CLARIFICATION, _S.AT_FACULTY, _S.PREACCEPTED, _S.SENT_TO_MEC, _S.LETTER_SENT}
)
#: Tuition was declared at least: a request for force majeure may start here (T26).
WITH_TUITION: Final = frozenset(
    {
        _S.TUITION_DECLARED,
        _S.TUITION_CONFIRMED,
        _S.CERTIFICATE_ISSUED,
        _S.VISA_APPLIED,
        _S.VISA_REFUSED,
        _S.VISA_GRANTED,
    }
)
#: Admitted: pre-accepted or later, not enrolled (ADM-220).
ADMITTED: Final = WITH_TUITION | {_S.PREACCEPTED, _S.SENT_TO_MEC, _S.LETTER_SENT, _S.REFUND_REQUESTED}
#: Tuition received, certificates may be issued (ADM-135).
CERTIFIABLE: Final = frozenset(
    {_S.TUITION_CONFIRMED, _S.CERTIFICATE_ISSUED, _S.VISA_APPLIED, _S.VISA_GRANTED, _S.VISA_REFUSED}
)
#: Reached PREACCEPTED at some time, for the count of seats (ADM-024).
TAKES_SEAT: Final = ADMITTED | {_S.ENROLLED}
#: The rejection of the candidature, which gives the free re-application (ADM-107).
GIVES_REAPPLICATION: Final = frozenset({_S.REJECTED, _S.NOT_SELECTED})
#: The deanery of the offer's faculty reads it from here on (ADM-095, ADM-241).
SEEN_BY_FACULTY: Final = frozenset({_S.AT_FACULTY, _S.REJECTED, _S.MEC_REFUSED, _S.ENROLLED}) | ADMITTED


def _move(
    name: str,
    sources: Iterable[str],
    target: str,
    actors: frozenset[str],
    label: Promise,
    note: Promise | str = "",
    back_to: frozenset[str] = frozenset(),
) -> Move:
    return Move(name, frozenset(sources), target, actors, label, guard_note=note, back_to=back_to)


DOSSIER_MOVES: Final = Moves(
    _move("open", [NEW], _S.DRAFT, CANDIDATE | DRI, _("Open a dossier"), "T01"),
    _move("submit", [_S.DRAFT], _S.SUBMITTED, CANDIDATE | DRI, _("Submit the dossier"), "T02"),
    _move("cancel", [_S.DRAFT], _S.CANCELLED, CANDIDATE | ITSELF, _("Give up the draft"), "T03"),
    _move("ask", [_S.SUBMITTED], _S.CLARIFICATION, DRI, _("Ask for a clarification"), "T04"),
    _move("answer", [_S.CLARIFICATION], _S.SUBMITTED, CANDIDATE | DRI, _("Answer the clarification"), "T05"),
    _move("close_question", [_S.CLARIFICATION], _S.SUBMITTED, DRI, _("Close without an answer"), "T05b"),
    _move("declare_ineligible", [_S.SUBMITTED], _S.INELIGIBLE, DRI, _("Declare not eligible"), "T06"),
    _move("not_select", [_S.SUBMITTED], _S.NOT_SELECTED, DRI, _("Record as not selected"), "T07"),
    _move("transmit", [_S.SUBMITTED], _S.AT_FACULTY, DRI, _("Send to the faculty"), "T08"),
    _move("return_to_office", [_S.AT_FACULTY], _S.SUBMITTED, FACULTY, _("Return with a question"), "T09"),
    _move("preaccept", [_S.AT_FACULTY], _S.PREACCEPTED, FACULTY, _("Pre-accept"), "T10"),
    _move("reject", [_S.AT_FACULTY], _S.REJECTED, FACULTY, _("Reject"), "T11"),
    _move("reopen", [_S.REJECTED], _S.AT_FACULTY, HEAD, _("Reopen after a clerical error"), "ADM-104"),
    _move("send_to_ministry", [_S.PREACCEPTED], _S.SENT_TO_MEC, DRI, _("Send to the ministry"), "T12"),
    _move("take_back", [_S.SENT_TO_MEC], _S.PREACCEPTED, DRI, _("Record the return for correction"), "T13"),
    _move("ministry_refuses", [_S.SENT_TO_MEC], _S.MEC_REFUSED, DRI, _("Record the refusal"), "T14"),
    _move("send_letter", [_S.SENT_TO_MEC], _S.LETTER_SENT, DRI, _("Send the letter of acceptance"), "T15"),
    _move("reuse_letter", [_S.PREACCEPTED], _S.LETTER_SENT, DRI, _("Use the earlier letter"), "T15b"),
    _move(
        "declare_tuition", [_S.LETTER_SENT], _S.TUITION_DECLARED, CANDIDATE, _("Declare the payment"), "T16"
    ),
    _move("return_tuition", [_S.TUITION_DECLARED], _S.LETTER_SENT, DRI, _("Return the proof"), "T17"),
    _move("confirm_tuition", [_S.TUITION_DECLARED], _S.TUITION_CONFIRMED, DRI, _("Confirm tuition"), "T18"),
    _move("carry_tuition", [_S.LETTER_SENT], _S.TUITION_CONFIRMED, DRI, _("Carry the tuition over"), "T18b"),
    _move(
        "issue_certificate",
        [_S.TUITION_CONFIRMED],
        _S.CERTIFICATE_ISSUED,
        DRI,
        _("Issue the embassy certificate"),
        "T19",
    ),
    _move(
        "apply_for_visa",
        [_S.CERTIFICATE_ISSUED],
        _S.VISA_APPLIED,
        CANDIDATE,
        _("Record the visa application"),
        "T20",
    ),
    _move("grant_visa", [_S.VISA_APPLIED], _S.VISA_GRANTED, CANDIDATE | DRI, _("Record the visa"), "T21"),
    _move("refuse_visa", [_S.VISA_APPLIED], _S.VISA_REFUSED, CANDIDATE, _("Record the refusal"), "T22"),
    _move("ask_refund", [_S.VISA_REFUSED], _S.REFUND_REQUESTED, CANDIDATE, _("Ask for the refund"), "T23"),
    _move("defer", [_S.VISA_REFUSED], _S.DEFERRED, CANDIDATE, _("Choose deferred entry"), "T24"),
    _move(
        "win_appeal",
        [_S.VISA_REFUSED, _S.REFUND_REQUESTED],
        _S.VISA_GRANTED,
        DRI,
        _("Record the visa granted on appeal"),
        "T25",
    ),
    # A written request is registered by the office with its proven date of receipt (R02), hence its hand.
    _move(
        "ask_refund_force_majeure",
        WITH_TUITION | BEFORE_LETTER,
        _S.REFUND_REQUESTED,
        CANDIDATE | DRI,
        _("Ask for the refund after force majeure"),
        "T26",
    ),
    _move("enrol", [_S.VISA_GRANTED], _S.ENROLLED, SECRETARIAT, _("Enrol"), "T27"),
    _move(
        "enrol_exceptionally",
        [_S.TUITION_CONFIRMED, _S.CERTIFICATE_ISSUED, _S.VISA_APPLIED],
        _S.ENROLLED,
        SECRETARIAT,
        _("Enrol without a visa"),
        "T28",
    ),
    _move(
        "withdraw",
        WITH_TUITION | BEFORE_LETTER,
        _S.WITHDRAWN,
        CANDIDATE,
        _("Give up the place"),
        "T29",
    ),
    _move("settle_refund", [_S.REFUND_REQUESTED], _S.WITHDRAWN, ITSELF, _("End after the refund"), "T30"),
    _move(
        "resume",
        [_S.REFUND_REQUESTED],
        BACK,
        ITSELF,
        _("Go on after the refund request"),
        "T30b, T30c",
        WITH_TUITION | BEFORE_LETTER,
    ),
    _move("lapse", WITH_TUITION | BEFORE_LETTER, _S.LAPSED, DRI, _("Let the dossier lapse"), "T31"),
)
