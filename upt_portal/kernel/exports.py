"""Tables for people's spreadsheets: typed cells, and no text that a spreadsheet would run."""

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Final

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
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
    target = io.BytesIO()
    _write_book(target, title, headings, rows)
    return target.getvalue()


def _write_book(
    target: IO[bytes], title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Write the workbook into an open file; the rows are taken one by one."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "1")
    sheet.freeze_panes = "A2"
    sheet.append([_xlsx_cell(sheet, str(heading), bold=True) for heading in headings])
    for row in rows:
        sheet.append([_xlsx_cell(sheet, value) for value in row])
    book.save(target)


def _csv_lines(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """A CSV line by line, as `csv_bytes` gives it at once."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=";")
    writer.writerow([inert(str(heading)) for heading in headings])
    yield b"\xef\xbb\xbf" + target.getvalue().encode()
    for row in rows:
        target.seek(0)
        target.truncate()
        writer.writerow([_csv_cell(value) for value in row])
        yield target.getvalue().encode()


def stream(
    filename: str, headings: Sequence[str], rows: Iterable[Sequence[Any]], *, as_csv: bool = False
) -> StreamingHttpResponse | FileResponse:
    """`download` for any length: a CSV leaves line by line, a workbook is written to a file on disk."""
    name = f"{filename}.{'csv' if as_csv else 'xlsx'}"
    response: StreamingHttpResponse | FileResponse
    if as_csv:
        response = StreamingHttpResponse(_csv_lines(headings, rows), content_type=CSV)
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    else:
        target = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
        _write_book(target, filename, headings, rows)
        target.seek(0)
        response = FileResponse(target, as_attachment=True, filename=name, content_type=XLSX)
    response["Cache-Control"] = "private, no-store"
    return response


def download(
    filename: str, headings: Sequence[str], rows: Iterable[Sequence[Any]], *, as_csv: bool = False
) -> HttpResponse:
    """The table as a file to download, `filename` without extension; the caller records who took it."""
    data = csv_bytes(headings, rows) if as_csv else xlsx_bytes(filename, headings, rows)
    response = HttpResponse(data, content_type=CSV if as_csv else XLSX)
    response["Content-Disposition"] = f'attachment; filename="{filename}.{"csv" if as_csv else "xlsx"}"'
    response["Cache-Control"] = "private, no-store"
    return response
