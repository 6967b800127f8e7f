"""A light client: keep-alive connections that send prepared requests one after another."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode


@dataclass
class Outcome:
    """What came back. seconds: from the first request to the last answer."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return sum(self.statuses.values()) / self.seconds

    def percentile(self, share: float) -> float:
        """The time within which `share` of the answers came, in milliseconds."""
        ordered = sorted(self.slowest)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def post(path: str, form: Sequence[tuple[str, str]], cookies: dict[str, str]) -> bytes:
    """A POST as a browser sends it."""
    body = urlencode(form).encode()
    return _request("POST", path, cookies, body)


def get(path: str, cookies: dict[str, str]) -> bytes:
    """A GET as a browser sends it."""
    return _request("GET", path, cookies, b"")


def _request(method: str, path: str, cookies: dict[str, str], body: bytes) -> bytes:
    jar = "; ".join(f"{name}={value}" for name, value in cookies.items())
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {jar}\r\n"
    if body:
        head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    return (head + "\r\n").encode() + body


def run(port: int, requests: Sequence[bytes], connections: int) -> Outcome:
    """Send all requests over so many connections at once, as fast as the answers come."""
    return asyncio.run(_run(port, requests, connections))


async def _run(port: int, requests: Sequence[bytes], connections: int) -> Outcome:
    outcome, queue = Outcome(), iter(requests)
    began = time.perf_counter()
    await asyncio.gather(*(_worker(port, queue, outcome) for _n in range(connections)))
    outcome.seconds = time.perf_counter() - began
    return outcome


async def _worker(port: int, queue: "object", outcome: Outcome) -> None:
    reader = writer = None
    for request in queue:  # type: ignore[attr-defined]
        sent = time.perf_counter()
        for _attempt in range(3):
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(request)
                status, keep = await _answer(reader)
                break
            except (ConnectionError, asyncio.IncompleteReadError):
                writer = None
        else:
            status, keep = 0, False
        outcome.statuses[status] += 1
        outcome.slowest.append(time.perf_counter() - sent)
        if not keep and writer is not None:
            writer.close()
            writer = None


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head.split(b" ", 2)[1])
    if b"content-length:" in head:
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
    return status, b"connection: close" not in head
