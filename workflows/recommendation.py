"""A recommendation's table of steps (handbook 2, R9): impact is not completion."""

from __future__ import annotations

from typing import Any

from workflows import guards
from workflows.engine import Workflow
from workflows.permissions import Permission
from workflows.states import RecommendationState as S

OPEN = [S.AGREED, S.IN_PROGRESS, S.ACTION_COMPLETE]
SETTLED = [S.CLOSED, S.IN_PLAN, S.SET_ASIDE]

JOINED_FROM = {S.AGREED: "part_agreed", S.IN_PROGRESS: "part_in_progress", S.ACTION_COMPLETE: "part_action_complete"}

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
          permission=steering, when=[guards.recommendation_disputed, guards.not_with_director],
          needs=[guards.reason_given], notify=["owner"]),
    _step("refer_dispute", S.AGREED, None, label="Give the dispute to a director",
          permission=steering,
          when=[guards.recommendation_disputed, guards.service_level, guards.not_with_director],
          needs=[guards.needs_text("director", "Choose a director who is not the owner."), guards.reason_given],
          notify=["owner", "director"]),
    _step("settle_as_director", S.AGREED, None, label="Settle the dispute as a director",
          permission=Permission.DIRECT_RECOMMENDATION, when=[guards.recommendation_disputed, guards.with_director],
          needs=[guards.reason_given], notify=["owner", "head_of_qa"]),
    _step("name", [*OPEN, S.IN_PLAN, S.SET_ASIDE], None, label="Name the owner and the verifier",
          permission=steering, notify=["owner", "verifier"]),
    _step("start", S.AGREED, S.IN_PROGRESS, label="Start",
          permission=owner, guards=[guards.review_issued, guards.not_disputed, guards.owner_and_verifier_named]),
    _step("progress", [S.IN_PROGRESS, S.ACTION_COMPLETE, S.IN_PLAN], None, label="Record progress",
          permission=owner, needs=[guards.needs_text("text", "Write what has happened.")]),
    _step("complete", S.IN_PROGRESS, S.ACTION_COMPLETE, label="Action complete",
          permission=owner, needs=[guards.evidence_given], notify=["verifier"]),
    _step("verify", S.ACTION_COMPLETE, S.CLOSED, label="Verify the impact",
          permission=verifier, guards=[guards.owner_and_verifier_named],
          needs=[guards.needs_text("impact", "Say what changed for the child or for children.")],
          notify=["owner", "head_of_qa", "reviewer"]),
    _step("cannot_be_known", S.ACTION_COMPLETE, S.CLOSED, label="Impact cannot be known",
          permission=verifier, guards=[guards.owner_and_verifier_named],
          needs=[guards.reason_given], notify=["owner", "head_of_qa", "reviewer"]),
    _step("not_seen", S.ACTION_COMPLETE, S.IN_PROGRESS, label="Impact not seen",
          permission=verifier, guards=[guards.owner_and_verifier_named],
          needs=[guards.needs_text("action", "Write the new action."), guards.new_date_given],
          notify=["owner"]),
    _step("extend", OPEN, None, label="Extend the date",
          permission=steering, needs=[guards.new_date_given, guards.reason_given], notify=["owner"]),
    _step("move_to_plan", OPEN, S.IN_PLAN, label="Move to a plan",
          permission=steering, when=[guards.goes_into_plans],
          needs=[guards.needs_text("plan", "Choose the plan it moves to."), guards.reason_given],
          notify=["owner", "reviewer"]),
    _step("set_aside", OPEN, S.SET_ASIDE, label="Set aside",
          permission=steering, needs=[guards.reason_given], notify=["owner", "reviewer"]),
    _step("join", OPEN, S.SET_ASIDE, label="Join with one much like it",
          permission=steering, guards=[guards.review_issued],
          needs=[guards.needs_text("into", "Choose the older recommendation that goes on."), guards.reason_given],
          notify=["owner"]),
    *(_step(trigger, S.SET_ASIDE, state, label="Undo the joining",
            permission=steering, when=[guards.joined_from(state)], guards=[guards.review_not_ended],
            needs=[guards.reason_given], notify=["owner"])
      for state, trigger in JOINED_FROM.items()),
    _step("partner", OPEN, None, label="Name the partner agency and the route",
          permission=steering, needs=[guards.needs_text("agency", "Name the agency."),
                                      guards.needs_text("route", "Say how the agency is reached.")],
          notify=["owner"]),
    _step("partner_sent", OPEN, None, label="Record that it was sent to the agency",
          permission=Permission.REACH_PARTNER, when=[guards.has_partner],
          needs=[guards.past_day("sent_on", "the date it was sent")]),
    _step("partner_replied", OPEN, None, label="Record the agency's reply",
          permission=Permission.REACH_PARTNER, when=[guards.has_partner],
          needs=[guards.needs_text("reply", "Say what the agency answered."),
                 guards.past_day("replied_on", "the date of the reply")],
          notify=["head_of_qa"]),
    _step("discuss", [*OPEN, S.IN_PLAN], None, label="Record what the tracker meeting said",
          permission=steering, needs=[guards.needs_text("text", "Write what was said.")]),
    _step("tag", [*OPEN, S.IN_PLAN], None, label="Add a tag",
          permission=steering, needs=[guards.needs_text("tag", "Choose the tag.")]),
    _step("tell_family", [S.IN_PROGRESS, S.ACTION_COMPLETE, S.CLOSED, S.IN_PLAN], None,
          label="Write what we changed, for the child or family",
          permission=Permission.TELL_FAMILY,
          needs=[guards.needs_text("family_words", "Write it in plain words."), guards.day_not_ahead("told_on")]),
    _step("reopen", SETTLED, S.IN_PROGRESS, label="Reopen",
          permission=steering, when=[guards.not_joined],
          guards=[guards.review_not_ended, guards.owner_and_verifier_named],
          needs=[guards.reason_given], notify=["owner"]),
]  # fmt: skip

RECOMMENDATION = Workflow("recommendation", S, STEPS)
