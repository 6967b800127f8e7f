"""What must hold before the deanery sees a dossier, and what the deanery may do with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from admissions.rules.money import FeeState
from admissions.rules.papers import PAPERS, DocumentType
from admissions.rules.states import Kind, State, art, derived
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import cites
from upt_portal.kernel.words import gettext_lazy as _

STEPS = art("art. 9")


class Verdict(StrEnum):
    """What the International Relations Department found of a document."""

    CONFORM = "conform"
    NON_CONFORM = "non_conform"


@dataclass(frozen=True)
class Checked:
    """A dossier as the department has checked it.

    verdicts: by document type, none for an unchecked one. waived: types waived with a reason. proxy_verified:
    None when nobody filed for the candidate.
    """

    cycle: str
    required: Sequence[DocumentType]
    verdicts: Mapping[str, str]
    eligible: Answer
    language: Answer
    fee: str
    waived: Collection[str] = field(default_factory=frozenset)
    proxy_verified: bool | None = None
    open_clarification: bool = False


@cites(
    STEPS,
    art("art. 7"),
    rule=("ADM-094", "ADM-091", "ADM-084", "ADM-036", "ADM-033"),
    words=_(
        "A dossier goes to the deanery when its documents are conform, eligibility and language are "
        "verified, the fee is confirmed or waived, the mandate of a proxy is verified, and no clarification "
        "is open."
    ),
)
def transmission_guard(dossier: Checked) -> tuple[Answer, ...]:
    """Every condition with its own answer, in the order of the check; all must be yes."""
    return (
        *(_document(dossier, kind) for kind in dossier.required),
        dossier.eligible,
        dossier.language,
        _fee(dossier.fee),
        _mandate(dossier.proxy_verified),
        _clarification(open_=dossier.open_clarification),
    )


@cites(
    STEPS,
    rule="ADM-094",
    words=_("One unmet condition is enough to keep a dossier from the deanery."),
)
def may_transmit(dossier: Checked) -> Answer:
    """Yes, or the first condition that does not hold."""
    return next((answer for answer in transmission_guard(dossier) if not answer), YES)


def _document(dossier: Checked, kind: DocumentType) -> Answer:
    if kind in dossier.waived and kind != DocumentType.REFUND_AGREEMENT:
        return YES
    verdict = dossier.verdicts.get(kind)
    if verdict == Verdict.CONFORM:
        return YES
    refused = verdict == Verdict.NON_CONFORM
    words = _("Not conform: %(document)s.") if refused else _("Not checked yet: %(document)s.")
    return NO(words % {"document": PAPERS[kind].title}, STEPS)


def _fee(state: str) -> Answer:
    if state in {FeeState.CONFIRMED, FeeState.WAIVED}:
        return YES
    return NO(_("The processing fee is not confirmed."), STEPS, _("Record the sums that were credited."))


def _mandate(verified: bool | None) -> Answer:
    if verified is None or verified:
        return YES
    return NO(_("The notarial mandate of the proxy is not verified."), art("art. 7"))


def _clarification(*, open_: bool) -> Answer:
    return NO(_("A clarification is open."), STEPS, _("Wait for the answer or close it.")) if open_ else YES


class Scope(StrEnum):
    """Acts that a notarial mandate may name."""

    SUBMIT = "submit"
    COLLECT = "collect"
    REFUND_ACCOUNT = "refund_account"


@cites(
    art("art. 7"),
    rule=("ADM-033", "ADM-133"),
    words=_("A proxy does only what a verified notarial mandate names expressly."),
)
def proxy_may(scope: str, *, verified: bool, scopes: Collection[str]) -> Answer:
    """Whether a proxy may do an act. scopes: the acts that the mandate names."""
    article = art("art. 7")
    if scope not in scopes:
        return NO(
            _("The mandate does not name this act."),
            article,
            _("A notarial mandate that names it expressly is needed."),
        )
    if not verified:
        return NO(_("The notarial mandate of the proxy is not verified."), article)
    return YES


@cites(
    STEPS,
    rule="ADM-096",
    words=_(
        "The university may pre-select by strategy and capacity, with a reason, but not among deferred "
        "entries."
    ),
)
def may_deselect(kind: str, reason: str) -> Answer:
    """Whether a dossier may be declared not selected."""
    if kind == Kind.DEFERRED:
        return NO(_("A deferred entry has priority and is not pre-selected."), STEPS)
    if not reason.strip():
        return NO(_("Write the reason: the candidate reads it."), STEPS)
    return YES


@cites(
    STEPS,
    rule="ADM-101",
    words=_("Only the deanery of the programme's faculty decides, and only while the dossier is with it."),
)
def may_decide(state: str, faculty: str, own_faculties: Collection[str]) -> Answer:
    """Whether a member of a deanery may decide on a dossier. own_faculties: those the member is bound to."""
    if faculty not in own_faculties:
        return NO(_("This application belongs to another faculty."), STEPS)
    if state != State.AT_FACULTY:
        return NO(_("This application is not with the faculty now."), STEPS)
    return YES


@cites(
    STEPS,
    rule="ADM-102",
    words=_("A rejection names its reason, as a code and in words."),
)
def check_rejection(code: str, text: str) -> Answer:
    """Whether the reason of a rejection is complete."""
    if code.strip() and text.strip():
        return YES
    return NO(
        _("A rejection needs a reason, chosen from the list and in words."),
        STEPS,
        _("The candidate reads the words at once."),
    )


@cites(
    derived("ADM-104"),
    rule="ADM-104",
    words=_(
        "A resolution is not edited; a rejection is reopened only for a recorded clerical error, while no "
        "re-application exists."
    ),
)
def may_reopen(state: str, error: str, *, reapplied: bool) -> Answer:
    """Whether the head of the department may reopen a rejection. error: the clerical error, in words."""
    article = derived("ADM-104")
    if state != State.REJECTED:
        return NO(_("Only a rejection can be reopened."), article)
    if reapplied:
        return NO(_("The candidate has already applied to another programme after the rejection."), article)
    if not error.strip():
        return NO(_("Write down the clerical error."), article)
    return YES


@cites(
    derived("ADM-105"),
    rule=("ADM-105", "ADM-092"),
    words=_(
        "The deanery may return a dossier with a question, and the department may ask for clarification."
    ),
)
def check_question(text: str, items: Collection[str] | None = None) -> Answer:
    """Whether a question may be sent. items: what is asked for; None for a question of the deanery."""
    if not text.strip():
        return NO(_("Write the question."), derived("ADM-105"))
    if items is not None and not items:
        return NO(_("Choose at least one item to be answered."), derived("ADM-092"))
    return YES
