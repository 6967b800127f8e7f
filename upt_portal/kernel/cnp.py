"""The personal numeric code: whether it can be right, what it says, how it is shown."""

from __future__ import annotations

from datetime import date

from stdnum.ro.cnp import calc_check_digit, compact

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import DERIVED, PAGE_GUIDE, Article, cites
from upt_portal.kernel.words import gettext_lazy as _
from upt_portal.kernel.words import ngettext_lazy

DIGITS = 13
_CENTURIES = {"1": 1900, "2": 1900, "3": 1800, "4": 1800, "5": 2000, "6": 2000}
#: Residents (7, 8) and foreigners (9): the first digit does not say the century of birth.
_ANY_CENTURY = (1900, 2000)
_NATIONAL_RULE = Article(DERIVED, "279146358279")


def clean_cnp(text: str) -> str:
    """The code without blanks and hyphens, as it is stored and compared."""
    return str(compact(text))


@cites(
    _NATIONAL_RULE,
    rule="REC-011",
    words=_("A CNP has 13 digits, its check digit fits, and digits 2 to 7 are a date that exists."),
)
def check_cnp(text: str) -> Answer:
    """Whether `text` can be a CNP: 13 digits, a date that exists, the check digit right.

    Counties are not compared: new ones may be given out.

    Examples:
        1810103345213 -> refused, its sum asks for 6 at the end
        1810103345216 -> accepted
    """
    cnp = clean_cnp(text)
    if not cnp:
        return NO(_("Enter your CNP"))
    digits = sum(letter in "0123456789" for letter in cnp)
    if digits != DIGITS:
        return NO(
            ngettext_lazy(
                "CNP has 13 digits; you entered %(count)s", "CNP has 13 digits; you entered %(count)s", digits
            )
        )
    if (
        len(cnp) != DIGITS
        or cnp[0] == "0"
        or not _possible_births(cnp)
        or calc_check_digit(cnp[:-1]) != cnp[-1]
    ):
        return NO(_("The CNP is not correct. Compare the digits with your ID"), _NATIONAL_RULE)
    return YES


@cites(
    Article(PAGE_GUIDE, "§ 2"),
    rule="REC-012",
    words=_(
        "The date of birth stands in digits 2 to 7; the first digit says the century, except for residents."
    ),
)
def birth_date_of(cnp: str) -> date | None:
    """The date of birth in a CNP; None when its first digit (7, 8, 9) does not say the century.

    cnp: 13 digits. Raises ValueError when the digits make no date.

    Examples:
        1810103345216 -> 3 January 1981
        5050614352661 -> 14 June 2005
    """
    cnp = clean_cnp(cnp)
    births = _possible_births(cnp)
    if not births:
        raise ValueError("these digits make no date of birth")
    return births[0] if cnp[0] in _CENTURIES else None


@cites(
    Article(DERIVED, "REC-012"),
    rule="REC-012",
    words=_("The date of birth typed must be the one in the CNP; of residents, its last two year digits."),
)
def fits_birth_date(cnp: str, born: date) -> bool:
    """Whether `born` can be the date of birth in `cnp` (for residents, in either century)."""
    return born in _possible_births(clean_cnp(cnp))


def sex_of(cnp: str) -> str:
    """ "M" or "F" by the first digit, odd is male; empty for 9, which does not tell."""
    first = clean_cnp(cnp)[0]
    return "" if first == "9" else "FM"[int(first) % 2]


def mask_cnp(cnp: str) -> str:
    """`5•••••••••••1`: the first and the last digit (REC-024); nothing of something shorter than a CNP."""
    cnp = clean_cnp(cnp)
    return f"{cnp[0]}{'•' * (DIGITS - 2)}{cnp[-1]}" if len(cnp) == DIGITS else "•" * len(cnp)


def make_cnp(birth: date, sex: str, county: int = 35, serial: int = 1, *, resident: bool = False) -> str:
    """A CNP for an invented person. sex: "M" or "F"; county: 1 to 99 (35 is Timiș); serial: 1 to 999.

    Raises ValueError outside these ranges or outside the years 1800 to 2099 (residents: 1900 to 2099).
    """
    if sex not in ("M", "F") or not (1 <= county <= 99 and 1 <= serial <= 999):
        raise ValueError(f"sex {sex!r}, county {county} or serial {serial} out of range")
    century = birth.year // 100 * 100
    firsts = {1900: "12", 1800: "34", 2000: "56"}
    if resident:
        firsts = dict.fromkeys(_ANY_CENTURY, "78")
    if century not in firsts:
        raise ValueError(f"no CNP is given for a birth in {birth.year}")
    start = f"{firsts[century]['MF'.index(sex)]}{birth:%y%m%d}{county:02d}{serial:03d}"
    return f"{start}{calc_check_digit(start)}"


def _possible_births(cnp: str) -> list[date]:
    """The dates digits 2 to 7 can mean: one, for residents up to two, none when no such day exists."""
    if len(cnp) != DIGITS or not (cnp.isascii() and cnp.isdigit()):
        return []
    centuries = (_CENTURIES[cnp[0]],) if cnp[0] in _CENTURIES else _ANY_CENTURY
    year, month, day = int(cnp[1:3]), int(cnp[3:5]), int(cnp[5:7])
    births = []
    for century in centuries:
        try:
            births.append(date(century + year, month, day))
        except ValueError:
            continue
    return births
