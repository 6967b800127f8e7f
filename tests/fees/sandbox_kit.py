"""A running payment sandbox, a receiver for its events, and a cardholder, for tests."""

import queue
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
import stripe

from fees.sandbox.server import Sandbox

KEY = "sk_test_of_the_tests"
SECRET = "whsec_of_the_tests"
VISA, DECLINED, ASKS_BANK = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000002500003155"
WAIT = 10  # seconds after which a test that waits for an event has failed


class Receiver(ThreadingHTTPServer):
    """Stands for the portal's webhook: keeps what arrives, answers `statuses` in turn and then 200."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ReceiverHandler)
        self.address = f"http://127.0.0.1:{self.server_port}/webhooks/stripe/"
        self.arrived: queue.Queue[tuple[bytes, str]] = queue.Queue()
        self.statuses: deque[int] = deque()

    def next_event(self) -> stripe.Event:
        """The next delivery, its signature checked by the provider's own library."""
        body, signature = self.arrived.get(timeout=WAIT)
        return stripe.Webhook.construct_event(body, signature, SECRET)

    def types(self, count: int) -> list[str]:
        return [self.next_event()["type"] for _ in range(count)]


class ReceiverHandler(BaseHTTPRequestHandler):
    server: Receiver

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.arrived.put((body, self.headers["Stripe-Signature"]))
        self.send_response(self.server.statuses.popleft() if self.server.statuses else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Running:
    """A sandbox in a thread; `stop()` and a second `Running` on the same folder is a restart."""

    def __init__(self, state: Path, webhook: str, *, port: int = 0, first_pause: float = 0.02) -> None:
        self.server = Sandbox(port=port, webhook=webhook, state=state, secret=SECRET, first_pause=first_pause)
        self.base = self.server.base
        self._thread = threading.Thread(target=self.server.run, daemon=True)
        self._thread.start()

    @property
    def client(self) -> stripe.StripeClient:
        return stripe.StripeClient(KEY, base_addresses={"api": self.base}, max_network_retries=2)

    def stop(self) -> None:
        self.server.shutdown()
        self._thread.join(timeout=WAIT)

    def control(self, path: str, **fields: Any) -> dict[str, Any]:
        """One of the controls of `server.py`, for instance `control("events/evt_1/send", times=20)`."""
        answer = requests.post(
            f"{self.base}/sandbox/{path}", fields, headers={"Authorization": f"Bearer {KEY}"}, timeout=WAIT
        )
        answer.raise_for_status()
        return dict(answer.json())

    def events(self) -> list[dict[str, Any]]:
        answer = requests.get(
            f"{self.base}/sandbox/events", headers={"Authorization": f"Bearer {KEY}"}, timeout=WAIT
        )
        return list(answer.json()["data"])

    def pay(self, session_id: str, number: str = VISA) -> requests.Response:
        """The cardholder fills the hosted page; the answer is the redirect, not followed."""
        fields = {"number": number, "expiry": "12/40", "code": "123"}
        return requests.post(f"{self.base}/pay/{session_id}", fields, allow_redirects=False, timeout=WAIT)


def session_fields(amount: int = 33500, currency: str = "ron", **more: Any) -> dict[str, Any]:
    """Parameters of a checkout session. amount: hundredths."""
    price = {"currency": currency, "unit_amount": amount, "product_data": {"name": "Recontractare: <Fizică>"}}
    return {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 1}],
        "success_url": "http://127.0.0.1:9/back/?session_id={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:9/cancelled/",
        **more,
    }
