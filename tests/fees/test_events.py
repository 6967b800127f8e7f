"""Webhook events: forged, stale, altered, unknown, doubled, in every order, late, with wrong figures."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from django.core.cache import cache
from django.test import Client

from fees import tasks
from fees.models import Allocation, CardPayment, Charge, Payment, ProviderEvent
from fees.queries import accounts, staff
from fees.services import charges, events, settlement
from fees.services.accounts import account_reference
from fees.services.provider import Forged, Unreachable
from fees.signals import reference_settled
from fees.workflow import CardState, ChargeState
from tests import factories
from tests.fees.cards_kit import Cardholder, hand_over, made_up, signed
from tests.fees.ledger_kit import DUE, charge
from tests.fees.sandbox_kit import ASKS_BANK, DECLINED
from upt_portal.kernel import audit
from upt_portal.kernel.models import IssuedPaper, Job, Mail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
NOW = factories.NOW
PAID = ("charge.succeeded", "payment_intent.succeeded", "checkout.session.completed")


def ledger() -> dict[str, int]:
    """How many of everything a payment leaves behind."""
    return {
        "payments": Payment.objects.count(),
        "allocations": Allocation.objects.count(),
        "receipts": IssuedPaper.objects.filter(kind=accounts.RECEIPT).count(),
        "mails": Mail.objects.filter(template="fees/mail/payment_booked").count(),
    }


ONE_OF_EACH = {"payments": 1, "allocations": 1, "receipts": 1, "mails": 1}
NOTHING = dict.fromkeys(ONE_OF_EACH, 0)


# --- what a payment leaves ----------------------------------------------------------------------------------


def test_a_payment_is_booked_whole(cardholder: Cardholder) -> None:
    first, second = charge(cardholder.account, "335.00"), charge(cardholder.account, "65.00")
    attempt = cardholder.pays(first, second)
    assert ledger() == NOTHING  # paying on the card page changes nothing here

    (received,) = cardholder.receives("checkout.session.completed")

    assert (received.outcome, received.card_id) == ("applied", attempt.pk)
    payment, attempt = Payment.objects.get(), cardholder.attempt
    assert (payment.amount, payment.unallocated, payment.method) == (
        Decimal("400.00"),
        Decimal("0.00"),
        "card",
    )
    assert (payment.card_brand, payment.card_last4, payment.receipt) == ("visa", "4242", "2026-000001")
    assert (payment.payer_name, payment.enrolment) == (cardholder.user.display_name, cardholder.account)
    assert (attempt.state, attempt.payment, attempt.confirmed_at) == (CardState.CONFIRMED, payment, NOW)
    assert not attempt.lines.filter(is_open=True).exists()
    assert {line.state for line in Charge.objects.all()} == {ChargeState.PAID}
    assert ledger() == {"payments": 1, "allocations": 2, "receipts": 1, "mails": 1}
    acts = [entry.act for entry in audit.trail(account_reference(cardholder.account.pk))]
    assert acts == ["fees.begin_card", "fees.pay"]
    mail = Mail.objects.get()
    assert (mail.subject, mail.link) == (
        "Plata a fost înregistrată",
        f"/student/{cardholder.account.pk}/receipts/{payment.pk}/",
    )
    assert "2026-000001" in mail.text
    paper = IssuedPaper.objects.get()
    assert (paper.number, paper.filename) == ("2026-000001", "chitanta-2026-000001.pdf")
    assert paper.context["amount"] == "400,00\xa0lei"
    assert [line["amount"] for line in paper.context["lines"]] == ["335,00\xa0lei", "65,00\xa0lei"]


def test_in_english_for_who_reads_english(cardholder: Cardholder) -> None:
    cardholder.user.language = "en"
    cardholder.user.save()
    line = charge(cardholder.account)
    cardholder.clicks(line, language="en")
    cardholder.sandbox.pay(cardholder.attempt.session_id)
    cardholder.receives()
    assert Mail.objects.get().subject == "The payment was registered"
    paper = IssuedPaper.objects.get()
    assert (paper.language, paper.filename) == ("en", "receipt-2026-000001.pdf")
    assert paper.context["lines"][0]["what"] == line.description_en


def test_the_three_d_secure_answer(cardholder: Cardholder) -> None:
    import requests

    line = charge(cardholder.account)
    attempt = cardholder.pays(line, card=ASKS_BANK)
    assert cardholder.events() == []
    bank = f"{cardholder.sandbox.base}/pay/{attempt.session_id}/bank"
    requests.post(bank, {"answer": "yes"}, allow_redirects=False, timeout=10)
    cardholder.receives()
    assert ledger() == ONE_OF_EACH


# --- B2: forged, stale, altered -----------------------------------------------------------------------------


def altered(body: bytes, signature: str) -> tuple[bytes, str]:
    return body.replace(b'"paid"', b'"PAID"'), signature


FORGERIES: dict[str, Callable[[dict[str, object]], tuple[bytes, str]]] = {
    "another key": lambda event: signed(event, secret="whsec_wrong"),
    "301 seconds old": lambda event: signed(event, age=301),
    "altered": lambda event: altered(*signed(event)),
    "unsigned": lambda event: (json.dumps(event).encode(), ""),
    "nonsense": lambda event: (json.dumps(event).encode(), "t=now,v1=zz"),
    "empty key": lambda event: signed(event, secret=""),
    "not text": lambda event: (b"\xff\xfe", signed(event)[1]),
    "no object": lambda event: signed([1, 2]),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_B2_a_forged_event_is_answered_400_and_leaves_nothing(cardholder: Cardholder, forgery: str) -> None:
    cardholder.pays(charge(cardholder.account))
    cache.delete(events.FORGED_COUNT)
    body, signature = FORGERIES[forgery](cardholder.events("checkout.session.completed")[0])
    answer = Client().post(
        "/webhooks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": signature}
    )
    assert answer.status_code == 400
    assert ledger() == NOTHING
    assert not ProviderEvent.objects.exists()
    assert cache.get(events.FORGED_COUNT) == 1


def test_B2_299_seconds_are_still_fresh(cardholder: Cardholder) -> None:
    cardholder.pays(charge(cardholder.account))
    body, signature = signed(cardholder.events("checkout.session.completed")[0], age=295)
    assert events.receive_event(body, signature, at=NOW).outcome == "applied"


def test_B2_a_body_that_is_too_large_is_refused_before_it_is_read(cardholder: Cardholder) -> None:
    body, signature = signed(made_up("a.b", {"id": "x", "fill": "x" * 300_000}))
    answer = Client().post(
        "/webhooks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": signature}
    )
    assert answer.status_code == 400
    with pytest.raises(Forged):
        events.receive_event(body, signature, at=NOW)
    assert not ProviderEvent.objects.exists()


def test_the_webhook_takes_posts_only_and_asks_for_no_form_token() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.get("/webhooks/stripe/").status_code == 405
    body, signature = signed(made_up("a.b", {"id": "x"}))
    answer = client.post(
        "/webhooks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": signature}
    )
    assert answer.status_code in (200, 400)


# --- B3, B4: doubled and in any order -----------------------------------------------------------------------


def test_B3_a_second_copy_changes_nothing(cardholder: Cardholder) -> None:
    cardholder.pays(charge(cardholder.account))
    event = cardholder.events("checkout.session.completed")[0]
    assert [hand_over(event).outcome for _copy in range(3)] == ["applied", "duplicate", "duplicate"]
    assert ledger() == ONE_OF_EACH
    assert ProviderEvent.objects.count() == 1


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_B4_every_order_of_four_events_ends_the_same(
    cardholder: Cardholder, order: tuple[int, int, int, int]
) -> None:
    """Declined, then paid: four events, twenty-four orders, one final state."""
    line = charge(cardholder.account)
    cardholder.pays(line, card=DECLINED)
    cardholder.sandbox.pay(cardholder.attempt.session_id)
    made = cardholder.events("payment_intent.payment_failed", *PAID)
    assert len(made) == 4
    for position in order:
        hand_over(made[position])
    assert (cardholder.attempt.state, ledger()) == (CardState.CONFIRMED, ONE_OF_EACH)
    assert Charge.objects.get().state == ChargeState.PAID


def test_a_refusal_is_noted_and_told(cardholder: Cardholder) -> None:
    cardholder.pays(charge(cardholder.account), card=DECLINED)
    assert [received.outcome for received in cardholder.receives()] == ["applied"]
    attempt = cardholder.attempt
    assert (attempt.declined_at, attempt.decline_code, attempt.state) == (
        NOW,
        "generic_decline",
        CardState.INITIATED,
    )
    assert ledger() == NOTHING


@pytest.mark.parametrize(("card", "state"), [(None, CardState.EXPIRED), (DECLINED, CardState.FAILED)])
def test_an_expired_page_frees_the_lines(cardholder: Cardholder, card: str | None, state: str) -> None:
    line = charge(cardholder.account)
    cardholder.clicks(line)
    session_id = cardholder.attempt.session_id
    if card:
        cardholder.sandbox.pay(session_id, card)
    cardholder.sandbox.client.v1.checkout.sessions.expire(session_id)
    cardholder.receives()
    assert cardholder.attempt.state == state
    assert cardholder.clicks(line) != session_id


def test_late_money_after_expiry_is_booked_all_the_same(cardholder: Cardholder) -> None:
    line = charge(cardholder.account)
    attempt = cardholder.pays(line)
    CardPayment.objects.filter(pk=attempt.pk).update(ended_at=NOW)
    attempt.lines.update(is_open=False)
    assert cardholder.attempt.state == CardState.EXPIRED
    cardholder.receives("checkout.session.completed")
    assert (cardholder.attempt.state, ledger()) == (CardState.CONFIRMED, ONE_OF_EACH)


def test_the_same_debt_paid_twice_stays_visible_as_unallocated_money(cardholder: Cardholder) -> None:
    line = charge(cardholder.account)
    first = cardholder.pays(line)
    CardPayment.objects.filter(pk=first.pk).update(ended_at=NOW)
    first.lines.update(is_open=False)
    cardholder.pays(line)
    cardholder.receives("checkout.session.completed")
    assert sorted(money.unallocated for money in Payment.objects.all()) == [Decimal(0), Decimal("335.00")]
    assert accounts.account_of(cardholder.account, NOW).unallocated == {"RON": Decimal("335.00")}


def test_money_for_a_line_cancelled_meanwhile_is_unallocated(cardholder: Cardholder) -> None:
    line, other = charge(cardholder.account), charge(cardholder.account, reference="x:2")
    cardholder.pays(line, other)
    charges.cancel_unpaid(line.reference, reason="anexa anulată", actor=None, at=NOW)
    cardholder.receives("checkout.session.completed")
    assert Payment.objects.get().unallocated == Decimal("335.00")
    assert {one.reference: one.state for one in Charge.objects.all()} == {
        line.reference: "cancelled",
        "x:2": "paid",
    }


def test_CON_082_money_for_a_line_hidden_meanwhile_stands(cardholder: Cardholder) -> None:
    line = charge(cardholder.account)
    cardholder.pays(line)
    charges.hide(line.reference, actor=None, at=NOW)
    cardholder.receives()
    assert Charge.objects.get().state == ChargeState.PAID


# --- B6, B7: unknown and unfitting --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (made_up("invoice.paid", {"id": "in_1", "object": "invoice"}), "does not know"),
        (
            made_up("checkout.session.completed", {"id": "cs_x", "object": "checkout.session"}),
            "no card payment",
        ),
        (made_up("checkout.session.completed", {}), "no card payment"),
        (made_up("charge.succeeded", {"id": "ch_1", "metadata": None}), "no card payment"),
        (made_up("charge.succeeded", {"id": "ch_1"}, livemode=True), "real money"),
        (made_up("charge.succeeded", {"id": "ch_1"}, account="acct_x"), "acct_x"),
        (made_up("charge.refunded", {"id": "ch_1", "payment_intent": "pi_x"}), "does not know"),
        ({"id": "evt_1", "type": "checkout.session.completed"}, "no card payment"),
        ({"id": "evt_1"}, "does not know"),
        ({}, "does not know"),
        ({"id": "evt_1", "type": None, "data": [1], "created": "yesterday"}, "does not know"),
        (made_up("payment_intent.created", {"id": "pi_1"}), ""),
    ],
)
def test_B6_what_the_portal_does_not_know_is_kept_for_staff(
    cardholder: Cardholder, event: dict[str, object], words: str
) -> None:
    body, signature = signed(event)
    answer = Client().post(
        "/webhooks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": signature}
    )
    assert answer.status_code == 200
    row = ProviderEvent.objects.get()
    assert (row.outcome, words in row.reason) == ("parked" if words else "ignored", True)
    assert (row in staff.parked_events()) is bool(words)
    assert ledger() == NOTHING


@pytest.mark.parametrize(
    ("change", "figures"),
    [
        ({"amount_total": 3350}, ("335.00 RON", "33.50 RON")),
        ({"currency": "eur"}, ("335.00 RON", "335.00 EUR")),
    ],
)
def test_B7_a_wrong_sum_or_currency_is_never_booked(
    cardholder: Cardholder, change: dict[str, object], figures: tuple[str, str]
) -> None:
    line = charge(cardholder.account)
    attempt = cardholder.pays(line)
    cardholder.sandbox.control(f"sessions/{attempt.session_id}/alter", **change)
    (received,) = cardholder.receives("checkout.session.completed")
    assert received.outcome == "parked"
    assert all(figure in received.reason for figure in figures)
    assert cardholder.attempt.parked_reason == received.reason
    assert ledger() == NOTHING
    with pytest.raises(Exception, match="being checked by the finance office"):
        cardholder.clicks(line)
    assert tasks.reconcile_cards() == 0  # it waits for staff, not for the clock


def test_B7_a_session_of_another_payment_is_parked(cardholder: Cardholder) -> None:
    first, second = charge(cardholder.account), charge(cardholder.account)
    foreign = cardholder.pays(first)
    cardholder.clicks(second)
    CardPayment.objects.filter(pk=cardholder.attempt.pk).update(session_id="")
    thing = {"id": foreign.session_id, "object": "checkout.session"}
    CardPayment.objects.filter(pk=foreign.pk).update(session_id="cs_gone")
    event = made_up(
        "checkout.session.completed", thing | {"metadata": {"card_payment": cardholder.attempt.key}}
    )
    assert hand_over(event).outcome == "parked"
    assert ledger() == NOTHING


def test_an_event_whose_session_the_provider_does_not_know_is_parked(cardholder: Cardholder) -> None:
    cardholder.clicks(charge(cardholder.account))
    CardPayment.objects.update(session_id="cs_test_gone")
    event = made_up("checkout.session.completed", {"id": "cs_test_gone", "object": "checkout.session"})
    assert (hand_over(event).outcome, cardholder.attempt.state) == ("parked", CardState.INITIATED)


def test_B9_an_event_for_a_page_never_noted_finds_its_payment(cardholder: Cardholder) -> None:
    cardholder.pays(charge(cardholder.account))
    CardPayment.objects.update(session_id="", url="")
    cardholder.receives(*PAID)
    assert (cardholder.attempt.state, ledger()) == (CardState.CONFIRMED, ONE_OF_EACH)


def test_a_silent_provider_makes_the_event_come_again(cardholder: Cardholder, settings: object) -> None:
    cardholder.pays(charge(cardholder.account))
    event, base = cardholder.events("checkout.session.completed")[0], settings.STRIPE_API_BASE
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(Unreachable):
        hand_over(event)
    body, signature = signed(event)
    answer = Client().post(
        "/webhooks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": signature}
    )
    assert (answer.status_code, ProviderEvent.objects.count()) == (503, 0)
    settings.STRIPE_API_BASE = base
    assert hand_over(event).outcome == "applied"


def test_staff_deal_with_a_parked_event_or_try_it_again(cardholder: Cardholder) -> None:
    office = factories.secretary("AC")
    cardholder.pays(charge(cardholder.account))
    CardPayment.objects.update(session_id="cs_test_gone")
    event = made_up(
        "checkout.session.completed",
        {
            "id": cardholder.events("checkout.session.completed")[0]["data"]["object"]["id"],
            "object": "checkout.session",
        },
    )
    hand_over(event)
    row = ProviderEvent.objects.get()
    CardPayment.objects.update(session_id=event["data"]["object"]["id"])
    assert events.retry_parked(row.pk, actor=office, at=NOW).outcome == "applied"
    assert ledger() == ONE_OF_EACH

    hand_over(made_up("something.else", {}, event_id="evt_2"))
    other = ProviderEvent.objects.get(event_id="evt_2")
    with pytest.raises(ValueError, match="what was done"):
        events.handle_parked(other.pk, note="  ", actor=office, at=NOW)
    events.handle_parked(other.pk, note="nu ne privește", actor=office, at=NOW)
    assert list(staff.parked_events()) == []
    with pytest.raises(ProviderEvent.DoesNotExist):
        events.handle_parked(other.pk, note="din nou", actor=office, at=NOW)


# --- B5: never arrived --------------------------------------------------------------------------------------


def test_B5_reconciliation_finds_what_never_arrived(cardholder: Cardholder, clock) -> None:
    paid, abandoned = charge(cardholder.account), charge(cardholder.account)
    cardholder.pays(paid)
    cardholder.clicks(abandoned)
    clock.stand_at(NOW + timedelta(seconds=30))
    assert tasks.reconcile_cards() == 0  # the event may still be on its way
    clock.stand_at(NOW + timedelta(minutes=5))
    assert tasks.reconcile_cards() == 1
    assert tasks.reconcile_cards() == 0
    assert {line.pk: line.state for line in Charge.objects.all()} == {paid.pk: "paid", abandoned.pk: "due"}
    assert {received.outcome for received in cardholder.receives(*PAID)} == {"ignored"}
    assert ledger() == ONE_OF_EACH


def test_reconciliation_waits_when_the_provider_is_silent(
    cardholder: Cardholder, clock, settings: object
) -> None:
    cardholder.pays(charge(cardholder.account))
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    clock.stand_at(NOW + timedelta(minutes=5))
    assert tasks.reconcile_cards() == 0
    assert cardholder.attempt.state == CardState.INITIATED


# --- in time, and told above --------------------------------------------------------------------------------


def test_paid_in_the_last_minute_is_in_time_though_the_event_is_late(cardholder: Cardholder) -> None:
    line = charge(cardholder.account)
    cardholder.pays(line)
    after = DUE + timedelta(minutes=3)
    charges.mark_overdue(line.pk, at=after)
    store = cardholder.sandbox.server.store
    (paid,) = store.all("charge")
    store.put(paid | {"created": paid["created"] - 600})
    body, signature = signed(cardholder.events("checkout.session.completed")[0])
    events.receive_event(body, signature, at=after)
    payment, line = Payment.objects.get(), Charge.objects.get()
    assert abs(payment.paid_at - (after - timedelta(minutes=10))) < timedelta(seconds=30)
    assert (line.state, line.overdue_at) == (ChargeState.PAID, None)


def test_paid_late_keeps_the_mark(cardholder: Cardholder) -> None:
    line = charge(cardholder.account)
    cardholder.pays(line)
    after = DUE + timedelta(days=3)
    charges.mark_overdue(line.pk, at=after)
    events.receive_event(*signed(cardholder.events("checkout.session.completed")[0]), at=after)
    line = Charge.objects.get()
    assert (line.state, line.overdue_at) == (ChargeState.PAID, after)


def test_FEE_064_the_rooms_above_hear_once_that_a_case_is_settled(
    cardholder: Cardholder, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    first, second = charge(cardholder.account), charge(cardholder.account)
    heard: list[str] = []

    def listen(sender: object, reference: str, **_signal: object) -> None:
        heard.append(reference)

    reference_settled.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            cardholder.pays(first)
            cardholder.receives()
        assert heard == []
        with django_capture_on_commit_callbacks(execute=True):
            cardholder.pays(second)
            cardholder.receives()
        assert heard == [first.reference]
    finally:
        reference_settled.disconnect(listen)


def test_a_fault_above_never_undoes_a_payment(
    cardholder: Cardholder, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    def fail(sender: object, **_signal: object) -> None:
        raise RuntimeError("the room above is on fire")

    cardholder.pays(charge(cardholder.account))
    reference_settled.connect(fail)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            cardholder.receives()
    finally:
        reference_settled.disconnect(fail)
    assert ledger() == ONE_OF_EACH
    job = Job.objects.get(kind="fees.settled")
    assert (job.state, "on fire" in job.error) == (Job.State.FAILED, True)


# --- a fault in the middle ----------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["issue", "post"])
def test_B9_a_fault_after_the_money_leaves_nothing_half_done(
    cardholder: Cardholder, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """The last write of the act fails once: no row stays, the next copy books it whole, no number is lost."""
    cardholder.pays(charge(cardholder.account))
    event = cardholder.events("checkout.session.completed")[0]
    module = settlement.papers if where == "issue" else settlement.outbox

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(module, where, fail)
        with pytest.raises(OSError, match="disk full"):
            hand_over(event)
    assert (ledger(), ProviderEvent.objects.count()) == (NOTHING, 0)
    assert Charge.objects.get().allocated == 0
    assert hand_over(event).outcome == "applied"
    assert (ledger(), Payment.objects.get().receipt) == (ONE_OF_EACH, "2026-000001")
