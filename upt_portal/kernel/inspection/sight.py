"""What a file looks like: a page drawn as a picture, whether it shows colour, the QR codes on it."""

import io
import time
from collections.abc import Iterator
from typing import Any, Final

import pypdfium2
from PIL import Image

from upt_portal.kernel.inspection.findings import PDF, Refused
from upt_portal.kernel.inspection.pictures import opened, plain, shows_colour

SMALL: Final = 400
# Colour is a warning, not a verdict (CON-064): it may not eat the time that the inspection itself needs.
COLOUR_SECONDS: Final = 4.0
# A QR of 2 cm on A4 is found at the first width; a poor photograph needs the second.
CODE_WIDTHS: Final = (1400, 2600)
MOST_CODE_PAGES: Final = 20


#: Left, top, width and height of something found on a page, as parts of the page from 0 to 1.
Box = tuple[float, float, float, float]
#: What a QR code says and where it stands.
Code = tuple[str, Box]


def _document(data: bytes) -> Any:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as fault:
        raise Refused("unreadable", str(fault)) from fault


def _drawn(page: Any, width: int) -> Image.Image:
    """The page `width` pixels wide, at most twice as high."""
    across, down = page.get_size()
    if across <= 0 or down <= 0:
        raise Refused("unreadable", "a page without a size")
    # Sides are rounded up when drawn; half a pixel less keeps them within the width.
    scale = min((width - 0.5) / across, 2 * width / down)
    try:
        drawn: Image.Image = page.render(scale=scale).to_pil()
    except pypdfium2.PdfiumError as fault:
        raise Refused("unreadable", str(fault)) from fault
    return drawn


def _pages(data: bytes, width: int) -> Iterator[Image.Image]:
    document = _document(data)
    for number in range(len(document)):
        page = document[number]
        yield _drawn(page, width)
        page.close()


def pdf_has_colour(data: bytes) -> bool | None:
    """Whether any page of the PDF shows colour; None when time ran out before one was found."""
    until = time.process_time() + COLOUR_SECONDS
    for drawn in _pages(data, SMALL):
        if shows_colour(drawn):
            return True
        if time.process_time() > until:
            return None
    return False


def page_picture(data: bytes, content_type: str, page: int, width: int) -> tuple[bytes, int]:
    """PNG of one page (from 1), at most `width` pixels wide, and the number of pages. Raises Refused."""
    if content_type == PDF:
        document = _document(data)
        if not 1 <= page <= len(document):
            raise Refused("unreadable", f"no page {page}")
        pages, drawn = len(document), _drawn(document[page - 1], width)
    else:
        pages, drawn = 1, _narrowed(plain(opened(data, content_type)), width)
    target = io.BytesIO()
    drawn.save(target, "PNG", compress_level=4)
    return target.getvalue(), pages


def _narrowed(picture: Image.Image, width: int) -> Image.Image:
    if picture.width <= width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    return picture.convert("L" if picture.mode in ("1", "L") else "RGB").resize((width, height))


def _codes_on(picture: Image.Image) -> list[Code]:
    import zxingcpp  # 30 ms to load, and only this task reads codes

    found = zxingcpp.read_barcodes(
        picture.convert("L"), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    return [(code.text, _box(code.position, picture.size)) for code in found if code.valid]


def _box(position: Any, size: tuple[int, int]) -> Box:
    corners = [position.top_left, position.top_right, position.bottom_left, position.bottom_right]
    across, down = [corner.x for corner in corners], [corner.y for corner in corners]
    width, height = size
    return (
        round(min(across) / width, 4),
        round(min(down) / height, 4),
        round((max(across) - min(across)) / width, 4),
        round((max(down) - min(down)) / height, 4),
    )


def codes(data: bytes, content_type: str) -> list[tuple[int, str]]:
    """The QR codes of the first 20 pages, as (page from 1, text), in page order. Raises Refused."""
    return [(page, text) for page, text, _box in marks(data, content_type)]


def marks(data: bytes, content_type: str) -> list[tuple[int, str, Box]]:
    """The same with the place of each code on its page. Raises Refused."""
    if content_type != PDF:
        picture = plain(opened(data, content_type))
        for width in (*CODE_WIDTHS, picture.width):
            if read := _codes_on(_narrowed(picture, width)):
                return [(1, *code) for code in read]
        return []
    document = _document(data)
    found: list[tuple[int, str, Box]] = []
    for number in range(min(len(document), MOST_CODE_PAGES)):
        for width in CODE_WIDTHS:
            if read := _codes_on(_drawn(document[number], width)):
                found += [(number + 1, *code) for code in read]
                break
    return found
