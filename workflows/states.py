"""The states of the small machines, and the phase that visibility follows (handbook 2)."""

from __future__ import annotations

from enum import StrEnum


class ReviewState(StrEnum):
    """One practice review, from the plan to the last recommendation."""

    PLANNED = "planned"
    DRAFTING = "drafting"
    DISCUSSION = "discussion"
    HOS_MODERATION = "hos_moderation"
    PANEL_MODERATION = "panel_moderation"
    TRACKING = "tracking"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


# Of the names that the tables use, those that nobody says (handbook 10).
SPOKEN: dict[str, str] = {
    ReviewState.DRAFTING: "draft",
    ReviewState.HOS_MODERATION: "first moderation",
    ReviewState.PANEL_MODERATION: "panel",
}


class RecommendationState(StrEnum):
    """One recommendation (R9): impact is not completion."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    IN_PROGRESS = "in_progress"
    ACTION_COMPLETE = "action_complete"
    CLOSED = "closed"
    IN_PLAN = "in_plan"
    SET_ASIDE = "set_aside"
    DROPPED = "dropped"


class Outcome(StrEnum):
    """How a recommendation was closed; only the first counts as verified (R9)."""

    IMPACT_VERIFIED = "impact_verified"
    CANNOT_BE_KNOWN = "cannot_be_known"


class PanelItemState(StrEnum):
    """One review before the panel: read alone, discussed, decided; adjourned in between, or left undecided."""

    READING = "reading"
    DISCUSSING = "discussing"
    DECIDED = "decided"
    ADJOURNED = "adjourned"
    LEFT = "left"


class ReadingState(StrEnum):
    """One person's reading of one item (R3); an exempt one is kept sealed and never counted (R4)."""

    INVITED = "invited"
    READING = "reading"
    SUBMITTED = "submitted"
    EXCUSED = "excused"
    EXEMPT = "exempt"


class ConcernState(StrEnum):
    """One immediate concern (R6), outside the stages of any review."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    ACTED_ON = "acted_on"
    CLOSED = "closed"


class Phase(StrEnum):
    """What the visibility table under R11 is keyed by."""

    PLANNED = "planned"
    DRAFTING = "drafting"
    DISCUSSION = "discussion"
    FIRST_MODERATION = "first_moderation"
    PANEL_SEALED = "panel_sealed"
    PANEL_OPEN = "panel_open"
    DECIDED = "decided"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"
