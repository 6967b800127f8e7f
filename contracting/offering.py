"""From the records to offers: curriculum, arrears and choices of many students, composed by the rules."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from contracting.models import Campaign, OfferLine, StudentContracting
from contracting.queries import facts
from contracting.rules import selection
from contracting.rules.campaign import Situation, situation
from contracting.rules.offer import Kind, Planned, Policy, Row, Unpassed, compose
from contracting.rules.selection import Terms
from contracting.workflow import ContractingState
from fees.queries import prices
from studentrecords.models import Discipline, DisciplineKind, Enrolment, Teaching
from studentrecords.queries import core as records
from studentrecords.queries.core import Standing
from upt_portal.kernel.clock import local_day


@dataclass
class Draft:
    """An offer not yet stored."""

    case: StudentContracting
    lines: list[OfferLine]


@dataclass
class Composed:
    """Offers of a batch, and students without one with the reason: (matriculation number, words)."""

    drafts: list[Draft] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


def compose_many(campaign: Campaign, batch: list[Enrolment], *, at: datetime) -> Composed:
    """The offers of a batch of enrolments; a constant number of queries, whatever its size (CON-020)."""
    year = campaign.year
    plans = records.year_rows({enrolment.curriculum_id for enrolment in batch})
    standings = records.standings(batch, year)
    chosen = records.choices_for(batch, year)
    teachers = _teachers(campaign, plans.values(), standings.values())
    newest = records.names_in_newest_curricula({enrolment.programme_id for enrolment in batch})
    tariff = prices.tuition_tariff(year, batch, on=local_day(at))
    composed = Composed()
    for enrolment in batch:
        price = tariff.get(enrolment.pk)
        if price is None:
            composed.problems.append(
                (enrolment.matriculation_number, str(prices.missing_tuition(enrolment, year)))
            )
            continue
        draft = _draft(
            campaign,
            enrolment,
            plans[enrolment.curriculum_id],
            standings[enrolment.pk],
            chosen[enrolment.pk],
            price=price,
            at=at,
        )
        for line in draft.lines:
            line.teacher = teachers.get(line.discipline_id, "")
            line.vanished = (
                line.overdue
                and bool(newest.get(enrolment.programme_id))
                and (line.name_ro not in newest[enrolment.programme_id])
            )
        if draft.lines:
            composed.drafts.append(draft)
        else:
            composed.problems.append((enrolment.matriculation_number, str(_no_rows(enrolment))))
    return composed


def _no_rows(enrolment: Enrolment) -> str:
    from django.utils.translation import gettext as _

    return _("The curriculum %(curriculum)s has no disciplines for year %(year)s.") % {
        "curriculum": enrolment.curriculum,
        "year": enrolment.year_of_study,
    }


def _teachers(
    campaign: Campaign, plans: Iterable[list[Discipline]], standings: Iterable[dict[int, Standing]]
) -> dict[int, str]:
    """Who holds each discipline in the year in which it is sat (CON-030)."""
    ids = {discipline.pk for plan in plans for discipline in plan} | {
        pk for found in standings for pk in found
    }
    rows = Teaching.objects.filter(year=campaign.year, discipline__in=ids)
    return dict(rows.values_list("discipline_id", "teacher_name"))


def _draft(
    campaign: Campaign,
    enrolment: Enrolment,
    plan: list[Discipline],
    standing: dict[int, Standing],
    chosen: set[int],
    *,
    price: "prices.TuitionPrice",
    at: datetime,
) -> Draft:
    day = local_day(at)
    policy = facts.policy_for(campaign, enrolment.programme, day)
    by_key = {str(discipline.pk): discipline for discipline in plan}
    by_key |= {str(pk): found.discipline for pk, found in standing.items()}
    rows = compose(
        [_planned(discipline) for discipline in plan if discipline.year == enrolment.year_of_study],
        _unpassed(enrolment, plan, standing),
        annual_fee=price.amount,
        chosen={str(pk) for pk in chosen},
        done={str(pk) for pk, found in standing.items() if found.passed},
        policy=policy,
    )
    terms = Terms(
        annual_fee=price.amount,
        tuition_owed=prices.owes_tuition(enrolment, on=day),
        mode=facts.tuition_mode_for(campaign, enrolment.programme, day),
    )
    case = _case(campaign, enrolment, rows, terms, policy, price=price, at=at)
    lines = [_line(row, position, by_key[row.key], standing) for position, row in enumerate(rows, start=1)]
    return Draft(case, lines)


def _planned(discipline: Discipline) -> Planned:
    return Planned(
        key=str(discipline.pk),
        code=discipline.code,
        name=discipline.name_ro,
        credits=discipline.credits,
        kind=Kind(discipline.kind),
        year=discipline.year,
        semester=discipline.semester,
        position=discipline.pk,
    )


def _unpassed(enrolment: Enrolment, plan: list[Discipline], standing: dict[int, Standing]) -> list[Unpassed]:
    """Disciplines of earlier years not passed: imposed ones of the plan, and others once chosen."""
    candidates = {
        discipline.pk: discipline
        for discipline in plan
        if discipline.year < enrolment.year_of_study and discipline.kind == DisciplineKind.COMPULSORY
    }
    for pk, found in standing.items():
        if (
            found.discipline.kind != DisciplineKind.FINAL_EXAM
            and found.discipline.year < enrolment.year_of_study
        ):
            candidates.setdefault(pk, found.discipline)
    return [
        _unpassed_one(discipline, standing.get(pk))
        for pk, discipline in candidates.items()
        if pk not in standing or not standing[pk].passed
    ]


def _unpassed_one(discipline: Discipline, found: Standing | None) -> Unpassed:
    # A catalogue with an attempt in it proves that the exam was open, so the standards were met (CON-025).
    met = (
        found.standards_met if found and found.standards_met is not None else bool(found and found.attempted)
    )
    return Unpassed(
        key=str(discipline.pk),
        code=discipline.code,
        name=discipline.name_ro,
        credits=discipline.credits,
        kind=Kind(discipline.kind),
        year=discipline.year,
        semester=discipline.semester,
        position=discipline.pk,
        standards_met=met,
        taken=found is not None,
    )


def _case(
    campaign: Campaign,
    enrolment: Enrolment,
    rows: tuple[Row, ...],
    terms: Terms,
    policy: Policy,
    *,
    price: prices.TuitionPrice,
    at: datetime,
) -> StudentContracting:
    where = situation(rows, campaign.offering)
    totals = selection.totals(rows, selection.default_selection(rows), terms)
    ready = where is Situation.S2B
    return StudentContracting(
        campaign=campaign,
        enrolment=enrolment,
        situation=where.value,
        state=ContractingState.DOCUMENTS_READY if ready else ContractingState.OFFERED,
        fingerprint=selection.fingerprint(rows, terms),
        annual_fee=terms.annual_fee,
        currency=price.currency,
        price_id=price.price,
        tuition_owed=terms.tuition_owed,
        tuition_mode=terms.mode.value,
        floor_credits=policy.floor,
        floor_above=policy.floor_above,
        max_credits=policy.max_credits,
        credits=totals.credits,
        tuition=totals.tuition,
        rows_amount=totals.rows_amount,
        total=totals.total,
        state_at=at,
    )


def _line(row: Row, position: int, discipline: Discipline, standing: dict[int, Standing]) -> OfferLine:
    found = standing.get(discipline.pk)
    return OfferLine(
        position=position,
        discipline=discipline,
        code=row.code,
        name_ro=discipline.name_ro,
        name_en=discipline.name_en,
        year=row.year,
        semester=row.semester,
        kind=row.kind.value,
        package=discipline.package.code if discipline.package_id and discipline.package else "",
        evaluation=discipline.evaluation,
        credits=row.credits,
        route=row.route.value,
        first_contracted=found.first_contracted if found and not row.current_year else "",
        overdue=not row.current_year,
        mandatory=row.mandatory,
        amount=row.amount,
        recognised_activity=found.recognised_activity if found and not row.current_year else "",
    )
