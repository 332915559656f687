"""The decisions of a review that were taken up again, each with the review as it was while it was in force.

Reopening clears what came after a decision (when it was sent), and a redraft changes the review's dates: both are
found again in the steps that were written down, so that the first record says what it said when it was issued.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from app import clock, working_days
from app.extensions import session
from app.models.people import Person
from app.models.reviews import Decision, Review, ReviewerKind, ReviewerSpell, RevisionKind, StageEntry
from app.policy import earlier_decisions as policy
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.earlier_decisions import Kept
from app.policy.local import is_past, past_rule
from app.policy.visibility import Sight, phase_of, sees
from app.queries.recorded import Data, iso

REOPENINGS = ("reopen_decision", "reopen_moderation")


@dataclass(frozen=True)
class Earlier:
    """One such decision. `number` counts the review's decisions from 1; `details` are those of its issue and of its
    reopening."""

    review: Review
    decision: Decision
    number: int
    reviewer: Person
    details: Mapping[str, Any]

    @property
    def sent_on(self) -> date | None:
        return _date(self.details.get("sent_on"))

    @property
    def reopened_at(self) -> datetime:
        return self.decision.reopened_at or clock.now()

    def conduct(self) -> Data:
        """What the review block said then."""
        review, submitted = self.review, _submitted_at(self.review, self.decision)
        same = self.reviewer.id == review.reviewer_id
        kind = ReviewerKind.EXTERNAL if self.reviewer.agency_id else ReviewerKind.INTERNAL
        return {
            "reviewer": self.reviewer.name,
            "reviewer_kind": str(review.reviewer_kind if same else kind),
            "submitted_on": iso(clock.day_of(submitted)),
            **{name: self.details.get(name) or iso(getattr(review, name)) for name in DATES},
        }

    def closing(self) -> Data:
        """Its closing block."""
        return {name: self.details.get(name) for name in ("sent_on", "tracker_meeting_on")}


DATES = ("due_on", "reviewed_on", "look_back_from")


def sight_of(actor: Actor, review: Review, office: Office) -> Sight:
    return sees(actor, review, office, past=is_past(actor, review))


def earlier(actor: Actor, review: Review, office: Office, sight: Sight | None = None) -> list[Earlier]:
    """Those whose record this person may have, the newest first."""
    if review.submitted_at is None:
        return []
    found = _reopened(review)
    if not found:
        return []
    seen, phase = sight or sight_of(actor, review, office), phase_of(review)
    return [row for row in found if policy.may_have_kept(actor, seen, phase, _kept(actor, row))]


def _kept(actor: Actor, row: Earlier) -> Kept:
    external = actor.id == row.reviewer.id and row.reviewer.agency_id is not None
    past = external and row.sent_on is not None and clock.today() > working_days.add(row.sent_on, *past_rule())
    return Kept(issued=row.sent_on is not None, reviewer_id=row.reviewer.id, past=past)


_DECISIONS = select(Decision).where(Decision.review_id == bindparam("review")).order_by(Decision.id)


def _reopened(review: Review) -> list[Earlier]:
    decisions = session.scalars(_DECISIONS, {"review": review.id}).all()
    if all(row.reopened_at is None for row in decisions):
        return []
    details = _details(review)
    found = [
        Earlier(review, row, number, reviewer_at(review, row.decided_at), details.get(number, {}))
        for number, row in enumerate(decisions, 1)
        if row.reopened_at is not None
    ]
    return found[::-1]


def _details(review: Review) -> dict[int, dict[str, Any]]:
    """What was written down with the issue and the reopening of each decision, by its number: every reopening ends
    the decision before it."""
    wanted = StageEntry.action.in_(("issue", *REOPENINGS))
    query = select(StageEntry).where(StageEntry.review_id == review.id, wanted).order_by(StageEntry.id)
    found: dict[int, dict[str, Any]] = {}
    number = 1
    for row in session.scalars(query):
        found.setdefault(number, {}).update(row.details)
        number += row.action in REOPENINGS
    return found


def reviewer_at(review: Review, at: datetime) -> Person:
    """Whose review it was at that moment: another may have taken it over since."""
    query = (
        select(ReviewerSpell)
        .where(ReviewerSpell.review_id == review.id, ReviewerSpell.from_at <= at)
        .order_by(ReviewerSpell.from_at.desc(), ReviewerSpell.id.desc())
        .options(joinedload(ReviewerSpell.person))
        .limit(1)
    )
    spell = session.scalars(query).one_or_none()
    return spell.person if spell is not None else review.reviewer


def _submitted_at(review: Review, decision: Decision) -> datetime | None:
    """When the text that was decided had been submitted; a reopened revision is that text once more."""
    made = [
        row.made_at
        for row in review.revisions
        if row.kind is RevisionKind.SUBMITTED and row.made_at <= decision.decided_at
    ]
    return max(made, default=review.submitted_at)


def _date(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None
