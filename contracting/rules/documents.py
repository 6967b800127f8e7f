"""The papers of a case: which are wanted, which are still missing, what a change may touch."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from contracting.rules.offer import Row
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import CODE, CONTRACT_GUIDE, DERIVED, Article, cites
from upt_portal.kernel.words import gettext_lazy as _


class DocumentKind(StrEnum):
    """What a student signs."""

    ANNEX = "annex"
    CONTRACT = "contract"
    ADDENDUM = "addendum"


@dataclass(frozen=True)
class Wanted:
    """A paper to sign. version: that of the annex; papers without versions have 1."""

    kind: DocumentKind
    key: str
    version: int = 1


@dataclass(frozen=True)
class Scan:
    """An uploaded file. counts: it is not rejected and not superseded."""

    of: Wanted
    counts: bool = True


@cites(
    Article(CONTRACT_GUIDE, "step 2"),
    Article(CONTRACT_GUIDE, "step 4"),
    Article(CODE, "art. 33"),
    rule="CON-070",
    words=_("The annex is signed; the study contract and addenda with it, when the student has one open."),
)
def required_documents(
    annex: str, version: int, *, contracts: Iterable[str] = (), addenda: Iterable[str] = ()
) -> tuple[Wanted, ...]:
    """The papers this student signs, the annex first.

    annex: key of the annex, with its current version. contracts, addenda: keys of those still to be signed.
    """
    return (
        Wanted(DocumentKind.ANNEX, annex, version),
        *(Wanted(DocumentKind.CONTRACT, key) for key in contracts),
        *(Wanted(DocumentKind.ADDENDUM, key) for key in addenda),
    )


@cites(
    Article(CONTRACT_GUIDE, "stage 4"),
    Article(DERIVED, "CON-065"),
    rule=("CON-061", "CON-065"),
    words=_("A scan counts for the version it was made of; one of an older version does not count."),
)
def still_to_upload(required: Iterable[Wanted], scans: Iterable[Scan]) -> tuple[Wanted, ...]:
    """The papers without a scan that counts, in their order; none means that everything is uploaded."""
    there = {scan.of for scan in scans if scan.counts}
    return tuple(paper for paper in required if paper not in there)


@cites(
    Article(DERIVED, "CON-054"),
    Article(CONTRACT_GUIDE, "stage 3"),
    rule=("CON-051", "CON-054"),
    words=_("A mandatory discipline leaves an annex only by a dean's approval that names it."),
)
def may_drop(rows: Iterable[Row], dropped: Collection[str], named: Collection[str]) -> Answer:
    """Whether a change may leave out these rows.

    dropped: keys of the rows the change leaves out. named: keys named in the dean's approval.
    """
    for row in rows:
        if row.mandatory and row.key in dropped and row.key not in named:
            return NO(
                _("%(name)s is mandatory, and the dean's approval does not name it.") % {"name": row.name},
                article=Article(DERIVED, "CON-054"),
                cure=_("Record an approval that names this discipline, or keep it in the annex."),
            )
    return YES
