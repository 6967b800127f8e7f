"""Pytest plugin: which tests go to the same process when several run them (`-n 2`).

A file is never torn apart, so what its tests share is made once. pytest-xdist's own groups (`xdist_group`)
do nothing under pytest 9: it writes them into a name that is no longer read.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

#: Starts of test names, and what their tests share. The longest first: it must not begin when all is over.
SHARED = {
    "tests/journeys/": "portal",  # one portal and one browser
    "tests/embedded/test_portal.py": "portal",  # it starts again what the journeys left
    "tests/demo/": "demonstration",
}


def place_of(nodeid: str) -> int:
    """Where a test stands in the order: those of `SHARED` in its order, then all others as they are."""
    starts = list(SHARED)
    return next((n for n, start in enumerate(starts) if nodeid.startswith(start)), len(starts))


@pytest.hookimpl(trylast=True)  # after pytest-django, which puts tests without a database last
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first."""
    items.sort(key=lambda item: place_of(item.nodeid))


class Sharing(LoadScopeScheduling):
    """Hands out whole files, in their order; those that share something dear go together."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # the largest files are not the longest

    def _split_scope(self, nodeid: str) -> str:
        shared = next((what for start, what in SHARED.items() if nodeid.startswith(start)), "")
        return shared or nodeid.split("::", 1)[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing | None:
    """Ours, unless another way of sharing out was asked for."""
    return Sharing(config, log) if config.getvalue("dist") == "load" else None
