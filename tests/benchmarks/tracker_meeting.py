"""The tracker meeting: one recommendation's page on the shared screen, saving what is said, recording it.

`probes(browsers, times)` and `to_a_save(found)` are what `./run bench` calls; it plans a meeting of today over the
recommendations that are open in the year that was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.tracker import TrackerItem, TrackerMeeting
from app.services import tracker_items, tracker_meetings
from tests.benchmarks import pages
from tests.benchmarks.measuring import Probe
from tests.benchmarks.pages import HEAD, JSON, Browsers
from tests.benchmarks.report import Line
from tests.support.browsing import main_form
from tests.support.world import World

SAVING, SAVED, RECORDED = "tracker: saving a draft beside it", "tracker: saving an item", "tracker: recording an item"
MOST = 2.0
NOTE = "The school was rung and the plan of the ninth was read to the child, who asked who would come next week. " * 4


def probes(browsers: Browsers, times: int) -> list[Probe]:
    """The pages of the meeting and the two saves; nothing where nothing is open."""
    with browsers.world.context():
        made = _meeting(browsers.world)
    if not made.urls:
        return []
    saving = pages.saving(browsers)
    saving.name = SAVING
    item = _Item(browsers, made.urls[0])
    return [
        _page(browsers, "tracker: an item on the screen", made.urls[-1]),
        _page(browsers, "tracker: the meeting", made.url),
        _page(browsers, "tracker: minutes as a PDF", f"{made.url}/minutes.pdf"),
        saving,
        Probe(SAVED, HEAD, item.save, floor=HEAD),
        *([Probe(RECORDED, HEAD, item.record, expected=303, floor=HEAD)] if times else []),
    ]


def _page(browsers: Browsers, name: str, url: str) -> Probe:
    return Probe(name, HEAD, lambda _n: browsers.client(HEAD).get(url), floor=HEAD)


class _Made:
    """A meeting that has begun: its address, and those of its items."""

    def __init__(self, public_id: str, items: Sequence[str]) -> None:
        self.url = f"/tracker/meetings/{public_id}"
        self.urls = [f"/tracker/items/{item}" for item in items]


def _meeting(world: World) -> _Made:
    head = world.actor(HEAD)
    people = [world.public_id("head.service"), world.public_id(HEAD)]
    plan = tracker_meetings.Plan(held_on=clock.today(), place="Room 2", people=people)
    public_id = tracker_meetings.plan(head, plan)
    row = session.scalars(select(TrackerMeeting).where(TrackerMeeting.public_id == public_id)).one()
    tracker_items.build(head, row.id, row.version, weeks=tracker_items.EVERYTHING, ask_owners=False)
    row = session.scalars(select(TrackerMeeting).where(TrackerMeeting.public_id == public_id)).one()
    tracker_meetings.attend(head, row.id, row.version, people)
    items = select(TrackerItem.public_id).where(TrackerItem.meeting_id == row.id).order_by(TrackerItem.place)
    return _Made(public_id, list(session.scalars(items)))


class _Item:
    """Saving one item again and again, each time with another text, as the page's script does."""

    def __init__(self, browsers: Browsers, url: str) -> None:
        self.client, self.url = browsers.client(HEAD), url
        self.fields = main_form(self.client.get(url).get_data(as_text=True), "progress")[1]

    def save(self, number: int) -> Any:
        self.fields["progress"] = f"{NOTE} {number}"
        answer = self.client.post(self.url, data=self.fields, headers=JSON)
        if answer.is_json:
            self.fields["version"] = str(answer.get_json()["version"])
        return answer

    def record(self, number: int) -> Any:
        """Every second of these follows a save, so that there is something new to record each time."""
        self.fields["progress"] = f"{NOTE} recorded {number}"
        answer = self.client.post(self.url, data={**self.fields.to_dict(), "record": "yes"})
        self.fields["version"] = str(int(self.fields["version"]) + 1)
        return answer


def to_a_save(found: Sequence[Line]) -> list[str]:
    """Saving an item beside the saving of a draft, of the same rounds."""
    said = []
    for save in [line for line in found if line.name == SAVING]:
        for line in found:
            if line.name == SAVED and (line.reviews, line.backend) == (save.reviews, save.backend):
                times = line.median / save.median
                met = "met    " if times <= MOST else "NOT MET"
                said.append(
                    f"{met}  {line.name} at most {MOST:.0f}× a draft save: {times:.2f}× ({line.reviews:,} reviews)"
                )
    return said
