"""When unpaid fees may lead to a proposal of expulsion; only the rector decides."""

from __future__ import annotations

from datetime import date

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import add_days
from upt_portal.kernel.sources import CODE, Article, cites
from upt_portal.kernel.words import gettext_lazy as _

GROUND_H = Article(CODE, "art. 56 (2) h")


@cites(
    GROUND_H,
    rule="FEE-075",
    words=_("After a missed term reminders leave, spread over the days of grace; by default two in 14 days."),
)
def reminder_days(due_on: date, grace: int, reminders: int) -> tuple[date, ...]:
    """The days on which the reminders of an overdue line leave.

    grace: calendar days after the term. reminders: how many, 0 or more.

    Examples:
        due 13 December 2026, 14 days, two reminders -> 20 and 27 December
    """
    return tuple(add_days(due_on, max(1, grace * n // reminders)) for n in range(1, reminders + 1))


@cites(
    GROUND_H,
    rule="FEE-075",
    words=_(
        "Unpaid fees are listed as a proposal of expulsion only after the days of grace and the reminders; "
        "only the rector's decision acts."
    ),
)
def may_propose(oldest_due_on: date | None, on: date, *, sent: int, grace: int, reminders: int) -> Answer:
    """Whether an account may be listed as a proposal.

    oldest_due_on: term of the oldest unpaid line that is overdue, None without one. sent: reminders since.

    Examples:
        due 13 December, on 28 December, two reminders sent -> yes
        on 27 December -> no, the days of grace run until then
    """
    if oldest_due_on is None:
        return NO(_("Nothing is overdue."), GROUND_H)
    last = add_days(oldest_due_on, grace)
    if on <= last:
        return NO(_("The days of grace run until %(day)s.") % {"day": last}, GROUND_H)
    if sent < reminders:
        words = _("%(sent)s of %(wanted)s reminders were sent.")
        return NO(words % {"sent": sent, "wanted": reminders}, GROUND_H, _("Send a reminder first."))
    return YES
