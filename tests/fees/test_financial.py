"""The student's Financial page in full: instalments, kinds, documents, filters, five hundred lines."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fees.models import Allocation, Charge, Payment, Reduction
from fees.queries import causes, financial
from fees.queries.causes import Cause
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.ledger_kit import DUE, allocate, charge, fee_type, payment
from upt_portal.accounts.models import User
from upt_portal.kernel.calendar import end_of_day

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
LARGEST = 60_000  # bytes of a page


@pytest.fixture
def own(account: Enrolment, browser_of: Browser, clock: object) -> Client:
    """The browser of the student whose account it is."""
    return browser_of(account.person.user)


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer
    return unescape(answer.content.decode()).replace("\xa0", " ")


def headings(text: str) -> list[str]:
    return [" ".join(found.split()) for found in re.findall(r"<h2[^>]*>(.*?)</h2>", text, re.S)]


def row_of(text: str, words: str) -> str:
    """The table row in which these words stand."""
    return next(row for row in re.findall(r"<tr>(.*?)</tr>", text, re.S) if words in row)


def instalment(account: Enrolment, number: int, due: datetime, **fields: object) -> Charge:
    return charge(
        account,
        "1000.00",
        fee_type=fee_type("TUITION"),
        description_ro=f"Taxa de studii, rata {number} din 4",
        due_at=due,
        **fields,
    )


def test_REC_037_the_menu_of_the_personal_page_leads_to_the_statement(
    own: Client, account: Enrolment
) -> None:
    charge(account, "123.00", description_ro="Taxă de reexaminare")
    address = f"/student/{account.pk}/financial/"
    assert f'href="{address}"' in page(own, f"/student/{account.pk}/grades/")
    shown = page(own, address)
    assert "<h1>Financiar</h1>" in shown
    assert "Taxă de reexaminare" in shown
    assert "123,00 lei" in shown


def test_FEE_102_instalments_other_fees_and_payment_documents(own: Client, account: Enrolment) -> None:
    """Every instalment with value, paid, to pay, due date and state; other fees by kind; what each paid."""
    dues = [end_of_day(datetime(2026, month, 15).date()) for month in (10, 12)]
    first, second = (instalment(account, n, due) for n, due in enumerate(dues, 1))
    exam = charge(account, "150.00", fee_type=fee_type("REEXAM"), description_ro="Reexaminare: Fizică")
    Charge.objects.filter(pk=first.pk).update(overdue_at=dues[0] + timedelta(seconds=1))
    money = payment(account, "1150.00", method=Payment.Method.BANK, receipt_number=77)
    allocate(money, first, "400.00")
    allocate(money, exam, "150.00")
    text = page(own, f"/student/{account.pk}/financial/")
    assert headings(text)[0] == "Taxa de studii: rate"
    assert {"1.000,00 lei", "400,00 lei", "600,00 lei", "15.10.2026"} <= set(
        re.findall(r"[\d.,]+ lei|\d\d\.\d\d\.\d{4}", row_of(text, "rata 1 din 4"))
    )
    assert "Restantă" in row_of(text, "rata 1 din 4")
    assert "De plătit" in row_of(text, "rata 2 din 4")
    assert "Plătit" in row_of(text, "Reexaminare: Fizică")
    document = row_of(text, "2026-000077")
    for words in ("transfer bancar", "rata 1 din 4: 400,00 lei", "Reexaminare: Fizică: 150,00 lei"):
        assert words in document
    assert "600,00 lei încă nealocați" in document
    assert second.pk
    assert re.search(r"name=\"charge\" value=\"\d+\" checked", text)


def test_FEE_005_totals_by_currency_and_money_that_waits(own: Client, account: Enrolment) -> None:
    """The worked example of 7.5, beside an account in euro that is never added to it."""
    dues = [(10, 31), (12, 15)], [(2, 15), (4, 15)]
    lines = [
        instalment(account, n, end_of_day(datetime(year, *day).date()))
        for n, (year, day) in enumerate(
            [(2026, dues[0][0]), (2026, dues[0][1]), (2027, dues[1][0]), (2027, dues[1][1])], 1
        )
    ]
    money = payment(account, "1700.00")
    allocate(money, lines[0], "1000.00"), allocate(money, lines[1], "500.00")
    charge(account, "2430.00", currency="EUR")
    found = financial.financial_of(account, end_of_day(datetime(2027, 2, 20).date()))
    ours, euro = found.totals
    assert (ours.currency, ours.balance.paid, ours.left, ours.balance.overdue) == ("RON", 1500, 2500, 1500)
    assert (euro.currency, euro.left) == ("EUR", 2430)
    assert found.spare == [("RON", 200)]
    text = page(own, f"/student/{account.pk}/financial/")
    assert "200,00 lei primiți și încă nealocați" in text
    assert "2.430,00 EUR" in text
    assert "3.930" not in text
    assert "4.930" not in text


def test_FEE_101_the_duty_to_follow_the_own_finances_stands_on_the_page(
    own: Client, account: Enrolment
) -> None:
    text = page(own, f"/student/{account.pk}/financial/")
    assert "Studentul își urmărește situația financiară" in text
    assert "FEE-101" in text


def test_each_line_leads_to_its_rule_and_to_the_case_it_comes_from(
    own: Client, account: Enrolment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(causes, "_KINDS", {})
    causes.register(
        "contracting.annex", lambda keys: {key: Cause(f"anexa {key}", f"/annex/{key}/") for key in keys}
    )
    charge(account, rule="FEE-030", article="art. 27 (3)", working_ro="4.150,00 × 4 ÷ 60")
    charge(account, reference="unknown.thing:9", description_ro="Altceva")
    text = page(own, f"/student/{account.pk}/financial/")
    line = row_of(text, "Teoria sistemelor")
    assert 'href="/rulebook/FEE-030/"' in line
    assert "art. 27 alin. (3)" in line
    assert "4.150,00 × 4 ÷ 60" in line
    assert '<a href="/annex/17/">anexa 17</a>' in line
    assert "href" not in row_of(text, "Altceva")


def test_causes_are_asked_once_for_each_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[int]] = []

    def find(keys: list[int]) -> dict[int, Cause]:
        asked.append(list(keys))
        return {1: Cause("one")}

    monkeypatch.setattr(causes, "_KINDS", {"a.b": find})
    assert causes.causes_of(["a.b:1", "a.b:2", "a.b:1", "c.d:1", "a.b:x", "none"]) == {"a.b:1": Cause("one")}
    assert asked == [[1, 2]]


def test_what_is_to_pay_is_never_hidden_by_the_filter(own: Client, account: Enrolment) -> None:
    last = factories.academic_year("2025-2026")
    charge(account, "111.00"), charge(account, "222.00", year=last), charge(account, "50.00", currency="EUR")
    text = page(own, f"/student/{account.pk}/financial/?year=2025-2026")
    assert "2 linii din alți ani sunt încă de plătit" in text
    assert "111,00 lei" in text
    assert "50,00 EUR" in text
    assert "din alți ani" not in page(own, f"/student/{account.pk}/financial/")


def test_FEE_016_each_programme_has_its_own_account(own: Client, account: Enrolment) -> None:
    other = factories.enrolment(person=account.person)
    charge(other, "3900.00")
    text = page(own, f"/student/{account.pk}/financial/")
    assert f'href="/student/{other.pk}/financial/"' in text
    assert "3.900,00" not in text


def test_an_exempted_line_says_how_much_is_not_asked_for(own: Client, account: Enrolment) -> None:
    line = charge(account, "335.00")
    Reduction.objects.create(
        charge=line, kind="exemption", amount="35.00", at=factories.NOW, reason="Decizia 12"
    )
    text = row_of(page(own, f"/student/{account.pk}/financial/"), "Recontractare")
    assert "35,00 lei nu se mai cer" in text
    assert "300,00 lei" in text


def test_lines_of_two_currencies_are_paid_one_after_another(own: Client, account: Enrolment) -> None:
    one, two = charge(account, "335.00"), charge(account, "50.00", currency="EUR")
    text = page(own, f"/student/{account.pk}/pay/?charge={one.pk}&charge={two.pk}")
    assert f"/pay/?charge={one.pk}&total=335.00" in text
    assert f"/pay/?charge={two.pk}&total=50.00" in text
    assert "385" not in text
    chosen = re.findall(r'value="(\d+)" checked', page(own, f"/student/{account.pk}/financial/"))
    assert chosen == [str(one.pk)]


def many(account: Enrolment, count: int) -> None:
    """`count` lines of two years; most are paid, by a payment each, a dozen is open."""
    money = [
        payment(account, "335.00", receipt_number=10_000 + n, reference=f"pi_many_{count}_{n}")
        for n in range(count - 12)
    ]
    lines = [
        charge(account, year=factories.academic_year("2026-2027" if n % 2 else "2025-2026"))
        for n in range(count)
    ]
    for one, line in zip(money, lines, strict=False):
        Allocation.objects.create(payment=one, charge=line, amount="335.00", at=factories.NOW)


def test_five_hundred_lines_cost_what_twenty_do(own: Client, account: Enrolment, browser_of: Browser) -> None:
    address = f"/student/{account.pk}/financial/"

    def cost() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            answer = own.get(address)
        return len(queries), len(answer.content)

    many(account, 20)
    page(own, address)
    few, _size = cost()
    many_more(account)
    queries, size = cost()
    assert queries == few <= 16
    assert size < LARGEST
    text = page(own, address)
    assert len(re.findall('type="checkbox"', text)) == 24
    assert "pagina 1 din" in text
    second = page(own, f"{address}?closed=2&payments=2")
    assert second != text
    assert len(re.findall('type="checkbox"', second)) == 24
    page(own, f"{address}?closed=nonsense&payments=-1")


def many_more(account: Enrolment) -> None:
    """The rest of five hundred lines, quickly."""
    start = Payment.objects.filter(enrolment=account).count() + 20_000
    money = Payment.objects.bulk_create(
        Payment(
            enrolment=account,
            method="card",
            amount="335.00",
            currency="RON",
            payer_name="Andra Văleanu",
            reference=f"pi_bulk_{n}",
            paid_at=factories.NOW,
            booked_at=factories.NOW,
            receipt_year=2026,
            receipt_number=start + n,
        )
        for n in range(468)
    )
    lines = Charge.objects.bulk_create(
        Charge(
            enrolment=account,
            fee_type=fee_type("REEXAM" if n % 3 else "RECONTRACT"),
            year=factories.academic_year(),
            reference=f"contracting.annex:{n}",
            line_key="bulk",
            description_ro=f"Recontractare: Teoria sistemelor {n}",
            description_en=f"Re-contract: Systems theory {n}",
            working_ro="4.150,00 × 4 ÷ 60",
            rule="FEE-030",
            article="art. 27 (3)",
            amount="335.00",
            posted_at=factories.NOW,
            due_at=DUE,
            released_at=factories.NOW,
        )
        for n in range(480)
    )
    Allocation.objects.bulk_create(
        Allocation(payment=one, charge=line, amount="335.00", at=factories.NOW)
        for one, line in zip(money, lines, strict=False)
    )
