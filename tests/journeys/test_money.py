"""Money in the browser: three lines at once, a transfer found on a statement, a refund, papers, axe."""

import re
from decimal import Decimal
from io import BytesIO
from typing import Any

import pypdf
import pytest
from playwright.sync_api import expect

from fees.models import BankAccount, BankEntry, Charge, Payment, Refund
from studentrecords.models import Enrolment
from tests.fees.statement_kit import Moved, camt
from tests.journeys.conftest import Arrives
from tests.journeys.pages import DECLINED, GOOD, WORKER, Payments
from tests.journeys.register import Register
from tests.journeys.test_accessibility import Sight, look
from tests.journeys.visitor import PHONE, Visitor, plain
from tests.journeys.words import RO, said
from upt_portal.demo.build import CASHIER, CONTROLLER
from upt_portal.kernel import clock

pytestmark = pytest.mark.browser

EVERYTHING = "sanziana.moldovan@student.upt.ro"
WALLET = "RO66BACX0000001234567890"


def address_of(name: str) -> str:
    """The sign-in of somebody of the staff."""
    first, last = name.translate(str.maketrans("ăâîșțĂÂÎȘȚ", "aaistAAIST")).lower().split(" ")
    return f"{first}.{last}@upt.ro"


def holder_of(register: Register, what: str) -> tuple[int, str]:
    """Enrolment and address of whoever owes a line of this name."""

    def read() -> tuple[int, str]:
        line = Charge.objects.select_related("enrolment__person__user").get(description_ro__contains=what)
        user = line.enrolment.person.user
        assert user is not None
        return line.enrolment_id, user.email

    return register.portal.records.ask(read)


def ask(register: Register, question: Any) -> Any:
    return register.portal.records.ask(question)


def test_three_lines_at_once_with_the_first_card_declined(register: Register, arrives: Arrives) -> None:
    enrolment, email = holder_of(register, "Carte pierdută")
    student = arrives(email, **PHONE)
    payments = Payments(student, enrolment)
    payments.open("financial")
    ticks = student.page.locator("#choose input[name=charge]")
    wanted = ["Carte pierdută", "Cheie pierdută", "Calculator"]
    for n in range(ticks.count()):
        row = plain(ticks.nth(n).locator("xpath=ancestor::tr").inner_text())
        ticks.nth(n).set_checked(any(words in row for words in wanted))
    student.page.locator("#choose button").click()
    assert "170,50 lei" in student.reads(".hero")
    student.page.locator(".hero button").click()
    payments.type_card(DECLINED)
    expect(student.page.locator(".summary")).to_contain_text(said("declined", RO))
    payments.type_card(GOOD)
    payments.expect_receipt()
    for words in (*wanted, "170,50 lei"):
        assert words in student.reads()
    payments.open("financial")
    rows = student.page.locator("#choose tbody tr").all_inner_texts()
    assert sum("Plătit" in row and any(words in row for words in wanted) for row in rows) == 3
    paid = ask(
        register, lambda: list(Payment.objects.filter(enrolment=enrolment).values_list("amount", flat=True))
    )
    assert paid == [Decimal("170.50")]


def test_a_transfer_is_found_on_the_statement(register: Register, arrives: Arrives) -> None:
    enrolment, email = holder_of(register, "Duplicat diplomă")
    student = arrives(email)
    student.go(f"/student/{enrolment}/financial/")
    ticks = student.page.locator("#choose input[name=charge]")
    for n in range(ticks.count()):
        row = ticks.nth(n).locator("xpath=ancestor::tr").inner_text()
        ticks.nth(n).set_checked("Duplicat diplomă" in row)
    student.page.locator("#choose button").click()
    student.page.locator(f"form[action='/student/{enrolment}/pay/transfer/'] button").click()
    code = re.search(r"RF\d\d[ 0-9A-Z]+", student.reads())
    assert code is not None
    iban = ask(register, lambda: BankAccount.objects.get(currency="RON", active=True).iban)
    day = register.portal.records.ask(clock.today)
    statement = camt(
        Moved("90.00", message=f"/{code[0].strip()}/ taxa", reference="JOURNEY1", day=day), iban=iban
    )
    finance = arrives(address_of(CASHIER))
    finance.go("/finance/bank/")
    finance.page.locator("input[type=file]").set_input_files(
        {"name": "extras.xml", "mimeType": "application/xml", "buffer": statement}
    )
    finance.page.locator("form[enctype] button[type=submit]").click()
    assert "90,00 lei" in finance.reads()
    finance.page.locator("form[action$='/confirm/'] button").click()
    _until(student, f"/student/{enrolment}/financial/", lambda: "Duplicat diplomă" in _paid_rows(student))
    state = ask(register, lambda: BankEntry.objects.get(bank_reference="JOURNEY1").state)
    assert state == "booked"


def _paid_rows(visitor: Visitor) -> str:
    rows = visitor.page.locator("#choose tbody tr").all_inner_texts()
    return " ".join(plain(row) for row in rows if re.search(r"\b(Plătit|Paid)\b", row))


def _until(visitor: Visitor, path: str, there: Any) -> None:
    """Open a page again until something is so, as long as a worker may take."""
    for _round in range(WORKER // 1000):
        visitor.go(path)
        if there():
            return
        visitor.page.wait_for_timeout(1000)
    raise AssertionError(f"still not there: {visitor.reads()}")


def test_a_refund_is_asked_for_and_received(register: Register, arrives: Arrives) -> None:
    """Maker and checker are two people; the money leaves with the bank file, the student sees it arrive."""
    student = arrives(EVERYTHING)
    enrolment = ask(register, lambda: Enrolment.objects.get(person__user__email=EVERYTHING).pk)
    student.go(f"/student/{enrolment}/refunds/")
    student.page.locator("a[href*='/refunds/new/']").first.click()
    page = student.page
    page.locator("[name=ground][value=too_much]").check()
    page.locator("[name=holder]").fill("Sânziana Moldovan")
    page.locator("[name=iban]").fill(WALLET)
    page.locator("main form[enctype] button[type=submit]").click()
    refund = ask(register, lambda: Refund.objects.filter(state="requested").latest("pk"))
    assert refund.amount == Decimal("80.00")

    first, second = arrives(address_of(CASHIER)), arrives(address_of(CONTROLLER))
    first.go(f"/finance/refunds/{refund.pk}/")
    first.page.locator("form[action$='/check/'] button").click()
    second.go(f"/finance/refunds/{refund.pk}/")
    second.page.locator("form[action$='/approve/'] button").click()
    first.go("/finance/refunds/bank/")
    first.page.locator("form[action='/finance/refunds/bank/'] button").first.click()
    with first.page.expect_download() as started:
        first.page.locator("a[href$='/file/']").click()
    assert b"pain.001" in started.value.path().read_bytes()
    first.go(f"/finance/refunds/{refund.pk}/")
    first.page.locator("details:has(form[action$='/failed/']) summary").click()
    first.page.locator("form[action$='/failed/'] [name=said]").fill("OPH 4711, debitat azi")
    first.page.locator("form[action$='/failed/'] button[formaction]").click()
    assert ask(register, lambda: Refund.objects.get(pk=refund.pk).state) == "paid"
    student.go(f"/student/{enrolment}/financial/")
    assert "80,00 lei încă nealocați" not in student.reads()


def test_the_statement_of_account_is_a_paper(register: Register, arrives: Arrives) -> None:
    student = arrives(EVERYTHING)
    enrolment = ask(register, lambda: Enrolment.objects.get(person__user__email=EVERYTHING).pk)
    path = f"/student/{enrolment}/financial/papers/"
    student.go(path)
    student.page.locator("form:has(input[value=statement]) button").click()
    link = student.page.locator("td a[href*='/papers/']")
    _until(student, path, lambda: link.count() > 0)
    with student.page.expect_download() as started:
        link.first.click()
    text = " ".join(
        page.extract_text() for page in pypdf.PdfReader(BytesIO(started.value.path().read_bytes())).pages
    )
    for words in ("Extras de cont", "Sold inițial", "Sold final", "Legitimație pierdută"):
        assert words in plain(text)


def finance_pages(register: Register) -> list[Sight]:
    """Every page of the desk, with something on it."""
    found = ask(
        register,
        lambda: (
            Enrolment.objects.get(person__user__email=EVERYTHING).pk,
            Payment.objects.earliest("pk").pk,
            Refund.objects.earliest("pk").pk,
            BankEntry.objects.filter(state="waiting").earliest("pk").pk,
            BankEntry.objects.earliest("pk").statement_id,
        ),
    )
    account, payment, refund, entry, statement = found
    return [
        Sight(path)
        for path in (
            "/finance/", "/finance/search/?q=mol", "/finance/search/?q=zzz", "/finance/accounts/?q=mol",
            f"/finance/accounts/{account}/", f"/finance/accounts/{account}/papers/", "/finance/month/",
            "/finance/exports/", "/finance/day/", "/finance/matching/", f"/finance/matching/{entry}/",
            "/finance/unallocated/", "/finance/bank/", f"/finance/bank/{statement}/", "/finance/cash/",
            f"/finance/cash/{account}/", f"/finance/payments/{payment}/", "/finance/refunds/",
            f"/finance/refunds/{refund}/", "/finance/refunds/bank/", "/finance/disputes/", "/finance/proof/",
        )
    ]  # fmt: skip


def test_pages_of_the_finance_desk(arrives: Arrives, register: Register) -> None:
    assert look(arrives(address_of(CASHIER)), finance_pages(register)) == []


def test_pages_of_a_student_with_money_in_every_state(arrives: Arrives, register: Register) -> None:
    enrolment = ask(register, lambda: Enrolment.objects.get(person__user__email=EVERYTHING).pk)
    names = ("financial/", "financial/papers/", "pay/", "refunds/")
    assert look(arrives(EVERYTHING), [Sight(f"/student/{enrolment}/{name}") for name in names]) == []
