"""Tables for people's spreadsheets: typed cells, and no text that a spreadsheet would run."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

# What makes a spreadsheet run a text, also after blanks, and in the wide letters some of them read alike.
LIVE: Final = re.compile(r"[\s\x00-\x1f\ufeff]*[=+\-@＝＋－＠]|[\t\r\n\x00]")
NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv; charset=utf-8"


def inert(text: str) -> str:
    """The text with a leading quote when a spreadsheet would take it for a formula (ux §10, G1)."""
    return f"'{text}" if LIVE.match(text) else text


def _local(value: datetime) -> datetime:
    """The moment on the wall clock of Timișoara, without a zone: spreadsheets know none."""
    return timezone.make_naive(value) if timezone.is_aware(value) else value


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, datetime):
        return f"{_local(value):%d.%m.%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, int | Decimal | float):
        return str(value).replace(".", ",")  # beside ";" a Romanian Excel expects a decimal comma
    return inert(str(value))


def csv_bytes(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A CSV that Excel opens with Romanian letters and columns apart: UTF-8 with a mark, ";"."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=";")
    writer.writerow([inert(str(heading)) for heading in headings])
    writer.writerows([_csv_cell(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + target.getvalue().encode()


def _xlsx_cell(sheet: Any, value: Any, *, bold: bool = False) -> Any:
    if isinstance(value, datetime):
        cell = WriteOnlyCell(sheet, value=_local(value))
        cell.number_format = "dd.mm.yyyy hh:mm"
    elif isinstance(value, date):
        cell = WriteOnlyCell(sheet, value=datetime(value.year, value.month, value.day))  # noqa: DTZ001
        cell.number_format = "dd.mm.yyyy"
    elif isinstance(value, Decimal):
        cell = WriteOnlyCell(sheet, value=value)  # type: ignore[arg-type]  # openpyxl takes it, its stubs do not
        cell.number_format = "#,##0.00" if value.as_tuple().exponent == -2 else "General"
    elif value is None or isinstance(value, bool | int | float):
        cell = WriteOnlyCell(sheet, value=value)
    else:
        cell = WriteOnlyCell(sheet, value=NOT_IN_XML.sub("\ufffd", inert(str(value))))
        cell.data_type = "s"  # typed as text, whatever it begins with
        cell.number_format = "@"
    if bold:
        cell.font = Font(bold=True)
    return cell


def xlsx_bytes(title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook of one sheet: codes as text, real dates and numbers, the heading frozen and filterable."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "1")
    sheet.freeze_panes = "A2"
    sheet.append([_xlsx_cell(sheet, str(heading), bold=True) for heading in headings])
    for row in rows:
        sheet.append([_xlsx_cell(sheet, value) for value in row])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def download(
    filename: str, headings: Sequence[str], rows: Iterable[Sequence[Any]], *, as_csv: bool = False
) -> HttpResponse:
    """The table as a file to download, `filename` without extension; the caller records who took it."""
    data = csv_bytes(headings, rows) if as_csv else xlsx_bytes(filename, headings, rows)
    response = HttpResponse(data, content_type=CSV if as_csv else XLSX)
    response["Content-Disposition"] = f'attachment; filename="{filename}.{"csv" if as_csv else "xlsx"}"'
    response["Cache-Control"] = "private, no-store"
    return response
