"""The pictures of the README, taken anew: `.venv/bin/python -m tests.journeys.pictures [folder]`.

A portal of its own is started with a fresh demonstration, so the pictures show what a newcomer sees today.
"""

import io
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser_plugin import chromium
from tests.journeys.devices import Devices
from upt_portal.embedded.surroundings import ROOT

if TYPE_CHECKING:
    from tests.journeys.register import Register
    from tests.journeys.visitor import Visitor

WHERE = ROOT / "docs" / "pictures"
LARGEST = 180_000  # bytes; a larger one is saved in 256 colours
WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}}
TALL: dict[str, Any] = {"viewport": {"width": 1280, "height": 1180}}
HAND: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 1.5}


@dataclass(frozen=True)
class Shot:
    """One picture: who looks at which page, on which device, in which light; what was done before."""

    name: str
    who: str
    page: Callable[["Register"], str]
    device: dict[str, Any] = field(default_factory=lambda: WIDE)
    scheme: str = "light"
    act: Callable[["Visitor"], None] = lambda visitor: None


def student(name: str) -> str:
    return f"{name}@student.upt.ro"


def page_of(name: str, last: str) -> Callable[["Register"], str]:
    """A page of a student of the demonstration."""
    return lambda register: f"/student/{register.student(student(name)).enrolment}/{last}"


def untick_two(visitor: "Visitor") -> None:
    """Rows 2 and 4 stay out, as in the first example of the catalogue."""
    for number in (1, 3):
        visitor.page.locator(".free input").nth(number).uncheck()
    expect(visitor.page.locator("#totals .totals-total dd")).to_contain_text("4.623,00")
    visitor.page.evaluate("scrollTo(0, 0)")


def look_at_rows(visitor: "Visitor") -> None:
    untick_two(visitor)
    visitor.page.evaluate("document.querySelector('.free').scrollIntoView()")
    visitor.page.evaluate("scrollBy(0, -90)")


def review_of(register: "Register") -> str:
    found = register.student(student("horia.stanila"))
    scan = register.scan(found)
    return f"/admin/contracting/studentcontracting/{found.case}/review/{scan}/?place=uploaded"


def receipt_of(register: "Register") -> str:
    found = register.student(student("teodora.gligor"))
    return f"/student/{found.enrolment}/receipts/{register.receipt(found)}/"


def account_of(register: "Register") -> str:
    return f"/finance/accounts/{register.student(student('sanziana.moldovan')).enrolment}/"


def last_month(register: "Register") -> str:
    """The month that the demonstration closed."""
    return f"/finance/month/?month={register.today().replace(day=1) - timedelta(days=1):%Y-%m}"


SHOTS = (
    Shot("home", student("oana.crivat"), page_of("oana.crivat", "")),
    Shot(
        "contract",
        student("andra.valeanu"),
        page_of("andra.valeanu", "contract/"),
        device=TALL,
        act=untick_two,
    ),
    Shot(
        "contract-phone-dark",
        student("andra.valeanu"),
        page_of("andra.valeanu", "contract/"),
        device=HAND,
        scheme="dark",
        act=look_at_rows,
    ),
    Shot("documents", student("oana.crivat"), page_of("oana.crivat", "documents/"), device=TALL),
    Shot("payments", student("dragos.hodos"), page_of("dragos.hodos", "payments/"), device=TALL),
    Shot("receipt", student("teodora.gligor"), receipt_of, device=HAND),
    Shot(
        "queue",
        "ana.brumaru@upt.ro",
        lambda register: "/admin/contracting/studentcontracting/queue/?place=validated",
    ),
    Shot("review", "ana.brumaru@upt.ro", review_of),
    Shot("financial", student("sanziana.moldovan"), page_of("sanziana.moldovan", "financial/"), device=TALL),
    Shot("finance-desk", "paula.neagoe@upt.ro", lambda register: "/finance/"),
    Shot("finance-account", "paula.neagoe@upt.ro", account_of, device=TALL),
    Shot("finance-month", "paula.neagoe@upt.ro", last_month, device=TALL),
)


def take(shot: Shot, register: "Register", browser: Browser, where: Path) -> Path:
    """Take one picture; its file."""
    from tests.journeys.visitor import Visitor

    context = Devices(browser).lend("ro", color_scheme=shot.scheme, **shot.device)
    visitor = Visitor(context, register.portal.address)
    visitor.sign_in(shot.who)
    visitor.go(shot.page(register))
    shot.act(visitor)
    visitor.page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(visitor.page.screenshot(caret="hide"))).convert("RGB")
    context.close()
    path = where / f"{shot.name}.png"
    picture.save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)
    return path


def wait_for_papers(register: "Register", browser: Browser) -> None:
    """The papers of the demonstration are made in the first minute."""
    page = browser.new_page()
    while register.papers_waiting():
        page.wait_for_timeout(1000)
    page.close()


def main(where: Path) -> None:
    """Start a portal, take every picture, stop it."""
    from tests.journeys.portal import Portal
    from tests.journeys.register import Register

    where.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        portal = Portal(Path(folder, "run"))
        try:
            portal.wait()
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            register = Register(portal)
            wait_for_papers(register, browser)
            for shot in SHOTS:
                path = take(shot, register, browser, where)
                sys.stdout.write(f"{path.name}: {path.stat().st_size // 1000} kB\n")
            browser.close()
            portal.records.close()
        finally:
            portal.stop()


if __name__ == "__main__":
    django.setup()
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else WHERE)
