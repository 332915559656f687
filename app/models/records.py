"""The log of changes with its chain, the log of views, the outbox, and the authority's settings.

Audit and view rows hold keys, kinds, digests and ids, never names or text, so that disposing of a review
leaves the chain whole (R10).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base

WITHOUT_REVIEW = text("recommendation_id IS NOT NULL")
WAITING = text("sent_at IS NULL AND dropped_why IS NULL AND failed_at IS NULL")
FAILED = text("failed_at IS NOT NULL")


class AuditEvent(Base):
    """One change: chained to the one before it by `prev`, so that a gap or an edit shows."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_subject", "subject_kind", "subject_id"),)

    at: Mapped[datetime]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(80))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    prev: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class AuditHead(Base):
    """The last hash and count of a chain: one row for changes, one for the sealed views."""

    __tablename__ = "audit_head"

    chain: Mapped[str] = mapped_column(String(20), unique=True)
    hash: Mapped[str] = mapped_column(String(64))
    length: Mapped[int]


class ViewEvent(Base):
    """Who looked at what of a child's record, through which channel, when (R10).

    Of a review, or of a recommendation about a child that came from elsewhere and has no review.
    """

    __tablename__ = "view_event"
    __table_args__ = (
        Index("ix_view_event_review", "review_id", "id"),
        Index("ix_view_event_recommendation", "recommendation_id", "id", sqlite_where=WITHOUT_REVIEW,
              postgresql_where=WITHOUT_REVIEW),
        CheckConstraint("(review_id IS NULL) <> (recommendation_id IS NULL)", name="of_one"),
    )  # fmt: skip

    at: Mapped[datetime]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    review_id: Mapped[int | None] = mapped_column(ForeignKey("review.id"))
    recommendation_id: Mapped[int | None] = mapped_column(ForeignKey("recommendation.id"))
    channel: Mapped[str] = mapped_column(String(40))
    what: Mapped[str] = mapped_column(String(80))


class ViewSeal(Base):
    """A batch of views chained to the batch before."""

    __tablename__ = "view_seal"
    __table_args__ = (CheckConstraint("last_id >= first_id", name="ordered"),)

    at: Mapped[datetime]
    first_id: Mapped[int] = mapped_column(unique=True)
    last_id: Mapped[int] = mapped_column(unique=True)
    rows: Mapped[int]
    prev: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class OutboxMessage(Base):
    """A message to be sent after the commit that caused it; who may have it is asked again then (R11).

    It ends in one of three ways: sent, dropped (it was not to be sent any more) or failed (it could not be). Until
    then `try_after` says when it may be tried: while somebody is at it that is the end of their claim, and so one that
    nobody finished is taken up again by itself. `problem` is what the last try met, in our words.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        CheckConstraint(
            "(sent_at IS NULL AND dropped_why IS NULL) OR (sent_at IS NULL AND failed_at IS NULL) "
            "OR (dropped_why IS NULL AND failed_at IS NULL)",
            name="ends_once",
        ),
        CheckConstraint("failed_at IS NULL OR problem IS NOT NULL", name="failed_says_why"),
        CheckConstraint("attempts >= 0", name="attempts_counted"),
        Index("ix_outbox_waiting", "id", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_outbox_failed", "failed_at", sqlite_where=FAILED, postgresql_where=FAILED),
    )

    made_at: Mapped[datetime]
    recipient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(80))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    sent_at: Mapped[datetime | None]
    dropped_why: Mapped[str | None] = mapped_column(String(200))
    attempts: Mapped[int] = mapped_column(default=0)
    try_after: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(String(200))


class Setting(Base):
    """What the authority decided; the defaults are in `app.services.settings`."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(String(60), unique=True)
    value: Mapped[Any] = mapped_column(JSON)
    set_at: Mapped[datetime]
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class ClosingDay(Base):
    """A day on which the authority is closed, beside weekends and bank holidays."""

    __tablename__ = "closing_day"

    day: Mapped[date] = mapped_column(unique=True)
    why: Mapped[str] = mapped_column(String(200), default="")


class Counter(Base):
    """The last number given under a key, such as a year's reviews; raised in one statement."""

    __tablename__ = "counter"

    key: Mapped[str] = mapped_column(String(40), unique=True)
    last: Mapped[int]
