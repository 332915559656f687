"""Settings from the environment.

`PLUMBLINE_MODE` is `demo` (the default), `production` or `test`. Production refuses to start without a
secret of its own; the other refusals (a demo account, a database behind head) need the database and are
made by `app.startup`.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

ROOT = Path(__file__).resolve().parent
MODES = ("demo", "production", "test")
SHORTEST_SECRET = 32
MOST_PROXIES = ("0", "1", "2", "3", "4", "5")
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
# How a message leaves, with the port where none is named. The last two are for trying out: nobody gets anything.
MAIL_SERVERS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
MAIL_KEPT_HERE = ("folder", "console")


class BadConfiguration(RuntimeError):
    """The environment asks for something unsafe or impossible; the message says what to change."""


@dataclass(frozen=True)
class Mail:
    """How messages are sent: `how` is a mail server's scheme, `folder`, `console`, or empty where nobody said."""

    how: str = ""
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = "plumbline@localhost"
    folder: Path | None = None

    @property
    def by_server(self) -> bool:
        """Whether messages leave by a mail server; otherwise nobody gets any."""
        return self.how in MAIL_SERVERS


@dataclass(frozen=True)
class Settings:
    """What the environment decides. Everything an authority decides is in the `setting` table instead."""

    mode: str
    database_url: str
    secret_key: str
    port: int
    trusted_hosts: tuple[str, ...]
    instance: Path
    mail: Mail = Mail()
    proxies: int = 0  # of ours, in front of the application

    @property
    def production(self) -> bool:
        return self.mode == "production"

    @property
    def address(self) -> str:
        """Where the links in messages lead: the first host that people use."""
        return f"https://{self.trusted_hosts[0].lstrip('.')}" if self.production else f"http://localhost:{self.port}"


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
        proxies=_proxies(environ.get("PLUMBLINE_PROXIES", "")),
        mail=_mail(environ.get("PLUMBLINE_MAIL", ""), environ.get("PLUMBLINE_MAIL_FROM", ""), mode, instance),
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


def _proxies(text: str) -> int:
    """How many reverse proxies pass a request on. One that is not counted looks as if everybody came from it, and the
    tries of one stranger to sign in would keep everybody out; one too many, and a stranger says where he is."""
    if not text.strip():
        return 0
    if text.strip() not in MOST_PROXIES:
        raise BadConfiguration(f"PLUMBLINE_PROXIES is '{text}'; it must be a number from 0 to {MOST_PROXIES[-1]}.")
    return int(text)


def _hosts(text: str, mode: str) -> tuple[str, ...]:
    """Host names a request may carry; `PLUMBLINE_HOST` is a comma-separated list."""
    named = tuple(host.strip() for host in text.split(",") if host.strip())
    if mode == "production" and not named:
        raise BadConfiguration("PLUMBLINE_HOST is missing: name the host or hosts that people will use.")
    return named if mode == "production" else named + LOCAL_HOSTS


def _mail(address: str, sender: str, mode: str, instance: Path) -> Mail:
    """`smtp+starttls://user:password@host:587` and the like; without one, a folder beside the demonstration."""
    address, sender = address.strip(), sender.strip()
    if not address:
        return Mail() if mode == "production" else Mail("folder", folder=instance / "mail")
    if address in MAIL_KEPT_HERE:
        if mode == "production":
            raise BadConfiguration(f"PLUMBLINE_MAIL is '{address}', which sends nothing: name a mail server.")
        return Mail(address, folder=instance / "mail")
    parts = _mail_server(address)
    if not _one_address(sender):
        raise BadConfiguration("PLUMBLINE_MAIL_FROM is missing: the one address that messages come from.")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if password and parts.scheme == "smtp":
        raise BadConfiguration("PLUMBLINE_MAIL has a password and no encryption. Use smtp+starttls:// or smtps://.")
    port = parts.port or MAIL_SERVERS[parts.scheme]
    return Mail(parts.scheme, str(parts.hostname), port, user, password, sender)


def _mail_server(address: str) -> SplitResult:
    """The parts of the address. What was given is not said back: a password may be in it."""
    try:
        parts = urlsplit(address)
        known = parts.scheme in MAIL_SERVERS and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        known = None
    if not known or parts.path.strip("/") or parts.query or parts.fragment:
        raise BadConfiguration(
            "PLUMBLINE_MAIL cannot be read. It is an address like smtp+starttls://user:password@mail.example.org:587, "
            "with the signs : / @ # in a password written as %3A %2F %40 %23."
        )
    return parts


def _one_address(text: str) -> bool:
    before, _, after = text.partition("@")
    return bool(before and after) and "@" not in after and not any(each.isspace() or each in ",;<>" for each in text)
