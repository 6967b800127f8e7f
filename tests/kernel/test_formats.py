"""Dates, money and counts in words, in both languages."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from upt_portal.kernel import clock, dates
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.templatetags import formats

EVENING = datetime(2026, 11, 20, 21, 59, 59, 999999, tzinfo=UTC)  # 23:59 in Romania


@pytest.mark.parametrize(
    ("filter_name", "value", "romanian", "english"),
    [
        ("day", date(2026, 11, 5), "05.11.2026", "5 Nov 2026"),
        ("day", datetime(2026, 11, 20, 22, 30, tzinfo=UTC), "21.11.2026", "21 Nov 2026"),
        ("day_long", date(2026, 11, 20), "20 noiembrie 2026", "20 November 2026"),
        ("day_month", date(2027, 3, 1), "1 martie", "1 March"),
        ("weekday_day", date(2026, 11, 20), "vineri, 20 noiembrie 2026", "Friday 20 November 2026"),
        ("weekday_time", EVENING, "vineri, ora 23:59", "Friday, 23:59"),
        ("moment", datetime(2026, 6, 1, 6, 5, tzinfo=UTC), "1 iunie 2026, ora 09:05", "1 June 2026, 09:05"),
        (
            "deadline",
            EVENING,
            "vineri, 20 noiembrie 2026, ora 23:59 (ora României)",
            "Friday 20 November 2026, 23:59 (Romanian time)",
        ),
        (
            "deadline",
            date(2026, 11, 20),
            "vineri, 20 noiembrie 2026, ora 23:59 (ora României)",
            "Friday 20 November 2026, 23:59 (Romanian time)",
        ),
        (
            "deadline_day",
            datetime(2026, 8, 31, 13, 0, tzinfo=UTC),
            "luni, 31 august 2026, ora 16:00",
            "Monday 31 August 2026, 16:00",
        ),
        ("credits", 1, "1 credit", "1 credit"),
        ("credits", 5, "5 credite", "5 credits"),
        ("credits", 30, "30 de credite", "30 credits"),
        ("credits", 101, "101 credite", "101 credits"),
        ("money", Decimal("1250.00"), "1.250,00\u00a0lei", "RON\u00a01,250.00"),
    ],
)
def test_in_words(filter_name: str, value: object, romanian: str, english: str) -> None:
    shown = getattr(formats, filter_name)
    with translation.override("ro"):
        assert shown(value) == romanian
    with translation.override("en"):
        assert shown(value) == english


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (date(2026, 11, 21), "mai este 1 zi"),
        (date(2026, 11, 25), "mai sunt 5 zile"),
        (date(2026, 12, 16), "mai sunt 26 de zile"),
        (date(2026, 11, 20), "azi este ultima zi"),
        (datetime(2026, 11, 20, 8, 0, tzinfo=ROMANIA), "a trecut pe 20 noiembrie"),
        (date(2026, 10, 27), "a trecut pe 27 octombrie"),
        (None, ""),
    ],
)
def test_days_left(due: date | None, words: str) -> None:
    with clock.shifted(datetime(2026, 11, 20, 9, 0, tzinfo=ROMANIA)), translation.override("ro"):
        assert formats.days_left(due) == words


@pytest.mark.parametrize(
    "name",
    ["day", "day_long", "day_month", "weekday_day", "weekday_time", "moment", "deadline", "money", "credits"],
)
def test_nothing_is_shown_as_nothing(name: str) -> None:
    assert getattr(formats, name)(None) == ""


def test_zero_money_is_shown() -> None:
    with translation.override("ro"):
        assert formats.money(Decimal("0.00")) == "0,00\u00a0lei"


def test_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        dates.moment(datetime(2026, 11, 20, 9, 0), "ro")
