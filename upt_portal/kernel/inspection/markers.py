"""The marker segments of a JPEG: leaving out those that say where and by whom it was taken."""

from typing import Final

START: Final = 0xD8
SCAN: Final = 0xDA
COMMENT: Final = 0xFE
JFIF: Final = 0xE0
ADOBE: Final = 0xEE
WITHOUT_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xDA)})


def without_metadata(jpeg: bytes) -> bytes:
    """The same JPEG, not decoded again, without comments and application data (Exif, XMP, IPTC).

    Kept: JFIF, and Adobe's marker, which says how the colours are stored. From the first scan on nothing is
    parsed; a file whose markers cannot be followed stays as it is from there.
    """
    if jpeg[:2] != b"\xff\xd8":
        return jpeg
    kept, at = bytearray(b"\xff\xd8"), 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF:
        marker = jpeg[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == SCAN or marker in WITHOUT_LENGTH:
            break
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if not (0xE0 <= marker <= 0xEF or marker == COMMENT) or marker in (JFIF, ADOBE):
            kept += jpeg[at:end]
        at = end
    return bytes(kept) + jpeg[at:]
