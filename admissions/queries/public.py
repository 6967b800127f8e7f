"""What everybody may read of a campaign, without an account: periods, changes, programmes, proofs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from admissions.models import CalendarWindow, Campaign, PreparatoryField, ProgrammeOffer, WindowChange
from admissions.queries.calendar import offer_of, windows_of
from admissions.rules import language, windows
from admissions.workflow.smaller import CampaignState
from studentrecords.models import Faculty
from upt_portal.kernel.answers import Answer

FOREIGN = "foreign"


def campaigns() -> list[Campaign]:
    """Campaigns that the public sees, the newest first; one in preparation is not shown (ADM-010)."""
    return list(Campaign.objects.exclude(state=CampaignState.DRAFT).order_by("-start_year"))


@dataclass(frozen=True)
class Period:
    """A window of the calendar with its changes. state: "open", "ahead" or "past". ends: last moment."""

    window: CalendarWindow
    state: str
    ends: datetime
    changes: list[WindowChange]

    @property
    def to_the_hour(self) -> bool:
        """Whether it closes at an hour of its last day, not at midnight."""
        return self.window.closing_time is not None


def periods(campaign: Campaign, at: datetime) -> list[Period]:
    """Every window of the campaign in order of its first day, with every change of it (ADM-012, ADM-015)."""
    rows = (
        CalendarWindow.objects.filter(campaign=campaign)
        .select_related("programme")
        .prefetch_related(Prefetch("changes", WindowChange.objects.order_by("-at", "-pk")))
        .order_by("opens", "closes", "pk")
    )
    return [_period(row, at) for row in rows]


def _period(row: CalendarWindow, at: datetime) -> Period:
    window = windows.Window(row.kind, row.opens, row.closes, row.closing_time)
    if windows.is_open(window, at):
        state = "open"
    else:
        state = "past" if windows.closing_moment(window) <= at else "ahead"
    return Period(row, state, windows.closing_moment(window), list(row.changes.all()))


@dataclass(frozen=True)
class Offered:
    """An offered programme, whether it takes applications now, and the proofs of its language (ADM-025)."""

    offer: ProgrammeOffer
    answer: Answer
    proofs: tuple[language.ProofKind, ...]


def offered(
    campaign: Campaign, at: datetime, *, cycle: str = "", faculty: str = "", taught: str = ""
) -> list[Offered]:
    """Active offers by cycle, faculty and programme.

    cycle: as stored, "" for all; faculty: its code; taught: "ro", "foreign" or a code of a language.
    """
    rows = ProgrammeOffer.objects.filter(campaign=campaign, active=True).exclude(programme__language="")
    if cycle:
        rows = rows.filter(programme__cycle=cycle)
    if faculty:
        rows = rows.filter(programme__faculty__code=faculty)
    if taught == FOREIGN:
        rows = rows.exclude(programme__language=language.ROMANIAN)
    elif taught:
        rows = rows.filter(programme__language=taught)
    known = windows_of(campaign)
    return [
        Offered(
            offer,
            windows.may_apply(known, offer_of(offer), at),
            language.kinds_for(offer.programme.language),
        )
        for offer in rows.select_related("programme__faculty", "programme__field").order_by(
            "programme__cycle", "programme__faculty__code", "programme__name_ro", "programme__code"
        )
    ]


def faculties(campaign: Campaign) -> list[Faculty]:
    """Faculties with an active offer in the campaign."""
    return list(
        Faculty.objects.filter(
            programmes__admission_offers__campaign=campaign, programmes__admission_offers__active=True
        )
        .distinct()
        .order_by("name_ro")
    )


def languages(campaign: Campaign) -> list[str]:
    """Codes of the languages in which the offered programmes are taught."""
    found: Collection[str] = (
        ProgrammeOffer.objects.filter(campaign=campaign, active=True)
        .exclude(programme__language="")
        .order_by()
        .values_list("programme__language", flat=True)
        .distinct()
    )
    return sorted(found)


def preparatory_fields() -> list[PreparatoryField]:
    """The fields of the preparatory year of Romanian (Annex 4)."""
    return list(PreparatoryField.objects.all())
