"""Two people at once at a tracker meeting: nobody overwrites, nothing is recorded half, nobody waits in a ring."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app import clock
from app.extensions import session
from app.models.recommendations import RecommendationEntry
from app.models.records import OutboxMessage
from app.models.tracker import TrackerItem
from app.services import recommendations, tracker_asks, tracker_items, tracker_meetings
from tests.concurrency.panel_racing import TIMES, either_first, on_the_day
from tests.concurrency.racing import race
from tests.support import trackers
from tests.support.trackers import begun, item_of, meeting, planned, started
from tests.support.world import World

pytestmark = pytest.mark.postgres


def lines(row_id: int, action: str) -> int:
    session.rollback()
    entry = RecommendationEntry
    query = select(func.count()).where(entry.recommendation_id == row_id, entry.action == action)
    return session.scalar(query) or 0


@pytest.mark.parametrize("number", TIMES)
def test_two_save_one_item_at_a_tracker_meeting(pg: World, number: int) -> None:
    """One is kept, the other is told; recorded once."""
    with pg.context():
        story = started(pg)
        item = item_of(begun(pg), story.recommendation())
        item_id, version, row_id, head = item.id, item.version, story.recommendation().id, pg.actor("head.qa")
    acts = [
        lambda words=words: tracker_items.save(
            head, item_id, tracker_items.Note(progress=words), expected_version=version, record=True
        )
        for words in ("One said this.", "Another said that.")
    ]
    assert sorted(either_first(pg, number, *acts)) == ["Stale", "done"]
    with pg.context():
        assert lines(row_id, "discuss") == 1


@pytest.mark.parametrize("number", TIMES)
def test_a_tracker_meeting_ends_while_something_is_recorded(pg: World, number: int) -> None:
    """Either it is in the minutes and in the history, or in neither."""
    with pg.context():
        story = started(pg)
        made = begun(pg)
        item, row = item_of(made, story.recommendation()), meeting(made)
        item_id, version, meeting_id, its, head = item.id, item.version, row.id, row.version, pg.actor("head.qa")
        row_id = story.recommendation().id
    record = lambda: tracker_items.save(  # noqa: E731
        head, item_id, tracker_items.Note(progress="Said."), expected_version=version, record=True
    )
    ended, said = either_first(pg, number, lambda: tracker_meetings.end(head, meeting_id, its), record)
    assert ended == "done"
    with pg.context():
        kept = item_of(made, row_id).discussed_at is not None
        assert (said == "done") is kept is (lines(row_id, "discuss") == 1)


@pytest.mark.parametrize("number", TIMES)
def test_the_owner_completes_while_the_tracker_meeting_records(pg: World, number: int) -> None:
    """Both are in the history; nobody waits for the other for ever."""
    with pg.context():
        story = started(pg)
        item, row = item_of(begun(pg), story.recommendation()), story.recommendation()
        item_id, version, row_id, its = item.id, item.version, row.id, row.version
        head, worker = pg.actor("head.qa"), pg.actor("worker")
    complete = lambda: recommendations.act(worker, row_id, "complete", its, {"evidence": "The plan."})  # noqa: E731
    record = lambda: tracker_items.save(  # noqa: E731
        head, item_id, tracker_items.Note(progress="Said."), expected_version=version, record=True
    )
    done, said = either_first(pg, number, complete, record)
    assert said == "done"
    assert done in ("done", "Stale")  # the owner's page is out of date where the meeting was first
    with pg.context():
        assert lines(row_id, "discuss") == 1
        assert lines(row_id, "complete") == (done == "done")


@pytest.mark.parametrize("number", TIMES)
def test_the_agenda_is_built_while_something_is_recorded(pg: World, number: int) -> None:
    with pg.context():
        story = started(pg)
        made = begun(pg)
        started(pg)
        item, row = item_of(made, story.recommendation()), meeting(made)
        item_id, version, meeting_id, its, head = item.id, item.version, row.id, row.version, pg.actor("head.qa")
    said = either_first(
        pg,
        number,
        lambda: tracker_items.build(head, meeting_id, its, weeks=0, ask_owners=True),
        lambda: tracker_items.save(
            head, item_id, tracker_items.Note(progress="Said."), expected_version=version, record=True
        ),
    )
    assert said == ("done", "done")
    with pg.context():
        assert session.scalar(select(func.count()).select_from(TrackerItem)) == 2


def test_two_schedulers_ask_once(pg: World) -> None:
    with pg.context():
        story = started(pg)
        story.act("worker", "complete", evidence="The plan.")
        with clock.set_to(trackers.on(98)):
            planned(pg, 3)
    ask = on_the_day(trackers.on(100), tracker_asks.ask)
    assert race(pg, ask, ask) == ["done", "done"]
    with pg.context():
        kinds = select(OutboxMessage.kind, func.count()).group_by(OutboxMessage.kind)
        counted = dict(session.execute(kinds).all())
        assert counted["recommendation.impact_due"] == 1
        assert counted["tracker_meeting.prepare"] == len(trackers.ASKED)
