"""What every page keeps: the frame, error pages, mails, and templates without inline style or script."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from tests.kernel.test_ui import HOSTILE, NOW, WORDS, SampleForm
from upt_portal.kernel import clock, page
from upt_portal.kernel.icons import PATHS


def page_of(template: str, **context: Any) -> str:
    request = RequestFactory().get("/student/1/")
    with clock.shifted(NOW), translation.override("ro"):
        return render_to_string(template, {"request": request, **context})


def test_base_page_has_its_frame() -> None:
    help_box = page.HelpBox("Secretariatul AC", "luni–vineri", "0256 000 000", "ac@example.ro", "310472")
    drawn = page_of(
        "base.html",
        nav=WORDS["nav"],
        dock=[page.NavEntry("Acasă", "/", True, icon="home")],
        help_box=help_box,
    )
    assert '<html lang="ro"' in drawn
    assert 'href="#content">Sari la conținut' in drawn
    assert 'id="content"' in drawn
    assert "Dosarul dumneavoastră: 310472" in drawn
    assert 'href="tel:0256000000"' in drawn
    assert '"includeIndicatorStyles":false' in drawn
    assert '"allowEval":false' in drawn
    assert 'name="next" value="/student/1/"' in drawn
    assert "<script>alert" not in drawn


def test_title_says_that_there_is_an_error() -> None:
    assert "<title>Eroare: " in page_of("base.html", form=SampleForm({}))
    assert "<title>Eroare: " not in page_of("base.html", form=SampleForm())


@pytest.mark.parametrize("name", ["400", "403", "404", "500", "503", "403_csrf"])
def test_error_page_needs_nothing_and_speaks_both_languages(name: str) -> None:
    drawn = render_to_string(f"{name}.html", {})
    assert '<html lang="ro">' in drawn
    assert 'lang="en"' in drawn
    assert drawn.count("<h1>") == 1
    assert "Aveți nevoie de ajutor?" in drawn


def test_forbidden_page_gives_the_reason_escaped() -> None:
    drawn = render_to_string("403.html", {"exception": HOSTILE})
    assert "&lt;script&gt;" in drawn
    assert "<script>" not in drawn


def test_mail_twin_links_once_and_escapes() -> None:
    mail = {"language": "ro", "subject": HOSTILE}
    drawn = render_to_string(
        "mail/base.html", {"mail": mail, "paragraphs": [HOSTILE, "https://portal.example/a"]}
    )
    assert drawn.count("<a ") == 1
    assert "<script>" not in drawn
    assert "<img" not in drawn


# ---- what all templates keep -----------------------------------------------------------------------

ROOT = Path(settings.BASE_DIR)
# Mail programs read no style sheets, and no page shows that file.
MAIL = ROOT / "templates/mail/base.html"
TEMPLATES = sorted(
    path
    for folder in (
        "templates",
        "upt_portal",
        "studentrecords",
        "fees",
        "contracting",
        "admissions",
        "counseling",
    )
    for path in (ROOT / folder).rglob("*.html")
    if "templates" in path.parts and path != MAIL
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_has_no_inline_style_or_script(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}|\{% comment.*?endcomment %\}", "", path.read_text(encoding="utf-8"), flags=re.S)
    assert not re.search(
        r"<style\b|\sstyle\s*=|\son(click|change|submit|load|input|key\w+)\s*=|javascript:", text
    )
    for script in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in script or 'type="application/json"' in script
    assert "hx-on" not in text


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_names_drawings_that_exist(path: Path) -> None:
    names = re.findall(r'\bicon(?: name)?="([a-z-]+)"', path.read_text(encoding="utf-8"))
    assert [name for name in names if name not in PATHS] == []
