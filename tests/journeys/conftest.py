"""One real portal and one browser for all journeys; what either complained about is shown or fails the test.

Each journey takes a student of its own from the demonstration, so that no test stands in another's way.
"""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import runfolders
from tests.browser_plugin import chromium
from tests.journeys.devices import Devices
from tests.journeys.portal import Portal
from tests.journeys.register import Register
from tests.journeys.visitor import Visitor

ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
VISITORS = pytest.StashKey[list[Visitor]]()
_portals: list[Portal] = []


@pytest.fixture(scope="package")
def portal(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: pytest.FixtureDef
) -> Iterator[Portal]:
    """The portal as `script/server` runs it, with its demonstration university.

    JOURNEYS_FROM names the run folder of a stopped portal to be copied: its demonstration is there already.
    """
    folder = tmp_path_factory.mktemp("journeys") / "run folder"
    if made := os.environ.get("JOURNEYS_FROM"):
        shutil.copytree(made, folder, symlinks=True)
    running = Portal(folder)
    _portals.append(running)
    try:
        running.wait(django_db_blocker.unblock)
        yield running
        running.records.close()
    finally:
        _portals.remove(running)
        running.stop()
        runfolders.leave(folder)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without a window."""
    path = chromium()
    assert path is not None, "tests without a browser are left out at collection"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def register(portal: Portal) -> Register:
    """What the portal's records say."""
    return Register(portal)


Arrives = Callable[..., Visitor]


@pytest.fixture(scope="package")
def devices(browser: Browser) -> Devices:
    """Telephones and computers that journeys hand to each other."""
    return Devices(browser)


@pytest.fixture
def arrives(request: pytest.FixtureRequest, portal: Portal, devices: Devices) -> Iterator[Arrives]:
    """Somebody comes with a device: `arrives("ana@upt.ro", language="en", **PHONE)`; no address: a guest.

    A second arrival of the same person finds the door open, as a browser that was only closed. new: a device
    that has never fetched anything.
    """
    here: list[Visitor] = []
    request.node.stash[VISITORS] = here

    def arrive(email: str = "", *, language: str = "ro", new: bool = False, **device: object) -> Visitor:
        known = portal.sessions.get(email)
        context = devices.lend(language, known, new=new, **device)
        visitor = Visitor(context, portal.address, language=language)
        here.append(visitor)
        if email and known is None:
            visitor.sign_in(email)
            portal.sessions[email] = visitor.context.storage_state()
        elif email:
            visitor.go("/")
        return visitor

    yield arrive
    complaints = [complaint for visitor in here for complaint in visitor.leave()]
    for visitor in here:
        devices.take_back(visitor.context)
    assert complaints == []


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failed journey shows the pages it stood on, and what the portal said last."""
    report = (yield).get_result()
    if report.failed and report.when == "call":
        for visitor in item.stash.get(VISITORS, []):
            report.sections.append((f"page {visitor.page.url}", visitor.page.inner_text("body")))
    if report.failed:
        report.sections += [("the portal said", "\n".join(one.said()[-60:])) for one in _portals]
