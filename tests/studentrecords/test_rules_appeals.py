"""Appeals and increases: terms, grounds, numbers; worked examples of REC §7.4, §7.6, §7.7, §7.15."""

from datetime import date, datetime

import pytest

from studentrecords.rules import appeals, grading, increases
from studentrecords.rules.grading import Sat
from upt_portal.kernel.dates import ROMANIA

NO_DAYS: frozenset[date] = frozenset()
JANUARY = frozenset({date(2025, 1, 24)})


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=ROMANIA)


@pytest.mark.parametrize(
    ("posted", "closed", "last"),
    [
        (at(2023, 2, 15, 11), NO_DAYS, at(2023, 2, 16, 16)),
        (at(2025, 2, 15, 9), NO_DAYS, at(2025, 2, 17, 16)),
        (at(2025, 1, 23, 12), JANUARY, at(2025, 1, 27, 16)),
        (at(2023, 2, 15, 23, 59, 59), NO_DAYS, at(2023, 2, 16, 16)),
        (at(2023, 2, 16, 0, 0, 1), NO_DAYS, at(2023, 2, 17, 16)),
        (at(2025, 3, 28, 15), NO_DAYS, at(2025, 3, 31, 16)),  # the clock changes on 30 March
        (at(2026, 10, 23, 15), NO_DAYS, at(2026, 10, 26, 16)),  # and back on 25 October
    ],
)
def test_REC_190_the_last_moment_of_an_appeal(posted, closed, last):
    due = appeals.appeal_due_at(posted, closed)
    assert due == last
    assert appeals.lodging_answer(last, due)
    late = appeals.lodging_answer(last.replace(second=1), due)
    assert not late
    assert "16" in str(late.reason)
    assert appeals.lodging_answer(last.replace(second=1), due, late_reason="poștă")


def test_REC_190_filed_earlier_counts_from_the_opening():
    posted = at(2023, 2, 15, 11)
    assert appeals.received_at(at(2023, 2, 15, 12), posted, NO_DAYS) == at(2023, 2, 16, 8)
    assert appeals.received_at(at(2023, 2, 16, 7, 59), posted, NO_DAYS) == at(2023, 2, 16, 8)
    assert appeals.received_at(at(2023, 2, 16, 9, 30), posted, NO_DAYS) == at(2023, 2, 16, 9, 30)
    whole = appeals.appeal_due_at(posted, NO_DAYS, hours=appeals.WHOLE_DAY)
    assert whole == at(2023, 2, 16, 23, 59, 59).replace(microsecond=999999)


def test_REC_191_reasons_are_needed():
    assert appeals.content_answer("Problema 2.")
    assert not appeals.content_answer(" \n ")


def test_REC_192_oral_exams_only_outside_the_topics():
    assert appeals.ground_answer("marking", oral=False)
    assert not appeals.ground_answer("marking", oral=True)
    assert appeals.ground_answer("outside_topics", oral=True)
    assert not appeals.ground_answer("", oral=False)


@pytest.mark.parametrize(
    ("given", "ok"),
    [
        ({}, True),
        ({"own": False}, False),
        ({"appealed": True}, False),
        ({"commission": True}, False),
        ({"current": False}, False),
    ],
)
def test_REC_192_own_results_once(given, ok):
    facts = {"own": True, "appealed": False, "commission": False, **given}
    assert bool(appeals.may_contest("7", **facts)) is ok
    assert not appeals.may_contest("absent", own=True, appealed=False, commission=False)
    assert not appeals.may_contest("not_admitted", own=True, appealed=False, commission=False)


def test_REC_193_REC_194_steps_take_one_administrative_day():
    received = at(2023, 2, 16, 8)
    assert appeals.sent_due_at(received, NO_DAYS) == at(2023, 2, 17, 16)
    assert appeals.step_due_at(at(2023, 2, 17, 15, 59), NO_DAYS) == at(2023, 2, 20, 16)
    assert appeals.answer_answer("Pentru că.", 1, {1, 2}, by_office=False)
    assert not appeals.answer_answer("Pentru că.", 3, {1, 2}, by_office=False)
    assert appeals.answer_answer("Pentru că.", 3, {1, 2}, by_office=True)
    assert not appeals.answer_answer("", 1, {1, 2}, by_office=False)


def test_REC_195_re_evaluation_on_a_good_reason_within_a_day():
    due = appeals.again_due_at(at(2025, 1, 27, 12), JANUARY)
    assert due == at(2025, 1, 28, 16)
    assert appeals.again_answer("grid", "alta", due, due)
    assert not appeals.again_answer("grid", "alta", due.replace(second=1), due)
    assert not appeals.again_answer("grid", "alta", due, None)
    assert not appeals.again_answer("mood", "alta", due, due)
    assert not appeals.again_answer("grid", " ", due, due)


def test_REC_196_forwarded_before_the_dean_sees_it():
    assert appeals.forwarded_answer(at(2025, 1, 28))
    assert not appeals.forwarded_answer(None)


@pytest.mark.parametrize(
    ("members", "ok"),
    [([3, 4, 5], True), ([3, 4], False), ([3, 3, 4], False), ([1, 3, 4], False), ([2, 3, 4], False)],
)
def test_REC_197_three_teachers_none_an_examiner(members, ok):
    assert bool(appeals.commission_answer(members, {1, 2})) is ok


def test_REC_197_the_director_where_the_examiner_is_the_dean():
    def may(director: bool, examiner: bool, dean: bool) -> bool:
        return bool(appeals.decider_answer(is_director=director, is_examiner=examiner, examiner_is_dean=dean))

    assert may(False, False, False)
    assert not may(True, False, False)
    assert may(True, False, True)
    assert not may(False, False, True)
    assert not may(False, True, False)


def test_REC_198_two_working_days_for_the_commission():
    assert appeals.report_due_at(at(2025, 1, 23, 10), JANUARY).date() == date(2025, 1, 28)
    assert not appeals.papers_answer(None)


def test_REC_199_the_report_is_complete_and_signed_by_each():
    marks = {1: "8", 2: "8", 3: "9"}
    assert appeals.report_answer("8", "Recorectat.", "grade", marks)
    assert not appeals.report_answer("8", "Recorectat.", "grade", {**marks, 3: ""})
    assert not appeals.report_answer("8,5", "Recorectat.", "grade", marks)
    assert not appeals.report_answer("8", "", "grade", marks)
    assert not appeals.signature_answer(9, marks, [])
    assert not appeals.signature_answer(1, marks, [1])
    assert appeals.mark_answer("admitted", "pass")
    assert not appeals.mark_answer("7", "pass")


def test_REC_200_REC_201_meeting_and_rejection():
    assert appeals.meeting_answer(reported=True, asked=False)
    assert not appeals.meeting_answer(reported=False, asked=False)
    assert not appeals.meeting_answer(reported=True, asked=True)
    assert not appeals.rejection_answer("")


def test_REC_202_after_the_term_a_changed_grade_needs_a_correction():
    term = at(2025, 1, 30, 23, 59, 59)
    assert not appeals.changes_by_correction("8", "7", term, term)
    assert appeals.changes_by_correction("8", "7", at(2025, 1, 31), term)
    assert not appeals.changes_by_correction("7", "7", at(2025, 1, 31), term)
    assert not appeals.changes_by_correction("", "7", at(2025, 1, 31), term)


@pytest.mark.parametrize(
    ("sat", "result"),
    [
        ([Sat("7", at(2027, 1, 21)), Sat("4", at(2027, 1, 30), commission=True)], "4"),
        ([Sat("4", at(2027, 1, 21)), Sat("9", at(2027, 1, 30), commission=True)], "9"),
        # in its place: the resit that passed afterwards stays
        ([Sat("4", at(2027, 1, 21), commission=True), Sat("6", at(2027, 2, 12))], "6"),
        # an increase that was re-marked counts only when it is higher
        ([Sat("8", at(2027, 1, 21)), Sat("7", at(2027, 2, 12), increase=True, commission=True)], "8"),
        ([Sat("8", at(2027, 1, 21)), Sat("9", at(2027, 2, 12), increase=True, commission=True)], "9"),
    ],
)
def test_REC_203_the_commission_s_grade_replaces_what_it_re_marked(sat, result):
    assert grading.result_of_record(sat) == result
    assert appeals.final_result("7", "4") == "4"
    assert not appeals.decided_answer(by_commission=True)


# ---- increases ---------------------------------------------------------------------------------------------


def passed(result="7", this_year=True, contracted=True, re_examination=False) -> increases.Passed:
    return increases.Passed(
        result=result, this_year=this_year, contracted=contracted, re_examination=re_examination
    )


@pytest.mark.parametrize(
    ("how", "ok"),
    [
        (passed(), True),
        (passed("admitted"), False),
        (passed("4"), False),
        (passed("10"), False),
        (passed(this_year=False), False),
        (passed(contracted=False), False),
        (passed(re_examination=True), False),
    ],
)
def test_REC_170_only_grades_of_this_year(how, ok):
    answer = increases.discipline_answer(how)
    assert bool(answer) is ok
    assert ok or str(answer.reason)


def test_REC_171_three_a_semester_six_a_year():
    assert increases.number_answer(2, 5)
    assert not increases.number_answer(3, 3)
    assert not increases.number_answer(0, 6)


def test_REC_172_REC_179_once_and_not_under_a_sanction():
    assert not increases.once_answer(asked_before=True)
    assert not increases.sanction_answer(banned=True)
    assert increases.sanction_answer(banned=False)


def test_REC_173_session_b_or_c_for_final_years():
    assert increases.sessions_for(1, final_year=False) == ["B-I"]
    assert increases.sessions_for(2, final_year=True) == ["B-II", "C"]
    assert increases.sessions_for(1, final_year=True, sat_in={"B-I"}) == ["C"]
    assert increases.sessions_for(1, final_year=False, sat_in={"B-I"}) == []


def test_REC_174_two_working_days_before_the_session():
    due = increases.request_due_at(date(2025, 2, 10), NO_DAYS)
    assert due.date() == date(2025, 2, 6)
    assert increases.request_answer(due, due)
    assert not increases.request_answer(at(2025, 2, 7), due)


def test_REC_175_listed_a_day_before_the_session_and_a_working_day_before_the_exam():
    assert increases.listed_due_at(date(2025, 2, 10), None, NO_DAYS).date() == date(2025, 2, 9)
    exam = increases.listed_due_at(date(2025, 2, 10), date(2025, 2, 10), NO_DAYS)
    assert exam.date() == date(2025, 2, 7)


@pytest.mark.parametrize(
    ("first", "second", "outcome", "counts"),
    [
        ("7", "9", "raised", "9"),
        ("8", "6", "kept", "8"),
        ("8", "8", "kept", "8"),
        ("8", "4", "kept", "8"),
        ("8", "absent", "absent", "8"),
    ],
)
def test_REC_176_REC_178_the_higher_counts(first, second, outcome, counts):
    assert increases.outcome(first, second) == outcome
    assert increases.counted_grade(first, second) == counts


def test_REC_177_REC_180_an_absence_uses_the_right_and_remarks_are_kept():
    assert [increases.uses_right(one) for one in ("requested", "absent", "held", "cancelled")] == [
        True,
        True,
        True,
        False,
    ]
    assert increases.remark("  același standard ") == "același standard"
