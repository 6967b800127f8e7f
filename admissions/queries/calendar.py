"""The calendar of a campaign: its windows as the rules read them, and what is open."""

from datetime import date, datetime

from django.db.models import Q

from admissions.models import CalendarWindow, Campaign, Dossier, ProgrammeOffer, Resolution
from admissions.parameters import REAPPLY_GRACE_DAYS
from admissions.queries.figures import figure
from admissions.rules import dates, windows
from admissions.rules.states import Kind
from admissions.workflow.smaller import CampaignState
from upt_portal.kernel.answers import NO, Answer
from upt_portal.kernel.words import gettext_lazy as _


def windows_of(campaign: Campaign) -> list[windows.Window]:
    """Every window of the campaign; a programme is named by its code."""
    rows = CalendarWindow.objects.filter(campaign=campaign).select_related("programme")
    return [
        windows.Window(
            row.kind,
            row.opens,
            row.closes,
            row.closing_time,
            row.cycle,
            row.programme.code if row.programme else "",
        )
        for row in rows
    ]


def offer_of(offer: ProgrammeOffer) -> windows.Offer:
    """An offer as far as the calendar is concerned."""
    return windows.Offer(offer.programme.cycle, offer.programme.code)


def rejected_on(dossier: Dossier) -> date | None:
    """The legal date of the rejection of a dossier, or of its not being selected; None for neither."""
    last = (
        Resolution.objects.filter(dossier=dossier, act__in=["reject", "not_select"]).order_by("-at").first()
    )
    return dates.legal_date(last.at) if last else None


def grace_until(predecessor: Dossier | None, at: datetime) -> date | None:
    """Last day on which the free re-application after `predecessor` is taken (ADM-108); None for none."""
    if predecessor is None or (day := rejected_on(predecessor)) is None:
        return None
    days = figure(REAPPLY_GRACE_DAYS, predecessor.campaign, dates.legal_date(at))
    return windows.grace_until(day, days)


def may_apply(
    offer: ProgrammeOffer, at: datetime, *, kind: str = Kind.NEW, predecessor: Dossier | None = None
) -> Answer:
    """Whether a dossier of this kind may be opened or submitted for the offer now (ADM-011, ADM-020)."""
    if offer.campaign.state != CampaignState.OPEN:
        return NO(_("The campaign is not open."), "ADM-010")
    if not offer.active:
        return NO(_("This programme takes no applications now."), "ADM-020")
    if not offer.programme.language:
        return NO(_("The language of teaching of this programme is not set."), "ADM-020")
    return windows.may_apply(
        windows_of(offer.campaign),
        offer_of(offer),
        at,
        deferred=kind == Kind.DEFERRED,
        grace_until=grace_until(predecessor, at) if kind == Kind.REAPPLICATION else None,
    )


def draft_ends_at(dossier: Dossier, at: datetime) -> datetime | None:
    """The first moment at which a draft is cancelled (ADM-013); None when its window is over already."""
    return windows.draft_ends_at(
        windows_of(dossier.campaign),
        offer_of(dossier.offer),
        at,
        deferred=dossier.kind == Kind.DEFERRED,
        grace_until=grace_until(dossier.predecessor, at) if dossier.kind == Kind.REAPPLICATION else None,
    )


def open_offers(at: datetime) -> list[ProgrammeOffer]:
    """Offers of open campaigns whose window covers the moment."""
    found = []
    rows = ProgrammeOffer.objects.filter(Q(active=True), campaign__state=CampaignState.OPEN).select_related(
        "campaign__year", "programme__faculty", "programme__field"
    )
    by_campaign: dict[int, list[windows.Window]] = {}
    for offer in rows.order_by("programme__cycle", "programme__code"):
        known = by_campaign.get(offer.campaign_id)
        if known is None:
            known = by_campaign[offer.campaign_id] = windows_of(offer.campaign)
        if windows.may_apply(known, offer_of(offer), at):
            found.append(offer)
    return found
