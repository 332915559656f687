"""Form templates and their versions: a draft may change, what is published may not (R13)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, HasPublicId, both_or_neither, enum_column


class FormState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class FormTemplate(Base):
    """A form by its lasting key, such as `practice-review`."""

    __tablename__ = "form_template"

    key: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(200))


class FormTemplateVersion(Base, HasPublicId):
    """One wording of a form. A review points at one for life; a trigger refuses to change a published one."""

    __tablename__ = "form_template_version"
    __table_args__ = (
        UniqueConstraint("template_id", "number"),
        both_or_neither("published"),
        both_or_neither("retired"),
        CheckConstraint("state = 'draft' OR published_at IS NOT NULL", name="published_has_time"),
        CheckConstraint("(state = 'retired') = (retired_at IS NOT NULL)", name="retired_has_time"),
    )

    template_id: Mapped[int] = mapped_column(ForeignKey("form_template.id"))
    number: Mapped[str] = mapped_column(String(20))
    state: Mapped[FormState] = mapped_column(enum_column(FormState, "form_state"), default=FormState.DRAFT)
    descriptor: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)  # large, and read once by its checksum
    checksum: Mapped[str] = mapped_column(String(64))
    loaded_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    retired_at: Mapped[datetime | None]
    retired_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    template: Mapped[FormTemplate] = relationship()
