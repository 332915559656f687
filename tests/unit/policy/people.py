"""People and reviews that are in no database, for rules that only read them."""

from __future__ import annotations

from itertools import count
from typing import Any

from app.models.people import Person, Role, RoleName
from app.models.reviews import ConflictDeclaration, DeclarationStep, Review
from app.policy.acting import Office
from app.policy.actor import Actor, actor_of
from workflows.states import ReviewState

_ids = count(1)
NOBODY = Office((), (), ())


def person(*roles: RoleName, **rest: Any) -> Person:
    """Somebody with these roles."""
    number = next(_ids)
    manager = rest.pop("line_manager", None)
    made = Person(id=number, name=f"Person {number}", roles=[Role(name=role) for role in roles], **rest)
    made.line_manager, made.line_manager_id = manager, manager.id if manager else None
    return made


def review(**changes: Any) -> Review:
    """A review of a worker with a line manager, by a reviewer who has declared nothing yet."""
    manager = changes.pop("line_manager", None) or person(RoleName.LINE_MANAGER)
    worker = changes.pop("worker", None) or person(RoleName.WORKER, line_manager=manager)
    reviewer = changes.pop("reviewer", None) or person(RoleName.REVIEWER)
    chair = changes.pop("independent_chair", None)
    made = Review(id=next(_ids), **{"state": ReviewState.DRAFTING, **changes})
    made.reviewer, made.reviewer_id = reviewer, reviewer.id
    made.worker, made.worker_id = worker, worker.id
    made.line_manager, made.line_manager_id = manager, manager.id
    made.independent_chair_id = chair.id if chair else None
    return made


def declare(of: Review, who: Person, *steps: DeclarationStep, conflicted: bool = False) -> Review:
    """What somebody said; without steps both."""
    of.declarations += [
        ConflictDeclaration(person_id=who.id, step=step, conflicted=conflicted) for step in steps or DeclarationStep
    ]
    return of


def actor(of: Person) -> Actor:
    return actor_of(of)
