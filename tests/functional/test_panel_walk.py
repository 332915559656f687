"""R11 at the panel: each role, at each phase, on every channel.

Every person writes words that are in nothing else. At each phase of a review's way through the panel all of the cast
open every page, document, calendar and list; what they find must be in the table below, which is the handbook's,
written out: no more, and (for those named in it) no less.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from app import clock
from app.models.panel import PanelReading
from app.services import issuing, panel_decision, panel_items, panel_readings
from app.services.form_versions import template_of
from app.web import panel_rows
from forms import moderation
from tests.functional.test_access_walk import digests, whole_form
from tests.functional.test_visibility_walk import Look
from tests.support import panels
from tests.support.panels import PanelStory
from tests.support.people_at_work import EVERYBODY, Case, Mark, MarkedStory, address, token, visitor
from tests.support.world import TODAY, World

pytestmark = [pytest.mark.walk, pytest.mark.slow]

R, W, M = "external.reviewer", "worker", "manager"
CHAIR, DIRECTOR, ASSISTANT, HEAD_CARE, HEAD = "chair", "director", "assistant.director", "head.service", "head.qa"
DEPUTY_CHAIR, DEPUTY, AGENCY = "deputy.chair", "deputy.qa", "agency"
MEMBERS = (CHAIR, DEPUTY_CHAIR, DIRECTOR, ASSISTANT, HEAD_CARE, HEAD)

# What is planted beside the marks of a review: one word for each reading, and the words of the meeting.
REFERENCE, TEXT, ANSWER, CONFIDENTIAL = "the reference", "the review's text", "an answer", "said in confidence"
CHECK, ADDED, EXCUSED, CONFLICT = "comment of the first moderation", "an addition", "why excused", "the conflict"
FINAL, CHAIR_WHY, DISSENT, ADJOURNED = "reason of a final grade", "why the chair decided", "a dissent", "why adjourned"


def reading_of(login: str) -> str:
    return f"the reading of {login}"


READINGS = frozenset(reading_of(login) for login in MEMBERS)
REVIEW = frozenset({REFERENCE, TEXT, ANSWER, CONFIDENTIAL})
RESPONDENT = frozenset({REFERENCE, TEXT, ANSWER})
MEETING = frozenset({FINAL, CHAIR_WHY, DISSENT})
Allowed = Mapping[str, AbstractSet[str]]

OUTSIDE: dict[str, AbstractSet[str]] = {R: REVIEW, W: RESPONDENT, M: RESPONDENT, AGENCY: {REFERENCE}}
SEALED: dict[str, AbstractSet[str]] = {
    **OUTSIDE,
    **{login: REVIEW | {reading_of(login)} for login in MEMBERS},
    HEAD: REVIEW | {reading_of(HEAD), CHECK},
}
# Why somebody was excused is the panel's own business: it is in the minutes, which are the panel's.
OPEN = {**SEALED, **{login: SEALED[login] | READINGS | {ADDED, EXCUSED} for login in MEMBERS if login != HEAD_CARE}}
DECIDED = {**OPEN, **{login: OPEN[login] | READINGS | MEETING | {ADDED} for login in MEMBERS}}
SHARED = READINGS  # the comments, without whose they are
NOTHING: AbstractSet[str] = frozenset()

TABLE: dict[str, Allowed] = {
    # why somebody was excused: they themselves, the chair who excused them, the Head of QA who lists who has read
    "sealed": {**SEALED, **{login: SEALED[login] | {EXCUSED} for login in (HEAD_CARE, CHAIR, HEAD)}},
    "opened": {**OPEN, HEAD_CARE: SEALED[HEAD_CARE] | {EXCUSED}},
    "shared": {**OPEN, HEAD_CARE: SEALED[HEAD_CARE] | {EXCUSED}, R: OUTSIDE[R] | SHARED},
    "late conflict": {**OPEN, HEAD_CARE: SEALED[HEAD_CARE] | {EXCUSED}, DIRECTOR: NOTHING},
    "adjourned": {**{login: seen | {ADJOURNED} for login, seen in OPEN.items() if login in MEMBERS}, **OUTSIDE,
                  HEAD_CARE: SEALED[HEAD_CARE] | {EXCUSED, ADJOURNED}},
    "chair in conflict": {**OPEN, HEAD_CARE: SEALED[HEAD_CARE] | {EXCUSED}, CHAIR: NOTHING},
    "decided": {**DECIDED, R: OUTSIDE[R] | SHARED, HEAD_CARE: DECIDED[HEAD_CARE] | {EXCUSED}},
    # from issue on the record with its reasons and dissents is everybody's who had a part in it
    "issued": {**DECIDED, R: OUTSIDE[R] | SHARED | MEETING, W: RESPONDENT | MEETING, M: RESPONDENT | MEETING,
               HEAD_CARE: DECIDED[HEAD_CARE] | {EXCUSED}},
    "sent back": {R: REVIEW | {ADJOURNED}, W: {REFERENCE}, M: {REFERENCE}, HEAD: {REFERENCE, ADJOURNED},
                  AGENCY: {REFERENCE}},
    "withdrawn": {R: {REFERENCE}, HEAD: frozenset({REFERENCE, TEXT, ANSWER, CONFIDENTIAL, CHECK, ADJOURNED})},
}  # fmt: skip
MUST: dict[str, dict[str, AbstractSet[str]]] = {
    "sealed": {login: {TEXT, reading_of(login)} for login in MEMBERS if login != HEAD_CARE},
    "opened": {DIRECTOR: READINGS - {reading_of(HEAD_CARE)}, HEAD_CARE: {TEXT}},
    "shared": {R: {reading_of(DIRECTOR)}},
    "late conflict": {CHAIR: {reading_of(HEAD)}},
    "adjourned": {DIRECTOR: {reading_of(CHAIR)}},
    "chair in conflict": {DEPUTY_CHAIR: {reading_of(DIRECTOR)}},
    "decided": {HEAD_CARE: {reading_of(DIRECTOR), FINAL}, DIRECTOR: {DISSENT, CHAIR_WHY}, R: {TEXT}},
    "issued": {R: {FINAL}, W: {FINAL}, HEAD: {DISSENT}},
    "sent back": {R: {ADJOURNED}},
    "withdrawn": {HEAD: {TEXT}},
}


@dataclass
class Passage:
    """One review on its way through the panel, with planted words."""

    world: World
    meeting: str = ""
    story: Any = None
    words: dict[str, str] = field(default_factory=dict)
    now: datetime = TODAY

    def prepare(self) -> None:
        self.meeting = panels.set_up(self.world)
        self.story = Marked(self.world, "panel", "P", meeting_id=self.meeting)
        self.story.panel_moderation()
        mark = self.story.mark
        self.words = {
            REFERENCE: self.story.review.reference, TEXT: mark("draft"), ANSWER: mark("worker"),
            CONFIDENTIAL: mark("confidential"), CHECK: mark("comment"), ADDED: mark("added"),
            EXCUSED: mark("excused"), CONFLICT: mark("conflict"), FINAL: mark("final"), CHAIR_WHY: mark("chairwhy"),
            DISSENT: mark("dissent"), ADJOURNED: mark("adjourned"),
            **{reading_of(login): mark("reading" + login.replace(".", "")) for login in MEMBERS},
        }  # fmt: skip

    def actor(self, login: str) -> Any:
        return self.world.actor(login)

    def read(self, but: tuple[str, ...] = (HEAD_CARE,)) -> None:
        for login in MEMBERS:
            if login not in but:
                self.story.read(login, comment=f"{self.words[reading_of(login)]} is what I think.")
        row = self.story.reading(HEAD_CARE)
        panel_readings.save(
            self.actor(HEAD_CARE), row.id,
            {"journey": panels.reading_answers(row.item, comment=self.words[reading_of(HEAD_CARE)])["journey"]},
            expected_version=row.version,
        )  # fmt: skip
        panel_readings.excuse(self.actor(CHAIR), row.id, reason=f"{self.words[EXCUSED]} away")

    def open(self, login: str = CHAIR) -> None:
        self.now = panels.day_of(self.meeting) + timedelta(minutes=4)
        with clock.set_to(self.now):
            self.story.opened(login)
            row = self.story.reading(DEPUTY_CHAIR)
            panel_readings.add(self.actor(DEPUTY_CHAIR), row.id, text=f"{self.words[ADDED]} since.")

    def do(self, act: Callable[[], None]) -> None:
        with clock.set_to(self.now):
            act()

    def declare(self, login: str) -> None:
        row: PanelReading = self.story.reading(login)
        panel_readings.declare_conflict(self.actor(login), row.id, reason=f"{self.words[CONFLICT]} and I")

    def share(self) -> None:
        item = self.story.item
        panel_items.share_comments(self.actor(CHAIR), item.id, item.version)

    def adjourn(self) -> None:
        item = self.story.item
        panel_items.adjourn(self.actor(CHAIR), item.id, item.version, reason=f"{self.words[ADJOURNED]} first")

    def decide(self) -> None:
        given = self.story.agreed_form("good")
        given["form"]["needs"]["grade"] = "requires_improvement"
        given["reasons"] = {"needs": f"{self.words[FINAL]} is the reason"}
        given |= {"reached": "chair_decided", "reached_reason": f"{self.words[CHAIR_WHY]} weighs more"}
        given["dissents"] = {self.world.public_id(DIRECTOR): f"{self.words[DISSENT]} is not what I read"}
        panel_decision.decide(self.actor(CHAIR), self.story.id, self.story.review.version, answers=given)

    def issue(self) -> None:
        today = clock.today()
        issuing.issue(
            self.actor(HEAD), self.story.id, self.story.review.version, sent_on=today,
            tracker_meeting_on=today + timedelta(days=9), told_by="The Head of QA", told_on=today,
        )  # fmt: skip

    def send_back(self) -> None:
        panel_items.send_back(
            self.actor(CHAIR), self.story.id, self.story.review.version, reason=f"{self.words[ADJOURNED]} again"
        )

    def withdraw(self) -> None:
        reason = f"{self.words[ADJOURNED]} twice"
        issuing.withdraw(self.actor(HEAD), self.story.id, self.story.review.version, reason=reason)


class Marked(MarkedStory, PanelStory):
    """A review on the whole form with planted words, before the panel."""

    def __init__(self, world: World, stage: str, letter: str, **changes: Any) -> None:
        super().__init__(world, stage, letter, full=True, **changes)

    def panel_moderation(self) -> None:
        for step in ("drafting", "discussion", "hos_moderation", "moderated", "referred"):
            getattr(self, step)()


PHASES: dict[str, tuple[str, ...]] = {
    "sealed": ("read",),
    "opened": ("read", "open"),
    "shared": ("read", "open", "share"),
    "late conflict": ("read", "open", "declare director"),
    "adjourned": ("read", "open", "adjourn"),
    "chair in conflict": ("read", "declare chair", "open deputy.chair"),
    "decided": ("read", "open", "share", "decide"),
    "issued": ("read", "open", "share", "decide", "issue"),
    "sent back": ("read", "open", "send_back"),
    "withdrawn": ("read", "withdraw"),
}


def walked_to(world: World, phase: str) -> tuple[Passage, Case, list[str], datetime]:
    """The review at a phase; its case, the addresses of the panel's pages, and the moment it is looked at."""
    with world.context(), clock.set_to(TODAY):
        passage = Passage(world)
        passage.prepare()
    for step in PHASES[phase]:
        name, _, login = step.partition(" ")
        with world.context(), clock.set_to(passage.now):
            getattr(passage, name)(*([login] if login else []))
    with world.context(), clock.set_to(passage.now):
        case = passage.story.case()
        return passage, case, list(addresses(world, passage, phase)), passage.now


# Making a PDF for everybody takes long: each where it can tell most. The page of the minutes is opened always.
ON_PAPER = {
    "panel_documents.pack": ("sealed", "late conflict", "chair in conflict"),
    "panel_documents.minutes_pdf": ("decided",),
}


def addresses(world: World, passage: Passage, phase: str) -> Iterator[str]:
    """Every page, document and calendar of the panel that is about this meeting, this item or any of its readings."""
    item = passage.story.item
    ids = {
        "panel_item": [item.public_id],
        "panel_reading": [row.public_id for row in item.readings],
        "panel": [passage.meeting],
        "panel_documents": [passage.meeting],
    }
    for rule in world.app.url_map.iter_rules():
        blueprint = rule.endpoint.partition(".")[0]
        if (
            "GET" not in (rule.methods or ())
            or blueprint not in ids
            or phase not in ON_PAPER.get(rule.endpoint, PHASES)
        ):
            continue
        names = ACTIONS if blueprint == "panel_item" else ("declare", "excuse")
        actions = [{"action": name} for name in names] if "action" in rule.arguments else [{}]
        subjects = ids[blueprint] if "public_id" in rule.arguments else [None]
        for subject in subjects:
            for extra in actions:
                known = {**extra, **({"public_id": subject} if subject else {})}
                if rule.arguments <= set(known):
                    yield address(world.app, rule.endpoint, **known)
                    if rule.endpoint == "panel_item.show":
                        yield from (address(world.app, rule.endpoint, **known, part=part) for part in rows_of(item))


def rows_of(item: Any) -> list[str]:
    """Every row that can be opened on the item's page, the chair's too."""
    own, form = template_of(item.review.form_version), template_of(item.form_version)
    return [*(part.key for part in moderation.asked(own, form)), *panel_rows.OF_DECISION]


ACTIONS = ("open", "adjourn", "move", "relist", "dissent")


@pytest.mark.parametrize("phase", PHASES)
def test_every_channel_shows_only_what_the_table_gives(sqlite_world: World, phase: str) -> None:
    passage, case, pages, now = walked_to(sqlite_world, phase)
    assert len(pages) > len(MEMBERS)
    leaks, missing, count = [], [], 0
    with clock.set_to(now):
        for login in EVERYBODY:
            allowed, everything = TABLE[phase].get(login, NOTHING), set()
            for url, found in looks(Look(sqlite_world, login), case, pages, passage.words):
                count += 1
                everything |= found
                leaks += [f"{login} reads {what} at {url}" for what in sorted(found - allowed)]
            must = MUST[phase].get(login, NOTHING)
            missing += [f"{login} never finds {what}" for what in sorted(must - everything)]
    print(f"panel, {phase}: {count} looks")
    assert not leaks, "\n".join(leaks)
    assert not missing, "\n".join(missing)


def looks(look: Look, case: Case, pages: list[str], words: Mapping[str, str]) -> Iterator[tuple[str, set[str]]]:
    """Every page about the review, every list, every page of the panel: what was found of the planted words."""
    known = copy.copy(case)
    for url, text in (*look.pages(known), *look.lists([known]), *((url, look.open(url)) for url in pages)):
        yield url, {what for what, word in words.items() if word in text}


def test_the_gallery_names_are_the_cast(sqlite_world: World) -> None:
    """The table's people are those who sign in, or a misspelt one would be walked for nothing."""
    named = {login for allowed in TABLE.values() for login in allowed}
    assert named <= set(EVERYBODY)
    assert Mark.REFERENCE
    assert set(TABLE) == set(PHASES) == set(MUST)


# Who may take which action of the panel's pages, by phase; everybody else changes nothing.
ITEM_ACTIONS: dict[str, dict[str, set[str]]] = {
    "sealed": {"open": {CHAIR}, "adjourn": {CHAIR, HEAD}, "move": {HEAD}},
    "opened": {"share_comments": {CHAIR}, "adjourn": {CHAIR}},
    "decided": {"dissent": {CHAIR, DEPUTY_CHAIR, ASSISTANT, HEAD, R}},
}


@pytest.mark.parametrize("phase", ITEM_ACTIONS)
def test_what_is_not_yours_changes_nothing(sqlite_world: World, phase: str) -> None:
    passage, _case, _pages, now = walked_to(sqlite_world, phase)
    with sqlite_world.context(), clock.set_to(now):
        item = passage.story.item
        readings = {row.public_id: row.person.email.partition("@")[0] for row in item.readings}
        where, version = f"/panel/items/{item.public_id}", item.version
    wrong = []
    with clock.set_to(now):
        for login in EVERYBODY:
            client = visitor(sqlite_world, login)
            data = {**whole_form(sqlite_world), "csrf_token": token(client), "version": str(version)}
            before = digests(sqlite_world)
            for url in closed_to(phase, login, where, readings):
                status = client.post(url, data=data).status_code
                if status not in (403, 404, 409):
                    wrong.append(f"{url} at {phase} as {login}: {status}")
            if digests(sqlite_world) != before:
                wrong.append(f"{login} changed something at {phase}")
    assert not wrong, "\n".join(wrong)


def closed_to(phase: str, login: str, where: str, readings: Mapping[str, str]) -> Iterator[str]:
    """The addresses to which this person may send nothing now."""
    for action in {name for actions in ITEM_ACTIONS.values() for name in actions} | {"decide", "relist", "made_up"}:
        if login not in ITEM_ACTIONS[phase].get(action, set()):
            yield f"{where}/{action}"
    if login != CHAIR or phase != "opened":
        yield where
    for public_id, reader in readings.items():
        if reader != login:
            yield f"/panel/readings/{public_id}"
            yield from (f"/panel/readings/{public_id}/{name}" for name in ("declare", "add", "confirm", "made_up"))
        if login != CHAIR or phase != "sealed":
            yield f"/panel/readings/{public_id}/excuse"
