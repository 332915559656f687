"""What every story of the demonstration is told with: people, moments, the draw."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.policy.actor import Actor

DRAWN = 50  # per cent, of the reviews without an inadequate grade, that the panel reads


@dataclass(frozen=True)
class Person:
    """Somebody of the cast: as the policy sees one, and as a form names one."""

    actor: Actor
    public_id: str


@dataclass(frozen=True, order=True)
class Act:
    """One thing that somebody does at one moment; `whose` says whose story it belongs to."""

    at: datetime
    story: int
    number: int
    do: Callable[[], None] = field(compare=False)
    whose: str = field(compare=False)


class Draw(random.Random):
    """The draw for the panel while the demonstration is loaded: the stories say who is drawn, so that every load
    gives the same year."""

    wanted = False

    def randrange(self, *args: Any, **_rest: Any) -> int:
        """Below the panel rule's percentage where the story wants it drawn, else not below it."""
        all_of = int(args[0])
        return super().randrange(DRAWN) if self.wanted else DRAWN + super().randrange(all_of - DRAWN)


@dataclass(frozen=True)
class Stage:
    """What the stories share: the draw, and the public ids of the reviews planned, the meetings set up and the plans
    made so far; and the recommendations raised from activities, by the activity's key and their place there."""

    draw: Draw
    planned: dict[str, str] = field(default_factory=dict)
    meetings: dict[str, str] = field(default_factory=dict)
    plans: dict[str, str] = field(default_factory=dict)
    raised: dict[str, int] = field(default_factory=dict)
