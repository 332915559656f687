"""The life of reviews walked at random: nothing that anybody does may leave the records untrue.

Two rules: any move by anybody (mostly refused) and a legal move (so that the end is reached: choosing among all
moves alone never gets there). After each: what is refused changed nothing, what happened has its one event, the
chain holds, the invariants hold, and what each person sees is what R11 says.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from app import clock, extensions
from app.extensions import session
from app.models.people import Delegation, DelegationKind, Person
from app.models.recommendations import Recommendation
from app.models.records import AuditEvent, AuditHead
from app.models.reviews import Review
from app.policy.actor import Actor, actor_of
from app.policy.visibility import Aspect, sees, visible_recommendations, visible_reviews
from app.services import gate, invariants, planning, recommendations, steps
from app.services.cast import CAST
from app.services.review_facts import moderation_of
from app.services.unit_of_work import CHANGES, NotFound, Stale, chain_hash, unit_of_work
from forms.reading import AnswerError
from tests.property.moves import (
    RECOMMENDATION_STEPS,
    REVIEW_MOVES,
    REVIEW_STEPS,
    Move,
    act,
    open_items,
)
from tests.support.stages import Story, review_at
from tests.support.world import TODAY, SqliteWorlds, World, point_at
from workflows.engine import Refused
from workflows.recommendation import RECOMMENDATION
from workflows.review import REVIEW
from workflows.states import RecommendationState, ReviewState

pytestmark = pytest.mark.walk

FULL = os.environ.get("HYPOTHESIS_PROFILE") == "full"
SIZES = {"full": (62, 45), "quick": (8, 20)}  # examples, steps in each
EVENTS_A_LOOK = 3
AT_ONCE = 2  # moves in one step, whichever rule it is: the number of moves does not hang on the dice
LEAST_MOVES, LEAST_LEGAL = 5_000, 1_000
LOGINS = [part.login for part in CAST]
STATES = (
    ReviewState.PLANNED, ReviewState.DRAFTING, ReviewState.DISCUSSION, ReviewState.HOS_MODERATION, ReviewState.TRACKING,
)  # fmt: skip
# Backwards or out: legal, and taken seldom, so that lives go on.
SELDOM = {"withdraw", "take_back", "return", "reassign", "reopen", "set_aside", "move_to_plan", "correct",
          "dispute", "reopen_moderation"}  # fmt: skip
# Events that come with another one, in the same transaction.
BESIDE = {
    "review.plan": {"child.add"},
    "review.submit": {"review.draw"},
    "review.agree_without_panel": {"recommendation.agree"},
    "review.reassign": {"review.grade_reopened"},
    "review.withdraw": {"recommendation.set_aside"},
}
REFUSALS = (Refused, Stale, NotFound, AnswerError)


class Base:
    """A database with a review at every stage, copied for each walk."""

    def __init__(self, worlds: SqliteWorlds, folder: Path) -> None:
        self.app, self.template, self.file = worlds.app, folder / "stages.db", folder / "walk.db"
        self.counts: Counter[str] = Counter()
        self.seconds = 0.0
        with worlds.fresh() as world, clock.set_to(TODAY):
            source = Path(extensions_file(world))
            with world.context():
                for state in STATES:
                    review_at(world, state)
                ready(world)
                away(world)
            point_at(self.app, None)
            shutil.copy(source, self.template)

    @contextmanager
    def walk(self) -> Iterator[World]:
        """A copy of its own, an application context, and the clock at the start."""
        for old in self.file.parent.glob(f"{self.file.name}*"):
            old.unlink()
        shutil.copy(self.template, self.file)
        point_at(self.app, extensions.make_engine(f"sqlite:///{self.file}"))
        world = World(self.app, "sqlite")
        with world.context():
            yield world
        point_at(self.app, None)


def extensions_file(world: World) -> str:
    """The file behind a world."""
    with world.context():
        return str(extensions.engine().url.database)


def ready(world: World) -> None:
    """Two more: a draft that waits to be shared, and one where the Head was the child's independent chair."""
    Story(world).drafting()
    story = Story(world, reviewer_login="yusuf.demir", independent_chair=world.public_id("head.qa"))
    story.drafting()
    story.discussion()
    story.responded("disagree", "The grade does not see the visits of May.")


def away(world: World) -> None:
    """The Head is away next week, and the deputy acts."""
    with unit_of_work(world.actor("admin")) as work:
        head, deputy = world.person("head.qa"), world.person("deputy.qa")
        start = clock.today() + timedelta(days=5)
        span = Delegation(head_id=head.id, deputy_id=deputy.id, kind=DelegationKind.AWAY, from_on=start,
                          to_on=start + timedelta(days=6), reason="Leave")  # fmt: skip
        work.record("account.delegated", work.add(span))


class Walk(RuleBasedStateMachine):
    """One walk. `base` is set by the test."""

    base: Base

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.world = self.stack.enter_context(self.base.walk())
        self.raw = sqlite3.connect(self.base.file)
        self.stack.callback(self.raw.close)
        self.now: datetime = TODAY
        self.moves, self.seen = 0, -1
        self.log: list[str] = []
        self.told = self.digest()
        self.event, self.hash, self.length = self._head()
        self.began = time.perf_counter()

    def teardown(self) -> None:
        try:
            with clock.set_to(self.now):
                session.rollback()
                connection = session.connection()
                assert not [each.name for each in OTHER_INVARIANTS if each.rows(connection)], self.log[-5:]
                for login in LOGINS[self.moves % 4 :: 4]:
                    self.check_sight(login)
        finally:
            self.base.seconds += time.perf_counter() - self.began
            self.stack.close()

    # --- the two rules, and time -----------------------------------------------------------------------------

    @rule(seed=st.integers(0, 2**32))
    def any_move_by_anybody(self, seed: int) -> None:
        for number in range(AT_ONCE):
            dice = self.dice(seed + number)
            self.days_pass(dice)
            self.any_move(dice)

    def any_move(self, dice: Random) -> None:
        good, raised = dice.random() < 0.6, self.ids("recommendation")
        session.rollback()
        if raised and dice.random() < 0.3:
            row: Any = session.get(Recommendation, dice.choice(raised))
            kind, tied = f"recommendation.{dice.choice(RECOMMENDATION_STEPS)}", [row.owner, row.verifier]
        else:
            row = session.get(Review, dice.choice(self.ids("review")))
            kind, tied = f"review.{dice.choice(list(REVIEW_MOVES))}", [row.reviewer, row.worker, row.line_manager]
        near = [login_of(person) for person in tied if person] + ["head.qa", "deputy.qa"]
        self.attempt(dice.choice(near if dice.random() < 0.5 else LOGINS), kind, row, good, dice)

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
        with clock.set_to(self.now):
            session.rollback()
            row, found = self.any_open(dice)
        if row is None:
            return
        login, kind = dice.choice(found)
        outcome = self.attempt(login, kind, row, True, dice)
        if outcome == "done":
            self.base.counts["legal"] += 1
        else:
            assert kind in ("review.reassign", "review.plan"), f"{kind} was open for {login} and then {outcome}"

    def days_pass(self, dice: Random) -> None:
        """Now and then, so that windows close and deputies come and go."""
        if dice.random() < 0.1:
            self.now += timedelta(days=dice.randrange(1, 9))

    # --- making a move -----------------------------------------------------------------------------------------

    def dice(self, seed: int) -> Random:
        return Random(seed * 1_000_003 + self.moves)

    def ids(self, table: str) -> list[int]:
        return [row_id for (row_id,) in self.raw.execute(f"SELECT id FROM {table} ORDER BY id")]

    def any_open(self, dice: Random) -> tuple[Any, list[tuple[str, str]]]:
        """The first row, in any order, that somebody tied to it can do something to, and what."""
        keys = [(kind, row_id) for kind in (Review, Recommendation) for row_id in self.ids(kind.__tablename__)]
        for kind, row_id in dice.sample(keys, len(keys)):
            row = session.get(kind, row_id)
            if found := self.open_moves(row, dice):
                return row, found
        return None, []

    def open_moves(self, row: Any, dice: Random) -> list[tuple[str, str]]:
        """What a page would offer to the first of those tied to the row to whom it offers anything."""
        head, deputy = self.world.person("head.qa"), self.world.person("deputy.qa")
        raised = isinstance(row, Recommendation)
        tied = [row.owner, row.verifier] if raised else [row.reviewer, row.worker, row.line_manager]
        ordered = sorted({person for person in (*tied, head, deputy) if person}, key=lambda each: each.id)
        for person in dice.sample(ordered, len(ordered)):
            actor = actor_of(person)
            names = self.open_on(actor, row) if raised else self.open_for(actor, row)
            found = [(login_of(person), f"{row.__tablename__}.{name}") for name in names]
            usual = [(login, kind) for login, kind in found if kind.split(".")[1] not in SELDOM]
            if usual or (found and dice.random() < 0.1):
                return usual if usual and dice.random() < 0.95 else found
        return []

    def open_on(self, actor: Actor, recommendation: Recommendation) -> list[str]:
        return [action.trigger for action in recommendations.available(actor, recommendation) if action.open]

    def open_for(self, actor: Actor, review: Review) -> Iterator[str]:
        """The open steps that have a service, and the saves between them."""
        open_steps = {action.trigger for action in steps.available(actor, review) if action.open}
        read = [revision for revision in review.revisions if revision.kind in ("shared", "amended")]
        if "respond" in open_steps and (not read or self.has_answered(actor, read[-1].id)):
            open_steps.discard("respond")
        yield from sorted(open_steps & set(REVIEW_STEPS))
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
        return self.raw.execute(query, (revision_id, actor.id)).fetchone() is not None

    def attempt(self, login: str, kind: str, row: Any, good: bool, dice: Random) -> str:
        """Make the move and check everything it may and may not have done."""
        subject, name = kind.split(".")
        self.moves += 1
        self.base.counts["moves"] += 1
        with clock.set_to(self.now):
            session.rollback()
            row_id, was = row.id, row.state
            move = Move(self.world, self.world.actor(login), row, good, dice)
            try:
                REVIEW_MOVES[name](move) if subject == "review" else act(move, name)
                outcome = "done"
            except REFUSALS as why:
                outcome = f"{type(why).__name__}: {why}"[:200]
        self.log.append(f"{login} {kind} on {row_id} at {was}: {outcome}")
        new = self.new_events()
        if outcome == "done":
            self.base.counts["done"] += 1
            self.check_done(kind, new, name)
        else:
            assert outcome.partition(": ")[2].strip(), f"refused without a word: {self.log[-1]}"
            assert not new, self.log[-1]
            self.check_unchanged()
        return outcome

    # --- what must hold -----------------------------------------------------------------------------------------

    def digest(self) -> dict[str, int]:
        """Every row of every table, as one number a table."""
        tables = [name for (name,) in self.raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        self.version = self.raw.execute("PRAGMA data_version").fetchone()
        return {name: hash(tuple(self.raw.execute(f"SELECT * FROM {name}"))) for name in tables}

    def check_unchanged(self) -> None:
        """Nobody has written to the file; where somebody has, every table is as it was."""
        if self.raw.execute("PRAGMA data_version").fetchone() != self.version:
            assert self.digest() == self.told, self.log[-1]

    def _head(self) -> tuple[int, str, int]:
        session.rollback()
        last = session.scalar(select(AuditEvent.id).order_by(AuditEvent.id.desc()).limit(1)) or 0
        head = session.scalars(select(AuditHead).where(AuditHead.chain == CHANGES)).one()
        return last, head.hash, head.length

    def new_events(self) -> list[AuditEvent]:
        """The events since the last move, each following the one before, and the head at the last."""
        if self.raw.execute("PRAGMA data_version").fetchone() == self.version:
            return []
        session.rollback()
        rows = list(session.scalars(select(AuditEvent).where(AuditEvent.id > self.event).order_by(AuditEvent.id)))
        for row in rows:
            made = chain_hash(row.prev, row.at, row.person_id, row.kind, (row.subject_kind, row.subject_id), row.data)
            assert (row.prev, row.hash) == (self.hash, made), self.log[-1]
            self.event, self.hash, self.length = row.id, row.hash, self.length + 1
        assert self._head() == (self.event, self.hash, self.length), self.log[-1]
        return rows

    def check_done(self, kind: str, new: list[AuditEvent], name: str) -> None:
        """One event of its own for a change, with those that belong to it; none where nothing changed."""
        before, self.told = self.told, self.digest()
        own = [event for event in new if event.kind == kind]
        assert {event.kind for event in new} <= {kind} | BESIDE.get(kind, set()), self.log[-1]
        if before == self.told:
            assert not new, self.log[-1]
            assert name in ("declare", "save_part"), f"done, and nothing happened: {self.log[-1]}"
        else:
            assert len(own) == 1, self.log[-1]
            self.check_sql()

    def check_sql(self) -> None:
        for each in SQL_INVARIANTS:
            rows = self.raw.execute(each.look).fetchall()  # type: ignore[arg-type]
            assert not rows, f"{each.name} {rows}: {self.log[-1]}"

    @invariant()
    def states_are_of_the_enumeration(self) -> None:
        assert {state for (state,) in self.raw.execute("SELECT state FROM review")} <= set(ReviewState)
        held = {state for (state,) in self.raw.execute("SELECT state FROM recommendation")}
        assert held <= set(RecommendationState)

    @invariant()
    def somebody_sees_what_they_should(self) -> None:
        """Asked of one person after every few events: everybody's sight after each would take most of the time."""
        if self.event >= self.seen + EVENTS_A_LOOK:
            self.seen = self.event
            with clock.set_to(self.now):
                session.rollback()
                self.check_sight(LOGINS[self.moves % len(LOGINS)])

    def check_sight(self, login: str) -> None:
        """The list and the single question agree, and the draft is read by those whom R11 names."""
        actor, office = self.world.actor(login), gate.office()
        listed = set(session.scalars(select(Review.id).where(visible_reviews(actor, office))))
        known = set()
        for review in session.scalars(select(Review)):
            sight = sees(actor, review, office)
            if Aspect.EXISTS in sight or Aspect.PROGRESS in sight:
                known.add(review.id)
            if review.state in (ReviewState.PLANNED, ReviewState.DRAFTING, ReviewState.DISCUSSION):
                text = Aspect.DRAFT in sight and review.state is not ReviewState.PLANNED
                assert text == reads_draft(actor, review), f"{login} and the draft of {review.id}: {self.log[-3:]}"
        assert listed == known, f"{login}: {self.log[-3:]}"
        self.check_recommendations(actor, listed)

    def check_recommendations(self, actor: Actor, reviews: set[int]) -> None:
        query = select(Recommendation).where(visible_recommendations(actor, gate.office()))
        for row in session.scalars(query):
            assert row.review_id in reviews or actor.id in (row.owner_id, row.verifier_id)


def reads_draft(actor: Actor, review: Review) -> bool:
    """R11's first two columns, as the handbook has them: whose eyes the words of a draft are for."""
    said = [each for each in review.declarations if each.person_id == actor.id]
    writes = actor.id == review.reviewer_id and not any(each.conflicted for each in said)
    if writes and len({each.step for each in said}) == 2:
        return review.state is not ReviewState.PLANNED
    return review.state is ReviewState.DISCUSSION and actor.id in (review.worker_id, review.line_manager_id)


def login_of(person: Person) -> str:
    return person.email.partition("@")[0]


SQL_INVARIANTS = [each for each in invariants.INVARIANTS if isinstance(each.look, str)]
# The database refuses orphans itself while foreign keys are on; asking every table costs half a second.
OTHER_INVARIANTS = [
    each for each in invariants.INVARIANTS if not isinstance(each.look, str) and each.name != "no_orphans"
]
# Steps of the table that no service takes yet: the panel's.
WITHOUT_SERVICE = {"refer_to_panel", "decide", "send_back", "reopen_decision"}


def test_the_walk_can_make_every_move() -> None:
    assert set(REVIEW_STEPS) == {trigger for trigger, _ in REVIEW.steps()} - WITHOUT_SERVICE
    assert set(RECOMMENDATION_STEPS) == {trigger for trigger, _ in RECOMMENDATION.steps()} - {"agree", "drop"}


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
            f"{counts['moves'] / seconds:.0f} moves a second"
        )
    if FULL:
        assert counts["moves"] >= LEAST_MOVES
        assert counts["legal"] >= LEAST_LEGAL
