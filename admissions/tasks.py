"""The clock's doors into admission; every task can run twice."""

from datetime import datetime

from celery import shared_task

from admissions.services import case, dossiers
from upt_portal.kernel import clock, deadlines


@shared_task(name="admissions.close_drafts")
def close_drafts(now: str | None = None) -> int:
    """Cancel drafts whose window is over (T03, ADM-013); how many were."""
    at = datetime.fromisoformat(now) if now else clock.now()
    ids = [int(row.subject.rsplit(":", 1)[1]) for row in deadlines.passed([case.DRAFT], at)]
    return sum(dossiers.close_draft(dossier_id, at=at) for dossier_id in ids)
