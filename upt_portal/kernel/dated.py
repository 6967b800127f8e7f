"""A value that changes by decision: every step with its first day and its source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Generic, TypeVar

from upt_portal.kernel.sources import Article

T = TypeVar("T")


@dataclass(frozen=True)
class Step(Generic[T]):
    """A value in force from `first_day` until the next step."""

    first_day: date
    value: T
    article: Article


class Dated(Generic[T]):
    """Steps in order of their first day; a case keeps the value of its own day.

    Raises ValueError without steps, or when a step does not begin after the one before it.
    """

    def __init__(self, *steps: tuple[date, T, Article]) -> None:
        self.steps = tuple(Step(*step) for step in steps)
        days = [step.first_day for step in self.steps]
        if not days or any(later <= earlier for earlier, later in pairwise(days)):
            raise ValueError(f"the steps need first days in order, got {days}")

    def step_on(self, day: date) -> Step[T]:
        """The step in force on `day`. Raises LookupError before the first one."""
        for step in reversed(self.steps):
            if step.first_day <= day:
                return step
        raise LookupError(f"no value before {self.steps[0].first_day}, asked for {day}")

    def on(self, day: date) -> T:
        """The value in force on `day`. Raises LookupError before the first step."""
        return self.step_on(day).value
