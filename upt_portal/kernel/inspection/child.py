"""The parent's side: starts the child for one file, waits, and reads what it answered."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Final

from upt_portal.kernel.inspection.findings import WALL_SECONDS, Inspection, Refused

KERNEL: Final = Path(__file__).resolve().parent.parent
# The packages above are given as bare names, so that the child loads neither Django nor Celery: 0.06 s, not
# 0.6 s.
START: Final = """
import sys, types
for name, folder in zip(("upt_portal", "upt_portal.kernel"), sys.argv[1:3]):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [folder]
from upt_portal.kernel.inspection.program import main
main()
"""
AT_ONCE: Final = 2
_places = threading.BoundedSemaphore(AT_ONCE)


class Overloaded(Exception):
    """No place for another inspection came free in time, or the machine could not start one."""


def _environment() -> dict[str, str]:
    """What the child may know: no keys, no addresses of databases."""
    return {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}


def _ran(question: dict[str, Any], data: bytes) -> tuple[int, bytes]:
    """Exit status and output of one child; killed after 30 s by the clock on the wall."""
    # -I: neither the environment nor the current folder can put other code in the child's way.
    command = [sys.executable, "-I", "-c", START, str(KERNEL.parent), str(KERNEL)]
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answered:
        asked.write(json.dumps(question).encode() + b"\n" + data)
        asked.seek(0)
        child = subprocess.Popen(
            command,
            stdin=asked,
            stdout=answered,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            close_fds=True,
        )
        try:
            status = child.wait(timeout=WALL_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            status = child.wait()
        answered.seek(0)
        return status, answered.read()


def ask(task: str, data: bytes, **arguments: Any) -> tuple[dict[str, Any], bytes]:
    """What the child says and the bytes it gives. Raises Refused (also of a killed child), Overloaded."""
    if not _places.acquire(timeout=WALL_SECONDS):
        raise Overloaded("no place came free")
    try:
        status, output = _ran({"task": task, **arguments}, data)
    except OSError as fault:
        raise Overloaded(str(fault)) from fault
    finally:
        _places.release()
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        raise Refused("bomb", "over the limits of time")
    if status != 0:
        raise Refused("unreadable", f"the reader ended with {status}")
    line, _newline, payload = output.partition(b"\n")
    said: dict[str, Any] = json.loads(line)
    return said, payload


def inspect(data: bytes) -> Inspection:
    """What the file is; a refusal is a value here, `Inspection.refusal`. Raises Overloaded."""
    try:
        said, served = ask("inspect", data)
    except Refused as refused:
        return Inspection(refusal=refused.code, detail=refused.detail)
    sizes = tuple((int(width), int(height)) for width, height in said.pop("sizes", ()))
    return Inspection(**{**said, "sizes": sizes, "active": tuple(said.pop("active", ())), "served": served})
