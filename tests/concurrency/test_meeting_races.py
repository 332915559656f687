"""Two people at once at a meeting and its agenda: nobody waits in a ring, and what is listed is read by who sits."""

from __future__ import annotations

import pytest

from app import clock
from app.models.panel import PanelItem, PanelListing, PanelReading
from app.services import panel_items, panel_meetings
from tests.concurrency.panel_racing import (
    TIMES,
    attended,
    count,
    either_first,
    on_the_day,
)
from tests.support import panels
from tests.support.panels import ALL, CHAIR, PanelStory
from tests.support.world import World
from workflows.states import PanelItemState

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("number", TIMES)
def test_two_heads_refer_one_review_to_two_meetings(pg: World, number: int) -> None:
    with pg.context():
        meetings = [panels.set_up(pg, 10), panels.set_up(pg, 17)]
        story = PanelStory(pg, meetings[0])
        story.to_be_referred()
        head, version = pg.actor("head.qa"), story.review.version
    first, second = (lambda each=each: panel_items.refer(head, story.id, version, meeting=each) for each in meetings)
    assert sorted(either_first(pg, number, first, second)) == ["Stale", "done"]
    with pg.context():
        assert count(PanelItem) == count(PanelListing) == 1
        assert count(PanelReading) == len(ALL)


@pytest.mark.parametrize("number", TIMES)
def test_a_meeting_ends_while_an_item_is_listed_at_it(pg: World, number: int) -> None:
    """Either it ended and cannot be chosen, or the item is on its agenda and it cannot end."""
    with pg.context():
        story = panels.panel_story(pg)
        attended(pg, story)
        day, head = panels.day_of(story.meeting_id), pg.actor("head.qa")
        with clock.set_to(day):
            panel_items.adjourn(pg.actor(CHAIR), story.item.id, story.item.version, reason="Not read yet.")
        item, meeting = story.item, panels.meeting(story.meeting_id)
        ids = (item.id, item.version, meeting.id, meeting.version)
    end = on_the_day(day, lambda: panel_meetings.end(head, *ids[2:]))
    relist = on_the_day(day, lambda: panel_items.relist(head, *ids[:2], meeting=story.meeting_id))
    assert sorted(either_first(pg, number, end, relist)) == ["GuardFailed", "done"]
    with pg.context():
        ended = panels.meeting(story.meeting_id).ended_at is not None
        assert story.item.state is (PanelItemState.ADJOURNED if ended else PanelItemState.READING)


@pytest.mark.parametrize("number", TIMES)
def test_who_is_here_is_said_while_an_item_is_listed(pg: World, number: int) -> None:
    """Somebody who is marked present at that instant is let in to what is listed, or it is looked at again."""
    with pg.context():
        story = panels.panel_story(pg)
        other = PanelStory(pg, story.meeting_id)
        other.panel_moderation()
        story.opened_on_the_day()
        day, head = panels.day_of(story.meeting_id), pg.actor("head.qa")
        with clock.set_to(day):
            panel_items.adjourn(pg.actor(CHAIR), story.item.id, story.item.version, reason="After lunch.")
        item, meeting = story.item, panels.meeting(story.meeting_id)
        ids, here = (item.id, item.version, meeting.id, meeting.version), [pg.public_id(login) for login in ALL]
    attend = on_the_day(day, lambda: panel_meetings.attend(head, *ids[2:], here))
    relist = on_the_day(day, lambda: panel_items.relist(head, *ids[:2], meeting=story.meeting_id))
    said, listed = either_first(pg, number, attend, relist)
    assert listed == "done"
    assert said in ("done", "GuardFailed")


@pytest.mark.parametrize("number", TIMES)
def test_the_agenda_is_ordered_while_a_sibling_is_listed_between(pg: World, number: int) -> None:
    """Each wants what the other holds, were an item written by whoever lists another."""
    with pg.context():
        meeting = panels.set_up(pg)
        stories = [PanelStory(pg, meeting) for _ in range(2)]
        sibling = PanelStory(pg, meeting, sibling_of=stories[0].review.public_id)
        stories.append(sibling)
        for story in stories[:2]:
            story.panel_moderation()
        sibling.to_be_referred()
        head, version = pg.actor("head.qa"), sibling.review.version
        row, listed = panels.meeting(meeting), [story.item.public_id for story in stories[:2]]
        row_id, row_version = row.id, row.version
    said = either_first(
        pg,
        number,
        lambda: panel_meetings.order(head, row_id, row_version, listed[::-1]),
        lambda: panel_items.refer(head, sibling.id, version, meeting=meeting),
    )
    assert said in (("done", "done"), ("GuardFailed", "done"))
    with pg.context():
        places = {story.id: story.item.position for story in stories}
        assert len(set(places.values())) == 3


@pytest.mark.parametrize("number", TIMES)
def test_two_items_change_places_between_two_meetings(pg: World, number: int) -> None:
    with pg.context():
        stories = [panels.panel_story(pg), PanelStory(pg, panels.set_up(pg, 17))]
        stories[1].panel_moderation()
        head = pg.actor("head.qa")
        wanted = [(story.item.id, story.item.version) for story in stories]
        meetings = [story.meeting_id for story in stories]
    said = either_first(
        pg,
        number,
        lambda: panel_items.move(head, *wanted[0], meeting=meetings[1]),
        lambda: panel_items.move(head, *wanted[1], meeting=meetings[0]),
    )
    assert said == ("done", "done")


@pytest.mark.parametrize("number", TIMES)
def test_a_substitute_is_named_while_a_review_is_referred(pg: World, number: int) -> None:
    """Who sits in the end has a reading of every review on the agenda."""
    with pg.context():
        meeting = panels.set_up(pg, members=("director", "assistant.director", "head.qa"))
        first, story = PanelStory(pg, meeting), PanelStory(pg, meeting)
        first.panel_moderation()
        story.to_be_referred()
        head, version, row = pg.actor("head.qa"), story.review.version, panels.meeting(meeting)
        row_id, row_version = row.id, row.version
        absent, by = pg.public_id("director"), pg.public_id("head.service")

    def substitute() -> None:
        panel_meetings.substitute(head, row_id, row_version, absent=absent, by=by, reason="On leave.")

    said = either_first(pg, number, substitute, lambda: panel_items.refer(head, story.id, version, meeting=meeting))
    assert said[1] == "done"
    assert said[0] in ("done", "GuardFailed")
    with pg.context():
        if said[0] == "done":
            for each in (first, story):
                assert any(row.person.public_id == by for row in each.item.readings), said
