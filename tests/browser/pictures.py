"""Full-page pictures of the main pages, for each role, wide and narrow: python -m tests.browser.pictures OUTDIR [LOGIN]

Of the demonstration's year, as somebody finds it who starts the service for the first time.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from flask import Flask
from playwright.sync_api import sync_playwright
from sqlalchemy import select

from app import clock, extensions, migrating, security
from app.demo import loading
from app.extensions import session
from app.models.panel import PanelItem, PanelMeeting, PanelReading, Reached
from app.models.recommendations import Recommendation
from app.models.reviews import Review
from app.services import cast
from tests.browser.office import NARROW, WIDE, Office
from tests.support import chromium
from tests.support.live import serving
from tests.support.world import TODAY, World, make_app
from workflows.states import PanelItemState, RecommendationState, ReviewState

# What each role opens. {drafting} is a review at that stage, {open} a recommendation; see `places`.
PAGES: dict[str, list[str]] = {
    "head.qa": [
        "/",
        "/reviews",
        "/recommendations",
        "/programme",
        "/programme/plan",
        "/concerns",
        "/reviews/{hos_moderation}",
        "/reviews/{hos_moderation}/moderation",
        "/reviews/{hos_moderation}/do/return",
        "/reviews/{planned}",
        "/reviews/{planned}/do/withdraw",
        "/reviews/{tracking}",
        "/reviews/{closed}",
        "/reviews/{closed}/history",
        "/reviews/{closed}/compare?old=1&new=2",
        "/reviews/{closed}/recommendations",
        "/reviews/{closed}/documents",
        "/reviews/{closed}/documents/review",
        "/recommendations/{open}",
        "/settings/cover",
        "/settings/local",
        "/panel",
        "/panel/meetings/{held}",
        "/panel/meetings/{being_read}",
        "/panel/meetings/{to_come}",
        "/panel/agreement",
        "/panel/items/{sealed}",
        "/panel/items/{opened}",
        "/panel/items/{decided}",
    ],
    "chair": [
        "/",
        "/panel",
        "/panel/meetings/{held}",
        "/panel/meetings/{being_read}",
        "/panel/items/{sealed}",
        "/panel/items/{sealed}/adjourn",
        "/panel/items/{opened}",
        "/panel/items/{opened}/adjourn",
        "/panel/items/{decided}",
        "/panel/readings/{invited}",
        "/panel/readings/{submitted}",
    ],
    "external.reviewer": [
        "/",
        "/reviews/{planned}",
        "/reviews/{drafting}",
        "/reviews/{drafting}/parts/child",
        "/reviews/{drafting}/parts/standards",
        "/reviews/{drafting}/parts/journey",
        "/reviews/{drafting}/parts/feedback_family",
        "/reviews/{drafting}/parts/recommendations",
        "/reviews/{drafting}/check",
        "/reviews/{discussion}/discussion",
    ],
    "worker": ["/", "/reviews", "/reviews/{discussion}", "/reviews/{discussion}/respond", "/recommendations/{open}"],
    "manager": ["/", "/recommendations", "/reviews/{discussion}/discussion"],
    "deputy.qa": ["/", "/concerns"],
    "agency": ["/", "/reviews", "/reviews/{drafting}"],
    "director": [
        "/",
        "/reviews",
        "/panel",
        "/panel/meetings/{being_read}",
        "/panel/readings/{reading}",
        "/panel/readings/{reading}/declare",
        "/panel/readings/{invited}",
        "/panel/readings/{submitted}",
        "/panel/items/{sealed}",
        "/panel/items/{opened}",
        "/panel/items/{decided}",
        "/panel/items/{decided}/dissent",
        "/reviews/{panel_moderation}",
    ],
    "assistant.director": ["/", "/panel", "/panel/meetings/{being_read}"],
    "admin": ["/", "/people/", "/people/add", "/settings", "/settings/forms", "/settings/closing-days"],
    "oversight": ["/", "/help", "/concerns/raise", "/account"],
}


def demonstration(folder: Path) -> Flask:
    """The demonstration's year up to the suite's Monday, in a file of its own."""
    app = make_app(f"sqlite:///{folder / 'pictures.db'}", folder, "demo")
    with app.app_context(), clock.set_to(TODAY):
        migrating.upgrade(extensions.engine())
        cast.create_cast(security.hash_password(cast.PASSWORD))
        loading.load()
    return app


def places(app: Flask, login: str) -> Iterator[tuple[str, str]]:
    """(stage, id) of the newest review of each stage that this person has a part in, and one open recommendation."""
    world = World(app, "sqlite")
    with app.app_context(), clock.set_to(TODAY):
        person = world.person(login)
        for state in ReviewState:
            rows = session.scalars(select(Review).where(Review.state == state).order_by(Review.id.desc())).all()
            mine = [row for row in rows if person.id in (row.reviewer_id, row.worker_id, row.line_manager_id)]
            if found := next(iter([*mine, *rows]), None):
                yield str(state), found.public_id
        query = select(Recommendation).where(Recommendation.state == RecommendationState.IN_PROGRESS)
        at_work = session.scalars(query.order_by(Recommendation.id.desc())).all()
        own = [row for row in at_work if row.owner_id == person.id]
        if row := next(iter([*own, *at_work]), None):
            yield "open", row.public_id
        yield from _of_the_panel(person.id)


def _of_the_panel(person_id: int) -> Iterator[tuple[str, str]]:
    """The last three meetings; of the sealed items and of the open ones that with the most to see, the one whose
    chair decided; and this person's readings by how far they are."""
    meetings = session.scalars(select(PanelMeeting).order_by(PanelMeeting.starts_at.desc()).limit(3)).all()
    yield from zip(("to_come", "being_read", "held"), (meeting.public_id for meeting in meetings), strict=False)
    items = session.scalars(select(PanelItem).where(PanelItem.latest)).all()
    for item in sorted(items, key=lambda item: len({reading.state for reading in item.readings})):
        name = {PanelItemState.READING: "sealed", PanelItemState.DISCUSSING: "opened"}.get(item.state)
        if item.reached is Reached.CHAIR_DECIDED:
            name = "decided"
        if name:
            yield name, item.public_id
    mine = select(PanelReading).where(PanelReading.person_id == person_id).order_by(PanelReading.id)
    for reading in session.scalars(mine):
        yield str(reading.state), reading.public_id


def take(office: Office, login: str, out: Path) -> None:
    """Every page of one person, at both widths."""
    known = dict(places(office.world.app, login))
    with office.window(login) as page:
        for number, pattern in enumerate(PAGES[login], 1):
            wanted = re.findall(r"{(\w+)}", pattern)
            if not set(wanted) <= known.keys():
                print(f"{login}: nothing is at {wanted} for {pattern}")
                continue
            answer = page.goto(pattern.format(**known))
            if answer is None or answer.status == 404:
                print(f"{login}: not found, {pattern}")
                continue
            page.locator("h1").wait_for()
            name = re.sub(r"[^a-z0-9]+", "-", pattern.lower()).strip("-") or "my-work"
            print(f"{login} {answer.status} {pattern}")
            for width in (WIDE, NARROW):
                page.set_viewport_size({"width": width, "height": 900})
                page.screenshot(path=out / f"{login}-{number:02}-{name}-{width}.png", full_page=True)


def main(arguments: list[str]) -> None:
    """All roles, or those named."""
    out = Path(arguments[0])
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = demonstration(Path(folder))
        browser = playwright.chromium.launch(**chromium.launch_options())
        with serving(app, moment()) as address:
            office = Office(World(app, "sqlite"), address, browser)
            for login in arguments[1:] or PAGES:
                take(office, login, out)
        browser.close()


def moment() -> datetime:
    """Afternoon of the suite's Monday: the demonstration has done its morning's work."""
    return TODAY.replace(hour=14)


if __name__ == "__main__":
    main(sys.argv[1:])
