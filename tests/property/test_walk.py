"""The life of reviews walked at random: nothing that anybody does may leave the records untrue.

Two rules: any move by anybody (mostly refused) and a legal move (so that the end is reached: choosing among all
moves alone never gets there). After each: what is refused changed nothing, what happened has its one event, the
chain holds, the invariants hold, and what each person sees is what R11 says: of the panel, everybody each time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.panel import PanelItem, PanelMeeting, PanelReading
from app.models.people import Person
from app.models.recommendations import Recommendation
from app.models.reviews import Review
from app.policy.actor import Actor, actor_of
from app.services import gate, planning, recommendations, steps
from app.services.cast import CAST
from app.services.review_facts import moderation_of
from tests.property import panel_open, watching
from tests.property.ledger import Ledger
from tests.property.moves import RECOMMENDATION_STEPS, REVIEW_MOVES, REVIEW_STEPS, Move, act, likely, open_items
from tests.property.panel_moves import ITEM_MOVES, PANEL_MOVES, PANEL_REVIEW_STEPS, READING_MOVES, name_for
from tests.property.walking import (
    LIFE_OF_A_PANEL,
    OTHER_INVARIANTS,
    RARE,
    REFUSALS,
    SELDOM,
    Base,
    login_of,
)
from tests.support.world import TODAY, SqliteWorlds
from workflows.panel import ITEM, READING
from workflows.recommendation import RECOMMENDATION
from workflows.review import REVIEW
from workflows.states import PanelItemState, ReadingState, RecommendationState, ReviewState

pytestmark = pytest.mark.walk

FULL = os.environ.get("HYPOTHESIS_PROFILE") == "full"
SIZES = {"full": (62, 45), "quick": (6, 20)}  # examples, steps in each
EVENTS_A_LOOK = 3
AT_ONCE = 2  # moves in one step, whichever rule it is: the number of moves does not hang on the dice
LEAST_MOVES, LEAST_LEGAL = 5_000, 1_000
LOGINS = [part.login for part in CAST]
ROWS: dict[str, Any] = {
    each.__tablename__: each for each in (Review, Recommendation, PanelItem, PanelReading, PanelMeeting)
}
ON_REVIEWS = {**REVIEW_MOVES, **PANEL_REVIEW_STEPS}


class Walk(RuleBasedStateMachine):
    """One walk. `base` is set by the test."""

    base: Base

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.world = self.stack.enter_context(self.base.walk())
        self.now: datetime = TODAY
        self.moves, self.seen = 0, -1
        self.watched: tuple[int, datetime] = (-1, TODAY)
        self.log: list[str] = []
        self.ledger = Ledger(self.base.file, self.log)
        self.stack.callback(self.ledger.raw.close)

    def teardown(self) -> None:
        try:
            with clock.set_to(self.now):
                session.rollback()
                connection = session.connection()
                assert not [each.name for each in OTHER_INVARIANTS if each.rows(connection)], self.log[-5:]
                for login in LOGINS[self.moves % 4 :: 4]:
                    watching.check_sight(self.world.actor(login), self.log)
        finally:
            self.stack.close()

    # --- the two rules, and time -----------------------------------------------------------------------------

    @rule(seed=st.integers(0, 2**32))
    def any_move_by_anybody(self, seed: int) -> None:
        for number in range(AT_ONCE):
            dice = self.dice(seed + number)
            self.days_pass(dice)
            self.any_move(dice)

    def any_move(self, dice: Random) -> None:
        """By anybody, or by somebody near: what is tried by those whose it is comes closest to being wrong."""
        session.rollback()
        good, table = dice.random() < 0.6, dice.choices(list(ROWS), [6, 4, 3, 5, 2])[0]
        row: Any = session.get(ROWS[table], dice.choice(self.ledger.ids(table)))
        names = names_of(table)
        usual = [each for each in names if f"{table}.{each}" not in SELDOM]
        name = name_for(row, dice.choice(usual if dice.random() < 0.5 else names))
        near = [login_of(person) for person in self.near(row)]
        self.attempt(dice.choice(near if dice.random() < 0.5 else LOGINS), f"{table}.{name}", row, good, dice)

    @rule(seed=st.integers(0, 2**32))
    def a_legal_move(self, seed: int) -> None:
        self.legal(seed)
        self.any_move(self.dice(seed + 1))

    @rule(seed=st.integers(0, 2**32))
    def another_legal_move(self, seed: int) -> None:
        """Twice in the list, so that a life is long enough to end."""
        self.legal(seed + 1)
        self.any_move(self.dice(seed + 2))

    def legal(self, seed: int) -> None:
        dice = self.dice(seed)
        self.days_pass(dice)
        with clock.set_to(self.now):
            session.rollback()
            row, found = self.any_open(dice)
        if row is None:
            return
        login, kind = dice.choice(found)
        on = row.review if kind.startswith("review.") and row.__tablename__ == "panel_item" else row
        outcome = self.attempt(login, kind, on, True, dice)
        if outcome == "done":
            self.base.counts["legal"] += 1
        else:
            assert kind in ("review.reassign", "review.plan"), f"{kind} was open for {login} and then {outcome}"

    def days_pass(self, dice: Random) -> None:
        """Now and then, so that windows close, deputies come and go, and meetings are held."""
        if dice.random() < 0.15:
            coming = [day for day in self.meetings() if day > self.now]
            if coming and dice.random() < 0.7:
                self.now = coming[0]
            else:
                self.now += timedelta(days=dice.randrange(1, 5))

    def meetings(self) -> list[datetime]:
        session.rollback()
        query = select(PanelMeeting.starts_at).where(
            PanelMeeting.ended_at.is_(None), PanelMeeting.cancelled_at.is_(None)
        )
        return list(session.scalars(query.order_by(PanelMeeting.starts_at)))

    # --- making a move -----------------------------------------------------------------------------------------

    def dice(self, seed: int) -> Random:
        return Random(seed * 1_000_003 + self.moves)

    def any_open(self, dice: Random) -> tuple[Any, list[tuple[str, str]]]:
        """The first row, in any order, that somebody tied to it can do something to, and what: of any kind alike,
        since one item has six readings."""
        for table in dice.sample(list(ROWS), len(ROWS)):
            ids = self.ledger.ids(table)
            for row_id in dice.sample(ids, len(ids)):
                row = session.get(ROWS[table], row_id)
                if found := self.open_moves(row, dice):
                    return row, found
        return None, []

    def near(self, row: Any) -> list[Person]:
        """Those tied to a row, and the Head's office."""
        office = [self.world.person("head.qa"), self.world.person("deputy.qa")]
        if isinstance(row, Recommendation):
            tied: list[Person | None] = [row.owner, row.verifier]
        elif isinstance(row, Review):
            tied = [row.reviewer, row.worker, row.line_manager, *panel_open.tied_to(row)]
        else:
            tied = [*panel_open.tied_to(row)]
        return sorted({person for person in (*tied, *office) if person}, key=lambda each: each.id)

    def open_moves(self, row: Any, dice: Random) -> list[tuple[str, str]]:
        """What a page would offer to the first of those tied to the row to whom it offers anything."""
        ordered = self.near(row)
        for person in dice.sample(ordered, len(ordered)):
            found = [(login_of(person), kind) for kind in self.offered(actor_of(person), row)]
            usual = [each for each in found if each[1] not in SELDOM]
            if usual or (found and dice.random() < 0.2):
                return usual if usual and dice.random() < 0.85 else found
        return []

    def offered(self, actor: Actor, row: Any) -> list[str]:
        offers: dict[str, Callable[[Actor, Any], Any]] = {
            "review": self.open_for,
            "recommendation": self.open_on,
            "panel_item": panel_open.open_on_item,
            "panel_reading": panel_open.open_on_reading,
            "panel_meeting": panel_open.open_on_meeting,
        }
        table = row.__tablename__
        return [kind if "." in kind else f"{table}.{kind}" for kind in offers[table](actor, row)]

    def open_on(self, actor: Actor, recommendation: Recommendation) -> list[str]:
        found = [action.trigger for action in recommendations.available(actor, recommendation) if action.open]
        return [each for each in found if each != "join" or likely(actor, recommendation)]

    def open_for(self, actor: Actor, review: Review) -> Iterator[str]:
        """The open steps that have a service, and the saves between them."""
        open_steps = {action.trigger for action in steps.available(actor, review) if action.open}
        read = [revision for revision in review.revisions if revision.kind in ("shared", "amended")]
        if "respond" in open_steps and (not read or self.has_answered(actor, read[-1].id)):
            open_steps.discard("respond")
        yield from sorted(open_steps & set(REVIEW_STEPS))
        yield from sorted(panel_open.open_on_review(review, open_steps))
        if actor.id == review.reviewer_id:
            yield from self.writing(actor, review, open_steps)
        acts = gate.standing(actor, review) or actor.id in gate.office().heads
        if "return" in open_steps and acts and moderation_of(review) is None:
            yield "save_moderation"

    def writing(self, actor: Actor, review: Review, open_steps: set[str]) -> Iterator[str]:
        early = review.state in (ReviewState.PLANNED, ReviewState.DRAFTING, ReviewState.DISCUSSION)
        if early and planning.next_step(actor, review):
            yield "declare"
        elif review.state is ReviewState.DRAFTING and "share" not in open_steps:
            yield "save_part"
        elif review.state is ReviewState.DISCUSSION and "take_back" in open_steps:
            yield "answer" if open_items(review) else "save_part"

    def has_answered(self, actor: Actor, revision_id: int) -> bool:
        query = "SELECT 1 FROM response WHERE revision_id = ? AND person_id = ?"
        return self.ledger.raw.execute(query, (revision_id, actor.id)).fetchone() is not None

    def attempt(self, login: str, kind: str, row: Any, good: bool, dice: Random) -> str:
        """Make the move and check everything it may and may not have done."""
        subject, name = kind.split(".")
        self.moves += 1
        self.base.counts["moves"] += 1
        with clock.set_to(self.now):
            session.rollback()
            row_id, was = row.id, getattr(row, "state", "a meeting")
            move = Move(self.world, self.world.actor(login), row, good, dice)
            try:
                make(move, subject, name)
                outcome = "done"
            except REFUSALS as why:
                outcome = f"{type(why).__name__}: {why}"[:200]
        self.log.append(f"{login} {kind} on {row_id} at {was}: {outcome}")
        new = self.ledger.new_events()
        if outcome == "done":
            self.base.counts["done"] += 1
            self.base.counts["panel"] += subject.startswith("panel") or name in PANEL_REVIEW_STEPS
            self.base.counts[kind] += 1
            self.ledger.check_done(kind, new)
        else:
            assert outcome.partition(": ")[2].strip(), f"refused without a word: {self.log[-1]}"
            assert not new, self.log[-1]
            self.ledger.check_unchanged()
        return outcome

    # --- what must hold of the stages and of what is seen ----------------------------------------------------

    @invariant()
    def states_are_of_the_enumeration(self) -> None:
        assert self.ledger.states("review") <= set(ReviewState)
        held = self.ledger.states("recommendation")
        assert held <= set(RecommendationState)

    @invariant()
    def items_and_readings_are_too(self) -> None:
        assert self.ledger.states("panel_item") <= set(PanelItemState)
        assert self.ledger.states("panel_reading") <= set(ReadingState)

    @invariant()
    def nobody_sees_anothers_reading_before_the_opening_and_who_is_out_sees_nothing(self) -> None:
        """Everybody, after every step that wrote or let time pass."""
        if (self.ledger.event, self.now) != self.watched:
            self.watched = (self.ledger.event, self.now)
            with clock.set_to(self.now):
                session.rollback()
                self.base.counts["looks"] += watching.check_panel(self.log)

    @invariant()
    def somebody_sees_what_they_should(self) -> None:
        """Asked of one person after every few events: everybody's sight after each would take most of the time."""
        if self.ledger.event >= self.seen + EVENTS_A_LOOK:
            self.seen = self.ledger.event
            with clock.set_to(self.now):
                session.rollback()
                watching.check_sight(self.world.actor(LOGINS[self.moves % len(LOGINS)]), self.log)


def names_of(table: str) -> list[str]:
    """What can be tried on a row of this table."""
    if table == "recommendation":
        return list(RECOMMENDATION_STEPS)
    return list(ON_REVIEWS if table == "review" else PANEL_MOVES[table])


def make(move: Move, subject: str, name: str) -> None:
    if subject == "recommendation":
        act(move, name)
    elif subject == "review":
        ON_REVIEWS[name](move)
    else:
        PANEL_MOVES[subject][name](move)


# Taken inside another action, never alone.
INSIDE = {"agree", "drop", "change", "decide_against", "discuss", "tag"}
WITH_THE_REVIEW = {"decide", "send_back", "withdraw"}
WITH_THE_SEAT = {"exempt", "leave", "sit_again"}


def test_the_walk_can_make_every_move() -> None:
    assert set(REVIEW_STEPS) | set(PANEL_REVIEW_STEPS) == {trigger for trigger, _ in REVIEW.steps()}
    assert set(RECOMMENDATION_STEPS) == {trigger for trigger, _ in RECOMMENDATION.steps()} - INSIDE
    assert set(ITEM_MOVES) >= {trigger for trigger, _ in ITEM.steps()} - WITH_THE_REVIEW
    assert set(READING_MOVES) == {trigger for trigger, _ in READING.steps()} - WITH_THE_SEAT


@pytest.fixture
def base(sqlite_worlds: SqliteWorlds, tmp_path: Path) -> Base:
    return Base(sqlite_worlds, tmp_path)


Print = Callable[[str], None]


def test_no_walk_leaves_the_records_untrue(base: Base, capsys: pytest.CaptureFixture[str]) -> None:
    examples, length = SIZES["full" if FULL else "quick"]
    Walk.base = base
    # Dice do not shrink into anything simpler: a failure is told by the last lines of the walk's own log.
    chosen = settings(max_examples=examples, stateful_step_count=length, deadline=None, phases=[Phase.generate])
    run_state_machine_as_test(Walk, settings=chosen)
    counts, seconds = base.counts, base.seconds
    with capsys.disabled():
        print(
            f"\nthe walk: {counts['moves']} moves, {counts['done']} done, {counts['legal']} of them chosen as legal, "
            f"{counts['panel']} of the panel, {counts['looks']} looks at readings, "
            f"{counts['moves'] / seconds:.0f} moves a second"
        )
        print(", ".join(f"{kind} {counts[kind]}" for kind in LIFE_OF_A_PANEL))
    if FULL:
        assert counts["moves"] >= LEAST_MOVES
        assert counts["legal"] >= LEAST_LEGAL
        assert [kind for kind in LIFE_OF_A_PANEL if not counts[kind] and kind not in RARE] == []
