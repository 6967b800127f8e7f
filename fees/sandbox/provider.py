"""The provider's side: checkout sessions, payments, refunds, and the events each of them makes."""

import hashlib
import secrets
import time
from collections.abc import Callable
from typing import Any

from fees.sandbox.cards import Card, Outcome
from fees.sandbox.store import Store, Thing

API_VERSION = "2026-10-28.endive"
SMALLEST = {"ron": 200, "eur": 50}  # hundredths; the provider refuses smaller payments
SHORTEST, LONGEST, USUAL = 30 * 60, 24 * 3600, 24 * 3600  # life of a session, seconds
CLOCK_SLACK = 5  # seconds between the caller's "now" and ours
SESSION_PARAMETERS = {
    "mode",
    "line_items",
    "success_url",
    "cancel_url",
    "client_reference_id",
    "customer_email",
    "expires_at",
    "expand",
    "locale",
    "metadata",
    "payment_intent_data",
    "payment_method_types",
    "submit_type",
}
REFUND_LATER = 5  # seconds after which a late refund arrives or a failing one comes back
ANSWER_WITHIN = 7 * 24 * 3600  # seconds to answer a dispute
PAGE = 100  # objects of one list
REFUND_PARAMETERS = {"payment_intent", "amount", "metadata", "reason", "expand"}


class Refused(Exception):
    """A request the provider does not accept. status: the HTTP status of the answer."""

    def __init__(
        self, message: str, *, status: int = 400, code: str = "", param: str = "", kind: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        error = {"type": kind or "invalid_request_error", "message": message, "code": code, "param": param}
        self.body: Thing = {"error": {name: value for name, value in error.items() if value}}


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


class Provider:
    """The acts of the provider over one store. Callers hold `store.transaction()` around each act."""

    def __init__(self, store: Store, *, base: str, clock: Callable[[], float] = time.time) -> None:
        self.store, self.base, self.clock = store, base, clock

    def answer_once(self, key: str, path: str, body: str, act: Callable[[], Thing]) -> tuple[Thing, bool]:
        """The answer of `act`, or the one this key already got; and whether it was replayed."""
        fingerprint = hashlib.sha256(f"{path}\n{body}".encode()).hexdigest()
        kept = self.store.remembered(key) if key else None
        if kept is None:
            answer = act()
            if key:
                self.store.remember(key, fingerprint, answer)
            return answer, False
        if kept[0] != fingerprint:
            raise Refused(
                "Keys for idempotent requests can only be used with the same parameters as at first.",
                kind="idempotency_error",
            )
        return kept[1], True

    # --- sessions ---------------------------------------------------------------------------------

    def create_session(self, params: Thing) -> Thing:
        known(params, SESSION_PARAMETERS)
        if params.get("mode") != "payment":
            raise Refused("Only mode=payment is offered here.", param="mode")
        for name in ("success_url", "cancel_url"):
            if not str(params.get(name, "")).startswith(("http://", "https://")):
                raise Refused(f"Not a valid URL: {name}", code="url_invalid", param=name)
        lines, currency = priced(params.get("line_items"))
        total = sum(line["amount_total"] for line in lines)
        if total < SMALLEST[currency]:
            raise Refused("Amount is below the smallest that can be charged.", code="amount_too_small")
        now = int(self.clock())
        session_id = new_id("cs_test")
        session: Thing = {
            "id": session_id,
            "object": "checkout.session",
            "mode": "payment",
            "livemode": False,
            "created": now,
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "currency": currency,
            "amount_subtotal": total,
            "amount_total": total,
            "expires_at": self._expiry(params, now),
            "success_url": params["success_url"],
            "cancel_url": params["cancel_url"],
            "client_reference_id": params.get("client_reference_id"),
            "customer_email": params.get("customer_email"),
            "locale": params.get("locale"),
            "metadata": params.get("metadata") or {},
            "url": f"{self.base}/pay/{session_id}",
        }
        self.store.put(session)
        self.store.put(
            {
                "id": f"lines_{session_id}",
                "object": "lines",
                "lines": lines,
                "intent": params.get("payment_intent_data") or {},
            }
        )
        return session

    def _expiry(self, params: Thing, now: int) -> int:
        if "expires_at" not in params:
            return now + USUAL
        expires = whole(params["expires_at"], "expires_at")
        if not now + SHORTEST - CLOCK_SLACK <= expires <= now + LONGEST + CLOCK_SLACK:
            raise Refused("expires_at must be between 30 minutes and 24 hours from now.", param="expires_at")
        return expires

    def session(self, session_id: str, expand: list[str] | None = None) -> Thing:
        session = self._get("checkout.session", session_id)
        if session["status"] == "open":
            session["url"] = f"{self.base}/pay/{session_id}"  # the port may differ after a restart
            if session["expires_at"] <= self.clock():
                session = self._close(session)
        else:
            session["url"] = None
        return self._expanded(session, expand or [])

    def lines(self, session_id: str) -> list[Thing]:
        return list(self._get("lines", f"lines_{session_id}")["lines"])

    def expire_session(self, session_id: str) -> Thing:
        session = self.session(session_id)
        if session["status"] != "open":
            raise Refused(f"Only an open session can be expired; this one is {session['status']}.")
        return self._close(session)

    def expire_overdue(self) -> None:
        for session in self.store.all("checkout.session"):
            if session["status"] == "open" and session["expires_at"] <= self.clock():
                self._close(session)

    def _close(self, session: Thing) -> Thing:
        session |= {"status": "expired", "url": None}
        self.store.put(session)
        if session["payment_intent"]:
            intent = self._get("payment_intent", session["payment_intent"])
            self.store.put(intent | {"status": "canceled"})
        self.emit("checkout.session.expired", session)
        return session

    # --- paying -----------------------------------------------------------------------------------

    def pay(self, session_id: str, card: Card) -> Outcome:
        """Charge a test card for an open session. Raises Refused when it is no longer open."""
        session = self.session(session_id)
        if session["status"] != "open":
            raise Refused(f"This session is {session['status']}.", code=session["status"])
        intent = self._intent_of(session)
        intent |= {"last_payment_error": None, "last4": card.last4, "brand": card.brand, "later": card.later}
        if card.outcome is Outcome.PAID:
            self._succeed(session, intent)
        elif card.outcome is Outcome.DECLINED:
            self._fail(intent, "card_declined", card.decline_code)
        else:
            self.store.put(intent | {"status": "requires_action"})
        return card.outcome

    def answer_bank(self, session_id: str, *, agreed: bool) -> Outcome:
        """The cardholder's answer on the bank's page (3-D Secure)."""
        session = self.session(session_id)
        intent = self.intent_state(session)
        if session["status"] != "open" or intent is None or intent["status"] != "requires_action":
            raise Refused("No question of the bank is open.", code=session["status"])
        if agreed:
            self._succeed(session, intent)
            return Outcome.PAID
        self._fail(intent, "payment_intent_authentication_failure", "authentication_required")
        return Outcome.DECLINED

    def intent_state(self, session: Thing) -> Thing | None:
        """The payment begun in a session, if any."""
        if not session["payment_intent"]:
            return None
        return self._get("payment_intent", session["payment_intent"])

    def _intent_of(self, session: Thing) -> Thing:
        known_intent = self.intent_state(session)
        if known_intent is not None:
            return known_intent
        data = self._get("lines", f"lines_{session['id']}")["intent"]
        intent: Thing = {
            "id": new_id("pi"),
            "object": "payment_intent",
            "livemode": False,
            "created": int(self.clock()),
            "amount": session["amount_total"],
            "amount_received": 0,
            "currency": session["currency"],
            "status": "requires_payment_method",
            "latest_charge": None,
            "last_payment_error": None,
            "metadata": data.get("metadata") or {},
            "description": data.get("description"),
        }
        session["payment_intent"] = intent["id"]
        self.store.put(session)
        return intent

    def _succeed(self, session: Thing, intent: Thing) -> None:
        charge = self._charge(intent, "succeeded")
        intent |= {"status": "succeeded", "amount_received": intent["amount"], "latest_charge": charge["id"]}
        session |= {"status": "complete", "payment_status": "paid", "url": None}
        for thing in (charge, intent, session):
            self.store.put(thing)
        self.emit("charge.succeeded", charge)
        self.emit("payment_intent.succeeded", intent)
        self.emit("checkout.session.completed", session)
        self._move("charge", charge["amount"], charge)
        if intent.get("later") == "disputed":
            self.dispute(charge["id"])

    def _fail(self, intent: Thing, code: str, decline_code: str) -> None:
        charge = self._charge(intent, "failed")
        error = {"type": "card_error", "code": code, "decline_code": decline_code, "charge": charge["id"]}
        intent |= {"status": "requires_payment_method", "latest_charge": charge["id"]}
        intent["last_payment_error"] = error
        self.store.put(charge)
        self.store.put(intent)
        self.emit("payment_intent.payment_failed", intent)

    def _charge(self, intent: Thing, status: str) -> Thing:
        return {
            "id": new_id("ch"),
            "object": "charge",
            "livemode": False,
            "created": int(self.clock()),
            "amount": intent["amount"],
            "amount_refunded": 0,
            "refunded": False,
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "status": status,
            "paid": status == "succeeded",
            "metadata": intent["metadata"],
            "payment_method_details": {
                "type": "card",
                "card": {"brand": intent["brand"], "last4": intent["last4"]},
            },
        }

    # --- refunds ----------------------------------------------------------------------------------

    def create_refund(self, params: Thing) -> Thing:
        known(params, REFUND_PARAMETERS)
        intent = self._get("payment_intent", str(params.get("payment_intent", "")), "payment_intent")
        if intent["status"] != "succeeded":
            raise Refused("This payment has no successful charge to refund.", code="charge_not_captured")
        charge = self._get("charge", intent["latest_charge"])
        left = charge["amount"] - charge["amount_refunded"]
        amount = whole(params["amount"], "amount") if "amount" in params else left
        if left == 0:
            raise Refused("This charge has already been refunded.", code="charge_already_refunded")
        if not 0 < amount <= left:
            raise Refused(f"Refund amount ({amount}) is not within the unrefunded {left}.", param="amount")
        outcome = self._next_outcome(intent)
        refund: Thing = {
            "id": new_id("re"),
            "object": "refund",
            "amount": amount,
            "currency": charge["currency"],
            "created": int(self.clock()),
            "charge": charge["id"],
            "payment_intent": intent["id"],
            "status": "pending" if outcome in ("pending", "refund_late") else "succeeded",
            "failure_reason": None,
            "reason": params.get("reason"),
            "metadata": params.get("metadata") or {},
        }
        if outcome in ("refund_late", "refund_fails"):
            then = "succeeded" if outcome == "refund_late" else "failed"
            refund |= {"then": then, "then_at": self.clock() + REFUND_LATER}
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self.store.put(refund)
        self.store.put(charge)
        if refund["status"] == "succeeded":
            self._move("refund", -amount, refund)
        self.emit("refund.created", refund)
        self.emit("charge.refunded", charge)
        if outcome == "failed":
            return self.end_refund(refund["id"], "failed")
        return refund

    def _next_outcome(self, intent: Thing) -> str:
        """What becomes of the next refund: what a test asked for, once; else what its card does."""
        asked = self.store.setting("next_refund")
        if asked:
            self.store.set("next_refund", "")
        return asked or str(intent.get("later") or "")

    def end_refund(self, refund_id: str, status: str) -> Thing:
        """Have a refund arrive, fail, or be cancelled, and tell."""
        refund = self._get("refund", refund_id)
        if status not in ("succeeded", "failed", "canceled") or refund["status"] in ("failed", "canceled"):
            raise Refused(f"The refund is {refund['status']}.")
        before, refund["status"] = refund["status"], status
        refund |= {"then": "", "then_at": 0}
        if status != "succeeded":
            refund["failure_reason"] = "expired_or_canceled_card" if status == "failed" else None
            charge = self._get("charge", refund["charge"])
            charge["amount_refunded"] -= refund["amount"]
            charge["refunded"] = False
            self.store.put(charge)
        self.store.put(refund)
        if status == "succeeded" and before != "succeeded":
            self._move("refund", -refund["amount"], refund)
        elif status != "succeeded" and before == "succeeded":
            self._move("refund_failure", refund["amount"], refund)
        if status == "failed":
            self.emit("refund.failed", refund)
        self.emit("refund.updated", refund)
        self.emit("charge.refund.updated", refund)
        return refund

    def end_due_refunds(self) -> None:
        for refund in self.store.all("refund"):
            if refund.get("then") and refund["then_at"] <= self.clock():
                self.end_refund(refund["id"], refund["then"])

    # --- disputes ---------------------------------------------------------------------------------

    def dispute(self, charge_id: str, amount: int = 0) -> Thing:
        """The cardholder's bank takes a payment back, or a part of it. amount: hundredths; 0 for all."""
        charge = self._get("charge", charge_id)
        if charge["status"] != "succeeded" or charge.get("disputed"):
            raise Refused("This charge cannot be disputed.", code="charge_disputed")
        dispute: Thing = {
            "id": new_id("dp"),
            "object": "dispute",
            "livemode": False,
            "amount": amount or charge["amount"] - charge["amount_refunded"],
            "currency": charge["currency"],
            "charge": charge["id"],
            "payment_intent": charge["payment_intent"],
            "reason": "fraudulent",
            "status": "needs_response",
            "created": int(self.clock()),
            "evidence_details": {"due_by": int(self.clock()) + ANSWER_WITHIN},
            "metadata": {},
        }
        self.store.put(charge | {"disputed": True})
        self.store.put(dispute)
        self._move("adjustment", -dispute["amount"], dispute)
        self.emit("charge.dispute.created", dispute)
        self.emit("charge.dispute.funds_withdrawn", dispute)
        return dispute

    def close_dispute(self, dispute_id: str, status: str) -> Thing:
        """End a dispute: "won" gives the money back, "lost" keeps it away."""
        dispute = self._get("dispute", dispute_id)
        if status not in ("won", "lost") or dispute["status"] in ("won", "lost"):
            raise Refused(f"The dispute is {dispute['status']}.")
        dispute["status"] = status
        self.store.put(dispute)
        self.emit("charge.dispute.closed", dispute)
        if status == "won":
            self._move("adjustment", dispute["amount"], dispute)
            self.emit("charge.dispute.funds_reinstated", dispute)
        return dispute

    # --- lists ------------------------------------------------------------------------------------

    def _move(self, kind: str, amount: int, source: Thing) -> None:
        """Note a movement of the balance. amount: hundredths, negative when money leaves."""
        self.store.put(
            {
                "id": new_id("txn"),
                "object": "balance_transaction",
                "type": kind,
                "amount": amount,
                "fee": 0,
                "net": amount,
                "currency": source["currency"],
                "created": int(self.clock()),
                "source": source["id"],
                "status": "available",
            }
        )

    def listed(self, kind: str, query: dict[str, str], expand: list[str]) -> Thing:
        """A page of the objects of a kind, newest first: `created[gte]`, `created[lt]`, `starting_after`."""
        rows = [
            thing
            for thing in reversed(self.store.all(kind))
            if thing["created"] >= int(query.get("created[gte]", 0))
            and thing["created"] < int(query.get("created[lt]", 1 << 40))
            and query.get("payment_intent", thing.get("payment_intent")) == thing.get("payment_intent")
        ]
        if after := query.get("starting_after"):
            names = [thing["id"] for thing in rows]
            rows = rows[names.index(after) + 1 :] if after in names else []
        size = min(int(query.get("limit", 10)), PAGE)
        data = [shown(thing) for thing in rows[:size]]
        if "data.source" in expand:
            data = [thing | {"source": self._source(thing["source"])} for thing in data]
        return {"object": "list", "url": f"/v1/{kind}s", "has_more": len(rows) > size, "data": data}

    def _source(self, thing_id: str) -> Thing:
        kind = {"ch": "charge", "re": "refund", "dp": "dispute"}[thing_id.split("_", 1)[0]]
        return shown(self._get(kind, thing_id))

    # --- shared -----------------------------------------------------------------------------------

    def read(self, kind: str, thing_id: str, expand: list[str]) -> Thing:
        return self._expanded(self._get(kind, thing_id), expand)

    def emit(self, event_type: str, thing: Thing, *, delay: float = 0) -> Thing:
        """Record an event about `thing` as it stands and queue it. delay: seconds before it is sent."""
        event: Thing = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": int(self.clock()),
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": event_type,
            "data": {"object": shown(thing)},
        }
        self.store.put(event)
        self.store.queue(event["id"], self.clock() + delay)
        return event

    def _get(self, kind: str, thing_id: str, param: str = "id") -> Thing:
        thing = self.store.get(kind, thing_id)
        if thing is None:
            raise Refused(f"No such {kind}: '{thing_id}'", status=404, code="resource_missing", param=param)
        return thing

    def _expanded(self, thing: Thing, expand: list[str]) -> Thing:
        answer = shown(thing)
        for path in expand:
            head, _, rest = path.partition(".")
            inner = answer.get(head)
            thing_id = inner["id"] if isinstance(inner, dict) else inner
            if head in ("payment_intent", "latest_charge") and thing_id:
                kind = "charge" if head == "latest_charge" else head
                answer[head] = self._expanded(self._get(kind, thing_id), [rest] if rest else [])
        return answer


def shown(thing: Thing) -> Thing:
    """The object as the provider shows it, without what the sandbox keeps on it for itself."""
    hidden = ("last4", "brand", "later", "then", "then_at")
    return {name: value for name, value in thing.items() if name not in hidden}


def known(params: Thing, names: set[str]) -> None:
    for name in params:
        if name not in names:
            raise Refused(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def whole(value: Any, param: str) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Refused(f"Invalid integer: {value}", code="parameter_invalid_integer", param=param) from None


def priced(items: Any) -> tuple[list[Thing], str]:
    """The lines of a session with their totals in hundredths, and their one currency."""
    if not isinstance(items, list) or not items:
        raise Refused("Missing required param: line_items.", code="parameter_missing", param="line_items")
    lines, currencies = [], set()
    for item in items:
        price = item.get("price_data") or {}
        name = (price.get("product_data") or {}).get("name")
        if not name:
            raise Refused("Missing required param: name.", code="parameter_missing", param="line_items")
        unit = whole(price.get("unit_amount"), "unit_amount")
        quantity = whole(item.get("quantity", 1), "quantity")
        if unit < 0 or quantity < 1:
            raise Refused("Invalid amount or quantity.", param="line_items")
        currencies.add(str(price.get("currency", "")).lower())
        lines.append({"name": name, "quantity": quantity, "amount_total": unit * quantity})
    currency = currencies.pop()
    if currencies or currency not in SMALLEST:
        raise Refused("All lines need one currency, ron or eur.", param="line_items")
    return lines, currency
