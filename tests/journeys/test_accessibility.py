"""Every page type: axe finds nothing, nothing scrolls sideways at 320 px, the keyboard is enough.

Each page is looked at in both languages, light and dark, phone and desktop, so that every pair of the three
comes together once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, ViewportSize, expect

from tests.journeys.conftest import Arrives
from tests.journeys.pages import Offer, Payments
from tests.journeys.register import CHIEF, SECRETARY, Register, Student
from tests.journeys.visitor import PHONE, Visitor
from tests.journeys.words import EN, RO, said

pytestmark = pytest.mark.browser

PHONE_SIZE: Final[ViewportSize] = PHONE["viewport"]
DESKTOP_SIZE: Final[ViewportSize] = {"width": 1280, "height": 900}
NARROWEST: Final[ViewportSize] = {"width": 320, "height": 640}
#: axe would fetch the style sheets again by means that the page's own rules forbid.
OPTIONS: Final = {"resultTypes": ["violations"], "preload": False}
VIOLATIONS: Final = """async (options) => (await axe.run(options)).violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target} ${node.failureSummary}`))"""
Scheme = Literal["light", "dark"]
#: Language -> the two sights of a page in it.
SIGHTS: Final[dict[str, tuple[tuple[ViewportSize, Scheme], ...]]] = {
    RO: ((PHONE_SIZE, "light"), (DESKTOP_SIZE, "dark")),
    EN: ((DESKTOP_SIZE, "light"), (PHONE_SIZE, "dark")),
}
WIDEST = """() => [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 3).map((one) => one.outerHTML.slice(0, 120))"""


@dataclass(frozen=True)
class Sight:
    """A page as it stands before the reader: where, and what was done to see it so."""

    path: str
    act: Callable[[Visitor], None] = lambda visitor: None


def look(visitor: Visitor, sights: list[Sight]) -> list[str]:
    """What is wrong with the pages."""
    wrong: list[str] = []
    for language in (RO, EN):
        visitor.go(sights[0].path)
        visitor.speak(language)
        for sight in sights:
            visitor.page.set_viewport_size(DESKTOP_SIZE)
            visitor.go(sight.path)
            sight.act(visitor)
            found = faults(visitor.page, language)
            wrong += [f"{sight.path} {language}: {fault}" for fault in found]
    return wrong


def faults(page: Page, language: str) -> list[str]:
    """Of the page in front, in the two sights of its language."""
    found = frame_faults(page, language)
    for size, scheme in SIGHTS[language]:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        found += [f"{size['width']} {scheme} {fault}" for fault in axe_faults(page)]
    page.set_viewport_size(NARROWEST)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append(f"scrolls sideways at 320 px: {page.evaluate(WIDEST)}")
    return found


def axe_faults(page: Page) -> list[str]:
    """What axe calls a violation, with the element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(VIOLATIONS, OPTIONS)
    return found


def frame_faults(page: Page, language: str) -> list[str]:
    """Title, one heading of the first level, language."""
    headings = page.locator("h1").count()
    told = page.locator("html").get_attribute("lang")
    return [
        fault
        for fault, there in (
            ("no title", not page.title().strip()),
            (f"{headings} h1", headings != 1),
            (f"lang is {told}", told != language),
        )
        if there
    ]


def press_without_typing(visitor: Visitor) -> None:
    """Send the form of the page as it is: its errors appear."""
    visitor.page.locator("main form button[type=submit]").last.click()
    expect(visitor.page.locator(".problems")).to_be_visible()


def wrong_password(visitor: Visitor) -> None:
    visitor.page.locator("[name=login]").fill("nimeni@student.upt.ro")
    visitor.page.locator("[name=password]").fill("nu este aceasta")
    press_without_typing(visitor)


def own(student: Student, *names: str) -> list[Sight]:
    """Pages of an enrolment by their last parts."""
    return [Sight(f"/student/{student.enrolment}/{name}") for name in names]


def test_a_fault_would_be_found(arrives: Arrives):
    """The control of all the others."""
    page = arrives().page
    page.set_content("<html lang='ro'><title>T</title><main><h1>T</h1><img src='x.png'></main>")
    assert [fault.split(":")[0] for fault in axe_faults(page)] == ["image-alt"]
    page.set_content("<html lang='en'><main><h1>T</h1><h1>T</h1><p style='width:900px'>T</p></main>")
    told = [fault.split(":")[0] for fault in faults(page, RO)]
    assert {"no title", "2 h1", "lang is en", "scrolls sideways at 320 px"} <= set(told)


def test_pages_for_everybody(arrives: Arrives, register: Register):
    code = register.paper(register.student("horia.stanila@student.upt.ro")).code
    sights = [
        Sight("/"),
        Sight("/accounts/login/"),
        Sight("/accounts/login/", wrong_password),
        Sight("/accounts/password/reset/"),
        Sight("/verify/"),
        Sight(f"/verify/{code}/"),
        Sight("/verify/AAAA-AAAA-AAAA/"),
        Sight("/rulebook/"),
        Sight("/accessibility/"),
        Sight("/privacy/"),
    ]
    assert look(arrives(), sights) == []


def test_pages_of_stage_1(arrives: Arrives, register: Register):
    someone = register.somebody("AC-L-CALC", "offered", situation="S1")
    sights = [
        *own(someone, "", "contract/", "contract/validate/", "contract/history/"),
        *own(someone, "documents/", "payments/", "messages/", "readers/", "calendar/", "financial/"),
    ]
    assert look(arrives(someone.email), sights) == []


@pytest.mark.parametrize(
    ("email", "pages"),
    [
        ("razvan.nita", ("", "contract/")),
        ("sorin.petrisor", ("", "contract/", "contract/change/")),
        ("vlad.sandulescu", ("contract/",)),
        ("tiberiu.scurtu", ("", "documents/")),
        ("lavinia.purice", ("documents/",)),
        ("dragos.hodos", ("", "payments/", "pay/", "financial/")),
        ("teodora.gligor", ("contract/", "payments/", "financial/")),
        ("natalia.dumbrava", ("",)),
    ],
)
def test_pages_of_the_other_states(arrives: Arrives, register: Register, email: str, pages: tuple[str, ...]):
    someone = register.student(f"{email}@student.upt.ro")
    assert look(arrives(someone.email), own(someone, *pages)) == []


def test_pages_with_errors(arrives: Arrives, register: Register):
    asked = register.student("bianca.ungureanu@student.upt.ro")
    answer = Sight(f"/student/{asked.enrolment}/contract/", press_without_typing)
    assert look(arrives(asked.email), [*own(asked, "contract/"), answer]) == []
    returned = register.student("sabina.lazar@student.upt.ro")
    upload = f"/student/{returned.enrolment}/documents/{register.document(returned)}/upload/"
    sights = [*own(returned, "documents/"), Sight(upload), Sight(upload, send_nothing)]
    assert look(arrives(returned.email), sights) == []


def send_nothing(visitor: Visitor) -> None:
    visitor.press("send")
    expect(visitor.page.locator(".problems")).to_be_visible()


def test_the_receipt(arrives: Arrives, register: Register):
    someone = register.student("teodora.gligor@student.upt.ro")
    assert look(arrives(someone.email), own(someone, f"receipts/{register.receipt(someone)}/")) == []


def test_the_card_page(arrives: Arrives, register: Register):
    """Our own stand-in for the provider's page, in both languages, plain and with an error."""
    someone = register.student("dragos.hodos@student.upt.ro")
    visitor = arrives(someone.email)
    visitor.speak(RO)
    Payments(visitor, someone.enrolment).open("payments")
    Payments(visitor, someone.enrolment).begin()
    wrong = faults(visitor.page, RO)
    visitor.page.get_by_role("link", name="English").click()
    expect(visitor.page.locator("html")).to_have_attribute("lang", EN)
    visitor.page.locator("button.main").click()
    expect(visitor.page.locator(".summary")).to_be_visible()
    assert wrong + faults(visitor.page, EN) == []


def test_pages_of_the_secretariat(arrives: Arrives, register: Register):
    waiting = register.student("sorin.petrisor@student.upt.ro")
    sent = register.student("horia.stanila@student.upt.ro")
    admin = "/admin/contracting/studentcontracting"
    sights = [
        Sight("/admin/"),
        Sight(f"{admin}/queue/?place=validated"),
        Sight(f"{admin}/queue/?place=answered"),
        Sight(f"{admin}/{waiting.case}/change/"),
        Sight(f"{admin}/{waiting.case}/act/ask/"),
        Sight(f"{admin}/{waiting.case}/act/ask/", press_without_typing),
        Sight(f"{admin}/{sent.case}/change/"),
        Sight(f"{admin}/{sent.case}/review/{register.scan(sent)}/"),
    ]
    assert look(arrives(SECRETARY), sights) == []


def test_pages_of_the_chief_secretary(arrives: Arrives, register: Register):
    campaign = register.student("sorin.petrisor@student.upt.ro").campaign
    sights = [
        Sight("/admin/contracting/campaign/"),
        Sight(f"/admin/contracting/campaign/{campaign}/change/"),
        Sight(f"/admin/contracting/campaign/{campaign}/reschedule/"),
    ]
    assert look(arrives(CHIEF), sights) == []


def test_a_list_is_validated_by_keyboard_alone(arrives: Arrives, register: Register):
    """Tab, space and Enter from the first element; the focus is always seen."""
    someone = register.somebody("AC-L-CALC", "offered", situation="S1", rows_amount__gt=0)
    visitor = arrives(someone.email)
    visitor.speak(RO)
    offer = Offer(visitor, someone.enrolment)
    offer.open("contract")
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")  # past the head of the page
    walk_to(visitor, "document.activeElement.matches('.free input')")
    visitor.page.keyboard.press("Space")
    row = next(line for line in register.lines(someone) if not line.mandatory)
    offer.expect_total(register.total(someone) - row.amount)
    walk_to(visitor, "document.activeElement.matches('.totals-act .btn:last-of-type')")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("h1")).to_have_text(said("check", RO))
    walk_to(visitor, "document.activeElement.matches('main form button')")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator(".note-ok").first).to_contain_text(said("validated", RO))
    assert register.state(someone) == "validated"


SEEN = """() => { const style = getComputedStyle(document.activeElement);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return outlined || style.boxShadow !== "none"; }"""


def walk_to(visitor: Visitor, there: str) -> None:
    """Tab until the focus is there; each stop on the way is outlined."""
    for _stop in range(60):
        visitor.page.keyboard.press("Tab")
        assert visitor.page.evaluate(SEEN), visitor.page.evaluate("document.activeElement.outerHTML")
        if visitor.page.evaluate(there):
            return
    raise AssertionError("the keyboard never got there")
