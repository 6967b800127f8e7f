"""Keys of a portal that runs for development: made once, kept in one file that only its owner reads.

Real servers give SECRET_KEY, FIELD_KEYS and BLIND_INDEX_KEY by environment and never read this file.
"""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


_MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "FIELD_KEYS": lambda: f"local:{_key()}",
    "BLIND_INDEX_KEY": _key,
}


def development_keys(path: Path) -> dict[str, str]:
    """The keys in `path`, each made when missing. Without the file the encrypted columns stay unread."""
    known = _read(path)
    missing = {name: make() for name, make in _MAKERS.items() if name not in known}
    if missing:
        known |= missing
        _write(path, known)
    return known


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    lines = path.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def _write(path: Path, values: dict[str, str]) -> None:
    """Whole or not at all: an interrupted start must not lose the keys of existing data."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("# Keys of this development portal. Lost with them: every encrypted column.\n")
        file.writelines(f"{name}={value}\n" for name, value in values.items())
        os.fsync(file.fileno())
    draft.replace(path)
