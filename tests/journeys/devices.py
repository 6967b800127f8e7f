"""Devices go from hand to hand: a new page of Chromium costs more than most of what is done on it."""

import json
from typing import TYPE_CHECKING, Any, Final

from playwright.sync_api import Browser, BrowserContext

if TYPE_CHECKING:
    from playwright.sync_api import StorageState

DESKTOP: Final[dict[str, Any]] = {"viewport": {"width": 1280, "height": 900}}
NOWHERE: Final = "about:blank"
FORGET: Final = "() => { try { localStorage.clear(); sessionStorage.clear(); } catch { /* nothing kept */ } }"


class Devices:
    """Browser contexts, each with one page; who takes one over finds no cookie of the last owner."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._kinds: dict[BrowserContext, str] = {}
        self._idle: dict[str, list[BrowserContext]] = {}

    def lend(
        self, language: str, known: "StorageState | None" = None, *, new: bool = False, **device: Any
    ) -> BrowserContext:
        """A device of this kind, signed in as `known`. new: nothing was ever fetched with it."""
        kind = json.dumps([language, device], sort_keys=True)
        idle = [] if new else self._idle.get(kind, [])
        context = idle.pop() if idle else self._made(language, **device)
        self._kinds[context] = kind
        if known:
            context.add_cookies(known["cookies"])
        return context

    def _made(self, language: str, **device: Any) -> BrowserContext:
        context = self._browser.new_context(
            locale="en-GB" if language == "en" else "ro-RO",
            timezone_id="Europe/Bucharest",
            reduced_motion="reduce",
            **{**DESKTOP, **device},
        )
        context.new_page()
        return context

    def take_back(self, context: BrowserContext) -> None:
        """As it was: one empty page, no cookie, its own size and light."""
        kind = self._kinds.pop(context)
        page, *others = context.pages
        for other in others:
            other.close()
        page.evaluate(FORGET)
        page.goto(NOWHERE)
        context.clear_cookies()
        device = {**DESKTOP, **json.loads(kind)[1]}
        page.set_viewport_size(device["viewport"])
        page.emulate_media(color_scheme=device.get("color_scheme", "light"), media="null")
        self._idle.setdefault(kind, []).append(context)
