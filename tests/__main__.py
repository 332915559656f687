"""Every check, in order, each named with its result and its time: `./run test`, `./run quick`.

    python -m tests            everything
    python -m tests --quick    what takes under 90 seconds
    python -m tests -k share   pytest alone, on all the tests, with these arguments

A failed step does not stop the next ones: one run tells all that is wrong. Nothing is skipped
silently; what could not be run counts as failed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import chromium, parts, postgres

ROOT = Path(__file__).resolve().parent.parent
WORKERS = ["-n", "2", "--dist", "worksteal"]
NOT_QUICK = "not browser and not postgres and not pdf and not slow"
QUICK_ROOMS = ("tests/unit", "tests/property", "tests/integration")  # pages are walked by the full run
# Where a wrong branch is a wrong decision about somebody's work: every branch is tested.
STRICT = "workflows/*,app/policy/*,forms/completeness.py"
SUMMARY = re.compile(r"\d+ (passed|failed|errors?|skipped|deselected)\b.* in [\d.]+s|no tests ran in [\d.]+s")


@dataclass
class Step:
    """What was run, whether it went well and what it took."""

    name: str
    ok: bool
    seconds: float

    def __str__(self) -> str:
        return f"{'ok    ' if self.ok else 'FAILED'} {self.seconds:7.1f} s  {self.name}"


@dataclass
class Checks:
    """Runs the steps and remembers how they went."""

    env: dict[str, str]
    steps: list[Step] = field(default_factory=list)
    summaries: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return all(step.ok for step in self.steps)

    def run(self, name: str, *words: str, shown: bool = False) -> bool:
        """One command. Its output is held back, and shown if it fails or if it is worth reading."""
        began = time.monotonic()
        done = subprocess.run(
            words,
            check=False,
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        ok = done.returncode == 0
        if not ok or shown:
            print(f"\n$ {' '.join(words)}\n{done.stdout.rstrip()}\n", flush=True)
        return self.record(name, ok, began)

    def pytest(self, name: str, *words: str) -> bool:
        """Shown as it comes, since it is the long one; its last line is kept for the end."""
        began = time.monotonic()
        summary = "pytest ended before its summary; the reason is above"
        with subprocess.Popen(
            words,
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            for line in process.stdout or ():
                print(line, end="", flush=True)
                if SUMMARY.search(line):
                    summary = line.strip()
        self.summaries.append(summary)
        return self.record(name, process.returncode == 0, began)

    def record(self, name: str, ok: bool, began: float) -> bool:
        self.steps.append(Step(name, ok, time.monotonic() - began))
        print(self.steps[-1], flush=True)
        return ok

    def close(self) -> int:
        """The table again and pytest's own lines, last, where they are seen."""
        print("\n" + "\n".join(map(str, self.steps)))
        print("All checks passed." if self.ok else "There are failed checks.")
        print("\n".join(self.summaries or ["pytest was not run"]), flush=True)
        return 0 if self.ok else 1


def environment(profile: str) -> dict[str, str]:
    """REQUIRE_PG and REQUIRE_BROWSER turn what would be skipped into a failure."""
    asked = {
        "PLUMBLINE_MODE": "test",
        "HYPOTHESIS_PROFILE": profile,
        "REQUIRE_PG": "1",
        "REQUIRE_BROWSER": "1",
    }
    return {**os.environ, **asked}


def tool(name: str) -> str:
    """The program that was installed with this Python, not one of the same name elsewhere."""
    return shutil.which(name, path=str(Path(sys.executable).parent)) or name


def order() -> list[str]:
    """Tests run in a random order, to find those that lean on each other; CI keeps to one.

    What fails there is then about the change, not about the dice.
    """
    return ["-p", "no:randomly"] if os.environ.get("CI") else []


def lint(checks: Checks) -> None:
    checks.run("ruff check", tool("ruff"), "check", "--no-fix", ".")
    checks.run("ruff format", tool("ruff"), "format", "--check", ".")
    checks.run("types (mypy)", tool("mypy"))
    checks.run("import contracts", tool("lint-imports"), "--no-logo")
    checks.run("generated diagrams", sys.executable, "-m", "flask", "--app", "wsgi", "diagrams", "--check")


def ensure_browser(checks: Checks) -> bool:
    began = time.monotonic()
    try:
        chromium.ensure()
    except chromium.NoChromiumError as error:
        print(f"\n{error}\n")
        return checks.record("a browser for the journeys", False, began)
    return checks.record("a browser for the journeys", True, began)


def ensure_postgres(checks: Checks) -> bool:
    """Start one and stop it: where that fails, the reason is seen here once, not in every test."""
    began = time.monotonic()
    try:
        with postgres.TempPostgres():
            return checks.record("a PostgreSQL for the suite", True, began)
    except Exception as error:
        print(f"\n{error}\n")
        return checks.record("a PostgreSQL for the suite", False, began)


def left_out(browser: bool, database: bool) -> list[str]:
    """Without a browser or a server the rest is still worth running; the run has failed already."""
    marks = [name for name, there in (("browser", browser), ("postgres", database)) if not there]
    return ["-m", " and ".join(f"not {name}" for name in marks)] if marks else []


def full() -> int:
    checks = Checks(environment("full"))
    lint(checks)
    if "PLUMBLINE_NESTED" in os.environ:
        return nested(checks)
    selection = left_out(ensure_browser(checks), ensure_postgres(checks))
    coverage = [sys.executable, "-m", "coverage"]
    checks.run("coverage: begin", *coverage, "erase")
    words = ["-m", "pytest", *WORKERS, *order(), *selection, "--part"]
    checks.pytest("pytest, measured", *coverage, "run", *words, parts.MEASURED)
    checks.pytest("pytest: PostgreSQL, journeys, walks, README", sys.executable, *words, parts.REST)
    checks.run("coverage: combine", *coverage, "combine", "-q")
    checks.run("coverage: the whole", *coverage, "report", shown=True)
    checks.run(
        "coverage: every branch of the rules",
        *coverage,
        "report",
        f"--include={STRICT}",
        "--fail-under=100",
    )
    return checks.close()


def nested(checks: Checks) -> int:
    """Inside the suite's own test of the README: the checks of the code, and the tests of one room."""
    checks.pytest("pytest", sys.executable, "-m", "pytest", "-q", "tests/unit/workflows")
    return checks.close()


def quick() -> int:
    checks = Checks(environment("quick"))
    lint(checks)
    checks.pytest("pytest", sys.executable, "-m", "pytest", *WORKERS, "-q", "-m", NOT_QUICK, *QUICK_ROOMS)
    return checks.close()


def pytest_alone(arguments: Sequence[str]) -> int:
    """The browser is installed here too: a journey asked for by name must not find it missing."""
    checks = Checks(environment("full"))
    ensure_browser(checks)
    checks.pytest("pytest", sys.executable, "-m", "pytest", *arguments)
    return checks.close()


def main(arguments: Sequence[str]) -> int:
    if not arguments:
        return full()
    if list(arguments) == ["--quick"]:
        return quick()
    return pytest_alone(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
