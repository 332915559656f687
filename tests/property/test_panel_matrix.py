"""Every state of a panel item and of a reading, every step, every person: as the handbook's table and R4 have it."""

from __future__ import annotations

from typing import Any

import pytest

from app.models.panel import Attendance, PanelItem, PanelReading, PanelSeat
from app.services import gate, issuing, panel_items, panel_readings
from app.services.unit_of_work import unit_of_work
from tests.property.tables import CASES, HEAD, PEOPLE, Table, arrange, disagreements, found
from tests.property.test_matrix import FREE
from tests.support import panels
from tests.support.panels import CHAIR, DEPUTY, PanelStory
from tests.support.world import World
from workflows.guards import MeetingFacts
from workflows.panel import ITEM, READING
from workflows.panel_guards import ItemFacts, ReadingFacts
from workflows.review import REVIEW
from workflows.states import PanelItemState, ReadingState

pytestmark = pytest.mark.walk

S, R = PanelItemState, ReadingState
CHAIRING = "whoever chairs the item"
OFFICE = "whoever holds the Head's office"
OWN = "the member whose reading it is"
EXCUSER = "who excuses this member"

ITEM_TABLE: Table = {
    "move": ({HEAD}, "reading"),
    "open": ({CHAIRING}, "reading"),
    "share_comments": ({CHAIRING}, "discussing"),
    "decide": ({CHAIRING}, "discussing"),
    "adjourn": ({CHAIRING, "before opening"}, "reading discussing"),
    "relist": ({HEAD}, "adjourned"),
    "relist_opened": ({HEAD}, "adjourned"),
    "send_back": ({CHAIRING}, "reading discussing"),
    "withdraw": ({HEAD}, "reading discussing adjourned"),
}
READING_TABLE: Table = {
    "exempt": ({HEAD, OFFICE, "the chair in office"}, "invited"),
    "save": ({OWN}, "invited reading"),
    "submit": ({OWN}, "invited reading"),
    "confirm": ({OWN}, "invited reading"),
    "excuse": ({EXCUSER}, "invited reading"),
    "leave": ({OFFICE}, "invited reading"),
    "sit_again": ({HEAD, OFFICE, "the chair in office"}, "excused"),
    "invite_again": ({EXCUSER}, "excused"),
    "declare": ({OWN}, "invited reading submitted excused"),
    "add": ({OWN}, "submitted"),
}
# Who chairs (R4): the chair; the deputy where the chair cannot; nobody.
CHAIRS = {
    "the chair": {CHAIR},
    "the chair is absent": {DEPUTY},
    "the chair is in conflict": {DEPUTY},
    "the chair is excused": {DEPUTY},
    "neither can": set(),
}
OF_OFFICE = {"the Head is away": {"head.qa", "deputy.qa"}}
ITEM_FREE = ItemFacts(
    meeting_started=True, meeting_ended=False, still_reading=(), chair_submitted=True, ready=3, chair_ready=True,
    shared=False, meeting=MeetingFacts(working_days_away=9, quorate=True),
)  # fmt: skip
READING_FREE = ReadingFacts(missing=(), may_still_read=True, sealed=True, let_in=True, has_earlier=True, out=True)


def arrange_chair(story: PanelStory, case: str) -> None:
    """Make the case true of the item."""
    item = story.item
    with unit_of_work(story.world.actor("head.qa")) as work:
        seats = {seat.person_id: seat for seat in item.meeting.seats} if item.meeting else {}
        chair, deputy = (story.world.person(login).id for login in (CHAIR, DEPUTY))
        readings = {row.person_id: row for row in item.readings}
        for person_id in (chair, deputy):
            put_back(seats.get(person_id), work.lock(PanelReading, readings[person_id].id))
        if case == "the chair is absent" and seats:
            seats[chair].attendance = Attendance.ABSENT
        if case in ("the chair is in conflict", "neither can"):
            out(readings[chair], work.at)
        if case == "neither can":
            out(readings[deputy], work.at)
        if case == "the chair is excused":
            readings[chair].state, readings[chair].excused_at = R.EXCUSED, work.at
            readings[chair].excused_by_id = work.person_id


def put_back(seat: PanelSeat | None, reading: PanelReading) -> None:
    if seat is not None:
        seat.attendance = Attendance.PRESENT
    reading.state = R.SUBMITTED if reading.submitted_at else R.INVITED
    reading.exempt_at = reading.excused_at = reading.excused_by_id = None


def out(reading: PanelReading, at: Any) -> None:
    reading.state, reading.exempt_at, reading.exempt_why, reading.let_in_at = R.EXEMPT, at, "worker", None


def item_at(world: World, state: PanelItemState) -> PanelStory:
    """An item at any state, through the services."""
    story = panels.panel_story(world)
    if state is S.DISCUSSING:
        story.opened_on_the_day()
    elif state is S.DECIDED:
        story.decided_on_the_day()
    elif state is S.ADJOURNED:
        panel_items.adjourn(world.actor("chair"), story.item.id, story.item.version, reason="Too few are here.")
    elif state is S.LEFT:
        issuing.withdraw(world.actor("head.qa"), story.id, story.review.version, reason="Planned twice.")
    return story


def people_of(case: str, acting: set[str], chairs: set[str], item: PanelItem) -> dict[str, set[str]]:
    """The people behind the names of the tables."""
    without_chair = item.opened_at is None or item.meeting is None or not chairs
    return {
        HEAD: acting,
        CHAIRING: chairs if item.meeting else set(),
        "before opening": acting if without_chair else set(),
        OFFICE: OF_OFFICE.get(case, {"head.qa"}),
    }


def named(table: Table, people: dict[str, set[str]]) -> Table:
    return {step: (set().union(*(people.get(each, {each}) for each in who)), at) for step, (who, at) in table.items()}


def test_the_tables_name_every_step() -> None:
    assert set(ITEM_TABLE) == {trigger for trigger, _ in ITEM.steps()}
    assert set(READING_TABLE) == {trigger for trigger, _ in READING.steps()}


@pytest.mark.parametrize("state", PanelItemState)
def test_who_may_do_what_to_an_item(sqlite_world: World, state: PanelItemState) -> None:
    world, cells = sqlite_world, 0
    with world.context():
        story = item_at(world, state)
        wrong: list[str] = []
        for case, acting in CASES.items():
            arrange(world, case, story.id)
            for chair, chairs in CHAIRS.items():
                arrange_chair(story, chair)
                table = named(ITEM_TABLE, people_of(case, acting, chairs, story.item))
                said = disagreements(world, ITEM, story.item, table, acting, ITEM_FREE)
                wrong += (f"{case}, {chair}: {each}" for each in said)
                cells += len(table) * len(PEOPLE)
        assert wrong == []
        print(f"{cells} cells of an item that is {state}")


def excuser(login: str, acting: set[str], chairs: set[str]) -> set[str]:
    """The chair excuses the members; the Head the chair, and whoever chairs in the chair's place."""
    return acting if login in {CHAIR, *chairs} or not chairs else chairs


@pytest.mark.parametrize("login", ["director", "head.qa", CHAIR, DEPUTY])
def test_who_may_do_what_to_a_reading(sqlite_world: World, login: str) -> None:
    """Every state is set on the loaded row: the rules ask who somebody is, and what the row says of him or her."""
    world = sqlite_world
    with world.context():
        story = panels.panel_story(world)
        wrong: list[str] = []
        for case, acting in CASES.items():
            arrange(world, case, story.id)
            for state in ReadingState:
                row = story.reading(login)
                row.state = state
                chairs = {DEPUTY} if login == CHAIR and state in (R.EXEMPT, R.EXCUSED) else {CHAIR}
                people = people_of(case, acting, chairs, row.item) | {
                    OWN: set() if state is R.EXEMPT else {login},
                    EXCUSER: excuser(login, acting, chairs),
                    "the chair in office": {CHAIR},
                }
                said = disagreements(world, READING, row, named(READING_TABLE, people), acting, READING_FREE)
                wrong += (f"{case}: {each}" for each in said)
        assert wrong == []


def test_the_review_is_decided_by_whoever_chairs_its_item(sqlite_world: World) -> None:
    """The same people for the review's own steps as for the item's; the chair in conflict has no say."""
    world = sqlite_world
    with world.context():
        story = item_at(world, S.DISCUSSING)
        for case, chairs in CHAIRS.items():
            arrange_chair(story, case)
            row, table = story.review, dict.fromkeys(("decide", "send_back"), (chairs, "panel_moderation"))
            assert list(disagreements(world, REVIEW, row, table, set(), FREE)) == [], case


def test_a_decision_is_reopened_by_the_chair_in_office_or_the_deputy_where_every_chair_is_in_conflict(
    sqlite_world: World,
) -> None:
    world = sqlite_world
    with world.context():
        story = item_at(world, S.DECIDED)
        wanted: Table = {"reopen_decision": ({CHAIR}, "tracking")}
        assert list(disagreements(world, REVIEW, story.review, wanted, set(), FREE)) == []
        row = story.reading(CHAIR)
        panel_readings.declare_conflict(world.actor(CHAIR), row.id, reason="I know the family.")
        wanted = {"reopen_decision": ({DEPUTY}, "tracking")}
        assert list(disagreements(world, REVIEW, story.review, wanted, set(), FREE)) == []
        deputys = story.reading(DEPUTY)
        panel_readings.declare_conflict(world.actor(DEPUTY), deputys.id, reason="So do I.")
        command = gate.command(world.actor(DEPUTY), FREE)
        assert found(REVIEW, story.review, "reopen_decision", command) == "not permitted"
