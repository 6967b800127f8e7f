"""Diploma supplement data: eight sections, nothing invented, each missing item in words, files recorded."""

import io
import json

import openpyxl
import pytest
from django.urls import reverse

from studentrecords.documents.supplement import supplement_of
from studentrecords.queries import papers as queries
from tests import factories
from tests.studentrecords import exams_kit
from tests.studentrecords.test_papers import NOW
from upt_portal.accounts import roles
from upt_portal.kernel import audit
from upt_portal.kernel.models import RecordRead

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrolment(clock):
    clock.stand_at(NOW)
    return factories.with_past(factories.enrolment())


def data_of(enrolment, language="en"):
    return supplement_of(enrolment, queries.record_of(enrolment, NOW.date()), NOW, language)


def where(enrolment, **query) -> str:
    tail = "&".join(f"{name}={value}" for name, value in query.items())
    return reverse("admin:studentrecords_enrolment_supplement", args=[enrolment.pk]) + (
        f"?{tail}" * bool(tail)
    )


def test_the_eight_sections_stand_in_order_with_value_or_words(enrolment):
    found = data_of(enrolment)
    assert [section.number for section in found.sections] == [1, 2, 3, 4, 5, 6, 7, 8]
    for section in found.sections:
        assert section.title
        for item in section.items:
            assert item.number.startswith(f"{section.number}.")
            assert bool(item.value) is not bool(item.missing), item


def test_what_is_not_held_is_listed_not_invented(enrolment):
    assert [item.number for item in data_of(enrolment).missing] == [
        "2.1",
        "4.2",
        "4.5",
        "5.2",
        "6.1",
        "7.1",
        "7.2",
        "7.3",
        "7.4",
        "8.1",
    ]


def test_a_gap_in_the_record_is_told(enrolment):
    enrolment.person.birth_date = None
    assert "1.3" in [item.number for item in data_of(enrolment).missing]
    fresh = factories.enrolment(year_of_study=1)
    assert "4.3" in [item.number for item in data_of(fresh).missing]


def test_the_average_stands_once_all_credits_are_earned(enrolment):
    enrolment.programme.credits = 1
    values = {item.number: item.value for part in data_of(enrolment).sections for item in part.items}
    assert values["4.5"] == "Weighted average 8.00"
    assert values["2.3"] == "Politehnica University Timișoara"


def test_drafts_stay_out(clock):
    catalogue = exams_kit.opened(exams_kit.students(1))
    exams_kit.write(catalogue, "10")
    clock.stand_at(exams_kit.IN_TIME)
    assert data_of(catalogue.rows.get().enrolment).rows == []


def test_the_page_in_both_languages_and_its_reading_noted(enrolment, browser_of, secretary):
    client = browser_of(secretary)
    body = client.get(where(enrolment, language="en")).content.decode()
    assert "1. The holder of the qualification" in body
    body = client.get(where(enrolment)).content.decode()
    assert "1. Titularul calificării" in body
    assert "ministerului" in body
    assert RecordRead.objects.filter(reader=secretary, person=enrolment.person.user).exists()


def test_the_files_hold_the_same_and_are_recorded(enrolment, browser_of, secretary):
    client = browser_of(secretary)
    answer = client.get(where(enrolment, **{"as": "json", "language": "en"}))
    data = json.loads(answer.content)
    assert data["missing"] == [item.number for item in data_of(enrolment).missing]
    assert len(data["results"]) == len(data_of(enrolment).rows) > 0
    assert enrolment.person.cnp not in answer.content.decode()
    sheet = client.get(where(enrolment, **{"as": "xlsx"}))
    book = openpyxl.load_workbook(io.BytesIO(sheet.content))
    assert book.active.max_row > 20
    assert [entry.data for entry in audit.trail(enrolment)] == [{"as": "json"}, {"as": "xlsx"}]


def test_a_name_is_no_formula_in_the_sheet(enrolment, browser_of, secretary):
    type(enrolment.person).objects.filter(pk=enrolment.person_id).update(last_name="=HYPERLINK(1)")
    sheet = browser_of(secretary).get(where(enrolment, **{"as": "xlsx"}))
    book = openpyxl.load_workbook(io.BytesIO(sheet.content))
    cells = [cell for row in book.active.iter_rows() for cell in row if "HYPERLINK" in str(cell.value)]
    assert [(cell.value, cell.data_type) for cell in cells] == [("'=HYPERLINK(1)", "s")]


@pytest.mark.parametrize("query", [{"as": "pdf"}, {"language": "xx"}])
def test_an_unknown_form_is_not_there(enrolment, browser_of, secretary, query):
    assert browser_of(secretary).get(where(enrolment, **query)).status_code == 404


def test_only_the_own_secretariat_reads_it(enrolment, browser_of, student_client):
    assert browser_of(factories.secretary("CT")).get(where(enrolment)).status_code == 404
    assert student_client.get(where(enrolment)).status_code in (302, 403)
    assert browser_of(factories.user(roles.SCHOOL_MANAGEMENT)).get(where(enrolment)).status_code == 200
