"""What every test may ask for: a world on SQLite and on PostgreSQL, a clock that stands still."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from app import clock
from tests.support.postgres import TempPostgres
from tests.support.world import TODAY, PostgresWorlds, SqliteWorlds, World

_calm = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]}
settings.register_profile("quick", max_examples=20, stateful_step_count=30, derandomize=True, **_calm)
settings.register_profile("full", max_examples=100, stateful_step_count=50, derandomize=True, **_calm)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(scope="session")
def sqlite_worlds(tmp_path_factory: pytest.TempPathFactory) -> SqliteWorlds:
    return SqliteWorlds(tmp_path_factory.mktemp("worlds"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with TempPostgres() as server:
        yield server.url


@pytest.fixture(scope="session")
def postgres_worlds(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> PostgresWorlds:
    return PostgresWorlds(postgres_server, tmp_path_factory.mktemp("worlds"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """A fresh world on each database; the clock stands at nine o'clock on a Monday."""
    name = "sqlite_worlds" if request.param == "sqlite" else "postgres_worlds"
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
