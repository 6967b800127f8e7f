"""A correction after the term: opened for named students with the dean's approval, closed by itself."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from studentrecords.models import Catalogue, Correction, ResultEntry
from studentrecords.parameters import REOPEN
from studentrecords.queries import catalogues as queries
from studentrecords.queries.sessions import closed_days
from studentrecords.refusal import demand, refuse
from studentrecords.rules import catalogues as rules
from studentrecords.rules.appeals import decided_answer
from studentrecords.services.catalogues import advance, lock
from studentrecords.services.posting import post_decided, post_results
from studentrecords.workflow.catalogues import CATALOGUE_MOVES, CatalogueState
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel.calendar import add_days, in_time
from upt_portal.kernel.clock import local_day

audit.register_act("studentrecords.open_correction", _("A correction was opened with the dean's approval"))
audit.register_act("studentrecords.close_correction", _("The correction was closed"))
audit.register_act("studentrecords.commission_result", _("The grade of a commission was recorded"))


@transaction.atomic
def open_correction(
    catalogue_id: int,
    row_ids: Collection[int],
    *,
    justification: str,
    approval: str,
    approved_on: date | None,
    appeal: str = "",
    actor: User,
    at: datetime,
) -> Correction:
    """Open a locked or published catalogue for the named rows (REC-132).

    justification: the teacher's request. approval: number of the dean's written approval. Raises Refused
    before the term of entry is over: until then the teacher changes results himself.
    """
    catalogue = lock(catalogue_id)
    CATALOGUE_MOVES.check("correct", catalogue.state)
    rows = list(catalogue.rows.filter(pk__in=list(row_ids)))
    demand(rules.correction_answer(justification, approval, approved_on, len(rows)))
    demand(decided_answer(by_commission=bool(queries.decided_by_commission(rows))))
    if in_time(at, catalogue.enter_until):
        raise refuse(_("Until its term the teacher changes results in the catalogue itself."), rules.ENTRY)
    assert approved_on is not None  # noqa: S101  the rule has asked for it
    if approved_on > local_day(at):
        raise refuse(_("The approval is dated in the future."), rules.ENTRY)
    today = local_day(at)
    closed = closed_days(today, add_days(today, 30))
    correction = Correction.objects.create(
        catalogue=catalogue,
        justification=justification.strip(),
        approval=approval.strip(),
        approved_on=approved_on,
        appeal=appeal,
        opened_at=at,
        opened_by=actor,
        until=rules.correction_until(today, closed, days=REOPEN.on(today)),
        back_to=catalogue.state,
    )
    correction.rows.set(rows)
    advance(
        catalogue,
        "correct",
        "studentrecords.open_correction",
        actor=actor,
        at=at,
        reason=justification,
        data={"approval": approval, "rows": [row.pk for row in rows], "appeal": appeal},
    )
    return correction


@transaction.atomic
def finish(catalogue_id: int, *, actor: User, at: datetime) -> Catalogue:
    """Close a correction when its work is done."""
    catalogue = lock(catalogue_id)
    CATALOGUE_MOVES.check("finish", catalogue.state, back=CatalogueState.PUBLISHED)
    _close(catalogue, actor=actor, at=at)
    return catalogue


@transaction.atomic
def close_late(catalogue_id: int, *, at: datetime) -> bool:
    """Close a correction whose term is over; False when none is."""
    catalogue = lock(catalogue_id)
    correction = queries.open_correction(catalogue)
    if correction is None or in_time(at, correction.until):
        return False
    _close(catalogue, actor=None, at=at)
    return True


def _close(catalogue: Catalogue, *, actor: User | None, at: datetime) -> None:
    """What was entered is posted where the catalogue is published; one never published is signed first."""
    correction = queries.open_correction(catalogue)
    if correction is None:
        raise refuse(_("The correction is over."), rules.ENTRY)
    correction.closed_at = at
    correction.save(update_fields=["closed_at"])
    advance(
        catalogue,
        "finish",
        "studentrecords.close_correction",
        actor=actor,
        at=at,
        back=correction.back_to,
        data={"approval": correction.approval},
    )
    if catalogue.state == CatalogueState.PUBLISHED and catalogue.posted_at is not None:
        post_results(catalogue, actor=actor, at=at, correction=correction)


@transaction.atomic
def decide_by_commission(
    catalogue_id: int,
    row_id: int,
    result: str,
    *,
    report: str,
    number: str,
    decision: str,
    decided_on: date,
    actor: User,
    at: datetime,
) -> Correction:
    """Record what a re-evaluation commission decided, whatever state its catalogue is in (REC-203).

    A correction of its own, opened and closed at once: the row, its history, the posted result and what
    counts as passed follow in one act, so that another student's correction or a list to be signed anew never
    holds a final grade back. report: of the commission. number: of the appeal. decision: of its appointment.
    """
    catalogue = lock(catalogue_id)
    row = catalogue.rows.select_for_update(of=("self",)).get(pk=row_id)
    correction = Correction.objects.create(
        catalogue=catalogue,
        justification=report,
        approval=decision,
        approved_on=decided_on,
        appeal=number,
        opened_at=at,
        opened_by=actor,
        until=at,
        back_to=CatalogueState.PUBLISHED,
        closed_at=at,
    )
    correction.rows.set([row])
    before = row.result
    if before != result:
        ResultEntry.objects.create(
            row=row, before=before, after=result, actor=actor, at=at, reason=f"{number} {decision}"[:400]
        )
        row.result, row.entered_by, row.entered_at = result, actor, at
        row.save(update_fields=["result", "entered_by", "entered_at"])
    catalogue.version += 1
    catalogue.save(update_fields=["version"])
    audit.record(
        catalogue,
        "studentrecords.commission_result",
        actor=actor,
        at=at,
        before=catalogue.state,
        after=catalogue.state,
        reason=report,
        data={"row": row.pk, "appeal": number, "before": before, "after": result},
    )
    post_decided(catalogue, row, actor=actor, at=at, correction=correction)
    return correction
