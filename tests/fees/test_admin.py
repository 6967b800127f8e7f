"""Fees in the administration: what each office sees and may do."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from fees.models import CardPayment, FeeType, Price, ProviderEvent
from tests import factories
from tests.fees.cards_kit import Cardholder, hand_over, made_up
from tests.fees.ledger_kit import allocate, charge, payment
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import audit

pytestmark = pytest.mark.django_db
LEDGER = ("charge", "payment", "cardpayment", "providerevent", "price", "feetype")


@pytest.fixture
def desk(browser_of: Callable[[User], Client], clock: object) -> Callable[[str], Client]:
    """The browser of somebody with a role."""
    return lambda role: browser_of(factories.user(role))


@pytest.fixture
def rows(cardholder: Cardholder) -> Cardholder:
    """One row of every table."""
    account = cardholder.account
    line = charge(account)
    allocate(payment(account, "400.00"), line, "335.00")
    other = charge(account, reference="x:9")
    cardholder.clicks(other)
    hand_over(made_up("something.new", {"id": "x"}))
    return cardholder


@pytest.mark.parametrize("role", [roles.FINANCE, roles.SCHOOL_MANAGEMENT, roles.ADMINISTRATOR])
def test_the_ledger_is_read_and_never_edited(
    rows: Cardholder, desk: Callable[[str], Client], role: str
) -> None:
    client = desk(role)
    for table in LEDGER:
        assert client.get(f"/admin/fees/{table}/").status_code == 200, table
    for table in LEDGER[:4]:
        assert client.get(f"/admin/fees/{table}/add/").status_code == 403, table
        model = {"charge": rows.account.charges, "payment": rows.account.payments}.get(table)
        pk = (model or {"cardpayment": CardPayment, "providerevent": ProviderEvent}[table].objects).first().pk
        page = client.get(f"/admin/fees/{table}/{pk}/change/")
        assert page.status_code == 200
        assert b'name="_save"' not in page.content
        assert client.post(f"/admin/fees/{table}/{pk}/change/", {}).status_code == 403
        assert client.post(f"/admin/fees/{table}/{pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_secretary_sees_no_money_of_the_ledger(desk: Callable[[str], Client]) -> None:
    for table in LEDGER:
        assert desk(roles.SECRETARY).get(f"/admin/fees/{table}/").status_code == 403, table


def price_fields(**fields: object) -> dict[str, object]:
    kind = FeeType.objects.get_or_create(code="TUITION", defaults={"name_ro": "Taxă", "name_en": "Fee"})[0]
    return {
        "fee_type": kind.pk,
        "year": factories.academic_year().pk,
        "first_day": "01.09.2026",
        "amount": "4020.00",
        "currency": "RON",
        "unit": "year",
        "decision": "HS 16/13.02.2026",
        "source": "decision",
        **fields,
    }


def test_the_price_list_grows_by_dated_rows(rows: Cardholder, desk: Callable[[str], Client]) -> None:
    office = desk(roles.SCHOOL_MANAGEMENT)
    assert office.post("/admin/fees/price/add/", price_fields()).status_code == 302
    used = Price.objects.get()
    assert used.amount == Decimal("4020.00")
    twice = office.post("/admin/fees/price/add/", price_fields(amount="1.00"))
    assert (twice.status_code, Price.objects.count()) == (200, 1)
    address = f"/admin/fees/price/{used.pk}/change/"
    assert office.post(address, price_fields(amount="4030.00")).status_code == 302
    charge(rows.account, price=used, reference="x:5")
    assert office.post(address, price_fields(amount="1.00")).status_code == 403
    used.refresh_from_db()
    assert used.amount == Decimal("4030.00")
    data = [entry.data for entry in audit.trail(used)]
    assert data == [{"amount": "4020.00 RON"}, {"amount": "4030.00 RON", "before": "4020.00 RON"}]


def test_the_finance_office_only_reads_prices(desk: Callable[[str], Client]) -> None:
    assert desk(roles.FINANCE).post("/admin/fees/price/add/", price_fields()).status_code == 403
    assert not Price.objects.exists()


def test_parked_events_are_a_queue(rows: Cardholder, desk: Callable[[str], Client]) -> None:
    office, event = desk(roles.FINANCE), ProviderEvent.objects.get()
    start = office.get("/admin/").content.decode()
    assert "outcome__exact=parked" in start
    queue = office.get("/admin/fees/providerevent/?outcome__exact=parked&handled_at__isnull=True")
    assert "something.new" in queue.content.decode()
    page = office.get(f"/admin/fees/providerevent/{event.pk}/change/").content.decode()
    assert f"/admin/fees/providerevent/{event.pk}/handle/" in page

    again = office.post(f"/admin/fees/providerevent/{event.pk}/retry/")
    assert again.status_code == 302
    event.refresh_from_db()
    assert event.outcome == "parked"

    handle = f"/admin/fees/providerevent/{event.pk}/handle/"
    assert office.post(handle).status_code == 200
    assert office.post(handle, {"note": " "}).status_code == 422
    assert office.post(handle, {"note": "nu ne privește"}).status_code == 302
    event.refresh_from_db()
    assert (event.handled_note, event.handled_by.groups.get().name) == ("nu ne privește", roles.FINANCE)
    assert office.get(handle).status_code == 404


def test_only_the_finance_office_deals_with_events(rows: Cardholder, desk: Callable[[str], Client]) -> None:
    event = ProviderEvent.objects.get()
    for role in (roles.SCHOOL_MANAGEMENT, roles.SECRETARY):
        client = desk(role)
        assert client.post(f"/admin/fees/providerevent/{event.pk}/handle/", {"note": "x"}).status_code == 403
        assert client.post(f"/admin/fees/providerevent/{event.pk}/retry/").status_code == 403
        assert "outcome__exact=parked" not in client.get("/admin/").content.decode()
    event.refresh_from_db()
    assert event.handled_at is None


def test_lists_ask_a_constant_number_of_questions(
    rows: Cardholder, desk: Callable[[str], Client], django_assert_max_num_queries: Callable[..., object]
) -> None:
    client = desk(roles.FINANCE)
    for table in LEDGER[:4]:
        client.get(f"/admin/fees/{table}/")
    for number in range(3):
        line = charge(factories.enrolment(), reference=f"x:{number + 20}")
        allocate(payment(line.enrolment), line, "335.00")
    for table in ("charge", "payment"):
        with django_assert_max_num_queries(14):
            client.get(f"/admin/fees/{table}/")
