"""Scans as students make them: the issued paper printed, signed in ink, a little askew, photographed."""

from datetime import datetime
from io import BytesIO
from random import Random

import pypdfium2
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from upt_portal.accounts.models import User
from upt_portal.kernel import clock, jobs, uploads
from upt_portal.kernel.models import IssuedPaper, Job, StoredFile

DPI = 110
INK = (28, 52, 140)
PAPER = (250, 249, 244)


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
    return uploads.receive(sent, owner=owner, purpose="contracting.signed", at=at)


def scan(paper: IssuedPaper, *, spoilt: bool = False) -> list[Image.Image]:
    """The pages of a rendered paper as pictures, each one signed."""
    draw = Random(paper.number)  # noqa: S311  repeatable, no secret
    with paper.file.open("rb") as opened:
        document = pypdfium2.PdfDocument(opened.read())
    pages = [page.render(scale=DPI / 72).to_pil().convert("RGB") for page in document]
    document.close()
    for page in pages:
        _sign(page, draw)
    if spoilt and len(pages) > 1:
        pages.pop()
    smooth = Image.Resampling.BILINEAR
    askew = [page.rotate(draw.uniform(-0.7, 0.7), smooth, fillcolor=PAPER) for page in pages]
    return [page.convert("L") for page in askew] if spoilt else askew


def _sign(page: Image.Image, draw: Random) -> None:
    """A name and a date in ink, in the lower half of the page."""
    width, height = page.size
    pen = ImageDraw.Draw(page)
    for start, letters in ((0.12, 30), (0.62, 16)):
        x, y = width * start, height * 0.83
        points = [(x, y)]
        for letter in range(letters):
            x += width * 0.008
            reach = 0.028 if letter % 6 == 0 else 0.012
            points.append((x, y + (1 if letter % 2 else -1) * draw.uniform(0.3, 1) * height * reach))
        pen.line(points, fill=INK, width=max(3, width // 220), joint="curve")


def _jpeg(page: Image.Image) -> bytes:
    out = BytesIO()
    page.save(out, "JPEG", quality=78, dpi=(DPI, DPI))
    return out.getvalue()


def _pdf(pages: list[Image.Image]) -> bytes:
    out = BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=DPI, quality=78)
    return out.getvalue()
