"""Attendance: the catalogue's worked examples (REC §7.3, §7.15)."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from studentrecords.rules import attendance
from studentrecords.rules.attendance import Activity, Attended, Reduction
from upt_portal.kernel.answers import NO, YES

SEMINAR, COURSE, FULL = Decimal(70), Decimal(50), Decimal(50)


@pytest.mark.parametrize(
    ("held", "attended", "least", "met"),
    [(14, 10, SEMINAR, True), (14, 9, SEMINAR, False), (14, 7, COURSE, True), (14, 6, COURSE, False)],
)
def test_REC_090_exact_comparison_with_the_minimum(held, attended, least, met):
    assert bool(attendance.attendance_answer(Attended(held, attended), least)) is met


def test_REC_090_nothing_held_is_nothing_missed():
    assert attendance.attendance_answer(Attended(0, 0), SEMINAR)


@pytest.mark.parametrize(
    ("activity", "percent", "allowed"),
    [
        (Activity.SEMINAR, "50", True),
        (Activity.COURSE, "25", True),
        (Activity.SEMINAR, "50.01", False),
        (Activity.SEMINAR, "0", False),
        (Activity.APPLICATION, "10", False),
    ],
)
def test_REC_091_the_dean_reduces_by_at_most_half_and_no_applications(activity, percent, allowed):
    assert bool(attendance.reduction_answer(activity, Decimal(percent))) is allowed


@pytest.mark.parametrize(("least", "expected"), [(SEMINAR, 35), (COURSE, 25)])
def test_REC_091_a_full_reduction_halves_the_minimum(least, expected):
    assert attendance.reduced_minimum(least, FULL) == expected


@pytest.mark.parametrize(("attended", "met"), [(5, True), (4, False)])
def test_REC_091_full_reduction_from_the_start(attended, met):
    least = attendance.reduced_minimum(SEMINAR, FULL)
    assert bool(attendance.attendance_answer(Attended(14, attended), least)) is met


@pytest.mark.parametrize(
    ("event", "last"),
    [
        (date(2025, 2, 24), date(2025, 3, 10)),
        (date(2025, 3, 20), date(2025, 4, 3)),
        (date(2025, 4, 14), date(2025, 4, 28)),
    ],
)
def test_REC_092_within_fourteen_calendar_days(event, last):
    assert attendance.reduction_request_answer(last, event, proofs=1)
    late = date.fromordinal(last.toordinal() + 1)
    assert not attendance.reduction_request_answer(late, event, proofs=1)


def test_REC_092_without_proofs_it_is_refused():
    assert not attendance.reduction_request_answer(date(2025, 2, 25), date(2025, 2, 24), proofs=0)


@pytest.mark.parametrize(("attended", "met"), [(7, True), (6, False)])
def test_REC_093_minimum_weighted_by_the_meetings(attended, met):
    least = attendance.minimum_of_semester(SEMINAR, 14, Reduction(FULL, after=4))
    assert least == Fraction(45)
    assert bool(attendance.attendance_answer(Attended(14, attended), least)) is met


def test_REC_093_a_medical_reduction_counts_backwards():
    assert attendance.minimum_of_semester(SEMINAR, 14, Reduction(FULL, after=4, medical=True)) == 35
    assert attendance.minimum_of_semester(SEMINAR, 14) == 70


def test_REC_094_motivated_absences_leave_the_meetings_held():
    assert not attendance.counts_as_held(Activity.SEMINAR, dean_note=True)
    assert attendance.counts_as_held(Activity.SEMINAR, dean_note=False)
    assert attendance.counts_as_held(Activity.APPLICATION, dean_note=True)
    assert attendance.attendance_answer(Attended(14, 7, motivated=4), SEMINAR)  # 7 of 10


def test_REC_094_three_applications_are_recovered_free():
    assert [bool(attendance.may_recover_free(done)) for done in (0, 2, 3)] == [True, True, False]


@pytest.mark.parametrize(
    ("held", "missed", "recovered", "met"),
    [
        (14, 3, 3, True),
        (14, 4, 4, False),
        (10, 3, 0, False),
        (14, 3, 0, True),  # 21.4 %
        (10, 2, 0, True),
        (10, 3, 1, True),
    ],
)
def test_REC_095_applications_force_a_new_contract(held, missed, recovered, met):
    assert bool(attendance.applications_answer(held, missed, recovered)) is met


def test_REC_096_a_missed_obligation_bars_from_the_exam():
    no = NO("Too few seminars.")
    assert attendance.admission_answer([YES, YES])
    assert attendance.admission_answer([YES, no]) == no
    assert attendance.admission_answer([YES, no], made_up=True)
