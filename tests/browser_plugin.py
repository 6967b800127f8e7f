"""Pytest plugin: tests marked `browser` need Chromium; without one they are left out, and that is said."""

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """Debian's Chromium; None where there is none, or PORTAL_NO_BROWSER says to do without."""
    if os.environ.get("PORTAL_NO_BROWSER"):
        return None
    return next(filter(None, map(shutil.which, NAMES)), None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser its tests are not run."""
    if chromium() is None:
        in_browser = [item for item in items if item.get_closest_marker("browser")]
        config.hook.pytest_deselected(items=in_browser)
        items[:] = [item for item in items if item not in in_browser]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say plainly that a part of the tests did not run."""
    if chromium() is None:
        terminalreporter.section("left out")
        terminalreporter.line(
            "The browser tests (marked 'browser', in tests/journeys) were left out: "
            + ("PORTAL_NO_BROWSER is set." if os.environ.get("PORTAL_NO_BROWSER") else "no Chromium here.")
        )
