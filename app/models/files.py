"""Files that people add as evidence or documents.

Their bytes are in the database: one backup, one transaction with the record that names them, nothing under an
address that a web server could serve by mistake.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from app.models.base import Base, HasPublicId, both_or_neither
from app.models.people import Person


class StoredFile(Base, HasPublicId):
    """One file of one recommendation or one activity. A removed one keeps its row and loses its bytes."""

    __tablename__ = "stored_file"
    __table_args__ = (
        both_or_neither("removed"),
        CheckConstraint("(recommendation_id IS NULL) <> (activity_id IS NULL)", name="belongs_to_one"),
        CheckConstraint("(removed_at IS NULL) = (content IS NOT NULL)", name="removed_has_no_content"),
        CheckConstraint("removed_at IS NULL OR removed_reason <> ''", name="removed_says_why"),
        CheckConstraint("size > 0", name="is_not_empty"),
    )

    recommendation_id: Mapped[int | None] = mapped_column(ForeignKey("recommendation.id"), index=True)
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    added_at: Mapped[datetime]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    removed_reason: Mapped[str] = mapped_column(Text, default="")

    added_by: Mapped[Person] = relationship(foreign_keys=[added_by_id])
    removed_by: Mapped[Person | None] = relationship(foreign_keys=[removed_by_id])
