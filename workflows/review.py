"""A review's table of steps (handbook 2). Adding a stage, or changing who may act, is an edit here."""

from __future__ import annotations

from typing import Any

from workflows import guards
from workflows.engine import Workflow
from workflows.permissions import Permission
from workflows.states import ReviewState as S

BEFORE_DECISION = [S.PLANNED, S.DRAFTING, S.DISCUSSION, S.HOS_MODERATION, S.PANEL_MODERATION]
DECIDED = [S.TRACKING, S.CLOSED]


def _step(trigger: str, source: Any, dest: S | None, **rest: Any) -> dict[str, Any]:
    """`dest` None: the review stays where it is."""
    return {"trigger": trigger, "source": source, "dest": dest, **rest}


STEPS = [
    _step("start", S.PLANNED, S.DRAFTING, label="Start the review",
          permission=Permission.START_REVIEW, guards=[guards.no_conflict_declared]),
    _step("reassign", [S.PLANNED, S.DRAFTING, S.DISCUSSION], None, label="Reassign to another reviewer",
          permission=Permission.REASSIGN_REVIEW,
          needs=[guards.reason_given, guards.new_reviewer_passes], notify=["reviewer"]),
    _step("share", S.DRAFTING, S.DISCUSSION, label="Share with the worker",
          permission=Permission.SHARE_DRAFT, guards=[guards.complete_enough_to_share],
          notify=["worker", "line_manager"]),
    _step("respond", S.DISCUSSION, None, label="Respond to the draft review",
          permission=Permission.RESPOND, notify=["reviewer"]),
    _step("amend", S.DISCUSSION, None, label="Show the amendments",
          permission=Permission.EDIT_DRAFT, when=[guards.something_amended], guards=[guards.complete_enough_to_share],
          notify=["worker", "line_manager"]),
    _step("take_back", S.DISCUSSION, S.DRAFTING, label="Take back for a redraft",
          permission=Permission.TAKE_BACK, needs=[guards.reason_given], notify=["worker", "line_manager"]),
    _step("submit", S.DISCUSSION, S.HOS_MODERATION, label="Submit to the Head of QA",
          permission=Permission.SUBMIT_REVIEW,
          guards=[guards.complete, guards.responses_in_or_window_passed,
                  guards.every_response_answered, guards.redraft_window_passed, guards.amendments_shown],
          notify=["first_moderator"]),
    _step("return", S.HOS_MODERATION, S.DRAFTING, label="Return to the reviewer",
          permission=Permission.FIRST_MODERATE, needs=[guards.reason_given], notify=["reviewer"]),
    _step("refer_to_panel", S.HOS_MODERATION, S.PANEL_MODERATION, label="Refer to panel",
          permission=Permission.FIRST_MODERATE,
          guards=[guards.moderation_complete, guards.moderation_is_of_latest,
                  guards.meeting_far_enough_and_quorate],
          notify=["panel"]),
    _step("agree_without_panel", S.HOS_MODERATION, S.TRACKING, label="Agree without panel",
          permission=Permission.FIRST_MODERATE,
          guards=[guards.moderation_complete, guards.moderation_is_of_latest, guards.panel_not_needed,
                  guards.nobody_on_panel_wrote_it, guards.view_is_reviewers_grade],
          needs=[guards.reason_given], notify=["reviewer", "worker", "line_manager"]),
    _step("decide", S.PANEL_MODERATION, S.TRACKING, label="Confirm the decision",
          permission=Permission.CHAIR_DECISION, guards=[guards.final_grades_given, guards.decision_complete],
          notify=["reviewer", "worker", "line_manager", "head_of_qa"]),
    _step("send_back", S.PANEL_MODERATION, S.DRAFTING, label="Send back to the reviewer",
          permission=Permission.CHAIR_DECISION, needs=[guards.reason_given], notify=["reviewer", "head_of_qa"]),
    _step("issue", S.TRACKING, None, label="Issue the review",
          permission=Permission.ISSUE_REVIEW, when=[guards.not_issued],
          needs=[guards.date_not_before("sent_on", "the date sent", "decided_on", "the decision"),
                 guards.tracker_meeting_given, guards.told_where_changed],
          notify=["reviewer", "worker", "line_manager", "owners"]),
    _step("record_upload", S.TRACKING, None, label="Enter the upload date",
          permission=Permission.ISSUE_REVIEW, when=[guards.is_issued],
          needs=[guards.date_not_before("uploaded_on", "the upload date", "issued_on", "the date sent")]),
    _step("record_supervision", S.TRACKING, None, label="Enter the supervision date",
          permission=Permission.CLOSE_REVIEW, when=[guards.is_issued],
          needs=[guards.date_not_before("supervision_on", "the supervision date", "issued_on", "the date sent")]),
    _step("close", S.TRACKING, S.CLOSED, label="Close the review",
          permission=Permission.CLOSE_REVIEW,
          guards=[guards.is_issued, guards.is_uploaded, guards.discussed_in_supervision,
                  guards.recommendations_settled],
          notify=["reviewer", "worker", "line_manager"]),
    _step("correct", DECIDED, None, label="Add a correction",
          permission=Permission.ISSUE_REVIEW, when=[guards.is_issued],
          needs=[guards.needs_text("text", "Write the correction."), guards.reason_given],
          notify=["reviewer", "worker", "line_manager"]),
    _step("reopen_decision", DECIDED, S.PANEL_MODERATION, label="Reopen the decision",
          permission=Permission.CHAIR_DECISION, when=[guards.decided_by_panel],
          guards=[guards.meeting_far_enough_and_quorate], needs=[guards.reason_given],
          notify=["reviewer", "head_of_qa", "panel"]),
    _step("reopen_moderation", DECIDED, S.HOS_MODERATION, label="Reopen the moderation",
          permission=Permission.FIRST_MODERATE, when=[guards.decided_without_panel],
          needs=[guards.reason_given], notify=["reviewer"]),
    _step("reopen", S.CLOSED, S.TRACKING, label="Reopen the review",
          permission=Permission.CLOSE_REVIEW, needs=[guards.reason_given],
          notify=["reviewer", "worker", "line_manager"]),
    _step("withdraw", [*BEFORE_DECISION, S.TRACKING], S.WITHDRAWN, label="Withdraw the review",
          permission=Permission.WITHDRAW_REVIEW, when=[guards.not_issued], needs=[guards.reason_given],
          notify=["reviewer", "worker", "line_manager"]),
]  # fmt: skip

REVIEW = Workflow("review", S, STEPS)
