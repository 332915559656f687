"""What is remembered of a story is what walking it would have made, and never stands for what it is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from app import clock, extensions
from app.extensions import session
from app.models.records import AuditEvent
from app.models.reviews import Review
from app.services import invariants, settings
from app.services.unit_of_work import unit_of_work
from tests.support.remembering import remembered
from tests.support.stages import Story, review_at
from tests.support.world import TODAY, PostgresWorlds, SqliteWorlds, World
from workflows.states import ReviewState

Worlds = SqliteWorlds | PostgresWorlds
walked: list[str] = []


class Noted(Story):
    """Says when it is walked, and notes what it did."""

    @remembered
    def opened(self, word: str = "") -> str:
        walked.append(word)
        self.word = word
        self.drafting()
        return f"{word}!"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def worlds(request: pytest.FixtureRequest) -> Iterator[Worlds]:
    walked.clear()
    with clock.set_to(TODAY + timedelta(hours=3)):
        yield request.getfixturevalue("sqlite_worlds" if request.param == "sqlite" else "postgres_worlds")


def opened(world: World, word: str) -> Noted:
    story = Noted(world, theme=f"Remembering on {world.backend}")
    assert story.opened(word) == f"{word}!"
    assert (story.word, story.world) == (word, world)
    assert story.review.state is ReviewState.DRAFTING
    return story


def test_a_step_is_walked_once_and_its_end_is_there_again(worlds: Worlds) -> None:
    rows = []
    for _ in range(3):
        with worlds.fresh() as world, world.context():
            opened(world, "once")
            rows.append(session.query(AuditEvent.hash).order_by(AuditEvent.id).all())
            assert invariants.broken() == {}
    assert walked == ["once"]
    assert rows[0] == rows[1] == rows[2]


def test_other_words_another_moment_and_another_beginning_are_walked(worlds: Worlds) -> None:
    with worlds.fresh() as world, world.context():
        opened(world, "said")
    with worlds.fresh() as world, world.context():
        opened(world, "said otherwise")
    with worlds.fresh() as world, world.context(), clock.set_to(TODAY + timedelta(hours=4)):
        opened(world, "said")
    with worlds.fresh() as world, world.context():
        review_at(world, ReviewState.PLANNED)
        opened(world, "said")
        assert session.query(Review).count() == 2
    assert walked == ["said", "said otherwise", "said", "said"]


def test_what_was_written_between_is_kept(worlds: Worlds) -> None:
    for number in range(2):
        with worlds.fresh() as world, world.context():
            with unit_of_work(world.actor("admin")) as work:
                settings.put(work, {"panel_rule": {"kind": "sample", "percent": 10 + number}})
            opened(world, "after a change")
            assert settings.load().panel_rule.percent == 10 + number
    assert walked == ["after a change"] * 2


def test_a_step_within_another_that_is_known(worlds: Worlds) -> None:
    """The outer one is walked over inner ones that are put in place, and is then known itself."""
    for state in (ReviewState.PLANNED, ReviewState.DRAFTING, ReviewState.DISCUSSION, ReviewState.DISCUSSION):
        with worlds.fresh() as world, world.context():
            assert review_at(world, state, theme="Within").review.state is state


def test_while_somebody_reads_nothing_is_put_in_place(worlds: Worlds) -> None:
    with worlds.fresh() as world, world.context():
        opened(world, "alone")
    with worlds.fresh() as world, world.context():
        story = Noted(world, theme=f"Remembering on {world.backend}")
        with world.app.extensions[extensions.ENGINE][1].connect() as other:
            other.execute(text("SELECT count(*) FROM review")).one()
            story.opened("alone")
            other.rollback()
            assert other.execute(text("SELECT state FROM review")).scalar_one() == "drafting"
    assert walked == ["alone", "alone"]
