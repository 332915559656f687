"""Settings from the environment.

`PLUMBLINE_MODE` is `demo` (the default), `production` or `test`. Production refuses to start without a
secret of its own; the other refusals (a demo account, a database behind head) need the database and are
made by `app.startup`.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent
MODES = ("demo", "production", "test")
SHORTEST_SECRET = 32
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


class BadConfiguration(RuntimeError):
    """The environment asks for something unsafe or impossible; the message says what to change."""


@dataclass(frozen=True)
class Settings:
    """What the environment decides. Everything an authority decides is in the `setting` table instead."""

    mode: str
    database_url: str
    secret_key: str
    port: int
    trusted_hosts: tuple[str, ...]
    instance: Path

    @property
    def production(self) -> bool:
        return self.mode == "production"


def from_environment(environ: Mapping[str, str] = os.environ, *, instance: Path = ROOT / "instance") -> Settings:
    """Read and check the environment. Raises BadConfiguration with a sentence that says what to change."""
    mode = environ.get("PLUMBLINE_MODE", "demo").strip().lower()
    if mode not in MODES:
        raise BadConfiguration(f"PLUMBLINE_MODE is '{mode}'; it must be one of {', '.join(MODES)}.")
    if mode == "production" and _truthy(environ.get("FLASK_DEBUG", "")):
        raise BadConfiguration("Debug is on. Production never runs with FLASK_DEBUG set.")
    return Settings(
        mode=mode,
        database_url=_database_url(environ.get("DATABASE_URL", ""), instance),
        secret_key=_secret_key(environ.get("SECRET_KEY", ""), mode, instance),
        port=_port(environ.get("PORT", "8000")),
        trusted_hosts=_hosts(environ.get("PLUMBLINE_HOST", ""), mode),
        instance=instance,
    )


def _truthy(text: str) -> bool:
    return text.strip().lower() not in ("", "0", "false", "no", "off")


def _database_url(url: str, instance: Path) -> str:
    if not url:
        return f"sqlite:///{instance / 'plumbline.db'}"
    if url.startswith(("postgres://", "postgresql://")):  # hosting platforms write the short form
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    return url


def _secret_key(secret: str, mode: str, instance: Path) -> str:
    if secret and (mode != "production" or len(secret) >= SHORTEST_SECRET):
        return secret
    if mode == "production":
        raise BadConfiguration(f"SECRET_KEY is missing or shorter than {SHORTEST_SECRET} characters.")
    return _local_secret(instance)


def _local_secret(instance: Path) -> str:
    """A secret kept beside the demonstration's database, so that a restart does not sign everybody out."""
    path = instance / "secret_key"
    if not path.exists():
        instance.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another worker was first
            return path.read_text(encoding="ascii")
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii")


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise BadConfiguration(f"PORT is '{text}'; it must be a number from 1 to 65535.")
    return int(text)


def _hosts(text: str, mode: str) -> tuple[str, ...]:
    """Host names a request may carry; `PLUMBLINE_HOST` is a comma-separated list."""
    named = tuple(host.strip() for host in text.split(",") if host.strip())
    if mode == "production" and not named:
        raise BadConfiguration("PLUMBLINE_HOST is missing: name the host or hosts that people will use.")
    return named if mode == "production" else named + LOCAL_HOSTS
