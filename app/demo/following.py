"""What becomes of a recommendation in the demonstration: its steps from the lines of the texts, by their people.

A line is `[trigger, day, words…]`: the step, on which working day after the beginning, and what is typed with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app import clock, working_days
from app.demo.stage import Person, Stage
from app.extensions import session
from app.models.recommendations import Recommendation
from app.policy.actor import Actor
from app.services import joining, recommendations

WORDS: Mapping[str, tuple[str, ...]] = {
    "dispute": ("reason",),
    "settle": ("reason",),
    "refer_dispute": ("director", "reason"),
    "settle_as_director": ("reason",),
    "progress": ("forecast", "text"),
    "complete": ("evidence",),
    "verify": ("impact",),
    "cannot_be_known": ("reason",),
    "not_seen": ("reason", "action", "due_on"),
    "extend": ("due_on", "reason"),
    "partner_sent": ("sent_on",),
    "partner_replied": ("reply", "replied_on", "text"),
    "tell_family": ("family_words", "told_on"),
    "move_to_plan": ("plan", "reason"),
    "set_aside": ("reason",),
    "reopen": ("reason",),
}
DATES = {"due_on", "sent_on", "replied_on", "told_on"}  # in working days from the day of the step
PEOPLE = {"owner", "director"}
OWNERS = {"accept", "dispute", "start", "progress", "complete", "partner_sent", "partner_replied", "tell_family"}
VERIFIERS = {"verify", "cannot_be_known", "not_seen"}


class Following:
    """The steps of recommendations; `text` fills in the names and the dates, counted from the day it is said."""

    def __init__(self, people: Mapping[str, Person], stage: Stage, text: Callable[[str], str]) -> None:
        self.people, self.stage, self.text = people, stage, text

    def take(self, row: Recommendation, trigger: str, words: list[Any]) -> None:
        """One step, by whoever takes it."""
        if trigger == joining.JOIN:
            self._join(row, *words)
            return
        recommendations.act(self._who(trigger, row), row.id, trigger, row.version, self._given(trigger, words))

    def _join(self, row: Recommendation, other: str, reason: str) -> None:
        older = session.get_one(Recommendation, self.stage.raised[other]).public_id
        joining.join(self.people["head.qa"].actor, row.id, row.version, older, self.text(reason))

    def _who(self, trigger: str, row: Recommendation) -> Actor:
        """The owner does the work, the verifier looks at what came of it, a director settles; the Head steers."""
        wanted = None
        if trigger in OWNERS:
            wanted = row.owner_id
        elif trigger in VERIFIERS:
            wanted = row.verifier_id
        elif trigger == "settle_as_director":
            wanted = row.director_id
        if wanted is None:
            return self.people["head.qa"].actor
        return next(person.actor for person in self.people.values() if person.actor.id == wanted)

    def _given(self, trigger: str, words: list[Any]) -> dict[str, Any]:
        """What is typed with the step."""
        named = zip(WORDS.get(trigger, ()), words, strict=True)
        return {name: self._value(name, value) for name, value in named}

    def _value(self, name: str, value: Any) -> Any:
        if name in DATES and value is not None:
            move = working_days.add if value >= 0 else working_days.before
            return move(clock.today(), abs(value))
        if name == "plan":
            return self.stage.plans[value]
        if name in PEOPLE:
            return self.people[value].public_id
        return self.text(value) if isinstance(value, str) else value
