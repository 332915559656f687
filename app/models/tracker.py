"""The monthly tracker meeting, and what a person keeps of the tracker: saved views and tokens for a feed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, HasPublicId, both_or_neither, enum_column
from app.models.people import Person
from app.models.recommendations import Forecast, Recommendation


class TrackerMeeting(Base, HasPublicId):
    """One monthly meeting with operational managers; its notes are the record (handbook 6)."""

    __tablename__ = "tracker_meeting"
    __table_args__ = (
        *(both_or_neither(stem) for stem in ("planned", "started", "ended", "cancelled")),
        CheckConstraint("ended_at IS NULL OR started_at IS NOT NULL", name="ended_was_started"),
        CheckConstraint("cancelled_at IS NULL OR started_at IS NULL", name="started_is_not_cancelled"),
    )

    held_on: Mapped[date] = mapped_column(index=True)
    place: Mapped[str] = mapped_column(String(200), default="")
    version: Mapped[int] = mapped_column(default=1)
    notes: Mapped[str] = mapped_column(Text, default="")
    planned_at: Mapped[datetime]
    planned_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    started_at: Mapped[datetime | None]
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    cancelled_at: Mapped[datetime | None]
    cancelled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    people: Mapped[list[TrackerAttendance]] = relationship(order_by="TrackerAttendance.id")
    items: Mapped[list[TrackerItem]] = relationship(order_by="TrackerItem.place, TrackerItem.id")


class TrackerAttendance(Base):
    """Somebody asked to a tracker meeting, and whether he or she came; None until somebody says."""

    __tablename__ = "tracker_attendance"
    __table_args__ = (
        UniqueConstraint("meeting_id", "person_id"),
        Index("ix_tracker_attendance_person", "person_id", "meeting_id"),
    )

    meeting_id: Mapped[int] = mapped_column(ForeignKey("tracker_meeting.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    present: Mapped[bool | None]

    person: Mapped[Person] = relationship()


class TrackerItem(Base, HasPublicId):
    """One recommendation at one meeting: what was said of it, and what comes next."""

    __tablename__ = "tracker_item"
    __table_args__ = (
        UniqueConstraint("meeting_id", "recommendation_id"),
        both_or_neither("discussed"),
        Index("ix_tracker_item_place", "meeting_id", "place"),
    )

    meeting_id: Mapped[int] = mapped_column(ForeignKey("tracker_meeting.id"))
    recommendation_id: Mapped[int] = mapped_column(ForeignKey("recommendation.id"), index=True)
    place: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    progress: Mapped[str] = mapped_column(Text, default="")
    evidence: Mapped[str] = mapped_column(Text, default="")
    impact: Mapped[str] = mapped_column(Text, default="")
    decision: Mapped[str] = mapped_column(Text, default="")
    next_step: Mapped[str] = mapped_column(Text, default="")
    forecast: Mapped[Forecast | None] = mapped_column(enum_column(Forecast, "tracker_item_forecast"))
    new_due_on: Mapped[date | None]
    new_due_reason: Mapped[str] = mapped_column(Text, default="")
    discussed_at: Mapped[datetime | None]
    discussed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    meeting: Mapped[TrackerMeeting] = relationship(back_populates="items")
    recommendation: Mapped[Recommendation] = relationship()


class SupervisionTalk(Base):
    """That a worker's recommendations and findings were talked about in supervision, and on which day."""

    __tablename__ = "supervision_talk"
    __table_args__ = (Index("ix_supervision_talk_worker", "worker_id", "held_on"),)

    worker_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    held_on: Mapped[date]
    recommendation_id: Mapped[int | None] = mapped_column(ForeignKey("recommendation.id"), index=True)
    review_id: Mapped[int | None] = mapped_column(ForeignKey("review.id"), index=True)
    notes: Mapped[str] = mapped_column(Text, default="")
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    worker: Mapped[Person] = relationship(foreign_keys=[worker_id])
    recorded_by: Mapped[Person] = relationship(foreign_keys=[recorded_by_id])


class SavedView(Base, HasPublicId):
    """One person's name for a set of filters: the address says the rest."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("person_id", "name"), CheckConstraint("name <> ''", name="has_name"))

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(80))
    query: Mapped[str] = mapped_column(Text)  # the address's own part after the question mark
    saved_at: Mapped[datetime]


class FeedToken(Base, HasPublicId):
    """A key with which a dashboard tool reads one person's recommendations. Only its digest is kept."""

    __tablename__ = "feed_token"
    __table_args__ = (both_or_neither("revoked"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    ends_on: Mapped[date]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
