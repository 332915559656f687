"""People, what they do, where they work, and the sessions they are signed in with."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from flask_security import RoleMixin, UserMixin
from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, HasPublicId, enum_column


class RoleName(StrEnum):
    """What people do (handbook 1). One person may hold several."""

    REVIEWER = "reviewer"
    WORKER = "worker"
    LINE_MANAGER = "line_manager"
    HEAD_OF_QA = "head_of_qa"
    DEPUTY_QA = "deputy_qa"
    PANEL_MEMBER = "panel_member"
    PANEL_CHAIR = "panel_chair"
    DEPUTY_CHAIR = "deputy_chair"
    DIRECTOR = "director"
    ASSISTANT_DIRECTOR = "assistant_director"
    OPERATIONAL_MANAGER = "operational_manager"
    ADMINISTRATOR = "administrator"
    AGENCY_MANAGER = "agency_manager"
    OVERSIGHT = "oversight"


person_role = Table(
    "person_role",
    Base.metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("role_id", ForeignKey("role.id"), primary_key=True),
)


class Role(Base, RoleMixin):
    """One of `RoleName`; a table because the sign-in library keeps roles in one."""

    __tablename__ = "role"

    name: Mapped[RoleName] = mapped_column(enum_column(RoleName, "role_name"), unique=True)


class Team(Base, HasPublicId):
    """A team of workers; R4 asks whether a reviewer belongs to the worker's."""

    __tablename__ = "team"

    name: Mapped[str] = mapped_column(String(120), unique=True)


class Agency(Base, HasPublicId):
    """A commissioned agency whose reviewers have accounts with an end date."""

    __tablename__ = "agency"

    name: Mapped[str] = mapped_column(String(120), unique=True)


class Person(Base, HasPublicId, UserMixin):
    """Somebody with an account. `line_manager_id` is who supervises this person."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("id <> line_manager_id", name="not_own_manager"),
        CheckConstraint("agency_id IS NULL OR ends_on IS NOT NULL", name="external_has_end"),
    )

    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    password_is_temporary: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(Boolean(name="active_bool"), default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    demo: Mapped[bool] = mapped_column(default=False)
    ends_on: Mapped[date | None]
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    line_manager_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    roles: Mapped[list[Role]] = relationship(secondary=person_role)  # type: ignore[assignment]
    team: Mapped[Team | None] = relationship()
    agency: Mapped[Agency | None] = relationship()
    line_manager: Mapped[Person | None] = relationship(remote_side="Person.id")

    @property
    def role_names(self) -> frozenset[str]:
        return frozenset(role.name for role in self.roles)


class DelegationKind(StrEnum):
    """Why a deputy acts for the Head of QA; conflict is found by the policy, not entered."""

    AWAY = "away"
    DELEGATED = "delegated"


class Delegation(Base):
    """A span of days in which a named deputy acts for the Head of QA (handbook 1)."""

    __tablename__ = "delegation"
    __table_args__ = (
        CheckConstraint("head_id <> deputy_id", name="two_people"),
        CheckConstraint("to_on >= from_on", name="ordered"),
    )

    head_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    deputy_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[DelegationKind] = mapped_column(enum_column(DelegationKind, "delegation_kind"))
    from_on: Mapped[date]
    to_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)


class SignInSession(Base):
    """One signed-in browser. Ending the row ends the session at its next request."""

    __tablename__ = "sign_in_session"

    sid_digest: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    browser: Mapped[str] = mapped_column(String(200), default="")
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str | None] = mapped_column(String(40))

    person: Mapped[Person] = relationship()


class SignInAttempt(Base):
    """One try to sign in, by the digest of the address typed and of where it came from: the throttle
    that all workers share, holding nothing that tells whether an account exists."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix_sign_in_attempt_who_at", "who_digest", "at"),
        Index("ix_sign_in_attempt_where_at", "where_digest", "at"),
    )

    who_digest: Mapped[str] = mapped_column(String(64))
    where_digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    succeeded: Mapped[bool] = mapped_column(default=False)
