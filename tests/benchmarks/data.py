"""The databases that are measured: the demonstration's year, then more of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from flask import Flask

from app import create_app, demo, extensions, migrating
from app.services import invariants, records
from tests.benchmarks import floors, multiply
from tests.support import postgres
from tests.support.world import World, settings_for

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # after everything that the year says of its last day
YEAR_OF = 28


class Faulty(RuntimeError):
    """What was made breaks what must hold of stored data: measuring it would say nothing."""


class Databases:
    """One database for each size, copied from the one that the services filled."""

    def __init__(self, backend: str, folder: Path, *, everything: bool) -> None:
        self.backend, self.folder, self.everything = backend, folder, everything
        if not (folder / "year.db").exists():
            self._load(self._make("year"))

    def _load(self, url: str) -> None:
        app = self._app(url)
        with app.app_context():
            migrating.upgrade(extensions.engine())
            demo.load(TODAY)
        _let_go(app)

    def _make(self, name: str) -> str:
        if self.backend == "sqlite":
            return f"sqlite:///{self.folder / name}.db"
        return postgres.server().create_database(f"benchmark_{name}")

    def _app(self, url: str) -> Flask:
        return create_app(settings_for(url, self.folder, "demo"))

    @contextmanager
    def world(self, size: int) -> Iterator[tuple[World, str]]:
        """An application over a database of so many reviews, and the database's address."""
        with self._copy(size) as url:
            app = self._app(url)
            app.register_blueprint(floors.bp)
            with app.app_context():
                self._fill(size)
            yield World(app, self.backend), url
            _let_go(app)

    @contextmanager
    def _copy(self, size: int) -> Iterator[str]:
        if self.backend == "postgresql":
            with postgres.database("benchmark_year") as url:
                yield url
            return
        path = self.folder / f"{size}.db"
        shutil.copy(self.folder / "year.db", path)
        yield f"sqlite:///{path}"
        for file in self.folder.glob(f"{size}.db*"):
            file.unlink()

    def _fill(self, size: int) -> None:
        engine = extensions.engine()
        with engine.begin() as connection:
            multiply.multiply(connection, size, everything=self.everything)
        check()
        if self.backend == "postgresql":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")  # a server of its own would have done so by itself
        extensions.let_go()


def _let_go(app: Flask) -> None:
    """After a context, whose session gives its connection back: one that is open keeps PostgreSQL from copying the
    database, and SQLite's last pages in the journal, where they would not be copied."""
    with app.app_context():
        extensions.let_go()


def check() -> None:
    """Every invariant holds, and the log's chain is whole. Raises Faulty."""
    if broken := invariants.broken():
        raise Faulty(f"after multiplying: {broken}")
    verdict = records.verify_changes()
    if verdict.broken:
        raise Faulty(verdict.broken)
