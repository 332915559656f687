"""What the tracker asks of one person, on both databases: one question whatever the roles."""

from __future__ import annotations

import pytest

from app import clock
from app.extensions import session
from app.policy.acting import load_office
from app.queries import supervision
from app.queries.my_tracker import TrackerWork, tracker_work
from app.services import cast
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
