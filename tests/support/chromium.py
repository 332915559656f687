"""The browser of the journeys: Debian's Chromium, installed when it is absent and we may.

    @pytest.fixture(scope="session")
    def browser_type_launch_args(browser_type_launch_args):
        return browser_type_launch_args | launch_options()

TEST_CHROMIUM names another program.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-liberation")
# Where `playwright install chromium` puts it, under its cache folder.
PLAYWRIGHT = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium",
    "chromium-*/chrome-win*/chrome.exe",
)


class NoChromiumError(RuntimeError):
    """There is no browser to be had; the text says what was tried."""


@functools.cache
def find() -> Path | None:
    """A Chromium that starts, or None."""
    return next((path for path in candidates() if works(path)), None)


def candidates() -> Iterator[Path]:
    if named := os.environ.get("TEST_CHROMIUM"):
        yield Path(named)
        return
    yield from (Path(found) for name in NAMES if (found := shutil.which(name)))
    yield from (path for cache in _caches() for pattern in PLAYWRIGHT for path in sorted(cache.glob(pattern)))


def _caches() -> list[Path]:
    if named := os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        return [Path(named)]
    home = Path.home()
    return [home / ".cache/ms-playwright", home / "Library/Caches/ms-playwright"]


def works(program: Path) -> bool:
    """Some systems have a `chromium-browser` that only says where to get the real one."""
    try:
        done = subprocess.run([program, "--version"], check=False, capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and b"chrom" in done.stdout.lower()


def ensure() -> Path:
    """The Chromium to use, installed if need be, or NoChromiumError."""
    tried = []
    for install in (None, _install_debian, _install_playwright):
        if install and (said := install()):
            tried.append(said)
        find.cache_clear()
        if found := find():
            return found
    raise NoChromiumError("There is no Chromium, and none could be installed.\n" + "\n".join(tried))


def _install_debian() -> str | None:
    """The reason why not, or None."""
    if not shutil.which("apt-get") or os.getuid() != 0:
        return "apt-get: only on Debian and as root. There: apt-get install " + " ".join(PACKAGES)
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *PACKAGES]
    return _try(["apt-get", "update", "-q"]) or _try(install)


def _install_playwright() -> str | None:
    return _try([sys.executable, "-m", "playwright", "install", "chromium"])


def _try(words: list[str]) -> str | None:
    print("$ " + " ".join(words), flush=True)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            words,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=quiet,
            timeout=900,
        )
    except subprocess.TimeoutExpired:
        return f"{words[0]}: gave up after 15 minutes"
    return f"{' '.join(words)}:\n{done.stdout[-2000:]}" if done.returncode else None


def launch_options() -> dict[str, Any]:
    """For Playwright's launch. Chromium's sandbox does not work for root."""
    found = find()
    if found is None:
        raise NoChromiumError("There is no Chromium: ./run test installs it where it may.")
    arguments = ["--disable-background-networking"]
    if os.name != "nt" and os.getuid() == 0:
        arguments.append("--no-sandbox")
    return {"executable_path": str(found), "args": arguments}
