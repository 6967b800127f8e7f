"""Makes what the pages need from installed packages: web fonts cut to our letters, and the one script.

Nothing of this is committed. Files land in `build/static`; a stamp of the sources makes a second run instant.
"""

import hashlib
import logging
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from fontTools import subset

from upt_portal.kernel.fonts import FONT_FILES, LICENCE

WEB_FONTS = {400: "source-sans-400.woff2", 600: "source-sans-600.woff2"}
# Basic Latin, Latin-1, Latin Extended-A, Ș ș Ț ț, and the signs the pages use.
LETTERS = [
    *range(0x20, 0x7F), *range(0xA0, 0x180), 0x218, 0x219, 0x21A, 0x21B,
    *(ord(sign) for sign in "–—‘’‚“”„•…‹›−×≤≥≠→←€№ \u2011\u00a0\u202f"),
]  # fmt: skip
FEATURES = ["locl", "liga", "kern", "case", "zero", "mark", "ccmp"]


class Command(BaseCommand):
    help = "Cut the web fonts and join the scripts into build/static; does nothing when they are up to date."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        target = Path(settings.BASE_DIR) / "build" / "static"
        stamp = target / ".assets"
        sources = _stamp()
        if stamp.exists() and stamp.read_text() == sources:
            return
        (target / "fonts").mkdir(parents=True, exist_ok=True)
        (target / "js").mkdir(parents=True, exist_ok=True)
        for weight, name in WEB_FONTS.items():
            (target / "fonts" / name).write_bytes(cut(FONT_FILES[weight]))
        (target / "fonts" / "LICENSE.txt").write_bytes(LICENCE.read_bytes())
        (target / "js" / "app.js").write_bytes(joined_script())
        stamp.write_text(sources)
        self.stdout.write("fonts and script built")


def cut(font: Traversable) -> bytes:
    """The font in woff2 with our letters only, hints dropped; the same input gives the same bytes."""
    options = subset.Options()
    options.flavor = "woff2"
    options.layout_features = FEATURES
    options.hinting = False
    options.desubroutinize = True
    options.name_IDs = [0, 1, 2, 13, 14]  # keep copyright and licence in the file
    options.recalc_timestamp = False
    with as_file(font) as path:
        loaded = subset.load_font(str(path), options)
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it names every glyph otherwise
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=LETTERS)
    cutter.subset(loaded)
    out = BytesIO()
    subset.save_font(loaded, out, options)
    return out.getvalue()


def joined_script() -> bytes:
    """htmx of the installed package, then our own lines: one file, one request."""
    return _htmx().read_bytes() + b"\n" + _own_script().read_bytes()


def _htmx() -> Traversable:
    return files("django_htmx") / "static" / "django_htmx" / "htmx-2.min.js"


def _own_script() -> Path:
    return Path(settings.BASE_DIR) / "static" / "js" / "portal.js"


def _stamp() -> str:
    """Changes with the fonts, the scripts, the letters, or this file."""
    parts = [font.read_bytes() for weight, font in FONT_FILES.items() if weight in WEB_FONTS]
    parts += [_htmx().read_bytes(), _own_script().read_bytes(), Path(__file__).read_bytes()]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
