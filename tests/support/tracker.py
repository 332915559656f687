"""Two or more recommendations that ask for much the same, made through the services."""

from __future__ import annotations

from typing import Any

from app.extensions import session
from app.models.recommendations import Recommendation
from app.services import joining, recommendations
from tests.support.remembering import remembered
from tests.support.stages import Story, answers, review_at, write
from tests.support.world import World
from workflows.states import ReviewState

LIKE = "Agree with the child who to ring when worried, and put it in the plan."


class Told(Story):
    """A story whose one recommendation says what it is told to, and whose it is."""

    def __init__(self, world: World, *, action: str = LIKE, level: str = "child_level", **changes: Any) -> None:
        self.action, self.level = action, level
        super().__init__(world, **changes)

    def written(self) -> None:
        given = answers(self.world, self.grade, owner=self.owner)
        [row] = given["recommendations"]["child_level"]
        given["recommendations"] = {"child_level": [], "service_level": []}
        given["recommendations"][self.level] = [{**row, "action": self.action}]
        write(self.world.actor(self.reviewer), self.review, given)


@remembered
def issued(world: World, **changes: Any) -> Told:
    """A review in tracking that was issued, with one recommendation."""
    story = Told(world, **changes)
    for step in ("drafting", "discussion", "hos_moderation", "tracking", "issued"):
        getattr(story, step)()
    return story


@remembered
def plain(world: World, **changes: str) -> Story:
    story = review_at(world, ReviewState.TRACKING, **changes)
    story.issued()
    return story


def row(story: Story) -> Recommendation:
    return story.recommendation()


def join(world: World, one: Story, into: Story, login: str = "head.qa", reason: str = "They ask for the same.") -> str:
    started, other = row(one).id, row(into).public_id
    version = one.recommendation().version
    return joining.join(world.actor(login), started, version, other, reason)


def part(world: World, one: Story, login: str = "head.qa", reason: str = "They are not the same.") -> None:
    found = row(one)
    joining.part(world.actor(login), found.id, found.version, reason)


def take(world: World, story: Story, login: str, trigger: str, **given: object) -> None:
    found = row(story)
    recommendations.act(world.actor(login), found.id, trigger, found.version, given)


def stored(recommendation_id: int) -> dict[str, object]:
    """Every column of one recommendation, as the database has it."""
    session.rollback()
    found = session.get(Recommendation, recommendation_id)
    assert found is not None
    return {column.name: getattr(found, column.key) for column in Recommendation.__table__.columns}
