"""One thing a person does: one transaction, with its audit events and its messages, or nothing at all.

The read that a request began with is rolled back first, the transaction begins for writing, and rows are
loaded locked; nothing read before is reused. No hashing, rendering, mail or file work belongs inside.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Insert, bindparam, insert, inspect, select, update
from sqlalchemy.exc import OperationalError as DatabaseAway
from sqlalchemy.orm.attributes import set_committed_value

from app import clock
from app.extensions import WRITING, session
from app.models.base import Base
from app.models.records import AuditEvent, AuditHead, OutboxMessage
from app.policy.actor import Actor
from workflows.engine import Command, Step, Workflow

CHANGES = "changes"
GENESIS = "0" * 64

__all__ = [
    "DatabaseAway",
    "Head",
    "NotFound",
    "Stale",
    "Work",
    "chain_hash",
    "digest",
    "into",
    "lock_head",
    "move_head",
    "unit_of_work",
]

Row = TypeVar("Row", bound=Base)
Audience = Mapping[str, Iterable[int | None]]  # the people behind the names in a table of steps


class NotFound(Exception):
    """There is no such row, or the person may not know of it: the two are told apart nowhere."""


class Stale(Exception):
    """Somebody saved in between. `saved` is the row as it now stands, `expected` what the page had."""

    def __init__(self, saved: Any, expected: int) -> None:
        self.saved = saved
        self.expected = expected
        super().__init__(f"{type(saved).__name__} is at version {saved.version}, the page had {expected}")


@dataclass(frozen=True)
class _Pending:
    kind: str
    subject: Base
    data: Mapping[str, Any]


def chain_hash(prev: str, at: datetime, person_id: int | None, kind: str, subject: tuple[str, int], data: Any) -> str:
    """SHA-256 over the previous hash and the event's own fields, as canonical JSON."""
    fields = [prev, at.isoformat(), person_id, kind, *subject, data]
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def digest(value: Any) -> str:
    """SHA-256 of a value as canonical JSON: what the log keeps in place of the text."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class Work:
    """The open transaction of one action: locks, steps, events, messages."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.at = clock.now()
        self._events: list[_Pending] = []
        self._messages: list[tuple[int, str, Base]] = []
        self._made: list[Base] = []
        self._lines: dict[type[Base], list[tuple[Base, str, Mapping[str, Any]]]] = {}

    @property
    def person_id(self) -> int:
        """The acting person's id. Raises for the system's own acts, which write no row in a person's name."""
        if self.actor.id is None:
            raise RuntimeError("this is an act of a person, and the system tried it")
        return self.actor.id

    def lock(
        self, kind: type[Row], row_id: int, expected_version: int | None = None, *, options: Sequence[Any] = ()
    ) -> Row:
        """Load a row locked and fresh. Raises NotFound, or Stale where the page had another version.

        `options`: what is read with it, without a lock of its own.
        """
        row: Row | None = session.scalars(_locked(kind, tuple(options)), {"row": row_id}).unique().one_or_none()
        if row is None:
            raise NotFound(f"{kind.__name__} {row_id}")
        if expected_version is not None and row.version != expected_version:  # type: ignore[attr-defined]
            raise Stale(row, expected_version)
        return row

    def add(self, row: Row) -> Row:
        """Add a new row and give it its id."""
        session.add(row)
        session.flush()
        return row

    def make(self, row: Row) -> Row:
        """A new row that nothing in the same action looks for: written at the end with all that are alike, in one
        statement, where it gets its id. It is in no session, so what it refers to is given by id."""
        self._made.append(row)
        return row

    def line(self, kind: type[Base], subject: Base, key: str, values: Mapping[str, Any]) -> None:
        """A line of history of a row that need not have its id yet, which goes into `key`. All lines of a kind are
        written at the end, in one statement."""
        self._lines.setdefault(kind, []).append((subject, key, values))

    def record(self, kind: str, subject: Base, **data: Any) -> None:
        """Say what happened: keys, kinds, digests and ids only, never names or text."""
        self._events.append(_Pending(kind, subject, data))

    def tell(self, people: Iterable[int | None], kind: str, subject: Base) -> None:
        """Put a message for each person into the outbox; nobody is told of what they did themselves."""
        for person_id in dict.fromkeys(people):
            if person_id is not None and person_id != self.actor.id:
                self._messages.append((person_id, kind, subject))

    def fire(
        self,
        workflow: Workflow,
        subject: Any,
        trigger: str,
        command: Command,
        *,
        audience: Callable[[], Audience] = dict,
        **data: Any,
    ) -> Step:
        """Take one step: check, move, record the event, queue the messages. Raises Refused.

        `audience` finds the people behind the names of the table, where the step tells anybody.
        """
        before = subject.state
        told = audience() if workflow.step(subject, trigger).notify else {}
        step = workflow.fire(subject, trigger, command)
        subject.version += 1
        kind = f"{workflow.kind}.{trigger}"
        self.record(kind, subject, before=str(before), after=str(subject.state), version=subject.version, **data)
        for name in step.notify:
            self.tell(told.get(name, ()), kind, subject)
        return step

    def seal(self) -> None:
        """Write the messages and the events, the chain's head locked as the last thing before commit."""
        session.flush()
        for kind, alike in _alike(self._made):
            ids = session.scalars(_into_with_ids(kind), [values for _row, values in alike])
            for (row, _values), row_id in zip(alike, ids, strict=True):
                set_committed_value(row, "id", row_id)
        for kind, lines in self._lines.items():
            session.execute(into(kind), [{**values, key: subject.id} for subject, key, values in lines])
        if self._messages:
            session.execute(into(OutboxMessage), [self._message(*each) for each in self._messages])
        if self._events:
            head = lock_head(CHANGES)
            # One after the other, so that ids run as the chain does
            session.execute(into(AuditEvent), [self._chained(head, pending) for pending in self._events])
            move_head(head)

    def _message(self, person_id: int, kind: str, subject: Base) -> dict[str, Any]:
        about = {"subject_kind": subject.__tablename__, "subject_id": subject.id}
        return {"made_at": self.at, "recipient_id": person_id, "kind": kind, **about}

    def _chained(self, head: Head, pending: _Pending) -> dict[str, Any]:
        data = json.loads(json.dumps(dict(pending.data), default=str))
        subject = (pending.subject.__tablename__, pending.subject.id)
        made = chain_hash(head.hash, self.at, self.actor.id, pending.kind, subject, data)
        row = {
            "at": self.at,
            "person_id": self.actor.id,
            "kind": pending.kind,
            "subject_kind": subject[0],
            "subject_id": subject[1],
            "data": data,
            "prev": head.hash,
            "hash": made,
        }
        head.hash = made
        head.length += 1
        return row


@dataclass
class Head:
    """The end of a chain while it is held: its last hash and how many links it has."""

    chain: str
    hash: str
    length: int


@cache
def into(kind: type[Base]) -> Insert:
    """An insertion of rows that nobody looks at again in the same action: into the table and not through the model,
    which costs twice as much."""
    table: Any = kind.__table__
    return insert(table)


@cache
def _locked(kind: type[Base], options: tuple[Any, ...]) -> Any:
    """Made once: putting it together takes longer than asking it. `options` is one of a few that stand in modules.

    Who only refers to the row is not kept waiting: the event of an action is written with the chain's head locked and
    names who acted, while somebody who holds that person's row, signing in say, waits for the head.
    """
    query = select(kind).where(kind.id == bindparam("row")).options(*options)
    return query.with_for_update(of=kind, key_share=True).execution_options(populate_existing=True)


@cache
def _into_with_ids(kind: type[Base]) -> Any:
    table: Any = kind.__table__
    return insert(table).returning(table.c.id, sort_by_parameter_order=True)


def _alike(rows: Iterable[Base]) -> Iterator[tuple[type[Base], list[tuple[Base, dict[str, Any]]]]]:
    """The rows of a kind that hold the same columns, and what they hold: a statement has the columns of its first row,
    and what only another one held would be lost."""
    found: dict[tuple[Any, ...], list[tuple[Base, dict[str, Any]]]] = {}
    for row in rows:
        held = inspect(row)
        values = {each.key: held.dict[each.key] for each in held.mapper.column_attrs if each.key in held.dict}
        found.setdefault((type(row), *values), []).append((row, values))
    yield from ((kind, alike) for (kind, *_columns), alike in found.items())


_HEADS: Any = AuditHead.__table__
_LOCKED = select(_HEADS.c.chain, _HEADS.c.hash, _HEADS.c.length).where(_HEADS.c.chain == bindparam("held"))
_LOCKED = _LOCKED.with_for_update()
_MOVED = update(_HEADS).where(_HEADS.c.chain == bindparam("held"))
_MOVED = _MOVED.values(hash=bindparam("last"), length=bindparam("links"))


def lock_head(chain: str) -> Head:
    """The chain's one head, locked until commit; made by the first migration."""
    return Head(*session.execute(_LOCKED, {"held": chain}).one())


def move_head(head: Head) -> None:
    """Write where the chain now ends."""
    session.execute(_MOVED, {"held": head.chain, "last": head.hash, "links": head.length})


@contextmanager
def unit_of_work(actor: Actor) -> Iterator[Work]:
    """One action's transaction. Commits once at the end; any exception rolls back all of it."""
    current = session()
    if current.info.get(WRITING):
        raise RuntimeError("a unit of work is open already: one action, one transaction")
    current.rollback()
    current.info[WRITING] = True
    work = Work(actor)
    try:
        yield work
        work.seal()
        current.commit()
    except BaseException:
        current.rollback()
        raise
    finally:
        current.info[WRITING] = False
