"""One Chromium and one live world for the browser tests of a module."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from app import clock
from tests.browser.office import Office
from tests.support import chromium, memory
from tests.support.live import serving
from tests.support.world import TODAY, SqliteWorlds


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """The suite's Chromium; ended with the module, since another may start its own."""
    if chromium.find() is None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail("there is no Chromium")
        pytest.skip("there is no Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium.launch_options())
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def live_worlds() -> Iterator[SqliteWorlds]:
    """An application of its own: the others' is pointed at another database with every test."""
    with memory.folder() as folder:
        yield SqliteWorlds(folder, remembers=False)


@pytest.fixture(scope="module")
def office(live_worlds: SqliteWorlds, chrome: Browser) -> Iterator[Office]:
    """A world behind a port, where the journeys of a module leave their reviews side by side."""
    with live_worlds.fresh() as world, serving(world.app) as address:
        yield Office(world, address, chrome)


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    """What a test makes through the services it makes on the day the live world is at."""
    with clock.set_to(TODAY):
        yield
