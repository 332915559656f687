"""An immediate concern and whom it was given to (R6)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, HasPublicId, both_or_neither, enum_column
from app.models.people import Person
from app.models.reviews import Review
from workflows.states import ConcernState


class ConcernKind(StrEnum):
    """What was met."""

    CHILD_AT_RISK = "child_at_risk"
    DISCRIMINATION = "discrimination"
    OTHER = "other"


class Concern(Base, HasPublicId):
    """What somebody could not leave until the next stage.

    `acknowledge_before` is the end of the London day it was raised on, kept as a moment so that "has it
    gone up?" is one comparison in every query, on the days when the clocks change too. `went_up_at` is when
    that was written down and told. `head_id` is who was Head of QA when a concern about the Head was
    raised: a new office gives no sight of it.
    """

    __tablename__ = "concern"
    __table_args__ = (
        *(both_or_neither(stem) for stem in ("raised", "acknowledged", "acted_on", "closed")),
        CheckConstraint("text <> ''", name="says_something"),
        CheckConstraint("acknowledge_before > raised_at", name="day_follows"),
        CheckConstraint("(state = 'raised') = (acknowledged_at IS NULL)", name="acknowledged_has_time"),
        CheckConstraint("(state IN ('acted_on', 'closed')) = (acted_on_at IS NOT NULL)", name="acted_on_has_time"),
        CheckConstraint("(acted_on_at IS NULL) = (done = '')", name="acted_on_says_what"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
        CheckConstraint("(closed_at IS NULL) = (outcome = '')", name="closed_has_outcome"),
        CheckConstraint("(closed_at IS NULL) = (recorded_where = '')", name="closed_says_where"),
        CheckConstraint("NOT about_head OR went_up_at IS NULL", name="about_head_is_up_already"),
        CheckConstraint("about_head OR head_id IS NULL", name="head_only_if_about"),
        Index("ix_concern_state_id", "state", "id"),
    )

    reference: Mapped[str] = mapped_column(String(20), unique=True)
    state: Mapped[ConcernState] = mapped_column(enum_column(ConcernState, "concern_state"), default=ConcernState.RAISED)
    version: Mapped[int] = mapped_column(default=1)
    kind: Mapped[ConcernKind] = mapped_column(enum_column(ConcernKind, "concern_kind"))
    text: Mapped[str] = mapped_column(Text)
    about_head: Mapped[bool]
    head_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    review_id: Mapped[int | None] = mapped_column(ForeignKey("review.id"), index=True)
    case_system_id: Mapped[str] = mapped_column(String(40), default="")
    raised_at: Mapped[datetime]
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    acknowledge_before: Mapped[datetime]
    went_up_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    done: Mapped[str] = mapped_column(Text, default="")
    acted_on_at: Mapped[datetime | None]
    acted_on_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    outcome: Mapped[str] = mapped_column(Text, default="")
    recorded_where: Mapped[str] = mapped_column(Text, default="")
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    review: Mapped[Review | None] = relationship()
    raised_by: Mapped[Person] = relationship(foreign_keys=[raised_by_id])
    acknowledged_by: Mapped[Person | None] = relationship(foreign_keys=[acknowledged_by_id])
    acted_on_by: Mapped[Person | None] = relationship(foreign_keys=[acted_on_by_id])
    closed_by: Mapped[Person | None] = relationship(foreign_keys=[closed_by_id])
    given: Mapped[list[ConcernGiven]] = relationship(order_by="ConcernGiven.id")


class ConcernGiven(Base):
    """Somebody whom a concern was given to, from when, and until when it was taken back."""

    __tablename__ = "concern_given"
    __table_args__ = (
        both_or_neither("given"),
        both_or_neither("ended"),
        CheckConstraint("ended_at IS NULL OR ended_at >= given_at", name="ordered"),
    )

    concern_id: Mapped[int] = mapped_column(ForeignKey("concern.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    given_at: Mapped[datetime]
    given_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    given_by: Mapped[Person] = relationship(foreign_keys=[given_by_id])
    ended_by: Mapped[Person | None] = relationship(foreign_keys=[ended_by_id])
