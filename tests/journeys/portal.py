"""The real portal, started by its own runner for the journeys, and a look into its records."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from environ import Env

from upt_portal.embedded import processes
from upt_portal.embedded.ports import free_port
from upt_portal.embedded.surroundings import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import StorageState

    Unblock = Callable[[], AbstractContextManager[None]]

Found = TypeVar("Found")
PATIENCE = 900.0  # seconds: the first start makes the demonstration university, on a machine that is busy
READY = "The portal runs at "


class Portal:
    """One `script/server` with its own run folder: database, broker, web, workers, clock, card sandbox."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self.address = ""
        self.sessions: dict[str, StorageState] = {}
        self._ready = threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "upt_portal.embedded", "--port", str(free_port())],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_surroundings(folder),
            cwd=ROOT,
            text=True,
            errors="replace",
            preexec_fn=processes.die_with_parent(signal.SIGTERM),
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip())
            if READY in line:
                self._ready.set()
        self._ready.set()  # it ended: nobody waits any longer

    def wait(self, unblock: "Unblock" = nullcontext) -> None:
        """Until it serves pages. Raises RuntimeError with all it said when it does not.

        unblock: opens the way to a database where a test run keeps it closed.
        """
        if not self._ready.wait(PATIENCE) or self._process.poll() is not None:
            raise RuntimeError("the portal did not start:\n" + "\n".join(self.lines))
        self.started_at = datetime.now(UTC)
        self.address = self._state()["address"]
        self.records = Records(self._state()["surroundings"]["DATABASE_URL"], unblock)

    def _state(self) -> dict[str, Any]:
        return json.loads((self.folder / "running.json").read_text())

    def said(self) -> list[str]:
        """What it said since it runs; all of it when it never did."""
        ready = next((n for n, line in enumerate(self.lines, 1) if READY in line), 0)
        return self.lines[ready:]

    def stop(self) -> None:
        """As Ctrl-C does; by force when that takes longer than half a minute."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reader.join(5)

    def mails_to(self, address: str) -> list[EmailMessage]:
        """What lies in the folder of sent mail for one reader, oldest first."""
        found = []
        for path in sorted((self.folder / "mail").glob("*.log"), key=lambda path: path.stat().st_mtime_ns):
            found += [mail for mail in _mails_in(path) if mail["To"] == address]
        return found


def _surroundings(folder: Path) -> dict[str, str]:
    """As at a person's terminal: without the servers and the settings of the tests."""
    mine = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "SECRET_KEY", "CLOCK_OFFSET_DAYS"}
    given = {name: value for name, value in os.environ.items() if name not in mine}
    return {**given, "RUN_DIR": str(folder), "PAPER_WORKERS": "1", "WEB_CONCURRENCY": "1"}


def _mails_in(path: Path) -> list[EmailMessage]:
    """The backend writes one file a process, messages apart by a line of dashes."""
    parts = re.split(rb"^-{79}\n", path.read_bytes(), flags=re.MULTILINE)
    return [message_from_bytes(part, policy=policy.default) for part in parts if part.strip()]


class Records:
    """Reads the running portal's database through the portal's own models.

    On a thread of its own: the browser's loop owns the tests' thread, and connections belong to threads.
    """

    def __init__(self, url: str, unblock: "Unblock") -> None:
        self._url, self._unblock = url, unblock
        self._thread = ThreadPoolExecutor(max_workers=1, initializer=self._connect)

    def _connect(self) -> None:
        default = connections["default"]
        wanted = {**default.settings_dict, **Env.db_url_config(self._url)}
        assert isinstance(default, BaseDatabaseWrapper)
        connections["default"] = type(default)(wanted, "default")
        connections["default"].set_autocommit(True)

    def ask(self, question: Callable[[], Found]) -> Found:
        """The answer to a question asked of the models; a lazy list is to be read inside it."""
        with self._unblock():
            return self._thread.submit(question).result()

    def close(self) -> None:
        """Leave the database."""
        self.ask(lambda: connections["default"].close())
        self._thread.shutdown()
