"""A person at a browser: a device, a language, and everything the browser complained about."""

from typing import Any, Final

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    WebError,
    expect,
)

from tests.journeys.words import said

PASSWORD: Final = "demonstratie2026"
PHONE: Final[dict[str, Any]] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
}
#: What htmx says when its request is cut off because the reader went on to another page.
CUT_OFF: Final = ("htmx:sendError", "htmx:sendAbort", "htmx:afterRequest")
#: Answers in words for a person, which the browser's console calls failures.
ANSWERS_IN_WORDS: Final = ("403", "404", "409", "410", "422")


def plain(text: str) -> str:
    """Text with ordinary spaces, as one would type it."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


class Visitor:
    """One device with one page in front; `language` is the one its reader expects."""

    def __init__(self, context: BrowserContext, address: str, *, language: str = "ro") -> None:
        self.address, self.language = address, language
        self.complaints: list[str] = []
        self.context = context
        self.context.set_default_timeout(20_000)
        self._heard: Final[dict[Any, Any]] = {
            "console": self._note,
            "weberror": self._note_error,
            "response": self._note_failure,
            "requestfailed": self._note_loss,
        }
        for event, told in self._heard.items():
            self.context.on(event, told)
        self.page: Page = self.context.pages[0]

    def _note_error(self, error: WebError) -> None:
        self.complaints.append(f"script: {error.error}")

    def _note(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning") or message.text.startswith(CUT_OFF):
            return
        in_words = message.text.startswith("Failed to load resource") and any(
            f"status of {status}" in message.text for status in ANSWERS_IN_WORDS
        )
        if not in_words:
            self.complaints.append(f"console: {message.text}")

    def _note_loss(self, request: Request) -> None:
        if request.failure not in (None, "net::ERR_ABORTED"):  # aborted: the reader went on
            self.complaints.append(f"{request.failure}: {request.url}")

    def _note_failure(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status}: {response.url}")
        if response.status >= 400 and response.request.resource_type not in ("document", "fetch", "xhr"):
            self.complaints.append(f"{response.status}: {response.url}")

    # ---- going about -----------------------------------------------------------------------------------

    def sign_in(self, email: str) -> "Visitor":
        """Through the sign-in page, as everybody does."""
        self.go("/accounts/login/")
        self.speak(self.language)
        self.page.locator("[name=login]").fill(email)
        self.page.locator("[name=password]").fill(PASSWORD)
        self.press("sign in")
        self.page.wait_for_url(lambda url: "/accounts/login/" not in url)
        return self

    def speak(self, language: str) -> None:
        """Ask for the other language where the page is not in this one already."""
        if self.page.locator("html").get_attribute("lang") != language:
            self.page.locator(f".lang button[value={language}]").click()
        self.language = language
        expect(self.page.locator("html")).to_have_attribute("lang", language)

    def go(self, path: str) -> Response:
        """Open a page by its path."""
        answer = self.page.goto(path if path.startswith("http") else self.address + path)
        assert answer is not None
        return answer

    def button(self, name: str) -> Locator:
        """A button, or the link that looks like one, by its words."""
        words = said(name, self.language)
        buttons = self.page.get_by_role("button", name=words, exact=True)
        return buttons.or_(self.page.get_by_role("link", name=words, exact=True)).first

    def press(self, name: str) -> None:
        """Press a button by its words."""
        self.button(name).click()

    def heading(self) -> str:
        """The title of the page."""
        return plain(self.page.locator("h1").inner_text())

    def reads(self, where: str = "main") -> str:
        """What stands there, as one would read it."""
        return plain(self.page.locator(where).first.inner_text())

    def sees(self, name: str) -> bool:
        """Whether the page shows those words."""
        return said(name, self.language) in self.reads()

    def path(self) -> str:
        """Where the page in front is."""
        return self.page.url.removeprefix(self.address)

    def another_tab(self) -> Page:
        """A second tab of the same browser, now in front."""
        self.page = self.context.new_page()
        return self.page

    def leave(self) -> list[str]:
        """Put the device down; what the browser complained about meanwhile."""
        for event, told in self._heard.items():  # leaving cuts requests off, which is a complaint of its own
            self.context.remove_listener(event, told)
        return self.complaints
