"""The second tab: the papers to sign, what was uploaded for each, and what the student does next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch
from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from contracting.models import SignableDocument, SignedFile, StudentContracting
from contracting.queries import facts, scans, wording
from contracting.queries.wording import Why
from contracting.rules import windows as rules
from contracting.workflow import ContractingState, SignedDocumentState
from upt_portal.kernel import dates
from upt_portal.kernel.models import IssuedPaper
from upt_portal.kernel.uploads import may_be_shown

_F = SignedDocumentState
MEGABYTE = 1_000_000
LIVE = frozenset({_F.UPLOADED, _F.ACCEPTED})


@dataclass(frozen=True)
class UploadedFile:
    """A scan as its owner sees it: what it is, where it stands; colourless: it has no colour (CON-064).

    faults: what cannot be right on it, while the secretariat has not decided yet (CON-065).
    """

    name: str
    detail: str
    file_id: str
    shown: bool
    colourless: bool
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class PaperCard:
    """A paper to sign. state: code of the status dictionary, empty while the paper is being prepared.

    returned: the reason of the last return, while no newer scan is there. replaced: words of an older
    version. download: words of the link, empty before the bytes are there.
    """

    pk: int
    title: str
    meta: str
    state: str
    download: str
    file: UploadedFile | None
    returned: str
    may_upload: bool
    replaced: str = ""

    @property
    def preparing(self) -> bool:
        return not self.download and not self.replaced


@dataclass(frozen=True)
class Papers:
    """The tab: current papers and older ones.

    upload_until: last day of upload, while one is awaited; overdue: it is behind and a scan is missing.
    refusal: why nothing can be uploaded now.
    """

    current: tuple[PaperCard, ...]
    older: tuple[PaperCard, ...]
    upload_until: date | None
    overdue: bool
    refusal: Why | None

    @property
    def preparing(self) -> bool:
        """Whether the page should look again by itself."""
        return any(card.preparing for card in self.current)

    @property
    def to_upload(self) -> int:
        """How many papers wait for a scan."""
        return sum(card.state in {"to_upload", "needs_correction"} for card in self.current)


def documents_of(case: StudentContracting) -> list[SignableDocument]:
    """The papers of a case with their scans, current ones first; two queries."""
    files = SignedFile.objects.select_related("stored").annotate(read=scans.what_was_read())
    return list(
        SignableDocument.objects.filter(contracting=case)
        .select_related("paper", "annex", "study_contract")
        .defer("paper__context", "annex__lines")
        .prefetch_related(Prefetch("files", files.order_by("-uploaded_at", "-pk")))
        .order_by("-current", "kind", "-pk")
    )


def papers_of(case: StudentContracting, documents: Sequence[SignableDocument], at: datetime) -> Papers:
    """The Documents tab at `at`: cards, term of upload, and the reason when it is closed."""
    awaited = case.state == ContractingState.DOCUMENTS_READY
    answer = facts.may_upload_now(case, at) if awaited else None
    may = bool(answer)
    until = facts.upload_until(case, at) if awaited else None
    return Papers(
        current=tuple(_card(case, row, may) for row in documents if row.current),
        older=tuple(_card(case, row, False) for row in documents if not row.current),
        upload_until=until,
        overdue=until is not None and rules.upload_overdue(at, until),
        refusal=wording.refusal(answer) if answer is not None and not answer else None,
    )


@dataclass(frozen=True)
class Wanted:
    """One paper on its upload page; the rest as in Papers."""

    card: PaperCard
    upload_until: date | None
    overdue: bool
    refusal: Why | None


def wanted_of(case: StudentContracting, document: SignableDocument, at: datetime) -> Wanted:
    """One paper, current or older, as its upload page shows it."""
    found = papers_of(case, [document], at)
    card = (found.current or found.older)[0]
    return Wanted(card, found.upload_until, found.overdue, found.refusal if found.current else None)


def title_of(document: SignableDocument) -> str:
    """ "Anexa nr. 3/1187, versiunea 2"; a study contract by its number and date."""
    if document.study_contract is not None:
        number = f"{document.study_contract.number}/{dates.day(document.study_contract.date, _language())}"
        return _("Study contract no. %(number)s") % {"number": number}
    words = {"number": document.paper.number, "version": document.paper.version}
    return _("Annex no. %(number)s, version %(version)s") % words


def to_upload_of(case: StudentContracting) -> int:
    """How many papers still wait for a scan, for the mark on the tab; one query."""
    waiting = SignableDocument.objects.filter(
        contracting=case, current=True, paper__rendered_at__isnull=False
    )
    return waiting.exclude(files__state__in=LIVE).count()


def _card(case: StudentContracting, document: SignableDocument, may_upload: bool) -> PaperCard:
    files = list(document.files.all())
    live = next((scan for scan in files if scan.state in LIVE), None)
    returned = next((scan for scan in files[:1] if scan.state == _F.REJECTED), None)
    shown = live or returned or (files[0] if files and not document.current else None)
    ready = document.paper.rendered_at is not None
    return PaperCard(
        pk=document.pk,
        title=title_of(document),
        meta=_meta(document.paper),
        state=_state(case, document, live, returned),
        download=_download(document.paper) if ready else "",
        file=_uploaded(shown) if shown else None,
        returned=returned.reason if returned and not live else "",
        may_upload=may_upload and ready and (live is None or live.state == _F.UPLOADED),
        replaced="" if document.current else _replaced(document),
    )


def _state(
    case: StudentContracting,
    document: SignableDocument,
    live: SignedFile | None,
    returned: SignedFile | None,
) -> str:
    if not document.current or case.state == ContractingState.CANCELLED:
        return ""
    if live is not None:
        return "accepted" if live.state == _F.ACCEPTED else "sent"
    if document.paper.rendered_at is None:
        return ""
    return "needs_correction" if returned is not None else "to_upload"


def _meta(paper: IssuedPaper) -> str:
    issued = _("issued on %(day)s") % {"day": dates.day(paper.issued_at, _language())}
    return f"{issued} · {_pages(paper.pages)}" if paper.pages else issued


def _pages(count: int) -> str:
    return ngettext("%(count)d page", "%(count)d pages", count) % {"count": count}


def _download(paper: IssuedPaper) -> str:
    size = _size(paper.size or 0)
    if paper.kind == "contracting.study_contract":
        return _("Download the contract (PDF, %(size)s)") % {"size": size}
    return _("Download the annex (PDF, %(size)s)") % {"size": size}


def _size(count: int) -> str:
    """ "84 kB", "1,8 MB"; a small file is still one kilobyte."""
    if count < MEGABYTE:
        return f"{max(1, round(count / 1000))} kB"
    return f"{number_format(count / MEGABYTE, decimal_pos=1, use_l10n=True)} MB"


def _uploaded(scan: SignedFile) -> UploadedFile:
    stored = scan.stored
    parts = [
        _("uploaded on %(moment)s") % {"moment": dates.moment(scan.uploaded_at, _language())},
        _size(stored.size),
        _pages(stored.pages),
    ]
    return UploadedFile(
        name=stored.original_name,
        detail=" · ".join(parts),
        file_id=str(stored.pk),
        shown=may_be_shown(stored),
        colourless=stored.has_colour is False and scan.state in LIVE,
        faults=scans.faults_of(scan, getattr(scan, "read", None)) if scan.state == _F.UPLOADED else (),
    )


def _replaced(document: SignableDocument) -> str:
    if document.annex is None:
        return _("Replaced")
    return _("Replaced by version %(version)s") % {"version": document.annex.version + 1}


def _language() -> str:
    return get_language() or "ro"
