"""The front door is true: the README's commands, as written, in a clone of what is committed."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("PLUMBLINE_NESTED" in os.environ, reason="this is the clone that the test of the README made"),
]
PATIENCE = 240


def blocks(text: str) -> list[str]:
    """The shell blocks, in order."""
    return re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a newcomer has: the last commit, and nothing installed."""
    folder = tmp_path_factory.mktemp("newcomer") / "plumbline"
    root = Path(__file__).resolve().parents[2]
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(root), str(folder)], check=True)
    return folder


def test_the_readme_has_two_commands(repository: Path) -> None:
    assert [block.strip() for block in blocks((repository / "README.md").read_text(encoding="utf8"))] == [
        "./run",
        "./run test",
    ]


def test_the_readme_serves_the_demonstration(clone: Path) -> None:
    port = free_port()
    env = {**_plain(), "PORT": str(port)}
    with subprocess.Popen(["sh", "-c", "./run"], cwd=clone, env=env, start_new_session=True) as server:
        try:
            page = _wait_for(f"http://localhost:{port}/sign-in", server)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
    assert "Password: plumbline-demo" in page
    assert (clone / "instance" / "plumbline.db").exists()


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> str:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        assert server.poll() is None, "./run ended before it served"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - this machine's own server
                return str(answer.read().decode())
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"nothing answered at {url}")


def test_the_readme_runs_the_checks(clone: Path) -> None:
    """`./run test` in the clone. Its own suite is running here already, so there it runs the checks of the
    code and the tests of the workflows: that a newcomer's machine is set up and gets to a green line."""
    env = {**_plain(), "PLUMBLINE_NESTED": "1"}
    done = subprocess.run(
        ["sh", "-c", "./run test"],
        cwd=clone,
        env=env,
        capture_output=True,
        text=True,
        timeout=PATIENCE * 3,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert re.search(r"\d+ passed", done.stdout)


def _plain() -> dict[str, str]:
    """The environment of somebody who has just arrived."""
    ours = ("PLUMBLINE_", "DATABASE_URL", "SECRET_KEY", "HYPOTHESIS", "PYTEST", "REQUIRE_", "VIRTUAL_ENV", "COV_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
