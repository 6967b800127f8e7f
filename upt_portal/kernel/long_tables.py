"""Tables too long to be held: read from a file on disk row by row, in memory that stays the same."""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any, Final

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from upt_portal.kernel.sheets import (
    MAX_COLUMNS,
    SEPARATORS,
    Cell,
    Sheet,
    TableRefused,
    cell_value,
    mended,
    sheets,
)
from upt_portal.kernel.tables import (
    HEADING_WITHIN,
    Column,
    Fault,
    Heading,
    LeftOut,
    Row,
    best_heading,
    heading_faults,
    rows_under,
)

MOST_ROWS: Final = 2_000_000
# A workbook is a packed file: what it unpacks to is bounded before any of it is read.
MOST_INFLATED: Final = 1024 * 1024 * 1024
MOST_STRINGS: Final = 256 * 1024 * 1024
PIECE: Final = 1024 * 1024
#: A cell longer than this is a quotation mark that never ends.
csv.field_size_limit(1024 * 1024)


@dataclass(frozen=True)
class LongTable:
    """A table found in an open file: its heading, the sheet it stands in, and its rows, one by one."""

    file: IO[bytes]
    columns: Sequence[Column]
    heading: Heading
    encoding: str
    separator: str

    @property
    def faults(self) -> list[Fault]:
        """What keeps its rows from being read at all."""
        return heading_faults(self.heading, self.columns)

    def rows(self) -> Iterator[Row | LeftOut | list[Fault]]:
        """The rows from the first to the last, each as a row, as left out, or as its faults.

        Raises TableRefused where the file breaks off.
        """
        self.file.seek(0)
        with _lines(self.file, self.encoding, self.separator, self.heading.sheet.name) as lines:
            under = (
                (number, mended(row)) for number, row in enumerate(lines, 1) if number > self.heading.last + 1
            )
            yield from rows_under(self.heading, under, self.columns)


def find(file: IO[bytes], columns: Sequence[Column]) -> LongTable:
    """The table with these columns in an XLSX, CSV or text file that lies open on disk.

    Raises TableRefused when the file is no table, or none with these headings.
    """
    file.seek(0)
    start = file.read(64 * 1024)
    if not start.strip():
        raise TableRefused(_("The file is empty"))
    packed = start.startswith(b"PK\x03\x04")
    encoding = "" if packed else _encoding_of(file, start)
    found = _workbook_starts(file) if packed else _text_starts(file, encoding)
    heading = best_heading([sheet for _separator, sheet in found], columns)
    if heading is None:
        wanted = ", ".join(str(column.title) for column in columns if column.required)
        raise TableRefused(
            _("No row with the headings was found. Expected: %(headings)s") % {"headings": wanted}
        )
    separator = next(separator for separator, sheet in found if sheet is heading.sheet)
    return LongTable(file, columns, heading, encoding, separator)


# ---- text files --------------------------------------------------------------------------------------------


def _encoding_of(file: IO[bytes], start: bytes) -> str:
    """UTF-8 or UTF-16 with a mark, UTF-8 without one if all of it is, otherwise code page 1250."""
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        sheets(start)  # says in words what kind of file it is
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in start:
        raise TableRefused(_("The file is not a table. Save it as .xlsx or .csv"))
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while piece := file.read(PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1250"
    return "utf-8-sig"


def _text_starts(file: IO[bytes], encoding: str) -> list[tuple[str, Sheet]]:
    """The first rows once for each separator they may be written with."""
    found = []
    for separator in SEPARATORS:
        file.seek(0)
        with _lines(file, encoding, separator, "") as lines:
            found.append((separator, Sheet("", [mended(row) for row in islice(lines, HEADING_WITHIN)])))
    return found


@contextmanager
def _lines(file: IO[bytes], encoding: str, separator: str, sheet: str) -> Iterator[Iterator[list[Cell]]]:
    """The rows of the file as plain cells, from its first line on; `file` stays open."""
    if not encoding:
        with _book(file) as book:
            yield _sheet_lines(book[sheet])
        return
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    try:
        yield _csv_lines(text, separator)
    finally:
        if not file.closed:
            text.detach()


def _csv_lines(text: IO[str], separator: str) -> Iterator[list[Cell]]:
    first = text.readline()
    if re.match(r"\s*<(!doctype|html|table|\?xml)", first, re.IGNORECASE):
        raise TableRefused(_("The file is a web page, not a table. Open it in Excel and save it as .xlsx"))
    if re.match(r"sep=.\r?\n", first, re.IGNORECASE):
        first = text.readline()

    def again() -> Iterator[str]:
        yield first
        # "yield from" would close the text together with the generator.
        for line in text:  # noqa: UP028
            yield line

    number = 0
    try:
        for line in csv.reader(again(), delimiter=separator, strict=True):
            number += 1
            _count(number)
            yield list(line[:MAX_COLUMNS])
    except csv.Error as fault:
        raise TableRefused(
            _("Row %(row)s: a quotation mark is opened and never closed") % {"row": number + 1}
        ) from fault


# ---- workbooks ---------------------------------------------------------------------------------------------


def _workbook_starts(file: IO[bytes]) -> list[tuple[str, Sheet]]:
    with _book(file) as book:
        shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.worksheets
        return [
            ("", Sheet(sheet.title, [mended(row) for row in islice(_sheet_lines(sheet), HEADING_WITHIN)]))
            for sheet in shown
        ]


@contextmanager
def _book(file: IO[bytes]) -> Iterator[Any]:
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as packed:
            parts = {part.filename: part.file_size for part in packed.infolist()}
        if "xl/workbook.xml" not in parts:
            raise TableRefused(_("The file is not an Excel table. Save it as .xlsx or .csv"))
        if sum(parts.values()) > MOST_INFLATED or parts.get("xl/sharedStrings.xml", 0) > MOST_STRINGS:
            raise TableRefused(_("The table is too large. Divide it"))
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except TableRefused:
        raise
    # openpyxl answers a damaged file with whatever its parsers stumble over.
    except Exception as fault:
        raise TableRefused(
            _("The Excel file is damaged. Open it, save it again and try once more")
        ) from fault
    yield book  # not closed: that would close the caller's file


def _sheet_lines(sheet: Any) -> Iterator[list[Cell]]:
    sheet.reset_dimensions()  # what the file says of its own size may be anything
    for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), 1):
        _count(number)
        yield [cell_value(cell) for cell in cells]


def _count(number: int) -> None:
    if number > MOST_ROWS:
        raise TableRefused(_("The table has more than %(count)s rows. Divide it") % {"count": MOST_ROWS})
