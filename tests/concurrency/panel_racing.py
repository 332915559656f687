"""What the races of the panel share: acts made ready before the race, as a page had them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select

from app import clock
from app.extensions import session
from app.policy.visibility import Aspect, sees
from app.services import gate, panel_decision, panel_items, panel_readings
from tests.concurrency.racing import race
from tests.support import panels
from tests.support.panels import ALL, CHAIR, PanelStory
from tests.support.world import World

TIMES = range(2)  # each race with either of the two set off first
Act = Callable[[], object]


def either_first(world: World, number: int, first: Act, second: Act) -> tuple[str, str]:
    """Both at the same moment; the second is set off first every other time."""
    if number % 2:
        second_said, first_said = race(world, second, first)
    else:
        first_said, second_said = race(world, first, second)
    return first_said, second_said


def on_the_day(moment: Any, act: Act) -> Act:
    """The act with the clock of the meeting, in whatever thread it runs."""

    def later() -> None:
        with clock.set_to(moment):
            act()

    return later


def count(of: Any, /, **where: Any) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(of).filter_by(**where)) or 0


def read_by(story: PanelStory, *left: str) -> None:
    """Everybody has read, save those who are left."""
    for login in ALL:
        if login not in left:
            story.read(login)


def submitting(world: World, story: PanelStory, login: str, grade: str = "good") -> Act:
    """This member's submission, with what the page had made ready before the race."""
    row = story.reading(login)
    given, row_id, version = panels.reading_answers(row.item, grade), row.id, row.version
    actor = world.actor(login)
    return lambda: panel_readings.submit(actor, row_id, expected_version=version, answers=given)


def opening(world: World, story: PanelStory, login: str = CHAIR) -> Act:
    item, actor = story.item, world.actor(login)
    item_id, version = item.id, item.version
    return on_the_day(panels.day_of(story.meeting_id), lambda: panel_items.open_discussion(actor, item_id, version))


def deciding(world: World, story: PanelStory, login: str, **changes: Any) -> Act:
    actor, version, given = world.actor(login), story.review.version, story.agreed_form(**changes)
    day = panels.day_of(story.meeting_id)
    return on_the_day(day, lambda: panel_decision.decide(actor, story.id, version, answers=given))


def declaring(world: World, story: PanelStory, login: str) -> Act:
    row_id, actor = story.reading(login).id, world.actor(login)
    return lambda: panel_readings.declare_conflict(actor, row_id, reason="I know the family.")


def attended(world: World, story: PanelStory) -> None:
    with clock.set_to(panels.day_of(story.meeting_id)):
        panels.attend(world, story.meeting_id)


def sight_of(world: World, story: PanelStory, login: str) -> frozenset[Aspect]:
    return sees(world.actor(login), story.review, gate.office()).aspects
