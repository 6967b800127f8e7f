"""The kinds of value a parameter can have: how each is typed, stored as JSON, and shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from upt_portal.kernel import dates
from upt_portal.kernel.words import Sentence, Words, language
from upt_portal.kernel.words import gettext_lazy as _

FILE_TYPES = ("PDF", "JPEG", "PNG")
YES_WORDS = ("da", "yes", "true", "1")
NO_WORDS = ("nu", "no", "false", "0")


class BadValue(ValueError):
    """A value of the wrong kind; `str()` says in words what is expected."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


@dataclass(frozen=True, order=True)
class DayMonth:
    """A day of every year, such as 13 December."""

    month: int
    day: int

    def __post_init__(self) -> None:
        date(2023, self.month, self.day)  # a common year: 29 February is no day of every year

    def __str__(self) -> str:
        return f"{self.month:02d}-{self.day:02d}"

    def on_or_after(self, start: date) -> date:
        """The first such day from `start` on; with the first day of an academic year, the one in that year.

        Examples:
            13 December from 28 September 2026 -> 13 December 2026
            15 February from 28 September 2026 -> 15 February 2027
        """
        this_year = date(start.year, self.month, self.day)
        return this_year if this_year >= start else date(start.year + 1, self.month, self.day)


@dataclass(frozen=True)
class Kind:
    """One kind of value.

    expected: what to type, a whole sentence. read: from typed text; raises BadValue.
    restored: from JSON; raises ValueError or TypeError. stored: to JSON. shown: for a reader, by language.
    typed: as text that `read` takes back.
    """

    expected: Sentence
    read: Callable[[str], Any]
    restored: Callable[[Any], Any]
    stored: Callable[[Any], Any]
    shown: Callable[[Any, str], str]
    typed: Callable[[Any], str] = str


def _whole(text: str) -> int:
    if not re.fullmatch(r"[-+]?[0-9]{1,12}", text):
        raise BadValue(INT.expected)
    return int(text)


def _is_whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError("not a whole number")
    return value


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise BadValue(DECIMAL.expected) from None
    if not number.is_finite():
        raise BadValue(DECIMAL.expected)
    return number


def _show_number(value: Decimal, reader: str) -> str:
    text = f"{value:f}"
    return text.replace(".", ",") if reader.startswith("ro") else text


def _typed_counts(text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\s*[0-9]{1,6}\s*(,\s*[0-9]{1,6}\s*)*", text):
        raise BadValue(COUNTS.expected)
    return _counts([int(part) for part in text.split(",")])


def _counts(value: Any) -> tuple[int, ...]:
    """Whole numbers above 0, each once, the largest first."""
    numbers = tuple(sorted({_is_whole(one) for one in value}, reverse=True))
    if not numbers or numbers[-1] < 1:
        raise BadValue(COUNTS.expected)
    return numbers


def _yes_or_no(text: str) -> bool:
    if text.casefold() not in YES_WORDS + NO_WORDS:
        raise BadValue(BOOL.expected)
    return text.casefold() in YES_WORDS


def _is_bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("not yes or no")
    return value


def _show_yes_or_no(value: bool, reader: str) -> str:
    return ("da" if value else "nu") if reader.startswith("ro") else ("yes" if value else "no")


def _typed_day(text: str) -> date:
    for form in ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%d %m %Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 a day has no zone
        except ValueError:
            continue
    raise BadValue(DATE.expected)


def _typed_day_month(text: str) -> DayMonth:
    typed = re.fullmatch(r"([0-9]{1,2})[. /]([0-9]{1,2})\.?", text)
    try:
        return DayMonth(int(typed[2]), int(typed[1])) if typed else _stored_day_month(text)
    except ValueError:
        raise BadValue(DAY_MONTH.expected) from None


def _stored_day_month(text: str) -> DayMonth:
    month, day = text.split("-")
    return DayMonth(int(month), int(day))


def _show_day_month(value: DayMonth, reader: str) -> str:
    return dates.day_month(date(2023, value.month, value.day), reader)


def _text(text: str) -> str:
    if not isinstance(text, str) or not text:
        raise BadValue(TEXT.expected)
    return text


def _domain(text: str) -> str:
    domain = text.casefold().removeprefix("@")
    if not re.fullmatch(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", domain):
        raise BadValue(EMAIL_DOMAIN.expected)
    return domain


def _file_types(names: Sequence[str]) -> tuple[str, ...]:
    wanted = {"JPEG" if name == "JPG" else name for name in names}
    if not wanted or not wanted <= set(FILE_TYPES):
        raise BadValue(TYPES.expected)
    return tuple(name for name in FILE_TYPES if name in wanted)


def _plain(value: Any, reader: str) -> str:
    return str(value)


def _same(value: Any) -> Any:
    return value


INT = Kind(_("Enter a whole number, for example 5."), _whole, _is_whole, _same, _plain)
DECIMAL = Kind(
    _("Enter a number, for example 0,1."), _number, lambda json: Decimal(_text(json)), str, _show_number
)
BOOL = Kind(
    _("Enter “yes” or “no”."),
    _yes_or_no,
    _is_bool,
    _same,
    _show_yes_or_no,
    lambda value: _show_yes_or_no(value, language()),
)
DATE = Kind(
    _("Enter a date like 20.11.2026."), _typed_day, date.fromisoformat, date.isoformat, dates.day_long
)
DAY_MONTH = Kind(
    _("Enter a day and month of every year, for example 13.12."),
    _typed_day_month,
    _stored_day_month,
    str,
    _show_day_month,
    lambda value: f"{value.day:02d}.{value.month:02d}",
)
TEXT = Kind(_("Enter a text."), _text, _text, _same, _plain)
EMAIL_DOMAIN = Kind(
    _("Enter the part of the address after @, for example student.upt.ro."), _domain, _domain, _same, _plain
)
TYPES = Kind(
    _("Enter one or more of PDF, JPEG, PNG, with commas between them."),
    lambda text: _file_types([part.strip().upper() for part in text.split(",") if part.strip()]),
    _file_types,
    list,
    lambda value, reader: ", ".join(value),
    ", ".join,
)

COUNTS = Kind(
    _("Enter one or more whole numbers above 0 with commas between them, for example 7, 1."),
    _typed_counts,
    _counts,
    list,
    lambda value, reader: ", ".join(str(one) for one in value),
    lambda value: ", ".join(str(one) for one in value),
)

KINDS: dict[str, Kind] = {
    "int": INT,
    "decimal": DECIMAL,
    "bool": BOOL,
    "date": DATE,
    "day_month": DAY_MONTH,
    "choice": TEXT,
    "text": TEXT,
    "email_domain": EMAIL_DOMAIN,
    "types": TYPES,
    "counts": COUNTS,
}


def choices_in_words(choices: Sequence[str]) -> Words:
    """What to type where only some texts are allowed."""
    return _("Enter one of: %(choices)s.") % {"choices": ", ".join(choices)}
