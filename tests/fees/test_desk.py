"""The finance desk: who comes in, what its menu counts, what its search finds."""

from collections.abc import Callable
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fees import permissions
from fees.models import Charge, Payment, ProviderEvent
from fees.queries import desk
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.ledger_kit import allocate, charge, payment
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel.models import RecordRead

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]


@pytest.fixture
def finance(db: None) -> User:
    return factories.user(roles.FINANCE)


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer
    return unescape(answer.content.decode()).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("role", "works", "enters"),
    [
        (roles.FINANCE, True, True),
        (roles.ADMINISTRATOR, True, True),
        (roles.SCHOOL_MANAGEMENT, False, True),
        (roles.SECRETARY, False, True),
        (roles.CHIEF_SECRETARY, False, True),
        (roles.DEANERY, False, True),
        (roles.TEACHER, False, False),
        (roles.STUDENT, False, False),
    ],
)
def test_who_works_at_the_desk_and_who_only_comes_in(role: str, works: bool, enters: bool) -> None:
    user = factories.user(role, faculties=["AC"])
    assert bool(permissions.works_at_finance(user)) is works
    assert bool(permissions.may_enter_desk(user)) is enters


def test_FEE_007_a_secretary_sees_accounts_of_the_own_faculty_only(
    account: Enrolment, browser_of: Browser
) -> None:
    factories.faculty("CT")
    address = f"/finance/accounts/{account.pk}/"
    own, other = factories.secretary("AC"), factories.secretary("CT")
    assert permissions.may_see_account(own, account)
    assert not permissions.may_see_account(other, account)
    page(browser_of(own), address)
    page(browser_of(other), address, status=404)
    found = page(browser_of(other), f"/finance/accounts/?q={account.matriculation_number}")
    assert account.person.last_name not in found
    payment(account, reference="pi_hidden")
    assert "pi_hidden" not in page(browser_of(other), "/finance/search/?q=nothing")
    assert browser_of(other).get("/finance/search/?q=pi_hidden").status_code == 200


def test_opening_an_account_is_noted_for_the_student(
    account: Enrolment, finance: User, browser_of: Browser
) -> None:
    page(browser_of(finance), f"/finance/accounts/{account.pk}/")
    read = RecordRead.objects.get(person=account.person.user)
    assert (read.reader, read.what) == (finance, "fees.account")


def test_finance_starts_at_the_desk(finance: User, browser_of: Browser) -> None:
    assert browser_of(finance).get("/").headers["Location"] == "/finance/"
    assert browser_of(factories.secretary("AC")).get("/").headers["Location"] == "/admin/"


def test_the_menu_counts_everything_in_one_query(account: Enrolment, finance: User) -> None:
    one = desk.DeskPage("fees:desk", "One", desk.Group.PAYMENTS, waiting=lambda user: Charge.objects.all())
    two = desk.DeskPage(
        "fees:desk", "Two", desk.Group.PAYMENTS, lambda user: Payment.objects.all(), query="2"
    )
    none = desk.DeskPage(
        "fees:desk", "None", desk.Group.BOOKS, waiting=lambda user: ProviderEvent.objects.none(), query="3"
    )
    plain = desk.DeskPage("fees:desk", "Plain", desk.Group.BOOKS, query="4")
    charge(account), charge(account), payment(account)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert desk.counts_of(finance, [one, plain]) == {one: 2}
        assert desk.counts_of(finance, [one, two, none, plain]) == {one: 2, two: 1, none: 0}
        assert desk.counts_of(finance, [plain]) == {}
    assert len(queries) == 2


def test_each_role_has_its_own_menu(finance: User) -> None:
    def names(user: User) -> set[str]:
        return {page.name for page in desk.pages_of(user)}

    secretary = factories.secretary("AC")
    assert names(secretary) < names(finance)
    assert names(factories.user(roles.TEACHER)) == set()
    assert all(page.roles & desk.FACULTY_ROLES for page in desk.pages_of(secretary))


def test_every_page_of_the_menu_opens_for_those_who_see_it(finance: User, browser_of: Browser) -> None:
    """And the counters stand in the menu of each."""
    factories.academic_year()
    finance.is_staff = True
    finance.save()
    for user in (finance, factories.secretary("AC"), factories.user(roles.SCHOOL_MANAGEMENT)):
        client = browser_of(user)
        for one in desk.pages_of(user):
            assert client.get(one.url).status_code == 200, (one.url, user)


def test_the_first_page_leads_to_what_waits(finance: User, browser_of: Browser) -> None:
    ProviderEvent.objects.create(
        event_id="evt_1", type="none", raw={}, received_at=factories.NOW, outcome="parked", reason="test"
    )
    text = page(browser_of(finance), "/finance/")
    assert "outcome__exact=parked" in text
    assert "<b>1</b>" in text


def test_the_search_opens_the_only_hit_and_lists_several(
    account: Enrolment, finance: User, browser_of: Browser
) -> None:
    other = factories.enrolment()
    money, line = payment(account, receipt_number=9017, reference="pi_One"), charge(account)
    allocate(money, line, "335.00")
    client = browser_of(finance)
    own, paid = f"/finance/accounts/{account.pk}/", f"/finance/payments/{money.pk}/"
    for words, where in (
        (account.matriculation_number, own), ("2026-009017", paid), ("9017/2026", paid), ("pi_one", paid),
    ):  # fmt: skip
        answer = client.get("/finance/search/", {"q": words})
        assert (answer.status_code, answer.headers.get("Location")) == (302, where), words
    secretary = browser_of(factories.secretary("AC"))
    assert secretary.get("/finance/search/?q=pi_one").headers["Location"] == own
    text = page(client, "/finance/search/?q=valeanu")
    assert str(account.person.list_name) in text
    assert str(other.person.list_name) in text
    assert "Nu s-a găsit nimic" in page(client, "/finance/search/?q=zzz'%20OR%201=1")
    page(client, "/finance/search/?q=%00")
    page(client, "/finance/search/")


def test_lists_of_the_search_ask_the_same_number_of_queries(
    account: Enrolment, finance: User, browser_of: Browser
) -> None:
    client = browser_of(finance)
    page(client, "/finance/accounts/?q=valeanu")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(client, "/finance/accounts/?q=valeanu")
        return len(queries)

    before = cost()
    factories.enrolment(), factories.enrolment()
    assert cost() == before <= 12
