"""Three ways to use a page: by mouse, by keyboard alone, and by mouse with JavaScript off.

A journey is written once, in words such as `type`, `choose` and `press`, and done with each pair of hands.
"""

from __future__ import annotations

from collections.abc import Mapping

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page

from tests.support.world import PASSWORD

WIDE, NARROW = 1100, 320
MOST_TABS = 250


class Mouse:
    """Points and clicks."""

    javascript = True

    def __init__(self, browser: Browser, address: str, *, looking: bool = False) -> None:
        context = browser.new_context(
            base_url=address, viewport={"width": WIDE, "height": 800}, java_script_enabled=self.javascript
        )
        self.page: Page = context.new_page()
        self.looking = looking
        self.looked: set[str] = set()
        self.said: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text) if message.type == "error" else None)

    def open(self, url: str) -> None:
        self.page.goto(url)
        self._look()

    def type(self, name: str, text: str) -> None:
        self._field(name).fill(text)

    def choose(self, name: str, value: str) -> None:
        self.page.locator(f'input[name="{name}"][value="{value}"]').check()

    def select(self, name: str, value: str) -> None:
        self._field(name).select_option(value)

    def press(self, label: str) -> None:
        """A button, or a link that looks like one, by its words."""
        with self.page.expect_navigation():
            self._button(label).click()
        self._look()

    def sign_in(self, login: str) -> None:
        self.open("/sign-in")
        self.type("email", f"{login}@example.org")
        self.type("password", PASSWORD)
        self.press("Sign in")

    def fill_in(self, texts: Mapping[str, str]) -> None:
        for name, text in texts.items():
            self.type(name, text)

    def reads(self, words: str) -> bool:
        """Whether the page says this."""
        return words in self.page.locator("body").inner_text()

    def _field(self, name: str) -> Locator:
        return self.page.locator(f'[name="{name}"]:not([type="hidden"])').first

    def _button(self, label: str) -> Locator:
        named = self.page.get_by_role("button", name=label, exact=True)
        return named.first

    def _look(self) -> None:
        """With axe, once for each kind of page, wide and narrow; and that nothing scrolls sideways."""
        kind = self.page.title()
        if not self.looking or kind in self.looked:
            return
        self.looked.add(kind)
        for width in (NARROW, WIDE):
            self.page.set_viewport_size({"width": width, "height": 800})
            found = Axe().run(self.page)
            assert found.violations_count == 0, f"{kind} at {width} px: {found.generate_report()}"
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{kind} is {wide} px wide in a window of {width}"


class Plain(Mouse):
    """The same without JavaScript."""

    javascript = False


class Keyboard(Mouse):
    """Tab, Space, arrows and Enter; nothing is clicked and nothing is filled from outside."""

    def type(self, name: str, text: str) -> None:
        self._reach(self._field(name))
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def choose(self, name: str, value: str) -> None:
        """Into the group by Tab, to the wanted one by arrows."""
        group = self.page.locator(f'input[name="{name}"]')
        values = [each.get_attribute("value") for each in group.all()]
        self._reach(group.first)
        self.page.keyboard.press("Space")
        for _ in range(values.index(value)):
            self.page.keyboard.press("ArrowDown")
        assert self.page.locator(f'input[name="{name}"][value="{value}"]').is_checked()

    def select(self, name: str, value: str) -> None:
        field = self._field(name)
        self._reach(field)
        wanted = field.locator(f'option[value="{value}"]').inner_text()
        self.page.keyboard.type(wanted)
        assert field.input_value() == value

    def press(self, label: str) -> None:
        self._reach(self._button(label))
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self._look()

    def _reach(self, wanted: Locator) -> None:
        """By Tab from where the focus is, round the page once; what has it must show that it has."""
        element = wanted.element_handle()
        assert element is not None
        for _ in range(MOST_TABS):
            if self.page.evaluate("element => document.activeElement === element", element):
                assert self.page.evaluate(SHOWS_FOCUS, element), f"{wanted} has the focus and does not show it"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{wanted} cannot be reached by Tab")


# Radios and checkboxes show it on the box that their label draws.
SHOWS_FOCUS = """element => {
  const own = getComputedStyle(element)
  const label = element.labels && element.labels[0]
  const drawn = label ? getComputedStyle(label, '::before') : own
  const outlined = own.outlineStyle !== 'none' && parseFloat(own.outlineWidth) > 0
  return outlined || own.boxShadow !== 'none' || drawn.boxShadow !== 'none' || drawn.outlineStyle !== 'none'
}"""
