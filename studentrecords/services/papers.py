"""Applications for school documents: filed, registered at once, issued by the portal or by an office."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from studentrecords import notices
from studentrecords.documents import papers as written
from studentrecords.models import ACTIVE_STATUSES, DocumentKind, DocumentRequest, Enrolment, Outcome
from studentrecords.parameters import DOCUMENT_TERM
from studentrecords.queries import papers as queries
from studentrecords.queries.pricing import duplicate_price
from studentrecords.queries.sessions import closed_days
from studentrecords.refusal import demand, refuse
from studentrecords.rules import papers as rules
from studentrecords.workflow.papers import DOCUMENT_MOVES, OPEN, DocumentState
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, deadlines, outbox, uploads
from upt_portal.kernel import documents as papers
from upt_portal.kernel.calendar import add_days, start_of_day
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.models import IssuedPaper
from upt_portal.kernel.moves import NEW
from upt_portal.kernel.numbers import next_number
from upt_portal.kernel.uploads import Examined

_S = DocumentState
REGISTER = "studentrecords.document"
TERM = "studentrecords.document"
SCAN = "studentrecords.document"
MOST_A_DAY = 10  # of one student, so that nobody empties the printer by leaning on a button

audit.register_act("studentrecords.document_submitted", _("A school document was asked for"))
audit.register_act("studentrecords.document_registered", _("The application was registered"))
audit.register_act("studentrecords.document_issued", _("The document was issued"))
audit.register_act("studentrecords.document_ready", _("The document is ready"))
audit.register_act("studentrecords.document_answered", _("The application was answered in writing"))
audit.register_act("studentrecords.document_delivered", _("The document was delivered"))
audit.register_act("studentrecords.supplement_exported", _("The data of the diploma supplement was exported"))
audit.register_act("studentrecords.document_late", _("The head of the secretariat was told of the delay"))


@dataclass(frozen=True)
class Arrival:
    """How an application came that no student pressed: the channel, the moment, the paper as examined."""

    channel: str
    at: datetime
    scan: Examined


@dataclass(frozen=True)
class Wish:
    """What somebody asks for. purpose_words, details: as the student wrote them."""

    kind: str
    language: str = "ro"
    purpose: str = ""
    purpose_words: str = ""
    details: str = ""


def lock(request_id: int) -> DocumentRequest:
    """The application under its lock, with what a paper says of its student."""
    return (
        DocumentRequest.objects.select_for_update(of=("self",))
        .select_related(
            "enrolment__person__user", "enrolment__programme__faculty", "enrolment__programme__field"
        )
        .get(pk=request_id)
    )


def _lock_student(enrolment_id: int) -> Enrolment:
    """The student's enrolment under its lock: two presses of one button come here one after another."""
    return (
        Enrolment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("person__user", "programme__faculty", "programme__field")
        .get(pk=enrolment_id)
    )


@transaction.atomic
def ask(enrolment_id: int, wish: Wish, *, actor: User | None, at: datetime) -> DocumentRequest:
    """File an application for a document; it is registered at once and its term begins (REC-042, REC-043).

    What needs nobody's judgement is issued in the same transaction. The same application filed twice gives
    the first one: one still open, or a paper of the same day that says the same. Raises Refused for a
    transcript while a result is being processed, and when a day's measure is full.
    """
    student = _lock_student(enrolment_id)
    asked = _asked(student, wish, at)
    asked.self_service = at_once = rules.comes_at_once(wish.kind, enrolled=student.status in ACTIVE_STATUSES)
    record = _record(asked, at)
    if before := _asked_before(asked, record, at):
        return before
    since = start_of_day(local_day(at))
    if DocumentRequest.objects.filter(enrolment=student, submitted_at__gte=since).count() >= MOST_A_DAY:
        raise refuse(
            _("You have asked for many documents today. Use one of those below, or come back tomorrow."),
            rules.READY_IN_TIME,
        )
    _submit(asked, actor=actor, at=at)
    if at_once:
        _issue(asked, record, actor=actor, at=at)
    return asked


@transaction.atomic
def register_paper(
    enrolment_id: int, wish: Wish, arrival: Arrival, *, actor: User, at: datetime
) -> DocumentRequest:
    """Register an application that came on paper or by e-mail, with its scan (REC-043).

    It counts from the moment of its arrival, and so does its term (REC-042); it waits for the secretariat,
    whatever is asked for. The student is told. The same one registered twice gives the first, as long as that
    one is open. Raises Refused for an arrival to come, UploadRefused when the scan cannot be kept.
    """
    demand(rules.arrival_answer(arrival.at, at))
    student = _lock_student(enrolment_id)
    asked = _asked(student, wish, arrival.at)
    if before := _asked_before(asked, None, at):
        return before
    asked.channel = arrival.channel
    asked.scan = uploads.keep(arrival.scan, owner=actor, purpose=SCAN, at=at)
    _submit(asked, actor=actor, at=at)
    if student.person.user is not None:
        outbox.post(notices.document_registered(asked, student.person.user), at=at)
    return asked


def _asked(student: Enrolment, wish: Wish, submitted_at: datetime) -> DocumentRequest:
    """The application that a wish comes to; a duplicate carries the price of its day."""
    asked = DocumentRequest(
        enrolment=student,
        kind=wish.kind,
        language=wish.language,
        purpose=wish.purpose,
        purpose_words=wish.purpose_words.strip(),
        details=wish.details.strip(),
        submitted_at=submitted_at,
        due_at=_due_at(submitted_at),
    )
    if not rules.is_free(wish.kind):
        price = duplicate_price(student, local_day(submitted_at))
        asked.price, asked.currency = (price.amount, price.currency) if price else (None, "")
    return asked


def _submit(asked: DocumentRequest, *, actor: User | None, at: datetime) -> None:
    asked.state = DOCUMENT_MOVES.check("submit", NEW).target
    asked.save(force_insert=True)
    audit.record(
        asked,
        "studentrecords.document_submitted",
        actor=actor,
        at=at,
        after=asked.state,
        data={"kind": asked.kind, "channel": asked.channel, "arrived": asked.submitted_at.isoformat()},
    )
    _register(asked, at=at)


def _due_at(at: datetime) -> datetime:
    today = local_day(at)
    closed = closed_days(today, add_days(today, 60))
    return rules.paper_due_at(today, closed, days=DOCUMENT_TERM.on(today))


def _record(asked: DocumentRequest, at: datetime) -> queries.Record | None:
    """What a transcript says now; None for other kinds. Refused while a result is being processed."""
    if asked.kind != DocumentKind.TRANSCRIPT:
        return None
    record = queries.record_of(asked.enrolment, local_day(at))
    demand(rules.transcript_answer(record.names_processing(asked.language)))
    return record


def _asked_before(
    asked: DocumentRequest, record: queries.Record | None, at: datetime
) -> DocumentRequest | None:
    """The same application, if it was filed already: one the secretariat has, or today's same paper."""
    same = DocumentRequest.objects.filter(
        enrolment=asked.enrolment,
        kind=asked.kind,
        language=asked.language,
        self_service=asked.self_service,
        purpose=asked.purpose,
        purpose_words=asked.purpose_words,
        details=asked.details,
    )
    if not asked.self_service:
        return same.filter(state__in=OPEN).first()
    today = list(same.filter(submitted_at__gte=start_of_day(local_day(at))))
    made = queries.papers_of(today)
    for row in today:
        paper = made.get(row.pk)
        if paper is not None and _says(paper, written.paper_for(asked, row.number, record, at).context):
            return row
    return None


def _says(paper: IssuedPaper, context: Any) -> bool:
    """Whether a paper of today says what a new one would; the moment of issue is no difference."""

    def meaning(values: Any) -> dict[str, Any]:
        kept = dict(values)
        kept["facts"] = {**kept.get("facts", {}), "issued_at": ""}
        return kept

    return meaning(paper.context) == meaning(context)


def _register(asked: DocumentRequest, *, at: datetime) -> None:
    """Give the application its number and time; the term of the office begins."""
    today = local_day(at)
    before = asked.state
    asked.state = DOCUMENT_MOVES.check("register", asked.state).target
    asked.registered_at = at
    asked.number = rules.registration(next_number(REGISTER, today.year), today)
    _save(asked, "registered_at", "number")
    deadlines.set_deadline(
        asked,
        TERM,
        due_at=asked.due_at,
        start_at=asked.submitted_at,
        rule="REC-042",
        parameter="DOCUMENT_TERM",
    )
    audit.record(
        asked,
        "studentrecords.document_registered",
        actor=None,
        at=at,
        before=before,
        after=asked.state,
        data={"number": asked.number},
    )


def _save(asked: DocumentRequest, *changed: str) -> None:
    """Keep a step; its moments stand in order (REC-002)."""
    times = (asked.submitted_at, asked.registered_at, asked.ready_at, asked.delivered_at)
    if not rules.times_in_order(*times):
        raise ValueError("a step cannot lie before the one it follows")
    asked.save(update_fields=["state", *changed])


def _issue(
    asked: DocumentRequest, record: queries.Record | None, *, actor: User | None, at: datetime
) -> IssuedPaper:
    paper = papers.issue(
        written.paper_for(asked, asked.number, record, at),
        about=asked,
        number=asked.number,
        at=at,
        actor=actor,
    )
    audit.record(
        asked, "studentrecords.document_issued", actor=actor, at=at, data={"language": asked.language}
    )
    return paper


# ---- the secretariat ---------------------------------------------------------------------------------------


@transaction.atomic
def issue_for(request_id: int, *, actor: User, at: datetime) -> DocumentRequest:
    """Let the portal make a certificate or a transcript the secretariat was asked for, after its look.

    It is ready when a worker has made it. Raises MoveRefused when it is answered, Refused for another kind,
    for one already issued, and while a result is being processed.
    """
    asked = lock(request_id)
    DOCUMENT_MOVES.check("ready", asked.state)
    if asked.kind not in rules.MADE_BY_THE_PORTAL:
        raise refuse(_("The portal cannot make this document; prepare it, then mark it ready."))
    if queries.paper_of(asked) is not None:
        raise refuse(_("The document is issued already; it is ready in a moment."))
    record = _record(asked, at)
    _issue(asked, record, actor=actor, at=at)
    asked.handled_by = actor
    _save(asked, "handled_by")
    return asked


@transaction.atomic
def make_ready(
    request_id: int, *, outcome: str = Outcome.DOCUMENT, answer: str, actor: User, at: datetime
) -> DocumentRequest:
    """The secretariat has prepared the document, or answers in writing that there is none (REC-043).

    answer: words the student reads, for example where to collect it. Raises MoveRefused when it was answered
    before, Refused without words.
    """
    asked = lock(request_id)
    DOCUMENT_MOVES.check("ready", asked.state)
    demand(rules.written_answer(outcome, answer))
    if queries.paper_of(asked) is not None:
        raise refuse(_("The document is issued already; it is ready in a moment."))
    asked.handled_by = actor
    _ready(asked, outcome, answer.strip(), actor=actor, at=at)
    return asked


def _ready(asked: DocumentRequest, outcome: str, answer: str, *, actor: User | None, at: datetime) -> None:
    before = asked.state
    asked.state = DOCUMENT_MOVES.check("ready", asked.state).target
    asked.ready_at, asked.outcome, asked.answer = max(at, asked.registered_at or at), outcome, answer
    _save(asked, "ready_at", "outcome", "answer", "handled_by")
    deadlines.meet(asked, TERM, at=at)
    answered = outcome == Outcome.ANSWER
    audit.record(
        asked,
        "studentrecords.document_answered" if answered else "studentrecords.document_ready",
        actor=actor,
        at=at,
        before=before,
        after=asked.state,
        data={"late": rules.is_late(asked.ready_at, asked.due_at, at)},
    )
    student = asked.enrolment.person.user
    if student is not None and not asked.self_service:
        outbox.post(notices.document_ready(asked, student), at=at)


def made(paper: IssuedPaper) -> None:
    """The worker has made the paper: the application is ready."""
    asked = lock(queries.request_about(paper))
    if asked.state in OPEN:
        _ready(asked, Outcome.DOCUMENT, "", actor=None, at=paper.rendered_at or paper.issued_at)


papers.when_ready(queries.CERTIFICATE, made)
papers.when_ready(queries.TRANSCRIPT, made)


@transaction.atomic
def deliver(request_id: int, *, actor: User, at: datetime) -> DocumentRequest:
    """Note that the document was handed over. Raises MoveRefused when it is not ready, or was before."""
    asked = lock(request_id)
    _deliver(asked, actor=actor, at=at)
    return asked


@transaction.atomic
def received(request_id: int, *, actor: User, at: datetime) -> None:
    """The student has downloaded the document: the first time counts as delivery."""
    asked = lock(request_id)
    if asked.state == _S.READY:
        _deliver(asked, actor=actor, at=at)


def _deliver(asked: DocumentRequest, *, actor: User, at: datetime) -> None:
    before = asked.state
    asked.state = DOCUMENT_MOVES.check("deliver", asked.state).target
    asked.delivered_at = max(at, asked.ready_at or at)
    _save(asked, "delivered_at")
    audit.record(
        asked, "studentrecords.document_delivered", actor=actor, at=at, before=before, after=asked.state
    )


@transaction.atomic
def supplement_exported(enrolment_id: int, *, kind: str, actor: User, at: datetime) -> None:
    """Note that somebody took the data of a diploma supplement away as a file (REC-053). kind: its ending."""
    student = _lock_student(enrolment_id)
    audit.record(student, "studentrecords.supplement_exported", actor=actor, at=at, data={"as": kind})


@transaction.atomic
def flag_late(request_id: int, *, at: datetime) -> bool:
    """Mark an application that was not answered in its term and tell the head of the secretariat (REC-042).

    False when it is in time, or was told before.
    """
    asked = lock(request_id)
    if asked.flagged_at or not rules.is_late(asked.ready_at, asked.due_at, at):
        return False
    asked.flagged_at = at
    _save(asked, "flagged_at")
    audit.record(asked, "studentrecords.document_late", actor=None, at=at)
    faculty = asked.enrolment.programme.faculty
    heads = queries.heads_of(faculty.code) if faculty else []
    outbox.post_all((notices.document_late(asked, head) for head in heads), at=at)
    return True
