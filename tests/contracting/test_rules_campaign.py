"""Dates of a campaign, situations, stages, terms and reminders: §7.2, and every fault of the dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from contracting.rules import campaign
from contracting.rules.campaign import Due, Situation, Stage, StageStatus, StageWindows, Term, Window
from contracting.rules.offer import Kind, Route, Row
from upt_portal.kernel.calendar import end_of_day, start_of_day, wall_time
from upt_portal.kernel.dates import ROMANIA


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Reasons are read in English here; their translations have a test of their own."""
    with translation.override("en"):
        yield


SAMPLE = campaign.sample_windows()
S1, S2A, S2B = Situation.S1, Situation.S2A, Situation.S2B


def rows(deselectable: int) -> list[Row]:
    return [
        Row(
            key=str(number),
            code="",
            name="",
            credits=5,
            kind=Kind.COMPULSORY,
            route=Route.RE_CONTRACT,
            year=1,
            semester=1,
            current_year=False,
            mandatory=number >= deselectable,
            amount=Decimal("350.00"),
        )
        for number in range(8)
    ]


# --- The sample year ---------------------------------------------------------------------------------------


def test_the_dates_of_the_guide() -> None:
    assert (
        StageWindows(
            stage_1=Window(date(2020, 10, 23), date(2020, 11, 1)),
            stage_2=Window(date(2020, 10, 24), date(2020, 11, 4)),
            stage_3=Window(date(2020, 11, 5), date(2020, 11, 5)),
            stage_4=Window(date(2020, 11, 6), date(2020, 11, 10)),
            documents_from=date(2020, 10, 26),
            payment_end=date(2020, 12, 13),
        )
        == SAMPLE
    )
    assert SAMPLE.payment_end.strftime("%A") == "Sunday"


@pytest.mark.parametrize("year", [2020, 2021, 2026, 2028])
def test_the_dates_of_the_guide_may_be_published_in_any_year(year: int) -> None:
    windows = campaign.sample_windows(year)
    assert campaign.campaign_problems(windows) == []
    assert windows.stage_1.first == date(year, 10, 23)


# --- Windows -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        (datetime(2020, 10, 22, 20, 59, 59, 999999, UTC), False),  # 23:59:59.999999 in Bucharest, summer time
        (datetime(2020, 10, 22, 21, 0, 0, 0, UTC), True),
        (datetime(2020, 10, 25, 0, 30, 0, 0, UTC), True),  # 03:30, the first time
        (datetime(2020, 10, 25, 1, 30, 0, 0, UTC), True),  # 03:30 again, the clock went back
        (datetime(2020, 11, 1, 21, 59, 59, 999999, UTC), True),  # 23:59:59.999999 in Bucharest, winter time
        (datetime(2020, 11, 1, 22, 0, 0, 0, UTC), False),
    ],
)
def test_a_window_counts_whole_days_across_the_change_of_the_clock(at: datetime, holds: bool) -> None:
    assert SAMPLE.stage_1.holds(at) is holds
    assert SAMPLE.stage_1.holds(at.astimezone(ROMANIA)) is holds


def test_the_day_of_25_hours_counts_whole() -> None:
    window = Window(date(2020, 10, 25), date(2020, 10, 25))
    assert window.ends_at.astimezone(UTC) - window.opens_at.astimezone(UTC) > (
        datetime(2020, 1, 2, 0, 59, tzinfo=UTC) - datetime(2020, 1, 1, tzinfo=UTC)
    )
    assert window.holds(datetime(2020, 10, 25, 21, 59, 59, tzinfo=UTC))
    assert not window.holds(datetime(2020, 10, 25, 22, 0, 0, tzinfo=UTC))


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        SAMPLE.stage_1.holds(datetime(2020, 10, 25))


@pytest.mark.parametrize(
    ("extension", "last"),
    [
        (None, date(2020, 11, 1)),
        (date(2020, 10, 30), date(2020, 11, 1)),
        (date(2020, 11, 3), date(2020, 11, 3)),
    ],
)
def test_an_extension_never_shortens(extension: date | None, last: date) -> None:
    assert SAMPLE.stage_1.until(extension) == Window(date(2020, 10, 23), last)


# --- Publication (CON-006) ---------------------------------------------------------------------------------


def window(first: tuple[int, int], last: tuple[int, int]) -> Window:
    return Window(date(2020, *first), date(2020, *last))


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        (
            {"stage_1": window((11, 2), (11, 1))},
            [
                "Stage 1 ends on 1 November 2020, before it starts on 2 November 2020.",
                "Stage 1 must start no later than stage 2.",
            ],
        ),
        ({"stage_1": window((10, 25), (11, 1))}, ["Stage 1 must start no later than stage 2."]),
        ({"stage_1": window((10, 24), (11, 1))}, []),
        (
            {"stage_2": window((10, 24), (10, 23))},
            ["Stage 2 ends on 23 October 2020, before it starts on 24 October 2020."],
        ),
        ({"stage_2": window((10, 24), (11, 6))}, ["Stage 3 must not start before stage 2 ends."]),
        ({"stage_2": window((10, 24), (11, 5))}, []),
        (
            {"stage_3": window((11, 5), (11, 4))},
            ["Stage 3 ends on 4 November 2020, before it starts on 5 November 2020."],
        ),
        ({"stage_3": window((11, 5), (11, 6))}, ["Stage 4 must start after stage 3 ends."]),
        (
            {"stage_4": window((11, 6), (11, 5))},
            ["Stage 4 ends on 5 November 2020, before it starts on 6 November 2020."],
        ),
        ({"stage_4": window((11, 5), (11, 10))}, ["Stage 4 must start after stage 3 ends."]),
        ({"payment_end": date(2020, 11, 10)}, ["Payment must end after stage 4 ends."]),
        ({"payment_end": date(2020, 11, 11)}, []),
        (
            {"documents_from": date(2020, 11, 11)},
            ["Documents of students with nothing to validate must appear before stage 4 ends."],
        ),
        ({"documents_from": date(2020, 11, 10)}, []),
    ],
)
def test_every_fault_of_the_dates_is_named(change: dict[str, object], problems: list[str]) -> None:
    found = campaign.campaign_problems(replace(SAMPLE, **change))
    assert [str(problem) for problem in found] == problems


# --- Situation and stages (§7.2) ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offering", "deselectable", "change", "situation", "stages"),
    [
        (True, 5, False, S1, (1, 2, 4, 5)),
        (True, 5, True, S1, (1, 2, 3, 4, 5)),
        (True, 0, False, S2A, (1, 2, 4, 5)),
        (False, 0, False, S2B, (4, 5)),
        (False, 3, False, S1, (1, 2, 4, 5)),
        (True, 0, True, S2A, (1, 2, 3, 4, 5)),
        (False, 0, True, S2B, (2, 3, 4, 5)),
        (False, 1, False, S1, (1, 2, 4, 5)),
    ],
)
def test_situation_and_stages(offering, deselectable, change, situation, stages) -> None:
    assert campaign.situation(rows(deselectable), offering) is situation
    assert campaign.stages(situation, change_approved=change) == stages
    assert 2 <= len(stages) <= 5


@pytest.mark.parametrize(("offering", "situation"), [(True, S2A), (False, S2B)])
def test_an_empty_list_offers_no_choice(offering: bool, situation: Situation) -> None:
    assert campaign.situation([], offering) is situation


@pytest.mark.parametrize(
    ("stages", "done", "line"),
    [
        ((1, 2, 4, 5), (), "1 now, 2 later, 4 later, 5 later"),
        ((1, 2, 4, 5), (1,), "1 done, 2 now, 4 later, 5 later"),
        ((1, 2, 4, 5), (1, 2, 3), "1 done, 2 done, 4 now, 5 later"),
        ((1, 2, 3, 4, 5), (1, 2), "1 done, 2 done, 3 now, 4 later, 5 later"),
        ((4, 5), (1, 2, 3), "4 now, 5 later"),
        ((4, 5), (1, 2, 3, 4), "4 done, 5 now"),
        ((4, 5), (1, 2, 3, 4, 5), "4 done, 5 done"),
        ((1, 2, 4, 5), (2, 4), "1 now, 2 later, 4 later, 5 later"),
    ],
)
def test_the_line_of_stages(stages, done, line: str) -> None:
    expected = [
        Stage(int(n), StageStatus(status)) for n, status in (part.split() for part in line.split(", "))
    ]
    assert list(campaign.progress(stages, done)) == expected


# --- Terms and reminders (CON-004, CON-152) ----------------------------------------------------------------

VALIDATE = Due(Term.VALIDATE, start_of_day(date(2020, 10, 23)), end_of_day(date(2020, 11, 1)))
UPLOAD = Due(Term.UPLOAD, start_of_day(date(2020, 11, 6)), end_of_day(date(2020, 11, 10)))


@pytest.mark.parametrize(
    ("situation", "terms"), [(S1, (VALIDATE, UPLOAD)), (S2A, (VALIDATE, UPLOAD)), (S2B, (UPLOAD,))]
)
def test_what_a_student_does_by_when(situation: Situation, terms: tuple[Due, ...]) -> None:
    assert campaign.terms(situation, SAMPLE) == terms


@pytest.mark.parametrize(
    ("due", "days", "at"),
    [
        (VALIDATE, 2, (date(2020, 10, 30), 7)),
        (UPLOAD, 2, (date(2020, 11, 8), 7)),
        (UPLOAD, 4, (date(2020, 11, 6), 7)),
        (UPLOAD, 5, None),
        # A term that opens at that very moment, or a moment before it.
        (replace(UPLOAD, opens_at=datetime(2020, 11, 8, 7, tzinfo=UTC)), 2, None),
        (replace(UPLOAD, opens_at=datetime(2020, 11, 8, 6, 59, 59, tzinfo=UTC)), 2, (date(2020, 11, 8), 7)),
        (UPLOAD, 0, (date(2020, 11, 10), 7)),
        # Across the change of the clock it is still nine in the morning: an hour earlier in UTC before it.
        (VALIDATE, 7, (date(2020, 10, 25), 7)),
        (VALIDATE, 8, (date(2020, 10, 24), 6)),
        (
            replace(UPLOAD, due_at=datetime(2020, 11, 10, 21, 59, 59, tzinfo=UTC)),
            2,
            (date(2020, 11, 8), 7),
        ),
        # 23:30 UTC is the next day in Bucharest.
        (
            replace(UPLOAD, due_at=datetime(2020, 11, 10, 23, 30, tzinfo=UTC)),
            2,
            (date(2020, 11, 9), 7),
        ),
    ],
)
def test_a_reminder_leaves_at_nine(due: Due, days: int, at: tuple[date, int] | None) -> None:
    reminder = campaign.reminder_at(due, days)
    if at is None:
        assert reminder is None
        return
    day, utc_hour = at
    assert reminder == wall_time(day, campaign.REMINDER_HOUR)
    assert reminder.astimezone(UTC) == datetime(day.year, day.month, day.day, utc_hour, tzinfo=UTC)
