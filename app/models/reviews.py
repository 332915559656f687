"""A practice review and everything said about it: parts, revisions, responses, moderation, grades."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, HasPublicId, both_or_neither, enum_column
from app.models.forms import FormTemplateVersion
from app.models.people import Person
from workflows.states import ReviewState


class ChildStatus(StrEnum):
    """The child's status at the review date (handbook 3)."""

    EARLY_HELP = "early_help"
    ASSESSMENT = "assessment"
    CHILD_IN_NEED = "child_in_need"
    CHILD_PROTECTION = "child_protection"
    CHILD_IN_CARE = "child_in_care"
    CARE_LEAVER = "care_leaver"


class ReviewerKind(StrEnum):
    EXTERNAL = "external"
    INTERNAL = "internal"


class PanelDraw(StrEnum):
    """What the panel rule said at submission; drawn once, by the system, and kept."""

    ALL = "all"
    INADEQUATE = "inadequate"
    SAMPLED = "sampled"
    NOT_SAMPLED = "not_sampled"
    NO_PANEL = "no_panel"


class DecidedHow(StrEnum):
    WITHOUT_PANEL = "without_panel"
    PANEL = "panel"


class Child(Base, HasPublicId):
    """A child or young person known to the service; joined across reviews by case-system ID."""

    __tablename__ = "child"
    __table_args__ = (
        CheckConstraint("born_on IS NULL OR expected_on IS NULL", name="born_or_expected"),
        CheckConstraint("born_on IS NOT NULL OR expected_on IS NOT NULL", name="has_a_date"),
    )

    case_system_id: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    initials: Mapped[str] = mapped_column(String(10))
    born_on: Mapped[date | None]
    expected_on: Mapped[date | None]

    @property
    def unborn(self) -> bool:
        return self.born_on is None


NOT_ISSUED = text("issued_at IS NULL")


class Review(Base, HasPublicId):
    """One review of practice with one child. Dates that only hold from some stage on are CHECKed."""

    __tablename__ = "review"
    __table_args__ = (
        *(both_or_neither(stem) for stem in ("planned", "started", "submitted", "drawn", "decided", "issued",
                                             "uploaded", "supervised", "closed", "withdrawn")),
        CheckConstraint(
            "state IN ('planned', 'withdrawn') OR (started_at IS NOT NULL AND reviewed_on IS NOT NULL"
            " AND look_back_from IS NOT NULL)", name="started_has_facts"),
        CheckConstraint(
            "state NOT IN ('hos_moderation', 'panel_moderation', 'tracking', 'closed')"
            " OR (submitted_at IS NOT NULL AND drawn_at IS NOT NULL)", name="submitted_has_draw"),
        CheckConstraint("(drawn_at IS NULL) = (panel_draw IS NULL)", name="draw_is_kept"),
        CheckConstraint("(decided_at IS NULL) = (decided_how IS NULL)", name="decided_how_kept"),
        CheckConstraint("state NOT IN ('tracking', 'closed') OR decided_at IS NOT NULL", name="tracked_is_decided"),
        CheckConstraint("issued_at IS NULL OR decided_at IS NOT NULL", name="issued_is_decided"),
        CheckConstraint("(issued_at IS NULL) = (sent_on IS NULL)", name="issued_has_date"),
        CheckConstraint("(issued_at IS NULL) = (tracker_meeting_on IS NULL)", name="issued_has_meeting"),
        CheckConstraint("(uploaded_at IS NULL) = (uploaded_on IS NULL)", name="upload_has_date"),
        CheckConstraint("uploaded_at IS NULL OR issued_at IS NOT NULL", name="uploaded_is_issued"),
        CheckConstraint("(supervised_at IS NULL) = (supervision_on IS NULL)", name="supervision_has_date"),
        CheckConstraint(
            "state <> 'closed' OR (issued_at IS NOT NULL AND uploaded_on IS NOT NULL"
            " AND supervision_on IS NOT NULL AND closed_at IS NOT NULL)", name="closed_has_all"),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_has_time"),
        CheckConstraint("state <> 'withdrawn' OR issued_at IS NULL", name="issued_stays"),
        CheckConstraint("(told_on IS NULL) = (told_by IS NULL)", name="told_paired"),
        CheckConstraint("reviewer_id <> worker_id", name="reviewer_is_not_worker"),
        CheckConstraint("worker_id <> line_manager_id", name="worker_is_not_manager"),
        Index("ix_review_state_month", "state", "planned_month", "id"),
        Index("ix_review_state_closed", "state", "closed_at"),
        Index("ix_review_month", "planned_month", "id"),
        Index("ix_review_theme", "theme"),
        *(Index(f"ix_review_{who}_state", f"{who}_id", "state") for who in ("reviewer", "worker", "line_manager")),
        # Whom a conflict keeps from what is not issued yet, read from it alone.
        Index("ix_review_not_issued", "state", "reviewer_id", "worker_id", "line_manager_id", "independent_chair_id",
              "issued_at", sqlite_where=NOT_ISSUED, postgresql_where=NOT_ISSUED),
        Index("ix_review_worker_decided", "worker_id", "decided_at", "issued_at"),  # who was the worker of any
    )  # fmt: skip

    reference: Mapped[str] = mapped_column(String(20), unique=True)
    state: Mapped[ReviewState] = mapped_column(enum_column(ReviewState, "review_state"), default=ReviewState.PLANNED)
    version: Mapped[int] = mapped_column(default=1)
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id"), index=True)
    form_version_id: Mapped[int] = mapped_column(ForeignKey("form_template_version.id"))
    planned_month: Mapped[date]
    theme: Mapped[str] = mapped_column(String(200), default="")
    sibling_set: Mapped[str | None] = mapped_column(String(36), index=True)  # one review each, read and heard together
    child_status: Mapped[ChildStatus] = mapped_column(enum_column(ChildStatus, "child_status"))
    case_open: Mapped[bool] = mapped_column(default=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reviewer_kind: Mapped[ReviewerKind] = mapped_column(enum_column(ReviewerKind, "reviewer_kind"))
    worker_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    line_manager_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    independent_chair_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    allocated_on: Mapped[date]
    due_on: Mapped[date]
    planned_at: Mapped[datetime]
    planned_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    started_at: Mapped[datetime | None]
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reviewed_on: Mapped[date | None]
    look_back_from: Mapped[date | None]
    responses_due_on: Mapped[date | None]
    submitted_at: Mapped[datetime | None]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    moderation_due_on: Mapped[date | None]
    panel_draw: Mapped[PanelDraw | None] = mapped_column(enum_column(PanelDraw, "panel_draw"))
    drawn_at: Mapped[datetime | None]
    drawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_how: Mapped[DecidedHow | None] = mapped_column(enum_column(DecidedHow, "decided_how"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    issue_due_on: Mapped[date | None]
    issued_at: Mapped[datetime | None]
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    sent_on: Mapped[date | None]
    tracker_meeting_on: Mapped[date | None]
    told_by: Mapped[str | None] = mapped_column(String(200))
    told_on: Mapped[date | None]
    uploaded_on: Mapped[date | None]
    uploaded_at: Mapped[datetime | None]
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    supervision_on: Mapped[date | None]
    supervised_at: Mapped[datetime | None]
    supervised_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    child: Mapped[Child] = relationship()
    form_version: Mapped[FormTemplateVersion] = relationship()
    reviewer: Mapped[Person] = relationship(foreign_keys=[reviewer_id])
    worker: Mapped[Person] = relationship(foreign_keys=[worker_id])
    line_manager: Mapped[Person] = relationship(foreign_keys=[line_manager_id])
    parts: Mapped[list[ReviewPart]] = relationship(back_populates="review", order_by="ReviewPart.id")
    revisions: Mapped[list[Revision]] = relationship(back_populates="review", order_by="Revision.number")
    declarations: Mapped[list[ConflictDeclaration]] = relationship(order_by="ConflictDeclaration.id")
    look_back_workers: Mapped[list[LookBackWorker]] = relationship(order_by="LookBackWorker.id")
    latest_item: Mapped[Any] = relationship(  # before the panel; see `app.policy.panel.item_of`
        "PanelItem",
        primaryjoin="and_(PanelItem.review_id == Review.id, PanelItem.latest)",
        viewonly=True,
        uselist=False,
    )


class LookBackWorker(Base):
    """A worker of the look-back, as the Head of QA lists them, and whether he or she is asked."""

    __tablename__ = "look_back_worker"
    __table_args__ = (UniqueConstraint("review_id", "person_id"),)

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked: Mapped[bool] = mapped_column(default=False)

    person: Mapped[Person] = relationship()


class DeclarationStep(StrEnum):
    """R7: first on the initials and the people, then on the name."""

    FACTS = "facts"
    NAME = "name"


class ConflictDeclaration(Base):
    """What a reviewer said of a conflict, before the record opened or later (R7)."""

    __tablename__ = "conflict_declaration"
    __table_args__ = (
        CheckConstraint("NOT conflicted OR reason <> ''", name="conflict_has_reason"),
        Index("ix_conflict_declaration_said", "review_id", "person_id", "conflicted", "step"),
        Index("ix_conflict_declaration_person", "person_id", "conflicted", "review_id"),
    )

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    step: Mapped[DeclarationStep] = mapped_column(enum_column(DeclarationStep, "declaration_step"))
    conflicted: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]


class ReviewerSpell(Base):
    """Who held the review as its reviewer, from when; a reassignment keeps both names (handbook 2)."""

    __tablename__ = "reviewer_spell"

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    from_at: Mapped[datetime]
    to_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")

    person: Mapped[Person] = relationship()


class ReviewPart(Base):
    """One part of the draft: a row each, so that two people on two parts do not collide."""

    __tablename__ = "review_part"
    __table_args__ = (UniqueConstraint("review_id", "part"),)

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), index=True)
    part: Mapped[str] = mapped_column(String(60))
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    review: Mapped[Review] = relationship(back_populates="parts")
    saved_by: Mapped[Person] = relationship()


class RevisionKind(StrEnum):
    SHARED = "shared"
    AMENDED = "amended"
    SUBMITTED = "submitted"
    HANDED_OVER = "handed_over"  # as the former reviewer left it
    REOPENED = "reopened"  # the submitted text once more, for the views of a new moderation


class Revision(Base):
    """The whole review as it stood at one moment; never changed."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("review_id", "number"),)

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), index=True)
    number: Mapped[int]
    kind: Mapped[RevisionKind] = mapped_column(enum_column(RevisionKind, "revision_kind"))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    review: Mapped[Review] = relationship(back_populates="revisions")


class RespondsAs(StrEnum):
    """Whose response it is."""

    WORKER = "worker"
    LINE_MANAGER = "line_manager"


class Stance(StrEnum):
    AGREE = "agree"
    CORRECTION = "correction"
    DISAGREE = "disagree"


class ReplyKind(StrEnum):
    CORRECTED = "corrected"
    KEPT = "kept"


class Response(Base):
    """The worker's or the line manager's own words on one revision."""

    __tablename__ = "response"
    __table_args__ = (UniqueConstraint("revision_id", "as_who"),)

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    as_who: Mapped[RespondsAs] = mapped_column(enum_column(RespondsAs, "response_as_who"))
    proud_of: Mapped[str] = mapped_column(Text, default="")
    do_differently: Mapped[str] = mapped_column(Text, default="")
    given_at: Mapped[datetime]

    person: Mapped[Person] = relationship()
    revision: Mapped[Revision] = relationship()
    items: Mapped[list[ResponseItem]] = relationship(back_populates="response", order_by="ResponseItem.id")


class ResponseItem(Base):
    """What the response says of one part of the review, and the reviewer's answer to it."""

    __tablename__ = "response_item"
    __table_args__ = (
        UniqueConstraint("response_id", "part"),
        CheckConstraint("stance = 'agree' OR text <> ''", name="reasons_given"),
        both_or_neither("replied"),
        CheckConstraint("(replied_at IS NULL) = (reply IS NULL)", name="reply_has_kind"),
        CheckConstraint("reply IS NULL OR reply <> 'kept' OR reply_text <> ''", name="kept_has_reason"),
    )

    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"), index=True)
    part: Mapped[str] = mapped_column(String(60))
    stance: Mapped[Stance] = mapped_column(enum_column(Stance, "response_stance"))
    text: Mapped[str] = mapped_column(Text, default="")
    reply: Mapped[ReplyKind | None] = mapped_column(enum_column(ReplyKind, "reply_kind"))
    reply_text: Mapped[str] = mapped_column(Text, default="")
    replied_at: Mapped[datetime | None]
    replied_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    response: Mapped[Response] = relationship(back_populates="items")


class ResponseDraft(Base):
    """A response being written: nothing typed is lost, and nobody else reads it before it is sent."""

    __tablename__ = "response_draft"
    __table_args__ = (UniqueConstraint("review_id", "person_id"),)

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]


class ContactAttempt(Base):
    """A try to reach the worker or the line manager before submitting without a response."""

    __tablename__ = "contact_attempt"

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), index=True)
    as_who: Mapped[RespondsAs] = mapped_column(enum_column(RespondsAs, "attempt_as_who"))
    how: Mapped[str] = mapped_column(String(200))
    tried_on: Mapped[date]
    logged_at: Mapped[datetime]
    logged_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class FirstModeration(Base):
    """The Head of QA's check of one revision (R2): checklist, comments, own view of every grade.

    `answers` is {"checks": {part: {"matches", "complete", "comment"}}, "issues", "clear",
    "views": {question: {"grade", "reason"}}, ...}; `acting` says for whom a deputy acts, and why.
    """

    __tablename__ = "first_moderation"
    __table_args__ = (UniqueConstraint("revision_id"), both_or_neither("finished"))

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    acting: Mapped[str] = mapped_column(String(200), default="")
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text, default="")
    finished_at: Mapped[datetime | None]
    finished_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    part_reasons: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class GradeStage(StrEnum):
    """Where in its life a grade was given (R5); nothing is overwritten."""

    REVIEWER_DRAFT = "reviewer_draft"
    REVIEWER_FINAL = "reviewer_final"
    FIRST_MODERATION = "first_moderation"
    READING = "reading"
    FINAL = "final"


class GradeGiven(Base):
    """One grade, by one person, on one revision, at one stage, with the reason where it changed."""

    __tablename__ = "grade_given"
    __table_args__ = (
        UniqueConstraint("revision_id", "part", "person_id", "stage"),
        CheckConstraint("grade BETWEEN 1 AND 4", name="on_the_scale"),
        Index("ix_grade_given_review_stage", "review_id", "stage"),
    )

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    part: Mapped[str] = mapped_column(String(60))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    stage: Mapped[GradeStage] = mapped_column(enum_column(GradeStage, "grade_stage"))
    grade: Mapped[int]
    reason: Mapped[str] = mapped_column(Text, default="")
    given_at: Mapped[datetime]

    person: Mapped[Person] = relationship()


class Decision(Base):
    """The decision on a review: by whom, how reached, why; a reopened one keeps its first."""

    __tablename__ = "decision"

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    how: Mapped[DecidedHow] = mapped_column(enum_column(DecidedHow, "decision_how"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    acting: Mapped[str] = mapped_column(String(200), default="")
    reason: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime]
    reopened_at: Mapped[datetime | None]
    reopened_reason: Mapped[str] = mapped_column(Text, default="")


class Addendum(Base):
    """A correction to an issued review: added, never a change, never a grade."""

    __tablename__ = "addendum"

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class StageEntry(Base):
    """When a review came into a stage and why: how long it was held, and by whom."""

    __tablename__ = "stage_entry"

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), index=True)
    state: Mapped[ReviewState] = mapped_column(enum_column(ReviewState, "entry_state"))
    action: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # dates given with the action
    at: Mapped[datetime]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    acting: Mapped[str] = mapped_column(String(200), default="")

    person: Mapped[Person] = relationship()
