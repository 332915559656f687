"""A world for a race, and what must hold after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.services import invariants, records
from tests.support.world import World


@pytest.fixture
def pg(postgres_world: World) -> Iterator[World]:
    """A world on PostgreSQL; after the race its records are whole."""
    yield postgres_world
    with postgres_world.context():
        assert records.verify_changes().whole
        assert invariants.broken() == {}
