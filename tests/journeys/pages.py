"""The pages of a journey as their readers use them: what they press, what they read."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from time import monotonic
from typing import Final

from playwright.sync_api import FilePayload, Locator, expect

from tests.journeys.visitor import Visitor, plain
from tests.journeys.words import said
from upt_portal.kernel.money import format_money

DECLINED, GOOD = "4000 0000 0000 0002", "4242 4242 4242 4242"
#: Milliseconds for a worker to make a paper or send a mail, on a machine that does much else.
WORKER: Final = 180_000


def lei(amount: Decimal | str, language: str) -> str:
    """ "4.623,00 lei", as the page of that language writes it, with ordinary spaces."""
    return plain(format_money(Decimal(amount), "RON", language))


@dataclass(frozen=True)
class StudentPages:
    """The pages of one enrolment, in its student's browser."""

    visitor: Visitor
    enrolment: int

    def open(self, name: str) -> Visitor:
        """A page by its last part: "contract", "documents", "payments"."""
        self.visitor.go(f"/student/{self.enrolment}/{name}/")
        return self.visitor


# ---- stage 1 -----------------------------------------------------------------------------------------------


class Offer(StudentPages):
    """The list to choose from, with its running totals."""

    def rows(self) -> Locator:
        """The ticks of the rows that may be left out, in their order."""
        return self.visitor.page.locator(".free input[type=checkbox]")

    def untick(self, *numbers: int) -> None:
        """Leave out rows by their numbers, counted from 1."""
        for number in numbers:
            self.rows().nth(number - 1).uncheck()

    def figures(self) -> dict[str, str]:
        """The totals: label and value."""
        labels = self.visitor.page.locator("#totals dt").all_inner_texts()
        values = self.visitor.page.locator("#totals dd").all_inner_texts()
        pairs = zip(labels, values, strict=True)
        return {plain(label).strip(): plain(value).strip() for label, value in pairs}

    def expect_total(self, amount: Decimal | str) -> None:
        """Wait for the total to become this."""
        words = lei(amount, self.visitor.language)
        expect(self.visitor.page.locator("#totals .totals-total dd")).to_have_text(_spaced(words))

    def go_on(self) -> None:
        """To the page that says what will be contracted, left out and owed."""
        self.visitor.press("validate")
        expect(self.visitor.page.locator("h1")).to_have_text(said("check", self.visitor.language))

    def validate(self) -> None:
        """Press the button that freezes the list."""
        self.visitor.press("validate")
        expect(self.visitor.page.locator(".note-ok").first).to_contain_text(
            said("validated", self.visitor.language)
        )


def _spaced(words: str) -> re.Pattern[str]:
    """Those words, whatever kind of space stands between them."""
    return re.compile(r"^\s*" + r"\s".join(map(re.escape, words.split())) + r"\s*$")


# ---- stage 4 -----------------------------------------------------------------------------------------------


class Documents(StudentPages):
    """The papers to download and to send back signed."""

    def expect_paper(self) -> None:
        """Wait until the worker has made the annex; the page looks again by itself."""
        ready = self.visitor.page.locator("#papers:not([hx-get]) a[href$='/paper/']")
        expect(ready.first).to_be_visible(timeout=WORKER)

    def _paper(self) -> Locator:
        return self.visitor.page.locator("#papers a[href$='/paper/']")

    def download(self) -> bytes:
        """The first paper, as the browser saves it."""
        with self.visitor.page.expect_download() as started:
            self._paper().first.click()
        return started.value.path().read_bytes()

    def go_to_upload(self) -> None:
        """The page of the first paper that takes a file."""
        self.visitor.page.locator("#papers a[href$='/upload/']").first.click(timeout=WORKER)
        expect(self.visitor.page.locator("h1")).to_have_text(said("upload", self.visitor.language))

    def choose(self, name: str, data: bytes, kind: str) -> None:
        """Choose a file on the upload page."""
        file: FilePayload = {"name": name, "mimeType": kind, "buffer": data}
        self.visitor.page.locator("input[type=file]").set_input_files(file)

    def send(self, name: str, data: bytes, kind: str) -> None:
        """Choose a file on the upload page and send it."""
        self.choose(name, data, kind)
        self.visitor.press("send")

    def expect_sent(self) -> None:
        """Back on the tab, which says that the file arrived."""
        expect(self.visitor.page).to_have_url(re.compile(r"/documents/$"))
        expect(self.visitor.page.locator(".note-ok").first).to_be_visible()


# ---- stage 5 -----------------------------------------------------------------------------------------------


class Payments(StudentPages):
    """From the sums of the annex to the card page and back."""

    def begin(self) -> None:
        """To the card page, by the summary."""
        self.visitor.page.locator(".hero .btn").click()
        expect(self.visitor.page.locator("h1")).to_have_text(said("pay by card", self.visitor.language))
        self.visitor.page.locator(".hero button").click()
        expect(self.visitor.page.locator("[name=number]")).to_be_visible()

    def type_card(self, number: str) -> None:
        """Fill in the card page and press its button."""
        page = self.visitor.page
        page.locator("[name=number]").fill(number)
        page.locator("[name=expiry]").fill("12/40")
        page.locator("[name=code]").fill("123")
        page.locator("button.main").click()

    def expect_receipt(self) -> str:
        """Wait for the receipt, by whatever pages lead there; its number."""
        page = self.visitor.page
        page.wait_for_url(re.compile(r"/receipts/\d+/"), timeout=WORKER)
        expect(page.locator("h1")).to_have_text(said("receipt", self.visitor.language))
        found = re.search(r"/receipts/(\d+)/", page.url)
        assert found is not None
        return found[1]

    def receipt_pdf(self) -> bytes:
        """The receipt's file, once the worker has made it."""
        page = self.visitor.page
        link = page.locator("a[href$='/pdf/']")
        self._until(lambda: link.count() > 0)
        with page.expect_download() as started:
            link.click()
        return started.value.path().read_bytes()

    def _until(self, there: Callable[[], bool]) -> None:
        """Load the page again until something is on it."""
        latest = monotonic() + WORKER / 1000
        while not there():
            assert monotonic() < latest, f"still not there: {self.visitor.reads()}"
            self.visitor.page.wait_for_timeout(500)
            self.visitor.page.reload()


# ---- the secretariat ---------------------------------------------------------------------------------------

ADMIN = "/admin/contracting/studentcontracting"


@dataclass(frozen=True)
class Secretariat:
    """The queue, a student's file and the review of scans, in a secretary's browser."""

    visitor: Visitor

    def find(self, place: str, name: str) -> None:
        """Open a student from a place of the queue, by the search field above it."""
        page = self.visitor.page
        self.visitor.go(f"{ADMIN}/queue/?place={place}")
        here = page.locator("tbody th a").filter(has_text=name)
        if not here.count():
            search = page.locator("[data-search]")
            search.fill(name)
            search.press("Enter")
        here.first.click()
        expect(page.locator("h1")).to_contain_text(name)

    def approve(self) -> None:
        """Approve the list of the file in front."""
        self.visitor.page.locator("form[action*='/act/approve/'] button").click()
        self.expect_done()

    def accept(self) -> None:
        """Accept the scan under review."""
        self.visitor.page.locator("button[form=accept]").click()
        self.expect_done()

    def send_back(self, reason: str) -> None:
        """Return the scan under review, with the words the student reads."""
        page = self.visitor.page
        page.locator("details:has(#return) > summary").click()
        page.locator("#return textarea[name=text]").fill(reason)
        page.locator("button[form=return]").click()
        self.expect_done()

    def act(self, name: str, **typed: str) -> None:
        """An act of the file in front, on its own page. typed: fields of its form."""
        page = self.visitor.page
        page.locator(f"a[href*='/act/{name}/']").click()
        for field, value in typed.items():
            self._fill(field, value)
        page.locator("main form button[type=submit]").first.click()
        self.expect_done()

    def make_mandatory(self, line: int, reason: str) -> None:
        """Take the choice of a row away from the student of the file in front."""
        page = self.visitor.page
        page.locator(f"a[href*='/rows/{line}/']").click()
        page.locator("[name=reason]").fill(reason)
        page.locator("main form button[type=submit]").first.click()
        self.expect_done()

    def _fill(self, field: str, value: str) -> None:
        choice = self.visitor.page.locator(f"input[type=radio][name={field}][value={value!r}]")
        if choice.count():
            choice.check()
        else:
            self.visitor.page.locator(f"[name={field}]:not([type=hidden])").fill(value)

    def expect_done(self) -> None:
        """The next page says what was done."""
        expect(self.visitor.page.locator(".note-ok").first).to_be_visible()

    def reschedule(self, campaign: int, reason: str, **days: date) -> None:
        """Change dates of a running campaign."""
        page = self.visitor.page
        self.visitor.go(f"/admin/contracting/campaign/{campaign}/change/")
        page.locator("a[href$='/reschedule/']").click()
        for name, day in days.items():
            page.locator(f"[name={name}]").fill(day.isoformat())
        page.locator("[name=reason]").fill(reason)
        page.locator("main form button[type=submit]").first.click()
        self.expect_done()
