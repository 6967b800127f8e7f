"""References on transfers: made with check digits, found in any text, the same for the same lines."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from fees.models import TransferReference
from fees.refusal import Refused
from fees.rules import matching, transfers
from fees.services.transfers import reference_for
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.ledger_kit import DUE, allocate, charge, payment
from tests.fees.statement_kit import bank_account, reference

NOW = factories.NOW
RF = "RF34UPT0000021001"


# --- rules --------------------------------------------------------------------------------------------------


def test_FEE_006_a_reference_carries_its_check_digits() -> None:
    assert transfers.creditor_reference(21, 1) == RF
    assert transfers.creditor_reference(21, 1234) == "RF42UPT00000211234"
    for account, number in ((0, 1), (10**7, 1), (21, 0)):
        with pytest.raises(ValueError, match="no reference"):
            transfers.creditor_reference(account, number)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (RF, [RF]),
        ("plata taxa rf34 upt0 0000 2100 1 multumesc", [RF]),
        ("RF34/UPT0.0000-2100 1", [RF]),
        (f"{RF}2026", [RF]),  # something else follows without a blank
        (f"{RF} si {RF}", [RF]),
        (f"{RF} {transfers.creditor_reference(22, 7)}", [RF, transfers.creditor_reference(22, 7)]),
        ("RF35UPT0000021001", []),
        ("RF18539007547034", []),  # a good reference of somebody else
        ("", []),
    ],
)
def test_FEE_006_a_reference_is_found_in_any_text(text: str, found: list[str]) -> None:
    assert transfers.references_in(text) == found


@pytest.mark.parametrize(
    ("text", "mistyped"),
    [("RF35UPT0000021001", True), ("UPT0000021001", True), (RF, False), ("taxa studii", False)],
)
def test_FEE_006_a_wrongly_copied_reference_is_seen_as_such(text: str, mistyped: bool) -> None:
    assert transfers.looks_mistyped(text) is mistyped


def test_an_iban_with_a_wrong_digit_is_refused() -> None:
    assert transfers.iban_answer("RO49 AAAA 1B31 0075 9384 0000")
    assert not transfers.iban_answer("RO50 AAAA 1B31 0075 9384 0000")
    assert not transfers.iban_answer("abc")


def line(key: int, left: str, days: int = 0, currency: str = "RON") -> matching.OpenLine:
    return matching.OpenLine(key, Decimal(left), DUE.replace(day=13 + days), currency)


def test_FEE_006_unchosen_money_goes_to_the_line_due_first() -> None:
    lines = [line(1, "100.00", 2), line(2, "50.00"), line(3, "10.00", 1, "EUR"), line(4, "5.00")]
    keys = [one.key for one in matching.order_without_choice(lines, matching.OLDEST, "RON")]
    assert keys == [2, 4, 1]
    assert matching.order_without_choice(lines, matching.NONE, "RON") == []


@pytest.mark.parametrize(
    ("amount", "currency", "fit"),
    [
        ("335.00", "RON", (7, (1,))),  # exactly one line
        ("120.00", "RON", (7, (2,))),  # of two equal lines the one due first
        ("575.00", "RON", (7, (2, 3, 1))),  # everything
        ("400.00", "RON", None),
        ("335.00", "EUR", None),  # FEE-017: never across currencies
        ("50.00", "RON", None),  # fits two accounts
    ],
)
def test_FEE_017_a_sum_without_reference_fits_one_account_or_none(
    amount: str, currency: str, fit: tuple[int, tuple[int, ...]] | None
) -> None:
    accounts = {
        7: [line(1, "335.00", 2), line(3, "120.00", 1), line(2, "120.00")],
        8: [line(4, "50.00")],
        9: [line(5, "50.00")],
    }
    found = matching.fitting_account(Decimal(amount), currency, accounts)
    assert (found and (found.account, found.lines)) == fit


def test_a_payer_is_read_family_name_first_or_last() -> None:
    assert matching.name_readings("valeanu andra") == {"valeanu andra valeanu", "andra valeanu andra"}
    assert "popa ana maria popa" in matching.name_readings("ana maria popa")
    assert matching.name_readings("firma") == set()


# --- the reference of some lines ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_same_lines_have_the_same_reference(account: Enrolment) -> None:
    bank_account()
    first, second = charge(account), charge(account, "120.00")
    one = reference(account, first.pk, second.pk)
    assert reference(account, second.pk, first.pk) == one
    other = reference(account, first.pk)
    assert (one.number, other.number) == (1, 2)
    assert transfers.references_in(other.code) == [other.code]
    assert [part.charge_id for part in one.lines.all()] == [first.pk, second.pk]


@pytest.mark.django_db
def test_no_reference_for_foreign_paid_mixed_or_no_lines(account: Enrolment, english: None) -> None:
    bank_account()
    mine, paid = charge(account), charge(account)
    allocate(payment(account), paid, "335.00")
    euro = charge(account, "10.00", currency="EUR")
    stranger = factories.enrolment().person.user
    for ids, payer in (
        ([mine.pk], stranger), ([paid.pk], account.person.user), ([mine.pk, euro.pk], account.person.user),
        ([], account.person.user), ([euro.pk], account.person.user),
    ):  # fmt: skip
        with pytest.raises(Refused):
            reference_for(ids, payer=payer, at=NOW)
    assert TransferReference.objects.count() == 0


@pytest.mark.django_db
def test_a_reference_is_never_changed_or_deleted(account: Enrolment) -> None:
    bank_account()
    made = reference(account, charge(account).pk)
    for act in (
        lambda: TransferReference.objects.filter(pk=made.pk).update(code="RF00X"),
        lambda: made.lines.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
            act()
