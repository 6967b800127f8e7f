"""Tables from people's files: columns found by their headings, rows read forgivingly, faults in words."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from upt_portal.kernel.cells import CellRefused, Reader, is_blank, key, shown, text
from upt_portal.kernel.sheets import Cell, Sheet, TableRefused, sheets

# Titles, the name of the faculty, the date: the heading is looked for this far down.
HEADING_WITHIN: Final = 40


@dataclass(frozen=True)
class Column:
    """A column that may stand anywhere in the table.

    name: what the program calls it. title: what people call it, shown in faults.
    aliases: further headings it is known by; case, diacritics and punctuation make no difference.
    required: the heading must be there. filled: every row must have a value; otherwise `default` is taken.
    """

    name: str
    title: Promise | str
    read: Reader = text
    aliases: tuple[str, ...] = ()
    required: bool = True
    filled: bool = True
    default: Any = None

    @property
    def headings(self) -> frozenset[str]:
        """The keys of all headings this column answers to."""
        return frozenset(key(heading) for heading in (self.name, str(self.title), *self.aliases))


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, told to the person who made the file; `row` as they see it."""

    words: str
    row: int | None = None
    column: str = ""
    value: str = ""

    def __str__(self) -> str:
        if self.row is None:
            return self.words
        place = {"row": self.row, "column": self.column, "value": self.value, "words": self.words}
        if self.column and self.value:
            return _("Row %(row)s, “%(column)s”: “%(value)s” – %(words)s") % place
        if self.column:
            return _("Row %(row)s, “%(column)s”: %(words)s") % place
        return _("Row %(row)s: %(words)s") % place


@dataclass(frozen=True)
class Row:
    """One row as read: its number in the file and its values by column name."""

    number: int
    values: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


@dataclass(frozen=True)
class LeftOut:
    """A row that was not read as one, and what stands in it: a subtitle, a total, a signature line."""

    number: int
    says: str


@dataclass
class Reading:
    """What was read from a file: rows, faults, rows left out, headings nobody asked for, headings missing."""

    sheet: str = ""
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    columns: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Heading:
    """Where the heading stands: index of its last row, and for each column its place in the row."""

    sheet: Sheet
    last: int
    places: dict[str, int]
    cells: list[str]

    def score(self, columns: Sequence[Column]) -> tuple[int, int]:
        required = sum(column.name in self.places for column in columns if column.required)
        return required, len(self.places)


def read(data: bytes, columns: Sequence[Column]) -> Reading:
    """The table with these columns in an XLSX, CSV or text file, wherever in it the table stands.

    Rows with a fault are not among `rows`. With a required heading missing no row is read.
    Raises TableRefused when the file is no table at all.
    """
    heading = best_heading(sheets(data), columns)
    if heading is None:
        wanted = ", ".join(str(column.title) for column in columns if column.required)
        raise TableRefused(
            _("No row with the headings was found. Expected: %(headings)s") % {"headings": wanted}
        )
    reading = Reading(sheet=heading.sheet.name, columns=frozenset(heading.places))
    known = set(heading.places.values())
    reading.ignored = [cell for place, cell in enumerate(heading.cells) if cell and place not in known]
    reading.missing = missing_of(heading, columns)
    reading.faults = heading_faults(heading, columns)
    if not reading.faults:
        _read_rows(heading, columns, reading)
    if heading.sheet.broken is not None:
        reading.faults.append(
            Fault(_("a quotation mark is opened and never closed"), row=heading.sheet.broken)
        )
    return reading


# ---- the heading -----------------------------------------------------------------------------------


def _keys(heading: str) -> tuple[str, str]:
    """A heading as it is, and without what stands in brackets: "Credite (ECTS)" is also "credite"."""
    whole = key(heading)
    return whole, key(re.sub(r"\(.*?\)|\[.*?\]", " ", heading)) if "(" in heading or "[" in heading else whole


def _matches(cells: list[str], known: Mapping[str, str]) -> dict[str, int]:
    """For each column its place in a row of headings; known: column names by the keys of their headings."""
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        whole, short = _keys(cell)
        if name := known.get(whole) or known.get(short):
            places.setdefault(name, place)
    return places


def _heading_rows(sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """Candidates: each of the first rows by itself, and two together, for headings written on two levels."""
    first = [[shown(cell) for cell in row] for row in sheet.rows[:HEADING_WITHIN]]
    yield from enumerate(first)
    for upper, (above, below) in enumerate(pairwise(first)):
        width = max(len(above), len(below))
        above, below = above + [""] * (width - len(above)), below + [""] * (width - len(below))
        yield upper + 1, [low or high for high, low in zip(above, below, strict=True)]


def best_heading(found: list[Sheet], columns: Sequence[Column]) -> Heading | None:
    """The row, among the first of these sheets, whose headings fit the columns best; None when none does."""
    best, score = None, (0, 1)
    known = {heading: column.name for column in reversed(columns) for heading in column.headings}
    for sheet in found:
        for last, cells in _heading_rows(sheet):
            heading = Heading(sheet, last, _matches(cells, known), cells)
            if heading.score(columns) > score:
                best, score = heading, heading.score(columns)
    return best


def missing_of(heading: Heading, columns: Sequence[Column]) -> list[str]:
    """Titles of the required columns that have no heading."""
    return [str(column.title) for column in columns if column.required and column.name not in heading.places]


def heading_faults(heading: Heading, columns: Sequence[Column]) -> list[Fault]:
    """What keeps the rows under a heading from being read: columns that are missing or stand twice."""
    words = _("The column “%(column)s” is missing")
    missing = [Fault(words % {"column": title}) for title in missing_of(heading, columns)]
    return missing + _doubled(heading, columns)


def _doubled(heading: Heading, columns: Sequence[Column]) -> list[Fault]:
    """Faults for headings that say the same column twice: which of the two counts cannot be known."""
    faults = []
    for column in columns:
        says = [cell for cell in heading.cells if cell and key(cell) in column.headings]
        if len(says) > 1:
            faults.append(Fault(_("The column “%(column)s” stands twice") % {"column": says[0]}))
    return faults


# ---- the rows --------------------------------------------------------------------------------------


def _read_rows(heading: Heading, columns: Sequence[Column], reading: Reading) -> None:
    lines = enumerate(heading.sheet.rows[heading.last + 1 :], heading.last + 2)
    for found in rows_under(heading, lines, columns):
        if isinstance(found, Row):
            reading.rows.append(found)
        elif isinstance(found, LeftOut):
            reading.left_out.append(found)
        else:
            reading.faults += found


def rows_under(
    heading: Heading, lines: Iterable[tuple[int, list[Cell]]], columns: Sequence[Column]
) -> Iterator[Row | LeftOut | list[Fault]]:
    """Each numbered line under a heading as a row, as one that is none, or as its faults; blank ones not."""
    present = [column for column in columns if column.name in heading.places]
    for index, cells in lines:
        if all(is_blank(cell) for cell in cells):
            continue
        picked = {column.name: _at(cells, heading.places[column.name]) for column in present}
        if _is_no_row(cells, picked, heading, present):
            yield LeftOut(index, " ".join(shown(cell) for cell in cells if not is_blank(cell)))
            continue
        values, faults = _read_row(index, picked, columns)
        yield faults or Row(index, values)


def _at(cells: list[Cell], place: int) -> Cell:
    return cells[place] if place < len(cells) else None


def _is_no_row(
    cells: list[Cell], picked: dict[str, Cell], heading: Heading, columns: Sequence[Column]
) -> bool:
    """Whether this is a heading printed again, a subtitle, a total or a line for signatures."""
    needed = [picked[column.name] for column in columns if column.filled]
    written = [shown(cell) for cell in cells if not is_blank(cell)]
    again = sum(
        shown(cell) == heading.cells[place] != "" for place, cell in enumerate(cells[: len(heading.cells)])
    )
    if again * 2 > len(heading.places):
        return True
    empty = sum(is_blank(cell) for cell in needed)
    return len(needed) > 1 and (
        len(written) == 1
        or empty == len(needed)
        or (key(written[0]).startswith("total") and empty * 2 >= len(needed))
    )


def _read_row(
    index: int, picked: dict[str, Cell], columns: Sequence[Column]
) -> tuple[dict[str, Any], list[Fault]]:
    values, faults = {}, []
    for column in columns:
        cell = picked.get(column.name)
        values[column.name] = column.default
        if is_blank(cell):
            if column.filled and column.name in picked:
                faults.append(Fault(_("the cell is empty"), index, str(column.title)))
            continue
        try:
            values[column.name] = column.read(cell)
        except CellRefused as refused:
            faults.append(Fault(str(refused), index, str(column.title), shown(cell)))
    return values, faults
