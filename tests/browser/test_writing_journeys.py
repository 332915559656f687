"""Writing in a real browser: drafts that save themselves, two windows on one part, two people at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from tests.browser.office import Office, check
from tests.support.stages import Story, review_at
from workflows.states import ReviewState

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.slow]

SAVED = re.compile(r"^Saved \d\d:\d\d\.")
REVIEWER = "external.reviewer"


def told(page: Page) -> Locator:
    """Where the script speaks."""
    return page.locator("[data-save-status]")


def write(page: Page, name: str, words: str) -> None:
    """Type, then leave the field, which saves at once; nobody waits ten seconds in a test."""
    page.locator(f"[name='{name}']").fill(words)
    page.locator(f"[name='{name}']").blur()


def saved(page: Page) -> None:
    expect(told(page)).to_have_text(SAVED)


@pytest.fixture
def drafting(office: Office) -> str:
    """The address of a review in drafting."""
    with office.world.context():
        story = Story(office.world)
        story.drafting()
        return f"/reviews/{story.review.public_id}"


def test_what_is_typed_saves_itself_and_is_there_after_a_reload(office: Office, drafting: str) -> None:
    with office.window(REVIEWER) as page:
        page.goto(f"{drafting}/parts/needs")
        write(page, "needs-evidence", "Case note 3 June 2026.")
        saved(page)
        page.locator("[name='needs-grade'][value=good]").check()
        page.locator("[name='needs-difference']").press_sequentially("The child sees the same worker.")
        with page.expect_response(lambda response: "the same worker" in (response.request.post_data or "")):
            page.locator("[name='needs-difference']").blur()
        saved(page)
        page.reload()
        expect(page.locator("[name='needs-evidence']")).to_have_value("Case note 3 June 2026.")
        expect(page.locator("[name='needs-difference']")).to_have_value("The child sees the same worker.")
        expect(page.locator("[name='needs-grade'][value=good]")).to_be_checked()


def test_leaving_without_saving_asks_first_and_saves_what_it_can(office: Office, drafting: str) -> None:
    with office.window(REVIEWER) as page:
        asked: list[str] = []

        def go(dialog: Dialog) -> None:
            asked.append(dialog.type)
            dialog.accept()

        page.on("dialog", go)
        page.goto(f"{drafting}/parts/journey")
        page.locator("[name='journey-evidence']").press_sequentially("On the way out.")
        with page.expect_request(lambda request: request.method == "POST") as sent:
            page.goto(f"{drafting}/parts/needs")
        assert asked == ["beforeunload"]
        assert "On the way out." in (sent.value.post_data or "")
        for _try in range(20):  # the page that sent it is gone, so nobody is told when it has arrived
            page.goto(f"{drafting}/parts/journey")
            if page.locator("[name='journey-evidence']").input_value():
                break
        expect(page.locator("[name='journey-evidence']")).to_have_value("On the way out.")


@contextmanager
def overtaken(office: Office, address: str, *, theirs: str, mine: str) -> Iterator[Page]:
    """The second of two windows on one part: the first has saved, so that the second cannot."""
    with office.window(REVIEWER) as first, office.window(REVIEWER) as second:
        for page in (first, second):
            page.goto(address)
        write(first, "needs-evidence", theirs)
        saved(first)
        write(second, "needs-evidence", mine)
        expect(told(second)).to_contain_text("This part has changed")
        yield second


def test_two_windows_on_one_part_both_texts_are_shown_and_one_chooses(office: Office, drafting: str) -> None:
    address = f"{drafting}/parts/needs"
    with overtaken(office, address, theirs="Of the first window.", mine="Of the second window.") as second:
        link = second.locator("[data-save-status] a")
        assert link.get_attribute("href") == address
        second.get_by_role("button", name="Save and continue").click()
        expect(second.locator("h1")).to_contain_text("This has changed since you opened it")
        expect(second.locator("main")).to_contain_text("Of the first window.")
        expect(second.locator("textarea[name='needs-evidence']")).to_have_value("Of the second window.")
        check(second)
        second.get_by_role("button", name="Keep mine").click()
        second.wait_for_url(lambda url: not url.endswith("needs"))
        second.goto(address)
        expect(second.locator("[name='needs-evidence']")).to_have_value("Of the second window.")


def test_keep_theirs_leads_back_to_what_is_saved(office: Office, drafting: str) -> None:
    with overtaken(office, f"{drafting}/parts/needs", theirs="Theirs.", mine="Mine.") as second:
        second.get_by_role("button", name="Save and continue").click()
        second.get_by_role("link", name="Keep theirs").click()
        expect(second.locator("[name='needs-evidence']")).to_have_value("Theirs.")


def test_two_windows_on_two_parts_do_not_notice_each_other(office: Office, drafting: str) -> None:
    """At the office computer and at home: a version for each part."""
    with office.window(REVIEWER) as first, office.window(REVIEWER) as second:
        first.goto(f"{drafting}/parts/journey")
        second.goto(f"{drafting}/parts/needs")
        for round_ in ("Once.", "Twice."):
            for page, part in ((first, "journey"), (second, "needs")):
                with page.expect_response(lambda response: response.request.method == "POST") as answer:
                    write(page, f"{part}-evidence", round_)
                assert answer.value.status == 200
                saved(page)
        for page, part in ((first, "journey"), (second, "needs")):
            page.reload()
            expect(page.locator(f"[name='{part}-evidence']")).to_have_value("Twice.")


def test_two_people_answer_at_once_and_do_not_notice_each_other(office: Office) -> None:
    """The worker and the manager write their responses while the reviewer amends the draft."""
    with office.world.context():
        story = review_at(office.world, ReviewState.DISCUSSION)
        address = f"/reviews/{story.review.public_id}"
    with office.window("worker") as worker, office.window("manager") as manager, office.window(REVIEWER) as reviewer:
        for page, path in ((worker, "/respond"), (manager, "/respond"), (reviewer, "/parts/needs")):
            page.goto(address + path)
        for round_ in ("Once.", "Twice."):
            for page, name in ((worker, "text-needs"), (reviewer, "needs-difference"), (manager, "text-journey")):
                with page.expect_response(lambda response: response.request.method == "POST") as answer:
                    write(page, name, round_)
                assert answer.value.status == 200
                saved(page)
        worker.reload()
        expect(worker.locator("[name='text-needs']")).to_have_value("Twice.")
        expect(worker.locator("[name='text-journey']")).to_have_value("")
        manager.reload()
        expect(manager.locator("[name='text-journey']")).to_have_value("Twice.")


BESIDE = [
    ("admin", "/people/"),
    ("admin", "/people/add"),
    ("admin", "/people/places"),
    ("admin", "/settings"),
    ("admin", "/settings/forms"),
    ("admin", "/settings/closing-days"),
    ("head.qa", "/settings/local"),
    ("head.qa", "/settings/cover"),
    ("head.qa", "/concerns"),
    ("oversight", "/concerns/raise"),
    ("oversight", "/help"),
    ("worker", "/account"),
    ("worker", "/account/password"),
    ("worker", "/nowhere"),
    ("director", "/reviews"),
    ("agency", "/reviews"),
]


@pytest.mark.parametrize(("login", "address"), BESIDE)
def test_pages_beside_the_way_of_a_journey(office: Office, login: str, address: str) -> None:
    """axe at both widths and no sideways scroll, as on the way itself."""
    with office.window(login) as page:
        page.goto(address)
        check(page)
