"""Signed events on their way to the portal, sent again until they are received."""

import hashlib
import hmac
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from fees.sandbox.provider import Provider
from fees.sandbox.store import Delivery, Store, Thing

GIVE_UP_AFTER = 3 * 24 * 3600  # seconds, as the provider does
LONGEST_PAUSE = 300.0
TIMEOUT = 10.0
IDLE = 1.0  # seconds between looks at the clock when nothing waits


def signature(secret: str, body: bytes, at: int) -> str:
    """Header `Stripe-Signature` for a body. at: seconds since 1970."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


def event_body(event: Thing) -> bytes:
    return json.dumps(event, indent=2).encode()


class Courier:
    """One thread that sends what is due. first_pause: seconds before the second try, doubled each time."""

    def __init__(
        self,
        store: Store,
        provider: Provider,
        *,
        webhook: str,
        secret: str,
        first_pause: float = 1.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store, self.provider = store, provider
        self.webhook, self.secret, self.first_pause, self.clock = webhook, secret, first_pause, clock
        self._bell, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-courier", daemon=True)
        # loopback only: a proxy of the environment must not see the events
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._bell.set()
        self._thread.join(timeout=TIMEOUT)

    def ring(self) -> None:
        """Something new may be due."""
        self._bell.set()

    def send(self, event: Thing, *, age: int = 0) -> int:
        """Send one event now; the HTTP status of the answer, 0 when nobody answered.

        age: seconds by which the signature's time lies in the past.
        """
        body = event_body(event)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(self.secret, body, int(time.time()) - age),
            "User-Agent": "Stripe/1.0 (payment sandbox)",
        }
        request = urllib.request.Request(self.webhook, body, headers, method="POST")  # noqa: S310 the operator's
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return 0

    def _run(self) -> None:
        while not self._ended.is_set():
            with self.store.transaction():
                self.provider.expire_overdue()
                self.provider.end_due_refunds()
            for delivery in self._due():
                if self._ended.is_set():
                    return
                self._attempt(delivery)
            self._bell.wait(timeout=self._pause())
            self._bell.clear()

    def _due(self) -> list[Delivery]:
        if self.store.setting("held") == "yes":
            return []
        return [delivery for delivery in self.store.waiting() if delivery.due <= self.clock()]

    def _pause(self) -> float:
        if self.store.setting("held") == "yes":
            return IDLE
        waits = [delivery.due - self.clock() for delivery in self.store.waiting()]
        return max(0.01, min([IDLE, *waits]))

    def _attempt(self, delivery: Delivery) -> None:
        event = self.store.get("event", delivery.event)
        if event is None:
            raise LookupError(f"{delivery.event} is queued but was never kept")
        status = self.send(event)
        received = 200 <= status < 300
        pause = min(self.first_pause * 2 ** min(delivery.tries, 20), LONGEST_PAUSE)
        too_old = self.clock() - event["created"] > GIVE_UP_AFTER
        self.store.note_attempt(
            delivery.number, status=status, done=received or too_old, due=self.clock() + pause
        )
