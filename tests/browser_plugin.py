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


@pytest.hookimpl(tryfirst=True)  # before the groups are read from the marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser its tests are not run; with one they share a portal, so one process runs them all."""
    in_browser = [item for item in items if item.get_closest_marker("browser")]
    if chromium() is None:
        config.hook.pytest_deselected(items=in_browser)
        items[:] = [item for item in items if item not in in_browser]
        return
    for item in in_browser:
        item.add_marker(pytest.mark.xdist_group("portal"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say plainly that a part of the tests did not run."""
    if chromium() is None:
        terminalreporter.section("left out")
        terminalreporter.line(
            "The browser tests (marked 'browser', in tests/journeys) were left out: "
            + ("PORTAL_NO_BROWSER is set." if os.environ.get("PORTAL_NO_BROWSER") else "no Chromium here.")
        )
