"""The record pages of a student: grades by year, what is hidden, what a browser still has."""

import gzip
from datetime import date
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from studentrecords.models import Announcement, AnnouncementRead, DisciplineKind, ExamAttempt, RecordChange
from studentrecords.queries import announcements, record
from studentrecords.queries import grades as queries
from studentrecords.rules.averages import weighted_average
from studentrecords.rules.papers import two_decimals
from studentrecords.services import catalogues, corrections
from tests import factories
from tests.studentrecords import exams_kit as kit
from upt_portal.kernel.models import Mail


def address(enrolment, name="grades") -> str:
    return reverse(f"studentrecords:{name}", args=[enrolment.pk])


def sixes(*grades: int) -> list[tuple[str, int]]:
    """Disciplines of 6 credits."""
    return [(str(grade), 6) for grade in grades]


@pytest.mark.parametrize(
    ("rows", "exact", "shown"),
    [
        ([("10", 56), ("admitted", 4)], Fraction(10), "10.00"),
        (sixes(9, 8, 10, 7, 9, 10, 8, 6, 9, 10), Fraction(86, 10), "8.60"),
        (sixes(9, 8, 10, 7, 9, 10, 8, 6, 9, 4), Fraction(76, 10), "7.60"),
        ([("10", 1), ("9", 2)], Fraction(28, 3), "9.33"),
        ([("5", 199), ("6", 1)], Fraction(1001, 200), "5.01"),
        ([("absent", 5), ("not_admitted", 5)], Fraction(0), "0.00"),
        ([("", 5), ("8", 5)], Fraction(4), "4.00"),
    ],
)
def test_REC_220_the_average_is_exact_and_shown_with_two_decimals(rows, exact, shown):
    average = weighted_average(rows)
    assert average == exact
    assert str(two_decimals(average)) == shown


def test_REC_220_without_grades_there_is_no_average():
    assert weighted_average([("admitted", 3), ("rejected", 2)]) is None


@pytest.fixture
def posted(db, clock):
    """A published catalogue of one student who got an 8."""
    clock.stand_at(kit.IN_TIME)
    catalogue = kit.published("8")
    return catalogue, catalogue.rows.get().enrolment


def test_REC_190_a_result_is_contested_from_its_row_while_its_term_runs(posted, browser_of, clock):
    """Posted on Thursday 21 January 2027: until Friday 16:00; a browser does not show what it kept."""
    enrolment = posted[1]
    client = browser_of(enrolment.person.user)
    told = ExamAttempt.objects.get()
    link = reverse("studentrecords:appeal_new", args=[enrolment.pk, told.pk])
    first = client.get(address(enrolment))
    assert link in first.content.decode()
    clock.stand_on(date(2027, 1, 22), 16, 1)
    again = client.get(address(enrolment), headers={"if-none-match": first["ETag"]})
    assert (again.status_code, link in again.content.decode()) == (200, False)


def test_REC_035_a_grade_stands_with_credits_session_and_history(posted, browser_of):
    catalogue, enrolment = posted
    body = browser_of(enrolment.person.user).get(address(enrolment)).content.decode()
    assert catalogue.discipline.name_ro in body
    assert "<b>8</b>" in body
    assert "A-I 2026-2027" in body
    for words in ("1 prezentare", "normală", "gratuită", "publicată la 21 ianuarie 2027", "Anul 1"):
        assert words in body, words


def test_REC_035_a_failed_attempt_and_its_resit_are_both_told(db, clock, browser_of):
    clock.stand_at(kit.IN_TIME)
    enrolment = factories.enrolment(year_of_study=1)
    discipline = factories.discipline(curriculum=enrolment.curriculum, credits=5)
    factories.result(enrolment, discipline, grade=4, session="A-I")
    factories.result(enrolment, discipline, grade=7, session="B-I")
    [year] = record.grades_by_year(enrolment, kit.IN_TIME)
    [row] = year.rows
    assert [one.result for one in row.grades.attempts] == ["4", "7"]
    assert (year.earned, str(year.average)) == (5, "7.00")
    body = browser_of(enrolment.person.user).get(address(enrolment)).content.decode()
    assert "2 prezentări" in body
    assert "restanță" in body


def test_REC_038_a_draft_and_a_signed_result_are_never_shown(db, clock, browser_of):
    clock.stand_at(kit.IN_TIME)
    catalogue = kit.opened(kit.students(1))
    kit.write(catalogue, "9")
    enrolment = catalogue.rows.get().enrolment
    client = browser_of(enrolment.person.user)
    assert catalogue.discipline.name_ro not in client.get(address(enrolment)).content.decode()
    kit.signed(catalogue)
    assert catalogue.discipline.name_ro not in client.get(address(enrolment)).content.decode()
    catalogues.publish(catalogue.pk, actor=catalogue.holder, at=kit.IN_TIME)
    assert catalogue.discipline.name_ro in client.get(address(enrolment)).content.decode()


def test_REC_038_an_embargo_holds_a_published_grade_back(db, clock, browser_of):
    clock.stand_at(kit.IN_TIME)
    session = kit.session(results_from=kit.date(2027, 2, 15))
    catalogue = kit.published("9", of=session)
    enrolment = catalogue.rows.get().enrolment
    client = browser_of(enrolment.person.user)
    assert catalogue.discipline.name_ro not in client.get(address(enrolment)).content.decode()


def test_REC_039_in_correction_the_grade_is_being_processed_and_no_average_tells_it(
    posted, clock, browser_of
):
    catalogue, enrolment = posted
    client = browser_of(enrolment.person.user)
    before = client.get(address(enrolment))
    clock.stand_at(kit.LATE)
    corrections.open_correction(
        catalogue.pk,
        [catalogue.rows.get().pk],
        justification="punctaj",
        approval="DA 1",
        approved_on=kit.LATE.date(),
        actor=factories.secretary("AC"),
        at=kit.LATE,
    )
    answer = client.get(address(enrolment), headers={"If-None-Match": before["ETag"]})
    body = answer.content.decode()
    assert answer.status_code == 200
    assert "în curs de procesare" in body
    assert "<b>8</b>" not in body
    assert "Media ponderată a" not in body


def test_REC_154_the_mark_in_front_is_the_grade_of_record(db, clock):
    enrolment = factories.enrolment(year_of_study=1)
    discipline = factories.discipline(curriculum=enrolment.curriculum)
    factories.result(enrolment, discipline, grade=6, session="A-I")
    factories.result(enrolment, discipline, grade=3, session="B-I")
    [found] = queries.grades_of(enrolment)
    assert found.result == "6"
    assert found.of_record.session == "A-I"


def test_facultative_disciplines_are_outside_the_average(db, clock):
    enrolment = factories.enrolment(year_of_study=1)
    own, extra = (
        factories.discipline(curriculum=enrolment.curriculum, kind=kind)
        for kind in (DisciplineKind.COMPULSORY, DisciplineKind.FACULTATIVE)
    )
    factories.result(enrolment, own, grade=6)
    factories.result(enrolment, extra, grade=10)
    [year] = record.grades_by_year(enrolment, kit.IN_TIME)
    assert str(year.average) == "6.00"


def test_a_foreign_enrolment_is_not_there(posted, browser_of):
    _catalogue, enrolment = posted
    assert browser_of(factories.enrolment().person.user).get(address(enrolment)).status_code == 404


def test_the_queries_are_eight_whatever_the_disciplines(db, clock, browser_of):
    enrolment = factories.enrolment(year_of_study=3)
    client = browser_of(enrolment.person.user)

    def fill(count: int) -> None:
        for place in range(count):
            row = factories.discipline(curriculum=enrolment.curriculum, semester=1 + place % 6)
            factories.result(enrolment, row, grade=5 + place % 6)

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            client.get(address(enrolment))
        return len(found)

    fill(2)
    client.get(address(enrolment))
    few = asked()
    fill(58)
    assert asked() == few <= 8
    body = client.get(address(enrolment)).content
    assert body.count(b'<details class="past"') == 60
    assert len(gzip.compress(body)) < 15_000


def test_an_unchanged_page_is_answered_without_a_look_at_the_grades(posted, browser_of):
    _catalogue, enrolment = posted
    client = browser_of(enrolment.person.user)
    first = client.get(address(enrolment))
    assert first["Cache-Control"] == "private, no-cache"
    with CaptureQueriesContext(connection) as found:
        again = client.get(address(enrolment), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert not any("examattempt" in query["sql"] or "examresult" in query["sql"] for query in found)
    client.cookies["language"] = "en"
    assert client.get(address(enrolment), headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_another_student_s_tag_opens_nothing(posted, browser_of):
    _catalogue, enrolment = posted
    tag = browser_of(enrolment.person.user).get(address(enrolment))["ETag"]
    stranger = browser_of(factories.enrolment().person.user)
    assert stranger.get(address(enrolment), headers={"If-None-Match": tag}).status_code == 404


@pytest.mark.parametrize("what", ["result", "changed", "deleted", "recognition", "standing"])
def test_every_change_of_the_record_changes_the_stamp(db, clock, what):
    enrolment, other = factories.enrolment(), factories.enrolment()
    discipline = factories.discipline(curriculum=enrolment.curriculum)
    result = factories.result(enrolment, discipline, grade=5)
    before, foreign = (record.stamp_of(one, kit.IN_TIME) for one in (enrolment, other))
    if what == "result":
        factories.result(enrolment, discipline, grade=6, session="B-I")
    elif what == "changed":
        result.grade = 9
        result.save()
    elif what == "deleted":
        result.delete()
    elif what == "recognition":
        factories.recognition(enrolment, discipline, grade=7)
    else:
        factories.standing(enrolment, discipline, standards_met=True)
    assert record.stamp_of(enrolment, kit.IN_TIME) != before
    assert record.stamp_of(other, kit.IN_TIME) == foreign


def test_a_result_written_again_after_publication_changes_the_stamp(posted):
    catalogue, enrolment = posted
    before = record.stamp_of(enrolment, kit.IN_TIME)
    kit.write(catalogue, "9", reason="punctaj")
    assert record.stamp_of(enrolment, kit.IN_TIME) != before
    assert ExamAttempt.objects.count() == 1


def test_an_enrolment_can_still_be_deleted_with_its_results(db, clock):
    enrolment = factories.enrolment()
    factories.result(enrolment, factories.discipline(curriculum=enrolment.curriculum), grade=5)
    enrolment.results.all().delete()
    assert RecordChange.objects.filter(enrolment_id=enrolment.pk).count() == 2


def test_links_of_other_subjects_stand_at_their_discipline_and_count_in_the_stamp(
    posted, browser_of, monkeypatch
):
    _catalogue, enrolment = posted
    day = ["one"]
    offered = queries.Actions(
        links=lambda of, found, at: {found[0].discipline.pk: [queries.Link("Contestați", "/x/")]},
        stamp=lambda of, at: day[0],
    )
    monkeypatch.setattr(queries, "ACTIONS", [offered])
    client = browser_of(enrolment.person.user)
    first = client.get(address(enrolment))
    assert '<a href="/x/">Contestați' in first.content.decode()
    day[0] = "two"
    assert client.get(address(enrolment), headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_the_mail_of_a_posted_result_leads_to_the_grades(posted):
    _catalogue, enrolment = posted
    assert Mail.objects.get(recipient=enrolment.person.user).link == address(enrolment)


def test_with_the_sign_out_the_browser_forgets_the_page(posted, browser_of):
    _catalogue, enrolment = posted
    client = browser_of(enrolment.person.user)
    client.get(address(enrolment))
    assert client.post(reverse("account_logout"))["Clear-Site-Data"] == '"cache"'


# ---- disciplines and history -------------------------------------------------------------------------------


def test_REC_033_the_curriculum_of_every_year_with_teacher_and_exam(db, clock, browser_of):
    clock.stand_at(kit.IN_TIME)
    catalogue = kit.planned(kit.students(1), room="A109")
    enrolment = factories.enrolment(curriculum=catalogue.discipline.curriculum, year_of_study=2)
    later = factories.discipline(curriculum=enrolment.curriculum, year=2, semester=3)
    factories.teaching(discipline=catalogue.discipline, teacher_name="Lect. dr. Ana Pop")
    client = browser_of(enrolment.person.user)
    own = client.get(address(enrolment, "disciplines")).content.decode()
    assert later.name_ro in own
    first = client.get(address(enrolment, "disciplines"), {"year": "1"}).content.decode()
    for words in (catalogue.discipline.name_ro, "Lect. dr. Ana Pop", "A109", "20.01.2027"):
        assert words in first, words
    assert client.get(address(enrolment, "disciplines"), {"year": "x²"}).status_code == 200


@pytest.mark.parametrize(
    ("scale", "words"),
    [("grade", "note de la 1 la 10, promovat de la 5"), ("pass", "admis sau respins")],
)
def test_REC_152_the_scale_of_an_exam_is_known_before_it(db, clock, browser_of, scale, words):
    clock.stand_at(kit.IN_TIME)
    catalogue = kit.planned(kit.students(1), scale=scale)
    student = catalogue.discipline.curriculum.enrolments.get()
    page = browser_of(student.person.user).get(address(student, "disciplines")).content.decode()
    assert words in page


def test_REC_033_an_exam_of_other_groups_is_not_shown(db, clock):
    catalogue = kit.planned(kit.students(1), groups="1.1, 1.2")
    plan = catalogue.discipline.curriculum
    own, other = (factories.enrolment(curriculum=plan, group=name) for name in ("1.2", "1.3"))
    shown = [
        sum(len(row.exams) for row in record.plan_of(one, catalogue.discipline.year, kit.EXAM))
        for one in (own, other)
    ]
    assert shown == [1, 0]


@pytest.mark.parametrize("name", ["disciplines", "history", "announcements"])
def test_the_queries_of_a_page_stay_the_same(db, clock, browser_of, name):
    clock.stand_at(kit.IN_TIME)
    enrolment = factories.enrolment(year_of_study=1)
    client = browser_of(enrolment.person.user)

    def asked() -> int:
        client.get(address(enrolment, name))
        with CaptureQueriesContext(connection) as found:
            client.get(address(enrolment, name))
        return len(found)

    def fill(count: int) -> None:
        for _n in range(count):
            row = factories.discipline(curriculum=enrolment.curriculum, year=1)
            factories.result(enrolment, row, grade=7)
            announced()

    fill(1)
    few = asked()
    fill(3)
    assert asked() == few <= 15


def test_REC_034_every_academic_year_with_average_and_credits(db, clock, browser_of):
    clock.stand_at(kit.IN_TIME)
    enrolment = factories.enrolment(year_of_study=1, decision="DR 12")
    row = factories.discipline(curriculum=enrolment.curriculum, credits=5)
    factories.result(enrolment, row, grade=8, year=factories.THIS_YEAR)
    running = record.history_of(enrolment, kit.IN_TIME.date())[0]
    assert (running.year_of_study, str(running.average), running.credits) == (1, "8.00", 5)
    assert running.decision == "DR 12"
    body = browser_of(enrolment.person.user).get(address(enrolment, "history")).content.decode()
    for words in (enrolment.matriculation_number, "DR 12", "buget", "2026–2027"):
        assert words in body, words


def test_REC_034_the_year_of_study_of_a_past_year_is_the_one_most_exams_belong_to(db, clock):
    clock.stand_at(kit.IN_TIME)
    factories.academic_year()
    enrolment = factories.enrolment(year_of_study=2, enrolled_on=date(2025, 10, 1))
    plan = enrolment.curriculum
    for year, semester in ((1, 1), (1, 2), (3, 5)):
        row = factories.discipline(curriculum=plan, year=year, semester=semester)
        factories.result(enrolment, row, grade=8, year="2025-2026")
    extra = factories.discipline(curriculum=plan, year=4, semester=7, kind=DisciplineKind.FACULTATIVE)
    factories.result(enrolment, extra, grade=8, year="2025-2026")
    running, past = record.history_of(enrolment, kit.IN_TIME.date())
    assert (running.year_of_study, past.year_of_study) == (2, 1)


# ---- school context ----------------------------------------------------------------------------------------


def test_REC_036_the_context_is_offered_with_two_enrolments_and_only_own_ones_open(db, clock, browser_of):
    clock.stand_at(kit.IN_TIME)
    first = factories.enrolment()
    client = browser_of(first.person.user)
    words = f'href="{reverse("student")}"'
    assert words not in client.get(address(first)).content.decode()
    second = factories.enrolment(person=first.person)
    assert words in client.get(address(first)).content.decode()
    choice = client.get(reverse("student")).content.decode()
    assert all(reverse("student_home", args=[one.pk]) in choice for one in (first, second))
    for name in ("grades", "disciplines", "history", "announcements"):
        assert client.get(address(second, name)).status_code == 200
        assert client.get(address(factories.enrolment(), name)).status_code == 404


# ---- announcements, menu, last visit -----------------------------------------------------------------------


def announced(**fields) -> Announcement:
    given = {
        "issuer": "university",
        "title_ro": "Program modificat",
        "text_ro": "Secretariatul este închis.",
        "first_day": date(2027, 1, 20),
        "last_day": date(2027, 1, 22),
    }
    return Announcement.objects.create(**{**given, **fields})


@pytest.mark.parametrize(("day", "seen"), [(19, False), (20, True), (22, True), (23, False)])
def test_REC_031_an_announcement_is_seen_from_its_first_to_its_last_day(db, clock, browser_of, day, seen):
    enrolment = factories.enrolment()
    announced()
    clock.stand_at(kit.moment(1, day, 23, 59))
    home = browser_of(enrolment.person.user).get(reverse("student_home", args=[enrolment.pk]))
    assert ("Program modificat" in home.content.decode()) is seen


@pytest.mark.parametrize(
    ("own", "foreign"),
    [
        ({"year_of_study": 2}, {"year_of_study": 3}),
        ({"financing": "state"}, {"financing": "fee"}),
        ({"group": "2.1"}, {"group": "2.2"}),
        ({"cycle": "licenta"}, {"cycle": "master"}),
    ],
)
def test_REC_031_each_field_of_the_audience_narrows_it(db, clock, own, foreign):
    enrolment = factories.enrolment(year_of_study=2, financing="state", group="2.1")
    mine = announced(**own)
    announced(**foreign)
    found = announcements.seen_by(enrolment, enrolment.person.user, kit.IN_TIME.date())
    assert list(found) == [mine]


def test_REC_031_another_faculty_s_announcement_is_not_seen(db, clock):
    enrolment = factories.enrolment()
    announced(issuer="faculty", faculty=factories.faculty("CT"))
    mine = announced(issuer="secretariat", faculty=enrolment.programme.faculty)
    user = enrolment.person.user
    assert list(announcements.seen_by(enrolment, user, kit.IN_TIME.date())) == [mine]


def test_REC_031_an_opened_announcement_counts_as_read(db, clock, browser_of):
    clock.stand_at(kit.IN_TIME)
    enrolment = factories.enrolment()
    announced()
    client = browser_of(enrolment.person.user)
    for _twice in range(2):
        client.get(address(enrolment, "announcements"))
    assert AnnouncementRead.objects.count() == 1
    [found] = announcements.seen_by(enrolment, enrolment.person.user, kit.IN_TIME.date())
    assert found.unread is False


def test_REC_031_a_secretary_keeps_the_announcements_of_the_own_faculty(db, clock, browser_of):
    own, other = factories.faculty("AC"), factories.faculty("CT")
    foreign = announced(issuer="faculty", faculty=other)
    client = browser_of(factories.secretary("AC"))
    add = reverse("admin:studentrecords_announcement_add")
    given = {
        "issuer": "secretariat",
        "title_ro": "Legitimații",
        "text_ro": "Se vizează la InfoCentru.",
        "first_day": "2027-01-20",
        "last_day": "2027-01-22",
    }
    assert client.post(add, {**given, "faculty": other.pk}).status_code == 200
    assert client.post(add, {**given, "faculty": ""}).status_code == 200
    assert client.post(add, {**given, "faculty": own.pk, "last_day": "2027-01-19"}).status_code == 200
    assert Announcement.objects.count() == 1
    assert client.post(add, {**given, "faculty": own.pk}).status_code == 302
    assert Announcement.objects.get(faculty=own).author is not None
    change = reverse("admin:studentrecords_announcement_change", args=[foreign.pk])
    assert client.get(change).status_code == 302  # the administration's way to say it is not there


def test_REC_464_the_last_visit_is_shown(db, clock, browser_of):
    enrolment = factories.enrolment()
    client = browser_of(enrolment.person.user)
    home = reverse("student_home", args=[enrolment.pk])
    clock.stand_at(kit.moment(1, 20, 9))
    assert "Ultima vizită" not in client.get(home).content.decode()
    clock.stand_at(kit.moment(1, 20, 9, 29))
    assert "Ultima vizită" not in client.get(home).content.decode()
    clock.stand_at(kit.moment(1, 20, 9, 30))
    assert "Ultima vizită: 20 ianuarie 2027, ora 09:00" in client.get(home).content.decode()


def test_REC_030_REC_463_the_menu_leads_to_every_page_and_outside(db, clock, browser_of, settings):
    settings.EXTERNAL_LINKS = {"mail": "https://mail.example/", "counselling": "https://help.example/"}
    enrolment = factories.enrolment()
    body = browser_of(enrolment.person.user).get(address(enrolment)).content.decode()
    inside = [address(enrolment, name) for name in ("grades", "disciplines", "history")]
    pages = [reverse(name) for name in ("account_email", "account_change_password", "account_logout")]
    for where in (*inside, *pages, "https://mail.example/", "https://help.example/"):
        assert f'"{where}"' in body, where
    assert "E-learning" not in body
