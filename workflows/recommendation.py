"""A recommendation's table of steps (handbook 2, R9): impact is not completion."""

from __future__ import annotations

from typing import Any

from workflows import guards
from workflows.engine import Workflow
from workflows.permissions import Permission
from workflows.states import RecommendationState as S

OPEN = [S.AGREED, S.IN_PROGRESS, S.ACTION_COMPLETE]
SETTLED = [S.CLOSED, S.IN_PLAN, S.SET_ASIDE]

owner = Permission.OWN_RECOMMENDATION
verifier = Permission.VERIFY_RECOMMENDATION
steering = Permission.STEER_RECOMMENDATION


def _step(trigger: str, source: Any, dest: S | None, **rest: Any) -> dict[str, Any]:
    """`dest` None: the recommendation stays where it is."""
    return {"trigger": trigger, "source": source, "dest": dest, **rest}


STEPS = [
    _step("agree", S.PROPOSED, S.AGREED, label="Agree",
          permission=Permission.AGREE_RECOMMENDATION),
    _step("drop", S.PROPOSED, S.DROPPED, label="Drop",
          permission=Permission.AGREE_RECOMMENDATION, needs=[guards.reason_given]),
    _step("change", OPEN, None, label="Change by the decision",
          permission=Permission.AGREE_RECOMMENDATION, when=[guards.inside_the_decision],
          needs=[guards.reason_given], notify=["owner"]),
    _step("decide_against", OPEN, S.SET_ASIDE, label="Set aside by the decision",
          permission=Permission.AGREE_RECOMMENDATION, when=[guards.inside_the_decision],
          needs=[guards.reason_given], notify=["owner"]),
    _step("accept", S.AGREED, None, label="Accept",
          permission=owner, when=[guards.review_issued, guards.not_disputed, guards.not_accepted],
          notify=["head_of_qa"]),
    _step("dispute", S.AGREED, None, label="Dispute",
          permission=owner, when=[guards.review_issued, guards.not_disputed, guards.not_accepted],
          needs=[guards.reason_given], notify=["head_of_qa"]),
    _step("settle", S.AGREED, None, label="Settle the dispute",
          permission=steering, when=[guards.recommendation_disputed],
          needs=[guards.reason_given], notify=["owner"]),
    _step("name", [*OPEN, S.IN_PLAN, S.SET_ASIDE], None, label="Name the owner and the verifier",
          permission=steering, notify=["owner", "verifier"]),
    _step("start", S.AGREED, S.IN_PROGRESS, label="Start",
          permission=owner, guards=[guards.review_issued, guards.not_disputed, guards.owner_and_verifier_named]),
    _step("progress", [S.IN_PROGRESS, S.ACTION_COMPLETE], None, label="Record progress",
          permission=owner, needs=[guards.needs_text("text", "Write what has happened.")]),
    _step("complete", S.IN_PROGRESS, S.ACTION_COMPLETE, label="Action complete",
          permission=owner, needs=[guards.evidence_given], notify=["verifier"]),
    _step("verify", S.ACTION_COMPLETE, S.CLOSED, label="Verify the impact",
          permission=verifier, guards=[guards.owner_and_verifier_named],
          needs=[guards.needs_text("impact", "Say what changed for the child or for children.")],
          notify=["owner", "head_of_qa"]),
    _step("cannot_be_known", S.ACTION_COMPLETE, S.CLOSED, label="Impact cannot be known",
          permission=verifier, guards=[guards.owner_and_verifier_named],
          needs=[guards.reason_given], notify=["owner", "head_of_qa"]),
    _step("not_seen", S.ACTION_COMPLETE, S.IN_PROGRESS, label="Impact not seen",
          permission=verifier, guards=[guards.owner_and_verifier_named],
          needs=[guards.needs_text("action", "Write the new action."), guards.new_date_given],
          notify=["owner"]),
    _step("extend", OPEN, None, label="Extend the date",
          permission=steering, needs=[guards.new_date_given, guards.reason_given], notify=["owner"]),
    _step("move_to_plan", OPEN, S.IN_PLAN, label="Move to a plan",
          permission=steering,
          needs=[guards.needs_text("plan", "Name the plan it moves to."), guards.reason_given],
          notify=["owner"]),
    _step("set_aside", OPEN, S.SET_ASIDE, label="Set aside",
          permission=steering, needs=[guards.reason_given], notify=["owner"]),
    _step("reopen", SETTLED, S.IN_PROGRESS, label="Reopen",
          permission=steering, guards=[guards.review_not_ended, guards.owner_and_verifier_named],
          needs=[guards.reason_given], notify=["owner"]),
]  # fmt: skip

RECOMMENDATION = Workflow("recommendation", S, STEPS)
