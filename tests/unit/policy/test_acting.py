"""Who acts as Head of QA (R4): every way out of it, and who comes next."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import session
from app.models.people import Delegation, DelegationKind, Person, RoleName
from app.models.reviews import ConflictDeclaration, DeclarationStep, Review
from app.policy.acting import (
    Acting,
    Office,
    acting_as,
    conflict_condition,
    conflict_of,
    first_moderator,
    load_office,
    may_act,
)
from app.services.unit_of_work import unit_of_work
from tests.support.stages import review_at
from tests.support.world import World
from tests.unit.policy.people import NOBODY, person, review
from workflows.states import ReviewState

HEAD, DEPUTY, SECOND = person(), person(), person()
DIRECTOR = person()


def office(**rest: Any) -> Office:
    """A Head, two deputies, an assistant director."""
    return Office(
        **{"heads": (HEAD.id,), "deputies": (DEPUTY.id, SECOND.id), "assistant_directors": (DIRECTOR.id,), **rest}
    )


def conflicted(*people: Person) -> Review:
    """A review that all of these are out of, each in another way."""
    ways: dict[str, Any] = {}
    for who, way in zip(people, ("reviewer", "independent_chair", "line_manager"), strict=False):
        ways[way] = who
    return review(**ways)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: review(reviewer=HEAD), "wrote this review"),
        (lambda: review(worker=HEAD), "is the worker or the line manager"),
        (lambda: review(line_manager=HEAD), "is the worker or the line manager"),
        (lambda: review(worker=person(line_manager=HEAD)), "directly supervises"),
        (lambda: review(line_manager=person(line_manager=HEAD)), "directly supervises"),
        (lambda: review(independent_chair=HEAD), "independent chair"),
    ],
)
def test_what_puts_the_head_out_of_a_review(made: Any, why: str) -> None:
    made = made()
    assert why in (conflict_of(HEAD.id, made) or "")
    assert acting_as(HEAD.id, made, office()) is None
    assert first_moderator(made, office()) == Acting(DEPUTY.id, "the Head of QA may not act on this review")


def test_higher_in_the_line_is_no_conflict() -> None:
    """Only direct supervision of the worker or the manager puts the Head out."""
    above = person(line_manager=HEAD)
    assert conflict_of(HEAD.id, review(line_manager=person(line_manager=above))) is None


def test_a_review_without_an_independent_chair_conflicts_nobody() -> None:
    assert conflict_of(HEAD.id, review(independent_chair=None)) is None


def test_an_ordinary_review_waits_for_the_head_alone() -> None:
    assert may_act(review(), office()) == [Acting(HEAD.id)]
    assert acting_as(DEPUTY.id, review(), office()) is None


@pytest.mark.parametrize(("kind", "said"), [("away", "away"), ("delegated", "delegating this work")])
def test_a_delegated_deputy_acts_beside_the_head(kind: str, said: str) -> None:
    acting = may_act(review(), office(delegated={DEPUTY.id: kind}))
    assert acting == [Acting(DEPUTY.id, f"the Head of QA is {said}"), Acting(HEAD.id)]


def test_a_delegated_deputy_in_conflict_does_not_act() -> None:
    assert may_act(review(reviewer=DEPUTY), office(delegated={DEPUTY.id: "away"})) == [Acting(HEAD.id)]


def test_a_deputy_in_conflict_passes_it_to_another() -> None:
    assert [acting.person_id for acting in may_act(conflicted(HEAD, DEPUTY), office())] == [SECOND.id]


def test_with_every_deputy_in_conflict_the_assistant_director_acts() -> None:
    acting = may_act(conflicted(HEAD, DEPUTY, SECOND), office())
    assert acting == [Acting(DIRECTOR.id, "the Head of QA may not act on this review, nor may a deputy")]


def test_without_a_head_a_deputy_acts() -> None:
    assert may_act(review(), office(heads=()))[0] == Acting(DEPUTY.id, "there is no Head of QA")


def test_with_everybody_in_conflict_nobody_acts() -> None:
    assert first_moderator(review(reviewer=HEAD), office(deputies=(), assistant_directors=())) is None
    assert may_act(review(), NOBODY) == []


def test_a_conflict_that_one_of_the_office_declared_takes_that_one_out() -> None:
    """R4: found by the system from known facts, others declared; both count."""
    made, other = review(), review()
    declared = office(declared=frozenset({(HEAD.id, made.id), (DEPUTY.id, other.id)}))
    assert [acting.person_id for acting in may_act(made, declared)] == [DEPUTY.id, SECOND.id]
    assert [acting.person_id for acting in may_act(other, declared)] == [HEAD.id]
    everybody = frozenset((who.id, made.id) for who in (HEAD, DEPUTY, SECOND))
    assert first_moderator(made, office(declared=everybody)) == Acting(
        DIRECTOR.id, "the Head of QA may not act on this review, nor may a deputy"
    )
    delegated = office(delegated={DEPUTY.id: "away"}, declared=frozenset({(DEPUTY.id, made.id)}))
    assert may_act(made, delegated) == [Acting(HEAD.id)]


def test_whoever_holds_the_office_plans() -> None:
    assert office().holds(HEAD.id)
    assert not office().holds(DEPUTY.id)
    assert office(delegated={DEPUTY.id: "away"}).holds(DEPUTY.id)
    assert not office().holds(None)


# --- from the database --------------------------------------------------------------------------------------------

MONDAY = date(2026, 11, 23)


def delegate(world: World, deputy: str, from_on: date, to_on: date) -> None:
    with unit_of_work(world.actor("admin")) as work:
        span = {"from_on": from_on, "to_on": to_on, "kind": DelegationKind.AWAY, "reason": "Leave"}
        work.add(Delegation(head_id=world.person("head.qa").id, deputy_id=world.person(deputy).id, **span))


def test_the_office_of_a_day(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        delegate(world, "deputy.qa", MONDAY, MONDAY + timedelta(days=2))
        found = {day: load_office(session, MONDAY + timedelta(days=day)) for day in (-1, 0, 2, 3)}
        deputy = world.person("deputy.qa").id
        assert [deputy in found[day].delegated for day in (-1, 0, 2, 3)] == [False, True, True, False]
        assert found[0].heads == (world.person("head.qa").id,)
        assert found[0].deputies == (deputy,)
        assert found[0].assistant_directors == (world.person("assistant.director").id,)


def test_a_delegation_to_somebody_who_is_no_deputy_counts_for_nothing(sqlite_world: World) -> None:
    with sqlite_world.context():
        delegate(sqlite_world, "worker", MONDAY, MONDAY)
        assert load_office(session, MONDAY).delegated == {}


def test_the_office_knows_what_its_people_declared(sqlite_world: World) -> None:
    """A conflict, not a declaration of none; and of nobody else."""
    world = sqlite_world
    with world.context():
        story = review_at(world, ReviewState.PLANNED)
        with unit_of_work(world.actor("head.qa")) as work:
            for login, conflicted in (("head.qa", True), ("deputy.qa", False), ("worker", True)):
                said = {"step": DeclarationStep.NAME, "conflicted": conflicted, "reason": "A friend.", "at": work.at}
                work.add(ConflictDeclaration(review_id=story.id, person_id=world.person(login).id, **said))
        found = load_office(session, MONDAY)
        assert found.declared == {(world.person("head.qa").id, story.id)}
        acting = first_moderator(story.review, found)
        assert acting is not None
        assert acting.person_id == world.person("deputy.qa").id
        mine = select(Review.id).where(conflict_condition(world.person("head.qa").id))
        assert session.scalars(mine).all() == [story.id]


@pytest.mark.parametrize("change", [{"active": False}, {"ends_on": MONDAY - timedelta(days=1)}])
def test_an_account_that_ended_holds_no_office(sqlite_world: World, change: dict[str, Any]) -> None:
    with sqlite_world.context():
        with unit_of_work(sqlite_world.actor("admin")) as work:
            head = work.lock(Person, sqlite_world.person("head.qa").id)
            for name, value in change.items():
                setattr(head, name, value)
        assert load_office(session, MONDAY).heads == ()
        assert RoleName.HEAD_OF_QA in sqlite_world.person("head.qa").role_names
