"""A catalogue from the timetable to its publication: planned, opened, filled, signed, published, locked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from studentrecords.models import (
    AttemptKind,
    Catalogue,
    CatalogueRow,
    Discipline,
    Enrolment,
    ExamSession,
    FraudReport,
    Result,
    ResultEntry,
)
from studentrecords.parameters import CATALOGUE_TO_SECRETARIAT, ENTRY_A, ENTRY_LATE, ENTRY_LATE_SPAN
from studentrecords.queries import catalogues as queries
from studentrecords.queries.listing import list_of
from studentrecords.queries.sessions import closed_days
from studentrecords.refusal import demand, refuse
from studentrecords.rules import catalogues as rules
from studentrecords.rules import grading, sessions
from studentrecords.rules.appeals import decided_answer
from studentrecords.rules.exam_requests import OPEN_SESSIONS, open_day_answer
from studentrecords.services.posting import post_results
from studentrecords.workflow.catalogues import CATALOGUE_MOVES, CatalogueState
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel.calendar import add_days, in_time
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.moves import NEW

_S = CatalogueState

audit.register_act("studentrecords.plan_exam", _("The exam was put in the timetable"))
audit.register_act("studentrecords.replan_exam", _("Day, room or teachers of the exam were changed"))
audit.register_act("studentrecords.open_catalogue", _("The catalogue was opened and its list made"))
audit.register_act("studentrecords.list_in_catalogue", _("The list of the catalogue was completed"))
audit.register_act("studentrecords.enter_results", _("Results were entered"))
audit.register_act("studentrecords.sign_catalogue", _("The catalogue was signed"))
audit.register_act("studentrecords.publish_catalogue", _("The catalogue was published"))
audit.register_act("studentrecords.lock_catalogue", _("The catalogue was locked, its term being over"))
audit.register_act("studentrecords.download_catalogue", _("The list was saved as a file"))
audit.register_act("studentrecords.report_fraud", _("A fraud was reported"))


@dataclass(frozen=True)
class Written:
    """What a page sends for a row: what it showed, and what stands there now.

    card, identity: the ticks of REC-048; None leaves them as they are.
    """

    was: str
    now: str
    card: bool | None = None
    identity: bool | None = None


@dataclass(frozen=True)
class Clash:
    """A row that somebody else changed meanwhile. found: what stands there; wanted: what was typed."""

    row: int
    found: str
    wanted: str
    by: str


class Changed(Exception):
    """Somebody changed rows since the page was shown; nothing was written."""

    def __init__(self, clashes: list[Clash]) -> None:
        super().__init__(clashes)
        self.clashes = clashes


def lock(catalogue_id: int) -> Catalogue:
    """The catalogue with what belongs to it, its row locked until the transaction ends."""
    return (
        Catalogue.objects.select_for_update(of=("self",))
        .select_related("discipline__curriculum__programme__faculty", "session__year", "holder", "second")
        .get(pk=catalogue_id)
    )


def advance(
    catalogue: Catalogue,
    name: str,
    act: str,
    *,
    actor: User | None,
    at: datetime,
    back: str | None = None,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
    changed: Iterable[str] = (),
    seen_anew: bool = True,
) -> None:
    """Make a move on a locked catalogue: state, version, trace. Raises MoveRefused.

    seen_anew: who had opened the list has to look at it again before signing.
    """
    move = CATALOGUE_MOVES.check(name, catalogue.state, back=back)
    before, catalogue.state = catalogue.state, move.target
    if before != move.target:
        catalogue.state_at = at
    catalogue.version += seen_anew
    catalogue.save(update_fields=list({"state", "state_at", "version", *changed}))
    audit.record(
        catalogue, act, actor=actor, at=at, before=before, after=move.target, reason=reason, data=data
    )


# ---- timetable and list ------------------------------------------------------------------------------------


def terms_of(session: ExamSession, held_on: date) -> tuple[datetime, datetime]:
    """Until when the results of an exam are entered, and until when its catalogue is signed."""
    closed = closed_days(held_on, add_days(held_on, 45))
    entered = rules.entry_due_at(
        session.code,
        held_on,
        session.ends_on,
        closed,
        days=ENTRY_A.on(held_on),
        late_days=ENTRY_LATE.on(held_on),
        span=ENTRY_LATE_SPAN.on(held_on),
    )
    return entered, rules.signed_due_at(held_on, closed, days=CATALOGUE_TO_SECRETARIAT.on(held_on))


def _demand_day(session: ExamSession, held_on: date) -> None:
    if not session.starts_on <= held_on <= session.ends_on:
        raise refuse(
            _("The exam is held within its session, from %(first)s to %(last)s.")
            % {"first": f"{session.starts_on:%d.%m.%Y}", "last": f"{session.ends_on:%d.%m.%Y}"},
            sessions.TIMETABLE,
        )


@transaction.atomic
def plan(
    discipline: Discipline,
    session: ExamSession,
    *,
    held_on: date,
    holder: User,
    second: User,
    actor: User | None,
    at: datetime,
    **details: Any,
) -> Catalogue:
    """Put an exam in the timetable of a session (REC-118, REC-130). details: groups, room, hour, oral, scale.

    asked, among the details: the approved request of an open session (REC-098). Raises Refused for one
    teacher instead of two and for a day outside the session.
    """
    demand(sessions.teachers_answer(holder.pk, second.pk))
    if session.code == sessions.OPEN and details.get("asked") is None:
        raise refuse(_("An open session is for the student whose request the dean approved."), OPEN_SESSIONS)
    _demand_day(session, held_on)
    enter_until, sign_until = terms_of(session, held_on)
    catalogue = Catalogue.objects.create(
        discipline=discipline,
        session=session,
        held_on=held_on,
        holder=holder,
        second=second,
        enter_until=enter_until,
        sign_until=sign_until,
        state=CATALOGUE_MOVES.check("plan", NEW).target,
        state_at=at,
        **details,
    )
    audit.record(
        catalogue,
        "studentrecords.plan_exam",
        actor=actor,
        at=at,
        after=catalogue.state,
        data={"discipline": discipline.code, "session": session.code, "on": held_on.isoformat()},
    )
    return catalogue


@transaction.atomic
def replan(
    catalogue_id: int, *, held_on: date, holder: User, second: User, actor: User, at: datetime, **details: Any
) -> Catalogue:
    """Change day, place or teachers while nothing was entered; the terms follow the day."""
    catalogue = lock(catalogue_id)
    demand(sessions.teachers_answer(holder.pk, second.pk))
    _demand_day(catalogue.session, held_on)
    if (asked := catalogue.asked) is not None and asked.decided_at and asked.first_day and asked.last_day:
        approved_on = local_day(asked.decided_at)
        demand(open_day_answer(held_on, approved_on, asked.first_day, asked.last_day))
    if catalogue.rows.exclude(result="").filter(fixed=False).exists():
        raise refuse(_("Results are entered already; the exam stays as it is."))
    values = {"held_on": held_on, "holder": holder, "second": second, **details}
    for name, value in values.items():
        setattr(catalogue, name, value)
    catalogue.enter_until, catalogue.sign_until = terms_of(catalogue.session, held_on)
    advance(
        catalogue,
        "replan",
        "studentrecords.replan_exam",
        actor=actor,
        at=at,
        data={"on": held_on.isoformat(), "teachers": [holder.pk, second.pk]},
        changed=[*values, "enter_until", "sign_until"],
    )
    return catalogue


@transaction.atomic
def open_catalogue(catalogue_id: int, *, actor: User | None, at: datetime) -> int:
    """Open the catalogue with the list of its exam, made from curriculum, contracts and payments (REC-114).

    Returns how many are listed. actor: None when the clock does it.
    """
    catalogue = lock(catalogue_id)
    CATALOGUE_MOVES.check("open", catalogue.state)
    listed = _list_missing(catalogue, at)
    data = {"listed": listed}
    advance(catalogue, "open", "studentrecords.open_catalogue", actor=actor, at=at, data=data)
    _settle_completeness(catalogue, at)
    return listed


@transaction.atomic
def complete_list(catalogue_id: int, *, actor: User | None, at: datetime) -> int:
    """List whoever has come to belong to the exam since, by a payment for example; returns how many."""
    catalogue = lock(catalogue_id)
    CATALOGUE_MOVES.check("list", catalogue.state)
    demand(rules.entry_answer(at, catalogue.enter_until))
    added = _list_missing(catalogue, at)
    if added:
        _listed_anew(catalogue, added, actor=actor, at=at)
    return added


@transaction.atomic
def list_student(
    catalogue_id: int, enrolment: Enrolment, kind: str, *, reason: str, actor: User | None, at: datetime
) -> CatalogueRow:
    """List one student by hand or by another act (grade increase, exam after a mobility), with the reason.

    Raises Refused when the student is in the list of this discipline and session already (REC-111).
    """
    catalogue = lock(catalogue_id)
    CATALOGUE_MOVES.check("list", catalogue.state)
    demand(rules.entry_answer(at, catalogue.enter_until))
    if not reason.strip():
        raise refuse(_("Write why the student is listed."), rules.LISTED)
    same = CatalogueRow.objects.filter(
        enrolment=enrolment,
        catalogue__discipline=catalogue.discipline_id,
        catalogue__session=catalogue.session_id,
    )
    demand(sessions.may_sit_again({catalogue.session.code} if same.exists() else (), catalogue.session.code))
    row = CatalogueRow.objects.create(
        catalogue=catalogue, enrolment=enrolment, kind=kind, reason=reason.strip()[:200]
    )
    _listed_anew(catalogue, 1, actor=actor, at=at, reason=reason)
    return row


def _listed_anew(
    catalogue: Catalogue, added: int, *, actor: User | None, at: datetime, reason: str = ""
) -> None:
    catalogue.holder_signed_at = catalogue.second_signed_at = None
    advance(
        catalogue,
        "list",
        "studentrecords.list_in_catalogue",
        actor=actor,
        at=at,
        reason=reason,
        data={"listed": added},
        changed=["holder_signed_at", "second_signed_at"],
    )
    _settle_completeness(catalogue, at)


def _list_missing(catalogue: Catalogue, at: datetime) -> int:
    there = set(catalogue.rows.values_list("enrolment", flat=True))
    rows = [
        CatalogueRow(
            catalogue=catalogue,
            enrolment=one.enrolment,
            kind=AttemptKind(one.kind),
            paid=one.paid,
            fixed=one.fixed,
            result=Result.NOT_ADMITTED if one.fixed else "",
            entered_at=at if one.fixed else None,
        )
        for one in list_of(catalogue)
        if one.answer and one.enrolment.pk not in there
    ]
    CatalogueRow.objects.bulk_create(rows)
    return len(rows)


# ---- results -----------------------------------------------------------------------------------------------


@transaction.atomic
def enter(
    catalogue_id: int, written: Mapping[int, Written], *, reason: str = "", actor: User, at: datetime
) -> int:
    """Write results into rows (REC-133, REC-135, REC-136, REC-150); returns how many changed.

    written: by row. Raises Changed when another hand was there meanwhile, Refused after the term (REC-131)
    or for what may not be written; then nothing is written at all.
    """
    catalogue = lock(catalogue_id)
    rows = {
        row.pk: row for row in catalogue.rows.select_for_update(of=("self",)).select_related("entered_by")
    }
    for pk in written:
        demand(rules.listed_answer(pk, rows))
    changes = _changes(rows, written)
    ticked = _tick(rows, written)
    if not changes and not ticked:
        return 0
    _demand_open(catalogue, {*changes, *ticked}, at)
    posted = queries.posted_of(changes)
    demand(decided_answer(by_commission=bool(queries.decided_by_commission(changes))))
    for row, now in changes.items():
        if now:
            demand(grading.result_answer(now, catalogue.scale))
        if row.fixed:
            raise refuse(_("This student is not admitted this year; the result is fixed."), sessions.MARKED)
        demand(rules.change_answer(row.result, now, posted=row.pk in posted, reason=reason))
    ResultEntry.objects.bulk_create(
        ResultEntry(row=row, before=row.result, after=now, actor=actor, at=at, reason=reason.strip()[:400])
        for row, now in changes.items()
    )
    for row, now in changes.items():
        row.result, row.entered_by, row.entered_at = now, actor, at
    for row in {*changes, *ticked}:
        if False in (row.card_shown, row.identity_shown):
            demand(rules.presented_answer(row.result, row.card_shown, row.identity_shown))
    touched = {*changes, *ticked}
    CatalogueRow.objects.bulk_update(touched, _WRITTEN, batch_size=500)
    _entered(catalogue, len(changes), ticked=len(ticked), reason=reason, actor=actor, at=at)
    return len(touched)


_WRITTEN = ("result", "entered_by", "entered_at", "card_shown", "identity_shown")


def _tick(rows: Mapping[int, CatalogueRow], written: Mapping[int, Written]) -> list[CatalogueRow]:
    """Put the ticks that were sent on the rows (REC-048); those that changed."""
    found = []
    for pk, one in written.items():
        row = rows[pk]
        before = (row.card_shown, row.identity_shown)
        row.card_shown = row.card_shown if one.card is None else one.card
        row.identity_shown = row.identity_shown if one.identity is None else one.identity
        if before != (row.card_shown, row.identity_shown):
            found.append(row)
    return found


def _changes(rows: Mapping[int, CatalogueRow], written: Mapping[int, Written]) -> dict[CatalogueRow, str]:
    """The rows to write and their new results. Raises Changed for those that another hand has changed."""
    clashes, changes = [], {}
    for pk, one in written.items():
        row = rows[pk]
        if one.now in (one.was, row.result):
            continue
        if row.result != one.was:
            clashes.append(Clash(pk, row.result, one.now, str(row.entered_by or "")))
        changes[row] = one.now
    if clashes:
        raise Changed(clashes)
    return changes


def _demand_open(catalogue: Catalogue, changes: Iterable[CatalogueRow], at: datetime) -> None:
    """Whether these rows may be written now: by the state, by the term, in a correction only the named."""
    if catalogue.state != _S.CORRECTION:
        move = "change" if catalogue.state in (_S.SIGNED, _S.PUBLISHED) else "enter"
        CATALOGUE_MOVES.check(move, catalogue.state)
        demand(rules.held_answer(catalogue.held_on, local_day(at)))
        demand(rules.entry_answer(at, catalogue.enter_until))
        return
    correction = queries.open_correction(catalogue)
    if correction is None or not in_time(at, correction.until):
        raise refuse(_("The correction is over."), rules.ENTRY)
    named = {row.pk for row in correction.rows.all()}
    if any(row.pk not in named for row in changes):
        raise refuse(_("The correction is for the named students only."), rules.ENTRY)


def _entered(
    catalogue: Catalogue, count: int, *, ticked: int, reason: str, actor: User, at: datetime
) -> None:
    data = {"rows": count, "ticked": ticked}
    if catalogue.state == _S.CORRECTION:
        name = "enter_correction"
    else:
        name = "change" if catalogue.state in (_S.SIGNED, _S.PUBLISHED) else "enter"
        catalogue.holder_signed_at = catalogue.second_signed_at = None
    advance(
        catalogue,
        name,
        "studentrecords.enter_results",
        actor=actor,
        at=at,
        reason=reason,
        data=data,
        changed=["holder_signed_at", "second_signed_at"],
    )
    _settle_completeness(catalogue, at)


def _settle_completeness(catalogue: Catalogue, at: datetime) -> None:
    """Open while a row is empty, complete when none is; part of the act that changed the rows."""
    if catalogue.state not in (_S.OPEN, _S.FILLED):
        return
    complete = bool(rules.complete_answer(list(catalogue.rows.values_list("result", flat=True))))
    name = {(_S.OPEN, True): "fill", (_S.FILLED, False): "clear"}.get((_S(catalogue.state), complete))
    if name is None:
        return
    catalogue.state = CATALOGUE_MOVES.check(name, catalogue.state).target
    catalogue.state_at, catalogue.filled_at = at, at if complete else None
    catalogue.save(update_fields=["state", "state_at", "filled_at"])


# ---- signing, publishing, locking --------------------------------------------------------------------------


@transaction.atomic
def sign(catalogue_id: int, *, version: int, actor: User, at: datetime) -> Catalogue:
    """Sign as one of the two teachers; with the second signature the catalogue is signed (REC-134).

    version: of the list that was seen; Refused when it has changed since. Late or locked, a complete
    catalogue is still signed: nothing in it changes.
    """
    catalogue = lock(catalogue_id)
    last = bool(catalogue.signed_by)
    CATALOGUE_MOVES.check("sign_second" if last else "sign", catalogue.state)
    demand(rules.signing_answer(actor.pk, {catalogue.holder_id, catalogue.second_id}, catalogue.signed_by))
    rows = list(catalogue.rows.values_list("result", "card_shown", "identity_shown"))
    demand(rules.complete_answer([result for result, _card, _identity in rows]))
    demand(rules.documents_answer(rows))
    if version != catalogue.version:
        raise refuse(
            _("The catalogue has changed since you opened it. Look at it again, then sign."), rules.SIGNED
        )
    field = "holder_signed_at" if actor.pk == catalogue.holder_id else "second_signed_at"
    setattr(catalogue, field, at)
    late = rules.is_late(at, catalogue.sign_until, at)
    present = sum(rules.was_sat(row[0]) for row in rows)
    advance(
        catalogue,
        "sign_second" if last else "sign",
        "studentrecords.sign_catalogue",
        actor=actor,
        at=at,
        data={
            "late": late,
            "present": present,
            "too_few": not sessions.presence_answer(present, len(rows)),
        },
        changed=[field],
        seen_anew=False,
    )
    return catalogue


@transaction.atomic
def publish(catalogue_id: int, *, actor: User, at: datetime) -> int:
    """Publish a signed catalogue: students see their results and are told (REC-038).

    Where the session holds results back they are posted later, by the clock. Returns how many were posted.
    """
    catalogue = lock(catalogue_id)
    CATALOGUE_MOVES.check("publish", catalogue.state)
    catalogue.published_at = at
    held_back = is_held_back(catalogue, at)
    advance(
        catalogue,
        "publish",
        "studentrecords.publish_catalogue",
        actor=actor,
        at=at,
        data={"held_back": held_back},
        changed=["published_at"],
    )
    return 0 if held_back else post_results(catalogue, actor=actor, at=at)


def is_held_back(catalogue: Catalogue, at: datetime) -> bool:
    """Whether the session still holds results back."""
    first = catalogue.session.results_from
    return first is not None and local_day(at) < first


@transaction.atomic
def release(catalogue_id: int, *, at: datetime) -> int:
    """Post the results of a published catalogue whose session no longer holds them back."""
    catalogue = lock(catalogue_id)
    if catalogue.state != _S.PUBLISHED or catalogue.posted_at or is_held_back(catalogue, at):
        return 0
    return post_results(catalogue, actor=None, at=at)


@transaction.atomic
def lock_late(catalogue_id: int, *, at: datetime) -> bool:
    """Lock a catalogue whose term of entry is over; its entries are kept (REC-131). False when it is not."""
    catalogue = lock(catalogue_id)
    if in_time(at, catalogue.enter_until) or not CATALOGUE_MOVES.is_open("lock", catalogue.state):
        return False
    missing = catalogue.rows.filter(result="").count()
    data = {"missing": missing}
    advance(catalogue, "lock", "studentrecords.lock_catalogue", actor=None, at=at, data=data)
    return True


@transaction.atomic
def record_download(catalogue: Catalogue, count: int, *, actor: User, at: datetime) -> None:
    """Write down who took the list of an exam as a file."""
    data = {"rows": count}
    audit.record(catalogue, "studentrecords.download_catalogue", actor=actor, at=at, data=data)


@transaction.atomic
def report_fraud(row_id: int, facts: str, *, actor: User, at: datetime) -> FraudReport:
    """Write down a fraud at the exam; it opens a disciplinary case (REC-156).

    Raises Refused without facts, before the day of the exam, and for a student reported already.
    """
    demand(grading.fraud_answer(facts))
    row = CatalogueRow.objects.select_related("catalogue").get(pk=row_id)
    catalogue = lock(row.catalogue_id)
    demand(rules.held_answer(catalogue.held_on, local_day(at)))
    if row.frauds.exists():
        raise refuse(_("A fraud of this student at this exam is reported already."), grading.FRAUD)
    report = FraudReport.objects.create(row=row, facts=facts.strip(), reported_by=actor, reported_at=at)
    audit.record(catalogue, "studentrecords.report_fraud", actor=actor, at=at, data={"row": row.pk})
    return report
