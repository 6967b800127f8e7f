"""Money going back as the provider tells it: in any order, late, failing, made elsewhere, disputed."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from fees import tasks
from fees.models import Charge, Payment, ProviderEvent, Refund, RefundAttempt
from fees.models.disputes import Dispute
from fees.queries import refunds as queries
from fees.queries import staff
from fees.refusal import Refused
from fees.services import disputes, refund_sending
from fees.workflow import ChargeState
from tests import factories
from tests.fees.cards_kit import Cardholder, hand_over, made_up
from tests.fees.refund_kit import NOW, Office, asked, finance, money_of, paid_by_card, spare, state_of
from upt_portal.kernel.models import IssuedPaper, Mail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
ZERO, ALL = Decimal(0), Decimal("335.00")
REFUND_EVENTS = (
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refunded",
    "charge.refund.updated",
)


@pytest.fixture
def office(db: None) -> Office:
    return Office()


def next_refund(cardholder: Cardholder, outcome: str) -> None:
    cardholder.sandbox.control("next-refund", outcome=outcome)


def made_refund(cardholder: Cardholder) -> str:
    return str(cardholder.sandbox.server.store.all("refund")[-1]["id"])


def charge_id(cardholder: Cardholder) -> str:
    return str(cardholder.sandbox.server.store.all("charge")[-1]["id"])


# --- B12: pending, late, failed -----------------------------------------------------------------------------


def test_B12_a_pending_refund_is_on_its_way_and_not_failed(cardholder: Cardholder, office: Office) -> None:
    next_refund(cardholder, "pending")
    attempt = office.sends(asked(spare(cardholder)))
    assert (attempt.state, state_of(attempt.refund)) == ("sent", "sent")
    assert not IssuedPaper.objects.filter(kind=queries.NOTE).exists()

    cardholder.sandbox.control(f"succeeded/{made_refund(cardholder)}")
    outcomes = [one.outcome for one in cardholder.receives(*REFUND_EVENTS)]
    assert outcomes.count("applied") == 1
    assert (state_of(attempt.refund), IssuedPaper.objects.filter(kind=queries.NOTE).count()) == ("paid", 1)


def test_B12_a_failed_refund_waits_for_staff_with_its_reason(cardholder: Cardholder, office: Office) -> None:
    next_refund(cardholder, "pending")
    money = spare(cardholder)
    attempt = office.sends(asked(money))
    cardholder.sandbox.control(f"failed/{made_refund(cardholder)}")
    cardholder.receives("refund.failed")
    refund = Refund.objects.get()
    assert (refund.state, refund.reason) == ("failed", "expired_or_canceled_card")
    assert refund in queries.waiting(office.first)
    assert money_of(money) == (ZERO, ALL, ZERO)
    assert Mail.objects.filter(template="fees/mail/refund_failed").count() == 1
    attempt.refresh_from_db()
    assert attempt.state == "failed"


def test_B12_a_refund_that_arrived_may_still_come_back_and_its_paper_is_void(
    cardholder: Cardholder, office: Office
) -> None:
    attempt = office.sends(asked(spare(cardholder)))
    assert state_of(attempt.refund) == "paid"
    cardholder.sandbox.control(f"failed/{made_refund(cardholder)}")
    cardholder.receives(*REFUND_EVENTS)
    assert state_of(attempt.refund) == "failed"
    assert IssuedPaper.objects.get(kind=queries.NOTE).state == IssuedPaper.State.REVOKED


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_B4_every_order_of_four_refund_events_ends_the_same(
    cardholder: Cardholder, office: Office, order: tuple[int, int, int, int]
) -> None:
    """Sent as pending, then failed: four events, twenty-four orders, one final state."""
    next_refund(cardholder, "pending")
    money = spare(cardholder)
    office.sends(asked(money))
    cardholder.sandbox.control(f"failed/{made_refund(cardholder)}")
    made = cardholder.events("refund.created", "charge.refunded", "refund.failed", "refund.updated")
    assert len(made) == 4
    for position in order:
        hand_over(made[position])
    assert (Refund.objects.get().state, RefundAttempt.objects.get().state) == ("failed", "failed")
    assert money_of(money) == (ZERO, ALL, ZERO)
    assert Mail.objects.filter(template="fees/mail/refund_failed").count() == 1


# --- made without the portal --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["refund.created", "charge.refunded"])
def test_a_refund_of_the_providers_pages_arrives_by_either_event(cardholder: Cardholder, kind: str) -> None:
    """Either may be the only one that comes; the list inside the event may be empty."""
    money = spare(cardholder)
    cardholder.sandbox.control(f"refund/{charge_id(cardholder)}", amount=10000)
    (received,) = cardholder.receives(kind)
    assert received.outcome == "applied"
    refund = Refund.objects.get()
    assert (refund.origin, refund.state, refund.amount) == ("provider", "paid", Decimal("100.00"))
    assert money_of(money) == (ZERO, Decimal("100.00"), Decimal("235.00"))
    assert IssuedPaper.objects.filter(kind=queries.NOTE).count() == 1
    cardholder.receives("refund.created", "charge.refunded")  # the other one changes nothing
    assert (Refund.objects.count(), money_of(money)[1]) == (1, Decimal("100.00"))


def test_used_money_refunded_at_the_provider_opens_its_line_again(cardholder: Cardholder) -> None:
    money = paid_by_card(cardholder, "335.00", "65.00")
    cardholder.sandbox.control(f"refund/{charge_id(cardholder)}", amount=10000)
    cardholder.receives("refund.created")
    assert money_of(money) == (Decimal("300.00"), Decimal("100.00"), ZERO)
    first, second = Charge.objects.order_by("pk")
    assert (first.allocated, first.state) == (Decimal("300.00"), ChargeState.PARTLY_PAID)
    assert (second.allocated, second.state) == (ZERO, ChargeState.DUE)


def test_a_refund_that_comes_before_its_payment_books_the_payment_first(cardholder: Cardholder) -> None:
    from tests.fees.ledger_kit import charge

    cardholder.pays(charge(cardholder.account))
    cardholder.sandbox.control(f"refund/{charge_id(cardholder)}")
    assert not Payment.objects.exists()
    (received,) = cardholder.receives("refund.created")
    assert received.outcome == "applied"
    assert (Payment.objects.get().refunded, Charge.objects.get().state) == (ALL, ChargeState.DUE)
    assert [one.outcome for one in cardholder.receives("checkout.session.completed")] == ["ignored"]


def test_a_foreign_refund_of_money_already_on_its_way_is_parked_with_both_figures(
    cardholder: Cardholder, office: Office
) -> None:
    money = spare(cardholder)
    office.approves(asked(money))  # set aside, not sent yet
    cardholder.sandbox.control(f"refund/{charge_id(cardholder)}")
    (received,) = cardholder.receives("refund.created")
    assert (received.outcome, "335.00 RON went back" in received.reason, "0.00 RON" in received.reason) == (
        "parked",
        True,
        True,
    )
    assert staff.parked_events().count() == 1


@pytest.mark.parametrize(
    ("kind", "thing", "words"),
    [
        (
            "refund.created",
            {"id": "re_nowhere", "object": "refund", "payment_intent": "pi_x"},
            "does not know",
        ),
        ("charge.dispute.created", {"id": "dp_nowhere", "object": "dispute"}, "does not know"),
        ("refund.something_new", {"id": "re_1", "object": "refund"}, "does not know"),
        ("charge.dispute.something_new", {"id": "dp_1"}, "does not know"),
    ],
)
def test_B6_unknown_refunds_disputes_and_types_are_parked(
    cardholder: Cardholder, kind: str, thing: dict[str, object], words: str
) -> None:
    received = hand_over(made_up(kind, thing))
    assert (received.outcome, words in received.reason) == ("parked", True)
    assert (Refund.objects.count(), Dispute.objects.count()) == (0, 0)


def test_B7_a_refund_of_another_sum_is_parked_with_both_figures(
    cardholder: Cardholder, office: Office
) -> None:
    next_refund(cardholder, "pending")
    attempt = office.sends(asked(spare(cardholder)))
    store = cardholder.sandbox.server.store
    (made,) = store.all("refund")
    store.put(made | {"amount": 100, "status": "succeeded"})
    (received,) = cardholder.receives("refund.created")
    assert (received.outcome, "335.00 RON" in received.reason, "1.00 RON" in received.reason) == (
        "parked",
        True,
        True,
    )
    attempt.refresh_from_db()
    assert attempt.state == "sent"


# --- disputes -----------------------------------------------------------------------------------------------


def disputed(cardholder: Cardholder) -> Dispute:
    cardholder.sandbox.control(f"dispute/{charge_id(cardholder)}")
    cardholder.receives("charge.dispute.created")
    return Dispute.objects.get()


def test_B12_a_dispute_is_shown_and_the_lines_stay_paid_while_it_is_open(cardholder: Cardholder) -> None:
    money = paid_by_card(cardholder)
    dispute = disputed(cardholder)
    assert (dispute.state, dispute.amount, dispute.payment) == ("open", ALL, money)
    assert dispute.answer_until is not None
    assert Charge.objects.get().state == ChargeState.PAID
    assert dispute in queries.disputes_to_handle(finance())


def test_while_a_dispute_is_open_no_refund_of_the_payment_begins(cardholder: Cardholder) -> None:
    money = spare(cardholder)
    disputed(cardholder)
    with pytest.raises(Refused, match="dispute is open"):
        asked(money)


def test_a_lost_dispute_is_booked_and_its_lines_are_owed_again(cardholder: Cardholder) -> None:
    money = paid_by_card(cardholder)
    dispute = disputed(cardholder)
    cardholder.sandbox.control(f"lost/{dispute.dispute_id}")
    cardholder.receives("charge.dispute.closed")
    dispute.refresh_from_db()
    refund = Refund.objects.get()
    assert (dispute.state, dispute.refund, refund.origin, refund.state) == ("lost", refund, "dispute", "paid")
    assert money_of(money) == (ZERO, ALL, ZERO)
    assert Charge.objects.get().state == ChargeState.DUE


def test_a_lost_dispute_is_told_as_what_it_is_with_what_is_owed_again(cardholder: Cardholder) -> None:
    paid_by_card(cardholder)
    dispute = disputed(cardholder)
    cardholder.sandbox.control(f"lost/{dispute.dispute_id}")
    cardholder.receives("charge.dispute.closed")
    line = Charge.objects.get()
    mail = Mail.objects.get(template="fees/mail/dispute_lost")
    assert "titularului cardului" in mail.text
    assert line.description_ro in mail.text
    assert "rambursare" not in mail.subject
    assert not Mail.objects.filter(template="fees/mail/refund_paid").exists()


def test_a_won_dispute_changes_nothing_on_the_account(cardholder: Cardholder) -> None:
    money = paid_by_card(cardholder)
    dispute = disputed(cardholder)
    cardholder.sandbox.control(f"won/{dispute.dispute_id}")
    cardholder.receives("charge.dispute.closed", "charge.dispute.funds_reinstated")
    dispute.refresh_from_db()
    assert (dispute.state, Refund.objects.count(), money_of(money)) == ("won", 0, (ALL, ZERO, ZERO))
    assert Charge.objects.get().state == ChargeState.PAID


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_B4_every_order_of_a_lost_dispute_ends_the_same(
    cardholder: Cardholder, order: tuple[int, int, int]
) -> None:
    money = paid_by_card(cardholder)
    cardholder.sandbox.control(f"dispute/{charge_id(cardholder)}")
    number = cardholder.sandbox.server.store.all("dispute")[0]["id"]
    cardholder.sandbox.control(f"lost/{number}")
    made = [one for one in cardholder.events() if one["type"].startswith("charge.dispute.")]
    assert len(made) == 3
    for position in order:
        hand_over(made[position])
    assert (Dispute.objects.get().state, Refund.objects.count(), money_of(money)) == (
        "lost",
        1,
        (ZERO, ALL, ZERO),
    )


def test_what_was_done_about_a_dispute_is_written_down_once(cardholder: Cardholder) -> None:
    paid_by_card(cardholder)
    dispute, clerk = disputed(cardholder), finance()
    with pytest.raises(ValueError, match="what was done"):
        disputes.handle(dispute.pk, note=" ", actor=clerk, at=NOW)
    disputes.handle(dispute.pk, note="am trimis chitanța băncii", actor=clerk, at=NOW)
    with pytest.raises(Dispute.DoesNotExist):
        disputes.handle(dispute.pk, note="din nou", actor=clerk, at=NOW)
    assert list(queries.disputes_to_handle(clerk)) == []


# --- B5: never arrived --------------------------------------------------------------------------------------


@pytest.fixture
def later(clock: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five minutes on: the events should have come by now."""
    from fees.services import provider

    real = provider.now
    clock.stand_at(NOW + timedelta(minutes=5))  # type: ignore[attr-defined]
    monkeypatch.setattr(provider, "now", lambda: real() + timedelta(minutes=5))


@pytest.mark.usefixtures("later")
def test_B5_refunds_and_disputes_that_never_arrived_are_found_in_the_providers_list(
    cardholder: Cardholder,
) -> None:
    money = spare(cardholder)
    cardholder.sandbox.control(f"refund/{charge_id(cardholder)}", amount=10000)
    known = ProviderEvent.objects.count()
    assert tasks.reconcile_money_back() == len(cardholder.events()) - known
    assert (Refund.objects.get().state, money_of(money)[1]) == ("paid", Decimal("100.00"))
    assert tasks.reconcile_money_back() == 0
    assert ProviderEvent.objects.count() == len(cardholder.events())


@pytest.mark.usefixtures("later")
def test_B5_a_refund_whose_events_were_lost_is_asked_for(cardholder: Cardholder, office: Office) -> None:
    next_refund(cardholder, "pending")
    attempt = office.sends(asked(spare(cardholder)))
    cardholder.sandbox.control(f"succeeded/{made_refund(cardholder)}")
    tasks.reconcile_money_back()
    assert state_of(attempt.refund) == "paid"


@pytest.mark.usefixtures("later")
def test_B9_a_refund_that_was_never_asked_for_because_the_portal_fell_is_sent(
    cardholder: Cardholder, office: Office
) -> None:
    refund = office.approves(asked(spare(cardholder)))  # the job is lost with the worker
    tasks.reconcile_money_back()
    assert state_of(refund) == "paid"
    assert len(cardholder.sandbox.server.store.all("refund")) == 1


def test_a_silent_provider_stops_the_search_without_harm(
    cardholder: Cardholder, office: Office, settings: object
) -> None:
    refund = office.approves(asked(spare(cardholder)))
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    assert tasks.reconcile_money_back() == 0
    assert state_of(refund) == "approved"


def test_a_provider_that_does_not_know_our_refund_is_parked(cardholder: Cardholder, office: Office) -> None:
    next_refund(cardholder, "pending")
    attempt = office.sends(asked(spare(cardholder)))
    RefundAttempt.objects.filter(pk=attempt.pk).update(provider_id="re_gone")
    assert refund_sending.settle(attempt.pk, at=NOW).outcome == "parked"
    assert state_of(attempt.refund) == "sent"
    assert factories.NOW == NOW
