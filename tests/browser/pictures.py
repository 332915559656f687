"""Full-page pictures of the main pages, for each role, wide and narrow: python -m tests.browser.pictures OUTDIR [LOGIN]

With --front OUTDIR those of the tracker that the README shows.
Of the demonstration's year, as somebody finds it who starts the service for the first time.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import sync_playwright
from sqlalchemy import select

from app import clock, extensions, migrating, security
from app.demo import loading
from app.extensions import session
from app.models.panel import PanelItem, PanelMeeting, PanelReading, Reached
from app.models.recommendations import Recommendation
from app.models.reviews import Review
from app.models.tracker import TrackerMeeting
from app.services import cast
from tests.browser.office import NARROW, WIDE, Office
from tests.support import chromium, trackers
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
        "/recommendations/{open}/do/extend",
        "/tracker",
        "/tracker/meetings/{tracker}",
        "/tracker/meetings/{tracker}/agenda",
        "/activities",
        "/plans",
        "/plans/import",
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
    "worker": [
        "/",
        "/reviews",
        "/reviews/{discussion}",
        "/reviews/{discussion}/respond",
        "/recommendations/{open}",
        "/tracker/meetings/{tracker}/prepare",
        "/supervision",
    ],
    "manager": [
        "/",
        "/recommendations",
        "/reviews/{discussion}/discussion",
        "/tracker/meetings/{tracker}/prepare",
        "/supervision",
    ],
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
        to_come = select(TrackerMeeting).where(TrackerMeeting.started_at.is_(None))
        if meeting := session.scalars(to_come.order_by(TrackerMeeting.held_on)).first():
            yield "tracker", meeting.public_id
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


# The README's pictures of the tracker: name, page and height. {path} and {screen} as in `front_places`.
FRONT = (
    ("recommendations", "/recommendations", 1100),
    ("recommendation", "/recommendations/{path}", 900),
    ("tracker-meeting", "/tracker/items/{screen}", 1070),
)
VERIFIED = "Get the boy back to a whole timetable"
TALKED_ABOUT = "Ask the adult learning disability service"
BEFORE: dict[str, Any] = {
    "progress": "The child's own calendar shows each visit.",
    "decision": "The verifier asks the child.",
}
SAID: dict[str, Any] = {
    "progress": "The voice messages work. The psychologist has the referral and sees the mother on 14 January.",
    "impact": "Her daughter says that she does not read the letters out any more.",
}


def front_places(world: World) -> dict[str, str]:
    """One whose impact was verified; and one on the shared screen of a meeting that goes on, after the first of it."""
    with world.app.app_context(), clock.set_to(moment()):
        path = session.scalars(select(Recommendation).where(Recommendation.action.startswith(VERIFIED))).first()
        row = session.scalars(select(Recommendation).where(Recommendation.action.startswith(TALKED_ABOUT))).first()
        if path is None or row is None:
            raise LookupError("the demonstration tells another story now")
        verified, row_id = path.public_id, row.id
        made = trackers.begun(world)
        first = next(item for item in trackers.meeting(made).items if item.recommendation_id != row_id)
        trackers.say(world, first, **BEFORE)
        shown = trackers.item_of(made, row_id)
        trackers.say(world, shown, record=False, forecast="at_risk", **SAID)
        return {"path": verified, "screen": shown.public_id}


def take_front(office: Office, out: Path) -> None:
    """As the Head of QA sees them, as much as a page shows at once."""
    known = front_places(office.world)
    with office.window("head.qa") as page:
        for name, pattern, height in FRONT:
            page.set_viewport_size({"width": WIDE, "height": height})
            page.goto(pattern.format(**known))
            page.locator("h1").wait_for()
            page.screenshot(path=out / f"{name}.png")


def main(arguments: list[str]) -> None:
    """All roles, or those named; or the README's."""
    front = arguments[0] == "--front"
    out, logins = Path(arguments[front]), arguments[1 + front :]
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = demonstration(Path(folder))
        browser = playwright.chromium.launch(**chromium.launch_options())
        with serving(app, moment()) as address:
            office = Office(World(app, "sqlite"), address, browser)
            if front:
                take_front(office, out)
            for login in () if front else logins or PAGES:
                take(office, login, out)
        browser.close()


def moment() -> datetime:
    """Afternoon of the suite's Monday: the demonstration has done its morning's work."""
    return TODAY.replace(hour=14)


if __name__ == "__main__":
    main(sys.argv[1:])
