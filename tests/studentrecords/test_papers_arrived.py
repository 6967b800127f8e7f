"""Applications on paper or by e-mail, the price of a duplicate, documents that are ready late."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from fees.models import FeeType, Price
from studentrecords.models import DocumentRequest
from studentrecords.queries import papers as queries
from studentrecords.queries import pricing
from studentrecords.refusal import Refused
from studentrecords.rules import papers as rules
from studentrecords.services import papers as services
from studentrecords.services.papers import Arrival, Wish
from studentrecords.tasks import flag_late_documents
from tests import factories, races
from tests.kernel import files
from upt_portal.accounts import roles
from upt_portal.kernel import audit, uploads
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.models import Mail, RecordRead, StoredFile

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 10, tzinfo=ROMANIA)  # a Friday
ARRIVED = datetime(2026, 11, 18, 15, 30, tzinfo=ROMANIA)
DUPLICATE = Wish("duplicate", details="Duplicatul carnetului de student, pierdut")
NEW = reverse("admin:studentrecords_documentrequest_new")


@pytest.fixture
def enrolment(db):
    return factories.enrolment()


@pytest.fixture
def now(clock):
    return clock.stand_at(NOW)


def scan() -> uploads.Examined:
    return uploads.examine(SimpleUploadedFile("cerere.jpg", files.jpeg()))


def arrived(enrolment, secretary, wish=DUPLICATE, at=NOW, came=ARRIVED) -> DocumentRequest:
    arrival = Arrival("paper", came, scan())
    return services.register_paper(enrolment.pk, wish, arrival, actor=secretary, at=at)


def price(amount: str = "50", **scope: object) -> Price:
    kind = FeeType.objects.get_or_create(code="DUPLICATE", defaults={"name_ro": "Duplicatul unui act"})[0]
    year = factories.academic_year()
    scope = {"decision": "HS 1/2026", "unit": "request", "first_day": date(2026, 9, 1), **scope}
    return Price.objects.create(fee_type=kind, year=year, amount=Decimal(amount), **scope)


# ---- on paper ----------------------------------------------------------------------------------------------


def test_REC_043_an_application_on_paper_counts_from_its_arrival(enrolment, now, secretary):
    asked = arrived(enrolment, secretary)
    assert (asked.state, asked.number, asked.channel) == ("registered", "1/20.11.2026", "paper")
    assert (asked.submitted_at, asked.registered_at) == (ARRIVED, NOW)
    assert asked.due_at.astimezone(ROMANIA).date() == date(2026, 11, 23)  # Thursday, Friday, Monday
    assert asked.scan.purpose == services.SCAN
    trail = list(audit.trail(asked))
    assert [(one.act.rpartition(".")[2], one.actor) for one in trail] == [
        ("document_submitted", secretary),
        ("document_registered", None),
    ]
    assert trail[0].data["channel"] == "paper"
    mail = Mail.objects.get(template="studentrecords/mail/document_registered")
    assert mail.recipient == enrolment.person.user
    assert asked.number in mail.text


@pytest.mark.parametrize(("seconds", "taken"), [(0, True), (-1, True), (1, False)])
def test_REC_043_the_arrival_is_no_moment_to_come(seconds, taken):
    assert bool(rules.arrival_answer(NOW + timedelta(seconds=seconds), NOW)) is taken


def test_REC_043_a_refused_one_leaves_no_trace(enrolment, now, secretary):
    with pytest.raises(Refused, match="moment viitor"):
        arrived(enrolment, secretary, came=NOW + timedelta(minutes=1))
    assert not DocumentRequest.objects.exists()
    assert not StoredFile.objects.exists()


def test_a_certificate_on_paper_waits_for_the_look_of_the_secretariat(enrolment, now, secretary):
    asked = arrived(enrolment, secretary, Wish("certificate", purpose="employer"))
    assert not asked.self_service
    services.issue_for(asked.pk, actor=secretary, at=NOW)
    assert queries.paper_of(asked) is not None


def test_the_same_paper_twice_is_registered_once(enrolment, now, secretary):
    first = arrived(enrolment, secretary)
    assert arrived(enrolment, secretary, at=NOW + timedelta(minutes=1)).pk == first.pk
    assert (DocumentRequest.objects.count(), StoredFile.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False], ids=["with the lock", "without it"])
def test_two_clerks_register_one_paper_once(locked, monkeypatch):
    student, secretary = factories.enrolment(), factories.secretary("AC")
    gate = races.Gate()
    if not locked:
        from studentrecords.models import Enrolment

        free = Enrolment.objects.select_related("person__user", "programme__faculty")
        monkeypatch.setattr(services, "_lock_student", lambda pk: free.get(pk=pk))
        monkeypatch.setattr(services, "_asked_before", gate.before(services._asked_before))
    paper = scan()
    arrival = Arrival("paper", ARRIVED, paper)

    def act() -> int:
        return services.register_paper(student.pk, DUPLICATE, arrival, actor=secretary, at=NOW).pk

    outcomes = races.at_once(act, act)
    assert len(set(outcomes)) == DocumentRequest.objects.count() == (1 if locked else 2)


def test_the_database_keeps_a_paper_and_its_scan_together(enrolment, now, secretary):
    asked = arrived(enrolment, secretary)
    for wrong in ({"scan": None}, {"channel": "portal"}, {"price": Decimal(1)}, {"currency": "RON"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            DocumentRequest.objects.filter(pk=asked.pk).update(**wrong)


def form(**values: object) -> dict[str, object]:
    given = {
        "channel": "paper", "arrived_on": "2026-11-18", "arrived_hour": "15:30", "document": "syllabus",
        "purpose": "", "details": "Fizică", "language": "ro",
    }  # fmt: skip
    return {**given, "scan": SimpleUploadedFile("cerere.jpg", files.jpeg()), **values}


def test_the_page_from_the_number_to_the_scan(enrolment, now, browser_of, secretary):
    client = browser_of(secretary)
    assert (
        "Înregistrați o cerere pe hârtie"
        in client.get(reverse("admin:studentrecords_documentrequest_changelist")).content.decode()
    )
    assert client.get(NEW).status_code == 200
    here = f"{NEW}?number={enrolment.matriculation_number}"
    assert enrolment.person.last_name in client.get(here).content.decode()
    assert RecordRead.objects.filter(person=enrolment.person.user, reader=secretary).count() == 1
    answer = client.post(here, form())
    asked = DocumentRequest.objects.get()
    assert answer["Location"] == reverse("admin:studentrecords_documentrequest_change", args=[asked.pk])
    page = client.get(answer["Location"]).content.decode()
    where = reverse("admin:studentrecords_documentrequest_scan", args=[asked.pk])
    assert where in page
    assert "hârtie" in page
    sent = client.get(where)
    assert sent.headers["Content-Disposition"] == f'attachment; filename="cerere-{asked.pk}.jpg"'
    own = browser_of(enrolment.person.user).get(reverse("studentrecords:papers", args=[enrolment.pk]))
    assert "sosită pe hârtie la 18.11.2026" in own.content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"scan": ""}, "Alegeți un fișier"),
        ({"scan": SimpleUploadedFile("a.pdf", b"%PDF-nonsense")}, "nu poate fi deschis"),
        ({"document": ""}, "Alegeți un document"),
        ({"details": " "}, "Scrieți de ce aveți nevoie"),
        ({"document": "certificate", "details": ""}, "Alegeți pentru ce este adeverința"),
        ({"document": "certificate", "details": "x" * 161}, "cel mult 160"),
        ({"channel": "portal"}, "opțiune validă"),
        ({"arrived_on": "2026-11-21"}, "moment viitor"),
        ({"arrived_on": "2026-10-25", "arrived_hour": "03:30"}, "apare de două ori"),
        ({"arrived_on": "2026-03-29", "arrived_hour": "03:30"}, "nu există"),
    ],
)
def test_what_is_wrong_with_a_paper_is_told_beside_it(enrolment, now, browser_of, secretary, wrong, words):
    client = browser_of(secretary)
    answer = client.post(f"{NEW}?number={enrolment.matriculation_number}", form(**wrong))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not DocumentRequest.objects.exists()


def test_a_student_of_another_faculty_is_not_found(enrolment, now, browser_of):
    client = browser_of(factories.secretary("CT"))
    here = f"{NEW}?number={enrolment.matriculation_number}"
    for answer in (client.get(here), client.post(here, form())):
        assert answer.status_code == 422
        assert enrolment.person.last_name not in answer.content.decode()
    assert not DocumentRequest.objects.exists()


# ---- what a duplicate costs --------------------------------------------------------------------------------


def test_FEE_009_a_duplicate_says_its_price_before_it_is_asked_for(enrolment, now, browser_of, secretary):
    client = browser_of(enrolment.person.user)
    page = reverse("studentrecords:papers", args=[enrolment.pk])
    assert "nu este stabilit" in client.get(page).content.decode()
    price("50")
    price("75.5", faculty=enrolment.programme.faculty)
    assert "Un duplicat costă 75,50" in client.get(page).content.decode().replace("\xa0", " ")
    sent = {"act": "prepared", "prepared-document": "duplicate", "prepared-details": "carnet pierdut"}
    assert client.post(page, {**sent, "prepared-language": "ro"}).status_code == 302
    asked = DocumentRequest.objects.get()
    assert (asked.price, asked.currency) == (Decimal("75.50"), "RON")
    price("99", faculty=enrolment.programme.faculty, first_day=date(2026, 11, 1))
    desk = reverse("admin:studentrecords_documentrequest_change", args=[asked.pk])
    assert "75,50" in browser_of(secretary).get(desk).content.decode()  # what was told then


def test_FEE_009_the_original_carries_no_price(enrolment, now, secretary):
    price("50")
    asked = services.ask(enrolment.pk, Wish("syllabus", details="x"), actor=None, at=NOW)
    assert (asked.price, asked.currency) == (None, "")
    assert arrived(enrolment, secretary).price == Decimal("50.00")


def test_FEE_009_no_year_no_price(enrolment):
    price("50")
    assert pricing.duplicate_price(enrolment, date(2001, 1, 1)) is None


# ---- late --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "told"), [(0, 0), (1, 1)])
def test_REC_042_what_was_made_ready_after_its_term_is_told_too(enrolment, clock, secretary, seconds, told):
    head = factories.user(roles.CHIEF_SECRETARY, faculties=["AC"])
    asked = services.ask(enrolment.pk, Wish("syllabus", details="x"), actor=None, at=NOW)
    at = clock.stand_at(asked.due_at + timedelta(seconds=seconds))
    services.make_ready(asked.pk, answer="camera 12", actor=secretary, at=at)
    assert (flag_late_documents(), flag_late_documents()) == (told, 0)
    found = Mail.objects.filter(template="studentrecords/mail/document_late")
    assert [mail.recipient for mail in found] == [head] * told
