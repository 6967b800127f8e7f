"""Values by first day."""

from datetime import date
from decimal import Decimal as D

import pytest

from upt_portal.kernel.dated import Dated, Step
from upt_portal.kernel.sources import CODE, Article

OLD = Article(CODE, "art. 9, 2024 text")
NEW = Article(CODE, "art. 9, 2026 text")
RATE = Dated((date(2024, 10, 1), D("0.0004"), OLD), (date(2026, 10, 1), D("0.0002"), NEW))


@pytest.mark.parametrize(
    ("day", "rate", "article"),
    [
        (date(2024, 10, 1), D("0.0004"), OLD),
        (date(2026, 9, 30), D("0.0004"), OLD),
        (date(2026, 10, 1), D("0.0002"), NEW),
        (date(2099, 1, 1), D("0.0002"), NEW),
    ],
)
def test_a_day_has_the_value_of_the_latest_step(day, rate, article):
    assert RATE.on(day) == rate
    assert RATE.step_on(day).article == article


def test_before_the_first_step_there_is_no_value():
    with pytest.raises(LookupError, match="2024-10-01"):
        RATE.on(date(2024, 9, 30))


def test_the_steps_can_be_shown():
    assert RATE.steps == (
        Step(date(2024, 10, 1), D("0.0004"), OLD),
        Step(date(2026, 10, 1), D("0.0002"), NEW),
    )


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [(date(2026, 1, 1), 1, OLD), (date(2026, 1, 1), 2, NEW)],
        [(date(2026, 1, 2), 1, OLD), (date(2026, 1, 1), 2, NEW)],
    ],
)
def test_steps_out_of_order_are_an_error(steps):
    with pytest.raises(ValueError, match="in order"):
        Dated(*steps)
