"""School papers: the term of REC-042 with weekends and holidays, what a transcript counts."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studentrecords.rules import papers as rules
from upt_portal.kernel.dates import ROMANIA

CLOSED = {date(2024, 12, 25), date(2024, 12, 26), date(2025, 5, 1), date(2025, 1, 1), date(2025, 1, 2)}


def local(day: date, *clock: int) -> datetime:
    return datetime(day.year, day.month, day.day, *clock, tzinfo=ROMANIA)


@pytest.mark.parametrize(
    ("asked", "last"),
    [
        (date(2025, 3, 3), date(2025, 3, 6)),  # §7.4
        (date(2024, 12, 20), date(2024, 12, 27)),  # §7.4: 23, 24, 27
        (date(2025, 3, 8), date(2025, 3, 12)),  # asked on a Saturday
        (date(2025, 3, 9), date(2025, 3, 12)),  # on a Sunday
        (date(2025, 4, 30), date(2025, 5, 6)),  # the day before a holiday that is followed by a Friday
        (date(2025, 3, 28), date(2025, 4, 2)),  # the clocks go forward in between
        (date(2024, 12, 25), date(2024, 12, 31)),  # on the holiday itself
    ],
)
def test_REC_042_a_document_is_ready_within_three_working_days(asked: date, last: date) -> None:
    due = rules.paper_due_at(asked, CLOSED)
    assert due.astimezone(ROMANIA).date() == last
    assert not rules.is_late(due, due, due)
    assert rules.is_late(due + timedelta(seconds=1), due, due)


def test_REC_042_the_last_second_is_in_time_the_next_is_late() -> None:
    due = rules.paper_due_at(date(2025, 3, 3), CLOSED)
    assert not rules.is_late(None, due, local(date(2025, 3, 6), 23, 59, 59))
    assert rules.is_late(None, due, local(date(2025, 3, 7), 0, 0, 0))
    assert not rules.is_late(local(date(2025, 3, 5), 9), due, local(date(2026, 1, 1)))


def test_REC_042_the_term_follows_the_parameter() -> None:
    assert rules.paper_due_at(date(2025, 3, 3), CLOSED, days=1).astimezone(ROMANIA).date() == date(2025, 3, 4)


@pytest.mark.parametrize(
    ("kind", "enrolled", "at_once"),
    [
        ("certificate", True, True),
        ("transcript", True, True),
        ("certificate", False, False),
        ("transcript", False, False),
        ("syllabus", True, False),
        ("duplicate", True, False),
        ("graduation", True, False),
        ("other", True, False),
    ],
)
def test_REC_042_what_needs_judgement_does_not_come_at_once(kind: str, enrolled: bool, at_once: bool) -> None:
    assert rules.comes_at_once(kind, enrolled=enrolled) is at_once


def test_REC_042_only_the_duplicate_is_paid() -> None:
    kinds = ("certificate", "transcript", "syllabus", "graduation", "other", "duplicate")
    assert [kind for kind in kinds if not rules.is_free(kind)] == ["duplicate"]


def test_REC_042_a_result_in_process_holds_a_transcript_back_by_name() -> None:
    assert rules.transcript_answer([])
    held = rules.transcript_answer(["Algebră", "Fizică"])
    assert not held
    assert "Algebră, Fizică" in str(held.reason)
    assert str(held.cure)


def test_REC_043_the_registration_names_number_and_day() -> None:
    assert rules.registration(17, date(2026, 11, 20)) == "17/20.11.2026"
    with pytest.raises(ValueError, match="count from 1"):
        rules.registration(0, date(2026, 11, 20))


def test_REC_043_a_written_answer_has_words() -> None:
    assert rules.written_answer("document", "")
    assert not rules.written_answer("answer", "  ")
    assert rules.written_answer("answer", "Se eliberează de la arhivă.")


def test_REC_002_the_moments_of_an_application_stand_in_order() -> None:
    first, second = local(date(2025, 3, 3), 9), local(date(2025, 3, 3), 10)
    assert rules.times_in_order(first, first, second, None)
    assert rules.times_in_order(first, None, None, None)
    assert not rules.times_in_order(second, first, None, None)
    assert not rules.times_in_order(first, None, second, None)


# ---- averages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "exact", "shown"),
    [
        ([], None, None),
        ([(10, 5), (7, 4)], Fraction(78, 9), "8.67"),
        ([(5, 0)], None, None),
        ([(9, 4), (10, 4)], Fraction(19, 2), "9.50"),
        ([(8, 199), (9, 1)], Fraction(1601, 200), "8.01"),  # 8.005 goes up
    ],
)
def test_REC_042_the_average_is_exact_and_rounds_half_up(rows, exact, shown) -> None:
    average = rules.passed_average(rows)
    assert average == exact
    if average is not None:
        assert str(rules.two_decimals(average)) == shown


def test_REC_042_hours_are_weekly_hours_and_practice() -> None:
    assert rules.hours_in_semester([Decimal(2), Decimal("1.5")], 0) == Decimal(49)
    assert rules.hours_in_semester([], 90) == Decimal(90)


# ---- the grading table -------------------------------------------------------------------------------------


def test_REC_042_thirds_add_up_to_a_hundred_the_higher_grade_first() -> None:
    table = rules.grading_table({10: 1, 9: 1, 8: 1, 4: 50})
    assert [(row.grade, row.count, str(row.percent)) for row in table[:3]] == [
        (10, 1, "33.4"),
        (9, 1, "33.3"),
        (8, 1, "33.3"),
    ]
    assert str(table[-1].cumulative) == "100.0"
    assert [row.grade for row in table] == [10, 9, 8, 7, 6, 5]


def test_REC_042_no_passing_grade_makes_no_table() -> None:
    assert rules.grading_table({}) == []
    assert rules.grading_table({4: 12}) == []


@given(st.dictionaries(st.integers(1, 10), st.integers(0, 100_000), min_size=1))
def test_REC_042_the_shares_of_any_group_add_up_to_a_hundred(counts: dict[int, int]) -> None:
    table = rules.grading_table(counts)
    total = sum(counts.get(grade, 0) for grade in range(5, 11))
    assert bool(table) is bool(total)
    if not table:
        return
    assert sum(row.percent for row in table) == Decimal(100)
    assert table[-1].cumulative == Decimal(100)
    for row in table:
        assert abs(row.percent - Decimal(100 * row.count) / total) < Decimal("0.1")
        assert row.percent > 0 or row.count * 1000 < total
