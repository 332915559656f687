"""A migrated database with the invented cast and published forms, made once and copied for every test.

Two kinds: a file of SQLite, or a database of the suite's own PostgreSQL. Everything in it was made through
the services, so that a fixture cannot hold what the product could not have made.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from app import clock, create_app, extensions, migrating, security
from app.extensions import session
from app.models.people import Person
from app.policy.actor import Actor, actor_of
from app.services import cast, form_versions, settings
from app.services.unit_of_work import unit_of_work
from config import Settings
from tests.support import postgres
from tests.support.html import CheckedClient
from tests.support.remembering import Memory, Place, PostgresPlace, SqlitePlace

LIBRARY = Path(__file__).resolve().parents[2] / "forms" / "library"
PASSWORD = "plumbline-demo"
TODAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
SECRET = "a secret of the test suite, forty characters"


class World:
    """One application over one database, with the people in it."""

    def __init__(self, app: Flask, backend: str, place: Place | None = None) -> None:
        self.app, self.backend, self.place = app, backend, place

    @contextmanager
    def context(self) -> Iterator[None]:
        """An application context; never held round a client's request, which would share its session."""
        with self.app.app_context():
            yield

    def person(self, login: str) -> Person:
        """A person of the cast by the first part of the address; inside a context."""
        return session.scalars(select(Person).where(Person.email == f"{login}@example.org")).one()

    def actor(self, login: str) -> Actor:
        """The same as the policy sees one."""
        return actor_of(self.person(login))

    def public_id(self, login: str) -> str:
        """A person's id in addresses and forms."""
        return self.person(login).public_id

    def client(self, login: str | None = None) -> FlaskClient:
        """A browser that checks every page it gets, signed in when a login is given."""
        client = self.app.test_client()
        if login:
            self.sign_in(client, login)
        return client

    def sign_in(self, client: FlaskClient, login: str) -> None:
        """Through the real page."""
        page = client.get("/sign-in")
        token = token_in(page.get_data(as_text=True))
        answer = client.post(
            "/sign-in",
            data={"email": f"{login}@example.org", "password": PASSWORD, "csrf_token": token},
        )
        assert answer.status_code in (302, 303), f"{login} could not sign in: {answer.status_code}"


def token_in(html: str) -> str:
    """The form token of a page."""
    marker = 'name="csrf_token"'
    tag = next(tag for tag in html.split("<input")[1:] if marker in tag.split(">")[0])
    return tag.split('value="', 1)[1].split('"', 1)[0]


def settings_for(url: str, instance: Path, mode: str = "test") -> Settings:
    """What the environment would say."""
    return Settings(
        mode=mode,
        database_url=url,
        secret_key=SECRET,
        port=8000,
        trusted_hosts=("localhost", "127.0.0.1"),
        instance=instance,
    )


def make_app(url: str, folder: Path, mode: str = "test") -> Flask:
    """An application whose test client checks its pages."""
    app = create_app(settings_for(url, folder, mode))
    app.test_client_class = CheckedClient
    return app


def fill(app: Flask) -> None:
    """Migrate, then the cast, the forms and the settings most tests want."""
    with app.app_context(), clock.set_to(TODAY):
        migrating.upgrade(extensions.engine())
        cast.create_cast(security.hash_password(PASSWORD))
        admin = actor_of(session.scalars(select(Person).where(Person.email == "admin@example.org")).one())
        for name in ("practice-review-2024-04", "practice-review-small", "moderation-2024-04"):
            version = form_versions.load(admin, (LIBRARY / f"{name}.yaml").read_text(encoding="utf8"))
            form_versions.publish(admin, version.id)
        with unit_of_work(admin) as work:
            settings.put(work, {"panel_rule": {"kind": "sample", "percent": 0}})


class SqliteWorlds:
    """Worlds on SQLite: the filled file is copied, and the application pointed at the copy.

    `remembers` is for worlds that only the test itself writes to: what is put in place of a file would be written over
    what a server's threads write meanwhile.
    """

    backend = "sqlite"

    def __init__(self, folder: Path, *, remembers: bool = True) -> None:
        self.folder, self.numbers = folder, count()
        self.memory = Memory(400, self._forget) if remembers else None
        self.app = make_app(self._url("template"), folder)
        fill(self.app)
        point_at(self.app, None)  # the last connection to close folds the journal into the file

    def _url(self, name: str) -> str:
        return f"sqlite:///{self.folder / name}.db"

    def _forget(self, state: str) -> None:
        (self.folder / f"{state}.db").unlink()

    @contextmanager
    def fresh(self) -> Iterator[World]:
        name = f"world{next(self.numbers)}"
        file = self.folder / f"{name}.db"
        shutil.copyfile(self.folder / "template.db", file)
        engine = extensions.make_engine(self._url(name))
        place = SqlitePlace(self.memory, engine, file) if self.memory else None
        point_at(self.app, engine)
        yield World(self.app, self.backend, place)
        point_at(self.app, None)
        for file in self.folder.glob(f"{name}.db*"):
            file.unlink()


class PostgresWorlds:
    """Worlds on PostgreSQL: a database each, copied from a filled one by the server."""

    backend = "postgresql"

    def __init__(self, folder: Path) -> None:
        self.server, self.numbers = postgres.server(), count()
        self.template = f"plumbline_{uuid.uuid4().hex[:8]}"
        self.memory = Memory(60, self._forget)
        self.app = make_app(self.server.create_database(self.template), folder)
        fill(self.app)
        point_at(self.app, None)

    def _forget(self, state: str) -> None:
        self.server.drop_database(f"{self.template}_{state}")

    @contextmanager
    def fresh(self) -> Iterator[World]:
        name = f"{self.template}_world{next(self.numbers)}"
        engine = extensions.make_engine(self.server.address_of(name))
        place = PostgresPlace(self.memory, engine, self.server, name, self.template)
        point_at(self.app, engine)
        yield World(self.app, self.backend, place)
        point_at(self.app, None)
        place.drop()


def point_at(app: Flask, engine: Engine | None) -> None:
    """Give the application another database, closing every connection to the one before."""
    old: tuple[Engine, Engine] = app.extensions[extensions.ENGINE]
    with app.app_context():
        extensions.let_go()
    if engine is not None:
        extensions.use_engine(app, engine)
        for new, before in zip(app.extensions[extensions.ENGINE], old, strict=True):
            _inherit(new, before)


def _inherit(engine: Engine, old: Engine) -> None:
    """What SQLAlchemy has compiled for one copy serves for the next: the tables are the same, and compiling every
    statement again took longer than most tests do. Listeners stay with the engine they were given to."""
    engine.dialect = engine.pool._dialect = old.dialect
    engine._compiled_cache = old._compiled_cache


Worlds = SqliteWorlds | PostgresWorlds
