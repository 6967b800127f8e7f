"""The ELMO file of a transcript: shaped as the published schema asks, saying what the paper says, no more."""

import copy

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from studentrecords.documents.elmo import elmo_file
from studentrecords.services.papers import Wish
from tests import factories
from tests.studentrecords import elmo_shape as shape
from tests.studentrecords.test_papers import NOW, ask, made

FACTS = {
    "issued_at": "2026-11-20T10:00:00+02:00",
    "learner": {
        "given": "Andra",
        "family": "Văleanu",
        "born": "2005-06-14",
        "citizenship": "RO",
        "matriculation_number": "LB1",
    },
    "programme": {
        "code": "AC-L-CALC",
        "ro": "Calculatoare",
        "en": "Computers",
        "cycle": "licenta",
        "language": "ro",
        "start": "2025-09-29",
    },
    "rows": [
        {
            "code": "L1",
            "ro": "Algebră",
            "en": "",
            "year": "2025-2026",
            "date": "2026-02-01",
            "result": "9",
            "passed": True,
            "credits": 5,
            "hours": "56",
            "recognised": False,
        }
    ],
    "shares": [[10, 1, "50.0"], [9, 1, "50.0"]],
    "shares_years": ["2024-2025", "2025-2026"],
}


def file_of(facts=FACTS, **more) -> bytes:
    given_values = {"number": "17/20.11.2026", "title": "Situație școlară", "language": "ro", "pdf": b"%PDF-"}
    return elmo_file(facts, **{**given_values, **more})


def changed(**parts):
    facts = copy.deepcopy(FACTS)
    for where, values in parts.items():
        part = facts[where][0] if where == "rows" else facts[where]
        part.update(values)
    return facts


def test_REC_042_the_file_has_the_shape_of_the_published_schema():
    assert shape.faults(file_of()) == []
    found = shape.read(file_of())
    assert found.pdf == b"%PDF-"
    (course,) = found.courses
    assert (course["resultLabel"], course["value"], course["status"]) == ("9", "5", "passed")
    assert (course["engagementHours"], course["date"]) == ("56", "2026-02-01")
    assert [node.text for node in found.all("identifier")][:2] == ["LB1", "upt.ro"]


def test_the_shape_itself_finds_faults():
    """A check that never fails checks nothing."""
    good = file_of().decode()
    for wrong in (
        good.replace("<bday>2005-06-14</bday>", "<bday>14.06.2005</bday>"),
        good.replace("<familyName>Văleanu</familyName>", ""),
        good.replace(' type="schac"', ""),
        good.replace("Degree Programme", "Programme"),
        good.replace("<status>passed</status>", "<status>promovat</status>"),
        good.replace("<issueDate>", "<issued>").replace("</issueDate>", "</issued>"),
    ):
        assert wrong != good
        assert shape.faults(wrong.encode())


@pytest.mark.parametrize(
    ("facts", "label", "status", "credits"),
    [
        (changed(rows={"result": "admitted"}), "admis", "passed", "5"),
        (changed(rows={"result": "4", "passed": False, "credits": 0}), "4", "in-progress", None),
        (changed(rows={"result": "absent", "passed": False, "credits": 0}), "absent", "in-progress", None),
        (changed(rows={"result": "10", "date": "", "recognised": True}), "10", "passed", "5"),
    ],
)
def test_every_result_has_its_status_and_credits_only_when_passed(facts, label, status, credits):
    data = file_of(facts)
    assert shape.faults(data) == []
    (course,) = shape.read(data).courses
    assert (course["resultLabel"], course["status"], course.get("value")) == (label, status, credits)


@pytest.mark.parametrize(
    "facts",
    [
        changed(learner={"born": "", "citizenship": ""}),
        changed(learner={"citizenship": "România"}),
        changed(programme={"en": "", "start": "", "cycle": "preg"}),
        {**FACTS, "rows": [], "shares": [], "shares_years": []},
    ],
)
def test_what_is_not_known_is_left_out(facts):
    assert shape.faults(file_of(facts)) == []


@given(st.text(), st.text())
def test_no_text_breaks_the_file(name, discipline):
    facts = changed(learner={"given": name, "family": f"]]>{name}"}, rows={"ro": discipline or "x"})
    data = file_of(facts, title=f"&{name}<!--")
    wrong = [fault for fault in shape.faults(data) if "with 0 title" not in fault]
    assert wrong == []


@pytest.mark.django_db
def test_the_student_downloads_it_with_the_sealed_paper_inside(clock, browser_of):
    clock.stand_at(NOW)
    enrolment = factories.with_past(factories.enrolment())
    asked = ask(enrolment, Wish("transcript"))
    where = reverse("studentrecords:paper_elmo", args=[enrolment.pk, asked.pk])
    client = browser_of(enrolment.person.user)
    assert client.get(where).status_code == 404  # the paper is on its way
    paper = made(asked)
    answer = client.get(where)
    assert answer.headers["Content-Type"] == "application/xml"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="elmo-1-2026.xml"'
    assert shape.faults(answer.content) == []
    found = shape.read(answer.content)
    with paper.file.open("rb") as file:
        assert found.pdf == file.read()
    assert len(found.courses) == len(paper.context["facts"]["rows"]) > 0
    credits = sum(int(course.get("value", "0")) for course in found.courses)
    assert credits == paper.context["credits"]
    assert enrolment.person.cnp.encode() not in answer.content
    assert (
        "Pentru altă universitate"
        in client.get(reverse("studentrecords:papers", args=[enrolment.pk])).content.decode()
    )


@pytest.mark.django_db
def test_a_certificate_and_another_student_s_transcript_give_no_file(clock, browser_of):
    clock.stand_at(NOW)
    enrolment = factories.with_past(factories.enrolment())
    certificate = ask(enrolment)
    transcript = ask(enrolment, Wish("transcript"))
    for asked in (certificate, transcript):
        made(asked)
    own = browser_of(enrolment.person.user)
    where = reverse("studentrecords:paper_elmo", args=[enrolment.pk, certificate.pk])
    assert own.get(where).status_code == 404
    other = factories.enrolment()
    stranger = browser_of(other.person.user)
    for of in (enrolment, other):
        where = reverse("studentrecords:paper_elmo", args=[of.pk, transcript.pk])
        assert stranger.get(where).status_code == 404
