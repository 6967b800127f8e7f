"""How a file arrives: counted piece by piece, kept up to the limit, the other fields kept always."""

import io
import tempfile
from collections.abc import Callable
from functools import wraps
from typing import IO, Any, Final

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

# A body a little too large is read to its end, so that the browser listens to the answer; beyond this many
# times the limit the connection is closed instead.
PATIENCE: Final = 10
FILES_AT_ONCE: Final = 4
REFUSED_BYTES: Final = "portal.upload_refused_bytes"


class TooLargeFile(UploadedFile[bytes]):
    """A file whose bytes were counted and let go: only its name and its size are known."""


class CappedUploadHandler(FileUploadHandler):
    """Keeps files in memory up to UPLOAD_MAX_BYTES each and four times that in all (D2).

    What is larger arrives in `request.FILES` as `TooLargeFile`, with its true size, so that the form can be
    shown again with everything that was typed and the refusal can name the figure.
    """

    request: HttpRequest
    own_limit = 0  # bytes; 0 takes that of the settings

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.limit = self.own_limit or int(settings.UPLOAD_MAX_BYTES)
        self.room = FILES_AT_ONCE * self.limit
        self.body = 0

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        self.body = content_length

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.body > PATIENCE * self.limit:
            self.request.META[REFUSED_BYTES] = self.body
            raise StopUpload(connection_reset=True)
        self.kept: IO[bytes] | None = self.opened()

    def opened(self) -> IO[bytes]:
        """Where the bytes of the next file are kept."""
        return io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if self.kept is not None:
            if start + len(raw_data) > min(self.limit, self.room):
                self.kept.close()
                self.kept = None
            else:
                self.kept.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> UploadedFile[bytes]:
        if self.kept is None:
            return TooLargeFile(io.BytesIO(), self.file_name, self.content_type, file_size, self.charset)
        self.room -= file_size
        self.kept.seek(0)
        return self.completed(self.kept, file_size)

    def completed(self, kept: IO[bytes], size: int) -> UploadedFile[bytes]:
        """The file as the form sees it."""
        return InMemoryUploadedFile(
            kept, self.field_name, self.file_name or "", self.content_type, size, self.charset
        )


class DiskUploadHandler(CappedUploadHandler):
    """The same for large files: they wait on the disk under no name, gone with the request, one at a time.

    Read them by `chunks()`: then a file of any size takes the memory of one piece.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.room = self.limit

    def opened(self) -> IO[bytes]:
        return tempfile.TemporaryFile()

    def completed(self, kept: IO[bytes], size: int) -> UploadedFile[bytes]:
        return UploadedFile(kept, self.file_name, self.content_type, size, self.charset)


def takes_files_of(limit: int) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Have a page take a file of `limit` bytes instead of UPLOAD_MAX_BYTES; a view's outermost decorator.

    The file waits on the disk, not in memory. The limit must be set before the form is read, and Django's own
    check of the form's token reads it; so the token is checked here, once the limit is set.
    """

    class Handler(DiskUploadHandler):
        own_limit = limit

    def decorated(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        checked = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def larger(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            request.upload_handlers = [Handler(request)]
            return checked(request, *args, **kwargs)

        return larger

    return decorated
