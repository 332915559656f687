"""Tracker meetings made through the services: `planned(world)`, `begun(world)`, `Walk`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.recommendations import Recommendation
from app.models.tracker import TrackerItem, TrackerMeeting
from app.services import discussion, tracker_items, tracker_meetings
from tests.support.remembering import remembered
from tests.support.stages import Story, response, review_at
from tests.support.world import World
from workflows.states import ReviewState

AHEAD = 10
ASKED = ("head.service", "manager", "head.qa")


def on(days: int) -> datetime:
    """Ten in the morning of a day from now."""
    return datetime.combine(clock.today() + timedelta(days=days), time(10), clock.LONDON)


def wanted(world: World, days: int = AHEAD, asked: Iterable[str] = ASKED, **changes: Any) -> tracker_meetings.Plan:
    values: dict[str, Any] = {
        "held_on": clock.today() + timedelta(days=days),
        "place": "Committee room 2",
        "people": [world.public_id(login) for login in asked],
    }
    return tracker_meetings.Plan(**{**values, **changes})


@remembered
def planned(world: World, days: int = AHEAD, asked: Iterable[str] = ASKED) -> str:
    """A meeting planned by the Head of QA; its public id."""
    return tracker_meetings.plan(world.actor("head.qa"), wanted(world, days, asked))


def meeting(public_id: str) -> TrackerMeeting:
    """As the database has it now."""
    session.rollback()
    return session.scalars(select(TrackerMeeting).where(TrackerMeeting.public_id == public_id)).one()


@remembered
def fill(world: World, public_id: str, *, login: str = "head.qa", weeks: int = 0, ask: bool = False) -> tuple[int, int]:
    """Put on its agenda what is due for a look."""
    row = meeting(public_id)
    return tracker_items.build(world.actor(login), row.id, row.version, weeks=weeks, ask_owners=ask)


@remembered
def begin(world: World, public_id: str, here: Iterable[str] = ASKED) -> None:
    """Say who is here; on the day of the meeting."""
    row = meeting(public_id)
    tracker_meetings.attend(world.actor("head.qa"), row.id, row.version, [world.public_id(login) for login in here])


@remembered
def end(world: World, public_id: str) -> None:
    row = meeting(public_id)
    tracker_meetings.end(world.actor("head.qa"), row.id, row.version)


@remembered
def begun(world: World, asked: Iterable[str] = ASKED) -> str:
    """One of today with everything open on its agenda."""
    made = planned(world, 0, asked)
    fill(world, made)
    begin(world, made, asked)
    return made


def item_of(public_id: str, recommendation: Recommendation | int) -> TrackerItem:
    wanted_id = recommendation if isinstance(recommendation, int) else recommendation.id
    row = meeting(public_id)
    query = select(TrackerItem).where(TrackerItem.meeting_id == row.id, TrackerItem.recommendation_id == wanted_id)
    return session.scalars(query).one()


def say(world: World, item: TrackerItem, *, login: str = "head.qa", record: bool = True, **note: Any) -> None:
    """Write what is said of one, and record it."""
    given = tracker_items.Note(**{"progress": "The plan was agreed.", **note})
    tracker_items.save(world.actor(login), item.id, given, expected_version=item.version, record=record)


@remembered
def issued(world: World, **changes: Any) -> Story:
    """A review with one recommendation whose owner knows of it."""
    story = review_at(world, ReviewState.TRACKING, **changes)
    story.issued()
    return story


@remembered
def started(world: World, **changes: Any) -> Story:
    """The same, and the owner works on it."""
    story = issued(world, **changes)
    story.act(story.owner, "start")
    return story


def in_weeks(number: int) -> date:
    return clock.today() + timedelta(weeks=number)


class _Elsewhere(Story):
    """On the practice of a worker of another team, who answers with that team's manager."""

    WORKER, MANAGER = "joseph.mbeki", "mei.chen"

    @remembered
    def responded(self, stance: str = "agree", text: str = "") -> None:
        for login in (self.WORKER, self.MANAGER):
            number = [r for r in self.review.revisions if r.kind != "submitted"][-1].number
            given = response(self.review, stance, text)
            discussion.respond(self.world.actor(login), self.id, given, revision_number=number)


@remembered
def elsewhere(world: World, **changes: Any) -> Story:
    """Issued, and of nobody whom most tests look through."""
    people = {"worker": world.public_id(_Elsewhere.WORKER), "manager_login": _Elsewhere.MANAGER}
    story = _Elsewhere(world, **{**people, **changes})
    for step in ("drafting", "discussion", "hos_moderation", "tracking", "issued"):
        getattr(story, step)()
    return story
