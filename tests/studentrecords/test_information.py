"""What students are told, what is kept of them, and the request for another group."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from studentrecords.models import (
    ConsultationHours,
    CourseLink,
    DecisionBody,
    Enrolment,
    FinishingElsewhere,
    GroupChange,
    InformationText,
    PublicDocument,
    PublicKind,
    Representative,
    Reward,
    ScholarshipSemester,
    TutorAssignment,
)
from studentrecords.queries import information as queries
from studentrecords.refusal import Refused
from studentrecords.rules import citizenship
from studentrecords.rules import information as rules
from studentrecords.services import information as services
from studentrecords.workflow.information import GROUP_MOVES, MANAGEMENT, STUDENT, GroupChangeState
from tests import factories, races
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import clock
from upt_portal.kernel.models import Mail, TraceEntry
from upt_portal.kernel.moves import MoveRefused, grid

TODAY = factories.NOW.date()
Browse = Callable[[User], Client]
database = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now() -> Any:
    with clock.shifted(factories.NOW):
        yield


def document(**fields: Any) -> PublicDocument:
    values = {
        "kind": PublicKind.CODE,
        "name_ro": "Codul studentului",
        "name_en": "Code of the student",
        "edition": "ediția 3",
        "issuer": "Senatul",
        "issued_on": date(2025, 7, 1),
        "published_on": date(2025, 7, 3),
        "in_force_from": date(2025, 9, 1),
        "text": "Studentul are dreptul la informare.",
        **fields,
    }
    return PublicDocument.objects.create(**values)


# ---- rules -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "first", "last", "applies"),
    [
        ("2026-2027", "2025-2026", "", True),
        ("2024-2025", "2025-2026", "", False),
        ("2025-2026", "", "2025-2026", True),
        ("2026-2027", "", "2025-2026", False),
        ("2026-2027", "", "", True),
    ],
)
def test_REC_450_an_edition_names_its_years(year: str, first: str, last: str, applies: bool) -> None:
    assert rules.applies_to(year, first, last) is applies


def test_REC_451_the_guide_is_due_two_weeks_before_the_year() -> None:
    assert rules.guide_due(date(2026, 9, 28)) == date(2026, 9, 14)
    assert not rules.check_guide({"ro"})
    assert not rules.check_guide({"en"})
    assert rules.check_guide({"ro", "en"})


@pytest.mark.parametrize(
    ("day", "timing"), [(5, "early"), (6, "in_time"), (9, "in_time"), (10, "late"), (13, "late")]
)
def test_REC_452_material_comes_three_days_before_the_class(day: int, timing: str) -> None:
    assert rules.material_timing(date(2026, 10, day), date(2026, 10, 12)) == timing


def test_REC_453_two_hours_of_consultation_a_week() -> None:
    assert rules.check_hours([60, 60])
    assert not rules.check_hours([60, 59])
    assert not rules.check_hours([])


@pytest.mark.parametrize(
    ("cycle", "semesters", "used", "left"),
    [
        ("licenta", 6, 6, 0),
        ("licenta", 8, 6, 2),
        ("licenta", 12, 9, 0),
        ("master", 2, 1, 1),
        ("master", 4, 0, 4),
        ("doctorat", 6, 0, 0),
    ],
)
def test_REC_456_semesters_of_scholarship(cycle: str, semesters: int, used: int, left: int) -> None:
    assert rules.scholarship_left(rules.scholarship_semesters(cycle, semesters), used) == left


def test_REC_457_a_quarter_of_the_seats_and_four_years() -> None:
    assert [rules.least_student_seats(seats) for seats in (4, 20, 21)] == [1, 5, 6]
    first = date(2022, 10, 1)
    assert rules.check_membership([(first, date(2026, 9, 30))])
    assert not rules.check_membership([(first, date(2026, 9, 30)), (date(2026, 10, 1), date(2026, 10, 1))])


@pytest.mark.parametrize(
    ("wanted", "reasons", "allowed"),
    [
        ("CTI-2.2", "Lucrez dimineața.", True),
        ("CTI-2.2", "  ", False),
        ("cti-2.1", "x", False),
        ("", "x", False),
    ],
)
def test_REC_458_another_group_needs_reasons(wanted: str, reasons: str, allowed: bool) -> None:
    assert bool(rules.check_group_change("CTI-2.1", wanted, reasons)) is allowed


@pytest.mark.parametrize(
    ("category", "country", "allowed"),
    [
        ("", "RO", False),
        ("ro", "RO", True),
        ("eu", "FR", True),
        ("eu", "CH", True),
        ("eu", "MD", False),
        ("abroad", "MD", True),
        ("third", "MD", True),
        ("third", "FR", False),
    ],
)
def test_REC_465_the_category_agrees_with_the_citizenship(category: str, country: str, allowed: bool) -> None:
    assert bool(citizenship.check_category(category, country)) is allowed


@database
def test_REC_465_no_enrolment_without_a_category() -> None:
    one = factories.enrolment(person=factories.person(citizenship="MD"))
    assert one.citizenship_category == "third"
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.filter(pk=one.pk).update(citizenship_category="")


def test_REC_466_the_report_on_the_code_comes_before_the_year() -> None:
    assert rules.code_report_due(date(2026, 9, 28)) == date(2026, 9, 27)


def test_the_moves_of_a_request() -> None:
    open_cells = {
        (cell.state, cell.actor, cell.name): set(cell.targets)
        for cell in grid(GROUP_MOVES, ["", *GroupChangeState.values], [STUDENT, MANAGEMENT])
        if cell.targets
    }
    assert open_cells == {
        ("", STUDENT, "ask"): {"asked"},
        ("asked", STUDENT, "withdraw"): {"withdrawn"},
        ("asked", MANAGEMENT, "grant"): {"granted"},
        ("asked", MANAGEMENT, "refuse"): {"refused"},
    }


# ---- the public page ---------------------------------------------------------------------------------------


@database
def test_REC_450_REC_466_documents_in_force_with_edition_language_issuer_and_years(client: Client) -> None:
    year = factories.academic_year()
    one = document(first_year=year)
    other = document(language="en", text="A student has the right to be informed.")
    document(name_ro="Nepublicat", published_on=None)
    document(name_ro="Vechi", in_force_until=TODAY - timedelta(days=1))
    document(name_ro="Raport anual", kind=PublicKind.CODE_REPORT)
    document(name_ro="Al facultății", kind=PublicKind.DECISION, faculty=factories.faculty())
    page = client.get("/information/").content.decode()
    assert "Codul studentului" in page
    assert "Raport anual" in page
    assert "din anul universitar 2026–2027" in page
    for hidden in ("Nepublicat", "Vechi", "Al facultății"):
        assert hidden not in page
    assert "Al facultății" in client.get("/information/?faculty=AC").content.decode()
    full = client.get(f"/information/{one.pk}/").content.decode()
    for shown in ("ediția 3", "Senatul", "Studentul are dreptul la informare.", f"/information/{other.pk}/"):
        assert shown in full


@database
def test_documents_in_english_and_not_published_ones(client: Client) -> None:
    hidden = document(published_on=None)
    assert client.get(f"/information/{hidden.pk}/").status_code == 404
    document()
    client.cookies["language"] = "en"
    assert "Code of the student" in client.get("/information/").content.decode()


@database
def test_a_document_of_a_former_edition_says_so(client: Client) -> None:
    old = document(in_force_until=date(2026, 8, 31))
    assert "nu mai este în vigoare" in client.get(f"/information/{old.pk}/").content.decode()


@database
def test_REC_455_results_of_the_evaluation_are_public(client: Client) -> None:
    document(kind=PublicKind.EVALUATION, name_ro="Evaluarea 2025", text="", link="https://upt.ro/evaluare")
    assert "Evaluarea 2025" in client.get("/information/").content.decode()


@database
def test_REC_459_REC_463_texts_on_rights_and_services(client: Client) -> None:
    given = {"text_ro": "Gratuit.", "text_en": "Free.", "shown_from": date(2026, 1, 1)}
    InformationText.objects.create(
        subject="counselling", name_ro="Consiliere", link="https://upt.ro/ccoc", **given
    )
    InformationText.objects.create(subject="housing", name_ro="Cămine", shown_until=date(2026, 2, 1), **given)
    page = client.get("/information/").content.decode()
    assert "Consiliere și carieră: Consiliere" in page
    assert "https://upt.ro/ccoc" in page
    assert "Cămine" not in page


@database
def test_REC_462_each_figure_shows_its_default_and_origin(client: Client) -> None:
    page = client.get(reverse("rulebook_figures")).content.decode()
    assert "SCHOLARSHIP_BACHELOR" in page
    assert "REC-456" in page


@database
def test_the_public_page_asks_the_same_number_of_queries(client: Client) -> None:
    counts = []
    for _n in range(3):
        document(faculty=None, first_year=factories.academic_year())
        with CaptureQueriesContext(connection) as asked:
            client.get("/information/")
        counts.append(len(asked))
    assert counts[1] == counts[2]


# ---- the student's page ------------------------------------------------------------------------------------


@pytest.fixture
def student() -> Enrolment:
    return factories.enrolment()


def own_page(browser_of: Browse, student: Enrolment) -> str:
    user = student.person.user
    assert user is not None
    return browser_of(user).get(f"/student/{student.pk}/information/").content.decode()


@database
def test_REC_452_REC_453_REC_454_tutor_hours_and_materials(student: Enrolment, browser_of: Browse) -> None:
    year = factories.academic_year()
    discipline = factories.discipline(curriculum=student.curriculum, semester=3)
    factories.teaching(discipline=discipline, teacher_name="Profesorul Meu")
    given = {"faculty": factories.faculty(), "year": year, "semester": 1, "weekday": 3, "place": "B 413"}
    times = {"starts_at": time(10), "ends_at": time(12)}
    ConsultationHours.objects.create(teacher_name="Profesorul Meu", booking="prin e-mail", **given, **times)
    ConsultationHours.objects.create(teacher_name="Alt Profesor", **given, **times)
    CourseLink.objects.create(
        discipline=discipline, year=year, title="Cursul 1", link="https://cv.upt.ro/1",
        class_on=date(2026, 10, 12), published_on=date(2026, 10, 5),
    )  # fmt: skip
    tutor = {"programme": student.programme, "year": year, "year_of_study": 2}
    TutorAssignment.objects.create(**tutor, name="Tutorele Anului")
    page = own_page(browser_of, student)
    for shown in ("Profesorul Meu", "miercuri, 10:00–12:00", "prin e-mail", "Cursul 1", "Tutorele Anului"):
        assert shown in page
    assert "Alt Profesor" not in page
    TutorAssignment.objects.create(**tutor, group=student.group, name="Tutorele Grupei")
    page = own_page(browser_of, student)
    assert "Tutorele Grupei" in page
    assert "Tutorele Anului" not in page


@database
def test_REC_456_semesters_count_whatever_the_university(student: Enrolment, browser_of: Browse) -> None:
    last, this = factories.academic_year(factories.LAST_YEAR), factories.academic_year()
    for year, semester, kind in ((last, 1, "socială"), (last, 1, "de merit"), (last, 2, "de merit")):
        ScholarshipSemester.objects.create(enrolment=student, year=year, semester=semester, kind=kind)
    ScholarshipSemester.objects.create(
        enrolment=student, year=this, semester=1, kind="de merit", university="Altă universitate"
    )
    found = queries.scholarships_of(student, TODAY)
    assert (found.limit, found.used, found.left) == (6, 3, 3)
    assert "3 din 6" in own_page(browser_of, student)


@database
def test_REC_457_REC_460_REC_461_what_is_kept_of_a_student(student: Enrolment, browser_of: Browse) -> None:
    body = DecisionBody.objects.create(name_ro="Consiliul facultății", seats=21, student_seats=6)
    spans = {"first_day": date(2026, 1, 1), "last_day": date(2027, 12, 31)}
    Representative.objects.create(body=body, enrolment=student, **spans)
    FinishingElsewhere.objects.create(
        enrolment=student, university="Altă universitate", programme="Mecanică", decision="HS 4", since=TODAY
    )
    Reward.objects.create(
        enrolment=student, kind="performance", name="Olimpiada", giver="UPT", given_on=TODAY
    )
    page = own_page(browser_of, student)
    for shown in ("Consiliul facultății", "Mecanică", "Olimpiada"):
        assert shown in page


@database
def test_pages_of_somebody_else_are_not_found(student: Enrolment, browser_of: Browse) -> None:
    other = browser_of(factories.student_user())
    for page in ("information", "group"):
        assert other.get(f"/student/{student.pk}/{page}/").status_code == 404


# ---- another group -----------------------------------------------------------------------------------------


def ask(student: Enrolment, wanted: str = "CTI-2.2") -> GroupChange:
    user = student.person.user
    assert user is not None
    return services.ask_group(student.pk, wanted, "Lucrez dimineața.", actor=user, at=factories.NOW)


@database
def test_REC_458_asked_decided_and_told(student: Enrolment, browser_of: Browse) -> None:
    user = student.person.user
    assert user is not None
    browser, address = browser_of(user), f"/student/{student.pk}/group/"
    answer = browser.post(address, {"wanted": "CTI-2.2", "reasons": ""})
    assert answer.status_code == 422
    assert 'value="CTI-2.2"' in answer.content.decode()
    assert browser.post(address, {"wanted": "CTI-2.2", "reasons": "Lucrez."}).status_code == 302
    assert browser.post(address, {"wanted": "CTI-2.3", "reasons": "Și altfel."}).status_code == 422
    asked = GroupChange.objects.get()
    dean = browser_of(factories.user(roles.DEANERY, faculties=("AC",)))
    where = reverse("admin:studentrecords_groupchange_decide", args=[asked.pk])
    assert "Lucrez." in dean.get(where).content.decode()
    assert dean.post(where, {"act": "refuse", "answer": ""}).status_code == 422
    assert dean.post(where, {"act": "grant", "answer": "De luni."}).status_code == 302
    student.refresh_from_db()
    asked.refresh_from_db()
    assert (student.group, asked.state, asked.current) == ("CTI-2.2", GroupChangeState.GRANTED, "CTI-2.1")
    assert Mail.objects.filter(recipient=user).count() == 1
    assert "De luni." in browser.get(address).content.decode()
    acts = TraceEntry.objects.filter(subject=f"studentrecords.groupchange:{asked.pk}").order_by("number")
    assert [entry.act for entry in acts] == ["studentrecords.group_ask", "studentrecords.group_grant"]


@database
def test_REC_458_only_the_management_of_the_own_faculty_decides(
    student: Enrolment, browser_of: Browse
) -> None:
    where = reverse("admin:studentrecords_groupchange_decide", args=[ask(student).pk])
    clerk = browser_of(factories.secretary("AC"))
    assert clerk.get(where).status_code == 200
    assert clerk.post(where, {"act": "grant"}).status_code == 403
    assert browser_of(factories.user(roles.DEANERY, faculties=("CT",))).get(where).status_code == 404


@database
def test_a_request_is_withdrawn_and_then_no_longer_decided(student: Enrolment, browser_of: Browse) -> None:
    asked, user = ask(student), student.person.user
    assert user is not None
    browser_of(user).post(f"/student/{student.pk}/group/withdraw/")
    with pytest.raises(Refused):
        services.withdraw_group(student.pk, actor=user, at=factories.NOW)
    with pytest.raises(MoveRefused):
        services.decide_group(asked.pk, grant=True, answer="", actor=user, at=factories.NOW)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_request(student: Enrolment) -> None:
    outcomes = races.at_once(lambda: ask(student), lambda: ask(student))
    assert GroupChange.objects.count() == 1
    assert sum(isinstance(one, Refused) for one in outcomes) == 1


# ---- the administration ------------------------------------------------------------------------------------


@database
@pytest.mark.parametrize(
    "model",
    [
        "publicdocument", "informationtext", "courselink", "consultationhours", "tutorassignment",
        "scholarshipsemester", "reward", "finishingelsewhere", "decisionbody", "representative",
        "groupchange",
    ],
)  # fmt: skip
def test_the_tables_open_for_a_secretariat(model: str, browser_of: Browse, student: Enrolment) -> None:
    year = factories.academic_year()
    ConsultationHours.objects.create(
        faculty=factories.faculty(), teacher_name="X", year=year, semester=1, weekday=1,
        starts_at=time(10), ends_at=time(11), place="A",
    )  # fmt: skip
    document(kind=PublicKind.GUIDE, first_year=year)
    ask(student)
    browser = browser_of(factories.secretary("AC"))
    assert browser.get(f"/admin/studentrecords/{model}/").status_code == 200
    if model != "groupchange":
        assert browser.get(f"/admin/studentrecords/{model}/add/").status_code == 200


@database
def test_a_faculty_speaks_for_itself_only(browser_of: Browse) -> None:
    other = document(faculty=factories.faculty("CT"), name_ro="Al altora")
    common = document(name_ro="Al tuturor")
    factories.faculty("AC")
    browser = browser_of(factories.secretary("AC"))
    page = browser.get("/admin/studentrecords/publicdocument/").content.decode()
    assert "Al tuturor" in page
    assert "Al altora" not in page
    change = "/admin/studentrecords/publicdocument/{}/change/"
    assert browser.get(change.format(other.pk)).status_code == 302  # not found: back to the index
    assert browser.post(change.format(common.pk), {"name_ro": "x"}).status_code == 403
    given = {
        "kind": "decision", "name_ro": "Nou", "language": "ro", "issuer": "Decan", "issued_on": "01.10.2026",
        "in_force_from": "01.10.2026", "text": "Text.",
    }  # fmt: skip
    add = "/admin/studentrecords/publicdocument/add/"
    assert browser.post(add, given).status_code == 200  # the faculty is asked for
    assert browser.post(add, {**given, "faculty": other.faculty_id}).status_code == 200
    assert browser.post(add, {**given, "faculty": factories.faculty("AC").pk}).status_code == 302
