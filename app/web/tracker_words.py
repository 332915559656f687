"""The words people read in the tracker for what is stored as keys."""

from __future__ import annotations

STATUS = {
    "": "Open",
    "all": "Open and settled",
    "agreed": "Agreed",
    "in_progress": "In progress",
    "action_complete": "Waiting for impact",
    "closed": "Closed",
    "in_plan": "Moved to a plan",
    "set_aside": "Set aside",
    "dropped": "Dropped",
    "proposed": "Proposed",
}
STANDS = {
    "overdue": "Overdue",
    "will_miss": "Will miss its date",
    "at_risk": "At risk",
    "on_track": "On track",
    "no_forecast": "No forecast yet",
    "waiting_for_impact": "Waiting for impact",
    "impact_overdue": "Impact check overdue",
    "verified": "Impact verified",
}
DUE = {"overdue": "Overdue", "this_month": "This month", "next_month": "Next month", "no_date": "No date"}
CLOSED = {"this_quarter": "This quarter", "last_quarter": "Last quarter"}
SORT = {
    "": "Due, soonest first",
    "-due": "Due, latest first",
    "-raised": "Raised, newest first",
    "raised": "Raised, oldest first",
    "reference": "Reference",
    "-reference": "Reference, last first",
    "owner": "Owner",
    "-owner": "Owner, last first",
}
SOURCE = {"practice_review": "Practice review"}
OWNER = {"me": "Me", "nobody": "Nobody yet"}
THEME = {
    "voice": "The child’s voice and direct work",
    "assessment": "Assessment and analysis",
    "planning": "Planning and contingency",
    "timeliness": "Timeliness and drift",
    "recording": "Recording and chronology",
    "supervision": "Supervision and management oversight",
    "identity": "Identity and anti-racist practice",
    "partners": "Multi-agency working",
    "family_network": "Fathers, carers and family network",
    "neglect": "Neglect",
    "domestic_abuse": "Domestic abuse",
    "outside_home": "Exploitation and harm outside the home",
    "mental_health": "Mental health and emotional wellbeing",
    "disability": "Disability and additional needs",
    "education": "Education and learning",
    "health": "Health",
    "home": "Home and permanence",
    "adulthood": "Leaving care and adult life",
}
FRAMEWORK = {
    "outcome_1": "Outcome 1: families stay together and get the help they need",
    "outcome_2": "Outcome 2: children are supported by the family network",
    "outcome_3": "Outcome 3: children are safe in and outside the home",
    "outcome_4": "Outcome 4: stable, loving homes for children in care and care leavers",
    "enabler_1": "Enabler 1: multi-agency working",
    "enabler_2": "Enabler 2: leaders drive the conditions for effective practice",
    "enabler_3": "Enabler 3: an equipped and effective workforce",
}
TAG = {**THEME, **FRAMEWORK}


def tag(key: str) -> str:
    """A theme's or the framework's words; an authority's own key stands for itself."""
    return TAG.get(key, key.replace("_", " ").capitalize())
