"""JPEG and PNG: opened, decoded whole, written again without anything but the picture."""

import io
from typing import Final

from PIL import Image, ImageChops, ImageOps

from upt_portal.kernel.inspection.findings import JPEG, MAX_PIXELS, PNG, Inspection, Refused

# The check below is ours, made on the header before a single pixel is decoded.
Image.MAX_IMAGE_PIXELS = None

COLOUR_TOLERANCE: Final = 12
COLOUR_SHARE: Final = 0.002
BIG_PICTURE: Final = 16_000_000
# A telephone's 50 megapixels turned upright would not fit in the child's memory twice; a quarter of them
# still shows an A4 page at 350 dots an inch.
HALVED_ABOVE: Final = 25_000_000


def shows_colour(picture: Image.Image) -> bool:
    """Whether more than 0.2 % of the picture differs visibly between its channels (CON-064).

    The mode says nothing: scanners store grey pages as RGB, and one blue signature is enough to be in colour.
    """
    if picture.mode in ("1", "L", "LA", "I", "I;16", "F"):
        return False
    small = picture.copy() if max(picture.size) <= 400 else picture.reduce(max(1, max(picture.size) // 400))
    red, green, blue = small.convert("RGB").split()
    widest = ImageChops.lighter(
        ImageChops.lighter(ImageChops.difference(red, green), ImageChops.difference(green, blue)),
        ImageChops.difference(red, blue),
    )
    histogram = widest.histogram()
    return sum(histogram[COLOUR_TOLERANCE:]) / sum(histogram) > COLOUR_SHARE


def opened(data: bytes, content_type: str) -> Image.Image:
    """The picture, header read, not yet decoded. Raises Refused: unreadable, or over 50 megapixels."""
    kind = "JPEG" if content_type == JPEG else "PNG"
    try:
        picture = Image.open(io.BytesIO(data), formats=(kind,))
    except (OSError, ValueError, SyntaxError) as fault:
        raise Refused("unreadable", str(fault)) from fault
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise Refused("bomb", f"{width} x {height} pixels")
    return picture


def plain(picture: Image.Image) -> Image.Image:
    """The decoded picture upright, on white, grey or RGB, with no metadata left.

    Decodes every pixel, so a truncated file raises Refused here.
    """
    try:
        picture.load()
    except (OSError, ValueError, SyntaxError, EOFError, IndexError) as fault:
        raise Refused("unreadable", str(fault)) from fault
    upright = picture
    ImageOps.exif_transpose(upright, in_place=True)
    if upright.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in upright.info:
        layer = upright if upright.mode == "RGBA" else upright.convert("RGBA")
        upright = Image.new("RGB", layer.size, "white")
        upright.paste(layer, mask=layer.getchannel("A"))
    elif upright.mode == "I;16":
        upright = Image.frombytes("L", upright.size, upright.tobytes()[1::2])  # the high byte of each pixel
    elif upright.mode not in ("1", "L", "RGB"):
        upright = upright.convert("RGB")
    upright.info.clear()
    return upright


def written(picture: Image.Image, content_type: str) -> bytes:
    """The bytes of a picture from `plain`, as JPEG or PNG."""
    target = io.BytesIO()
    if content_type == JPEG:
        picture.save(target, "JPEG", quality=90)
    else:
        # Packing a very large picture tightly would use up the processor time of the whole inspection.
        level = 1 if picture.width * picture.height > BIG_PICTURE else 6
        picture.save(target, "PNG", compress_level=level)
    return target.getvalue()


def inspect(data: bytes, content_type: str) -> Inspection:
    """What the picture is, with its served copy. Raises Refused."""
    if content_type not in (JPEG, PNG):
        raise ValueError(f"not a picture: {content_type}")
    picture = opened(data, content_type)
    size = picture.size
    if size[0] * size[1] > HALVED_ABOVE:
        picture.draft(None, (size[0] // 2, size[1] // 2))  # does something for JPEG only
    picture = plain(picture)
    return Inspection(
        content_type=content_type,
        pages=1,
        sizes=(size,),
        has_colour=shows_colour(picture),
        served=written(picture, content_type),
    )
