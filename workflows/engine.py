"""A table of steps, made from the `transitions` library so that it refuses with a reason.

The library alone answers a failed condition with False, in silence, and gives every object `to_x()`
methods that pass every guard. Here one machine a workflow is built without models; a row keeps its own
`state`, and `Workflow.fire` is the only way to move it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, cast

from transitions import EventData, Machine, Transition

from workflows.permissions import Permission
from workflows.states import SPOKEN


@dataclass(frozen=True)
class Reason:
    """One sentence that says why not, and the field or page that would put it right."""

    text: str
    target: str | None = None


class Refused(Exception):
    """An action that cannot be taken now. `reasons` are sentences for the person who tried."""

    def __init__(self, *reasons: Reason) -> None:
        self.reasons = reasons
        super().__init__("; ".join(reason.text for reason in reasons))


class UnknownAction(Refused):
    """No step of this name in the table."""


class WrongStage(Refused):
    """The step exists, and not from where the subject stands."""


class NotPermitted(Refused):
    """The step exists from here, and not for this person."""


class GuardFailed(Refused):
    """The right person at the right stage, and something must hold first."""


class Subject(Protocol):
    """What a workflow moves: anything with a `state`."""

    state: Any


@dataclass(frozen=True)
class Command:
    """One attempt at an action.

    `why_not(permission, subject)` is the policy's answer for the person acting: None, or a sentence.
    `facts` is what the services found out for the guards; `given` is what the person typed with the
    action (a reason, a date).
    """

    why_not: Callable[[Permission, Any], str | None]
    facts: Any = None
    given: Any = None


Guard = Callable[[Any, Command], Sequence[Reason]]


class Step(Transition):
    """A transition that also says who may take it, what must hold, what it records and whom it tells.

    `when` says whether the action has any sense now: where it has not, a page leaves it out. `guards` look
    at the world and decide whether it is open on the page, or shut with its reasons. `needs` look at what
    came with the action (a reason, a date) and are asked only when it is taken. Taking it asks all three.
    """

    def __init__(
        self,
        *args: Any,
        permission: Permission,
        label: str,
        when: Sequence[Guard] = (),
        guards: Sequence[Guard] = (),
        needs: Sequence[Guard] = (),
        notify: Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._refuse_callbacks(args[2:], (*when, *guards, *needs))
        self.permission = permission
        self.label = label
        self.when = tuple(when)
        self.guards = tuple(guards)
        self.needs = tuple(needs)
        self.notify = tuple(notify)

    @staticmethod
    def _refuse_callbacks(callbacks: Sequence[Any], asked: Sequence[Any]) -> None:
        """The library's own conditions and callbacks pass the reasons by, and it imports what a string names."""
        if any(callbacks):
            raise TypeError("a step takes guards, not the library's callbacks")
        if strange := [each for each in asked if not callable(each)]:
            raise TypeError(f"a guard is a function, and this is not: {strange[0]!r}")

    def reasons(self, subject: Any, command: Command, *, with_needs: bool) -> list[Reason]:
        """Every reason why not, in the order of the table, so that a page can list all that is to do."""
        asked = (*self.when, *self.guards, *self.needs) if with_needs else self.guards
        return [reason for guard in asked for reason in guard(subject, command)]

    def has_sense(self, subject: Any, command: Command) -> bool:
        """Whether every `when` holds."""
        return not any(guard(subject, command) for guard in self.when)

    def check(self, subject: Any, command: Command) -> None:
        if why := command.why_not(self.permission, subject):
            raise NotPermitted(Reason(why))
        if reasons := self.reasons(subject, command, with_needs=True):
            raise GuardFailed(*reasons)

    def execute(self, event_data: EventData) -> bool:
        self.check(event_data.model, *event_data.args)
        return bool(super().execute(event_data))


@dataclass(frozen=True)
class Availability:
    """An action as a page shows it: open, or shut with the reasons."""

    trigger: str
    label: str
    reasons: tuple[Reason, ...] = ()

    @property
    def open(self) -> bool:
        return not self.reasons


class Workflow(Machine):
    """A table of steps over one enumeration of states."""

    transition_cls = Step

    def __init__(self, name: str, states: type[StrEnum], steps: Sequence[dict[str, Any]]) -> None:
        super().__init__(
            model=None,
            states=states,
            initial=None,
            transitions=[dict(step) for step in steps],
            auto_transitions=False,
            send_event=True,
            queued=False,
            name=name,
        )
        self.kind = name
        self.state_type = states
        self._refuse_two_steps_for_one_trigger()

    def _refuse_two_steps_for_one_trigger(self) -> None:
        """With two, the refusal of the first would hide that of the second."""
        for trigger, event in self.events.items():
            for source, steps in event.transitions.items():
                if len(steps) > 1:
                    raise ValueError(f"{self.kind}: '{trigger}' has {len(steps)} steps from '{source}'")

    def fire(self, subject: Subject, trigger: str, command: Command) -> Step:
        """Take one step. Raises Refused (and changes nothing) or returns the step that was taken."""
        step = self.step(subject, trigger)
        self.events[trigger].trigger(subject, command)
        return step

    def step(self, subject: Subject, trigger: str) -> Step:
        """The one step that `trigger` means from here. Raises UnknownAction or WrongStage."""
        event = self.events.get(trigger)
        if event is None:
            raise UnknownAction(Reason("There is no such action."))
        steps = event.transitions.get(self._state_name(subject)) or ()
        if not steps:
            raise WrongStage(Reason(f"“{self.label(trigger)}” cannot be done at this stage: {self._now(subject)}."))
        return cast(Step, steps[0])

    def available(self, subject: Subject, command: Command) -> list[Availability]:
        """What this person can do from here: open actions, and shut ones with every reason.

        An action that is not this person's at all, or has no sense now, is absent.
        """
        found = []
        for trigger in self.get_triggers(self._state_name(subject)):
            step = self.step(subject, trigger)
            if command.why_not(step.permission, subject) is None and step.has_sense(subject, command):
                reasons = tuple(step.reasons(subject, command, with_needs=False))
                found.append(Availability(trigger, step.label, reasons))
        return found

    def label(self, trigger: str) -> str:
        """The action's plain name, the same from every state."""
        found = (step for steps in self.events[trigger].transitions.values() for step in steps)
        return cast(Step, next(found)).label

    def steps(self) -> list[tuple[str, Step]]:
        """Every (trigger, step) of the table, in the order written."""
        return [
            (trigger, cast(Step, step))
            for trigger, event in self.events.items()
            for steps in event.transitions.values()
            for step in steps
        ]

    def _state_name(self, subject: Subject) -> str:
        return str(self.state_type(subject.state).name)

    def _now(self, subject: Subject) -> str:
        state = str(subject.state)
        return f"it is at “{SPOKEN.get(state, state.replace('_', ' '))}”"
