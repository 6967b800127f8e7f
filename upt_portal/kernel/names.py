"""Names and titles as people write them: one spelling stored, one key to sort by, one to search by.

The database may know no Romanian collation, so lists are sorted by a stored key and searched in a stored
column; both are computed here.
"""

from __future__ import annotations

import re
import unicodedata

_CEDILLA = str.maketrans("şţŞŢ", "șțȘȚ")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_DASHES = re.compile("[-_\u2010-\u2015\u2212]")
_QUOTES = re.compile("['\"`´\u2018-\u201f\u2032\u2033«»]")

# The order of a Romanian dictionary: a separator before digits, digits before letters, ă and â after a.
_ALPHABET = " 0123456789aăâbcdefghiîjklmnopqrsștțuvwxyz"
_PLACE = {letter: f"{place:02d}" for place, letter in enumerate(_ALPHABET)}
# Letters that do not come apart into a base letter and an accent.
_FOREIGN = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"}
)


def normalise(text: str) -> str:
    """`text` with comma letters (ș ț, not ş ţ), composed, without invisible marks, single blanks."""
    text = unicodedata.normalize("NFC", text).translate(_CEDILLA)
    return " ".join(_INVISIBLE.sub("", text).split())


def search_key(text: str) -> str:
    """`text` for searching: lower case, no diacritics or quotes, hyphens as blanks.

    The same function is applied to what is stored and to what is typed.
    """
    return " ".join(_bare(_spaced(text)).split())


def sort_key(text: str) -> str:
    """A key whose plain order is that of a Romanian dictionary: a ă â b … i î … s ș t ț … z.

    Digits only, two per letter, so that every collation of a database orders it alike. Case, hyphens and
    foreign accents make no difference.
    """
    letters = []
    for letter in _spaced(text):
        letters.append(letter if letter in _PLACE else _bare(letter))
    return "".join(_PLACE.get(letter, "") for letter in " ".join("".join(letters).split()))


def _spaced(text: str) -> str:
    return _QUOTES.sub("", _DASHES.sub(" ", normalise(text))).lower()


def _bare(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.translate(_FOREIGN))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
