"""Before a campaign is published: for how many students, and who is left out or will need a hand, and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from contracting.models import Campaign, StudentContracting
from contracting.queries import facts
from contracting.rules.campaign import campaign_problems
from contracting.workflow import ContractingState
from fees.queries import prices
from studentrecords.models import (
    ACTIVE_STATUSES,
    Discipline,
    DisciplineChoice,
    DisciplineKind,
    Enrolment,
    Package,
)
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.words import Sentence


@dataclass(frozen=True)
class Missing:
    """Students with the same difficulty, by number and name. excluded: they get no offer because of it."""

    reason: str
    excluded: bool
    students: tuple[tuple[str, str], ...]

    @property
    def count(self) -> int:
        return len(self.students)


@dataclass(frozen=True)
class Preflight:
    """What publishing a campaign would do. problems: faults of its dates; any of them holds it back."""

    problems: tuple[Sentence, ...]
    concerned: int
    have: int
    missing: tuple[Missing, ...]

    @property
    def excluded(self) -> int:
        return len({number for one in self.missing if one.excluded for number, _name in one.students})

    @property
    def offers(self) -> int:
        return self.concerned - self.have - self.excluded

    @property
    def ready(self) -> bool:
        return not self.problems and self.offers > 0


def concerned(campaign: Campaign) -> QuerySet[Enrolment]:
    """Enrolments the campaign is for: active ones of its faculty and programmes, in a stable order."""
    found = Enrolment.objects.filter(status__in=ACTIVE_STATUSES)
    if campaign.faculty_id:
        found = found.filter(programme__faculty=campaign.faculty_id)
    programmes = list(campaign.programmes.values_list("pk", flat=True))
    if programmes:
        found = found.filter(programme__in=programmes)
    return found.select_related("person__user", "programme__faculty", "curriculum").order_by("pk")


def without_case(campaign: Campaign) -> QuerySet[Enrolment]:
    """Students of the campaign whose year is contracted in no campaign, nor being contracted (CON-128)."""
    year = StudentContracting.objects.filter(campaign__year=campaign.year_id, enrolment=OuterRef("pk"))
    standing = year.exclude(~Q(campaign=campaign.pk), state=ContractingState.CANCELLED)
    return concerned(campaign).filter(~Exists(standing))


def of_campaign(campaign: Campaign, at: datetime) -> Preflight:
    """Counts and names before publication; a handful of queries, whatever the number of students."""
    students = list(concerned(campaign).select_related(None).select_related("person", "programme"))
    have = set(
        StudentContracting.objects.filter(campaign=campaign).values_list("enrolment", flat=True).order_by()
    )
    fresh = [enrolment for enrolment in students if enrolment.pk not in have]
    checks = [
        (_("the price list has no tuition for the programme"), True, _without_price(campaign, fresh, at)),
        (_("the curriculum has no disciplines for the year of study"), True, _without_rows(fresh)),
        (
            _("the year is already contracted, or being contracted, in another campaign"),
            True,
            _offered_elsewhere(campaign, fresh),
        ),
        (
            _("an elective of the year is not chosen yet; the annex cannot be approved before"),
            False,
            _without_choice(campaign, fresh),
        ),
    ]
    return Preflight(
        problems=tuple(campaign_problems(facts.windows_of(campaign))),
        concerned=len(students),
        have=len(have),
        missing=tuple(
            Missing(reason, excluded, tuple(_named(found))) for reason, excluded, found in checks if found
        ),
    )


def _named(found: Sequence[Enrolment]) -> list[tuple[str, str]]:
    rows = sorted(found, key=lambda one: one.person.sort)
    return [(one.matriculation_number, f"{one.person}, {one.programme.code}") for one in rows]


def _without_price(campaign: Campaign, fresh: Sequence[Enrolment], at: datetime) -> list[Enrolment]:
    priced = prices.tuition_tariff(campaign.year, fresh, on=local_day(at))
    return [one for one in fresh if one.pk not in priced]


def _without_rows(fresh: Sequence[Enrolment]) -> list[Enrolment]:
    """Students whose curriculum has nothing for their year and who have nothing overdue from earlier ones."""
    filled = set(
        Discipline.objects.filter(curriculum__in={one.curriculum_id for one in fresh})
        .exclude(kind=DisciplineKind.FINAL_EXAM)
        .order_by()
        .values_list("curriculum_id", "year")
        .distinct()
    )
    plans = {curriculum for curriculum, _year in filled}
    return [
        one
        for one in fresh
        if one.curriculum_id not in plans
        or not any((one.curriculum_id, year) in filled for year in range(1, one.year_of_study + 1))
    ]


def _offered_elsewhere(campaign: Campaign, fresh: Sequence[Enrolment]) -> list[Enrolment]:
    """A year is contracted once, whatever the campaign (CON-128)."""
    rows = StudentContracting.objects.filter(campaign__year=campaign.year).exclude(campaign=campaign)
    there = set(rows.exclude(state=ContractingState.CANCELLED).values_list("enrolment", flat=True).order_by())
    return [one for one in fresh if one.pk in there]


def _without_choice(campaign: Campaign, fresh: Sequence[Enrolment]) -> list[Enrolment]:
    """Students who chose fewer electives of a package of this year than it asks for (CON-126)."""
    wanted: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for package in Package.objects.filter(curriculum__in={one.curriculum_id for one in fresh}).exclude(
        options__kind=DisciplineKind.FACULTATIVE
    ):
        year = (package.semester + 1) // 2
        wanted.setdefault((package.curriculum_id, year), []).append((package.pk, package.choose))
    chosen = _chosen(campaign, [one.pk for one in fresh])
    return [
        one
        for one in fresh
        if any(
            chosen.get((one.pk, package), 0) < choose
            for package, choose in wanted.get((one.curriculum_id, one.year_of_study), ())
        )
    ]


def _chosen(campaign: Campaign, ids: Iterable[int]) -> dict[tuple[int, int], int]:
    rows = (
        DisciplineChoice.objects.filter(
            enrolment__in=list(ids), year=campaign.year, discipline__package__isnull=False
        )
        .order_by()
        .values_list("enrolment_id", "discipline__package_id")
        .annotate(n=Count("pk"))
    )
    return {(enrolment, package): count for enrolment, package, count in rows}
