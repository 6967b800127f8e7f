"""The one way a file comes in: size, type by content, virus, a parse in a limited child, two kept copies."""

import hashlib
import math
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Sum
from django.db.models.fields.files import FieldFile
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from upt_portal.kernel import antivirus, storage
from upt_portal.kernel.inspection import child
from upt_portal.kernel.inspection.findings import JPEG, PDF, PNG, Inspection, Refused, type_of
from upt_portal.kernel.models import IssuedPaper, StoredFile
from upt_portal.kernel.upload_handler import REFUSED_BYTES

if TYPE_CHECKING:
    from upt_portal.accounts.models import User

MEBIBYTE: Final = 1024 * 1024
ALL_TYPES: Final = (PDF, JPEG, PNG)
SHORT_NAMES: Final = {PDF: "PDF", JPEG: "JPG", PNG: "PNG"}
LONGEST_NAME: Final = 200

WORDS: Final = {
    "missing": _("Select a file"),
    "size": _("The file must be %(limit)s MB or smaller; it is %(size)s MB"),
    "empty": _("The file is empty"),
    "type": _("The file must be a PDF, JPG or PNG"),
    "other_type": _("The file must be of this type: %(types)s"),
    "password": _("The file has a password. Save a copy without one"),
    "unreadable": _("The file cannot be opened. Scan it again"),
    "active": _("The file contains scripts or attachments. Save a copy without them, or scan it again"),
    "bomb": _("The file has too many pages or pictures that are too large. Scan it again at 300 dpi"),
    "virus": _("The file contains a virus and was not kept"),
    "quota": _("Your files take %(limit)s MB, the most that is kept. Write to the office"),
    "failed": _("The file did not reach us. Try again"),
}


class UploadRefused(Exception):
    """A file that is not kept: `code` for programs, `str()` the words of ux §5 in the reader's language.

    Codes: missing, size, empty, type, password, unreadable, active, bomb, virus, quota, failed.
    """

    def __init__(
        self, code: str, *, size: int = 0, limit: int = 0, types: Collection[str] = ALL_TYPES
    ) -> None:
        super().__init__(code)
        self.code = code
        self.size, self.limit, self.types = size, limit, types

    def __str__(self) -> str:
        if self.code == "type" and set(self.types) != set(ALL_TYPES):
            return str(WORDS["other_type"]) % {"types": ", ".join(SHORT_NAMES[kind] for kind in self.types)}
        if self.code in ("size", "quota"):
            return str(WORDS[self.code]) % {"limit": _megabytes(self.limit), "size": _megabytes(self.size)}
        return str(WORDS[self.code])


@dataclass(frozen=True)
class Examined:
    """A file that may be kept: its bytes, what it is, and what the scanner said."""

    name: str
    data: bytes
    found: Inspection
    verdict: str


def _megabytes(size: int) -> str:
    """Mebibytes with at most one decimal, rounded up: one byte over 5 MB reads 5,1 and never 5."""
    tenths = math.ceil(size * 10 / MEBIBYTE)
    return number_format(tenths / 10 if tenths % 10 else tenths // 10, use_l10n=True)


def chosen(request: HttpRequest, field: str) -> UploadedFile[bytes]:
    """The file sent in `field`. Raises UploadRefused: missing, or size for a body too large to be read."""
    if (sent := request.FILES.get(field)) is not None:
        return sent
    if refused := int(request.META.get(REFUSED_BYTES, 0)):
        raise UploadRefused("size", size=refused, limit=settings.UPLOAD_MAX_BYTES)
    raise UploadRefused("missing")


def inspect(data: bytes) -> Inspection:
    """What the bytes are, read in a child process of 10 s and 512 MiB; a refusal stands in `refusal`.

    Raises UploadRefused("failed") when the machine cannot start one.
    """
    try:
        return child.inspect(data)
    except child.Overloaded as fault:
        raise UploadRefused("failed") from fault


def _scanned(data: bytes) -> str:
    """The verdict to keep with the file: not scanned, clean, or held while the scanner is silent (D4)."""
    if not antivirus.is_on():
        return StoredFile.Verdict.NOT_SCANNED
    try:
        infected = antivirus.signature_in(data)
    except antivirus.Unavailable:
        return StoredFile.Verdict.HELD
    if infected:
        raise UploadRefused("virus")
    return StoredFile.Verdict.CLEAN


def examine(
    sent: UploadedFile[bytes], *, limit: int = 5 * MEBIBYTE, types: Collection[str] = ALL_TYPES
) -> Examined:
    """The file, found acceptable (CON-062, CON-063). Writes nothing; takes 0.1 s to some seconds, so call it
    before the transaction that locks rows.

    limit: bytes, itself allowed; UPLOAD_MAX_BYTES caps it.
    types: accepted content types. Raises UploadRefused.
    """
    limit = min(limit, settings.UPLOAD_MAX_BYTES)
    size = sent.size or 0
    if size > limit:
        raise UploadRefused("size", size=size, limit=limit)
    sent.seek(0)
    data = sent.read()
    if not data:
        raise UploadRefused("empty")
    if type_of(data) not in types:
        raise UploadRefused("type", types=types)
    verdict = _scanned(data)
    found = inspect(data)
    if not found.accepted:
        raise UploadRefused(found.refusal, types=types)
    return Examined(name=(sent.name or "")[-LONGEST_NAME:], data=data, found=found, verdict=verdict)


@transaction.atomic
def keep(examined: Examined, *, owner: "User", purpose: str, at: datetime) -> StoredFile:
    """Keep an examined file, in the caller's transaction: the original sealed by its SHA-256, the clean copy
    beside it, both under random names (CON-068, CON-069).

    at: aware, the moment of receipt. Raises UploadRefused: quota, or failed when the bytes cannot be written.
    A transaction that rolls back leaves no row; its bytes are strays for `sweep_strays`.
    """
    used = StoredFile.objects.filter(owner=owner).aggregate(sum=Sum("size"))["sum"] or 0
    if used + len(examined.data) > settings.UPLOAD_QUOTA_BYTES:
        raise UploadRefused("quota", limit=settings.UPLOAD_QUOTA_BYTES)
    found = examined.found
    stored = StoredFile(
        owner=owner,
        purpose=purpose,
        original_name=examined.name,
        content_type=found.content_type,
        size=len(examined.data),
        sha256=hashlib.sha256(examined.data).hexdigest(),
        pages=found.pages,
        has_colour=found.has_colour,
        verdict=examined.verdict,
        uploaded_at=at,
    )
    try:
        stored.file.save(storage.random_name(found.content_type), ContentFile(examined.data), save=False)
        stored.served.save(storage.random_name(found.content_type), ContentFile(found.served), save=False)
    except OSError as fault:
        raise UploadRefused("failed") from fault
    stored.save(force_insert=True)
    return stored


def receive(
    sent: UploadedFile[bytes],
    *,
    owner: "User",
    purpose: str,
    at: datetime,
    limit: int = 5 * MEBIBYTE,
    types: Collection[str] = ALL_TYPES,
) -> StoredFile:
    """`examine` and `keep` in one: for a caller that holds no locks meanwhile. Raises UploadRefused."""
    return keep(examine(sent, limit=limit, types=types), owner=owner, purpose=purpose, at=at)


@dataclass(frozen=True)
class Streamed:
    """A large file in the private store: its name there, its size in bytes, its SHA-256."""

    name: str
    size: int
    sha256: str


def stream_in(sent: UploadedFile[bytes], folder: str, *, limit: int) -> Streamed:
    """Keep a large file of data, piece by piece, under a random name in `folder`; for staff's tables.

    It is neither parsed nor shown to anybody as a file: whoever reads it does so in a worker, with limits of
    its own. limit: bytes, itself allowed. Call it before the transaction that keeps the name; a row that is
    not written leaves a stray for `storage.sweep`. Raises UploadRefused: size, empty, virus, or failed when
    the scanner is silent or the bytes cannot be written.
    """
    size = sent.size or 0
    if size > limit:
        raise UploadRefused("size", size=size, limit=limit)
    digest, blank = hashlib.sha256(), True
    for piece in sent.chunks():
        digest.update(piece)
        blank = blank and not piece.strip()
    if blank:
        raise UploadRefused("empty")
    if antivirus.is_on():
        try:
            infected = antivirus.signature_among(sent.chunks())
        except antivirus.Unavailable as silent:
            raise UploadRefused("failed") from silent
        if infected:
            raise UploadRefused("virus")
    sent.seek(0)
    try:
        name = default_storage.save(f"{folder}/{secrets.token_hex(16)}", sent)
    except OSError as fault:
        raise UploadRefused("failed") from fault
    return Streamed(name, size, digest.hexdigest())


def may_be_shown(stored: StoredFile) -> bool:
    """Whether the bytes may be served: not while the scanner is awaited, nor when it found something (D4)."""
    return stored.verdict in (StoredFile.Verdict.CLEAN, StoredFile.Verdict.NOT_SCANNED)


def _served_bytes(stored: StoredFile) -> bytes:
    if not may_be_shown(stored):
        raise UploadRefused("virus" if stored.verdict == StoredFile.Verdict.INFECTED else "unreadable")
    return _bytes_of(stored.served)


def _bytes_of(kept: FieldFile) -> bytes:
    """The bytes of a private file; UploadRefused("unreadable") when the store has lost them."""
    try:
        with kept.open("rb") as opened:
            data: bytes = opened.read()
    except (OSError, ValueError) as fault:  # ValueError: the row names no file
        raise UploadRefused("unreadable") from fault
    return data


def page_picture(stored: StoredFile, page: int = 1, *, width: int = 1200) -> bytes:
    """PNG of one page (from 1) of the served copy, at most `width` (1 to 3000) pixels wide, for review.

    Drawn in the limited child. Raises UploadRefused: unreadable also when there is no such page.
    """
    return _asked("picture", _served_bytes(stored), page=page, width=max(1, min(width, 3000)))[1]


def paper_picture(paper: IssuedPaper, page: int = 1, *, width: int = 1200) -> bytes:
    """PNG of one page (from 1) of an issued paper, to be laid beside its scan. Raises UploadRefused."""
    data = _bytes_of(paper.file)
    return _asked("picture", data, page=page, width=max(1, min(width, 3000)))[1]


def qr_codes(data: bytes) -> list[tuple[int, str]]:
    """The QR codes of a scan as (page from 1, text), read in the limited child. Raises UploadRefused."""
    said, _nothing = _asked("codes", data)
    return [(int(page), str(text)) for page, text in said["codes"]]


def qr_marks(data: bytes) -> list[tuple[int, str, tuple[float, ...]]]:
    """The same with the place of each code: left, top, width, height as parts of the page from 0 to 1."""
    said, _nothing = _asked("marks", data)
    return [(int(page), str(text), tuple(float(part) for part in box)) for page, text, box in said["marks"]]


def served_marks(stored: StoredFile) -> list[tuple[int, str, tuple[float, ...]]]:
    """`qr_marks` of the copy that is shown to others. Raises UploadRefused."""
    return qr_marks(_served_bytes(stored))


def _asked(task: str, data: bytes, **arguments: int) -> tuple[dict[str, Any], bytes]:
    try:
        said, payload = child.ask(task, data, **arguments)
    except Refused as refused:
        raise UploadRefused(refused.code) from refused
    except child.Overloaded as fault:
        raise UploadRefused("failed") from fault
    if refusal := said.get("refusal"):
        raise UploadRefused(refusal)
    return said, payload


def _throw_away(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)


@transaction.atomic
def _settle(stored_id: str) -> None:
    """Ask the scanner again about one held file: it becomes clean, or its bytes are thrown away."""
    stored = StoredFile.objects.select_for_update().get(pk=stored_id)
    if stored.verdict != StoredFile.Verdict.HELD:
        return
    with stored.file.open("rb") as opened:
        infected = antivirus.signature_in(opened.read())
    if not infected:
        stored.verdict = StoredFile.Verdict.CLEAN
    else:
        names = [str(stored.file.name), str(stored.served.name)]
        stored.verdict, stored.file, stored.served = StoredFile.Verdict.INFECTED, "", ""
        transaction.on_commit(partial(_throw_away, names))
    stored.save(update_fields=["verdict", "file", "served"])


def scan_held() -> int:
    """Ask the scanner about the files it missed; returns how many were settled. May run twice."""
    settled = 0
    for stored_id in StoredFile.objects.filter(verdict=StoredFile.Verdict.HELD).values_list("pk", flat=True):
        try:
            _settle(str(stored_id))
        except antivirus.Unavailable:
            return settled
        settled += 1
    return settled


def sweep_strays(at: datetime) -> int:
    """Delete bytes over a day old that no row knows, left by acts that rolled back; returns how many."""

    def of(model: type[StoredFile] | type[IssuedPaper], field: str, names: list[str]) -> set[str]:
        return set(model._default_manager.filter(**{f"{field}__in": names}).values_list(field, flat=True))

    return (
        storage.sweep("originals", lambda names: of(StoredFile, "file", names), at=at)
        + storage.sweep("served", lambda names: of(StoredFile, "served", names), at=at)
        + storage.sweep("papers", lambda names: of(IssuedPaper, "file", names), at=at)
    )
