"""Refunds by the bank: the file, its schema, what a statement says of it, a transfer that failed."""

from datetime import date
from decimal import Decimal

import pytest

from fees.models import Payment, Refund, RefundAttempt, RefundBatch
from fees.queries import refunds as queries
from fees.refusal import Refused
from fees.services import refund_batches, refund_sending, refunds
from fees.services.refunds import Account
from studentrecords.models import Enrolment
from tests.fees.ledger_kit import payment
from tests.fees.refund_kit import (
    ACCOUNT,
    NOW,
    Office,
    asked,
    bank_account,
    entry,
    money_of,
    state_of,
)
from upt_portal.kernel.models import IssuedPaper, Mail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
ZERO = Decimal(0)
ALL = Decimal("335.00")


@pytest.fixture
def office(db: None) -> Office:
    return Office()


def approved_transfer(account: Enrolment, office: Office, amount: str = "335.00", **fields: object) -> Refund:
    money = payment(account, amount, method=Payment.Method.BANK)
    values: dict[str, object] = {"account": ACCOUNT}
    refund = asked(money, account.person.user, **(values | fields))  # type: ignore[arg-type]
    return office.approves(refund)


def make(office: Office, count: int = 1, total: str = "335.00", currency: str = "RON") -> RefundBatch:
    return refund_batches.make_batch(
        currency,
        seen_count=count,
        seen_total=Decimal(total),
        execute_on=date(2026, 11, 23),
        actor=office.first,
        at=NOW,
    )


def test_transfers_leave_in_a_file_that_is_valid_against_the_banks_schema(
    account: Enrolment, office: Office
) -> None:
    import xml.etree.ElementTree as ET
    from pathlib import Path

    import sepaxml
    import xmlschema

    bank_account()
    first = approved_transfer(account, office, "335.00")
    second = approved_transfer(account, office, "64.99")
    batch = make(office, 2, "399.99")
    schema = xmlschema.XMLSchema(str(Path(sepaxml.__file__).parent / "schemas" / "pain.001.001.09.xsd"))
    schema.validate(batch.xml)
    broken = batch.xml.replace("<NbOfTxs>2</NbOfTxs>", "<NbOfTxs>two</NbOfTxs>")
    assert broken != batch.xml
    assert not schema.is_valid(broken)  # the schema does look
    space = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
    tree = ET.fromstring(batch.xml)

    def all_of(path: str) -> list[str | None]:
        return [one.text for one in tree.findall(f".//p:{path}", space)]

    keys = list(RefundAttempt.objects.order_by("pk").values_list("key", flat=True))
    assert all_of("EndToEndId") == keys
    assert [one.text for one in tree.findall(".//p:InstdAmt", space)] == ["335.00", "64.99"]
    assert tree.find(".//p:InstdAmt", space).attrib == {"Ccy": "RON"}  # type: ignore[union-attr]
    assert all_of("GrpHdr/p:MsgId") == ["RAMB-2026-0001-RON"]
    assert all_of("GrpHdr/p:CtrlSum") == ["399.99"]
    assert all_of("Cdtr/p:Nm") == ["Andra Valeanu", "Andra Valeanu"]  # banks take no diacritics
    assert (str(batch), batch.filename) == ("2026-0001", "rambursari-2026-0001-ron.xml")
    assert {state_of(first), state_of(second)} == {"sent"}
    with pytest.raises(Refused, match="has changed"):
        make(office, 2, "399.99")  # the same list a second time: nothing is left to send
    assert RefundBatch.objects.count() == 1


def test_a_file_needs_the_list_that_was_seen_an_account_and_a_day_to_come(
    account: Enrolment, office: Office
) -> None:
    refund = approved_transfer(account, office)
    with pytest.raises(Refused, match="No account"):
        make(office)
    bank_account()
    with pytest.raises(Refused, match="has changed"):
        make(office, 1, "334.00")
    with pytest.raises(Refused, match="past"):
        refund_batches.make_batch(
            "RON", seen_count=1, seen_total=ALL, execute_on=date(2026, 11, 19), actor=office.first, at=NOW
        )
    assert (state_of(refund), RefundAttempt.objects.count()) == ("approved", 0)


def test_in_euro_the_file_says_sepa(account: Enrolment, office: Office) -> None:
    bank_account("EUR")
    money = payment(account, "100.00", currency="EUR", method=Payment.Method.BANK)
    german = Account(iban="DE89 3704 0044 0532 0130 00", holder="Andra Văleanu", swift="COBADEFF")
    office.approves(asked(money, account.person.user, account=german))
    xml = make(office, 1, "100.00", "EUR").xml
    assert "<Cd>SEPA</Cd>" in xml
    assert "COBADEFF" in xml


def test_a_statement_says_that_the_money_arrived_and_later_that_it_came_back(
    account: Enrolment, office: Office
) -> None:
    bank_account()
    refund = approved_transfer(account, office)
    make(office)
    attempt = refund.attempts.get()
    entry("debit", "335.00", end_to_end="NOTPROVIDED")
    entry("debit", "334.00", end_to_end=attempt.key)
    assert refund_batches.match_statements(at=NOW) == 0  # another key, another sum
    entry("debit", "335.00", end_to_end=attempt.key)
    assert refund_batches.match_statements(at=NOW) == 1
    assert refund_batches.match_statements(at=NOW) == 0
    attempt.refresh_from_db()
    assert (state_of(refund), attempt.note) == ("paid", "R-2026-000001")

    entry("came_back", "335.00", end_to_end=attempt.key, message="Cont închis")
    assert refund_batches.match_statements(at=NOW) == 1
    refund.refresh_from_db()
    assert (refund.state, "Cont închis" in refund.reason) == ("failed", True)
    assert IssuedPaper.objects.get(kind=queries.NOTE).state == IssuedPaper.State.REVOKED
    assert Mail.objects.filter(template="fees/mail/refund_failed").count() == 1
    assert money_of(refund.payment) == (ZERO, ALL, ZERO)  # still set aside


def test_a_failed_transfer_is_sent_again_as_a_new_attempt_and_approved_anew(
    account: Enrolment, office: Office
) -> None:
    bank_account()
    refund = approved_transfer(account, office)
    make(office)
    first = refund.attempts.get()
    refund_sending.note_failure(first.pk, reason="cont închis", actor=office.first, at=NOW)
    with pytest.raises(Refused, match="has changed"):
        make(office)
    other = Account(iban="RO09 BCYP 0000 0012 3456 7890", holder="Andra Văleanu")
    again = refunds.retry(refund.pk, account=other, reason="alt cont", actor=office.first, at=NOW)
    assert (again.state, again.approved_by, again.iban_masked) == ("checked", None, "RO09 •••• 7890")
    refunds.approve(refund.pk, seen=ALL, actor=office.second, at=NOW)
    make(office)
    second = refund.attempts.latest("number")
    assert (second.number, second.account, second.key != first.key) == (2, "RO09 •••• 7890", True)
    refund_sending.note_arrival(second.pk, known_from="extras 23.11", actor=office.first, at=NOW)
    assert (state_of(refund), money_of(refund.payment)) == ("paid", (ZERO, ALL, ZERO))
    assert [one.state for one in refund.attempts.all()] == ["failed", "settled"]


def test_a_refund_given_up_frees_its_money(account: Enrolment, office: Office) -> None:
    bank_account()
    refund = approved_transfer(account, office)
    make(office)
    refund_sending.note_failure(refund.attempts.get().pk, reason="cont închis", actor=office.first, at=NOW)
    refunds.close(
        refund.pk, reason="studentul păstrează banii pentru anul viitor", actor=office.first, at=NOW
    )
    assert (state_of(refund), money_of(refund.payment)) == ("closed", (ZERO, ZERO, ALL))
