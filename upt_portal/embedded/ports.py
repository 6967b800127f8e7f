"""Free ports of this machine: two checkouts may run at the same time."""

import errno
import socket

LOOPBACK = "127.0.0.1"


def listen(first: int, *, tries: int = 50) -> socket.socket:
    """A socket listening on 127.0.0.1, on port `first` or the next free one after it.

    It is handed to the web server open, so nobody can take the port between asking and starting.
    Raises OSError when none of `tries` ports is free.
    """
    for port in range(first, first + tries):
        candidate = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((LOOPBACK, port))
            candidate.listen(128)
        except OSError as refused:
            candidate.close()
            if refused.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
        else:
            return candidate
    raise OSError(errno.EADDRINUSE, f"no free port between {first} and {first + tries - 1}")


def free_port(preferred: int = 0) -> int:
    """`preferred` when nobody listens there, otherwise a port that the kernel picks."""
    for port in (preferred, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
                probe.listen(1)
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError(errno.EADDRINUSE, "the machine has no free port")
