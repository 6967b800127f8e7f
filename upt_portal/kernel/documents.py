"""Issued papers: a row first, the bytes made once by a worker, hashed, sealed, never made again."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Model

from upt_portal.kernel import clock, jobs
from upt_portal.kernel.models import IssuedPaper, Job
from upt_portal.kernel.references import reference

if TYPE_CHECKING:
    from upt_portal.accounts.models import User


@dataclass(frozen=True)
class Paper:
    """What a paper says: template, plain values, and the name its file carries (never a person's)."""

    kind: str
    template: str
    title: str
    filename: str
    context: Mapping[str, Any] = field(default_factory=dict)
    language: str = "ro"


Told = Callable[[IssuedPaper], None]
_WHEN_READY: dict[str, Told] = {}


def when_ready(kind: str, tell: Told) -> None:
    """Register what a room does when a paper of `kind` has its bytes, in the transaction that keeps them."""
    _WHEN_READY[kind] = tell


def issue(
    paper: Paper,
    *,
    about: Model,
    number: str,
    version: int = 1,
    at: datetime,
    actor: "User | None",
    supersedes: IssuedPaper | None = None,
) -> IssuedPaper:
    """Issue a paper, in the caller's transaction: its number, version, context and check code are fixed now.

    The bytes are made by a worker of the queue `papers`. A paper that replaces another marks it replaced.
    """
    row = _row(paper, about, number, version, at, actor, supersedes)
    row.save(force_insert=True)
    if supersedes is not None:
        IssuedPaper.objects.filter(pk=supersedes.pk).update(state=IssuedPaper.State.REPLACED)
    jobs.enqueue("paper", f"paper:{row.pk}", {"paper": row.pk}, actor=actor, queue="papers", at=at)
    return row


@dataclass(frozen=True)
class ToIssue:
    """One paper to issue with others: what it says, about what, under which number."""

    paper: Paper
    about: Model
    number: str


def issue_all(papers: Iterable[ToIssue], *, at: datetime, actor: "User | None") -> list[IssuedPaper]:
    """Issue many first versions in two queries; the workers find them with their next sweep."""
    rows = IssuedPaper.objects.bulk_create(
        _row(one.paper, one.about, one.number, 1, at, actor, None) for one in papers
    )
    wanted = {f"paper:{row.pk}": {"paper": row.pk} for row in rows}
    jobs.enqueue_all("paper", wanted, actor=actor, queue="papers", at=at)
    return rows


def _row(
    paper: Paper,
    about: Model,
    number: str,
    version: int,
    at: datetime,
    actor: "User | None",
    supersedes: IssuedPaper | None,
) -> IssuedPaper:
    return IssuedPaper(
        kind=paper.kind,
        about=reference(about),
        number=number,
        version=version,
        title=paper.title,
        language=paper.language,
        template=paper.template,
        context=dict(paper.context),
        filename=paper.filename,
        issued_at=at,
        issued_by=actor,
        supersedes=supersedes,
    )


def revoke(paper: IssuedPaper, *, reason: str) -> None:
    """Mark an issued paper as cancelled; its bytes stay, the check page says so."""
    IssuedPaper.objects.filter(pk=paper.pk).update(state=IssuedPaper.State.REVOKED, revoked_reason=reason)


@jobs.handler("paper")
def make(job: Job) -> dict[str, Any]:
    """Render, seal and keep the bytes of one paper; running it twice keeps the first bytes."""
    from upt_portal.kernel.rendering import render  # WeasyPrint weighs a second: only paper workers import it

    paper = IssuedPaper.objects.get(pk=job.payload["paper"])
    if paper.rendered_at is not None:
        return {"paper": paper.pk, "sha256": paper.sha256}
    made = render(paper)
    digest = keep(paper.pk, made.data, pages=made.pages, sealed=made.sealed, at=clock.now())
    return {"paper": paper.pk, "sha256": digest}


@transaction.atomic
def keep(paper_id: int, data: bytes, *, pages: int, sealed: bool, at: datetime) -> str:
    """Store the bytes of a paper with their SHA-256 and tell its room; returns the hash that is kept.

    Of two workers that made the same paper the first one's bytes stay.
    """
    paper = IssuedPaper.objects.select_for_update().get(pk=paper_id)
    if paper.rendered_at is not None:
        return paper.sha256
    paper.sha256 = hashlib.sha256(data).hexdigest()
    paper.size, paper.pages, paper.sealed, paper.rendered_at = len(data), pages, sealed, at
    if paper.state == IssuedPaper.State.PENDING:
        paper.state = IssuedPaper.State.VALID
    paper.file.save(f"{paper.code.lower()}.pdf", ContentFile(data), save=False)
    paper.save()
    if tell := _WHEN_READY.get(paper.kind):
        tell(paper)
    return paper.sha256
