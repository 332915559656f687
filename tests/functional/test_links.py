"""No page offers its reader what is not there for that reader: every link of every page is followed.

From one's own first page to wherever the links lead. A review is taken to the points where most can be done to it, and
who was away, excused or in conflict follows the links as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from app import clock
from app.services import panel_decision, panel_items, panel_readings
from tests.support import panels
from tests.support.panels import CHAIR, PanelStory
from tests.support.people_at_work import EVERYBODY, visitor
from tests.support.world import TODAY, World

pytestmark = [pytest.mark.walk, pytest.mark.slow]

AWAY, EXCUSED = "assistant.director", "director"
ELSEWHERE = ("/static/", "/sign-out", "/help", "/settings", "/people")
LONG = ".pdf"  # one for each reader would take longer than all the rest


@pytest.mark.parametrize("phase", ["first moderation", "sealed", "opened", "decided"])
def test_every_link_leads_somewhere(sqlite_world: World, phase: str) -> None:
    with sqlite_world.context(), clock.set_to(TODAY):
        story = PanelStory(sqlite_world, panels.set_up(sqlite_world))
        now = taken_to(story, phase)
    dead, count = [], 0
    with clock.set_to(now):
        for login in EVERYBODY:
            for page, url, status in followed(visitor(sqlite_world, login)):
                count += 1
                if status >= 400:
                    dead.append(f"{login} is led from {page} to {url}: {status}")
    print(f"links, {phase}: {count} followed")
    assert not dead, "\n".join(dead)


def taken_to(story: PanelStory, phase: str) -> datetime:
    """The moment at which to look."""
    for step in ("drafting", "discussion", "hos_moderation", "moderated"):
        getattr(story, step)()
    if phase == "first moderation":
        return TODAY
    story.referred()
    for login in panels.ALL:
        if login != EXCUSED:
            story.read(login)
    if phase == "sealed":
        return TODAY
    return at_the_meeting(story, phase)


def at_the_meeting(story: PanelStory, phase: str) -> datetime:
    actor = story.world.actor
    panel_readings.excuse(actor(CHAIR), story.reading(EXCUSED).id, reason="On leave.")
    now = panels.day_of(story.meeting_id) + timedelta(minutes=4)
    with clock.set_to(now):
        panels.attend(story.world, story.meeting_id, [login for login in panels.ALL if login != AWAY])
        panel_items.open_discussion(actor(CHAIR), story.item.id, story.item.version)
        panel_items.share_comments(actor(CHAIR), story.item.id, story.item.version)
        if phase == "decided":
            panel_decision.decide(actor(CHAIR), story.id, story.review.version, answers=story.agreed_form("good"))
    return now


def followed(client: FlaskClient) -> Iterator[tuple[str, str, int]]:
    """Each address once: the page it was found on, itself, and what came."""
    known, to_do = {"/"}, [("", "/")]
    while to_do:
        page, url = to_do.pop()
        answer = client.get(url)
        yield page, url, answer.status_code
        read = answer.get_data()  # to its end: a file that is sent in pieces holds the request open until then
        text = read.decode() if "html" in str(answer.content_type) else ""
        for each in [answer.location] if answer.location else links(text):
            if each not in known:
                known.add(each)
                to_do.append((url, each))


def links(page: str) -> Iterator[str]:
    """Our own addresses in what a page says, without the filters of a list."""
    for path in re.findall(r'<a [^>]*href="(/[^"#?]*)["#]', page.partition("<header")[2]):
        if not path.startswith(ELSEWHERE) and not path.endswith(LONG):
            yield path
