"""Whose money it is, and which lines it pays when nobody chose them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from upt_portal.kernel.sources import DERIVED, Article, cites
from upt_portal.kernel.words import gettext_lazy as _

UNCHOSEN = Article(DERIVED, "FEE-006")
ZERO = Decimal("0.00")
OLDEST, NONE = "oldest", "none"


@dataclass(frozen=True)
class OpenLine:
    """A line that can be paid. left: what it still lacks, more than zero."""

    key: int
    left: Decimal
    due_at: datetime
    currency: str = "RON"


@cites(
    UNCHOSEN,
    rule="FEE-006",
    words=_(
        "Money that came by transfer or at the cash desk without a choice of lines pays the line that was "
        "due first, then the next; or it stays unallocated, where the university decides so."
    ),
)
def order_without_choice(lines: Iterable[OpenLine], policy: str, currency: str) -> list[OpenLine]:
    """The lines that unchosen money of a currency pays, in their order; none under the policy "none".

    Examples:
        lines due 15 Dec and 31 Oct, policy "oldest" -> that of 31 Oct first
    """
    if policy == NONE:
        return []
    same = (line for line in lines if line.currency == currency)
    return sorted(same, key=lambda line: (line.due_at, line.key))


@dataclass(frozen=True)
class Fit:
    """The account that a sum fits, and the lines it pays to the end."""

    account: int
    lines: tuple[int, ...]


@cites(
    UNCHOSEN,
    rule=("FEE-006", "FEE-017"),
    words=_(
        "A transfer without a reference finds its account when its payer is known and the sum is exactly one "
        "line, or everything, that one account still has to pay in that currency; otherwise the finance "
        "office decides."
    ),
)
def fitting_account(amount: Decimal, currency: str, accounts: Mapping[int, Sequence[OpenLine]]) -> Fit | None:
    """The one account among those of a payer that a sum fits; None when none does, or several do.

    Examples:
        335.00 for an account with lines of 335.00 and 120.00 -> the line of 335.00
        455.00 for the same -> both lines
        400.00 for the same -> none
    """
    fits = [
        Fit(account, keys)
        for account, lines in accounts.items()
        if (keys := _fitting_lines(amount, [line for line in lines if line.currency == currency]))
    ]
    return fits[0] if len(fits) == 1 else None


def _fitting_lines(amount: Decimal, lines: Sequence[OpenLine]) -> tuple[int, ...]:
    oldest = sorted(lines, key=lambda line: (line.due_at, line.key))
    for line in oldest:
        if line.left == amount:
            return (line.key,)
    if oldest and sum((line.left for line in oldest), ZERO) == amount:
        return tuple(line.key for line in oldest)
    return ()


@cites(
    UNCHOSEN,
    rule="FEE-006",
    words=_("A payer is known by the name of a student or by an account number that paid for one before."),
)
def name_readings(name: str) -> set[str]:
    """The spellings under which a payer's name may stand in the records: any split of it into family and
    given names, either first.

    name: words without diacritics, small letters. A reading repeats the family name at its end, as the
    search column of people does.

    Examples:
        "valeanu andra" -> "valeanu andra valeanu" and "andra valeanu andra"
    """
    words = name.split()
    readings = set()
    for cut in range(1, len(words)):
        first, last = " ".join(words[:cut]), " ".join(words[cut:])
        readings |= {f"{first} {last} {first}", f"{last} {first} {last}"}
    return readings
