"""What extension, repetition, re-registration, transfer and resumption cost, discipline by discipline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from fees.rules.tuition import recontract_fee
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.money import rounded
from upt_portal.kernel.sources import CODE, Article, cites
from upt_portal.kernel.words import gettext_lazy as _

ZERO = Decimal("0.00")


class Taken(StrEnum):
    """How an outstanding discipline is taken."""

    RECONTRACT = "recontract"  # minimum standards not met: the whole discipline again
    RE_EXAM = "re_exam"  # standards met: one exam presentation
    NEW = "new"  # brought in by the curriculum joined


@dataclass(frozen=True)
class Outstanding:
    """A discipline to charge. key: names it, the same every time. credits: ECTS.

    decided: the amount a decision gives it, two decimals; None leaves it to the formula.
    """

    key: str
    taken: Taken
    credits: int
    decided: Decimal | None = None


@dataclass(frozen=True)
class Due:
    """One sum: kind of fee, amount with two decimals, and the rule that gives it."""

    key: str
    code: str
    amount: Decimal
    rule: str


@cites(
    Article(CODE, "art. 49 (4)"),
    Article(CODE, "art. 49 (5)"),
    rule="FEE-051",
    words=_(
        "After the approval of an extension each outstanding discipline is paid by its route: contracted "
        "again by its credits, or one exam presentation. Unpaid, the extension is void."
    ),
)
def extension_lines(
    rows: Iterable[Outstanding], *, annual: Decimal, re_exam: Decimal | None, divisor: int = 60
) -> list[Due]:
    """The sums of an extension's disciplines, in their order.

    annual: the fee-paying amount of the programme. re_exam: price of a presentation; None when none is set,
    and then ValueError for a row that needs it.

    Examples:
        annual fee 3,900, one re-contract of 4 credits -> 260.00
    """
    return [_due(row, annual, re_exam, divisor, "FEE-051") for row in rows]


@cites(
    Article(CODE, "art. 50 (5)"),
    Article(CODE, "art. 50 (6)"),
    Article(CODE, "art. 50 (7)"),
    rule="FEE-053",
    words=_(
        "In a repeated year outstanding disciplines are paid by their route, new ones of the curriculum "
        "joined by their credits. Unpaid, the repetition is void."
    ),
)
def repetition_lines(
    rows: Iterable[Outstanding], *, annual: Decimal, re_exam: Decimal | None, divisor: int = 60
) -> list[Due]:
    """The sums of a repeated year's disciplines, in their order; arguments as for an extension.

    Examples:
        annual fee 4,500, new discipline of 6 credits -> 450.00
    """
    return [_due(row, annual, re_exam, divisor, "FEE-053") for row in rows]


@cites(
    Article(CODE, "art. 57 (1)"),
    Article(CODE, "art. 57 (5)"),
    rule="FEE-054",
    words=_(
        "Who is registered again pays the re-enrolment fee first, then the re-contract fee of each remaining "
        "discipline."
    ),
)
def reregistration_lines(rows: Iterable[Outstanding], *, annual: Decimal, divisor: int = 60) -> list[Due]:
    """The sums of the disciplines that remain after a re-registration: each by its credits."""
    return [
        Due(row.key, "RECONTRACT", recontract_fee(annual, row.credits, divisor), "FEE-054") for row in rows
    ]


@cites(
    Article(CODE, "art. 44 (1) b"),
    Article(CODE, "art. 18 (5)"),
    rule="FEE-058",
    words=_(
        "After a transfer or an admission by equivalence the disciplines to contract are paid as "
        "differences: by their credits, unless the dean's decision gives another amount."
    ),
)
def difference_lines(rows: Iterable[Outstanding], *, annual: Decimal, divisor: int = 60) -> list[Due]:
    """The differences, in their order.

    Examples:
        annual fee 3,900, 5 credits, the decision says nothing -> 325.00
        the same, the decision gives 200 -> 200.00
    """
    return [
        Due(
            row.key,
            "DIFFERENCES",
            rounded(row.decided) if row.decided is not None else recontract_fee(annual, row.credits, divisor),
            "FEE-058",
        )
        for row in rows
    ]


@cites(
    Article(CODE, "art. 53"),
    Article(CODE, "art. 54"),
    rule="FEE-059",
    words=_(
        "On resumption the disciplines that the curriculum joined adds are contracted without a fee, unless "
        "the university decides otherwise; the tuition is that of the promotion joined."
    ),
)
def resumption_lines(
    rows: Iterable[Outstanding], *, annual: Decimal, free: bool = True, divisor: int = 60
) -> list[Due]:
    """The sums of the disciplines added on resumption. free: the university's setting.

    Examples:
        annual fee 4,200, one added discipline of 5 credits -> 0.00
        the same, charged -> 350.00
    """
    return [
        Due(
            row.key,
            "NEW_DISCIPLINE",
            ZERO if free else recontract_fee(annual, row.credits, divisor),
            "FEE-059",
        )
        for row in rows
    ]


def _due(row: Outstanding, annual: Decimal, re_exam: Decimal | None, divisor: int, rule: str) -> Due:
    if row.taken is Taken.RE_EXAM:
        if re_exam is None:
            raise ValueError("an exam presentation needs its price")
        return Due(row.key, "REEXAM", rounded(re_exam), rule)
    code = "NEW_DISCIPLINE" if row.taken is Taken.NEW else "RECONTRACT"
    return Due(row.key, code, recontract_fee(annual, row.credits, divisor), rule)


@cites(
    Article(CODE, "art. 50 (9)"),
    rule="FEE-056",
    words=_("Who returns after an expulsion in the first year does so on a fee-paying place."),
)
def may_return(*, expelled_in_year: int, fee_paying: bool) -> Answer:
    """Whether a return may be charged as it stands. expelled_in_year: year of study of the expulsion."""
    if expelled_in_year == 1 and not fee_paying:
        return NO(
            _("After an expulsion in the first year the return is on a fee-paying place."),
            Article(CODE, "art. 50 (9)"),
            _("Set the place as fee-paying first."),
        )
    return YES


@cites(
    Article(CODE, "art. 34 (5)"),
    rule="FEE-057",
    words=_(
        "In the second week of the year the lists hold only those students in extension or in a repeated "
        "year who paid."
    ),
)
def is_on_the_lists(left: Sequence[Decimal]) -> bool:
    """Whether a student in extension or repetition stays on the lists.

    left: what each of the sums of the request still lacks; no sum at all means that nothing was charged, and
    then nobody paid.
    """
    return bool(left) and all(one <= 0 for one in left)
