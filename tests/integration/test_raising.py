"""What becomes of the owner whom a draft named: who may own nothing any more is not given a recommendation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from app import clock
from app.extensions import session
from app.models.people import Person, Role, RoleName
from app.models.recommendations import Recommendation
from app.policy.actor import SYSTEM
from app.services.unit_of_work import unit_of_work
from tests.support.panels import day_of, panel_story
from tests.support.stages import Story, review_at
from tests.support.world import World
from workflows.states import RecommendationState, ReviewState


def only_administers(person: Person) -> None:
    person.roles = [session.query(Role).filter_by(name=RoleName.ADMINISTRATOR).one()]


def has_left(person: Person) -> None:
    person.ends_on = date(2026, 11, 20)


def changed(world: World, change: Callable[[Person], None]) -> None:
    """The owner whom the draft names, since."""
    with unit_of_work(SYSTEM) as work:
        person = session.get_one(Person, world.person("worker").id)
        change(person)
        work.record("test.changed", person)


def raised(story: Story) -> list[Recommendation]:
    session.rollback()
    return session.query(Recommendation).filter_by(review_id=story.id).all()


@pytest.mark.parametrize("change", [only_administers, has_left])
def test_agreed_without_a_panel_it_is_raised_without_an_owner(
    sqlite_world: World, change: Callable[[Person], None]
) -> None:
    with sqlite_world.context():
        story = review_at(sqlite_world, ReviewState.HOS_MODERATION)
        changed(sqlite_world, change)
        story.tracking()
        [row] = raised(story)
        assert (row.state, row.owner, row.verifier) == (RecommendationState.AGREED, None, None)


@pytest.mark.parametrize("change", [only_administers, has_left])
def test_dropped_by_the_panel_it_is_nobodys(sqlite_world: World, change: Callable[[Person], None]) -> None:
    with sqlite_world.context():
        story = panel_story(sqlite_world)
        story.opened_on_the_day()
        changed(sqlite_world, change)
        with clock.set_to(day_of(story.meeting_id) + timedelta(minutes=20)):
            story.decided(recommendations={"r0000000001": {"what": "drop", "reason": "It is done."}})
        [row] = raised(story)
        assert (row.owner, row.verifier) == (None, None)
