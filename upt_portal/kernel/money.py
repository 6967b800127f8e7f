"""Sums: the cent, the rounding, equal parts, and how a sum is written and read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from upt_portal.kernel.sources import DERIVED, PAGE_GUIDE, Article, cites
from upt_portal.kernel.words import Sentence, language
from upt_portal.kernel.words import gettext_lazy as _

CENT = Decimal("0.01")
NBSP = "\u00a0"
_ROMANIAN_NAMES = {"RON": "lei"}


class NotASum(ValueError):
    """A text that is no sum; `str()` says in words what is expected."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


@cites(
    Article(DERIVED, "FEE-003"),
    rule="FEE-003",
    words=_("Every line is rounded once to 0.01, halves up; totals are sums of rounded lines."),
)
def rounded(x: Decimal) -> Decimal:
    """`x` to the cent, halves away from zero; done once per line, totals are sums of rounded lines.

    Examples:
        466.666… -> 466.67
        0.005 -> 0.01
    """
    return x.quantize(CENT, ROUND_HALF_UP)


@cites(
    Article(PAGE_GUIDE, "§ 3"),
    rule="FEE-011",
    words=_("Instalments are equal; the difference from rounding stands in the last one."),
)
def instalments(total: Decimal, count: int) -> list[Decimal]:
    """`total` in `count` equal parts; the rounding difference falls on the last, the sum is exact.

    total: whole cents, not negative. Raises ValueError otherwise, or for less than one part.
    A total so small that rounding up would leave the last part below zero is rounded down instead.

    Examples:
        4,000 in three -> 1,333.33 + 1,333.33 + 1,333.34
    """
    if count < 1 or total < 0 or total != rounded(total):
        raise ValueError(f"need whole cents, none negative, and at least one part, got {total} in {count}")
    part = rounded(total / count)
    if part * (count - 1) > total:
        part = (total / count).quantize(CENT, ROUND_DOWN)
    return [part] * (count - 1) + [rounded(total - part * (count - 1))]


def format_money(amount: Decimal, currency: str = "RON", language: str = "ro") -> str:
    """`1.250,00 lei` in Romanian, `RON 1,250.00` in English; no-break spaces, a true minus sign.

    amount: rounded to the cent here, half up. language: "ro" or "en" (or a variant such as "en-gb").
    """
    amount = rounded(amount)
    digits = f"{abs(amount):,.2f}"
    sign = "−" if amount < 0 else ""
    if language.startswith("ro"):
        digits = digits.translate(str.maketrans(",.", ".,"))
        return f"{sign}{digits}{NBSP}{_ROMANIAN_NAMES.get(currency, currency)}"
    return f"{sign}{currency}{NBSP}{digits}"


@dataclass(frozen=True)
class Sum:
    """A sum inside a sentence, written in the language in which it is shown."""

    amount: Decimal
    currency: str = "RON"

    def __str__(self) -> str:
        return format_money(self.amount, self.currency, language())


def parse_money(text: str) -> Decimal:
    """The sum a person typed: `1.250,00`, `1250,5`, `1,250.00`, `1 250 lei`, `RON 12`.

    A single mark followed by three digits separates thousands, because a sum has at most two decimals.
    Raises NotASum (a ValueError) in words. The result has two decimals.
    """
    bare = re.sub(r"\s|lei|ron|eur|€", "", text.casefold().replace("−", "-"))
    sign = -1 if bare.startswith("-") else 1
    bare = bare.lstrip("-+") if re.match(r"[-+]?[0-9]", bare) else bare
    grouped = re.fullmatch(r"(\d{1,3}(?:([.,])\d{3})(?:\2\d{3})*)(?:(?!\2)[.,](\d{1,2}))?", bare, re.ASCII)
    if grouped and not bare.startswith("0"):
        whole, cents = re.sub(r"[.,]", "", grouped[1]), grouped[3] or "0"
    elif plain := re.fullmatch(r"(\d{1,12})(?:[.,](\d{1,2}))?", bare, re.ASCII):
        whole, cents = plain[1], plain[2] or "0"
    else:
        raise NotASum(_("Enter a sum like 1.250,00"))
    return sign * Decimal(f"{whole}.{cents}").quantize(CENT)
