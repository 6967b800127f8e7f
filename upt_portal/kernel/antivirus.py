"""Asking a ClamAV daemon about a file; off unless CLAMD_URL is set.

Spoken here directly, in the daemon's own stream form: forty lines, with time limits that a web request
can bear.
"""

import socket
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

TIMEOUT_SECONDS: Final = 10.0
PIECE: Final = 64 * 1024


class Unavailable(Exception):
    """The scanner did not answer, or not in words that say clean or infected."""


def is_on() -> bool:
    """Whether a scanner is configured."""
    return bool(settings.CLAMD_URL)


def _connected(url: str) -> socket.socket:
    """A connection to tcp://host:port or unix:///path."""
    address = urlsplit(url)
    if address.scheme == "unix":
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        channel.settimeout(TIMEOUT_SECONDS)
        channel.connect(address.path)
        return channel
    return socket.create_connection((address.hostname or "127.0.0.1", address.port or 3310), TIMEOUT_SECONDS)


def _said(pieces: Iterable[bytes]) -> str:
    with _connected(settings.CLAMD_URL) as channel:
        channel.settimeout(TIMEOUT_SECONDS)
        channel.sendall(b"zINSTREAM\0")
        for piece in pieces:
            if piece:  # an empty one would end the stream
                channel.sendall(len(piece).to_bytes(4, "big") + piece)
        channel.sendall(b"\0\0\0\0")
        heard = b""
        while not heard.endswith(b"\0") and len(heard) < 1024:
            more = channel.recv(1024)
            if not more:
                break
            heard += more
    return heard.rstrip(b"\0").decode("utf-8", "replace").strip()


def signature_in(data: bytes) -> str:
    """The name of the virus found in `data`, or "" when it is clean. Raises Unavailable."""
    return signature_among(data[start : start + PIECE] for start in range(0, len(data), PIECE))


def signature_among(pieces: Iterable[bytes]) -> str:
    """The same for a file that comes in pieces, so that none of it is held. Raises Unavailable.

    A file larger than the daemon's StreamMaxLength is one it does not answer about.
    """
    try:
        said = _said(pieces)
    except OSError as fault:
        raise Unavailable(str(fault)) from fault
    if said.endswith(" FOUND"):
        return said.removeprefix("stream: ").removesuffix(" FOUND")
    if said == "stream: OK":
        return ""
    raise Unavailable(said or "no answer")
