"""The candidate's hand: open, edit, submit, give up (T01 to T03; ADM-013, ADM-034, ADM-107 to ADM-112)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from admissions import notices, parameters
from admissions.models import (
    Campaign,
    Candidate,
    Channel,
    Deferral,
    Dossier,
    DossierKind,
    Override,
    ProcessingFee,
    ProgrammeOffer,
    StudyRecord,
)
from admissions.queries import calendar, checking, figures
from admissions.queries import dossiers as queries
from admissions.refusal import demand, refuse
from admissions.rules import eligibility, money, papers, reapplying
from admissions.rules.states import Kind
from admissions.services import case, documents
from admissions.workflow.dossier import DOSSIER_MOVES, LIVE, DossierState
from admissions.workflow.smaller import DEFERRAL_MOVES, FEE_MOVES, DeferralState, FeeState
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, deadlines, outbox
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.moves import NEW
from upt_portal.kernel.numbers import next_number
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

REGISTER = "admissions.dossier"


@dataclass(frozen=True)
class Study:
    """Finished studies as the candidate states them. level: a StudyLevel."""

    level: str
    title: str = ""
    institution: str = ""
    country: str = ""
    graduated_on: date | None = None
    month_only: bool = False
    issued: bool = True
    lists_results: bool = False


@transaction.atomic
def open_dossier(
    candidate_id: int,
    offer_id: int,
    *,
    actor: User,
    at: datetime,
    kind: str = Kind.NEW,
    predecessor_id: int | None = None,
    received_at: datetime | None = None,
) -> Dossier:
    """Open a draft for an offer (T01). received_at: of a paper dossier that the office keys in.

    A free re-application takes over the documents of the rejected dossier (ADM-109), a deferred one those of
    its source. Raises Refused with the guard that does not hold: window, citizenship, live dossier, right.
    """
    candidate = case.lock_candidate(candidate_id)
    offer = ProgrammeOffer.objects.select_related("campaign__year", "programme__faculty").get(pk=offer_id)
    today = local_day(at)
    demand(_citizenship(candidate, offer, today))
    source = case.lock(predecessor_id) if predecessor_id is not None else None
    if source is not None and source.candidate_id != candidate.pk:
        raise Dossier.DoesNotExist
    deferral = _demand_opening(candidate, offer, kind, source, at)
    demand(calendar.may_apply(offer, at, kind=kind, predecessor=source))
    paper = received_at is not None
    if paper and kind == Kind.DEFERRED:
        raise refuse(_("Deferred entry is asked for on the platform only."), "ADM-159")
    dossier = Dossier.objects.create(
        candidate=candidate,
        campaign=offer.campaign,
        offer=offer,
        channel=Channel.PAPER if paper else Channel.ONLINE,
        kind=kind,
        predecessor=source,
        fee_from=_who_paid(source) if kind != Kind.NEW else None,
        tuition_from=_whose_tuition(source, kind),
        state=DOSSIER_MOVES.check("open", NEW).target,
        state_at=at,
        slot=_free_slot(candidate, offer.campaign, today),
        opened_at=at,
        opened_by=actor,
        received_at=received_at,
        officer=actor if paper else None,
    )
    _open_fee(dossier, kind, today)
    audit.record(dossier, "admissions.open", actor=actor, at=at, after=dossier.state, data={"kind": kind})
    if source is not None:
        documents.carry_over(source, dossier, actor=actor, at=at)
    if deferral is not None:
        deferral.target = dossier
        deferral.save(update_fields=["target"])
    _set_end(dossier, at)
    return dossier


def _citizenship(candidate: Candidate, offer: ProgrammeOffer, on: date) -> Answer:
    excluded = figures.codes(parameters.EXCLUDED_CITIZENSHIPS, offer.campaign, on)
    answer = eligibility.check_citizenship(candidate.citizenships, excluded, offer.programme.cycle)
    if answer or _allowed(candidate, offer.campaign):
        return YES
    return answer


def _allowed(candidate: Candidate, campaign: Campaign) -> bool:
    """The head of the office has let this candidate in, with a reason (ADM-041)."""
    return Override.objects.filter(
        candidate=candidate, campaign=campaign, what=Override.What.CITIZENSHIP
    ).exists()


def _demand_opening(
    candidate: Candidate, offer: ProgrammeOffer, kind: str, source: Dossier | None, at: datetime
) -> Deferral | None:
    """The guard of the kind: NEW (ADM-034), REAPPLICATION (ADM-108), DEFERRED (ADM-158, ADM-159)."""
    today = local_day(at)
    campaign = offer.campaign
    waiting = Deferral.objects.filter(
        candidate=candidate, state=DeferralState.ACTIVE, target_start_year=campaign.start_year
    ).first()
    if kind == Kind.DEFERRED:
        if waiting is None or source is None or waiting.source_id != source.pk:
            raise refuse(_("You have no deferred entry for this campaign."), "ADM-159")
        same = offer.programme_id == source.offer.programme_id
        if not same and waiting.other_programme_by_id is None:
            raise refuse(
                _("A deferred entry leads to the same programme; another one needs an approval."),
                "ADM-159",
                _("Write to the International Relations Department."),
            )
        demand(_room(candidate, campaign, today))
        return waiting
    if waiting is not None:
        raise refuse(
            _("You have a deferred entry in this campaign; take it up instead of a new dossier."), "ADM-159"
        )
    if kind == Kind.REAPPLICATION:
        if source is None or source.campaign_id != campaign.pk:
            raise refuse(_("Choose the dossier that was rejected."), "ADM-107")
        demand(_room(candidate, campaign, today))
        demand(may_reapply(source, offer, at))
        return None
    demand(opening(candidate, offer, at).answer)
    return None


def _room(candidate: Candidate, campaign: Campaign, on: date) -> Answer:
    live = Dossier.objects.filter(candidate=candidate, campaign=campaign, state__in=LIVE).count()
    if live < figures.figure(parameters.MAX_ACTIVE_DOSSIERS, campaign, on):
        return YES
    return NO(
        _("You already have an application in this campaign."),
        "ADM-034",
        _("Follow it to its end, or withdraw it, before you open another one."),
    )


def predecessor_of(source: Dossier) -> reapplying.Predecessor:
    """A dossier as the rule of re-application reads it."""
    ended = calendar.rejected_on(source) or local_day(source.state_at)
    return reapplying.Predecessor(source.state, source.kind, source.offer.programme.code, ended)


def _used(candidate: Candidate, campaign: Campaign) -> int:
    rows = Dossier.objects.filter(candidate=candidate, campaign=campaign)
    return reapplying.times_used(
        [(kind, number is not None) for kind, number in rows.values_list("kind", "number")]
    )


def may_reapply(source: Dossier, offer: ProgrammeOffer, at: datetime) -> Answer:
    """Whether the free re-application after `source` may go to the offer now (ADM-107 to ADM-112)."""
    today = local_day(at)
    return reapplying.may_reapply(
        predecessor_of(source),
        calendar.offer_of(offer),
        calendar.windows_of(offer.campaign),
        at,
        used=_used(source.candidate, source.campaign),
        allowed=figures.figure(parameters.FREE_REAPPLICATIONS, source.campaign, today),
        grace_days=figures.figure(parameters.REAPPLY_GRACE_DAYS, source.campaign, today),
    )


def opening(candidate: Candidate, offer: ProgrammeOffer, at: datetime) -> eligibility.NewDossier:
    """Whether a new dossier with fee may be opened, and what to say before (ADM-034)."""
    today = local_day(at)
    rejected = (
        Dossier.objects.filter(
            candidate=candidate, campaign=offer.campaign, state__in=["rejected", "not_selected"]
        )
        .select_related("offer__programme", "campaign")
        .order_by("-pk")
    )
    left = any(
        reapplying.right_to_reapply(
            predecessor_of(one),
            used=_used(candidate, offer.campaign),
            allowed=figures.figure(parameters.FREE_REAPPLICATIONS, offer.campaign, today),
        )
        for one in rejected
    )
    return eligibility.may_open_dossier(
        queries.earlier(candidate, offer.campaign),
        offer.programme.code,
        most=figures.figure(parameters.MAX_ACTIVE_DOSSIERS, offer.campaign, today),
        paid_after_rejection=figures.figure(parameters.PAID_AFTER_REJECTION, offer.campaign, today),
        free_right_left=left,
    )


def _who_paid(source: Dossier | None) -> Dossier | None:
    """The dossier whose processing fee covers what follows it (ADM-085)."""
    return None if source is None else source.fee_from or source


def _whose_tuition(source: Dossier | None, kind: str) -> Dossier | None:
    """The dossier whose tuition is carried over (ADM-160); a re-application inherits it (ADM-165)."""
    if source is None:
        return None
    if kind == Kind.DEFERRED:
        return source
    return source.tuition_from if reapplying.inherits_carry_over(predecessor_of(source)) else None


def _free_slot(candidate: Candidate, campaign: Campaign, on: date) -> int:
    taken = set(
        Dossier.objects.filter(candidate=candidate, campaign=campaign, state__in=LIVE).values_list(
            "slot", flat=True
        )
    )
    most = figures.figure(parameters.MAX_ACTIVE_DOSSIERS, campaign, on)
    return next(slot for slot in range(1, most + len(taken) + 1) if slot not in taken)


def _open_fee(dossier: Dossier, kind: str, on: date) -> None:
    """The fee of the day stands on the dossier; a free re-application and a deferred entry owe none."""
    amount = figures.figure(parameters.PROCESSING_FEE_EUR, dossier.campaign, on)
    owed = money.processing_fee(kind, amount)
    act = "require" if owed else "waive"
    ProcessingFee.objects.create(dossier=dossier, due=owed, state=FEE_MOVES.check(act, NEW).target)


def _set_end(dossier: Dossier, at: datetime) -> None:
    """The draft's own term: past it the clock cancels it (T03)."""
    ends = calendar.draft_ends_at(dossier, at)
    if ends is None:
        return
    deadlines.set_deadline(
        dossier,
        case.DRAFT,
        due_at=ends,
        start_at=at,
        rule="ADM-013",
        person=dossier.candidate.user,
        link=case.page_of(dossier),
    )


@transaction.atomic
def edit(
    dossier_id: int,
    *,
    actor: User,
    at: datetime,
    studies: Sequence[Study] | None = None,
    name_changed: bool | None = None,
    by_proxy: bool | None = None,
    offer_id: int | None = None,
) -> Dossier:
    """Change what a draft says; None leaves it as it is. The required documents follow (ADM-061).

    Another offer must be of the same campaign and open. Raises Refused after submission.
    """
    dossier = case.lock(dossier_id)
    _demand_draft(dossier)
    if offer_id is not None and offer_id != dossier.offer_id:
        _change_offer(dossier, offer_id, at)
    if name_changed is not None:
        dossier.name_changed = name_changed
    if by_proxy is not None:
        dossier.by_proxy = by_proxy
    dossier.save(update_fields=["name_changed", "by_proxy", "offer"])
    for study in studies or ():
        values = {name: value for name, value in study.__dict__.items() if name != "level"}
        StudyRecord.objects.update_or_create(dossier=dossier, level=study.level, defaults=values)
    audit.record(dossier, "admissions.edit", actor=actor, at=at)
    _set_end(dossier, at)
    return dossier


def _change_offer(dossier: Dossier, offer_id: int, at: datetime) -> None:
    offer = ProgrammeOffer.objects.select_related("campaign__year", "programme").get(pk=offer_id)
    if offer.campaign_id != dossier.campaign_id:
        raise refuse(_("The programme belongs to another campaign."), "ADM-023")
    if dossier.kind == DossierKind.DEFERRED:
        raise refuse(_("The programme of a deferred entry is changed by the office."), "ADM-159")
    if dossier.kind == DossierKind.REAPPLICATION and dossier.predecessor is not None:
        demand(may_reapply(dossier.predecessor, offer, at))
    demand(calendar.may_apply(offer, at, kind=dossier.kind, predecessor=dossier.predecessor))
    dossier.offer = offer


def _demand_draft(dossier: Dossier) -> None:
    if dossier.state != DossierState.DRAFT:
        raise refuse(
            _("The dossier was submitted; it can be changed only where a clarification asks for it."),
            "ADM-069",
        )


@dataclass(frozen=True)
class Readiness:
    """Whether a draft may be submitted: every answer, and what is only a warning."""

    answers: Mapping[str, Answer]
    warning: Sentence = ""

    @property
    def ready(self) -> bool:
        return all(self.answers.values())


def readiness(dossier: Dossier, at: datetime) -> Readiness:
    """Every condition of submission with its own answer (T02), for the review page and the act alike."""
    today = local_day(at)
    programme = dossier.offer.programme
    passport = eligibility.check_passport(
        dossier.candidate.passport_expires,
        today,
        year_starts_on=dossier.campaign.year.starts_on,
        cycle=programme.cycle,
    )
    facts = queries.paper_facts(dossier, today)
    again = (
        may_reapply(dossier.predecessor, dossier.offer, at)
        if dossier.kind == DossierKind.REAPPLICATION and dossier.predecessor is not None
        else YES
    )
    return Readiness(
        {
            "window": calendar.may_apply(
                dossier.offer, at, kind=dossier.kind, predecessor=dossier.predecessor
            ),
            "reapplication": again,
            "citizenship": _citizenship(dossier.candidate, dossier.offer, today),
            "passport": passport.answer,
            "studies": _studies(dossier, today),
            "documents": papers.check_complete(facts, queries.uploaded(dossier, today)),
            "language": checking.language_for_submission(dossier, today),
        },
        passport.warning,
    )


def _studies(dossier: Dossier, today: date) -> Answer:
    """The studies of the cycle are stated; a certificate stands only for a current graduate (ADM-045)."""
    studies = list(dossier.studies.all())
    last = queries.last_study(dossier, studies)
    if last is None or not last.country:
        return NO(
            _("The studies that you finished are not entered."), "ADM-061", _("Enter them in your dossier.")
        )
    if last.issued:
        return YES
    graduation = queries.graduation_of(last)
    if graduation is None:
        return NO(_("The date of graduation is missing."), "ADM-045", _("Enter the date of graduation."))
    return eligibility.certificate_serves(
        graduation,
        today,
        first_day=figures.current_graduates_from(dossier.campaign, today),
        diploma_issued=False,
        lists_results=last.lists_results,
    )


@transaction.atomic
def submit(dossier_id: int, *, actor: User, at: datetime, duties_acknowledged: bool) -> Dossier:
    """Submit a draft (T02): number, receipt with every file's SHA-256, nothing changes any more.

    Submitting twice gives the dossier as it stands. Raises Refused with the first condition that does not
    hold, or when the duties of Art. 21 are not acknowledged (ADM-233).
    """
    dossier = case.lock(dossier_id)
    if dossier.state == DossierState.SUBMITTED and dossier.number:
        return dossier
    DOSSIER_MOVES.check("submit", dossier.state)
    if not duties_acknowledged:
        raise refuse(_("Confirm that you know your duties."), "ADM-233")
    candidate = case.lock_candidate(dossier.candidate_id)
    for answer in readiness(dossier, at).answers.values():
        demand(answer)
    _use_deferral(dossier, at)
    dossier.submitted_at = dossier.duties_at = at
    dossier.receipt = receipt_of(dossier)
    year = dossier.campaign.start_year
    dossier.number = f"{year}/{next_number(REGISTER, year):05d}"
    case.move(
        dossier,
        "submit",
        actor=actor,
        at=at,
        data={"number": dossier.number, "files": len(dossier.receipt["files"])},
        changed=["submitted_at", "duties_at", "receipt", "number"],
    )
    deadlines.meet(dossier, case.DRAFT, at=at)
    _declare_fee(dossier, actor=actor, at=at)
    outbox.post(notices.submitted(dossier, candidate.user), at=at)
    outbox.post_all((notices.arrived(dossier, reader) for reader in notices.office(dossier)), at=at)
    return dossier


def _use_deferral(dossier: Dossier, at: datetime) -> None:
    if dossier.kind != DossierKind.DEFERRED:
        return
    right = Deferral.objects.select_for_update().get(target=dossier)
    right.state, right.used_at = DEFERRAL_MOVES.check("use", right.state).target, at
    right.save(update_fields=["state", "used_at"])


def _declare_fee(dossier: Dossier, *, actor: User, at: datetime) -> None:
    fee = ProcessingFee.objects.select_for_update().get(dossier=dossier)
    if fee.state == FeeState.DUE:
        fee.state, fee.declared_at = FEE_MOVES.check("declare", fee.state).target, at
        fee.save(update_fields=["state", "declared_at"])
        audit.record(dossier, "admissions.declare_fee", actor=actor, at=at)


def receipt_of(dossier: Dossier) -> dict[str, object]:
    """What the candidate hands in, file by file with its SHA-256, in the order of the list."""
    kept = queries.current_documents(dossier)
    files = []
    for kind in papers.DocumentType:
        row = kept.get(kind)
        if row is None:
            continue
        for slot in ("original", "back", "translation"):
            if (file := getattr(row, slot)) is not None:
                files.append(
                    {
                        "letter": papers.PAPERS[kind].letter(dossier.offer.programme.cycle),
                        "kind": kind.value,
                        "slot": slot,
                        "name": file.original_name,
                        "size": file.size,
                        "sha256": file.sha256,
                    }
                )
    return {"programme": dossier.offer.programme.code, "files": files}


@transaction.atomic
def cancel(dossier_id: int, *, actor: User, at: datetime) -> Dossier:
    """Give a draft up (T03); it stays readable and can be copied."""
    dossier = case.lock(dossier_id)
    case.move(dossier, "cancel", actor=actor, at=at)
    deadlines.drop(dossier, [case.DRAFT], at=at)
    return dossier


@transaction.atomic
def close_draft(dossier_id: int, *, at: datetime) -> bool:
    """The clock's hand (T03, ADM-013): cancel a draft whose window is over; False when it is not.

    A window that was extended meanwhile moves the draft's term instead.
    """
    dossier = case.lock(dossier_id)
    if dossier.state != DossierState.DRAFT:
        deadlines.drop(dossier, [case.DRAFT], at=at)
        return False
    if calendar.draft_ends_at(dossier, at) is not None:
        _set_end(dossier, at)
        return False
    case.move(dossier, "cancel", actor=None, at=at)
    deadlines.drop(dossier, [case.DRAFT], at=at)
    outbox.post(notices.draft_cancelled(dossier, dossier.candidate.user), at=at)
    return True
