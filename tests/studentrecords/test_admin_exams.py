"""Exams, timetables and durations in the administration: what is refused, warned about and flagged."""

from datetime import date, datetime

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from studentrecords.models import Catalogue, ExamDurations, ExamTimetable
from studentrecords.queries import timetable
from tests import factories
from tests.studentrecords import exams_kit as kit
from upt_portal.accounts import roles
from upt_portal.kernel.dates import ROMANIA

pytestmark = pytest.mark.django_db

ADD = "admin:studentrecords_catalogue_add"
AUTUMN = datetime(2026, 12, 1, 10, tzinfo=ROMANIA)


@pytest.fixture
def now(clock):
    return clock.stand_at(AUTUMN)


@pytest.fixture
def clerk(now, browser_of):
    return browser_of(factories.user(roles.CHIEF_SECRETARY, faculties=["AC"]))


@pytest.fixture
def plan():
    return kit.students(4)[0].curriculum


def exam(session, discipline, held_on=kit.EXAM, **more):
    values = {"holder": kit.teacher().pk, "second": kit.teacher().pk, **more}
    return {
        "discipline": discipline.pk, "session": session.pk, "groups": "", "held_on": f"{held_on:%d.%m.%Y}",
        "starts_at": "09:00", "room": "A101", "scale": "grade", **values,
    }  # fmt: skip


def added(client, **given):
    return client.post(reverse(ADD), given)


def told(answer) -> str:
    return " ".join(str(one) for one in get_messages(answer.wsgi_request))


def of(plan):
    return factories.discipline(curriculum=plan, semester=1)


def test_REC_118_an_exam_is_planned_with_two_teachers(clerk, plan):
    session = kit.session()
    answer = added(clerk, **exam(session, of(plan)))
    assert answer.status_code == 302
    made = Catalogue.objects.get()
    assert (made.state, made.room) == ("planned", "A101")
    one = kit.teacher().pk
    answer = added(clerk, **exam(session, of(plan), holder=one, second=one))
    assert answer.status_code == 200
    assert Catalogue.objects.count() == 1


@pytest.mark.parametrize("held_on", [date(2027, 1, 17), date(2027, 2, 8)])
def test_a_day_outside_the_session_is_refused(clerk, plan, held_on):
    assert added(clerk, **exam(kit.session(), of(plan), held_on)).status_code == 200
    assert not Catalogue.objects.exists()


def test_another_faculty_s_discipline_is_refused(now, browser_of, plan):
    factories.faculty("CT")
    other = browser_of(factories.user(roles.CHIEF_SECRETARY, faculties=["CT"]))
    assert added(other, **exam(kit.session(), of(plan))).status_code == 200
    assert not Catalogue.objects.exists()


def test_REC_098_an_open_session_is_not_planned_by_hand(clerk, plan):
    whole = kit.session("O", starts_on=date(2026, 9, 28), ends_on=date(2027, 9, 12))
    assert added(clerk, **exam(whole, of(plan))).status_code == 200
    assert not Catalogue.objects.exists()


@pytest.mark.parametrize(
    ("code", "days", "warned"),
    [
        ("A-I", (20, 22), True),
        ("A-I", (20, 23), False),
        ("A-I", (20, 20), True),
        ("B-I", (20, 21), False),
        ("B-I", (20, 20), True),
    ],
)
def test_REC_117_exams_too_near_are_warned_about_and_planned(clerk, plan, code, days, warned):
    session = kit.session(code)
    for day in days:
        answer = added(clerk, **exam(session, of(plan), date(2027, 1, day)))
    assert Catalogue.objects.count() == 2
    assert ("2027" in told(answer) or "ianuarie" in told(answer)) is warned


def test_REC_117_exams_of_other_groups_and_years_are_none_of_it(plan):
    session = kit.session()
    first = kit.planned(kit.students(1, curriculum=plan), of=session, discipline=of(plan), groups="G1")
    kit.planned(kit.students(1, curriculum=plan), of=session, discipline=of(plan), groups="G2")
    later = factories.discipline(curriculum=plan, semester=3)
    kit.planned(kit.students(1, curriculum=plan), of=session, discipline=later)
    assert timetable.warnings_of(timetable.beside(first)) == []


def test_REC_118_fewer_than_three_enrolled_are_told(clerk):
    small = kit.students(2)[0].curriculum
    answer = added(clerk, **exam(kit.session(), of(small)))
    assert ": 2;" in told(answer)


def test_day_and_teachers_change_while_nothing_is_entered(clerk, plan):
    catalogue = kit.planned(discipline=of(plan))
    where = reverse("admin:studentrecords_catalogue_change", args=[catalogue.pk])
    given = exam(catalogue.session, catalogue.discipline, date(2027, 1, 22), room="B2")
    assert clerk.post(where, given).status_code == 302
    catalogue.refresh_from_db()
    assert (catalogue.held_on, catalogue.room) == (date(2027, 1, 22), "B2")
    type(catalogue).objects.filter(pk=catalogue.pk).update(state="filled")
    assert clerk.post(where, given).status_code == 403


@pytest.mark.parametrize(
    ("code", "starts", "ends", "due"),
    [
        ("A-I", date(2025, 1, 20), date(2025, 2, 9), date(2024, 12, 20)),
        ("B-I", date(2025, 2, 10), date(2025, 2, 23), date(2024, 12, 20)),
        ("C", date(2025, 9, 1), date(2025, 9, 14), date(2025, 7, 31)),
    ],
)
def test_REC_116_four_weeks_before_the_semester_ends_or_31_july(code, starts, ends, due):
    from studentrecords.models import ExamSession

    year = factories.academic_year("2024-2025")
    ExamSession.objects.create(year=year, code="A-I", starts_on=date(2025, 1, 20), ends_on=date(2025, 2, 9))
    session, _made = ExamSession.objects.get_or_create(
        year=year, code=code, defaults={"starts_on": starts, "ends_on": ends}
    )
    one = ExamTimetable.objects.create(session=session, faculty=factories.faculty(), sent_on=due)
    assert timetable.due_of(one) == due
    assert not timetable.is_late(one, date(2026, 1, 1))
    one.sent_on = None
    assert not timetable.is_late(one, due)
    assert timetable.is_late(one, date.fromordinal(due.toordinal() + 1))


def test_REC_115_REC_116_late_is_refused_to_post_and_flagged_when_sent(clock, browser_of):
    clock.stand_at(datetime(2027, 1, 10, 10, tzinfo=ROMANIA))
    client = browser_of(factories.user(roles.CHIEF_SECRETARY, faculties=["AC"]))
    session, faculty = kit.session(), factories.faculty()
    where = reverse("admin:studentrecords_examtimetable_add")
    given = {"session": session.pk, "faculty": faculty.pk, "sent_on": "10.01.2027", "posted_on": "10.01.2027"}
    assert client.post(where, {**given, "late_reason": ""}).status_code == 200
    assert not ExamTimetable.objects.exists()
    answer = client.post(where, {**given, "late_reason": "săli schimbate"})
    assert answer.status_code == 302
    assert "18.12.2026" in told(answer)  # 28 days before Friday 15 January
    shown = client.get(reverse("admin:studentrecords_examtimetable_changelist")).content.decode()
    assert "icon-no" in shown


def test_REC_123_durations_are_kept_with_who_was_consulted(clerk):
    where = reverse("admin:studentrecords_examdurations_add")
    given = {
        "faculty": factories.faculty().pk, "year": factories.academic_year().pk, "written_minutes": 120,
        "oral_minutes": 20, "students": "LSAC, 12.11.2026", "teachers": "Consiliul DCTI", "secretariat": "da",
    }  # fmt: skip
    assert clerk.post(where, {**given, "students": ""}).status_code == 200
    assert clerk.post(where, {**given, "written_minutes": 0}).status_code == 200
    assert clerk.post(where, {**given, "faculty": factories.faculty("CT").pk}).status_code == 200
    assert clerk.post(where, given).status_code == 302
    assert ExamDurations.objects.get().students == "LSAC, 12.11.2026"
