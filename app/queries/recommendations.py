"""What pages read of recommendations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app import clock
from app.extensions import session
from app.models.activities import Activity
from app.models.people import Person
from app.models.recommendations import Forecast, Recommendation, RecommendationEntry
from app.models.reviews import Review
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.visibility import visible_recommendations
from app.queries.initials import told_apart
from app.queries.reviews import NotVisible
from workflows.recommendation import OPEN
from workflows.states import Outcome, RecommendationState

# What a line of a list shows: the owner's name, the child's initials; not the sixty columns of a review.
OWNER = joinedload(Recommendation.owner).load_only(Person.name)
OF_CHILD = joinedload(Recommendation.review).load_only(Review.child_id).joinedload(Review.child)


@dataclass(frozen=True)
class Colour:
    """The RAG as a word and a tone; overdue is derived and overrides what the owner forecasts (handbook 6)."""

    word: str
    tone: str


class Stands(Protocol):
    """What the colour is made of: a recommendation, or the same columns of one."""

    @property
    def state(self) -> RecommendationState: ...
    @property
    def outcome(self) -> Outcome | None: ...
    @property
    def forecast(self) -> Forecast | None: ...
    @property
    def due_on(self) -> date | None: ...
    @property
    def impact_due_on(self) -> date | None: ...


def colour_of(row: Stands, today: date | None = None) -> Colour:
    """Red when the date has passed, green while waiting for impact, blue when the impact is verified. One that moved
    to a plan is followed there as an open one is."""
    today = today or clock.today()
    if row.outcome is Outcome.IMPACT_VERIFIED:
        return Colour("Impact verified", "blue")
    if row.state is RecommendationState.ACTION_COMPLETE:
        late = row.impact_due_on is not None and today > row.impact_due_on
        return Colour("Impact check overdue", "red") if late else Colour("Waiting for impact", "green")
    if row.state not in FOLLOWED:
        return Colour("Settled", "grey")
    if row.due_on is not None and today > row.due_on:
        return Colour("Overdue", "red")
    return FORECASTS[row.forecast] if row.forecast is not None else Colour("No forecast yet", "grey")


FOLLOWED = (*OPEN, RecommendationState.IN_PLAN)  # in a plan its work goes on, and is seen there
FORECASTS = {
    "on_track": Colour("On track", "green"),
    "at_risk": Colour("At risk", "amber"),
    "will_miss": Colour("Will miss its date", "red"),
}


def get(actor: Actor, office: Office, public_id: str) -> Recommendation:
    """One recommendation by the id of its address. Raises NotVisible."""
    query = (
        select(Recommendation)
        .where(Recommendation.public_id == public_id, visible_recommendations(actor, office))
        .options(
            joinedload(Recommendation.owner),
            joinedload(Recommendation.verifier),
            joinedload(Recommendation.review).joinedload(Review.child),
            joinedload(Recommendation.activity).joinedload(Activity.kind),
            joinedload(Recommendation.child),
            joinedload(Recommendation.entries).joinedload(RecommendationEntry.person),
        )
    )
    row = session.scalars(query).unique().one_or_none()
    if row is None:
        raise NotVisible
    return row


def of_review(actor: Actor, office: Office, review: Review) -> list[Recommendation]:
    """Those of one review, in the order they were raised."""
    query = (
        select(Recommendation)
        .where(Recommendation.review_id == review.id, visible_recommendations(actor, office))
        .options(OWNER, OF_CHILD)
        .order_by(Recommendation.id)
    )
    return list(session.scalars(query).unique())


def initials_of(rows: Sequence[Recommendation]) -> dict[int, str]:
    """By the child's id, as a list of these shows it."""
    return told_apart(row.review.child for row in rows if row.review)
