"""What is told officially: when a decision counts as communicated, how long a competition stays open."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import add_working_days
from upt_portal.kernel.sources import CODE, Article, cites
from upt_portal.kernel.words import gettext_lazy as _

THROUGH_INFOCENTER = Article(CODE, "art. 61")
COMMUNICATED = Article(CODE, "art. 56 (6)")
CONFIDENTIAL = Article(CODE, "art. 3 (e)")
CALLS = Article(CODE, "art. 3 (g)")
ACCOUNT_NAME = Article(CODE, "art. 1 (1) (j)")


@cites(
    COMMUNICATED,
    rule="REC-050",
    words=_("A rector's decision counts as communicated when the Secretary General's message leaves."),
)
def communicated_at(sent_at: datetime | None) -> datetime | None:
    """The moment from which terms run: that of sending to the institutional address; None before it.

    Reading it changes nothing. Raises ValueError for a moment without its zone.

    Examples:
        sent Friday 28 March 2025 16:50 and read on Monday -> Friday 28 March 2025 16:50
    """
    if sent_at is not None and sent_at.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return sent_at


@cites(
    THROUGH_INFOCENTER,
    rule="REC-049",
    words=_(
        "Official messages to students are sent by the Student InfoCenter, rector's decisions by the "
        "Secretary General."
    ),
)
def may_send(*, infocenter: bool, secretary_general: bool, decision: bool) -> Answer:
    """Whether somebody with these offices sends an official message. decision: it is a rector's."""
    if decision:
        if secretary_general:
            return YES
        return NO(_("A rector's decision is communicated by the Secretary General."), COMMUNICATED)
    if infocenter or secretary_general:
        return YES
    return NO(_("Official messages to students pass through the Student InfoCenter."), THROUGH_INFOCENTER)


@cites(
    ACCOUNT_NAME,
    rule="REC-023",
    words=_("Decisions go to the institutional address, whatever the account is called now."),
)
def address_of_decisions(institutional: str, account_name: str) -> str:
    """Where official letters go; the account's own name only for somebody without an institutional one.

    Examples:
        "andra@student.upt.ro", "andra@exemplu.ro" -> "andra@student.upt.ro"
    """
    return institutional or account_name


@cites(
    CALLS,
    rule="REC-052",
    words=_("Registration for a competition lasts at least 5 working days from its posting."),
)
def first_closing_day(posted_on: date, closed: Collection[date], *, days: int = 5) -> date:
    """The earliest day on which a registration may close.

    Examples:
        posted Monday 3 March 2025 -> Monday 10 March 2025
    """
    return add_working_days(posted_on, days, closed)


@cites(
    CALLS,
    rule="REC-052",
    words=_("A competition is not closed before that day, unless another rule sets its term."),
)
def may_close_on(
    posted_on: date, closes_on: date, closed: Collection[date], *, days: int = 5, other_rule: str = ""
) -> Answer:
    """Whether a competition may be posted with this closing day.

    other_rule: the regulation that sets another term; with it an earlier day is recorded.

    Examples:
        posted 3 March 2025, closing 7 March -> no; with the rule of a ministry's order -> yes
    """
    if closes_on < posted_on:
        return NO(_("Registration cannot close before it is posted."), CALLS)
    first = first_closing_day(posted_on, closed, days=days)
    if closes_on < first and not other_rule.strip():
        return NO(
            _("Registration must stay open until %(day)s at least.") % {"day": first},
            CALLS,
            _("Choose a later day, or write which rule sets another term."),
        )
    return YES
