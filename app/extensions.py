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
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.orm import Session, scoped_session

ENGINE = "plumbline_engine"
WRITING = "plumbline_writing"
# Compiling a statement of many short parts takes half a second, and running it a few thousandths of one.
POSTGRES = "-c timezone=utc -c jit=off"
STATEMENTS = 1000  # kept prepared by each connection to SQLite: its own 128 are soon asked by a handful of pages
CACHE = "cache_size=-8000"  # 8 MB: a list that goes through a thousand reviews reads more than SQLite's own 2 MB hold
MAPPED = "mmap_size=1073741824"  # 1 GB of addresses and not of memory: some ten thousand reviews

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


def engines() -> tuple[Engine, ...]:
    """The engines of the present application that have connections of their own: what is heard of all of them is
    everything that a database is asked."""
    writing, reading = current_app.extensions[ENGINE]
    return (writing,) if reading.pool is writing.pool else (writing, reading)


def let_go() -> None:
    """Close every connection that nobody uses."""
    for each in engines():
        each.dispose()


def make_engine(url: str) -> Engine:
    """An engine set up as the house needs it: whole transactions on SQLite, UTC on PostgreSQL."""
    if url.startswith("sqlite"):
        return _make_sqlite(url, _sqlite_connect, _sqlite_begin_to_write)
    return create_engine(url, json_serializer=_dumps, pool_pre_ping=True, connect_args={"options": POSTGRES})


def _make_sqlite(url: str | URL, connect: Any, begin: Any) -> Engine:
    arguments = {"timeout": 5, "cached_statements": STATEMENTS}
    made = create_engine(url, connect_args=arguments, json_serializer=_dumps)
    event.listen(made, "connect", connect)
    event.listen(made, "begin", begin)
    return made


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own half-transactions lose updates without an error
    for pragma in (
        CACHE,
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "busy_timeout=5000",
    ):
        connection.execute("PRAGMA " + pragma)


def _sqlite_connect_to_read(connection: Any, record: Any) -> None:
    """For good: each change of this throws away every statement that the connection has prepared. What others write
    empties its cache of pages, so it reads them where the system holds them and copies none."""
    _sqlite_connect(connection, record)
    connection.execute(f"PRAGMA {MAPPED}")
    connection.execute("PRAGMA query_only=ON")


def _sqlite_begin_to_write(connection: Connection) -> None:
    """The lock is taken at once, since a read that turns into a write fails."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _sqlite_begin_to_read(connection: Connection) -> None:
    """A reader never waits."""
    connection.exec_driver_sql("BEGIN")


def init_app(app: Flask) -> None:
    """Give the application its engines and end each context's session with it."""
    use_engine(app, make_engine(app.config["DATABASE_URL"]))
    csrf.init_app(app)

    @app.teardown_appcontext
    def _end_session(_error: BaseException | None) -> None:
        session.remove()


def use_engine(app: Flask, writing: Engine) -> None:
    """Point the application at a database. What only reads says so to PostgreSQL with each transaction; SQLite's
    connections are told once, so it has some of its own."""
    if writing.dialect.name == "sqlite":
        reading = _make_sqlite(writing.url, _sqlite_connect_to_read, _sqlite_begin_to_read)
    else:
        reading = writing.execution_options(postgresql_readonly=True)
    app.extensions[ENGINE] = (writing, reading)
