"""The card provider behind a small interface: open a page, read its facts, close it, check an event.

Stripe's API, or the payment sandbox that answers in its place. Times here are the provider's: no
demonstration shifts them.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import requests
import stripe
from django.conf import settings

logging.getLogger("stripe").setLevel(logging.WARNING)  # its every request would stand in our log

SMALLEST = {"RON": Decimal("2.00"), "EUR": Decimal("0.50")}  # the provider refuses smaller payments
TIMEOUT = (3.0, 6.0)  # seconds to connect, to answer; asked twice at the most
LARGEST_EVENT = 256 * 1024  # bytes


class Unreachable(Exception):
    """The provider did not answer, or answered that it cannot now; nothing is known and nothing changed."""


class Rejected(Exception):
    """The provider does not accept the request."""


class Forged(Exception):
    """An event that the provider did not sign, or signed too long ago."""


@dataclass(frozen=True)
class Facts:
    """What the provider says about a session. amount: units of the currency, two decimals.

    status: "open", "complete" or "expired". key: our key of the card payment, as we gave it.
    intent: the provider's number of the payment. decline_code: why the last card was refused, or empty.
    """

    session_id: str
    status: str
    paid: bool
    amount: Decimal
    currency: str
    key: str
    url: str
    live: bool
    intent: str = ""
    paid_at: datetime | None = None
    card_brand: str = ""
    card_last4: str = ""
    decline_code: str = ""


@dataclass(frozen=True)
class Line:
    """A line on the card page. amount: units of the currency, two decimals."""

    name: str
    amount: Decimal


@dataclass(frozen=True)
class Opening:
    """What a card page is opened with. opens_until: by the provider's clock."""

    key: str
    currency: str
    lines: Sequence[Line]
    language: str
    opens_until: datetime
    success_url: str
    cancel_url: str


def now() -> datetime:
    """The true moment."""
    return datetime.now(UTC)


def is_live() -> bool:
    """Whether the key takes real money."""
    return str(settings.STRIPE_API_KEY).startswith(("sk_live_", "rk_live_"))


def open_page(opening: Opening) -> Facts:
    """A card page for these lines; the same opening gives the same page. Raises Unreachable, Rejected."""
    params: dict[str, Any] = {
        "mode": "payment",
        "payment_method_types": ["card"],
        "line_items": [_line_item(line, opening.currency) for line in opening.lines],
        "client_reference_id": opening.key,
        "metadata": {"card_payment": opening.key},
        "payment_intent_data": {"metadata": {"card_payment": opening.key}},
        "locale": opening.language,
        "expires_at": int(opening.opens_until.timestamp()),
        "success_url": opening.success_url,
        "cancel_url": opening.cancel_url,
    }
    return _asked(lambda api: api.checkout.sessions.create(params, {"idempotency_key": opening.key}))


def facts_of(session_id: str) -> Facts:
    """What the provider says about a session now. Raises Unreachable, Rejected."""
    expand = {"expand": ["payment_intent.latest_charge"]}
    return _asked(lambda api: api.checkout.sessions.retrieve(session_id, expand))


def close_page(session_id: str) -> None:
    """Close an open card page, so that nothing can be paid on it. Raises Unreachable, Rejected."""
    _asked(lambda api: api.checkout.sessions.expire(session_id))


def verified(payload: bytes, signature: str) -> Mapping[str, Any]:
    """The event in a webhook's body, its signature checked. Raises Forged."""
    try:
        stripe.WebhookSignature.verify_header(
            payload, signature, settings.STRIPE_WEBHOOK_SECRET, stripe.Webhook.DEFAULT_TOLERANCE
        )
        event = json.loads(payload)
    except (stripe.SignatureVerificationError, ValueError) as broken:
        raise Forged(str(broken)) from broken
    if not isinstance(event, dict):
        raise Forged("not an object")
    return event


def hundredths(amount: Decimal) -> int:
    """The sum as the provider counts it."""
    return int(amount.scaleb(2))


def _line_item(line: Line, currency: str) -> dict[str, Any]:
    product = {"name": line.name}
    price = {"currency": currency.lower(), "unit_amount": hundredths(line.amount), "product_data": product}
    return {"price_data": price, "quantity": 1}


@lru_cache(maxsize=4)
def _client(key: str, base: str) -> stripe.StripeClient:
    session = requests.Session()
    if urlsplit(base).hostname in ("127.0.0.1", "localhost", "::1"):
        session.trust_env = False  # a proxy of the environment does not lead to our own machine
    http = stripe.RequestsClient(timeout=TIMEOUT, session=session)
    addresses: Any = {"api": base} if base else {}
    return stripe.StripeClient(key, base_addresses=addresses, max_network_retries=1, http_client=http)


def _asked(ask: Any) -> Facts:
    return _facts(asked(ask))


def asked(ask: Any) -> dict[str, Any]:
    """The provider's answer to `ask(api)` as plain values. Raises Unreachable, Rejected."""
    client = _client(settings.STRIPE_API_KEY, settings.STRIPE_API_BASE)
    try:
        return dict(ask(client.v1).to_dict())
    except stripe.InvalidRequestError as refused:
        raise Rejected(refused.user_message or str(refused)) from refused
    except stripe.StripeError as failed:
        raise Unreachable(type(failed).__name__) from failed


def _facts(session: Mapping[str, Any]) -> Facts:
    intent = session.get("payment_intent")
    intent = intent if isinstance(intent, dict) else {"id": intent or ""}
    charge = intent.get("latest_charge")
    charge = charge if isinstance(charge, dict) else {}
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    paid = session["payment_status"] == "paid"
    error = intent.get("last_payment_error") or {}
    return Facts(
        session_id=session["id"],
        status=session["status"],
        paid=paid,
        amount=Decimal(session["amount_total"]).scaleb(-2),
        currency=str(session["currency"]).upper(),
        key=session.get("client_reference_id") or "",
        url=session.get("url") or "",
        live=bool(session.get("livemode")),
        intent=str(intent["id"]),
        paid_at=datetime.fromtimestamp(charge["created"], UTC) if paid and charge else None,
        card_brand=str(card.get("brand") or ""),
        card_last4=str(card.get("last4") or ""),
        decline_code="" if paid else str(error.get("decline_code") or error.get("code") or ""),
    )
