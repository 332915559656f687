"""Who is what on the panel for one item (R3, R4), of rows that are in no database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import false

from app import clock
from app.models.panel import Attendance, PanelItem, PanelMeeting, PanelReading, PanelSeat
from app.models.people import Person, RoleName
from app.models.reviews import ConflictDeclaration, DecidedHow, DeclarationStep
from app.policy import panel
from app.policy.acting import Office
from app.policy.actor import SYSTEM
from app.policy.panel import Chairing
from app.policy.rules import may
from app.services import planning
from app.services.unit_of_work import unit_of_work
from tests.support.stages import Story, review_at
from tests.support.world import World
from tests.unit.policy.people import NOBODY, actor, person, review
from workflows.permissions import Permission
from workflows.states import PanelItemState, ReadingState, ReviewState

P, R = Permission, ReadingState
CHAIR = person(RoleName.PANEL_CHAIR, active=True)
DEPUTY = person(RoleName.DEPUTY_CHAIR, active=True)
MEMBER = person(RoleName.PANEL_MEMBER, active=True)
HEAD = person(RoleName.HEAD_OF_QA, active=True)
OFFICE = Office((HEAD.id,), (), ())


def seat(who: Person, attendance: Attendance = Attendance.EXPECTED, **rest: object) -> PanelSeat:
    made = PanelSeat(person_id=who.id, attendance=attendance, **rest)
    made.person = who
    return made


def reading(who: Person, state: ReadingState = R.INVITED, **rest: object) -> PanelReading:
    return PanelReading(person_id=who.id, state=state, **{"as_substitute": False, **rest})


def item(*readings: PanelReading, seats: tuple[PanelSeat, ...] | None = None, deputy: bool = True) -> PanelItem:
    """A review before a panel of three, unless other seats are given."""
    meeting = PanelMeeting(chair_id=CHAIR.id, deputy_chair_id=DEPUTY.id if deputy else None)
    meeting.seats = list(seats) if seats is not None else [seat(CHAIR), seat(DEPUTY), seat(MEMBER)]
    made = PanelItem(state=PanelItemState.READING, latest=True)
    made.review, made.meeting = review(state=ReviewState.PANEL_MODERATION), meeting
    made.readings = list(readings)
    return made


# --- who chairs ---------------------------------------------------------------------------------------------------


def test_the_chair_chairs_what_the_chair_is_free_for() -> None:
    assert panel.chairing(item(reading(CHAIR), reading(DEPUTY))) == Chairing(CHAIR.id)


@pytest.mark.parametrize(
    ("state", "attendance", "why"),
    [
        (R.EXEMPT, Attendance.PRESENT, "the chair is in conflict"),
        (R.EXCUSED, Attendance.PRESENT, "the chair is excused"),
        (R.SUBMITTED, Attendance.ABSENT, "the chair is absent"),
    ],
)
def test_the_deputy_chairs_where_the_chair_cannot(state: ReadingState, attendance: Attendance, why: str) -> None:
    made = item(reading(CHAIR, state), seats=(seat(CHAIR, attendance), seat(DEPUTY)))
    assert panel.chairing(made) == Chairing(DEPUTY.id, why)
    assert panel.chairs(actor(DEPUTY), made)
    assert not panel.chairs(actor(CHAIR), made)


@pytest.mark.parametrize(
    "gone",
    [
        seat(person(RoleName.PANEL_CHAIR, active=True), left_at=clock.now()),
        seat(person(RoleName.PANEL_CHAIR, active=False)),
        seat(person(RoleName.PANEL_CHAIR, active=True, ends_on=clock.today() - timedelta(days=1))),
        seat(person(active=True)),
    ],
)
def test_who_gave_up_the_seat_or_left_the_panel_does_not_sit(gone: PanelSeat) -> None:
    assert not panel.sits(gone)
    made = item(seats=(gone, seat(DEPUTY)))
    made.meeting.chair_id = gone.person_id  # type: ignore[union-attr]
    assert panel.chairing(made) == Chairing(DEPUTY.id, "the chair is absent")


def test_a_named_substitute_sits_without_a_role() -> None:
    assert panel.sits(seat(person(active=True), substitute_for_id=MEMBER.id))
    assert panel.sits(seat(person(RoleName.PANEL_MEMBER, active=True, ends_on=date(2026, 1, 1))), date(2026, 1, 1))


def test_with_neither_nobody_chairs() -> None:
    assert panel.chairing(item(reading(CHAIR, R.EXEMPT), reading(DEPUTY, R.EXEMPT))) is None
    assert panel.chairing(item(reading(CHAIR, R.EXEMPT), deputy=False)) is None
    assert panel.chairing(item(seats=())) is None
    waiting = item(reading(CHAIR))
    waiting.meeting = None
    assert panel.chairing(waiting) is None
    assert not panel.chairs(actor(CHAIR), None)


# --- who reads ----------------------------------------------------------------------------------------------------


def test_an_exempt_member_reads_nothing_and_a_substitute_reads_without_a_role() -> None:
    stranger = person(active=True)
    made = item(reading(MEMBER), reading(CHAIR, R.EXEMPT), reading(stranger, as_substitute=True), reading(HEAD))
    assert [panel.reads(actor(who), made) is not None for who in (MEMBER, CHAIR, stranger, HEAD, DEPUTY)] == [
        True, False, True, False, False,
    ]  # fmt: skip
    assert panel.reads(actor(MEMBER), None) is None
    assert panel.reads(SYSTEM, made) is None


def test_who_was_let_in_sees_the_readings() -> None:
    made = item(reading(MEMBER, R.SUBMITTED, let_in_at=clock.now()), reading(DEPUTY, R.SUBMITTED))
    assert [panel.is_let_in(actor(who), made) for who in (MEMBER, DEPUTY, CHAIR)] == [True, False, False]


# --- who may ------------------------------------------------------------------------------------------------------


def allowed(permission: Permission, subject: object) -> list[Person]:
    people = (CHAIR, DEPUTY, MEMBER, HEAD)
    return [who for who in people if may(actor(who), permission, subject, OFFICE)]


def test_who_runs_a_meeting() -> None:
    meeting = item().meeting
    assert allowed(P.RUN_MEETING, meeting) == [CHAIR, DEPUTY, HEAD]
    assert allowed(P.SET_UP_PANEL, None) == [HEAD]
    assert not may(SYSTEM, P.RUN_MEETING, PanelMeeting(chair_id=1, deputy_chair_id=None), NOBODY)


def test_who_chairs_opens_and_decides_and_the_head_lists() -> None:
    made = item(reading(CHAIR))
    assert allowed(P.CHAIR_ITEM, made) == [CHAIR]
    assert allowed(P.LIST_ITEM, made) == allowed(P.WITHDRAW_ITEM, made) == [HEAD]
    made.review.reviewer_id = HEAD.id
    assert allowed(P.LIST_ITEM, made) == []


def test_the_chair_adjourns_and_the_head_before_the_opening_or_where_nobody_chairs() -> None:
    made = item(reading(CHAIR))
    assert allowed(P.ADJOURN_ITEM, made) == [CHAIR, HEAD]
    made.opened_at = clock.now()
    assert allowed(P.ADJOURN_ITEM, made) == [CHAIR]
    made.readings = [reading(CHAIR, R.EXEMPT), reading(DEPUTY, R.EXEMPT)]
    assert allowed(P.ADJOURN_ITEM, made) == [HEAD]


def test_ones_own_reading() -> None:
    made = item(reading(MEMBER), reading(CHAIR, R.EXEMPT))
    mine, out = made.readings
    assert allowed(P.READ_ALONE, mine) == allowed(P.LEAVE_ITEM, mine) == [MEMBER]
    assert allowed(P.READ_ALONE, out) == []
    assert not may(SYSTEM, P.LEAVE_ITEM, PanelReading(), NOBODY)


def test_the_chair_excuses_the_members_and_the_head_the_chair() -> None:
    made = item(reading(MEMBER), reading(CHAIR), reading(DEPUTY))
    members, chairs, deputys = made.readings
    assert allowed(P.EXCUSE_READER, members) == allowed(P.EXCUSE_READER, deputys) == [CHAIR]
    assert allowed(P.EXCUSE_READER, chairs) == [HEAD]
    chairs.state = R.EXCUSED
    assert allowed(P.EXCUSE_READER, members) == [DEPUTY]
    assert allowed(P.EXCUSE_READER, chairs) == allowed(P.EXCUSE_READER, deputys) == [HEAD]
    made.meeting = None
    assert allowed(P.EXCUSE_READER, members) == [HEAD]


@pytest.mark.parametrize(("state", "how", "said"), [
    (ReviewState.PANEL_MODERATION, None, True),
    (ReviewState.TRACKING, "panel", True),
    (ReviewState.CLOSED, "panel", True),
    (ReviewState.TRACKING, "without_panel", False),
    (ReviewState.DRAFTING, None, False),
])  # fmt: skip
def test_when_a_panel_has_a_say(state: ReviewState, how: str | None, said: bool) -> None:
    made = review(state=state, decided_how=DecidedHow(how) if how else None)
    assert panel.had_panel(made) is said


def test_the_system_knows_of_no_meeting_and_of_no_review_before_a_panel() -> None:
    assert str(panel.known_meetings(SYSTEM, OFFICE)) == str(false()) == str(panel.panel_condition(SYSTEM))
    assert not panel.of_meetings(SYSTEM, OFFICE)


def test_nothing_is_asked_of_reviews_that_no_panel_has() -> None:
    assert panel.items_of([review()]) == {}
    assert str(panel.panel_condition(SYSTEM)) == "false"


# --- who is out, and who is in office, from the database ----------------------------------------------------------


def test_why_a_member_is_out_of_an_item(sqlite_world: World) -> None:
    """Whoever wrote any part of it, its worker, its line manager, who declared; not who is higher in the line."""
    world = sqlite_world
    with world.context():
        story = review_at(world, ReviewState.DRAFTING)
        reassign(world, story, "yusuf.demir")
        declare(world, story, "director", conflicted=True)
        declare(world, story, "head.qa", conflicted=False)
        found = {
            login: panel.why_exempt(world.person(login).id, story.review)
            for login in (
                "yusuf.demir",
                "external.reviewer",
                "worker",
                "manager",
                "director",
                "head.qa",
                "head.service",
            )
        }
        assert found == {
            "yusuf.demir": "reviewer",
            "external.reviewer": "reviewer",
            "worker": "worker",
            "manager": "line_manager",
            "director": "declared",
            "head.qa": None,
            "head.service": None,
        }


def reassign(world: World, story: Story, to: str) -> None:
    version = story.review.version
    planning.reassign(world.actor("head.qa"), story.id, version, new_reviewer=world.public_id(to), reason="Ill.")


def declare(world: World, story: Story, login: str, *, conflicted: bool) -> None:
    with unit_of_work(world.actor(login)) as work:
        said = {"step": DeclarationStep.NAME, "conflicted": conflicted, "reason": "A cousin.", "at": work.at}
        work.add(ConflictDeclaration(review_id=story.id, person_id=work.person_id, **said))


def test_the_chair_in_office_is_one_who_can_act(sqlite_world: World) -> None:
    """The first chair whose account works and who is free; the deputy where there is none; nobody."""
    world = sqlite_world
    with world.context():
        story = review_at(world, ReviewState.DRAFTING)
        chair, deputy = world.person("chair").id, world.person("deputy.chair").id
        assert panel.chair_in_office(story.review) == chair
        declare(world, story, "chair", conflicted=True)
        assert panel.chair_in_office(story.review) == deputy
        with unit_of_work(world.actor("admin")) as work:
            work.lock(Person, deputy).active = False
        assert panel.chair_in_office(story.review) is None
