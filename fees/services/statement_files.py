"""What a statement file of a bank says, as plain values, whatever its format; no table is touched here."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _

LARGEST: Final = 20 * 1024 * 1024  # bytes of a file
MOST_ENTRIES: Final = 50_000
CREDIT, DEBIT, TAKEN_BACK, CAME_BACK = "credit", "debit", "taken_back", "came_back"
#: What banks write where they have no reference.
NO_REFERENCE: Final = frozenset({"", "NONREF", "NOTPROVIDED", "NOT PROVIDED", "0", "-"})


class NotAStatement(Exception):
    """The file is no statement that can be read; `str()` says why, for the reader."""


@dataclass(frozen=True)
class Said:
    """Words about one line of the file: a fault, or why an entry is left out."""

    line: int
    words: str


@dataclass(frozen=True)
class Movement:
    """One movement on an account. line: where it begins in the file. amount: positive.

    kind: one of the kinds of a bank entry. unclear: words, when the file does not say it plainly.
    key: names the movement on its account, the same in every file that tells it; see `keyed`.
    """

    line: int
    iban: str
    kind: str
    amount: Decimal
    currency: str
    booked_on: date
    value_on: date
    payer_name: str = ""
    payer_iban: str = ""
    message: str = ""
    bank_reference: str = ""
    end_to_end: str = ""
    part: int = 0
    unclear: str = ""
    key: str = ""


@dataclass
class Reading:
    """A file as read. faults: while there is one, nothing of the file may be booked. left_out: not taken."""

    format: str
    movements: list[Movement] = field(default_factory=list)
    faults: list[Said] = field(default_factory=list)
    left_out: list[Said] = field(default_factory=list)


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read(data: bytes) -> Reading:
    """What a CAMT.053 or MT940 file says. Raises NotAStatement."""
    from fees.services import statement_camt, statement_mt940  # each imports this module for its values

    if not data.strip():
        raise NotAStatement(_("The file is empty"))
    if len(data) > LARGEST:
        raise NotAStatement(_("The file is larger than a statement may be (20 MB)."))
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<") or start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        reading = statement_camt.read(data)
    elif b":20:" in data[:4096]:
        reading = statement_mt940.read(data)
    else:
        raise NotAStatement(_("The file is neither CAMT.053 nor MT940. Ask the bank for one of these two."))
    if len(reading.movements) > MOST_ENTRIES:
        raise NotAStatement(
            _("The file has more than %(most)s entries. Split it by days.") % {"most": MOST_ENTRIES}
        )
    reading.movements = keyed(reading.movements)
    return reading


def keyed(movements: Iterable[Movement]) -> list[Movement]:
    """The movements with their keys.

    With a reference of the bank, the key is made of it, day, sum and part, so the same movement told twice
    has one key. Without one it is made of everything the bank said, and equal movements of a file count.
    """
    seen: Counter[str] = Counter()
    made = []
    for one in movements:
        facts: Sequence[object] = [
            one.iban,
            one.kind in (DEBIT, TAKEN_BACK),
            one.booked_on,
            one.amount,
            one.currency,
            one.part,
        ]
        if one.bank_reference:
            digest = _hash([*facts, one.bank_reference])
        else:
            digest = _hash([*facts, one.payer_iban, one.payer_name, one.message, one.end_to_end])
            seen[digest] += 1
            digest += f"-{seen[digest]}" if seen[digest] > 1 else ""
        made.append(replace(one, key=digest))
    return made


def _hash(facts: Sequence[object]) -> str:
    return hashlib.sha256("\x1f".join(map(str, facts)).encode()).hexdigest()


def reference_or_none(text: str | None) -> str:
    """A reference of the bank, or "" where it writes that it has none."""
    text = " ".join((text or "").split())
    return "" if text.upper() in NO_REFERENCE else text[:80]


def balance_fault(line: int, opening: Decimal | None, moved: Decimal, closing: Decimal | None) -> Said | None:
    """The fault of a statement whose entries do not lead from its first balance to its last."""
    if opening is None or closing is None or opening + moved == closing:
        return None
    words = _(
        "The entries do not add up: opening balance %(opening)s and movements of %(moved)s give %(sum)s, the "
        "bank says %(closing)s. A part of the statement is missing."
    )
    figures = {"opening": opening, "moved": moved, "sum": opening + moved, "closing": closing}
    return Said(line, words % {name: number_format(value, 2) for name, value in figures.items()})
