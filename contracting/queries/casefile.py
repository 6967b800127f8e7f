"""A student's file as the secretariat sees it: rows, versions, scans, requests, questions, what happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from contracting.models import (
    Annex,
    ChangeRequest,
    Clarification,
    OfferLine,
    SignableDocument,
    SignedFile,
    StudentContracting,
)
from contracting.queries import papers, scans, wording
from contracting.queries.cases import CLAIM
from contracting.queries.scans import Seen
from contracting.workflow import (
    AnnexState,
    ChangeRequestState,
    ContractingState,
    SignedDocumentState,
    StudyContractState,
)
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, dates
from upt_portal.kernel.models import Deadline
from upt_portal.kernel.page import TimelineItem
from upt_portal.kernel.references import reference
from upt_portal.kernel.uploads import may_be_shown

_F = SignedDocumentState
FILE_TONES = {
    _F.UPLOADED: ("wait", "clock"),
    _F.ACCEPTED: ("plain", "check"),
    _F.REJECTED: ("fix", "triangle"),
    _F.SUPERSEDED: ("mute", "dash"),
}


@dataclass(frozen=True)
class LineRow:
    """A row of the list. notes: what is unusual, a missing teacher included (CON-030)."""

    pk: int
    number: int
    name: str
    place: str
    code: str
    kind: str
    route: str
    teacher: str
    credits: int
    amount: str
    arithmetic: str
    selected: bool
    mandatory: bool
    overdue: bool
    notes: tuple[str, ...]


@dataclass(frozen=True)
class FileRow:
    """A scan: where it stands and what the machine saw on it. shown: its bytes may be opened."""

    pk: int
    name: str
    detail: str
    state: str
    tone: str
    icon: str
    reason: str
    decided: str
    waiting: bool
    shown: bool
    file_id: str
    seen: Seen


@dataclass(frozen=True)
class DocumentRow:
    """A paper to sign with its scans, newest first. meta: day of issue, pages, credits and sum."""

    pk: int
    title: str
    meta: str
    current: bool
    ready: bool
    state: str
    files: tuple[FileRow, ...]


@dataclass(frozen=True)
class RequestRow:
    """A change request as the secretariat records its decision. rows: those it would drop, by key."""

    pk: int
    text: str
    asked: str
    add: tuple[str, ...]
    drop: tuple[str, ...]
    drop_keys: tuple[tuple[str, str], ...]
    state: str
    is_asked: bool
    is_approved: bool
    decided: str
    reason: str


@dataclass(frozen=True)
class QuestionRow:
    """A question with its answer; words, people and moments as they were."""

    question: str
    asked: str
    answer: str
    answered: str


@dataclass(frozen=True)
class TermRow:
    """A term that runs for the student, or ran out."""

    name: str
    due_at: datetime
    passed: bool


@dataclass(frozen=True)
class File:
    """The whole file of one case."""

    lines: tuple[LineRow, ...]
    documents: tuple[DocumentRow, ...]
    requests: tuple[RequestRow, ...]
    questions: tuple[QuestionRow, ...]
    terms: tuple[TermRow, ...]
    history: tuple[TimelineItem, ...]
    contract: str

    @property
    def current(self) -> list[DocumentRow]:
        return [document for document in self.documents if document.current]

    @property
    def older(self) -> list[DocumentRow]:
        return [document for document in self.documents if not document.current]

    @property
    def left_out(self) -> int:
        return sum(not line.selected for line in self.lines)

    @property
    def open_request(self) -> RequestRow | None:
        return next((row for row in self.requests if row.is_asked or row.is_approved), None)

    @property
    def to_review(self) -> FileRow | None:
        """The first scan that waits for a decision."""
        files = (one for document in self.current for one in document.files)
        return next((one for one in files if one.waiting and one.shown), None)

    @property
    def scans_waiting(self) -> int:
        return sum(one.waiting for document in self.current for one in document.files)


def file_of(case: StudentContracting, at: datetime) -> File:
    """The file at `at`; a constant number of queries, whatever is in it."""
    lines = list(OfferLine.objects.filter(contracting=case).order_by("position"))
    contract = (
        case.enrolment.study_contracts.exclude(
            state__in=[StudyContractState.TERMINATED, StudyContractState.CANCELLED]
        )
        .order_by("-date")
        .first()
    )
    return File(
        lines=tuple(_line(case, line) for line in lines),
        documents=_documents(case),
        requests=requests_of(case),
        questions=questions_of(case),
        terms=_terms(case, at),
        history=history_of(case),
        contract=str(contract) if contract else "",
    )


def _line(case: StudentContracting, line: OfferLine) -> LineRow:
    notes = wording.notes_of(line)
    if line.selected and not line.teacher:
        notes.append(_("the teacher's name is missing"))
    return LineRow(
        pk=line.pk,
        number=line.position,
        name=wording.name_of(line),
        place=wording.place_words(line),
        code=line.code,
        kind=wording.kind_words(line),
        route=wording.route_words(line),
        teacher=line.teacher,
        credits=line.credits,
        amount=wording.money(line.amount, case),
        arithmetic=wording.arithmetic_of(case, line),
        selected=line.selected,
        mandatory=line.mandatory,
        overdue=line.overdue,
        notes=tuple(notes),
    )


# ---- papers and scans --------------------------------------------------------------------------------------


def _documents(case: StudentContracting) -> tuple[DocumentRow, ...]:
    files = SignedFile.objects.select_related("stored", "decided_by").order_by("-uploaded_at", "-pk")
    rows = list(
        SignableDocument.objects.filter(contracting=case)
        .select_related("paper", "annex", "study_contract")
        .defer("paper__context", "annex__lines")
        .prefetch_related(Prefetch("files", files))
        .order_by("-current", "kind", "-pk")
    )
    for row in rows:
        for signed in row.files.all():
            signed.document = row
    results = scans.results_of(signed for row in rows for signed in row.files.all())
    return tuple(_document(case, row, results) for row in rows)


def _document(
    case: StudentContracting, row: SignableDocument, results: Mapping[int, Mapping[str, object]]
) -> DocumentRow:
    ready = row.paper.rendered_at is not None
    return DocumentRow(
        pk=row.pk,
        title=papers.title_of(row),
        meta=_document_meta(case, row),
        current=row.current,
        ready=ready,
        state=_document_state(row, ready),
        files=tuple(_file(signed, results.get(signed.pk)) for signed in row.files.all()),
    )


def _document_meta(case: StudentContracting, row: SignableDocument) -> str:
    parts = [_("issued on %(day)s") % {"day": dates.day(row.paper.issued_at, _language())}]
    if row.paper.pages:
        parts.append(
            ngettext("%(count)d page", "%(count)d pages", row.paper.pages) % {"count": row.paper.pages}
        )
    if row.annex is not None:
        parts += [wording.credit_words(row.annex.credits), wording.money(row.annex.total, case)]
    return " · ".join(parts)


def _document_state(row: SignableDocument, ready: bool) -> str:
    if row.annex is not None and row.annex.state != AnnexState.CURRENT:
        return str(AnnexState.of(row.annex.state).label)
    return "" if ready else _("Being prepared")


def _file(signed: SignedFile, result: Mapping[str, object] | None) -> FileRow:
    state = SignedDocumentState.of(signed.state)
    tone, icon = FILE_TONES[state]
    stored = signed.stored
    pages = ngettext("%(count)d page", "%(count)d pages", stored.pages) % {"count": stored.pages}
    seen = scans.seen_on(signed, result)
    return FileRow(
        pk=signed.pk,
        name=stored.original_name,
        detail=f"{dates.moment(signed.uploaded_at, _language())} · {pages}",
        state=str(state.label),
        tone=tone,
        icon=icon,
        reason=signed.reason,
        decided=decided_words(signed),
        waiting=signed.state == _F.UPLOADED,
        shown=may_be_shown(stored),
        file_id=str(stored.pk),
        seen=seen,
    )


def decided_words(signed: SignedFile) -> str:
    """Who decided on a scan and when; empty while it waits."""
    if signed.decided_at is None:
        return ""
    who = {"who": signed.decided_by, "at": dates.moment(signed.decided_at, _language())}
    if signed.state == _F.ACCEPTED:
        return _("accepted by %(who)s, %(at)s") % who
    return _("returned by %(who)s, %(at)s") % who


# ---- requests, questions, terms ----------------------------------------------------------------------------


def requests_of(case: StudentContracting) -> tuple[RequestRow, ...]:
    """The change requests of a case, newest first."""
    if case.state in {ContractingState.OFFERED, ContractingState.LAPSED}:
        return ()
    rows = (
        ChangeRequest.objects.filter(contracting=case)
        .select_related("asked_by", "decided_by")
        .prefetch_related("select_lines", "drop_lines")
        .order_by("-asked_at")
    )
    return tuple(_request(row) for row in rows)


def _request(row: ChangeRequest) -> RequestRow:
    state = ChangeRequestState.of(row.state)
    drop = list(row.drop_lines.all())
    decided = ""
    if row.decision_number and row.decision_on:
        words = {
            "number": row.decision_number,
            "day": dates.day(row.decision_on, _language()),
            "who": row.decided_by or "–",
        }
        decided = _("Decision no. %(number)s of %(day)s, recorded by %(who)s") % words
    return RequestRow(
        pk=row.pk,
        text=row.text,
        asked=f"{row.asked_by} · {dates.moment(row.asked_at, _language())}",
        add=tuple(wording.name_of(line) for line in row.select_lines.all()),
        drop=tuple(wording.name_of(line) for line in drop),
        drop_keys=tuple((line.key, wording.name_of(line)) for line in drop),
        state=str(state.label),
        is_asked=state == ChangeRequestState.ASKED,
        is_approved=state == ChangeRequestState.APPROVED,
        decided=decided,
        reason=row.decision_reason,
    )


def questions_of(case: StudentContracting) -> tuple[QuestionRow, ...]:
    """The secretariat's questions with their answers, newest first."""
    rows = Clarification.objects.filter(contracting=case).select_related("asked_by", "answered_by")
    return tuple(
        QuestionRow(
            question=row.question,
            asked=_signed(row.asked_by, row.asked_at),
            answer=row.answer,
            answered=_signed(row.answered_by, row.answered_at),
        )
        for row in rows.order_by("-asked_at")
    )


def _signed(who: User | None, at: datetime | None) -> str:
    return f"{who} · {dates.moment(at, _language())}" if who and at else ""


def _terms(case: StudentContracting, at: datetime) -> tuple[TermRow, ...]:
    names = {
        "contracting.validate": _("Validation"),
        "contracting.upload": _("Upload of the signed documents"),
        "contracting.pay": _("Payment"),
    }
    rows = Deadline.objects.filter(
        subject=reference(case), met_at__isnull=True, dropped_at__isnull=True, kind__in=names
    ).order_by("due_at")
    return tuple(TermRow(names[row.kind], row.due_at, row.due_at < at) for row in rows)


# ---- what happened, who works on it ------------------------------------------------------------------------


def history_of(case: StudentContracting) -> tuple[TimelineItem, ...]:
    """The trace in words, newest first, with people, states and reasons: for colleagues."""
    entries = list(audit.trail(case))
    items = []
    for entry in reversed(entries):
        parts = [dates.moment(entry.at, _language()), str(entry.actor) if entry.actor else _("the portal")]
        if entry.after and entry.after != entry.before and entry.after in ContractingState.values():
            parts.append(str(ContractingState.of(entry.after).label))
        if entry.reason:
            parts.append(entry.reason)
        items.append(TimelineItem(str(audit.sentence_of(entry)), "done", " · ".join(parts)))
    return tuple(items)


def last_event(case: StudentContracting) -> str:
    """What happened last, by whom and when: told to somebody whose page is out of date."""
    items = history_of(case)
    return f"{items[0].title} · {items[0].detail}" if items else ""


def held_by_other(case: StudentContracting, user: User, at: datetime) -> str:
    """The colleague who took the case within the last quarter of an hour, with the moment; empty for none."""
    if case.claimed_at is None or case.claimed_by_id in {None, user.pk} or case.claimed_at <= at - CLAIM:
        return ""
    return f"{case.claimed_by}, {dates.clock_time(case.claimed_at, _language())}"


def annex_in_force(case: StudentContracting) -> Annex | None:
    """The current version of the annex, without its rows."""
    return Annex.objects.filter(contracting=case, state=AnnexState.CURRENT).defer("lines").first()


def _language() -> str:
    return get_language() or "ro"
