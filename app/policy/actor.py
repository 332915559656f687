"""Who is acting or looking: the few facts about a person that rules are asked about."""

from __future__ import annotations

from dataclasses import dataclass

from app.models.people import Person, RoleName
from app.policy.accounts import shown_no_child


@dataclass(frozen=True)
class Actor:
    """A person as the rules see one. `id` is None for the system's own acts."""

    id: int | None
    name: str
    role_names: frozenset[str] = frozenset()
    agency_id: int | None = None

    @property
    def shown_no_child(self) -> bool:
        """Whether every role is one that is shown nothing of a child's record: then no tie of theirs to one counts,
        not even of a worker or an owner who has become an administrator since (R11)."""
        return shown_no_child(self.role_names)

    def has(self, *roles: RoleName) -> bool:
        """Whether the person holds any of the roles."""
        return any(role in self.role_names for role in roles)


SYSTEM = Actor(id=None, name="Plumbline")


def actor_of(person: Person) -> Actor:
    """The actor a signed-in person is."""
    return Actor(person.id, person.name, person.role_names, person.agency_id)
