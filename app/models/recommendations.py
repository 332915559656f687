"""A recommendation and its history, from the finding to the impact (R8, R9)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.activities import Activity
from app.models.base import Base, HasPublicId, both_or_neither, enum_column
from app.models.people import Person
from app.models.reviews import Child, Review
from workflows.states import Outcome, RecommendationState


class Level(StrEnum):
    CHILD = "child"
    SERVICE = "service"


class Forecast(StrEnum):
    """What the owner expects before the date; overdue is never typed, it is derived."""

    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    WILL_MISS = "will_miss"


class PartnerRoute(StrEnum):
    """How a partner agency is reached (R8)."""

    DIRECT = "direct"
    PARTNERSHIP = "partnership"


class PartnerReply(StrEnum):
    """What a partner agency answered (R8)."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    ESCALATED = "escalated"


# "IS TRUE" keeps SQLite from asking the index of states instead, which it would think the better one.
OPEN_ONLY = text("(state IN ('agreed', 'in_progress', 'action_complete')) IS TRUE")


class Recommendation(Base, HasPublicId):
    """One thing to be done, by one person, by a date, for a said effect."""

    __tablename__ = "recommendation"
    __table_args__ = (
        UniqueConstraint("review_id", "row_key"),
        both_or_neither("accepted"),
        both_or_neither("disputed"),
        both_or_neither("completed"),
        both_or_neither("closed"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
        CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name="closed_has_outcome"),
        CheckConstraint("state <> 'action_complete' OR completed_at IS NOT NULL", name="complete_has_time"),
        CheckConstraint(
            "state NOT IN ('in_progress', 'action_complete') OR (owner_id IS NOT NULL AND verifier_id IS NOT NULL)",
            name="work_has_people",
        ),
        CheckConstraint("owner_id IS NULL OR owner_id <> verifier_id", name="verifier_is_another"),
        CheckConstraint("outcome IS NULL OR outcome <> 'impact_verified' OR impact <> ''", name="verified_says_what"),
        CheckConstraint("state <> 'in_plan' OR plan <> ''", name="plan_is_named"),
        CheckConstraint("review_id IS NULL OR activity_id IS NULL", name="one_source"),
        CheckConstraint("review_id IS NULL OR child_id IS NULL", name="child_of_review"),
        CheckConstraint("(joined_into_id IS NULL) = (joined_from IS NULL)", name="joined_paired"),
        CheckConstraint("joined_into_id IS NULL OR state = 'set_aside'", name="joined_is_set_aside"),
        CheckConstraint("joined_into_id IS NULL OR joined_into_id <> id", name="joined_into_another"),
        CheckConstraint("director_id IS NULL OR director_id <> owner_id", name="director_is_another"),
        CheckConstraint("director_id IS NULL OR disputed_at IS NOT NULL", name="director_has_dispute"),
        CheckConstraint("partner_sent_on IS NULL OR partner_agency <> ''", name="sent_to_a_partner"),
        CheckConstraint("(partner_reply IS NULL) = (partner_replied_on IS NULL)", name="reply_paired"),
        CheckConstraint("family_told_on IS NULL OR family_words <> ''", name="told_in_words"),
        # The open ones in the order of their dates, with what their counts and filters ask: read from it alone, since
        # one row in twenty is open, and each lies somewhere else in the table.
        Index(
            "ix_recommendation_open",
            "due_on",
            "id",
            "state",
            "review_id",
            "owner_id",
            "activity_id",
            "level",
            "forecast",
            "impact_due_on",
            "raised_at",
            sqlite_where=OPEN_ONLY,
            postgresql_where=OPEN_ONLY,
        ),
        Index("ix_recommendation_outcome_closed", "outcome", "closed_at", "review_id"),
        Index("ix_recommendation_director_id", "director_id"),
        # As SQLite orders every text: the beginning of a reference is a range there.
        Index("ix_recommendation_reference_by_letter", text('reference COLLATE "C"')).ddl_if(dialect="postgresql"),
        Index("ix_recommendation_state_due", "state", "due_on"),
        Index("ix_recommendation_due", "due_on", "id"),
        Index("ix_recommendation_owner_state", "owner_id", "state", "review_id"),  # who owns any that may be seen
        Index("ix_recommendation_verifier_state", "verifier_id", "state"),
    )

    reference: Mapped[str] = mapped_column(String(30), unique=True)
    state: Mapped[RecommendationState] = mapped_column(
        enum_column(RecommendationState, "recommendation_state"), default=RecommendationState.PROPOSED
    )
    version: Mapped[int] = mapped_column(default=1)
    review_id: Mapped[int | None] = mapped_column(ForeignKey("review.id"), index=True)
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"), index=True)
    child_id: Mapped[int | None] = mapped_column(ForeignKey("child.id"), index=True)  # where no review names one
    row_key: Mapped[str | None] = mapped_column(String(60))
    level: Mapped[Level] = mapped_column(enum_column(Level, "recommendation_level"))
    finding: Mapped[str] = mapped_column(String(60), default="")
    action: Mapped[str] = mapped_column(Text)
    effect: Mapped[str] = mapped_column(Text, default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    verifier_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    due_on: Mapped[date | None]
    first_due_on: Mapped[date | None]
    forecast: Mapped[Forecast | None] = mapped_column(enum_column(Forecast, "recommendation_forecast"))
    raised_at: Mapped[datetime] = mapped_column(index=True)
    accept_due_on: Mapped[date | None]
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    disputed_at: Mapped[datetime | None]
    disputed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    director_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # to whom a dispute that stands went
    partner_agency: Mapped[str] = mapped_column(String(200), default="")
    partner_contact: Mapped[str] = mapped_column(String(200), default="")
    partner_route: Mapped[PartnerRoute | None] = mapped_column(enum_column(PartnerRoute, "partner_route"))
    partner_sent_on: Mapped[date | None]
    partner_reply: Mapped[PartnerReply | None] = mapped_column(enum_column(PartnerReply, "partner_reply"))
    partner_replied_on: Mapped[date | None]
    evidence: Mapped[str] = mapped_column(Text, default="")
    completed_at: Mapped[datetime | None]
    completed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    impact_due_on: Mapped[date | None]
    impact_asked_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None] = mapped_column(enum_column(Outcome, "recommendation_outcome"))
    impact: Mapped[str] = mapped_column(Text, default="")
    plan: Mapped[str] = mapped_column(String(200), default="")
    joined_into_id: Mapped[int | None] = mapped_column(ForeignKey("recommendation.id"), index=True)
    joined_from: Mapped[RecommendationState | None] = mapped_column(enum_column(RecommendationState, "joined_from"))
    family_words: Mapped[str] = mapped_column(Text, default="")  # what we changed, as the child or family is told
    family_told_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    review: Mapped[Review | None] = relationship()
    activity: Mapped[Activity | None] = relationship()
    child: Mapped[Child | None] = relationship()
    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id])
    verifier: Mapped[Person | None] = relationship(foreign_keys=[verifier_id])
    director: Mapped[Person | None] = relationship(foreign_keys=[director_id])
    # Written by its id: one that points at its own kind would have every flush put its rows in order one by one.
    joined_into: Mapped[Recommendation | None] = relationship(remote_side="Recommendation.id", viewonly=True)
    tag_rows: Mapped[list[RecommendationTag]] = relationship(order_by="RecommendationTag.id")
    entries: Mapped[list[RecommendationEntry]] = relationship(order_by="RecommendationEntry.id")

    @property
    def tags(self) -> list[str]:
        """Themes and tags of the national framework, in the order they were chosen."""
        return [row.tag for row in self.tag_rows]


class RecommendationTag(Base):
    """One theme or framework tag of one recommendation: a row each, so that the register filters by it."""

    __tablename__ = "recommendation_tag"
    __table_args__ = (
        UniqueConstraint("tag", "recommendation_id"),  # in this order, so that one tag's rows lie together
        Index("ix_recommendation_tag_recommendation_id", "recommendation_id"),
    )

    recommendation_id: Mapped[int] = mapped_column(ForeignKey("recommendation.id"))
    tag: Mapped[str] = mapped_column(String(60))


class RecommendationEntry(Base):
    """One line of a recommendation's history: what was done, by whom, in whose words."""

    __tablename__ = "recommendation_entry"

    recommendation_id: Mapped[int] = mapped_column(ForeignKey("recommendation.id"), index=True)
    action: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    person: Mapped[Person] = relationship()
