"""Credits, workload, length of studies, votes: the catalogue's worked examples."""

from decimal import Decimal

import pytest
from django.utils import translation

from studentrecords.rules import plans


@pytest.mark.parametrize(
    ("credits", "top", "allowed"),
    [(1, 30, True), (30, 30, True), (0, 30, False), (31, 30, False), (31, 40, True), (-2, 30, False)],
)
def test_REC_070_credits_are_whole_numbers_from_1_to_30(credits, top, allowed):
    assert bool(plans.credits_answer(credits, top=top)) is allowed


def test_REC_070_half_a_credit_is_refused_in_words():
    answer = plans.credits_answer(Decimal("4.5"))
    assert not answer
    with translation.override("en"):
        assert str(answer.reason) == "The credits of a discipline are a whole number from 1 to 30."


def test_REC_071_130_hours_and_56_taught_for_5_credits_are_usual():
    work, taught = Decimal(130), Decimal(56)
    found = plans.workload_warnings(5, work=work, taught=taught, course=Decimal(28), applications=Decimal(28))
    assert found == []


def test_REC_071_56_taught_for_4_credits_are_warned_about():
    work, taught = Decimal(110), Decimal(56)
    found = plans.workload_warnings(4, work=work, taught=taught, course=Decimal(28), applications=Decimal(28))
    with translation.override("en"):
        assert [str(one) for one in found] == ["14 hours taught for one credit; 10 to 12 are usual."]


def test_REC_071_hours_are_shown_with_a_decimal_only_where_there_is_one():
    work, taught = Decimal(130), Decimal("36.5")
    with translation.override("en"):
        found = plans.workload_warnings(5, work=work, taught=taught)
        assert [str(one) for one in found] == ["7,3 hours taught for one credit; 10 to 12 are usual."]


@pytest.mark.parametrize(("work", "warned"), [("124", 1), ("125", 0), ("150", 0), ("151", 1)])
def test_REC_071_the_ends_of_the_range_are_within(work, warned):
    assert len(plans.workload_warnings(5, work=Decimal(work), taught=Decimal(55))) == warned


def test_REC_071_fewer_applications_than_course_hours_are_warned_about():
    found = plans.workload_warnings(
        5, work=Decimal(130), taught=Decimal(56), course=Decimal(42), applications=Decimal(14)
    )
    with translation.override("en"):
        assert [str(one) for one in found] == [
            "There are fewer hours of applications (14) than of course (42)."
        ]


def test_REC_072_credits_are_earned_at_once():
    assert [plans.earned_credits(6, passed=passed) for passed in (True, False)] == [6, 0]


def test_REC_073_what_was_earned_stays():
    assert plans.kept_credits(4, credits_now=5) == 4
    assert plans.kept_credits(4, credits_now=0, paused=True) == 4


@pytest.mark.parametrize(
    ("cycle", "semesters", "allowed"),
    [
        ("licenta", 5, False), ("licenta", 6, True), ("licenta", 8, True), ("licenta", 9, False),
        ("licenta", 11, False), ("licenta", 12, True), ("licenta", 13, False), ("master", 12, False),
        ("master", 1, False), ("master", 2, True), ("master", 4, True), ("master", 5, False),
        ("doctorat", 6, True), ("preg", 2, True),
    ],
)  # fmt: skip
def test_REC_074_length_of_a_cycle(cycle, semesters, allowed):
    assert bool(plans.length_answer(cycle, semesters)) is allowed


def test_REC_074_credits_stay_inside_one_cycle():
    assert plans.transfer_answer("licenta", "licenta")
    assert not plans.transfer_answer("licenta", "master")


@pytest.mark.parametrize(
    ("in_favour", "enrolled", "accepted"), [(15, 31, False), (16, 31, True), (15, 30, False), (16, 30, True)]
)
def test_REC_079_more_than_half_of_the_students_agree(in_favour, enrolled, accepted):
    assert bool(plans.assessment_change_answer(in_favour, enrolled)) is accepted
    assert plans.votes_needed(enrolled) == 16
