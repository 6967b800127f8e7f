"""What an account owes at a day: asked by other rooms before a request is filed (FEE-055, FEE-074)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fees.models import Charge
from fees.queries.exemptions import held_back
from fees.rules.balance import Line, owed_at_withdrawal
from fees.rules.leaving import Act, may_file
from fees.workflow import PAYABLE
from studentrecords.models import Enrolment
from upt_portal.kernel.answers import Answer
from upt_portal.kernel.calendar import end_of_day


@dataclass(frozen=True)
class Debts:
    """The unpaid lines due on or before a day, their sums by currency, and whether a request may be filed."""

    lines: list[Charge]
    owed: dict[str, Decimal]
    answer: Answer


def debts_at(enrolment: Enrolment | int, day: date, act: Act = Act.WITHDRAWAL) -> Debts:
    """What must be paid before a request of this kind is filed on a day; two queries.

    A line whose exemption was asked for in time and is not decided does not stand in the way of an extension
    or a repetition; a withdrawal is sent on with nothing owed.
    """
    key = enrolment if isinstance(enrolment, int) else enrolment.pk
    rows = Charge.objects.filter(enrolment=key, state__in=PAYABLE, due_at__lte=end_of_day(day))
    lines = list(rows.select_related("fee_type", "year"))
    if act != Act.WITHDRAWAL:
        waiting = held_back(line.pk for line in lines)
        lines = [line for line in lines if line.pk not in waiting]
    owed = owed_at_withdrawal(
        [Line(line.owed, line.allocated, line.due_at, line.currency) for line in lines], day
    )
    return Debts(lines, owed, may_file(act, owed))
