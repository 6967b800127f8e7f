"""Windows of the admission calendar: which one covers an offer, what is open now, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from admissions.rules.dates import legal_date, term_end
from admissions.rules.states import art, derived
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import DAY, NoSuchWallTime, end_of_day, wall_time
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.sources import cites
from upt_portal.kernel.words import gettext_lazy as _

FIRST_CAMPAIGN_YEAR = 2026
CALENDAR = art("art. 9")
YEARLY = art("art. 2")
ENROLMENT = art("art. 18")


class WindowKind(StrEnum):
    """What may be done while a window is open."""

    APPLICATION = "application"
    DEFERRED_APPLICATION = "deferred_application"
    ENROLMENT = "enrolment"


@dataclass(frozen=True)
class Window:
    """A period of the calendar; first and last day are part of it.

    closing_time: local time on the last day from which it is closed; None is midnight. cycle, programme: what
    it is limited to, "" for all; programme is any stable name of the programme.
    """

    kind: str
    opens: date
    closes: date
    closing_time: time | None = None
    cycle: str = ""
    programme: str = ""


@dataclass(frozen=True)
class Offer:
    """What a dossier applies to, as far as the calendar is concerned."""

    cycle: str
    programme: str


@cites(
    YEARLY,
    art("art. 25"),
    rule="ADM-010",
    words=_(
        "A campaign opens with the reference and date of its approved calendar and an application window; "
        "the first one is for 2026-2027."
    ),
)
def may_open_campaign(
    year: int, approval: str, approved_on: date | None, windows: Iterable[Window]
) -> Answer:
    """Whether the campaign of the academic year that starts in `year` may be opened.

    approval: reference of the decision on the calendar; approved_on: its date.
    """
    if year < FIRST_CAMPAIGN_YEAR:
        return NO(_("The procedure applies from the academic year 2026-2027."), art("art. 25"))
    if not approval.strip() or approved_on is None:
        return NO(
            _("The calendar has no approval yet."),
            YEARLY,
            _("Enter the reference and the date of the decision that approves it."),
        )
    if not any(window.kind == WindowKind.APPLICATION for window in windows):
        return NO(_("The calendar has no application window."), YEARLY, _("Add the period of applications."))
    return YES


@cites(
    YEARLY,
    CALENDAR,
    rule="ADM-011",
    words=_("A programme's window goes before that of its cycle, and that before the general one."),
)
def windows_of(
    windows: Iterable[Window], offer: Offer, *, kind: str = WindowKind.APPLICATION
) -> tuple[Window, ...]:
    """The windows that decide for an offer, the earliest first; those of the nearest level only.

    Deferred dossiers fall back on the application windows where the calendar has none of their own.

    Examples:
        general until 31 July, programme until 15 June -> until 15 June for that programme
    """
    all_of_kind = [window for window in windows if window.kind == kind]
    for fits in (
        [one for one in all_of_kind if one.programme and one.programme == offer.programme],
        [one for one in all_of_kind if not one.programme and one.cycle and one.cycle == offer.cycle],
        [one for one in all_of_kind if not one.programme and not one.cycle],
    ):
        if fits:
            return tuple(sorted(fits, key=lambda one: (one.opens, one.closes)))
    if kind == WindowKind.DEFERRED_APPLICATION:
        return windows_of(windows, offer)
    return ()


@cites(
    CALENDAR,
    rule="ADM-011",
    words=_("A window closes at midnight after its last day, or at the closing time set for that day."),
)
def closing_moment(window: Window, zone: tzinfo = ROMANIA) -> datetime:
    """The first moment at which the window is closed; aware.

    Examples:
        closes 31 July 2026 -> 1 August, 00:00
        closes 31 August 2026 at 16:00 -> 31 August, 16:00
    """
    if window.closing_time is None:
        return datetime.combine(window.closes + DAY, time.min, zone)
    return datetime.combine(window.closes, window.closing_time, zone)


@cites(
    CALENDAR,
    rule="ADM-011",
    words=_("A window is open from the start of its first day until it closes."),
)
def is_open(window: Window, at: datetime, zone: tzinfo = ROMANIA) -> bool:
    """Whether the window is open at a moment (aware)."""
    return window.opens <= legal_date(at, zone) and at < closing_moment(window, zone)


@cites(
    CALENDAR,
    art("art. 18"),
    rule="ADM-011",
    words=_("Dossiers are opened and submitted only while the window that covers the offer is open."),
)
def may_apply(
    windows: Sequence[Window],
    offer: Offer,
    at: datetime,
    *,
    deferred: bool = False,
    grace_until: date | None = None,
    zone: tzinfo = ROMANIA,
) -> Answer:
    """Whether a dossier for the offer may be opened or submitted at a moment.

    deferred: the dossier is of the kind DEFERRED. grace_until: last day of the grace of a free
    re-application (ADM-108), else None.

    Examples:
        window until 31 July 2026: 31 July 23:59 -> yes; 1 August 00:00 -> no
    """
    kind = WindowKind.DEFERRED_APPLICATION if deferred else WindowKind.APPLICATION
    found = windows_of(windows, offer, kind=kind)
    if any(is_open(window, at, zone) for window in found):
        return YES
    if grace_until is not None and legal_date(at, zone) <= grace_until:
        return YES
    if not found:
        return NO(_("The calendar has no application period for this programme."), CALENDAR)
    today = legal_date(at, zone)
    if ahead := [window for window in found if window.opens > today]:
        return NO(_("Applications for this programme open on %(day)s.") % {"day": ahead[0].opens}, CALENDAR)
    last = max(found, key=lambda window: closing_moment(window, zone))
    shown = end_of_day(last.closes) if last.closing_time is None else closing_moment(last, zone)
    return NO(
        _("Applications for this programme closed on %(when)s.") % {"when": shown},
        CALENDAR,
        _("Look at the calendar of admissions: another programme may still be open."),
    )


@cites(
    derived("ADM-013"),
    rule=("ADM-013", "ADM-108"),
    words=_(
        "An unfinished draft is cancelled when its window closes; that of a free re-application at the end "
        "of its grace."
    ),
)
def draft_ends_at(
    windows: Sequence[Window],
    offer: Offer,
    at: datetime,
    *,
    deferred: bool = False,
    grace_until: date | None = None,
    zone: tzinfo = ROMANIA,
) -> datetime | None:
    """The first moment at which a draft that is open at `at` is cancelled; None when it is over already."""
    kind = WindowKind.DEFERRED_APPLICATION if deferred else WindowKind.APPLICATION
    ends = [
        closing_moment(window, zone)
        for window in windows_of(windows, offer, kind=kind)
        if is_open(window, at, zone)
    ]
    if grace_until is not None and legal_date(at, zone) <= grace_until:
        ends.append(datetime.combine(grace_until + DAY, time.min, zone))
    return max(ends, default=None)


@cites(
    CALENDAR,
    derived("ADM-108"),
    rule="ADM-108",
    words=_(
        "A free re-application is taken for some days after the rejection, also when the window has closed."
    ),
)
def grace_until(rejected_on: date, grace_days: int) -> date | None:
    """The last day of the grace; None when the university grants none (0 days: the window alone counts).

    Examples:
        rejected 25 July 2026, 10 days -> 4 August 2026
    """
    return term_end(rejected_on, grace_days) if grace_days else None


@cites(
    CALENDAR,
    rule="ADM-012",
    words=_(
        "The university may alone shorten or extend a period, with a reason; it cannot be closed in the past."
    ),
)
def may_move_close(window: Window, closes: date, today: date, reason: str) -> Answer:
    """Whether the last day of a window may become `closes`, from now on.

    Examples:
        on 20 June 2026: closes 20 June -> yes; closes 19 June -> no
    """
    if not reason.strip():
        return NO(_("A change of the calendar needs a reason."), CALENDAR, _("Write why the period changes."))
    if closes < today:
        return NO(_("A period cannot be closed before today, %(day)s.") % {"day": today}, CALENDAR)
    return check_window(replace(window, closes=closes))


@cites(
    CALENDAR,
    rule=("ADM-011", "ADM-012"),
    words=_("A period ends on or after its first day, at a time that the clock shows once."),
)
def check_window(window: Window) -> Answer:
    """Whether a window can be kept as it is written."""
    if window.closes < window.opens:
        return NO(_("The period ends before it begins."), CALENDAR)
    if window.closing_time is not None:
        try:
            wall_time(window.closes, window.closing_time)
        except NoSuchWallTime as fault:
            return NO(fault.sentence, CALENDAR)
    return YES


@cites(
    art("art. 14"),
    ENROLMENT,
    rule="ADM-014",
    words=_(
        "A period of enrolment rests on a decision of the Senate and ends before the last day for study "
        "contracts of third-country citizens."
    ),
)
def check_enrolment_window(window: Window, decision: str, last_contract_day: date | None) -> Answer:
    """Whether an enrolment window may be kept. last_contract_day: the last date of CON-104, when known."""
    if not (answer := check_window(window)):
        return answer
    if not decision.strip():
        return NO(
            _("The period of enrolment has no decision of the Senate."), ENROLMENT, _("Enter its reference.")
        )
    if last_contract_day is not None and window.closes > last_contract_day:
        return NO(
            _("The period of enrolment must end by %(day)s, the last day for study contracts.")
            % {"day": last_contract_day},
            ENROLMENT,
        )
    return YES


@cites(
    art("art. 14"),
    ENROLMENT,
    rule=("ADM-014", "ADM-202"),
    words=_("Enrolment is possible only inside a period set by the Senate."),
)
def may_enrol_now(windows: Sequence[Window], offer: Offer, at: datetime, zone: tzinfo = ROMANIA) -> Answer:
    """Whether enrolment for the offer is open at a moment."""
    found = windows_of(windows, offer, kind=WindowKind.ENROLMENT)
    if any(is_open(window, at, zone) for window in found):
        return YES
    today = legal_date(at, zone)
    if ahead := [window for window in found if window.opens > today]:
        return NO(_("Enrolment opens on %(day)s.") % {"day": ahead[0].opens}, ENROLMENT)
    if found:
        last = max(window.closes for window in found)
        return NO(_("The period of enrolment ended on %(day)s.") % {"day": last}, ENROLMENT)
    return NO(_("The calendar has no period of enrolment for this programme yet."), ENROLMENT)


@cites(
    derived("ADM-159"),
    rule=("ADM-159", "ADM-161"),
    words=_("A deferred place is taken up before the window of the target campaign closes."),
)
def deferral_ends_at(windows: Sequence[Window], offer: Offer, zone: tzinfo = ROMANIA) -> datetime | None:
    """The first moment at which a deferral can no longer be taken up; None while the calendar is not known.

    windows: of the target campaign.
    """
    found = windows_of(windows, offer, kind=WindowKind.DEFERRED_APPLICATION)
    return max((closing_moment(window, zone) for window in found), default=None)


@cites(
    CALENDAR,
    rule="ADM-011",
    words=_("The last moment of a window is the one before it closes."),
)
def last_moment(window: Window, zone: tzinfo = ROMANIA) -> datetime:
    """The last instant that is still inside the window, for a row of terms; aware."""
    return closing_moment(window, zone) - timedelta(microseconds=1)
