"""Who may be signed in, and for how long."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import aliased

from app.models.people import Person, Role, RoleName, SignInSession, person_role

LONGEST = timedelta(hours=12)
IDLE = timedelta(minutes=60)

# Some roles belong to people from outside the council; their accounts end on a day (handbook 1).
OUTSIDE_ROLES = frozenset({RoleName.PANEL_CHAIR, RoleName.AGENCY_MANAGER})
# Who has no other role sees nothing of a review (R11).
SHOWN_NO_CHILD = frozenset({RoleName.ADMINISTRATOR, RoleName.OVERSIGHT, RoleName.AGENCY_MANAGER})


def shown_no_child(role_names: frozenset[str]) -> bool:
    """Whether there are roles, and every one of them is shown nothing of a child's record (R11)."""
    return bool(role_names) and role_names <= SHOWN_NO_CHILD


def asked_of(person: Any = Person) -> tuple[Any, ...]:
    """What the rules ask of a person who is read with something else, beside the roles: half of what there is."""
    return person.public_id, person.name, person.active, person.ends_on, person.line_manager_id


def beside_roles(query: Select[Any], person: Any = Person) -> tuple[Select[Any], Any]:
    """The query with each role of `person` joined to it, and what these roles are called in it, for `contains_eager`.

    One join after the other: the join of two tables that a joined collection makes has SQLite go through all roles of
    all people first.
    """
    held, role = person_role.alias(), aliased(Role)
    joined = query.outerjoin(held, held.c.person_id == person.id).outerjoin(role, role.id == held.c.role_id)
    return joined, role


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
