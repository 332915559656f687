"""The records of a review that a panel decided: the agreed form, how it was reached, each recommendation as settled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.documents.content import ModerationContent, ReviewContent, content_sha256, read_moderation, read_review
from app.documents.moderation_record import moderation_record
from app.documents.pdf import render_pdf
from app.documents.review_record import review_record
from app.extensions import session
from app.policy.acting import load_office
from app.queries import documents
from app.services import issuing, panel_decision, panel_items, panel_meetings, panel_readings
from tests.support import panels
from tests.support.panels import PanelStory, on_the_day
from tests.support.world import World
from tests.unit.documents.support import checked, text_of

pytestmark = pytest.mark.pdf

READING = "XREADING what I thought alone"


def to_the_meeting(world: World, meeting: str = "", **grades: str) -> PanelStory:
    """A review that everybody has read, each with words of their own."""
    story = PanelStory(world, meeting or panels.set_up(world))
    story.panel_moderation()
    for login in panels.ALL:
        if str(story.reading(login).state) in ("invited", "reading"):
            story.read(login, grades.get(login.replace(".", "_"), "good"), READING)
    return story


def moderation_of(world: World, story: PanelStory, login: str = "head.qa") -> ModerationContent:
    office = load_office(session, clock.today())
    filed = documents.moderation_content(world.actor(login), story.review, office)
    return read_moderation(filed.template, filed.data)


def review_of(world: World, story: PanelStory) -> ReviewContent:
    filed = documents.review_content(world.actor("head.qa"), story.review, load_office(session, clock.today()))
    assert filed.template is not None
    return read_review(filed.template, filed.data)


def issue(world: World, story: PanelStory) -> None:
    today = clock.today()
    issuing.issue(
        world.actor("head.qa"), story.id, story.review.version, sent_on=today, tracker_meeting_on=today,
        told_by="Nasreen", told_on=today,
    )  # fmt: skip


def only_row(story: PanelStory) -> str:
    item = story.item
    [row] = panel_decision.open_rows(item.review, item)
    return str(row["key"])


def changed_to(action: str, **rest: str) -> dict[str, str]:
    """A recommendation as the panel words it."""
    return {
        "what": "change",
        "reason": "Two will do.",
        "action": action,
        "impact": "More.",
        "due": "2027-02-01",
        **rest,
    }


def with_actions(story: PanelStory, **row: Any) -> dict[str, Any]:
    """An agreed form in which something needs doing."""
    form = panels.reading_answers(story.item, "good", "As discussed.")
    action = {"key": "r0000000009", "action": "Tell the other teams.", "owner": None, "timescale": "By May", **row}
    return {**form, "actions": {"any_actions": "some", "actions": [action]}}


def test_the_moderation_record_is_the_panels_agreed_form(world: World) -> None:
    with world.context():
        story = to_the_meeting(world, director="inadequate")
        dissents = {world.public_id("director"): "I would have said inadequate.",
                    world.public_id("external.reviewer"): "The visits are in the record."}  # fmt: skip
        with on_the_day(story.meeting_id):
            story.opened()
            story.decided(reached="chair_decided", reached_reason="The harm came later.", dissents=dissents,
                          grade="requires_improvement")  # fmt: skip
        content = moderation_of(world, story)
        assert content.template is not None
        assert content.panel is not None
        assert (content.panel.reached, content.decided.reason) == ("chair_decided", "The harm came later.")
        assert content.panel.on == clock.day_of(panels.day_of(story.meeting_id))
        assert len(content.panel.took_part) == 6
        assert {row.who: row.text for row in content.dissents} == {
            "Helen Abara": "I would have said inadequate.",
            "Miriam Feldman, reviewer": "The visits are in the record.",
        }
        assert set(content.asked) >= {"overall", "journey", "needs", "summary", "actions"}
        assert not {"oversight", "identity", "partners"} & set(content.asked)
        pdf = render_pdf(moderation_record(content))
        text = text_of(pdf)
        for said in ("As discussed.", "The panel weighed it otherwise.", "The chair decided", "By the panel"):
            assert said in text
        assert "XREADING" not in text
        assert "Management oversight" not in text
        assert checked(pdf) == []


def test_who_was_out_excused_or_replaced_is_in_the_record_and_never_why(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world, members=("director", "head.service", "head.qa"))
        story = PanelStory(world, meeting)
        story.panel_moderation()
        row = panels.meeting(meeting)
        absent, by = world.public_id("head.service"), world.public_id("assistant.director")
        panel_meetings.substitute(
            world.actor("head.qa"), row.id, row.version, absent=absent, by=by, reason="XAWAY on leave"
        )
        panel_readings.declare_conflict(world.actor("chair"), story.reading("chair").id, reason="XWHY a neighbour")
        panel_readings.excuse(world.actor("deputy.chair"), story.reading("director").id, reason="XILL in hospital")
        for login in ("assistant.director", "deputy.chair", "head.qa"):
            story.read(login)
        with on_the_day(meeting):
            panels.attend(world, meeting, [login for login in panels.ALL if login != "head.service"])
            story.opened("deputy.chair")
            story.decided("deputy.chair")
        content = moderation_of(world, story)
        name = {login: world.person(login).name for login in panels.ALL}
        assert content.panel is not None
        assert content.panel.out == (name["chair"],)
        assert content.panel.excused == (name["director"],)
        [substitute] = content.panel.substitutes
        assert (substitute.who, substitute.instead_of) == (name["assistant.director"], name["head.service"])
        assert set(content.panel.took_part) == {
            name[each] for each in ("assistant.director", "deputy.chair", "head.qa")
        }
        text = text_of(render_pdf(moderation_record(content)))
        assert "deputy chair: the chair is in conflict" in text
        assert not [word for word in ("XWHY", "XILL", "XAWAY") if word in text]


def test_a_conflict_declared_after_the_decision_leaves_the_record_as_it_is(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = to_the_meeting(world)
        with on_the_day(story.meeting_id):
            story.opened()
            story.decided()
        first = content_sha256(moderation_of(world, story))
        with clock.set_to(panels.day_of(story.meeting_id) + timedelta(days=1)):
            panel_readings.declare_conflict(world.actor("director"), story.reading("director").id, reason="Since then.")
            assert content_sha256(moderation_of(world, story)) == first


def test_a_recommendation_is_recorded_in_the_panels_words(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = to_the_meeting(world)
        key = only_row(story)
        changed = changed_to("Agree two people to ring.", impact="Somebody answers.", owner=world.public_id("manager"))
        added = {"key": "added1", "level": "service", "action": "Share the method.", "impact": "Others gain."}
        with on_the_day(story.meeting_id):
            story.opened()
            story.decided(recommendations={key: changed}, added=[added], form=with_actions(story))
        first, second = review_of(world, story).recommendations
        assert (first.action, first.effect) == ("Agree two people to ring.", "Somebody answers.")
        assert (first.owner, first.due_on and first.due_on.isoformat()) == (world.person("manager").name, "2027-02-01")
        assert (second.action, second.level) == ("Share the method.", "service")
        text = text_of(render_pdf(review_record(review_of(world, story))))
        assert "who to ring when worried" not in text
        assert "Tell the other teams." not in text  # it arose at the panel: the tracker's, not this child's
        assert "Tell the other teams." in text_of(render_pdf(moderation_record(moderation_of(world, story))))


def test_a_dropped_recommendation_is_in_no_record(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = to_the_meeting(world)
        given = {only_row(story): {"what": "drop", "reason": "It is done."}}
        with on_the_day(story.meeting_id):
            story.opened()
            story.decided(recommendations=given)
        assert review_of(world, story).recommendations == ()


def test_a_second_decision_records_what_was_in_force_then(sqlite_world: World) -> None:
    """Changed by the first panel, then by the tracker, kept by the second panel: what the second had before it."""
    world = sqlite_world
    with world.context():
        story = to_the_meeting(world)
        changed = changed_to("Agree two people to ring.", owner=world.public_id("worker"))
        with on_the_day(story.meeting_id):
            story.opened()
            story.decided(recommendations={only_row(story): changed}, form=with_actions(story))
            issue(world, story)
            story.act("worker", "dispute", reason="One is enough.")
            story.act("head.qa", "settle", reason="Agreed.", action="Agree one person to ring.")
        with clock.set_to(panels.day_of(story.meeting_id) + timedelta(days=3)):
            story.meeting_id = panels.set_up(world)
            panel_items.reopen_decision(
                world.actor("chair"), story.id, story.review.version, reason="New facts.", meeting=story.meeting_id
            )
            for login in panels.ALL:
                story.read(login)
        with on_the_day(story.meeting_id):
            story.opened()
            story.decided()
            [kept] = review_of(world, story).recommendations
            assert kept.action == "Agree one person to ring."
            assert kept.due_on is not None
            assert kept.due_on.isoformat() == "2027-02-01"
            issue(world, story)
            story.act("worker", "dispute", reason="None is enough.")
            story.act("head.qa", "settle", reason="No.", action="XLATER")
            assert review_of(world, story).recommendations == (kept,)
