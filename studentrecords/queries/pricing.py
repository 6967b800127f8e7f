"""What an upper room knows of prices: what the duplicate of a school document costs.

It hands over a function when it starts; without one no price is known.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from studentrecords.models import Enrolment


@dataclass(frozen=True)
class DocumentPrice:
    """What a document costs a student, to the cent, and the currency."""

    amount: Decimal
    currency: str


Duplicates = Callable[[Enrolment, date], DocumentPrice | None]


def _unknown(enrolment: Enrolment, on: date) -> DocumentPrice | None:
    return None


_duplicates: Duplicates = _unknown


def read_duplicates_with(read: Duplicates) -> None:
    """From now on the prices of duplicates come from `read`."""
    global _duplicates
    _duplicates = read


def duplicate_price(enrolment: Enrolment, on: date) -> DocumentPrice | None:
    """What a duplicate costs this student on a local day; None while no price is set (FEE-009)."""
    return _duplicates(enrolment, on)
