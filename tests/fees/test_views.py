"""The pages of fees: who may open them, what they say, and what a click does."""

import io
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pypdf
import pytest
from django.test import Client

from fees.models import CardPayment, Charge, Payment
from fees.queries import accounts
from fees.workflow import CardState
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.cards_kit import Cardholder
from tests.fees.ledger_kit import DUE, allocate, charge, payment
from tests.fees.sandbox_kit import DECLINED
from upt_portal.accounts.models import User
from upt_portal.kernel import documents
from upt_portal.kernel.models import IssuedPaper, Job, Mail

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]


@pytest.fixture
def own(account: Enrolment, browser_of: Browser, clock: object) -> Client:
    """The browser of the student whose account it is."""
    return browser_of(account.person.user)


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer
    return unescape(answer.content.decode()).replace("\xa0", " ")


def messages_of(client: Client, address: str) -> list[str]:
    return [str(message) for message in client.get(address).context["messages"]]


# --- who may ------------------------------------------------------------------------------------------------


def addresses(account: Enrolment) -> list[str]:
    money = payment(account)
    line = charge(account)
    base = f"/student/{account.pk}"
    return [
        f"{base}/financial/",
        f"{base}/pay/",
        f"{base}/pay/?charge={line.pk}",
        f"{base}/receipts/{money.pk}/",
        f"{base}/receipts/{money.pk}/pdf/",
    ]


def test_FEE_007_only_the_owner_opens_the_pages(account: Enrolment, browser_of: Browser) -> None:
    stranger, finance = browser_of(factories.enrolment().person.user), browser_of(factories.user("finance"))
    for address in addresses(account):
        assert Client().get(address).status_code == 302, address
        assert stranger.get(address).status_code == 404, address
        assert finance.get(address).status_code == 404, address


def test_things_of_others_are_not_found_under_the_own_enrolment(own: Client, account: Enrolment) -> None:
    other = factories.enrolment()
    line, money = charge(other), payment(other)
    for address in (
        f"/student/{account.pk}/pay/?charge={line.pk}",
        f"/student/{account.pk}/receipts/{money.pk}/",
        f"/student/{account.pk}/receipts/{money.pk}/pdf/",
        f"/student/{account.pk}/pay/?charge=1e3",
        f"/student/{account.pk}/pay/?charge={10**30}",
    ):
        assert own.get(address).status_code == 404, address
    assert own.post(f"/student/{account.pk}/pay/?charge={line.pk}").status_code == 404
    assert own.post(f"/student/{account.pk}/receipts/{money.pk}/mail/").status_code == 404
    assert not CardPayment.objects.exists()


# --- the account --------------------------------------------------------------------------------------------


def test_the_financial_page_shows_every_sum_and_payment(own: Client, account: Enrolment) -> None:
    paid, _due = charge(account, "335.00"), charge(account, "4020.00", working_ro="60 × 67,00 lei")
    charge(account, "99.00", released_at=None)
    allocate(payment(account, "400.00", card_last4="4242"), paid, "335.00")
    text = page(own, f"/student/{account.pk}/financial/")
    for words in (
        "4.020,00 lei",
        "60 × 67,00 lei",
        "335,00 lei",
        "card •••• 4242",
        "De plătit",
        "13.12.2026",
    ):
        assert words in text
    assert "65,00 lei primiți și încă nealocați" in text
    assert "99,00" not in text
    assert text.count('type="checkbox"') == 1


def test_a_late_sum_says_so(own: Client, account: Enrolment, clock) -> None:
    charge(account)
    assert "Restantă" not in page(own, f"/student/{account.pk}/financial/")
    clock.stand_at(DUE + timedelta(seconds=1))
    assert "Restantă" in page(own, f"/student/{account.pk}/financial/")


def test_an_empty_account_says_what_will_appear(own: Client, account: Enrolment) -> None:
    text = page(own, f"/student/{account.pk}/financial/")
    assert "Nu aveți nimic de plătit" in text
    assert "Nu există încă plăți." in text


def test_the_years_are_a_filter(own: Client, account: Enrolment) -> None:
    charge(account, "111.00")
    charge(account, "222.00", year=factories.academic_year("2025-2026"))
    address = f"/student/{account.pk}/financial/"
    assert "111,00" in page(own, address)
    text = page(own, f"{address}?year=2025-2026")
    assert "222,00" in text
    assert "111,00 lei</td>" not in text
    assert "111,00" in page(own, f"{address}?year=nonsense")


def test_in_english(own: Client, account: Enrolment) -> None:
    own.cookies["language"] = "en"
    charge(account, "4020.00")
    text = page(own, f"/student/{account.pk}/financial/")
    assert "RON 4,020.00" in text
    assert "Pay the chosen lines by card" in text
    assert "Re-contract: Systems theory" in text


def test_the_financial_page_asks_a_constant_number_of_questions(
    own: Client, account: Enrolment, django_assert_max_num_queries: Callable[..., object]
) -> None:
    address = f"/student/{account.pk}/financial/"
    for _round in range(3):
        allocate(payment(account), charge(account), "335.00")
        charge(account)
        with django_assert_max_num_queries(14):
            own.get(address)


# --- paying -------------------------------------------------------------------------------------------------


def test_the_summary_before_paying(own: Client, account: Enrolment) -> None:
    first, second = charge(account, "335.00"), charge(account, "65.00")
    text = page(own, f"/student/{account.pk}/pay/?charge={first.pk}&charge={second.pk}")
    assert "Plătiți 400,00 lei" in text
    assert "2 linii, cu cardul" in text
    assert "fără comision" in text
    assert first.description_ro in text
    only = page(own, f"/student/{account.pk}/pay/?charge={second.pk}")
    assert "Plătiți 65,00 lei" in only


def test_without_a_choice_everything_of_one_currency_is_summed(own: Client, account: Enrolment) -> None:
    charge(account, "335.00"), charge(account, "65.00"), charge(account, "50.00", currency="EUR")
    assert "Plătiți 400,00 lei" in page(own, f"/student/{account.pk}/pay/")


def test_the_button_leads_to_the_card_page(own: Client, cardholder: Cardholder) -> None:
    line = charge(cardholder.account)
    address = f"/student/{cardholder.account.pk}/pay/?charge={line.pk}&total=335.00"
    answer = own.post(address)
    assert (answer.status_code, answer.headers["Location"]) == (303, cardholder.attempt.url)
    assert own.post(address).headers["Location"] == cardholder.attempt.url
    assert CardPayment.objects.count() == 1


def test_a_sum_that_changed_meanwhile_is_shown_first(own: Client, cardholder: Cardholder) -> None:
    line = charge(cardholder.account)
    answer = own.post(f"/student/{cardholder.account.pk}/pay/?charge={line.pk}&total=1.00")
    assert answer.status_code == 302
    assert "Suma s-a schimbat" in messages_of(own, answer.headers["Location"])[0]
    assert not CardPayment.objects.exists()


def test_a_refusal_comes_back_in_words(own: Client, cardholder: Cardholder) -> None:
    small = charge(cardholder.account, "1.50")
    answer = own.post(f"/student/{cardholder.account.pk}/pay/?charge={small.pk}")
    (words,) = messages_of(own, answer.headers["Location"])
    assert words == (
        "Pagina de card nu primește mai puțin de 2,00\xa0lei. Plătiți linia împreună cu alta "
        "sau prin transfer bancar."
    )


def test_nothing_to_pay_and_already_paid(own: Client, account: Enrolment) -> None:
    assert "Nu aveți nimic de plătit" in page(own, f"/student/{account.pk}/pay/")
    line = charge(account)
    allocate(payment(account), line, "335.00")
    text = page(own, f"/student/{account.pk}/pay/?charge={line.pk}")
    assert "Linia este deja plătită." in text
    assert "Plătiți 0,00" not in text


def test_after_a_refused_card_the_summary_says_so(own: Client, cardholder: Cardholder) -> None:
    line = charge(cardholder.account)
    cardholder.pays(line, card=DECLINED)
    cardholder.receives()
    text = page(own, f"/student/{cardholder.account.pk}/pay/?charge={line.pk}")
    assert "Banca nu a acceptat plata. Nu s-a reținut nicio sumă." in text
    assert "Plătiți 335,00 lei" in text


# --- the way back -------------------------------------------------------------------------------------------


def way_back(cardholder: Cardholder, session_id: str | None = None) -> str:
    session = cardholder.attempt.session_id if session_id is None else session_id
    return f"/student/{cardholder.account.pk}/pay/return/?session_id={session}"


def test_B8_the_return_page_waits_and_books_nothing(own: Client, cardholder: Cardholder) -> None:
    line = charge(cardholder.account)
    cardholder.pays(line)
    answer = own.get(way_back(cardholder))
    text = unescape(answer.content.decode())
    assert "Confirmăm plata…" in text
    assert "Nu plătiți din nou" in text
    session = cardholder.attempt.session_id
    assert answer.headers["Refresh"] == f"2; url=?session_id={session}&look=1"
    assert own.get(f"{way_back(cardholder)}&look=5").headers["Refresh"].startswith("7; ")
    assert not Payment.objects.exists()
    assert Charge.objects.get().state == "due"
    # the account and the summary say so too, and ask for no second payment
    assert "Confirmăm plata" in page(own, f"/student/{cardholder.account.pk}/financial/")
    summary = page(own, f"/student/{cardholder.account.pk}/pay/?charge={line.pk}")
    assert "Nu plătiți din nou" in summary
    assert "Plătiți 335,00" not in summary


def test_the_waiting_page_gives_up_looking_but_not_waiting(own: Client, cardholder: Cardholder) -> None:
    cardholder.pays(charge(cardholder.account))
    answer = own.get(f"{way_back(cardholder)}&look=24")
    assert "Refresh" not in answer.headers
    assert "Durează mai mult decât de obicei" in answer.content.decode()


@pytest.mark.parametrize("session_id", ["", "cs_test_forged", "{CHECKOUT_SESSION_ID}", "' OR 1=1"])
def test_B8_a_forged_session_is_not_found(own: Client, cardholder: Cardholder, session_id: str) -> None:
    cardholder.clicks(charge(cardholder.account))
    assert own.get(way_back(cardholder, session_id)).status_code == 404
    assert cardholder.attempt.returned_at is None


def test_B8_a_session_of_another_student_is_not_found(
    cardholder: Cardholder, browser_of: Browser, clock: object
) -> None:
    cardholder.pays(charge(cardholder.account))
    stranger = factories.enrolment()
    session = cardholder.attempt.session_id
    client = browser_of(stranger.person.user)
    assert client.get(f"/student/{stranger.pk}/pay/return/?session_id={session}").status_code == 404
    assert client.get(way_back(cardholder)).status_code == 404
    assert cardholder.attempt.returned_at is None


def test_once_confirmed_the_way_back_leads_to_the_receipt(own: Client, cardholder: Cardholder) -> None:
    cardholder.pays(charge(cardholder.account))
    cardholder.receives()
    answer = own.get(way_back(cardholder))
    money = Payment.objects.get()
    receipt = f"/student/{cardholder.account.pk}/receipts/{money.pk}/?registered=1"
    assert (answer.status_code, answer.headers["Location"]) == (302, receipt)
    text = page(own, receipt)
    assert "Plata a fost înregistrată." in text
    assert f"V-am scris la s••••@{cardholder.user.email.split('@')[1]}" in text


def test_an_expired_page_takes_nothing_and_offers_another(own: Client, cardholder: Cardholder) -> None:
    line = charge(cardholder.account)
    cardholder.clicks(line)
    cardholder.sandbox.client.v1.checkout.sessions.expire(cardholder.attempt.session_id)
    cardholder.receives()
    text = page(own, way_back(cardholder))
    assert "Nu s-a reținut nicio sumă" in text
    assert f"/pay/?charge={line.pk}" in text


def test_a_parked_payment_asks_for_patience(own: Client, cardholder: Cardholder) -> None:
    line = charge(cardholder.account)
    cardholder.pays(line)
    cardholder.sandbox.control(f"sessions/{cardholder.attempt.session_id}/alter", amount_total=1)
    cardholder.receives("checkout.session.completed")
    answer = own.get(way_back(cardholder))
    assert "Refresh" not in answer.headers
    assert "Serviciul financiar verifică" in unescape(answer.content.decode())
    assert "335.00" not in unescape(answer.content.decode()).split("<main")[1].split("</main")[0]
    summary = page(own, f"/student/{cardholder.account.pk}/pay/?charge={line.pk}")
    assert "Serviciul financiar verifică o plată" in summary
    assert cardholder.attempt.state == CardState.INITIATED


# --- the receipt --------------------------------------------------------------------------------------------


def test_the_receipt_from_page_to_pdf(own: Client, cardholder: Cardholder) -> None:
    first, second = charge(cardholder.account, "335.00"), charge(cardholder.account, "65.00")
    cardholder.pays(first, second)
    cardholder.receives()
    money = Payment.objects.get()
    address = f"/student/{cardholder.account.pk}/receipts/{money.pk}/"
    text = page(own, address)
    for words in ("400,00 lei", "2026-000001", "card •••• 4242", money.reference, first.description_ro):
        assert words in text
    assert "Pregătim fișierul PDF" in text
    assert own.get(f"{address}pdf/").status_code == 302

    documents.make(Job.objects.get(kind="paper"))

    answer = own.get(f"{address}pdf/")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="chitanta-2026-000001.pdf"'
    written = pypdf.PdfReader(io.BytesIO(b"".join(answer.streaming_content))).pages[0].extract_text()
    for words in (
        "Chitanța 2026-000001",
        "Recontractare: Teoria sistemelor",
        "Număr matricol",
        "card •••• 4242",
    ):
        assert words in written.replace("\xa0", " ")
    assert "Descărcați PDF" in page(own, address)
    assert IssuedPaper.objects.get().state == IssuedPaper.State.VALID


def test_the_receipt_shows_money_that_pays_nothing_yet(own: Client, account: Enrolment) -> None:
    money = payment(account, "100.00")
    assert "100,00 lei încă nealocați" in page(own, f"/student/{account.pk}/receipts/{money.pk}/")


def test_the_mail_can_be_sent_again_but_not_for_ever(own: Client, cardholder: Cardholder) -> None:
    cardholder.pays(charge(cardholder.account))
    cardholder.receives()
    money = Payment.objects.get()
    address = f"/student/{cardholder.account.pk}/receipts/{money.pk}/"
    assert own.get(f"{address}mail/").status_code == 405
    for _time in range(4):
        own.post(f"{address}mail/")
    assert Mail.objects.count() == 5
    own.post(f"{address}mail/")
    assert Mail.objects.count() == 5
    assert "de mai multe ori" in messages_of(own, address)[-1]


def test_the_receipt_page_has_no_lie_about_registration(own: Client, account: Enrolment) -> None:
    money = payment(account)
    address = f"/student/{account.pk}/receipts/{money.pk}/"
    assert "Plata a fost înregistrată." not in page(own, address)
    assert accounts.payment_seen_by(account.person.user, money.pk, account.pk) == money
