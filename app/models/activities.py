"""Quality activities other than practice reviews: where a recommendation may come from (handbook 6)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, HasPublicId, both_or_neither
from app.models.people import Person

# What the handbook names; a user adds others. `several` agencies each have a part.
SHIPPED_KINDS: tuple[tuple[str, str, bool], ...] = (
    ("multi_agency_audit", "Multi-agency audit", True),
    ("scrutiny_session", "Police and social care scrutiny session", True),
    ("annual_survey", "Annual survey of children and families", False),
    ("provider_visit", "Provider visit", False),
    ("iro_report", "Independent reviewing officer report", False),
    ("inspection", "Inspection", False),
    ("peer_review", "Peer review", False),
    ("safeguarding_practice_review", "Child safeguarding practice review", True),
    ("complaint", "Complaint", False),
    ("moderation_action", "Moderation action", False),
)


class ActivityKind(Base):
    """A kind of quality activity; the shipped ones keep their keys, a user's own has one made for it."""

    __tablename__ = "activity_kind"
    __table_args__ = (both_or_neither("added"),)

    key: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    several: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime | None]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Activity(Base, HasPublicId):
    """One audit, session, survey, visit, report, inspection or complaint, and what it found."""

    __tablename__ = "activity"
    __table_args__ = (CheckConstraint("title <> ''", name="has_title"),)

    reference: Mapped[str] = mapped_column(String(30), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    kind_id: Mapped[int] = mapped_column(ForeignKey("activity_kind.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    held_on: Mapped[date] = mapped_column(index=True)
    summary: Mapped[str] = mapped_column(Text, default="")
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    kind: Mapped[ActivityKind] = relationship()
    recorded_by: Mapped[Person] = relationship()
    parts: Mapped[list[ActivityPart]] = relationship(order_by="ActivityPart.id")


class ActivityPart(Base):
    """One agency's part of an activity: who answered for it, and what was found."""

    __tablename__ = "activity_part"
    __table_args__ = (UniqueConstraint("activity_id", "agency"), CheckConstraint("agency <> ''", name="has_agency"))

    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"))
    agency: Mapped[str] = mapped_column(String(120))
    contact: Mapped[str] = mapped_column(String(200), default="")
    found: Mapped[str] = mapped_column(Text, default="")
