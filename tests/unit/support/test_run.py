"""The first command anybody types: what it says when something is missing, and what it never removes."""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import platform
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The script as a module, with an environment folder of the test's own."""
    monkeypatch.setenv("PLUMBLINE_VENV", str(tmp_path / "venv"))
    loader = importlib.machinery.SourceFileLoader("plumbline_run", str(ROOT / "run"))
    spec = importlib.util.spec_from_loader("plumbline_run", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def start(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, ROOT / "run", *words], check=False, capture_output=True, text=True)


def test_an_unknown_word_prints_the_usage() -> None:
    done = start("tset")
    assert done.returncode == 2
    assert "no command 'tset'" in done.stderr
    assert "./run test -k journey" in done.stderr
    assert not done.stdout


def test_help_is_no_error() -> None:
    done = start("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "usage: ./run" in done.stdout


def test_it_is_only_the_standard_library() -> None:
    """It runs before anything is installed."""
    imported = re.findall(r"^(?:import|from) (\w+)", (ROOT / "run").read_text(), re.MULTILINE)
    assert set(imported) <= sys.stdlib_module_names


def test_an_old_python_is_told_so(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "FLOOR", (3, 99))
    with pytest.raises(SystemExit, match=r"3\.11 or newer; this is"):
        run.need_floor()


def test_an_old_python_hands_over_to_a_newer_one(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    newer = tmp_path / "python3.99"
    newer.touch(0o755)
    given: list[list[str]] = []
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(run, "FLOOR", (3, 99))
    monkeypatch.setattr(run, "hand_over", given.append)
    with pytest.raises(SystemExit):
        run.need_floor()
    assert given[0][:2] == [str(newer), str(ROOT / "run")]


def test_a_folder_that_is_no_environment_is_never_removed(run: ModuleType) -> None:
    run.VENV.mkdir()
    (run.VENV / "thesis.txt").write_text("years of work")
    with pytest.raises(SystemExit, match="not a virtual environment"):
        run.make_room()
    assert (run.VENV / "thesis.txt").exists()


def test_a_broken_environment_is_made_anew(run: ModuleType) -> None:
    run.VENV.mkdir()
    (run.VENV / "pyvenv.cfg").touch()
    assert not run.usable()
    run.make_room()
    assert not run.VENV.exists()


def test_without_venv_uv_and_pip_it_says_what_to_install(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "has", lambda module: False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        run.make_venv()


def test_a_stamped_environment_costs_nothing(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = (ROOT / run.RUNTIME).read_bytes()
    run.PY.parent.mkdir(parents=True)
    run.PY.touch()
    stamp = run.VENV / f".{run.RUNTIME}.sha256"
    stamp.write_text(hashlib.sha256(lock + platform.python_version().encode()).hexdigest())
    monkeypatch.setattr(run, "call", lambda *words, **options: pytest.fail("something was started"))
    run.ensure(run.RUNTIME)
    stamp.write_text("of an older lock")
    with pytest.raises(pytest.fail.Exception):
        run.ensure(run.RUNTIME)


def test_a_failed_installation_is_no_traceback(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise subprocess.CalledProcessError(1, ["pip", "install", "plumb"])

    monkeypatch.setattr(run, "make_venv", fail)
    with pytest.raises(SystemExit) as stopped:
        run.ensure(run.RUNTIME)
    assert stopped.value.code == 1
    assert "pip install plumb" in capsys.readouterr().err
    assert not (run.VENV / f".{run.RUNTIME}.sha256").exists()


LOCKS = {name: (ROOT / name).read_text() for name in ("requirements.txt", "requirements-dev.txt")}


def pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", LOCKS[name], re.MULTILINE))


def test_the_checks_run_on_what_is_shipped() -> None:
    shipped, checks = pins("requirements.txt"), pins("requirements-dev.txt")
    assert len(shipped) > 20
    assert shipped.items() <= checks.items()


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address_and_hashes_everything(name: str) -> None:
    """A council's mirror must do as well as the public index."""
    assert not re.search(r"https?:|file:|--index-url|--find-links|--extra-index-url", LOCKS[name])
    assert len(re.split(r"\n(?=\S)", LOCKS[name].strip())) == len(pins(name))
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=\S)", LOCKS[name].strip()))


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_what_we_ask_for_is_pinned_and_in_the_lock(name: str) -> None:
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and line[0] not in "#-"]
    asked = dict(re.findall(r"^([\w-]+)(?:\[\w+\])?==(\S+)$", "\n".join(lines), re.MULTILINE))
    assert len(asked) == len(lines)
    locked = pins(name.replace(".in", ".txt"))
    assert {key.lower().replace("_", "-"): version for key, version in asked.items()}.items() <= locked.items()
