"""Money of nobody leaves with the next bank file, back to the account it came from."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from fees.models import BankEntry, RefundBatch
from fees.refusal import Refused
from fees.services import entries, refund_batches
from tests.fees.refund_kit import Office, finance
from tests.fees.statement_kit import NOW, PAYER, Moved, bank_account, booked, camt, entry
from upt_portal.accounts.models import User
from upt_portal.kernel import audit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
D = Decimal
DAY = date(2026, 11, 23)


@pytest.fixture
def office(account: object) -> Office:
    bank_account()
    return Office()


def unknown(amount: str = "79.90", reference: str = "BR-UNKNOWN") -> BankEntry:
    """Money of a payer nobody knows, on a booked statement."""
    moved = Moved(amount, name="SC Exemplu SRL", message="factura 12", reference=reference)
    booked(camt(moved), finance())
    return entry()


def file_for(actor: User, count: int, total: str) -> RefundBatch:
    return refund_batches.make_batch(
        "RON", seen_count=count, seen_total=D(total), execute_on=DAY, actor=actor, at=NOW
    )


def test_money_to_be_sent_back_leaves_once_with_the_next_file(office: Office) -> None:
    one = unknown()
    entries.send_back(one.pk, reason="plătitor necunoscut", actor=office.first, at=NOW)
    batch = file_for(office.first, 1, "79.90")
    one.refresh_from_db()
    assert (one.state, one.returned_at) == ("returned", NOW)
    assert one.returned_reference == f"{batch.message_id} RETURN-{one.pk}"
    for words in (f"<EndToEndId>RETURN-{one.pk}</EndToEndId>", PAYER, ">79.90<", "SC Exemplu SRL"):
        assert words in batch.xml
    assert [entry.act for entry in audit.trail(one)][-2:] == ["fees.send_back", "fees.entry_returned"]
    assert refund_batches.returned_with(batch) == [one]
    with pytest.raises(Refused, match="has changed"):
        file_for(office.first, 1, "79.90")
    assert RefundBatch.objects.count() == 1


def test_a_list_seen_before_a_colleague_opened_an_entry_again_makes_no_file(office: Office) -> None:
    one = unknown()
    entries.send_back(one.pk, reason="plătitor necunoscut", actor=office.first, at=NOW)
    entries.open_again(one.pk, actor=office.second, at=NOW)
    with pytest.raises(Refused, match="has changed"):
        file_for(office.first, 1, "79.90")


@pytest.mark.parametrize(("amount", "own"), [("999.99", True), ("1000.00", False)])
def test_FEE_093_from_the_limit_on_a_second_person_sends_it(office: Office, amount: str, own: bool) -> None:
    one = unknown(amount)
    entries.send_back(one.pk, reason="plătitor necunoscut", actor=office.first, at=NOW)
    assert (refund_batches.returns_for("RON", office.first, at=NOW) == [one]) is own
    assert refund_batches.returns_for("RON", office.second, at=NOW) == [one]


def test_the_page_of_files_shows_what_goes_back_and_the_file_names_it(
    office: Office, browser_of: object
) -> None:
    one = unknown()
    entries.send_back(one.pk, reason="plătitor necunoscut", actor=office.first, at=NOW)
    desk: Client = browser_of(finance())  # type: ignore[operator]
    page = desk.get("/finance/refunds/bank/").content.decode()
    assert "SC Exemplu SRL" in page
    assert PAYER not in page  # lists show accounts masked
    batch = file_for(office.first, 1, "79.90")
    assert "SC Exemplu SRL" in desk.get(f"/finance/refunds/bank/{batch.pk}/").content.decode()
