"""Where the databases of the tests lie: gone afterwards, also after a process that could not clear up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import memory


def test_it_is_gone_afterwards() -> None:
    with memory.folder() as made:
        (made / "world.db").write_bytes(b"0" * 1000)
    assert not made.exists()


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_uses_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(memory, "MEMORY", tmp_path)
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    left, used = (tmp_path / f"{memory.OURS}{process}-x" for process in (ended.pid, os.getpid()))
    for each in (left, used):
        each.mkdir()
    with memory.folder():
        assert (left.exists(), used.exists()) == (False, True)


def test_without_room_the_systems_own_place_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(memory, "MEMORY", tmp_path)
    monkeypatch.setattr(memory, "ROOM", 2**80)
    assert memory.place() is None
    monkeypatch.setattr(memory, "MEMORY", tmp_path / "none")
    assert memory.place() is None
