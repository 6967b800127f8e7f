"""Two clerks, two files, two clicks at once; controls take the lock away and see the harm."""

from collections import Counter
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError

from fees.models import BankEntry, Charge, Payment
from fees.refusal import Refused
from fees.services import booking, cashdesk, entries, reversals, statements
from fees.workflow import ChargeState
from tests import factories
from tests.fees.ledger_kit import charge, fee_type
from tests.fees.race_kit import Crowd, at_once
from tests.fees.statement_kit import NOW, Moved, bank_account, booked, camt, clerk, entry, reference, uploaded
from tests.fees.test_races import no_row_locks
from upt_portal.accounts.models import User
from upt_portal.kernel.moves import MoveRefused

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


@pytest.fixture
def office(db: None) -> User:
    factories.academic_year()
    fee_type()
    bank_account()
    return clerk()


def kinds(got: list[Any]) -> Counter[str]:
    return Counter(type(one).__name__ for one in got)


def two_clerks(office: User, crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Two clerks give the same transfer to two students, each having seen it whole."""
    one, two = factories.enrolment(), factories.enrolment()
    for account in (one, two):
        charge(account)
    booked(camt(Moved(name="?")), office)
    number, real = entry().pk, booking.book

    def book(*args: Any, **kwargs: Any) -> Any:
        crowd.wait()
        return real(*args, **kwargs)

    monkeypatch.setattr(booking, "book", book)
    accounts = (one.pk, two.pk)

    def give(place: int) -> Payment:
        return entries.give_to(number, accounts[place], D("335.00"), chosen=None, actor=office, at=NOW)

    return at_once(2, give)


def test_of_two_clerks_one_books_a_transfer(office: User, monkeypatch: pytest.MonkeyPatch) -> None:
    got = two_clerks(office, crowd := Crowd(2), monkeypatch)
    assert kinds(got) == {"Payment": 1, "MoveRefused": 1}
    assert crowd.together == 0
    assert (Payment.objects.count(), entry().booked) == (1, D("335.00"))


def test_CONTROL_without_the_lock_both_clerks_get_as_far_as_booking(
    office: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with no_row_locks(monkeypatch):
        got = two_clerks(office, crowd := Crowd(2), monkeypatch)
    assert crowd.together == 2  # the race is there; the constraint on the entry is the last guard
    assert kinds(got) == {"Payment": 1, "IntegrityError": 1}
    assert entry().booked == D("335.00")


def two_files(office: User, crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Two statements tell the same transfer and are booked at once."""
    account = factories.enrolment()
    moved = Moved(structured=reference(account, charge(account).pk).code, reference="BR1")
    files = [uploaded(camt(moved, version=version), office) for version in ("02", "08")]
    for file in files:
        file.confirmed_by = office
    real = statements.judged

    def judged(*args: Any, **kwargs: Any) -> Any:
        crowd.wait()
        return real(*args, **kwargs)

    monkeypatch.setattr(statements, "judged", judged)
    return at_once(
        2, lambda n: statements.book_part(files[n], statements.read_again(files[n]).movements, at=NOW)
    )


def test_two_files_with_the_same_entry_book_it_once(office: User, monkeypatch: pytest.MonkeyPatch) -> None:
    got = two_files(office, Crowd(2), monkeypatch)
    assert sorted(got) == [0, 1]
    assert (Payment.objects.count(), BankEntry.objects.count()) == (1, 1)


def test_CONTROL_without_the_lock_both_files_try(office: User, monkeypatch: pytest.MonkeyPatch) -> None:
    with no_row_locks(monkeypatch):
        got = two_files(office, crowd := Crowd(2), monkeypatch)
    assert crowd.together == 2
    assert any(isinstance(one, IntegrityError) for one in got)  # only the unique key stopped the second
    assert Payment.objects.count() == 1


def test_twenty_transfers_for_one_line_pay_it_once(office: User) -> None:
    account = factories.enrolment()
    line = charge(account)
    code = reference(account, line.pk).code
    files = [uploaded(camt(Moved(structured=code)), office) for _n in range(6)]
    for file in files:
        file.confirmed_by = office
    got = at_once(
        6, lambda n: statements.book_part(files[n], statements.read_again(files[n]).movements, at=NOW)
    )
    assert got == [1] * 6
    line.refresh_from_db()
    assert (line.state, line.allocated) == (ChargeState.PAID, D("335.00"))
    spare = sum(one.unallocated for one in Payment.objects.all())
    assert spare == 5 * D("335.00")
    assert sorted(Payment.objects.values_list("receipt_number", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_two_clicks_at_the_cash_desk_are_one_payment(office: User) -> None:
    account, slip = factories.enrolment(), uuid4()

    def click(_number: int) -> Payment:
        return cashdesk.receive(
            account.pk, D("5.00"), "RON", payer_name="x", chosen=None, slip=slip, actor=office, at=NOW
        )

    got = at_once(8, click)
    assert {one.pk for one in got} == {Payment.objects.get().pk}


def test_a_payment_is_taken_back_once(office: User) -> None:
    account = factories.enrolment()
    line = charge(account, "5.00")
    received = cashdesk.receive(
        account.pk, D("5.00"), "RON", payer_name="x", chosen=None, slip=uuid4(), actor=office, at=NOW
    )
    got = at_once(8, lambda n: reversals.reverse_payment(received.pk, reason="x", actor=office, at=NOW))
    assert kinds(got) == {"PaymentReversal": 1, "Refused": 7}
    assert all(isinstance(one, Refused) for one in got if isinstance(one, Exception))
    line.refresh_from_db()
    assert (line.allocated, Charge.objects.count()) == (0, 1)


def test_put_on_two_lines_at_once_never_spends_more_than_there_is(office: User) -> None:
    account = factories.enrolment()
    received = cashdesk.receive(
        account.pk, D("100.00"), "RON", payer_name="x", chosen=[], slip=uuid4(), actor=office, at=NOW
    )
    lines = [charge(account, "80.00"), charge(account, "80.00")]
    got = at_once(2, lambda n: reversals.put_on(received.pk, lines[n].pk, D("80.00"), actor=office, at=NOW))
    assert kinds(got) == {"Payment": 1, "Refused": 1}
    received.refresh_from_db()
    assert received.allocated == D("80.00")
    assert not any(isinstance(one, MoveRefused) for one in got)
