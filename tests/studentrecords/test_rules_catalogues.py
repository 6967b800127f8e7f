"""Catalogues and results: the catalogue's worked examples (REC §7.4, §7.6, §7.16)."""

from datetime import date, datetime

import pytest

from studentrecords.rules import catalogues, grading
from studentrecords.rules.grading import Route, Sat
from upt_portal.kernel.dates import ROMANIA

CLOSED = {date(2025, 1, 24)}
A1_ENDS = date(2025, 2, 9)


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2025, 2, day, hour, tzinfo=ROMANIA)


@pytest.mark.parametrize(
    ("session", "held", "due"),
    [
        ("A-I", date(2025, 1, 22), date(2025, 1, 30)),
        ("A-I", date(2025, 2, 2), date(2025, 2, 7)),
        ("A-I", date(2025, 2, 3), date(2025, 2, 6)),
        ("B-I", date(2025, 2, 12), date(2025, 2, 17)),
        ("C", date(2025, 9, 3), date(2025, 9, 8)),
        ("", date(2025, 2, 12), date(2025, 2, 19)),
    ],
)
def test_REC_130_entry_deadline(session, held, due):
    found = catalogues.entry_due_at(session, held, A1_ENDS, CLOSED)
    assert found.date() == due
    assert found.astimezone(ROMANIA).strftime("%H:%M:%S") == "23:59:59"


def test_REC_130_the_numbers_are_arguments():
    found = catalogues.entry_due_at("B-I", date(2025, 2, 12), A1_ENDS, CLOSED, late_days=1)
    assert found.date() == date(2025, 2, 13)


def test_REC_131_the_deadline_day_is_fully_usable():
    due = catalogues.entry_due_at("B-I", date(2025, 2, 12), A1_ENDS, CLOSED)
    assert catalogues.entry_answer(due, due)
    assert not catalogues.entry_answer(at(18, 0), due)


def test_REC_131_a_changed_result_is_posted_anew():
    assert catalogues.posted_anew("4", "4", at(13), at(14)) == at(13)
    assert catalogues.posted_anew("4", "5", at(13), at(14)) == at(14)


@pytest.mark.parametrize(
    ("justification", "approval", "on", "students", "allowed"),
    [
        ("Greșeală", "DA 12", date(2025, 2, 18), 1, True),
        ("", "DA 12", date(2025, 2, 18), 1, False),
        ("Greșeală", " ", date(2025, 2, 18), 1, False),
        ("Greșeală", "DA 12", None, 1, False),
        ("Greșeală", "DA 12", date(2025, 2, 18), 0, False),
    ],
)
def test_REC_132_a_correction_needs_request_approval_and_names(
    justification, approval, on, students, allowed
):
    assert bool(catalogues.correction_answer(justification, approval, on, students)) is allowed


def test_REC_132_a_correction_closes_after_a_working_day():
    assert catalogues.correction_until(date(2025, 2, 21), CLOSED).date() == date(2025, 2, 24)


@pytest.mark.parametrize(
    ("results", "complete"),
    [(["7", "absent"], True), (["7", ""], False), ([], False), (["not_admitted"], True)],
)
def test_REC_133_no_empty_row_is_signed(results, complete):
    assert bool(catalogues.complete_answer(results)) is complete


def test_REC_134_signed_within_five_working_days():
    due = catalogues.signed_due_at(date(2025, 2, 12), CLOSED)
    assert due.date() == date(2025, 2, 19)
    assert not catalogues.is_late(at(19), due, at(25))
    assert catalogues.is_late(at(20), due, at(25))
    assert catalogues.is_late(None, due, at(20))
    assert not catalogues.is_late(None, due, at(19))


def test_REC_134_each_of_the_two_teachers_signs_once():
    assert catalogues.signing_answer(1, {1, 2}, set())
    assert not catalogues.signing_answer(1, {1, 2}, {1})
    assert not catalogues.signing_answer(3, {1, 2}, set())


def test_REC_135_only_listed_students():
    assert catalogues.listed_answer(5, {4, 5})
    assert not catalogues.listed_answer(6, {4, 5})


@pytest.mark.parametrize(
    ("before", "after", "posted", "reason", "allowed"),
    [
        ("4", "5", False, "", True),
        ("4", "", False, "", True),
        ("4", "4", True, "", True),
        ("4", "5", True, "", False),
        ("4", "5", True, "punctaj adunat greșit", True),
        ("4", "", True, "punctaj adunat greșit", False),
    ],
)
def test_REC_136_a_posted_result_is_changed_with_a_reason(before, after, posted, reason, allowed):
    assert bool(catalogues.change_answer(before, after, posted=posted, reason=reason)) is allowed


@pytest.mark.parametrize(
    ("typed", "scale", "result"),
    [
        ("7", "grade", "7"), (" 10 ", "grade", "10"), ("07", "grade", "7"), ("11", "grade", ""),
        ("0", "grade", ""), ("7.5", "grade", ""), ("7,5", "grade", ""), ("-3", "grade", ""),
        ("abs.", "grade", "absent"), ("A", "grade", "absent"), ("na", "grade", "not_admitted"),
        ("adm", "grade", ""), ("adm", "pass", "admitted"), ("respins", "pass", "rejected"),
        ("7", "pass", ""), ("absent", "pass", "absent"), ("șapte", "grade", ""), ("", "grade", ""),
    ],
)  # fmt: skip
def test_REC_150_what_may_be_typed(typed, scale, result):
    assert grading.typed_result(typed, scale) == result
    if result:
        assert grading.result_answer(result, scale)


def test_REC_150_a_grade_where_the_sheet_says_admitted_is_refused():
    assert not grading.result_answer("7", "pass")
    assert not grading.result_answer("admitted", "grade")


@pytest.mark.parametrize(
    ("result", "passes"),
    [("5", True), ("4", False), ("10", True), ("admitted", True), ("rejected", False), ("absent", False)],
)
def test_REC_150_five_or_admitted_passes(result, passes):
    assert grading.is_pass(result) is passes


def test_REC_151_less_than_half_in_the_semester_is_warned_about():
    assert not str(grading.share_warning(50))
    assert str(grading.share_warning(49))


@pytest.mark.parametrize(
    ("facultative", "met", "route"),
    [(False, True, Route.RE_EXAM), (False, False, Route.RE_CONTRACT), (True, True, Route.NONE)],
)
def test_REC_153_what_follows_an_unpassed_discipline(facultative, met, route):
    assert grading.route_of(facultative=facultative, standards_met=met) is route


@pytest.mark.parametrize(
    ("sat", "result"),
    [
        ([], ""),
        ([Sat("4", at(1))], "4"),
        ([Sat("4", at(1)), Sat("absent", at(2))], "absent"),
        ([Sat("6", at(1)), Sat("4", at(2))], "6"),
        ([Sat("6", at(1)), Sat("5", at(2))], "5"),
        ([Sat("7", at(1)), Sat("9", at(2), increase=True)], "9"),
        ([Sat("8", at(1)), Sat("6", at(2), increase=True)], "8"),
        ([Sat("8", at(1)), Sat("absent", at(2), increase=True)], "8"),
        ([Sat("8", at(1)), Sat("6", at(2), commission=True)], "6"),
        ([Sat("admitted", at(1)), Sat("rejected", at(2))], "admitted"),
    ],
)
def test_REC_154_grade_of_record(sat, result):
    assert grading.result_of_record(sat) == result


def test_REC_155_a_long_test_is_advised_outside_the_class():
    assert not str(grading.long_test_advice(30, 90))
    assert str(grading.long_test_advice(31, 90))


def test_REC_156_a_fraud_is_reported_with_its_facts():
    assert grading.fraud_answer("A copiat de pe telefon.")
    assert not grading.fraud_answer("  ")
