"""The policy, asked by a service: for what belongs to no step of a workflow."""

from __future__ import annotations

from typing import Any

from app import clock
from app.extensions import session
from app.policy.acting import Office, acting_as, load_office
from app.policy.actor import Actor
from app.policy.rules import NOT_YOURS, may, why_not
from workflows.engine import Command, NotPermitted, Reason
from workflows.permissions import Permission


def office() -> Office:
    """The Head's office today, read in the open transaction."""
    return load_office(session, clock.today())


def require(actor: Actor, permission: Permission, subject: Any = None) -> None:
    """Raise NotPermitted unless this person may."""
    if not may(actor, permission, subject, office()):
        raise NotPermitted(Reason(NOT_YOURS))


def command(actor: Actor, facts: Any, given: dict[str, Any] | None = None) -> Command:
    """A workflow's command with the policy's answer inside."""
    return Command(why_not=why_not(actor, office()), facts=facts, given=given or {})


def standing(actor: Actor, review: Any) -> str:
    """Why somebody other than the Head acts on this review; empty for the Head. Both names stay (R4)."""
    acting = acting_as(actor.id, review, office())
    return acting.why if acting else ""
