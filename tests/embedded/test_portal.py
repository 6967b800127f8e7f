"""The whole portal, started as a person starts it: it answers, mends itself, stops, recovers from kill -9."""

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from fees.models import FeeType
from tests import runfolders
from upt_portal.embedded import processes
from upt_portal.embedded.ports import free_port, listen
from upt_portal.embedded.surroundings import ROOT

PARTS = {"database", "broker", "web", "sandbox", "worker", "papers", "beat"}
PATIENCE = 900.0  # seconds; a start takes about six on a machine that does nothing else


class Running:
    """One `script/server` with its own run folder, and what it prints."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.environment = surroundings(folder)
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "upt_portal.embedded", "--no-demo", "--port", str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.environment,
            cwd=ROOT,
            bufsize=0,
        )
        assert self.process.stdout is not None
        self._output = self.process.stdout
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._output, selectors.EVENT_READ)

    def read_until(self, words: str) -> str:
        """The first line from here on that holds `words`; fails with all that was printed."""
        limit = time.monotonic() + PATIENCE
        while self._selector.select(max(0, limit - time.monotonic())) and (line := self._output.readline()):
            self.lines.append(line.decode().rstrip())
            if words in self.lines[-1]:
                return self.lines[-1]
        pytest.fail(f"never said {words!r}:\n" + "\n".join(self.lines))

    def state(self) -> dict[str, Any]:
        return json.loads((self.folder / "running.json").read_text())

    def get(self, path: str) -> int:
        connection = HTTPConnection("127.0.0.1", urlsplit(self.state()["address"]).port or 0, timeout=30)
        connection.request("GET", path)
        return connection.getresponse().status

    def beside(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What another process of the same person says."""
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self._selector.close()
        self._output.close()


def surroundings(folder: Path) -> dict[str, str]:
    """As at a person's terminal: without the servers and the settings of the tests."""
    mine = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    given = {name: value for name, value in os.environ.items() if name not in mine}
    return {**given, "RUN_DIR": str(folder), "WEB_CONCURRENCY": "1", "PAPER_WORKERS": "1"}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """What a portal of the journeys left, or nothing yet."""
    path = tmp_path / "run folder"
    runfolders.take_over(path)
    yield path
    shutil.rmtree(path, ignore_errors=True)  # a database and a broker's memory: too much to be kept


def all_gone(parts: dict[str, list[int]]) -> bool:
    return all(processes.started_at(pid) != born for pid, born in parts.values())


@pytest.mark.django_db
def test_it_recovers_from_kills_and_stops_without_a_trace(folder: Path) -> None:
    with listen(free_port()) as taken:
        port = taken.getsockname()[1]
        first = Running(folder, port)
        try:
            mends_a_killed_worker(first, port)
            parts = first.state()["parts"]
            first.process.send_signal(signal.SIGSTOP)  # so that it cannot stop the others in order
            os.kill(parts["broker"][0], signal.SIGKILL)
        finally:
            first.end()  # kill -9
    assert processes.wait_until(lambda: all_gone(parts), seconds=processes.GRACE + 15)

    second = Running(folder, port)
    try:
        second.read_until(f"The portal runs at http://localhost:{port}/")
        refuses_a_twin(second)
        lends_its_database(second)
        last = second.state()["parts"]
        second.process.send_signal(signal.SIGINT)
        second.read_until("The portal has stopped.")
        assert second.process.wait() == 0
    finally:
        second.end()
    assert all_gone(last)
    assert set(json.loads((folder / "running.json").read_text())) == {"ports"}


def mends_a_killed_worker(portal: Running, busy_port: int) -> None:
    portal.read_until(f"Port {busy_port} is taken: the portal uses")
    portal.read_until("The portal runs at")
    assert set(portal.state()["parts"]) == PARTS
    assert (portal.get("/healthz"), portal.get("/readyz")) == (200, 200)
    os.kill(portal.state()["parts"]["worker"][0], signal.SIGKILL)
    assert portal.read_until("worker was") == "worker was ended by signal 9: starting it again"
    assert portal.get("/readyz") == 200


def refuses_a_twin(portal: Running) -> None:
    twin = portal.beside("upt_portal.embedded")
    assert twin.returncode == 1
    address = portal.state()["address"]
    assert f"already runs at {address} (process {portal.process.pid})" in twin.stdout


def lends_its_database(portal: Running) -> None:
    code = "from fees.models import FeeType; print('kinds:', FeeType.objects.count())"
    command = portal.beside("upt_portal.embedded.command", "shell", "--verbosity", "0", "-c", code)
    assert f"kinds: {FeeType.objects.count()}" in command.stdout, command.stderr
