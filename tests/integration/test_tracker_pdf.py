"""The minutes of a tracker meeting on paper: tagged, fixed after the end, each copy its reader's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import clock
from app.documents.pdf import render_pdf
from app.documents.tracker_content import TrackerMinutesContent, read_tracker_minutes, tracker_minutes_sha256
from app.documents.tracker_minutes import tracker_minutes
from app.extensions import session
from app.policy.acting import load_office
from app.queries import tracker_minutes as queries
from app.queries.reviews import NotVisible
from app.services import planning, recommendations, tracker_meetings
from tests.support import trackers
from tests.support.trackers import begun, item_of, meeting, planned, say, started
from tests.support.world import World
from tests.unit.documents.support import checked, text_of

pytestmark = pytest.mark.pdf

HOSTILE = "<b>bold</b> & {{ 7*7 }} =SUM(A1) \u202eright\u202c שלום 🙂 " + "word " * 700


def content(world: World, login: str, made: str) -> TrackerMinutesContent:
    session.rollback()
    office = load_office(session, clock.today())
    return read_tracker_minutes(queries.minutes(world.actor(login), office, made).data)


def test_the_tracker_minutes_are_tagged_and_say_what_was_said(world: World) -> None:
    with world.context():
        child = planning.NewChild(case_system_id="CS313131", name="Ottoline Brackenbury", born_on=clock.today())
        story = started(world, child=child)
        started(world)
        made = begun(world)
        row = story.recommendation()
        new = (row.due_on or clock.today()) + timedelta(days=14)
        note = {"evidence": "Case note.", "impact": "Slept better.", "decision": "Go on.", "next_step": "Ring."}
        item = item_of(made, row)
        say(world, item, forecast="at_risk", new_due_on=new, new_due_reason="Closed.", **note)  # type: ignore[arg-type]
        owned = meeting(made)
        tracker_meetings.keep_notes(world.actor("head.qa"), owned.id, owned.version, "The next one is in January.")
        trackers.end(world, made)
        found = content(world, "head.qa", made)
        pdf = render_pdf(tracker_minutes(found))
    assert checked(pdf) == []
    text = text_of(pdf)
    order = [
        "Minutes of the tracker meeting", "Confidential: copy of Nasreen Qureshi", "Committee room 2", "Who was asked",
        "Oluwaseun Bello", "The next one is in January.", row.reference, "O.B.", "Agree with the child who to ring",
        "Daniel Osei", "The plan was agreed.", "Case note.", "Slept better.", "At risk", "Closed.", "Go on.", "Ring.",
        "09:00, by Nasreen Qureshi", "Not discussed at this meeting", tracker_minutes_sha256(found),
    ]  # fmt: skip
    places = [text.find(words) for words in order]
    assert -1 not in places, [words for words, place in zip(order, places, strict=True) if place < 0]
    for hidden in ("Ottoline", "Brackenbury", "CS313131"):
        assert hidden not in text


def test_what_was_typed_badly_is_drawn_as_text_in_the_tracker_minutes(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = started(world)
        made = begun(world)
        say(world, item_of(made, story.recommendation()), progress=HOSTILE)
        pdf = render_pdf(tracker_minutes(content(world, "head.qa", made)))
    assert checked(pdf) == []
    assert "<b>bold</b> & {{ 7*7 }} =SUM(A1)" in text_of(pdf)


def test_the_tracker_minutes_of_nothing_are_tagged_as_well(sqlite_world: World) -> None:
    with sqlite_world.context():
        made = begun(sqlite_world)
        assert checked(render_pdf(tracker_minutes(content(sqlite_world, "head.qa", made)))) == []


def test_the_tracker_minutes_stay_as_they_were_whatever_comes_later(world: World) -> None:
    """Another owner, another date, another action, closed: the sealed figure is the same; an addition changes it."""
    with world.context():
        story = started(world)
        made = begun(world)
        say(world, item_of(made, story.recommendation()))
        trackers.end(world, made)
        first = content(world, "head.qa", made)
        with clock.set_to(trackers.on(20)):
            row = story.recommendation()
            people = {"owner": world.public_id("siobhan.doyle"), "verifier": world.public_id("manager")}
            recommendations.act(world.actor("head.qa"), row.id, "name", row.version, people)
            row = story.recommendation()
            later = {"due_on": trackers.in_weeks(30), "reason": "It takes longer."}
            recommendations.act(world.actor("head.qa"), row.id, "extend", row.version, later)
            story.act("siobhan.doyle", "complete", evidence="The plan names the person.")
            story.act("manager", "not_seen", action="Ring each week.", due_on=trackers.in_weeks(40))
            assert tracker_minutes_sha256(content(world, "head.qa", made)) == tracker_minutes_sha256(first)
            ended = meeting(made)
            tracker_meetings.add_to_minutes(world.actor("head.qa"), ended.id, ended.version, "It was cold.")
            again = content(world, "head.qa", made)
        assert tracker_minutes_sha256(again) != tracker_minutes_sha256(first)
        assert again.items == first.items


def test_each_copy_of_the_tracker_minutes_is_its_readers(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        mine, others = started(world), trackers.elsewhere(world, owner="head.service")
        made = begun(world, ("manager", "head.service"))
        for story in (mine, others):
            say(world, item_of(made, story.recommendation()))
        wanted = {
            "head.qa": {mine.recommendation().reference, others.recommendation().reference},
            "worker": {mine.recommendation().reference},
            "manager": {mine.recommendation().reference},
            "head.service": {others.recommendation().reference},
        }
        for login, references in wanted.items():
            found = content(world, login, made)
            assert {item.reference for item in found.items} == references, login
            assert found.reader == world.person(login).name
        for login in ("external.reviewer", "director", "admin", "siobhan.doyle", "joseph.mbeki"):
            with pytest.raises(NotVisible):
                content(world, login, made)
        assert len({tracker_minutes_sha256(content(world, login, made)) for login in wanted}) == len(wanted)


def test_there_are_no_tracker_minutes_before_it_begins(sqlite_world: World) -> None:
    with sqlite_world.context():
        made = planned(sqlite_world, 0)
        with pytest.raises(NotVisible):
            content(sqlite_world, "head.qa", made)
