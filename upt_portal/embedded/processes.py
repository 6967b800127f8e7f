"""Child processes that never outlive the portal, and what the kernel says of them (Linux)."""

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)  # loaded here: nothing may be imported between fork and exec
LIBC.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
_PR_SET_PDEATHSIG = 1


class StartFailed(Exception):
    """A part of the portal could not start; the text is a sentence for the person at the terminal."""


def die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """What a child does before exec, so that it gets signal `number` when this process ends, even by kill -9.

    The kernel sends it when the *thread* that forked ends: start children from the main thread only.
    """
    parent = os.getpid()

    def in_child() -> None:
        LIBC.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # the parent ended before the call above
            os._exit(1)

    return in_child


#: Seconds for a request or a paper in hand to be finished.
GRACE = 15.0


def end_after(parent: int) -> None:
    """Let this process outlive `parent`, which started it, by `GRACE` seconds at the most.

    A signal is no more than a wish: a Celery worker that lost its broker too would wait for it for ever. A
    thread looks every half second; at the end it kills the whole session that this process leads.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        time.sleep(GRACE)
        kill_session(os.getpid())

    threading.Thread(target=watch, name="end with the keeper", daemon=True).start()


def yield_to_others() -> None:
    """Take processor time only after those who did not call this; for a child of its own session."""
    os.nice(5)
    try:  # desktops weigh whole sessions against each other first
        Path("/proc/self/autogroup").write_text("5")
    except OSError:
        return


def started_at(pid: int) -> int | None:
    """When process `pid` started, in clock ticks since boot; None when it is gone or only to be reaped.

    With the pid it names one process for good: a pid alone is used again by others.
    """
    try:
        stat = Path("/proc", str(pid), "stat").read_text()
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()  # the name before it may hold spaces and brackets
    return None if state in "ZX" else int(fields[18])


def working_in(folder: Path, name: str) -> list[int]:
    """Living processes called `name` whose working folder is `folder`."""
    return [pid for pid in _pids() if _is_working_in(pid, folder, name)]


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _is_working_in(pid: int, folder: Path, name: str) -> bool:
    entry = Path("/proc", str(pid))
    try:
        same = (entry / "comm").read_text().strip() == name and (entry / "cwd").readlink() == folder
    except OSError:  # ended meanwhile, or of another user
        return False
    return same and started_at(pid) is not None


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Whether `condition` became true within `seconds`; asked every 20 ms."""
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            return False
        time.sleep(0.02)
    return True


def stop(process: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float]) -> None:
    """End `process`: each signal with its patience in seconds, then SIGKILL for its whole session."""
    for number, patience in steps:
        if process.poll() is not None:
            break
        process.send_signal(number)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
    kill_session(process.pid)
    process.wait()


def kill_session(pid: int) -> None:
    """SIGKILL to every process of the group that `pid` leads; nothing when none is left."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
