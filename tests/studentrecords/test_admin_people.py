"""The records in the administration: whose people somebody sees, the masked CNP, search, cost."""

from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from studentrecords.models import Enrolment, Person
from studentrecords.queries.core import people_for_staff, people_named
from tests import factories
from tests.conftest import Clock
from tests.contracting.desk_kit import Browser, english
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel.models import RecordRead, TraceEntry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(clock: Clock) -> None:
    cache.clear()


@pytest.fixture
def desk(secretary: User, browser_of: Browser) -> Client:
    return english(browser_of(secretary))


@pytest.fixture
def student(db: None) -> Enrolment:
    return factories.enrolment(
        person=factories.person(last_name="Țânțaru", first_name="Ștefan-Ionuț"),
        matriculation_number="LX00421",
    )


def url(model: str, name: str, *args: Any) -> str:
    return reverse(f"admin:studentrecords_{model}_{name}", args=args)


def found(client: Client, model: str, **asked: str) -> list[Any]:
    answer = client.get(url(model, "changelist"), asked)
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


# ---- whose people ------------------------------------------------------------------------------------------


def test_a_secretariat_sees_the_people_of_its_faculties(
    secretary: User, browser_of: Browser, student: Enrolment
):
    own, stranger = browser_of(secretary), browser_of(factories.secretary("CT"))
    assert found(own, "person") == [student.person]
    assert found(own, "enrolment") == [student]
    assert found(stranger, "person") == found(stranger, "enrolment") == []
    for model, pk in (("person", student.person_id), ("enrolment", student.pk)):
        assert own.get(url(model, "change", pk)).status_code == 200
        assert stranger.get(url(model, "change", pk)).status_code == 302
        assert stranger.get(url(model, "history", pk)).status_code == 404
    assert not RecordRead.objects.exclude(reader=secretary).exists()


def test_of_somebody_at_two_faculties_each_sees_the_own_enrolment(browser_of: Browser, student: Enrolment):
    elsewhere = factories.enrolment(
        person=student.person, programme=factories.programme(faculty=factories.faculty("CT"))
    )
    for code, own in (("AC", student), ("CT", elsewhere)):
        client = browser_of(factories.secretary(code))
        assert found(client, "person") == [student.person]
        shown = client.get(url("person", "change", student.person_id)).content.decode()
        assert own.matriculation_number in shown
        other = elsewhere if own == student else student
        assert other.matriculation_number not in shown


def test_central_offices_see_everybody(browser_of: Browser, student: Enrolment):
    client = browser_of(factories.user(roles.SCHOOL_MANAGEMENT))
    assert student.person in found(client, "person")
    assert found(client, "enrolment") == [student]


def test_the_deanery_reads_and_finance_does_not(browser_of: Browser, student: Enrolment):
    dean = browser_of(factories.user(roles.DEANERY, faculties=["AC"]))
    assert found(dean, "enrolment") == [student]
    assert dean.get(url("person", "cnp", student.person_id)).status_code == 403
    finance = browser_of(factories.user(roles.FINANCE))
    assert finance.get(url("person", "changelist")).status_code == 403


def test_autocomplete_offers_nobody_elses_people(secretary: User, browser_of: Browser, student: Enrolment):
    asked = {
        "app_label": "studentrecords",
        "model_name": "enrolment",
        "field_name": "person",
        "term": "tantaru",
    }
    stranger = browser_of(factories.secretary("CT"))
    answer = stranger.get(reverse("admin:autocomplete"), asked)
    assert answer.status_code == 403 or answer.json()["results"] == []


def test_filters_offer_own_programmes_only(browser_of: Browser, student: Enrolment):
    foreign = factories.enrolment(programme=factories.programme(faculty=factories.faculty("CT")))
    shown = browser_of(factories.secretary("AC")).get(url("enrolment", "changelist")).content.decode()
    assert student.programme.name in shown
    assert foreign.programme.name not in shown


def test_teachers_are_kept_for_own_disciplines(browser_of: Browser):
    own = factories.teaching()
    foreign = factories.teaching(
        discipline=factories.discipline(
            curriculum=factories.curriculum(
                programme=factories.programme(faculty=factories.faculty("CT")), filled=False
            )
        )
    )
    client = browser_of(factories.secretary("AC"))
    assert found(client, "teaching") == [own]
    assert client.get(url("teaching", "change", foreign.pk)).status_code == 302


# ---- facts, not fields -------------------------------------------------------------------------------------


def test_people_and_enrolments_are_read_only(desk: Client, student: Enrolment):
    for model, pk in (("person", student.person_id), ("enrolment", student.pk)):
        assert (
            desk.post(url(model, "change", pk), {"last_name": "Alta", "status": "expelled"}).status_code
            == 403
        )
        assert desk.post(url(model, "delete", pk), {"post": "yes"}).status_code == 403
        assert desk.get(url(model, "add")).status_code == 403
    student.refresh_from_db()
    assert student.status == "enrolled"


def test_opening_a_record_is_noted_for_the_person(secretary: User, desk: Client, student: Enrolment):
    desk.get(url("person", "change", student.person_id))
    desk.get(url("enrolment", "change", student.pk))
    reads = RecordRead.objects.filter(person=student.person.user, reader=secretary)
    assert sorted(reads.values_list("what", flat=True)) == [
        "studentrecords.enrolment",
        "studentrecords.person",
    ]


def test_the_history_of_an_enrolment_is_in_words(desk: Client, student: Enrolment):
    student.year_of_study = 3
    student.financing = "fee"
    student.save()
    shown = unescape(desk.get(url("enrolment", "history", student.pk)).content.decode())
    assert "Year of study: 2 → 3" in shown
    assert "Financing: state-funded → fee-paying" in shown
    assert "First kept" in shown


# ---- the CNP -----------------------------------------------------------------------------------------------


def test_the_cnp_is_masked_everywhere(desk: Client, student: Enrolment):
    for address in (url("person", "changelist"), url("person", "change", student.person_id)):
        shown = desk.get(address).content.decode()
        assert student.person.cnp not in shown
        assert f"{student.person.cnp[0]}{'•' * 11}{student.person.cnp[-1]}" in shown


def test_the_cnp_is_shown_once_a_reason_is_written(secretary: User, desk: Client, student: Enrolment):
    person = student.person
    form = desk.get(url("person", "cnp", person.pk)).content.decode()
    assert person.cnp not in form
    empty = desk.post(url("person", "cnp", person.pk), {"reason": "  "})
    assert empty.status_code == 422
    assert person.cnp not in empty.content.decode()
    shown = desk.post(url("person", "cnp", person.pk), {"reason": "Adeverință"})
    assert person.cnp in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    entry = audit.trail(person).get()
    assert (entry.act, entry.actor, entry.reason) == (
        "studentrecords.reveal_cnp",
        secretary,
        "Adeverință",
    )
    assert person.cnp not in str(entry.data)
    assert RecordRead.objects.filter(person=person.user, what="studentrecords.cnp").exists()


def test_nobody_else_is_shown_a_cnp(browser_of: Browser, student: Enrolment):
    address = url("person", "cnp", student.person_id)
    assert browser_of(factories.secretary("CT")).post(address, {"reason": "x"}).status_code == 404
    dean = browser_of(factories.user(roles.DEANERY, faculties=["AC"]))
    assert dean.post(address, {"reason": "x"}).status_code == 403
    assert not TraceEntry.objects.filter(act="studentrecords.reveal_cnp").exists()


# ---- search ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["tantaru", "ȚÂNȚ", "ste tan", "ionut stefan", "Țânțaru Ștefan-Ionuț"])
def test_people_are_found_by_beginnings_of_names(desk: Client, student: Enrolment, words: str):
    assert found(desk, "person", q=words) == [student.person]
    assert found(desk, "enrolment", q=words) == [student]


@pytest.mark.parametrize("words", ["antaru", "x & y", "!", "' or 1=1", "tan:*|a", "\\"])
def test_other_words_find_nobody(desk: Client, student: Enrolment, words: str):
    assert found(desk, "person", q=words) == []


def test_an_enrolment_is_found_by_its_number(desk: Client, student: Enrolment):
    assert found(desk, "enrolment", q="lx004") == [student]


def test_names_are_searched_in_the_index(student: Enrolment):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        assert "person_names" in people_named("țân ște").order_by().explain()


# ---- the cost ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["person", "enrolment"])
def test_lists_cost_the_same_for_3_and_30_rows(secretary: User, browser_of: Browser, model: str):
    plan = factories.curriculum()
    costs = []
    for more in (3, 27):
        for _number in range(more):
            factories.enrolment(curriculum=plan)
        client = browser_of(secretary)
        client.get("/admin/")
        with CaptureQueriesContext(connection) as counted:
            client.get(url(model, "changelist"))
        costs.append(len(counted))
    assert costs[0] == costs[1]
    assert costs[0] <= 13  # three of them are the side menu counting what waits


def test_a_list_counts_no_further_than_anybody_turns_pages(
    secretary: User, browser_of: Browser, monkeypatch: pytest.MonkeyPatch
):
    from upt_portal.kernel import admin_tables

    monkeypatch.setattr(admin_tables, "MOST_COUNTED", 2)
    plan = factories.curriculum()
    for _number in range(3):
        factories.enrolment(curriculum=plan)
    answer = browser_of(secretary).get(url("person", "changelist"))
    assert answer.context["cl"].result_count == 2
    assert Person.objects.count() == people_for_staff(secretary).count() == 3
