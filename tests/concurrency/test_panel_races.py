"""Two people at once at the panel: one clean outcome each, nothing is lost. Whichever comes first may win."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.extensions import session
from app.models.panel import PanelDissent
from app.models.records import AuditEvent
from app.models.reviews import Decision
from app.policy.visibility import Aspect
from app.services import issuing, panel_decision, panel_readings
from tests.concurrency.panel_racing import (
    TIMES,
    attended,
    count,
    deciding,
    declaring,
    either_first,
    opening,
    read_by,
    sight_of,
    submitting,
)
from tests.support import panels
from tests.support.panels import CHAIR, DEPUTY, PanelStory
from tests.support.world import World
from workflows.states import ReadingState, ReviewState

pytestmark = pytest.mark.postgres


# --- reading and opening ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", TIMES)
def test_the_last_two_readings_at_the_same_instant(pg: World, number: int) -> None:
    """Both are in, nobody is waited for any more, and nothing opened by itself."""
    with pg.context():
        story = panels.panel_story(pg)
        read_by(story, "director", "head.service")
        acts = submitting(pg, story, "director"), submitting(pg, story, "head.service", "inadequate")
    assert either_first(pg, number, *acts) == ("done", "done")
    with pg.context():
        assert {row.state for row in story.item.readings} == {ReadingState.SUBMITTED}
        assert story.item.opened_at is None
        assert Aspect.READINGS not in sight_of(pg, story, "director")
        attended(pg, story)
        opening(pg, story)()
        assert count(AuditEvent, kind="panel_item.open") == 1
        assert all(row.let_in_at for row in story.item.readings)


@pytest.mark.parametrize("number", TIMES)
def test_the_chair_opens_while_the_last_reading_is_submitted(pg: World, number: int) -> None:
    """Either it is still awaited and the opening is refused, or it was in and its reader is let in with the rest."""
    with pg.context():
        story = panels.panel_story(pg)
        read_by(story, "director")
        attended(pg, story)
        acts = opening(pg, story), submitting(pg, story, "director")
    opened, submitted = either_first(pg, number, *acts)
    assert submitted == "done"
    assert opened in ("done", "GuardFailed")
    with pg.context():
        assert (story.item.opened_at is not None) is (opened == "done")
        assert all((row.let_in_at is not None) is (opened == "done") for row in story.item.readings)
        assert story.reading("director").counted


@pytest.mark.parametrize("number", TIMES)
def test_an_autosave_against_the_submission(pg: World, number: int) -> None:
    """A submitted reading is what was submitted; a save that was first sends the submission back to look."""
    with pg.context():
        story = panels.panel_story(pg)
        row = story.reading("director")
        other, row_id, version = panels.reading_answers(row.item, "outstanding"), row.id, row.version
        actor, submit = pg.actor("director"), submitting(pg, story, "director", "inadequate")
    saved, submitted = either_first(
        pg, number, lambda: panel_readings.save(actor, row_id, other, expected_version=version), submit
    )
    assert (saved, submitted) in (("done", "Stale"), ("WrongStage", "done"))
    with pg.context():
        row = story.reading("director")
        kept = "inadequate" if submitted == "done" else "outstanding"
        assert (row.submitted_at is not None) is (submitted == "done")
        assert row.answers["journey"]["grade"] == kept


@pytest.mark.parametrize("number", TIMES)
def test_a_conflict_is_declared_while_the_chair_opens(pg: World, number: int) -> None:
    """Whichever is first, who declared sees nothing afterwards."""
    with pg.context():
        story = panels.panel_story(pg)
        read_by(story)
        attended(pg, story)
        acts = declaring(pg, story, "director"), opening(pg, story)
    assert either_first(pg, number, *acts) == ("done", "done")
    with pg.context():
        row = story.reading("director")
        assert (row.state, row.let_in_at) == (ReadingState.EXEMPT, None)
        assert sight_of(pg, story, "director") == frozenset()
        assert Aspect.READINGS in sight_of(pg, story, "head.service")


@pytest.mark.parametrize("number", TIMES)
def test_the_chair_declares_a_conflict_in_one_window_and_opens_in_another(pg: World, number: int) -> None:
    with pg.context():
        story = panels.panel_story(pg)
        read_by(story)
        attended(pg, story)
        acts = declaring(pg, story, CHAIR), opening(pg, story)
    declared, opened = either_first(pg, number, *acts)
    assert declared == "done"
    assert opened in ("done", "NotPermitted")
    with pg.context():
        assert sight_of(pg, story, CHAIR) == frozenset()
        if opened == "NotPermitted":
            opening(pg, story, DEPUTY)()
        assert Aspect.READINGS in sight_of(pg, story, DEPUTY)


# --- the decision -------------------------------------------------------------------------------------------------


def under_discussion(pg: World) -> PanelStory:
    story = panels.panel_story(pg)
    story.opened_on_the_day()
    return story


@pytest.mark.parametrize("number", TIMES)
def test_the_chair_decides_in_two_windows(pg: World, number: int) -> None:
    with pg.context():
        story = under_discussion(pg)
        acts = deciding(pg, story, CHAIR), deciding(pg, story, CHAIR, grade="inadequate")
    assert sorted(either_first(pg, number, *acts)) == ["Stale", "done"]
    with pg.context():
        assert count(Decision, review_id=story.id) == 1
        assert story.review.state is ReviewState.TRACKING


@pytest.mark.parametrize("number", TIMES)
def test_the_chair_in_conflict_and_the_deputy_decide(pg: World, number: int) -> None:
    """The chair declared before; a page that was left open decides nothing."""
    with pg.context():
        story = under_discussion(pg)
        acts = deciding(pg, story, CHAIR), deciding(pg, story, DEPUTY)
        declaring(pg, story, CHAIR)()
    chair, deputy = either_first(pg, number, *acts)
    assert deputy == "done"
    assert chair in ("NotPermitted", "Stale")
    with pg.context():
        made = session.scalars(select(Decision).filter_by(review_id=story.id)).one()
        assert made.person_id == pg.person(DEPUTY).id
        assert made.acting == "deputy chair: the chair is in conflict"


@pytest.mark.parametrize("number", TIMES)
def test_the_chair_decides_and_declares_a_conflict_at_once(pg: World, number: int) -> None:
    with pg.context():
        story = under_discussion(pg)
        acts = deciding(pg, story, CHAIR), declaring(pg, story, CHAIR)
    decided, declared = either_first(pg, number, *acts)
    assert declared == "done"
    assert decided in ("done", "NotPermitted")
    with pg.context():
        assert count(Decision, review_id=story.id) == (decided == "done")
        assert sight_of(pg, story, CHAIR) == frozenset()


@pytest.mark.parametrize("number", TIMES)
def test_a_review_is_withdrawn_while_it_is_decided(pg: World, number: int) -> None:
    with pg.context():
        story = under_discussion(pg)
        decide, head, version = deciding(pg, story, CHAIR), pg.actor("head.qa"), story.review.version
    withdrawn, decided = either_first(
        pg, number, lambda: issuing.withdraw(head, story.id, version, reason="Planned twice."), decide
    )
    # What was withdrawn is no longer before the panel, whatever the page had; what was decided is another version.
    assert (withdrawn, decided) in (("done", "WrongStage"), ("Stale", "done"))
    with pg.context():
        wanted = (ReviewState.WITHDRAWN, "left") if withdrawn == "done" else (ReviewState.TRACKING, "decided")
        assert (story.review.state, str(story.item.state)) == wanted


@pytest.mark.parametrize("number", TIMES)
def test_the_form_is_saved_in_one_window_and_confirmed_in_another(pg: World, number: int) -> None:
    with pg.context():
        story = under_discussion(pg)
        chair, item_id, given = pg.actor(CHAIR), story.item.id, story.agreed_form("inadequate")
        decide = deciding(pg, story, CHAIR)
    saved, decided = either_first(
        pg, number, lambda: panel_decision.save(chair, item_id, given, expected_version=0), decide
    )
    assert (saved, decided) in (("done", "Stale"), ("WrongStage", "done"))


@pytest.mark.parametrize("number", TIMES)
def test_one_dissent_from_two_windows_is_one(pg: World, number: int) -> None:
    with pg.context():
        story = under_discussion(pg)
        deciding(pg, story, CHAIR)()
        director, item_id = pg.actor("director"), story.item.id

    def act() -> None:
        panel_decision.dissent(director, item_id, text="Not as I read it.")

    assert sorted(either_first(pg, number, act, act)) == ["NotPermitted", "done"]
    with pg.context():
        assert count(PanelDissent) == 1
