"""Posting results: what students see is appended, the record of what is passed follows, people are told."""

from datetime import datetime

from studentrecords import notices
from studentrecords.models import (
    Catalogue,
    CatalogueRow,
    Correction,
    DisciplineYear,
    ExamAttempt,
    ExamResult,
    Result,
    ResultEntry,
)
from studentrecords.queries import catalogues as queries
from studentrecords.rules import grading
from studentrecords.services import increase_results
from studentrecords.signals import results_posted
from upt_portal.accounts.models import User
from upt_portal.kernel import outbox


def post_results(
    catalogue: Catalogue, *, actor: User | None, at: datetime, correction: Correction | None = None
) -> int:
    """Post every result of a locked catalogue that is new or has changed; returns how many.

    A changed one is a new entry that replaces the old, with its own posting time (REC-131, REC-136).
    """
    rows = [
        row for row in catalogue.rows.select_related("enrolment__person__user").order_by("pk") if row.result
    ]
    before = queries.posted_of(rows)
    fresh = [row for row in rows if row.pk not in before or before[row.pk].result != row.result]
    reasons = _reasons(fresh)
    ExamAttempt.objects.bulk_create(
        ExamAttempt(
            row=row,
            enrolment=row.enrolment,
            discipline=catalogue.discipline,
            year=catalogue.session.year,
            session=catalogue.session.code,
            kind=row.kind,
            paid=row.paid,
            held_on=catalogue.held_on,
            result=row.result,
            posted_at=at,
            posted_by=actor,
            replaces=before.get(row.pk),
            correction=correction,
            reason=reasons.get(row.pk, ""),
        )
        for row in fresh
    )
    record_results(catalogue, fresh, at)
    increase_results.follow(fresh, at=at)
    results_posted.send(Catalogue, catalogue=catalogue, rows=fresh, at=at)
    if catalogue.posted_at is None:
        catalogue.posted_at = at
        catalogue.save(update_fields=["posted_at"])
    outbox.post_all(
        (
            notices.result_posted(catalogue, row, row.enrolment.person.user, again=row.pk in before, at=at)
            for row in fresh
            if row.enrolment.person.user is not None
        ),
        at=at,
    )
    return len(fresh)


def post_decided(
    catalogue: Catalogue, row: CatalogueRow, *, actor: User, at: datetime, correction: Correction
) -> ExamAttempt:
    """Post the result of a commission, the same one too: it stands in the history as final (REC-203)."""
    before = queries.posted_of([row]).get(row.pk)
    posted = ExamAttempt.objects.create(
        row=row,
        enrolment=row.enrolment,
        discipline=catalogue.discipline,
        year=catalogue.session.year,
        session=catalogue.session.code,
        kind=row.kind,
        paid=row.paid,
        held_on=catalogue.held_on,
        result=row.result,
        posted_at=at,
        posted_by=actor,
        replaces=before,
        correction=correction,
        commission=True,
        reason=correction.appeal,
    )
    record_results(catalogue, [row], at)
    increase_results.follow([row], at=at)
    results_posted.send(Catalogue, catalogue=catalogue, rows=[row], at=at)
    return posted


def _reasons(rows: list[CatalogueRow]) -> dict[int, str]:
    """The reason of the last change of each row; one query."""
    entries = ResultEntry.objects.filter(row__in=rows).order_by("pk")
    return dict(entries.values_list("row", "reason"))


def record_results(catalogue: Catalogue, rows: list[CatalogueRow], at: datetime) -> None:
    """Bring the record of what is passed in line with posted results; four queries at most.

    A failed attempt leaves earlier sessions alone, so an earlier pass stays (REC-154). Not admitted marks
    the standards of the year as not met (REC-096) and is no attempt; an attempt already recorded in this
    session counts as missed from then on.
    """
    year, discipline, session = catalogue.session.year, catalogue.discipline, catalogue.session.code
    barred = [row for row in rows if row.result == Result.NOT_ADMITTED]
    DisciplineYear.objects.bulk_create(
        [
            DisciplineYear(
                enrolment=row.enrolment, discipline=discipline, year=year, standards_met=False, marked_at=at
            )
            for row in barred
        ],
        update_conflicts=True,
        unique_fields=["enrolment", "discipline", "year"],
        update_fields=["standards_met", "marked_at"],
    )
    ExamResult.objects.filter(
        enrolment__in=[row.enrolment_id for row in barred], discipline=discipline, year=year, session=session
    ).update(grade=None, admitted=None, absent=True)
    ExamResult.objects.bulk_create(
        [
            ExamResult(
                enrolment=row.enrolment,
                discipline=discipline,
                year=year,
                session=session,
                on=catalogue.held_on,
                grade=int(row.result) if row.result in grading.NUMBERS else None,
                admitted={grading.ADMITTED: True, grading.REJECTED: False}.get(row.result),
                absent=row.result == grading.ABSENT,
            )
            for row in rows
            if row.result != Result.NOT_ADMITTED
        ],
        update_conflicts=True,
        unique_fields=["enrolment", "discipline", "year", "session"],
        update_fields=["on", "grade", "admitted", "absent"],
    )
