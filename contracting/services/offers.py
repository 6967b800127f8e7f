"""Campaigns and their offers: publish, build, reschedule, close (CON-003 to CON-008, CON-020 to CON-032)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from contracting import notices, offering
from contracting.models import Campaign, OfferLine, StudentContracting
from contracting.queries import facts
from contracting.queries.preflight import concerned
from contracting.refusal import refuse
from contracting.rules import selection as selection_rules
from contracting.rules.campaign import Situation, campaign_problems, situation
from contracting.services import case as cases
from contracting.services import papers
from contracting.workflow import CAMPAIGN_MOVES, CONTRACTING_MOVES, CampaignState, ContractingState
from studentrecords.models import Enrolment
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, deadlines, jobs, outbox
from upt_portal.kernel.models import Deadline, Job
from upt_portal.kernel.references import reference
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

BATCH = 200
DATES = frozenset(f"stage{number}_{end}" for number in (1, 2, 3, 4) for end in ("from", "until")) | {
    "documents_from",
    "payment_until",
}


@dataclass
class BuildReport:
    """What building the offers of a campaign gave: cases made, and students left out with the reason."""

    made: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)

    def as_result(self) -> dict[str, Any]:
        """The report as plain values, for the job's row."""
        return {"made": self.made, "problems": self.problems}


def _locked(campaign_id: int) -> Campaign:
    return (
        Campaign.objects.select_for_update(of=("self",)).select_related("year", "faculty").get(pk=campaign_id)
    )


def _demand_good_dates(campaign: Campaign) -> None:
    problems = campaign_problems(facts.windows_of(campaign))
    if problems:
        raise refuse(_joined(problems), "CON-006", _("Correct the dates, then publish."))


def _joined(problems: Iterable[Sentence]) -> Sentence:
    return " ".join(str(problem) for problem in problems)


@transaction.atomic
def publish(campaign_id: int, *, actor: User, at: datetime) -> Job:
    """Publish a campaign; its offers are built in the background with progress (CON-006).

    Raises Refused with every problem of the dates, MoveRefused when it is published already.
    """
    campaign = _locked(campaign_id)
    step = CAMPAIGN_MOVES.check("publish", campaign.state)
    _demand_good_dates(campaign)
    before, campaign.state, campaign.published_at = campaign.state, step.target, at
    campaign.save(update_fields=["state", "published_at"])
    audit.record(campaign, "contracting.publish", actor=actor, at=at, before=before, after=step.target)
    return _enqueue(campaign, actor=actor, at=at)


@transaction.atomic
def complete(campaign_id: int, *, actor: User, at: datetime) -> Job:
    """Make the offers a published campaign still lacks: a price was set, a student enrolled later (T9).

    Raises Refused for a campaign that is not published.
    """
    campaign = _locked(campaign_id)
    if campaign.state != CampaignState.PUBLISHED:
        raise refuse(_("Offers are made for a published campaign only."), "CON-006")
    return _enqueue(campaign, actor=actor, at=at)


def _enqueue(campaign: Campaign, *, actor: User, at: datetime) -> Job:
    return jobs.enqueue(
        "contracting.build_offers",
        f"offers:{campaign.pk}:{at.isoformat()}",
        {"campaign": campaign.pk, "actor": actor.pk},
        actor=actor,
        total=concerned(campaign).count(),
        queue="bulk",
        at=at,
    )


def build(
    campaign_id: int, *, actor: User | None, at: datetime, told: Callable[[int], None] | None = None
) -> BuildReport:
    """Make the offers of a published campaign, for students who have none yet; running it again adds nothing.

    Works in batches, each in a transaction of its own, with a constant number of queries a batch.
    told: called with the number of students done so far.
    """
    campaign = Campaign.objects.select_related("year", "faculty").get(pk=campaign_id)
    report = BuildReport()
    have = set(_cases_of_year(campaign).values_list("enrolment_id", flat=True))
    waiting = [enrolment for enrolment in concerned(campaign) if enrolment.pk not in have]
    done = concerned(campaign).count() - len(waiting)
    for batch in batched_list(waiting, BATCH):
        with transaction.atomic():
            _build_batch(campaign, batch, report, actor=actor, at=at)
        done += len(batch)
        if told:
            told(done)
    return report


def _cases_of_year(campaign: Campaign) -> QuerySet[StudentContracting]:
    """Cases of the academic year that stand, in any campaign: a year is contracted once (CON-128)."""
    same_year = StudentContracting.objects.filter(campaign__year=campaign.year_id)
    return same_year.exclude(~Q(campaign=campaign), state=ContractingState.CANCELLED)


def batched_list(items: list[Enrolment], size: int) -> Iterable[list[Enrolment]]:
    """`items` in lists of at most `size`."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def _build_batch(
    campaign: Campaign, batch: list[Enrolment], report: BuildReport, *, actor: User | None, at: datetime
) -> None:
    composed = offering.compose_many(campaign, batch, at=at)
    report.problems += composed.problems
    made = StudentContracting.objects.bulk_create([draft.case for draft in composed.drafts])
    for draft, case in zip(composed.drafts, made, strict=True):
        for line in draft.lines:
            line.contracting = case
    OfferLine.objects.bulk_create([line for draft in composed.drafts for line in draft.lines])
    terms: list[Deadline] = []
    for draft in composed.drafts:
        terms += _open(campaign, draft.case, actor=actor, at=at)
    deadlines.set_many(terms)
    report.made += len(made)


def _open(
    campaign: Campaign, case: StudentContracting, *, actor: User | None, at: datetime
) -> list[Deadline]:
    """Trace, first paper or first term, and the message of a fresh case (CON-152)."""
    audit.record(
        case,
        "contracting.offer",
        actor=actor,
        at=at,
        after=case.state,
        data={"situation": case.situation, "credits": case.credits, "total": str(case.total)},
    )
    student = cases.student_of(case)
    terms = []
    if case.state == ContractingState.OFFERED:
        windows = facts.windows_of(campaign)
        terms.append(
            Deadline(
                subject=reference(case),
                kind=cases.VALIDATE,
                person=student,
                start_at=windows.stage_1.opens_at,
                due_at=windows.stage_1.ends_at,
                rule="CON-043",
                link=cases.page_of(case, "contract"),
            )
        )
    else:
        papers.issue_all(case, actor=actor, at=at)
        case.save(update_fields=["papers_on"])
    if student is not None:
        outbox.post(notices.offer_published(case, student), at=at)
    return terms


@transaction.atomic
def reschedule(
    campaign_id: int, *, changes: Mapping[str, date], actor: User, at: datetime, reason: str
) -> Campaign:
    """Change dates of a published campaign; old and new dates are recorded, running terms move (design §3).

    changes: field name to day. Raises Refused for dates out of order or without a reason.
    """
    if not reason.strip():
        raise refuse(_("Write why the dates change."), "CON-004")
    if not set(changes) <= DATES:
        raise ValueError(f"not dates of a campaign: {sorted(set(changes) - DATES)}")
    campaign = _locked(campaign_id)
    step = CAMPAIGN_MOVES.check("reschedule", campaign.state)
    old = {name: getattr(campaign, name).isoformat() for name in changes}
    for name, day in changes.items():
        setattr(campaign, name, day)
    _demand_good_dates(campaign)
    campaign.save(update_fields=list(changes))
    audit.record(
        campaign,
        "contracting.reschedule",
        actor=actor,
        at=at,
        before=step.target,
        after=step.target,
        reason=reason,
        data={"old": old, "new": {name: day.isoformat() for name, day in changes.items()}},
    )
    _move_terms(campaign)
    return campaign


def _move_terms(campaign: Campaign) -> None:
    """Running terms of the campaign follow its new dates; a student's own extension that is later stays."""
    windows = facts.windows_of(campaign)
    running = StudentContracting.objects.filter(campaign=campaign)
    for state, kind, window in (
        (ContractingState.OFFERED, cases.VALIDATE, windows.stage_1),
        (ContractingState.DOCUMENTS_READY, cases.UPLOAD, windows.stage_4),
    ):
        subjects = [reference(case) for case in running.filter(state=state)]
        terms = Deadline.objects.filter(
            subject__in=subjects, kind=kind, met_at__isnull=True, dropped_at__isnull=True
        )
        terms.exclude(extensions__isnull=False).update(
            due_at=window.ends_at, start_at=window.opens_at, passed_at=None
        )


@transaction.atomic
def close(campaign_id: int, *, actor: User | None, at: datetime) -> Campaign:
    """Close a campaign; cases stay as they are. Raises MoveRefused when it is not published."""
    campaign = _locked(campaign_id)
    step = CAMPAIGN_MOVES.check("close", campaign.state)
    before, campaign.state = campaign.state, step.target
    campaign.save(update_fields=["state"])
    audit.record(campaign, "contracting.close", actor=actor, at=at, before=before, after=step.target)
    return campaign


@transaction.atomic
def set_mandatory(line_id: int, mandatory: bool, *, actor: User, at: datetime, reason: str = "") -> OfferLine:
    """Make a row of an open offer mandatory, or free it again (CON-024); open pages become out of date.

    Raises MoveRefused once the offer is validated.
    """
    case = cases.lock(OfferLine.objects.values_list("contracting_id", flat=True).get(pk=line_id))
    CONTRACTING_MOVES.check("tick", case.state)
    line = OfferLine.objects.get(pk=line_id)
    if line.mandatory == mandatory:
        return line
    line.mandatory, line.selected = mandatory, line.selected or mandatory
    line.save(update_fields=["mandatory", "selected"])
    lines = list(OfferLine.objects.filter(contracting=case))
    rows, terms = facts.rows_of(lines), facts.terms_of(case)
    totals = selection_rules.totals(rows, facts.ticked_of(lines), terms)
    case.fingerprint = selection_rules.fingerprint(rows, terms)
    # Published as something to validate, it stays so: only S1 and S2a may follow each other.
    now = situation(rows, offering=True)
    case.situation = now.value if now is not Situation.S2B else Situation.S2A.value
    case.credits, case.tuition = totals.credits, totals.tuition
    case.rows_amount, case.total = totals.rows_amount, totals.total
    case.save(update_fields=["fingerprint", "situation", "credits", "tuition", "rows_amount", "total"])
    audit.record(
        case,
        "contracting.set_mandatory",
        actor=actor,
        at=at,
        before=case.state,
        after=case.state,
        reason=reason,
        data={"line": line.code, "mandatory": mandatory},
    )
    return line
