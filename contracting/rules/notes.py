"""Why a discipline stands in an offer, in a sentence beside it."""

from __future__ import annotations

from dataclasses import dataclass

from contracting.rules.offer import Route, Row
from upt_portal.kernel.sources import CODE, CONTRACT_GUIDE, Article, cites
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _


@dataclass(frozen=True)
class Note:
    """What a row means for the student, in one sentence, and where it is written."""

    words: Sentence
    article: Article


@cites(
    Article(CODE, "art. 27 (3)"),
    Article(CODE, "art. 27 (4)"),
    Article(CODE, "art. 27 (6)"),
    rule=("CON-021", "CON-025", "CON-130", "CON-131"),
    words=_("Each discipline that is not simply new says why it stands in the list and what it brings."),
)
def row_note(row: Row, ticked: bool = True) -> Note | None:
    """Why a row stands in the offer, or what leaving it out means; None for an ordinary new discipline."""
    if not ticked and row.route is Route.RE_CONTRACT:
        return Note(
            _("Not ticked: it stays overdue, cannot be sat this year and can be taken again in another one."),
            Article(CODE, "art. 27 (1)"),
        )
    if not ticked:
        return Note(
            _("Not ticked: it stays for another year."), Article(CONTRACT_GUIDE, "step 2, situation 1")
        )
    if row.route is Route.RE_CONTRACT:
        return Note(
            _("Minimum standards were not met: the whole discipline is taken again, with two free exams."),
            Article(CODE, "art. 27 (4)"),
        )
    if row.route is Route.RE_EXAM:
        return Note(
            _("Minimum standards were met: only the exam remains. Its fee is paid when you register for it."),
            Article(CODE, "art. 27 (6)"),
        )
    if not row.current_year:
        return Note(_("Left to contract by the decision of equivalence."), Article(CODE, "art. 44 (1)"))
    if row.amount:
        return Note(
            _("Brought in by the curriculum you joined: paid like a re-contracted discipline."),
            Article(CODE, "art. 50 (6)"),
        )
    return None
