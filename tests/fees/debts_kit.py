"""Late accounts for tests: decisions about penalties, moments, standing penalties."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from fees import parameters as figures
from fees.models import Charge
from studentrecords.models import Enrolment
from tests import factories
from upt_portal.accounts import roles
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.models import ParameterOverride
from upt_portal.kernel.params import Parameter

DUE_ON = date(2026, 12, 13)  # a Sunday, as in the sample year


def decide(parameter: Parameter[Any], value: Any, **fields: Any) -> ParameterOverride:
    """A decision that puts `value` in the parameter's place for the whole university."""
    return ParameterOverride.objects.create(
        name=parameter.name,
        value=parameter.store(value),
        **{"first_day": date(2020, 1, 1), "decision": "HS 12/2020", **fields},
    )


def daily_policy(rate: str = "0.1", cap: str = "10") -> None:
    """The policy of §7.2a: 0.1 % a day, cap 10 %."""
    decide(figures.PENALTY_POLICY, "daily")
    decide(figures.PENALTY_RATE, Decimal(rate))
    decide(figures.PENALTY_CAP, Decimal(cap))


def once_policy() -> None:
    """The published one: 10 under 100, else 15 % at most 200; its figures are the defaults."""
    decide(figures.PENALTY_POLICY, "once")


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """This hour of a Romanian day."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ROMANIA)


def dec(day: int, hour: int = 10) -> datetime:
    """A moment of December 2026."""
    return at(date(2026, 12, day), hour)


def penalties_of(account: Enrolment) -> list[str]:
    """The sums of the standing penalties of an account."""
    rows = Charge.objects.filter(enrolment=account, penalty_of__isnull=False, cancelled_at__isnull=True)
    return [str(row.amount) for row in rows.order_by("pk")]


def clerk() -> Any:
    """Somebody of the School Management Center."""
    return factories.user(roles.SCHOOL_MANAGEMENT)
