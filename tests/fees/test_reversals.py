"""Payments taken back, money moved between lines, and what the database itself refuses."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from fees.models import Allocation, BankEntry, Charge, EntryBooking, Payment, PaymentReversal
from fees.queries import accounts as account_queries
from fees.refusal import Refused
from fees.services import cashdesk, entries, reversals
from fees.services.accounts import account_reference
from fees.workflow import CardState, ChargeState, EntryState
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.cards_kit import Cardholder
from tests.fees.ledger_kit import allocate, charge, payment
from tests.fees.statement_kit import NOW, Moved, bank_account, booked, camt, clerk, entry, reference
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel.models import IssuedPaper, Mail, ParameterOverride
from upt_portal.kernel.moves import MoveRefused

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def office(db: None) -> User:
    bank_account()
    return clerk()


def cash(account: Enrolment, office: User, amount: str, *chosen: Charge, slip: UUID | None = None) -> Payment:
    return cashdesk.receive(
        account.pk, D(amount), "RON", payer_name="Tatăl", chosen=[one.pk for one in chosen] or None,
        slip=slip or uuid4(), actor=office, at=NOW,
    )  # fmt: skip


# --- cash ---------------------------------------------------------------------------------------------------


def test_FEE_006_cash_without_a_choice_pays_the_line_due_first(account: Enrolment, office: User) -> None:
    later, first = charge(account, "100.00"), charge(account, "100.00", due_at=NOW)
    paid = cash(account, office, "150.00")
    assert {one.pk: one.allocated for one in Charge.objects.all()} == {first.pk: D(100), later.pk: D(50)}
    assert (paid.method, paid.receipt, paid.unallocated) == ("cash", "2026-000001", 0)
    assert IssuedPaper.objects.get(kind="fees.receipt").context["method_words"] == "casierie"
    assert [one.act for one in audit.trail(account_reference(account.pk))][-1:] == ["fees.book"]


def test_FEE_006_the_university_may_leave_unchosen_money_unallocated(
    account: Enrolment, office: User
) -> None:
    ParameterOverride.objects.create(
        name="UNCHOSEN_MONEY", first_day=NOW.date(), value="none", decision="HS 1", scope_kind="university"
    )
    charge(account, "100.00")
    assert cash(account, office, "100.00").unallocated == D(100)


def test_FEE_006_cash_for_a_chosen_line_pays_that_one(account: Enrolment, office: User) -> None:
    charge(account, "100.00", due_at=NOW)
    mine = charge(account, "100.00")
    cash(account, office, "120.00", mine)
    mine.refresh_from_db()
    assert (mine.state, Payment.objects.get().unallocated) == (ChargeState.PAID, D(20))


def test_FEE_008_hidden_cancelled_paid_and_foreign_lines_get_nothing(
    account: Enrolment, office: User
) -> None:
    hidden = charge(account, "10.00", released_at=None)
    cancelled = charge(account, "10.00", cancelled_at=NOW, cancelled_reason="x")
    foreign = charge(factories.enrolment(), "10.00")
    paid = charge(account, "10.00")
    allocate(payment(account, "10.00"), paid, "10.00")
    euro = charge(account, "10.00", currency="EUR")  # FEE-017
    received = cash(account, office, "50.00", hidden, cancelled, foreign, paid, euro)
    assert (received.allocated, received.unallocated) == (0, D(50))


def test_the_same_slip_twice_is_one_payment(account: Enrolment, office: User) -> None:
    slip = uuid4()
    assert cash(account, office, "5.00", slip=slip) == cash(account, office, "5.00", slip=slip)
    assert Payment.objects.count() == 1


# --- taken back ---------------------------------------------------------------------------------------------


def test_a_payment_is_taken_back_whole_by_a_row_of_its_own(account: Enrolment, office: User) -> None:
    lines = [charge(account, "100.00"), charge(account, "50.00")]
    received = cash(account, office, "170.00")
    reversal = reversals.reverse_payment(received.pk, reason="Alt student", actor=office, at=NOW)
    received.refresh_from_db()
    assert (received.amount, received.allocated, received.unallocated, received.reversed_at) == (
        D(170),
        0,
        0,
        NOW,
    )
    assert (reversal.reason, reversal.by) == ("Alt student", office)
    for line in lines:
        line.refresh_from_db()
        assert (line.state, line.allocated) == (ChargeState.DUE, 0)
    assert sum(Allocation.objects.values_list("amount", flat=True)) == 0
    assert Allocation.objects.count() == 4  # nothing was deleted
    paper = account_queries.receipt_paper_of(received)
    assert (paper.state, paper.revoked_reason) == (IssuedPaper.State.REVOKED, "Alt student")
    mail = Mail.objects.get(template="fees/mail/payment_reversed")
    assert ("Alt student" in mail.text, "Alt student" in mail.subject) == (True, False)
    account_now = account_queries.account_of(account, NOW)
    assert account_now.unallocated == {}
    with pytest.raises(Refused):
        reversals.reverse_payment(received.pk, reason="încă o dată", actor=office, at=NOW)


def test_without_a_reason_nothing_is_taken_back(account: Enrolment, office: User) -> None:
    received = cash(account, office, "5.00")
    with pytest.raises(Refused):
        reversals.reverse_payment(received.pk, reason="  ", actor=office, at=NOW)
    assert PaymentReversal.objects.count() == 0


def test_a_reversed_transfer_waits_in_the_queue_again_and_finds_its_student(
    account: Enrolment, office: User
) -> None:
    other = factories.enrolment()
    wrong, right = charge(other), charge(account)
    booked(camt(Moved(structured=reference(other, wrong.pk).code)), office)
    received = Payment.objects.get()
    reversals.reverse_payment(received.pk, reason="Referința altui student", actor=office, at=NOW)
    assert (entry().state, entry().left) == (EntryState.WAITING, D("335.00"))
    second = entries.give_to(entry().pk, account.pk, D("335.00"), chosen=[right.pk], actor=office, at=NOW)
    right.refresh_from_db()
    assert (right.state, entry().state, entry().booked) == (ChargeState.PAID, EntryState.BOOKED, D("335.00"))
    assert second.reference == f"{received.reference}-2"


def test_CARD_a_confirmed_card_payment_taken_back_is_reversed(cardholder: Cardholder, office: User) -> None:
    line = charge(cardholder.account)
    cardholder.pays(line)
    cardholder.receives()
    received = Payment.objects.get()
    reversals.reverse_payment(received.pk, reason="Eroare", actor=office, at=NOW)
    assert cardholder.attempt.state == CardState.REVERSED
    line.refresh_from_db()
    assert line.state == ChargeState.DUE


# --- moved --------------------------------------------------------------------------------------------------


def test_money_is_taken_off_one_line_and_put_on_another(account: Enrolment, office: User) -> None:
    first, second = charge(account, "100.00"), charge(account, "80.00")
    received = cash(account, office, "100.00", first)
    part = received.allocations.get()
    reversals.take_off(part.pk, reason="altă linie", actor=office, at=NOW)
    received.refresh_from_db()
    assert received.unallocated == D(100)
    reversals.put_on(received.pk, second.pk, D("80.00"), actor=office, at=NOW)
    second.refresh_from_db()
    received.refresh_from_db()
    assert (second.state, received.unallocated) == (ChargeState.PAID, D(20))
    with pytest.raises(Refused):
        reversals.take_off(part.pk, reason="din nou", actor=office, at=NOW)


@pytest.mark.parametrize("amount", ["20.01", "0.00", "100.01"])
def test_no_more_is_put_on_than_there_is_or_than_is_lacking(
    amount: str, account: Enrolment, office: User
) -> None:
    line = charge(account, "100.00", due_at=NOW)
    received = cash(account, office, "120.00", line)
    other = charge(account, "100.00")
    with pytest.raises(Refused):
        reversals.put_on(received.pk, other.pk, D(amount), actor=office, at=NOW)
    for foreign in (charge(factories.enrolment()), charge(account, currency="EUR"), line):
        with pytest.raises(Refused):
            reversals.put_on(received.pk, foreign.pk, D("1.00"), actor=office, at=NOW)


# --- entries ------------------------------------------------------------------------------------------------


def test_one_transfer_may_be_of_several_students(account: Enrolment, office: User) -> None:
    sister = factories.enrolment()
    one, two = charge(account, "100.00"), charge(sister, "200.00")
    booked(camt(Moved("310.00", name="Părinte")), office)
    entries.give_to(entry().pk, account.pk, D("100.00"), chosen=None, actor=office, at=NOW)
    assert (entry().state, entry().left) == (EntryState.WAITING, D(210))
    entries.give_to(entry().pk, sister.pk, D("210.00"), chosen=[two.pk], actor=office, at=NOW)
    assert entry().state == EntryState.BOOKED
    assert sorted(Payment.objects.values_list("amount", "allocated")) == [(D(100), D(100)), (D(210), D(200))]
    one.refresh_from_db()
    assert one.state == ChargeState.PAID
    with pytest.raises(MoveRefused):
        entries.give_to(entry().pk, account.pk, D("1.00"), chosen=None, actor=office, at=NOW)


def test_more_than_is_left_or_another_currency_is_refused(account: Enrolment, office: User) -> None:
    booked(camt(Moved("10.00", name="?")), office)
    for amount in ("10.01", "0.00"):
        with pytest.raises(Refused):
            entries.give_to(entry().pk, account.pk, D(amount), chosen=None, actor=office, at=NOW)
    with pytest.raises(Refused):  # somebody booked a part meanwhile
        entries.give_to(entry().pk, account.pk, D(1), chosen=None, seen=D("9.00"), actor=office, at=NOW)
    assert Payment.objects.count() == 0


def test_money_is_sent_back_once(account: Enrolment, office: User) -> None:
    booked(camt(Moved("10.00", name="?")), office)
    with pytest.raises(Refused):
        entries.send_back(entry().pk, reason="", actor=office, at=NOW)
    entries.send_back(entry().pk, reason="Nu este student", actor=office, at=NOW)
    assert entry().state == EntryState.TO_RETURN
    with pytest.raises(MoveRefused):
        entries.give_to(entry().pk, account.pk, D("10.00"), chosen=None, actor=office, at=NOW)
    entries.open_again(entry().pk, actor=office, at=NOW)
    entries.send_back(entry().pk, reason="Nu este student", actor=office, at=NOW)
    entries.note_returned(entry().pk, "OP 12", actor=office, at=NOW)
    assert entry().state == EntryState.RETURNED
    for act in (
        lambda: entries.note_returned(entry().pk, "OP 13", actor=office, at=NOW),
        lambda: entries.open_again(entry().pk, actor=office, at=NOW),
    ):
        with pytest.raises(MoveRefused):
            act()


# --- what the database refuses ------------------------------------------------------------------------------


def refused(act: Callable[[], object]) -> None:
    with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
        act()


def test_the_database_keeps_reversals_bookings_and_entries(account: Enrolment, office: User) -> None:
    line = charge(account, "100.00")
    received = cash(account, office, "100.00", line)
    row = {"payment": received, "at": NOW, "by": office, "reason": "x"}
    refused(lambda: PaymentReversal.objects.create(**row))  # money still on a line
    refused(lambda: Payment.objects.filter(pk=received.pk).update(reversed_at=NOW))
    reversals.reverse_payment(received.pk, reason="x", actor=office, at=NOW)
    refused(lambda: PaymentReversal.objects.create(**row))  # once only
    refused(lambda: PaymentReversal.objects.all().delete())
    refused(lambda: PaymentReversal.objects.update(reason="y"))
    refused(lambda: allocate(received, line, "1.00"))  # nothing is paid from it any more
    refused(lambda: Payment.objects.filter(pk=received.pk).update(reversed_at=None))

    booked(camt(Moved("10.00", name="?")), office)
    ten = entry()
    for change in ({"amount": 11}, {"payer_name": "x"}, {"booked": 10}, {"kind": "debit"}, {"value_on": NOW}):
        refused(lambda change=change: BankEntry.objects.filter(pk=ten.pk).update(**change))
    refused(lambda: BankEntry.objects.all().delete())
    bank = payment(account, "11.00", method="bank")
    refused(lambda: EntryBooking.objects.create(entry=ten, payment=bank, how="clerk"))  # more than it holds
    for wrong in (payment(account, "5.00"), payment(account, "5.00", method="bank", currency="EUR")):
        refused(lambda wrong=wrong: EntryBooking.objects.create(entry=ten, payment=wrong, how="clerk"))
    entries.close_entry(ten.pk, reason="alt venit", actor=office, at=NOW)
    five = payment(account, "5.00", method="bank")
    refused(lambda: EntryBooking.objects.create(entry=ten, payment=five, how="clerk"))  # closed
    taken = BankEntry.objects.filter(pk=ten.pk).get()
    refused(
        lambda: PaymentReversal.objects.create(payment=five, at=NOW, by=office, reason="x", bank_entry=taken)
    )
