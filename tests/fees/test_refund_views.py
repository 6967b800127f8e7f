"""Pages about money that goes back: the student's, the desk's, the proof's; stale, and clicked twice."""

import re
from collections.abc import Callable
from decimal import Decimal
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fees.models import Refund
from fees.services import proof, refunds
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.ledger_kit import allocate, charge, payment
from tests.fees.refund_kit import ACCOUNT, IBAN, NOW, Office, asked, dispute_of, finance, sent_by_bank
from tests.kernel import files
from upt_portal.accounts.models import User
from upt_portal.kernel.clock import local_day

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
ALL = Decimal("335.00")


@pytest.fixture(autouse=True)
def today(clock: object) -> None:
    clock.stand_at(NOW)  # type: ignore[attr-defined]


@pytest.fixture
def student(account: Enrolment, browser_of: Browser) -> Client:
    assert account.person.user is not None
    return browser_of(account.person.user)


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer
    return unescape(answer.content.decode()).replace("\xa0", " ")


def fields(**more: object) -> dict[str, object]:
    return {
        "seen": "335.00", "ground": "twice", "explanation": "", "way": "bank", "holder": "Andra Văleanu",
        "iban": IBAN, "swift": "",
    } | more  # fmt: skip


# --- the student --------------------------------------------------------------------------------------------


def test_the_page_shows_what_goes_back_and_why_not_the_rest(student: Client, account: Enrolment) -> None:
    money = payment(account, "400.00")
    allocate(money, charge(account), "335.00")
    text = page(student, f"/student/{account.pk}/refunds/")
    assert "65,00 lei" in text
    assert f"/student/{account.pk}/refunds/new/?payment={money.pk}" in text
    assert "nu se restituie, chiar dacă examenul nu a fost susținut" in text
    assert "art. 27 alin. (7)" in text


def test_a_request_is_sent_once_and_followed(student: Client, account: Enrolment) -> None:
    money = payment(account)
    address = f"/student/{account.pk}/refunds/new/?payment={money.pk}"
    assert "335,00 lei" in page(student, address)
    answer = student.post(address, fields())
    refund = Refund.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/student/{account.pk}/refunds/{refund.pk}/")
    assert (refund.amount, refund.iban_masked, refund.way) == (ALL, "RO49 •••• 0000", "bank")
    assert student.post(address, fields()).status_code == 404  # the second click finds nothing to ask for
    assert Refund.objects.count() == 1
    text = page(student, answer["Location"])
    assert "Serviciul financiar verifică cererea" in text
    assert IBAN.replace(" ", "") not in text
    assert student.post(f"/student/{account.pk}/refunds/{refund.pk}/withdraw/").status_code == 302
    assert Refund.objects.get().state == "withdrawn"
    assert "Retrasă de dumneavoastră" in page(student, answer["Location"])


def test_a_stale_sum_is_told_and_nothing_typed_is_lost(student: Client, account: Enrolment) -> None:
    money = payment(account)
    address = f"/student/{account.pk}/refunds/new/?payment={money.pk}"
    answer = student.post(address, fields(seen="300.00"))
    text = unescape(answer.content.decode())
    assert (answer.status_code, "Suma s-a schimbat" in text, "Andra Văleanu" in text) == (422, True, True)
    assert not Refund.objects.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ground": ""}, "Alegeți de ce ar trebui să se întoarcă banii"),
        ({"iban": "RO49 AAAA 1B31 0075 9384 0001"}, "IBAN-ul nu este corect"),
        ({"holder": ""}, "Introduceți titularul contului"),
        ({"ground": "other"}, "Scrieți ce s-a întâmplat"),
        ({"ground": "cause_gone", "explanation": "x"}, "Alegeți un fișier cu documentul care o arată"),
    ],
)
def test_what_is_missing_is_said_beside_its_field(
    student: Client, account: Enrolment, change: dict[str, str], words: str
) -> None:
    money = payment(account)
    answer = student.post(f"/student/{account.pk}/refunds/new/?payment={money.pk}", fields(**change))
    assert (answer.status_code, words in unescape(answer.content.decode())) == (422, True)
    assert not Refund.objects.exists()


def test_the_proof_goes_with_the_request_and_is_read_by_its_student_and_the_office(
    student: Client, account: Enrolment, browser_of: Browser
) -> None:
    money = payment(account)
    sent = SimpleUploadedFile("decizie.pdf", files.pdf_bytes(1))
    address = f"/student/{account.pk}/refunds/new/?payment={money.pk}"
    student.post(address, fields(ground="other", explanation="decizia e atașată", proof=sent))
    refund = Refund.objects.get()
    assert refund.proof is not None
    assert student.get(f"/student/{account.pk}/refunds/{refund.pk}/proof/").status_code == 200
    clerk = browser_of(finance())
    assert clerk.get(f"/finance/refunds/{refund.pk}/proof/").status_code == 200
    assert (
        browser_of(factories.secretary("AC")).get(f"/finance/refunds/{refund.pk}/proof/").status_code == 403
    )


def test_a_file_that_is_no_document_is_refused_and_nothing_is_asked(
    student: Client, account: Enrolment
) -> None:
    money = payment(account)
    sent = SimpleUploadedFile("virus.pdf", b"MZ not a pdf")
    answer = student.post(
        f"/student/{account.pk}/refunds/new/?payment={money.pk}",
        fields(ground="other", explanation="x", proof=sent),
    )
    assert (answer.status_code, "PDF, JPG sau PNG" in unescape(answer.content.decode())) == (422, True)
    assert not Refund.objects.exists()


def test_another_students_refund_and_money_are_not_there(
    student: Client, account: Enrolment, browser_of: Browser
) -> None:
    other = factories.enrolment()
    assert other.person.user is not None
    theirs = payment(other, payer=other.person.user)
    refund = asked(theirs, account=ACCOUNT)
    for address in (
        f"/student/{account.pk}/refunds/{refund.pk}/",
        f"/student/{other.pk}/refunds/{refund.pk}/",
        f"/student/{account.pk}/refunds/new/?payment={theirs.pk}",
        f"/student/{account.pk}/refunds/new/?payment=x",
    ):
        assert student.get(address).status_code == 404


def test_the_students_page_asks_as_much_for_three_as_for_one(student: Client, account: Enrolment) -> None:
    def add() -> None:
        money = payment(account, "400.00", payer=account.person.user)
        allocate(money, charge(account), "335.00")
        asked(money, account=ACCOUNT)
        payment(account, "10.00")

    address = f"/student/{account.pk}/refunds/"
    add()
    page(student, address)
    with CaptureQueriesContext(connection) as one:
        page(student, address)
    add(), add()
    with CaptureQueriesContext(connection) as three:
        text = page(student, address)
    assert len(three) == len(one)
    assert len(text.encode()) < 60_000


# --- the desk -----------------------------------------------------------------------------------------------


@pytest.fixture
def refund(account: Enrolment) -> Refund:
    return asked(payment(account, "1200.00", payer=account.person.user), account=ACCOUNT)


def seen_on(client: Client, address: str) -> str:
    """The sum that the page sends back with its button."""
    found = re.search(r'name="seen" value="([^"]*)"', page(client, address))
    assert found is not None
    return found[1]


def test_two_people_take_a_large_refund_to_the_bank(refund: Refund, browser_of: Browser) -> None:
    office = Office()
    first, second = browser_of(office.first), browser_of(office.second)
    here = f"/finance/refunds/{refund.pk}/"
    assert "Andra" in page(first, "/finance/refunds/")
    assert "Am verificat cererea" in page(first, here)
    first.post(f"{here}check/", {"seen": seen_on(first, here)})
    assert "aprobă un coleg" in page(first, here)  # no button for who checked
    first.post(f"{here}approve/", {"seen": "1200.00"})
    assert "aprobată de altă persoană" in page(first, here)
    assert Refund.objects.get().state == "checked"
    assert second.post(f"{here}approve/", {}).status_code == 302  # without the sum nothing is done
    assert Refund.objects.get().state == "checked"
    second.post(f"{here}approve/", {"seen": seen_on(second, here)})
    assert Refund.objects.get().state == "approved"
    from tests.fees.refund_kit import bank_account

    bank_account()
    ready = page(first, "/finance/refunds/bank/")
    assert ("1.200,00 lei" in ready, "23.11.2026" in ready) == (True, True)  # a Friday: Monday is next
    made = first.post(
        "/finance/refunds/bank/",
        {"currency": "RON", "seen_count": 1, "seen_total": "1200.00", "execute_on": "23.11.2026"},
    )
    assert made.status_code == 302
    assert "RO49 •••• 0000" in page(first, made["Location"])
    file = first.get(f"{made['Location']}file/")
    assert (file["Content-Type"], b"RO49AAAA1B31007593840000" in file.content) == ("application/xml", True)
    assert file["Cache-Control"] == "private, no-store"
    attempt = refund.attempts.get()
    assert first.post(f"/finance/refunds/attempts/{attempt.pk}/failed/", {"said": ""}).status_code == 422
    first.post(f"/finance/refunds/attempts/{attempt.pk}/failed/", {"said": "cont închis"})
    assert "cont închis" in page(first, here)
    answer = first.post(
        f"{here}retry/", {"reason": "alt cont", "way": "bank", "holder": "Andra", "iban": "RO12"}
    )
    assert (answer.status_code, "IBAN-ul nu este corect" in unescape(answer.content.decode())) == (422, True)


def test_a_refusal_needs_a_reason_and_a_second_click_is_told_the_state(
    refund: Refund, browser_of: Browser
) -> None:
    clerk = browser_of(finance())
    here = f"/finance/refunds/{refund.pk}/"
    assert clerk.post(f"{here}refuse/", {"reason": ""}).status_code == 422
    assert clerk.post(f"{here}refuse/", {"reason": "Suma e folosită"}).status_code == 302
    clerk.post(f"{here}refuse/", {"reason": "din nou"})
    text = page(clerk, here)
    assert "Suma e folosită" in text
    assert "nu este posibil" in text
    assert clerk.post(f"{here}nothing/", {}).status_code == 404


@pytest.mark.parametrize("tab", ["check", "approve", "send", "sent", "failed", "ended"])
def test_every_tab_opens_and_its_search_finds_by_name(refund: Refund, browser_of: Browser, tab: str) -> None:
    clerk = browser_of(finance())
    assert ("1.200,00 lei" in page(clerk, f"/finance/refunds/?tab={tab}")) is (tab == "check")
    page(clerk, "/finance/refunds/?tab=none", 404)
    assert ("1.200,00" in page(clerk, "/finance/refunds/?q=Văleanu")) is True
    assert "1.200,00" not in page(clerk, "/finance/refunds/?q=Nimeni")


def test_the_queue_asks_as_much_for_three_as_for_one(account: Enrolment, browser_of: Browser) -> None:
    clerk = browser_of(finance())

    def add() -> None:
        asked(payment(account, payer=account.person.user), account=ACCOUNT)

    add()
    page(clerk, "/finance/refunds/")
    with CaptureQueriesContext(connection) as one:
        page(clerk, "/finance/refunds/")
    add(), add()
    with CaptureQueriesContext(connection) as three:
        page(clerk, "/finance/refunds/")
    assert len(three) == len(one)


def test_B12_a_dispute_is_a_task_of_the_desk_until_it_is_dealt_with(
    account: Enrolment, browser_of: Browser
) -> None:
    clerk = browser_of(finance())
    dispute = dispute_of(payment(account))
    assert "<span>1</span>" in page(clerk, "/finance/")
    assert dispute.dispute_id in page(clerk, "/finance/disputes/")
    assert "/admin/fees/providerevent/" in page(clerk, "/finance/disputes/")
    clerk.post(f"/finance/disputes/{dispute.pk}/handle/", {"reason": ""})
    assert "Scrieți ce s-a făcut" in page(clerk, "/finance/disputes/")
    clerk.post(f"/finance/disputes/{dispute.pk}/handle/", {"reason": "am răspuns băncii"})
    text = page(clerk, "/finance/disputes/")
    assert "am răspuns băncii" in text
    assert "Nu așteaptă nicio contestație" in text


def test_the_search_of_the_desk_finds_refunds(refund: Refund, browser_of: Browser) -> None:
    text = page(browser_of(finance()), "/finance/search/?q=Andra")
    assert f"/finance/refunds/{refund.pk}/" in text


def test_the_proof_names_what_differs_and_can_be_made_again(
    cardholder: object, account: Enrolment, browser_of: Browser
) -> None:
    from datetime import timedelta

    clerk = browser_of(finance())
    assert "Încă nu s-a verificat nicio zi" in page(clerk, "/finance/proof/")
    money = payment(account, "50.00", paid_at=NOW - timedelta(days=1))
    day = local_day(NOW - timedelta(days=1))
    answer = clerk.post(f"/finance/proof/{day}/again/")
    assert answer.status_code == 302
    text = page(clerk, f"/finance/proof/{day}/")
    assert money.reference in text
    assert "50,00 lei" in page(clerk, "/finance/proof/?only=differing")
    page(clerk, "/finance/proof/never/", 404)
    assert clerk.post(f"/finance/proof/{local_day(NOW)}/again/").status_code == 404  # today is not over
    assert proof.days_to_prove(NOW) == [day]


def test_a_bank_file_is_not_made_twice_by_a_second_click(refund: Refund, browser_of: Browser) -> None:
    sent_by_bank(refund)
    clerk = browser_of(finance())
    answer = clerk.post(
        "/finance/refunds/bank/",
        {"currency": "RON", "seen_count": 1, "seen_total": "1200.00", "execute_on": "23.11.2026"},
        follow=True,
    )
    assert "Lista s-a schimbat" in unescape(answer.content.decode())
    assert refund.attempts.count() == 1
    assert refunds.locked(refund.pk).state == "sent"
