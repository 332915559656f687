"""A review before the panel: when it may be referred and on which form, who is out, and the days in between."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app import clock
from app.extensions import session
from app.models.forms import FormState, FormTemplateVersion
from app.models.records import ClosingDay
from app.models.reviews import GradeGiven, GradeStage, PanelDraw, Review
from app.policy.visibility import Aspect, sees, visible_reviews
from app.services import (
    form_versions,
    gate,
    moderation,
    panel_facts,
    panel_items,
    panel_meetings,
    settings,
)
from app.services.unit_of_work import unit_of_work
from tests.support import panels
from tests.support.panels import ALL, CHAIR, PanelStory, panel_story, refusal
from tests.support.world import LIBRARY, World
from workflows.states import ReadingState, ReviewState

pytestmark = pytest.mark.slow


def adjourn(story: PanelStory, login: str = CHAIR, reason: str = "Not enough time.") -> None:
    panel_items.adjourn(story.world.actor(login), story.item.id, story.item.version, reason=reason)


def test_a_review_is_referred_five_working_days_before_a_meeting_and_no_later(sqlite_world: World) -> None:
    """From Monday the fifth working day is the Monday after; the Friday before is too near."""
    with sqlite_world.context():
        friday, monday = panels.set_up(sqlite_world, 4), panels.set_up(sqlite_world, 7)
        story = PanelStory(sqlite_world, friday)
        story.to_be_referred()
        assert "less than 5 working days away" in refusal(story.referred)
        story.meeting_id = monday
        story.referred()
        assert story.review.state is ReviewState.PANEL_MODERATION


def test_a_closing_day_of_the_authority_is_no_working_day(sqlite_world: World) -> None:
    with sqlite_world.context():
        with unit_of_work(sqlite_world.actor("admin")) as work:
            work.add(ClosingDay(day=date(2026, 11, 25), why="Training"))
        story = PanelStory(sqlite_world, panels.set_up(sqlite_world, 7))
        story.to_be_referred()
        assert "less than 5 working days away" in refusal(story.referred)


def test_a_meeting_that_would_not_be_quorate_without_those_in_conflict_is_refused(sqlite_world: World) -> None:
    """The line manager and the reviewer sit on it: of four two could decide."""
    world = sqlite_world
    with world.context():
        small = panels.set_up(world, members=("director", "head.service"), deputy_chair=None)
        story = PanelStory(world, small, manager_login="head.service")
        story.to_be_referred()
        found = panel_facts.out_of(story.review, panels.meeting(small))
        assert found == {world.person("head.service").id: "line_manager"}
        assert "would not be quorate once conflicted members are out" in refusal(story.referred)
        story.meeting_id = panels.set_up(world)
        story.referred()


def test_a_meeting_without_a_chair_who_is_free_is_refused(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world, chair=world.public_id("head.service"), deputy_chair=None)
        story = PanelStory(world, meeting, manager_login="head.service")
        story.to_be_referred()
        assert "would not be quorate" in refusal(story.referred)


def test_without_a_moderation_form_that_fits_nothing_is_referred(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = PanelStory(world, panels.set_up(world))
        story.to_be_referred()
        form_versions.retire(world.actor("admin"), form_versions.published("moderation")[0].id)
        assert "No moderation form that fits this review's form is published." in refusal(story.referred)


def test_an_item_keeps_the_form_it_was_referred_on(sqlite_world: World) -> None:
    """A newer form is for reviews referred after it, and not for this review's second hearing either (R13)."""
    world = sqlite_world
    with world.context():
        story = panel_story(world)
        first = story.item.form_version_id
        text = (LIBRARY / "moderation-2024-04.yaml").read_text(encoding="utf8").replace('"2024-04"', '"2024-05"', 1)
        newer = form_versions.load(world.actor("admin"), text)
        form_versions.publish(world.actor("admin"), newer.id)
        panel_items.send_back(world.actor(CHAIR), story.id, story.review.version, reason="The visits of May.")
        story.referred_again()
        assert story.item.form_version_id == first
        other = panel_story(world)
        assert other.item.form_version_id == newer.id
        assert session.get(FormTemplateVersion, first).state is not FormState.DRAFT  # type: ignore[union-attr]


def test_the_moderators_view_goes_into_the_grade_history(sqlite_world: World) -> None:
    with sqlite_world.context():
        story = panel_story(sqlite_world)
        views = session.query(GradeGiven).filter_by(review_id=story.id, stage=GradeStage.FIRST_MODERATION).all()
        assert {row.part for row in views} == {"journey", "needs", "summary"}
        assert {row.person_id for row in views} == {sqlite_world.person("head.qa").id}


def test_who_is_out_is_found_invited_nowhere_and_told_nothing(world: World) -> None:
    """The line manager sits on the panel: exempt from the first moment, and no message goes there for the panel."""
    with world.context():
        story = PanelStory(world, panels.set_up(world), manager_login="head.service")
        story.panel_moderation()
        row = story.reading("head.service")
        assert (row.state, row.exempt_why) == (ReadingState.EXEMPT, "line_manager")
        assert panels.told("panel_reading.invite") == set(ALL) - {"head.service", "head.qa"}
        story.opened_on_the_day()
        with panels.on_the_day(story.meeting_id):
            adjourn(story)
        assert "head.service" not in panels.told("panel_item.adjourn")
        assert panels.told("panel_item.adjourn") >= {"director", "head.qa"}
        session.rollback()
        mine = visible_reviews(world.actor("head.service"), gate.office())
        assert session.query(Review).filter(mine).count() == 1  # as its line manager
        assert Aspect.SUBMITTED not in sees(world.actor("head.service"), story.review, gate.office())


def test_the_draw_is_kept_from_the_submission_on(sqlite_world: World) -> None:
    """Drawn once, when it was submitted: nothing done at the panel draws again."""
    world = sqlite_world
    with world.context():
        with unit_of_work(world.actor("admin")) as work:
            settings.put(work, {"panel_rule": {"kind": "sample", "percent": 100}})
        story = PanelStory(world, panels.set_up(world))
        story.to_be_referred()
        assert story.review.panel_draw is PanelDraw.SAMPLED
        again = lambda: moderation.agree_without_panel(  # noqa: E731
            world.actor("head.qa"), story.id, story.review.version, reason="Well evidenced."
        )
        assert "was drawn for the panel when it was submitted" in refusal(again)
        with unit_of_work(world.actor("admin")) as work:
            settings.put(work, {"panel_rule": {"kind": "none", "percent": 0}})
        assert "drawn for the panel" in refusal(again)
        story.referred()
        assert story.review.panel_draw is PanelDraw.SAMPLED


# --- the days -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "due"),
    [
        (datetime(2026, 12, 3, 10, 0, tzinfo=clock.LONDON), date(2026, 12, 1)),
        (datetime(2026, 12, 7, 10, 0, tzinfo=clock.LONDON), date(2026, 12, 3)),  # over a weekend
        (datetime(2026, 12, 29, 10, 0, tzinfo=clock.LONDON), date(2026, 12, 23)),  # over Christmas
        (datetime(2027, 3, 30, 0, 30, tzinfo=clock.LONDON), date(2027, 3, 24)),  # Easter, and still the 29th in UTC
    ],
)
def test_readings_are_due_two_working_days_before(sqlite_world: World, starts: datetime, due: date) -> None:
    with sqlite_world.context():
        story = PanelStory(sqlite_world, panels.set_up(sqlite_world, starts_at=starts))
        story.panel_moderation()
        assert story.item.due_on == due


@pytest.mark.parametrize(
    ("starts", "utc"),
    [
        (datetime(2027, 3, 28, 10, 0, tzinfo=clock.LONDON), datetime(2027, 3, 28, 9, 0, tzinfo=UTC)),  # clocks forward
        (datetime(2027, 10, 31, 10, 0, tzinfo=clock.LONDON), datetime(2027, 10, 31, 10, 0, tzinfo=UTC)),  # and back
    ],
)
def test_a_meeting_on_a_day_when_the_clocks_change_is_on_that_day(
    world: World, starts: datetime, utc: datetime
) -> None:
    """Ten in the morning is ten in the morning, and who is here can be said all of that London day."""
    with world.context():
        story = PanelStory(world, panels.set_up(world, starts_at=starts))
        assert panels.day_of(story.meeting_id) == utc
        for moment, today in ((utc.replace(hour=0) - timedelta(hours=2), False), (utc.replace(hour=21), True)):
            with clock.set_to(moment):
                if not today:
                    assert "not today" in refusal(lambda: panels.attend(world, story.meeting_id))
                else:
                    panels.attend(world, story.meeting_id)


def test_a_meeting_moved_later_moves_no_deadline_already_given(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = panel_story(world)
        due, row = story.item.due_on, panels.meeting(story.meeting_id)
        panel_meetings.change(world.actor("head.qa"), row.id, row.version, panels.plan(world, 17))
        assert story.item.due_on == due
        row = panels.meeting(story.meeting_id)
        panel_meetings.change(world.actor("head.qa"), row.id, row.version, panels.plan(world, 9))
        assert story.item.due_on == date(2026, 11, 30)
