"""The policy, asked by a service: for what belongs to no step of a workflow."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event

from app import clock
from app.extensions import PlumblineSession, session
from app.models.people import Delegation, Person
from app.models.reviews import ConflictDeclaration
from app.policy.acting import AskedOffice, Office, acting_as, load_office
from app.policy.actor import Actor
from app.policy.rules import NOT_YOURS, may, why_not
from workflows.engine import Command, NotPermitted, Reason
from workflows.permissions import Permission

OFFICE = "plumbline_office"


def office() -> Office:
    """The Head's office today, as the open transaction knows it; read once in each."""
    current, today = session(), clock.today()
    held = current.info.get(OFFICE)
    if held is not None and held[0] is current.get_transaction() and held[1] == today:
        found: Office = held[2]
        return found
    found = load_office(session, today)
    current.info[OFFICE] = current.get_transaction(), today, found
    return found


@event.listens_for(PlumblineSession, "after_flush")
def _may_have_changed(current: PlumblineSession, _context: Any) -> None:
    """Somebody came, went, delegated or declared a conflict in this very transaction."""
    written = (*current.new, *current.dirty, *current.deleted)
    if any(isinstance(row, Person | Delegation | ConflictDeclaration) for row in written):
        current.info.pop(OFFICE, None)


def allows(actor: Actor, permission: Permission, subject: Any = None) -> bool:
    """Whether this person may; the office is read only where the rule asks about it."""
    return may(actor, permission, subject, AskedOffice(office))


def require(actor: Actor, permission: Permission, subject: Any = None) -> None:
    """Raise NotPermitted unless this person may."""
    if not allows(actor, permission, subject):
        raise NotPermitted(Reason(NOT_YOURS))


def command(actor: Actor, facts: Any, given: dict[str, Any] | None = None) -> Command:
    """A workflow's command with the policy's answer inside."""
    return Command(why_not=why_not(actor, AskedOffice(office)), facts=facts, given=given or {})


def standing(actor: Actor, review: Any) -> str:
    """Why somebody other than the Head acts on this review; empty for the Head. Both names stay (R4)."""
    acting = acting_as(actor.id, review, office())
    return acting.why if acting else ""
