"""Immediate concerns through their services, on both databases: who may, who sees, when one goes up (R6)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app import clock, extensions, migrating
from app.extensions import session
from app.models.concerns import Concern, ConcernGiven
from app.models.people import Person, Role, RoleName
from app.models.records import AuditEvent, OutboxMessage
from app.policy.actor import SYSTEM
from app.policy.concerns import sees_concern, visible_concerns
from app.queries import concerns as queries
from app.queries.reviews import NotVisible
from app.services import concerns, gate, invariants, planning
from app.services.cast import CAST, LOGINS
from app.services.unit_of_work import NotFound, Stale, unit_of_work
from tests.support.stages import review_at
from tests.support.world import TODAY, World
from workflows.engine import GuardFailed, NotPermitted, Refused, WrongStage
from workflows.states import ConcernState, ReviewState

pytestmark = [pytest.mark.slow, pytest.mark.databases("sqlite")]

EVERYBODY = [part.login for part in CAST]
SIGN_INS = [part.login for part in LOGINS]
SECRET = "Mother said nobody came on Tuesday"
ORDER = list(ConcernState)


@pytest.fixture
def inside(world: World) -> Iterator[World]:
    with world.context():
        yield world


@pytest.fixture
def sqlite_inside(sqlite_world: World) -> Iterator[World]:
    with sqlite_world.context():
        yield sqlite_world


def raised(world: World, login: str = "worker", **changes: Any) -> int:
    """A concern's id."""
    values: dict[str, Any] = {"kind": "child_at_risk", "text": SECRET, "about_head": False}
    public_id = concerns.raise_concern(world.actor(login), concerns.NewConcern(**{**values, **changes}))
    return session.scalars(select(Concern.id).where(Concern.public_id == public_id)).one()


def row(concern_id: int) -> Concern:
    """As the database has it now."""
    session.rollback()
    return session.get_one(Concern, concern_id)


def take(world: World, login: str, trigger: str, concern_id: int, **given: Any) -> None:
    getattr(concerns, trigger)(world.actor(login), concern_id, row(concern_id).version, **given)


WORDS: dict[str, dict[str, Any]] = {
    "acknowledge": {},
    "act": {"done": "Rang the duty team at ten."},
    "close": {"outcome": "Seen at home, and safe.", "recorded_where": "Case note, 23 November"},
}


def concern_at(world: World, state: ConcernState, handler: str = "head.qa", **changes: Any) -> int:
    """Walked to a state through the services, given to the manager on the way."""
    concern_id = raised(world, **changes)
    for trigger in ("acknowledge", "act", "close")[: ORDER.index(state)]:
        take(world, handler, trigger, concern_id, **WORDS[trigger])
        if trigger == "acknowledge":
            take(world, handler, "give", concern_id, person=world.public_id("manager"))
    return concern_id


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    with clock.set_to(moment):
        yield


def told(concern_id: int, kind: str) -> set[str]:
    """The logins that a message of this kind goes to."""
    query = (
        select(Person.email)
        .join(OutboxMessage, OutboxMessage.recipient_id == Person.id)
        .where(OutboxMessage.kind == kind, OutboxMessage.subject_id == concern_id)
        .where(OutboxMessage.subject_kind == "concern")
    )
    return {email.partition("@")[0] for email in session.scalars(query)}


def seen_by(world: World, concern_id: int) -> set[str]:
    """The logins who may know of it, asked both ways, which must agree."""
    office, found = gate.office(), row(concern_id)
    in_python = {login for login in EVERYBODY if sees_concern(world.actor(login), found, office)}
    in_sql = {
        login
        for login in EVERYBODY
        if session.scalar(
            select(Concern.id).where(Concern.id == concern_id, visible_concerns(world.actor(login), office))
        )
    }
    assert in_python == in_sql
    return in_python


# --- one life -----------------------------------------------------------------------------------------------


@pytest.mark.databases("sqlite", "postgresql")
def test_a_concern_from_raised_to_closed(inside: World) -> None:
    concern_id = concern_at(inside, ConcernState.CLOSED)
    found = row(concern_id)
    assert (found.reference, found.state, found.version) == ("C-2026-001", ConcernState.CLOSED, 5)
    assert found.raised_by.name == "Daniel Osei"
    assert [found.acknowledged_at, found.acted_on_at, found.closed_at] == [TODAY] * 3
    assert (found.done, found.outcome) == ("Rang the duty team at ten.", "Seen at home, and safe.")
    kinds = session.scalars(
        select(AuditEvent.kind).where(AuditEvent.kind.startswith("concern")).order_by(AuditEvent.id)
    )
    assert list(kinds) == [
        "concern.raise", "concern.acknowledge", "concern.give", "concern.given", "concern.act", "concern.close",
    ]  # fmt: skip
    assert told(concern_id, "concern.raise") == {"head.qa", "deputy.qa"}
    assert told(concern_id, "concern.acknowledge") == {"worker"}
    assert told(concern_id, "concern.give") == {"manager"}
    assert told(concern_id, "concern.act") == {"worker"}
    assert told(concern_id, "concern.close") == {"worker", "manager"}
    assert invariants.broken() == {}


def test_the_log_and_the_outbox_hold_no_word_of_it(inside: World) -> None:
    concern_at(inside, ConcernState.CLOSED, case_system_id="CS424242")
    held = [str(event.data) for event in session.scalars(select(AuditEvent))]
    held += [message.kind for message in session.scalars(select(OutboxMessage))]
    for words in (SECRET, "CS424242", "Rang", "Seen at home", "Case note", "Osei"):
        assert not [text_ for text_ in held if words in text_]


def test_references_count_by_year(sqlite_inside: World) -> None:
    assert row(raised(sqlite_inside)).reference == "C-2026-001"
    assert row(raised(sqlite_inside)).reference == "C-2026-002"
    with at(TODAY + timedelta(days=60)):
        assert row(raised(sqlite_inside)).reference == "C-2027-001"


@pytest.mark.parametrize("login", SIGN_INS)
def test_every_role_may_raise_one(sqlite_inside: World, login: str) -> None:
    concern_id = raised(sqlite_inside, login)
    assert login in seen_by(sqlite_inside, concern_id)
    assert "head.qa" in seen_by(sqlite_inside, concern_id)


def test_the_system_raises_none(sqlite_inside: World) -> None:
    with pytest.raises(NotPermitted):
        concerns.raise_concern(SYSTEM, concerns.NewConcern(kind="other", text=SECRET, about_head=False))


# --- who may ------------------------------------------------------------------------------------------------

HANDLE = {
    ConcernState.RAISED: {"acknowledge"},
    ConcernState.ACKNOWLEDGED: {"act", "give", "take_back"},
    ConcernState.ACTED_ON: {"close", "give", "take_back"},
    ConcernState.CLOSED: {"take_back"},
}
ATTEMPTS: dict[str, dict[str, Any]] = {**WORDS, "give": {"person": None}, "take_back": {"person": None}}


def may(login: str, state: ConcernState) -> set[str]:
    """The matrix: the Head and the deputy handle it, the one it was given to acts, nobody else does a thing."""
    if login in ("head.qa", "deputy.qa"):
        return HANDLE[state]
    return {"act"} if login == "manager" and state is ConcernState.ACKNOWLEDGED else set()


@pytest.mark.parametrize("state", ORDER)
def test_who_may_do_what_at_each_state(inside: World, state: ConcernState) -> None:
    concern_id = concern_at(inside, state)
    for login in EVERYBODY:
        found = row(concern_id)
        offered = {each.trigger for each in concerns.available(inside.actor(login), found) if each.open}
        assert offered == may(login, state), login
        before = (found.state, found.version)
        for trigger in set(ATTEMPTS) - offered:
            with pytest.raises((Refused, NotFound)):
                take(inside, login, trigger, concern_id, **ATTEMPTS[trigger])
        assert (row(concern_id).state, row(concern_id).version) == before
    assert invariants.broken() == {}


@pytest.mark.parametrize("state", ORDER)
@pytest.mark.databases("sqlite", "postgresql")
def test_seen_by_who_raised_it_the_head_the_deputy_and_whom_it_was_given_to(inside: World, state: ConcernState) -> None:
    concern_id = concern_at(inside, state)
    given = {"manager"} if state is not ConcernState.RAISED else set()
    assert seen_by(inside, concern_id) == {"worker", "head.qa", "deputy.qa"} | given


def test_a_tie_to_the_review_gives_no_sight(inside: World) -> None:
    """The worker, the manager and the reviewer may be whom it is about."""
    story = review_at(inside, ReviewState.HOS_MODERATION)
    concern_id = raised(inside, "siobhan.doyle")
    with unit_of_work(inside.actor("head.qa")) as work:
        work.lock(Concern, concern_id).review_id = story.id
    assert seen_by(inside, concern_id) == {"siobhan.doyle", "head.qa", "deputy.qa"}


def test_to_everybody_else_there_is_no_such_concern(inside: World) -> None:
    """Neither a step nor a wrong version tells them apart from somebody who made an id up."""
    concern_id = raised(inside)
    for login in set(EVERYBODY) - {"worker", "head.qa", "deputy.qa"}:
        for version in (1, 99):
            with pytest.raises(NotFound):
                concerns.acknowledge(inside.actor(login), concern_id, version)
    with pytest.raises(NotFound):
        concerns.acknowledge(inside.actor("head.qa"), 4711, 1)


# --- about the Head -----------------------------------------------------------------------------------------


def test_about_the_head_it_goes_to_the_assistant_director_instead(inside: World) -> None:
    concern_id = raised(inside, about_head=True)
    assert seen_by(inside, concern_id) == {"worker", "assistant.director"}
    assert told(concern_id, "concern.raise") == {"assistant.director"}
    for login in ("head.qa", "deputy.qa"):
        with pytest.raises(NotFound):
            concerns.acknowledge(inside.actor(login), concern_id, 1)
    for trigger in ("acknowledge", "act", "close"):
        take(inside, "assistant.director", trigger, concern_id, **WORDS[trigger])
    assert row(concern_id).state is ConcernState.CLOSED
    assert seen_by(inside, concern_id) == {"worker", "assistant.director"}


@pytest.mark.databases("sqlite", "postgresql")
def test_no_gap_in_the_numbers_tells_the_head(inside: World) -> None:
    raised(inside)
    hidden = row(raised(inside, about_head=True)).reference
    assert row(raised(inside)).reference == "C-2026-002"
    assert hidden == "CA-2026-001"


def test_it_is_never_given_to_the_head_it_is_about(inside: World) -> None:
    concern_id = concern_at(inside, ConcernState.ACKNOWLEDGED, "assistant.director", about_head=True)
    with pytest.raises(GuardFailed) as refused:
        take(inside, "assistant.director", "give", concern_id, person=inside.public_id("head.qa"))
    assert [reason.target for reason in refused.value.reasons] == ["person"]
    assert inside.public_id("head.qa") not in queries.people_to_give_to(row(concern_id), gate.office())
    take(inside, "assistant.director", "give", concern_id, person=inside.public_id("deputy.qa"))
    assert seen_by(inside, concern_id) == {"worker", "assistant.director", "manager", "deputy.qa"}


def test_a_head_who_becomes_assistant_director_still_does_not_see_it(inside: World) -> None:
    concern_id = raised(inside, about_head=True)
    give_role(inside, "head.qa", RoleName.ASSISTANT_DIRECTOR)
    assert seen_by(inside, concern_id) == {"worker", "assistant.director"}
    set_roles(inside, "head.qa", RoleName.ASSISTANT_DIRECTOR)
    set_roles(inside, "deputy.qa", RoleName.HEAD_OF_QA)
    assert seen_by(inside, concern_id) == {"worker", "assistant.director"}
    set_roles(inside, "assistant.director", RoleName.PANEL_MEMBER)
    assert seen_by(inside, concern_id) == {"worker"}


def test_who_raised_it_sees_it_even_the_head(inside: World) -> None:
    concern_id = raised(inside, "head.qa", about_head=True)
    assert seen_by(inside, concern_id) == {"head.qa", "assistant.director"}
    assert concerns.available(inside.actor("head.qa"), row(concern_id)) == []


def test_without_an_assistant_director_the_director_stands_in(inside: World) -> None:
    set_roles(inside, "assistant.director", RoleName.PANEL_MEMBER)
    concern_id = raised(inside, about_head=True)
    assert seen_by(inside, concern_id) == {"worker", "director"}
    assert told(concern_id, "concern.raise") == {"director"}


def test_without_a_head_and_a_deputy_it_reaches_the_assistant_director_at_once(inside: World) -> None:
    set_roles(inside, "head.qa", RoleName.PANEL_MEMBER)
    set_roles(inside, "deputy.qa")
    concern_id = raised(inside)
    assert seen_by(inside, concern_id) == {"worker", "assistant.director"}
    assert told(concern_id, "concern.raise") == {"assistant.director"}
    take(inside, "assistant.director", "acknowledge", concern_id)


def set_roles(world: World, login: str, *names: RoleName) -> None:
    with unit_of_work(world.actor("admin")):
        person = session.get_one(Person, world.person(login).id)
        person.roles = list(session.scalars(select(Role).where(Role.name.in_(names))))


def give_role(world: World, login: str, name: RoleName) -> None:
    with unit_of_work(world.actor("admin")):
        person = session.get_one(Person, world.person(login).id)
        person.roles = [*person.roles, session.scalars(select(Role).where(Role.name == name)).one()]


# --- going up -----------------------------------------------------------------------------------------------

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)


def test_it_goes_up_with_the_clock_alone(inside: World) -> None:
    concern_id = raised(inside)
    with at(MIDNIGHT - timedelta(microseconds=1)):
        assert "assistant.director" not in seen_by(inside, concern_id)
    with at(MIDNIGHT):
        assert seen_by(inside, concern_id) == {"worker", "head.qa", "deputy.qa", "assistant.director"}
        take(inside, "assistant.director", "acknowledge", concern_id)
        assert "assistant.director" in seen_by(inside, concern_id)


def test_acknowledged_on_its_day_it_never_goes_up(inside: World) -> None:
    concern_id = raised(inside)
    with at(MIDNIGHT - timedelta(seconds=1)):
        take(inside, "deputy.qa", "acknowledge", concern_id)
    with at(MIDNIGHT + timedelta(days=9)):
        assert concerns.escalate() == 0
        assert "assistant.director" not in seen_by(inside, concern_id)


@pytest.mark.parametrize(
    ("raised_at", "midnight"),
    [
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), datetime(2026, 3, 29, 23, tzinfo=UTC)),
        (datetime(2026, 6, 10, 22, 59, tzinfo=UTC), datetime(2026, 6, 10, 23, tzinfo=UTC)),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 0, tzinfo=UTC)),
    ],
)
def test_midnight_is_londons_when_the_clocks_change(inside: World, raised_at: datetime, midnight: datetime) -> None:
    with at(raised_at):
        concern_id = raised(inside)
    with at(midnight - timedelta(seconds=1)):
        assert concerns.escalate() == 0
        assert "assistant.director" not in seen_by(inside, concern_id)
    with at(midnight):
        assert "assistant.director" in seen_by(inside, concern_id)
        assert concerns.escalate() == 1
        assert row(concern_id).went_up_at == midnight


@pytest.mark.databases("sqlite", "postgresql")
def test_going_up_is_written_down_and_told_once(inside: World) -> None:
    concern_id, about, early = raised(inside), raised(inside, about_head=True), raised(inside)
    take(inside, "head.qa", "acknowledge", early)
    version = row(concern_id).version
    with at(MIDNIGHT + timedelta(minutes=5)):
        assert [concerns.escalate(), concerns.escalate()] == [1, 0]
    assert told(concern_id, "concern.went_up") == {"assistant.director"}
    assert row(concern_id).version == version  # nobody's open page is out of date for it
    assert [row(each).went_up_at for each in (about, early)] == [None, None]
    events = session.scalars(select(AuditEvent).where(AuditEvent.kind == "concern.went_up")).all()
    assert [(event.subject_id, event.person_id) for event in events] == [(concern_id, None)]
    assert invariants.broken() == {}


def test_acknowledged_late_before_the_command_ran_it_is_written_down_all_the_same(inside: World) -> None:
    concern_id = raised(inside)
    with at(MIDNIGHT + timedelta(hours=8)):
        take(inside, "head.qa", "acknowledge", concern_id)
        assert row(concern_id).went_up_at == MIDNIGHT + timedelta(hours=8)
        assert told(concern_id, "concern.went_up") == {"assistant.director"}
        assert concerns.escalate() == 0
        assert "assistant.director" in seen_by(inside, concern_id)


def test_the_command(sqlite_world: World) -> None:
    with sqlite_world.context():
        raised(sqlite_world)
    runner = sqlite_world.app.test_cli_runner()
    assert runner.invoke(args=["concerns", "escalate"]).output.startswith("0 ")
    with at(MIDNIGHT):
        assert runner.invoke(args=["concerns", "escalate"]).output.startswith("1 ")
        assert runner.invoke(args=["concerns", "escalate"]).output.startswith("0 ")


# --- giving -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "login", ["admin", "oversight", "agency", "external.reviewer", "deputy.qa", "head.qa", "manager"]
)
def test_who_is_not_given_one(inside: World, login: str) -> None:
    """Those whose roles are shown no child, people from outside, and those who see it already."""
    concern_id = concern_at(inside, ConcernState.ACKNOWLEDGED)
    before = seen_by(inside, concern_id)
    with pytest.raises(GuardFailed):
        take(inside, "head.qa", "give", concern_id, person=inside.public_id(login))
    assert seen_by(inside, concern_id) == before
    assert inside.public_id(login) not in queries.people_to_give_to(row(concern_id), gate.office())


@pytest.mark.parametrize("person", [None, "", "nobody", "00000000-0000-0000-0000-000000000000", "\x00"])
def test_a_made_up_person_is_not_given_one(inside: World, person: str | None) -> None:
    concern_id = concern_at(inside, ConcernState.ACKNOWLEDGED)
    for trigger in ("give", "take_back"):
        with pytest.raises(GuardFailed) as refused:
            take(inside, "head.qa", trigger, concern_id, person=person)
        assert [reason.target for reason in refused.value.reasons] == ["person"]


def test_everybody_on_the_list_may_be_given_it(sqlite_inside: World) -> None:
    concern_id = concern_at(sqlite_inside, ConcernState.ACKNOWLEDGED)
    for public_id in queries.people_to_give_to(row(concern_id), gate.office()):
        take(sqlite_inside, "head.qa", "give", concern_id, person=public_id)
    assert queries.people_to_give_to(row(concern_id), gate.office()) == {}


def test_taken_back_it_is_seen_no_more_and_can_be_given_again(inside: World) -> None:
    concern_id = concern_at(inside, ConcernState.CLOSED)
    take(inside, "deputy.qa", "take_back", concern_id, person=inside.public_id("manager"))
    assert seen_by(inside, concern_id) == {"worker", "head.qa", "deputy.qa"}
    other = concern_at(inside, ConcernState.ACKNOWLEDGED)
    take(inside, "head.qa", "take_back", other, person=inside.public_id("manager"))
    take(inside, "head.qa", "give", other, person=inside.public_id("manager"))
    kept = session.scalars(select(ConcernGiven).where(ConcernGiven.concern_id == other)).all()
    assert [bool(each.ended_at) for each in kept] == [True, False]
    assert "manager" in seen_by(inside, other)


def test_the_raiser_may_be_given_it_and_then_acts(inside: World) -> None:
    concern_id = raised(inside)
    take(inside, "head.qa", "acknowledge", concern_id)
    take(inside, "head.qa", "give", concern_id, person=inside.public_id("worker"))
    take(inside, "worker", "act", concern_id, done="Went there.")
    assert row(concern_id).state is ConcernState.ACTED_ON


# --- what is typed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": " \n\t "}, "text"),
        ({"text": "\x00\x01"}, "text"),
        ({"text": "x" * 200_000}, "text"),
        ({"kind": None}, "kind"),
        ({"kind": "gossip"}, "kind"),
        ({"about_head": None}, "about_head"),
        ({"case_system_id": "9" * 41}, "case_system_id"),
        ({"review": "00000000-0000-0000-0000-000000000000"}, "about_review"),
        ({"review": "\x00"}, "about_review"),
    ],
)
def test_a_refused_one_names_its_field_and_leaves_nothing(inside: World, changes: Any, field: str) -> None:
    with pytest.raises(GuardFailed) as refused:
        raised(inside, **changes)
    assert [reason.target for reason in refused.value.reasons] == [field]
    assert session.scalars(select(Concern)).all() == []
    assert row(raised(inside)).reference == "C-2026-001"  # no number is used up


def test_every_fault_is_told_at_once(sqlite_inside: World) -> None:
    with pytest.raises(GuardFailed) as refused:
        raised(sqlite_inside, text="", kind="", about_head=None)
    assert {reason.target for reason in refused.value.reasons} == {"text", "kind", "about_head"}


@pytest.mark.databases("sqlite", "postgresql")
def test_text_is_kept_as_typed_without_control_characters(inside: World) -> None:
    typed = "  <script>alert('x')</script>\x00 & “quoted”\r\nsecond line 🧒\u2028third \ud800 "
    concern_id = raised(inside, text=typed, case_system_id="  CS \x00 1 ")
    assert row(concern_id).text == "<script>alert('x')</script> & “quoted”\nsecond line 🧒\nthird"
    assert row(concern_id).case_system_id == "CS 1"
    longest = raised(inside, text="é" * concerns.MOST)
    assert len(row(longest).text) == concerns.MOST


@pytest.mark.parametrize("words", ["", "   ", "\x00", "x" * 200_000])
def test_a_step_without_its_words_or_with_far_too_many_changes_nothing(inside: World, words: str) -> None:
    concern_id = concern_at(inside, ConcernState.ACKNOWLEDGED)
    with pytest.raises(GuardFailed):
        take(inside, "head.qa", "act", concern_id, done=words)
    take(inside, "head.qa", "act", concern_id, **WORDS["act"])
    for key in ("outcome", "recorded_where"):
        with pytest.raises(GuardFailed) as refused:
            take(inside, "head.qa", "close", concern_id, **{**WORDS["close"], key: words})
        assert [reason.target for reason in refused.value.reasons] == [key]
    assert row(concern_id).state is ConcernState.ACTED_ON


@pytest.mark.databases("sqlite", "postgresql")
def test_an_old_version_and_a_wrong_stage_are_refused(inside: World) -> None:
    concern_id = raised(inside)
    for version in (0, 2, -1):
        with pytest.raises(Stale):
            concerns.acknowledge(inside.actor("head.qa"), concern_id, version)
    for trigger in ("act", "close"):
        with pytest.raises(WrongStage):
            take(inside, "head.qa", trigger, concern_id, **WORDS[trigger])
    take(inside, "head.qa", "acknowledge", concern_id)
    with pytest.raises(Stale):
        concerns.acknowledge(inside.actor("deputy.qa"), concern_id, 1)


# --- the review it came from --------------------------------------------------------------------------------


def test_it_opens_nothing_of_the_review(inside: World) -> None:
    """Those who act are told the child's ID; the name and the initials come from one's own sight alone."""
    story = review_at(inside, ReviewState.DISCUSSION)
    reference = story.review.reference
    concern_id = raised(inside, "external.reviewer", review=story.review.public_id)
    public_id, child = row(concern_id).public_id, story.review.child.case_system_id
    shown = {
        login: queries.get(inside.actor(login), gate.office(), public_id)
        for login in ("external.reviewer", "head.qa", "deputy.qa")
    }
    assert [shown[login].child_name for login in shown] == [story.review.child.name] * 2 + [""]
    assert [shown[login].child_initials != "" for login in shown] == [True, True, False]
    assert {each.child_id for each in shown.values()} == {child}
    assert [shown[login].may_open_review for login in shown] == [True, True, False]
    assert {each.concern.review.reference for each in shown.values() if each.concern.review} == {reference}


def test_a_raiser_who_lost_sight_of_the_review_is_shown_no_child(inside: World) -> None:
    """A conflict found later ends access at once (R7); the concern itself stays readable."""
    story = review_at(inside, ReviewState.DRAFTING)
    concern_id = raised(inside, "external.reviewer", review=story.review.public_id)
    planning.declare(inside.actor("external.reviewer"), story.id, conflicted=True, reason="I know the family.")
    seen = queries.get(inside.actor("external.reviewer"), gate.office(), row(concern_id).public_id)
    assert (seen.child_name, seen.child_initials, seen.child_id, seen.may_open_review) == ("", "", "", False)
    assert seen.concern.text == SECRET


def test_a_review_that_is_not_ones_own_cannot_be_named(inside: World) -> None:
    story = review_at(inside, ReviewState.DISCUSSION)
    for login in ("joseph.mbeki", "yusuf.demir", "oversight", "admin", "director"):
        with pytest.raises(GuardFailed) as refused:
            raised(inside, login, review=story.review.public_id)
        assert [reason.target for reason in refused.value.reasons] == ["about_review"]


# --- lists --------------------------------------------------------------------------------------------------


@pytest.mark.databases("sqlite", "postgresql")
def test_lists_and_the_page_follow_the_same_rule(inside: World) -> None:
    ids = [raised(inside), raised(inside, "oversight", about_head=True), concern_at(inside, ConcernState.CLOSED)]
    for moment in (TODAY, MIDNIGHT + timedelta(hours=9)):
        with at(moment):
            for login in EVERYBODY:
                actor, office = inside.actor(login), gate.office()
                may_see = {each for each in ids if sees_concern(actor, row(each), office)}
                listed = {each.id for view in queries.VIEWS for each in queries.listing(actor, office, view).rows}
                assert listed == may_see, login
                work = queries.for_my_work(actor, office)
                assert {each.id for part in (work.alerts, work.waiting, work.others) for each in part} <= may_see
                for each in ids:
                    assert _opens(inside, login, each) == (each in may_see)


def _opens(world: World, login: str, concern_id: int) -> bool:
    try:
        queries.get(world.actor(login), gate.office(), row(concern_id).public_id)
    except NotVisible:
        return False
    return True


def test_open_ones_come_first_the_newest_first(sqlite_inside: World) -> None:
    old = raised(sqlite_inside)
    closed = concern_at(sqlite_inside, ConcernState.CLOSED)
    with at(TODAY + timedelta(hours=1)):
        new = raised(sqlite_inside)
    rows = queries.listing(sqlite_inside.actor("head.qa"), gate.office(), "mine").rows
    assert [each.id for each in rows] == [new, old, closed]


@pytest.mark.databases("sqlite", "postgresql")
def test_my_work_of_each(inside: World) -> None:
    """Not acknowledged: an alert for those it reached. Then it waits for whose it is."""

    def of(login: str) -> list[int]:
        work = queries.for_my_work(inside.actor(login), gate.office())
        return [len(part) for part in (work.alerts, work.waiting, work.others)]

    concern_id = raised(inside)
    assert [of(login) for login in ("head.qa", "deputy.qa", "worker", "assistant.director")] == [
        [1, 0, 0], [1, 0, 0], [0, 0, 1], [0, 0, 0],
    ]  # fmt: skip
    with at(MIDNIGHT):
        assert of("assistant.director") == [1, 0, 0]
    take(inside, "deputy.qa", "acknowledge", concern_id)
    take(inside, "deputy.qa", "give", concern_id, person=inside.public_id("manager"))
    assert [of(login) for login in ("head.qa", "deputy.qa", "manager", "worker")] == [
        [0, 1, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1],
    ]  # fmt: skip
    take(inside, "manager", "act", concern_id, **WORDS["act"])
    assert [of(login) for login in ("deputy.qa", "manager")] == [[0, 1, 0], [0, 0, 0]]
    take(inside, "head.qa", "close", concern_id, **WORDS["close"])
    assert [of(login) for login in ("head.qa", "deputy.qa", "worker")] == [[0, 0, 0]] * 3


# --- what the database itself refuses -----------------------------------------------------------------------

BROKEN = [
    "text = ''",
    "state = 'closed'",
    "state = 'acknowledged'",
    "acknowledged_at = raised_at",
    "acknowledged_at = raised_at, acknowledged_by_id = 1",
    "done = 'Something'",
    "outcome = 'Something'",
    "recorded_where = 'Somewhere'",
    "head_id = 1",
    "about_head = (1 = 1), went_up_at = raised_at",
    "acknowledge_before = raised_at",
    "kind = 'gossip'",
]


@pytest.mark.parametrize("change", BROKEN)
@pytest.mark.databases("sqlite", "postgresql")
def test_the_database_refuses_a_concern_that_contradicts_itself(inside: World, change: str) -> None:
    raised(inside)
    with pytest.raises(IntegrityError), unit_of_work(inside.actor("admin")):
        session.execute(text(f"UPDATE concern SET {change}"))


@pytest.mark.databases("sqlite", "postgresql")
def test_down_and_up_again(inside: World) -> None:
    """The tables go and come back; what else is stored stays."""
    session.remove()
    engine = extensions.engine()
    migrating.downgrade(engine, "0001")
    migrating.upgrade(engine)
    assert row(raised(inside)).reference == "C-2026-001"
