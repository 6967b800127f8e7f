"""Documents of a dossier: uploaded into a slot, kept in versions, carried over (ADM-060 to ADM-069)."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from admissions import parameters
from admissions.models import Dossier, DossierDocument, LanguageProof, ProofState, ProxyMandate, StudyRecord
from admissions.queries import checking, figures
from admissions.queries import dossiers as queries
from admissions.refusal import demand, refuse
from admissions.rules import language, papers, reapplying
from admissions.services import case
from admissions.workflow.dossier import DossierState
from admissions.workflow.smaller import MANDATE_MOVES, Verdict
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, uploads
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.models import StoredFile
from upt_portal.kernel.moves import NEW
from upt_portal.kernel.words import gettext_lazy as _

SLOTS = ("original", "back", "translation")
PURPOSE = "admissions"


def receive(dossier: Dossier, sent: UploadedFile[bytes], *, owner: User, at: datetime) -> StoredFile:
    """Take a file in through the pipeline (ADM-066): found by content, not larger than the campaign allows.

    Call it before `put`, outside of locks. Raises UploadRefused.
    """
    most = figures.figure(parameters.UPLOAD_MAX_MB, dossier.campaign, local_day(at))
    return uploads.receive(sent, owner=owner, purpose=PURPOSE, at=at, limit=most * uploads.MEBIBYTE)


@transaction.atomic
def put(
    dossier_id: int,
    kind: str,
    *,
    actor: User,
    at: datetime,
    files: dict[str, StoredFile],
    document_language: str = "",
    translation_language: str = "",
    country: str = "",
    form_filled: bool = False,
    annex: str = "",
) -> DossierDocument:
    """Put files into the slots of a document; slots not named keep what they hold (ADM-063, ADM-069).

    files: by slot. A new version is made; the earlier one stays. The same bytes again change nothing.
    Raises Refused when the document is not to be changed now, or is the consent of another cycle (ADM-068).
    """
    dossier = case.lock(dossier_id)
    demand(papers.may_replace(kind, dossier.state, queries.asked_for(dossier)))
    if kind not in set(papers.DocumentType):
        raise refuse(_("There is no such document."), "ADM-060")
    if kind == papers.DocumentType.GDPR_CONSENT:
        demand(papers.check_consent(int(annex or 0), dossier.offer.programme.cycle))
    if kind == papers.DocumentType.APPLICATION_FORM:
        demand(
            papers.check_form(filled=form_filled, photo=form_filled, dated=form_filled, signed=form_filled)
        )
    last = DossierDocument.objects.filter(dossier=dossier, kind=kind).order_by("-version").first()
    base = last if last is not None and last.current else None
    if base is not None and _same(base, files, document_language, translation_language, country):
        return base
    values: dict[str, Any] = {slot: getattr(base, slot) if base else None for slot in SLOTS}
    values.update({slot: file for slot, file in files.items() if slot in SLOTS})
    if values["original"] is None and values["translation"] is None:
        raise refuse(_("Select a file."), "ADM-060")
    if base is not None:
        base.current = False
        base.save(update_fields=["current"])
    document = DossierDocument.objects.create(
        dossier=dossier,
        kind=kind,
        version=(last.version if last else 0) + 1,
        language=document_language or (base.language if base else ""),
        translation_language=translation_language or (base.translation_language if base else ""),
        country=country or (base.country if base else ""),
        form_filled=form_filled,
        annex=annex,
        uploaded_by=actor,
        uploaded_at=at,
        **values,
    )
    audit.record(
        dossier,
        "admissions.upload",
        actor=actor,
        at=at,
        data=_told(document) if not document_is_restricted(kind) else {"version": document.version},
    )
    return document


def document_is_restricted(kind: str) -> bool:
    """Whether the trace keeps silent on what the document is (health, identity)."""
    return kind in {papers.DocumentType.MEDICAL, papers.DocumentType.PASSPORT, papers.DocumentType.BIRTH_CERT}


def _told(document: DossierDocument) -> dict[str, object]:
    return {
        "document": document.kind,
        "version": document.version,
        "sha256": [file.sha256 for slot in SLOTS if (file := getattr(document, slot)) is not None],
    }


def _same(base: DossierDocument, files: dict[str, StoredFile], *described: str) -> bool:
    """A double click: the same bytes in the same slots, described alike."""
    if not files:
        return False
    for slot, file in files.items():
        held = getattr(base, slot, None)
        if held is None or held.sha256 != file.sha256:
            return False
    known = (base.language, base.translation_language, base.country)
    return all(not new or new == old for new, old in zip(described, known, strict=True))


@transaction.atomic
def remove(dossier_id: int, kind: str, *, actor: User, at: datetime) -> None:
    """Take a document out of a draft; its files are kept, the slot is empty again."""
    dossier = case.lock(dossier_id)
    if dossier.state != DossierState.DRAFT:
        demand(papers.may_replace(kind, dossier.state, ()))
    if DossierDocument.objects.filter(dossier=dossier, kind=kind, current=True).update(current=False):
        audit.record(dossier, "admissions.remove", actor=actor, at=at)


def carry_over(source: Dossier, dossier: Dossier, *, actor: User, at: datetime) -> None:
    """Take the studies and the documents that the new programme needs over, to be checked again (ADM-109).

    Called in the act that opens the dossier, with both rows locked.
    """
    for study in StudyRecord.objects.filter(dossier=source):
        study.pk, study.dossier = None, dossier
        study.equivalence_note = ""
        study.save(force_insert=True)
    dossier.name_changed = source.name_changed
    dossier.save(update_fields=["name_changed"])
    kept = queries.current_documents(source)
    needed = queries.required(dossier, local_day(at))
    for kind in reapplying.carried_over(list(kept), list(needed)):
        row = kept[kind]
        if row.original_id is None and row.translation_id is None:
            continue  # waived there; whether it is needed here is decided anew
        DossierDocument.objects.create(
            dossier=dossier,
            kind=kind,
            original=row.original,
            back=row.back,
            translation=row.translation,
            language=row.language,
            translation_language=row.translation_language,
            country=row.country,
            form_filled=row.form_filled,
            annex=row.annex,
            uploaded_by=row.uploaded_by,
            uploaded_at=row.uploaded_at,
            carried_from=row,
            verdict=Verdict.PENDING,
        )
    audit.record(dossier, "admissions.carry_documents", actor=actor, at=at, data={"from": source.pk})


@transaction.atomic
def prove_language(
    dossier_id: int,
    *,
    actor: User,
    at: datetime,
    kind: str,
    proof_language: str = "",
    test: str = "",
    issuer: str = "",
    issuer_class: str = "",
    level: str = "",
    score: Decimal | None = None,
    passed: bool | None = None,
    years: Sequence[int] = (),
    authorised: bool = False,
    romanian_system: bool = False,
) -> LanguageProof:
    """State how the language of teaching is proved; an earlier statement stays as it was (ADM-070 ff.).

    Raises Refused when the dossier is not to be changed now or the proof cannot serve the programme.
    """
    dossier = case.lock(dossier_id)
    demand(papers.may_replace(papers.DocumentType.LANGUAGE_PROOF, dossier.state, queries.asked_for(dossier)))
    teaching = dossier.offer.programme.language
    row = LanguageProof(
        dossier=dossier,
        kind=kind,
        language=proof_language or teaching,
        test=test,
        issuer=issuer,
        issuer_class=issuer_class,
        level=level,
        score=score,
        passed=passed,
        years=sorted(set(years)),
        authorised=authorised,
        romanian_system=romanian_system,
    )
    demand(
        language.check_proof(
            checking.proof_of(row), teaching, checking.language_figures(dossier.campaign, local_day(at))
        )
    )
    LanguageProof.objects.filter(dossier=dossier, current=True).update(current=False)
    row.state = ProofState.PENDING
    row.save()
    audit.record(dossier, "admissions.prove", actor=actor, at=at, data={"kind": kind})
    return row


@transaction.atomic
def upload_mandate(
    dossier_id: int,
    *,
    actor: User,
    at: datetime,
    name: str,
    id_document: str,
    notary: str,
    notary_number: str,
    notary_on: date,
    scopes: Sequence[str],
    file: StoredFile,
) -> ProxyMandate:
    """Keep a notarial mandate with the acts it names, to be verified by DRI (ADM-033, ADM-036)."""
    dossier = case.lock(dossier_id)
    if not scopes:
        raise refuse(_("The mandate does not name any act."), "ADM-033")
    return ProxyMandate.objects.create(
        dossier=dossier,
        name=name,
        id_document=id_document,
        notary=notary,
        notary_number=notary_number,
        notary_on=notary_on,
        scopes=sorted(set(scopes)),
        file=file,
        state=MANDATE_MOVES.check("upload", NEW).target,
        uploaded_by=actor,
        uploaded_at=at,
    )
