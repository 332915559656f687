"""Each guard both ways: what opens the step, and the sentence that keeps it shut."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from workflows import guards
from workflows.engine import Command, Guard, Reason
from workflows.guards import MeetingFacts, RecommendationFacts, ReviewFacts
from workflows.recommendation import RECOMMENDATION
from workflows.review import REVIEW

TODAY, BEFORE, AFTER = date(2026, 11, 23), date(2026, 11, 20), date(2026, 11, 25)
GAP = (Reason("Journey of the child: choose a grade", "journey#journey-grade"),)
OPEN = ReviewFacts(
    declared=True, share_gaps=(), submit_gaps=(), waiting_for=(), window_passed=True, attempts_logged=True,
    checks_missing=(), moderated_latest=True, panel_needed=None, panel_wrote_it=False, views_differ=(),
    meeting=MeetingFacts(working_days_away=5, quorate=True), new_reviewer_conflicts=(), final_grades_missing=(),
    decision_missing=(),
    issued=True, uploaded=True, decided_on=BEFORE, issued_on=BEFORE, today=TODAY, changed_since_read=False,
    supervision_on=TODAY, open_recommendations=0, decided_by_panel=True,
)  # fmt: skip
DATED = guards.date_not_before("sent_on", "the date sent", "decided_on", "the decision")
TOLD = {"told_by": "Nasreen", "told_on": TODAY}

SENT = guards.past_day("sent_on", "the date it was sent")

# guard, facts that open it, facts that shut it, what was typed when shut, the sentence.
REVIEW_CASES: list[tuple[Guard, dict[str, Any], dict[str, Any], dict[str, Any], str]] = [
    (guards.no_conflict_declared, {}, {"declared": False}, {}, "Declare first"),
    (guards.complete_enough_to_share, {}, {"share_gaps": GAP}, {}, "choose a grade"),
    (guards.complete, {}, {"submit_gaps": GAP}, {}, "choose a grade"),
    (
        guards.responses_in_or_window_passed,
        {"waiting_for": ("the worker",)},
        {"waiting_for": ("the worker", "the line manager"), "window_passed": False},
        {},
        "Waiting for the response of the worker and the line manager; the response window is still open.",
    ),
    (
        guards.responses_in_or_window_passed,
        {},
        {"waiting_for": ("the worker",), "attempts_logged": False},
        {},
        "There is no response of the worker: log the attempts",
    ),
    (guards.every_response_answered, {}, {"unanswered": GAP}, {}, "choose a grade"),
    (
        guards.redraft_window_passed,
        {"redraft_open_until": BEFORE},
        {"redraft_open_until": TODAY},
        {},
        "open for the worker and the manager until 23 November 2026",
    ),
    (guards.redraft_window_passed, {}, {"redraft_open_until": AFTER}, {}, "until 25 November 2026"),
    (
        guards.redraft_window_passed,
        {"redraft_open_until": TODAY, "today": None},
        {"redraft_open_until": TODAY},
        {},
        "The redraft is open",
    ),
    (guards.something_amended, {"amended": True}, {"amended": False}, {}, "Nothing has changed"),
    (guards.amendments_shown, {}, {"amended": True}, {}, "show the amendments"),
    (guards.moderation_complete, {}, {"checks_missing": GAP}, {}, "choose a grade"),
    (guards.moderation_is_of_latest, {}, {"moderated_latest": False}, {}, "an earlier revision"),
    (guards.panel_not_needed, {}, {"panel_needed": "It was drawn."}, {}, "It was drawn."),
    (guards.panel_not_needed, {}, {"standing_disagreement": True}, {}, "A disagreement stands"),
    (
        guards.panel_not_needed,
        {"standing_disagreement": True, "panel_rule_none": True},
        {"panel_needed": "x", "panel_rule_none": True},
        {},
        "x",
    ),
    (guards.nobody_on_panel_wrote_it, {}, {"panel_wrote_it": True}, {}, "A member of the panel wrote"),
    (
        guards.nobody_on_panel_wrote_it,
        {"panel_wrote_it": True, "panel_rule_none": True},
        {"panel_wrote_it": True},
        {},
        "so the panel decides",
    ),
    (guards.view_is_reviewers_grade, {}, {"views_differ": GAP}, {}, "choose a grade"),
    (
        guards.view_is_reviewers_grade,
        {"views_differ": GAP, "panel_rule_none": True},
        {"views_differ": GAP},
        {},
        "choose a grade",
    ),
    (guards.meeting_far_enough_and_quorate, {}, {"meeting": None}, {}, "No meeting is planned."),
    (
        guards.meeting_far_enough_and_quorate,
        {},
        {"meeting": MeetingFacts(working_days_away=4, quorate=True)},
        {},
        "less than 5 working days",
    ),
    (
        guards.meeting_far_enough_and_quorate,
        {},
        {"meeting": MeetingFacts(working_days_away=5, quorate=False)},
        {},
        "not be quorate",
    ),
    (guards.final_grades_given, {}, {"final_grades_missing": GAP}, {}, "choose a grade"),
    (guards.decision_complete, {}, {"decision_missing": GAP}, {}, "choose a grade"),
    (guards.not_issued, {"issued": False}, {"issued": True}, {}, "has been issued."),
    (guards.is_issued, {}, {"issued": False}, {}, "has not been issued yet"),
    (guards.is_uploaded, {}, {"uploaded": False}, {}, "put on the case system"),
    (guards.discussed_in_supervision, {}, {"supervision_on": None}, {}, "discussed in supervision"),
    (guards.recommendations_settled, {}, {"open_recommendations": 1}, {}, "1 recommendation is still open."),
    (guards.recommendations_settled, {}, {"open_recommendations": 2}, {}, "2 recommendations are still open."),
    (guards.new_reviewer_passes, {}, {"new_reviewer_conflicts": GAP}, {}, "choose a grade"),
    (guards.decided_by_panel, {}, {"decided_by_panel": False}, {}, "did not decide"),
    (guards.decided_without_panel, {"decided_by_panel": False}, {"decided_by_panel": True}, {}, "only the chair"),
    (guards.tracker_meeting_given, {}, {}, {"tracker_meeting_on": None}, "date of the tracker meeting"),
    (guards.tracker_meeting_given, {}, {"decided_on": AFTER}, {}, "cannot be before the decision"),
    (guards.tracker_meeting_given, {"decided_on": None}, {"decided_on": AFTER}, {}, "before the decision"),
    (DATED, {}, {}, {"sent_on": "2026-11-23"}, "Enter the date sent."),
    (DATED, {}, {"decided_on": AFTER}, {}, "cannot be before the decision (25 November 2026)"),
    (DATED, {"decided_on": None}, {}, {"sent_on": AFTER}, "The date sent cannot be in the future."),
    (DATED, {"today": None}, {}, {"sent_on": AFTER}, "cannot be in the future"),
    (guards.told_where_changed, {}, {"changed_since_read": True}, {"told_by": " "}, "who told them?"),
    (
        guards.told_where_changed,
        {"changed_since_read": True},
        {"changed_since_read": True},
        {"told_on": None},
        "When were they told",
    ),
    (
        guards.told_where_changed,
        {"changed_since_read": True, "today": None},
        {"changed_since_read": True},
        {"told_on": AFTER},
        "cannot be in the future",
    ),
    (
        guards.told_where_changed,
        {"changed_since_read": True, "decided_on": None},
        {"changed_since_read": True, "decided_on": TODAY},
        {"told_on": BEFORE},
        "cannot be before the decision",
    ),
    (guards.reason_given, {}, {}, {"reason": "  "}, "Give the reason."),
    (guards.needs_text("text", "Write."), {}, {}, {"text": None}, "Write."),
]
GIVEN = {
    "sent_on": TODAY, "tracker_meeting_on": TODAY, "reason": "Because.", "text": "Words.", "evidence": "A plan.",
    "due_on": AFTER, **TOLD,
}  # fmt: skip
READY = RecommendationFacts(
    has_owner=True, has_verifier=True, verifier_independent=True, has_evidence=False, issued=True, review_ended=False,
    today=TODAY,
)  # fmt: skip
RECOMMENDATION_CASES: list[tuple[Guard, dict[str, Any], dict[str, Any], dict[str, Any], str]] = [
    (guards.owner_and_verifier_named, {}, {"has_owner": False}, {}, "Nobody owns"),
    (guards.owner_and_verifier_named, {}, {"has_verifier": False}, {}, "Nobody is named to verify"),
    (guards.owner_and_verifier_named, {}, {"verifier_independent": False}, {}, "may not be the owner"),
    (guards.evidence_given, {}, {}, {"evidence": ""}, "Say what shows"),
    (guards.new_date_given, {}, {}, {"due_on": None}, "Enter the new date."),
    (guards.new_date_given, {"today": None}, {}, {"due_on": BEFORE}, "cannot be in the past"),
    (guards.recommendation_disputed, {"disputed": True}, {"disputed": False}, {}, "Nobody disputes"),
    (guards.not_disputed, {}, {"disputed": True}, {}, "settled first"),
    (guards.not_accepted, {}, {"accepted": True}, {}, "has been accepted"),
    (guards.review_issued, {}, {"issued": False}, {}, "has not been issued yet"),
    (guards.review_not_ended, {}, {"review_ended": True}, {}, "is reopened first"),
    (guards.goes_into_plans, {"service_level": True}, {"service_level": False}, {}, "Only a service-level"),
    (guards.service_level, {"service_level": True}, {"service_level": False}, {}, "Only a service-level dispute"),
    (guards.with_director, {"with_director": True}, {"with_director": False}, {}, "has not been given to a director"),
    (guards.not_with_director, {}, {"with_director": True}, {}, "is with a director"),
    (guards.has_partner, {"has_partner": True}, {"has_partner": False}, {}, "No partner agency is named"),
    (guards.not_joined, {}, {"joined_from": "agreed"}, {}, "undo the joining instead"),
    (guards.joined_from("agreed"), {"joined_from": "agreed"}, {}, {}, "not joined with another from there"),
    (guards.joined_from("agreed"), {"joined_from": "agreed"}, {"joined_from": "in_progress"}, {}, "from there"),
    (SENT, {}, {}, {"sent_on": None}, "Enter the date it was sent."),
    (SENT, {"today": None}, {}, {"sent_on": AFTER}, "The date it was sent cannot be in the future."),
    (SENT, {}, {}, {"sent_on": TODAY.replace(year=2015)}, "is more than ten years ago"),
    (guards.day_not_ahead("told_on"), {"today": None}, {}, {"told_on": AFTER}, "cannot be in the future"),
    (guards.inside_the_decision, {"in_decision": True}, {"in_decision": False}, {}, "Only a decision of the panel"),
]
CASES = [(OPEN, *case) for case in REVIEW_CASES] + [(READY, *case) for case in RECOMMENDATION_CASES]


def ask(guard: Guard, facts: Any, given: dict[str, Any]) -> list[Reason]:
    return list(guard(None, Command(why_not=lambda *_: None, facts=facts, given=given)))


@pytest.mark.parametrize(("base", "guard", "opens", "shuts", "typed", "sentence"), CASES)
def test_a_guard_opens_and_shuts(
    base: Any, guard: Guard, opens: dict[str, Any], shuts: dict[str, Any], typed: dict[str, Any], sentence: str
) -> None:
    assert ask(guard, replace(base, **opens), GIVEN) == []
    reasons = ask(guard, replace(base, **shuts), {**GIVEN, **typed})
    assert any(sentence in reason.text for reason in reasons), reasons


def test_evidence_that_is_there_already_is_enough() -> None:
    assert ask(guards.evidence_given, replace(READY, has_evidence=True), {}) == []


def test_facts_nobody_found_out_open_nothing() -> None:
    """A guard asked with the defaults, and nothing typed, refuses; save those that ask for an absence."""
    absent = {
        guards.redraft_window_passed, guards.amendments_shown, guards.every_response_answered, guards.not_issued,
        guards.decided_without_panel, guards.not_disputed, guards.not_accepted, guards.not_with_director,
        guards.not_joined,
    }  # fmt: skip
    for workflow, facts in ((REVIEW, ReviewFacts()), (RECOMMENDATION, RecommendationFacts())):
        for _, step in workflow.steps():
            for guard in (*step.when, *step.guards, *step.needs):
                may_be_left_out = guard in absent or guard.__name__.endswith("_not_ahead")
                assert bool(ask(guard, facts, {})) is not may_be_left_out, guard


def test_every_guard_of_the_tables_is_tried() -> None:
    tried = {guard.__name__ for _, guard, *_ in CASES}
    used = {
        guard.__name__
        for workflow in (REVIEW, RECOMMENDATION)
        for _, step in workflow.steps()
        for guard in (*step.when, *step.guards, *step.needs)
    }
    typed = "impact action plan director into agency route reply family_words tag".split()
    made_alike = {f"{key}_given" for key in typed} | {"replied_on_is_past"}
    made_alike |= {"joined_from_in_progress", "joined_from_action_complete"}
    dated = {"uploaded_on_not_before_issued_on", "supervision_on_not_before_issued_on"}
    assert used - tried == made_alike | dated
