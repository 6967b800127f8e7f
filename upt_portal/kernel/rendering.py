"""From a paper's row to its bytes: template, WeasyPrint, seal. Imported by paper workers only."""

import base64
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import segno
import weasyprint
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import translation
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from upt_portal.kernel import sealing
from upt_portal.kernel.models import IssuedPaper

FIRST_PAGES = 4  # pages given a QR at once; a longer paper is laid out again


@dataclass(frozen=True)
class Made:
    """The bytes of a paper, how many pages they have and whether they carry the institution's seal."""

    data: bytes
    pages: int
    sealed: bool


class PackagedOnly(URLFetcher):  # type: ignore[misc]  # WeasyPrint is untyped
    """Lets a paper read inline data and the portal's own fonts; anything else is refused (G3)."""

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """The resource, or ValueError for whatever a text from outside tried to pull in."""
        if url.startswith("data:"):
            return super().fetch(url, headers)
        parts = urlsplit(url)
        if parts.scheme == "file" and Path(unquote(parts.path)).resolve() in _own_fonts():
            return super().fetch(url, headers)
        raise ValueError("papers read nothing from outside")


def check_address(paper: IssuedPaper, page: int) -> str:
    """What the QR of a page holds: the public check page, with the version and the page."""
    return f"{settings.SITE_URL}/verify/{paper.code}/?v={paper.version}&p={page}"


def html_of(paper: IssuedPaper) -> str:
    """The paper as HTML in its own language, its context as it was on the day of issue."""
    with translation.override(paper.language):
        context = {
            **paper.context,
            "paper": paper,
            "institution": settings.INSTITUTION_NAME,
            "site": settings.SITE_URL.split("://")[-1],
        }
        return render_to_string(paper.template, context)


def render(paper: IssuedPaper) -> Made:
    """The paper's bytes, PDF/UA, a QR on every page, sealed. The same row gives the same unsealed bytes."""
    html = html_of(paper)
    document = _lay_out(paper, html, FIRST_PAGES)
    if len(document.pages) > FIRST_PAGES:
        document = _lay_out(paper, html, len(document.pages) + 1)
    # Identifier of the file: the same paper made twice has the same bytes.
    data = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=paper.code.encode())
    sealed = sealing.seal(data, title=paper.title)
    return Made(sealed or data, len(document.pages), sealed is not None)


def _lay_out(paper: IssuedPaper, html: str, pages: int) -> Any:
    codes = weasyprint.CSS(string=_codes_css(paper, pages), font_config=_fonts(), url_fetcher=PackagedOnly())
    source = weasyprint.HTML(string=html, base_url=None, url_fetcher=PackagedOnly())
    return source.render(stylesheets=[_sheet(), codes], font_config=_fonts(), pdf_variant="pdf/ua-1")


def _codes_css(paper: IssuedPaper, pages: int) -> str:
    rules = []
    for page in range(1, pages + 1):
        buffer = io.BytesIO()
        segno.make(check_address(paper, page), error="m", micro=False).save(
            buffer, kind="svg", border=0, xmldecl=False, svgns=True, omitsize=True
        )
        image = base64.b64encode(buffer.getvalue()).decode()
        rules.append(
            f"@page :nth({page}) {{ @bottom-left {{ "
            f'background-image: url("data:image/svg+xml;base64,{image}") }} }}'
        )
    return "\n".join(rules)


WEIGHTS = {"SourceSansPro": 400, "SourceSansProSemibold": 600, "SourceSansProBold": 700}


@cache
def _own_fonts() -> dict[Path, int]:
    """The font files of the package that papers use, with their weights."""
    from font_source_sans_pro import font_files_ttf

    return {Path(path).resolve(): WEIGHTS[name] for name, path in font_files_ttf.items() if name in WEIGHTS}


@cache
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@cache
def _sheet() -> Any:
    """The paper sheet with the fonts of the package, parsed once a process."""
    path = finders.find("css/paper.css")
    if not isinstance(path, str):
        raise FileNotFoundError("css/paper.css")
    css = Path(path).read_text(encoding="utf-8")
    return weasyprint.CSS(string=_font_faces() + css, font_config=_fonts(), url_fetcher=PackagedOnly())


def _font_faces() -> str:
    family = 'font-family: "Source Sans Pro"'
    return "".join(
        f'@font-face {{ {family}; font-weight: {weight}; src: url("{path.as_uri()}") }}\n'
        for path, weight in _own_fonts().items()
    )


def warm_up() -> None:
    """Render one blank page, so that the first paper of a worker is as fast as the rest."""
    weasyprint.HTML(string="<p>ș</p>", url_fetcher=PackagedOnly()).write_pdf(
        stylesheets=[_sheet()], font_config=_fonts()
    )
