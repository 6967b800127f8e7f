"""Races about money that goes back, on PostgreSQL, each with a control that must see the harm (B3, B10)."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import QuerySet

from fees.models import Payment, Refund, RefundAttempt
from fees.queries import refunds as queries
from fees.refusal import Refused
from fees.services import refund_sending, refunds
from fees.services.events import receive_event
from tests import factories
from tests.fees.cards_kit import Cardholder, signed
from tests.fees.race_kit import Crowd, at_once
from tests.fees.refund_kit import NOW, Office, asked, money_of, spare, wish
from tests.fees.sandbox_kit import Running
from upt_portal.kernel.models import IssuedPaper, Mail
from upt_portal.kernel.moves import MoveRefused

pytestmark = pytest.mark.django_db(transaction=True)
COPIES = 20
PART = Decimal("100.00")


@pytest.fixture
def holder(db: None, provider: Running) -> Cardholder:
    factories.academic_year()
    return Cardholder(factories.enrolment(), provider)


@contextmanager
def no_row_locks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Inside, `select_for_update` reads without locking."""
    with monkeypatch.context() as patch:
        patch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self.all())
        yield


def names(got: list[Any]) -> Counter[str]:
    return Counter(one.outcome if hasattr(one, "outcome") else type(one).__name__ for one in got)


def ask(money: Payment, crowd: Crowd | None = None) -> Refund:
    part = wish(Payment.objects.get(pk=money.pk), seen=Decimal("335.00"), amount=PART)
    if crowd is not None:
        crowd.wait()
    assert money.payer is not None
    return refunds.request(part, origin="student", actor=money.payer, at=NOW)


def test_B10_twenty_partial_refunds_at_once_are_exactly_one(holder: Cardholder) -> None:
    money = spare(holder)
    got = at_once(COPIES, lambda number: ask(money))
    assert names(got) == {"Refund": 1, "Refused": COPIES - 1}
    assert {str(one) for one in got if isinstance(one, Refused)} == {
        "Suma s-a schimbat de când ați deschis pagina. Nu s-a trimis nimic; priviți-o din nou."
    }
    assert money_of(money) == (Decimal(0), PART, Decimal("235.00"))


def test_B10_control_without_the_locks_they_collide_and_the_database_keeps_one(
    holder: Cardholder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without locks all of them read the same sum and go on; the last guard is the unique index."""
    money, crowd = spare(holder), Crowd(4, patience=10)
    real = refunds._insert

    def insert(refund: Refund) -> None:
        crowd.wait()
        real(refund)

    monkeypatch.setattr(refunds, "_insert", insert)
    with no_row_locks(monkeypatch):
        got = at_once(4, lambda number: ask(money))
    assert crowd.together == 4  # the harm: every one of them had passed the check of the sum
    assert names(got)["Refund"] == 1
    assert Refund.objects.count() == 1


def test_B10_control_without_the_index_too_the_sum_of_the_payment_still_holds(
    holder: Cardholder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that no index keeps apart: the constraint on the payment stops the fourth part of 335."""
    money = spare(holder)

    def book(number: int) -> Refund:
        return Refund.objects.create(
            payment=money,
            origin="provider",
            ground="other",
            amount=PART,
            currency="RON",
            two_people_from=Decimal("1000.00"),
            way="card",
            requested_at=NOW,
            held_at=NOW,
        )

    got = at_once(COPIES, book)
    assert names(got) == {"Refund": 3, "IntegrityError": COPIES - 3}
    assert sum(isinstance(one, IntegrityError) for one in got) == COPIES - 3
    assert money_of(money) == (Decimal(0), Decimal("300.00"), Decimal("35.00"))


def test_B3_twenty_copies_of_one_refund_event_make_one_refund_one_paper_one_mail(holder: Cardholder) -> None:
    money = spare(holder)
    number = holder.sandbox.server.store.all("charge")[-1]["id"]
    holder.sandbox.control(f"refund/{number}", amount=10000)
    body, signature = signed(holder.events("refund.created")[0])
    got = at_once(COPIES, lambda number: receive_event(body, signature, at=NOW))
    assert names(got) == {"applied": 1, "duplicate": COPIES - 1}
    assert (Refund.objects.count(), RefundAttempt.objects.count()) == (1, 1)
    assert IssuedPaper.objects.filter(kind=queries.NOTE).count() == 1
    assert Mail.objects.filter(template="fees/mail/refund_paid").count() == 1
    assert money_of(money)[1] == PART


def test_two_workers_with_one_job_send_the_money_once(holder: Cardholder) -> None:
    money = spare(holder)
    refund = Office().approves(asked(money))
    attempt = refund.attempts.get()
    got = at_once(8, lambda number: refund_sending.send_attempt(attempt.pk, at=NOW))
    assert [one for one in got if isinstance(one, Exception)] == []
    assert len(holder.sandbox.server.store.all("refund")) == 1
    assert RefundAttempt.objects.get().note == "R-2026-000001"


def test_the_answer_and_the_event_at_once_make_one_paper(holder: Cardholder) -> None:
    refund = Office().approves(asked(spare(holder)))
    attempt = refund.attempts.get()
    refund_sending.provider_money.make_refund(refund.payment.reference, refund.amount, attempt.key)
    body, signature = signed(holder.events("refund.created")[0])
    acts = [
        lambda: refund_sending.send_attempt(attempt.pk, at=NOW),
        lambda: receive_event(body, signature, at=NOW),
    ] * 4
    got = at_once(len(acts), lambda number: acts[number]())
    assert [one for one in got if isinstance(one, Exception)] == []
    assert IssuedPaper.objects.filter(kind=queries.NOTE).count() == 1
    assert RefundAttempt.objects.get().state == "settled"


def test_C2_two_clerks_approve_and_refuse_at_once_one_is_refused_in_words(holder: Cardholder) -> None:
    office = Office()
    refund = asked(spare(holder))
    refunds.check(refund.pk, actor=office.first, at=NOW)
    acts = [
        lambda: refunds.approve(refund.pk, seen=refund.amount, actor=office.second, at=NOW),
        lambda: refunds.withdraw(refund.pk, actor=holder.user, at=NOW),
    ]
    got = at_once(2, lambda number: acts[number]())
    assert sum(isinstance(one, MoveRefused) for one in got) == 1
    assert Refund.objects.get().state in ("approved", "withdrawn")
