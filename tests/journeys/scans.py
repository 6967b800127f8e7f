"""A printed and signed paper, as a student's scanner gives it."""

import io

import pypdfium2
from PIL import Image, ImageDraw

DPI = 130
INK = (28, 52, 140)


def as_pictures(pdf: bytes) -> list[Image.Image]:
    """The pages of a paper, each signed in ink."""
    document = pypdfium2.PdfDocument(pdf)
    pages = [page.render(scale=DPI / 72).to_pil().convert("RGB") for page in document]
    document.close()
    for page in pages:
        width, height = page.size
        pen = ImageDraw.Draw(page)
        pen.line(
            [(width * 0.15 + step * 9, height * (0.83 + 0.01 * (step % 3))) for step in range(24)],
            fill=INK,
            width=4,
        )
    return pages


def as_jpeg(pdf: bytes) -> bytes:
    """All pages under one another in one photograph."""
    pages = as_pictures(pdf)
    sheet = Image.new("RGB", (max(page.width for page in pages), sum(page.height for page in pages)))
    top = 0
    for page in pages:
        sheet.paste(page, (0, top))
        top += page.height
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=80, dpi=(DPI, DPI))
    return out.getvalue()


def as_pdf(pdf: bytes) -> bytes:
    """A file of pictures, one a page."""
    first, *others = as_pictures(pdf)
    out = io.BytesIO()
    first.save(out, "PDF", save_all=True, append_images=others, resolution=DPI, quality=80)
    return out.getvalue()
