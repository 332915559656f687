"""One review from planned to closed by each person in turn, in a real browser: by mouse with axe on every
page at two widths, by keyboard alone, and with JavaScript off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from app.services import form_versions
from forms.shipped import template
from tests.support.chromium import launch_options
from tests.support.hands import Keyboard, Mouse, Plain
from tests.support.live import serving
from tests.support.stages import review_at
from tests.support.world import SqliteWorlds, World
from workflows.states import ReviewState

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.slow]
SMALL = template("practice-review-small", "1")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(**launch_options())
        yield running
        running.close()


@dataclass
class Cast:
    """The people of a journey, each with a browser of their own, signed in when first needed."""

    world: World
    browser: Browser
    address: str
    hands: type[Mouse]
    looking: bool = False
    people: dict[str, Mouse] = field(default_factory=dict)

    def __getitem__(self, login: str) -> Mouse:
        if login not in self.people:
            self.people[login] = self.hands(self.browser, self.address, looking=self.looking)
            self.people[login].sign_in(login)
        return self.people[login]

    def ids(self, *logins: str) -> list[str]:
        with self.world.context():
            return [self.world.public_id(login) for login in logins]


@pytest.mark.parametrize(("hands", "looking"), [(Mouse, True), (Keyboard, False), (Plain, False)])
def test_journey_of_one_review_from_planned_to_closed(
    sqlite_worlds: SqliteWorlds, browser: Browser, hands: type[Mouse], looking: bool
) -> None:
    with sqlite_worlds.fresh() as world, serving(world.app) as address:
        cast = Cast(world, browser, address, hands, looking)
        url = plan(cast)
        draft(cast, url)
        discuss(cast, url)
        moderate(cast, url)
        track(cast, url)
        close(cast, url)
        for login, person in cast.people.items():
            assert not person.said, f"{login}'s browser reported {person.said}"


def plan(cast: Cast) -> str:
    head = cast["head.qa"]
    reviewer, worker, manager = cast.ids("external.reviewer", "worker", "manager")
    with cast.world.context():
        form = form_versions.find("practice-review-small", "1").public_id
    head.open("/programme/plan")
    head.type("case_system_id", "CS900001")
    head.type("child_name", "Ama Kestrel")
    typed_date(head, "born_on", "9", "4", "2017")
    head.choose("child_status", "child_in_need")
    head.choose("case_open", "open")
    head.select("worker", worker)
    head.select("line_manager", manager)
    head.select("reviewer", reviewer)
    head.select("planned_month", "2026-11")
    head.select("form_version", form)
    head.press("Plan the review")
    assert head.reads("is planned")
    return head.page.url.removeprefix(cast.address)


def typed_date(person: Mouse, name: str, day: str, month: str, year: str) -> None:
    for box, text in (("day", day), ("month", month), ("year", year)):
        person.type(f"{name}-{box}", text)


def draft(cast: Cast, url: str) -> None:
    reviewer = cast["external.reviewer"]
    reviewer.open("/")
    assert reviewer.reads("Declare whether you have a conflict")
    reviewer.open(f"{url}/declare")
    for _step in ("facts", "name"):
        reviewer.choose("conflict", "no")
        reviewer.press("Declare")
    reviewer.open(f"{url}/do/start")
    reviewer.press("Start the review")
    for part in ("journey", "needs", "summary"):
        reviewer.open(f"{url}/parts/{part}")
        reviewer.type(f"{part}-evidence", "Case note 3 June 2026: seen alone at school.")
        reviewer.type(f"{part}-difference", "The child sees the same worker each week.")
        reviewer.choose(f"{part}-grade", "good")
        reviewer.press("Save and continue")
    recommend(cast, reviewer, url)
    reviewer.open(f"{url}/check")
    reviewer.open(f"{url}/do/share")
    reviewer.press("Share with the worker")
    assert reviewer.reads("The draft is shared")


def recommend(cast: Cast, reviewer: Mouse, url: str) -> None:
    reviewer.open(f"{url}/parts/recommendations")
    reviewer.press("Add a recommendation for this child")
    name = reviewer.page.locator('textarea[name$="-action"]').first.get_attribute("name") or ""
    row = name.removesuffix("-action")
    reviewer.type(f"{row}-action", "Agree with the child who to ring when worried.")
    reviewer.type(f"{row}-impact", "The child knows who will come.")
    reviewer.select(f"{row}-owner", cast.ids("worker")[0])
    typed_date(reviewer, f"{row}-due", "14", "1", "2027")
    reviewer.select(f"{row}-finding", "needs")
    reviewer.press("Save and go back to the review")


def discuss(cast: Cast, url: str) -> None:
    for login in ("worker", "manager"):
        person = cast[login]
        person.open("/")
        assert person.reads("Respond to the draft review")
        person.open(f"{url}/respond")
        for part in SMALL.parts:
            corrects = login == "worker" and part.key == "needs"
            person.choose(f"stance-{part.key}", "correction" if corrects else "agree")
            if corrects:
                person.type("text-needs", "The visit was on 4 June.")
        person.press("Send your response")
        assert person.reads("Your response is with the reviewer")
    reviewer = cast["external.reviewer"]
    reviewer.open(f"{url}/discussion")
    field_name = reviewer.page.locator('input[name$="-reply"]').first.get_attribute("name") or ""
    reviewer.choose(field_name, "kept")
    reviewer.type(f"{field_name}_text", "The record says 3 June.")
    reviewer.press("Save your answers")
    reviewer.open(f"{url}/do/submit")
    reviewer.press("Submit to the Head of QA")


def moderate(cast: Cast, url: str) -> None:
    head = cast["head.qa"]
    head.open(f"{url}/moderation")
    graded = {part.key for part, _question in SMALL.grade_questions}
    for part in SMALL.parts:
        for check in ("matches", "complete"):
            head.choose(f"check-{part.key}-{check}", "yes")
        if part.key in graded:
            head.choose(f"view-{part.key}", "good")
    for line in ("issues", "clear"):
        head.choose(f"once-{line}", "yes")
    head.press("Save")
    assert head.reads("4 of 4 parts checked")
    head.open(f"{url}/do/agree_without_panel")
    head.type("reason", "The grades are well evidenced.")
    head.press("Agree without panel")
    head.open(f"{url}/do/issue")
    typed_date(head, "sent_on", "23", "11", "2026")
    typed_date(head, "tracker_meeting_on", "8", "12", "2026")
    head.press("Issue the review")
    assert head.reads("The review is issued")


def track(cast: Cast, url: str) -> None:
    worker, manager = cast["worker"], cast["manager"]
    worker.open(f"{url}/recommendations")
    worker.open(worker.page.locator('a[href^="/recommendations/"]').first.get_attribute("href") or "")
    own = worker.page.url.removeprefix(cast.address)
    for action, label in (("accept", "Accept"), ("start", "Start")):
        worker.open(f"{own}/do/{action}")
        worker.press(label)
    worker.open(f"{own}/do/complete")
    worker.type("evidence", "The plan of 2 December names the person.")
    worker.press("Action complete")
    manager.open("/")
    assert manager.reads("verify the impact")
    manager.open(f"{own}/do/verify")
    manager.type("impact", "The child rang in January and was met the same day.")
    manager.press("Verify the impact")
    assert manager.reads("The impact is verified")


def close(cast: Cast, url: str) -> None:
    head = cast["head.qa"]
    for action, name, label in (
        ("record_upload", "uploaded_on", "Enter the upload date"),
        ("record_supervision", "supervision_on", "Enter the supervision date"),
    ):
        head.open(f"{url}/do/{action}")
        typed_date(head, name, "23", "11", "2026")
        head.press(label)
    head.open(f"{url}/do/close")
    head.press("Close the review")
    head.open(f"{url}/history")
    head.open(f"{url}/documents")
    head.open("/reviews")
    assert head.reads("Closed")


def test_journey_of_a_draft_that_saves_itself_and_of_two_tabs(sqlite_worlds: SqliteWorlds, browser: Browser) -> None:
    with sqlite_worlds.fresh() as world:
        with world.context():
            url = f"/reviews/{review_at(world, ReviewState.DRAFTING).review.public_id}"
        with serving(world.app) as address:
            reviewer = Cast(world, browser, address, Mouse)["external.reviewer"]
            reviewer.open(f"{url}/parts/journey")
            second = reviewer.page.context.new_page()
            second.goto(f"{url}/parts/journey")
            reviewer.type("journey-evidence", "Typed in the first tab.")
            reviewer.page.keyboard.press("Tab")
            expect(reviewer.page.locator("[data-save-status]")).to_contain_text("Saved")
            reviewer.open(f"{url}/parts/journey")
            assert reviewer.page.locator('[name="journey-evidence"]').input_value() == "Typed in the first tab."
            second.fill('[name="journey-evidence"]', "Typed in the second tab.")
            with second.expect_navigation():
                second.get_by_role("button", name="Save and continue").click()
            text = second.locator("main").inner_text()
            assert "Typed in the first tab." in text
            assert "Typed in the second tab." in second.locator("main").inner_html()


def test_journey_of_two_parts_written_at_once(sqlite_worlds: SqliteWorlds, browser: Browser) -> None:
    """A part nobody else writes is not disturbed: two people on two parts of one draft do not notice."""
    with sqlite_worlds.fresh() as world:
        with world.context():
            story = review_at(world, ReviewState.DRAFTING)
            url = f"/reviews/{story.review.public_id}"
        with serving(world.app) as address:
            reviewer = Cast(world, browser, address, Mouse)["external.reviewer"]
            pages = [reviewer.page, reviewer.page.context.new_page()]
            for page, part in zip(pages, ("journey", "needs"), strict=True):
                page.goto(f"{address}{url}/parts/{part}")
            for page, part in zip(pages, ("journey", "needs"), strict=True):
                page.fill(f'[name="{part}-evidence"]', f"About {part}.")
                with page.expect_navigation():
                    page.get_by_role("button", name="Save and go back to the review").click()
                assert "Saved:" in page.locator("main").inner_text()
        with world.context():
            saved = {part.part: part.answers["evidence"] for part in story.review.parts}
        assert saved == {"journey": "About journey.", "needs": "About needs."}
