"""Keeps the portal's processes: starts them, prints what they say, restarts a killed worker, stops all."""

import os
import selectors
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, NoReturn, Self

from upt_portal.embedded import processes

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_DELIBERATE = 1.0  # seconds after which another signal is a second wish, not the first one passed on twice
_RESTARTS, _WITHIN = 5, 60.0  # a worker killed more often than this, in seconds, is ill

Say = Callable[[str], None]


class Stopped(Exception):
    """Someone asked the portal to stop: Ctrl-C, SIGTERM, or the terminal closed."""


class Ended(Exception):
    """A part that should run ended by itself; the text names it."""


@dataclass(frozen=True)
class Service:
    """A part to run: its command and surroundings.

    restarted: a kill of it is mended, not the end of the portal. background: pages go first.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path | None = None
    restarted: bool = False
    background: bool = False
    open_files: tuple[int, ...] = ()


@dataclass
class _Child:
    name: str
    process: subprocess.Popen[bytes]
    service: Service | None = None  # None: an embedded server, which its own class stops
    output: IO[bytes] | None = None
    unfinished: bytes = b""
    restarts: deque[float] = field(default_factory=deque)


class Supervisor:
    """Used as a context: on leaving, whatever the reason, every service that it started is ended.

    say: writes one line for the person at the terminal. noted: told the living parts at each change.
    """

    def __init__(self, say: Say, noted: Callable[[Mapping[str, int]], None] = lambda parts: None) -> None:
        self._say = say
        self._noted = noted
        self._children: list[_Child] = []
        self._asked: list[float] = []
        self._selector = selectors.DefaultSelector()
        self._before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> Self:
        self._wake_out, self._wake_in = os.pipe()
        for end in (self._wake_out, self._wake_in):
            os.set_blocking(end, False)
        self._selector.register(self._wake_out, selectors.EVENT_READ)
        self._wakeup_before = signal.set_wakeup_fd(self._wake_in, warn_on_full_buffer=False)
        heard = [number for number in _SIGNALS if number != signal.SIGHUP or not _under_nohup()]
        self._before = {number: signal.signal(number, self._note_signal) for number in heard}
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda number, frame: None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        signal.set_wakeup_fd(self._wakeup_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._selector.close()
        os.close(self._wake_out)
        os.close(self._wake_in)

    def start(self, service: Service) -> None:
        """Start one part; its lines appear under its name."""
        self._children.append(self._launch(service))
        self._tell_parts()

    def watch(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """An embedded server: its end ends the run; its own class stops it."""
        self._children.append(_Child(name, process))
        self._tell_parts()

    def finish(self, service: Service) -> None:
        """Run one part to its end. Raises Ended unless it succeeds, Stopped when asked to stop meanwhile."""
        child = self._launch(service)
        self._children.append(child)
        while child in self._children:
            self._turn(passing=child)

    def run(self) -> NoReturn:
        """Keep all parts running; left only by Stopped or Ended."""
        while True:
            self._turn()

    def check(self) -> None:
        """Raises Stopped when someone asked to stop during work that did not come through here."""
        if self._asked:
            raise Stopped

    def stop(self) -> None:
        """End every service at once, politely; after 15 s, or at a second Ctrl-C, by force."""
        services = [child for child in self._children if child.service]
        for child in services:
            if child.process.poll() is None:
                child.process.terminate()
        began = time.monotonic()
        while any(child.process.poll() is None for child in services):
            if time.monotonic() > began + processes.GRACE or any(
                at > began + _DELIBERATE for at in self._asked
            ):
                late = ", ".join(child.name for child in services if child.process.poll() is None)
                self._say(f"ending by force: {late}")
                break
            self._forward(timeout=began + processes.GRACE - time.monotonic())
        for child in services:
            processes.kill_session(child.process.pid)
            child.process.wait()
            self._drain(child)  # its last words were written after the last look
            self._forget(child)
        self._children.clear()

    def _launch(self, service: Service) -> _Child:
        die = processes.die_with_parent(signal.SIGTERM)

        def prepare() -> None:
            die()
            if service.background:
                processes.yield_to_others()

        process = subprocess.Popen(
            service.command,
            env=dict(service.environment),
            cwd=service.folder,
            pass_fds=service.open_files,
            preexec_fn=prepare,
            start_new_session=True,  # Ctrl-C reaches this process alone, which stops the others in order
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        child = _Child(service.name, process, service, process.stdout)
        if child.output:
            os.set_blocking(child.output.fileno(), False)
            self._selector.register(child.output, selectors.EVENT_READ, child)
        return child

    def _turn(self, passing: _Child | None = None) -> None:
        """Wait for the next event and deal with it. passing: the child that may end, with success."""
        self._forward()
        self.check()
        for child in [child for child in self._children if child.process.poll() is not None]:
            self._drain(child)
            if child is passing and child.process.returncode == 0:
                self._forget(child)
                self._children.remove(child)
            else:
                self._after_end(child)

    def _after_end(self, child: _Child) -> None:
        code = child.process.returncode
        processes.kill_session(child.process.pid)  # its own children: a killed Celery leaves its pool behind
        how = f"was ended by signal {-code}" if code < 0 else f"ended by itself with exit code {code}"
        if not (child.service and child.service.restarted and code < 0) or self._restarted_too_often(child):
            raise Ended(f"{child.name} {how}")
        self._say(f"{child.name} {how}: starting it again")
        self._forget(child)
        self._children.remove(child)
        again = self._launch(child.service)
        again.restarts = child.restarts
        self._children.append(again)
        self._tell_parts()

    def _restarted_too_often(self, child: _Child) -> bool:
        now = time.monotonic()
        child.restarts.append(now)
        while child.restarts[0] < now - _WITHIN:
            child.restarts.popleft()
        return len(child.restarts) > _RESTARTS

    def _tell_parts(self) -> None:
        self._noted({child.name: child.process.pid for child in self._children})

    def _note_signal(self, number: int, frame: FrameType | None) -> None:
        self._asked.append(time.monotonic())

    def _forward(self, timeout: float | None = None) -> None:
        """Wait for output, a signal or a child's end; pass the output on, whole lines at a time."""
        for key, _ in self._selector.select(timeout):
            if key.data is None:
                os.read(self._wake_out, 4096)
            else:
                self._read(key.data)

    def _read(self, child: _Child) -> bool:
        """Say what the child has written; whether there may be more."""
        if child.output is None:
            return False
        try:
            part = os.read(child.output.fileno(), 65536)
        except BlockingIOError:
            return False
        *lines, child.unfinished = (child.unfinished + part).split(b"\n")
        if not part:
            lines.append(child.unfinished)
            self._forget(child)
        for line in filter(None, lines):
            self._say(f"{child.name:<8} | {line.decode(errors='replace').rstrip()}")
        return bool(part)

    def _drain(self, child: _Child) -> None:
        while self._read(child):
            pass

    def _forget(self, child: _Child) -> None:
        if child.output is not None:
            self._selector.unregister(child.output)
            child.output.close()
            child.output = None


def _under_nohup() -> bool:
    """Whether the portal was started so as to outlive its terminal."""
    return signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
