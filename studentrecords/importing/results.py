"""Results from a pasted table or a spreadsheet: found by matriculation number, checked, nothing written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from studentrecords.models import CatalogueRow
from studentrecords.rules import grading
from upt_portal.kernel.names import search_key
from upt_portal.kernel.sheets import Cell, TableRefused, sheets

#: Headings under which results stand; without one the last filled cell of a line is taken.
_HEADINGS = frozenset(
    {"nota", "rezultat", "rezultatul", "calificativ", "grade", "result", "mark", "punctaj final"}
)
MOST_LINES = 2000


@dataclass(frozen=True)
class Found:
    """A line that belongs to a row: what stands there now and what the file says."""

    row: CatalogueRow
    now: str


@dataclass
class Reading:
    """What a file would do. same: lines that change nothing; faults: in words, with their line."""

    found: list[Found] = field(default_factory=list)
    same: int = 0
    faults: list[str] = field(default_factory=list)
    without: int = 0


def pasted(text: str) -> list[list[Cell]]:
    """Lines copied from a spreadsheet, or typed with semicolons or tabs between the cells."""
    lines: list[list[Cell]] = []
    for line in text.splitlines()[:MOST_LINES]:
        separator = "\t" if "\t" in line else ";" if ";" in line else None
        lines.append([cell.strip() for cell in line.split(separator)])
    return lines


def of_file(data: bytes) -> list[list[Cell]]:
    """The lines of the first table of an XLSX, CSV or text file. Raises TableRefused in words."""
    found = sheets(data)
    if not found:
        raise TableRefused(_("The file holds no table."))
    return [list(row) for row in found[0].rows[:MOST_LINES]]


def read(lines: Sequence[Sequence[Cell]], rows: Iterable[CatalogueRow], scale: str) -> Reading:
    """What these lines say about the rows of a catalogue.

    A line is known by a matriculation number in any of its cells. Lines without one are told as faults,
    except headings and empty ones.
    """
    known = {search_key(row.enrolment.matriculation_number): row for row in rows}
    reading, place, seen = Reading(), -1, set[int]()
    for number, line in enumerate(lines, 1):
        cells = [_text(cell) for cell in line]
        keys = [search_key(cell) for cell in cells]
        row = next((known[key] for key in keys if key in known), None)
        if row is None:
            heading = next((at for at, key in enumerate(keys) if key in _HEADINGS), -1)
            if heading >= 0:
                place = heading
            elif any(cells):
                words = _("Line %(line)s: no student of this list (%(says)s)")
                reading.faults.append(words % {"line": number, "says": " ".join(filter(None, cells))[:60]})
            continue
        if row.pk in seen:
            words = _("Line %(line)s: %(student)s stands here twice")
            reading.faults.append(words % {"line": number, "student": row.enrolment.person.list_name})
            continue
        seen.add(row.pk)
        _take(reading, row, _result_cell(cells, keys, known, place), number, scale)
    reading.without = len(known) - len(seen)
    return reading


def _result_cell(cells: list[str], keys: list[str], known: dict[str, CatalogueRow], place: int) -> str:
    if 0 <= place < len(cells):
        return cells[place]
    filled = [cell for cell, key in zip(cells, keys, strict=True) if cell and key not in known]
    return filled[-1] if filled else ""


def _take(reading: Reading, row: CatalogueRow, cell: str, number: int, scale: str) -> None:
    given = {"line": number, "student": row.enrolment.person.list_name, "cell": cell[:30]}
    now = grading.typed_result(search_key(cell), scale)
    if not now:
        reading.faults.append(_("Line %(line)s, %(student)s: “%(cell)s” is no result") % given)
    elif now == row.result:
        reading.same += 1
    elif row.fixed:
        reading.faults.append(
            _("Line %(line)s, %(student)s: not admitted this year, the result is fixed") % given
        )
    else:
        reading.found.append(Found(row, now))


def _text(cell: Cell) -> str:
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}"
    return "" if cell is None else str(cell).strip()
