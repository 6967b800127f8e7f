"""Fonts, script and sheets: small, complete, legible, and built once."""

import re
from io import BytesIO
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.core.management import call_command
from fontTools.ttLib import TTFont

from upt_portal.kernel.fonts import FONT_FILES
from upt_portal.kernel.management.commands import build_assets

ROOT = Path(settings.BASE_DIR)
SHEET = (ROOT / "static/css/portal.css").read_text(encoding="utf-8")
WORDS = "Învățați, ȘTIINȚĂ și țară: „așa” – 1.250,00 lei… § × ≤ • −"


@pytest.mark.parametrize("weight", [400, 600])
def test_web_font_is_small_and_knows_our_letters(weight: int) -> None:
    data = build_assets.cut(FONT_FILES[weight])
    assert len(data) <= 25_000
    known = TTFont(BytesIO(data)).getBestCmap()
    assert [letter for letter in WORDS if ord(letter) not in known] == []


def test_second_build_writes_nothing(tmp_path: Path, settings: pytest.FixtureRequest) -> None:
    target = tmp_path / "build" / "static"
    (tmp_path / "static" / "js").mkdir(parents=True)
    (tmp_path / "static" / "js" / "portal.js").write_text("// ours\n")
    settings.BASE_DIR = tmp_path  # type: ignore[attr-defined]
    call_command("build_assets")
    written = {path: path.stat().st_mtime_ns for path in target.rglob("*") if path.is_file()}
    call_command("build_assets")
    assert {path: path.stat().st_mtime_ns for path in target.rglob("*") if path.is_file()} == written
    script = (target / "js" / "app.js").read_text()
    assert "htmx" in script
    assert script.endswith("// ours\n")


def test_student_sheet_stays_small() -> None:
    assert len(brotli.compress(SHEET.encode())) <= 10_000


def test_sheet_declares_its_layers_first() -> None:
    assert SHEET.split("\n")[1] == "@layer reset, tokens, base, layout, components, staff, print, utilities;"


def test_sheets_bring_nothing_from_outside() -> None:
    for sheet in (ROOT / "static/css").glob("*.css"):
        assert "http" not in sheet.read_text(encoding="utf-8")
        assert "@import" not in sheet.read_text(encoding="utf-8")


# ---- contrast of the tokens, measured as WCAG 2 does -------------------------------------------------


def tokens() -> dict[str, tuple[str, str]]:
    """Each colour token with its light and dark value."""
    pairs = re.findall(r"--([a-z0-9-]+):light-dark\((#[0-9A-F]{3,6}),(#[0-9A-F]{3,6})\)", SHEET)
    single = re.findall(r"--(lamp|on-lamp):(#[0-9A-F]{6});", SHEET)
    return {name: (light, dark) for name, light, dark in pairs} | {
        name: (value, value) for name, value in single
    }


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT_ON = [
    *[
        (ink, ground)
        for ink in ("ink", "ink-2", "ink-3", "brand")
        for ground in ("paper", "surface", "sunken")
    ],
    *[(tone, f"{tone}-bg") for tone in ("todo", "prog", "wait", "fix", "ok", "mute")],
    *[("ink", ground) for ground in ("brand-soft", "wait-bg", "fix-bg", "ok-bg")],
    ("brand", "brand-soft"),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("on-hero", "hero"),
    ("on-hero-2", "hero"),
    ("on-lamp", "lamp"),
    ("on-fix", "fix-edge"),
    ("fix", "surface"),
    ("on-inverse", "inverse"),
]
EDGES_ON = [
    *[("edge", ground) for ground in ("paper", "surface", "raised")],
    ("wait-edge", "surface"),
    ("fix-edge", "surface"),
    ("ok-edge", "surface"),
    ("lamp", "hero"),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_ON)
def test_text_is_legible(ink: str, ground: str, theme: int) -> None:
    assert contrast(tokens()[ink][theme], tokens()[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES_ON)
def test_edges_of_controls_are_seen(edge: str, ground: str, theme: int) -> None:
    assert contrast(tokens()[edge][theme], tokens()[ground][theme]) >= 3


def test_older_phones_get_the_same_light_values() -> None:
    start = SHEET.index("@supports not (color:light-dark")
    fallback = dict(re.findall(r"--([a-z0-9-]+):(#[0-9A-F]{3,6})", SHEET[start : SHEET.index("}}", start)]))
    assert fallback == {
        name: light for name, (light, _dark) in tokens().items() if name not in {"lamp", "on-lamp"}
    }
