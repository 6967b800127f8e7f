"""Requests for exemptions: a student's own, those that wait for a dean's decision, what they hold back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from fees.models import Allocation, Charge, Exemption, ExemptionLine, Reduction
from fees.queries import desk
from fees.rules import exemptions as rules
from fees.rules.exemptions import Ground
from fees.workflow import ChargeState, ExemptionState
from studentrecords.models import AcademicYear, Enrolment
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role

ZERO = Decimal("0.00")

#: Lines on which an exemption can be recorded.
OPEN = (ChargeState.CONFIGURED, ChargeState.DUE, ChargeState.PARTLY_PAID, ChargeState.OVERDUE)

#: Who records the dean's decisions: the dean's office of the faculty, the School Management Center.
DECIDERS = frozenset({roles.DEANERY, roles.SCHOOL_MANAGEMENT})


def own_of(account: Enrolment) -> QuerySet[Exemption]:
    """The requests of an account, newest first, with their lines."""
    return with_lines(Exemption.objects.filter(enrolment=account))


def with_lines(rows: QuerySet[Exemption]) -> QuerySet[Exemption]:
    """The requests with everything their pages show."""
    return rows.select_related(
        "enrolment__person__user", "enrolment__programme__faculty", "interrupted_year", "decided_by"
    ).prefetch_related("lines__charge__fee_type", "lines__charge__year", "lines__reduction", "papers__stored")


def for_deciders(user: User) -> QuerySet[Exemption]:
    """The requests a member of staff may decide: a dean's office those of its faculties."""
    if has_role(user, roles.SCHOOL_MANAGEMENT):
        return Exemption.objects.all()
    if has_role(user, roles.DEANERY):
        return Exemption.objects.filter(enrolment__programme__faculty__code__in=faculty_codes(user))
    return Exemption.objects.none()


def waiting(user: User) -> QuerySet[Exemption]:
    """Those that wait for a decision, the oldest first."""
    return for_deciders(user).filter(state=ExemptionState.ASKED).order_by("asked_at", "pk")


@dataclass(frozen=True)
class Choice:
    """A line that may be named in a request. until: the last moment to ask for it."""

    charge: Charge
    grounds: tuple[Ground, ...]

    @property
    def until(self) -> datetime:
        return self.charge.due_at


def choices_of(account: Enrolment, at: datetime, *, late: bool = False) -> list[Choice]:
    """The lines of an account for which an exemption can be asked now; one query.

    late: also those past their due date, for the office that receives a late request.
    """
    named = ExemptionLine.objects.filter(charge=OuterRef("pk"), is_open=True)
    rows = Charge.objects.filter(
        ~Exists(named), enrolment=account, state__in=OPEN, penalty_of__isnull=True, released_at__isnull=False
    )
    if not late:
        rows = rows.filter(due_at__gte=at)
    choices = []
    for charge in rows.select_related("fee_type", "year"):
        grounds = tuple(ground for ground in Ground if rules.covers(ground, charge.fee_type.code))
        if grounds:
            choices.append(Choice(charge, grounds))
    return choices


def held_back(charges: Iterable[int]) -> set[int]:
    """Lines for which an exemption was asked in time and is not decided: they bear no penalty meanwhile."""
    rows = ExemptionLine.objects.filter(
        charge__in=list(charges), is_open=True, exemption__asked_at__lte=F("charge__due_at")
    )
    return set(rows.values_list("charge_id", flat=True))


def interrupted_years(account: Enrolment) -> list[AcademicYear]:
    """Years for which tuition was paid: one of them was interrupted (FEE-083)."""
    paid = Charge.objects.filter(enrolment=account, fee_type__code="TUITION", allocated__gt=0)
    return list(AcademicYear.objects.filter(pk__in=paid.values("year")).order_by("-name"))


def tuition_paid(account: int, year: int) -> Decimal:
    """Tuition paid for a year: the top of an exemption on resumption (FEE-083)."""
    standing = Allocation.objects.filter(
        charge__enrolment=account,
        charge__year=year,
        charge__fee_type__code="TUITION",
        reverses__isnull=True,
        reversed_by__isnull=True,
    )
    return standing.aggregate(sum=Sum("amount"))["sum"] or ZERO


def granted_before(account: int, year: int) -> Decimal:
    """What was granted already on the resumption after that year."""
    standing = Reduction.objects.filter(
        Q(reverses__isnull=True, reversed_by__isnull=True),
        exemption_line__exemption__enrolment=account,
        exemption_line__exemption__ground=Ground.RESUMPTION.value,
        exemption_line__exemption__interrupted_year=year,
    )
    return standing.aggregate(sum=Sum("amount"))["sum"] or ZERO


desk.register_page(
    desk.DeskPage(
        "fees:exemptions_desk",
        _("Exemptions"),
        desk.Group.DEBTS,
        waiting=waiting,
        roles=DECIDERS,
        place=20,
        below=("fees:exemption_decide", "fees:exemption_register"),
    )
)
desk.register_account_act(
    desk.AccountAct(
        "fees:exemption_register", _("Register a request for an exemption"), roles=DECIDERS, place=40
    )
)
