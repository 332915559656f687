"""Each guard of the panel both ways: what opens the step, and the sentence that keeps it shut (R3, R4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from workflows import panel_guards as panel
from workflows.engine import Command, Guard, Reason
from workflows.guards import MeetingFacts
from workflows.panel import ITEM, READING
from workflows.panel_guards import ItemFacts, ReadingFacts

GAP = (Reason("Journey of the child: choose the grade you would give", "journey-grade"),)
ITEM_OPEN = ItemFacts(
    meeting_started=True, meeting_ended=False, still_reading=(), chair_submitted=True, ready=3, quorum=3,
    chair_ready=True, opened=False, shared=False, meeting=MeetingFacts(working_days_away=0, quorate=True),
)  # fmt: skip
READING_OPEN = ReadingFacts(missing=(), may_still_read=True, sealed=True, let_in=True, has_earlier=True, out=True)

# guard, facts that open it, facts that shut it, the sentence.
CASES: list[tuple[Any, Guard, dict[str, Any], dict[str, Any], str]] = [
    (ITEM_OPEN, panel.meeting_is_on, {}, {"meeting_ended": True}, "The meeting has ended."),
    (ITEM_OPEN, panel.meeting_is_on, {}, {"meeting_started": False}, "Say first who is here"),
    (ITEM_OPEN, panel.chair_has_submitted, {}, {"chair_submitted": False}, "only a chair who has may open"),
    (ITEM_OPEN, panel.everyone_has_read, {}, {"still_reading": ("A",)}, "A has not submitted a reading: wait"),
    (ITEM_OPEN, panel.everyone_has_read, {}, {"still_reading": ("A", "B", "C")}, "A, B and C have not submitted"),
    (ITEM_OPEN, panel.quorate_now, {"ready": 4}, {"ready": 2}, "2 of the 3 needed are here"),
    (ITEM_OPEN, panel.quorate_now, {}, {"chair_ready": False}, "Neither the chair nor the deputy chair"),
    (ITEM_OPEN, panel.comments_not_shared, {}, {"shared": True}, "sees the comments already"),
    (ITEM_OPEN, panel.not_opened, {}, {"opened": True}, "has been opened"),
    (ITEM_OPEN, panel.was_opened, {"opened": True}, {"opened": False}, "was never opened"),
    (ITEM_OPEN, panel.meeting_chosen_and_quorate, {}, {"meeting": None}, "Choose the meeting."),
    (
        ITEM_OPEN,
        panel.meeting_chosen_and_quorate,
        {},
        {"meeting": MeetingFacts(working_days_away=-1, quorate=True)},
        "This meeting is over.",
    ),
    (
        ITEM_OPEN,
        panel.meeting_chosen_and_quorate,
        {},
        {"meeting": MeetingFacts(working_days_away=9, quorate=False)},
        "would not be quorate",
    ),
    (READING_OPEN, panel.is_out, {}, {"out": False}, "Nothing that is known"),
    (READING_OPEN, panel.may_still_read, {}, {"may_still_read": False}, "not open for reading any more"),
    (READING_OPEN, panel.reading_complete, {}, {"missing": GAP}, "choose the grade"),
    (READING_OPEN, panel.still_sealed, {}, {"sealed": False}, "has been opened."),
    (READING_OPEN, panel.sees_the_readings, {}, {"let_in": False}, "has not been opened to you"),
    (READING_OPEN, panel.has_an_earlier_reading, {}, {"has_earlier": False}, "no earlier reading"),
]


def test_before_the_meeting_nobody_is_told_to_adjourn_for_want_of_quorum() -> None:
    facts = replace(ITEM_OPEN, meeting_started=False, ready=0, chair_ready=False)
    assert "adjourn" not in " ".join(reason.text for reason in ask(panel.quorate_now, facts))
    assert "adjourn" in " ".join(reason.text for reason in ask(panel.quorate_now, replace(facts, meeting_started=True)))


def ask(guard: Guard, facts: Any) -> list[Reason]:
    return list(guard(None, Command(why_not=lambda *_: None, facts=facts, given={})))


@pytest.mark.parametrize(("base", "guard", "opens", "shuts", "sentence"), CASES)
def test_a_guard_opens_and_shuts(
    base: Any, guard: Guard, opens: dict[str, Any], shuts: dict[str, Any], sentence: str
) -> None:
    assert ask(guard, replace(base, **opens)) == []
    reasons = ask(guard, replace(base, **shuts))
    assert any(sentence in reason.text for reason in reasons), reasons


def test_a_meeting_that_is_not_quorate_says_all_that_is_missing() -> None:
    facts = replace(ITEM_OPEN, ready=2, chair_ready=False)
    assert len(ask(panel.quorate_now, facts)) == 2
    assert all("adjourn" in reason.text for reason in ask(panel.quorate_now, facts))


def test_facts_nobody_found_out_open_nothing() -> None:
    """Save what asks for an absence: an item that nobody looked at was not opened."""
    for workflow, facts in ((ITEM, ItemFacts()), (READING, ReadingFacts())):
        for _, step in workflow.steps():
            for guard in (*step.when, *step.guards, *step.needs):
                assert bool(ask(guard, facts)) is (guard is not panel.not_opened), guard


def test_every_guard_of_the_tables_is_tried() -> None:
    tried = {guard for _, guard, *_ in CASES}
    used = {
        guard
        for workflow in (ITEM, READING)
        for _, step in workflow.steps()
        for guard in (*step.when, *step.guards, *step.needs)
    }
    assert {guard.__name__ for guard in used - tried} == {"reason_given", "text_given"}
