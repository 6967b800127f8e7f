"""Reading one cell: what people and Excel write for a text, a number, a date, a choice."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from upt_portal.kernel.names import search_key
from upt_portal.kernel.sheets import Cell, ExcelError, has_broken_letters

Reader = Callable[[Cell], Any]

DASHES: Final = frozenset({"-", "–", "—", "−"})
EXCEL_EPOCH: Final = date(1899, 12, 30)
MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            ("ianuarie", "ian", "january", "jan"),
            ("februarie", "feb", "february"),
            ("martie", "mar", "march"),
            ("aprilie", "apr", "april"),
            ("mai", "may"),
            ("iunie", "iun", "june", "jun"),
            ("iulie", "iul", "july", "jul"),
            ("august", "aug"),
            ("septembrie", "sept", "sep", "september"),
            ("octombrie", "oct", "october"),
            ("noiembrie", "noi", "nov", "november"),
            ("decembrie", "dec", "december"),
        ),
        1,
    )
    for name in names
}


class CellRefused(Exception):
    """A cell that says nothing usable; `str()` gives the reason in words, without row and column."""


def shown(cell: Cell) -> str:
    """The cell as the user sees it, at most 60 characters."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%d.%m.%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d.%m.%Y}"
    text = str(cell).replace(".", ",") if isinstance(cell, Decimal) else str(cell)
    return text if len(text) <= 60 else text[:59] + "…"


def key(text: str) -> str:
    """A word for comparing: no case, no diacritics, no punctuation."""
    return " ".join(re.sub(r"[^0-9a-z]+", " ", search_key(text)).split())


def is_blank(cell: Cell) -> bool:
    """Whether the cell holds nothing."""
    return cell is None or (isinstance(cell, str) and not cell)


def _refuse_errors(cell: Cell) -> None:
    if isinstance(cell, ExcelError):
        raise CellRefused(_("the formula gives an error"))
    if isinstance(cell, str) and has_broken_letters(cell):
        raise CellRefused(_("some letters were lost; save the file as .xlsx or CSV UTF-8"))


def text(cell: Cell) -> str:
    """A text, also when Excel keeps it as a number; the quote that protects from formulas is taken off."""
    _refuse_errors(cell)
    if isinstance(cell, date):
        raise CellRefused(_("Excel turned this into a date; format the cell as text and write it again"))
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell[1:] if re.match(r"'[=+\-@]", cell) else cell
    return f"{cell.normalize():f}" if isinstance(cell, Decimal) else str(cell)


def texts_up_to(longest: int) -> Reader:
    """A reader of texts of at most so many characters."""

    def read(cell: Cell) -> str:
        found = text(cell)
        if len(found) > longest:
            raise CellRefused(_("longer than %(count)s characters") % {"count": longest})
        return found

    return read


def number(cell: Cell) -> Decimal:
    """A number written the Romanian way (1.234,5), the English way (1,234.5) or by Excel; a dash is zero.

    A figure that may be read both ways, like 1.234, is refused.
    """
    _refuse_errors(cell)
    if isinstance(cell, bool | date):
        raise CellRefused(_("not a number"))
    if isinstance(cell, int | Decimal):
        return Decimal(cell)
    written = re.sub(r"\s", "", str(cell))
    if written in DASHES:
        return Decimal(0)
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", written):
        raise CellRefused(_("may be read in two ways; write it without a thousands separator"))
    for thousands, point in ((".", ","), (",", ".")):
        grouped = rf"[+-]?[1-9]\d{{0,2}}(?:{re.escape(thousands)}\d{{3}})+(?:{re.escape(point)}\d+)?"
        if re.fullmatch(grouped, written) or re.fullmatch(rf"[+-]?\d+(?:{re.escape(point)}\d+)?", written):
            return Decimal(written.replace(thousands, "").replace(point, "."))
    raise CellRefused(_("not a number"))


def numbers_between(least: int, most: int) -> Reader:
    """A reader of numbers in a range, the ends included."""

    def read(cell: Cell) -> Decimal:
        return Decimal(_within(number(cell), least, most))

    return read


def whole_between(least: int, most: int) -> Reader:
    """A reader of whole numbers in a range, the ends included; "5,0" is 5."""

    def read(cell: Cell) -> int:
        found = number(cell)
        if found != found.to_integral_value():
            raise CellRefused(_("not a whole number"))
        return int(_within(found, least, most))

    return read


_NUMERALS: Final = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
ROMAN: Final = {numeral: place for place, numeral in enumerate(_NUMERALS, 1)}


def ordinal_between(least: int, most: int) -> Reader:
    """A reader of a year or a semester: 3, "III", "anul 3", "Semestrul III", "sem. 3"."""
    whole = whole_between(least, most)

    def read(cell: Cell) -> int:
        written = re.fullmatch(
            r"(?:anul|an|semestrul|semestru|sem|s)?\.? ?(\d+|[IVX]+)", str(cell), re.IGNORECASE
        )
        if not written:
            return int(whole(cell))
        figure = written.group(1).upper()
        return int(_within(Decimal(ROMAN.get(figure) or whole(figure)), least, most))

    return read


def _within(found: Decimal, least: int, most: int) -> Decimal:
    if not least <= found <= most:
        raise CellRefused(_("must be between %(least)s and %(most)s") % {"least": least, "most": most})
    return found


def day(cell: Cell) -> date:
    """A date: Excel's own, its serial number, 20.11.2026, 2026-11-20 or "20 noiembrie 2026"."""
    _refuse_errors(cell)
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | Decimal) and not isinstance(cell, bool):
        if 10_000 <= cell <= 80_000:  # 1927 to 2119
            return EXCEL_EPOCH + timedelta(days=int(cell))
        raise CellRefused(_("not a date; write it as 20.11.2026"))
    return _written_day(str(cell))


def _written_day(written: str) -> date:
    year_first = re.fullmatch(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?:[T ]00:00(?::00)?)?", written)
    day_first = re.fullmatch(r"(\d{1,2})[-./ ](\d{1,2})[-./ ](\d{4})(?: 0?0:00(?::00)?)?", written)
    in_words = re.fullmatch(r"(\d{1,2})[ -.]?([a-z]+)\.?[ -]?(\d{4})", search_key(written).replace(".", ""))
    try:
        if year_first:
            return date(*(int(part) for part in year_first.groups()))
        if day_first:
            return date(*(int(part) for part in reversed(day_first.groups())))
        if in_words and in_words.group(2) in MONTHS:
            return date(int(in_words.group(3)), MONTHS[in_words.group(2)], int(in_words.group(1)))
    except ValueError as fault:
        raise CellRefused(_("no such date; the day comes before the month")) from fault
    raise CellRefused(_("not a date; write it as 20.11.2026"))


def choice(words: Mapping[str, Any], told: Sequence[str] = ()) -> Reader:
    """A reader of one of some words, whatever their case and diacritics; gives the value beside the word.

    told: the words named to somebody who wrote another one; all of them unless given.
    """
    values = {key(word): value for word, value in words.items()}

    def read(cell: Cell) -> Any:
        found = key(text(cell))
        if found not in values:
            raise CellRefused(_("not one of: %(words)s") % {"words": ", ".join(told or sorted(words))})
        return values[found]

    return read
