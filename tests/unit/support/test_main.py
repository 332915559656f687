"""The runner itself: it must not say that all is well when something was not run."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests import __main__ as runner
from tests.support import chromium, parts, postgres


@pytest.fixture
def checks() -> runner.Checks:
    return runner.Checks(dict(os.environ))


def test_a_step_that_fails_is_shown_and_counts(checks: runner.Checks, capsys: pytest.CaptureFixture[str]) -> None:
    assert checks.run("quiet", sys.executable, "-c", "print('unseen')")
    assert not checks.run("loud", sys.executable, "-c", "print('seen'); raise SystemExit(3)")
    assert checks.run("after it", sys.executable, "-c", "")
    assert checks.close() == 1
    said = capsys.readouterr().out
    assert "\nseen\n" in said
    assert "\nunseen\n" not in said
    assert [step.ok for step in checks.steps] == [True, False, True]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("12 passed in 3.45s", 0),
        ("==== 1 failed, 12 passed, 1 warning in 75.02s (0:01:15) ====", 1),
        ("= no tests ran in 0.01s =", 5),
    ],
)
def test_pytests_own_line_closes(
    checks: runner.Checks, capsys: pytest.CaptureFixture[str], line: str, code: int
) -> None:
    script = f"print('3 passed'); print({line!r}); print('and more'); raise SystemExit({code})"
    assert checks.pytest("pytest", sys.executable, "-c", script) is (code == 0)
    assert checks.close() == (1 if code else 0)
    assert capsys.readouterr().out.splitlines()[-1] == line


def test_a_missing_browser_fails_the_run_and_the_rest_still_runs(
    checks: runner.Checks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise chromium.NoChromiumError("none")

    monkeypatch.setattr(chromium, "ensure", missing)
    assert not runner.ensure_browser(checks)
    assert checks.close() == 1
    assert runner.left_out(browser=False, database=True) == ["-m", "not browser"]


def test_a_missing_server_fails_the_run_and_the_rest_still_runs(
    checks: runner.Checks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise postgres.NoPostgresError("none")

    monkeypatch.setattr(postgres, "find_binaries", missing)
    monkeypatch.delenv("TEST_PG_URL", raising=False)
    assert not runner.ensure_postgres(checks)
    assert checks.close() == 1
    assert runner.left_out(browser=False, database=False) == ["-m", "not browser and not postgres"]


def test_with_both_there_nothing_is_left_out() -> None:
    assert runner.left_out(browser=True, database=True) == []


def test_arguments_go_to_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "full", lambda: 10)
    monkeypatch.setattr(runner, "quick", lambda: 11)
    monkeypatch.setattr(runner, "pytest_alone", len)
    assert [runner.main(words) for words in ([], ["--quick"], ["-k", "journey", "-x"])] == [10, 11, 3]


def test_the_longest_go_first_and_none_is_lost(request: pytest.FixtureRequest) -> None:
    items = request.session.items
    ordered = parts.longest_first(items)
    assert sorted(map(id, ordered)) == sorted(map(id, items))


def test_every_long_test_is_there(repository: Path) -> None:
    """A file that was renamed would be measured again, and nobody would see why it takes so long."""
    assert all((repository / place).exists() for place in (*parts.LONG, *parts.FIRST))
