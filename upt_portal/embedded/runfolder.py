"""The folder of one running portal (`.run`): who holds it, what runs in it, what an earlier run left."""

import fcntl
import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from upt_portal.embedded import processes
from upt_portal.embedded.processes import StartFailed


class AlreadyRunning(StartFailed):
    """Another process holds the folder; `state` is what it wrote about itself."""

    def __init__(self, folder: Path, state: Mapping[str, Any]) -> None:
        self.state = state
        where = (
            f"runs at {state['address']}" if "address" in state else "is starting, or a command works on it"
        )
        super().__init__(f"The portal of {folder} already {where} (process {state.get('pid', 'unknown')}).")


class RunFolder:
    """Held by at most one process; the kernel lets go when the holder ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._state_file = path / "running.json"
        self._lock: int | None = None

    def hold(self, *, wait: bool = False) -> None:
        """Take the folder, or wait for it; raises AlreadyRunning unless waiting."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)  # keys, papers and scans of students lie below
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            os.close(lock)
            raise AlreadyRunning(self.path, self.state()) from None
        self._lock = lock

    def let_go(self) -> None:
        """Give the folder back after a clean stop; the ports stay noted, for the next start."""
        if self._lock is not None:
            self.note({"ports": self.ports()})
            os.close(self._lock)
            self._lock = None

    def note(self, state: Mapping[str, Any]) -> None:
        """Write what runs here, whole or not at all; only its owner reads it: addresses hold a password."""
        draft = self.path / "running.json.new"
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(state, indent=1))
        draft.replace(self._state_file)

    def state(self) -> dict[str, Any]:
        """What was last noted; empty when nothing was, or when it cannot be read."""
        try:
            state = json.loads(self._state_file.read_text())
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def ports(self) -> dict[str, int]:
        """The ports of last time, by the name of their part: addresses that people noted stay true."""
        return dict(self.state().get("ports", {}))

    def clear_leftovers(self) -> list[str]:
        """End what an earlier run, itself killed, could not stop; the names of those parts."""
        left = {name: pid for name, (pid, born) in _noted(self.state()) if processes.started_at(pid) == born}
        for pid in left.values():
            _signal_session(pid)
        if not processes.wait_until(lambda: not any(map(processes.started_at, left.values())), seconds=10):
            for pid in left.values():
                processes.kill_session(pid)
        return list(left)


def _noted(state: Mapping[str, Any]) -> list[tuple[str, tuple[int, int]]]:
    return [(name, (int(pid), int(born))) for name, (pid, born) in state.get("parts", {}).items()]


def _signal_session(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGTERM)
    except (ProcessLookupError, PermissionError):
        return
