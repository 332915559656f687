"""A decision taken up again: the review is decided, issued and uploaded anew, and the first decision is kept."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from app.extensions import session
from app.models.reviews import Decision, Review
from app.services.unit_of_work import Work

OUTCOME = ("decided", "issued", "uploaded", "supervised", "closed")
OUTCOME_FACTS = ("decided_how", "sent_on", "tracker_meeting_on", "told_by", "told_on", "uploaded_on", "supervision_on")


# What a redraft or another reviewer changes afterwards, and the record of the first decision has as it was.
KEPT_DATES = ("due_on", "reviewed_on", "look_back_from")


def dates_then(review: Review) -> dict[str, date | None]:
    """The review's dates as they are at the reopening, to be kept with that step."""
    return {name: getattr(review, name) for name in KEPT_DATES}


def clear_outcome(review: Review) -> None:
    """What was before is in the review's stages and decisions."""
    for stem in OUTCOME:
        setattr(review, f"{stem}_at", None)
        setattr(review, f"{stem}_by_id", None)
    for name in OUTCOME_FACTS:
        setattr(review, name, None)


def reopen_decisions(work: Work, review: Review, reason: str) -> None:
    """Say of the decision in force that it is one no more, and why."""
    in_force = select(Decision).where(Decision.review_id == review.id, Decision.reopened_at.is_(None))
    for decision in session.scalars(in_force):
        decision.reopened_at, decision.reopened_reason = work.at, reason.strip()
