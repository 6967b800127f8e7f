"""The tuition of a year before it is charged: who owes what and why, in which parts, and what is missing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from django.db.models import QuerySet

from fees.models import Charge, InstalmentPlan, StatusDecision
from fees.parameters import CAMPAIGN_PAYMENT_END, INSTALMENTS, TUITION_IN_REPEATED_YEAR
from fees.queries import prices
from fees.queries.prices import TuitionPrice
from fees.rules import tuition as rules
from studentrecords.models import (
    ACTIVE_STATUSES,
    AcademicYear,
    Enrolment,
    EnrolmentStatus,
    Financing,
    Programme,
)
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.overrides import snapshot
from upt_portal.kernel.params import Scope
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

OWN_FEES = (EnrolmentStatus.REPEATING, EnrolmentStatus.EXTENSION)
REFERENCE = "fees.tuition"


class NoPlan(LookupError):
    """Several instalments are asked for and no days are set; `str()` says so in words."""

    def __init__(self, count: int, year: AcademicYear) -> None:
        words = _("The tuition of %(year)s has %(count)s instalments and no due days. Set the days first.")
        self.sentence: Sentence = words % {"year": str(year), "count": count}
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return str(self.sentence)


@dataclass(frozen=True)
class Part:
    """One instalment. number: from 1; `of`: how many there are."""

    number: int
    of: int
    amount: Decimal
    due_at: datetime


@dataclass(frozen=True)
class Owed:
    """What one student will be charged."""

    enrolment: Enrolment
    annual: Decimal
    currency: str
    price: int
    parts: Sequence[Part]


@dataclass(frozen=True)
class Left:
    """A student who is not charged, and why."""

    enrolment: Enrolment
    why: Sentence


@dataclass
class Preview:
    """What generating the tuition of a year for a scope would do; nothing was written."""

    owed: list[Owed] = field(default_factory=list)
    standing: list[Left] = field(default_factory=list)
    nothing: list[Left] = field(default_factory=list)
    blocked: list[Left] = field(default_factory=list)

    @property
    def totals(self) -> dict[str, Decimal]:
        """The sums that would be charged, by currency."""
        sums: dict[str, Decimal] = {}
        for one in self.owed:
            sums[one.currency] = sums.get(one.currency, Decimal("0.00")) + one.annual
        return sums

    @property
    def fingerprint(self) -> str:
        """Changes whenever what would be charged changes; a stale page is recognised by it."""
        rows = [
            (one.enrolment.pk, str(one.annual), one.currency, [part.due_at.isoformat() for part in one.parts])
            for one in self.owed
        ]
        return sha256(repr(sorted(rows)).encode()).hexdigest()[:16]


def reference_of(enrolment: Enrolment, year: AcademicYear) -> str:
    """The case under which the generated tuition of a year stands."""
    return f"{REFERENCE}:{enrolment.pk}:{year.name}"


def charged_in(year: AcademicYear, enrolment_ids: Iterable[int]) -> dict[int, set[str]]:
    """The cases under which tuition of a year stands already, by enrolment; one query."""
    rows = Charge.objects.filter(
        year=year, fee_type__code=prices.TUITION, enrolment__in=list(enrolment_ids), cancelled_at__isnull=True
    )
    found: dict[int, set[str]] = {}
    for enrolment_id, reference in rows.values_list("enrolment_id", "reference"):
        found.setdefault(enrolment_id, set()).add(reference)
    return found


def students_of(faculty: str = "", programme: str = "") -> QuerySet[Enrolment]:
    """Active students of a faculty or a programme by their codes; all without either."""
    rows = Enrolment.objects.filter(status__in=ACTIVE_STATUSES)
    if faculty:
        rows = rows.filter(programme__faculty__code=faculty)
    if programme:
        rows = rows.filter(programme__code=programme)
    return rows.select_related("person", "programme__faculty").order_by(
        "programme__code", "person__sort", "pk"
    )


def preview(year: AcademicYear, enrolments: Iterable[Enrolment], *, on: date) -> Preview:
    """What each student owes for a year, or why not; a number of queries that does not grow with them."""
    batch = list(enrolments)
    tariff = prices.tuition_tariff(year, batch, on=on)
    standing = charged_in(year, [one.pk for one in batch])
    plans = Plans(year)
    found = Preview()
    with snapshot():
        _sort(found, batch, tariff, standing, plans, on)
    return found


def _sort(
    found: Preview,
    batch: list[Enrolment],
    tariff: dict[int, TuitionPrice],
    standing: dict[int, set[str]],
    plans: "Plans",
    on: date,
) -> None:
    year = plans.year
    for enrolment in batch:
        if enrolment.pk in standing:
            found.standing.append(Left(enrolment, _("The tuition of this year stands in the account.")))
        elif why := not_owed(enrolment, on):
            found.nothing.append(Left(enrolment, why))
        elif enrolment.pk not in tariff:
            found.blocked.append(Left(enrolment, prices.missing_tuition(enrolment, year)))
        else:
            _add(found, enrolment, tariff[enrolment.pk], plans, on)


def _add(found: Preview, enrolment: Enrolment, price: TuitionPrice, plans: "Plans", on: date) -> None:
    try:
        parts = plans.parts(enrolment.programme, price.amount, on)
    except NoPlan as missing:
        found.blocked.append(Left(enrolment, missing.sentence))
        return
    found.owed.append(Owed(enrolment, price.amount, price.currency, price.price, parts))


def not_owed(enrolment: Enrolment, on: date) -> Sentence:
    """Why an enrolment owes no tuition (FEE-010); empty when it does."""
    if enrolment.financing != Financing.FEE:
        return _("The place is state-funded.")
    if enrolment.status in OWN_FEES and not TUITION_IN_REPEATED_YEAR.on(
        on, Scope(programme=enrolment.programme.code)
    ):
        return _("In an extension or a repeated year their own fees stand in place of the tuition.")
    return ""


class Plans:
    """The plans of instalments of one year, read once."""

    def __init__(self, year: AcademicYear) -> None:
        self.year = year
        self._rows = list(InstalmentPlan.objects.filter(year=year).order_by("pk"))
        self._days: dict[int, list[date]] = {}

    def plan_of(self, programme: Programme) -> InstalmentPlan | None:
        """The nearest plan of a programme; of equally near ones the newest."""
        fitting = [
            row
            for row in self._rows
            if row.programme_id in (None, programme.pk)
            and row.faculty_id in (None, programme.faculty_id)
            and row.cycle in ("", programme.cycle)
        ]
        return max(
            fitting,
            key=lambda row: (
                row.programme_id is not None,
                row.faculty_id is not None,
                bool(row.cycle),
                row.pk,
            ),
            default=None,
        )

    def days(self, programme: Programme, on: date) -> list[date]:
        """The due days of a programme's instalments; without a plan the one day of FEE-061.

        Raises NoPlan when several instalments are asked for and no plan gives their days.
        """
        if programme.pk not in self._days:
            self._days[programme.pk] = self._days_of(programme, on)
        return self._days[programme.pk]

    def _days_of(self, programme: Programme, on: date) -> list[date]:
        if plan := self.plan_of(programme):
            return list(plan.due_on)
        faculty = programme.faculty.code if programme.faculty else ""
        scope = Scope(faculty=faculty, programme=programme.code)
        count = INSTALMENTS.on(on, scope)
        if count > 1:
            raise NoPlan(count, self.year)
        return [CAMPAIGN_PAYMENT_END.on(on, scope).on_or_after(self.year.starts_on)]

    def parts(self, programme: Programme, total: Decimal, on: date) -> list[Part]:
        """The instalments of a sum; the rounding difference stands in the last (FEE-011). Raises NoPlan."""
        plan = rules.instalment_plan(total, self.days(programme, on))
        return [
            Part(number, len(plan), amount, end_of_day(day)) for number, (amount, day) in enumerate(plan, 1)
        ]


def stands_apart(enrolment: Enrolment, year: AcademicYear, case: str) -> bool:
    """Whether the tuition of a year stands in the account under another case than `case`."""
    return bool(charged_in(year, [enrolment.pk]).get(enrolment.pk, set()) - {case})


def has_own_days(enrolment: Enrolment, year: AcademicYear) -> bool:
    """Whether the tuition follows a plan of its own, whose days prevail over a campaign's (FEE-011)."""
    return Plans(year).plan_of(enrolment.programme) is not None


def plans() -> QuerySet[InstalmentPlan]:
    """Every plan of instalments, newest year and newest row first."""
    return InstalmentPlan.objects.select_related("year", "faculty", "programme").order_by(
        "-year__name", "-pk"
    )


def decisions(*, carried_out: bool) -> QuerySet[StatusDecision]:
    """Decisions on places: those that wait, soonest first; or those carried out, newest first."""
    rows = StatusDecision.objects.select_related("enrolment__person", "year", "carried_out_by")
    if carried_out:
        return rows.filter(carried_out_at__isnull=False).order_by("-carried_out_at", "-pk")
    return rows.filter(carried_out_at__isnull=True).order_by("steps_until", "pk")
