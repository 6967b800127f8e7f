"""From the bytes of a spreadsheet or text file to plain cells: formats, encodings, letters, merged cells."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries

from upt_portal.kernel.names import normalise

MAX_ROWS: Final = 50_000
MAX_COLUMNS: Final = 300
MAX_INFLATED: Final = 64 * 1024 * 1024
# A sheet whose last row was once formatted has a million empty ones: this many in a row mean the end.
BLANK_END: Final = 1_000
SEPARATORS: Final = (";", ",", "\t", "|")


class ExcelError(str):
    """A cell that shows an error of Excel, e.g. "#REF!"."""

    __slots__ = ()


Cell = str | int | bool | Decimal | date | datetime | time | None


class TableRefused(Exception):
    """The file is no table that can be read; `str()` says in words what to do."""


@dataclass
class Sheet:
    """One sheet, its rows from row 1 as the user counts them; `broken`: the row where a quote never ends."""

    name: str
    rows: list[list[Cell]] = field(default_factory=list)
    broken: int | None = None


def sheets(data: bytes) -> list[Sheet]:
    """The sheets of an XLSX file; for a text file, the same text once for each separator it may use.

    Letters are mended and normalised (ș ț with comma, no hidden blanks). Raises TableRefused.
    """
    if not data.strip():
        raise TableRefused(_("The file is empty"))
    if data.startswith(b"PK\x03\x04"):
        found = _workbook(data)
    elif data.startswith(b"\xd0\xcf\x11\xe0"):
        raise TableRefused(
            _("This is an old Excel file, or one with a password. Save it as .xlsx or .csv without one")
        )
    else:
        found = _text_tables(decoded(data))
    _mend(found)
    return found


# ---- text files ------------------------------------------------------------------------------------


def decoded(data: bytes) -> str:
    """The text of a file: UTF-8 or UTF-16 with or without a mark, otherwise code page 1250.

    ISO 8859-2 and 8859-16 keep the Romanian letters where code page 1250 has them. Raises TableRefused.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _decoded_as(data, encoding)
    start = data[:2000]
    if start[1::2].count(0) > len(start) // 4:
        return _decoded_as(data, "utf-16-le")
    if start[::2].count(0) > len(start) // 4:
        return _decoded_as(data, "utf-16-be")
    if b"\0" in start or data.startswith((b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")):
        raise TableRefused(_("The file is not a table. Save it as .xlsx or .csv"))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1250", errors="replace")


def _decoded_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as fault:
        raise TableRefused(_("The letters of the file cannot be read. Save it as CSV UTF-8")) from fault


def _text_tables(text: str) -> list[Sheet]:
    if re.match(r"\s*<(!doctype|html|table|\?xml)", text, re.IGNORECASE):
        raise TableRefused(_("The file is a web page, not a table. Open it in Excel and save it as .xlsx"))
    told = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)  # Excel's own line, which Excel does not count
    if told:
        return [_text_table(text[told.end() :], told.group(1))]
    return [_text_table(text, separator) for separator in SEPARATORS if separator in text] or [
        _text_table(text, ";")
    ]


def _text_table(text: str, separator: str) -> Sheet:
    sheet = Sheet(name="")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for line in lines:
            if len(sheet.rows) >= MAX_ROWS:
                raise TableRefused(
                    _("The table has more than %(count)s rows. Divide it") % {"count": MAX_ROWS}
                )
            sheet.rows.append(list(line[:MAX_COLUMNS]))
    except csv.Error:
        sheet.broken = len(sheet.rows) + 1
    return sheet


# ---- workbooks -------------------------------------------------------------------------------------


def _workbook(data: bytes) -> list[Sheet]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = set(packed.namelist())
            if sum(part.file_size for part in packed.infolist()) > MAX_INFLATED:
                raise TableRefused(_("The table is too large. Divide it"))
            if "xl/workbook.xml" not in names:
                raise TableRefused(_("The file is not an Excel table. Save it as .xlsx or .csv"))
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.worksheets
        return [Sheet(sheet.title, _filled(data, sheet, list(_sheet_rows(sheet)))) for sheet in shown]
    except TableRefused:
        raise
    # openpyxl answers a damaged file with whatever its parsers stumble over.
    except Exception as fault:
        raise TableRefused(
            _("The Excel file is damaged. Open it, save it again and try once more")
        ) from fault


def _sheet_rows(sheet: Any) -> Iterator[list[Cell]]:
    """Rows of a sheet as they stand, up to the last one that holds something."""
    sheet.reset_dimensions()  # what the file says of its own size may be anything
    blank: list[list[Cell]] = []
    for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), 1):
        if number > MAX_ROWS + BLANK_END:
            raise TableRefused(_("The table has more than %(count)s rows. Divide it") % {"count": MAX_ROWS})
        row = [cell_value(cell) for cell in cells]
        if any(value not in (None, "") for value in row):
            yield from blank
            blank = []
            yield row
        else:
            blank.append([])
            if len(blank) >= BLANK_END:
                return


def cell_value(cell: Any) -> Cell:
    """What a cell of a workbook says, as the user sees it."""
    value = cell.value
    if isinstance(value, str):
        return ExcelError(value) if cell.data_type == "e" else value
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        # "007" kept as the number 7 and shown with zeros: what the user sees counts.
        zeros = str(cell.number_format)
        return f"{value:0{len(zeros)}d}" if re.fullmatch("0{2,}", zeros) else value
    if isinstance(value, float):
        return Decimal(f"{value:.12g}")  # 2.4000000000000004 is Excel's arithmetic, not the user's
    if isinstance(value, datetime):
        return value.date() if value.time() == time(0) else value
    return value if isinstance(value, date | time) else str(value)


def _filled(data: bytes, sheet: Any, rows: list[list[Cell]]) -> list[list[Cell]]:
    """`rows` with the value of cells merged downwards repeated in each of their rows."""
    path = getattr(sheet, "_worksheet_path", "")
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if path not in packed.namelist():
            return rows
        xml = packed.read(path).decode("utf-8", "replace")
    for span in re.findall(r'<(?:\w+:)?mergeCell ref="([A-Z]+\d+:[A-Z]+\d+)"', xml):
        left, top, _right, bottom = (int(edge or 0) for edge in range_boundaries(span))
        if top > len(rows) or left > len(rows[top - 1]):
            continue
        for number in range(top, min(bottom, len(rows))):
            row = rows[number]
            row.extend([None] * (left - len(row)))
            row[left - 1] = rows[top - 1][left - 1]
    return rows


# ---- letters ---------------------------------------------------------------------------------------

# UTF-8 read as code page 1252 and saved so: "ă" became "Äƒ".
_DOUBLED: Final = re.compile("[ÂÃÄÅÈ][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]")
# Code page 1250 read as 1252 and saved so: "ţ" became "þ", "ş" became "º". Neither stands inside a word
# otherwise.
_MISREAD: Final = re.compile(r"[^\W\d_][þº]|[þº][^\W\d_]")
_MISREAD_LETTERS: Final = str.maketrans("ãºªþÞ", "ășȘțȚ")


def has_broken_letters(text: str) -> bool:
    """Whether letters were lost on the way: what was typed can no longer be known."""
    return "\ufffd" in text or bool(_DOUBLED.search(text))


def _undoubled(text: str) -> str:
    if _DOUBLED.search(text):
        try:
            return text.encode("cp1252").decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            return text
    return text


def mended(row: list[Cell]) -> list[Cell]:
    """One row by itself, its texts normalised and doubly encoded letters undone, as `sheets` gives them."""
    return [
        normalise(_undoubled(cell)) if isinstance(cell, str) and not isinstance(cell, ExcelError) else cell
        for cell in row
    ]


def _mend(found: list[Sheet]) -> None:
    """Normalises every text in place, and undoes two ways in which Romanian letters are commonly misread."""
    misread = any(
        isinstance(cell, str) and _MISREAD.search(cell)
        for sheet in found
        for row in sheet.rows
        for cell in row
    )
    for sheet in found:
        for row in sheet.rows:
            for place, cell in enumerate(row):
                if isinstance(cell, str) and not isinstance(cell, ExcelError):
                    text = _undoubled(cell)
                    row[place] = normalise(text.translate(_MISREAD_LETTERS) if misread else text)
