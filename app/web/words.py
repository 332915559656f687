"""The words people read for what is stored as keys (handbook 10)."""

from __future__ import annotations

STAGES = ("Draft", "Discussion", "First moderation", "Panel", "Tracking")

STATE = {
    "planned": "Planned",
    "drafting": "Draft",
    "discussion": "Discussion",
    "hos_moderation": "First moderation",
    "panel_moderation": "Panel",
    "tracking": "Tracking",
    "closed": "Closed",
    "withdrawn": "Withdrawn",
}
TONE = {
    "planned": "grey",
    "drafting": "blue",
    "discussion": "teal",
    "hos_moderation": "plum",
    "panel_moderation": "plum",
    "tracking": "amber",
    "closed": "green",
    "withdrawn": "grey",
}
CHILD_STATUS = {
    "early_help": "Early help",
    "assessment": "Assessment",
    "child_in_need": "Child in need",
    "child_protection": "Child protection plan",
    "child_in_care": "Child in care",
    "care_leaver": "Care leaver",
}
STANCE = {"agree": "Agree", "correction": "Factual correction", "disagree": "Disagree"}
REPLY = {"corrected": "Corrected", "kept": "Kept"}
AS_WHO = {"worker": "Worker", "line_manager": "Line manager"}
PROGRESS = {
    "not_started": ("Not started", "grey"),
    "in_progress": ("In progress", "blue"),
    "complete": ("Complete", "green"),
}
HISTORY = {
    "": "Everything",
    "stages": "Stages",
    "words": "Answers and changes",
    "people": "Reviewers",
    "dates": "Issue and dates",
}
GRADE_STAGE = {
    "reviewer_draft": "Reviewer's draft",
    "reviewer_final": "Reviewer, as submitted",
    "first_moderation": "First moderation",
    "reading": "Panel reading",
    "final": "Final",
}
RECOMMENDATION = {
    "proposed": ("Proposed", "grey"),
    "agreed": ("Agreed", "blue"),
    "in_progress": ("In progress", "teal"),
    "action_complete": ("Waiting for impact", "green"),
    "closed": ("Closed", "grey"),
    "in_plan": ("Moved to a plan", "plum"),
    "set_aside": ("Set aside", "grey"),
    "dropped": ("Dropped", "grey"),
}
OUTCOME = {"impact_verified": ("Impact verified", "blue"), "cannot_be_known": ("Impact cannot be known", "grey")}
FORECAST = {
    "on_track": ("On track", "green"),
    "at_risk": ("At risk", "amber"),
    "will_miss": ("Will miss its date", "red"),
}
LEVEL = {"child": "For the child", "service": "For the service"}
ROLE = {
    "reviewer": "Reviewer",
    "worker": "Worker",
    "line_manager": "Line manager",
    "head_of_qa": "Head of QA",
    "deputy_qa": "Deputy Head of QA",
    "panel_member": "Panel member",
    "panel_chair": "Panel chair",
    "deputy_chair": "Deputy chair",
    "director": "Director",
    "assistant_director": "Assistant director",
    "operational_manager": "Operational manager",
    "administrator": "Administrator",
    "agency_manager": "Agency manager",
    "oversight": "Oversight",
}


def overdue(late_by: int) -> str:
    """`2 working days late`, or nothing."""
    return "" if late_by <= 0 else f"{late_by} working {'day' if late_by == 1 else 'days'} late"


DRAW = {
    "all": "Every review goes to panel by the authority's rule.",
    "inadequate": "A grade is inadequate, so this review goes to panel.",
    "sampled": "This review was drawn for the panel when it was submitted.",
    "not_sampled": "This review was not drawn for the panel.",
    "no_panel": "The authority's rule sends no review to panel.",
}
REVISION = {
    "shared": "shared with the worker",
    "amended": "amended in discussion",
    "submitted": "submitted to the Head of QA",
    "handed_over": "as the former reviewer left it",
    "reopened": "the moderation was reopened",
}
GRADE = {
    "outstanding": "Outstanding",
    "good": "Good",
    "requires_improvement": "Requires improvement to be good",
    "inadequate": "Inadequate",
}
