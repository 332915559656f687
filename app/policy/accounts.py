"""Who may be signed in, and for how long."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from app.models.people import Person, Role, RoleName, SignInSession

LONGEST = timedelta(hours=12)
IDLE = timedelta(minutes=60)

# Some roles belong to people from outside the council; their accounts end on a day (handbook 1).
OUTSIDE_ROLES = frozenset({RoleName.PANEL_CHAIR, RoleName.AGENCY_MANAGER})
# Who has no other role sees nothing of a review (R11).
SHOWN_NO_CHILD = frozenset({RoleName.ADMINISTRATOR, RoleName.OVERSIGHT, RoleName.AGENCY_MANAGER})


def may_sign_in(person: Person, today: date) -> bool:
    """Active, and not past the account's last day."""
    return person.active and (person.ends_on is None or person.ends_on >= today)


def may_hold(person: Person, today: date) -> bool:
    """Whether somebody may own or verify a recommendation: not who has left, nor who is shown nothing of a child."""
    return may_sign_in(person, today) and bool(person.role_names - SHOWN_NO_CHILD)


def holders(today: Any) -> ColumnElement[bool]:
    """`may_hold` as SQL, for lists to choose from."""
    shown_one = Person.roles.any(Role.name.not_in(SHOWN_NO_CHILD))
    return and_(Person.active, or_(Person.ends_on.is_(None), Person.ends_on >= today), shown_one)


def why_over(row: SignInSession, now: datetime, today: date) -> str | None:
    """Why a session may not go on, or None."""
    if row.ended_at is not None:
        return row.ended_why or "ended"
    if not may_sign_in(row.person, today):
        return "account ended"
    if now - row.started_at >= LONGEST:
        return "too long"
    if now - row.seen_at >= IDLE:
        return "idle"
    return None
