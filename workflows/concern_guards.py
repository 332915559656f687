"""What must hold before a step of an immediate concern is taken. The shape is that of `workflows.guards`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workflows.engine import Command, Reason


@dataclass(frozen=True, kw_only=True)
class ConcernFacts:
    """What the guards of a concern ask. The defaults refuse: a fact nobody found out opens nothing."""

    held_by_somebody: bool = False
    receiver_refused: tuple[Reason, ...] = (Reason("Choose somebody from the list.", "person"),)
    holder_unknown: tuple[Reason, ...] = (Reason("Choose somebody from the list.", "person"),)


def somebody_has_it(_concern: Any, command: Command) -> Sequence[Reason]:
    """It was given to somebody who still has it."""
    return () if command.facts.held_by_somebody else (Reason("Nobody has been given this concern."),)


def receiver_may_have_it(_concern: Any, command: Command) -> Sequence[Reason]:
    """Whoever receives it may be told of a child, does not see it already, and is not whom it is about."""
    return tuple(command.facts.receiver_refused)


def holder_named(_concern: Any, command: Command) -> Sequence[Reason]:
    """Whoever it is taken back from has it now."""
    return tuple(command.facts.holder_unknown)
