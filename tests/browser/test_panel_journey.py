"""The panel in a browser: five members read three reviews alone, meet, disagree and decide (R3 to R5).

The head of social care is out of one review, whose line manager he is; the assistant director declares a conflict with
another after submitting; two disagree by two steps on the first, the chair decides against the majority, and one
dissent is recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect

from app import clock
from tests.browser.hands import Mouse
from tests.browser.office import Office
from tests.support import panels
from tests.support.live import serving
from tests.support.panels import PanelStory
from tests.support.world import SqliteWorlds, World

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.slow]

CHAIR, FOUR = "chair", ("director", "assistant.director", "head.service", "head.qa")
FIVE = (CHAIR, *FOUR)
PARTS = ("overall", "journey", "needs")
SECTION = {"overall": "summary"}  # where the review's form has another name for it
NOT_FOUND = "Page not found"
THOUGHT = "The June entries say more about the plan than about the child’s day"


@dataclass
class Panel:
    """Three reviews before one meeting, and the people of it in their windows."""

    world: World
    browser: Browser
    meeting: str = ""
    stories: list[PanelStory] = field(default_factory=list)

    def prepare(self) -> None:
        """A meeting of five without a deputy, and three reviews referred to it."""
        with self.world.context():
            self.meeting = panels.set_up(self.world, members=FOUR, deputy_chair=None)
            for manager in ("manager", "head.service", "manager"):
                story = PanelStory(self.world, self.meeting, manager_login=manager)
                story.panel_moderation()
                self.stories.append(story)

    @property
    def starts(self) -> datetime:
        with self.world.context():
            return panels.day_of(self.meeting)

    def item(self, number: int) -> str:
        with self.world.context():
            return f"/panel/items/{self.stories[number].item.public_id}"

    def review(self, number: int) -> str:
        with self.world.context():
            return f"/reviews/{self.stories[number].review.public_id}"

    def reading(self, number: int, login: str) -> str:
        with self.world.context():
            return f"/panel/readings/{self.stories[number].reading(login).public_id}"

    @contextmanager
    def at(self, moment: datetime) -> Iterator[Windows]:
        """The service as it answers at that moment."""
        with clock.set_to(moment), serving(self.world.app, moment) as address:
            yield Windows(Office(self.world, address, self.browser))


@dataclass
class Windows:
    """One window for each person, opened where it is needed."""

    office: Office

    @contextmanager
    def at(self, login: str, address: str, *, looks: bool = True) -> Iterator[Mouse]:
        with self.office.window(login) as page:
            page.goto(address)
            yield Mouse(self.office, page, login, looks=looks)

    def finds(self, login: str, address: str, words: str, *, not_: str = "") -> None:
        """What this person reads at an address, and what not."""
        with self.at(login, address, looks=not_ == "") as person:
            expect(person.page.locator("main")).to_contain_text(words)
            if not_:
                expect(person.page.locator("main")).not_to_contain_text(not_)

    def finds_nothing(self, login: str, address: str) -> None:
        with self.at(login, address, looks=False) as person:
            expect(person.page.locator("h1")).to_have_text(NOT_FOUND)


@pytest.fixture
def panel(live_worlds: SqliteWorlds, chrome: Browser) -> Iterator[Panel]:
    with live_worlds.fresh() as world:
        made = Panel(world, chrome)
        made.prepare()
        yield made


def fill_in(person: Mouse, grade: str, word: str) -> None:
    """The whole form of a reading, and submit it."""
    for part in (*PARTS, "summary"):
        person.choose(f"{part}-agree", "agree" if grade == "good" else "disagree")
        person.choose(f"{part}-grade", grade)
        person.write(f"{part}-comment", f"{THOUGHT} ({word}).")
    for name in ("feedback-family", "feedback-staff", "child_level-agree", "service_level-agree"):
        person.choose(name, "agree")
    person.choose("actions-any_actions", "none")
    person.press("Submit the reading")


GRADES = {(0, "director"): "inadequate"}


def read_alone(panel: Panel, windows: Windows) -> None:
    """Each reads each review alone; nobody finds anything of anybody else's."""
    for number, story in enumerate(panel.stories):
        for login in FIVE:
            if (number, login) == (1, "head.service"):
                continue
            with windows.at(login, panel.reading(number, login)) as person:
                fill_in(person, GRADES.get((number, login), "good"), f"{login} on {number}")
                expect(person.page.locator("main")).to_contain_text("Submitted")
        windows.finds(CHAIR, panel.item(number), "Who has read", not_=THOUGHT)
        windows.finds_nothing("director", panel.reading(number, CHAIR))
        assert story is panel.stories[number]
    windows.finds_nothing("head.service", panel.item(1))
    windows.finds("head.service", panel.review(1), "About this review", not_=THOUGHT)


def declare_late(panel: Panel, windows: Windows) -> None:
    """After submitting: access ends at once, and the Head of QA sees that it did."""
    with windows.at("assistant.director", f"{panel.reading(2, 'assistant.director')}/declare") as person:
        person.write("reason", "I supervised a student on this placement.")
        person.press("Declare a conflict")
    for address in (panel.item(2), panel.reading(2, "assistant.director"), panel.review(2)):
        windows.finds_nothing("assistant.director", address)
    windows.finds("head.qa", panel.item(2), "Exempt", not_="student on this placement")


def open_item(panel: Panel, windows: Windows, number: int) -> None:
    with windows.at(CHAIR, panel.item(number)) as chair:
        chair.follow("Open the discussion")
        chair.press("Open the discussion")
        expect(chair.page.locator("#grid")).to_be_visible()


def decide(panel: Panel, windows: Windows, number: int, grade: str, *, against: str = "") -> None:
    """The chair writes the decision in the meeting and confirms it."""
    with windows.at(CHAIR, panel.item(number)) as chair:
        for part in PARTS:
            open_row(chair, part)
            chair.choose(f"{part}-grade", grade)
            if against:
                chair.write(f"reason-{SECTION.get(part, part)}", "The visits of June were too far apart.")
        open_row(chair, "all-recommendations")
        chair.choose("rec-r0000000001-what", "keep")
        chair.press("Save and go on to How it was decided")
        chair.choose("reached", "chair_decided" if against else "agreed")
        if against:
            chair.write("reached_reason", "Four of us read it as good; the gap in June weighs more.")
        chair.press("Save and go on to Dissents")
        if against:
            chair.page.get_by_label("Dissent of: Helen Abara").fill(against)
        chair.press("Save and go on to Check and confirm")
        expect(chair.page.locator("main")).to_contain_text("Everything is written")
        chair.press("Confirm the decision")
        expect(chair.page.locator("main")).to_contain_text("The decision is confirmed")


def open_row(chair: Mouse, part: str) -> None:
    """By its name in the table; what was typed in the row before is kept, and no question asked."""
    button = chair.page.locator(f'main button[name="go"][value="{part}"]').first
    with chair.page.expect_navigation():
        button.click()
    chair.arrived()
    expect(chair.page.locator('input[name="part"]')).to_have_value(part)


def meet(panel: Panel, windows: Windows) -> None:
    """The meeting: opened item by item, seen by who may, decided."""
    with panel.world.context():
        panels.attend(panel.world, panel.meeting, FIVE)
    open_item(panel, windows, 0)
    windows.finds("director", panel.item(0), "2 steps")
    windows.finds("external.reviewer", panel.review(0), "About this review", not_=THOUGHT)
    with windows.at(CHAIR, panel.item(0)) as chair:
        chair.follow("Share the comments with the reviewer")
        chair.press("Share the comments with the reviewer")
    windows.finds("external.reviewer", panel.review(0), THOUGHT)
    windows.finds("worker", panel.review(0), "About this review", not_=THOUGHT)
    decide(panel, windows, 0, "requires_improvement", against="The child’s own words carry this to inadequate.")
    windows.finds("director", panel.item(0), "lowered from Good to Requires improvement to be good")
    windows.finds("worker", panel.review(0), "About this review", not_="Requires improvement")
    for number in (1, 2):
        open_item(panel, windows, number)
        decide(panel, windows, number, "good")
    windows.finds_nothing("head.service", panel.item(1))
    windows.finds_nothing("assistant.director", panel.item(2))


def test_the_panel_reads_alone_meets_and_decides(panel: Panel) -> None:
    with panel.at(clock.now()) as windows:
        read_alone(panel, windows)
        declare_late(panel, windows)
    with panel.at(panel.starts + timedelta(minutes=5)) as windows:
        meet(panel, windows)
