"""Fixtures every room uses: two people, their browsers, a clock that stands where a test puts it."""

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, datetime

import pytest
from django.test import Client
from django.utils import translation

from tests import factories, restoring, template_db
from upt_portal.accounts.models import User
from upt_portal.kernel import clock as portal_clock
from upt_portal.kernel.dates import ROMANIA

template_db.install()
restoring.install()


def pytest_collection_finish() -> None:
    """What was loaded stays: the collector need not walk over five thousand tests again and again."""
    gc.collect()
    gc.freeze()


class Clock:
    """The portal's clock, standing still at a moment of a test's choice."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.stand_at(factories.NOW)

    def stand_at(self, at: datetime) -> datetime:
        """Stand at this moment (aware) from now on."""
        self._stack.enter_context(portal_clock.shifted(at))
        return at

    def stand_on(self, day: date, hour: int = 10, minute: int = 0) -> datetime:
        """Stand at this hour of a Romanian day."""
        return self.stand_at(datetime(day.year, day.month, day.day, hour, minute, tzinfo=ROMANIA))

    @property
    def now(self) -> datetime:
        """The moment the portal believes in."""
        return portal_clock.now()


@pytest.fixture(autouse=True)
def language_of_the_portal() -> Iterator[None]:
    """A page read in English leaves the process speaking English; the next test finds Romanian again."""
    yield
    translation.deactivate()


@pytest.fixture
def clock() -> Iterator[Clock]:
    with ExitStack() as stack:
        yield Clock(stack)


@pytest.fixture
def student(db: None) -> User:
    """A student of AC, with one enrolment in year 2 and year 1 passed."""
    return factories.with_past(factories.enrolment()).person.user


@pytest.fixture
def secretary(db: None) -> User:
    """A secretary of AC."""
    return factories.secretary("AC")


@pytest.fixture
def browser_of(db: None) -> Callable[[User], Client]:
    """A browser in which this user is signed in."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="upt_portal.accounts.backends.PortalBackend")
        return client

    return signed_in


@pytest.fixture
def student_client(student: User, browser_of: Callable[[User], Client]) -> Client:
    return browser_of(student)


@pytest.fixture
def secretary_client(secretary: User, browser_of: Callable[[User], Client]) -> Client:
    return browser_of(secretary)
