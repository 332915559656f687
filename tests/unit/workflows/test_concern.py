"""An immediate concern's table of steps, and the end of its day in London (R6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.models.concerns import Concern
from app.policy.concerns import end_of_day, has_gone_up
from workflows.concern import CONCERN
from workflows.concern_guards import ConcernFacts
from workflows.engine import Command, GuardFailed, NotPermitted, Refused, WrongStage
from workflows.permissions import Permission
from workflows.states import ConcernState as S

FREE = ConcernFacts(held_by_somebody=True, receiver_refused=(), holder_unknown=())
WORDS = {"done": "Rang the duty team.", "outcome": "The child is safe.", "recorded_where": "Case note, 23 November"}

# Where each step leads from each state; absent: it cannot be taken there.
TABLE = {
    (S.RAISED, "acknowledge"): S.ACKNOWLEDGED,
    (S.ACKNOWLEDGED, "act"): S.ACTED_ON,
    (S.ACKNOWLEDGED, "give"): S.ACKNOWLEDGED,
    (S.ACKNOWLEDGED, "take_back"): S.ACKNOWLEDGED,
    (S.ACTED_ON, "close"): S.CLOSED,
    (S.ACTED_ON, "give"): S.ACTED_ON,
    (S.ACTED_ON, "take_back"): S.ACTED_ON,
    (S.CLOSED, "take_back"): S.CLOSED,
}
TRIGGERS = ("acknowledge", "act", "close", "give", "take_back")


@dataclass
class Row:
    state: S


def command(*held: Permission, facts: ConcernFacts = FREE, given: dict[str, Any] | None = None) -> Command:
    return Command(lambda wanted, _row: None if wanted in held else "No.", facts, WORDS if given is None else given)


ALL = (Permission.HANDLE_CONCERN, Permission.ACT_ON_CONCERN)


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_step_leads_where_the_handbook_says_or_nowhere(state: S, trigger: str) -> None:
    row = Row(state)
    if (state, trigger) in TABLE:
        CONCERN.fire(row, trigger, command(*ALL))
        assert row.state is TABLE[state, trigger]
    else:
        with pytest.raises(WrongStage):
            CONCERN.fire(row, trigger, command(*ALL))
        assert row.state is state


def test_the_table_has_these_steps_and_no_more() -> None:
    found = {(S[str(step.source)], trigger) for trigger, step in CONCERN.steps()}
    assert found == set(TABLE)


@pytest.mark.parametrize(("state", "trigger"), TABLE)
def test_without_the_permission_nothing_moves(state: S, trigger: str) -> None:
    row = Row(state)
    other = {Permission.RAISE_CONCERN}
    with pytest.raises(NotPermitted):
        CONCERN.fire(row, trigger, command(*other))
    assert row.state is state
    assert CONCERN.available(row, command(*other)) == []


def test_whoever_was_given_it_acts_and_does_nothing_else() -> None:
    for state in S:
        offered = [each.trigger for each in CONCERN.available(Row(state), command(Permission.ACT_ON_CONCERN))]
        assert offered == (["act"] if state is S.ACKNOWLEDGED else [])


@pytest.mark.parametrize(
    ("state", "trigger", "missing"),
    [(S.ACKNOWLEDGED, "act", "done"), (S.ACTED_ON, "close", "outcome"), (S.ACTED_ON, "close", "recorded_where")],
)
def test_what_comes_with_a_step_is_asked_for(state: S, trigger: str, missing: str) -> None:
    row = Row(state)
    with pytest.raises(GuardFailed) as refused:
        CONCERN.fire(row, trigger, command(*ALL, given={**WORDS, missing: "   "}))
    assert [reason.target for reason in refused.value.reasons] == [missing]
    assert row.state is state


def test_facts_nobody_found_out_open_nothing() -> None:
    for trigger in ("give", "take_back"):
        with pytest.raises(Refused):
            CONCERN.fire(Row(S.ACKNOWLEDGED), trigger, command(*ALL, facts=ConcernFacts()))
    shut = {each.trigger: each for each in CONCERN.available(Row(S.CLOSED), command(*ALL, facts=ConcernFacts()))}
    assert not shut["take_back"].open
    assert CONCERN.available(Row(S.CLOSED), command(*ALL, facts=replace(FREE)))[0].open


# --- the clock ----------------------------------------------------------------------------------------------


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("raised", "ends"),
    [
        ("2026-11-23T09:00", "2026-11-24T00:00"),  # winter: London is UTC
        ("2026-11-23T23:59", "2026-11-24T00:00"),
        ("2026-11-24T00:00", "2026-11-25T00:00"),  # midnight begins a day of its own
        ("2026-06-10T22:59", "2026-06-10T23:00"),  # summer: one minute to midnight
        ("2026-06-10T23:00", "2026-06-11T23:00"),  # already the next day in London
        ("2026-03-29T00:30", "2026-03-29T23:00"),  # the clocks go forward: a day of 23 hours
        ("2026-03-28T23:59", "2026-03-29T00:00"),
        ("2026-10-25T00:30", "2026-10-26T00:00"),  # the clocks go back: 25 hours; 01:30 comes twice
        ("2026-10-25T01:30", "2026-10-26T00:00"),
        ("2026-10-24T22:30", "2026-10-24T23:00"),
        ("2026-12-31T23:30", "2027-01-01T00:00"),
    ],
)
def test_the_day_ends_at_midnight_in_london(raised: str, ends: str) -> None:
    assert end_of_day(moment(raised)) == moment(ends)


def test_every_half_hour_of_two_years_has_an_end_within_its_day() -> None:
    at, stop = moment("2026-01-01T00:00"), moment("2028-01-01T00:00")
    while at < stop:
        assert timedelta() < end_of_day(at) - at <= timedelta(hours=25)
        at += timedelta(minutes=30)


def concern(acknowledged: str = "", about_head: bool = False) -> Concern:
    made = Concern(acknowledge_before=moment("2026-11-24T00:00"), about_head=about_head)
    made.acknowledged_at = moment(acknowledged) if acknowledged else None
    return made


def test_it_goes_up_at_midnight_and_stays_up() -> None:
    just_before, midnight = moment("2026-11-23T23:59:59.999999"), moment("2026-11-24T00:00")
    assert not has_gone_up(concern(), just_before)
    assert has_gone_up(concern(), midnight)
    assert not has_gone_up(concern("2026-11-23T23:59:59.999999"), midnight)
    assert has_gone_up(concern("2026-11-24T00:00"), midnight)
    assert has_gone_up(concern("2026-11-24T08:00"), moment("2027-01-01T00:00"))
    assert not has_gone_up(concern(about_head=True), moment("2027-01-01T00:00"))
