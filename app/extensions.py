"""The engine, the session and the form token: what has one instance in an application.

One session a request, or an application context of the command line. It reads until a unit of work turns
it to writing (`app.services.unit_of_work`); outside one the database itself refuses to write, so that a
write which forgot its transaction and its audit event cannot happen by accident.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, current_app
from flask.globals import app_ctx
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session, scoped_session

ENGINE = "plumbline_engine"
WRITING = "plumbline_writing"
# Compiling a statement of many short parts takes half a second, and running it a few thousandths of one.
POSTGRES = "-c timezone=utc -c jit=off"
CACHE = "cache_size=-8000"  # 8 MB: a list that goes through a thousand reviews reads more than SQLite's own 2 MB hold

csrf = CSRFProtect()


class PlumblineSession(Session):
    """A session that reads through a read-only connection until `info[WRITING]` is set."""

    def get_bind(self, *_args: Any, **_kwargs: Any) -> Engine | Connection:
        engines: tuple[Engine, Engine] = current_app.extensions[ENGINE]
        return engines[0] if self.info.get(WRITING) else engines[1]


def _new_session(**options: Any) -> PlumblineSession:
    return PlumblineSession(autoflush=False, expire_on_commit=True, **options)


def _context_id() -> int:
    return id(app_ctx._get_current_object())  # type: ignore[attr-defined]


session: scoped_session[PlumblineSession] = scoped_session(_new_session, scopefunc=_context_id)  # type: ignore[arg-type]


def engine() -> Engine:
    """The writing engine of the present application."""
    writing: Engine = current_app.extensions[ENGINE][0]
    return writing


def make_engine(url: str) -> Engine:
    """An engine set up as the house needs it: whole transactions on SQLite, UTC on PostgreSQL."""
    if url.startswith("sqlite"):
        made = create_engine(url, connect_args={"timeout": 5}, json_serializer=_dumps)
        event.listen(made, "connect", _sqlite_connect)
        event.listen(made, "begin", _sqlite_begin)
        return made
    return create_engine(url, json_serializer=_dumps, pool_pre_ping=True, connect_args={"options": POSTGRES})


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own half-transactions lose updates without an error
    for pragma in (
        "cache_size=-8000",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "busy_timeout=5000",
    ):
        connection.execute("PRAGMA " + pragma)


def _sqlite_begin(connection: Connection) -> None:
    """A reader never waits; a writer takes the lock at once, since a read that turns into a write fails."""
    reading = connection.get_execution_options().get("readonly", False)
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def init_app(app: Flask) -> None:
    """Give the application its engines and end each context's session with it."""
    use_engine(app, make_engine(app.config["DATABASE_URL"]))
    csrf.init_app(app)

    @app.teardown_appcontext
    def _end_session(_error: BaseException | None) -> None:
        session.remove()


def use_engine(app: Flask, writing: Engine) -> None:
    """Point the application at a database: one pool, through which it reads and writes."""
    app.extensions[ENGINE] = (writing, writing.execution_options(readonly=True, postgresql_readonly=True))
