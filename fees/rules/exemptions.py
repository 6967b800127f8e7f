"""Exemptions from fees: on which ground, from which lines, until when asked, up to what sum."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import add_working_days, end_of_day, in_time
from upt_portal.kernel.money import Sum, rounded
from upt_portal.kernel.sources import CODE, Article, cites
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

ZERO = Decimal("0.00")
HUNDRED = Decimal(100)


class Ground(StrEnum):
    """What an exemption rests on."""

    PREGNANCY = "pregnancy"
    HOSPITAL = "hospital"
    SPORT = "sport"
    PARTICIPATION = "participation"
    RESUMPTION = "resumption"


WORDS: Mapping[Ground, Sentence] = {
    Ground.PREGNANCY: _("pregnancy from the fifth month, with partial exemption from attendance"),
    Ground.HOSPITAL: _("hospitalisation"),
    Ground.SPORT: _("performance athlete called up to a team or competition"),
    Ground.PARTICIPATION: _("scientific, cultural or artistic event"),
    Ground.RESUMPTION: _("studies resumed after an interruption during the year"),
}

PREGNANT = Article(CODE, "art. 19 (10)")
MOTIVATED = Article(CODE, "art. 19 (11)")
RESUMED = Article(CODE, "art. 51 (11)")

#: Study, re-contracting and re-examination fees, the last two also for a discipline contracted anew.
_ACTIVITY = frozenset({"TUITION", "RECONTRACT", "NEW_DISCIPLINE", "REEXAM"})


@cites(
    PREGNANT,
    MOTIVATED,
    RESUMED,
    rule=("FEE-080", "FEE-081", "FEE-083"),
    words=_("An exemption rests on one of the grounds that the student code names."),
)
def article_of(ground: Ground) -> Article:
    """The article that allows the exemption."""
    return {Ground.PREGNANCY: PREGNANT, Ground.RESUMPTION: RESUMED}.get(ground, MOTIVATED)


@cites(
    PREGNANT,
    MOTIVATED,
    RESUMED,
    rule=("FEE-080", "FEE-081", "FEE-083"),
    words=_(
        "Study, re-contracting and re-examination fees can be exempted; after an interruption, "
        "study fees only."
    ),
)
def covers(ground: Ground, code: str) -> bool:
    """Whether the ground reaches a line of this kind of fee. code: of the kind of fee."""
    return code == "TUITION" if ground == Ground.RESUMPTION else code in _ACTIVITY


@cites(
    PREGNANT,
    MOTIVATED,
    rule=("FEE-080", "FEE-081"),
    words=_("Papers that prove the ground go with the request; a resumption is known to the university."),
)
def needs_papers(ground: Ground) -> bool:
    """Whether the request comes with papers."""
    return ground != Ground.RESUMPTION


@cites(
    MOTIVATED,
    rule=("FEE-082", "T9"),
    words=_(
        "An exemption is asked for before the line is due, and never for a line that is paid or cancelled. "
        "A decision that comes later counts all the same."
    ),
)
def may_ask(
    ground: Ground, code: str, *, due_at: datetime, asked_at: datetime, left: Decimal, late_reason: str = ""
) -> Answer:
    """Whether an exemption of a line may be asked for.

    due_at, asked_at: aware; the last moment of the term is in time. left: what is still to pay on the line.
    late_reason: written reason of the office that receives a late request (T9).

    Examples:
        asked Thursday 3 October 2024, due Friday 4 October -> yes
        asked Saturday 5 October -> no, the term was 4 October
    """
    if not covers(ground, code):
        return NO(_("This kind of fee cannot be exempted on this ground."), article_of(ground))
    if left <= 0:
        return NO(
            _("This line is paid or closed; an exemption never touches it."),
            MOTIVATED,
            _("Choose lines that are still to be paid."),
        )
    if not in_time(asked_at, due_at) and not late_reason.strip():
        words = _("An exemption is asked for before the line is due; the term was %(day)s.")
        return NO(
            words % {"day": due_at},
            MOTIVATED,
            _("Write to the secretariat; it can receive a late request for a stated reason."),
        )
    return YES


@cites(
    PREGNANT,
    rule="FEE-080",
    words=_("The exemption for pregnancy begins with the fifth month; the papers show it."),
)
def may_grant(ground: Ground, *, fifth_month_shown: bool) -> Answer:
    """Whether the dean's decision may exempt anything on this ground.

    fifth_month_shown: the papers of a pregnancy show that the fifth month has begun.
    """
    if ground == Ground.PREGNANCY and not fifth_month_shown:
        return NO(
            _("The exemption begins with the fifth month of pregnancy."),
            PREGNANT,
            _("Confirm that the papers show it."),
        )
    return YES


@dataclass(frozen=True)
class Share:
    """How much of a line is exempted: a percentage of the line, or a sum; one of the two."""

    percent: Decimal | None = None
    sum: Decimal | None = None


@cites(
    MOTIVATED,
    rule="FEE-082",
    words=_(
        "An exemption is a percentage or a sum of the line, and never more than what is still to be paid: "
        "it creates no money back."
    ),
)
def exempted(share: Share, amount: Decimal, left: Decimal) -> Decimal:
    """What is no longer asked for, rounded once to the cent.

    amount: of the line; left: what is still to pay on it. A percentage stops at `left`. Raises ValueError for
    a sum above `left`, for a share that is neither or both, or not above zero.

    Examples:
        50 % of 335.00 -> 167.50
        100 % of 335.00, of which 100.00 is paid -> 235.00
    """
    if share.percent is not None and share.sum is None and 0 < share.percent <= HUNDRED:
        return min(rounded(amount * share.percent / HUNDRED), left)
    if share.sum is not None and share.percent is None and 0 < share.sum <= left:
        return rounded(share.sum)
    raise ValueError(f"{share} is no share of a line of {amount} with {left} left")


@cites(
    RESUMED,
    rule="FEE-083",
    words=_(
        "On resumption after an interruption during the year the dean may grant an exemption up to the "
        "tuition paid for the interrupted year."
    ),
)
def within_top(granted: Decimal, paid: Decimal, before: Decimal = ZERO, currency: str = "RON") -> Answer:
    """Whether the dean may grant so much.

    granted: by this decision. paid: tuition of the interrupted year. before: granted for that year already.

    Examples:
        paid 2,000: 1,500 -> yes; 2,500 -> no, the top is 2,000
    """
    top = max(paid - before, ZERO)
    if granted <= top:
        return YES
    words = _("At most %(top)s can be granted: the tuition paid for the interrupted year.")
    return NO(words % {"top": Sum(top, currency)}, RESUMED)


@cites(
    MOTIVATED,
    rule=("FEE-082", "T9"),
    words=_(
        "When a decision comes after the due date, what is left of the line is due five working days after "
        "it: a slow decision does the student no harm."
    ),
)
def rest_due_at(due_at: datetime, decided_on: date, closed: Collection[date], days: int = 5) -> datetime:
    """Until when the rest of a line is paid in time; never earlier than before.

    decided_on: local day on which the decision is recorded. closed: days that are not working.

    Examples:
        due Friday 4 October 2024, decided Thursday 10 October -> Thursday 17 October
    """
    return max(due_at, end_of_day(add_working_days(decided_on, days, closed)))
