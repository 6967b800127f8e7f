"""PDF: parsed by qpdf, searched for anything that runs or is attached, written again without metadata."""

import io
import zlib
from collections.abc import Iterator
from typing import Any, Final

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from upt_portal.kernel.inspection.findings import (
    MAX_INFLATED,
    MAX_PAGES,
    MAX_PIXELS,
    PDF,
    Inspection,
    Refused,
)
from upt_portal.kernel.inspection.markers import without_metadata

ACTIVE_KEYS: Final = frozenset(
    {
        "/JavaScript",
        "/JS",
        "/EmbeddedFile",
        "/EmbeddedFiles",
        "/EF",
        "/RichMediaContent",
        "/RichMedia",
        "/XFA",
    }
)
ACTIVE_ACTIONS: Final = frozenset(
    {
        "/JavaScript",
        "/Launch",
        "/SubmitForm",
        "/ImportData",
        "/RichMediaExecute",
        "/GoToE",
        "/GoToR",
        "/Rendition",
    }
    | {"/Movie", "/Sound"}
)
ACTIVE_KINDS: Final = frozenset(
    {"/EmbeddedFile", "/RichMedia", "/FileAttachment", "/Screen", "/Movie", "/Sound", "/3D"}
)
# What opens by itself may only turn to a page; a link to an address waits for a click, so it may stay
# elsewhere.
QUIET_OPENINGS: Final = frozenset({"/GoTo", "/Named"})
LEFT_OUT: Final = ("/PieceInfo", "/LastModified", "/Thumb", "/OpenAction", "/AA")
PIECE: Final = 1024 * 1024

pikepdf.settings.set_qpdf_limits(
    flate_max_memory=MAX_INFLATED,
    png_max_memory=MAX_INFLATED,
    tiff_max_memory=MAX_INFLATED,
    run_length_max_memory=MAX_INFLATED,
    dct_max_memory=MAX_INFLATED,
    max_stream_filters=5,
)


def opened(data: bytes) -> Pdf:
    """The parsed document. Raises Refused: password (also one that only forbids printing), unreadable."""
    # Further back than this no reader looks for the end: what lies there was cut off, or has another file
    # behind it.
    if b"%%EOF" not in data.rstrip(b"\0\t\r\n ")[-1024:]:
        raise Refused("unreadable", "cut off before its end")
    try:
        pdf = Pdf.open(io.BytesIO(data))
    except pikepdf.PasswordError as fault:
        raise Refused("password") from fault
    except pikepdf.PdfError as fault:
        raise Refused("bomb" if "limit exceeded" in str(fault) else "unreadable", str(fault)) from fault
    if pdf.is_encrypted:
        raise Refused("password", "restricted by its owner")
    return pdf


def _direct(found: Object) -> Iterator[Object]:
    """`found` and every dictionary and list written inside it; what is only referred to is met by itself."""
    waiting = [found]
    while waiting:
        item = waiting.pop()
        yield item
        if isinstance(item, Array):
            children: list[Any] = list(item)
        elif isinstance(item, Dictionary | Stream):
            children = [value for _key, value in item.items()]
        else:
            continue
        waiting += [
            child for child in children if isinstance(child, Array | Dictionary) and not child.is_indirect
        ]


def _everything(pdf: Pdf) -> Iterator[Object]:
    """Every dictionary, list and stream of the document, the trailer first, nested ones included."""
    for found in (pdf.trailer, *pdf.objects):
        if isinstance(found, Array | Dictionary | Stream):
            yield from _direct(found)


def _opens_by_itself(action: Any) -> bool:
    """Whether an /OpenAction or one event of an /AA does more than turn to a page."""
    return isinstance(action, Dictionary) and str(action.get("/S", "")) not in QUIET_OPENINGS


def _active_in(item: Object) -> Iterator[str]:
    """Names of what runs, or is attached, in one dictionary."""
    keys = set(item.keys())
    yield from keys & ACTIVE_KEYS
    action, kind = str(item.get("/S", "")), str(item.get("/Subtype", ""))
    if action in ACTIVE_ACTIONS:
        yield action
    if kind in ACTIVE_KINDS:
        yield kind
    if str(item.get("/Type", "")) == "/EmbeddedFile":
        yield "/EmbeddedFile"
    if "/OpenAction" in keys and _opens_by_itself(item["/OpenAction"]):
        yield "/OpenAction"
    if isinstance(item, Stream) and "/F" in keys:
        yield "/F"  # its bytes stand in another file
    events = item.get("/AA")
    if isinstance(events, Dictionary) and any(_opens_by_itself(event) for _name, event in events.items()):
        yield "/AA"


def active_content(pdf: Pdf) -> tuple[str, ...]:
    """Names of everything that runs or is attached, also inside direct dictionaries (D6)."""
    found: set[str] = set()
    for item in _everything(pdf):
        if isinstance(item, Dictionary | Stream):
            found.update(_active_in(item))
    if pdf.attachments:
        found.add("/EmbeddedFiles")
    return tuple(sorted(found))


def _inflates_beyond(raw: bytes, bound: int) -> bool:
    """Whether deflated bytes hold more than `bound`, without ever keeping more than a mebibyte of them."""
    inflating, produced, rest = zlib.decompressobj(), 0, raw
    try:
        while rest and not inflating.eof:
            produced += len(inflating.decompress(rest, PIECE))
            if produced > bound:
                return True
            rest = inflating.unconsumed_tail
    except zlib.error:
        return False  # damaged: readers stop here too
    return False


def _filters(stream: Stream) -> list[str]:
    value = stream.get("/Filter")
    if value is None:
        return []
    return [str(name) for name in value] if isinstance(value, Array) else [str(value)]


def _picture_size(stream: Stream) -> tuple[int, int]:
    try:
        return int(stream.get("/Width", 0)), int(stream.get("/Height", 0))
    except (TypeError, ValueError) as fault:
        raise Refused("unreadable", "a picture without a size") from fault


def _check_picture(stream: Stream) -> tuple[int, int]:
    """The claimed size of a picture, held to 50 megapixels and to what that size may inflate to."""
    width, height = _picture_size(stream)
    if width < 0 or height < 0 or width * height > MAX_PIXELS:
        raise Refused("bomb", f"picture of {width} x {height}")
    most = width * height * 8 + height + 65536  # four channels of 16 bits, one byte a row for the predictor
    if _filters(stream)[:1] == ["/FlateDecode"] and _inflates_beyond(stream.read_raw_bytes(), most):
        raise Refused("bomb", f"picture of {width} x {height} holds more than it claims")
    return width, height


def _inflated(stream: Stream) -> int:
    """Bytes of a stream once unpacked. Raises Refused over 64 MiB."""
    if _filters(stream)[:1] == ["/FlateDecode"] and _inflates_beyond(stream.read_raw_bytes(), MAX_INFLATED):
        raise Refused("bomb", "stream over 64 MiB")
    try:
        return len(stream.read_bytes())
    except pikepdf.PdfError as fault:
        if "limit exceeded" in str(fault):
            raise Refused("bomb", str(fault)) from fault
        return len(
            stream.read_raw_bytes()
        )  # packed in a way qpdf leaves alone: fonts, pictures of other kinds


def weigh(pdf: Pdf) -> tuple[tuple[int, int], ...]:
    """Sizes of all pictures. Raises Refused: a picture over 50 megapixels, other data over 64 MiB (D3)."""
    total, sizes = 0, []
    for found in pdf.objects:
        if not isinstance(found, Stream):
            continue
        if found.get("/Subtype") == Name.Image:
            sizes.append(_check_picture(found))
        else:
            total += _inflated(found)
            if total > MAX_INFLATED:
                raise Refused("bomb", "over 64 MiB in all")
    return tuple(sizes)


def _clean_picture(stream: Stream) -> None:
    """Takes a photograph's own metadata, place included, out of a picture embedded as it left the camera."""
    filters = _filters(stream)
    if filters == ["/DCTDecode"]:
        parameters = stream.get("/DecodeParms")
        kept = parameters if isinstance(parameters, Array | Dictionary) else None
        jpeg = without_metadata(stream.read_raw_bytes())
        stream.write(jpeg, filter=Name.DCTDecode, decode_parms=kept)
    elif filters and filters[-1] == "/DCTDecode":
        jpeg = stream.read_bytes(pikepdf.StreamDecodeLevel.generalized)
        stream.write(without_metadata(jpeg), filter=Name.DCTDecode)


def served_copy(pdf: Pdf) -> bytes:
    """The document written again: no metadata, nothing that opens by itself, nothing before or after it."""
    for item in _everything(pdf):
        if isinstance(item, Dictionary | Stream):
            for key in [key for key in LEFT_OUT if key in item]:
                del item[key]
            if "/Metadata" in item and isinstance(item["/Metadata"], Stream):
                del item["/Metadata"]
    for found in pdf.objects:
        if isinstance(found, Stream) and found.get("/Subtype") == Name.Image:
            _clean_picture(found)
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]
    target = io.BytesIO()
    pdf.save(target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return target.getvalue()


def inspect(data: bytes) -> Inspection:
    """What the document is, with its served copy; `has_colour` is left open. Raises Refused."""
    pdf = opened(data)
    try:
        pages = len(pdf.pages)
    except pikepdf.PdfError as fault:
        raise Refused("unreadable", str(fault)) from fault
    if not pages:
        raise Refused("unreadable", "no page")
    if pages > MAX_PAGES:
        raise Refused("bomb", f"{pages} pages")
    if active := active_content(pdf):
        raise Refused("active", " ".join(active))
    sizes = weigh(pdf)
    return Inspection(content_type=PDF, pages=pages, sizes=sizes, served=served_copy(pdf))
