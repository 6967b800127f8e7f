"""Sessions, forms, lists, timetables: the catalogue's worked examples (REC §7.4, §7.5, §7.15)."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from fees.rules import presentations
from studentrecords.rules import sessions
from studentrecords.rules.sessions import Candidate, Circumstances, Kind, Standing
from upt_portal.kernel.dates import ROMANIA

PRICE = Decimal(150)
CURRENT, RECONTRACTED, EARLIER = Standing.CURRENT, Standing.RECONTRACTED, Standing.EARLIER


def candidate(standing=CURRENT, semester=1, final=False, met=True, **more) -> Candidate:
    return Candidate(standing=standing, semester=semester, final_year=final, standards_met=met, **more)


def open_sessions(who: Candidate) -> list[str]:
    return [code for code in sessions.CODES if sessions.may_sit(who, code)]


def costs(who: Candidate) -> dict[str, str]:
    """What each open session costs: fees decide, of whom may sit the records."""
    return {
        code: str(presentations.presentation_cost(PRICE, code, who.standing, who.special).amount)
        for code in open_sessions(who)
    }


@pytest.mark.parametrize(
    ("session", "final", "special", "is_open"),
    [
        ("A-I", False, Circumstances(), True),
        ("B-II", False, Circumstances(), True),
        ("C", False, Circumstances(), False),
        ("C", True, Circumstances(), True),
        ("C", False, Circumstances(summer_practice=True), True),
        ("C", False, Circumstances(unmatched=True), True),
        ("C", False, Circumstances(volunteering=True), False),
        ("C", False, Circumstances(grade_increase=True), False),
    ],
)
def test_REC_110_session_c_is_for_final_years(session, final, special, is_open):
    assert bool(sessions.is_open_to(session, final_year=final, special=special)) is is_open


def test_REC_111_one_presentation_in_a_session():
    assert not sessions.may_sit_again({"A-I"}, "A-I")
    assert sessions.may_sit_again({"A-I"}, "B-I")


FREE, FEE = "0.00", "150.00"


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (candidate(), {"A-I": FREE, "B-I": FREE}),
        (candidate(semester=2), {"A-II": FREE, "B-II": FREE}),
        (candidate(final=True), {"A-I": FREE, "B-I": FREE, "C": FEE}),
        (candidate(final=True, met=False), {}),
        (candidate(RECONTRACTED), {"A-I": FREE, "B-I": FREE}),
        (candidate(EARLIER, semester=2), {"A-II": FEE, "B-II": FEE}),
        (candidate(EARLIER, semester=2, final=True), {"A-II": FEE, "B-II": FEE, "C": FEE}),
        (candidate(EARLIER, met=False), {}),
        (
            candidate(semester=2, special=Circumstances(summer_practice=True)),
            {"A-II": FREE, "B-II": FREE, "C": FREE},
        ),
        (candidate(special=Circumstances(unmatched=True)), {"A-I": FREE, "B-I": FREE, "C": FREE}),
        (candidate(passed=True), {}),
    ],
)
def test_REC_112_who_may_sit_what(who, expected):
    assert costs(who) == expected


def test_REC_112_a_discipline_nobody_has_marked_is_open():
    assert open_sessions(candidate(met=None)) == ["A-I", "B-I"]


@pytest.mark.parametrize(
    ("standing", "session", "increase", "kind"),
    [
        (CURRENT, "A-I", False, Kind.NORMAL),
        (CURRENT, "B-I", False, Kind.RESIT),
        (CURRENT, "C", False, Kind.RESIT),
        (RECONTRACTED, "A-II", False, Kind.CREDIT),
        (EARLIER, "A-I", False, Kind.RE_EXAMINATION),
        (CURRENT, "B-I", True, Kind.INCREASE),
    ],
)
def test_REC_112_kind_of_the_attempt(standing, session, increase, kind):
    assert sessions.attempt_kind(standing, session, increase=increase) == kind


def test_REC_113_form_for_b_1_by_wednesday_5_february():
    starts = date(2025, 2, 10)
    assert sessions.form_due_at(starts).date() == date(2025, 2, 5)
    assert sessions.form_answer(datetime(2025, 2, 5, 23, 59, tzinfo=ROMANIA), starts)
    assert not sessions.form_answer(datetime(2025, 2, 6, 0, 0, tzinfo=ROMANIA), starts)


def test_REC_114_lists_a_day_before_the_session():
    starts = date(2025, 2, 10)
    assert sessions.listed_until(starts) == date(2025, 2, 9)
    exam = date(2025, 7, 4)
    assert sessions.listed_until(date(2025, 6, 30), exam_on=exam, last_paid=True) == date(2025, 7, 3)


@pytest.mark.parametrize(
    ("posted", "reason", "allowed"),
    [
        (date(2025, 1, 6), "", True),
        (date(2025, 1, 7), "", False),
        (date(2025, 1, 7), "Sală inundată", True),
        (date(2025, 1, 7), "  ", False),
    ],
)
def test_REC_115_timetable_of_a_1_by_6_january(posted, reason, allowed):
    assert bool(sessions.posting_answer(posted, date(2025, 1, 20), reason=reason)) is allowed


def test_REC_116_timetables_four_weeks_before_the_semester_ends():
    due = sessions.timetable_due("A-I", teaching_ends_on=date(2025, 1, 17), year_ends_on=date(2025, 9, 14))
    assert due == date(2024, 12, 20)
    due = sessions.timetable_due("C", teaching_ends_on=date(2025, 6, 6), year_ends_on=date(2025, 9, 14))
    assert due == date(2025, 7, 31)


def test_REC_117_warnings_about_exams_too_near():
    near = {
        "CTI-2.1": [date(2025, 1, 22), date(2025, 1, 20)],
        "CTI-2.2": [date(2025, 1, 20), date(2025, 1, 23)],
    }
    assert len(sessions.timetable_warnings("A-I", near)) == 1
    assert sessions.timetable_warnings("B-I", near) == []
    same = {"M-1": [date(2025, 2, 12), date(2025, 2, 12)]}
    assert len(sessions.timetable_warnings("B-I", same)) == 1


@pytest.mark.parametrize(("first", "second", "allowed"), [(1, 2, True), (1, 1, False), (1, None, False)])
def test_REC_118_two_different_teachers(first, second, allowed):
    assert bool(sessions.teachers_answer(first, second)) is allowed


@pytest.mark.parametrize(
    ("present", "listed", "enough"), [(3, 10, True), (2, 10, False), (2, 2, True), (0, 0, True)]
)
def test_REC_118_three_students_unless_fewer_are_enrolled(present, listed, enough):
    assert bool(sessions.presence_answer(present, listed)) is enough


def test_REC_119_an_absence_uses_the_presentation():
    assert sessions.uses_presentation("absent")
    assert not sessions.uses_presentation("")


@pytest.mark.parametrize(
    ("same_year", "used", "allowed"), [(True, False, True), (False, False, False), (True, True, False)]
)
def test_REC_120_a_paid_presentation_missed_serves_again_in_its_year(same_year, used, allowed):
    answer = presentations.may_use_credit(
        paid=True, used=used, lapsed=False, same_discipline=True, same_year=same_year
    )
    assert bool(answer) is allowed


def test_REC_121_a_sanction_bars_from_a_and_b_only():
    assert open_sessions(candidate(final=True, banned=True)) == ["C"]
    assert sessions.sanction_answer("A-I", banned=False)


@pytest.mark.parametrize(
    ("met", "standing", "shown"),
    [
        (False, CURRENT, True),
        (False, RECONTRACTED, True),
        (False, EARLIER, False),
        (None, CURRENT, False),
        (True, CURRENT, False),
    ],
)
def test_REC_137_marked_standards_are_not_admitted(met, standing, shown):
    assert sessions.is_not_admitted(met, standing) is shown
