"""What a database is asked meanwhile, on every connection: those that read and those that write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Engine, event

from app import extensions
from tests.support.world import World

FRAME = ("PRAGMA", "BEGIN", "SAVEPOINT", "COMMIT", "ROLLBACK")


@contextmanager
def heard_on(engines: Sequence[Engine]) -> Iterator[list[str]]:
    """Every statement, what begins a transaction too."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    for each in engines:
        event.listen(each, "before_cursor_execute", note)
    try:
        yield said
    finally:
        for each in engines:
            event.remove(each, "before_cursor_execute", note)


@contextmanager
def heard(world: World) -> Iterator[list[str]]:
    """The same of an application, on all of its engines."""
    with world.context():
        engines = extensions.engines()
    with heard_on(engines) as said:
        yield said


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """The questions alone; the list is whole at the end."""
    with heard(world) as said:
        asked: list[str] = []
        yield asked
        asked += questions(said)


def questions(said: Sequence[str]) -> list[str]:
    """Without what begins and ends a transaction."""
    return [statement for statement in said if not statement.startswith(FRAME)]
