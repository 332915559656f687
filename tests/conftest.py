"""What every test may ask for: a world on SQLite and on PostgreSQL, a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from coverage import Coverage

from app import clock
from tests.support import memory, parts
from tests.support.world import TODAY, PostgresWorlds, SqliteWorlds, World


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker writes what it measured while the run still waits for it: on a busy machine one that takes longer
    than ten seconds to end is killed, and what it had measured is lost."""
    measuring = Coverage.current()
    if hasattr(session.config, "workerinput") and measuring is not None:
        measuring.stop()
        measuring.save()


@pytest.fixture(scope="session")
def sqlite_worlds() -> Iterator[SqliteWorlds]:
    with memory.folder() as folder:
        yield SqliteWorlds(folder)


@pytest.fixture(scope="session")
def postgres_worlds() -> Iterator[PostgresWorlds]:
    with memory.folder() as folder:
        yield PostgresWorlds(folder)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--part", choices=(parts.MEASURED, parts.REST), help="only one part of the full run")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = config.getoption("--part")
    if wanted:
        left_out = [item for item in items if parts.part_of(item) != wanted]
        config.hook.pytest_deselected(items=left_out)
        items[:] = parts.longest_first([item for item in items if parts.part_of(item) == wanted])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `world` runs on both databases, unless `databases` says on which it can differ."""
    if "backend" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("databases")
        names = mark.args if mark else ("sqlite", "postgresql")
        marks = {"postgresql": [pytest.mark.postgres]}
        metafunc.parametrize("backend", [pytest.param(name, marks=marks.get(name, [])) for name in names])


@pytest.fixture
def world(request: pytest.FixtureRequest, backend: str) -> Iterator[World]:
    """A fresh world on each database; the clock stands at nine o'clock on a Monday."""
    name = "sqlite_worlds" if backend == "sqlite" else "postgres_worlds"
    with request.getfixturevalue(name).fresh() as made, clock.set_to(TODAY):
        yield made


@pytest.fixture
def sqlite_world(sqlite_worlds: SqliteWorlds) -> Iterator[World]:
    """A fresh world on SQLite alone, for what does not depend on the database."""
    with sqlite_worlds.fresh() as made, clock.set_to(TODAY):
        yield made


@pytest.fixture
def postgres_world(postgres_worlds: PostgresWorlds) -> Iterator[World]:
    """A fresh world on PostgreSQL alone, for what needs two real connections."""
    with postgres_worlds.fresh() as made, clock.set_to(TODAY):
        yield made


@pytest.fixture
def repository() -> Path:
    return Path(__file__).resolve().parents[1]
