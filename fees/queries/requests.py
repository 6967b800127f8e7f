"""Fees of requests: what is unpaid after its term, what waits for its fee, and who stays on the lists."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet

from fees.models import CardPaymentLine, Charge
from fees.queries import finding
from fees.rules import returning as rules
from fees.workflow import PAYABLE, ChargeState
from studentrecords.models import AcademicYear, Enrolment, EnrolmentStatus
from upt_portal.accounts.models import User

#: The line of the request's own fee inside its case; its disciplines stand in a case beside it.
FEE = "fee"
DISCIPLINES = "/disciplines"
LAPSING = ("FEE-050", "FEE-052")
VOIDING = ("FEE-051", "FEE-053")


def disciplines_of(reference: str) -> str:
    """The case of a request's disciplines, beside the request's own."""
    return f"{reference}{DISCIPLINES}"


def _late(rules_: Iterable[str], at: datetime) -> QuerySet[Charge]:
    """Lines of these rules unpaid after their term; a card payment not decided yet is waited for."""
    paying = CardPaymentLine.objects.filter(charge=OuterRef("pk"), is_open=True)
    return Charge.objects.filter(~Exists(paying), rule__in=list(rules_), state__in=PAYABLE, due_at__lt=at)


def unpaid_requests(at: datetime) -> list[str]:
    """Requests whose own fee was not paid in its term."""
    return sorted(set(_late(LAPSING, at).filter(line_key=FEE).values_list("reference", flat=True)))


def void_requests(at: datetime) -> list[str]:
    """Approved requests of which a discipline was not paid in its term."""
    late = _late(VOIDING, at).filter(reference__endswith=DISCIPLINES)
    return sorted({one.removesuffix(DISCIPLINES) for one in late.values_list("reference", flat=True)})


def waiting_for_fee(accounts: Collection[int]) -> list[tuple[int, str]]:
    """Accounts with the cases of disciplines that stay closed until their first fee is paid (FEE-054)."""
    hidden = Charge.objects.filter(
        enrolment__in=list(accounts),
        rule="FEE-054",
        state=ChargeState.CONFIGURED,
        reference__endswith=DISCIPLINES,
    )
    return sorted(set(hidden.values_list("enrolment_id", "reference")))


@dataclass(frozen=True)
class SecondWeek:
    """A student in extension or repetition: on the lists of the second week, or not, and what is left."""

    enrolment: Enrolment
    left: dict[str, Decimal]
    charged: bool
    listed: bool


def second_week(user: User, year: AcademicYear) -> list[SecondWeek]:
    """The lists of the second week of a year, for students the user may see (FEE-057); two queries."""
    students = (
        finding.accounts_for(user)
        .filter(status__in=[EnrolmentStatus.EXTENSION, EnrolmentStatus.REPEATING])
        .select_related("person", "programme__faculty")
        .order_by("programme__code", "person__sort", "pk")
    )
    found = list(students)
    lines: dict[int, list[Charge]] = {}
    rows = Charge.objects.filter(
        enrolment__in=[one.pk for one in found],
        year=year,
        rule__in=[*LAPSING, *VOIDING],
        cancelled_at__isnull=True,
    )
    for charge in rows:
        lines.setdefault(charge.enrolment_id, []).append(charge)
    return [_second_week(one, lines.get(one.pk, [])) for one in found]


def _second_week(enrolment: Enrolment, lines: list[Charge]) -> SecondWeek:
    left: dict[str, Decimal] = {}
    for line in lines:
        if line.left:
            left[line.currency] = left.get(line.currency, Decimal("0.00")) + line.left
    listed = rules.is_on_the_lists([line.left for line in lines])
    return SecondWeek(enrolment, left, bool(lines), listed)
