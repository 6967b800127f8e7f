"""Private files: a local folder, or an S3 store by setting, reached only through a view that asked."""

import secrets
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Final, TypeVar

from django.core.files.storage import Storage, default_storage
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

Response = TypeVar("Response", bound=HttpResponseBase)

# Younger bytes may belong to an act that has not been committed yet.
STRAY_AFTER: Final = timedelta(hours=24)
# A user's file is shown to nobody as a page of ours: it runs nothing, loads nothing, and no cache keeps it
# (D5, H5).
PRIVATE_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'self'",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}
EXTENSIONS: Final = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}


def random_name(content_type: str) -> str:
    """A name that tells nothing of the owner and cannot be guessed (128 bits): "9f…c2.pdf" (CON-068)."""
    return secrets.token_hex(16) + EXTENSIONS[content_type]


def made_private(response: Response) -> Response:
    """The response with the headers every private file carries."""
    for name, value in PRIVATE_HEADERS.items():
        response[name] = value
    return response


def attachment(stored: FieldFile, *, filename: str, content_type: str) -> FileResponse:
    """The file as a download; the caller has asked for permission before.

    filename: what the reader's machine will call it; without a person's name (ux §9).
    """
    opened = stored.storage.open(str(stored.name), "rb")
    response = FileResponse(opened, as_attachment=True, filename=filename, content_type=content_type)
    return made_private(response)


def picture(data: bytes) -> HttpResponse:
    """A PNG made by us of a private file, shown inside a page of ours."""
    return made_private(HttpResponse(data, content_type="image/png"))


def _files_under(storage: Storage, folder: str) -> Iterator[str]:
    """Names of all files in `folder` and the folders in it; none when it does not exist."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in files:
        if name:
            yield str(PurePosixPath(folder, name))
    for name in folders:
        yield from _files_under(storage, str(PurePosixPath(folder, name)))


def sweep(
    folder: str,
    known: Callable[[list[str]], Iterable[str]],
    *,
    at: datetime,
    storage: Storage = default_storage,
) -> int:
    """Delete the files of `folder` that no row knows and that are over a day old; returns how many.

    known: of the given names, those that stand in a row.
    at: aware; the age is measured against this or the machine's own time, whichever is earlier: a portal
    whose clock was moved forward would otherwise take an upload under way for an old stray.
    """
    before = min(at, timezone.now()) - STRAY_AFTER
    names = list(_files_under(storage, folder))
    kept = set(known(names))
    strays = [name for name in names if name not in kept and storage.get_modified_time(name) < before]
    for name in strays:
        storage.delete(name)
    return len(strays)
