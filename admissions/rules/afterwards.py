"""After submission and enrolment: duties, and a change of status."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from admissions.rules.dates import Term, days_late, make_term
from admissions.rules.states import art
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import cites
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

STATUS = art("art. 19")
DUTY = art("art. 21")

#: The duties that a candidate acknowledges at submission.
DUTIES: Mapping[str, Sentence] = {
    "law": _("I respect the Constitution and the laws of Romania."),
    "university": _("I respect the internal rules of the university."),
    "procedure": _("I respect this admission procedure."),
}


@cites(
    DUTY,
    rule="ADM-233",
    words=_("Law, the university's rules and the procedure are acknowledged at submission."),
)
def check_duties(acknowledged: Collection[str]) -> Answer:
    """Whether every duty is ticked. acknowledged: keys of `DUTIES`."""
    if set(DUTIES) <= set(acknowledged):
        return YES
    return NO(_("Tick the duties of candidates before you submit."), DUTY)


@dataclass(frozen=True)
class StatusNotice:
    """How a notice of a changed status stands; no sanction follows."""

    term: Term
    late: int


@cites(
    STATUS,
    rule="ADM-230",
    words=_(
        "A student who obtains another status than citizen of a non-EU state informs the university within "
        "30 calendar days; a late notice is recorded, without sanction."
    ),
)
def status_notice(
    obtained_on: date, notified_on: date, days: int = 30, *, closed: Collection[date] | None = None
) -> StatusNotice:
    """How a notice stands. days: STATUS_CHANGE_DAYS.

    Examples:
        obtained 15 October 2026 -> 14 November 2026; notified 15 November -> late by 1 day
    """
    term = make_term(obtained_on, days, closed=closed)
    return StatusNotice(term, days_late(notified_on, term.due))


@cites(
    STATUS,
    rule="ADM-230",
    words=_("The day on which the status was obtained is not in the future, and the status is named."),
)
def check_status(status: str, obtained_on: date, today: date) -> Answer:
    """Whether a notice may be filed."""
    if not status.strip():
        return NO(_("Enter the new status."), STATUS)
    if obtained_on > today:
        return NO(_("The day on which you obtained the status lies in the future."), STATUS)
    return YES


@cites(
    STATUS,
    rule="ADM-231",
    words=_(
        "Whoever obtains Romanian citizenship gets a budget place or the fee of Romanian citizens only after "
        "passing an admission in a legal session."
    ),
)
def fee_category_changes(*, romanian: bool, passed_admission: bool) -> bool:
    """Whether the fee category changes: never by the citizenship alone."""
    return romanian and passed_admission
