"""PostgreSQL refuses to run as root: who it runs as instead, without opening any folder to others."""

import ctypes
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from upt_portal.embedded.processes import LIBC

NOBODY = 65534  # has a line in the passwd file of every Debian and Ubuntu; PostgreSQL insists on one
_CLONE_NEWUSER = 0x10000000
_PR_SET_SECUREBITS, _NO_SETUID_FIXUP = 28, 1 << 2
_PR_CAP_AMBIENT, _RAISE = 47, 2
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION = 0x20080522

Preparation = Callable[[], None]


def unprivileged(program: Path, *folders: Path) -> Preparation:
    """What a child does before exec so that `program` does not see itself as root; it will own `folders`.

    An ordinary user stays who it is. Root becomes `nobody` inside a user namespace, where its files keep
    belonging to root; where the kernel forbids namespaces (locked containers) it becomes uid 65534.
    """
    if os.geteuid() != 0:
        return _unchanged
    if _works(program, _as_mapped_nobody):
        _give(folders, 0)
        return _as_mapped_nobody
    _give(folders, NOBODY)
    closed = any(not _open_to_all(path) for path in (program, *folders))
    return _as_nobody_past_closed_folders if closed else _as_nobody


def _unchanged() -> None:
    """Nothing to prepare."""


def _works(program: Path, preparation: Preparation) -> bool:
    """Probed at each start: a data folder may move between machines with other rules."""
    try:
        probe = subprocess.run(
            [program, "--version"], preexec_fn=preparation, capture_output=True, check=False
        )
    except subprocess.SubprocessError:
        return False
    return probe.returncode == 0


def _as_mapped_nobody() -> None:
    if LIBC.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{NOBODY} 0 1"), ("gid_map", f"{NOBODY} 0 1")):
        Path("/proc/self", name).write_text(text)


def _as_nobody() -> None:
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def _as_nobody_past_closed_folders() -> None:
    """A checkout under a closed home stays closed: the server alone may pass, by capability."""
    LIBC.prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP, 0, 0, 0)  # else a change of uid takes it away
    _as_nobody()
    mask = 1 << _CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    LIBC.capset(header, (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0))
    LIBC.prctl(_PR_CAP_AMBIENT, _RAISE, _CAP_DAC_OVERRIDE, 0, 0)


def _open_to_all(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def _give(folders: tuple[Path, ...], owner: int) -> None:
    for folder in folders:
        if folder.exists() and folder.stat().st_uid != owner:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, owner, owner, follow_symlinks=False)
