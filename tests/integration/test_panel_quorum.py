"""Who must be there (R4): quorum, who chairs, who is excused, who stands in for whom, who has left the panel."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import clock
from app.extensions import session
from app.models.panel import PanelSeat
from app.models.people import Person, Role, RoleName
from app.policy.visibility import Aspect, sees
from app.services import gate, invariants, panel_facts, panel_items, panel_meetings, panel_readings, settings
from app.services.unit_of_work import unit_of_work
from tests.support import panels
from tests.support.panels import ALL, CHAIR, DEPUTY, PanelStory, panel_story, refusal
from tests.support.world import World
from workflows.states import PanelItemState, ReadingState, ReviewState

pytestmark = pytest.mark.slow


def open_(story: PanelStory, login: str = CHAIR) -> None:
    panel_items.open_discussion(story.world.actor(login), story.item.id, story.item.version)


def adjourn(story: PanelStory, login: str = CHAIR, reason: str = "Too few are here.") -> None:
    panel_items.adjourn(story.world.actor(login), story.item.id, story.item.version, reason=reason)


def declare(story: PanelStory, *logins: str) -> None:
    for login in logins:
        row = story.reading(login)
        panel_readings.declare_conflict(story.world.actor(login), row.id, reason="I know the family.")


def excuse(story: PanelStory, login: str, by: str = CHAIR, reason: str = "In hospital.") -> None:
    panel_readings.excuse(story.world.actor(by), story.reading(login).id, reason=reason)


def aspects(story: PanelStory, login: str) -> frozenset[Aspect]:
    return sees(story.world.actor(login), story.review, gate.office()).aspects


# --- quorum -------------------------------------------------------------------------------------------------------


def test_two_who_are_here_are_too_few_and_three_are_enough(world: World) -> None:
    with world.context():
        story = panel_story(world)
        story.read_by_all()
        with panels.on_the_day(story.meeting_id):
            panels.attend(world, story.meeting_id, (CHAIR, "director"))
            said = refusal(lambda: open_(story))
            assert "2 of the 3 needed are here with a submitted reading" in said
            assert "adjourn the item" in said
            panels.attend(world, story.meeting_id, (CHAIR, "director", "head.qa"))
            open_(story)
        assert {login for login in ALL if story.reading(login).let_in_at} == {CHAIR, "director", "head.qa"}
        assert invariants.broken() == {}


def test_being_here_without_a_reading_does_not_count(sqlite_world: World) -> None:
    with sqlite_world.context():
        story = panel_story(sqlite_world)
        for login in ("director", "assistant.director", "head.service"):
            excuse(story, login)
        for login in (CHAIR, "head.qa"):
            story.read(login)
        excuse(story, DEPUTY)
        with panels.on_the_day(story.meeting_id):
            panels.attend(sqlite_world, story.meeting_id)
            assert "2 of the 3 needed" in refusal(lambda: open_(story))


def test_quorum_is_a_setting(sqlite_world: World) -> None:
    with sqlite_world.context():
        with unit_of_work(sqlite_world.actor("admin")) as work:
            settings.put(work, {"quorum": 5})
        story = panel_story(sqlite_world)
        story.read_by_all()
        with panels.on_the_day(story.meeting_id):
            panels.attend(sqlite_world, story.meeting_id, ALL[:4])
            assert "4 of the 5 needed" in refusal(lambda: open_(story))


def test_a_late_conflict_loses_the_quorum_and_the_item_is_adjourned(world: World) -> None:
    """The refusal says what can be done, and it can be done; every reading is kept."""
    with world.context():
        story = panel_story(world)
        story.read_by_all()
        with panels.on_the_day(story.meeting_id):
            panels.attend(world, story.meeting_id, (CHAIR, "director", "head.service"))
            open_(story)
            declare(story, "head.service")
            said = refusal(story.decided)
            assert "2 of the 3 needed are here" in said
            assert "Mark who has arrived, or adjourn the item to another meeting" in said
            adjourn(story)
        assert story.item.state is PanelItemState.ADJOURNED
        assert story.review.state is ReviewState.PANEL_MODERATION
        assert sum(row.state is ReadingState.SUBMITTED for row in story.item.readings) == 5
        assert invariants.broken() == {}


def test_somebody_who_arrives_makes_it_quorate_again(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = panel_story(world)
        story.read_by_all()
        with panels.on_the_day(story.meeting_id):
            panels.attend(world, story.meeting_id, (CHAIR, "director", "head.service"))
            open_(story)
            declare(story, "head.service")
            assert Aspect.READINGS not in aspects(story, "assistant.director")
            panels.attend(world, story.meeting_id, (CHAIR, "director", "assistant.director"))
            assert Aspect.READINGS in aspects(story, "assistant.director")
            story.decided()
        assert story.review.state is ReviewState.TRACKING


def test_nothing_is_opened_before_the_meeting_or_after_it(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = panel_story(world)
        story.read_by_all()
        assert "Say first who is here" in refusal(lambda: open_(story))
        with panels.on_the_day(story.meeting_id):
            panels.attend(world, story.meeting_id)
            adjourn(story)
            row = panels.meeting(story.meeting_id)
            panel_meetings.end(world.actor("head.qa"), row.id, row.version)
        assert "WrongStage" in refusal(lambda: panels.attend(world, story.meeting_id))


# --- who chairs ---------------------------------------------------------------------------------------------------


def test_a_chair_who_has_not_submitted_does_not_open(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = panel_story(world)
        for login in ALL[1:]:
            story.read(login)
        with panels.on_the_day(story.meeting_id):
            panels.attend(world, story.meeting_id)
            said = refusal(lambda: open_(story))
            assert "only a chair who has may open" in said
            assert "NotPermitted" in refusal(lambda: open_(story, DEPUTY))
            story.read(CHAIR)
            open_(story)


def test_an_absent_chair_is_replaced_with_every_power(world: World) -> None:
    """Opens, excuses, shares, decides, sends back; and the record says why."""
    with world.context():
        meeting = panels.set_up(world)
        story, other = PanelStory(world, meeting), PanelStory(world, meeting)
        for each in (story, other):
            each.panel_moderation()
        for login in (*ALL[1:4], DEPUTY, "head.qa"):
            story.read(login)
        with panels.on_the_day(meeting):
            panels.attend(world, meeting, ALL[1:])
            panel_readings.excuse(world.actor("head.qa"), story.reading(CHAIR).id, reason="Ill today.")
            assert "NotPermitted" in refusal(lambda: open_(story))
            open_(story, DEPUTY)
            panel_items.share_comments(world.actor(DEPUTY), story.item.id, story.item.version)
            story.decided(DEPUTY)
            excuse(other, "director", by=DEPUTY)
            panel_items.send_back(world.actor(DEPUTY), other.id, other.review.version, reason="The visits of May.")
        item = story.item
        assert item.opened_acting == "deputy chair: the chair is excused"
        assert item.decision is not None
        assert item.decision.acting == "deputy chair: the chair is excused"
        assert other.review.state is ReviewState.DRAFTING
        assert invariants.broken() == {}


def test_a_chair_whose_reading_is_awaited_and_who_is_not_here_is_waited_for(sqlite_world: World) -> None:
    """Absent for the chairing, and still a member who has not read; the Head excuses the chair."""
    world = sqlite_world
    with world.context():
        story = panel_story(world)
        for login in ALL[1:]:
            story.read(login)
        with panels.on_the_day(story.meeting_id):
            panels.attend(world, story.meeting_id, ALL[1:])
            assert "Dame Rosalind Okonjo has not submitted" in refusal(lambda: open_(story, DEPUTY))
            assert "NotPermitted" in refusal(lambda: excuse(story, CHAIR, by=DEPUTY))
            excuse(story, CHAIR, by="head.qa")
            open_(story, DEPUTY)


def test_with_neither_chair_nor_deputy_the_head_adjourns_and_nobody_decides(world: World) -> None:
    with world.context():
        story = panel_story(world)
        story.opened_on_the_day()
        with panels.on_the_day(story.meeting_id, 10):
            declare(story, CHAIR, DEPUTY)
            for login in ("director", "head.qa", CHAIR, DEPUTY):
                assert "NotPermitted" in refusal(lambda login=login: story.decided(login))  # type: ignore[misc]
            assert "NotPermitted" in refusal(lambda: adjourn(story, "director"))
            adjourn(story, "head.qa", "Nobody can chair it.")
        assert story.item.state is PanelItemState.ADJOURNED
        assert invariants.broken() == {}


def test_a_chair_in_conflict_is_as_blind_as_anybody_who_is_out(world: World) -> None:
    with world.context():
        story = panel_story(world)
        assert Aspect.WHO_SUBMITTED in aspects(story, CHAIR)
        declare(story, CHAIR)
        assert aspects(story, CHAIR) == frozenset()
        assert Aspect.WHO_SUBMITTED in aspects(story, DEPUTY)
        for login in ALL[1:]:
            story.read(login)
        with panels.on_the_day(story.meeting_id):
            panels.attend(world, story.meeting_id)
            story.opened(DEPUTY)
            story.decided(DEPUTY)
        assert aspects(story, CHAIR) == frozenset()
        assert CHAIR not in panels.told("panel_item.adjourn") | panels.told("review.decide")


# --- excused, absent, left ----------------------------------------------------------------------------------------


def test_an_excused_member_sees_the_readings_after_the_decision(world: World) -> None:
    with world.context():
        story = panel_story(world)
        excuse(story, "director")
        story.read_by_all()
        with panels.on_the_day(story.meeting_id):
            story.opened()
            assert story.reading("director").let_in_at is None
            assert Aspect.READINGS not in aspects(story, "director")
            story.decided()
        assert Aspect.READINGS in aspects(story, "director")
        assert story.reading("director").excused_reason == "In hospital."
        assert panels.told("panel_reading.excuse") == {"director"}


def test_who_may_excuse_whom(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = panel_story(world)
        for login, by in (("director", "head.qa"), ("director", "director"), (CHAIR, CHAIR), (CHAIR, DEPUTY)):
            assert "NotPermitted" in refusal(lambda login=login, by=by: excuse(story, login, by))  # type: ignore[misc]
        assert "Give the reason." in refusal(lambda: excuse(story, "director", reason=" \x00 "))
        excuse(story, CHAIR, by="head.qa")
        story.read("director")
        assert "WrongStage" in refusal(lambda: excuse(story, "director", by=DEPUTY))


def test_who_was_excused_is_invited_again_before_the_opening(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = panel_story(world)
        row = story.reading("director")
        given = panels.reading_answers(row.item, "inadequate")
        panel_readings.save(world.actor("director"), row.id, given, expected_version=row.version)
        excuse(story, "director")
        panel_readings.invite_again(world.actor(CHAIR), story.reading("director").id)
        row = story.reading("director")
        assert (row.state, row.answers["journey"]["grade"]) == (ReadingState.INVITED, "inadequate")
        excuse(story, "director")
        story.opened_on_the_day()
        again = lambda: panel_readings.invite_again(world.actor(CHAIR), story.reading("director").id)  # noqa: E731
        assert "has been opened" in refusal(again)


def substitute(world: World, meeting: str, absent: str, by: str) -> None:
    row = panels.meeting(meeting)
    given = {"absent": world.public_id(absent), "by": world.public_id(by), "reason": "On leave."}
    panel_meetings.substitute(world.actor("head.qa"), row.id, row.version, **given)


def test_a_substitute_with_a_reading_counts_and_both_names_stay(world: World) -> None:
    with world.context():
        meeting = panels.set_up(world, members=("director", "assistant.director", "head.qa"))
        story = PanelStory(world, meeting)
        story.panel_moderation()
        substitute(world, meeting, "director", "head.service")
        seats = {seat.person_id: seat for seat in panels.meeting(meeting).seats}
        left, new = seats[world.person("director").id], seats[world.person("head.service").id]
        assert (left.left_at is not None, left.left_reason) == (True, "On leave.")
        assert new.substitute_for_id == left.person_id
        assert story.reading("director").state is ReadingState.EXCUSED
        assert story.reading("head.service").as_substitute
        story.read_by_all()
        with panels.on_the_day(meeting):
            panels.attend(world, meeting, (CHAIR, DEPUTY, "head.service"))
            open_(story)
            assert Aspect.READINGS in aspects(story, "head.service")
        assert panels.told("panel_meeting.substitute") == {"director", "head.service"}
        assert invariants.broken() == {}


def test_a_substitute_without_a_reading_does_not_count_and_sees_the_readings_afterwards(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world, members=("director", "assistant.director", "head.qa"))
        story = PanelStory(world, meeting)
        story.panel_moderation()
        story.read_by_all()
        with panels.on_the_day(meeting):
            substitute(world, meeting, "director", "head.service")
            panels.attend(world, meeting, (CHAIR, DEPUTY, "head.service"))
            said = refusal(lambda: open_(story))
            assert "Oluwaseun Bello has not submitted" in said
            assert "2 of the 3 needed" in said
            excuse(story, "head.service", reason="Came this morning.")
            panels.attend(world, meeting, (CHAIR, DEPUTY, "head.service", "head.qa"))
            open_(story)
            assert Aspect.READINGS not in aspects(story, "head.service")
            story.decided()
        assert story.reading("director").state is ReadingState.SUBMITTED
        assert Aspect.READINGS in aspects(story, "head.service")


@pytest.mark.parametrize("way", ["role", "account"])
def test_a_member_who_left_the_panel_is_not_waited_for_and_counts_for_nothing(world: World, way: str) -> None:
    """What was submitted is kept; an account that ended is neither awaited nor present."""
    with world.context():
        story = panel_story(world)
        story.read("director")
        leave_panel(world, "director", way)
        leave_panel(world, "assistant.director", way)
        for login in ("head.service", "head.qa", CHAIR):
            story.read(login)
        excuse(story, DEPUTY)
        assert [row.person.name for row in panel_facts.still_reading(story.item)] == []
        with panels.on_the_day(story.meeting_id):
            panels.attend(world, story.meeting_id, ("director", CHAIR, "head.qa"))
            assert "2 of the 3 needed" in refusal(lambda: open_(story))
            assert aspects(story, "director") == (frozenset() if way == "role" else aspects(story, "director"))
            panels.attend(world, story.meeting_id, ("director", CHAIR, "head.qa", "head.service"))
            open_(story)
        assert story.reading("director").state is ReadingState.SUBMITTED
        assert story.reading("director").let_in_at is None
        assert story.reading("assistant.director").state is ReadingState.INVITED


def leave_panel(world: World, login: str, way: str) -> None:
    with unit_of_work(world.actor("admin")) as work:
        person = work.lock(Person, world.person(login).id)
        if way == "account":
            person.ends_on = clock.today() - timedelta(days=1)
        else:
            of_panel = session.query(Role).filter_by(name=RoleName.PANEL_MEMBER).one()
            person.roles.remove(of_panel)


def test_a_seat_is_of_somebody_once(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world, members=("director", "director", CHAIR))
        assert session.query(PanelSeat).filter_by(meeting_id=panels.meeting(meeting).id).count() == 3
