"""From a review's stored facts to the phase that decides who sees what (R11)."""

from __future__ import annotations

from workflows.states import Phase, ReviewState

_PLAIN = {
    ReviewState.PLANNED: Phase.PLANNED,
    ReviewState.DRAFTING: Phase.DRAFTING,
    ReviewState.DISCUSSION: Phase.DISCUSSION,
    ReviewState.HOS_MODERATION: Phase.FIRST_MODERATION,
    ReviewState.WITHDRAWN: Phase.WITHDRAWN,
}


def phase(state: ReviewState, *, item_opened: bool, issued: bool) -> Phase:
    """The phase of a review; total over every combination, so that nothing falls through to visible.

    `issued` keeps its meaning when a decision is reopened: what was issued stays readable under R11's
    last column only for the stages after the decision, never for the panel that is deciding again.
    """
    if state in _PLAIN:
        return _PLAIN[state]
    if state is ReviewState.PANEL_MODERATION:
        return Phase.PANEL_OPEN if item_opened else Phase.PANEL_SEALED
    return Phase.ISSUED if issued else Phase.DECIDED
