"""Every state, every step, every person of the demonstration: allowed, not permitted, or not at this stage.

The tables say who may by hand, from the handbook's tables of actions. What a step asks beside (guards) is not
the matter here: somebody who is let through to the guards is allowed.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import clock
from app.models.recommendations import Recommendation
from app.policy.actor import Actor
from app.services import gate, issuing
from tests.property.tables import CASES, HEAD, PEOPLE, Table, arrange, disagreements, found
from tests.support import panels
from tests.support.stages import Story, review_at
from tests.support.world import World
from workflows.engine import UnknownAction
from workflows.guards import MeetingFacts, RecommendationFacts, ReviewFacts
from workflows.recommendation import RECOMMENDATION
from workflows.review import REVIEW
from workflows.states import RecommendationState, ReviewState

pytestmark = pytest.mark.walk

REVIEWER, WORKER, MANAGER, CHAIR = "external.reviewer", "worker", "manager", "chair"
OWNER, VERIFIER = "worker", "manager"

# step: (who, the stages it can be taken at), from the table of actions in section 2 of the handbook.
REVIEW_TABLE: Table = {
    "start": ({REVIEWER}, "planned"),
    "reassign": ({HEAD}, "planned drafting discussion"),
    "share": ({REVIEWER}, "drafting"),
    "respond": ({WORKER, MANAGER}, "discussion"),
    "amend": ({REVIEWER}, "discussion"),
    "take_back": ({REVIEWER}, "discussion"),
    "submit": ({REVIEWER}, "discussion"),
    "return": ({HEAD}, "hos_moderation"),
    "refer_to_panel": ({HEAD}, "hos_moderation"),
    "agree_without_panel": ({HEAD}, "hos_moderation"),
    "decide": ({CHAIR}, "panel_moderation"),
    "send_back": ({CHAIR}, "panel_moderation"),
    "issue": ({HEAD}, "tracking"),
    "record_upload": ({HEAD}, "tracking"),
    "record_supervision": ({HEAD}, "tracking"),
    "close": ({HEAD}, "tracking"),
    "correct": ({HEAD}, "tracking closed"),
    "reopen_decision": ({CHAIR}, "tracking closed"),
    "reopen_moderation": ({HEAD}, "tracking closed"),
    "reopen": ({HEAD}, "closed"),
    "withdraw": ({HEAD}, "planned drafting discussion hos_moderation panel_moderation tracking"),
}
RECOMMENDATION_TABLE: Table = {
    "agree": ({HEAD, CHAIR}, "proposed"),  # whoever decided
    "drop": ({HEAD, CHAIR}, "proposed"),
    "change": ({HEAD, CHAIR}, "agreed in_progress action_complete"),
    "decide_against": ({HEAD, CHAIR}, "agreed in_progress action_complete"),
    "accept": ({OWNER}, "agreed"),
    "dispute": ({OWNER}, "agreed"),
    "settle": ({HEAD}, "agreed"),
    "name": ({HEAD}, "agreed in_progress action_complete in_plan set_aside"),
    "start": ({OWNER}, "agreed"),
    "refer_dispute": ({HEAD}, "agreed"),
    "settle_as_director": (set(), "agreed"),  # nobody until the dispute is given to one
    "join": ({HEAD}, "agreed in_progress action_complete"),
    "part_agreed": ({HEAD}, "set_aside"),
    "part_in_progress": ({HEAD}, "set_aside"),
    "part_action_complete": ({HEAD}, "set_aside"),
    "partner": ({HEAD}, "agreed in_progress action_complete"),
    "partner_sent": ({HEAD, OWNER}, "agreed in_progress action_complete"),
    "partner_replied": ({HEAD, OWNER}, "agreed in_progress action_complete"),
    "discuss": ({HEAD}, "agreed in_progress action_complete in_plan"),
    "tag": ({HEAD}, "agreed in_progress action_complete in_plan"),
    "tell_family": ({HEAD, OWNER, VERIFIER}, "in_progress action_complete closed in_plan"),
    "progress": ({OWNER}, "in_progress action_complete in_plan"),
    "complete": ({OWNER}, "in_progress"),
    "verify": ({VERIFIER}, "action_complete"),
    "cannot_be_known": ({VERIFIER}, "action_complete"),
    "not_seen": ({VERIFIER}, "action_complete"),
    "extend": ({HEAD}, "agreed in_progress action_complete"),
    "move_to_plan": ({HEAD}, "agreed in_progress action_complete"),
    "set_aside": ({HEAD}, "agreed in_progress action_complete"),
    "reopen": ({HEAD}, "closed in_plan set_aside"),
}
FREE = ReviewFacts(
    declared=True, share_gaps=(), submit_gaps=(), waiting_for=(), checks_missing=(), moderated_latest=True,
    panel_needed=None, panel_wrote_it=False, views_differ=(), meeting=MeetingFacts(working_days_away=9, quorate=True),
    new_reviewer_conflicts=(), final_grades_missing=(), decision_missing=(), decided_by_panel=True,
)  # fmt: skip


def at_state(world: World, state: ReviewState) -> Story:
    """A review at any stage; from the panel on, as the panel has it."""
    if state is ReviewState.WITHDRAWN:
        story = review_at(world, ReviewState.DRAFTING)
        issuing.withdraw(world.actor("head.qa"), story.id, story.review.version, reason="Planned twice.")
        return story
    if state not in (ReviewState.PANEL_MODERATION, ReviewState.TRACKING, ReviewState.CLOSED):
        return review_at(world, state)
    story = panels.panel_story(world)
    if state is not ReviewState.PANEL_MODERATION:
        story.decided_on_the_day()
    if state is ReviewState.CLOSED:
        with clock.set_to(panels.day_of(story.meeting_id)):
            story.closed()
    return story


def test_the_tables_name_every_step() -> None:
    assert set(REVIEW_TABLE) == {trigger for trigger, _ in REVIEW.steps()}
    assert set(RECOMMENDATION_TABLE) == {trigger for trigger, _ in RECOMMENDATION.steps()}


@pytest.mark.parametrize("state", ReviewState)
def test_who_may_do_what_to_a_review(sqlite_world: World, state: ReviewState) -> None:
    world = sqlite_world
    with world.context():
        story = at_state(world, state)
        wrong: list[str] = []
        for case, acting in CASES.items():
            arrange(world, case, story.id)
            row = story.review
            wrong += (f"{case}: {each}" for each in disagreements(world, REVIEW, row, REVIEW_TABLE, acting, FREE))
        assert wrong == []


@pytest.mark.parametrize("state", RecommendationState)
def test_who_may_do_what_to_a_recommendation(sqlite_world: World, state: RecommendationState) -> None:
    """The state is only set on the loaded row: the rules ask who somebody is, never how the row came there."""
    world = sqlite_world
    facts = RecommendationFacts(
        issued=True, has_owner=True, has_verifier=True, verifier_independent=True, in_decision=True
    )
    with world.context():
        story = at_state(world, ReviewState.TRACKING)
        wrong: list[str] = []
        for case, acting in CASES.items():
            arrange(world, case, story.id)
            row: Recommendation = story.recommendation()
            row.state = state
            wrong += (
                f"{case}: {each}"
                for each in disagreements(world, RECOMMENDATION, row, RECOMMENDATION_TABLE, acting, facts)
            )
        assert wrong == []


@pytest.mark.parametrize("state", [ReviewState.TRACKING, ReviewState.CLOSED])
def test_the_chair_has_no_say_in_what_was_agreed_without_a_panel(sqlite_world: World, state: ReviewState) -> None:
    with sqlite_world.context():
        row = review_at(sqlite_world, state).review
        said = {
            login: found(REVIEW, row, "reopen_decision", gate.command(sqlite_world.actor(login), FREE))
            for login in PEOPLE
        }
        assert set(said.values()) == {"not permitted"}


def test_every_step_of_nobody_and_of_no_name_is_refused(sqlite_world: World) -> None:
    """An actor without an id, and an action that is not in the table."""
    with sqlite_world.context():
        row = review_at(sqlite_world, ReviewState.DRAFTING).review
        nobody = gate.command(Actor(id=None, name=""), FREE)
        assert {found(REVIEW, row, step, nobody) for step in REVIEW_TABLE} == {
            "not permitted",
            "not at this stage",
        }
        with pytest.raises(UnknownAction):
            REVIEW.fire(row, "to_closed", gate.command(sqlite_world.actor("head.qa"), replace(FREE, issued=True)))
