"""Appeals, increases and attendance of the demonstration: something waits for every hand."""

from collections import Counter

import pytest
from django.urls import reverse

from studentrecords.models import Appeal, Attendance, AttendanceReduction, ExamResult, GradeIncrease
from studentrecords.queries import appeals
from studentrecords.queries.grades import grades_of
from tests.demo.conftest import NOW
from tests.demo.test_demonstration import person
from tests.demo.test_pages import browser
from upt_portal.accounts.models import User
from upt_portal.demo.attendance import activities_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demonstration")]

HANDS = {
    "larisa.bucur": {"submitted"},
    "liviu.chirila": {"with_dean"},
    "veronica.cotoi": {"with_dean"},
}


def test_an_appeal_stands_at_each_interesting_stage():
    states = Counter(Appeal.objects.values_list("state", flat=True))
    assert states == {"submitted": 1, "with_teacher": 1, "with_dean": 2, "commission": 1, "final": 1}
    assert not Appeal.objects.filter(state_at__gt=NOW).exists()


def test_one_waits_for_the_dean_and_one_for_the_director():
    dean, director = (User.objects.get(email=f"{one}@upt.ro") for one in ("liviu.chirila", "veronica.cotoi"))
    waiting = appeals.everything().filter(state="with_dean")
    decides = [
        (bool(appeals.decider_answer(dean, one)), bool(appeals.decider_answer(director, one)))
        for one in waiting
    ]
    assert sorted(decides) == [(False, True), (True, False)]


@pytest.mark.parametrize("name", HANDS)
def test_the_desk_shows_what_waits_to_its_hand(name: str):
    user = User.objects.get(email=f"{name}@upt.ro")
    assert {one.state for one in appeals.waiting_for(user)} == HANDS[name]
    assert browser(user).get(reverse("studentrecords:appeals_desk")).status_code == 200


def test_the_commission_has_its_copy_and_the_final_grade_counts():
    commission = Appeal.objects.get(state="commission")
    assert commission.copies.count() == 1
    appeal = Appeal.objects.select_related("attempt").get(state="final")
    assert appeal.enrolment.person == person("Emil Fântână")
    found = next(
        one for one in grades_of(appeal.enrolment) if one.discipline.pk == appeal.attempt.discipline_id
    )
    assert (appeal.attempt.result, found.result) == ("6", "8")


def test_increases_of_last_year_agree_with_the_records():
    found = {one.state: one for one in GradeIncrease.objects.order_by("-second")}
    assert set(found) == {"held", "absent"}
    for one in GradeIncrease.objects.all():
        told = ExamResult.objects.get(
            enrolment=one.enrolment, discipline=one.discipline, year=one.year, session=one.session
        )
        assert ("absent" if told.absent else str(told.grade)) == one.second


def test_attendance_of_a_discipline_with_a_request():
    asked = AttendanceReduction.objects.get()
    assert (asked.state, asked.proofs.count()) == ("asked", 1)
    found = Attendance.objects.filter(enrolment=asked.enrolment).values_list("sheet__activity", flat=True)
    assert set(found) == {one.value for one in activities_of(asked.discipline)}
    assert found
