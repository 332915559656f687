"""Starting to serve: what is brought up to date, what is refused, and where the service then is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import Flask, Response

from app import extensions, migrating
from config import BadConfiguration, Settings

THREADS = 8
HOST = "127.0.0.1"
CHECKED = "plumbline_start_checked"

FIRST_START = "Writing the demonstration, a year of invented reviews. This happens once."


def init_app(app: Flask) -> None:
    """Production asks before its first answer too: a server may load the application by another way in."""
    if app.config["MODE"] == "production":
        app.before_request_funcs.setdefault(None, []).insert(0, _refuse_unchecked)


def _refuse_unchecked() -> Response | None:
    from flask import current_app

    if current_app.extensions.get(CHECKED):
        return None
    try:
        check(current_app._get_current_object())  # type: ignore[attr-defined]
    except BadConfiguration as why:
        current_app.logger.critical("Plumbline does not serve: %s", why)
        return Response("The service is not available just now.\n", 503, mimetype="text/plain")
    return None


def check(app: Flask) -> None:
    """Raise BadConfiguration where production would be unsafe; the sentence says what to do."""
    if app.config["MODE"] == "production":
        if app.debug:
            raise BadConfiguration("Debug is on. Production never runs with it: unset FLASK_DEBUG.")
        with app.app_context():
            _refuse_behind()
            _refuse_demo()
    app.extensions[CHECKED] = True


def _refuse_behind() -> None:
    at, newest = migrating.current(extensions.engine()), migrating.head()
    if at != newest:
        raise BadConfiguration(
            f"The database is at revision {at or 'none'} and the code needs {newest}. "
            "Make a backup, then run: ./run flask db upgrade"
        )


def _refuse_demo() -> None:
    from app.queries import people

    count = people.demo_people()
    if count:
        raise BadConfiguration(
            f"The database has {count} demo {'account' if count == 1 else 'accounts'}, whose password is public. "
            "Production never starts on a demonstration's database: set DATABASE_URL to one of its own."
        )


def prepare(app: Flask, settings: Settings) -> None:
    """Everything before serving: migrate, or refuse; in demo mode fill an empty database."""
    if settings.database_url.startswith("sqlite"):
        settings.instance.mkdir(parents=True, exist_ok=True)
    if not settings.production:
        with app.app_context():
            migrating.upgrade(extensions.engine())
    check(app)
    if settings.mode == "demo":
        make_demonstration(app)


def make_demonstration(app: Flask) -> bool:
    """Fill a database that has nobody in it with the demonstration's year; whether it did."""
    from app import demo
    from app.queries import people

    with app.app_context():
        if people.any_people():
            return False
        print(FIRST_START, flush=True)  # noqa: T201
        with _whole_or_not_at_all(app):
            demo.load()
        return True


@contextmanager
def _whole_or_not_at_all(app: Flask) -> Iterator[None]:
    """Write into a file beside SQLite's own and put it in its place at the end: a first start that is stopped
    half-way leaves no half of a year behind. A database on a server is filled as it stands."""
    kept = extensions.engine()
    place = kept.url.database
    if kept.dialect.name != "sqlite" or not place:
        yield
        return
    half = Path(f"{place}.part")
    _forget(half)
    _let_go()
    beside = extensions.make_engine(f"sqlite:///{half}")
    extensions.use_engine(app, beside)
    try:
        migrating.upgrade(beside)
        yield
        _let_go()
        half.replace(place)
    finally:
        _let_go()
        _forget(half)
        extensions.use_engine(app, kept)


def _let_go() -> None:
    """The last connection to close folds the journal into the file."""
    extensions.session.remove()
    extensions.let_go()


def _forget(file: Path) -> None:
    for each in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        each.unlink(missing_ok=True)


def make_cast(app: Flask) -> bool:
    """Create the demonstration's people if there is nobody at all; whether it did. Never in production."""
    from app import security
    from app.queries import people
    from app.services import cast

    if app.config["MODE"] == "production":
        raise BadConfiguration("The demonstration's people are never created in production.")
    with app.app_context():
        if people.any_people():
            return False
        return cast.create_cast(security.hash_password(cast.PASSWORD))


def application() -> Flask:
    """For another server: `gunicorn 'app.startup:application()'`. Checked before it serves anything."""
    from app import create_app
    from config import from_environment

    settings = from_environment()
    app = create_app(settings)
    prepare(app, settings)
    return app


def serve(app: Flask, settings: Settings) -> None:
    """Prepare and serve until stopped. What cannot be is said in a sentence, with exit code 1."""
    try:
        prepare(app, settings)
    except BadConfiguration as why:
        _stop(str(why))
    server = make_server(app, settings)
    click.echo(f"Plumbline is at http://localhost:{settings.port}")
    sys.stdout.flush()
    server.run()


def make_server(app: Flask, settings: Settings) -> Any:
    """The server of the application, listening and not yet serving. It leaves what our proxies say of a request to the
    application, which believes no more of them than there are."""
    from waitress.server import create_server

    kept = {"clear_untrusted_proxy_headers": settings.proxies == 0}
    try:
        return create_server(app, host=HOST, port=settings.port, threads=THREADS, ident=None, **kept)
    except OSError as error:
        _stop(
            f"Port {settings.port} cannot be used ({error.strerror}). Stop what uses it, or set PORT to another number."
        )
        raise


def _stop(sentence: str) -> None:
    click.echo(f"Plumbline does not start. {sentence}", err=True)
    sys.exit(1)
