"""Every state, every step, every person of the demonstration: allowed, not permitted, or not at this stage.

The tables say who may by hand, from the handbook's tables of actions. What a step asks beside (guards) is not
the matter here: somebody who is let through to the guards is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.extensions import session
from app.models.people import Delegation, DelegationKind, Person
from app.models.recommendations import Recommendation
from app.models.reviews import Review, StageEntry
from app.policy.actor import Actor, actor_of
from app.services import gate, issuing
from app.services.cast import LOGINS
from app.services.unit_of_work import unit_of_work
from tests.support.stages import Story, review_at
from tests.support.world import World
from workflows.engine import Command, GuardFailed, NotPermitted, UnknownAction, Workflow, WrongStage
from workflows.guards import MeetingFacts, RecommendationFacts, ReviewFacts
from workflows.recommendation import RECOMMENDATION
from workflows.review import REVIEW
from workflows.states import RecommendationState, ReviewState

pytestmark = pytest.mark.walk

PEOPLE = [part.login for part in LOGINS]
HEAD = "whoever acts as Head of QA"
REVIEWER, WORKER, MANAGER, CHAIR = "external.reviewer", "worker", "manager", "chair"
OWNER, VERIFIER = "worker", "manager"

# step: (who, the stages it can be taken at), from the table of actions in section 2 of the handbook.
REVIEW_TABLE: dict[str, tuple[set[str], str]] = {
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
RECOMMENDATION_TABLE: dict[str, tuple[set[str], str]] = {
    "agree": ({HEAD}, "proposed"),
    "drop": ({HEAD}, "proposed"),
    "accept": ({OWNER}, "agreed"),
    "dispute": ({OWNER}, "agreed"),
    "settle": ({HEAD}, "agreed"),
    "name": ({HEAD}, "agreed in_progress action_complete in_plan set_aside"),
    "start": ({OWNER}, "agreed"),
    "progress": ({OWNER}, "in_progress action_complete"),
    "complete": ({OWNER}, "in_progress"),
    "verify": ({VERIFIER}, "action_complete"),
    "cannot_be_known": ({VERIFIER}, "action_complete"),
    "not_seen": ({VERIFIER}, "action_complete"),
    "extend": ({HEAD}, "agreed in_progress action_complete"),
    "move_to_plan": ({HEAD}, "agreed in_progress action_complete"),
    "set_aside": ({HEAD}, "agreed in_progress action_complete"),
    "reopen": ({HEAD}, "closed in_plan set_aside"),
}
# Who acts as Head of QA (R4): on an ordinary day; the Head away; the Head in conflict; a deputy in conflict too.
CASES = {
    "the Head": {"head.qa"},
    "the Head is away": {"head.qa", "deputy.qa"},
    "the Head is in conflict": {"deputy.qa"},
    "a deputy is in conflict too": {"assistant.director"},
}
FREE = ReviewFacts(
    declared=True, share_gaps=(), submit_gaps=(), waiting_for=(), checks_missing=(), moderated_latest=True,
    panel_needed=None, panel_wrote_it=False, views_differ=(), meeting=MeetingFacts(working_days_away=9, quorate=True),
    new_reviewer_conflicts=(), final_grades_missing=(),
)  # fmt: skip


def expected(table: dict[str, tuple[set[str], str]], step: str, state: str, login: str, acting: set[str]) -> str:
    """What the table says of one cell."""
    who, stages = table[step]
    if state not in stages.split():
        return "not at this stage"
    named = {login for each in who for login in (acting if each == HEAD else {each})}
    return "allowed" if login in named else "not permitted"


def found(workflow: Workflow, row: Any, step: str, command: Command) -> str:
    """What the workflow and the policy say; the row is put back as it was."""
    before = row.state
    try:
        workflow.fire(row, step, command)
    except WrongStage:
        return "not at this stage"
    except NotPermitted:
        return "not permitted"
    except GuardFailed:
        return "allowed"
    finally:
        row.state = before
    return "allowed"


def disagreements(
    world: World, workflow: Workflow, row: Any, table: Any, acting: set[str], facts: Any
) -> Iterator[str]:
    commands = {login: gate.command(actor_of(world.person(login)), facts) for login in PEOPLE}
    for login, command in commands.items():
        for step in table:
            said, wanted = found(workflow, row, step, command), expected(table, step, row.state, login, acting)
            if said != wanted:
                yield f"{login}, {step} at {row.state}: {said}, the table says {wanted}"


def away(world: World) -> None:
    """The Head is away from today on."""
    head, deputy, today = world.person("head.qa"), world.person("deputy.qa"), clock.today()
    with unit_of_work(world.actor("admin")) as work:
        span = {"kind": DelegationKind.AWAY, "from_on": today, "to_on": today + timedelta(days=30), "reason": "Leave"}
        work.add(Delegation(head_id=head.id, deputy_id=deputy.id, **span))


def back(world: World) -> None:
    with unit_of_work(world.actor("admin")):
        for row in session.query(Delegation):
            session.delete(row)


def arrange(world: World, case: str, review_id: int) -> None:
    """Make the case true of this review."""
    if case == "the Head is away":
        away(world)
    elif case != "the Head":
        back(world)
        conflicted(world, case, review_id)


def conflicted(world: World, case: str, review_id: int) -> None:
    """The Head was the child's independent chair; the deputy directly supervises the line manager."""
    with unit_of_work(world.actor("admin")) as work:
        work.lock(Review, review_id).independent_chair_id = world.person("head.qa").id
        if case == "a deputy is in conflict too":
            work.lock(Person, world.person("manager").id).line_manager_id = world.person("deputy.qa").id


def at_state(world: World, state: ReviewState) -> Story:
    """A review at any stage; the two that no service reaches alone are stepped to."""
    if state is ReviewState.PANEL_MODERATION:
        story = review_at(world, ReviewState.HOS_MODERATION)
        with unit_of_work(world.actor("head.qa")) as work:
            review = work.lock(Review, story.id)
            work.fire(REVIEW, review, "refer_to_panel", Command(why_not=lambda *_: None, facts=FREE))
            entry = {"state": review.state, "action": "refer_to_panel", "at": work.at, "person_id": work.person_id}
            work.add(StageEntry(review_id=review.id, **entry))
        return story
    if state is ReviewState.WITHDRAWN:
        story = review_at(world, ReviewState.DRAFTING)
        issuing.withdraw(world.actor("head.qa"), story.id, story.review.version, reason="Planned twice.")
        return story
    return review_at(world, state)


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
    facts = RecommendationFacts(issued=True, has_owner=True, has_verifier=True, verifier_independent=True)
    with world.context():
        story = review_at(world, ReviewState.TRACKING)
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
