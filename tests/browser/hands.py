"""How a person acts on a page: by mouse, or by keyboard alone. The journey is the same in either hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from playwright.sync_api import Locator, Page

from tests.browser.office import Office

MOST_TABS = 150


class Mouse:
    """Points and clicks. Fields are found by name: what they are called aloud is axe's and the page tests' to check."""

    def __init__(self, office: Office, page: Page, login: str, *, looks: bool = True) -> None:
        self.office, self.page, self.login, self.looks = office, page, login, looks
        self.arrived()

    def arrived(self) -> None:
        """A new page is there: look at it."""
        self.page.locator("h1").wait_for()
        if self.looks:
            self.office.look(self.page, self.login)

    def field(self, name: str) -> Locator:
        """The field of a name; one that begins with $ is the end of a name (rows have keys in theirs)."""
        ends = f'[name$="{name[1:]}"]' if name.startswith("$") else f'[name="{name}"]'
        return self.page.locator(f"main {ends}:not([type=hidden])")

    def write(self, name: str, words: str) -> None:
        self.field(name).fill(words)

    def choose(self, name: str, value: str) -> None:
        self.page.locator(f'main [name="{name}"][value="{value}"]').check()

    def select(self, name: str, label: str) -> None:
        self.field(name).select_option(label=label)

    def day(self, name: str, when: date) -> None:
        for part, value in (("day", when.day), ("month", when.month), ("year", when.year)):
            self.write(f"{name}-{part}", str(value))

    def follow(self, words: str, within: str = "main") -> None:
        """A link, or an action that is drawn as a button and leads to its page."""
        self._go(self._named(("link", "button"), words, within))

    def press(self, words: str) -> None:
        self._go(self._named(("button",), words, "main"))

    def unfold(self, words: str) -> None:
        """What stands behind a word that opens it."""
        self._open(self.page.locator("main details:not([open]) > summary").filter(has_text=words))

    def _open(self, summary: Locator) -> None:
        summary.click()

    def _named(self, roles: tuple[str, ...], words: str, within: str) -> Locator:
        place = self.page.locator(within)
        found = place.get_by_role(roles[0], name=words)  # type: ignore[arg-type]
        for role in roles[1:]:
            found = found.or_(place.get_by_role(role, name=words))  # type: ignore[arg-type]
        return found.first

    def _go(self, target: Locator) -> None:
        with self.page.expect_navigation():
            target.click()
        self.arrived()

    def work(self, reference: str, words: str = "") -> None:
        """From My work to what waits under a reference."""
        self.page.goto("/")
        self.arrived()
        line = self.page.locator(".pl-work__item", has_text=reference).filter(has_text=words).first
        self._go(line.get_by_role("link"))


class Keyboard(Mouse):
    """Tab, Shift+Tab, Space, Enter and arrows; on every page by the skip link first."""

    def arrived(self) -> None:
        super().arrived()
        self.page.evaluate(WATCH)

    def _tabs(self, key: str = "Tab") -> Iterator[str]:
        """One stop after the other. At each: it can be seen, it is on the screen, and it comes after the one before."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press(key)
            seen = self.page.evaluate("key => window.plumblineStop(key)", key)
            assert not seen["faults"], f"{self.page.url}: {seen['faults']} at {seen['what']}"
            yield seen["what"]
        raise AssertionError(f"{self.page.url}: {MOST_TABS} stops and not there")

    def reach(self, target: Locator) -> None:
        """Go on until the target, or a radio of its group, has the focus. First past the frame, by the skip link."""
        handle = target.element_handle()
        assert handle is not None, target
        if self._at_start() and self.page.evaluate("e => !!e.closest('main')", handle):
            self._skip()
        if self.page.evaluate(HERE, handle):
            return
        for _stop in self._tabs():
            if self.page.evaluate(HERE, handle):
                return

    def _at_start(self) -> bool:
        """Nothing has the focus yet. A form sent after the skip link comes back to #main-content: that is past it."""
        return "#" not in self.page.url and bool(self.page.evaluate("document.activeElement === document.body"))

    def _skip(self) -> None:
        """The first stop of every page is the skip link; it shows itself, and leads to the text."""
        first = next(self._tabs())
        assert first.startswith("Skip to main content"), first
        self.page.keyboard.press("Enter")
        assert self.page.evaluate("document.activeElement.id") == "main-content"

    def write(self, name: str, words: str) -> None:
        self.reach(self.field(name))
        self.page.keyboard.type(words)

    def choose(self, name: str, value: str) -> None:
        """Into the group, then by arrows to the answer; Space takes the first."""
        target = self.page.locator(f'main [name="{name}"][value="{value}"]')
        handle = target.element_handle()
        self.reach(target)
        for _ in range(12):
            if self.page.evaluate("e => document.activeElement === e", handle):
                self.page.keyboard.press("Space")
                assert target.is_checked()
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows do not lead to {name} {value}")

    def select(self, name: str, label: str) -> None:
        box = self.field(name)
        self.reach(box)
        for _ in range(60):
            if box.evaluate("e => e.selectedOptions[0].label") == label:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows do not lead to {label}")

    def _open(self, summary: Locator) -> None:
        self.reach(summary)
        self.page.keyboard.press("Enter")

    def _go(self, target: Locator) -> None:
        self.reach(target)
        key = "Enter" if target.evaluate("e => e.tagName === 'A' && e.role !== 'button'") else "Space"
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        self.arrived()


# Whether the focus is here: on the element, or on another radio of its group (the arrows go on from there).
HERE = """e => {
  const now = document.activeElement
  return now === e || (e.type === 'radio' && now.type === 'radio' && now.name === e.name && now.form === e.form)
}"""

# What is wrong with the stop the focus is at.
WATCH = """() => {
  let last = null
  const outlined = style => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0
  const drawn = style => outlined(style) || style.boxShadow !== 'none'
  const shows = e => drawn(getComputedStyle(e)) ||
    [...(e.labels || [])].some(label => drawn(getComputedStyle(label, '::before'))) ||
    drawn(getComputedStyle(e, '::before'))
  window.plumblineStop = key => {
    const e = document.activeElement
    const faults = []
    if (!e || e === document.body || e === document.documentElement) {
      last = null
      return { what: 'the end', faults }
    }
    if (!shows(e)) faults.push('the focus cannot be seen')
    const box = e.getBoundingClientRect()
    const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth)
    const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight)
    if (right - left < 1 || bottom - top < 1) faults.push('it is not on the screen')
    else {
      const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
      const mine = over && (e.contains(over) || over.contains(e) || [...(e.labels || [])].some(l => l.contains(over)))
      if (!mine) faults.push('it is under ' + (over ? over.tagName + '.' + over.className : 'nothing'))
    }
    if (e.tabIndex > 0) faults.push('it has a place of its own in the order')
    const forward = key === 'Tab' && last && last.isConnected && last !== e
    if (forward && !(last.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING)) {
      faults.push('it comes before ' + last.outerHTML.slice(0, 80))
    }
    last = e
    return { what: (e.innerText || e.name || e.outerHTML.slice(0, 80)).trim(), faults }
  }
}"""
