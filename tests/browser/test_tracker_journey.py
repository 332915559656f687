"""The tracker in a browser: an audit's recommendations from their raising to what changed, a meeting, a plan, files.

Everybody acts through the pages, and every page passed is looked at by axe, wide and narrow. What only fills the
agenda is made through the services.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.extensions import session
from app.models.activities import Activity
from app.models.recommendations import Recommendation
from app.services.activity_recommendations import NewRecommendation, recommend
from tests.browser.hands import Mouse
from tests.browser.office import Office, no_sideways_scroll
from tests.support.stages import review_at
from workflows.states import Outcome, RecommendationState, ReviewState

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.slow]

TODAY, DUE = date(2026, 11, 23), date(2027, 1, 29)
FOR_CHILD = "Agree with the child who rings when the visit falls through."
FOR_SERVICE = "Put one question at the top of the strategy discussion: who sees each child, and by when?"
PLAN = "Service Development Plan"


@dataclass
class Tracker:
    """One audit's way through the tracker."""

    office: Office
    case: str = ""
    audit: str = ""

    @contextmanager
    def as_(self, login: str, address: str = "") -> Iterator[Mouse]:
        with self.office.window(login) as page:
            if address:
                page.goto(address)
            yield Mouse(self.office, page, login)

    def prepare(self) -> None:
        """A child who is known here."""
        with self.office.world.context():
            self.case = review_at(self.office.world, ReviewState.PLANNED).review.child.case_system_id

    def row(self, action: str) -> Recommendation:
        """As the database has it now; inside a context."""
        session.rollback()
        return session.scalars(select(Recommendation).where(Recommendation.action == action)).one()

    def address(self, action: str) -> str:
        with self.office.world.context():
            return f"/recommendations/{self.row(action).public_id}"

    # From the audit to what changed

    def record(self) -> None:
        with self.as_("head.qa") as head:
            head.follow("Activities", within="header + *, .pl-navigation")
            head.follow("Record an activity")
            head.select("kind", "Multi-agency audit")
            head.write("title", "Domestic abuse: the first ten days")
            head.day("held_on", date(2026, 10, 14))
            head.write("agencies", "Northshire Police\nChildren’s social care")
            head.write("summary", "Twelve families, read by two services.")
            head.press("Record the activity")
            self.audit = head.page.url
            head.follow("Change Northshire Police’s part")
            head.write("found", "Officers spoke with the children in five of twelve.")
            head.press("Save this part")

    def raise_both(self) -> None:
        with self.as_("head.qa", self.audit) as head:
            head.follow("Raise a recommendation")
            head.choose("level", "service")
            head.write("action", FOR_SERVICE)
            head.write("effect", "A child who heard the call is listened to within two days.")
            head.select("owner", "Oluwaseun Bello")
            head.day("due_on", DUE)
            head.select("finding", "Children’s social care")
            head.choose("themes", "domestic_abuse")
            head.choose("framework", "outcome_3")
            head.press("Raise the recommendation")
            head.follow("Raise a recommendation")
            head.choose("level", "child")
            head.write("case_system_id", self.case)
            head.write("action", FOR_CHILD)
            head.select("owner", "Daniel Osei")
            head.press("Raise the recommendation")
            expect(head.page.locator("main")).to_contain_text("Look at this again before you raise it")
            head.write("effect", "The child knows on the same morning.")
            head.day("due_on", DUE)
            head.select("finding", "Northshire Police")
            head.press("Raise it as it is")

    def do(self, owner: str, action: str) -> None:
        """The owner accepts, starts, says how it goes, and completes it with evidence."""
        with self.as_(owner) as person:
            person.work("A-2026-001", "Accept or dispute")
            person.follow("Accept")
            person.press("Accept")
            person.follow("Start")
            person.press("Start")
            person.follow("Record progress")
            person.write("text", "It was agreed on 20 November and is tried in two teams.")
            person.choose("forecast", "on_track")
            person.press("Record progress")
            self.open_steps(person)
            person.follow("Action complete")
            person.write("evidence", "Case note of 20 November: the person is named in the plan.")
            person.press("Action complete")
        assert self.standing(action) == (RecommendationState.ACTION_COMPLETE, None)

    def open_steps(self, person: Mouse) -> None:
        """What is not the main action stands behind a word that opens it."""
        shut = person.page.locator("section.pl-next details:not([open]) > summary")
        if shut.count():
            shut.first.click()

    def verify(self, verifier: str, action: str) -> None:
        with self.as_(verifier, self.address(action)) as person:
            person.follow("Verify the impact")
            person.write("impact", "The child was asked on the same day, and says that it is better.")
            person.press("Verify the impact")
            expect(person.page.locator("main")).to_contain_text("Impact verified")
        assert self.standing(action) == (RecommendationState.CLOSED, Outcome.IMPACT_VERIFIED)

    def standing(self, action: str) -> tuple[RecommendationState, Outcome | None]:
        with self.office.world.context():
            row = self.row(action)
            return row.state, row.outcome

    # The meeting

    def fill_the_agenda(self) -> list[str]:
        """Ten more, of several owners."""
        world = self.office.world
        owners = ("head.service", "manager", "worker", "internal.reviewer")
        with world.context():
            activity = session.scalars(select(Activity.id)).one()
            new = NewRecommendation(level="service", action="", effect="Children wait less.", due_on=date(2026, 12, 11))
            actions = [f"Look again at list number {number} and say by when it is empty." for number in range(10)]
            for number, action in enumerate(actions):
                owner = world.public_id(owners[number % len(owners)])
                recommend(world.actor("head.qa"), activity, replace(new, action=action, owner=owner))
        return actions

    def plan_meeting(self) -> str:
        with self.as_("head.qa", "/tracker") as head:
            head.follow("Plan a meeting")
            head.day("held_on", TODAY)
            head.write("place", "Room 4")
            for name in ("Oluwaseun Bello", "Priya Raman"):
                head.page.get_by_role("checkbox", name=name).check()
            head.press("Plan the meeting")
            found = re.search(r"/tracker/meetings/[0-9a-f-]{36}", head.page.url)
            assert found is not None, head.page.url
            address = found.group()
            head.page.goto(f"{address}/agenda")
            head.arrived()
            head.choose("weeks", "4")
            head.press("Add what is due")
            return address

    def hold_meeting(self, address: str) -> None:
        """Each of the ten in turn: what was said goes into its history."""
        with self.as_("head.qa", f"{address}/attend") as head:
            for name in ("Oluwaseun Bello", "Priya Raman"):
                head.page.get_by_role("checkbox", name=name).check()
            head.press("Begin the meeting")
            head.page.locator(".pl-agenda__name a").first.click()
            for number in range(10):
                head.arrived()
                head.write("progress", f"Half of it is done, said the owner of number {number}.")
                head.choose("forecast", "at_risk")
                head.write("decision", "It stays with its owner.")
                head.press("Discussed: record it, and next")
            head.page.goto(address)
            head.arrived()
            expect(head.page.locator("main")).to_contain_text("10 of 10 recommendations discussed.")
            head.press("End the meeting")
            head.page.goto(f"{address}/minutes")
            head.arrived()
            expect(head.page.locator("main")).to_contain_text("Half of it is done, said the owner of number 9.")

    # The plan, and the files

    def move_to_plan(self, action: str) -> str:
        with self.as_("head.qa", "/plans/new") as head:
            head.write("name", PLAN)
            head.choose("kind", "service_development")
            head.press("Make")
            plan = head.page.url
            head.page.goto(self.address(action))
            head.arrived()
            self.open_steps(head)
            head.follow("Move to a plan")
            head.page.get_by_label(PLAN).check()
            head.write("reason", "It needs a year.")
            head.press("Move to a plan")
            head.page.goto(plan)
            head.arrived()
            expect(head.page.locator("main")).to_contain_text(action)
            return plan

    def workbook(self, address: str) -> list[list[Any]]:
        """What Excel would open."""
        with self.office.window("head.qa") as page:
            answer = page.request.get(address)
            assert answer.status == 200, address
            book = openpyxl.load_workbook(io.BytesIO(answer.body()))
            return [list(row) for row in book.active.iter_rows(values_only=True)]


def test_a_tracker_from_an_audit_to_what_changed_a_meeting_and_a_plan(office: Office) -> None:
    tracker = Tracker(office)
    tracker.prepare()
    tracker.record()
    tracker.raise_both()
    tracker.do("head.service", FOR_SERVICE)
    tracker.verify("head.qa", FOR_SERVICE)
    tracker.do("worker", FOR_CHILD)
    tracker.verify("manager", FOR_CHILD)
    actions = tracker.fill_the_agenda()
    tracker.hold_meeting(tracker.plan_meeting())
    plan = tracker.move_to_plan(actions[0])
    rows = tracker.workbook(f"{plan}/plan.xlsx")
    assert any(actions[0] in row for row in rows)
    register = tracker.workbook("/recommendations/export.xlsx?status=all")
    for action in (FOR_SERVICE, FOR_CHILD, *actions):
        assert any(action in row for row in register), action


def test_more_filters_stand_beside_each_other_where_there_is_room(office: Office) -> None:
    """Nine lists one under the other, each as wide as the page, put the register below the screen."""
    with office.window("head.qa") as page:
        page.goto("/recommendations")
        page.get_by_text("More filters").click()
        first, second = (page.get_by_label(label) for label in ("Source", "Theme"))
        assert first.bounding_box()["y"] == second.bounding_box()["y"]  # type: ignore[index]
        page.set_viewport_size({"width": 320, "height": 900})
        assert first.bounding_box()["y"] < second.bounding_box()["y"]  # type: ignore[index]
        no_sideways_scroll(page)
