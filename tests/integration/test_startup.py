"""Starting: what is migrated and filled, and what production refuses, each with its sentence."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import create_app, extensions, migrating, security, startup
from app.extensions import session
from app.models.people import Person
from app.models.reviews import Review
from app.queries import people
from app.services import cast
from config import BadConfiguration, Settings, from_environment
from tests.support.world import SECRET, make_app, settings_for

pytestmark = pytest.mark.slow

ENVIRONMENT = {"PLUMBLINE_MODE": "production", "SECRET_KEY": SECRET, "PLUMBLINE_HOST": "localhost"}


def url_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'start.db'}"


def settings_in(folder: Path, mode: str) -> Settings:
    return settings_for(url_in(folder), folder, mode)


def migrated(folder: Path) -> None:
    app = make_app(url_in(folder), folder)
    with app.app_context():
        migrating.upgrade(extensions.engine())


def with_cast(folder: Path) -> Flask:
    """A database of the demonstration, made by an application in test mode, whose hashes are quick."""
    migrated(folder)
    app = make_app(url_in(folder), folder)
    assert startup.make_cast(app)
    return app


class TestProduction:
    def test_starts_on_a_database_at_head(self, tmp_path: Path) -> None:
        migrated(tmp_path)
        app = make_app(url_in(tmp_path), tmp_path, "production")
        startup.prepare(app, settings_in(tmp_path, "production"))
        page = app.test_client().get("/sign-in", base_url="https://localhost")
        assert page.status_code == 200
        assert "Password: " not in page.get_data(as_text=True)
        assert cast.PASSWORD not in page.get_data(as_text=True)

    def test_refuses_a_database_behind_and_migrates_nothing(self, tmp_path: Path) -> None:
        app = create_app(settings_in(tmp_path, "production"))
        with pytest.raises(BadConfiguration, match=r"revision none.*\./run flask db upgrade"):
            startup.prepare(app, settings_in(tmp_path, "production"))
        with app.app_context():
            assert migrating.current(extensions.engine()) is None

    def test_refuses_a_demo_account(self, tmp_path: Path) -> None:
        with_cast(tmp_path)
        app = create_app(settings_in(tmp_path, "production"))
        with pytest.raises(BadConfiguration, match=rf"has {len(cast.CAST)} demo accounts"):
            startup.prepare(app, settings_in(tmp_path, "production"))

    def test_refuses_one_that_is_closed_too(self, tmp_path: Path) -> None:
        from app.policy.actor import SYSTEM
        from app.services.unit_of_work import unit_of_work

        with with_cast(tmp_path).app_context(), unit_of_work(SYSTEM):
            for person in session.scalars(select(Person)).all():
                person.active, person.demo = False, person.email.startswith("admin")
        app = create_app(settings_in(tmp_path, "production"))
        with pytest.raises(BadConfiguration, match=r"has 1 demo account,"):
            startup.check(app)

    def test_refuses_debug(self, tmp_path: Path) -> None:
        app = create_app(settings_in(tmp_path, "production"))
        app.debug = True
        with pytest.raises(BadConfiguration, match="Debug is on"):
            startup.check(app)
        with pytest.raises(BadConfiguration, match="Debug is on"):
            from_environment({**ENVIRONMENT, "FLASK_DEBUG": "1"}, instance=tmp_path)

    @pytest.mark.parametrize("secret", ["", "short", "x" * 31])
    def test_refuses_a_missing_or_short_secret(self, tmp_path: Path, secret: str) -> None:
        with pytest.raises(BadConfiguration, match="SECRET_KEY is missing or shorter than 32"):
            from_environment({**ENVIRONMENT, "SECRET_KEY": secret}, instance=tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_never_creates_the_cast(self, tmp_path: Path) -> None:
        migrated(tmp_path)
        app = create_app(settings_in(tmp_path, "production"))
        with pytest.raises(BadConfiguration, match="never created in production"):
            startup.make_cast(app)
        refused = app.test_cli_runner().invoke(args=["demo", "cast"])
        assert refused.exit_code == 1
        assert "never created in production" in refused.output
        with app.app_context():
            assert not people.any_people()

    def test_another_server_is_refused_at_the_first_answer(self, tmp_path: Path) -> None:
        """A server that loads the application by itself never comes past `serve`."""
        with_cast(tmp_path)
        client = create_app(settings_in(tmp_path, "production")).test_client()
        assert [client.get("/sign-in", base_url="https://localhost").status_code for _ in range(2)] == [503, 503]

    def test_cookie_is_for_https_only(self, tmp_path: Path) -> None:
        migrated(tmp_path)
        client = make_app(url_in(tmp_path), tmp_path, "production").test_client()
        cookie = client.get("/sign-in", base_url="https://localhost").headers["Set-Cookie"]
        assert re.search("; Secure;.*HttpOnly;.*SameSite=Lax", cookie)


class TestDemo:
    @pytest.mark.slow
    def test_migrates_and_loads_the_demonstration_once(self, tmp_path: Path) -> None:
        settings = settings_in(tmp_path, "demo")
        app = create_app(settings)
        for _ in range(2):
            startup.prepare(app, settings)
            with app.app_context():
                assert migrating.current(extensions.engine()) == migrating.head()
                assert session.scalar(select(func.count(Person.id))) == people.demo_people() >= len(cast.CAST)
                assert session.scalar(select(func.count(Review.id))) == 28

    @pytest.mark.slow
    def test_a_first_start_that_is_stopped_leaves_no_half_of_a_year(self, tmp_path: Path, repository: Path) -> None:
        """Stopped without a word, while the year is being written; the next start writes the whole of it."""
        words = {"DATABASE_URL": url_in(tmp_path), "PLUMBLINE_MODE": "demo", "SECRET_KEY": SECRET, "PORT": "8765"}
        with subprocess.Popen([sys.executable, "wsgi.py"], cwd=repository, env={**os.environ, **words}) as first:
            until = time.monotonic() + 60
            while sum(file.stat().st_size for file in tmp_path.glob("start.db.part*")) < 3_000_000:
                assert first.poll() is None
                assert time.monotonic() < until
                time.sleep(0.05)
            first.kill()
        settings = settings_in(tmp_path, "demo")
        app = create_app(settings)
        with app.app_context():
            assert not people.any_people()
        startup.prepare(app, settings)
        with app.app_context():
            assert session.scalar(select(func.count(Review.id))) == 28
        assert not list(tmp_path.glob("*.part*"))

    def test_sign_in_page_shows_the_password_on_a_line_of_its_own(self, tmp_path: Path) -> None:
        migrated(tmp_path)
        page = make_app(url_in(tmp_path), tmp_path, "demo").test_client().get("/sign-in").get_data(as_text=True)
        texts = [text.strip() for text in re.sub("<[^>]*>", "\n", page).splitlines()]
        assert "Password: plumbline-demo" in texts
        assert len(cast.LOGINS) == 14
        for part in cast.LOGINS:
            assert part.email in texts

    def test_no_other_mode_shows_it(self, tmp_path: Path) -> None:
        page = make_app(url_in(tmp_path), tmp_path).test_client()
        migrated(tmp_path)
        assert cast.PASSWORD not in page.get("/sign-in").get_data(as_text=True)

    def test_the_cast_is_who_the_handbook_needs(self, tmp_path: Path) -> None:
        app = with_cast(tmp_path)
        with app.app_context():
            by_login = {p.email.split("@")[0]: p for p in session.scalars(select(Person))}
            above = {
                "worker": "manager",
                "manager": "head.service",
                "head.service": "assistant.director",
                "head.qa": "assistant.director",
                "deputy.qa": "head.qa",
            }
            for login, manager in above.items():
                assert by_login[login].line_manager_id == by_login[manager].id, login
            assert by_login["internal.reviewer"].team_id != by_login["worker"].team_id
            assert by_login["chair"].ends_on
            assert by_login["chair"].agency_id is None
            for login in ("external.reviewer", "agency"):
                assert by_login[login].ends_on
                assert by_login[login].agency
            assert security.password_is(cast.PASSWORD, by_login["oversight"].password)


class TestServing:
    def test_a_taken_port_is_said_plainly(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            settings = Settings(**{**vars(settings_in(tmp_path, "test")), "port": port})
            with pytest.raises(SystemExit) as stopped:
                startup.serve(create_app(settings), settings)
        assert stopped.value.code == 1
        assert f"Port {port} cannot be used" in capsys.readouterr().err

    def test_a_refusal_is_one_sentence_and_exit_code_1(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings = settings_in(tmp_path, "production")
        with pytest.raises(SystemExit) as stopped:
            startup.serve(create_app(settings), settings)
        assert stopped.value.code == 1
        assert capsys.readouterr().err.startswith("Plumbline does not start. The database is at revision none")

    @pytest.mark.slow
    def test_says_where_it_is_and_answers(self, tmp_path: Path, repository: Path) -> None:
        from urllib.request import urlopen

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = {
            **os.environ,
            "PLUMBLINE_MODE": "demo",
            "DATABASE_URL": url_in(tmp_path),
            "SECRET_KEY": SECRET,
            "PORT": str(port),
        }
        server = subprocess.Popen(
            [sys.executable, "wsgi.py"], cwd=repository, env=environment, stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            assert server.stdout.readline().startswith("Writing the demonstration")
            assert server.stdout.readline() == f"Plumbline is at http://localhost:{port}\n"
            with urlopen(f"http://localhost:{port}/sign-in", timeout=10) as page:
                assert b"Password: plumbline-demo" in page.read()
        finally:
            server.terminate()
            server.communicate(timeout=10)
