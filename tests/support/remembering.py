"""What many tests begin with is walked once, and its database copied for the others.

    @remembered
    def drafting(self): ...

A step of a story leads from one state of a database to the next. Taken again by the same kind of story, at the same
moment, with the same words, from a state we know and that nobody has written to since, it can only lead to what it
led to before: then a copy of that is put in place, if no connection is open. In every other case the step is simply
taken. What a step answers and what it notes on its story come back with the copy.
"""

from __future__ import annotations

import copy
import shutil
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine, event

from app import clock
from app.extensions import let_go, session
from tests.support.postgres import TempPostgres

AN_ADDRESS = " at 0x"  # in the text of something that does not say what it holds
BEGINNING = "the template"
_A_WORLD = object()  # stands for the world in what is kept

Key = tuple[str, str]


@dataclass(frozen=True)
class Known:
    """Where a step led: the name of the copy, what the step answered, what it noted on its story."""

    state: str
    answer: Any
    notes: dict[str, Any]


class Memory:
    """Everything that was walked in this process; of the copies the longest unused are let go."""

    def __init__(self, most: int, forget: Callable[[str], object]) -> None:
        self.most, self.forget, self.numbers = most, forget, count(1)
        self.known: OrderedDict[Key, Known] = OrderedDict()

    def new_state(self) -> str:
        return f"state{next(self.numbers)}"

    def recall(self, key: Key) -> Known | None:
        if key in self.known:
            self.known.move_to_end(key)
        return self.known.get(key)

    def keep(self, key: Key, known: Known) -> None:
        self.known[key] = known
        while len(self.known) > self.most:
            self.forget(self.known.popitem(last=False)[1].state)


class Place(ABC):
    """The database of one world: which state it is in, for as long as nothing was written to it."""

    inner_steps = True  # whether a step taken inside another is worth a copy of its own

    def __init__(self, memory: Memory, engine: Engine) -> None:
        self.memory, self.engine, self.depth, self.commits = memory, engine, 0, 0
        self.state, self.mark = BEGINNING, self._mark()
        event.listen(engine, "commit", self._committed)

    def _committed(self, _connection: object) -> None:
        self.commits += 1

    def _mark(self) -> tuple[int, ...]:
        return (self.commits,)

    def present(self) -> str | None:
        """The state it is in, if that is known."""
        return self.state if self.mark == self._mark() else None

    def put(self, known: Known) -> None:
        self._put(known.state)
        self.state, self.mark = known.state, self._mark()

    def keep(self, key: Key, answer: Any, notes: dict[str, Any]) -> None:
        if (self.depth == 0 or self.inner_steps) and self.alone():
            known = Known(self.memory.new_state(), answer, notes)
            self._copy(known.state)
            self.memory.keep(key, known)
            self.state, self.mark = known.state, self._mark()

    @abstractmethod
    def alone(self) -> bool:
        """Let go of every connection of ours; whether that was all."""

    @abstractmethod
    def _put(self, state: str) -> None: ...

    @abstractmethod
    def _copy(self, state: str) -> None: ...


class SqlitePlace(Place):
    """A file. The last connection to close takes the journal with it."""

    def __init__(self, memory: Memory, engine: Engine, file: Path) -> None:
        self.file, self.wal = file, file.with_name(file.name + "-wal")
        super().__init__(memory, engine)

    def _mark(self) -> tuple[int, ...]:
        """The files tell of connections that are not the application's. An empty journal is a reader's."""
        stats = [file.stat() for file in (self.file, self.wal) if file.exists()]
        written = (number for each in stats if each.st_size for number in (each.st_mtime_ns, each.st_size))
        return (self.commits, *written)

    def alone(self) -> bool:
        session.rollback()
        let_go()
        return not self.wal.exists()

    def _put(self, state: str) -> None:
        shutil.copyfile(self.file.with_name(f"{state}.db"), self.file)

    def _copy(self, state: str) -> None:
        shutil.copyfile(self.file, self.file.with_name(f"{state}.db"))


class PostgresPlace(Place):
    """A database of the server. It is made when somebody first connects to it, of what it is to be by then."""

    inner_steps = False  # a copy takes as long as a step

    def __init__(self, memory: Memory, engine: Engine, server: TempPostgres, name: str, template: str) -> None:
        self.server, self.name, self.template = server, name, template
        self.wanted: str | None = template
        self.there, self.lock = False, Lock()
        super().__init__(memory, engine)
        event.listen(engine, "do_connect", self._make)

    def _make(self, *_connecting: object) -> None:
        with self.lock:
            if self.wanted is not None:
                self.drop()
                self.server.create_database(self.name, template=self.wanted)
                self.wanted, self.there = None, True

    def drop(self) -> None:
        if self.there:
            self.server.drop_database(self.name)
            self.there = False

    def alone(self) -> bool:
        session.rollback()
        if self.engine.pool.checkedout():  # type: ignore[attr-defined]
            return False
        self.engine.dispose()
        return True

    def _put(self, state: str) -> None:
        self.wanted = f"{self.template}_{state}"

    def _copy(self, state: str) -> None:
        self.server.create_database(f"{self.template}_{state}", template=self.wanted or self.name)


P = ParamSpec("P")
S = TypeVar("S")
A = TypeVar("A")


def remembered(step: Callable[Concatenate[S, P], A]) -> Callable[Concatenate[S, P], A]:
    """A step of a story, or a function of a world that answers plain values or stories."""

    @wraps(step)
    def taken(subject: S, *args: P.args, **kwargs: P.kwargs) -> A:
        world: Any = getattr(subject, "world", subject)
        place: Place | None = world.place
        if place is None or (before := place.present()) is None:
            return step(subject, *args, **kwargs)
        told = (step.__module__, step.__qualname__, type(subject), clock.now())
        said = repr((*told, notes_of(subject, world), args, sorted(kwargs.items())))
        if AN_ADDRESS in said:
            return step(subject, *args, **kwargs)
        known = place.memory.recall((before, said))
        if known and place.alone():
            place.put(known)
            if subject is not world:
                vars(subject).update(_moved(known.notes, _A_WORLD, world))
            answer: A = _moved(known.answer, _A_WORLD, world)
            return answer
        place.depth += 1
        try:
            answer = step(subject, *args, **kwargs)
        finally:
            place.depth -= 1
        place.keep((before, said), *_moved((answer, notes_of(subject, world)), world, _A_WORLD))
        return answer

    return taken


def notes_of(subject: Any, world: Any) -> dict[str, Any]:
    """What a story has noted on itself."""
    return {} if subject is world else {name: held for name, held in sorted(vars(subject).items()) if name != "world"}


def _moved(value: Any, old: object, new: object) -> Any:
    """A copy in which one world stands for the other."""
    return copy.deepcopy(value, {id(old): new})
