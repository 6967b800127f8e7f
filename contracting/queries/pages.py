"""The first tab: the offer as a page shows it, with the reason of every row and the figures of the foot."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.db.models import Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracting.models import OfferLine, StudentContracting
from contracting.queries import cases, facts, wording
from contracting.queries.wording import Why
from contracting.rules import offer as offer_rules
from contracting.rules import selection as rules
from contracting.rules.offer import Row
from contracting.rules.selection import Totals
from upt_portal.accounts.models import User
from upt_portal.kernel.answers import Answer
from upt_portal.kernel.page import Figure, LockedRow


@dataclass(frozen=True)
class FreeRow:
    """A discipline that may be left out. why: shown while it is ticked; if_left_out: while it is not."""

    key: str
    name: str
    detail: str
    sum: str
    arithmetic: str
    ticked: bool
    why: Why
    if_left_out: Why


@dataclass(frozen=True)
class LockedGroup:
    """The locked rows of a semester, or the overdue ones. why: None where a group above has said it."""

    title: str
    credits: int
    why: Why | None
    rows: tuple[LockedRow, ...]


@dataclass(frozen=True)
class Foot:
    """The totals bar. notes: sentences of its second line."""

    figures: tuple[Figure, ...]
    total: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Offer:
    """The rows of an offer: what may be chosen first, then what is locked, then what it costs."""

    free: tuple[FreeRow, ...]
    free_title: str
    locked: tuple[LockedGroup, ...]
    foot: Foot
    fingerprint: str
    floor: Why | None = None


@dataclass(frozen=True)
class ListedRow:
    """A row of a list that only tells. key: what a form calls it. sum: in the reader's writing.

    short: kind, route and credits in one line, for the phone.
    """

    key: str
    number: int
    name: str
    detail: str
    kind: str
    route: str
    short: str
    credits: int
    amount: Decimal
    sum: str


@dataclass(frozen=True)
class Summary:
    """What will be (or was) contracted, what is left out, what it costs."""

    kept: tuple[ListedRow, ...]
    left_out: tuple[ListedRow, ...]
    foot: Foot
    credits: int
    fingerprint: str


def lines_of(case: StudentContracting) -> list[OfferLine]:
    """The rows of a case in the order of the page; one query."""
    return list(OfferLine.objects.filter(contracting=case).order_by("position"))


def current_lines(user: User, enrolment: int) -> list[OfferLine]:
    """The rows of the student's latest case, each with the case; one query, empty when there is none."""
    latest = cases.of_student(user).filter(enrolment=enrolment).order_by(*cases.LATEST_FIRST)
    rows = OfferLine.objects.filter(contracting=Subquery(latest.values("pk")[:1]))
    return list(rows.select_related("contracting").order_by("position"))


def may_select(case: StudentContracting, lines: Sequence[OfferLine]) -> Answer:
    """Whether the ticks as stored may be validated (CON-022, CON-033, CON-047)."""
    return rules.may_select(facts.rows_of(lines), facts.ticked_of(lines), facts.policy_of(case))


def with_locked(lines: Sequence[OfferLine], ticked: Collection[str]) -> frozenset[str]:
    """The ticks a page sends, which names the free rows only, with the locked ones and nothing foreign."""
    return frozenset(line.key for line in lines if line.mandatory or line.key in ticked)


def offer_of(
    case: StudentContracting, lines: Sequence[OfferLine], ticked: Collection[str] | None = None
) -> Offer:
    """The offer as a page shows it. ticked: keys as typed, where they differ from those stored."""
    keys = with_locked(lines, facts.ticked_of(lines) if ticked is None else ticked)
    free = [line for line in lines if not line.mandatory]
    return Offer(
        free=tuple(_free_row(case, line, line.key in keys) for line in free),
        free_title=_free_title(free),
        locked=tuple(_locked_groups(case, lines)),
        foot=foot_of(case, lines, keys),
        fingerprint=case.fingerprint,
        floor=wording.floor_of(case, lines),
    )


def summary_of(
    case: StudentContracting, lines: Sequence[OfferLine], ticked: Collection[str] | None = None
) -> Summary:
    """The list in two parts, as the confirmation and the page after validation show it."""
    keys = facts.ticked_of(lines) if ticked is None else ticked
    kept = [line for line in lines if line.key in keys]
    return Summary(
        kept=tuple(_listed(case, line) for line in kept),
        left_out=tuple(_listed(case, line) for line in lines if line.key not in keys),
        foot=foot_of(case, lines, keys),
        credits=sum(line.credits for line in kept),
        fingerprint=case.fingerprint,
    )


def foot_of(case: StudentContracting, lines: Sequence[OfferLine], ticked: Collection[str]) -> Foot:
    """The figures under the table, recomputed from the ticks (CON-040, CON-041)."""
    rows = facts.rows_of(lines)
    totals = rules.totals(rows, ticked, facts.terms_of(case))
    return Foot(
        figures=tuple(_figures(case, totals, sum(row.credits for row in rows))),
        total=wording.money(totals.total, case),
        notes=tuple(_foot_notes(case, rows, ticked, totals)),
    )


# ---- rows --------------------------------------------------------------------------------------------------


def _free_row(case: StudentContracting, line: OfferLine, ticked: bool) -> FreeRow:
    return FreeRow(
        key=line.key,
        name=wording.name_of(line),
        detail=wording.detail_of(line),
        sum=wording.money(line.amount, case),
        arithmetic=wording.arithmetic_of(case, line),
        ticked=ticked,
        why=wording.why_offered(line),
        if_left_out=wording.if_left_out(line),
    )


def _free_title(free: Sequence[OfferLine]) -> str:
    count = len(free)
    years = {line.year for line in free}
    if not all(line.overdue for line in free):
        words = ngettext("To choose: %(count)d discipline", "To choose: %(count)d disciplines", count)
    elif len(years) == 1:
        words = ngettext(
            "To choose: %(count)d overdue discipline of year %(year)d",
            "To choose: %(count)d overdue disciplines of year %(year)d",
            count,
        )
    else:
        words = ngettext(
            "To choose: %(count)d overdue discipline", "To choose: %(count)d overdue disciplines", count
        )
    return words % {"count": count, "year": min(years, default=0)}


def _locked_groups(case: StudentContracting, lines: Sequence[OfferLine]) -> list[LockedGroup]:
    groups = []
    if overdue := [line for line in lines if line.mandatory and line.overdue]:
        why = wording.why_overdue_is_locked(case, lines)
        groups.append(_group(case, _("Overdue disciplines to contract"), overdue, why, with_place=True))
    current = [line for line in lines if line.mandatory and not line.overdue]
    current.sort(key=lambda line: (line.year, line.semester, line.position))
    why_year: Why | None = wording.why_year_is_locked()
    for (year, semester), members in groupby(current, key=lambda line: (line.year, line.semester)):
        title = _("Year %(year)s, semester %(semester)s") % {"year": year, "semester": semester}
        groups.append(_group(case, title, list(members), why_year))
        why_year = None
    return groups


def _group(
    case: StudentContracting, title: str, lines: list[OfferLine], why: Why | None, *, with_place: bool = False
) -> LockedGroup:
    rows = tuple(_locked_row(case, line, with_place=with_place) for line in lines)
    return LockedGroup(title, sum(line.credits for line in lines), why, rows)


def _locked_row(case: StudentContracting, line: OfferLine, *, with_place: bool) -> LockedRow:
    place = wording.place_words(line) if with_place else ""
    parts = [place, line.teacher, line.code, *wording.notes_of(line)]
    return LockedRow(
        name=wording.name_of(line),
        credits=line.credits,
        amount=line.amount,
        currency=case.currency,
        number=str(line.position),
        detail=" · ".join(part for part in parts if part),
        kind=wording.sentence(wording.kind_words(line)),
        route=wording.route_words(line),
    )


def _listed(case: StudentContracting, line: OfferLine) -> ListedRow:
    parts = [wording.place_words(line), line.teacher, line.code, *wording.notes_of(line)]
    kind, route = wording.kind_words(line), wording.route_words(line)
    return ListedRow(
        key=line.key,
        number=line.position,
        name=wording.name_of(line),
        detail=" · ".join(part for part in parts if part),
        kind=wording.sentence(kind),
        route=route,
        short=" · ".join([kind, route.lower(), wording.credit_words(line.credits)]),
        credits=line.credits,
        amount=line.amount,
        sum=wording.money(line.amount, case),
    )


# ---- the foot ----------------------------------------------------------------------------------------------


def _figures(case: StudentContracting, totals: Totals, all_credits: int) -> list[Figure]:
    place = _("fee-paying place") if case.tuition_owed else _("state-funded place")
    figures = [
        Figure(_("Credits"), str(totals.credits), _("of %(all)s") % {"all": all_credits}),
        Figure(_("Tuition"), wording.money(totals.tuition, case), place, on_phone=False),
        Figure(_("Overdue disciplines"), wording.money(totals.overdue, case), on_phone=False),
    ]
    if totals.added:
        added = wording.money(totals.added, case)
        figures.append(Figure(_("New in the curriculum"), added, on_phone=False))
    return figures


def _foot_notes(
    case: StudentContracting, rows: Sequence[Row], ticked: Collection[str], totals: Totals
) -> list[str]:
    notes = []
    if left := [row for row in rows if row.key not in ticked]:
        words = ngettext(
            "You leave out %(count)d discipline, %(credits)s.",
            "You leave out %(count)d disciplines, %(credits)s.",
            len(left),
        )
        credits = wording.credit_words(sum(row.credits for row in left))
        notes.append(words % {"count": len(left), "credits": credits})
    offered = sum(row.credits for row in rows if not row.current_year)
    floor = offer_rules.credits_to_keep(offered, facts.policy_of(case))
    if totals.overdue_credits < floor:
        words = _("Overdue credits ticked: %(kept)s; at least %(floor)s stay ticked.")
        notes.append(words % {"kept": totals.overdue_credits, "floor": floor})
    return notes
