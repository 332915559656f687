"""What the tracker asks of one person, on both databases: one question whatever the roles."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.plans import Plan
from app.policy.acting import load_office
from app.queries import supervision
from app.queries.my_tracker import TrackerWork, tracker_work
from app.queries.my_work import my_work
from app.services import cast, plans
from app.services.unit_of_work import unit_of_work
from tests.support import trackers
from tests.support.trackers import issued, planned
from tests.support.world import World


def work_of(world: World, login: str) -> TrackerWork:
    session.rollback()
    return tracker_work(world.actor(login), load_office(session, clock.today()))


def test_the_tracker_asks_each_for_what_is_theirs(world: World) -> None:
    with world.context():
        done = issued(world)
        done.recommendation_done()
        issued(world, owner="head.service")
        planned(world, 3)
        planned(world, 0)
        head, reviewer = work_of(world, "head.qa"), work_of(world, "external.reviewer")
        manager, owner = work_of(world, "manager"), work_of(world, "head.service")
        assert [line.where for line in head.waiting] == ["tracker_meeting"]
        assert [(line.reference, line.what) for line in reviewer.finished] == [
            (done.recommendation().reference, "Impact verified")
        ]
        assert [line.note for line in manager.waiting if line.where == "supervision"] == ["2 issued reviews"]
        assert {line.note for line in owner.waiting if line.where == "tracker_prepare"} == {
            "1 recommendation to update"
        }
        assert [line.where for line in manager.coming] == ["tracker_meeting"] * 2


@pytest.mark.parametrize("login", [part.login for part in cast.LOGINS])
@pytest.mark.databases("sqlite")
def test_whoever_has_nothing_of_the_tracker_is_asked_nothing(world: World, login: str) -> None:
    with world.context():
        assert work_of(world, login) == TrackerWork()


@pytest.mark.parametrize(("days", "times"), [(-3, 1), (0, 1), (7, 1), (8, 1), (14, 1), (15, 0)])
def test_a_plan_to_be_looked_at_is_one_line(world: World, days: int, times: int) -> None:
    """Of the Head's work as the page shows it, a week before as well as two."""
    with world.context():
        head, on = world.actor("head.qa"), clock.today() + timedelta(days=days)
        made = plans.make(head, name="Service plan", kind="service_development")
        with unit_of_work(head) as work:
            session.scalars(select(Plan).where(Plan.public_id == made)).one().review_on = on
            work.record("test.due", session.query(Plan).one())
        shown = my_work(head, load_office(session, clock.today()))
        lines = [line for line in shown.waiting if line.public_id == made]
        what = "Look at Service plan and record it"
        assert [(line.where, line.due_on, line.what) for line in lines] == [("plan", on, what)] * times
        assert made not in {line.public_id for line in (*shown.coming, *shown.others, *shown.finished)}


def test_the_supervision_sheet_is_the_same_on_both_databases(world: World) -> None:
    with world.context():
        story = issued(world)
        trackers.elsewhere(world, owner="head.service")
        office, manager = load_office(session, clock.today()), world.actor("manager")
        found = supervision.supervised(manager, office)
        listed = {each.person.name: (each.reviews, each.recommendations) for each in found}
        assert listed["Daniel Osei"] == (1, 1)
        sheet = supervision.sheet(manager, office, world.person("worker"))
        assert [each.review.reference for each in sheet.reviews] == [story.review.reference]
        assert [row.reference for row in sheet.open] == [story.recommendation().reference]
