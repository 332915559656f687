"""Meetings of the panel: set up, changed, cancelled, who sits, who came, ended, and the themes afterwards (R4, R5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app import clock
from app.extensions import session
from app.models.panel import Attendance, PanelMeeting, PanelTheme
from app.models.people import Delegation, DelegationKind
from app.services import invariants, panel_items, panel_meetings, panel_readings
from app.services.unit_of_work import unit_of_work
from tests.support import panels
from tests.support.panels import ALL, CHAIR, DEPUTY, PanelStory, panel_story, refusal
from tests.support.world import World
from workflows.states import PanelItemState, ReadingState

pytestmark = pytest.mark.slow

LONG = "x" * 30_000


def head(world: World, act: Any, meeting: str, *given: Any, **more: Any) -> None:
    """One act of the Head on a meeting, of the version it has."""
    row = panels.meeting(meeting)
    act(world.actor("head.qa"), row.id, row.version, *given, **more)


def seated(meeting: str) -> set[str]:
    row = panels.meeting(meeting)
    return {seat.person.email.partition("@")[0] for seat in row.seats if seat.left_at is None}


# --- set up and changed -------------------------------------------------------------------------------------------


def test_a_meeting_is_set_up_and_everybody_with_a_seat_is_told(world: World) -> None:
    with world.context():
        meeting = panels.set_up(world)
        assert seated(meeting) == set(ALL)
        row = panels.meeting(meeting)
        assert (row.minutes, row.place, row.chair.email) == (90, "Committee room 2", "chair@example.org")
        assert {seat.attendance for seat in row.seats} == {Attendance.EXPECTED}
        assert panels.told("panel_meeting.set_up") == set(ALL) - {"head.qa"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"starts_at": clock.LONDON}, "must be in the future"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 10**9}, "minutes"),
        ({"minutes": -5}, "minutes"),
        ({"place": LONG}, "Use 200 characters or fewer"),
        ({"chair": None}, "Choose who chairs."),
        ({"chair": ""}, "Choose who chairs."),
        ({"chair": "worker"}, "Choose who chairs."),
        ({"deputy_chair": "nobody"}, "Choose the deputy chair from the list."),
        ({"deputy_chair": CHAIR}, "somebody other than the chair"),
        ({"members": ["worker", "nobody", "\x00"]}, "3 of those chosen cannot sit"),
    ],
)
@pytest.mark.databases("sqlite")
def test_a_meeting_that_cannot_be_is_refused(world: World, changes: dict[str, Any], said: str) -> None:
    """Set up anew, or changed to: the same reasons, and nothing is written."""
    with world.context():
        known = {login: world.public_id(login) for login in (CHAIR, "worker")}
        given: dict[str, Any] = {}
        for key, value in changes.items():
            named = [known.get(each, each) for each in value] if isinstance(value, list) else known.get(value, value)
            given[key] = clock.now() if key == "starts_at" else named
        plan = replace(panels.plan(world), **given)
        assert said in refusal(lambda: panel_meetings.set_up(world.actor("head.qa"), plan))
        meeting = panels.set_up(world)
        assert said in refusal(lambda: head(world, panel_meetings.change, meeting, plan))


def test_the_place_is_kept_without_what_no_database_holds(world: World) -> None:
    with world.context():
        assert panels.meeting(panels.set_up(world, place=" Room\x00 2\r\n")).place == "Room 2"


@pytest.mark.parametrize("login", ["deputy.qa", CHAIR, "director", "worker", "admin", "external.reviewer"])
def test_nobody_but_the_head_sets_up(sqlite_world: World, login: str) -> None:
    world = sqlite_world
    with world.context():
        meeting, actor = panels.set_up(world), world.actor(login)
        row = panels.meeting(meeting)
        plan, row_id, version = panels.plan(world), row.id, row.version
        someone = world.public_id("director")
        for act in (
            lambda: panel_meetings.set_up(actor, plan),
            lambda: panel_meetings.change(actor, row_id, version, plan),
            lambda: panel_meetings.cancel(actor, row_id, version, reason="x"),
            lambda: panel_meetings.substitute(actor, row_id, version, absent=someone, by=someone, reason="x"),
            lambda: panel_meetings.order(actor, row_id, version, []),
            lambda: panel_meetings.keep_themes(actor, row_id, []),
        ):
            assert "NotPermitted" in refusal(act)


def test_a_deputy_sets_up_while_the_head_is_away(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        with unit_of_work(world.actor("admin")) as work:
            span = {"kind": DelegationKind.AWAY, "from_on": clock.today(), "to_on": clock.today(), "reason": "Leave"}
            work.add(Delegation(head_id=world.person("head.qa").id, deputy_id=world.person("deputy.qa").id, **span))
        assert panel_meetings.set_up(world.actor("deputy.qa"), panels.plan(world))


def test_who_is_added_is_invited_and_who_is_taken_off_is_not_waited_for(world: World) -> None:
    with world.context():
        story = PanelStory(world, panels.set_up(world, members=("director", "head.qa", "assistant.director")))
        story.panel_moderation()
        story.read("director")
        plan = panels.plan(world, members=("head.qa", "head.service"))
        head(world, panel_meetings.change, story.meeting_id, plan)
        assert seated(story.meeting_id) == {CHAIR, DEPUTY, "head.qa", "head.service"}
        states = {login: story.reading(login).state for login in ("director", "assistant.director", "head.service")}
        assert states == {
            "director": ReadingState.SUBMITTED,
            "assistant.director": ReadingState.EXCUSED,
            "head.service": ReadingState.INVITED,
        }
        assert panels.told("panel_meeting.change") == {CHAIR, DEPUTY, "head.service"}
        assert invariants.broken() == {}


def test_a_meeting_that_has_begun_or_was_cancelled_is_not_changed(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        begun, off = panels.set_up(world), panels.set_up(world)
        plan = panels.plan(world, 21)
        assert "Give the reason." in refusal(lambda: head(world, panel_meetings.cancel, off, reason=" "))
        head(world, panel_meetings.cancel, off, reason="Nobody can come.")
        assert panels.told("panel_meeting.cancel") == set(ALL) - {"head.qa"}
        with panels.on_the_day(begun):
            panels.attend(world, begun)
            for meeting, said in ((begun, "has begun"), (off, "was cancelled")):
                assert said in refusal(lambda each=meeting: head(world, panel_meetings.change, each, plan))  # type: ignore[misc]
                assert said in refusal(lambda each=meeting: head(world, panel_meetings.cancel, each, reason="x"))  # type: ignore[misc]
            assert "has ended" in refusal(lambda: panels.attend(world, off))


def test_a_meeting_with_items_is_not_cancelled_until_they_have_gone(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = panel_story(world)
        cancel = lambda: head(world, panel_meetings.cancel, story.meeting_id, reason="Snow.")  # noqa: E731
        assert "move or adjourn them first" in refusal(cancel)
        panel_items.adjourn(world.actor("head.qa"), story.item.id, story.item.version, reason="Snow.")
        cancel()
        assert panels.meeting(story.meeting_id).cancelled_reason == "Snow."


def test_a_page_that_is_old_changes_nothing(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        row = panels.meeting(panels.set_up(world))
        old = row.version - 1
        actor, row_id, plan = world.actor("head.qa"), row.id, panels.plan(world, 21)
        assert "Stale" in refusal(lambda: panel_meetings.change(actor, row_id, old, plan))
        assert "Stale" in refusal(lambda: panel_meetings.cancel(actor, row_id, old, reason="x"))
        assert "Stale" in refusal(lambda: panel_meetings.attend(actor, row_id, old, []))
        assert "NotFound" in refusal(lambda: panel_meetings.end(actor, 999, 1))


# --- substitutes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("absent", "by", "reason", "said"),
    [
        ("director", "worker", "Ill.", "Choose somebody from the list."),
        ("director", "assistant.director", "Ill.", "Choose somebody from the list."),  # has a seat
        ("worker", "head.service", "Ill.", "Choose the member who cannot come."),
        ("", "", "", "Give the reason."),
        ("director", "head.service", "\x00", "Give the reason."),
        ("director", "head.service", LONG, "Use 20,000 characters or fewer"),
    ],
)
def test_a_substitute_is_a_senior_leader_for_somebody_with_a_seat(
    sqlite_world: World, absent: str, by: str, reason: str, said: str
) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world, members=("director", "assistant.director", "head.qa"))
        given = {"absent": world.public_id(absent) if absent else "", "by": world.public_id(by) if by else ""}
        assert said in refusal(lambda: head(world, panel_meetings.substitute, meeting, reason=reason, **given))
        assert "head.service" not in seated(meeting)


def test_a_substitute_who_is_in_conflict_is_out(sqlite_world: World) -> None:
    """And the Head names one though the Head is in conflict with a review on the agenda: seats are the Head's."""
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world, members=("director", "assistant.director", "head.qa"))
        story = PanelStory(world, meeting, manager_login="head.service")
        story.panel_moderation()
        panel_readings.declare_conflict(world.actor("head.qa"), story.reading("head.qa").id, reason="A cousin.")
        given = {"absent": world.public_id("director"), "by": world.public_id("head.service"), "reason": "Ill."}
        head(world, panel_meetings.substitute, meeting, **given)
        assert story.reading("head.service").exempt_why == "line_manager"
        assert invariants.broken() == {}


# --- at the meeting -----------------------------------------------------------------------------------------------


def test_who_is_here_is_said_on_the_day_by_who_runs_it(world: World) -> None:
    with world.context():
        meeting = panels.set_up(world)
        here = [world.public_id(login) for login in (CHAIR, "director")]
        assert "not today" in refusal(lambda: panels.attend(world, meeting))
        with panels.on_the_day(meeting, -30):
            row = panels.meeting(meeting)
            director = world.actor("director")
            assert "NotPermitted" in refusal(lambda: panel_meetings.attend(director, row.id, row.version, here))
            for wrong in ([world.public_id("worker")], ["nobody"], [*here, "\x00"]):
                said = refusal(lambda wrong=wrong: head(world, panel_meetings.attend, meeting, wrong))  # type: ignore[misc]
                assert "who have a seat at this meeting" in said
            panel_meetings.attend(world.actor(CHAIR), row.id, row.version, here)
            row = panels.meeting(meeting)
            present = {seat.person_id for seat in row.seats if seat.attendance is Attendance.PRESENT}
            assert present == {world.person(CHAIR).id, world.person("director").id}
            assert row.started_by_id == world.person(CHAIR).id
            begun = row.started_at
            panel_meetings.attend(world.actor(DEPUTY), row.id, row.version, [])
            assert panels.meeting(meeting).started_at == begun


def test_a_meeting_ends_when_nothing_on_its_agenda_waits(world: World) -> None:
    with world.context():
        meeting = panels.set_up(world)
        stories = [PanelStory(world, meeting) for _ in range(2)]
        for story in stories:
            story.panel_moderation()
        end = lambda: head(world, panel_meetings.end, meeting)  # noqa: E731
        assert "has not begun" in refusal(end)
        with panels.on_the_day(meeting):
            panels.attend(world, meeting)
            assert "decide or adjourn first" in refusal(end)
            stories[0].read_by_all()
            stories[0].opened()
            stories[0].decided()
            item = stories[1].item
            panel_items.adjourn(world.actor(CHAIR), item.id, item.version, reason="Not enough time.")
            end()
            assert "has ended" in refusal(end)
            assert "has ended" in refusal(lambda: panels.attend(world, meeting))
        assert panels.told("panel_meeting.end") == {"deputy.qa"}
        assert stories[1].item.state is PanelItemState.ADJOURNED
        assert invariants.broken() == {}


# --- themes -------------------------------------------------------------------------------------------------------


def test_the_themes_are_collated_with_what_was_done(world: World) -> None:
    with world.context():
        meeting = panels.set_up(world)
        rows = [{"id": "", "title": "Chronologies", "done": "", "what": ""}, {"id": "", "title": " ", "what": ""}]
        assert "after the meeting" in refusal(lambda: keep(world, meeting, rows))
        with panels.on_the_day(meeting):
            panels.attend(world, meeting)
            keep(world, meeting, rows)
            kept = session.query(PanelTheme).one()
            wanted = {"id": kept.public_id, "title": "Chronologies", "done": "tool_changed", "what": "A new heading."}
            keep(world, meeting, [wanted])
            session.rollback()
            kept = session.query(PanelTheme).one()
            assert (str(kept.done), kept.what, kept.version) == ("tool_changed", "A new heading.", 2)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"title": "T", "done": "danced", "what": "x"}, "from the list"),
        ({"title": "T", "done": "practice", "what": " "}, "Say what was done."),
        ({"title": " ", "done": "practice", "what": "x"}, "Name the theme."),
        ({"title": LONG, "done": "", "what": ""}, "Use 200 characters or fewer"),
        ({"title": "T", "done": "practice", "what": LONG}, "Use 20,000 characters or fewer"),
        ({"title": "\x00", "done": "", "what": "x"}, "Name the theme."),
    ],
)
def test_a_theme_that_cannot_be_kept_is_refused_with_all_of_them(
    sqlite_world: World, row: dict[str, str], said: str
) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        with panels.on_the_day(meeting):
            panels.attend(world, meeting)
            good = {"id": "", "title": "Chronologies", "done": "", "what": ""}
            assert said in refusal(lambda: keep(world, meeting, [good, {"id": "", **row}]))
            assert "not of this meeting" in refusal(lambda: keep(world, meeting, [{**good, "id": "nobody"}]))
        assert session.query(PanelTheme).count() == 0
        assert session.query(PanelMeeting).count() == 1


def keep(world: World, meeting: str, rows: list[dict[str, str]]) -> None:
    row = panels.meeting(meeting)
    panel_meetings.keep_themes(world.actor("head.qa"), row.id, rows)
