"""The panel: a meeting of five members with twelve reviews on the whole form, its pages and what is done at it.

Three reviews are made by the services, one as far as each needs, and copied: twelve onto one agenda, and one for each
repetition of what can be done once. `./run bench --only panel` measures this alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pymupdf
from sqlalchemy import Connection, select, text
from werkzeug.datastructures import MultiDict

from app import clock, extensions
from app.extensions import session
from app.models.panel import PanelItem, PanelMeeting, PanelReading
from app.models.reviews import Review
from app.services import panel_decision, panel_items, panel_meetings, panel_readings
from app.services.form_versions import template_of
from app.web import panel_rows
from forms import moderation as forms
from tests.benchmarks import multiply, pages, pool
from tests.benchmarks.data import NOW
from tests.benchmarks.measuring import Probe
from tests.benchmarks.pages import HEAD, Browsers
from tests.benchmarks.report import Line, Target
from tests.support.browsing import main_form
from tests.support.world import World

CHAIR, DIRECTOR = "chair", "director"
MEMBERS = (CHAIR, DIRECTOR, "assistant.director", "head.service", HEAD)
REVIEWS = 12
REFERRED = timedelta(days=14)  # before the meeting
SAVING = "panel: saving a draft beside it"
LAST_ROW = f"?part={panel_rows.CHECK}"
COMMENT = (
    "The account is clear and I could follow it to the record. What I weigh is what changed: the visit was made and "
    "the words are there, the next step is not. I would have asked in supervision who rings the school, and by when. "
)
DISAGREEING = {"director": "requires_improvement", "head.service": "outstanding"}

TARGETS = (
    Target("panel item", "the panel's grid at most 3× the signed-in floor", 3, lambda line: line.to_signed_in),
    Target("panel meeting", "the panel's meeting page at most 3×", 3, lambda line: line.to_signed_in),
    Target("panel pack", "the pre-read pack at most 8 ms a page", 8, lambda line: line.median, " ms"),
)
TO_A_SAVE = {"panel: submitting a reading": 2.0, "panel: deciding": 2.0}


def probes(browsers: Browsers, times: int) -> list[Probe]:
    """The pages and the actions; each action on as many copies as it is repeated."""
    bench = Bench(browsers, times)
    return [*bench.pages(), *bench.actions()]


@dataclass(frozen=True)
class Made:
    """One item and its copies, by their public ids; `readings` are the director's."""

    items: list[str]
    readings: list[str]


class Bench:
    """What is measured, made when it is asked for: after the other pages, whose lists it would lengthen."""

    def __init__(self, browsers: Browsers, times: int) -> None:
        self.browsers, self.times = browsers, times
        world = browsers.world
        with world.context():
            parts = pool.parts()
            agenda = _Story(world, 100, parts)
            agenda.referred()
            agenda.read(MEMBERS)
            unread = _Story(world, 101, parts)
            unread.referred()
            unread.read([each for each in MEMBERS if each != DIRECTOR])
            unread.begun(DIRECTOR)
            sealed = _Story(world, 102, parts)
            sealed.referred()
            sealed.read(MEMBERS)
            sealed.attended()
            opened = _Story(world, 103, parts)
            opened.referred()
            opened.read(MEMBERS)
            opened.attended()
            opened.opened()
            self.meeting = agenda.meeting
            self.unread, self.sealed, self.opened = (self._copied(each) for each in (unread, sealed, opened))
            self.agenda = self._agenda(agenda)
            agenda.attended()
            agenda.opened()

    def _agenda(self, story: _Story) -> list[str]:
        """Twelve reviews on one agenda."""
        meeting_id = story.item.meeting_id
        with extensions.engine().begin() as connection:
            copies = multiply.repeat(connection, story.id, REVIEWS - 1)
            _onto_one_agenda(connection, copies, meeting_id)
        session.rollback()
        return [story.item.public_id, *_items(copies)]

    def _copied(self, story: _Story) -> Made:
        session.rollback()
        with extensions.engine().begin() as connection:
            copies = multiply.repeat(connection, story.id, self.times + 1)  # one to look at
        items = _items(copies)
        mine = select(PanelReading.public_id).join(PanelReading.item).join(PanelReading.person)
        mine = mine.where(PanelReading.person_id == story.world.person(DIRECTOR).id, PanelItem.public_id.in_(items))
        return Made(items, list(session.scalars(mine.order_by(PanelReading.id))))

    # Pages

    def pages(self) -> list[Probe]:
        first = f"/panel/items/{self.agenda[0]}"
        found = [
            self._page("panel item, opened", CHAIR, first),
            self._page("panel item, opened", DIRECTOR, first),
            self._page("panel item, settling", CHAIR, f"{first}?part={panel_rows.RECOMMENDATIONS}"),
            self._page("panel item, checking", CHAIR, f"{first}?part={panel_rows.CHECK}"),
            self._page("panel item, sealed", CHAIR, f"/panel/items/{self.agenda[-1]}"),
            self._page("panel reading", DIRECTOR, f"/panel/readings/{self.unread.readings[-1]}"),
        ]
        if meeting := self._address("panel.meeting"):
            found += [self._page("panel meeting", CHAIR, meeting), self._page("panel meeting", HEAD, meeting)]
        if pack := self._address("panel_documents.pack"):
            found.append(self._pack(pack))
        return found

    def _page(self, name: str, who: str, url: str) -> Probe:
        return Probe(name, who, lambda _n: self.browsers.client(who).get(url), floor=who)

    def _address(self, endpoint: str) -> str:
        """Of the meeting's page or document, empty where there is none yet."""
        app = self.browsers.world.app
        if endpoint not in app.view_functions:
            return ""
        return app.url_map.bind("localhost").build(endpoint, {"public_id": self.meeting})

    def _pack(self, url: str) -> Probe:
        client = self.browsers.client(DIRECTOR)
        count = len(pymupdf.open(stream=client.get(url).data))
        name = f"panel pack, a page of {count}"
        return Probe(name, DIRECTOR, lambda _n: client.get(url), floor=DIRECTOR, units=count)

    # Actions

    def actions(self) -> list[Probe]:
        saving = pages.saving(self.browsers)
        saving.name = SAVING
        return [
            saving,
            self._taking(
                "panel: submitting a reading", DIRECTOR, _urls("readings", self.unread.readings), submit="yes"
            ),
            self._taking("panel: opening an item", CHAIR, _urls("items", self.sealed.items, "/open")),
            self._taking("panel: saving the agreed form", CHAIR, _urls("items", self.opened.items)),
            self._taking("panel: deciding", CHAIR, _urls("items", self.opened.items, LAST_ROW), confirm="yes"),
        ]

    def _taking(self, name: str, who: str, urls: list[str], **pressed: str) -> Probe:
        """The page's form, sent as it stands, once on each copy; it is read beforehand and in no time measured."""
        client = self.browsers.client(who)
        posted: dict[str, MultiDict[str, str]] = {}

        def form(url: str) -> MultiDict[str, str]:
            page = client.get(url)
            return main_form(page.get_data(as_text=True), "version")[1]

        def prepare(number: int) -> None:
            posted[urls[number]] = MultiDict([*form(urls[number]).items(multi=True), *pressed.items()])

        def take(number: int) -> Any:
            return client.post(urls[number], data=posted[urls[number]])

        return Probe(name, who, take, expected=303, floor=who, prepare=prepare)


def _urls(kind: str, ids: Sequence[str], action: str = "") -> list[str]:
    return [f"/panel/{kind}/{public_id}{action}" for public_id in ids]


def _items(reviews: Sequence[str]) -> list[str]:
    query = select(PanelItem.public_id).join(PanelItem.review).where(Review.public_id.in_(reviews))
    return list(session.scalars(query.order_by(PanelItem.id)))


def _onto_one_agenda(connection: Connection, reviews: Sequence[str], meeting_id: int | None) -> None:
    """A copied item comes with a meeting of its own: these are heard at the one that was copied."""
    ids = connection.scalars(select(PanelItem.id).join(PanelItem.review).where(Review.public_id.in_(reviews))).all()
    for place, item_id in enumerate(ids, 2):
        given = {"meeting": meeting_id, "place": place, "item": item_id}
        connection.execute(
            text("UPDATE panel_item SET meeting_id = :meeting, position = :place WHERE id = :item"), given
        )
        connection.execute(text("UPDATE panel_listing SET meeting_id = :meeting WHERE item_id = :item"), given)


class _Story(pool.Story):
    """One review on the whole form, with texts as long as real ones, walked to a meeting of five."""

    def __init__(self, world: World, number: int, parts: dict[str, dict[str, Any]]) -> None:
        self.starts = NOW - timedelta(minutes=20)
        self.earlier: Callable[[], Any] = lambda: clock.set_to(NOW - REFERRED)
        with self.earlier(), pool.nobody_drawn():
            super().__init__(world, number)
            self.moderated(parts)
            self.meeting = self._set_up()

    def _set_up(self) -> str:
        people = [self.world.public_id(login) for login in MEMBERS]
        plan = panel_meetings.Plan(
            starts_at=self.starts, minutes=90, place="Committee room 2", chair=people[0], deputy_chair=None,
            members=people,
        )  # fmt: skip
        return panel_meetings.set_up(self.world.actor(HEAD), plan)

    @property
    def item(self) -> PanelItem:
        session.rollback()
        return session.scalars(select(PanelItem).where(PanelItem.review_id == self.id, PanelItem.latest)).one()

    def referred(self) -> None:
        with self.earlier():
            panel_items.refer(self.world.actor(HEAD), self.id, self.review.version, meeting=self.meeting)

    def read(self, logins: Sequence[str]) -> None:
        for login in logins:
            row = self._reading(login)
            given = _answers(row.item, DISAGREEING.get(login))
            panel_readings.submit(self.world.actor(login), row.id, expected_version=row.version, answers=given)

    def begun(self, login: str) -> None:
        """Complete, and not yet submitted."""
        row = self._reading(login)
        panel_readings.save(self.world.actor(login), row.id, _answers(row.item, None), expected_version=row.version)

    def _reading(self, login: str) -> PanelReading:
        person_id = self.world.person(login).id
        query = select(PanelReading).where(PanelReading.item_id == self.item.id, PanelReading.person_id == person_id)
        return session.scalars(query).one()

    def attended(self) -> None:
        session.rollback()
        row = session.scalars(select(PanelMeeting).where(PanelMeeting.public_id == self.meeting)).one()
        here = [self.world.public_id(login) for login in MEMBERS]
        panel_meetings.attend(self.world.actor(CHAIR), row.id, row.version, here)

    def opened(self) -> None:
        """With the agreed form saved as it will be confirmed."""
        item = self.item
        panel_items.open_discussion(self.world.actor(CHAIR), item.id, item.version)
        panel_decision.save(self.world.actor(CHAIR), item.id, _agreed(self.item), expected_version=0)


def _answers(item: PanelItem, grade: str | None) -> dict[str, Any]:
    """A whole moderation form with a comment on every part; `grade` in three sections in place of the reviewer's."""
    own, form = template_of(item.review.form_version), template_of(item.form_version)
    submitted = item.revision.content["parts"]
    graded = {part: section for section, part in forms.sections(own, form).items()}
    apart = ("needs", "oversight", "identity")
    found: dict[str, Any] = {}
    for part in forms.asked(own, form):
        if part.key == "actions":
            found[part.key] = {"any_actions": "none", "actions": []}
        elif part.key == "feedback":
            found[part.key] = {"family": "agree", "staff": "agree", "comment": COMMENT}
        elif part.key in (*graded, forms.SUMMARY):
            theirs = submitted[graded.get(part.key, part.key)]["grade"]
            mine = grade if grade and part.key in apart else theirs
            same = forms.AGREE if mine == theirs else forms.DISAGREE
            found[part.key] = {"agree": same, "grade": mine, "comment": COMMENT * 2}
        else:
            found[part.key] = {"agree": "agree", "comment": COMMENT}
    return found


def _agreed(item: PanelItem) -> dict[str, Any]:
    """The decision as the chair has written it: the reviewer's grades, every recommendation kept."""
    rows = panel_decision.open_rows(item.review, item)
    return {
        "form": _answers(item, None),
        "reasons": {},
        "recommendations": {row["key"]: {"what": "keep"} for row in rows},
        "added": [],
        "reached": "agreed",
        "reached_reason": "",
        "themes": ["Reasons that are not written down"],
        "dissents": {},
    }


def to_a_save(found: Sequence[Line]) -> list[str]:
    """Submitting and deciding beside the saving of a draft, both as ratios to their own floors of the same rounds."""
    said = []
    for save in [line for line in found if line.name == SAVING]:
        for line in found:
            most = TO_A_SAVE.get(line.name)
            if most is not None and line.reviews == save.reviews and line.backend == save.backend:
                times = line.median / save.median
                met = "met    " if times <= most else "NOT MET"
                said.append(
                    f"{met}  {line.name} at most {most:.0f}× a draft save: {times:.2f}× ({line.reviews:,} reviews)"
                )
    return said
