"""The pages of bank and cash: what they show, what their buttons do, how often they ask the database."""

import io
from collections.abc import Callable
from decimal import Decimal
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from fees.models import BankEntry, Charge, Payment, StatementFile
from fees.services import cashdesk, reversals
from fees.workflow import ChargeState, EntryState
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.ledger_kit import allocate, charge, payment
from tests.fees.statement_kit import NOW, Moved, bank_account, booked, camt, clerk, entry, reference, uploaded
from upt_portal.accounts.models import User
from upt_portal.kernel import jobs
from upt_portal.kernel.models import Job, TraceEntry

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
D = Decimal


@pytest.fixture
def office(db: None) -> User:
    bank_account()
    return clerk(language="en")


@pytest.fixture
def desk(office: User, browser_of: Browser, clock: Any, settings: Any) -> Client:
    """The clerk's browser, reading English."""
    client = browser_of(office)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, (answer.status_code, answer.get("Location"))
    return unescape(answer.content.decode()).replace("\xa0", " ")


def sent(data: bytes, name: str = "extras.xml") -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile(name, data)}


# --- the student --------------------------------------------------------------------------------------------


def test_the_student_learns_what_to_write_and_until_when(
    account: Enrolment, browser_of: Browser, clock: Any
) -> None:
    bank_account()
    line = charge(account)
    client = browser_of(account.person.user)
    page = text(client.get(f"/student/{account.pk}/pay/?charge={line.pk}"))
    assert "/pay/transfer/" in page
    answer = client.post(f"/student/{account.pk}/pay/transfer/", {"charge": [line.pk]}, follow=True)
    page = text(answer)
    code = line.transfer_references.get().code
    assert " ".join(code[i : i + 4] for i in range(0, len(code), 4)) in page
    for words in (
        "RO49 AAAA 1B31 0075 9384 0000",
        "335,00 lei",
        "13 decembrie",
    ):
        assert words in page, words
    again = client.post(f"/student/{account.pk}/pay/transfer/", {"charge": [line.pk]})
    assert again["Location"] == answer.redirect_chain[-1][0]


def test_a_paid_reference_says_so(account: Enrolment, browser_of: Browser, clock: Any) -> None:
    bank_account()
    line = charge(account)
    code = reference(account, line.pk).code
    allocate(payment(account), line, "335.00")
    page = text(browser_of(account.person.user).get(f"/student/{account.pk}/pay/transfer/{code}/"))
    assert "RO49" not in page


def test_another_student_s_line_or_reference_is_not_there(
    account: Enrolment, browser_of: Browser, clock: Any
) -> None:
    bank_account()
    line = charge(account)
    code = reference(account, line.pk).code
    stranger = factories.with_past(factories.enrolment())
    client = browser_of(stranger.person.user)
    assert client.get(f"/student/{stranger.pk}/pay/transfer/{code}/").status_code == 404
    assert client.get(f"/student/{account.pk}/pay/transfer/{code}/").status_code == 404
    answer = client.post(f"/student/{stranger.pk}/pay/transfer/", {"charge": [line.pk]})
    assert answer["Location"].endswith("/financial/")
    assert client.post(f"/student/{stranger.pk}/pay/transfer/", {"charge": ["x"]}).status_code == 404


# --- statements ---------------------------------------------------------------------------------------------


def test_a_statement_is_looked_at_confirmed_and_followed(desk: Client, account: Enrolment) -> None:
    line = charge(account)
    data = camt(
        Moved(structured=reference(account, line.pk).code), Moved("3.00", name="?"), Moved(status="PDNG")
    )
    page = text(desk.post("/finance/bank/", sent(data), follow=True))
    statement = StatementFile.objects.get()
    for words in ("Find their student", account.person.list_name, "by its reference", "Book 2 entries"):
        assert words in page, words
    assert "the payer is not known" in text(desk.get(f"/finance/bank/{statement.pk}/?show=unclear"))
    assert "not booked this entry yet" in text(desk.get(f"/finance/bank/{statement.pk}/?show=left_out"))
    assert Payment.objects.count() == 0
    page = text(desk.post(f"/finance/bank/{statement.pk}/confirm/", follow=True))
    assert "The statement is being booked." in page
    assert jobs.run(str(Job.objects.get(kind="fees.book_statement").pk), at=NOW)
    page = text(desk.get(f"/finance/bank/{statement.pk}/"))
    assert "1 entry waits for a decision" in page
    assert Payment.objects.get().receipt in text(desk.get(f"/finance/bank/{statement.pk}/?show=booked"))
    page = text(desk.post("/finance/bank/", sent(data, "again.xml"), follow=True))
    assert "uploaded before" in page
    assert StatementFile.objects.count() == 1


def test_a_bad_file_is_refused_beside_its_field_and_nothing_is_kept(desk: Client) -> None:
    page = text(desk.post("/finance/bank/", sent(b"<a/>")), 422)
    assert "not a bank statement" in page
    assert "Select a file" in text(desk.post("/finance/bank/", {}), 422)
    assert StatementFile.objects.count() == 0


def test_a_file_with_faults_names_its_lines_and_has_no_button(desk: Client) -> None:
    page = text(desk.post("/finance/bank/", sent(camt(Moved(), closing="1.00")), follow=True))
    assert "Line 5:" in page
    assert "do not add up" in page
    assert "/confirm/" not in page
    statement = StatementFile.objects.get()
    page = text(desk.post(f"/finance/bank/{statement.pk}/confirm/", follow=True))
    assert "The file has faults" in page
    text(desk.post(f"/finance/bank/{statement.pk}/discard/", follow=True))
    assert desk.get(f"/finance/bank/{statement.pk}/").status_code == 404


def test_a_statement_may_be_larger_than_a_scan(desk: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 2000
    assert text(desk.post("/finance/bank/", sent(camt(*[Moved("1.00") for _n in range(5)])), follow=True))
    assert StatementFile.objects.get().size > 2000


def test_the_upload_asks_for_the_form_s_token(office: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(office, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/finance/bank/", sent(camt(Moved()))).status_code == 403
    assert StatementFile.objects.count() == 0


# --- the matching queue -------------------------------------------------------------------------------------


def waiting(office: User, *moved: Moved) -> BankEntry:
    booked(camt(*(moved or [Moved(name="Părinte Bun", message="taxa fiului")])), office)
    return BankEntry.objects.latest("pk")


def test_a_clerk_finds_the_student_and_books(desk: Client, office: User, account: Enrolment) -> None:
    first, second = charge(account, "300.00"), charge(account, "300.00")
    found = waiting(office)
    assert "Părinte Bun" in text(desk.get("/finance/matching/"))
    page = text(desk.get(f"/finance/matching/{found.pk}/?q={account.matriculation_number}"))
    assert account.person.list_name in page
    page = text(desk.get(f"/finance/matching/{found.pk}/?account={account.pk}"))
    assert [f'value="{sum}"' in page for sum in ("300.00", "35.00")] == [True, True]  # oldest first
    form = {"account": account.pk, "seen": "335.00", "amount": "335,00", f"line_{second.pk}": "300"}
    page = text(desk.post(f"/finance/matching/{found.pk}/give/", form, follow=True))
    assert "under receipt" in page
    assert {one.pk: one.state for one in Charge.objects.all()} == {
        first.pk: ChargeState.DUE, second.pk: ChargeState.PAID,
    }  # fmt: skip
    assert Payment.objects.get().unallocated == D("35.00")
    assert "35.00" in text(desk.get("/finance/unallocated/"))
    page = text(desk.post(f"/finance/matching/{found.pk}/give/", form, follow=True))
    assert Payment.objects.count() == 1  # a stale page books nothing


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"amount": ""}, "Enter the sum"),
        ({"amount": "abc"}, "Enter a sum like"),
        ({"amount": "-5"}, "above zero"),
        ({"amount": "100", "line": "200"}, "more than the sum received"),
        ({"amount": "335", "line": "300.01"}, "lacks less"),
    ],
)
def test_wrong_sums_are_said_and_nothing_typed_is_lost(
    form: dict[str, str], words: str, desk: Client, office: User, account: Enrolment
) -> None:
    line = charge(account, "300.00")
    found = waiting(office)
    data = {"account": account.pk, "amount": form["amount"], f"line_{line.pk}": form.get("line", "")}
    page = text(desk.post(f"/finance/matching/{found.pk}/give/", data), 422)
    assert words in page
    assert f'value="{form["amount"]}"' in page or not form["amount"]
    assert Payment.objects.count() == 0


def test_more_than_the_transfer_is_refused(desk: Client, office: User, account: Enrolment) -> None:
    found = waiting(office)
    data = {"account": account.pk, "amount": "400", "seen": "335"}
    assert "not within what is left" in text(
        desk.post(f"/finance/matching/{found.pk}/give/", data, follow=True)
    )
    assert "Find the student first" in text(
        desk.post(f"/finance/matching/{found.pk}/give/", {"account": "x"}, follow=True)
    )


def test_likely_students_are_suggested(desk: Client, office: User, account: Enrolment) -> None:
    charge(account, "100.00")
    name = f"{account.person.last_name} {account.person.first_name}"
    page = text(desk.get(f"/finance/matching/{waiting(office, Moved('99.00', name=name)).pk}/"))
    assert account.matriculation_number in page
    wrong = f"RF99UPT{account.pk:07d}001"
    page = text(desk.get(f"/finance/matching/{waiting(office, Moved('98.00', name='?', message=wrong)).pk}/"))
    assert account.matriculation_number in page
    assert "copied wrongly" in page


def test_money_is_sent_back_or_closed_with_a_reason(desk: Client, office: User) -> None:
    found = waiting(office)
    assert "Write the reason" in text(desk.post(f"/finance/matching/{found.pk}/end/close/", {}), 422)
    assert desk.post(f"/finance/matching/{found.pk}/end/burn/", {"reason": "x"}).status_code == 404
    text(desk.post(f"/finance/matching/{found.pk}/end/send-back/", {"reason": "greșit"}, follow=True))
    found.refresh_from_db()
    assert found.state == EntryState.TO_RETURN
    assert "greșit" in text(desk.get("/finance/matching/?show=to_return"))
    text(desk.post(f"/finance/matching/{found.pk}/open/", follow=True))
    text(desk.post(f"/finance/matching/{found.pk}/end/close/", {"reason": "chirie"}, follow=True))
    found.refresh_from_db()
    assert found.state == EntryState.CLOSED


def test_a_transfer_taken_back_leads_to_its_payment(desk: Client, office: User, account: Enrolment) -> None:
    line = charge(account)
    booked(camt(Moved(structured=reference(account, line.pk).code, reference="B1")), office)
    taken = waiting(office, Moved(reference="B1", credit=False, reversal=True))
    received = Payment.objects.get()
    address = f"/finance/payments/{received.pk}/reverse/?entry={taken.pk}"
    assert address in text(desk.get(f"/finance/matching/{taken.pk}/"))
    assert "Write the reason" in text(desk.post(address, {}), 422)
    text(desk.post(address, {"reason": "stornat de bancă"}, follow=True))
    taken.refresh_from_db()
    line.refresh_from_db()
    assert (taken.state, line.state) == (EntryState.CLOSED, ChargeState.DUE)


# --- cash, a payment, the day -------------------------------------------------------------------------------


def test_cash_is_registered_once_and_its_receipt_shown(desk: Client, account: Enrolment) -> None:
    charge(account, "300.00")
    assert account.matriculation_number in text(desk.get(f"/finance/cash/?q={account.person.last_name}"))
    address = f"/finance/cash/{account.pk}/"
    assert 'value="300.00"' in text(desk.get(address))
    form = {"amount": "300", "currency": "RON", "payer_name": "Tata", "slip": str(uuid4())}
    page = text(desk.post(address, form, follow=True))
    assert "Registered under receipt 2026-000001" in page
    desk.post(address, form)
    assert Payment.objects.count() == 1
    assert "Enter the name" in text(desk.post(address, {**form, "payer_name": ""}), 422)


def test_a_line_in_another_currency_is_said(desk: Client, account: Enrolment) -> None:
    line = charge(account, "10.00", currency="EUR")
    form = {
        "amount": "10",
        "currency": "RON",
        "payer_name": "x",
        "slip": str(uuid4()),
        f"line_{line.pk}": "10",
    }
    assert "another currency" in text(desk.post(f"/finance/cash/{account.pk}/", form), 422)


def test_a_payment_s_money_is_moved_and_the_payment_taken_back(desk: Client, account: Enrolment) -> None:
    first, second = charge(account, "100.00"), charge(account, "100.00")
    received = payment(account, "100.00")
    part = allocate(received, first, "100.00")
    own = f"/finance/payments/{received.pk}/"
    assert first.description_en in text(desk.get(own))
    off = f"{own}off/{part.pk}/"
    assert "is to be paid again" in text(desk.get(off))
    assert "100.00 unallocated" in text(desk.post(off, {"reason": "altă linie"}, follow=True))
    assert desk.get(off).status_code == 404
    text(desk.post(f"{own}put-on/", {"charge": second.pk, "amount": "100"}, follow=True))
    second.refresh_from_db()
    assert second.state == ChargeState.PAID
    page = text(desk.post(f"{own}reverse/", {"reason": "greșeală"}, follow=True))
    assert "greșeală" in page
    assert "Taken back on" in page
    assert "already taken back" in text(desk.post(f"{own}reverse/", {"reason": "x"}, follow=True))


def day_of(office: User, account: Enrolment) -> None:
    for amount, currency in (("100.00", "RON"), ("50.00", "RON"), ("20.00", "EUR")):
        cashdesk.receive(
            account.pk,
            D(amount),
            currency,
            payer_name="=Tata",
            chosen=None,
            slip=uuid4(),
            actor=office,
            at=NOW,
        )
    reversals.reverse_payment(Payment.objects.get(amount=50).pk, reason="greșit", actor=office, at=NOW)
    charge(account, "7.00")
    booked(camt(Moved("7.00", message=account.matriculation_number)), office)


def test_FEE_017_the_day_list_adds_each_currency_apart(
    desk: Client, office: User, account: Enrolment
) -> None:
    day_of(office, account)
    page = text(desk.get("/finance/day/"))
    for words in ("RON 107.00", "EUR 20.00", "−RON 50.00", "greșit", "Bank transfer"):
        assert words in page, words
    assert "127" not in page
    assert "Nothing was registered" in text(desk.get("/finance/day/?day=2026-11-01"))
    text(desk.get("/finance/day/?day=x"))


def test_the_day_list_is_exported_typed_and_recorded(desk: Client, office: User, account: Enrolment) -> None:
    day_of(office, account)
    answer = desk.post("/finance/day/export/", {"day": "2026-11-20", "format": "xlsx"})
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[7] for row in rows[1:]] == [7, 100, 50, -50, 20]
    assert (rows[2][0], rows[2][4]) == ("2026-000001", "'=Tata")
    assert "2026-000001" in desk.post("/finance/day/export/", {"format": "csv"}).content.decode("utf-8-sig")
    assert TraceEntry.objects.filter(act="fees.export_day").count() == 2


# --- constant queries ---------------------------------------------------------------------------------------


def count(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


@pytest.mark.parametrize(
    "address",
    ["/finance/bank/", "/finance/matching/", "/finance/unallocated/", "/finance/day/", "statement", "look"],
)
def test_lists_ask_equally_often_for_one_and_for_many(
    address: str, desk: Client, office: User, account: Enrolment
) -> None:
    def more(times: int) -> str:
        moved = []
        for _n in range(times):
            own = factories.enrolment()
            moved.append(Moved(structured=reference(own, charge(own).pk).code))
            moved.append(Moved("1.00", name="?"))
            payment(own, "9.00", receipt_year=2025)
        done = booked(camt(*moved), office)
        look = uploaded(camt(*moved, Moved("3.00", structured=moved[0].structured)), office)
        return {"statement": f"/finance/bank/{done.pk}/", "look": f"/finance/bank/{look.pk}/"}.get(
            address, address
        )

    first = more(1)
    desk.get(first)
    one = count(desk, first)
    assert count(desk, more(4)) == one


def test_the_page_of_an_entry_asks_equally_often(desk: Client, office: User, account: Enrolment) -> None:
    found = waiting(office)
    charge(account, "10.00")
    address = f"/finance/matching/{found.pk}/?account={account.pk}"
    desk.get(address)
    one = count(desk, address)
    for _n in range(5):
        charge(account, "10.00")
    assert count(desk, address) == one
    assert entry() is not None
