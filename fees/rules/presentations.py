"""Exam presentations: which ones are paid, what must be there to be listed, and how a paid one is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from studentrecords.rules.sessions import NOTHING_SPECIAL as NOTHING_SPECIAL
from studentrecords.rules.sessions import Circumstances as Circumstances
from studentrecords.rules.sessions import Standing as Standing
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import in_time
from upt_portal.kernel.money import rounded
from upt_portal.kernel.sources import CODE, Article, cites
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

ZERO = Decimal("0.00")
ONE = Decimal("1.00")
SESSION_C = "C"

FREE_OF_CHARGE = Article(CODE, "art. 23 (1)")
SESSION_WITH_FEE = Article(CODE, "art. 23 (2)")
FREE_IN_C = Article(CODE, "art. 23 (3)")
AFTER_RECONTRACT = Article(CODE, "art. 27 (4)")
RE_EXAM = Article(CODE, "art. 27 (6)")
NOT_ATTENDED = Article(CODE, "art. 27 (7)")
GRADE_INCREASE = Article(CODE, "art. 30 (1.2)")


@dataclass(frozen=True)
class Cost:
    """What one presentation costs and why. rule: the ID that decides."""

    amount: Decimal
    why: Sentence
    article: Article
    rule: str

    @property
    def is_free(self) -> bool:
        return self.amount == 0


@cites(
    SESSION_WITH_FEE,
    RE_EXAM,
    rule="FEE-040",
    words=_(
        "Each presentation in session C is paid, and each one at a discipline of an earlier year that need "
        "not be contracted again, in any session."
    ),
)
def presentation_cost(
    price: Decimal, session: str, standing: Standing, special: Circumstances = NOTHING_SPECIAL
) -> Cost:
    """What one presentation costs. price: of one presentation, as the Senate set it.

    Examples:
        final year, discipline of the current year, session C, 150 -> 150.00
        year 2, discipline of year 1, session A-II, 150 -> 150.00
        grade increase in B -> 0.00
    """
    free = (
        free_grade_increase(special)
        or free_in_session_c(session, special)
        or free_with_recontract(session, standing)
        or free_in_a_and_b(session, standing)
    )
    if free is not None:
        return free
    if standing is Standing.EARLIER:
        return Cost(
            rounded(price), _("Each exam of an earlier year's discipline is paid."), RE_EXAM, "FEE-040"
        )
    return Cost(rounded(price), _("Each exam of session C is paid."), SESSION_WITH_FEE, "FEE-040")


@cites(
    GRADE_INCREASE,
    rule="FEE-044",
    words=_("An exam for a higher grade is free."),
)
def free_grade_increase(special: Circumstances) -> Cost | None:
    """The cost of an exam for a higher grade; None for any other."""
    if special.grade_increase:
        return Cost(ZERO, _("An exam for a higher grade is free."), GRADE_INCREASE, "FEE-044")
    return None


@cites(
    FREE_IN_C,
    rule="FEE-043",
    words=_(
        "Session C is free for volunteering, for practice that the curriculum places in summer, and for "
        "exams left without an equivalent after a mobility of this year."
    ),
)
def free_in_session_c(session: str, special: Circumstances) -> Cost | None:
    """The cost in session C where the article makes it free; None otherwise.

    Examples:
        volunteering, session C -> 0.00
    """
    if session != SESSION_C:
        return None
    if special.volunteering:
        return Cost(ZERO, _("Volunteering is examined free in session C."), FREE_IN_C, "FEE-043")
    if special.summer_practice:
        return Cost(ZERO, _("Summer practice is examined free in session C."), FREE_IN_C, "FEE-043")
    if special.unmatched:
        why = _("After a mobility of this year, exams without an equivalent are free in session C.")
        return Cost(ZERO, why, FREE_IN_C, "FEE-043")
    return None


@cites(
    AFTER_RECONTRACT,
    rule="FEE-036",
    words=_(
        "A paid re-contract includes one presentation in session A and one in session B of the semester; "
        "session C is paid."
    ),
)
def free_with_recontract(session: str, standing: Standing) -> Cost | None:
    """The cost of an exam that the re-contract includes; None where it includes nothing."""
    if standing is Standing.RECONTRACTED and session != SESSION_C:
        return Cost(ZERO, _("The re-contract includes this presentation."), AFTER_RECONTRACT, "FEE-036")
    return None


@cites(
    FREE_OF_CHARGE,
    rule="FEE-046",
    words=_("Sessions A and B of the current year are free for everybody."),
)
def free_in_a_and_b(session: str, standing: Standing) -> Cost | None:
    """The cost of an exam of the current year in A or B; None for any other."""
    if standing is Standing.CURRENT and session != SESSION_C:
        return Cost(ZERO, _("Sessions A and B of the current year are free."), FREE_OF_CHARGE, "FEE-046")
    return None


@cites(
    RE_EXAM,
    SESSION_WITH_FEE,
    rule="FEE-042",
    words=_(
        "Who has not paid in time is not on the exam list; an earlier year's discipline needs the form too. "
        "A late payment stays as credit for another session of the year."
    ),
)
def may_be_listed(
    paid_at: datetime | None, due_at: datetime, *, needs_form: bool, form_filed: bool
) -> Answer:
    """Whether a presentation that is to be paid is on the list of its session.

    paid_at: when the last part was paid, None while something is left. needs_form: of REC-113.
    """
    if paid_at is None:
        return NO(_("The fee of this presentation is not paid."), SESSION_WITH_FEE)
    if not in_time(paid_at, due_at):
        return NO(
            _("The fee was paid after its term."),
            SESSION_WITH_FEE,
            _("The payment stays for another session of this year."),
        )
    if needs_form and not form_filed:
        return NO(
            _("The re-examination form is missing."),
            RE_EXAM,
            _("File the form; the payment stays for another session of this year."),
        )
    return YES


@cites(
    NOT_ATTENDED,
    rule=("FEE-045", "REC-120"),
    words=_(
        "A paid presentation that was not used serves once, for the same discipline, in another session of "
        "the same year. It ends with the year and is not given back."
    ),
)
def may_use_credit(*, paid: bool, used: bool, lapsed: bool, same_discipline: bool, same_year: bool) -> Answer:
    """Whether a paid presentation may be used for an exam.

    Examples:
        paid for A-II, absent, sits B-II of the same year -> yes
        paid for A-II, absent, wants to sit next year -> no
    """
    if not same_discipline:
        return NO(_("This payment is for another discipline."), NOT_ATTENDED)
    if not same_year or lapsed:
        return NO(_("A paid presentation ends with its academic year."), NOT_ATTENDED)
    if used:
        return NO(_("This paid presentation was already used."), NOT_ATTENDED)
    if not paid:
        return NO(_("The fee of this presentation is not paid."), SESSION_WITH_FEE)
    return YES


@cites(
    NOT_ATTENDED,
    rule="FEE-037",
    words=_(
        "The fee of a re-contract or of an exam presentation is not given back, even when the exam is not "
        "sat."
    ),
)
def is_given_back(code: str, *, sat: bool) -> Answer:
    """Whether the fee of a contracted discipline or presentation is returned: never.

    code: kind of fee. sat: whether the exam was attended; it changes nothing.
    """
    return NO(_("This fee is not given back, even when the exam is not sat."), NOT_ATTENDED)
