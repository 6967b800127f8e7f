"""A ClamAV daemon for tests, on loopback: knows one signature, EICAR, and can be told to fall silent."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.kernel.files import EICAR


@dataclass
class Daemon:
    """What the tests see of it: its address, what it was shown, what it answers instead."""

    url: str = ""
    shown: list[bytes] = field(default_factory=list)
    answers_instead: bytes | None = None


@contextmanager
def daemon() -> Iterator[Daemon]:
    """A daemon that listens while the block runs."""
    state = Daemon()

    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            assert self.rfile.read(10) == b"zINSTREAM\0"
            data = b""
            while length := int.from_bytes(self.rfile.read(4), "big"):
                data += self.rfile.read(length)
            state.shown.append(data)
            verdict = b"stream: Eicar-Test-Signature FOUND" if EICAR in data else b"stream: OK"
            self.wfile.write((verdict if state.answers_instead is None else state.answers_instead) + b"\0")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation)
    server.daemon_threads = True
    listening = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    listening.start()
    state.url = f"tcp://127.0.0.1:{server.server_address[1]}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        listening.join()
