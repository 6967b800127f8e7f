"""Grade increases on the real database: asked, listed by the clock, held or missed; pages and races."""

from datetime import date, datetime

import pytest
from django.db.models import QuerySet
from django.urls import reverse

from studentrecords.models import CatalogueRow, ExamSession, GradeIncrease, IncreaseBan
from studentrecords.queries import grades
from studentrecords.queries import increases as queries
from studentrecords.refusal import Refused
from studentrecords.services import catalogues
from studentrecords.services import increases as services
from studentrecords.tasks import follow_catalogues
from tests import factories
from tests.races import Gate, at_once
from tests.studentrecords import exams_kit as kit
from upt_portal.kernel import deadlines
from upt_portal.kernel.moves import MoveRefused

pytestmark = pytest.mark.django_db

#: B-I from Monday 8 February 2027: asked for until Thursday 4 February.
B_STARTS, B_EXAM = date(2027, 2, 8), date(2027, 2, 10)
ASKED, LAST, LATE = kit.moment(1, 29), kit.moment(2, 4, 23, 59), kit.moment(2, 5, 0)


def session_b() -> ExamSession:
    return kit.session("B-I", starts_on=B_STARTS, ends_on=date(2027, 2, 21))


def passed(grade: str = "7", **details):
    """A student of year 1 who passed a discipline in A-I, and the catalogue."""
    catalogue = kit.published(grade, **details)
    return catalogue.rows.get().enrolment, catalogue


def ask(student, discipline, at: datetime = ASKED) -> GradeIncrease:
    return services.ask(student.pk, discipline.pk, actor=student.person.user, at=at)


def resit(discipline, of: ExamSession | None = None):
    catalogue = catalogues.plan(
        discipline,
        of or ExamSession.objects.get(code="B-I"),
        held_on=B_EXAM,
        holder=kit.teacher(),
        second=kit.teacher(),
        actor=None,
        at=ASKED,
    )
    catalogues.open_catalogue(catalogue.pk, actor=None, at=kit.moment(2, 7))
    return catalogue


def held(student, catalogue, result: str) -> GradeIncrease:
    """The increase of this student, listed and posted with a result."""
    increase = ask(student, catalogue.discipline)
    second = resit(catalogue.discipline)
    assert services.list_in_catalogue(increase.pk, actor=None, at=kit.moment(2, 7))
    second.refresh_from_db()
    kit.write(second, result, at=kit.moment(2, 11))
    kit.signed(second, kit.moment(2, 11))
    catalogues.publish(second.pk, actor=second.holder, at=kit.moment(2, 11))
    increase.refresh_from_db()
    return increase


@pytest.mark.parametrize(
    ("result", "state", "record"),
    [("9", "held", "9"), ("6", "held", "7"), ("4", "held", "7"), ("absent", "absent", "7")],
)
def test_REC_176_REC_177_REC_178_the_higher_stays_and_an_absence_uses_the_right(result, state, record):
    session_b()
    student, catalogue = passed("7")
    increase = held(student, catalogue, result)
    assert (increase.state, increase.first, increase.second) == (state, "7", result)
    assert grades.grades_of(student)[0].result == record
    found = queries.increases_of(student, kit.moment(2, 12))
    assert found.used == {1: 1, 2: 0}
    assert not found.possible[0].answer  # once (REC-172)


def test_REC_170_admitted_and_earlier_years_are_not_increased():
    session_b()
    student, catalogue = passed("admitted", scale="pass")
    with pytest.raises(Refused, match="admis"):
        ask(student, catalogue.discipline)
    old = factories.discipline(curriculum=student.curriculum, semester=1)
    factories.result(student, old, 6)
    with pytest.raises(Refused):
        ask(student, old)


def test_REC_171_a_fourth_of_the_semester_is_refused_and_a_cancelled_one_does_not_count():
    session_b()
    student, first = passed("7")
    for n in range(2):
        what = factories.discipline(curriculum=student.curriculum, semester=1)
        factories.result(student, what, 6 + n, year=factories.THIS_YEAR)
        ask(student, what)
    third = ask(student, first.discipline)
    fourth = factories.discipline(curriculum=student.curriculum, semester=1)
    factories.result(student, fourth, 6, year=factories.THIS_YEAR)
    with pytest.raises(Refused, match="3"):
        ask(student, fourth)
    services.cancel(third.pk, actor=student.person.user, at=ASKED)
    assert ask(student, fourth).state == "requested"


def test_REC_173_REC_174_in_time_and_in_session_b():
    session_b()
    student, catalogue = passed("7")
    with pytest.raises(Refused, match="4 februarie 2027"):
        ask(student, catalogue.discipline, LATE)
    increase = ask(student, catalogue.discipline, LAST)
    assert increase.session == "B-I"
    assert deadlines.effective(increase, services.LISTED) == datetime(
        2027, 2, 7, 23, 59, 59, 999999, tzinfo=LAST.tzinfo
    )


def test_REC_175_the_clock_lists_who_asked(clock):
    session_b()
    student, catalogue = passed("7")
    ask(student, catalogue.discipline)
    catalogues.plan(
        catalogue.discipline, ExamSession.objects.get(code="B-I"), held_on=B_EXAM, holder=kit.teacher(),
        second=kit.teacher(), actor=None, at=ASKED,
    )  # fmt: skip
    clock.stand_at(kit.moment(2, 7))
    follow_catalogues()
    increase = GradeIncrease.objects.get()
    assert (increase.state, increase.row.kind) == ("listed", "increase")
    follow_catalogues()
    assert CatalogueRow.objects.filter(kind="increase").count() == 1
    with pytest.raises(MoveRefused):
        services.cancel(increase.pk, actor=student.person.user, at=kit.moment(2, 7))


def test_REC_179_a_sanction_stands_in_the_way():
    session_b()
    student, catalogue = passed("7")
    IncreaseBan.objects.create(
        enrolment=student, first_day=date(2027, 1, 1), last_day=date(2027, 6, 1), decision="HCF 9"
    )
    with pytest.raises(Refused, match="sanc"):
        ask(student, catalogue.discipline)


def test_REC_180_the_teacher_remarks_and_nobody_else(browser_of):
    session_b()
    student, catalogue = passed("7")
    increase = held(student, catalogue, "9")
    teacher = increase.row.catalogue.holder
    where = reverse("studentrecords:increase_remark", args=[increase.pk])
    assert browser_of(kit.teacher()).post(where, {"remark": "x"}).status_code == 404
    assert browser_of(teacher).post(where, {"remark": "același barem"}).status_code == 302
    body = browser_of(teacher).get(reverse("studentrecords:increases_teacher")).content.decode()
    assert "același barem" in body


def test_the_student_s_page_asks_cancels_and_says_why_not(clock, browser_of):
    session_b()
    student, catalogue = passed("7")
    clock.stand_at(ASKED)
    client, page = browser_of(student.person.user), reverse("studentrecords:increases", args=[student.pk])
    assert catalogue.discipline.name_ro in client.get(page).content.decode()
    where = reverse("studentrecords:increase_ask", args=[student.pk, catalogue.discipline_id])
    client.post(where)
    client.post(where)
    increase = GradeIncrease.objects.get()
    assert "1/3" in client.get(page).content.decode()
    cancel = reverse("studentrecords:increase_cancel", args=[student.pk, increase.pk])
    stranger = factories.enrolment()
    foreign = reverse("studentrecords:increase_cancel", args=[stranger.pk, increase.pk])
    assert browser_of(stranger.person.user).post(foreign).status_code == 404
    client.post(cancel)
    client.post(cancel)
    increase.refresh_from_db()
    assert increase.state == "cancelled"
    assert "0/3" in client.get(page).content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_two_clicks_ask_once_and_without_the_lock_both_come_through(monkeypatch, locked):
    session_b()
    student, catalogue = passed("7")
    gate = Gate()
    monkeypatch.setattr(queries, "increases_of", gate.before(queries.increases_of))
    if not locked:
        monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self.all())
    outcomes = at_once(*[lambda: ask(student, catalogue.discipline)] * 2)
    assert GradeIncrease.objects.count() == 1
    other = "Refused" if locked else "IntegrityError"  # the table is the last guard
    assert sorted(type(one).__name__ for one in outcomes) == ["GradeIncrease", other]
