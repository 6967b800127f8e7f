"""The figures of the fees rulebook that the university may change (FEE catalogue, §4.4)."""

from __future__ import annotations

from decimal import Decimal

from upt_portal.kernel.kinds import DayMonth
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
CAMPAIGN_PAYMENT_END = Parameter(
    "CAMPAIGN_PAYMENT_END",
    DayMonth(12, 13),
    "day_month",
    rule=("FEE-011", "FEE-061"),
    help=_("The day on which tuition is due where no plan of instalments gives other days."),
    scopes=BY_PROGRAMME,
)
RECONTRACT_TERM = Parameter(
    "RECONTRACT_TERM",
    5,
    "int",
    unit=_("working days"),
    rule=("FEE-034", "FEE-051", "FEE-053", "FEE-054"),
    help=_("In how many first working days of the year disciplines contracted outside an annex are paid."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)
REEXAM_TERM = Parameter(
    "REEXAM_TERM",
    2,
    "int",
    unit=_("working days"),
    rule="FEE-041",
    help=_("How many working days before the session, or in B-II before the exam, a presentation is paid."),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
)
EXTENSION_PAY = Parameter(
    "EXTENSION_PAY",
    48,
    "int",
    unit=_("hours"),
    rule="FEE-050",
    help=_("How long after the notice the extension fee can be paid, nights and weekends counted."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)
REPETITION_PAY = Parameter(
    "REPETITION_PAY",
    3,
    "int",
    unit=_("working days"),
    rule="FEE-052",
    help=_("How long after the notice the repetition fee can be paid."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)
STATUS_STEPS = Parameter(
    "STATUS_STEPS",
    5,
    "int",
    unit=_("working days"),
    rule="FEE-013",
    help=_("Within how many working days of its communication a decision on the place is carried out."),
    minimum=1,
    scopes=WHOLE_UNIVERSITY,
)
RESUMPTION_FREE = Parameter(
    "RESUMPTION_FREE",
    True,
    "bool",
    rule="FEE-059",
    help=_("Whether the disciplines added on resumption are contracted without a fee."),
    scopes=WHOLE_UNIVERSITY,
)
FREE_RECOVERIES = Parameter(
    "FREE_RECOVERIES",
    3,
    "int",
    unit=_("activities"),
    rule="FEE-084",
    help=_("Motivated application activities of one discipline recovered free in a semester."),
    minimum=0,
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
REFUND_TWO_PEOPLE_RON = Parameter(
    "REFUND_TWO_PEOPLE_RON",
    Decimal("1000.00"),
    "decimal",
    unit="RON",
    rule="FEE-093",
    help=_("From this sum in lei on, a refund is approved by another person than who checked it."),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
)
REFUND_TWO_PEOPLE_EUR = Parameter(
    "REFUND_TWO_PEOPLE_EUR",
    Decimal("200.00"),
    "decimal",
    unit="EUR",
    rule="FEE-093",
    help=_("From this sum in euro on, a refund is approved by another person than who checked it."),
    minimum=0,
    scopes=WHOLE_UNIVERSITY,
)
MINISTRY_SHARE_PCT = Parameter(
    "MINISTRY_SHARE_PCT",
    Decimal(5),
    "decimal",
    unit="%",
    rule=("FEE-092", "ADM-192"),
    help=_("Share of the tuition received that went to the ministry and is deducted from a refund."),
    minimum=0,
    maximum=100,
    scopes=WHOLE_UNIVERSITY,
)
UNCHOSEN_MONEY = Parameter(
    "UNCHOSEN_MONEY",
    "oldest",
    "choice",
    rule="FEE-006",
    help=_("Money without a choice of lines: pays the line due first, or stays unallocated for the office."),
    choices=("oldest", "none"),
    scopes=BY_PROGRAMME,
)
MATCH_BY_PAYER = Parameter(
    "MATCH_BY_PAYER",
    True,
    "bool",
    rule="FEE-006",
    help=_(
        "Whether a transfer without a reference is booked by itself when payer and sum fit one account only."
    ),
    scopes=WHOLE_UNIVERSITY,
)
REMINDER_BEFORE = Parameter(
    "REMINDER_BEFORE",
    (7, 1),
    "counts",
    unit=_("days"),
    rule="FEE-100",
    help=_("Calendar days before a due date at which reminders of the payment leave."),
    scopes=WHOLE_UNIVERSITY,
)
NONPAYMENT_GRACE = Parameter(
    "NONPAYMENT_GRACE",
    14,
    "int",
    unit=_("days"),
    rule="FEE-075",
    help=_("Calendar days after a due date before an unpaid sum may lead to a proposal of expulsion."),
    minimum=0,
    maximum=365,
    scopes=WHOLE_UNIVERSITY,
)
REMINDERS = Parameter(
    "REMINDERS",
    2,
    "int",
    unit=_("messages"),
    rule="FEE-075",
    help=_("Reminders sent after the due date before a proposal of expulsion, spread over those days."),
    minimum=0,
    maximum=10,
    scopes=WHOLE_UNIVERSITY,
)
EXEMPTION_REST_TERM = Parameter(
    "EXEMPTION_REST_TERM",
    5,
    "int",
    unit=_("working days"),
    rule="FEE-082",
    help=_("Working days after a late decision in which what is left of the lines can be paid in time."),
    minimum=0,
    maximum=60,
    scopes=WHOLE_UNIVERSITY,
)
