"""Statement of account and certificate: what they say, who gets them, that they are issued once."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client

from fees import documents
from fees.models import Charge, PaymentReversal, Reduction
from fees.queries import accounts, movements
from fees.services import papers
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.ledger_kit import allocate, charge, payment
from tests.kernel import files
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel import documents as kernel_papers
from upt_portal.kernel.calendar import end_of_day, start_of_day
from upt_portal.kernel.models import IssuedPaper, Job

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


def at(day: int, month: int = 11) -> datetime:
    return start_of_day(date(2026, month, day)) + timedelta(hours=10)


@pytest.fixture
def busy(account: Enrolment) -> Enrolment:
    """An account with a past month, every kind of movement in November, and money in euro."""
    tuition = charge(account, "1000.00", posted_at=at(5, 10), description_ro="Taxa de studii, rata 1")
    old = payment(account, "400.00", booked_at=at(20, 10), card_last4="4242", receipt_number=11)
    allocate(old, tuition, "400.00")
    exam = charge(account, "150.00", posted_at=at(2), description_ro="Reexaminare: Fizică")
    gone = charge(account, "99.00", posted_at=at(2), description_ro="Recontractare: Chimie")
    Charge.objects.filter(pk=gone.pk).update(cancelled_at=at(3), cancelled_reason="anexa v2")
    Reduction.objects.create(charge=exam, kind="exemption", amount="50.00", at=at(4), reason="Decizia 7")
    wrong = payment(account, "700.00", method="bank", booked_at=at(5), receipt_number=12)
    PaymentReversal.objects.create(
        payment=wrong, at=at(6), by=factories.user(roles.FINANCE), reason="alt cont"
    )
    charge(account, "2430.00", currency="EUR", posted_at=at(7))
    charge(account, "888.00", released_at=None, posted_at=at(8))
    return account


def test_opening_plus_movements_is_closing_by_currency(busy: Enrolment) -> None:
    period = movements.Period(start_of_day(FIRST), start_of_day(date(2026, 12, 1)))
    lei, euro = movements.statements(movements.of_account(busy, "ro"), period)
    assert (lei.currency, lei.opening, lei.closing) == ("RON", 600, 700)
    assert [(one.movement.kind.code, one.movement.amount, one.balance) for one in lei.entries] == [
        ("charged", 150, 750),
        ("charged", 99, 849),
        ("cancelled", -99, 750),
        ("exempted", -50, 700),
        ("paid", -700, 0),
        ("reversed", 700, 700),
    ]
    assert lei.opening + lei.raised - lei.lowered == lei.closing
    assert (euro.currency, euro.opening, euro.closing) == ("EUR", 0, 2430)


def test_the_closing_balance_is_what_the_account_shows(busy: Enrolment) -> None:
    """The statement up to now and the sums the database keeps on the lines agree."""
    period = movements.Period(start_of_day(FIRST), start_of_day(date(2027, 1, 1)))
    found = {
        one.currency: one.closing for one in movements.statements(movements.of_account(busy, "ro"), period)
    }
    left = {"RON": Decimal(0), "EUR": Decimal(0)}
    for line in accounts.charges_of(busy):
        left[line.currency] += line.left
    assert found == left


def test_periods_that_follow_each_other_join(busy: Enrolment) -> None:
    rows = movements.of_account(busy, "en")
    middle = at(4)
    first = movements.statements(rows, movements.Period(at(1, 9), middle))[0]
    second = movements.statements(rows, movements.Period(middle, at(1, 12)))[0]
    assert first.closing == second.opening


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "ro",
            [
                "Recontractare: Chimie",
                "Scutit: Reexaminare: Fizică",
                "Plată stornată: alt cont",
                "700,00\xa0lei",
            ],
        ),
        ("en", ["Cancelled: Re-contract", "Payment, bank transfer", "RON\xa0700.00", "EUR\xa02,430.00"]),
    ],
)
def test_the_statement_speaks_both_languages(busy: Enrolment, language: str, words: list[str]) -> None:
    paper = documents.statement_paper(busy, FIRST, LAST, language)
    said = json.dumps(paper.context, ensure_ascii=False)
    for one in words:
        assert one in said
    assert "888" not in said


def test_the_last_day_counts_to_its_end(account: Enrolment) -> None:
    charge(account, "10.00", posted_at=end_of_day(LAST))
    charge(account, "20.00", posted_at=start_of_day(date(2026, 12, 1)))
    (part,) = documents.statement_context(account, FIRST, LAST, "ro")["parts"]
    assert part["closing"] == "10,00\xa0lei"


def test_a_certificate_of_no_debts_and_of_debts(account: Enrolment) -> None:
    moment = at(20)
    line = charge(account, "335.00", due_at=end_of_day(date(2026, 11, 10)))
    charge(account, "65.00", due_at=end_of_day(date(2026, 12, 13)))
    charge(account, "12.00", currency="EUR", due_at=end_of_day(date(2026, 11, 11)))
    allocate(payment(account, "100.00"), line, "100.00")
    said = documents.certificate_context(account, moment, "ro")
    assert [debt["left"] for debt in said["debts"]] == ["235,00\xa0lei", "12,00\xa0EUR"]
    assert said["debts_total"] == ["235,00\xa0lei", "12,00\xa0EUR"]
    assert [debt["left"] for debt in said["later"]] == ["65,00\xa0lei"]
    free = documents.certificate_context(factories.enrolment(), moment, "en")
    assert (free["debts"], free["later"]) == ([], [])


def test_a_paper_is_issued_once_while_nothing_changes(busy: Enrolment) -> None:
    actor = busy.person.user

    def issue(language: str = "ro") -> IssuedPaper:
        return papers.issue_statement(busy.pk, FIRST, LAST, language=language, actor=actor, at=at(20))

    first, again, english = issue(), issue(), issue("en")
    assert first == again
    assert (first.number, english.number) == ("2026-000001", "2026-000002")
    assert first.filename == "extras-de-cont-2026-000001.pdf"
    charge(busy, "5.00", posted_at=at(20))
    assert issue().number == "2026-000003"
    assert Job.objects.filter(kind="paper").count() == 3
    acts = [entry.act for entry in audit.trail(f"fees.account:{busy.pk}")]
    assert acts == ["fees.paper"] * 3


def test_a_button_that_is_leaned_on_stops(account: Enrolment) -> None:
    actor = account.person.user
    for day in range(papers.MOST_A_DAY):
        papers.issue_statement(
            account.pk, date(2026, 1, 1 + day), LAST, language="ro", actor=actor, at=at(20)
        )
    with pytest.raises(papers.TooManyPapers):
        papers.issue_statement(account.pk, date(2026, 2, 1), LAST, language="ro", actor=actor, at=at(20))
    papers.issue_certificate(account.pk, language="ro", actor=actor, at=at(20))
    papers.issue_statement(account.pk, date(2026, 2, 1), LAST, language="ro", actor=actor, at=at(21))


# --- the pages ----------------------------------------------------------------------------------------------


def post(client: Client, address: str, **fields: str) -> str:
    answer = client.post(address, fields, follow=True)
    assert answer.status_code == 200
    return unescape(answer.content.decode()).replace("\xa0", " ")


def test_the_student_asks_and_downloads(busy: Enrolment, browser_of: Browser, clock: object) -> None:
    own, address = browser_of(busy.person.user), f"/student/{busy.pk}/financial/papers/"
    text = post(own, address, act="statement", first="01.11.2026", last="20.11.2026", language="ro")
    assert "Extrasul de cont a fost emis" in text
    assert "se pregătește" in text
    paper = IssuedPaper.objects.get()
    assert own.get(f"{address}{paper.pk}/").status_code == 404
    kernel_papers.keep(paper.pk, files.pdf_bytes(1), pages=1, sealed=False, at=at(20))
    assert f"{address}{paper.pk}/" in own.get(address).content.decode()
    file = own.get(f"{address}{paper.pk}/")
    assert file.headers["Content-Disposition"] == f'attachment; filename="{paper.filename}"'
    text = post(own, address, **{"act": "certificate", "certificate-language": "en"})
    assert "Adeverința a fost emisă" in text
    assert IssuedPaper.objects.filter(language="en", kind=accounts.CERTIFICATE).count() == 1


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("", "20.11.2026", "Introduceți data în forma 20.11.2026"),
        ("31.02.2026", "20.11.2026", "Introduceți data în forma 20.11.2026"),
        ("01.11.2026", "21.11.2026", "cel târziu astăzi"),
        ("20.11.2026", "01.11.2026", "cel târziu ultima zi"),
    ],
)
def test_a_period_that_cannot_be_is_said_in_words(
    account: Enrolment, browser_of: Browser, clock: object, first: str, last: str, words: str
) -> None:
    own = browser_of(account.person.user)
    text = post(
        own,
        f"/student/{account.pk}/financial/papers/",
        act="statement",
        first=first,
        last=last,
        language="ro",
    )
    assert words in text
    assert "Există o problemă" in text
    assert not IssuedPaper.objects.exists()


def test_staff_issue_papers_for_accounts_they_may_see(
    busy: Enrolment, browser_of: Browser, clock: object
) -> None:
    factories.faculty("CT")
    address = f"/finance/accounts/{busy.pk}/papers/"
    secretary = browser_of(factories.secretary("AC"))
    assert "emisă" in post(secretary, address, **{"act": "certificate", "certificate-language": "ro"})
    paper = IssuedPaper.objects.get()
    stranger = browser_of(factories.secretary("CT"))
    assert stranger.get(address).status_code == 404
    assert stranger.post(address, {"act": "certificate", "certificate-language": "ro"}).status_code == 404
    other = factories.enrolment()
    own = browser_of(other.person.user)
    assert own.get(f"/student/{other.pk}/financial/papers/{paper.pk}/").status_code == 404
