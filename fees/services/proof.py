"""The daily proof: ledger = provider = bank, by day and currency, with every unmatched item by its name."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from fees import notices
from fees.models import Currency, DailyProof
from fees.queries import proof as queries
from fees.queries.proof import Item
from fees.services import provider, provider_money
from upt_portal.kernel import outbox
from upt_portal.kernel.calendar import start_of_day
from upt_portal.kernel.clock import local_day

log = logging.getLogger(__name__)
Side = DailyProof.Side
MARGIN = timedelta(hours=2)  # a movement at midnight may stand on the other day on the other side
LOOK_BACK = timedelta(days=10)  # a refund may be recorded days after the money left
MOST_ITEMS = 200  # named in one proof
AGAIN = 7  # days that are proved anew while they differ

LEDGER, OUTSIDE = "ledger", "outside"  # where an unmatched item stands alone


@dataclass
class Sheet:
    """One side and currency of a day while it is added up."""

    ledger: Decimal = Decimal("0.00")
    outside: Decimal = Decimal("0.00")
    count: int = 0
    items: list[dict[str, Any]] = field(default_factory=list)

    def take(self, item: Item, where: str) -> None:
        """An item that stands on one side only."""
        if where == LEDGER:
            self.ledger += item.amount
        else:
            self.outside += item.amount
        if len(self.items) < MOST_ITEMS:
            self.items.append(
                {"where": where, "number": item.number, "amount": str(item.amount), "words": item.words[:200]}
            )

    def pair(self, item: Item) -> None:
        self.ledger += item.amount
        self.outside += item.amount
        self.count += 1


def prove(day: date, *, at: datetime) -> list[DailyProof]:
    """Prove one local day on both sides; a new row for each side and currency, the latest holds.

    Raises provider.Unreachable; nothing is stored then.
    """
    start, end = _bounds(day)
    sheets = {(Side.CARD.value, one): sheet for one, sheet in _card(start, end, at).items()}
    sheets |= {(Side.BANK.value, one): sheet for one, sheet in _bank(day, start, end).items()}
    return _store(day, sheets, at)


def _bounds(day: date) -> tuple[datetime, datetime]:
    return start_of_day(day), start_of_day(day + timedelta(days=1))


@transaction.atomic
def _store(day: date, sheets: Mapping[tuple[str, str], Sheet], at: datetime) -> list[DailyProof]:
    made = [
        DailyProof.objects.create(
            day=day,
            currency=currency,
            side=side,
            ledger=sheet.ledger,
            outside=sheet.outside,
            difference=sheet.ledger - sheet.outside,
            count=sheet.count,
            items=sheet.items,
            made_at=at,
        )
        for (side, currency), sheet in sheets.items()
    ]
    for proof in made:
        if not proof.holds:
            log.error("the proof of %s does not hold: %s %s", day, proof.side, proof.difference)
            for notice in notices.proof_differs(proof):
                outbox.post(notice, at=at)
    return made


def _sheets() -> dict[str, Sheet]:
    return {Currency.RON.value: Sheet(), Currency.EUR.value: Sheet()}


def _card(start: datetime, end: datetime, at: datetime) -> dict[str, Sheet]:
    """The card provider's side. Its clock is the true one; the portal's may be shifted by a demonstration."""
    ahead = at - provider.now()
    said = _said(start - MARGIN, end + MARGIN, ahead)
    own = queries.card_items(start - MARGIN, end + MARGIN)
    sheets = _sheets()
    own_left = Counter(_name(one) for one in own)
    known = queries.known_numbers(one.number for one in said)
    for item in said:
        paired = own_left[_name(item)] > 0
        own_left[_name(item)] -= paired
        if not start <= item.at < end:
            continue
        if paired or _name(item) in known:
            sheets[item.currency].pair(item)
        else:
            sheets[item.currency].take(item, OUTSIDE)
    alone = [one for one in own if start <= one.at < end and _alone(one, own_left)]
    earlier = {_name(one) for one in _said(start - LOOK_BACK, start, ahead)} if alone else set()
    for item in alone:
        if _name(item) not in earlier:
            sheets[item.currency].take(item, LEDGER)
    return sheets


def _said(since: datetime, before: datetime, ahead: timedelta) -> list[Item]:
    """The provider's movements between two moments of the portal's clock, told by that clock."""
    rows = provider_money.movements(since - ahead, before - ahead)
    return [Item(one.number, one.amount, one.currency, one.at + ahead, one.kind) for one in rows]


def _alone(item: Item, left: Counter[tuple[str, Decimal, str]]) -> bool:
    if left[_name(item)] <= 0:
        return False
    left[_name(item)] -= 1
    return True


def _bank(day: date, start: datetime, end: datetime) -> dict[str, Sheet]:
    """The bank's side: the statements of the day beside what the ledger made of them."""
    sheets = _sheets()
    own = {one.number: one for one in queries.bank_ledger(day, start, end)}
    for said in queries.bank_movements(day):
        booked = own.pop(said.number, None)
        sheet = sheets.setdefault(said.currency, Sheet())
        if booked is None:
            sheet.take(said, OUTSIDE)
        elif booked.amount == said.amount:
            sheet.pair(said)
        else:
            sheet.take(booked, LEDGER)
            sheet.take(said, OUTSIDE)
    for item in own.values():
        sheets.setdefault(item.currency, Sheet()).take(item, LEDGER)
    return sheets


def _name(item: Item) -> tuple[str, Decimal, str]:
    return item.number, item.amount, item.currency


def days_to_prove(at: datetime) -> Sequence[date]:
    """The whole days that want a proof: those never proved, and young ones that differ; oldest first."""
    yesterday = local_day(at) - timedelta(days=1)
    last = queries.proved_until()
    first = max(last + timedelta(days=1), yesterday - timedelta(days=AGAIN)) if last else yesterday
    fresh = [first + timedelta(days=n) for n in range((yesterday - first).days + 1)]
    return sorted({*fresh, *_differing_since(yesterday - timedelta(days=AGAIN), yesterday)})


def _differing_since(since: date, until: date) -> Iterable[date]:
    rows = queries.latest().filter(day__gte=since, day__lte=until).exclude(difference=0, items=[])
    return rows.values_list("day", flat=True)
