"""The panel's life on both databases: read alone, meet, decide (R3 to R5)."""

from __future__ import annotations

import pytest

from app.extensions import session
from app.models.panel import PanelReading
from app.models.reviews import GradeGiven, GradeStage
from app.policy.visibility import Aspect, sees
from app.services import gate, invariants, issuing, panel_items, panel_readings
from app.services.review_facts import final_grades
from tests.support import panels
from tests.support.panels import PanelStory
from tests.support.world import World
from workflows.engine import GuardFailed, NotPermitted, WrongStage
from workflows.states import PanelItemState, ReadingState, ReviewState


def seen(world: World, login: str, story: PanelStory) -> set[Aspect]:
    review = story.review
    return set(sees(world.actor(login), review, gate.office()).aspects)


def test_a_review_is_read_alone_discussed_and_decided(world: World) -> None:
    with world.context():
        meeting = panels.set_up(world)
        story = PanelStory(world, meeting)
        story.panel_moderation()
        assert story.review.state is ReviewState.PANEL_MODERATION
        assert {str(row.state) for row in story.item.readings} == {"invited"}
        story.read_by_all(head_service="inadequate")
        assert Aspect.READINGS not in seen(world, "director", story)
        with panels.on_the_day(meeting):
            story.opened()
            assert Aspect.READINGS in seen(world, "director", story)
            story.decided(grade="requires_improvement")
        review = story.review
        assert review.state is ReviewState.TRACKING
        assert str(review.decided_how) == "panel"
        assert {row.grade for row in final_grades(review).values()} == {2}
        assert story.item.state is PanelItemState.DECIDED
        assert Aspect.READINGS in seen(world, "head.qa", story)
        assert Aspect.FINAL not in seen(world, "worker", story)
        read = session.query(GradeGiven).filter_by(review_id=story.id, stage=GradeStage.READING).count()
        assert read == 6 * 3
        assert invariants.broken() == {}


def test_the_heads_reading_begins_from_the_view_and_counts_in_no_figure(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = PanelStory(world, panels.set_up(world))
        story.panel_moderation()
        row = story.reading("head.qa")
        assert row.begun_from_view
        assert not row.counted
        assert row.answers["overall"]["grade"] == "good"
        assert story.reading("director").counted


def test_a_submitted_reading_is_final(world: World) -> None:
    with world.context():
        story = PanelStory(world, panels.set_up(world))
        story.panel_moderation()
        story.read("director")
        row = story.reading("director")
        given = panels.reading_answers(row.item, "inadequate")
        with pytest.raises(WrongStage):
            panel_readings.submit(world.actor("director"), row.id, expected_version=row.version, answers=given)
        with pytest.raises(WrongStage):
            panel_readings.save(world.actor("director"), row.id, given, expected_version=row.version)
        assert story.reading("director").answers["journey"]["grade"] == "good"


def test_a_line_manager_on_the_panel_is_out_and_sees_what_that_tie_gives(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        story = PanelStory(world, meeting, manager_login="head.service")
        story.panel_moderation()
        row = story.reading("head.service")
        assert (row.state, row.exempt_why) == (ReadingState.EXEMPT, "line_manager")
        assert seen(world, "head.service", story) == {
            Aspect.EXISTS, Aspect.IDENTITY, Aspect.READ_REVISION, Aspect.OWN_ANSWER, Aspect.OTHERS_ANSWER,
        }  # fmt: skip
        assert invariants.broken() == {}


def test_a_declared_conflict_ends_access_at_once(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = PanelStory(world, panels.set_up(world))
        story.panel_moderation()
        story.read("director")
        row = story.reading("director")
        panel_readings.declare_conflict(world.actor("director"), row.id, reason="I know the family.")
        assert story.reading("director").state is ReadingState.EXEMPT
        assert seen(world, "director", story) == set()
        assert invariants.broken() == {}


def test_the_chair_opens_only_when_all_have_read_and_quorum_is_there(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        story = PanelStory(world, meeting)
        story.panel_moderation()
        with panels.on_the_day(meeting):
            panels.attend(world, meeting)
            item = story.item
            with pytest.raises(GuardFailed) as refused:
                panel_items.open_discussion(world.actor("chair"), item.id, item.version)
            assert len(refused.value.reasons) == 4
            with pytest.raises(NotPermitted):
                panel_items.open_discussion(world.actor("deputy.chair"), item.id, item.version)
        assert all(row.let_in_at is None for row in session.query(PanelReading))


def test_the_deputy_chairs_where_the_chair_is_in_conflict(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        story = PanelStory(world, meeting)
        story.panel_moderation()
        row = story.reading("chair")
        panel_readings.declare_conflict(world.actor("chair"), row.id, reason="A neighbour.")
        story.read_by_all()
        with panels.on_the_day(meeting):
            story.opened("deputy.chair")
            assert story.item.opened_acting == "deputy chair: the chair is in conflict"
            story.decided("deputy.chair")
        assert story.review.state is ReviewState.TRACKING
        assert story.item.decision is not None
        assert "in conflict" in story.item.decision.acting
        assert invariants.broken() == {}


def test_a_withdrawn_review_leaves_the_agenda(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = PanelStory(world, panels.set_up(world))
        story.panel_moderation()
        issuing.withdraw(world.actor("head.qa"), story.id, story.review.version, reason="Planned twice.")
        assert story.item.state is PanelItemState.LEFT
        assert seen(world, "director", story) == set()
        assert invariants.broken() == {}
