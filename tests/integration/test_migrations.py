"""The migrations: up, down, up with data; the triggers there after each; and head is what the models say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Inspector, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from app import extensions, migrating
from app.extensions import session
from app.models import Base, triggers
from app.services import invariants, records
from tests.support import postgres
from tests.support.stages import review_at
from tests.support.world import World
from workflows.states import ReviewState


def revisions() -> list[str]:
    """Every revision, first to last."""
    config = Config()
    config.set_main_option("script_location", str(migrating.ROOT / "migrations"))
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database that was never migrated."""
    if request.param == "sqlite":
        engine = extensions.make_engine(f"sqlite:///{tmp_path / 'empty.db'}")
        yield engine
        engine.dispose()
        return
    with postgres.database() as url:
        engine = extensions.make_engine(url)
        yield engine
        engine.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def present(engine: Engine) -> frozenset[str]:
    with engine.connect() as connection:
        return triggers.present(connection)


# --- up and down ------------------------------------------------------------------------------------------------


def test_up_down_and_up_again(empty: Engine) -> None:
    assert migrating.current(empty) is None
    migrating.upgrade(empty)
    assert (migrating.current(empty), present(empty)) == (migrating.head(), triggers.names())
    migrating.downgrade(empty, "base")
    assert (tables(empty), present(empty), migrating.current(empty)) == (set(), frozenset(), None)
    with empty.connect() as connection:
        assert triggers.functions(connection) == frozenset()
    migrating.upgrade(empty)
    assert tables(empty) == set(Base.metadata.tables)


def test_each_revision_goes_up_and_down_by_itself(empty: Engine) -> None:
    """After each one the triggers of the tables it knows are there, and the log refuses to be changed."""
    for revision in revisions():
        migrating.upgrade(empty, revision)
        refuses_change(empty)
    for below in [*revisions()[-2::-1], "base"]:
        migrating.downgrade(empty, below)
        if below != "base":
            refuses_change(empty)


def refuses_change(engine: Engine) -> None:
    """An event of the log cannot be changed or deleted, a published form cannot be changed."""
    with engine.connect() as connection:
        _one_event(connection)
        _one_form(connection)
        for statement in (
            "DELETE FROM audit_event",
            "UPDATE audit_event SET kind = 'x'",
            "UPDATE form_template_version SET checksum = 'x'",
            "DELETE FROM form_template_version",
        ):
            trial = connection.begin_nested()
            with pytest.raises(DBAPIError):
                connection.execute(text(statement))
            trial.rollback()
        connection.rollback()


NOW = "'2026-11-23 09:00:00.000000'"


def _one_event(connection: Connection) -> None:
    connection.exec_driver_sql(
        "INSERT INTO audit_event (at, kind, subject_kind, subject_id, data, prev, hash) "
        f"VALUES ({NOW}, 'x', 'x', 1, '{{}}', 'p', 'h')"
    )


def _one_form(connection: Connection) -> None:
    connection.exec_driver_sql("INSERT INTO form_template (id, key, title) VALUES (1, 'f', 'F')")
    connection.exec_driver_sql(
        "INSERT INTO person (id, name, email, password_is_temporary, active, fs_uniquifier, demo, created_at, version,"
        f" public_id) VALUES (1, 'N', 'e', FALSE, TRUE, 'u', FALSE, {NOW}, 1, 'p')"
    )
    connection.exec_driver_sql(
        "INSERT INTO form_template_version (id, template_id, number, state, descriptor, checksum, loaded_at,"
        f" published_at, published_by_id, public_id) VALUES (1, 1, '1', 'published', '{{}}', 'c', {NOW}, {NOW}, 1, 'p')"
    )


# --- with data --------------------------------------------------------------------------------------------------


def test_a_filled_world_is_whole_after_migrating_again(world: World) -> None:
    """At head already: nothing is lost, no trigger is gone, every row points where it did."""
    with world.context():
        review_at(world, ReviewState.CLOSED)
        review_at(world, ReviewState.DISCUSSION)
        engine = extensions.engine()
        before = counts(engine)
        session.remove()
        migrating.upgrade(engine)
        assert counts(engine) == before
        assert present(engine) == triggers.names()
        assert records.verify_changes().whole
        assert invariants.broken() == {}


def test_a_filled_world_survives_a_step_down_and_up(world: World) -> None:
    """The newest revision taken back and made again keeps every row of the tables that it did not make."""
    below = revisions()[-2:-1]
    if not below:
        return
    with world.context():
        review_at(world, ReviewState.CLOSED)
        engine = extensions.engine()
        before = counts(engine)
        session.remove()
        migrating.downgrade(engine, below[0])
        kept = {name: number for name, number in before.items() if name in tables(engine)}
        assert counts(engine) == kept
        migrating.upgrade(engine)
        after = counts(engine)
        assert {name: after[name] for name in kept} == kept
        assert records.verify_changes().whole
        assert invariants.broken() == {}


def counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in sorted(tables(engine))}


# --- head is what the models say ----------------------------------------------------------------------------------


def test_head_is_what_the_models_say(empty: Engine, tmp_path: Path) -> None:
    """Not only tables and columns: indexes, unique and foreign keys, the text of every CHECK, the triggers."""
    migrating.upgrade(empty)
    wanted = {name: seen for name, seen in made_from_models(empty, tmp_path).items() if name != "alembic_version"}
    found = {name: seen for name, seen in described(empty).items() if name != "alembic_version"}
    assert sorted(found) == sorted(wanted)
    for name, seen in wanted.items():
        for what, things in seen.items():
            assert found[name][what] == things, f"{name}: {what}"
    assert present(empty) == triggers.names()


def made_from_models(like: Engine, folder: Path) -> dict[str, Any]:
    """The same description of a database made straight from the models."""
    if like.dialect.name == "sqlite":
        return _made(create_engine(f"sqlite:///{folder / 'models.db'}"))
    with postgres.database() as url:
        return _made(create_engine(url))


def _made(engine: Engine) -> dict[str, Any]:
    Base.metadata.create_all(engine)
    found = described(engine)
    engine.dispose()
    return found


def described(engine: Engine) -> dict[str, dict[str, Any]]:
    """Every table: what it holds and what it refuses, in an order that does not matter."""
    look = inspect(engine)
    return {name: _described(look, name) for name in look.get_table_names()}


def _described(look: Inspector, table: str) -> dict[str, Any]:
    own = [index for index in look.get_indexes(table) if not index.get("duplicates_constraint")]
    foreign = [
        (key["name"], key["constrained_columns"], key["referred_table"], key["referred_columns"], key["options"])
        for key in look.get_foreign_keys(table)
    ]
    return {
        "columns": {column["name"]: _column(column) for column in look.get_columns(table)},
        "primary key": look.get_pk_constraint(table)["constrained_columns"],
        "indexes": sorted(str((index["name"], index["column_names"], bool(index["unique"]))) for index in own),
        "unique": sorted(str((key["name"], key["column_names"])) for key in look.get_unique_constraints(table)),
        "foreign keys": sorted(map(str, foreign)),
        "checks": sorted(f"{check['name']}: {plain(check['sqltext'])}" for check in look.get_check_constraints(table)),
    }


def _column(column: Any) -> tuple[str, bool, str]:
    """Type, nullability, default; a default that counts rows is named after its sequence."""
    return str(column["type"]), column["nullable"], str(column["default"])


def plain(sql: str) -> str:
    """A CHECK's text without the layout."""
    return re.sub(r"\s+", " ", sql).strip()


@pytest.mark.postgres
def test_the_comparison_sees_a_missing_check() -> None:
    """compare_metadata does not; what is used here must."""
    with postgres.database() as url:
        engine = extensions.make_engine(url)
        migrating.upgrade(engine)
        before = described(engine)
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE review DROP CONSTRAINT ck_review_closed_has_all"))
        assert described(engine)["review"]["checks"] != before["review"]["checks"]
        engine.dispose()
