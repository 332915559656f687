"""The environment read and checked; each refusal says what to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import BadConfiguration, Settings, from_environment

LONG = "s" * 32
PRODUCTION = {"PLUMBLINE_MODE": "production", "SECRET_KEY": LONG, "PLUMBLINE_HOST": "reviews.example.org"}


def read(instance: Path, **environ: str) -> Settings:
    return from_environment(environ, instance=instance)


def test_without_anything_it_is_a_demonstration_on_a_local_file(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert (found.mode, found.production, found.port) == ("demo", False, 8000)
    assert found.database_url == f"sqlite:///{tmp_path / 'plumbline.db'}"
    assert "localhost" in found.trusted_hosts


def test_a_local_secret_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    first, second = read(tmp_path / "new"), read(tmp_path / "new")
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 32
    assert (tmp_path / "new" / "secret_key").stat().st_mode & 0o077 == 0


def test_a_secret_made_by_another_worker_meanwhile_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret_key").write_text("theirs", encoding="ascii")
    monkeypatch.setattr(Path, "exists", lambda _path: False)
    assert read(tmp_path).secret_key == "theirs"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg://u@h/d"),
        ("sqlite:///x.db", "sqlite:///x.db"),
    ],
)
def test_the_short_forms_of_a_database(tmp_path: Path, given: str, wanted: str) -> None:
    assert read(tmp_path, DATABASE_URL=given).database_url == wanted


@pytest.mark.parametrize(("given", "wanted"), [("", 0), ("0", 0), (" 2 ", 2)])
def test_how_many_proxies_are_believed(tmp_path: Path, given: str, wanted: int) -> None:
    assert read(tmp_path, PLUMBLINE_PROXIES=given).proxies == wanted


def test_production_takes_what_is_named_and_nothing_local(tmp_path: Path) -> None:
    found = read(tmp_path, **{**PRODUCTION, "PLUMBLINE_HOST": "a.example.org, b.example.org,"})
    assert found.production
    assert found.trusted_hosts == ("a.example.org", "b.example.org")
    assert not (tmp_path / "secret_key").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"PLUMBLINE_MODE": "live"}, "must be one of demo, production, test"),
        ({**PRODUCTION, "SECRET_KEY": ""}, "SECRET_KEY is missing or shorter than 32"),
        ({**PRODUCTION, "SECRET_KEY": "short"}, "SECRET_KEY is missing or shorter than 32"),
        ({**PRODUCTION, "PLUMBLINE_HOST": " , "}, "PLUMBLINE_HOST is missing"),
        ({**PRODUCTION, "FLASK_DEBUG": "1"}, "Debug is on"),
        ({"PORT": "0"}, "from 1 to 65535"),
        ({"PORT": "65536"}, "from 1 to 65535"),
        ({"PORT": "http"}, "from 1 to 65535"),
        ({"PLUMBLINE_PROXIES": "-1"}, "from 0 to 5"),
        ({"PLUMBLINE_PROXIES": "6"}, "from 0 to 5"),
        ({"PLUMBLINE_PROXIES": "nginx"}, "from 0 to 5"),
    ],
)
def test_what_is_unsafe_or_impossible_is_refused(tmp_path: Path, changes: dict[str, str], said: str) -> None:
    with pytest.raises(BadConfiguration, match=said):
        read(tmp_path, **changes)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("smtp://mail.example.org", ("smtp", "mail.example.org", 25, "", "")),
        ("smtp+starttls://pl%40x:a%2Fb@mail.example.org", ("smtp+starttls", "mail.example.org", 587, "pl@x", "a/b")),
        ("smtps://u:p@mail.example.org:4650/", ("smtps", "mail.example.org", 4650, "u", "p")),
    ],
)
def test_a_mail_server_is_read_from_one_address(tmp_path: Path, given: str, wanted: tuple[object, ...]) -> None:
    found = read(tmp_path, **PRODUCTION, PLUMBLINE_MAIL=given, PLUMBLINE_MAIL_FROM="p@example.org").mail
    assert (found.how, found.host, found.port, found.user, found.password) == wanted
    assert found.sender == "p@example.org"
    assert "password" not in repr(found)


def test_without_a_mail_server_nothing_leaves(tmp_path: Path) -> None:
    assert read(tmp_path, **PRODUCTION).mail.how == ""
    here = read(tmp_path).mail
    assert (here.how, here.folder) == ("folder", tmp_path / "mail")
    assert read(tmp_path, PLUMBLINE_MAIL="console").mail.how == "console"


def test_links_in_messages_lead_to_the_first_host_that_people_use(tmp_path: Path) -> None:
    assert read(tmp_path, PORT="8123").address == "http://localhost:8123"
    hosts = {**PRODUCTION, "PLUMBLINE_HOST": "a.example.org, b.example.org"}
    assert read(tmp_path, **hosts).address == "https://a.example.org"


@pytest.mark.parametrize(
    ("mail", "sender", "said"),
    [
        ("folder", "", "sends nothing"),
        ("console", "", "sends nothing"),
        ("mail.example.org", "p@example.org", "cannot be read"),
        ("smtp://", "p@example.org", "cannot be read"),
        ("ftp://mail.example.org", "p@example.org", "cannot be read"),
        ("smtp://mail.example.org:0", "p@example.org", "cannot be read"),
        ("smtp://mail.example.org:x", "p@example.org", "cannot be read"),
        ("smtp://u:p@mail.example.org", "p@example.org", "no encryption"),
        ("smtps://u:secret/word@mail.example.org", "p@example.org", "cannot be read"),
        ("smtps://mail.example.org", "", "PLUMBLINE_MAIL_FROM is missing"),
        ("smtps://mail.example.org", "Plumbline <p@example.org>", "PLUMBLINE_MAIL_FROM is missing"),
    ],
)
def test_a_mail_server_that_cannot_be_is_refused(tmp_path: Path, mail: str, sender: str, said: str) -> None:
    with pytest.raises(BadConfiguration, match=said) as refused:
        read(tmp_path, **PRODUCTION, PLUMBLINE_MAIL=mail, PLUMBLINE_MAIL_FROM=sender)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("off", ["", "0", "false", "No", "OFF"])
def test_debug_switched_off_is_off(tmp_path: Path, off: str) -> None:
    assert read(tmp_path, **PRODUCTION, FLASK_DEBUG=off).production
