"""Finding and installing the browser, without installing one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import chromium
from tests.support.chromium import NoChromiumError


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A machine with nothing on it: an empty PATH, an empty home."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "cache"))
    monkeypatch.delenv("TEST_CHROMIUM", raising=False)
    chromium.find.cache_clear()
    yield tmp_path
    chromium.find.cache_clear()


def program(path: Path, said: str = "Chromium 1.2.3", code: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{said}'\nexit {code}\n")
    path.chmod(0o755)
    return path


def test_nothing_is_found_where_nothing_is() -> None:
    assert chromium.find() is None
    with pytest.raises(NoChromiumError):
        chromium.launch_options()


def test_the_one_on_the_path_is_found(bare: Path) -> None:
    made = program(bare / "bin" / "chromium")
    assert chromium.find() == made
    assert chromium.launch_options()["executable_path"] == str(made)


def test_one_that_only_advertises_is_passed_over(bare: Path) -> None:
    program(bare / "bin" / "chromium", "Install the snap", 1)
    real = program(bare / "bin" / "google-chrome", "Google Chrome 1.2.3")
    assert chromium.find() == real


def test_playwrights_own_is_found(bare: Path) -> None:
    made = program(bare / "cache" / "chromium-1200" / "chrome-linux64" / "chrome")
    assert chromium.find() == made


def test_a_named_one_is_the_only_one(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bare / "bin" / "chromium")
    monkeypatch.setenv("TEST_CHROMIUM", str(bare / "none"))
    assert chromium.find() is None


def test_what_is_there_is_not_installed_again(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = program(bare / "bin" / "chromium")
    monkeypatch.setattr(chromium, "_install_debian", lambda: pytest.fail("installed"))
    assert chromium.ensure() == made


def test_what_is_missing_is_installed(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = bare / "bin" / "chromium"
    monkeypatch.setattr(chromium, "_install_debian", lambda: str(program(made)) and None)
    assert chromium.ensure() == made


def test_when_all_fails_it_says_what_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "_install_playwright", lambda: "no network")
    with pytest.raises(NoChromiumError, match=r"(?s)apt-get install chromium.*no network"):
        chromium.ensure()
