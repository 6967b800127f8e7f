"""Terms of the admission procedure: examples of the catalogue (§9) and their nasty neighbours."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.utils import translation

from admissions.rules import dates as rules
from upt_portal.kernel.dates import ROMANIA

D = date.fromisoformat


@pytest.mark.parametrize(
    ("at", "day"),
    [
        pytest.param("2026-07-10T09:00:00+00:00", "2026-07-10", id="EX-01"),
        pytest.param("2026-07-10T21:30:00+00:00", "2026-07-11", id="EX-02"),
        pytest.param("2026-07-10T20:59:59+00:00", "2026-07-10", id="last second of a summer day"),
        pytest.param("2026-12-31T21:59:59+00:00", "2026-12-31", id="last second of the year"),
        pytest.param("2026-12-31T22:00:00+00:00", "2027-01-01", id="first second of the year"),
        pytest.param("2026-10-25T21:59:59+00:00", "2026-10-25", id="the day on which the clock goes back"),
        pytest.param("2026-03-28T22:00:00+00:00", "2026-03-29", id="the day on which the clock goes forward"),
        pytest.param("2026-07-11T09:00:00+13:00", "2026-07-10", id="sent from Tonga"),
        pytest.param("2026-07-10T22:00:00-05:00", "2026-07-11", id="sent from Lima"),
        pytest.param("2028-02-29T22:30:00+00:00", "2028-03-01", id="after 29 February"),
    ],
)
def test_adm_001_legal_date(at: str, day: str) -> None:
    assert rules.legal_date(datetime.fromisoformat(at)) == D(day)


def test_adm_001_another_zone_and_no_zone() -> None:
    at = datetime(2026, 7, 10, 21, 30, tzinfo=UTC)
    assert rules.legal_date(at, timezone(timedelta(hours=1))) == D("2026-07-10")
    with pytest.raises(ValueError, match="zone"):
        rules.legal_date(datetime(2026, 7, 10))


@pytest.mark.parametrize(
    ("start", "days", "closed", "end"),
    [
        pytest.param("2026-09-10", 30, None, "2026-10-10", id="EX-57"),
        pytest.param("2026-07-10", 30, None, "2026-08-09", id="EX-07"),
        pytest.param("2028-01-30", 30, None, "2028-02-29", id="29 February is the last day"),
        pytest.param("2027-01-30", 30, None, "2027-03-01", id="no 29 February"),
        pytest.param("2026-12-01", 30, None, "2026-12-31", id="31 December"),
        pytest.param("2027-03-31", 30, None, "2027-04-30", id="30 April"),
        pytest.param("2026-10-20", 15, None, "2026-11-04", id="over the change of the clock"),
        pytest.param("2026-07-10", 0, None, "2026-07-10", id="no days"),
        pytest.param("2026-09-10", 30, [], "2026-10-12", id="moved from a Saturday to a Monday"),
        pytest.param("2026-09-10", 30, ["2026-10-12"], "2026-10-13", id="moved over a closed Monday"),
        pytest.param("2026-11-01", 30, ["2026-12-01"], "2026-12-02", id="moved over a holiday"),
    ],
)
def test_adm_002_term_of_calendar_days(start: str, days: int, closed: list[str] | None, end: str) -> None:
    holidays = None if closed is None else [D(one) for one in closed]
    assert rules.term_end(D(start), days, closed=holidays) == D(end)


def test_adm_002_no_negative_term() -> None:
    with pytest.raises(ValueError, match="not negative"):
        rules.term_end(D("2026-01-01"), -1)


@pytest.mark.parametrize(
    ("at", "in_time", "late"),
    [
        pytest.param("2026-08-09T14:00:00", True, 0, id="EX-58 on the last day"),
        pytest.param("2026-08-10T09:00:00", False, 1, id="EX-58 a day later"),
        pytest.param("2026-08-09T23:59:59", True, 0, id="last second"),
        pytest.param("2026-08-10T00:00:00", False, 1, id="midnight"),
        pytest.param("2026-09-09T00:00:00", False, 31, id="a month later"),
    ],
)
def test_adm_003_adm_007_on_time_or_late(at: str, in_time: bool, late: int) -> None:
    done = rules.legal_date(datetime.fromisoformat(at).replace(tzinfo=ROMANIA))
    assert rules.on_time(done, D("2026-08-09")) is in_time
    assert rules.days_late(done, D("2026-08-09")) == late


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param("2026-06-01T08:00", "2026-06-03T08:00", id="EX-70"),
        pytest.param("2026-09-10T14:20", "2026-09-12T14:20", id="EX-48"),
        pytest.param("2026-09-25T17:00", "2026-09-27T17:00", id="EX-49"),
        pytest.param("2026-10-24T14:00", "2026-10-26T13:00", id="the clock goes back"),
        pytest.param("2026-03-28T14:00", "2026-03-30T15:00", id="the clock goes forward"),
        pytest.param("2028-02-27T23:59", "2028-02-29T23:59", id="29 February"),
        pytest.param("2026-12-30T10:00", "2027-01-01T10:00", id="over the new year"),
    ],
)
def test_adm_004_hours_are_elapsed_hours(start: str, end: str) -> None:
    begun = datetime.fromisoformat(start).replace(tzinfo=ROMANIA)
    assert rules.hours_end(begun, 48) == datetime.fromisoformat(end).replace(tzinfo=ROMANIA)


@pytest.mark.parametrize(
    ("year", "name", "visa", "refund"),
    [
        pytest.param(2026, "2026-2027", "2026-12-31", "2027-04-30", id="EX-03"),
        pytest.param(2029, "2029-2030", "2029-12-31", "2030-04-30", id="EX-04"),
        pytest.param(2027, "2027-2028", "2027-12-31", "2028-04-30", id="before a leap year"),
    ],
)
def test_adm_005_caps_of_the_year(year: int, name: str, visa: str, refund: str) -> None:
    terms = rules.year_terms(year)
    assert (terms.campaign_year, terms.academic_year) == (year, name)
    assert (terms.visa_cap, terms.refund_cap) == (D(visa), D(refund))


def test_adm_005_the_caps_are_figures() -> None:
    terms = rules.year_terms(2026, visa_cap=(11, 30), refund_cap=(3, 31))
    assert (terms.visa_cap, terms.refund_cap) == (D("2026-11-30"), D("2027-03-31"))


def test_adm_006_ex_59_a_changed_parameter_moves_no_running_term() -> None:
    running, later = rules.make_term(D("2026-06-01"), 30), rules.make_term(D("2026-06-20"), 40)
    assert (running.due, later.due) == (D("2026-07-01"), D("2026-07-30"))
    assert rules.restarted(running, D("2026-06-02")).due == D("2026-07-02")  # 30 days still, not 40


def test_adm_006_ex_60_a_corrected_start_computes_anew() -> None:
    cap = rules.year_terms(2026).refund_cap
    notice = rules.restarted(rules.make_term(D("2026-10-20"), 15), D("2026-10-18"))
    request = rules.restarted(rules.make_term(D("2026-10-20"), 30, cap=cap), D("2026-10-18"))
    assert (notice.due, request.due) == (D("2026-11-02"), D("2026-11-17"))
    assert request.cap == cap


def test_adm_006_what_is_kept_of_a_term() -> None:
    term = rules.make_term(D("2026-12-01"), 60, cap=D("2026-12-31"))
    assert term == rules.Term(
        D("2026-12-01"), 60, raw=D("2027-01-30"), cap=D("2026-12-31"), due=D("2026-12-31")
    )
    assert term.capped
    assert not rules.make_term(D("2026-11-01"), 60, cap=D("2026-12-31")).capped  # exactly the cap


@pytest.mark.parametrize(
    ("today", "words"),
    [
        ("2026-08-02", "7 days left"),
        ("2026-08-08", "1 day left"),
        ("2026-08-09", "Today is the last day"),
        ("2026-08-10", "late by 1 day."),
        ("2026-08-11", "late by 2 days."),
    ],
)
def test_adm_007_a_term_in_words(english: None, today: str, words: str) -> None:
    said = str(rules.standing(D("2026-08-09"), D(today)))
    assert words in said
    assert "Sunday 9 August 2026, 23:59 (Romanian time)" in said


def test_adm_007_a_term_in_romanian() -> None:
    with translation.override("ro"):
        said = str(rules.standing(D("2026-08-09"), D("2026-08-29")))
    assert (
        said
        == "Termenul s-a încheiat duminică, 9 august 2026, ora 23:59 (ora României); întârziere: 20 de zile."
    )
