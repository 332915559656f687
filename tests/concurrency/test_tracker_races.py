"""Two people at the tracker at once, on PostgreSQL: each race ends in one clean outcome and no deadlock."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app import clock
from app.extensions import session
from app.models.recommendations import Recommendation
from app.services import files, issuing, joining, recommendations
from tests.concurrency.racing import race
from tests.support import papers
from tests.support.tracker import Told, issued, join, row
from tests.support.world import World
from workflows.recommendation import OPEN

pytestmark = pytest.mark.postgres


def two(world: World) -> tuple[Told, Told]:
    with world.context():
        made = issued(world), issued(world)
        session.rollback()
        return made


def joining_of(world: World, one: Told, into: Told) -> Callable[[], object]:
    with world.context():
        started, version, other = row(one).id, row(one).version, row(into).public_id
        session.rollback()
    return lambda: joining.join(world.actor("head.qa"), started, version, other, "They ask for the same.")


def states(world: World, *stories: Told) -> list[str]:
    with world.context():
        return [str(row(story).state) for story in stories]


def test_joined_from_both_ends_at_once_they_are_joined_once(pg: World) -> None:
    """Each locks both rows, in one order: neither waits for the other for ever."""
    older, newer = two(pg)
    acts = joining_of(pg, older, newer), joining_of(pg, newer, older)
    outcomes = sorted(race(pg, *acts))
    assert outcomes[1] == "done"
    assert outcomes[0] in ("GuardFailed", "Stale")
    assert states(pg, older, newer) == ["agreed", "set_aside"]


def test_three_joined_in_a_ring_leave_no_chain(pg: World) -> None:
    first, second = two(pg)
    with pg.context():
        third = issued(pg)
    race(pg, joining_of(pg, second, first), joining_of(pg, third, second), joining_of(pg, third, first))
    with pg.context():
        rows = [row(story) for story in (first, second, third)]
        ids = {each.id: each.joined_into_id for each in rows}
        assert all(ids[into] is None for into in ids.values() if into is not None)


def test_joining_into_what_is_verified_at_that_moment(pg: World) -> None:
    older, newer = two(pg)
    with pg.context():
        older.act("worker", "start")
        older.act("worker", "complete", evidence="The plan.")
        kept_id, version = row(older).id, row(older).version
        session.rollback()

    def verify() -> None:
        recommendations.act(pg.actor("manager"), kept_id, "verify", version, {"impact": "The child rang."})

    outcomes = race(pg, joining_of(pg, newer, older), verify)
    assert outcomes[1] == "done"
    with pg.context():
        if outcomes[0] == "done":
            assert row(newer).joined_into_id == kept_id
        else:
            assert row(newer).state in OPEN


def test_a_review_does_not_close_while_what_it_counts_on_is_reopened(pg: World) -> None:
    older, newer = two(pg)
    with pg.context():
        join(pg, newer, older)
        older.recommendation_done()
        head, today = pg.actor("head.qa"), clock.today()
        issuing.record_upload(head, newer.id, newer.review.version, uploaded_on=today)
        issuing.record_supervision(head, newer.id, newer.review.version, supervision_on=today)
        review_version, kept_id, version = newer.review.version, row(older).id, row(older).version
        session.rollback()

    def close() -> None:
        issuing.close(pg.actor("head.qa"), newer.id, review_version)

    def reopen() -> None:
        recommendations.act(pg.actor("head.qa"), kept_id, "reopen", version, {"reason": "It came back."})

    assert sorted(race(pg, close, reopen)) == ["GuardFailed", "done"]


def test_the_same_file_sent_twice_at_once_is_kept_once(pg: World) -> None:
    story, _ = two(pg)
    with pg.context():
        row_id = row(story).id
        session.rollback()

    def add() -> None:
        files.add(pg.actor("worker"), files.RECOMMENDATION, row_id, papers.PDF, "plan.pdf")

    assert sorted(race(pg, add, add)) == ["GuardFailed", "done"]


def test_parting_twice_at_once_parts_once(pg: World) -> None:
    older, newer = two(pg)
    with pg.context():
        join(pg, newer, older)
        row_id, version = row(newer).id, row(newer).version
        session.rollback()

    def undo() -> None:
        joining.part(pg.actor("head.qa"), row_id, version, "Two things.")

    assert sorted(race(pg, undo, undo)) == ["Stale", "done"]
    with pg.context():
        found = session.get(Recommendation, row_id)
        assert found is not None
        assert found.joined_into_id is None
