"""What an inspection says of a file, the limits it applies, and the reasons it refuses for."""

from dataclasses import dataclass, field
from typing import Final

PDF: Final = "application/pdf"
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"

# Only what stands at the very first byte counts (CON-062): a reader that searches for "%PDF-" further in is
# how one file comes to be two things at once.
SIGNATURES: Final = ((b"%PDF-", PDF), (b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG))

MAX_PIXELS: Final = 50_000_000
MAX_PAGES: Final = 100
MAX_INFLATED: Final = 64 * 1024 * 1024

CPU_SECONDS: Final = 10
WALL_SECONDS: Final = 30
ADDRESS_SPACE: Final = 512 * 1024 * 1024
MAX_ANSWER: Final = 128 * 1024 * 1024


class Refused(Exception):
    """The file is not accepted: type, password, unreadable, active or bomb; `detail` is for the log."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Inspection:
    """What was found in a file.

    content_type: by the first bytes, "" when none of the three formats.
    pages: pages of a PDF, 1 for a picture.
    sizes: width and height of the picture, or of each picture inside the PDF, in pixels.
    has_colour: at least one page shows colour; None when it could not be told in the time given.
    encrypted, active: a password, or something that runs or is attached, named in `active`.
    refusal: "" when the file is accepted, otherwise the code of `Refused`.
    served: the copy that may be shown to others, without metadata; empty when refused.
    """

    content_type: str = ""
    pages: int = 0
    sizes: tuple[tuple[int, int], ...] = ()
    has_colour: bool | None = None
    encrypted: bool = False
    active: tuple[str, ...] = ()
    refusal: str = ""
    detail: str = ""
    served: bytes = field(default=b"", repr=False)

    @property
    def accepted(self) -> bool:
        """Nothing was found against the file."""
        return not self.refusal


def type_of(data: bytes) -> str:
    """The content type by the first bytes, or "" when it is not PDF, JPEG or PNG (CON-062)."""
    return next((kind for signature, kind in SIGNATURES if data.startswith(signature)), "")
