"""Bodies that are too large: counted, not kept; what else was typed arrives (reliability D2)."""

import io
import tracemalloc

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from upt_portal.kernel import uploads
from upt_portal.kernel.upload_handler import PATIENCE, TooLargeFile, takes_files_of
from upt_portal.kernel.uploads import UploadRefused

BOUNDARY = "----form"
LIMIT = 1_000_000


@pytest.fixture(autouse=True)
def _limit(settings: object) -> None:
    settings.UPLOAD_MAX_BYTES = LIMIT


class Endless(io.RawIOBase):
    """A body made while it is read, so that only what the portal keeps takes memory."""

    def __init__(self, start: bytes, filler: int, end: bytes) -> None:
        self.parts, self.filler, self.taken = [start, end], filler, 0
        self.length = len(start) + filler + len(end)

    def read(self, size: int = -1) -> bytes:
        if self.parts and len(self.parts) == 2:
            given = self.parts.pop(0)
        elif self.filler:
            given = b"x" * min(self.filler, 65536 if size < 0 else size)
            self.filler -= len(given)
        else:
            given = self.parts.pop() if self.parts else b""
        self.taken += len(given)
        return given


def field(name: str, value: str) -> bytes:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def file_start(name: str) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{name}"; filename="anexa.pdf"'
    return f"--{BOUNDARY}\r\n{disposition}\r\nContent-Type: application/pdf\r\n\r\n".encode()


def posted(size: int) -> tuple[HttpRequest, Endless]:
    body = Endless(
        field("before", "da") + file_start("scan"),
        size,
        b"\r\n" + field("after", "nu") + f"--{BOUNDARY}--\r\n".encode(),
    )
    return RequestFactory().request(
        **{
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}",
            "CONTENT_LENGTH": str(body.length),
            "wsgi.input": body,
        }
    ), body


def test_a_file_at_the_limit_arrives_whole() -> None:
    request, _body = posted(LIMIT)
    assert len(uploads.chosen(request, "scan").read()) == LIMIT
    assert (request.POST["before"], request.POST["after"]) == ("da", "nu")


def test_one_byte_more_is_counted_and_let_go() -> None:
    request, _body = posted(LIMIT + 1)
    found = uploads.chosen(request, "scan")
    assert (type(found), found.size, found.read(), found.name) == (TooLargeFile, LIMIT + 1, b"", "anexa.pdf")
    assert (request.POST["before"], request.POST["after"]) == ("da", "nu")
    with pytest.raises(UploadRefused) as caught:
        uploads.examine(found)
    assert (caught.value.code, caught.value.size) == ("size", LIMIT + 1)


def test_a_body_far_too_large_is_not_even_read() -> None:
    request, body = posted(PATIENCE * LIMIT + 1)
    with pytest.raises(UploadRefused) as caught:
        uploads.chosen(request, "scan")
    assert (caught.value.code, caught.value.size) == ("size", body.length)
    assert request.POST["before"] == "da"
    assert body.taken < LIMIT


def test_a_large_body_takes_no_memory() -> None:
    request, body = posted(9 * LIMIT)
    tracemalloc.start()
    try:
        assert uploads.chosen(request, "scan").size == 9 * LIMIT
        assert tracemalloc.get_traced_memory()[1] < 4 * LIMIT
    finally:
        tracemalloc.stop()
    assert body.taken == body.length


def test_a_page_that_takes_large_files_holds_none_in_memory() -> None:
    """The form's field arrives, the file waits on the disk whole, and memory stays that of a few pieces."""
    size = 8 * LIMIT
    seen = []

    @takes_files_of(size)
    def page(request: HttpRequest) -> HttpResponse:
        found = uploads.chosen(request, "scan")
        pieces = [len(piece) for piece in found.chunks()]
        seen.append((type(found) is TooLargeFile, found.size, sum(pieces), max(pieces, default=0)))
        return HttpResponse(request.POST["after"])

    for length in (size, size + 1):
        request, _body = posted(length)
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        tracemalloc.start()
        try:
            assert page(request).content == b"nu"
            assert tracemalloc.get_traced_memory()[1] < LIMIT
        finally:
            tracemalloc.stop()
    assert seen == [(False, size, size, 65536), (True, size + 1, 0, 0)]


def test_many_files_together_have_room_for_four() -> None:
    parts = b"".join(file_start(f"scan{n}") + b"x" * (LIMIT - 10) + b"\r\n" for n in range(6))
    body = parts + f"--{BOUNDARY}--\r\n".encode()
    request = RequestFactory().generic("POST", "/", body, f"multipart/form-data; boundary={BOUNDARY}")
    kinds = [type(request.FILES[f"scan{n}"]) is TooLargeFile for n in range(6)]
    assert kinds == [False, False, False, False, True, True]


def test_nothing_chosen() -> None:
    with pytest.raises(UploadRefused) as caught:
        uploads.chosen(RequestFactory().post("/", {"a": "b"}), "scan")
    assert caught.value.code == "missing"
