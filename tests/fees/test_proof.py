"""The daily proof: ledger beside provider and bank, by day and currency, every unmatched item named."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from fees import tasks
from fees.models import DailyProof
from fees.queries import proof as queries
from fees.services import proof, provider
from tests.fees.cards_kit import Cardholder
from tests.fees.ledger_kit import payment
from tests.fees.refund_kit import NOW, Office, asked, bank_account, entry, finance, paid_by_card, spare
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.models import Mail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider's clock and the portal's keep their distance, whatever the hour of the test."""
    begun = datetime.now(UTC)
    monkeypatch.setattr(provider, "now", lambda: begun)


def sheet(made: list[DailyProof], side: str, currency: str = "RON") -> DailyProof:
    return next(one for one in made if (one.side, one.currency) == (side, currency))


def test_a_day_of_payments_and_refunds_matches_to_the_cent(cardholder: Cardholder) -> None:
    paid_by_card(cardholder, "335.00", "65.00")
    Office().sends(asked(spare(cardholder, "100.00"), amount=Decimal("40.00")))
    made = proof.prove(local_day(NOW), at=NOW)
    card = sheet(made, "card")
    assert (card.ledger, card.outside, card.difference) == (
        Decimal("460.00"),
        Decimal("460.00"),
        Decimal("0.00"),
    )
    assert (card.count, card.items, card.holds) == (3, [], True)
    assert {(one.side, one.currency) for one in made} == {
        ("card", "RON"), ("card", "EUR"), ("bank", "RON"), ("bank", "EUR"),
    }  # fmt: skip


def test_money_the_ledger_does_not_know_is_named(cardholder: Cardholder) -> None:
    from tests.fees.ledger_kit import charge

    cardholder.pays(charge(cardholder.account))  # its event has not come
    clerk = finance()
    card = sheet(proof.prove(local_day(NOW), at=NOW), "card")
    assert (card.ledger, card.outside, card.difference) == (
        Decimal("0.00"),
        Decimal("335.00"),
        Decimal("-335.00"),
    )
    (item,) = card.items
    intent = cardholder.sandbox.server.store.all("payment_intent")[0]["id"]
    assert (item["where"], item["number"], item["amount"]) == ("outside", intent, "335.00")
    assert list(queries.differing(clerk)) == [card]
    mail = Mail.objects.get(template="fees/mail/proof_differs")
    assert (mail.recipient, mail.link) == (clerk, "/finance/proof/2026-11-20/")

    proof.prove(local_day(NOW), at=NOW + timedelta(minutes=1))
    assert Mail.objects.filter(template="fees/mail/proof_differs").count() == 1  # told once
    cardholder.receives()
    held = sheet(proof.prove(local_day(NOW), at=NOW + timedelta(minutes=2)), "card")
    assert (held.holds, list(queries.differing(clerk))) == (True, [])
    assert DailyProof.objects.filter(side="card", currency="RON").count() == 3  # each proof is kept


def test_money_the_provider_does_not_know_is_named(cardholder: Cardholder) -> None:
    money = payment(cardholder.account, "50.00")
    card = sheet(proof.prove(local_day(NOW), at=NOW), "card")
    assert (card.difference, card.items) == (
        Decimal("50.00"),
        [{"where": "ledger", "number": money.reference, "amount": "50.00", "words": money.receipt}],
    )


def test_a_dispute_and_a_failed_refund_are_movements_too(cardholder: Cardholder) -> None:
    store = cardholder.sandbox.server.store
    Office().sends(asked(spare(cardholder)))
    cardholder.sandbox.control(f"failed/{store.all('refund')[0]['id']}")
    paid_by_card(cardholder, "65.00")
    cardholder.sandbox.control(f"dispute/{store.all('charge')[-1]['id']}")
    cardholder.receives()
    card = sheet(proof.prove(local_day(NOW), at=NOW), "card")
    # 335 paid, 335 back, 335 returned; 65 paid, 65 disputed
    assert (card.ledger, card.outside, card.count, card.holds) == (
        Decimal("335.00"),
        Decimal("335.00"),
        5,
        True,
    )


def test_the_bank_side_names_credits_nobody_has_and_transfers_no_statement_shows(
    cardholder: Cardholder,
) -> None:
    from datetime import date as day

    from fees.models import EntryBooking
    from fees.services import refund_batches, refund_sending

    bank_account()
    office = Office()
    booked = entry("credit", "335.00", message="RF18 plata")
    money = payment(cardholder.account, "335.00", method="bank")
    EntryBooking.objects.create(entry=booked, payment=money, how="reference")
    nobody = entry("credit", "12.00", payer_name="Ion", message="fără referință")
    from tests.fees.refund_kit import ACCOUNT

    refund = office.approves(asked(money, cardholder.user, account=ACCOUNT))
    refund_batches.make_batch(
        "RON",
        seen_count=1,
        seen_total=Decimal("335.00"),
        execute_on=day(2026, 11, 23),
        actor=office.first,
        at=NOW,
    )
    attempt = refund.attempts.get()
    refund_sending.note_arrival(attempt.pk, known_from="pagina băncii", actor=office.first, at=NOW)
    bank = sheet(proof.prove(local_day(NOW), at=NOW), "bank")
    assert (bank.ledger, bank.outside) == (Decimal("0.00"), Decimal("347.00"))
    assert sorted((one["where"], one["number"], one["amount"]) for one in bank.items) == [
        ("ledger", attempt.key, "-335.00"),
        ("outside", nobody.key, "12.00"),
    ]
    entry("debit", "335.00", end_to_end=attempt.key)
    again = sheet(proof.prove(local_day(NOW), at=NOW + timedelta(minutes=1)), "bank")
    assert [one["number"] for one in again.items] == [nobody.key]


def test_proofs_are_appended_and_never_edited(cardholder: Cardholder) -> None:
    made = proof.prove(local_day(NOW), at=NOW)[0]
    with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():
        DailyProof.objects.filter(pk=made.pk).update(ledger=Decimal("1.00"))
    with pytest.raises(IntegrityError, match="proof_difference"), transaction.atomic():
        DailyProof.objects.create(
            day=made.day, currency="RON", side="card", ledger=1, outside=0, difference=0, count=0, made_at=NOW
        )


def test_each_night_proves_what_was_missed_and_again_what_differs(
    cardholder: Cardholder, clock: object
) -> None:
    clock.stand_at(NOW)  # type: ignore[attr-defined]
    assert proof.days_to_prove(NOW) == [date(2026, 11, 19)]
    assert tasks.prove_days() == 1
    assert proof.days_to_prove(NOW) == []
    later = NOW + timedelta(days=3)
    assert proof.days_to_prove(later) == [date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)]
    payment(cardholder.account, "50.00", paid_at=NOW - timedelta(days=1))
    proof.prove(date(2026, 11, 19), at=NOW + timedelta(minutes=1))
    assert date(2026, 11, 19) in proof.days_to_prove(later)
    assert date(2026, 11, 19) not in proof.days_to_prove(NOW + timedelta(days=20))


def test_a_silent_provider_leaves_the_day_for_the_next_run(
    cardholder: Cardholder, clock: object, settings: object
) -> None:
    clock.stand_at(NOW)  # type: ignore[attr-defined]
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    assert tasks.prove_days() == 0
    assert not DailyProof.objects.exists()
