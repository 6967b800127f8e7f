"""Tuition and re-contracting fees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.money import instalments, rounded
from upt_portal.kernel.sources import (
    ADMISSION_PROCEDURE,
    CODE,
    CONTRACT_GUIDE,
    PAGE_GUIDE,
    Article,
    cites,
)
from upt_portal.kernel.words import gettext_lazy as _

ZERO = Decimal("0.00")
HUNDRED = Decimal(100)

RECONTRACTING = Article(CODE, "art. 27 (3)")
STAGE_5 = Article(CONTRACT_GUIDE, "stage 5")

# Member states of the Union and of the European Economic Area, and Switzerland: they pay as Romanians do.
_CODES = "AT BE BG CH CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
EU_EEA_SWISS = frozenset(_CODES.split())


@cites(
    Article(CODE, "art. 13 q"),
    Article(CODE, "art. 23 (2)"),
    Article(CODE, "art. 49 (3)"),
    Article(CODE, "art. 50 (5)"),
    rule="FEE-001",
    words=_(
        "The Senate sets the amounts of an academic year. A line keeps the amount of its creation, and no "
        "line is made without a price."
    ),
)
def may_be_charged(*, priced: bool) -> Answer:
    """Whether a line may be made. priced: the list of the year has an amount for it.

    Examples:
        no price is set -> no line
    """
    return YES if priced else NO(_("The amount must be set first."), Article(CODE, "art. 23 (2)"))


@cites(
    Article(CODE, "art. 2 (1) a"),
    Article(CODE, "art. 13 q"),
    Article(CODE, "art. 49"),
    Article(CODE, "art. 50 (5)"),
    Article(CODE, "art. 50 (6)"),
    rule="FEE-010",
    words=_(
        "A fee-paying place owes the annual tuition of its programme, a state-funded one none. "
        "In an extension or a repeated year their own fees stand in its place."
    ),
)
def tuition_owed(
    annual: Decimal, *, fee_paying: bool, year_has_own_fees: bool = False, charged_beside: bool = False
) -> Decimal:
    """The tuition of a year, rounded to the cent.

    annual: the programme's fee for the year. year_has_own_fees: an extension or a repeated year.
    charged_beside: the setting of F-A20, tuition is owed in such a year too.

    Examples:
        fee-paying, 4,200 -> 4,200.00
        extension, fee-paying, 3,900 -> 0.00
    """
    if not fee_paying or (year_has_own_fees and not charged_beside):
        return ZERO
    return rounded(annual)


@cites(
    Article(CODE, "art. 37 (2)"),
    rule="FEE-014",
    words=_("Fee-paying students in temporary mobility pay their home university."),
)
def pays_here_in_mobility(*, home_here: bool) -> bool:
    """Whether the tuition is owed here during a temporary mobility. home_here: enrolled here, now away.

    Examples:
        our student abroad for a semester -> owes the tuition here
        a student of another university with us for a semester -> owes none here
    """
    return home_here


@cites(
    Article(CODE, "art. 1 (1) cc"),
    rule="FEE-016",
    words=_("Who follows two programmes owes the tuition of each, computed separately."),
)
def tuitions(places: Sequence[tuple[Decimal, bool]]) -> list[Decimal]:
    """The tuition of each programme of one person, in their order: (annual fee, fee-paying place).

    Examples:
        fee-paying in two programmes, 4,200 and 3,900 -> 4,200.00 and 3,900.00
    """
    return [tuition_owed(annual, fee_paying=fee_paying) for annual, fee_paying in places]


@cites(
    Article(CODE, "art. 13 q"),
    rule=("FEE-010", "CON-041"),
    words=_("Where the price is set for one credit, a year of 60 credits gives the annual tuition."),
)
def annual_of(amount: Decimal, *, per_credit: bool, year_credits: int = 60) -> Decimal:
    """The annual tuition that a price stands for, rounded to the cent.

    Examples:
        67 a credit -> 4,020.00
        4,020 a year -> 4,020.00
    """
    return rounded(amount * year_credits if per_credit else amount)


@cites(
    Article(CODE, "art. 42 (10)"),
    rule="FEE-015",
    words=_("A transfer to a fee-paying place from the second semester owes half of the annual tuition."),
)
def transfer_tuition(
    annual: Decimal, *, fee_paying: bool, from_second_semester: bool, half_share: Decimal = Decimal(50)
) -> Decimal:
    """The tuition of the year of a transfer, rounded to the cent.

    half_share: per cent of the annual fee owed from the second semester.

    Examples:
        fee-paying, 4,200, from the second semester -> 2,100.00
        state-funded, 4,200 -> 0.00
    """
    if not fee_paying:
        return ZERO
    return rounded(annual * half_share / HUNDRED) if from_second_semester else rounded(annual)


@cites(
    Article(PAGE_GUIDE, "§ 3"),
    STAGE_5,
    rule="FEE-011",
    words=_("Tuition may be split into equal instalments with due dates of their own."),
)
def instalment_plan(total: Decimal, due_on: Sequence[date]) -> list[tuple[Decimal, date]]:
    """The instalments of a tuition, one for each due date; the rounding difference stands in the last.

    total: whole cents. due_on: at least one day, in order. Raises ValueError otherwise.

    Examples:
        4,000 in three -> 1,333.33 + 1,333.33 + 1,333.34
    """
    if list(due_on) != sorted(set(due_on)):
        raise ValueError("the due dates of instalments go forward")
    return list(zip(instalments(total, len(due_on)), due_on, strict=True))


@cites(
    RECONTRACTING,
    Article(CODE, "art. 50 (6)"),
    rule=("FEE-030", "FEE-031"),
    words=_(
        "The fee of a re-contracted discipline is the annual tuition, divided by 60, times its credits; "
        "also on a state-funded place. The same holds for new disciplines in a repeated year."
    ),
)
def recontract_fee(annual: Decimal, credits: int, divisor: int = 60) -> Decimal:
    """Annual tuition × credits ÷ divisor, multiplied first and rounded once.

    annual: the fee-paying amount of the student's programme. credits: 0 or more.
    Raises ValueError for negative credits or a divisor below 1.

    Examples:
        3,900 and 5 credits -> 325.00
        4,000 and 7 credits -> 466.67
    """
    if credits < 0 or divisor < 1:
        raise ValueError(f"need credits of 0 or more and a divisor of 1 or more, got {credits} and {divisor}")
    return rounded(annual * credits / divisor)


@cites(
    Article(ADMISSION_PROCEDURE, "art. 2"),
    Article(ADMISSION_PROCEDURE, "art. 17"),
    rule="FEE-017",
    words=_("Citizens of the Union, the European Economic Area and Switzerland pay as Romanian citizens do."),
)
def pays_as_third_country(citizenship: str) -> bool:
    """Whether the prices for third-country citizens apply.

    citizenship: two letters of ISO 3166, in capitals.
    """
    return citizenship not in EU_EEA_SWISS
