"""A review on an agenda: listed, moved, adjourned, listed again, withdrawn."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app import clock
from app.extensions import session
from app.models.panel import PanelItem, PanelListing
from app.policy.visibility import Aspect, sees
from app.services import (
    gate,
    invariants,
    issuing,
    panel_items,
    panel_meetings,
    panel_readings,
)
from app.services.panel_steps import items_on
from tests.support import panels
from tests.support.panels import ALL, CHAIR, PanelStory, panel_story, refusal
from tests.support.world import World
from workflows.states import PanelItemState, ReadingState, ReviewState

pytestmark = pytest.mark.slow


def adjourn(story: PanelStory, login: str = CHAIR, reason: str = "Not enough time.") -> None:
    panel_items.adjourn(story.world.actor(login), story.item.id, story.item.version, reason=reason)


def relist(story: PanelStory, meeting: str, login: str = "head.qa") -> None:
    panel_items.relist(story.world.actor(login), story.item.id, story.item.version, meeting=meeting)


def move(story: PanelStory, meeting: str, login: str = "head.qa") -> None:
    panel_items.move(story.world.actor(login), story.item.id, story.item.version, meeting=meeting)


def agenda(meeting: str) -> list[int]:
    return [item.review_id for item in items_on(panels.meeting(meeting))]


def outcomes(story: PanelStory) -> list[str]:
    session.rollback()
    query = session.query(PanelListing).filter_by(item_id=story.item.id).order_by(PanelListing.id)
    return [row.outcome for row in query]


def test_siblings_are_heard_one_after_the_other(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting, later = panels.set_up(world), panels.set_up(world, 17)
        first, other = PanelStory(world, meeting), PanelStory(world, meeting)
        sister = PanelStory(world, meeting, sibling_of=first.review.public_id)
        brother = PanelStory(world, later, sibling_of=first.review.public_id)
        for story in (first, other, sister, brother):
            story.panel_moderation()
        assert agenda(meeting) == [first.id, sister.id, other.id]
        move(brother, meeting)
        assert agenda(meeting) == [first.id, sister.id, brother.id, other.id]
        assert len({story.item.position for story in (first, sister, brother, other)}) == 4


def test_the_agenda_is_ordered_and_what_the_page_did_not_show_keeps_its_place(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        stories = [PanelStory(world, meeting) for _ in range(3)]
        for story in stories:
            story.panel_moderation()
        a, b, c = (story.item.public_id for story in stories)
        row = panels.meeting(meeting)
        panel_meetings.order(world.actor("head.qa"), row.id, row.version, [c, a])
        assert agenda(meeting) == [stories[2].id, stories[1].id, stories[0].id]
        row = panels.meeting(meeting)
        panel_meetings.order(world.actor("head.qa"), row.id, row.version, [b, "nobody", a])
        assert agenda(meeting) == [stories[2].id, stories[1].id, stories[0].id]
        assert "Stale" in refusal(lambda: panel_meetings.order(world.actor("head.qa"), row.id, 1, [a]))


def test_an_item_is_moved_with_its_readings(world: World) -> None:
    """Who sits only at the second meeting is invited; nobody is invited twice; the first agenda says how it left."""
    with world.context():
        first = panels.set_up(world, members=("director", "head.qa"))
        story = PanelStory(world, first)
        story.panel_moderation()
        story.read("director", "inadequate")
        later = panels.set_up(world, 17)
        assert "listed at this meeting already" in refusal(lambda: move(story, first))
        move(story, later)
        assert (agenda(first), agenda(later), outcomes(story)) == ([], [story.id], ["moved", ""])
        assert story.reading("director").answers["journey"]["grade"] == "inadequate"
        assert story.reading("head.service").state is ReadingState.INVITED
        assert story.item.due_on == date(2026, 12, 8)
        assert "NotPermitted" in refusal(lambda: move(story, first, CHAIR))
        assert invariants.broken() == {}


def test_an_item_is_adjourned_sealed_and_listed_again_without_losing_a_reading(world: World) -> None:
    with world.context():
        story = panel_story(world)
        story.read("director", "inadequate")
        later = panels.set_up(world, 17)
        adjourn(story, "head.qa")
        item = story.item
        assert (item.state, item.meeting_id, outcomes(story)) == (PanelItemState.ADJOURNED, None, ["adjourned"])
        story.read("head.service")  # while it waits
        relist(story, later)
        assert (story.item.state, agenda(later)) == (PanelItemState.READING, [story.id])
        assert [story.reading(login).answers["journey"]["grade"] for login in ("director", "head.service")] == [
            "inadequate", "good",
        ]  # fmt: skip
        story.meeting_id = later
        story.decided_on_the_day()
        assert outcomes(story) == ["adjourned", "decided"]
        assert invariants.broken() == {}


def test_an_item_adjourned_after_the_opening_goes_on_opened(world: World) -> None:
    """Those who were let in keep what they know; who reads later counts in no figure, and is let in when present."""
    with world.context():
        story, later = panel_story(world), panels.set_up(world, 17)
        story.read("director")
        row = story.reading("head.service")
        panel_readings.excuse(world.actor(CHAIR), row.id, reason="Ill.")
        story.opened_on_the_day()
        with panels.on_the_day(story.meeting_id, 30):
            adjourn(story)
            assert Aspect.READINGS in sees(world.actor("director"), story.review, gate.office())
            relist(story, later)
        item = story.item
        assert (item.state, item.opened_at is not None) == (PanelItemState.DISCUSSING, True)
        assert Aspect.READINGS not in sees(world.actor("head.service"), story.review, gate.office())
        story.meeting_id = later
        with panels.on_the_day(later):
            assert "Say first who is here" in refusal(story.decided)
            panels.attend(world, later)
            story.decided()
        assert outcomes(story) == ["adjourned", "decided"]
        assert invariants.broken() == {}


def test_nothing_is_listed_at_a_meeting_that_is_over_cancelled_or_unknown(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story, other = panel_story(world), panels.set_up(world, 17)
        adjourn(story)
        row = panels.meeting(other)
        panel_meetings.cancel(world.actor("head.qa"), row.id, row.version, reason="Nobody can come.")
        for wanted in (other, "nobody", "", None, "\x00", "x" * 40):
            assert "Choose a meeting from the list." in refusal(lambda wanted=wanted: relist(story, wanted))  # type: ignore[misc]
        with clock.set_to(panels.day_of(story.meeting_id) + timedelta(days=1)):
            assert "This meeting is over." in refusal(lambda: relist(story, story.meeting_id))


def test_a_review_withdrawn_leaves_the_agenda_from_wherever_it_is(world: World) -> None:
    """Read, adjourned, under discussion, decided and not issued: nobody of the panel knows of it any more."""
    with world.context():
        meeting = panels.set_up(world)
        stories = [PanelStory(world, meeting) for _ in range(4)]
        for story in stories:
            story.panel_moderation()
        _read, put_off, discussed, decided = stories
        adjourn(put_off)
        discussed.opened_on_the_day()
        decided.decided_on_the_day()
        for story in stories:
            issuing.withdraw(world.actor("head.qa"), story.id, story.review.version, reason="Planned twice.")
            assert story.review.state is ReviewState.WITHDRAWN
            assert sees(world.actor("director"), story.review, gate.office()).aspects == frozenset()
        assert [str(story.item.state) for story in stories] == ["left", "left", "left", "decided"]
        assert [outcomes(story)[-1] for story in stories] == ["withdrawn", "adjourned", "withdrawn", "decided"]
        assert agenda(meeting) == []
        assert session.query(PanelItem).count() == 4
        assert panels.told("panel_item.withdraw") == set(ALL) - {"head.qa"}
        assert invariants.broken() == {}


def test_the_deputy_lists_again_what_the_head_is_out_of_and_who_was_excused_is_asked_anew(sqlite_world: World) -> None:
    """R4: the Head in conflict takes no step on the review; the seats of the meeting are the Head's all the same."""
    world = sqlite_world
    with world.context():
        story, later = panel_story(world), panels.set_up(world, 17)
        panel_readings.excuse(world.actor(CHAIR), story.reading("director").id, reason="Ill that week.")
        panel_readings.declare_conflict(world.actor("head.qa"), story.reading("head.qa").id, reason="A cousin.")
        assert "NotPermitted" in refusal(lambda: move(story, later))
        move(story, later, "deputy.qa")
        assert story.reading("director").state is ReadingState.INVITED
        adjourn(story)
        relist(story, later, "deputy.qa")
        assert agenda(later) == [story.id]
        assert invariants.broken() == {}


def test_who_is_taken_off_a_meeting_and_put_back_is_asked_to_read_again(sqlite_world: World) -> None:
    """What the chair excused is not asked for again with the seat."""
    world = sqlite_world
    with world.context():
        story = panel_story(world)
        panel_readings.excuse(world.actor(CHAIR), story.reading("director").id, reason="Ill that week.")
        for members in (("head.qa",), panels.MEMBERS):
            row = panels.meeting(story.meeting_id)
            plan = panels.plan(world, members=members)
            with clock.set_to(clock.now() + timedelta(hours=len(members))):
                panel_meetings.change(world.actor("head.qa"), row.id, row.version, plan)
        states = {login: str(story.reading(login).state) for login in ("director", "head.service")}
        assert states == {"director": "excused", "head.service": "invited"}
