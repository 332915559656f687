"""An office with one browser: a live world, a signed-in window for each person, and eyes on every page.

One sign-in for each person: the windows after the first take over its cookie.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.support.world import PASSWORD, World

WIDE, NARROW = 1100, 320
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")
# Chromium says this of every page with a status of 400 or more, also where the test expects one.
STATUS_LINE = "Failed to load resource: the server responded with a status of"


@dataclass
class Office:
    """Where the people of a journey sit."""

    world: World
    address: str
    browser: Browser
    signed_in: dict[str, Any] = field(default_factory=dict)
    looked_at: set[tuple[str, str]] = field(default_factory=set)

    @contextmanager
    def window(self, login: str, *, scripts: bool = True, width: int = WIDE) -> Iterator[Page]:
        """A page of its own, signed in. Whatever it says to its console is a fault when it is closed."""
        context = self._context(login, scripts, width)
        said: list[str] = []
        context.on("console", lambda message: said.extend(_faults(message)))
        context.on("weberror", lambda error: said.append(str(error.error)))
        page = context.new_page()
        page.goto(self.address)
        yield page
        context.close()
        assert said == [], f"{login}'s console: {said}"

    def _context(self, login: str, scripts: bool, width: int) -> BrowserContext:
        size = {"width": width, "height": 900}
        if login not in self.signed_in:
            self.signed_in[login] = self._sign_in(login)
        context = self.browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            java_script_enabled=scripts,
            storage_state=self.signed_in[login],
            base_url=self.address,
        )
        context.set_default_timeout(15_000)
        return context

    def _sign_in(self, login: str) -> Any:
        """Through the page, once."""
        context = self.browser.new_context(base_url=self.address)
        page = context.new_page()
        page.goto("/sign-in")
        page.get_by_label("E-mail address").fill(f"{login}@example.org")
        page.locator("input[name=password]").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        state = context.storage_state()
        context.close()
        return state

    def look(self, page: Page, login: str) -> None:
        """axe at both widths and no sideways scroll at the narrow one; once for each page and person."""
        place = (login, IDS.sub("#", page.url.removeprefix(self.address)))
        if place in self.looked_at:
            return
        self.looked_at.add(place)
        check(page)


def _faults(message: ConsoleMessage) -> Iterator[str]:
    if not message.text.startswith(STATUS_LINE):
        yield f"{message.type}: {message.text}"


def check(page: Page) -> None:
    """Nothing for axe to find, wide and narrow, and nothing wider than a narrow screen."""
    for width in (NARROW, WIDE):
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, f"{page.url} at {width}\n{found.generate_report()}"
        if width == NARROW:
            no_sideways_scroll(page)


def no_sideways_scroll(page: Page) -> None:
    """Everything fits in 320 px, which is what 1280 px are at 400% (WCAG 1.4.10)."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= NARROW, f"{page.url} is {wide} px wide at {NARROW}: {page.evaluate(TOO_WIDE)}"


TOO_WIDE = """() => [...document.querySelectorAll('body *')]
  .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
  .slice(0, 5).map(one => one.tagName + '.' + one.className)"""
