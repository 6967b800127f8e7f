"""The check by the international office (T04 to T08; ADM-033, ADM-040 to ADM-050, ADM-082 to ADM-097)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from admissions import notices, parameters
from admissions.models import (
    Clarification,
    ClarificationItem,
    Condition,
    Deciding,
    Dossier,
    DossierDocument,
    EligibilityTick,
    FeeReceipt,
    LanguageProof,
    Override,
    ProcessingFee,
    ProofState,
    ProxyMandate,
    Resolution,
    StudyRecord,
)
from admissions.queries import checking, figures
from admissions.queries import dossiers as queries
from admissions.refusal import demand, refuse
from admissions.rules import eligibility, language, money, papers, transmission
from admissions.services import case
from admissions.workflow.dossier import DOSSIER_MOVES, DossierState
from admissions.workflow.smaller import FEE_MOVES, MANDATE_MOVES, FeeState, Verdict
from fees.services import confirmed
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, deadlines, outbox
from upt_portal.kernel.calendar import end_of_day, start_of_day
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.references import reference
from upt_portal.kernel.words import gettext_lazy as _


def _under_check(dossier: Dossier) -> None:
    """Verdicts are given while the dossier is with the office."""
    if dossier.state not in {DossierState.SUBMITTED, DossierState.CLARIFICATION}:
        raise refuse(_("The dossier is not with the International Relations Department now."), "ADM-091")


@transaction.atomic
def assign(dossier_id: int, officer: User, *, actor: User, at: datetime) -> Dossier:
    """Make somebody the responsible officer; messages go to that officer (ADM-097)."""
    dossier = case.lock(dossier_id)
    dossier.officer = officer
    dossier.save(update_fields=["officer"])
    audit.record(dossier, "admissions.assign", actor=actor, at=at, data={"officer": officer.pk})
    return dossier


@transaction.atomic
def judge(
    document_id: int,
    *,
    seen_version: int,
    verdict: str,
    note: str = "",
    authenticated: bool | None = None,
    translation_legalised: bool | None = None,
    document_language: str = "",
    actor: User,
    at: datetime,
) -> DossierDocument:
    """Record what was found of a document (ADM-067, ADM-091), bound to the version that was looked at.

    Raises Refused when a newer version is there, for a verdict without its note, or for a medical certificate
    in a language that is not widely used and accepted without a note (ADM-050).
    """
    dossier_id = DossierDocument.objects.values_list("dossier_id", flat=True).get(pk=document_id)
    dossier = case.lock(dossier_id)
    _under_check(dossier)
    document = DossierDocument.objects.select_for_update(of=("self",)).get(pk=document_id)
    if not document.current or document.version != seen_version:
        raise refuse(
            _("The candidate replaced the document."), "ADM-069", _("Look at the new one before deciding.")
        )
    if verdict not in {Verdict.CONFORM, Verdict.NON_CONFORM}:
        raise refuse(_("Say whether the document is conform."), "ADM-091")
    if verdict == Verdict.NON_CONFORM and not note.strip():
        raise refuse(_("Write what is not conform."), "ADM-091")
    known = document_language or document.language
    if verdict == Verdict.CONFORM and document.kind == papers.DocumentType.MEDICAL:
        accepted = figures.codes(parameters.INTERNATIONAL_LANGUAGES, dossier.campaign, local_day(at))
        demand(papers.check_medical(known, accepted, note))
    document.verdict, document.note, document.language = verdict, note.strip(), known
    document.authenticated, document.translation_legalised = authenticated, translation_legalised
    document.judged_by, document.judged_at = actor, at
    document.save()
    audit.record(
        dossier, "admissions.judge", actor=actor, at=at, data={"document": document.pk, "verdict": verdict}
    )
    return document


@transaction.atomic
def waive(dossier_id: int, kind: str, *, reason: str, actor: User, at: datetime) -> DossierDocument:
    """The head of the office does without a document, with a reason; never Annex 12 (ADM-064, ADM-197)."""
    dossier = case.lock(dossier_id)
    _under_check(dossier)
    demand(papers.may_waive(kind, reason))
    document = (
        DossierDocument.objects.select_for_update(of=("self",))
        .filter(dossier=dossier, kind=kind, current=True)
        .first()
    )
    if document is None:
        last = DossierDocument.objects.filter(dossier=dossier, kind=kind).order_by("-version").first()
        document = DossierDocument(
            dossier=dossier, kind=kind, version=(last.version if last else 0) + 1, uploaded_at=at
        )
    document.waived_reason, document.waived_by, document.waived_at = reason, actor, at
    document.save()
    override(dossier, Override.What.DOCUMENT, detail=kind, reason=reason, actor=actor, at=at)
    audit.record(dossier, "admissions.waive", actor=actor, at=at, reason=reason, data={"document": kind})
    return document


def override(
    dossier: Dossier, what: str, *, reason: str, actor: User, at: datetime, detail: str = ""
) -> Override:
    """A rule set aside: who, when, why, for the report (ADM-242); in the caller's transaction."""
    return Override.objects.create(
        candidate_id=dossier.candidate_id,
        dossier=dossier,
        campaign_id=dossier.campaign_id,
        what=what,
        detail=detail,
        reason=reason,
        by=actor,
        at=at,
    )


@transaction.atomic
def tick(
    dossier_id: int, condition: str, *, holds: bool, evidence: str, actor: User, at: datetime
) -> EligibilityTick:
    """Record one condition of eligibility with its evidence (ADM-040, ADM-093)."""
    dossier = case.lock(dossier_id)
    _under_check(dossier)
    if condition not in Condition.values:
        raise refuse(_("There is no such condition."), "ADM-040")
    if not evidence.strip():
        raise refuse(_("Write the evidence."), "ADM-040")
    found, _fresh = EligibilityTick.objects.update_or_create(
        dossier=dossier,
        condition=condition,
        defaults={"holds": holds, "evidence": evidence.strip(), "by": actor, "at": at},
    )
    audit.record(
        dossier, "admissions.tick", actor=actor, at=at, data={"condition": condition, "holds": holds}
    )
    return found


@transaction.atomic
def confirm_equivalence(dossier_id: int, level: str, *, note: str, actor: User, at: datetime) -> None:
    """Confirm that a diploma outside Annex 5 is equivalent, with a note (ADM-043)."""
    dossier = case.lock(dossier_id)
    _under_check(dossier)
    if not note.strip():
        raise refuse(_("Write why the diploma is equivalent."), "ADM-043")
    study = StudyRecord.objects.select_for_update().get(dossier=dossier, level=level)
    study.equivalence_note = note.strip()
    study.save(update_fields=["equivalence_note"])
    audit.record(dossier, "admissions.tick", actor=actor, at=at, reason=note, data={"study": level})


@transaction.atomic
def verify_language(
    proof_id: int,
    *,
    verified: bool,
    note: str = "",
    passed: bool | None = None,
    actor: User,
    at: datetime,
) -> LanguageProof:
    """Verify or refuse a proof of language; for a test of Interlingua also its result (ADM-071 to ADM-079).

    Raises Refused when the data of the proof do not serve the programme, or for a refusal without a note.
    """
    dossier_id = LanguageProof.objects.values_list("dossier_id", flat=True).get(pk=proof_id)
    dossier = case.lock(dossier_id)
    _under_check(dossier)
    proof = LanguageProof.objects.select_for_update().get(pk=proof_id)
    if not proof.current:
        raise refuse(_("The candidate entered another proof."), "ADM-071")
    if passed is not None:
        proof.passed = passed
    proof.state = ProofState.VERIFIED if verified else ProofState.REFUSED
    proof.note, proof.judged_by, proof.judged_at = note.strip(), actor, at
    if verified:
        today = local_day(at)
        demand(
            language.may_transmit(
                [checking.proof_of(proof)],
                dossier.offer.programme.language,
                checking.language_figures(dossier.campaign, today),
            )
        )
    elif not note.strip():
        raise refuse(_("Write why the proof is refused."), "ADM-071")
    proof.save()
    audit.record(
        dossier, "admissions.verify_language", actor=actor, at=at, reason=note, data={"verified": verified}
    )
    return proof


@transaction.atomic
def decide_mandate(
    mandate_id: int, *, verified: bool, reason: str = "", actor: User, at: datetime
) -> ProxyMandate:
    """Verify or reject a notarial mandate (ADM-033). Raises Refused for a rejection without a reason."""
    dossier_id = ProxyMandate.objects.values_list("dossier_id", flat=True).get(pk=mandate_id)
    dossier = case.lock(dossier_id)
    mandate = ProxyMandate.objects.select_for_update().get(pk=mandate_id)
    if not verified and not reason.strip():
        raise refuse(_("Write why the mandate is rejected."), "ADM-033")
    mandate.state = MANDATE_MOVES.check("verify" if verified else "reject", mandate.state).target
    mandate.decided_by, mandate.decided_at, mandate.reason = actor, at, reason.strip()
    mandate.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    audit.record(
        dossier, "admissions.decide_mandate", actor=actor, at=at, reason=reason, data={"state": mandate.state}
    )
    return mandate


@transaction.atomic
def record_fee(
    dossier_id: int, *, amount: Decimal, credited_on: date, bank_reference: str, actor: User, at: datetime
) -> ProcessingFee:
    """Record a sum credited for the processing fee; the fee is confirmed, or short (ADM-082, ADM-084).

    amount: EUR. The same reference of the bank twice is one sum. A confirmed fee is told to fees (FEE-090).
    """
    dossier = case.lock(dossier_id)
    fee = ProcessingFee.objects.select_for_update(of=("self",)).get(dossier=dossier)
    known = FeeReceipt.objects.filter(fee=fee, reference=bank_reference.strip()).first()
    if known is not None and known.amount == amount:
        return fee
    if amount <= 0 or not bank_reference.strip() or credited_on > local_day(at):
        raise refuse(_("A credited sum has an amount, a day not in the future and a reference."), "ADM-084")
    if known is not None:
        raise refuse(_("Another sum is recorded under this reference."), "ADM-084")
    missing = money.fee_standing(dossier.kind, [fee.received + amount], fee.due)
    act = "confirm" if missing.state == money.FeeState.CONFIRMED else "find_short"
    fee.state = FEE_MOVES.check(act, fee.state).target
    FeeReceipt.objects.create(
        fee=fee, amount=amount, credited_on=credited_on, reference=bank_reference.strip(), by=actor, at=at
    )
    fee.received = FeeReceipt.objects.filter(fee=fee).aggregate(sum=Sum("amount"))["sum"]
    if fee.state == FeeState.CONFIRMED:
        fee.confirmed_by, fee.confirmed_at = actor, at
    fee.save()
    audit.record(
        dossier, "admissions.record_fee", actor=actor, at=at, data={"amount": str(amount), "state": fee.state}
    )
    if fee.state == FeeState.CONFIRMED:
        _tell_fees(dossier, fee, credited_on, bank_reference.strip(), actor=actor, at=at)
    return fee


def _tell_fees(
    dossier: Dossier, fee: ProcessingFee, credited_on: date, bank_reference: str, *, actor: User, at: datetime
) -> None:
    payer = dossier.candidate.user
    confirmed.confirm(
        confirmed.Received(
            case=reference(dossier),
            code="PROCESSING",
            payer=payer,
            payer_name=dossier.candidate.passport_name,
            amount=fee.received,
            currency=money.CURRENCY,
            reference=bank_reference,
            paid_at=start_of_day(credited_on),
            language=payer.language,
        ),
        actor=actor,
        at=at,
    )


@dataclass(frozen=True)
class Item:
    """One thing asked. kind: a ClarificationItem.Kind; document: a type; question: in words."""

    kind: str
    document: str = ""
    question: str = ""


@transaction.atomic
def ask(
    dossier_id: int,
    *,
    items: Sequence[Item],
    message: str,
    due_on: date | None = None,
    actor: User,
    at: datetime,
) -> Clarification:
    """Ask the candidate for a clarification (T04, ADM-092): only what is asked for may be changed."""
    demand(transmission.check_question(message, [item.kind for item in items]))
    dossier = case.lock(dossier_id)
    case.move(dossier, "ask", actor=actor, at=at, reason=message)
    asked = Clarification.objects.create(
        dossier=dossier, message=message.strip(), due_on=due_on, asked_by=actor, asked_at=at
    )
    kept = queries.current_documents(dossier)
    for item in items:
        ClarificationItem.objects.create(
            clarification=asked,
            kind=item.kind,
            document_kind=item.document,
            document=kept.get(item.document),
            question=item.question,
        )
    if due_on is not None:
        deadlines.set_deadline(
            dossier,
            case.ANSWER,
            due_at=end_of_day(due_on),
            start_at=at,
            rule="ADM-092",
            person=dossier.candidate.user,
            link=case.page_of(dossier),
        )
    outbox.post(notices.clarification_asked(asked, dossier.candidate.user), at=at)
    return asked


@transaction.atomic
def answer(
    dossier_id: int, *, text: str = "", answers: dict[int, str] | None = None, actor: User, at: datetime
) -> Clarification:
    """Send the answer to the open clarification (T05): every item answered, also after the window closed.

    answers: words by the key of an item. A document is answered by a newer version of it.
    """
    dossier = case.lock(dossier_id)
    DOSSIER_MOVES.check("answer", dossier.state)
    asked = queries.open_clarification(dossier)
    if asked is None:
        raise refuse(_("Nothing is asked now."), "ADM-092")
    kept = queries.current_documents(dossier)
    for item in asked.items.all():
        words = (answers or {}).get(item.pk, "").strip()
        if not (words or _answered(item, kept, dossier)):
            raise refuse(
                _("One point is not answered yet: %(item)s.") % {"item": item.question or _name(item)},
                "ADM-092",
                _("Upload the document, or write the answer."),
            )
        item.answer, item.answered_at = words, at
        item.save(update_fields=["answer", "answered_at"])
    asked.answer, asked.answered_by, asked.answered_at = text.strip(), actor, at
    asked.save(update_fields=["answer", "answered_by", "answered_at"])
    case.move(dossier, "answer", actor=actor, at=at)
    deadlines.meet(dossier, case.ANSWER, at=at)
    outbox.post_all((notices.answered(asked, reader) for reader in notices.office(dossier)), at=at)
    return asked


def _answered(item: ClarificationItem, kept: dict[str, DossierDocument], dossier: Dossier) -> bool:
    """Whether a newer version, or a newer proof, than the one asked about is there."""
    if item.kind == ClarificationItem.Kind.DOCUMENT:
        now = kept.get(item.document_kind)
        return now is not None and now.pk != item.document_id
    if item.kind == ClarificationItem.Kind.LANGUAGE:
        current = LanguageProof.objects.filter(dossier=dossier, current=True).first()
        return current is not None and current.state == ProofState.PENDING
    return False


def _name(item: ClarificationItem) -> object:
    if item.kind == ClarificationItem.Kind.DOCUMENT:
        return papers.PAPERS[papers.DocumentType(item.document_kind)].title
    return ClarificationItem.Kind(item.kind).label


@transaction.atomic
def close_question(dossier_id: int, *, reason: str, actor: User, at: datetime) -> Dossier:
    """Close a clarification that got no answer (T05b); the verdicts stay."""
    if not reason.strip():
        raise refuse(_("Write the reason: the candidate reads it."), "ADM-092")
    dossier = case.lock(dossier_id)
    case.move(dossier, "close_question", actor=actor, at=at, reason=reason)
    asked = queries.open_clarification(dossier)
    if asked is not None:
        asked.closed_reason, asked.closed_by, asked.closed_at = reason.strip(), actor, at
        asked.save(update_fields=["closed_reason", "closed_by", "closed_at"])
    deadlines.drop(dossier, [case.ANSWER], at=at)
    outbox.post(notices.question_closed(dossier, dossier.candidate.user, reason), at=at)
    return dossier


def resolve(
    dossier: Dossier,
    act: str,
    deciding: str,
    *,
    code: str = "",
    reason: str = "",
    actor: User,
    at: datetime,
) -> Resolution:
    """Make a decision's move and keep it as a resolution, in the caller's transaction (ADM-103)."""
    case.move(dossier, act, actor=actor, at=at, reason=reason, data={"code": code} if code else None)
    return Resolution.objects.create(
        dossier=dossier, kind=deciding, act=act, reason_code=code, reason=reason, actor=actor, at=at
    )


@transaction.atomic
def declare_ineligible(dossier_id: int, *, code: str, reason: str, actor: User, at: datetime) -> Resolution:
    """Declare a dossier not eligible, with a code and words (T06, ADM-044)."""
    demand(eligibility.check_ineligibility(code, reason))
    if not reason.strip():
        raise refuse(_("Write the reason: the candidate reads it."), "ADM-044")
    dossier = case.lock(dossier_id)
    decided = resolve(
        dossier, "declare_ineligible", Deciding.DRI, code=code, reason=reason.strip(), actor=actor, at=at
    )
    outbox.post(notices.ended(decided, dossier.candidate.user), at=at)
    return decided


@transaction.atomic
def not_select(dossier_id: int, *, reason: str, actor: User, at: datetime) -> Resolution:
    """Pre-select: the candidate is not selected, with a reason (T07, ADM-096); never a deferred entry."""
    dossier = case.lock(dossier_id)
    demand(transmission.may_deselect(dossier.kind, reason))
    decided = resolve(
        dossier, "not_select", Deciding.DRI, code="strategy", reason=reason.strip(), actor=actor, at=at
    )
    outbox.post(notices.ended(decided, dossier.candidate.user), at=at)
    return decided


@transaction.atomic
def transmit(dossier_id: int, *, actor: User, at: datetime) -> Dossier:
    """Send a checked dossier to the deanery of its faculty (T08), which sees it at once (ADM-094, ADM-095).

    Raises Refused with the first condition that does not hold.
    """
    dossier = case.lock(dossier_id)
    DOSSIER_MOVES.check("transmit", dossier.state)
    demand(transmission.may_transmit(checking.checked(dossier, local_day(at))))
    case.move(dossier, "transmit", actor=actor, at=at)
    outbox.post(notices.transmitted(dossier, dossier.candidate.user), at=at)
    outbox.post_all((notices.for_faculty(dossier, reader) for reader in notices.deanery(dossier)), at=at)
    return dossier
