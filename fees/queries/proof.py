"""The ledger's side of the daily proof, and the proofs that were made."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from fees.models import BankEntry, DailyProof, Payment, RefundAttempt, Way
from fees.models.disputes import Dispute
from fees.queries import desk
from upt_portal.accounts.models import User


@dataclass(frozen=True)
class Item:
    """A movement with the number by which both sides know it. amount: negative when money leaves."""

    number: str
    amount: Decimal
    currency: str
    at: datetime
    words: str = ""


def card_items(since: datetime, before: datetime) -> list[Item]:
    """What the ledger says moved at the card provider between two moments: payments, refunds, disputes."""
    paid = Payment.objects.filter(method=Payment.Method.CARD, paid_at__gte=since, paid_at__lt=before)
    items = [Item(one.reference, one.amount, one.currency, one.paid_at, one.receipt) for one in paid]
    own = _card_attempts()
    for attempt in own.filter(settled_at__gte=since, settled_at__lt=before):
        items.append(_back(attempt, attempt.settled_at, -1))
    for attempt in own.filter(settled_at__isnull=False, failed_at__gte=since, failed_at__lt=before):
        items.append(_back(attempt, attempt.failed_at, 1))
    for dispute in Dispute.objects.filter(opened_at__gte=since, opened_at__lt=before):
        items.append(Item(dispute.dispute_id, -dispute.amount, dispute.currency, dispute.opened_at))
    for dispute in Dispute.objects.filter(won=True, closed_at__gte=since, closed_at__lt=before):
        closed = dispute.closed_at or dispute.opened_at
        items.append(Item(dispute.dispute_id, dispute.amount, dispute.currency, closed))
    return items


def _card_attempts() -> QuerySet[RefundAttempt]:
    """Attempts to a card; a lost dispute is one too, its money left when the dispute opened."""
    return (
        RefundAttempt.objects.filter(way=Way.CARD).exclude(refund__origin="dispute").select_related("refund")
    )


def _back(attempt: RefundAttempt, at: datetime | None, sign: int) -> Item:
    refund = attempt.refund
    moment = at or attempt.prepared_at
    return Item(attempt.provider_id, sign * refund.amount, refund.currency, moment, attempt.key)


def known_numbers(numbers: Iterable[str]) -> set[tuple[str, Decimal, str]]:
    """What the ledger has booked under numbers of the provider, whenever it was: number, sum, currency."""
    wanted = set(numbers)
    found = {
        (one.reference, one.amount, one.currency) for one in Payment.objects.filter(reference__in=wanted)
    }
    for attempt in _card_attempts().filter(provider_id__in=wanted, settled_at__isnull=False):
        refund = attempt.refund
        found.add((attempt.provider_id, -refund.amount, refund.currency))
        if attempt.failed_at is not None:
            found.add((attempt.provider_id, refund.amount, refund.currency))
    for dispute in Dispute.objects.filter(dispute_id__in=wanted):
        found.add((dispute.dispute_id, -dispute.amount, dispute.currency))
        if dispute.won:
            found.add((dispute.dispute_id, dispute.amount, dispute.currency))
    return found


def bank_ledger(day: date, start: datetime, end: datetime) -> list[Item]:
    """What the ledger says of the bank's movements of a day, by the key of each bank entry.

    start, end: the local day. Transfers that a clerk settled and no statement has shown stand on their day.
    """
    credits = BankEntry.objects.filter(booked_on=day, kind=BankEntry.Kind.CREDIT, booked__gt=0)
    items = [Item(one.key, one.booked, one.currency, one.read_at, one.message) for one in credits]
    keys = BankEntry.objects.exclude(end_to_end="").values("end_to_end")
    attempts = RefundAttempt.objects.filter(way=Way.BANK).select_related("refund")
    for entry in _of_refunds(day):
        attempt = attempts.filter(key=entry.end_to_end).first()
        came_back = entry.kind == BankEntry.Kind.CAME_BACK
        known = attempt.failed_at if attempt and came_back else attempt.settled_at if attempt else None
        if attempt is not None and known is not None:
            sum_ = attempt.refund.amount if came_back else -attempt.refund.amount
            items.append(Item(entry.key, sum_, attempt.refund.currency, known, attempt.key))
    unseen = attempts.filter(settled_at__gte=start, settled_at__lt=end, failed_at__isnull=True)
    for attempt in unseen.exclude(key__in=keys):
        refund = attempt.refund
        items.append(
            Item(attempt.key, -refund.amount, refund.currency, attempt.settled_at or end, attempt.key)
        )
    return items


def bank_movements(day: date) -> list[Item]:
    """The movements of a day in the statements that concern students: credits, refunds, refunds come back.

    Credits that staff closed as no money of a student, or that the bank took back, are left out.
    """
    credits = BankEntry.objects.filter(booked_on=day, kind=BankEntry.Kind.CREDIT).exclude(
        closing__in=[BankEntry.Closing.OTHER, BankEntry.Closing.UNDONE]
    )
    items = [Item(one.key, one.amount, one.currency, one.read_at, _who(one)) for one in credits]
    for entry in _of_refunds(day):
        sign = 1 if entry.kind == BankEntry.Kind.CAME_BACK else -1
        items.append(Item(entry.key, sign * entry.amount, entry.currency, entry.read_at, entry.end_to_end))
    return items


def _who(entry: BankEntry) -> str:
    return " · ".join(part for part in (entry.payer_name, entry.message) if part)


def _of_refunds(day: date) -> QuerySet[BankEntry]:
    return BankEntry.objects.filter(
        booked_on=day,
        kind__in=[BankEntry.Kind.DEBIT, BankEntry.Kind.CAME_BACK],
        end_to_end__startswith="REFUND-",
    )


def youngest(day: date) -> QuerySet[DailyProof]:
    """The proofs of a day that hold: the youngest of each side and currency."""
    return latest().filter(day=day)


def latest() -> QuerySet[DailyProof]:
    """The proof that holds for each day, side and currency; newest day first."""
    same = DailyProof.objects.filter(
        day=OuterRef("day"), side=OuterRef("side"), currency=OuterRef("currency")
    ).order_by("-made_at", "-pk")
    return DailyProof.objects.filter(pk=Subquery(same.values("pk")[:1])).order_by("-day", "side", "currency")


def differing(user: User) -> QuerySet[DailyProof]:
    """Proofs that hold and show a difference, for the counter of the desk."""
    return latest().exclude(difference=0, items=[])


def proved_until() -> date | None:
    """The last day that was proved."""
    last: date | None = DailyProof.objects.aggregate(day=Max("day"))["day"]
    return last


desk.register_page(
    desk.DeskPage(
        "fees:proof",
        _("Daily proof"),
        desk.Group.BOOKS,
        waiting=differing,
        place=10,
        below=("fees:proof_day",),
    )
)
