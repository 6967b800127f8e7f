"""What a set of ticks is worth in credits and money, and whether it may be validated."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from contracting.rules.offer import YEAR_CREDITS, ZERO, Policy, Row, credits_to_keep
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.money import rounded
from upt_portal.kernel.sources import CODE, CONTRACT_GUIDE, DERIVED, Article, cites
from upt_portal.kernel.words import gettext_lazy as _

STEP_2 = Article(CONTRACT_GUIDE, "step 2")
CHANGED_OFFER = Article(DERIVED, "CON-043")
SITUATION_1 = Article(CONTRACT_GUIDE, "step 2, situation 1")


class TuitionMode(StrEnum):
    """Tuition of the year: one sum, or by the credits of the year (CON-041)."""

    FLAT = "flat"
    PER_CREDIT = "per_credit"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What the student's place costs.

    annual_fee: fee-paying amount of the programme, the base of every sum here and of their currency.
    tuition_owed: the place is fee-paying and no other fee stands in tuition's stead (FEE-010).
    """

    annual_fee: Decimal
    tuition_owed: bool
    mode: TuitionMode = TuitionMode.FLAT
    year_credits: int = YEAR_CREDITS


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The foot of the table. Sums in the currency of the place, two decimals.

    overdue: the ticked rows of earlier years; added: charged rows of the current year (CON-133).
    """

    credits: int
    overdue_credits: int
    tuition: Decimal
    overdue: Decimal
    added: Decimal

    @property
    def rows_amount(self) -> Decimal:
        """All ticked rows together, without the tuition."""
        return self.overdue + self.added

    @property
    def total(self) -> Decimal:
        """All that the annex asks for."""
        return self.tuition + self.rows_amount


@dataclass(frozen=True, kw_only=True)
class FeeLine:
    """One sum of the annex that becomes a fee line. row: key of its discipline, None for the tuition."""

    amount: Decimal
    row: str | None = None


@cites(
    STEP_2,
    rule="CON-023",
    words=_(
        "Everything starts ticked; what may be left out can be unticked and ticked again until validation."
    ),
)
def default_selection(rows: Iterable[Row]) -> frozenset[str]:
    """Keys of all rows: an offer starts with everything ticked."""
    return frozenset(row.key for row in rows)


@cites(
    STEP_2,
    Article(CODE, "art. 13 (q)"),
    rule=("CON-041", "FEE-010"),
    words=_(
        "A fee-paying place owes the tuition of the year, one sum or by the credits of the year; a "
        "state-funded place owes none."
    ),
)
def tuition(rows: Iterable[Row], ticked: Collection[str], terms: Terms) -> Decimal:
    """Tuition of the year: nothing, one sum, or annual fee × ticked credits of the year ÷ 60, rounded once.

    Rows with a sum of their own, overdue or charged, are not counted a second time.
    """
    if not terms.tuition_owed:
        return ZERO
    if terms.mode is TuitionMode.FLAT:
        return rounded(terms.annual_fee)
    credits = sum(row.credits for row in rows if row.key in ticked and row.current_year and not row.amount)
    return rounded(terms.annual_fee * credits / terms.year_credits)


@cites(
    STEP_2,
    Article(CODE, "art. 27 (3)"),
    rule=("CON-040", "CON-041", "FEE-003"),
    words=_(
        "The credits are those of the ticked disciplines; the sum is the tuition and the ticked disciplines' "
        "amounts, each rounded first."
    ),
)
def totals(rows: Sequence[Row], ticked: Collection[str], terms: Terms) -> Totals:
    """Credits and sums of the ticked rows: each row was rounded first, the sums add rounded rows.

    Examples:
        fee-paying, 4,200; 60 credits of the year; overdue 4, 5, 3, 6, 2 -> 80 credits, 5,600.00
        the same with the 5 and the 6 unticked -> 69 credits, 4,830.00
        the same on a state-funded place -> 69 credits, 630.00
    """
    chosen = [row for row in rows if row.key in ticked]
    old = [row for row in chosen if not row.current_year]
    return Totals(
        credits=sum(row.credits for row in chosen),
        overdue_credits=sum(row.credits for row in old),
        tuition=tuition(rows, ticked, terms),
        overdue=sum((row.amount for row in old), ZERO),
        added=sum((row.amount for row in chosen if row.current_year), ZERO),
    )


@cites(
    Article(CONTRACT_GUIDE, "step 4"),
    Article(CODE, "art. 33"),
    rule=("CON-081", "FEE-033"),
    words=_("The sums to pay equal the signed annex to the cent; nothing is asked for unticked disciplines."),
)
def fee_lines(rows: Sequence[Row], ticked: Collection[str], terms: Terms) -> tuple[FeeLine, ...]:
    """The sums of the annex, one by one, none of them zero; together exactly the annex's total."""
    lines = [FeeLine(amount=tuition(rows, ticked, terms))]
    lines += [FeeLine(amount=row.amount, row=row.key) for row in rows if row.key in ticked]
    return tuple(line for line in lines if line.amount)


@cites(
    Article(DERIVED, "CON-083"),
    rule="CON-083",
    words=_("An annex with nothing to pay settles by itself once its documents are accepted."),
)
def nothing_to_pay(sums: Totals) -> bool:
    """Whether the annex settles by itself once its documents are accepted."""
    return sums.total == ZERO


@cites(
    SITUATION_1,
    Article(CODE, "art. 22 (2)"),
    rule=("CON-022", "CON-033", "CON-047"),
    words=_("A list that leaves out a mandatory discipline, or too many overdue credits, is refused whole."),
)
def may_select(rows: Sequence[Row], ticked: Collection[str], policy: Policy) -> Answer:
    """Whether these ticks may stand: nothing foreign, nothing mandatory left out, floor and ceiling kept.

    ticked: keys as they came from the page.

    Examples:
        floor 10 above 10, overdue 6, 5 and 4, only 5 and 4 ticked -> refused, 9 is less than 10
    """
    if not frozenset(ticked) <= default_selection(rows):
        return NO(
            _("The list contains a discipline that is not in your offer."),
            article=SITUATION_1,
            cure=_("Load the page again and choose from the list shown."),
        )
    missing = [row for row in rows if row.mandatory and row.key not in ticked]
    if missing:
        return NO(
            _("%(name)s is mandatory and stays ticked.") % {"name": missing[0].name},
            article=SITUATION_1,
            cure=_("Tick it again. If you think it is wrong, write to the secretariat."),
        )
    return _floor_kept(rows, ticked, policy) and _ceiling_kept(rows, ticked, policy)


@cites(
    CHANGED_OFFER,
    rule="CON-043",
    words=_("A page that shows an older list than the one in force cannot be validated."),
)
def fingerprint(rows: Iterable[Row], terms: Terms) -> str:
    """Mark of an offer as a page showed it: 64 hex digits, the same whatever the order of the rows.

    It changes with the rows, their credits, routes, locks and sums, and with the tuition; names may be
    corrected without it. Ticks are not in it: they are the student's own.
    """
    facts = sorted(
        [
            row.key,
            row.credits,
            row.kind.value,
            row.route.value,
            row.mandatory,
            row.current_year,
            _cents(row.amount),
        ]
        for row in rows
    )
    price = [_cents(terms.annual_fee), terms.tuition_owed, terms.mode.value, terms.year_credits]
    return sha256(json.dumps([facts, price], separators=(",", ":")).encode()).hexdigest()


@cites(
    CHANGED_OFFER,
    rule="CON-043",
    words=_("When the list changed since the page was opened, the new one is reviewed before validating."),
)
def same_offer(shown: str, current: str) -> Answer:
    """Whether the page that the student looked at still shows the offer in force.

    shown, current: fingerprints.
    """
    if shown == current:
        return YES
    return NO(
        _("Your offer has changed since you opened the page."),
        article=CHANGED_OFFER,
        cure=_("Look at the new list and its sums, then validate it."),
    )


def _floor_kept(rows: Sequence[Row], ticked: Collection[str], policy: Policy) -> Answer:
    overdue = [row for row in rows if not row.current_year]
    floor = credits_to_keep(sum(row.credits for row in overdue), policy)
    kept = sum(row.credits for row in overdue if row.key in ticked)
    if kept >= floor:
        return YES
    return NO(
        _("Credits of the overdue disciplines left ticked: %(kept)s. The least allowed: %(floor)s.")
        % {"kept": kept, "floor": floor},
        article=SITUATION_1,
        cure=_("Tick one more overdue discipline, or another one in its place."),
    )


def _ceiling_kept(rows: Sequence[Row], ticked: Collection[str], policy: Policy) -> Answer:
    credits = sum(row.credits for row in rows if row.key in ticked)
    if policy.max_credits is None or credits <= policy.max_credits:
        return YES
    return NO(
        _("Credits ticked: %(credits)s. The most allowed in a year: %(most)s.")
        % {"credits": credits, "most": policy.max_credits},
        article=Article(CODE, "art. 22 (2)"),
        cure=_("Leave out an overdue discipline, or write to the secretariat."),
    )


def _cents(amount: Decimal) -> str:
    return str(rounded(amount))
