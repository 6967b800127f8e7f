"""What must be paid before a request is sent on, and what becomes of later lines when somebody leaves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.money import Sum
from upt_portal.kernel.sources import CODE, Article, cites
from upt_portal.kernel.words import gettext_lazy as _

ZERO = Decimal("0.00")


class Act(StrEnum):
    """What a student files."""

    EXTENSION = "extension"
    REPETITION = "repetition"
    WITHDRAWAL = "withdrawal"


_ARTICLES: Mapping[Act, Article] = {
    Act.EXTENSION: Article(CODE, "art. 49 (1)"),
    Act.REPETITION: Article(CODE, "art. 50 (1)"),
    Act.WITHDRAWAL: Article(CODE, "art. 55 (2)"),
}


@cites(
    *_ARTICLES.values(),
    rule="FEE-055",
    words=_("Extension, repetition and withdrawal need that everything due until the day of filing is paid."),
)
def may_file(act: Act, owed: Mapping[str, Decimal]) -> Answer:
    """Whether nothing stands in the way of filing.

    owed: unpaid sums of the lines due on or before that day, by currency.

    Examples:
        nothing owed -> yes
        1,500.00 lei owed -> no, with the sum
    """
    open_sums = [Sum(amount, currency) for currency, amount in owed.items() if amount > 0]
    if not open_sums:
        return YES
    words = _("%(sums)s must be paid before: the sums that are due until the day of filing.")
    return NO(words % {"sums": _Sums(open_sums)}, _ARTICLES[act], _("Pay them, then file the request."))


class _Sums:
    """Several sums in one sentence, in the language in which it is shown."""

    def __init__(self, sums: list[Sum]) -> None:
        self._sums = sums

    def __str__(self) -> str:
        return " + ".join(str(one) for one in self._sums)


class Fate(StrEnum):
    """What becomes of a line when its student leaves."""

    STAYS = "stays"
    CANCELLED = "cancelled"
    CLOSED = "closed"


@cites(
    Article(CODE, "art. 51 (10)"),
    Article(CODE, "art. 51 (11)"),
    Article(CODE, "art. 55 (2)"),
    rule=("FEE-073", "FEE-074"),
    words=_(
        "Who interrupts or withdraws owes what is due until the day of filing. Later instalments are "
        "cancelled; one that is partly paid is closed at what was paid; what is paid ahead is not returned."
    ),
)
def fate_of(due_at: datetime, filed_on: date, *, paid: Decimal, left: Decimal) -> Fate:
    """What becomes of a line.

    filed_on: local day of filing; a line due on it stays. paid, left: of the line.

    Examples:
        due 15 April 2025, filed 20 February 2025: unpaid -> cancelled; partly paid -> closed; paid -> stays
        due 15 February 2025 -> stays
    """
    if left <= 0 or due_at <= end_of_day(filed_on):
        return Fate.STAYS
    return Fate.CLOSED if paid > 0 else Fate.CANCELLED
