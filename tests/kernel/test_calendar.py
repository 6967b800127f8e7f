"""Terms, on the worked examples of the requirements, and the awkward days first."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from upt_portal.kernel import clock
from upt_portal.kernel.calendar import (
    AdministrativeDay,
    NoSuchWallTime,
    add_days,
    add_working_days,
    administrative_deadline,
    administrative_opening,
    after_hours,
    end_of_day,
    first_working_days,
    in_time,
    is_working_day,
    last_day_before,
    orthodox_easter,
    romanian_holidays,
    start_of_day,
    wall_time,
    working_days_between,
)

BUCHAREST = ZoneInfo("Europe/Bucharest")
CLOSED = frozenset(day for year in range(2019, 2029) for day in romanian_holidays(year))


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BUCHAREST)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2025, 5, 1), False),  # Labour Day, a Thursday
        (date(2025, 5, 2), True),
        (date(2026, 4, 10), False),  # Good Friday of the Orthodox calendar
        (date(2026, 4, 13), False),  # Easter Monday
        (date(2026, 4, 3), True),  # Good Friday of the Western calendar is a working day
        (date(2026, 6, 1), False),  # Whit Monday and Children's Day at once
        (date(2026, 11, 21), False),  # a Saturday
        (date(2026, 11, 22), False),  # a Sunday
        (date(2026, 11, 30), False),  # Saint Andrew, a Monday
        (date(2028, 2, 29), True),  # a Tuesday
    ],
)
def test_t1_working_day(day, working):
    assert is_working_day(day, CLOSED) is working


@pytest.mark.parametrize(
    ("event", "n", "last"),
    [
        # contracting §7.6, CON-143, and REC-001, REC-040: 25, 28, 29, 30 April, 2 May
        (date(2025, 4, 24), 5, date(2025, 5, 2)),
        # fees §7.2, FEE-052
        (date(2024, 9, 12), 3, date(2024, 9, 17)),
        # records §7.4: REC-130, REC-042
        (date(2025, 1, 22), 5, date(2025, 1, 30)),
        (date(2025, 2, 3), 3, date(2025, 2, 6)),
        (date(2025, 2, 12), 3, date(2025, 2, 17)),
        (date(2025, 3, 3), 3, date(2025, 3, 6)),
        (date(2024, 12, 20), 3, date(2024, 12, 27)),
        # records §7.15, §7.16: REC-052, REC-364, REC-384
        (date(2025, 3, 3), 5, date(2025, 3, 10)),
        (date(2025, 3, 3), 2, date(2025, 3, 5)),
        (date(2025, 2, 28), 2, date(2025, 3, 4)),
        # an event on a Friday, on a Saturday, on a Sunday: the first day is Monday
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),
        (date(2026, 11, 22), 1, date(2026, 11, 23)),
        # over Easter: 9 April, then Good Friday, weekend and Monday are closed
        (date(2026, 4, 9), 1, date(2026, 4, 14)),
        # over the year's end: 1 and 2 January closed, then a weekend; 6 and 7 January closed too
        (date(2025, 12, 31), 1, date(2026, 1, 5)),
        (date(2025, 12, 31), 2, date(2026, 1, 8)),
        # over 29 February
        (date(2028, 2, 28), 1, date(2028, 2, 29)),
        (date(2028, 2, 28), 2, date(2028, 3, 1)),
        (date(2027, 2, 26), 1, date(2027, 3, 1)),
        # an empty term ends on its day
        (date(2026, 11, 22), 0, date(2026, 11, 22)),
    ],
)
def test_t2_within_n_working_days_of_an_event(event, n, last):
    assert add_working_days(event, n, CLOSED) == last


@pytest.mark.parametrize(
    ("start", "n", "last"),
    [
        (date(2024, 9, 30), 5, date(2024, 10, 4)),  # contracting §7.6, FEE-034
        (date(2025, 2, 24), 5, date(2025, 2, 28)),  # a transfer, semester from Monday 24 February
        (date(2024, 9, 28), 5, date(2024, 10, 4)),  # a year that starts on a Saturday
        (date(2026, 12, 1), 1, date(2026, 12, 2)),  # the National Day is not day 1
        (date(2024, 9, 30), 1, date(2024, 9, 30)),
    ],
)
def test_t3_first_n_working_days(start, n, last):
    assert first_working_days(start, n, CLOSED) == last


@pytest.mark.parametrize(
    ("day", "n", "last"),
    [
        (date(2024, 9, 30), 5, date(2024, 9, 23)),  # contracting §7.6: the contract opens; §7.7: filing ends
        (date(2025, 2, 10), 2, date(2025, 2, 6)),  # FEE-041, REC-174
        (date(2025, 7, 3), 2, date(2025, 7, 1)),  # FEE-041, final year, before the exam
        (date(2025, 6, 30), 2, date(2025, 6, 26)),  # FEE-041, other years, before the session
        (date(2025, 9, 29), 5, date(2025, 9, 22)),  # REC-230
        (date(2026, 4, 14), 1, date(2026, 4, 9)),  # before Easter
        (date(2026, 1, 8), 2, date(2025, 12, 31)),  # before the year began
        (date(2028, 3, 1), 1, date(2028, 2, 29)),
        (date(2026, 11, 22), 0, date(2026, 11, 22)),
    ],
)
def test_t4_at_least_n_working_days_before(day, n, last):
    assert last_day_before(day, n, CLOSED) == last


@pytest.mark.parametrize(
    ("posted", "last"),
    [
        (local(2023, 2, 15, 11), local(2023, 2, 16, 16)),
        (local(2023, 2, 15, 17), local(2023, 2, 16, 16)),
        (date(2025, 2, 15), local(2025, 2, 17, 16)),
        (date(2025, 1, 23), local(2025, 1, 27, 16)),
        (local(2025, 1, 27, 12), local(2025, 1, 28, 16)),
        # an instant kept in UTC belongs to its local day: 23:30 UTC is the day after in Bucharest
        (datetime(2023, 2, 14, 23, 30, tzinfo=UTC), local(2023, 2, 16, 16)),
    ],
)
def test_t5_administrative_day(posted, last):
    assert administrative_deadline(posted, 1, CLOSED) == last
    assert administrative_opening(posted, CLOSED) == last.replace(hour=8)


def test_t5_hours_are_the_registrys_own():
    hours = AdministrativeDay(time(9), time(14, 30))
    assert administrative_deadline(date(2023, 2, 15), 2, CLOSED, hours) == local(2023, 2, 17, 14, 30)
    assert administrative_opening(date(2023, 2, 15), CLOSED, hours) == local(2023, 2, 16, 9)


@pytest.mark.parametrize(
    ("day", "n", "there"),
    [
        (date(2025, 2, 10), -5, date(2025, 2, 5)),  # REC-113
        (date(2025, 1, 20), -14, date(2025, 1, 6)),  # REC-115, a holiday and not moved
        (date(2025, 2, 24), 14, date(2025, 3, 10)),  # REC-092
        (date(2025, 1, 17), -28, date(2024, 12, 20)),  # REC-116
        (date(2020, 12, 10), 3, date(2020, 12, 13)),  # FEE-061: a Sunday stays
        (date(2028, 2, 22), 7, date(2028, 2, 29)),
        (date(2027, 2, 22), 7, date(2027, 3, 1)),
    ],
)
def test_t6_t8_calendar_days(day, n, there):
    assert add_days(day, n) == there


@pytest.mark.parametrize(
    ("at", "n", "then"),
    [
        (local(2024, 9, 20, 14, 5), 48, local(2024, 9, 22, 14, 5)),  # FEE-050, Friday to Sunday
        (local(2026, 11, 20, 10), 2, local(2026, 11, 20, 12)),
        (local(2027, 3, 27, 14), 24, local(2027, 3, 28, 15)),  # the clock loses an hour, time does not
        (local(2027, 10, 30, 14), 24, local(2027, 10, 31, 13)),  # and gains one
        (local(2026, 12, 31, 23), 2, local(2027, 1, 1, 1)),
    ],
)
def test_t7_elapsed_hours(at, n, then):
    assert after_hours(at, n) == then
    assert after_hours(at, n) - at.astimezone(UTC) == timedelta(hours=n)


def test_t9_the_last_moment_is_in_time_and_the_next_is_late():
    due = end_of_day(date(2020, 11, 1))
    assert in_time(local(2020, 11, 1, 23, 59, 59), due)
    assert in_time(due, due)
    assert not in_time(local(2020, 11, 2), due)
    assert not in_time(due + timedelta(microseconds=1), due)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 11, 20), 24), (date(2027, 3, 28), 23), (date(2027, 10, 31), 25)],
)
def test_a_day_is_as_long_as_its_clock_makes_it(day, hours):
    length = end_of_day(day).astimezone(UTC) - start_of_day(day).astimezone(UTC)
    assert length == timedelta(hours=hours) - timedelta(microseconds=1)
    assert (end_of_day(day) + timedelta(microseconds=1)).replace(tzinfo=None) == datetime(
        day.year, day.month, day.day
    ) + timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "at"),
    [
        (date(2027, 3, 28), time(2, 59)),
        (date(2027, 3, 28), time(4)),
        (date(2027, 10, 31), time(2, 59)),
        (date(2027, 10, 31), time(4)),
        (date(2026, 11, 20), time(3, 30)),
    ],
)
def test_wall_time_of_an_hour_that_exists_once(day, at):
    assert wall_time(day, at) == datetime.combine(day, at, BUCHAREST)


@pytest.mark.parametrize(
    ("day", "at", "words"),
    [
        (date(2027, 3, 28), time(3, 30), "The clock skips 03:30 on 28 March 2027. Choose another hour."),
        (date(2027, 3, 28), time(3), "The clock skips 03:00 on 28 March 2027. Choose another hour."),
        (
            date(2027, 10, 31),
            time(3, 30),
            "The clock shows 03:30 twice on 31 October 2027. Choose another hour.",
        ),
        (date(2027, 10, 31), time(3), "The clock shows 03:00 twice on 31 October 2027. Choose another hour."),
    ],
)
def test_wall_time_refuses_an_hour_skipped_or_doubled(day, at, words, settings):
    from django.utils import translation

    with pytest.raises(NoSuchWallTime) as refused, translation.override("en"):
        wall_time(day, at)
    with translation.override("en"):
        assert str(refused.value) == words


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        (2000, date(2000, 4, 30)),
        (2019, date(2019, 4, 28)),
        (2024, date(2024, 5, 5)),
        (2025, date(2025, 4, 20)),
        (2026, date(2026, 4, 12)),
        (2027, date(2027, 5, 2)),
        (2028, date(2028, 4, 16)),
    ],
)
def test_orthodox_easter(year, sunday):
    assert orthodox_easter(year) == sunday


def test_easter_is_in_the_holidays_of_every_year():
    for year in range(2018, 2100):
        sunday = orthodox_easter(year)
        days = {sunday + timedelta(days=n) for n in (-2, 0, 1, 49, 50)}
        assert days <= set(romanian_holidays(year)), year


def test_holidays_of_2026_in_both_languages():
    days = [
        (1, 1), (1, 2), (1, 6), (1, 7), (1, 24), (4, 10), (4, 12), (4, 13), (5, 1), (5, 31), (6, 1), (8, 15),
        (11, 30), (12, 1), (12, 25), (12, 26),
    ]  # fmt: skip
    assert list(romanian_holidays(2026)) == [date(2026, *day) for day in days]
    assert list(romanian_holidays(2026, "en")) == list(romanian_holidays(2026))
    assert romanian_holidays(2026)[date(2026, 4, 10)] == "Vinerea Mare"
    assert romanian_holidays(2026, "en")[date(2026, 4, 10)] == "Good Friday"


def test_working_days_between():
    assert working_days_between(date(2025, 4, 24), date(2025, 5, 2), CLOSED) == 5
    assert working_days_between(date(2026, 11, 20), date(2026, 11, 22), CLOSED) == 0
    assert working_days_between(date(2026, 11, 23), date(2026, 11, 20), CLOSED) == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: add_working_days(date(2026, 11, 20), -1, CLOSED),
        lambda: last_day_before(date(2026, 11, 20), -1, CLOSED),
        lambda: first_working_days(date(2026, 11, 20), 0, CLOSED),
        lambda: administrative_deadline(date(2026, 11, 20), 0, CLOSED),
        lambda: after_hours(datetime(2026, 11, 20), 1),
        lambda: orthodox_easter(2100),
        lambda: clock.local_day(datetime(2026, 11, 20)),
        lambda: clock.shifted(datetime(2026, 11, 20)).__enter__(),
    ],
)
def test_what_makes_no_sense_is_an_error(call):
    with pytest.raises(ValueError, match=r".+"):
        call()


def test_the_local_day_is_bucharests():
    assert clock.local_day(datetime(2026, 11, 20, 21, 59, tzinfo=UTC)) == date(2026, 11, 20)
    assert clock.local_day(datetime(2026, 11, 20, 22, 0, tzinfo=UTC)) == date(2026, 11, 21)
    assert clock.local_day(datetime(2026, 7, 20, 21, 0, tzinfo=UTC)) == date(2026, 7, 21)


def test_the_clock_can_stand_still_or_run_elsewhere():
    moment = local(2020, 11, 1, 23, 59, 59)
    with clock.shifted(moment):
        assert clock.now() == moment
        assert clock.today() == date(2020, 11, 1)
        with clock.shifted(timedelta(days=-400)):
            assert abs(clock.now() - (datetime.now(UTC) - timedelta(days=400))) < timedelta(minutes=1)
        assert clock.now() == moment
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_offset_of_a_demonstration_comes_from_the_setting_or_from_a_store(settings, monkeypatch):
    settings.CLOCK_OFFSET_DAYS = 30
    assert abs(clock.now() - (datetime.now(UTC) + timedelta(days=30))) < timedelta(minutes=1)
    monkeypatch.setattr(clock, "_offset", clock._offset)  # put back after the test
    clock.read_offset_with(lambda: timedelta(hours=-5))
    assert abs(clock.now() - (datetime.now(UTC) - timedelta(hours=5))) < timedelta(minutes=1)
