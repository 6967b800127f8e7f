"""The books of a month: they add up, a closed month stays as it was, files for the accountants agree."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from html import unescape

import openpyxl
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fees.models import Charge, MonthClosing, PaymentReversal, Reduction, RefundAttempt
from fees.queries import books, exporting
from fees.services import books as services
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.ledger_kit import allocate, charge, payment
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel.calendar import end_of_day, start_of_day

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def at(day: int, month: int = 10) -> datetime:
    return start_of_day(date(2026, month, day)) + timedelta(hours=10)


@pytest.fixture
def finance(db: None) -> User:
    return factories.user(roles.FINANCE)


@pytest.fixture
def october(account: Enrolment) -> Enrolment:
    """A line of September; in October charges, payments of each method, an exemption and a cancelled line."""
    charge(account, "500.00", posted_at=at(30, 9))
    line, gone = charge(account, "1000.00", posted_at=at(1)), charge(account, "80.00", posted_at=at(2))
    Charge.objects.filter(pk=gone.pk).update(cancelled_at=at(3), cancelled_reason="=HYPERLINK(1)")
    Reduction.objects.create(charge=line, kind="exemption", amount="100.00", at=at(4), reason="Decizia 7")
    for method, amount in (("card", "300.00"), ("bank", "200.00"), ("cash", "50.00"), ("card", "25.00")):
        allocate(payment(account, amount, method=method, booked_at=at(5), paid_at=at(5)), line, amount)
    charge(account, "2430.00", currency="EUR", posted_at=end_of_day(date(2026, 10, 31)))
    charge(account, "7.00", posted_at=start_of_day(NOVEMBER))
    return account


def figures(book: books.Book) -> list[tuple[str, str, Decimal, int]]:
    return [(line.kind, line.method, line.amount, line.count) for line in book.lines]


def test_a_month_by_currency_and_method(october: Enrolment) -> None:
    lei, euro = books.books_of(*books.bounds(OCTOBER))
    assert (lei.currency, lei.opening, lei.closing) == ("RON", 500, 825)
    assert figures(lei) == [
        ("charged", "", 1080, 2),
        ("cancelled", "", -80, 1),
        ("exempted", "", -100, 1),
        ("paid", "bank", -200, 1),
        ("paid", "card", -325, 2),
        ("paid", "cash", -50, 1),
    ]
    assert (euro.currency, euro.opening, euro.closing) == ("EUR", 0, 2430)


def test_all_movements_give_what_stands_on_the_rows(october: Enrolment) -> None:
    now = at(20, 11)
    found = books.month_of(NOVEMBER, now)
    assert found.holds
    assert books.standing() == {"RON": Decimal("832.00"), "EUR": Decimal("2430.00")}
    assert {book.currency: book.closing for book in found.books} == books.standing()


def test_a_control_a_row_that_disagrees_is_seen(october: Enrolment) -> None:
    """Were the sums on the rows ever wrong, the month would say so and could not be closed."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # the triggers look away
        cursor.execute("UPDATE fees_charge SET allocated = allocated + 1 WHERE amount = 1000")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    assert [proof.difference for proof in books.month_of(NOVEMBER, at(20, 11)).proofs if not proof.holds] == [
        1
    ]


def close(month: date, actor: User, moment: datetime, **fields: str) -> MonthClosing:
    last = books.last_closed()
    seen = services.digest_of(services.figures_of(month), last.digest if last else "")
    return services.close_month(month, actor=actor, at=moment, **{"seen": seen, **fields})


def test_a_closed_month_stays_whatever_comes_later(october: Enrolment, finance: User) -> None:
    closing = close(OCTOBER, finance, at(5, 11), note="inventar")
    money = october.payments.get(amount="200.00")
    taken = money.allocations.get()
    allocate(money, taken.charge, "-200.00", reverses=taken, reason="stornare")
    PaymentReversal.objects.create(payment=money, at=at(6, 11), by=finance, reason="cont greșit")
    kept = books.month_of(OCTOBER, at(20, 11))
    assert kept.closing == closing
    assert {book.currency: book.as_figures() for book in kept.books} == closing.figures
    lei = next(book for book in books.month_of(NOVEMBER, at(20, 11)).books if book.currency == "RON")
    assert (lei.opening, lei.closing) == (825, 1032)
    assert figures(lei) == [("charged", "", 7, 1), ("reversed", "bank", 200, 1)]
    assert kept.holds
    assert books.month_of(NOVEMBER, at(20, 11)).holds
    entry = audit.trail(services.BOOKS).get()
    assert (entry.act, entry.actor, entry.reason) == ("fees.close_month", finance, "inventar")


def test_a_closed_month_receives_no_movement(october: Enrolment, finance: User) -> None:
    line = charge(october, "10.00", posted_at=at(2, 11))
    close(OCTOBER, finance, at(5, 11))
    late = at(31)
    refused: list[Callable[[], object]] = [
        lambda: charge(october, "1.00", posted_at=late),
        lambda: payment(october, "1.00", booked_at=late),
        lambda: Reduction.objects.create(charge=line, kind="exemption", amount="1.00", at=late, reason="x"),
        lambda: PaymentReversal.objects.create(
            payment=payment(october, "1.00", booked_at=at(2, 11)), at=late, by=finance, reason="x"
        ),
        lambda: Charge.objects.filter(pk=line.pk).update(cancelled_at=late, cancelled_reason="x"),
    ]
    for act in refused:
        with pytest.raises(IntegrityError, match="closed"), transaction.atomic():
            act()
    Charge.objects.filter(pk=line.pk).update(cancelled_at=at(6, 11), cancelled_reason="x")
    charge(october, "1.00", posted_at=start_of_day(NOVEMBER))


def test_months_are_closed_in_their_order_and_only_when_over(october: Enrolment, finance: User) -> None:
    with pytest.raises(services.NotClosed):
        close(NOVEMBER, finance, at(20, 11))
    close(date(2026, 9, 1), finance, at(5, 11))
    with pytest.raises(services.NotClosed):
        close(date(2026, 9, 1), finance, at(5, 11))
    with pytest.raises(services.NotClosed):
        close(NOVEMBER, finance, at(5, 12))
    close(OCTOBER, finance, at(5, 11))
    close(NOVEMBER, finance, at(5, 12))
    with pytest.raises(IntegrityError), transaction.atomic():
        MonthClosing.objects.create(
            month=date(2027, 6, 1), figures={}, digest="x", closed_at=at(5, 12), closed_by=finance
        )


def test_figures_nobody_looked_at_are_not_closed(october: Enrolment, finance: User) -> None:
    seen = services.digest_of(services.figures_of(OCTOBER), "")
    charge(october, "3.00", posted_at=at(31))
    with pytest.raises(services.NotClosed):
        close(OCTOBER, finance, at(5, 11), seen=seen)
    assert not MonthClosing.objects.exists()


def test_a_closing_that_was_touched_is_found(october: Enrolment, finance: User) -> None:
    for month in (date(2026, 9, 1), OCTOBER):
        close(month, finance, at(5, 11))
    assert services.broken_closings() == []
    with pytest.raises(DatabaseError, match="update"), transaction.atomic():
        MonthClosing.objects.filter(month=OCTOBER).update(note="x")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE fees_monthclosing SET figures = jsonb_set(figures, '{RON,closing}', '\"1.00\"') "
            "WHERE month = '2026-10-01'"
        )
    assert services.broken_closings() == ["2026-10"]


# --- the pages ----------------------------------------------------------------------------------------------


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer
    return unescape(answer.content.decode()).replace("\xa0", " ")


def test_the_month_on_the_page_and_its_closing(
    october: Enrolment, finance: User, browser_of: Browser, clock: object
) -> None:
    client = browser_of(finance)
    text = page(client, "/finance/month/?month=2026-10")
    for words in ("500,00 lei", "Plăți, card", "−325,00 lei", "825,00 lei", "2.430,00 EUR", "Închid luna"):
        assert words in text, words
    assert "Închid luna" not in page(client, "/finance/month/")
    assert "Din ce este făcut soldul" in page(client, "/finance/month/")
    ask = page(client, "/finance/month/close/?month=2026-10")
    seen = ask.split('name="seen" value="')[1].split('"')[0]
    answer = client.post("/finance/month/close/?month=2026-10", {"seen": seen, "note": "ok"}, follow=True)
    assert "este închisă" in unescape(answer.content.decode())
    again = client.post("/finance/month/close/?month=2026-10", {"seen": seen}, follow=True)
    assert "deja închisă" in unescape(again.content.decode())
    assert MonthClosing.objects.get().digest in page(client, "/finance/month/?month=2026-10")
    assert client.get("/finance/month/close/?month=2026-10").status_code == 302
    for wrong in ("2026-13", "x", "2031-01", "0001-01"):
        page(client, f"/finance/month/?month={wrong}", status=404)


def test_the_month_asks_a_constant_number_of_queries(
    october: Enrolment, finance: User, browser_of: Browser, clock: object
) -> None:
    client = browser_of(finance)
    page(client, "/finance/month/?month=2026-11")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(client, "/finance/month/?month=2026-11")
        return len(queries)

    before = cost()
    for _round in range(3):
        payment(october, "5.00", booked_at=at(3, 11)), charge(october, "6.00", posted_at=at(3, 11))
    assert cost() == before


# --- files --------------------------------------------------------------------------------------------------


def rows_of(client: Client, table: str, shape: str = "csv", last: str = "31.10.2026") -> list[list[str]]:
    asked = {"table": table, "first": "01.10.2026", "last": last, "shape": shape}
    answer = client.post("/finance/exports/", asked)
    assert answer.status_code == 200
    data = b"".join(answer.streaming_content)
    if shape == "csv":
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_the_file_of_movements_adds_up_to_the_books(
    october: Enrolment, finance: User, browser_of: Browser, clock: object
) -> None:
    head, *rows = rows_of(browser_of(finance), "movements")
    assert head[:4] == ["Data", "Mișcare", "Mod de plată", "Student"]
    totals = {row[14]: row[13] for row in rows if row[0] == "Total"}
    books_now = {
        book.currency: book.closing - book.opening for book in books.books_of(*books.bounds(OCTOBER))
    }
    assert totals == {currency: str(sum_).replace(".", ",") for currency, sum_ in books_now.items()}
    assert (
        len(rows)
        == sum(line.count for book in books.books_of(*books.bounds(OCTOBER)) for line in book.lines) + 2
    )
    assert [row[12] for row in rows if "HYPERLINK" in row[12]] == ["'=HYPERLINK(1)"]
    assert {row[2] for row in rows if row[1] == "Plăți"} == {"card", "transfer bancar", "casierie"}


@pytest.mark.parametrize("table", [export.name for export in exporting.EXPORTS])
def test_each_file_opens_in_both_shapes_with_the_same_rows(
    october: Enrolment, finance: User, browser_of: Browser, clock: object, table: str
) -> None:
    client = browser_of(finance)
    as_csv, as_book = (rows_of(client, table, shape, "31.12.2026") for shape in ("csv", "xlsx"))
    assert len(as_csv) == len(as_book) > 1
    assert as_csv[0] == as_book[0]
    entries = audit.trail(f"fees.export:{finance.pk}")
    assert [entry.data["table"] for entry in entries] == [table, table]


def test_a_file_costs_the_same_queries_however_long(october: Enrolment, finance: User) -> None:
    def cost() -> list[int]:
        counts = []
        for export in exporting.EXPORTS:
            with CaptureQueriesContext(connection) as queries:
                list(exporting.with_totals(export, *books.bounds(OCTOBER)))
            counts.append(len(queries))
        return counts

    before = cost()
    for _round in range(3):
        money, line = payment(october, "5.00", booked_at=at(9)), charge(october, "6.00", posted_at=at(9))
        allocate(money, line, "5.00")
    assert cost() == before


def test_an_export_wants_a_period(finance: User, browser_of: Browser, clock: object) -> None:
    answer = browser_of(finance).post(
        "/finance/exports/", {"table": "x", "first": "2.10.2026", "last": "1.10.2026"}
    )
    text = unescape(answer.content.decode())
    assert "Există o problemă" in text
    assert "cel târziu ultima zi" in text
    assert not RefundAttempt.objects.exists()
