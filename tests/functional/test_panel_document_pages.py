"""A meeting's documents through the web: who gets which file, as what, and what is logged."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import icalendar
import pytest

from app import clock
from app.documents.panel_content import minutes_sha256, read_minutes
from app.extensions import session
from app.models.records import ViewEvent
from app.policy.acting import load_office
from app.queries import panel_minutes
from app.services import moderation, panel_items, panel_meetings
from tests.integration.test_panel_documents import OUTSIDE, a_meeting, before_the_panel, out
from tests.support import panels, stages
from tests.support.panels import PanelStory
from tests.support.world import World
from tests.unit.documents.support import checked, pages_of, text_of

FILES = ("pack.pdf", "minutes", "minutes.pdf", "calendar.ics")


def event_of(content: bytes) -> Any:
    [found] = icalendar.Calendar.from_ical(content).walk("VEVENT")
    return found


def address(meeting: str, file: str) -> str:
    return f"/panel/meetings/{meeting}/{file}"


@pytest.mark.pdf
def test_the_panel_pack_is_a_file_of_ones_own_and_each_review_in_it_is_logged(world: World) -> None:
    with world.context():
        meeting = panels.set_up(world)
        stories = [before_the_panel(world, meeting) for _ in range(2)]
        out(world, "director", stories[0])
        ids, person = [story.id for story in stories], world.person("director").id
    answer = world.client("director").get(address(meeting, "pack.pdf"))
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="panel-2026-12-03-to-read.pdf"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert checked(answer.data) == []
    assert all("copy of Helen Abara" in page for page in pages_of(answer.data))
    with world.context():
        seen = session.query(ViewEvent).filter_by(what="panel pack").all()
        assert [(row.review_id, row.person_id, row.channel) for row in seen] == [(ids[1], person, "pdf")]


@pytest.mark.pdf
def test_the_panel_minutes_are_a_page_and_a_pdf_with_one_seal(world: World) -> None:
    with world.context(), a_meeting(world) as (meeting, stories):
        office = load_office(session, clock.today())
        seal = minutes_sha256(read_minutes(panel_minutes.minutes(world.actor("head.qa"), office, meeting).data))
        hidden = stories["without director"].review.reference
        marks = ("XREACHED", "XDISSENT", "Tell the other teams.")
        now = clock.now()
    with clock.set_to(now):
        client = world.client("head.qa")
        page, pdf = client.get(address(meeting, "minutes")), client.get(address(meeting, "minutes.pdf"))
        body = page.get_data(as_text=True)
        assert address(meeting, "minutes.pdf") in body
        assert checked(pdf.data) == []
        for text in (body, text_of(pdf.data)):
            assert seal in text
            assert all(mark in text for mark in (*marks, hidden))
            assert "XREADING" not in text
            assert "XWHY" not in text
        other = world.client("director").get(address(meeting, "minutes")).get_data(as_text=True)
        assert hidden not in other
        assert seal not in other
    with world.context():
        assert {row.channel for row in session.query(ViewEvent).filter_by(what="panel minutes")} == {"page", "pdf"}


def test_a_panel_calendar_file_says_when_and_nothing_of_any_child(world: World) -> None:
    with world.context():
        meeting = panels.set_up(world, place="Committee room 2; Town hall")
        story = before_the_panel(world, meeting)
        told = (story.review.reference, story.review.child.name, story.review.child.initials, story.review.theme)
    answer = world.client("chair").get(address(meeting, "calendar.ics"))
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="moderation-panel-2026-12-03.ics"'
    event = event_of(answer.data)
    assert (str(event["UID"]), event["SEQUENCE"], event["STATUS"]) == (meeting, 1, "CONFIRMED")
    assert event["DTSTART"].dt == datetime(2026, 12, 3, 10, 0, tzinfo=UTC)
    assert event["DTEND"].dt == datetime(2026, 12, 3, 11, 30, tzinfo=UTC)
    assert event["LOCATION"] == "Committee room 2; Town hall"
    assert str(event["URL"]) == f"http://localhost/panel/meetings/{meeting}"
    text = answer.get_data(as_text=True)
    assert not [word for word in told if word in text]


def test_a_panel_meeting_that_moves_over_the_clock_change_or_is_cancelled_keeps_its_place_in_the_calendar(
    sqlite_world: World,
) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world, days=120)  # 23 March 2027, before summer time
        row = panels.meeting(meeting)
        panel_meetings.change(world.actor("head.qa"), row.id, row.version, panels.plan(world, days=130))
    client = world.client("head.qa")

    def event() -> Any:
        return event_of(client.get(address(meeting, "calendar.ics")).data)

    moved = event()
    assert moved["DTSTART"].dt == datetime(2027, 4, 2, 9, 0, tzinfo=UTC)
    assert moved["DTSTART"].dt.astimezone(clock.LONDON).hour == 10
    with world.context():
        row = panels.meeting(meeting)
        panel_meetings.cancel(world.actor("head.qa"), row.id, row.version, reason="No room.")
    cancelled = event()
    assert (cancelled["STATUS"], cancelled["UID"]) == ("CANCELLED", moved["UID"])
    assert cancelled["SEQUENCE"] > moved["SEQUENCE"]


@pytest.mark.walk
def test_nobody_without_a_part_in_a_panel_meeting_finds_its_documents(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world, members=("head.service", "head.qa"))
        before_the_panel(world, meeting)
        starts = panels.day_of(meeting)
    for login in (*OUTSIDE, "director"):
        client = world.client(login)
        for file in FILES:
            assert client.get(address(meeting, file)).status_code == 404, (login, file)
    member = world.client("head.service")
    assert [member.get(address(meeting, file)).status_code for file in FILES] == [200, 404, 404, 200]
    for file in FILES:
        assert world.client().get(address(meeting, file)).status_code == 302
    with clock.set_to(starts):
        with world.context():
            panels.attend(world, meeting, ("chair", "deputy.chair", "head.service", "head.qa"))
        for login in (*OUTSIDE, "director"):
            for file in FILES:
                assert world.client(login).get(address(meeting, file)).status_code == 404, (login, file)


def test_whoever_gave_up_the_seat_has_no_panel_pack_and_a_calendar_entry_struck_out(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world, members=("director", "head.service", "head.qa"))
        before_the_panel(world, meeting)
        row = panels.meeting(meeting)
        absent, by = world.public_id("director"), world.public_id("assistant.director")
        panel_meetings.substitute(world.actor("head.qa"), row.id, row.version, absent=absent, by=by, reason="On leave")
    gone, came = world.client("director"), world.client("assistant.director")
    assert [each.get(address(meeting, "pack.pdf")).status_code for each in (gone, came)] == [404, 200]
    entries = [event_of(each.get(address(meeting, "calendar.ics")).data)["STATUS"] for each in (gone, came)]
    assert entries == ["CANCELLED", "CONFIRMED"]


def by_the_deputy(world: World, meeting: str) -> PanelStory:
    """A review on which the Head may not act: the deputy moderates and refers it."""
    story = PanelStory(world, meeting, independent_chair=world.public_id("head.qa"))
    for step in ("drafting", "discussion", "hos_moderation"):
        getattr(story, step)()
    deputy = world.actor("deputy.qa")
    moderation.save(deputy, story.id, stages.moderation_answers(story.review), expected_version=0)
    panel_items.refer(deputy, story.id, story.review.version, meeting=meeting)
    return story


def test_a_deputy_has_the_panel_minutes_of_what_the_head_may_not_act_on(sqlite_world: World) -> None:
    """The Head's office knows of the meeting; what was heard opens to who acts as Head on it."""
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        usual = before_the_panel(world, meeting)
        in_conflict = by_the_deputy(world, meeting)
        starts = panels.day_of(meeting)
        shown = usual.review.reference, in_conflict.review.reference
    with clock.set_to(starts):
        with world.context():
            panels.attend(world, meeting)
        client = world.client("deputy.qa")
        assert client.get(address(meeting, "calendar.ics")).status_code == 200
        assert client.get(address(meeting, "pack.pdf")).status_code == 404
        body = client.get(address(meeting, "minutes")).get_data(as_text=True)
        assert [reference in body for reference in shown] == [False, True]
