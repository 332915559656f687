"""What must hold before a step of a panel item or of a reading: small functions with sentences (R3, R4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workflows.engine import Command, Reason
from workflows.guards import MeetingFacts


@dataclass(frozen=True, kw_only=True)
class ItemFacts:
    """What the guards of a panel item ask. The defaults refuse: a fact nobody found out opens nothing."""

    meeting_started: bool = False
    meeting_ended: bool = True
    still_reading: tuple[str, ...] = ("every member",)
    chair_submitted: bool = False
    ready: int = 0  # present, with a submitted reading, not exempt
    quorum: int = 3
    chair_ready: bool = False  # the chair or the deputy chair is among them
    opened: bool = False
    shared: bool = True
    meeting: MeetingFacts | None = None  # the one it would be listed at


@dataclass(frozen=True, kw_only=True)
class ReadingFacts:
    """What the guards of one reading ask."""

    missing: tuple[Reason, ...] = (Reason("The form has not been checked."),)
    may_still_read: bool = False
    sealed: bool = False
    let_in: bool = False
    has_earlier: bool = False
    out: bool = False


def meeting_is_on(_item: Any, command: Command) -> Sequence[Reason]:
    facts: ItemFacts = command.facts
    if facts.meeting_ended:
        return (Reason("The meeting has ended."),)
    return () if facts.meeting_started else (Reason("Say first who is here: the meeting has not been started."),)


def chair_has_submitted(_item: Any, command: Command) -> Sequence[Reason]:
    """R4: only a chair who has submitted may open."""
    if command.facts.chair_submitted:
        return ()
    return (Reason("You have not submitted your own reading: only a chair who has may open the discussion."),)


def everyone_has_read(_item: Any, command: Command) -> Sequence[Reason]:
    """R3: every member has read, is exempt, or is excused with a reason."""
    names = command.facts.still_reading
    if not names:
        return ()
    verb = "has" if len(names) == 1 else "have"
    return (Reason(f"{_listed(names)} {verb} not submitted a reading: wait, or excuse with a reason."),)


def quorate_now(_item: Any, command: Command) -> Sequence[Reason]:
    """R4: enough present with a submitted reading on this item, one of them the chair or the deputy chair.

    Until it was said who is here nobody counts, and that is no reason to adjourn.
    """
    facts: ItemFacts = command.facts
    if not facts.meeting_started:
        return (Reason("Nobody counts for quorum until it is said who is here."),)
    found = []
    if facts.ready < facts.quorum:
        found.append(
            Reason(
                f"The item is not quorate: {facts.ready} of the {facts.quorum} needed are here with a submitted "
                "reading. Mark who has arrived, or adjourn the item to another meeting."
            )
        )
    if not facts.chair_ready:
        found.append(Reason("Neither the chair nor the deputy chair is here with a submitted reading: adjourn it."))
    return found


def comments_not_shared(_item: Any, command: Command) -> Sequence[Reason]:
    return (Reason("The reviewer sees the comments already."),) if command.facts.shared else ()


def not_opened(_item: Any, command: Command) -> Sequence[Reason]:
    return (Reason("The discussion of this item has been opened."),) if command.facts.opened else ()


def was_opened(_item: Any, command: Command) -> Sequence[Reason]:
    return () if command.facts.opened else (Reason("The discussion of this item was never opened."),)


def meeting_chosen_and_quorate(_item: Any, command: Command) -> Sequence[Reason]:
    """R4: listed only where it can be decided; the days of the first reference were given then."""
    meeting = command.facts.meeting
    if meeting is None:
        return (Reason("Choose the meeting.", "meeting"),)
    if meeting.working_days_away < 0:
        return (Reason("This meeting is over.", "meeting"),)
    if not meeting.quorate:
        return (Reason("The meeting would not be quorate once conflicted members are out.", "meeting"),)
    return ()


# --- one reading --------------------------------------------------------------------------------------


def is_out(_reading: Any, command: Command) -> Sequence[Reason]:
    """R4: found by the system from known facts, whoever fills the seats."""
    return () if command.facts.out else (Reason("Nothing that is known takes this member out."),)


def may_still_read(_reading: Any, command: Command) -> Sequence[Reason]:
    """Nobody writes a reading who has seen the others'."""
    if command.facts.may_still_read:
        return ()
    return (Reason("This item is not open for reading any more."),)


def reading_complete(_reading: Any, command: Command) -> Sequence[Reason]:
    return tuple(command.facts.missing)


def still_sealed(_reading: Any, command: Command) -> Sequence[Reason]:
    return () if command.facts.sealed else (Reason("The discussion of this item has been opened."),)


def sees_the_readings(_reading: Any, command: Command) -> Sequence[Reason]:
    return () if command.facts.let_in else (Reason("The discussion of this item has not been opened to you."),)


def has_an_earlier_reading(_reading: Any, command: Command) -> Sequence[Reason]:
    if command.facts.has_earlier:
        return ()
    return (Reason("You have no earlier reading of this review to confirm."),)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
