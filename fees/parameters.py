"""The figures of the fees rulebook that the university may change (FEE catalogue, §4.4)."""

from __future__ import annotations

from decimal import Decimal

from upt_portal.kernel.params import FACULTY, PROGRAMME, UNIVERSITY, Parameter
from upt_portal.kernel.words import gettext_lazy as _

WHOLE_UNIVERSITY = (UNIVERSITY,)
BY_PROGRAMME = (UNIVERSITY, FACULTY, PROGRAMME)

CREDIT_DIVISOR = Parameter(
    "CREDIT_DIVISOR",
    60,
    "int",
    unit=_("credits"),
    rule=("FEE-030", "FEE-031"),
    help=_("The annual tuition is divided by this number to give the fee of one credit."),
    minimum=1,
    scopes=BY_PROGRAMME,
)
INSTALMENTS = Parameter(
    "INSTALMENTS",
    1,
    "int",
    unit=_("instalments"),
    rule="FEE-011",
    help=_("How many equal instalments the tuition of a year has."),
    minimum=1,
    maximum=12,
    scopes=BY_PROGRAMME,
)
HALF_SHARE = Parameter(
    "HALF_SHARE",
    Decimal(50),
    "decimal",
    unit="%",
    rule="FEE-015",
    help=_("Share of the annual tuition owed after a transfer from the second semester."),
    minimum=0,
    maximum=100,
    scopes=WHOLE_UNIVERSITY,
)
TUITION_IN_REPEATED_YEAR = Parameter(
    "TUITION_IN_REPEATED_YEAR",
    False,
    "bool",
    rule="FEE-010",
    help=_("Whether the annual tuition is owed in an extension or a repeated year, beside its own fees."),
    scopes=WHOLE_UNIVERSITY,
)
PENALTY_POLICY = Parameter(
    "PENALTY_POLICY",
    "none",
    "choice",
    rule="FEE-063",
    help=_("After the due date: no penalty, a percentage for every day, or one sum for the line."),
    choices=("none", "daily", "once"),
    scopes=BY_PROGRAMME,
)
PENALTY_RATE = Parameter(
    "PENALTY_RATE",
    Decimal(0),
    "decimal",
    unit=_("% a day"),
    rule="FEE-063",
    help=_("Percentage of the unpaid sum for each day of delay, not compounded."),
    minimum=0,
    scopes=BY_PROGRAMME,
)
PENALTY_CAP = Parameter(
    "PENALTY_CAP",
    Decimal(0),
    "decimal",
    unit="%",
    rule="FEE-063",
    help=_("The most that the daily penalty can come to, as a percentage of the line."),
    minimum=0,
    scopes=BY_PROGRAMME,
)
PENALTY_ONCE_LIMIT = Parameter(
    "PENALTY_ONCE_LIMIT",
    Decimal(100),
    "decimal",
    rule="FEE-063",
    help=_("Debts under this sum bear the fixed penalty, the others a percentage."),
    minimum=0,
    scopes=BY_PROGRAMME,
)
PENALTY_ONCE_FIXED = Parameter(
    "PENALTY_ONCE_FIXED",
    Decimal(10),
    "decimal",
    rule="FEE-063",
    help=_("The fixed penalty of a small debt."),
    minimum=0,
    scopes=BY_PROGRAMME,
)
PENALTY_ONCE_PERCENT = Parameter(
    "PENALTY_ONCE_PERCENT",
    Decimal(15),
    "decimal",
    unit="%",
    rule="FEE-063",
    help=_("The penalty of a larger debt, as a percentage of the unpaid sum."),
    minimum=0,
    scopes=BY_PROGRAMME,
)
PENALTY_ONCE_CEILING = Parameter(
    "PENALTY_ONCE_CEILING",
    Decimal(200),
    "decimal",
    rule="FEE-063",
    help=_("The most that the penalty of a larger debt can come to."),
    minimum=0,
    scopes=BY_PROGRAMME,
)
CARD_TIMEOUT = Parameter(
    "CARD_TIMEOUT",
    30,
    "int",
    unit=_("minutes"),
    rule="FEE-062",
    help=_("How long the card page stays open; the provider allows 30 minutes at the least."),
    minimum=30,
    maximum=1440,
    scopes=WHOLE_UNIVERSITY,
)
