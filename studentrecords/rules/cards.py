"""The digital student card and the railcard: who has one, until when it is valid, when it is given back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import CODE, Article, cites
from upt_portal.kernel.words import gettext_lazy as _

CARD = Article(CODE, "art. 18 (1) (a)")
RAILCARD = Article(CODE, "art. 18 (1) (b)")
LOST = Article(CODE, "art. 18 (2)")
RETURNED = Article(CODE, "art. 18 (3)")


@cites(
    CARD,
    rule="REC-044",
    words=_("The student card is valid while its holder is enrolled in the academic year that runs."),
)
def card_is_valid(*, enrolled: bool, taken_back: bool, today: date, until: date | None) -> bool:
    """What the check page says of a card.

    until: its last day; None where no academic year is known, which validates nothing.

    Examples:
        enrolled, until 27 September 2027, today that day -> valid; the day after -> not valid
        studies interrupted in between -> not valid from that moment
    """
    return enrolled and not taken_back and until is not None and today <= until


@cites(
    CARD,
    rule="REC-044",
    words=_("A student card is issued free of charge to students enrolled in the year that runs."),
)
def may_have_card(*, enrolled: bool) -> Answer:
    """Whether a card is issued: free of charge, after the enrolment."""
    if enrolled:
        return YES
    return NO(_("A student card is issued to students enrolled in the year that runs."), CARD)


@cites(
    RAILCARD,
    rule="REC-045",
    words=_(
        "Age is counted in whole years on the day of issue; who was born on 29 February is older on 1 March."
    ),
)
def age_on(born: date, day: date) -> int:
    """Whole years on `day`; who was born on 29 February is a year older on 1 March of a common year."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@cites(
    RAILCARD,
    rule="REC-045",
    words=_("A railcard is for full-time students under 26 on the day of its issue."),
)
def may_issue_railcard(
    *, full_time: bool, enrolled: bool, born: date | None, issued_on: date, under: int = 26
) -> Answer:
    """Whether a railcard is issued or gets its visa on a day.

    under: years of age that are too many.

    Examples:
        born 1 October 1999, full-time, asked 30 September 2025 -> yes (25)
        the same asked 1 October 2025 -> no (26)
    """
    if not enrolled:
        return NO(_("A railcard is for students enrolled in the year that runs."), RAILCARD)
    if not full_time:
        return NO(_("A railcard is for full-time students only."), RAILCARD)
    if born is None:
        return NO(_("The birth date is not on record."), RAILCARD, _("Record it first."))
    if age_on(born, issued_on) >= under:
        return NO(
            _("The student is %(age)s: a railcard is given under %(under)s.")
            % {"age": age_on(born, issued_on), "under": under},
            RAILCARD,
        )
    return YES


@cites(RAILCARD, rule="REC-045", words=_("A railcard gets its visa once in an academic year."))
def may_visa(year: str, visas: Collection[str], *, out: bool) -> Answer:
    """Whether a railcard gets the visa of an academic year.

    visas: the years it has one for. out: the card is in the student's hand: not lost, not given back.
    """
    if not out:
        return NO(_("This railcard was lost or given back."), RAILCARD)
    if year in visas:
        return NO(_("This railcard has the visa of %(year)s already.") % {"year": year}, RAILCARD)
    return YES


@cites(
    LOST,
    rule="REC-046",
    words=_("For a lost railcard a duplicate is issued once the proof of the published notice is recorded."),
)
def may_issue_duplicate(*, lost: bool, notice: str) -> Answer:
    """Whether a duplicate may be issued.

    notice: the publication, its number and date; empty when none was shown.
    """
    if not lost:
        return NO(_("This railcard is not recorded as lost."), LOST)
    if not notice.strip():
        return NO(_("Record the published notice of the loss first: publication, number and date."), LOST)
    return YES


@cites(
    RETURNED,
    rule="REC-047",
    words=_(
        "At a withdrawal or transfer during the year the railcard is given back before the file is closed."
    ),
)
def may_close_file(*, railcards_out: int) -> Answer:
    """Whether the file of somebody who leaves may be closed.

    railcards_out: railcards neither given back nor lost with a published notice.
    """
    if railcards_out:
        return NO(
            _("The railcard was not given back."), RETURNED, _("Record its return at the Student InfoCenter.")
        )
    return YES
