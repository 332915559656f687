"""An immediate concern's table of steps (R6): raised, acknowledged, acted on, closed, each timed.

It stands outside the stages of any review. Going up to the assistant director is no step: nobody decides
it, it follows from the clock (`app.policy.concerns`).
"""

from __future__ import annotations

from typing import Any

from workflows import concern_guards as guards
from workflows.engine import Workflow
from workflows.guards import needs_text
from workflows.permissions import Permission
from workflows.states import ConcernState as S

HANDED = [S.ACKNOWLEDGED, S.ACTED_ON]

handling = Permission.HANDLE_CONCERN


def _step(trigger: str, source: Any, dest: S | None, **rest: Any) -> dict[str, Any]:
    """`dest` None: the concern stays where it is."""
    return {"trigger": trigger, "source": source, "dest": dest, **rest}


STEPS = [
    _step("acknowledge", S.RAISED, S.ACKNOWLEDGED, label="Acknowledge",
          permission=handling, notify=["raiser"]),
    _step("act", S.ACKNOWLEDGED, S.ACTED_ON, label="Record what was done",
          permission=Permission.ACT_ON_CONCERN,
          needs=[needs_text("done", "Write what was done.")], notify=["raiser", "handlers"]),
    _step("close", S.ACTED_ON, S.CLOSED, label="Close the concern",
          permission=handling,
          needs=[needs_text("outcome", "Write the outcome."),
                 needs_text("recorded_where", "Say where it was put on the case record.")],
          notify=["raiser", "holders"]),
    _step("give", HANDED, None, label="Give it to somebody",
          permission=handling, needs=[guards.receiver_may_have_it]),
    _step("take_back", [*HANDED, S.CLOSED], None, label="Take it back from somebody",
          permission=handling, guards=[guards.somebody_has_it], needs=[guards.holder_named]),
]  # fmt: skip

CONCERN = Workflow("concern", S, STEPS)
