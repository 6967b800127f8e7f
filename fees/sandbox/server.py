"""The sandbox's addresses: the provider's interface, the hosted pages, and the controls tests use."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from fees.sandbox import cards, pages
from fees.sandbox.delivery import Courier
from fees.sandbox.encoding import decode_form
from fees.sandbox.provider import Provider, Refused
from fees.sandbox.store import Store, Thing

LARGEST_BODY = 1_000_000  # bytes
STYLE = (Path(__file__).parent / "sandbox.css").read_bytes()
KINDS = {
    "checkout/sessions": "checkout.session",
    "payment_intents": "payment_intent",
    "charges": "charge",
    "refunds": "refund",
    "disputes": "dispute",
    "events": "event",
    "balance_transactions": "balance_transaction",
}


class Sandbox(ThreadingHTTPServer):
    """One sandbox on the loopback address. port 0 takes a free one; `base` is its address.

    first_pause: seconds before an event that was not received is sent again.
    """

    daemon_threads = True

    def __init__(
        self, *, port: int, webhook: str, state: Path, secret: str, first_pause: float = 1.0
    ) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.base = f"http://127.0.0.1:{self.server_port}"
        self.store = Store(state)
        self.provider = Provider(self.store, base=self.base)
        self.courier = Courier(
            self.store, self.provider, webhook=webhook, secret=secret, first_pause=first_pause
        )
        self.answers_to_lose = 0

    def run(self) -> None:
        """Serve until `shutdown` is called from another thread."""
        self.courier.start()
        try:
            self.serve_forever(poll_interval=0.02)
        finally:
            self.courier.stop()
            self.server_close()
            self.store.close()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Sandbox
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: addresses of payment pages do not belong in a log."""

    def do_GET(self) -> None:
        self._serve(GET_ROUTES)

    def do_POST(self) -> None:
        self._serve(POST_ROUTES)

    def _serve(self, routes: "Routes") -> None:
        parts = urlsplit(self.path)
        self.address, self.query = parts.path, dict(parse_qsl(parts.query))
        self.expand = parse_qs(parts.query).get("expand[]", []) + parse_qs(parts.query).get("expand[0]", [])
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            return self.write(413, b"too large", "text/plain")
        self.body = self.rfile.read(length).decode()
        for pattern, act in routes:
            if match := re.fullmatch(pattern, self.address):
                return self._guarded(act, *match.groups())
        return self.write_json(404, plain_error("Unrecognized request URL."))

    def _guarded(self, act: Callable[..., None], *args: str) -> None:
        keyed = self.address.startswith(("/v1/", "/sandbox/"))
        if keyed and not self.headers.get("Authorization", "").startswith("Bearer sk_test_"):
            return self.write_json(401, plain_error("A test key is needed."))
        try:
            act(self, *args)
        except Refused as refused:
            if keyed:
                return self.write_json(refused.status, refused.body)
            return self.write_page(404, pages.missing_page(self.query.get("lang", "ro")), None)

    def write(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def write_json(self, status: int, body: Thing, **headers: str) -> None:
        self.write(status, json.dumps(body).encode(), "application/json", **headers)

    def write_page(self, status: int, page: str, session: Thing | None) -> None:
        self.write(
            status,
            page.encode(),
            "text/html; charset=utf-8",
            Content_Security_Policy=pages.policy(session),
            X_Content_Type_Options="nosniff",
            Referrer_Policy="same-origin",
        )

    def redirect(self, address: str) -> None:
        self.write(303, b"", "text/plain", Location=address)

    # --- the provider's interface -----------------------------------------------------------------

    def create(self, act: Callable[[Thing], Thing]) -> None:
        """Answer a creating request once per idempotency key, and tell the courier."""
        key = self.headers.get("Idempotency-Key", "")
        try:
            params = decode_form(self.body)
        except ValueError as broken:
            raise Refused(str(broken)) from None
        with self.server.store.transaction():
            answer, replayed = self.server.provider.answer_once(
                key, self.address, self.body, lambda: act(params)
            )
        self.server.courier.ring()
        if self.server.answers_to_lose > 0:
            self.server.answers_to_lose -= 1
            self.close_connection = True
            return
        self.write_json(200, answer, **({"Idempotent_Replayed": "true"} if replayed else {}))

    def create_session(self) -> None:
        self.create(self.server.provider.create_session)

    def create_refund(self) -> None:
        self.create(self.server.provider.create_refund)

    def expire_session(self, session_id: str) -> None:
        self.create(lambda params: self.server.provider.expire_session(session_id))

    def read_thing(self, group: str, thing_id: str) -> None:
        with self.server.store.transaction():
            if group == "checkout/sessions":
                answer = self.server.provider.session(thing_id, self.expand)
            else:
                answer = self.server.provider.read(KINDS[group], thing_id, self.expand)
        self.write_json(200, answer)

    def list_things(self, group: str) -> None:
        with self.server.store.transaction():
            answer = self.server.provider.listed(KINDS[group], self.query, self.expand)
        self.write_json(200, answer)

    # --- the hosted pages -------------------------------------------------------------------------

    def face(self, session_id: str, **problems: Any) -> pages.Face:
        with self.server.store.transaction():
            session = self.server.provider.session(session_id)
        language = pages.language_of(session, self.query.get("lang", ""))
        return pages.Face(session, self.server.provider.lines(session_id), language, **problems)

    def show_card(self, session_id: str) -> None:
        face = self.face(session_id)
        if face.session["status"] != "open":
            return self.write_page(200, pages.closed_page(face), face.session)
        intent = self.server.provider.intent_state(face.session)
        error = (intent or {}).get("last_payment_error") or {}
        face = self.face(session_id, alarm=error.get("decline_code", ""))
        return self.write_page(200, pages.card_page(face), face.session)

    def take_card(self, session_id: str) -> None:
        given = dict(parse_qsl(self.body, keep_blank_values=True))
        problems = {
            "number": cards.number_problem(given.get("number", "")),
            "expiry": cards.expiry_problem(given.get("expiry", ""), datetime.now(tz=UTC).date()),
            "code": cards.code_problem(given.get("code", "")),
        }
        face = self.face(session_id, problems={name: key for name, key in problems.items() if key})
        if face.session["status"] != "open":
            return self.back_or_closed(face)
        if face.problems:
            return self.write_page(422, pages.card_page(face), face.session)
        card = cards.card_of(given["number"])
        return self.charged(session_id, lambda: self.server.provider.pay(session_id, card))

    def charged(self, session_id: str, charge: Callable[[], cards.Outcome]) -> None:
        try:
            with self.server.store.transaction():
                outcome = charge()
        except Refused as refused:
            if refused.status == 404:
                raise
            return self.back_or_closed(self.face(session_id))  # paid or expired in another tab
        self.server.courier.ring()
        here = f"/pay/{session_id}"
        tail = f"?lang={self.query['lang']}" if self.query.get("lang") in pages.NAMES else ""
        if outcome is cards.Outcome.PAID:
            return self.back_or_closed(self.face(session_id))
        return self.redirect(f"{here}/bank{tail}" if outcome is cards.Outcome.ASKS_BANK else here + tail)

    def back_or_closed(self, face: pages.Face) -> None:
        if face.session["status"] == "complete":
            address = face.session["success_url"].replace("{CHECKOUT_SESSION_ID}", face.session["id"])
            return self.redirect(address)
        if face.session["status"] == "expired":
            return self.write_page(200, pages.closed_page(face), face.session)
        return self.redirect(f"/pay/{face.session['id']}")

    def show_bank(self, session_id: str) -> None:
        face = self.face(session_id)
        intent = self.server.provider.intent_state(face.session)
        if intent is None or intent["status"] != "requires_action":
            return self.back_or_closed(face)
        return self.write_page(200, pages.bank_page(face, intent["last4"]), face.session)

    def take_bank(self, session_id: str) -> None:
        agreed = dict(parse_qsl(self.body)).get("answer") == "yes"
        self.charged(session_id, lambda: self.server.provider.answer_bank(session_id, agreed=agreed))

    # --- the provider's own pages: money goes back without the portal --------------------------------

    def show_desk(self) -> None:
        with self.server.store.transaction():
            charges = [one for one in self.server.store.all("charge") if one["status"] == "succeeded"]
            refunds, disputes = self.server.store.all("refund"), self.server.store.all("dispute")
        page = pages.desk_page(charges[::-1], refunds, disputes, self.query.get("lang", "ro"))
        self.write_page(200, page, None)

    def act_at_desk(self, act: str, thing_id: str) -> None:
        """A button of the dashboard, or the same as a control of a test. amount: hundredths."""
        amount = int(dict(parse_qsl(self.body)).get("amount") or 0)
        provider = self.server.provider
        with self.server.store.transaction():
            if act == "refund":
                charge = provider.read("charge", thing_id, [])
                params = {"payment_intent": charge["payment_intent"]}
                answer = provider.create_refund(params | ({"amount": amount} if amount else {}))
            elif act == "dispute":
                answer = provider.dispute(thing_id, amount)
            elif act in ("won", "lost"):
                answer = provider.close_dispute(thing_id, act)
            else:
                answer = provider.end_refund(thing_id, act)
        self.server.courier.ring()
        if self.address.startswith("/sandbox/"):
            return self.write_json(200, answer)
        return self.redirect("/dashboard")

    def style(self) -> None:
        self.write(200, STYLE, "text/css; charset=utf-8")

    def health(self) -> None:
        self.write(200, b"ok", "text/plain")

    # --- controls for tests -----------------------------------------------------------------------

    def list_events(self) -> None:
        rows = []
        for delivery in self.server.store.deliveries():
            event = self.server.store.get("event", delivery.event) or {}
            rows.append(
                {
                    "id": delivery.event,
                    "type": event["type"],
                    "object": event["data"]["object"]["id"],
                    "tries": delivery.tries,
                    "status": delivery.status,
                    "received": delivery.done,
                }
            )
        self.write_json(200, {"data": rows})

    def hold(self) -> None:
        self.server.store.set("held", "yes")
        self.write_json(200, {"held": True})

    def release(self) -> None:
        self.server.store.set("held", "no")
        self.server.courier.ring()
        self.write_json(200, {"held": False})

    def send_event(self, event_id: str) -> None:
        """Send one event now, `times` times, with a signature `age` seconds old; answers the statuses."""
        given = dict(parse_qsl(self.body))
        event = self.server.store.get("event", event_id)
        if event is None:
            raise Refused("No such event", status=404)
        age = int(given.get("age", 0))
        statuses = [self.server.courier.send(event, age=age) for _ in range(int(given.get("times", 1)))]
        for delivery in self.server.store.waiting():
            if delivery.event == event_id and 200 <= statuses[-1] < 300:
                self.server.store.note_attempt(
                    delivery.number, status=statuses[-1], done=True, due=delivery.due
                )
        self.write_json(200, {"statuses": statuses})

    def make_event(self) -> None:
        """An event of any type about a made-up object, `delay` seconds from now."""
        given = dict(parse_qsl(self.body))
        thing = {"id": given.get("object", "obj_unknown"), "object": given.get("kind", "unknown")}
        with self.server.store.transaction():
            event = self.server.provider.emit(given["type"], thing, delay=float(given.get("delay", 0)))
        self.server.courier.ring()
        self.write_json(200, event)

    def alter_session(self, session_id: str) -> None:
        """Make the provider disagree with the portal about the amount or the currency."""
        given = dict(parse_qsl(self.body))
        with self.server.store.transaction():
            session = self.server.provider.session(session_id)
            session["amount_total"] = int(given.get("amount_total") or session["amount_total"])
            session["currency"] = given.get("currency", session["currency"])
            self.server.store.put(session)
        self.write_json(200, session)

    def next_refund(self) -> None:
        """What becomes of the next refund: "pending", "failed", "refund_late" or "refund_fails"."""
        self.server.store.set("next_refund", dict(parse_qsl(self.body)).get("outcome", ""))
        self.write_json(200, {"next_refund": self.server.store.setting("next_refund")})

    def forget_keys(self) -> None:
        """Forget the idempotency keys, as the provider does after a day."""
        self.server.store.forget()
        self.write_json(200, {"forgotten": True})

    def lose_answers(self) -> None:
        """Do the next `answers` creating requests, but break the line before answering."""
        self.server.answers_to_lose = int(dict(parse_qsl(self.body)).get("answers", 1))
        self.write_json(200, {"answers": self.server.answers_to_lose})


def plain_error(message: str) -> Thing:
    return {"error": {"type": "invalid_request_error", "message": message}}


Routes = tuple[tuple[str, Callable[..., None]], ...]
ID = r"([A-Za-z0-9_]+)"
ACTS = "(refund|dispute|won|lost|succeeded|failed|canceled)"
GET_ROUTES: Routes = (
    (rf"/v1/(checkout/sessions|payment_intents|charges|refunds|disputes|events)/{ID}", Handler.read_thing),
    (r"/v1/(refunds|disputes|events|balance_transactions)", Handler.list_things),
    (r"/dashboard", Handler.show_desk),
    (rf"/pay/{ID}", Handler.show_card),
    (rf"/pay/{ID}/bank", Handler.show_bank),
    (r"/assets/sandbox\.css", Handler.style),
    (r"/healthz", Handler.health),
    (r"/sandbox/events", Handler.list_events),
)
POST_ROUTES: Routes = (
    (r"/v1/checkout/sessions", Handler.create_session),
    (rf"/v1/checkout/sessions/{ID}/expire", Handler.expire_session),
    (r"/v1/refunds", Handler.create_refund),
    (rf"/pay/{ID}", Handler.take_card),
    (rf"/pay/{ID}/bank", Handler.take_bank),
    (rf"/(?:dashboard|sandbox)/{ACTS}/{ID}", Handler.act_at_desk),
    (r"/sandbox/next-refund", Handler.next_refund),
    (r"/sandbox/forget", Handler.forget_keys),
    (r"/sandbox/hold", Handler.hold),
    (r"/sandbox/release", Handler.release),
    (r"/sandbox/events", Handler.make_event),
    (rf"/sandbox/events/{ID}/send", Handler.send_event),
    (rf"/sandbox/sessions/{ID}/alter", Handler.alter_session),
    (r"/sandbox/answers", Handler.lose_answers),
)
