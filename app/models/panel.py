"""The moderation panel: meetings, who sits, what is read alone, what was decided and what was done with it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, HasPublicId, both_or_neither, enum_column
from app.models.forms import FormTemplateVersion
from app.models.people import Person
from app.models.recommendations import Recommendation
from app.models.reviews import Decision, Review, Revision
from workflows.states import PanelItemState, ReadingState


class Attendance(StrEnum):
    """Whether somebody with a seat is at the meeting; expected until somebody says."""

    EXPECTED = "expected"
    PRESENT = "present"
    ABSENT = "absent"


class PanelMeeting(Base, HasPublicId):
    """One meeting of the panel: when, where, who chairs, who deputises for the chair (R4)."""

    __tablename__ = "panel_meeting"
    __table_args__ = (
        *(both_or_neither(stem) for stem in ("set_up", "started", "ended", "cancelled")),
        CheckConstraint("deputy_chair_id IS NULL OR deputy_chair_id <> chair_id", name="two_chairs"),
        CheckConstraint("minutes BETWEEN 15 AND 480", name="length"),
        CheckConstraint("ended_at IS NULL OR started_at IS NOT NULL", name="ended_was_started"),
        CheckConstraint("cancelled_at IS NULL OR started_at IS NULL", name="started_is_not_cancelled"),
        Index("ix_panel_meeting_ended", "cancelled_at", "ended_at"),
    )

    starts_at: Mapped[datetime] = mapped_column(index=True)
    minutes: Mapped[int]
    place: Mapped[str] = mapped_column(String(200), default="")
    chair_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    deputy_chair_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    version: Mapped[int] = mapped_column(default=1)
    set_up_at: Mapped[datetime]
    set_up_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    started_at: Mapped[datetime | None]
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    cancelled_at: Mapped[datetime | None]
    cancelled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    cancelled_reason: Mapped[str] = mapped_column(Text, default="")

    chair: Mapped[Person] = relationship(foreign_keys=[chair_id])
    deputy_chair: Mapped[Person | None] = relationship(foreign_keys=[deputy_chair_id])
    seats: Mapped[list[PanelSeat]] = relationship(back_populates="meeting", order_by="PanelSeat.id")


class PanelSeat(Base):
    """One person's place at one meeting; a substitute's names whom it is for, and both names stay (R4)."""

    __tablename__ = "panel_seat"
    __table_args__ = (
        UniqueConstraint("meeting_id", "person_id"),
        both_or_neither("left"),
        CheckConstraint("substitute_for_id IS NULL OR substitute_for_id <> person_id", name="another"),
        Index("ix_panel_seat_person", "person_id", "meeting_id"),
    )

    meeting_id: Mapped[int] = mapped_column(ForeignKey("panel_meeting.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    substitute_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    attendance: Mapped[Attendance] = mapped_column(
        enum_column(Attendance, "seat_attendance"), default=Attendance.EXPECTED
    )
    left_at: Mapped[datetime | None]
    left_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    left_reason: Mapped[str] = mapped_column(Text, default="")

    meeting: Mapped[PanelMeeting] = relationship(back_populates="seats")
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    substitute_for: Mapped[Person | None] = relationship(foreign_keys=[substitute_for_id])


class Reached(StrEnum):
    """How the panel came to its decision (R5)."""

    AGREED = "agreed"
    CHAIR_DECIDED = "chair_decided"


class PanelItem(Base, HasPublicId):
    """One review before the panel. An adjourned one waits without a meeting, and keeps its readings."""

    __tablename__ = "panel_item"
    __table_args__ = (
        *(both_or_neither(stem) for stem in ("referred", "opened", "shared", "decided")),
        CheckConstraint("state NOT IN ('reading', 'discussing', 'decided') OR meeting_id IS NOT NULL", name="listed"),
        CheckConstraint("state <> 'adjourned' OR meeting_id IS NULL", name="adjourned_waits"),
        CheckConstraint("state <> 'reading' OR opened_at IS NULL", name="reading_is_sealed"),
        CheckConstraint("state NOT IN ('discussing', 'decided') OR opened_at IS NOT NULL", name="discussed_was_opened"),
        CheckConstraint("(state = 'decided') = (decided_at IS NOT NULL)", name="decided_has_time"),
        CheckConstraint("(decided_at IS NULL) = (reached IS NULL)", name="decided_says_how"),
        CheckConstraint("(decided_at IS NULL) = (decision_id IS NULL)", name="decided_has_decision"),
        CheckConstraint("shared_at IS NULL OR opened_at IS NOT NULL", name="shared_was_opened"),
        CheckConstraint("previous_id IS NULL OR previous_id <> id", name="another_before"),
        Index("uq_panel_item_latest", "review_id", unique=True, sqlite_where=text("latest"),
              postgresql_where=text("latest")),
        Index("ix_panel_item_meeting", "meeting_id", "position"),
    )  # fmt: skip

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), index=True)
    latest: Mapped[bool] = mapped_column(default=True)  # of its review: the one that counts
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("panel_meeting.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    form_version_id: Mapped[int] = mapped_column(ForeignKey("form_template_version.id"))
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("panel_item.id"))
    position: Mapped[int] = mapped_column(default=0)
    state: Mapped[PanelItemState] = mapped_column(enum_column(PanelItemState, "panel_item_state"))
    version: Mapped[int] = mapped_column(default=1)
    due_on: Mapped[date | None]  # readings are submitted by then
    referred_at: Mapped[datetime]
    referred_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime | None]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    opened_acting: Mapped[str] = mapped_column(String(200), default="")  # why the deputy chaired
    shared_at: Mapped[datetime | None]  # the comments, with the reviewer
    shared_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reached: Mapped[Reached | None] = mapped_column(enum_column(Reached, "panel_reached"))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"), unique=True)

    review: Mapped[Review] = relationship()
    meeting: Mapped[PanelMeeting | None] = relationship()
    revision: Mapped[Revision] = relationship()
    form_version: Mapped[FormTemplateVersion] = relationship()
    decision: Mapped[Decision | None] = relationship()
    readings: Mapped[list[PanelReading]] = relationship(back_populates="item", order_by="PanelReading.id")
    listings: Mapped[list[PanelListing]] = relationship(back_populates="item", order_by="PanelListing.id")
    agreed: Mapped[AgreedForm | None] = relationship(back_populates="item")
    dissents: Mapped[list[PanelDissent]] = relationship(order_by="PanelDissent.id")


class PanelListing(Base):
    """An item's stay on one meeting's agenda, and how it left: the minutes of each meeting tell it."""

    __tablename__ = "panel_listing"
    __table_args__ = (both_or_neither("ended"), Index("ix_panel_listing_meeting", "meeting_id", "id"))

    item_id: Mapped[int] = mapped_column(ForeignKey("panel_item.id"), index=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("panel_meeting.id"))
    listed_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(20), default="")  # decided, adjourned, moved, sent_back, withdrawn
    reason: Mapped[str] = mapped_column(Text, default="")
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    item: Mapped[PanelItem] = relationship(back_populates="listings")
    meeting: Mapped[PanelMeeting] = relationship()


class PanelReading(Base, HasPublicId):
    """What one person wrote alone on one item (R3); never changed once it is submitted."""

    __tablename__ = "panel_reading"
    __table_args__ = (
        UniqueConstraint("item_id", "person_id"),
        both_or_neither("excused"),
        CheckConstraint("state <> 'submitted' OR submitted_at IS NOT NULL", name="submitted_has_time"),
        CheckConstraint("state NOT IN ('invited', 'reading') OR submitted_at IS NULL", name="open_is_not_submitted"),
        CheckConstraint("(state = 'excused') = (excused_at IS NOT NULL)", name="excused_has_reason"),
        CheckConstraint("(state = 'exempt') = (exempt_at IS NOT NULL)", name="exempt_has_time"),
        CheckConstraint("exempt_at IS NULL OR exempt_why <> ''", name="exempt_says_why"),
        CheckConstraint("let_in_at IS NULL OR state <> 'exempt'", name="exempt_is_blind"),
        Index("ix_panel_reading_person", "person_id", "state", "item_id"),
    )

    item_id: Mapped[int] = mapped_column(ForeignKey("panel_item.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    as_substitute: Mapped[bool] = mapped_column(default=False)
    state: Mapped[ReadingState] = mapped_column(enum_column(ReadingState, "reading_state"))
    version: Mapped[int] = mapped_column(default=1)
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    saved_at: Mapped[datetime | None]
    begun_from_view: Mapped[bool] = mapped_column(default=False)  # the first moderator's
    counted: Mapped[bool] = mapped_column(default=True)  # a fresh reading, made alone: in the figures of agreement
    confirms_id: Mapped[int | None] = mapped_column(ForeignKey("panel_reading.id"))
    submitted_at: Mapped[datetime | None]
    let_in_at: Mapped[datetime | None]  # since when this person sees the readings of the opened item
    excused_at: Mapped[datetime | None]
    excused_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    excused_reason: Mapped[str] = mapped_column(Text, default="")
    exempt_at: Mapped[datetime | None]
    exempt_why: Mapped[str] = mapped_column(String(60), default="")  # a key: reviewer, worker, line_manager, declared

    item: Mapped[PanelItem] = relationship(back_populates="readings")
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    additions: Mapped[list[ReadingAddition]] = relationship(order_by="ReadingAddition.id")


class ReadingAddition(Base):
    """What a member added to his or her own reading after the item was opened (R3)."""

    __tablename__ = "reading_addition"

    reading_id: Mapped[int] = mapped_column(ForeignKey("panel_reading.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime]


class AgreedForm(Base):
    """The panel's one form of an item, written in the meeting; see `app.services.panel_decision` for its shape."""

    __tablename__ = "agreed_form"

    item_id: Mapped[int] = mapped_column(ForeignKey("panel_item.id"), unique=True)
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    item: Mapped[PanelItem] = relationship(back_populates="agreed")
    saved_by: Mapped[Person] = relationship()


class PanelDissent(Base):
    """Somebody who did not agree with the decision, in his or her own words (R5)."""

    __tablename__ = "panel_dissent"
    __table_args__ = (UniqueConstraint("item_id", "person_id"), CheckConstraint("text <> ''", name="in_words"))

    item_id: Mapped[int] = mapped_column(ForeignKey("panel_item.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class PanelAction(Base):
    """An action arising at the panel, followed in the tracker; it belongs to no record of the child's practice."""

    __tablename__ = "panel_action"

    item_id: Mapped[int] = mapped_column(ForeignKey("panel_item.id"), index=True)
    recommendation_id: Mapped[int] = mapped_column(ForeignKey("recommendation.id"), unique=True)
    timescale: Mapped[str] = mapped_column(String(100), default="")

    recommendation: Mapped[Recommendation] = relationship()


class ThemeDone(StrEnum):
    """What was done with a theme of moderation (R5)."""

    TAKEN_UP = "taken_up"
    TOOL_CHANGED = "tool_changed"
    PRACTICE = "practice"


class PanelTheme(Base, HasPublicId):
    """A theme of moderation that the Head of QA collated after a meeting, and what was done with it (R5)."""

    __tablename__ = "panel_theme"
    __table_args__ = (
        CheckConstraint("title <> ''", name="has_title"),
        CheckConstraint("done IS NULL OR what <> ''", name="done_says_what"),
    )

    meeting_id: Mapped[int] = mapped_column(ForeignKey("panel_meeting.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    done: Mapped[ThemeDone | None] = mapped_column(enum_column(ThemeDone, "theme_done"))
    what: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    kept_at: Mapped[datetime]
    kept_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    kept_by: Mapped[Person] = relationship()
