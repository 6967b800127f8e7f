"""Files for the tests of uploads: honest ones, and every nasty one of the list."""

import io
import struct
import zlib

import pikepdf
from pikepdf import Dictionary, Name
from PIL import Image, ImageDraw

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def page_picture(size: tuple[int, int] = (620, 877), *, stamp: str | None = None) -> Image.Image:
    """A grey page of writing kept as RGB, the way scanners do; with a round stamp in a colour if asked."""
    picture = Image.new("RGB", size, (245, 245, 245))
    pen = ImageDraw.Draw(picture)
    for row in range(40, size[1] - 40, 18):
        pen.line((40, row, size[0] - 40, row), fill=(60, 60, 60), width=3)
    if stamp:
        pen.ellipse((60, 60, 180, 180), outline=stamp, width=8)
    return picture


def jpeg(picture: Image.Image | None = None, **options: object) -> bytes:
    target = io.BytesIO()
    (picture or page_picture(stamp="blue")).save(target, "JPEG", **options)
    return target.getvalue()


def png(picture: Image.Image | None = None, **options: object) -> bytes:
    target = io.BytesIO()
    (picture or page_picture(stamp="blue")).save(target, "PNG", **options)
    return target.getvalue()


def saved(pdf: pikepdf.Pdf, **options: object) -> bytes:
    target = io.BytesIO()
    pdf.save(target, **options)
    return target.getvalue()


def blank_pdf(pages: int = 1) -> pikepdf.Pdf:
    pdf = pikepdf.new()
    for _number in range(pages):
        pdf.add_blank_page(page_size=(595, 842))
    return pdf


def pdf_bytes(pages: int = 1) -> bytes:
    return saved(blank_pdf(pages))


def scan_pdf(*pictures: bytes) -> bytes:
    """A PDF of scans: one JPEG a page, embedded as it is."""
    pdf = pikepdf.new()
    for data in pictures:
        width, height = Image.open(io.BytesIO(data)).size
        page = pdf.add_blank_page(page_size=(595, 842))
        drawn = pdf.make_stream(
            data,
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=width,
            Height=height,
            ColorSpace=Name.DeviceRGB,
            BitsPerComponent=8,
            Filter=Name.DCTDecode,
        )
        page.Resources = Dictionary(XObject=Dictionary(Im0=drawn))
        page.Contents = pdf.make_stream(b"q 595 0 0 842 0 0 cm /Im0 Do Q")
    return saved(pdf)


def grown(data: bytes, size: int) -> bytes:
    """A PDF of exactly `size` bytes: a comment before its end grows, the file stays sound."""
    at = data.rindex(b"startxref")
    filler = b"%" + b" " * (size - len(data) - 2) + b"\n"
    return data[:at] + filler + data[at:]


def written_pdf(catalog: bytes = b"", *objects: bytes, page: bytes = b"") -> bytes:
    """A PDF written by hand, so that what is nested in direct dictionaries stays there."""
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/Resources<<>>/MediaBox[0 0 595 842]" + page + b">>",
        *objects,
    ]
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(data))
        data += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, start)


def stream_object(dictionary: bytes, data: bytes) -> bytes:
    return b"<<" + dictionary + b"/Length %d>>stream\n" % len(data) + data + b"\nendstream"


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds one row of nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 10)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def located_exif() -> Image.Exif:
    """Exif as a telephone writes it: turned, named, and with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Telephone maker"
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (45.0, 44.0, 50.0), "E", (21.0, 13.0, 30.0)
    return exif
