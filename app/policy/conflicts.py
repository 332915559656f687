"""Who is too close to review a child's record (R4): found by the system from known facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.models.people import Person, RoleName


def team_managers_of(worker: Person) -> Iterator[Person]:
    """The worker's managers up to team manager: up the line while they are line managers by role.

    Somebody higher (a head of service, say) may review; the panel is told.
    """
    manager, seen = worker.line_manager, {worker.id}
    while manager is not None and manager.id not in seen and RoleName.LINE_MANAGER in manager.role_names:
        yield manager
        seen.add(manager.id)
        manager = manager.line_manager


def reviewer_conflicts(
    reviewer: Person, *, worker: Person, line_manager: Person, look_back: Sequence[Person] = ()
) -> list[str]:
    """Every reason why this person cannot review practice by these workers; empty when free."""
    reasons = []
    workers = [worker, *look_back]
    if reviewer.id in {person.id for person in workers}:
        reasons.append(f"{reviewer.name} is or was the child's worker in the look-back.")
    if reviewer.id == line_manager.id:
        reasons.append(f"{reviewer.name} is the line manager named on this review.")
    for person in workers:
        reasons.extend(_too_close(reviewer, person))
    return list(dict.fromkeys(reasons))


def _too_close(reviewer: Person, worker: Person) -> Iterator[str]:
    if reviewer.id == worker.id:
        return
    managers = {manager.id for manager in team_managers_of(worker)}
    if reviewer.id in managers:
        yield f"{reviewer.name} manages {worker.name}."
    elif reviewer.team_id is not None and reviewer.team_id == worker.team_id:
        yield f"{reviewer.name} is in the same team as {worker.name}."
