"""Plans in the papers' own columns, and what was imported from a spreadsheet (handbook 6)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.activities import Activity
from app.models.base import Base, HasPublicId, both_or_neither, enum_column
from app.models.people import Person
from app.models.recommendations import Recommendation


class PlanKind(StrEnum):
    SERVICE_DEVELOPMENT = "service_development"
    WORKFORCE = "workforce"
    OTHER = "other"


class Rag(StrEnum):
    """What the plan's own column says; always shown with its word."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    BLUE = "blue"


class Plan(Base, HasPublicId):
    """A Service Development Plan, a workforce plan or another, looked at each quarter."""

    __tablename__ = "plan"
    __table_args__ = (both_or_neither("ended"), CheckConstraint("name <> ''", name="has_name"))

    name: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[PlanKind] = mapped_column(enum_column(PlanKind, "plan_kind"))
    version: Mapped[int] = mapped_column(default=1)
    review_on: Mapped[date | None]  # the next quarterly look
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    sections: Mapped[list[PlanSection]] = relationship(order_by="PlanSection.place, PlanSection.id")
    reviews: Mapped[list[PlanReview]] = relationship(order_by="PlanReview.id")


class PlanSection(Base, HasPublicId):
    """A heading inside the plan's table."""

    __tablename__ = "plan_section"
    __table_args__ = (both_or_neither("removed"), Index("ix_plan_section_plan", "plan_id", "place"))

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    place: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class PlanReview(Base):
    """One quarterly look at a plan: when it was due, when it was held, what was said."""

    __tablename__ = "plan_review"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    due_on: Mapped[date | None]
    held_on: Mapped[date]
    notes: Mapped[str] = mapped_column(Text, default="")
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class ImportDraft(Base, HasPublicId):
    """A file that somebody is looking at before it is taken in: what it holds, and what that person has chosen.

    In the database, so that it does not matter which process answers; never longer than a day.
    """

    __tablename__ = "import_draft"
    __table_args__ = (
        CheckConstraint("plan_id IS NULL OR activity_id IS NULL", name="into_one"),
        CheckConstraint("plan_id IS NOT NULL OR activity_id IS NOT NULL OR plan_name <> ''", name="has_target"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"), index=True)
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"), index=True)
    plan_name: Mapped[str] = mapped_column(String(200), default="")  # of a plan that is made with the import
    plan_kind: Mapped[PlanKind | None] = mapped_column(enum_column(PlanKind, "import_draft_plan_kind"))
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    book: Mapped[dict[str, Any]] = mapped_column(JSON)  # every sheet's cells as read
    choices: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    made_at: Mapped[datetime] = mapped_column(index=True)

    plan: Mapped[Plan | None] = relationship()
    activity: Mapped[Activity | None] = relationship()


class ImportBatch(Base, HasPublicId):
    """One upload taken in: of which file, what became of every row, and whether it was undone whole."""

    __tablename__ = "import_batch"
    __table_args__ = (
        both_or_neither("undone"),
        CheckConstraint("(plan_id IS NULL) <> (activity_id IS NULL)", name="into_one"),
    )

    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"), index=True)
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    sheet: Mapped[str] = mapped_column(String(100), default="")
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # one a row of the file: number, what was made, doubts
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    plan: Mapped[Plan | None] = relationship()
    activity: Mapped[Activity | None] = relationship()
    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id])


STANDING = text("removed_at IS NULL")
# An empty list is two signs on both databases.
UNSURE = text("removed_at IS NULL AND length(CAST(doubts AS TEXT)) > 2")


class PlanLine(Base, HasPublicId):
    """One line of a plan, in the papers' columns. Dates keep the words they were written in beside the day meant."""

    __tablename__ = "plan_line"
    __table_args__ = (
        both_or_neither("removed"),
        Index("ix_plan_line_plan", "plan_id", "place"),
        UniqueConstraint("plan_id", "recommendation_id"),
        Index("ix_plan_line_fingerprint", "plan_id", "fingerprint"),
        # The lines that stand in it, in their sections, so that a page of them is chosen without reading the others.
        Index("ix_plan_line_standing", "plan_id", "section_id", "place", "removed_at",
              sqlite_where=STANDING, postgresql_where=STANDING),
        Index("ix_plan_line_unsure", "plan_id", sqlite_where=UNSURE, postgresql_where=UNSURE),
    )  # fmt: skip

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("plan_section.id"), index=True)
    place: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    why: Mapped[str] = mapped_column(Text, default="")
    who: Mapped[str] = mapped_column(Text, default="")
    what: Mapped[str] = mapped_column(Text, default="")
    by_when: Mapped[str] = mapped_column(Text, default="")  # as it was written: "June and March 2025", "Weekly."
    due_on: Mapped[date | None]  # the day it means, where that is certain or a person said so
    how_known: Mapped[str] = mapped_column(Text, default="")
    experience: Mapped[str] = mapped_column(Text, default="")
    rag: Mapped[Rag | None] = mapped_column(enum_column(Rag, "plan_line_rag"))
    comments: Mapped[str] = mapped_column(Text, default="")
    extra: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # columns of the file that the plan has not
    doubts: Mapped[list[str]] = mapped_column(JSON, default=list)  # what nobody has settled yet, as sentences
    recommendation_id: Mapped[int | None] = mapped_column(ForeignKey("recommendation.id"), index=True)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)
    source_row: Mapped[int | None]
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    plan: Mapped[Plan] = relationship()
    section: Mapped[PlanSection | None] = relationship()
    recommendation: Mapped[Recommendation | None] = relationship()
    entries: Mapped[list[PlanLineEntry]] = relationship(order_by="PlanLineEntry.id")


class PlanLineEntry(Base):
    """One change of one line: which columns, what stood there before, who and when."""

    __tablename__ = "plan_line_entry"

    line_id: Mapped[int] = mapped_column(ForeignKey("plan_line.id"), index=True)
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    person: Mapped[Person] = relationship()
