"""The words of a row: what it is, why it is there, what follows from leaving it out, how its sum arose."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from contracting.models import OfferLine, Route, StudentContracting
from contracting.queries import facts
from contracting.rules.offer import YEAR_CREDITS, credits_to_keep
from studentrecords.models import DisciplineKind
from upt_portal.kernel import citations
from upt_portal.kernel.answers import Answer
from upt_portal.kernel.money import format_money, rounded
from upt_portal.kernel.sources import CODE, CONTRACT_GUIDE, Article

LEFT_OUT = Article(CONTRACT_GUIDE, "step 2, situation 1")
NOT_MET = Article(CODE, "art. 27 (3)")
MET = Article(CODE, "art. 27 (6)")
CLOSED_SESSIONS = Article(CODE, "art. 27 (1)")
YEAR_ROWS = Article(CODE, "art. 18 (6)")


@dataclass(frozen=True)
class Why:
    """A reason with its article, as the page writes it. cure: what would make it pass, or empty."""

    words: str
    article: str = ""
    url: str = ""
    cure: str = ""


def reason(words: str, article: Article | str, rule: str = "") -> Why:
    """A reason that rests on an article; the link leads to `rule`, or to the first rule of the article."""
    return Why(words, citations.short(article), citations.address(article, rule))


def refusal(answer: Answer) -> Why:
    """A refusal of a rule as the page writes it."""
    where = answer.article
    return Why(str(answer.reason), citations.short(where), citations.address(where), str(answer.cure))


# ---- what a row is -----------------------------------------------------------------------------------------


def name_of(line: OfferLine) -> str:
    """The discipline in the reader's language."""
    return line.name_in(get_language() or "ro")


def kind_words(line: OfferLine) -> str:
    """ "obligatorie", "opțională, pachet 1"."""
    kind = dict(DisciplineKind.choices).get(line.kind, line.kind)
    if line.package:
        return _("%(kind)s, package %(package)s") % {"kind": kind, "package": line.package}
    return str(kind)


def route_words(line: OfferLine) -> str:
    """ "Recontractare"."""
    return str(Route(line.route).label)


def place_words(line: OfferLine) -> str:
    """ "anul 2, semestrul 3"."""
    return _("year %(year)s, semester %(semester)s") % {"year": line.year, "semester": line.semester}


def notes_of(line: OfferLine) -> list[str]:
    """What is unusual about the row (CON-029, CON-030)."""
    notes = []
    if line.vanished:
        notes.append(_("no longer in the curricula"))
    if line.recognised_activity:
        notes.append(_("activity recognised: %(what)s") % {"what": line.recognised_activity})
    return notes


def detail_of(line: OfferLine) -> str:
    """All that CON-021 wants beside the name and the sum."""
    parts = [
        _("no. %(number)s") % {"number": line.position},
        place_words(line),
        line.code,
        kind_words(line),
        route_words(line).lower(),
        credit_words(line.credits),
        line.teacher,
        *notes_of(line),
    ]
    return " · ".join(part for part in parts if part)


def arithmetic_of(case: StudentContracting, line: OfferLine) -> str:
    """ "5 × 67,00 lei" where a price of whole cents a credit gives the sum, else the whole working."""
    if line.route == Route.RE_EXAM:
        return _("fee only at the exam")
    if not line.amount:
        return ""
    a_credit = rounded(case.annual_fee / YEAR_CREDITS)
    if a_credit * line.credits == line.amount:
        return f"{line.credits} × {money(a_credit, case)}"
    words = {"fee": money(case.annual_fee, case), "year": YEAR_CREDITS, "credits": line.credits}
    return _("%(fee)s ÷ %(year)s × %(credits)s") % words


# ---- why it is there, and why it may not go ----------------------------------------------------------------


def why_offered(line: OfferLine) -> Why:
    """Why the row is offered, by its route (CON-025, CON-130)."""
    if line.route == Route.RE_CONTRACT:
        words = _(
            "The minimum standards were not met: the discipline is taken again in full, with two free exams."
        )
        return reason(words, NOT_MET, "CON-025")
    if line.route == Route.RE_EXAM:
        words = _("The minimum standards are met: only the exam is left to sit.")
        return reason(words, MET, "CON-025")
    return reason(_("A discipline of this year; your faculty lets you leave it out."), LEFT_OUT, "CON-024")


def if_left_out(line: OfferLine) -> Why:
    """What follows from unticking the row (CON-131)."""
    if line.route == Route.RE_CONTRACT:
        words = _(
            "Not ticked: it stays overdue and you may take it in another year; you cannot sit it in this "
            "year's sessions."
        )
        return reason(words, CLOSED_SESSIONS, "CON-131")
    if line.overdue:
        words = _(
            "Not ticked: it stays overdue and is not in this year's contract; you may take it in another "
            "year."
        )
        return reason(words, LEFT_OUT, "CON-024")
    return reason(_("Not ticked: it is not in this year's contract."), LEFT_OUT, "CON-024")


def why_year_is_locked() -> Why:
    """Why the disciplines of the current year cannot be left out (CON-024)."""
    words = _("The disciplines of the current year stay ticked and cannot be left out.")
    return reason(words, YEAR_ROWS, "CON-024")


def why_overdue_is_locked(case: StudentContracting, lines: Sequence[OfferLine]) -> Why:
    """Why overdue disciplines cannot be left out: the limit of CON-033, or the secretariat's mark."""
    overdue = sum(line.credits for line in lines if line.overdue)
    if case.floor_above is not None and overdue <= case.floor_above:
        words = _(
            "Your overdue disciplines have %(credits)s credits; some may be left out only above %(limit)s."
        ) % {"credits": overdue, "limit": case.floor_above}
        return reason(words, LEFT_OUT, "CON-033")
    return reason(_("The secretariat made these disciplines mandatory."), LEFT_OUT, "CON-024")


def floor_of(case: StudentContracting, lines: Sequence[OfferLine]) -> Why | None:
    """The floor of overdue credits, named before anybody meets it (CON-033); None without one."""
    offered = sum(line.credits for line in lines if line.overdue)
    floor = credits_to_keep(offered, facts.policy_of(case))
    if not floor or not any(line.overdue and not line.mandatory for line in lines):
        return None
    words = _("Of %(offered)s overdue credits at least %(floor)s stay ticked.")
    return reason(words % {"offered": offered, "floor": floor}, LEFT_OUT, "CON-033")


# ---- small words -------------------------------------------------------------------------------------------


def money(amount: Decimal, case: StudentContracting) -> str:
    """A sum of the case, in the reader's writing."""
    return format_money(amount, case.currency, get_language() or "ro")


def credit_words(count: int) -> str:
    """ "5 credite"."""
    return ngettext("%(count)d credit", "%(count)d credits", count) % {"count": count}


def sentence(words: str) -> str:
    """`words` with a capital."""
    return words[:1].upper() + words[1:]
