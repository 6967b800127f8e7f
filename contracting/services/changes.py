"""Stages 2 and 3: a change asked, decided by the dean's office, worked into a new version (CON-051 ff.)."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction

from contracting import notices
from contracting.models import (
    Annex,
    ChangeRequest,
    OfferLine,
    SignableDocument,
    SignedFile,
    StudentContracting,
)
from contracting.queries import facts
from contracting.refusal import demand, refuse
from contracting.rules import documents as document_rules
from contracting.rules import selection, windows
from contracting.rules.offer import Row
from contracting.services import case as cases
from contracting.services import papers, settlement
from contracting.workflow import (
    CHANGE_REQUEST_MOVES,
    CHANGEABLE,
    CONTRACTING_MOVES,
    ChangeRequestState,
    SignedDocumentState,
)
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, deadlines, outbox
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.words import gettext_lazy as _


@transaction.atomic
def request(
    case_id: int, *, text: str, add: Collection[str], drop: Collection[str], actor: User, at: datetime
) -> ChangeRequest:
    """Ask for rows to be added or left out of a validated or ready annex (CON-051, CON-053).

    add, drop: keys of rows of the offer. Raises Refused without a text or a change, after stage 2 without an
    extension, or when a signed document was already accepted; MoveRefused in another state.
    """
    case = cases.lock(case_id)
    CONTRACTING_MOVES.check("request_change", case.state)
    demand(windows.may_request_change(facts.windows_of(case.campaign), at, extended_until=case.change_until))
    lines = list(OfferLine.objects.filter(contracting=case))
    _demand_a_change(case, lines, text, add, drop)
    case.previous_state = case.state
    asked = ChangeRequest.objects.create(contracting=case, text=text, asked_by=actor, asked_at=at)
    asked.select_lines.set([line for line in lines if line.key in add])
    asked.drop_lines.set([line for line in lines if line.key in drop])
    cases.move(
        case,
        "request_change",
        actor=actor,
        at=at,
        reason=text,
        changed=["previous_state"],
        data={"add": sorted(add), "drop": sorted(drop)},
    )
    return asked


def _demand_a_change(
    case: StudentContracting, lines: list[OfferLine], text: str, add: Collection[str], drop: Collection[str]
) -> None:
    if not text.strip():
        raise refuse(_("Write what you ask for and why."), "CON-051")
    unticked = {line.key for line in lines if not line.selected}
    ticked = {line.key for line in lines if line.selected}
    if not set(add) <= unticked or not set(drop) <= ticked:
        raise refuse(
            _("The request names a discipline that is not in your offer, or already as you ask."), "CON-051"
        )
    if not add and not drop:
        raise refuse(_("Choose at least one discipline to add or to leave out."), "CON-051")
    accepted = SignedFile.objects.filter(
        document__contracting=case, document__current=True, state=SignedDocumentState.ACCEPTED
    )
    if accepted.exists():
        raise refuse(_("A signed document was already accepted."), "CON-051")


@transaction.atomic
def extend(case_id: int, *, until: date, reason: str, actor: User, at: datetime) -> StudentContracting:
    """Let one student ask for a change after stage 2, with a written reason (CON-053, T9)."""
    if not reason.strip():
        raise refuse(_("Write the reason of the extension."), "T9")
    case = cases.lock(case_id)
    if case.state not in CHANGEABLE:
        CONTRACTING_MOVES.check("request_change", case.state)
    if end_of_day(until) <= at:
        raise refuse(_("The extension must end in the future."), "T9")
    case.change_until = until
    case.save(update_fields=["change_until"])
    audit.record(
        case,
        "contracting.extend_change",
        actor=actor,
        at=at,
        before=case.state,
        after=case.state,
        reason=reason,
        data={"until": until.isoformat()},
    )
    if student := cases.student_of(case):
        outbox.post(notices.extended(case, student, until), at=at)
    return case


def _locked(request_id: int) -> tuple[StudentContracting, ChangeRequest]:
    case = cases.lock(ChangeRequest.objects.values_list("contracting_id", flat=True).get(pk=request_id))
    return case, ChangeRequest.objects.select_for_update().get(pk=request_id)


@transaction.atomic
def decide(
    request_id: int,
    *,
    approved: bool,
    number: str,
    on: date | None,
    reason: str = "",
    named: Collection[str] = (),
    actor: User,
    at: datetime,
) -> ChangeRequest:
    """Record the dean's decision on a change with its number and date (CON-051, CON-053, CON-054).

    named: keys of the rows the approval names. A refusal needs its reason and leads back to the state before
    the request. Raises Refused for what is missing, also for an approval that could never be applied because
    a mandatory row is not named; MoveRefused when the request is decided.
    """
    case, asked = _locked(request_id)
    step = CHANGE_REQUEST_MOVES.check("record_approval" if approved else "refuse", asked.state)
    if not number.strip() or on is None:
        raise refuse(_("Enter the number and the date of the dean's decision."), "CON-051")
    if not approved and not reason.strip():
        raise refuse(_("Write the reason of the refusal: the student reads it."), "CON-053")
    if approved:
        demand(document_rules.may_drop(_rows_of(case), _dropped(asked), named))
    asked.state, asked.decision_number, asked.decision_on = step.target, number, on
    asked.decision_reason, asked.decided_by, asked.decided_at = reason, actor, at
    asked.named = sorted(named)
    asked.save()
    data = {"request": asked.pk, "number": number, "date": on.isoformat()}
    if approved:
        audit.record(
            case,
            "contracting.approve_change",
            actor=actor,
            at=at,
            before=case.state,
            after=case.state,
            reason=reason,
            data={**data, "named": asked.named},
        )
    else:
        back = CONTRACTING_MOVES.check("refuse_change", case.state, back=case.previous_state)
        case.previous_state = ""
        cases.advance(case, back, actor=actor, at=at, reason=reason, data=data, changed=["previous_state"])
    if student := cases.student_of(case):
        outbox.post(notices.change_decided(asked, student), at=at)
    return asked


@transaction.atomic
def apply(request_id: int, *, actor: User, at: datetime) -> Annex:
    """Work an approved change into a new version of the annex (CON-052, CON-054).

    The earlier version and its scans are kept, marked as replaced; unpaid sums are hidden until the new
    upload. Raises Refused before stage 3 or for a mandatory row the approval does not name, MoveRefused when
    the request is not approved.
    """
    case, asked = _locked(request_id)
    done = CHANGE_REQUEST_MOVES.check("apply", asked.state)
    demand(windows.may_apply_change(facts.windows_of(case.campaign), at))
    _change_rows(case, asked)
    asked.state = done.target
    asked.save(update_fields=["state"])
    first = case.approved_at is None
    if first:
        case.approved_by, case.approved_at = actor, at
    case.previous_state = ""
    supersede_files(case, actor=actor, at=at)
    annex = papers.issue_all(case, actor=actor, at=at)
    cases.move(
        case,
        "apply_change",
        actor=actor,
        at=at,
        data={"annex": annex.pk, "version": annex.version},
        changed=[
            "previous_state",
            "approved_by",
            "approved_at",
            "papers_on",
            "credits",
            "tuition",
            "rows_amount",
            "total",
        ],
    )
    settlement.close_payment(case, reason=asked.text[:200], at=at)
    deadlines.drop(case, [cases.VALIDATE], at=at)
    return annex


def _rows_of(case: StudentContracting) -> list[Row]:
    return facts.rows_of(OfferLine.objects.filter(contracting=case))


def _dropped(asked: ChangeRequest) -> set[str]:
    return {line.key for line in asked.drop_lines.all()}


def _change_rows(case: StudentContracting, asked: ChangeRequest) -> None:
    lines = list(OfferLine.objects.filter(contracting=case))
    add = {line.key for line in asked.select_lines.all()}
    drop = _dropped(asked)
    rows = facts.rows_of(lines)
    demand(document_rules.may_drop(rows, drop, asked.named))
    for line in lines:
        line.selected = (line.selected or line.key in add) and line.key not in drop
        line.mandatory = line.mandatory and line.selected
    OfferLine.objects.bulk_update(lines, ["selected", "mandatory"])
    totals = selection.totals(rows, facts.ticked_of(lines), facts.terms_of(case))
    case.credits, case.tuition = totals.credits, totals.tuition
    case.rows_amount, case.total = totals.rows_amount, totals.total


def supersede_files(case: StudentContracting, *, actor: User, at: datetime) -> None:
    """Scans of a replaced version no longer count; an accepted one stays as it is, as evidence (CON-069)."""
    current = SignableDocument.objects.filter(
        contracting=case, current=True, kind=SignableDocument.Kind.ANNEX
    )
    live = [SignedDocumentState.UPLOADED, SignedDocumentState.REJECTED]
    for old in SignedFile.objects.select_for_update().filter(document__in=current, state__in=live):
        old.state = SignedDocumentState.SUPERSEDED
        old.save(update_fields=["state"])


@transaction.atomic
def cancel_open(case: StudentContracting) -> None:
    """A cancelled contracting takes its open change request with it."""
    for asked in ChangeRequest.objects.select_for_update().filter(
        contracting=case, state__in=[ChangeRequestState.ASKED, ChangeRequestState.APPROVED]
    ):
        asked.state = CHANGE_REQUEST_MOVES.check("cancel", asked.state).target
        asked.save(update_fields=["state"])
