"""Cover for the Head of QA: who may say so, which spans, what it opens and when it ends; on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.people import Delegation, Person, RoleName
from app.models.records import AuditEvent
from app.models.reviews import Review, ReviewerSpell
from app.policy.acting import acting_as, conflict_condition
from app.queries import settings as queries
from app.services import accounts, cast, cover, gate, invariants
from app.services.unit_of_work import NotFound, unit_of_work
from tests.support.stages import Story
from tests.support.world import TODAY, World
from workflows.engine import GuardFailed, NotPermitted

MONDAY = TODAY.date()
SECOND = "mei.chen"


def span(world: World, first: int = 0, last: int = 4, login: str = "deputy.qa", **changes: Any) -> cover.Span:
    """Cover from `first` to `last` days after today."""
    values: dict[str, Any] = {
        "deputy": world.public_id(login),
        "kind": "away",
        "from_on": MONDAY + timedelta(days=first),
        "to_on": MONDAY + timedelta(days=last),
        "reason": "On leave",
    }
    return cover.Span(**{**values, **changes})


def second_deputy(world: World) -> None:
    person = world.person(SECOND)
    details = accounts.Details(
        name=person.name,
        email=person.email,
        role_names=person.role_names | {RoleName.DEPUTY_QA},
        team_id=person.team_id,
        line_manager_id=person.line_manager_id,
    )
    accounts.change(world.actor("admin"), person.id, person.version, details)


def said(refused: Any) -> str:
    return " ".join(reason.text for reason in refused.value.reasons)


def test_a_deputy_acts_on_the_days_said_and_both_names_stay(world: World) -> None:
    with world.context():
        story, deputy = Story(world), world.actor("deputy.qa")
        cover.arrange(world.actor("head.qa"), span(world, 1, 3))
        assert acting_as(deputy.id, story.review, gate.office()) is None
        with clock.set_to(TODAY + timedelta(days=1)):
            acting = acting_as(deputy.id, story.review, gate.office())
            assert acting is not None
            assert acting.why == "the Head of QA is away"
            assert gate.office().holds(deputy.id)
        with clock.set_to(TODAY + timedelta(days=4)):
            assert acting_as(deputy.id, story.review, gate.office()) is None
        row = session.scalars(select(Delegation)).one()
        assert (row.head_id, row.deputy_id) == (world.actor("head.qa").id, deputy.id)
        event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "cover.arranged")).one()
        assert event.data == {"why": "away", "ends_on": "2026-11-26", "item": deputy.id}
        assert invariants.broken() == {}


@pytest.mark.parametrize("login", [part.login for part in cast.LOGINS if part.login != "head.qa"])
def test_the_head_alone_says_who_covers(sqlite_world: World, login: str) -> None:
    world = sqlite_world
    with world.context():
        cover.arrange(world.actor("head.qa"), span(world))  # the deputy acts, and still may not extend it
        with pytest.raises(NotPermitted):
            cover.arrange(world.actor(login), span(world, 5, 9))
        with pytest.raises(NotPermitted):
            cover.end(world.actor(login), world.public_id("deputy.qa"), MONDAY)


@pytest.mark.parametrize(
    ("changes", "target", "words"),
    [
        ({"deputy": None}, "deputy", "Choose a deputy"),
        ({"deputy": "nobody"}, "deputy", "Choose a deputy"),
        ({"kind": None}, "kind", "away or delegate"),
        ({"kind": "conflict"}, "kind", "away or delegate"),
        ({"reason": "  "}, "reason", "Give the reason"),
        ({"reason": "x" * 501}, "reason", "500 characters"),
        ({"from_on": None}, "from_on", "first day"),
        ({"from_on": MONDAY - timedelta(days=1)}, "from_on", "cannot be past"),
        ({"to_on": None}, "to_on", "last day"),
        ({"from_on": MONDAY + timedelta(days=5)}, "to_on", "before the first"),
        ({"to_on": MONDAY + timedelta(days=400)}, "to_on", "within a year"),
    ],
)
def test_a_span_that_cannot_be_says_why(sqlite_world: World, changes: dict[str, Any], target: str, words: str) -> None:
    world = sqlite_world
    with world.context():
        with pytest.raises(GuardFailed) as refused:
            cover.arrange(world.actor("head.qa"), span(world, **changes))
        assert words in said(refused)
        assert [reason.target for reason in refused.value.reasons] == [target]
        assert session.query(Delegation).count() == 0


def test_all_that_is_wrong_is_said_at_once(sqlite_world: World) -> None:
    with sqlite_world.context():
        with pytest.raises(GuardFailed) as refused:
            cover.arrange(sqlite_world.actor("head.qa"), cover.Span(None, None, None, None))
        assert len(refused.value.reasons) == 5


@pytest.mark.parametrize("login", ["admin", "assistant.director", "head.qa", "worker"])
def test_only_a_deputy_covers(sqlite_world: World, login: str) -> None:
    with sqlite_world.context(), pytest.raises(GuardFailed):
        cover.arrange(sqlite_world.actor("head.qa"), span(sqlite_world, login=login))


def test_a_deputy_who_has_left_does_not_cover(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        deputy = world.person("deputy.qa")
        details = accounts.Details(
            name=deputy.name,
            email=deputy.email,
            role_names=deputy.role_names,
            team_id=deputy.team_id,
            line_manager_id=deputy.line_manager_id,
            ends_on=MONDAY + timedelta(days=2),
        )
        accounts.change(world.actor("admin"), deputy.id, deputy.version, details)
        with pytest.raises(GuardFailed) as refused:
            cover.arrange(world.actor("head.qa"), span(world))
        assert "25 November 2026" in said(refused)
        cover.arrange(world.actor("head.qa"), span(world, 0, 2))


@pytest.mark.parametrize(("first", "last"), [(0, 4), (4, 8), (2, 3), (-0, 0), (1, 20)])
def test_one_deputy_does_not_cover_twice(world: World, first: int, last: int) -> None:
    with world.context():
        head = world.actor("head.qa")
        cover.arrange(head, span(world))
        with pytest.raises(GuardFailed) as refused:
            cover.arrange(head, span(world, first, last, kind="delegated"))
        assert "from 23 November 2026 to 27 November 2026" in said(refused)


def test_two_deputies_may_cover_on_the_same_days(world: World) -> None:
    with world.context():
        second_deputy(world)
        head = world.actor("head.qa")
        cover.arrange(head, span(world))
        cover.arrange(head, span(world, 2, 9, login=SECOND, kind="delegated"))
        cover.arrange(head, span(world, 5, 9))
        with clock.set_to(TODAY + timedelta(days=3)):
            assert set(gate.office().delegated.values()) == {"away", "delegated"}
        lines = queries.cover(MONDAY)
        assert [line.state for line in lines] == ["now", "coming", "coming"]


def test_ending_early_makes_today_the_last_day(world: World) -> None:
    with world.context():
        head, deputy = world.actor("head.qa"), world.public_id("deputy.qa")
        cover.arrange(head, span(world))
        with clock.set_to(TODAY + timedelta(days=2)):
            cover.end(head, deputy, MONDAY)
            assert gate.office().holds(world.person("deputy.qa").id)
            with pytest.raises(GuardFailed):
                cover.end(head, deputy, MONDAY)
        with clock.set_to(TODAY + timedelta(days=3)):
            assert not gate.office().holds(world.person("deputy.qa").id)
            assert [line.state for line in queries.cover(clock.today())] == ["past"]
        assert session.scalars(select(Delegation.to_on)).one() == date(2026, 11, 25)
        event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "cover.ended")).one()
        assert event.data["ends_on"] == "2026-11-25"


def test_cover_that_has_not_begun_is_called_off(world: World) -> None:
    with world.context():
        head, deputy = world.actor("head.qa"), world.public_id("deputy.qa")
        cover.arrange(head, span(world, 3, 5))
        cover.end(head, deputy, MONDAY + timedelta(days=3))
        assert session.query(Delegation).count() == 0
        event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "cover.called_off")).one()
        assert event.data == {"item": world.person("deputy.qa").id}
        with pytest.raises(NotFound):
            cover.end(head, deputy, MONDAY + timedelta(days=3))
        assert invariants.broken() == {}


def test_deputies_to_choose_are_the_active_ones(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        assert queries.deputies(gate.office()) == {world.public_id("deputy.qa"): "Tom Wetherby"}
        second_deputy(world)
        assert list(queries.deputies(gate.office()).values()) == ["Mei Chen", "Tom Wetherby"]
        assert session.query(Person).count() == len(cast.CAST)


def test_a_head_who_once_wrote_part_of_a_review_does_not_act_on_it(world: World) -> None:
    """R4 asks who wrote any of it; that another reviewer finished it changes nothing."""
    with world.context():
        story = Story(world)
        story.drafting()
        head, deputy = world.person("head.qa"), world.person("deputy.qa")
        with unit_of_work(world.actor("admin")) as work:
            spell = ReviewerSpell(review_id=story.id, person_id=head.id, from_at=work.at, to_at=work.at)
            work.record("account.delegated", work.add(spell))
        office = gate.office()
        assert acting_as(world.person("head.qa").id, story.review, office) is None
        assert acting_as(deputy.id, story.review, office) is not None
        condition = conflict_condition(world.person("head.qa").id)
        assert story.id in session.scalars(select(Review.id).where(condition)).all()
