"""Scans as students make them: the issued paper printed, signed in ink, a little askew, photographed."""

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from random import Random

import pypdfium2
from django.core.files.uploadedfile import SimpleUploadedFile
from font_source_sans_pro import font_files_ttf
from PIL import Image, ImageDraw, ImageFont

from upt_portal.accounts.models import User
from upt_portal.kernel import clock, jobs, uploads
from upt_portal.kernel.models import IssuedPaper, Job, StoredFile
from upt_portal.kernel.uploads import Examined

DPI = 110
INK = (28, 52, 140)
PAPER = (250, 249, 244)
SIGN_HERE = "semnătura și data"


def rendered(paper: IssuedPaper, *, at: datetime) -> IssuedPaper:
    """The paper with its bytes, made here and now as the worker would have made them at `at`."""
    if paper.rendered_at is None:
        job = Job.objects.get(key=f"paper:{paper.pk}")
        with clock.shifted(at):
            jobs.run(str(job.pk), at=at)
        paper.refresh_from_db()
    return paper


def upload(paper: IssuedPaper, *, owner: User, at: datetime, spoilt: bool = False) -> StoredFile:
    """A scan of the paper, taken in by the portal's own pipeline.

    spoilt: grey, and without its last page where it has several.
    """
    pages = scan(rendered(paper, at=at), spoilt=spoilt)
    if len(pages) == 1:
        name, kind, data = "anexa-semnata.jpg", "image/jpeg", _jpeg(pages[0])
    else:
        name, kind, data = "anexa-semnata.pdf", "application/pdf", _pdf(pages)
    sent = SimpleUploadedFile(name, data, content_type=kind)
    return uploads.receive(sent, owner=owner, purpose="contracting.signed_document", at=at)


def scan(paper: IssuedPaper, *, spoilt: bool = False) -> list[Image.Image]:
    """The pages of a rendered paper as pictures, each one signed."""
    draw = Random(paper.number)  # noqa: S311  repeatable, no secret
    with paper.file.open("rb") as opened:
        document = pypdfium2.PdfDocument(opened.read())
    pages = [_signed(page, draw) for page in document]
    document.close()
    if spoilt and len(pages) > 1:
        pages.pop()
    smooth = Image.Resampling.BILINEAR
    askew = [page.rotate(draw.uniform(-0.7, 0.7), smooth, fillcolor=PAPER) for page in pages]
    return [page.convert("L") for page in askew] if spoilt else askew


def _signed(page: pypdfium2.PdfPage, draw: Random) -> Image.Image:
    """The page as a picture, a name and a date in ink on the student's line, or at the foot without one."""
    picture: Image.Image = page.render(scale=DPI / 72).to_pil().convert("RGB")
    width, height = picture.size
    x, y = 0.1, 0.85
    text = page.get_textpage()
    if found := text.search(SIGN_HERE).get_next():
        left, bottom, _right, _top = text.get_charbox(found[0])
        x, y = left / page.get_width(), 1 - bottom / page.get_height() + 0.055
    pen = ImageDraw.Draw(picture)
    for start, letters in ((x + 0.01, 28), (x + 0.26, 12)):
        pen.line(
            _stroke(start * width, y * height, letters, width, height, draw),
            fill=INK,
            width=max(3, width // 220),
            joint="curve",
        )
    return picture


def _stroke(
    x: float, y: float, letters: int, width: int, height: int, draw: Random
) -> list[tuple[float, float]]:
    """One word of handwriting: a line that goes up and down, higher at every sixth letter."""
    points = [(x, y)]
    for letter in range(letters):
        x += width * 0.007
        reach = 0.024 if letter % 6 == 0 else 0.010
        points.append((x, y + (1 if letter % 2 else -1) * draw.uniform(0.3, 1) * height * reach))
    return points


def _jpeg(page: Image.Image) -> bytes:
    out = BytesIO()
    page.save(out, "JPEG", quality=78, dpi=(DPI, DPI))
    return out.getvalue()


def blank_page() -> bytes:
    """A paper of somebody else's, as one page of a PDF: what it says is of no matter."""
    return _pdf([Image.new("RGB", (620, 877), "white")])


def _pdf(pages: list[Image.Image]) -> bytes:
    out = BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=DPI, quality=78)
    return out.getvalue()


def page(name: str, title: str, lines: Iterable[str]) -> Examined:
    """A page that can be read, as a PDF of one picture: a title and lines; examined as every upload is."""
    sheet = Image.new("RGB", (1240, 1754), "white")
    pen = ImageDraw.Draw(sheet)
    for place, words in enumerate((title, "", *lines)):
        face, size = ("SourceSansProBold", 34) if place == 0 else ("SourceSansPro", 26)
        font = ImageFont.truetype(font_files_ttf[face], size)
        pen.text((110, 120 + place * 44), words, fill=(30, 30, 30), font=font)
    return uploads.examine(SimpleUploadedFile(name, _pdf([sheet]), content_type="application/pdf"))


def exam_paper(number: int) -> Examined:
    """A sheet as an exam leaves it: lines in ink, no words; examined as every upload is."""
    return _sheet(f"lucrare-{number}.jpg", number, lines=28)


def note(title: str, number: int) -> Examined:
    """A short paper with a title and lines in ink, as a proof that is attached."""
    return _sheet("dovada.jpg", number, lines=9, title=title)


def _sheet(name: str, number: int, *, lines: int, title: str = "") -> Examined:
    draw = Random(f"{name} {number}")  # noqa: S311  repeatable, no secret
    page = Image.new("RGB", (880, 1240), PAPER)
    pen = ImageDraw.Draw(page)
    if title:
        pen.text((90, 60), title, fill=(30, 30, 30), font_size=34)
    for line in range(lines):
        left, top = 90.0, 140 + line * 36
        while left < draw.uniform(560, 780):
            width = draw.uniform(14, 60)
            pen.line(
                [(left, top), (left + width / 2, top - draw.uniform(2, 14)), (left + width, top)], INK, 3
            )
            left += width + draw.uniform(8, 20)
    return uploads.examine(SimpleUploadedFile(name, _jpeg(page), content_type="image/jpeg"))
