"""The frame in a real browser: axe, narrow screens, and the script that saves drafts."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, jsonify, render_template, request
from playwright.sync_api import Browser, Dialog, Page, Route, sync_playwright
from werkzeug.serving import make_server

from app.web import errors
from tests.support import chromium
from tests.unit.web import guide

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SOMEBODY = "as=Maya Okafor:panel_member"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Flask, str]]:
    """The little application on a port of its own, with a page that saves drafts."""
    app = guide.small_app()
    app.config["drafts"] = defaultdict(list)

    @app.get("/draft/<key>")
    def draft(key: str) -> str:
        return render_template("draft.html")

    @app.post("/draft/<key>")
    def save(key: str) -> Any:
        app.config["drafts"][key].append(dict(request.form))
        if not errors.wants_json():
            return render_template("plain.html")
        return jsonify(version=int(request.form["version"]) + 1, saved_at="14:32")

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield app, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    program = chromium.find()
    if program is None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail("there is no Chromium")
        pytest.skip("there is no Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def look(served: tuple[Flask, str], chrome: Browser) -> Iterator[Callable[..., Page]]:
    """Open a path at a width; a message in the console is a fault (a refused script says so there)."""
    said: list[str] = []
    pages: list[Page] = []

    def open_page(path: str, width: int = 1100, **more: Any) -> Page:
        page = chrome.new_page(viewport={"width": width, "height": 900}, **more)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        pages.append(page)
        page.goto(served[1] + path)
        return page

    yield open_page
    for page in pages:
        page.close()
    faults = [text for text in said if "Failed to load resource" not in text]
    assert faults == []


PATHS = [f"/?{SOMEBODY}", f"/stop/404?{SOMEBODY}", f"/refused?{SOMEBODY}", f"/stale?{SOMEBODY}", "/expired"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("width", [1100, 320])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(look: Callable[..., Page], path: str, width: int) -> None:
    page = look(path, width)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_menu_opens_on_a_narrow_screen(look: Callable[..., Page]) -> None:
    page = look(f"/?{SOMEBODY}", 320)
    link = page.get_by_role("navigation", name="Main").get_by_role("link", name="Reviews")
    assert not link.is_visible()
    page.get_by_role("button", name="Menu").click()
    assert link.is_visible()


def test_without_scripts_everything_is_there(look: Callable[..., Page]) -> None:
    page = look(f"/?{SOMEBODY}", 320, java_script_enabled=False)
    assert page.get_by_role("navigation", name="Main").get_by_role("link", name="Reviews").is_visible()


def test_a_waiting_button_keeps_its_focus_and_says_why(look: Callable[..., Page]) -> None:
    page = look(f"/?{SOMEBODY}")
    button = page.get_by_role("button", name="Share with the worker")
    button.focus()
    assert page.evaluate("document.activeElement.getAttribute('aria-describedby')") == "action-share-why"
    button.click(force=True)
    assert page.url.endswith("panel_member")


# The script that saves drafts


@dataclass(frozen=True)
class Draft:
    """A draft of its own for each test: the page of an earlier one may save as late as it closes."""

    url: str
    saved: list[dict[str, str]]


_NUMBERS = count(1)


@pytest.fixture
def draft(served: tuple[Flask, str]) -> Draft:
    key = str(next(_NUMBERS))
    return Draft(f"/draft/{key}?{SOMEBODY}", served[0].config["drafts"][key])


def hold_the_first_save(page: Page) -> list[Route]:
    """The first request waits until the test lets it go; the next ones pass."""
    held: list[Route] = []
    page.route("**/draft/*", lambda route: route.continue_() if held else held.append(route))
    return held


def test_leaving_a_field_saves_it_and_takes_the_new_version(look: Callable[..., Page], draft: Draft) -> None:
    page = look(draft.url)
    for words, version in (("seen alone", "7"), ("seen alone twice", "8")):
        page.get_by_label("Evidence").fill(words)
        page.get_by_label("Difference").focus()
        page.wait_for_function("v => document.querySelector('[name=version]').value !== v", arg=version)
        assert (draft.saved[-1]["evidence"], draft.saved[-1]["version"]) == (words, version)
    assert page.locator("[data-save-status]").inner_text() == "Saved 14:32."
    assert len(draft.saved) == 2


def test_ten_seconds_after_the_last_key_it_is_saved(
    look: Callable[..., Page], served: tuple[Flask, str], draft: Draft
) -> None:
    page = look("/plain")
    page.clock.install()
    page.goto(served[1] + draft.url)
    page.get_by_label("Evidence").press_sequentially("seen")
    page.clock.run_for(9000)
    assert draft.saved == []
    page.clock.run_for(1500)
    page.wait_for_function("() => document.querySelector('[name=version]').value === '8'")
    assert [each["evidence"] for each in draft.saved] == ["seen"]


def test_never_two_requests_at_a_time(look: Callable[..., Page], draft: Draft) -> None:
    page = look(draft.url)
    held = hold_the_first_save(page)
    page.get_by_label("Evidence").fill("one")
    page.get_by_label("Difference").fill("two")
    page.get_by_label("Evidence").fill("three")
    page.get_by_label("Difference").focus()
    page.wait_for_timeout(100)
    assert len(held) == 1
    held[0].continue_()
    page.wait_for_function("() => document.querySelector('[name=version]').value === '9'")
    assert [each["evidence"] for each in draft.saved] == ["one", "three"]
    assert [each["version"] for each in draft.saved] == ["7", "8"]


def test_somebody_else_changed_it(look: Callable[..., Page], draft: Draft) -> None:
    page = look(draft.url)
    answer = {"message": "This part has changed since you opened it.", "url": "/plain"}
    page.route("**/draft/*", lambda route: route.fulfill(status=409, json=answer))
    page.get_by_label("Evidence").fill("mine")
    page.get_by_label("Difference").focus()
    link = page.locator("[data-save-status] a")
    link.wait_for()
    assert link.get_attribute("href") == "/plain"
    assert page.get_by_label("Evidence").input_value() == "mine"


@pytest.mark.parametrize("way", ["abort", "401", "redirect"])
def test_what_is_not_saved_says_so(look: Callable[..., Page], way: str, draft: Draft) -> None:
    page = look(draft.url)

    def answer(route: Route) -> None:
        if way == "abort":
            route.abort()
        elif way == "401":
            route.fulfill(status=401, json={"message": "Sign in first."})
        else:
            route.fulfill(status=302, headers={"Location": "/plain"})

    page.route("**/draft/*", answer)
    page.get_by_label("Evidence").fill("mine")
    page.get_by_label("Difference").focus()
    page.wait_for_selector(".pl-saved--problem")
    said = page.locator("[data-save-status]").inner_text()
    assert said.startswith("Not saved. What you typed is still on this page.")
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_a_token_that_ran_out_is_renewed(look: Callable[..., Page], draft: Draft) -> None:
    page = look(draft.url)
    page.evaluate("document.querySelector('main [name=csrf_token]').value = 'old'")
    page.get_by_label("Evidence").fill("with a new token")
    page.get_by_label("Difference").focus()
    page.wait_for_function("() => document.querySelector('[name=version]').value === '8'")
    assert [each["evidence"] for each in draft.saved] == ["with a new token"]


def test_leaving_warns_only_about_what_is_not_saved(
    look: Callable[..., Page], served: tuple[Flask, str], draft: Draft
) -> None:
    page = look(draft.url)
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    page.goto(served[1] + "/plain")
    assert asked == []
    page.goto(served[1] + draft.url)
    page.get_by_label("Evidence").press_sequentially("not yet")
    page.goto(served[1] + "/plain")
    assert asked == ["beforeunload"]


def test_leaving_saves_what_it_can(look: Callable[..., Page], served: tuple[Flask, str], draft: Draft) -> None:
    page = look(draft.url)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_label("Evidence").press_sequentially("last words")
    page.goto(served[1] + "/plain")
    page.wait_for_timeout(200)
    assert [each["evidence"] for each in draft.saved] == ["last words"]


def test_the_button_waits_for_a_save_on_its_way(look: Callable[..., Page], draft: Draft) -> None:
    page = look(draft.url)
    held = hold_the_first_save(page)
    page.get_by_label("Evidence").fill("first")
    page.get_by_label("Difference").focus()
    page.wait_for_timeout(50)
    page.get_by_role("button", name="Save and continue").click()
    page.wait_for_timeout(100)
    held[0].continue_()
    page.wait_for_function("() => document.body.innerText.includes('A plain page')")
    assert [each["version"] for each in draft.saved] == ["7", "8"]
