"""The payment sandbox, spoken to by the provider's own library over loopback."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
import stripe

from tests.fees.sandbox_kit import (
    ASKS_BANK,
    DECLINED,
    KEY,
    SECRET,
    VISA,
    WAIT,
    Receiver,
    Running,
    session_fields,
)


def test_a_paid_session_sends_three_signed_events(sandbox: Running, receiver: Receiver) -> None:
    session = sandbox.client.v1.checkout.sessions.create(
        session_fields(metadata={"payment": "7"}, payment_intent_data={"metadata": {"payment": "7"}})
    )
    assert (session.status, session.payment_status, session.amount_total) == ("open", "unpaid", 33500)

    answer = sandbox.pay(session.id)

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://127.0.0.1:9/back/?session_id={session.id}"
    assert receiver.types(3) == ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]
    paid = sandbox.client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge"]}
    )
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.payment_intent.metadata["payment"] == "7"
    assert paid.payment_intent.latest_charge.payment_method_details.card.last4 == "4242"


def test_a_declined_card_may_try_again(sandbox: Running, receiver: Receiver) -> None:
    session = sandbox.client.v1.checkout.sessions.create(session_fields(locale="ro"))

    answer = sandbox.pay(session.id, DECLINED)
    page = requests.get(f"{sandbox.base}{answer.headers['Location']}", timeout=WAIT).text

    assert receiver.types(1) == ["payment_intent.payment_failed"]
    assert "Banca nu a acceptat plata. Nu s-a reținut nicio sumă." in page
    assert sandbox.client.v1.checkout.sessions.retrieve(session.id).status == "open"
    sandbox.pay(session.id)
    assert receiver.types(3)[-1] == "checkout.session.completed"


@pytest.mark.parametrize(("answer", "status"), [("yes", "complete"), ("no", "open")])
def test_the_bank_asks(sandbox: Running, answer: str, status: str) -> None:
    session = sandbox.client.v1.checkout.sessions.create(session_fields(locale="en"))
    to_bank = sandbox.pay(session.id, ASKS_BANK)
    bank = f"{sandbox.base}{to_bank.headers['Location']}"
    assert "with the card ending in 3155" in requests.get(bank, timeout=WAIT).text
    intent = sandbox.client.v1.checkout.sessions.retrieve(session.id).payment_intent
    assert sandbox.client.v1.payment_intents.retrieve(intent).status == "requires_action"

    requests.post(bank, {"answer": answer}, allow_redirects=False, timeout=WAIT)

    assert sandbox.client.v1.checkout.sessions.retrieve(session.id).status == status


def test_a_second_payment_of_one_session_takes_nothing(sandbox: Running) -> None:
    session = sandbox.client.v1.checkout.sessions.create(session_fields())
    first, second = sandbox.pay(session.id), sandbox.pay(session.id)
    assert first.headers["Location"] == second.headers["Location"]
    assert [event["type"] for event in sandbox.events()].count("charge.succeeded") == 1


def test_one_key_gives_one_session(sandbox: Running) -> None:
    client = sandbox.client.v1.checkout.sessions
    first = client.create(session_fields(), {"idempotency_key": "payment-1"})
    assert client.create(session_fields(), {"idempotency_key": "payment-1"}).id == first.id
    with pytest.raises(stripe.IdempotencyError):
        client.create(session_fields(amount=100_00), {"idempotency_key": "payment-1"})


def test_a_lost_answer_is_asked_again_and_makes_one_session(sandbox: Running) -> None:
    sandbox.control("answers", answers=1)
    created = sandbox.client.v1.checkout.sessions.create(session_fields())
    assert [thing["id"] for thing in sandbox.server.store.all("checkout.session")] == [created.id]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (session_fields(amount=199), "amount_too_small"),
        (session_fields(surprise="1"), "parameter_unknown"),
        (session_fields(expires_at=int(time.time()) + 60), None),
        (session_fields(expires_at=int(time.time()) + 25 * 3600), None),
        (session_fields(currency="xyz"), None),
        (session_fields() | {"line_items": []}, "parameter_missing"),
        (session_fields() | {"success_url": "back"}, "url_invalid"),
    ],
)
def test_a_bad_request_makes_nothing(sandbox: Running, fields: dict[str, object], code: str | None) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.client.v1.checkout.sessions.create(fields)
    assert refused.value.code == code
    assert sandbox.server.store.all("checkout.session") == []


def test_without_a_test_key_nothing_is_answered(sandbox: Running) -> None:
    client = stripe.StripeClient("sk_live_x", base_addresses={"api": sandbox.base})
    with pytest.raises(stripe.AuthenticationError):
        client.v1.checkout.sessions.create(session_fields())
    assert requests.get(f"{sandbox.base}/sandbox/events", timeout=WAIT).status_code == 401


def test_expiry_closes_the_page(sandbox: Running, receiver: Receiver) -> None:
    client = sandbox.client.v1.checkout.sessions
    session = client.create(session_fields(locale="ro", expires_at=int(time.time()) + 1800))
    client.expire(session.id)
    assert receiver.types(1) == ["checkout.session.expired"]
    page = sandbox.pay(session.id)
    assert "Pagina de plată a expirat" in page.text
    assert client.retrieve(session.id).payment_status == "unpaid"


def test_a_session_past_its_time_is_expired_when_read(sandbox: Running) -> None:
    client = sandbox.client.v1.checkout.sessions
    session = client.create(session_fields(expires_at=int(time.time()) + 1800))
    sandbox.server.provider.clock = lambda: time.time() + 1801
    assert client.retrieve(session.id).status == "expired"


def test_refunds_never_pass_the_payment(sandbox: Running, receiver: Receiver) -> None:
    session = sandbox.client.v1.checkout.sessions.create(session_fields())
    sandbox.pay(session.id)
    intent = sandbox.client.v1.checkout.sessions.retrieve(session.id).payment_intent
    refunds = sandbox.client.v1.refunds
    part = refunds.create({"payment_intent": intent, "amount": 10000}, {"idempotency_key": "refund-1"})
    assert (
        refunds.create({"payment_intent": intent, "amount": 10000}, {"idempotency_key": "refund-1"}).id
        == part.id
    )
    with pytest.raises(stripe.InvalidRequestError):
        refunds.create({"payment_intent": intent, "amount": 23501})
    assert refunds.create({"payment_intent": intent}).amount == 23500
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_already_refunded"
    assert [refund.amount for refund in refunds.list({"payment_intent": intent}).data] == [23500, 10000]
    assert receiver.types(7)[3:] == ["refund.created", "charge.refunded"] * 2


def paid_intent(sandbox: Running, card: str = VISA) -> str:
    """A paid session's payment."""
    session = sandbox.client.v1.checkout.sessions.create(session_fields())
    sandbox.pay(session.id, card)
    return str(sandbox.client.v1.checkout.sessions.retrieve(session.id).payment_intent)


def test_a_pending_refund_moves_no_money_before_it_arrives(sandbox: Running) -> None:
    intent = paid_intent(sandbox)
    sandbox.control("next-refund", outcome="pending")
    refund = sandbox.client.v1.refunds.create({"payment_intent": intent, "amount": 1000})
    moved = sandbox.client.v1.balance_transactions.list({"limit": 10})
    assert (refund.status, [one.type for one in moved.data]) == ("pending", ["charge"])
    sandbox.control(f"succeeded/{refund.id}")
    moved = sandbox.client.v1.balance_transactions.list({"limit": 10, "expand": ["data.source"]})
    assert [(one.type, one.amount) for one in moved.data] == [("refund", -1000), ("charge", 33500)]
    assert moved.data[0].source.id == refund.id


@pytest.mark.parametrize(
    ("card", "first", "last"),
    [("4000000000007726", "pending", "succeeded"), ("4000000000005126", "succeeded", "failed")],
)
def test_cards_whose_refund_comes_later_or_comes_back(
    sandbox: Running, card: str, first: str, last: str
) -> None:
    refund = sandbox.client.v1.refunds.create({"payment_intent": paid_intent(sandbox, card)})
    assert refund.status == first
    sandbox.server.provider.clock = lambda: time.time() + 60
    sandbox.server.provider.end_due_refunds()
    assert sandbox.client.v1.refunds.retrieve(refund.id).status == last


def test_a_card_whose_holder_disputes(sandbox: Running) -> None:
    paid_intent(sandbox, "4000000000000259")
    (dispute,) = sandbox.client.v1.disputes.list().data
    assert (dispute.amount, dispute.status) == (33500, "needs_response")
    sandbox.control(f"won/{dispute.id}")
    assert sandbox.client.v1.disputes.retrieve(dispute.id).status == "won"
    assert [one.amount for one in sandbox.client.v1.balance_transactions.list().data] == [
        33500,
        -33500,
        33500,
    ]


def test_lists_are_read_page_by_page_and_from_a_moment_on(sandbox: Running) -> None:
    paid_intent(sandbox)
    paid_intent(sandbox)
    events = [one.id for one in sandbox.client.v1.events.list({"limit": 2}).auto_paging_iter()]
    assert len(events) == len(set(events)) == 6
    later = int(time.time()) + 3600
    assert sandbox.client.v1.events.list({"created": {"gte": later}}).data == []


def test_a_forgotten_key_makes_a_second_refund(sandbox: Running) -> None:
    intent = paid_intent(sandbox)
    for _again in range(2):
        sandbox.client.v1.refunds.create(
            {"payment_intent": intent, "amount": 1000}, {"idempotency_key": "one"}
        )
    assert len(sandbox.client.v1.refunds.list({"payment_intent": intent}).data) == 1
    sandbox.control("forget")
    sandbox.client.v1.refunds.create({"payment_intent": intent, "amount": 1000}, {"idempotency_key": "one"})
    assert len(sandbox.client.v1.refunds.list({"payment_intent": intent}).data) == 2


def test_the_dashboard_gives_money_back_without_the_portal(sandbox: Running) -> None:
    intent = paid_intent(sandbox)
    page = requests.get(f"{sandbox.base}/dashboard", timeout=10).text
    address = re.search(r'action="(/dashboard/refund/ch_[a-z0-9]+)"', page)
    assert (intent in page, bool(address)) == (True, True)
    requests.post(f"{sandbox.base}{address[1]}", timeout=10)  # type: ignore[index]
    assert [one.amount for one in sandbox.client.v1.refunds.list({"payment_intent": intent}).data] == [33500]


def test_an_unpaid_session_has_nothing_to_refund(sandbox: Running) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.client.v1.refunds.create({"payment_intent": "pi_none"})
    assert refused.value.http_status == 404


def test_an_event_is_sent_until_it_is_received(sandbox: Running, receiver: Receiver) -> None:
    receiver.statuses.extend([500, 404])
    event = sandbox.control("events", type="something.new", object="thing_1")
    assert [receiver.next_event()["id"] for _ in range(3)] == [event["id"]] * 3


def test_twice_late_and_out_of_order(sandbox: Running, receiver: Receiver) -> None:
    sandbox.control("hold")
    session = sandbox.client.v1.checkout.sessions.create(session_fields())
    sandbox.pay(session.id)
    charge, intent, completed = [event["id"] for event in sandbox.events()]

    assert sandbox.control(f"events/{completed}/send", times=2) == {"statuses": [200, 200]}
    assert sandbox.control(f"events/{charge}/send") == {"statuses": [200]}
    sandbox.control("release")

    assert [receiver.next_event()["id"] for _ in range(4)] == [completed, completed, charge, intent]
    sandbox.control(f"events/{completed}/send", age=301)
    body, signature = receiver.arrived.get(timeout=WAIT)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signature, SECRET)


def test_a_restart_loses_nothing(tmp_path: Path, receiver: Receiver) -> None:
    before = Running(tmp_path, receiver.address)
    before.control("hold")
    session = before.client.v1.checkout.sessions.create(session_fields(), {"idempotency_key": "payment-9"})
    other = before.client.v1.checkout.sessions.create(session_fields())
    before.pay(session.id)
    before.stop()

    after = Running(tmp_path, receiver.address)
    try:
        after.control("release")
        assert receiver.types(3)[-1] == "checkout.session.completed"
        client = after.client.v1.checkout.sessions
        assert client.retrieve(session.id).payment_status == "paid"
        assert client.create(session_fields(), {"idempotency_key": "payment-9"}).id == session.id
        assert client.retrieve(other.id).url == f"{after.base}/pay/{other.id}"
        assert after.pay(other.id).status_code == 303
    finally:
        after.stop()


def test_the_hosted_page_says_what_is_wrong_and_keeps_no_card(sandbox: Running) -> None:
    session = sandbox.client.v1.checkout.sessions.create(session_fields(locale="ro"))
    answer = requests.post(
        f"{sandbox.base}/pay/{session.id}",
        {"number": "4111111111111111", "expiry": "13/40", "code": ""},
        timeout=WAIT,
    )
    assert answer.status_code == 422
    for words in ("Numărul nu este al unui card de probă", "Introduceți data expirării", "are trei cifre"):
        assert words in answer.text
    assert "4111111111111111" not in answer.text
    assert "Eroare:" in answer.text.split("</title>")[0]


def test_the_hosted_page_is_safe(sandbox: Running) -> None:
    session = sandbox.client.v1.checkout.sessions.create(session_fields(locale="ro"))
    answer = requests.get(session.url, timeout=WAIT)
    assert "Recontractare: &lt;Fizică&gt;" in answer.text
    assert "335,00\xa0lei" in answer.text
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'self' http://127.0.0.1:9"
    )
    assert "RON\xa0335.00" in requests.get(f"{session.url}?lang=en", timeout=WAIT).text
    assert requests.get(f"{sandbox.base}/pay/cs_test_none", timeout=WAIT).status_code == 404
    assert (
        requests.get(
            f"{sandbox.base}/v1/nothing", headers={"Authorization": f"Bearer {KEY}"}, timeout=WAIT
        ).status_code
        == 404
    )


def test_the_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fees.sandbox", "--port", "0", "--webhook", "http://127.0.0.1:9/"]
    state = tmp_path / "a folder with spaces"
    with subprocess.Popen([*command, "--state", str(state)], stdout=subprocess.PIPE, text=True) as running:
        address = running.stdout.readline().split()[-1]
        assert requests.get(f"{address}/healthz", timeout=WAIT).text == "ok"
        running.terminate()
        assert running.wait(timeout=WAIT) == 0
    assert (state / "sandbox.sqlite3").exists()
