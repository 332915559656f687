"""One review from planned to closed, through all its people: by mouse, by keyboard alone, without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import pytest
from playwright.sync_api import expect

from forms.shipped import template
from tests.browser.hands import Keyboard, Mouse
from tests.browser.office import NARROW, Office, no_sideways_scroll

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.slow]

SMALL = template("practice-review-small", "1")
TODAY = date(2026, 11, 23)
FOUND = "Case note 3 June 2026: seen alone at school."
CHANGED = "The child asks for the same worker each week."


@dataclass
class Journey:
    """One review's way, in one kind of hands."""

    office: Office
    hands: type[Mouse]
    case: str
    scripts: bool = True
    reference: str = ""

    @contextmanager
    def as_(self, login: str) -> Iterator[Mouse]:
        with self.office.window(login, scripts=self.scripts) as page:
            hands = self.hands(self.office, page, login, looks=self.scripts)
            yield hands
            if not self.scripts:
                page.set_viewport_size({"width": NARROW, "height": 900})
                no_sideways_scroll(page)

    def walk(self) -> None:
        """From the plan to the closed review, each in turn."""
        self.plan()
        self.draft()
        for login in ("worker", "manager"):
            self.respond(login)
        self.submit()
        self.moderate_and_issue()
        self.own()
        self.verify()
        self.close()
        self.read()

    def plan(self) -> None:
        with self.as_("head.qa") as head:
            head.follow("Programme", within="header")
            head.follow("Plan a review")
            head.write("case_system_id", self.case)
            head.write("child_name", "Ama Kestrel")
            head.day("born_on", date(2017, 4, 9))
            head.choose("child_status", "child_in_need")
            head.choose("case_open", "open")
            head.select("worker", "Daniel Osei")
            head.select("line_manager", "Priya Raman")
            head.select("reviewer", "Miriam Feldman")
            head.select("planned_month", "November 2026")
            head.select("form_version", "Practice review (short form), version 1")
            head.press("Plan the review")
            self.reference = head.page.locator(".pl-strip__reference").inner_text().strip()

    def draft(self) -> None:
        with self.as_("external.reviewer") as reviewer:
            reviewer.work(self.reference)
            for _step in ("facts", "name"):
                reviewer.choose("conflict", "no")
                reviewer.press("Declare")
            reviewer.follow("Start the review")
            reviewer.press("Start the review")
            reviewer.follow(SMALL.parts[0].title)
            for part in SMALL.parts[:-1]:
                reviewer.write(f"{part.key}-evidence", FOUND)
                reviewer.write(f"{part.key}-difference", CHANGED)
                reviewer.choose(f"{part.key}-grade", "good")
                reviewer.press("Save and continue")
            self.recommend(reviewer)
            reviewer.follow("Share with the worker")
            reviewer.press("Share with the worker")

    def recommend(self, reviewer: Mouse) -> None:
        reviewer.press("Add a recommendation for this child")
        reviewer.write("$-action", "Agree with the child who to ring when worried.")
        reviewer.write("$-impact", "The child knows who will come.")
        reviewer.select("$-owner", "Daniel Osei")
        for part, value in (("day", "11"), ("month", "1"), ("year", "2027")):
            reviewer.write(f"$-due-{part}", value)
        reviewer.select("$-finding", "Needs, support and outcomes")
        reviewer.press("Save and go back")

    def respond(self, login: str) -> None:
        with self.as_(login) as person:
            person.work(self.reference)
            for part in SMALL.parts:
                person.choose(f"stance-{part.key}", "agree")
            person.write("proud_of", "That the visits never stopped.")
            person.press("Send your response")

    def submit(self) -> None:
        with self.as_("external.reviewer") as reviewer:
            reviewer.work(self.reference)
            reviewer.follow("Submit to the Head of QA")
            reviewer.press("Submit to the Head of QA")

    def moderate_and_issue(self) -> None:
        with self.as_("head.qa") as head:
            head.work(self.reference)
            for part in SMALL.parts:
                for check in ("matches", "complete"):
                    head.choose(f"check-{part.key}-{check}", "yes")
                if part is not SMALL.parts[-1]:
                    head.choose(f"view-{part.key}", "good")
            for once in ("issues", "clear"):
                head.choose(f"once-{once}", "yes")
            head.press("Save")
            head.follow("Agree without panel")
            head.write("reason", "Every grade is well evidenced.")
            head.press("Agree without panel")
            head.work(self.reference)
            head.day("sent_on", TODAY)
            head.day("tracker_meeting_on", date(2026, 12, 8))
            head.press("Issue the review")

    def own(self) -> None:
        with self.as_("worker") as worker:
            worker.work(self.reference)
            for action in ("Accept", "Start"):
                worker.follow(action)
                worker.press(action)
            worker.unfold("Something else")
            worker.follow("Action complete")
            worker.write("evidence", "The plan of 2 December names the person.")
            worker.press("Action complete")

    def verify(self) -> None:
        with self.as_("manager") as manager:
            manager.work(self.reference)
            manager.follow("Verify the impact")
            manager.write("impact", "The child rang in January and was met the same day.")
            manager.press("Verify the impact")

    def close(self) -> None:
        with self.as_("head.qa") as head:
            head.work(self.reference)
            head.day("uploaded_on", TODAY)
            head.press("Enter the upload date")
            head.work(self.reference)
            head.day("supervision_on", TODAY)
            head.press("Enter the supervision date")
            head.follow("Close the review")
            head.press("Close the review")

    def read(self) -> None:
        """Everybody who had a part in it opens the closed review, and its tabs."""
        for login in ("external.reviewer", "worker", "manager", "head.qa"):
            with self.as_(login) as person:
                person.follow("Reviews", within="header")
                person.follow(self.reference)
                expect(person.page.locator(".pl-strip")).to_contain_text("Closed")
                names = person.page.get_by_role("navigation", name="Pages of this review").get_by_role("link")
                for name in names.all_inner_texts():
                    person.follow(name, within="nav.moj-sub-navigation")


def test_a_review_by_mouse(office: Office) -> None:
    Journey(office, Mouse, "CS700001").walk()


def test_a_review_by_keyboard_alone(office: Office) -> None:
    Journey(office, Keyboard, "CS700002").walk()


def test_a_review_without_scripts(office: Office) -> None:
    Journey(office, Mouse, "CS700003", scripts=False).walk()
