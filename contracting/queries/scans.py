"""What the machine saw on a scan, beside what it must prove; pages as pictures, kept a while by their hash.

Nothing here decides: a person accepts or returns (CON-064, CON-065, CON-069).
"""

import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.core.cache import cache
from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracting.models import SignedFile, StudentContracting
from contracting.workflow import SignedDocumentState
from upt_portal.kernel import uploads
from upt_portal.kernel.models import IssuedPaper, Job, StoredFile
from upt_portal.kernel.page import Mark

READ_SCAN = "contracting.read_scan"
KEPT_SECONDS = 900
PAGE_WIDTH, THUMB_WIDTH = 1200, 120
_ADDRESS = re.compile(r"/verify/([0-9A-Z-]+)/\?v=(\d+)&p=(\d+)")


@dataclass(frozen=True)
class Check:
    """One thing the scan must prove. word: for the queue, when it fails; ok None: a person has to look."""

    label: str
    detail: str
    ok: bool | None
    word: str = ""
    tone: Literal["fix", "wait"] = "fix"

    @property
    def is_fine(self) -> bool:
        """Passed by itself; everything else is for the eye."""
        return self.ok is True


@dataclass(frozen=True)
class Seen:
    """All that the machine says of one scan."""

    checks: tuple[Check, ...]

    @property
    def failed(self) -> list[Check]:
        return [check for check in self.checks if check.ok is False]

    @property
    def passed(self) -> int:
        return sum(check.ok is True for check in self.checks)

    @property
    def to_see(self) -> int:
        return sum(check.ok is None for check in self.checks)

    @property
    def word(self) -> str:
        """For a row of the queue: what is wrong, or that all matches."""
        if self.failed:
            return "; ".join(check.word for check in self.failed)
        return _("Matches") if self.passed else _("To be read")

    @property
    def tone(self) -> str:
        if any(check.tone == "fix" for check in self.failed):
            return "fix"
        return "wait" if self.failed else "plain"

    @property
    def icon(self) -> str:
        return {"fix": "triangle", "wait": "info", "plain": "check" if self.passed else "clock"}[self.tone]


@dataclass(frozen=True)
class Codes:
    """The codes of our papers found on a scan: (page of the scan, code, version, page of the paper)."""

    found: tuple[tuple[int, str, int, int], ...]
    boxes: tuple[tuple[int, str, tuple[float, ...]], ...] = ()


def job_key(signed: SignedFile) -> str:
    """The one job that reads a scan."""
    return f"{READ_SCAN}:{signed.pk}"


def codes_of(result: Mapping[str, Any] | None) -> Codes | None:
    """The codes in a finished job's result; None while the scan was not read, or could not be."""
    if not result or "marks" not in result:
        return None
    found = []
    for page, text, _box in result["marks"]:
        if match := _ADDRESS.search(str(text)):
            found.append((int(page), match[1], int(match[2]), int(match[3])))
    boxes = tuple((int(page), str(text), tuple(box)) for page, text, box in result["marks"])
    return Codes(tuple(found), boxes)


def results_of(files: Iterable[SignedFile]) -> dict[int, Mapping[str, Any]]:
    """What the jobs read on these scans, by the scan's key; one query."""
    keys = {job_key(signed): signed.pk for signed in files}
    rows = Job.objects.filter(key__in=keys, state=Job.State.DONE).values_list("key", "result")
    return {keys[key]: result for key, result in rows}


def seen_on(signed: SignedFile, result: Mapping[str, Any] | None) -> Seen:
    """The checks of a scan against its issued paper. result: of the job that read the scan, if it has."""
    stored, paper = signed.stored, signed.document.paper
    if not uploads.may_be_shown(stored):
        held = Check(_("Virus scan"), _("not finished yet"), False, _("Held for the virus scan"), "wait")
        return Seen((held,))
    if result and result.get("refusal"):
        unread = Check(_("Readable"), _("the file cannot be opened"), False, _("Cannot be read"))
        return Seen((unread,))
    codes = codes_of(result)
    checks = [_pages(stored, paper, codes), _version(signed, codes), _colour(stored)]
    checks.append(
        Check(_("Signature and date"), _("by hand, where the annex asks for them; to be compared"), None)
    )
    return Seen(tuple(check for check in checks if check is not None))


def _pages(stored: StoredFile, paper: IssuedPaper, codes: Codes | None) -> Check:
    expected = paper.pages or 0
    found = {page for _scan, code, _version, page in codes.found if code == paper.code} if codes else set()
    missing = sorted(set(range(1, expected + 1)) - found)
    if found and not missing:
        read = ", ".join(str(page) for page in sorted(found))
        return Check(_all_pages(expected), _("QR codes %(pages)s read") % {"pages": read}, True)
    if stored.pages < expected:
        names = ", ".join(str(page) for page in missing) if found else ""
        word = (
            _("Page %(n)s missing") % {"n": names}
            if names
            else _("%(have)s of %(all)s pages") % {"have": stored.pages, "all": expected}
        )
        return Check(
            _("Pages"), _("%(have)s of %(all)s") % {"have": stored.pages, "all": expected}, False, word
        )
    detail = _("as many pages as the annex; the QR codes could not all be read")
    return Check(_all_pages(expected), detail, None if codes else True)


def _all_pages(count: int) -> str:
    return ngettext("The one page", "All %(count)d pages", count) % {"count": count}


def _version(signed: SignedFile, codes: Codes | None) -> Check | None:
    paper = signed.document.paper
    if not signed.document.current:
        word = _("Version %(n)s, replaced") % {"n": paper.version}
        return Check(_("Version"), _("a newer version was issued"), False, word)
    if not codes or not codes.found:
        return Check(_version_label(paper), _("no QR code was read; compare the number and version"), None)
    strange = [row for row in codes.found if row[1] != paper.code]
    if not strange:
        replaces = _("replaces version %(n)s") % {"n": paper.version - 1} if paper.version > 1 else ""
        return Check(_version_label(paper), replaces or _("read from the QR code"), True)
    older = [version for _page, _code, version, _p in strange if version < paper.version]
    if older:
        word = _("Version %(n)s, replaced") % {"n": older[0]}
        return Check(_("Version"), _("the QR code is of version %(n)s") % {"n": older[0]}, False, word)
    return Check(_("Version"), _("the QR code is of another document"), False, _("Another document"))


def _version_label(paper: IssuedPaper) -> str:
    return _("Version %(n)s, in force") % {"n": paper.version}


def _colour(stored: StoredFile) -> Check | None:
    if stored.has_colour is None:
        return Check(_("Colour"), _("could not be told; look at the ink"), None)
    if stored.has_colour:
        return Check(_("Colour scan"), "", True)
    return Check(_("Colour"), _("the scan is black and white"), False, _("Black and white"), "wait")


# ---- the scans of cases ------------------------------------------------------------------------------------


def what_was_read() -> Subquery:
    """For a query of scans: the result of the job that read each, NULL before."""
    key = Concat(Value(f"{READ_SCAN}:"), Cast(OuterRef("pk"), CharField()))
    done = Job.objects.filter(key=key, state=Job.State.DONE).order_by()
    return Subquery(done.values("result")[:1])


def faults_of(signed: SignedFile, read: Mapping[str, Any] | None) -> tuple[str, ...]:
    """What the student is told of an own scan that cannot be right; nothing before it was read."""
    if not read:
        return ()
    return tuple(check.word for check in seen_on(signed, read).failed if check.tone == "fix")


def waiting_files(cases: Iterable[int]) -> dict[int, list[Any]]:
    """For each case the current scans that wait for a decision, with what was read on them; one query.

    Each carries `read`: the result of the job that read it, None before.
    """
    rows = (
        SignedFile.objects.filter(
            document__contracting__in=list(cases),
            document__current=True,
            state=SignedDocumentState.UPLOADED,
        )
        .select_related("stored", "document__paper")
        .defer("document__paper__context")
        .annotate(read=what_was_read())
        .order_by("document__kind", "pk")
    )
    found: dict[int, list[Any]] = {}
    for signed in rows:
        found.setdefault(signed.document.contracting_id, []).append(signed)
    return found


def merged(seen: Sequence[Seen]) -> Seen:
    """What the machine saw on all scans of a case, as one."""
    return Seen(tuple(check for one in seen for check in one.checks))


def file_of(case: StudentContracting, signed_id: int) -> SignedFile | None:
    """A scan of this case with its paper; None for one of another case."""
    rows = SignedFile.objects.select_related(
        "stored", "document__paper", "document__annex", "document__study_contract", "decided_by"
    )
    return rows.filter(pk=signed_id, document__contracting=case).first()


# ---- pages as pictures -------------------------------------------------------------------------------------


def scan_picture(stored: StoredFile, page: int, width: int) -> bytes:
    """PNG of a page of a scan, kept a quarter of an hour by the hash of its bytes. Raises UploadRefused."""
    key = f"page:{stored.sha256}:{page}:{width}"
    kept: bytes | None = cache.get(key)
    if kept is None:
        kept = uploads.page_picture(stored, page, width=width)
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def paper_picture(paper: IssuedPaper, page: int, width: int) -> bytes:
    """PNG of a page of an issued paper, kept in the same way. Raises UploadRefused."""
    key = f"page:{paper.sha256}:{page}:{width}"
    kept: bytes | None = cache.get(key)
    if kept is None:
        kept = uploads.paper_picture(paper, page, width=width)
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG, pixels, from its head."""
    width, height = struct.unpack(">II", png[16:24])
    return int(width), int(height)


def marks_on(codes: Codes | None, page: int, size: tuple[int, int], pages: int, code: str = "") -> list[Mark]:
    """The codes found on a page of the scan, boxed in the pixels of its picture.

    pages, code: of the issued paper; the code of another document is named as such.
    """
    if codes is None:
        return []
    width, height = size
    marks = []
    for at, text, (left, top, across, down) in codes.boxes:
        match = _ADDRESS.search(text)
        if at == page and match:
            label = _("QR %(n)s of %(all)s") % {"n": match[3], "all": pages}
            if code and match[1] != code:
                label = _("QR of another document")
            marks.append(
                Mark(
                    x=round(left * width) - 8,
                    y=round(top * height) - 8,
                    width=round(across * width) + 16,
                    height=round(down * height) + 16,
                    label=label,
                )
            )
    return marks
