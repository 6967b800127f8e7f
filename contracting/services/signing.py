"""Stage 4: the signed scan comes in, is accepted or returned (CON-061 to CON-069, CON-080 to CON-083)."""

from datetime import date, datetime

from django.db import transaction

from contracting import notices
from contracting.models import SignableDocument, SignedFile, StudentContracting
from contracting.queries import facts
from contracting.refusal import demand, refuse
from contracting.rules.documents import DocumentKind, Scan, Wanted, still_to_upload
from contracting.services import case as cases
from contracting.services import scans, settlement
from contracting.workflow import CONTRACTING_MOVES, SIGNED_DOCUMENT_MOVES, SignedDocumentState
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, deadlines, outbox
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.models import Deadline, StoredFile
from upt_portal.kernel.references import reference
from upt_portal.kernel.words import gettext_lazy as _

_S = SignedDocumentState
LIVE = (_S.UPLOADED, _S.ACCEPTED)


@transaction.atomic
def upload(document_id: int, stored: StoredFile, *, actor: User, at: datetime) -> SignedFile:
    """Keep a scan for a document to sign; with the last one the case goes to the secretariat (CON-061).

    stored: a file the uploads pipeline has taken in. at: when the upload began. The same bytes sent twice
    are one upload. Raises Refused for a replaced document or outside stage 4, MoveRefused when the case
    waits for nothing.
    """
    document = SignableDocument.objects.select_related("paper").get(pk=document_id)
    case = cases.lock(document.contracting_id)
    same = SignedFile.objects.filter(document=document, state__in=LIVE, stored__sha256=stored.sha256).first()
    if same is not None:
        return same
    CONTRACTING_MOVES.check("upload", case.state)
    document.refresh_from_db(fields=["current"])
    if not document.current:
        raise refuse(
            _("This version was replaced by a newer one."),
            "CON-065",
            _("Download the current version, sign it and upload it."),
        )
    if document.paper.rendered_at is None:
        raise refuse(_("The document is still being prepared."), "CON-061", _("Come back in a minute."))
    demand(facts.may_upload_now(case, at))
    _make_room(document, actor=actor, at=at)
    signed = SignedFile.objects.create(document=document, stored=stored, uploaded_at=at)
    scans.enqueue(signed, at=at)
    audit.record(
        case,
        "contracting.upload_file",
        actor=actor,
        at=at,
        data={"document": document.kind, "version": document.paper.version, "sha256": stored.sha256},
    )
    if not _missing(case):
        _hand_in(case, actor=actor, at=at)
    return signed


def _make_room(document: SignableDocument, *, actor: User, at: datetime) -> None:
    """A newer scan supersedes what was uploaded or returned for the same document."""
    for old in SignedFile.objects.select_for_update().filter(
        document=document, state__in=[_S.UPLOADED, _S.REJECTED]
    ):
        old.state = SIGNED_DOCUMENT_MOVES.check("supersede", old.state).target
        old.save(update_fields=["state"])


def _missing(case: StudentContracting) -> bool:
    """Whether a current document still has no scan that counts (CON-065, CON-070)."""
    documents = SignableDocument.objects.filter(contracting=case).select_related("annex")
    papers = {paper.pk: _wanted(paper) for paper in documents}
    files = SignedFile.objects.filter(document__in=papers).values_list("document", "state")
    scans = [Scan(papers[document], counts=state in LIVE) for document, state in files]
    return bool(still_to_upload([papers[paper.pk] for paper in documents if paper.current], scans))


def _wanted(paper: SignableDocument) -> Wanted:
    version = paper.annex.version if paper.annex else 1
    return Wanted(DocumentKind(paper.kind), str(paper.annex_id or paper.study_contract_id), version)


def _hand_in(case: StudentContracting, *, actor: User, at: datetime) -> None:
    case.uploaded_at = at
    cases.move(case, "upload", actor=actor, at=at, changed=["uploaded_at"])
    deadlines.meet(case, cases.UPLOAD, at=at)
    settlement.open_payment(case, at=at)


def _locked_file(signed_file_id: int) -> tuple[StudentContracting, SignedFile]:
    """Case first, then the file: the order of all locks."""
    case_id = SignedFile.objects.values_list("document__contracting_id", flat=True).get(pk=signed_file_id)
    case = cases.lock(case_id)
    signed = (
        SignedFile.objects.select_for_update(of=("self",))
        .select_related("stored", "document__paper", "decided_by")
        .get(pk=signed_file_id)
    )
    return case, signed


def _demand_undecided(signed: SignedFile, seen_sha256: str) -> None:
    """The decision binds to the bytes that were looked at (C4), and only the first one counts."""
    if signed.state == _S.SUPERSEDED or signed.stored.sha256 != seen_sha256:
        raise refuse(
            _("The student replaced the file."), "CON-065", _("Look at the new one before deciding.")
        )
    if signed.state == _S.ACCEPTED:
        raise refuse(
            _("The document was already accepted by %(name)s on %(at)s.")
            % {"name": signed.decided_by, "at": signed.decided_at}
        )
    if signed.state == _S.REJECTED:
        raise refuse(
            _("The document was already returned by %(name)s on %(at)s.")
            % {"name": signed.decided_by, "at": signed.decided_at}
        )


@transaction.atomic
def accept_file(signed_file_id: int, *, seen_sha256: str, actor: User, at: datetime) -> StudentContracting:
    """Accept a scan for good; with the last one the case is contracted (CON-069).

    seen_sha256: of the file the secretary looked at. Raises Refused when it was decided or replaced
    meanwhile.
    """
    case, signed = _locked_file(signed_file_id)
    _demand_undecided(signed, seen_sha256)
    CONTRACTING_MOVES.check("accept", case.state)
    signed.state = SIGNED_DOCUMENT_MOVES.check("accept", signed.state).target
    signed.decided_by, signed.decided_at = actor, at
    signed.save(update_fields=["state", "decided_by", "decided_at"])
    audit.record(
        case,
        "contracting.accept_file",
        actor=actor,
        at=at,
        data={"document": signed.document.kind, "sha256": signed.stored.sha256},
    )
    waiting = SignableDocument.objects.filter(contracting=case, current=True).exclude(
        files__state=_S.ACCEPTED
    )
    if not waiting.exists():
        case.decided_at = at
        cases.move(case, "accept", actor=actor, at=at, changed=["decided_at"])
        if student := cases.student_of(case):
            outbox.post(notices.contracted(case, student), at=at)
        settlement.settle_locked(case, at=at)
    return case


@transaction.atomic
def reject_file(
    signed_file_id: int, *, seen_sha256: str, reason: str, actor: User, at: datetime
) -> StudentContracting:
    """Return a scan with a reason; its upload opens again and unpaid sums are hidden (CON-066, CON-082).

    Raises Refused without a reason or when the file was decided or replaced meanwhile.
    """
    if not reason.strip():
        raise refuse(_("Write why the document is returned."), "CON-066")
    case, signed = _locked_file(signed_file_id)
    _demand_undecided(signed, seen_sha256)
    CONTRACTING_MOVES.check("reject_file", case.state)
    signed.state = SIGNED_DOCUMENT_MOVES.check("reject", signed.state).target
    signed.decided_by, signed.decided_at, signed.reason = actor, at, reason
    signed.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    case.papers_on = local_day(at)
    cases.move(
        case,
        "reject_file",
        actor=actor,
        at=at,
        reason=reason,
        changed=["papers_on"],
        data={"document": signed.document.kind, "sha256": signed.stored.sha256},
    )
    until = facts.upload_until(case, at)
    settlement.close_payment(case, reason=reason, at=at)
    student = cases.student_of(case)
    deadlines.set_deadline(
        case,
        cases.UPLOAD,
        due_at=end_of_day(until),
        start_at=at,
        rule="CON-066",
        person=student,
        link=cases.page_of(case, "documents"),
    )
    if student:
        outbox.post(notices.file_rejected(signed, student, until), at=at)
    return case


@transaction.atomic
def extend_upload(case_id: int, *, until: date, reason: str, actor: User, at: datetime) -> StudentContracting:
    """Give one student a longer stage 4, with a written reason (T9).

    Raises Refused without a reason or for a day that is not later, MoveRefused when nothing is awaited.
    """
    if not reason.strip():
        raise refuse(_("Write the reason of the extension."), "T9")
    case = cases.lock(case_id)
    CONTRACTING_MOVES.check("upload", case.state)
    current = facts.upload_until(case, at)
    if until <= current or end_of_day(until) <= at:
        raise refuse(
            _("The extension must end later than %(day)s and not in the past.") % {"day": current}, "T9"
        )
    case.upload_until = until
    case.save(update_fields=["upload_until"])
    audit.record(
        case,
        "contracting.extend_upload",
        actor=actor,
        at=at,
        before=case.state,
        after=case.state,
        reason=reason,
        data={"until": until.isoformat()},
    )
    deadline = Deadline.objects.filter(subject=reference(case), kind=cases.UPLOAD).first()
    if deadline and deadline.due_at < end_of_day(until):
        deadlines.extend(deadline.pk, due_at=end_of_day(until), reason=reason, actor=actor, at=at)
    if student := cases.student_of(case):
        outbox.post(notices.extended(case, student, until), at=at)
    return case
