"""Sums set one by one: by a decision, or by the price list."""

from __future__ import annotations

from decimal import Decimal

from upt_portal.kernel.money import rounded
from upt_portal.kernel.sources import CODE, Article, cites
from upt_portal.kernel.words import gettext_lazy as _


@cites(
    Article(CODE, "art. 13 o"),
    Article(CODE, "art. 59 (2) e"),
    rule="FEE-076",
    words=_("Damage caused by a student is paid as the sanction decision says: its value and its repair."),
)
def damages(value: Decimal, repair: Decimal = Decimal(0)) -> Decimal:
    """What a sanction decision asks for, rounded to the cent. Raises ValueError when it is not above zero.

    Examples:
        value 300 and repair 20.50 -> 320.50
    """
    owed = rounded(value + repair)
    if owed <= 0:
        raise ValueError(f"damages are above zero, got {owed}")
    return owed


@cites(
    Article(CODE, "art. 2 (1) c"),
    Article(CODE, "art. 18 (1)"),
    Article(CODE, "art. 60 (3)"),
    rule=("FEE-009", "FEE-078"),
    words=_(
        "The original of a school document is free; a duplicate and a language certificate cost what the "
        "price list says."
    ),
)
def document_fee(price: Decimal, *, original: bool) -> Decimal:
    """What a document costs, rounded to the cent. price: of a duplicate or a certificate.

    Examples:
        the original of a diploma -> 0.00
        its duplicate, price 50 -> 50.00
    """
    return Decimal("0.00") if original else rounded(price)
