"""The engine refuses with reasons, changes nothing when it refuses, and takes no strings for functions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest

from workflows.engine import (
    Command,
    GuardFailed,
    NotPermitted,
    Reason,
    Refused,
    UnknownAction,
    Workflow,
    WrongStage,
)
from workflows.permissions import Permission
from workflows.recommendation import RECOMMENDATION
from workflows.review import REVIEW


class Lamp(StrEnum):
    OFF = "off"
    ON = "on"


@dataclass
class Thing:
    state: Lamp = Lamp.OFF


def closed(*texts: str) -> Any:
    return lambda _thing, _command: tuple(Reason(text) for text in texts)


def workflow(**rest: Any) -> Workflow:
    return Workflow(
        "lamp",
        Lamp,
        [
            {"trigger": "switch_on", "source": Lamp.OFF, "dest": Lamp.ON, "label": "Switch on",
             "permission": Permission.START_REVIEW, **rest},
            {"trigger": "clean", "source": [Lamp.OFF, Lamp.ON], "dest": None, "label": "Clean",
             "permission": Permission.RESPOND},
        ],
    )  # fmt: skip


def command(*may: Permission, given: Any = None) -> Command:
    return Command(why_not=lambda asked, _thing: None if asked in may else "Not yours.", given=given)


ALL = command(*Permission)


def test_a_step_moves_and_is_returned() -> None:
    thing = Thing()
    step = workflow(notify=["keeper"]).fire(thing, "switch_on", ALL)
    assert (thing.state, step.label, step.notify) == (Lamp.ON, "Switch on", ("keeper",))


def test_a_step_that_stays_moves_nothing() -> None:
    thing = Thing(Lamp.ON)
    workflow().fire(thing, "clean", ALL)
    assert thing.state is Lamp.ON


@pytest.mark.parametrize("name", ["smash", "to_on", "to_ON", "", "__init__", "switch_on "])
def test_an_action_of_no_table_is_unknown(name: str) -> None:
    """The library's own to_x() moves pass every guard: there are none."""
    thing = Thing()
    with pytest.raises(UnknownAction, match="no such action"):
        workflow().fire(thing, name, ALL)
    assert thing.state is Lamp.OFF


def test_an_action_from_elsewhere_says_where_the_thing_stands() -> None:
    with pytest.raises(WrongStage, match="“Switch on” cannot be done at this stage: it is at “on”"):
        workflow().fire(Thing(Lamp.ON), "switch_on", ALL)


def test_somebody_else_is_told_in_a_sentence_and_no_guard_is_asked() -> None:
    asked: list[str] = []
    thing = Thing()

    def curious(_thing: Any, _command: Command) -> tuple[Reason, ...]:
        asked.append("asked")
        return ()

    with pytest.raises(NotPermitted, match="Not yours"):
        workflow(guards=[curious]).fire(thing, "switch_on", command(Permission.RESPOND))
    assert (thing.state, asked) == (Lamp.OFF, [])


def test_every_reason_is_listed_in_the_order_of_the_table() -> None:
    thing = Thing()
    steps = workflow(when=[closed("one")], guards=[closed("two", "three"), closed()], needs=[closed("four")])
    with pytest.raises(GuardFailed) as failed:
        steps.fire(thing, "switch_on", ALL)
    assert [reason.text for reason in failed.value.reasons] == ["one", "two", "three", "four"]
    assert str(failed.value) == "one; two; three; four"
    assert thing.state is Lamp.OFF


def test_a_guard_that_breaks_moves_nothing() -> None:
    def broken(_thing: Any, _command: Command) -> tuple[Reason, ...]:
        raise ZeroDivisionError

    thing = Thing()
    with pytest.raises(ZeroDivisionError):
        workflow(guards=[broken]).fire(thing, "switch_on", ALL)
    assert thing.state is Lamp.OFF


def test_available_shows_open_shut_and_leaves_out() -> None:
    steps = workflow(guards=[closed("Find the switch.")], needs=[closed("Say why.")])
    shown = {action.trigger: action for action in steps.available(Thing(), ALL)}
    assert [reason.text for reason in shown["switch_on"].reasons] == ["Find the switch."]
    assert (shown["switch_on"].open, shown["clean"].open, shown["clean"].label) == (False, True, "Clean")
    assert [action.trigger for action in steps.available(Thing(), command(Permission.RESPOND))] == ["clean"]
    assert [action.trigger for action in steps.available(Thing(Lamp.ON), ALL)] == ["clean"]
    without_sense = workflow(when=[closed("It is day.")])
    assert [action.trigger for action in without_sense.available(Thing(), ALL)] == ["clean"]


def test_two_steps_of_one_name_from_one_state_are_refused_when_the_table_is_built() -> None:
    step = {"trigger": "switch", "source": Lamp.OFF, "label": "x", "permission": Permission.RESPOND}
    with pytest.raises(ValueError, match="'switch' has 2 steps from 'OFF'"):
        Workflow("lamp", Lamp, [{**step, "dest": Lamp.ON}, {**step, "dest": Lamp.OFF}])


@pytest.mark.parametrize("field", ["guards", "needs", "when"])
def test_a_string_is_never_called_as_a_function(field: str) -> None:
    """The library imports and calls dotted strings that it finds in a table; a step of ours is checked when built."""
    with pytest.raises(TypeError, match="is a function"):
        workflow(**{field: ["os.getcwd"]})


@pytest.mark.parametrize("field", ["before", "after", "prepare", "conditions", "unless"])
def test_the_librarys_own_callbacks_are_not_accepted(field: str) -> None:
    with pytest.raises(TypeError, match="not the library's callbacks"):
        workflow(**{field: "os.getcwd"})


def test_a_label_is_the_same_from_every_state() -> None:
    for each in (REVIEW, RECOMMENDATION):
        labels: dict[str, set[str]] = {}
        for trigger, step in each.steps():
            labels.setdefault(trigger, set()).add(step.label)
        assert all(len(found) == 1 for found in labels.values())
        assert all(each.label(trigger) in labels[trigger] for trigger in labels)


def test_a_refusal_without_a_reason_is_still_a_refusal() -> None:
    assert str(Refused()) == ""
