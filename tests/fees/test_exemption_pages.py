"""The pages of exemptions: asking, following, deciding, registering on paper, and who sees what."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fees.models import Charge, Exemption
from fees.queries import exemptions as queries
from fees.services import accounts as account_services
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.debts_kit import DUE_ON, at, clerk, daily_policy, dec
from tests.fees.exemption_kit import D, asked
from tests.fees.ledger_kit import charge
from tests.kernel import files
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel.calendar import end_of_day


@pytest.fixture
def student_client(account: Enrolment, browser_of: Callable[[User], Client]) -> Client:
    return browser_of(account.person.user)


@pytest.fixture
def dean(account: Enrolment) -> User:
    return factories.user(roles.DEANERY, faculties=["AC"])


@pytest.fixture
def dean_client(dean: User, browser_of: Callable[[User], Client]) -> Client:
    return browser_of(dean)


def sent(*lines: Charge, **fields: Any) -> dict[str, Any]:
    return {
        "ground": "hospital",
        "lines": [line.pk for line in lines],
        "words": "Am fost internată.",
        "paper_1": SimpleUploadedFile("bilet.jpg", files.jpeg()),
        **fields,
    }


def test_the_student_asks_follows_and_withdraws(
    account: Enrolment, student_client: Client, clock: Any
) -> None:
    line = charge(account)
    base = f"/student/{account.pk}/exemptions/"
    assert "Cereți o scutire" in student_client.get(base).content.decode()
    done = student_client.post(f"{base}new/", sent(line), follow=True)
    made = Exemption.objects.get()
    assert done.redirect_chain == [(f"{base}{made.pk}/", 302)]
    assert "Așteaptă decizia" in done.content.decode()
    file = student_client.get(f"{base}{made.pk}/files/{made.papers.get().pk}/")
    assert file["Content-Disposition"].startswith("attachment")
    gone = student_client.post(f"{base}{made.pk}/withdraw/", follow=True)
    assert "Cererea a fost retrasă." in gone.content.decode()
    twice = student_client.post(f"{base}{made.pk}/withdraw/", follow=True)
    assert "nu s-a schimbat nimic" in twice.content.decode()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"ground": ""}, "Alegeți temeiul"),
        ({"lines": []}, "Alegeți cel puțin o linie"),
        ({"lines": [0]}, "0"),
        ({"paper_1": ""}, "Adăugați actele"),
        ({"paper_1": SimpleUploadedFile("act.exe", b"MZ\x90\x00")}, "trebuie să fie PDF, JPG sau PNG"),
        ({"words": "a" * 2001}, "2000"),
    ],
)
def test_a_faulty_request_comes_back_with_its_words(
    account: Enrolment, student_client: Client, clock: Any, changed: dict[str, Any], words: str
) -> None:
    line = charge(account)
    page = student_client.post(f"/student/{account.pk}/exemptions/new/", sent(line) | changed)
    text = page.content.decode()
    assert page.status_code == 422
    assert words in text
    assert "Am fost internată." in text or "words" in changed
    assert not Exemption.objects.exists()


def test_the_page_of_what_will_be_owed(account: Enrolment, student_client: Client, clock: Any) -> None:
    daily_policy()
    charge(account, "1000.00")
    page = student_client.get(f"/student/{account.pk}/financial/ahead/").content.decode()
    assert "Din 14.12.2026 se adaugă o penalizare de 0,1 % pe zi" in page
    assert "până la 12.01.2027: 30,00\u00a0lei" in page
    assert "nu mai crește după 23.03.2027" in page


def test_the_dean_decides_on_the_page(account: Enrolment, dean_client: Client, clock: Any) -> None:
    line = charge(account)
    made = asked(account, line)
    listed = dean_client.get("/deanery/exemptions/").content.decode()
    assert account.person.list_name in listed
    page = f"/deanery/exemptions/{made.pk}/"
    assert "Am fost internată." in dean_client.get(page).content.decode()
    row = made.lines.get()
    empty = dean_client.post(page, {"decision_number": "", "decision_on": "", f"share_{row.pk}": "doi"})
    assert empty.status_code == 422
    assert "Scrieți un procent" in empty.content.decode()
    done = dean_client.post(
        page, {"decision_number": "45", "decision_on": "2026-11-19", f"share_{row.pk}": "50 %"}, follow=True
    )
    assert done.redirect_chain == [("/deanery/exemptions/", 302)]
    line.refresh_from_db()
    assert line.left == D("167.50")
    back = dean_client.post(f"{page}back/", {"reason": "alt student", "line": row.pk}, follow=True)
    assert "linia se cere din nou" in back.content.decode()
    line.refresh_from_db()
    assert line.left == D("335.00")


def test_FEE_007_another_faculty_and_other_students_get_a_404(
    account: Enrolment, browser_of: Callable[[User], Client]
) -> None:
    made = asked(account, charge(account))
    file = made.papers.get().pk
    factories.faculty("CT")
    other = browser_of(factories.user(roles.DEANERY, faculties=["CT"]))
    for below in ("", f"files/{file}/"):
        assert other.get(f"/deanery/exemptions/{made.pk}/{below}").status_code == 404
    stranger = browser_of(factories.enrolment().person.user)
    for below in ("", f"files/{file}/"):
        assert stranger.get(f"/student/{account.pk}/exemptions/{made.pk}/{below}").status_code == 404
    for role in (roles.SECRETARY, roles.FINANCE):
        staff = browser_of(factories.user(role, faculties=["AC"]))
        assert staff.get(f"/deanery/exemptions/{made.pk}/").status_code == 403


def test_a_request_on_paper_is_registered_with_its_day(
    account: Enrolment, browser_of: Callable[[User], Client], clock: Any
) -> None:
    clock.stand_at(dec(16))
    line = charge(account)
    office = browser_of(clerk())
    page = f"/deanery/exemptions/register/{account.pk}/"
    late = office.post(page, sent(line, received_on="2026-12-15", late_reason=""))
    assert "termenul a fost" in late.content.decode()
    office.post(page, sent(line, received_on="2026-12-12", late_reason=""))
    made = Exemption.objects.get()
    assert (made.asked_at, made.filed_at) == (at(date(2026, 12, 12), 12), dec(16))
    assert made.asked_at < end_of_day(DUE_ON)


def test_reading_a_request_is_noted_for_the_student(account: Enrolment, dean_client: Client) -> None:
    made = asked(account, charge(account))
    dean_client.get(f"/deanery/exemptions/{made.pk}/")
    assert account.person.user.record_reads.get().what == "fees.exemption"


def test_the_lists_ask_as_much_for_three_as_for_one(
    account: Enrolment, student_client: Client, dean_client: Client, django_assert_max_num_queries: Any
) -> None:
    counts: dict[str, list[int]] = {}
    for turn in range(3):  # the first visit warms what a process keeps
        for _n in range(turn):
            asked(account, charge(account))
        for client, page in (
            (student_client, f"/student/{account.pk}/exemptions/"),
            (dean_client, "/deanery/exemptions/"),
        ):
            with django_assert_max_num_queries(60) as seen:
                assert client.get(page).status_code == 200
            counts.setdefault(page, []).append(len(seen))
    for _empty, one, three in counts.values():
        assert one == three


def test_an_open_request_is_followed_by_the_account(account: Enrolment) -> None:
    line = charge(account)
    asked(account, line)
    account_services.record(account.pk, "fees.pay", actor=None, at=dec(20))
    assert queries.held_back([line.pk]) == {line.pk}
