"""A student who pays by card in the sandbox, and events handed to the portal one by one."""

import json
import time
from collections.abc import Collection, Mapping
from typing import Any

import stripe

from fees.models import CardPayment, Charge
from fees.services.checkout import start_checkout
from fees.services.events import Received, receive_event
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.sandbox_kit import SECRET, VISA, Running


def signed(event: Mapping[str, Any], *, secret: str = SECRET, age: int = 0) -> tuple[bytes, str]:
    """The body and the signature of an event, `age` seconds old."""
    body = json.dumps(event)
    header = stripe.WebhookSignature.generate_signature_header(body, secret, int(time.time()) - age)
    return body.encode(), header


def hand_over(event: Mapping[str, Any]) -> Received:
    """The portal receives an event that was signed just now."""
    return receive_event(*signed(event), at=factories.NOW)


def made_up(
    kind: str, thing: Mapping[str, Any], event_id: str = "evt_made_up", **fields: Any
) -> dict[str, Any]:
    """An event as the provider writes it, about any object."""
    return {
        "id": event_id,
        "object": "event",
        "type": kind,
        "livemode": False,
        "data": {"object": thing},
    } | fields


class Cardholder:
    """The student of an account: clicks, fills the card page, and lets the provider's events arrive."""

    def __init__(self, account: Enrolment, sandbox: Running) -> None:
        self.account, self.sandbox = account, sandbox
        self.user = account.person.user

    def clicks(self, *charges: Charge, language: str = "ro") -> str:
        """Begin a card payment; the address of the card page."""
        return start_checkout(
            {charge.pk for charge in charges}, payer=self.user, at=factories.NOW, language=language
        )

    @property
    def attempt(self) -> CardPayment:
        """The latest card payment of the account."""
        return CardPayment.objects.filter(enrolment=self.account).order_by("-pk")[0]

    def pays(self, *charges: Charge, card: str = VISA) -> CardPayment:
        """Begin and fill the card page; no event has arrived yet."""
        self.clicks(*charges)
        self.sandbox.pay(self.attempt.session_id, card)
        return self.attempt

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        """The events the provider has made so far, in its order; of some kinds only, when named."""
        store = self.sandbox.server.store
        return [event for event in store.all("event") if not kinds or event["type"] in kinds]

    def receives(self, *kinds: str) -> list[Received]:
        """Hand over the provider's events in its order."""
        return [hand_over(event) for event in self.events(*kinds)]


def lines_of(attempt: CardPayment) -> Collection[int]:
    return set(attempt.lines.values_list("charge_id", flat=True))
