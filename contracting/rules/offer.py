"""Which disciplines a student is offered for the year, by which route, and for how much."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from fees.rules.tuition import recontract_fee
from upt_portal.kernel.sources import CODE, CONTRACT_GUIDE, Article, cites
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

ZERO = Decimal("0.00")

#: Credits of a study year: the divisor of the fee per credit (FEE-030).
YEAR_CREDITS = 60


class Kind(StrEnum):
    """How a discipline binds the student (glossary: compulsory or imposed, elective, facultative…)."""

    COMPULSORY = "compulsory"
    ELECTIVE = "elective"
    COMPLEMENTARY = "complementary"
    FACULTATIVE = "facultative"
    ADDITIONAL = "additional"


class Route(StrEnum):
    """How a discipline is taken this year."""

    NEW = "NEW"
    RE_CONTRACT = "RE_CONTRACT"
    RE_EXAM = "RE_EXAM"


#: Kinds whose disciplines, once failed, must be passed; the others were extra.
REQUIRED = frozenset({Kind.COMPULSORY, Kind.ELECTIVE, Kind.COMPLEMENTARY})

#: Kinds that stand in an offer without anybody choosing them.
IMPOSED = frozenset({Kind.COMPULSORY})


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A discipline of the student's year in the curriculum that applies to them.

    key: identity of the discipline, the same for its other years and for its results.
    position: place in the curriculum, for the order of the table.
    charged: newly brought in by a curriculum joined in a repetition year, hence paid (CON-133).
    """

    key: str
    code: str
    name: str
    credits: int
    kind: Kind
    year: int
    semester: int
    position: int = 0
    charged: bool = False


@dataclass(frozen=True, kw_only=True)
class Unpassed:
    """A discipline of an earlier year that is not passed.

    standards_met: minimum standards of the discipline sheet reached; the exam is then open.
    taken: false for a discipline the student never had, found missing at an equivalence (CON-032).
    """

    key: str
    code: str
    name: str
    credits: int
    kind: Kind
    year: int
    semester: int
    standards_met: bool
    position: int = 0
    taken: bool = True


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of an offer. amount: in the currency of the place, two decimals. mandatory: ticked, locked."""

    key: str
    code: str
    name: str
    credits: int
    kind: Kind
    route: Route
    year: int
    semester: int
    current_year: bool
    mandatory: bool
    amount: Decimal = ZERO
    position: int = 0


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What a faculty decided about choice (§4.5); the defaults are the guide's.

    overdue_deselectable, current_year_locked: the two defaults of CON-024.
    recontract_at_once: disciplines to re-contract may not be put off (C-A2).
    floor, floor_above: overdue credits to keep ticked, and the overdue credits above which a choice exists
    at all (CON-033); None is no floor, no limit.
    max_credits: ceiling of contracted credits (CON-047); None is no ceiling.
    """

    overdue_deselectable: bool = True
    current_year_locked: bool = True
    recontract_at_once: bool = False
    floor: int | None = None
    floor_above: int | None = None
    max_credits: int | None = None


@dataclass(frozen=True, kw_only=True)
class Package:
    """A package of electives: `required` of its `options` (keys) must be chosen."""

    name: str
    required: int
    options: frozenset[str]


@cites(
    Article(CODE, "art. 27 (3)"),
    Article(CODE, "art. 27 (6)"),
    Article(CODE, "art. 33"),
    rule=("CON-025", "CON-026", "CON-031"),
    words=_(
        "An unpassed discipline whose minimum standards were not met is contracted again; with the standards "
        "met, only its exam is sat again. An unpassed facultative discipline asks for nothing."
    ),
)
def route_of(kind: Kind, standards_met: bool) -> Route | None:
    """How an unpassed discipline is taken again; None when it asks for nothing.

    Standards not met: the whole discipline again. Standards met, exam failed or not sat: only the exam.
    An unpassed facultative or additional discipline is never put up again. However few credits the year was
    passed with, nothing else obliges.
    """
    if kind not in REQUIRED:
        return None
    return Route.RE_EXAM if standards_met else Route.RE_CONTRACT


@cites(
    Article(CODE, "art. 27 (3)"),
    Article(CODE, "art. 27 (6)"),
    Article(CODE, "art. 50 (6)"),
    Article(CODE, "art. 33"),
    rule=("CON-027", "CON-133", "FEE-031", "FEE-033"),
    words=_(
        "In the annex a discipline contracted again costs its share of the annual fee, a re-examination "
        "nothing, a new discipline nothing, unless a curriculum joined in a repetition year brought it in."
    ),
)
def row_amount(
    route: Route,
    credits: int,
    annual_fee: Decimal,
    *,
    charged: bool = False,
    year_credits: int = YEAR_CREDITS,
) -> Decimal:
    """What one row adds to the annex, in the currency of `annual_fee`, rounded to the cent.

    annual_fee: fee-paying amount of the programme, for state-funded students too (FEE-030).

    A discipline to re-contract costs its share of the annual fee. A re-examination costs nothing here: its
    fee arises when the student registers for an exam. A new discipline costs nothing beside the tuition,
    unless `charged`: brought in by a curriculum joined, it is paid like a re-contract.

    Examples:
        annual fee 3,900, re-contract of 5 credits -> 325.00
        the same, standards met and only the exam failed -> 0.00
        repetition, annual fee 4,500, new discipline of 6 credits -> 450.00
    """
    if route is Route.RE_CONTRACT or (route is Route.NEW and charged):
        return recontract_fee(annual_fee, credits, year_credits)
    return ZERO


@cites(
    Article(CONTRACT_GUIDE, "step 2, situation 1"),
    rule="CON-033",
    words=_(
        "Where the university sets a limit, overdue disciplines are left out only above it, and a floor of "
        "overdue credits stays ticked."
    ),
)
def credits_to_keep(overdue: int, policy: Policy) -> int:
    """Overdue credits that must stay ticked, of `overdue` offered.

    With a limit set, a student whose overdue credits do not pass it keeps them all; above it, the floor.
    Never more than what is offered.

    Examples:
        floor 10 above 10, overdue 15 -> 10
        floor 10 above 10, overdue 10 -> 10, so all of them
    """
    if policy.floor_above is not None and overdue <= policy.floor_above:
        return overdue
    return min(policy.floor or 0, overdue)


@cites(
    Article(CODE, "art. 18 (5)"),
    Article(CODE, "art. 18 (6)"),
    Article(CODE, "art. 29 (1)"),
    Article(CODE, "art. 44 (1)"),
    Article(CONTRACT_GUIDE, "step 2"),
    rule=("CON-020", "CON-024", "CON-032", "CON-128"),
    words=_(
        "The list of a year holds the disciplines of the year in the student's curriculum, those not passed "
        "from earlier years, and the facultative ones chosen; nothing that is passed or recognised. Overdue "
        "disciplines may be left out, unless the secretariat makes them mandatory."
    ),
)
def compose(
    planned: Iterable[Planned],
    unpassed: Iterable[Unpassed],
    *,
    annual_fee: Decimal,
    chosen: Collection[str] = frozenset(),
    done: Collection[str] = frozenset(),
    marked: Collection[str] = frozenset(),
    policy: Policy | None = None,
    year_credits: int = YEAR_CREDITS,
) -> tuple[Row, ...]:
    """The rows of a student's offer, in the order of `in_order`, each discipline once.

    planned: the disciplines of the student's year in the curriculum of their promotion (or of the promotion
    joined), options included. unpassed: those of earlier years.
    annual_fee: fee-paying amount of the programme; the rows' amounts are in its currency.
    chosen: keys of the electives, complementary, facultative and additional disciplines taken; an option that
    nobody chose gives no row. done: keys passed or recognised, which are not contracted again.
    marked: keys that the secretariat made mandatory.
    """
    policy = policy or Policy()
    rows: dict[str, Row] = {}
    for old in unpassed:
        row = _overdue_row(old, annual_fee, policy, year_credits)
        if row is not None and old.key not in done:
            rows.setdefault(old.key, row)
    for new in planned:
        if new.key not in done and (new.kind in IMPOSED or new.key in chosen):
            rows.setdefault(new.key, _new_row(new, annual_fee, policy, year_credits))
    locked = frozenset(marked) | _all_overdue_when_none_may_go(rows.values(), policy)
    return in_order(_locked(row) if row.key in locked else row for row in rows.values())


@cites(
    Article(CONTRACT_GUIDE, "step 2, situation 1"),
    rule="CON-021",
    words=_("The list starts with the disciplines that may be left out; those of the year stand last."),
)
def in_order(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The rows as the page numbers them: first those that may be left out, as in the guide's example.

    Then the overdue ones that may not, then the disciplines of the year; each group by year, semester and
    place in the curriculum.
    """
    return tuple(
        sorted(
            rows,
            key=lambda row: (row.mandatory, row.current_year, row.year, row.semester, row.position, row.key),
        )
    )


@cites(
    Article(CODE, "art. 1 (1) (z)"),
    Article(CODE, "art. 32 (4)"),
    rule="CON-126",
    words=_(
        "From each package exactly the required number of electives is chosen; otherwise no annex is made."
    ),
)
def package_problems(packages: Iterable[Package], chosen: Collection[str]) -> list[Sentence]:
    """In words, each package of electives from which not exactly the required number is chosen.

    Any of them holds up the annex. chosen: keys of the disciplines chosen, those passed before included.
    """
    problems: list[Sentence] = []
    for package in packages:
        taken = len(package.options & frozenset(chosen))
        if taken != package.required:
            problems.append(
                _("Package %(package)s: disciplines required %(required)s, chosen %(chosen)s.")
                % {"package": package.name, "required": package.required, "chosen": taken}
            )
    return problems


def _overdue_row(old: Unpassed, annual_fee: Decimal, policy: Policy, year_credits: int) -> Row | None:
    route = route_of(old.kind, old.standards_met) if old.taken else Route.NEW
    if route is None:
        return None
    # The dean's decision sets what an equivalence leaves to contract (art. 44 (1)), so it is not for choice;
    # it is paid as a difference, like a re-contract (FEE-058).
    at_once = policy.recontract_at_once and route is Route.RE_CONTRACT
    return Row(
        key=old.key,
        code=old.code,
        name=old.name,
        credits=old.credits,
        kind=old.kind,
        route=route,
        year=old.year,
        semester=old.semester,
        position=old.position,
        current_year=False,
        mandatory=not old.taken or not policy.overdue_deselectable or at_once,
        amount=row_amount(route, old.credits, annual_fee, charged=not old.taken, year_credits=year_credits),
    )


def _new_row(new: Planned, annual_fee: Decimal, policy: Policy, year_credits: int) -> Row:
    return Row(
        key=new.key,
        code=new.code,
        name=new.name,
        credits=new.credits,
        kind=new.kind,
        route=Route.NEW,
        year=new.year,
        semester=new.semester,
        position=new.position,
        current_year=True,
        mandatory=policy.current_year_locked,
        amount=row_amount(Route.NEW, new.credits, annual_fee, charged=new.charged, year_credits=year_credits),
    )


def _all_overdue_when_none_may_go(rows: Collection[Row], policy: Policy) -> frozenset[str]:
    overdue = [row for row in rows if not row.current_year]
    total = sum(row.credits for row in overdue)
    return frozenset(row.key for row in overdue) if credits_to_keep(total, policy) == total else frozenset()


def _locked(row: Row) -> Row:
    return replace(row, mandatory=True)
