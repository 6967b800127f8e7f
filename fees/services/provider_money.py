"""Money going back at the card provider: refunds, disputes, and its lists of events and movements."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from fees.services.provider import asked, hundredths

PAGE = 100
MOST_PAGES = 100  # of one list: more is a fault of ours
#: How the provider's movements are called here, and under which name their source carries our reference.
KINDS = {"charge": "payment_intent", "payment": "payment_intent", "refund": "id", "dispute": "id"}


@dataclass(frozen=True)
class RefundFacts:
    """What the provider says about a refund. amount: units of the currency. key: ours, or empty.

    status: "pending", "requires_action", "succeeded", "failed" or "canceled".
    """

    refund_id: str
    status: str
    amount: Decimal
    currency: str
    intent: str
    key: str
    failure: str = ""
    made_at: datetime | None = None

    @property
    def arrived(self) -> bool:
        return self.status == "succeeded"

    @property
    def failed(self) -> bool:
        return self.status in ("failed", "canceled")


@dataclass(frozen=True)
class DisputeFacts:
    """What the provider says about a dispute. won: None while it is open."""

    dispute_id: str
    status: str
    amount: Decimal
    currency: str
    intent: str
    cause: str
    opened_at: datetime
    answer_until: datetime | None = None
    won: bool | None = None


@dataclass(frozen=True)
class Movement:
    """A movement of our balance at the provider. amount: negative when money leaves.

    number: of the payment, the refund or the dispute, as the ledger knows it.
    """

    kind: str
    number: str
    amount: Decimal
    currency: str
    at: datetime


def make_refund(intent: str, amount: Decimal, key: str) -> RefundFacts:
    """Send so much of a payment back to its card; the same key gives the same refund for a day.

    Raises Unreachable, Rejected.
    """
    params = {"payment_intent": intent, "amount": hundredths(amount), "metadata": {"refund": key}}
    return _refund(asked(lambda api: api.refunds.create(params, {"idempotency_key": key})))


def refund_of(refund_id: str) -> RefundFacts:
    """Raises Unreachable, Rejected."""
    return _refund(asked(lambda api: api.refunds.retrieve(refund_id)))


def refunds_of(intent: str) -> list[RefundFacts]:
    """Every refund of a payment, whoever made it, newest first. Raises Unreachable, Rejected."""
    return [_refund(one) for one in _pages(lambda api: api.refunds, {"payment_intent": intent})]


def card_key_of(intent: str) -> str:
    """Our key of the card payment that a payment of the provider belongs to. Raises Unreachable, Rejected."""
    found = asked(lambda api: api.payment_intents.retrieve(intent))
    return str((found.get("metadata") or {}).get("card_payment") or "")


def dispute_of(dispute_id: str) -> DisputeFacts:
    """Raises Unreachable, Rejected."""
    return _dispute(asked(lambda api: api.disputes.retrieve(dispute_id)))


def events_since(moment: datetime) -> list[dict[str, Any]]:
    """The events the provider made since a moment of its clock, oldest first.

    Raises Unreachable, Rejected.
    """
    made = {"created": {"gte": int(moment.timestamp())}}
    return list(_pages(lambda api: api.events, made))[::-1]


def movements(since: datetime, before: datetime) -> list[Movement]:
    """The movements of our balance between two moments of the provider's clock; payouts and fees left out."""
    params = {
        "created": {"gte": int(since.timestamp()), "lt": int(before.timestamp())},
        "expand": ["data.source"],
    }
    rows = (_movement(one) for one in _pages(lambda api: api.balance_transactions, params))
    return [row for row in rows if row is not None]


def _pages(of: Any, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    after: dict[str, str] = {}
    for _page in range(MOST_PAGES):
        asked_for = {"limit": PAGE, **params, **after}
        answer = asked(lambda api, wanted=asked_for: of(api).list(wanted))
        yield from answer["data"]
        if not answer.get("has_more") or not answer["data"]:
            return
        after = {"starting_after": str(answer["data"][-1]["id"])}
    raise RuntimeError("a list of the provider does not end")


def _refund(found: Mapping[str, Any]) -> RefundFacts:
    return RefundFacts(
        refund_id=str(found["id"]),
        status=str(found["status"]),
        amount=_units(found["amount"]),
        currency=str(found["currency"]).upper(),
        intent=_id_of(found.get("payment_intent")),
        key=str((found.get("metadata") or {}).get("refund") or ""),
        failure=str(found.get("failure_reason") or ""),
        made_at=_moment(found.get("created")),
    )


def _dispute(found: Mapping[str, Any]) -> DisputeFacts:
    status = str(found["status"])
    until = (found.get("evidence_details") or {}).get("due_by")
    return DisputeFacts(
        dispute_id=str(found["id"]),
        status=status,
        amount=_units(found["amount"]),
        currency=str(found["currency"]).upper(),
        intent=_id_of(found.get("payment_intent")),
        cause=str(found.get("reason") or ""),
        opened_at=_moment(found["created"]) or datetime.now(UTC),
        answer_until=_moment(until),
        won={"won": True, "lost": False}.get(status),
    )


def _movement(found: Mapping[str, Any]) -> Movement | None:
    source = found.get("source")
    kind = str(source.get("object") or "") if isinstance(source, Mapping) else ""
    if kind not in KINDS or not isinstance(source, Mapping):
        return None
    return Movement(
        kind=kind,
        number=_id_of(source.get(KINDS[kind])),
        amount=_units(found["amount"]),
        currency=str(found["currency"]).upper(),
        at=datetime.fromtimestamp(found["created"], UTC),
    )


def _units(count: int) -> Decimal:
    return Decimal(count).scaleb(-2)


def _moment(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None


def _id_of(thing: Any) -> str:
    """The number of an object that the provider shows whole or by its number."""
    return str(thing.get("id") or "") if isinstance(thing, Mapping) else str(thing or "")
