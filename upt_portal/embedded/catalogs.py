"""Translations: every `locale/<language>/LC_MESSAGES/django.po` becomes the `.mo` that Django reads.

Babel does it, so that a machine needs no gettext.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

_NOT_OURS = {".venv", ".run", ".git", "node_modules", "build", "staticfiles"}


class CatalogError(Exception):
    """A catalog that cannot be read; the text says which and why."""


def compile_catalogs(root: Path) -> list[Path]:
    """Compile the catalogs below `root` that changed since last time; the `.po` files that were compiled.

    Unsure ("fuzzy") translations stay out. Raises CatalogError, also for a translation whose placeholders
    are not those of the original.
    """
    stale = [po for po in _catalogs(root) if _is_stale(po)]
    for po in stale:
        _compile(po)
    return stale


def _catalogs(root: Path) -> Iterator[Path]:
    for folder, below, files in os.walk(root):
        below[:] = sorted(name for name in below if name not in _NOT_OURS)
        if "django.po" in files and Path(folder).name == "LC_MESSAGES":
            yield Path(folder, "django.po")


def _is_stale(po: Path) -> bool:
    mo = po.with_suffix(".mo")
    return not mo.exists() or mo.stat().st_mtime_ns < po.stat().st_mtime_ns


def _compile(po: Path) -> None:
    language = po.parent.parent.name
    try:
        with po.open("rb") as source:
            catalog = read_po(source, locale=language, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as error:
        raise CatalogError(f"{po}: {error}") from error
    for message, faults in catalog.check():
        if not message.fuzzy:
            raise CatalogError(f"{po}, line {message.lineno}: {faults[0]}")
    draft = po.with_suffix(f".mo.{os.getpid()}")
    with draft.open("wb") as target:
        write_mo(target, catalog)
    draft.replace(po.with_suffix(".mo"))  # a reader sees the old one or the new one, never half
