"""WHO MAY HAVE THE RECORD OF A DECISION, IN FORCE OR TAKEN UP AGAIN (handbook 2: it is kept; R11).

What was sent out is not taken back: who had it keeps it, at whatever stage the review is now. Being of the panel gives
neither record: its members have the readings of the item, and the minutes of what they decided; the final review is for
those whose review it is. So none of a panel that reads anew has the first decision before the second either.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.policy.actor import Actor
from app.policy.visibility import Aspect, Sight, Tie
from workflows.states import Phase

NEEDED = frozenset({Aspect.FINAL, Aspect.RECOMMENDATIONS})
DECIDED = (Phase.DECIDED, Phase.ISSUED)
RESPONDENTS = frozenset({Tie.WORKER, Tie.LINE_MANAGER})


@dataclass(frozen=True)
class Kept:
    """What the rule asks of such a decision: `past` is whether the working days of an external reviewer after that
    issue have gone."""

    issued: bool
    reviewer_id: int
    past: bool = False


def may_have_in_force(sight: Sight, phase: Phase) -> bool:
    """The record in force: the Head of QA once it is decided, the others once it is issued."""
    return phase in DECIDED and sight.aspects >= NEEDED


def may_have_kept(actor: Actor, sight: Sight, phase: Phase, kept: Kept) -> bool:
    """The Head's office always; the others where that decision was issued."""
    if Tie.HEAD_OF_QA in sight.ties:
        return True
    if phase is Phase.WITHDRAWN:
        return False
    return kept.issued and (_had_it(actor, sight, kept) or may_have_in_force(sight, phase))


def may_read_why(sight: Sight) -> bool:
    """Why it was taken up again: who has the history, and the panel, whose minutes say it."""
    return Tie.HEAD_OF_QA in sight.ties or Aspect.HISTORY in sight or _of_the_panel(sight)


def _of_the_panel(sight: Sight) -> bool:
    return Tie.PANEL_MEMBER in sight.ties and sight.aspects >= {Aspect.DECIDED, Aspect.FINAL}


def _had_it(actor: Actor, sight: Sight, kept: Kept) -> bool:
    """The worker and the line manager; the reviewer whose review it was, not one to whom it was given since."""
    if sight.ties & RESPONDENTS:
        return True
    return Tie.REVIEWER in sight.ties and actor.id == kept.reviewer_id and not kept.past
