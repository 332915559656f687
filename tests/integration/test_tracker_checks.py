"""The checks of R8: what they warn of, that they find what is much alike among thousands, and reveal nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from app import clock
from app.extensions import session
from app.models.recommendations import Level, Recommendation
from app.policy.recommendation_sight import sight_of
from app.queries import one_recommendation, recommendation_checks
from app.services import gate
from app.services.unit_of_work import unit_of_work
from tests.support.statements import counted
from tests.support.tracker import LIKE, Told, issued, row, take
from tests.support.world import World
from workflows.states import RecommendationState

pytestmark = pytest.mark.slow


def said(world: World, login: str, story: Told) -> dict[str, str]:
    session.rollback()
    actor, office = world.actor(login), gate.office()
    found = one_recommendation.find(actor, office, row(story).public_id)
    checks = recommendation_checks.of_one(actor, office, found, sight_of(actor, found, office))
    return {check.key: check.text for check in checks}


def likes(world: World, login: str, story: Told) -> list[str]:
    session.rollback()
    actor, office = world.actor(login), gate.office()
    found = recommendation_checks.much_like(actor, office, row(story), 10)
    return [like.row.reference for like in found]


def elsewhere(world: World, number: int, **changes: Any) -> None:
    """So many open ones from other sources, which no review has."""
    with unit_of_work(world.actor("head.qa")) as work:
        owner = world.person("worker").id
        base = {
            "state": RecommendationState.AGREED, "version": 1, "level": Level.SERVICE, "raised_at": work.at,
            "action": "Look at it again.", "effect": "Children are safer.", "owner_id": owner,
            "verifier_id": world.person("manager").id, "due_on": clock.today() + timedelta(days=30),
        }  # fmt: skip
        rows = [{**base, **changes, "reference": f"X/{n}"} for n in range(number)]
        for given in rows:
            given["action"] = str(given["action"]).replace("#", given["reference"])
        session.execute(insert(Recommendation), rows)


def test_what_is_in_order_gets_no_warning(world: World) -> None:
    with world.context():
        assert said(world, "head.qa", issued(world)) == {}


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"owner_id": None}, "owner"),
        ({"verifier_id": None}, "verifier"),
        ({"due_on": None}, "due"),
        ({"effect": ""}, "effect"),
        ({"action": "Arrange training on chronologies for the team."}, "training"),
    ],
)
@pytest.mark.databases("sqlite")
def test_what_is_missing_is_said(world: World, changes: dict[str, Any], key: str) -> None:
    with world.context():
        story = issued(world)
        with unit_of_work(world.actor("head.qa")):
            found = row_of(story)
            for name, value in changes.items():
                setattr(found, name, value)
        assert list(said(world, "head.qa", story)) == [key]


def row_of(story: Told) -> Recommendation:
    """Inside a transaction that is open: without ending it."""
    found = session.query(Recommendation).filter_by(review_id=story.id).one()
    assert isinstance(found, Recommendation)
    return found


def test_nothing_is_said_of_what_is_settled(world: World) -> None:
    with world.context():
        story = issued(world, action="Arrange training on chronologies.")
        take(world, story, "head.qa", "set_aside", reason="Not needed.")
        assert said(world, "head.qa", story) == {}


def test_more_than_eight_open_are_too_many_for_one(world: World) -> None:
    with world.context():
        story = issued(world)
        elsewhere(world, 7)
        assert "load" not in said(world, "head.qa", story)
        elsewhere_more(world)
        assert "holds 9 open recommendations" in said(world, "head.qa", story)["load"]
        assert "load" in said(world, "worker", story)
        assert "load" not in said(world, "manager", story)


def elsewhere_more(world: World) -> None:
    with unit_of_work(world.actor("head.qa")) as work:
        session.execute(
            insert(Recommendation),
            [{
                "reference": "Y/1", "state": RecommendationState.AGREED, "version": 1, "level": Level.SERVICE,
                "raised_at": work.at, "action": "Look.", "owner_id": world.person("worker").id,
            }],
        )  # fmt: skip


# --- much like another --------------------------------------------------------------------------------------------


def test_the_head_is_shown_what_is_much_alike_and_nobody_else_what_is_not_theirs(world: World) -> None:
    with world.context():
        one, other = issued(world), issued(world)
        different = issued(world, action="Write to the school about Fridays.")
        assert likes(world, "head.qa", one) == [row(other).reference]
        assert likes(world, "head.qa", different) == []
        assert likes(world, "head.service", one) == []


def test_what_is_not_issued_is_alike_to_nobody_but_the_office(world: World) -> None:
    """The worker may not know of it yet: a likeness would tell."""
    with world.context():
        one = issued(world)
        hidden = Told(world)
        for step in ("drafting", "discussion", "hos_moderation", "tracking"):
            getattr(hidden, step)()
        assert likes(world, "head.qa", one) == [row(hidden).reference]
        assert likes(world, "worker", one) == []


def test_settled_ones_are_no_match(world: World) -> None:
    with world.context():
        one, other = issued(world), issued(world)
        take(world, other, "head.qa", "set_aside", reason="Not needed.")
        assert likes(world, "head.qa", one) == []


def test_case_signs_and_order_do_not_hide_a_likeness(world: World) -> None:
    with world.context():
        one = issued(world)
        other = issued(world, action="PUT IT IN THE PLAN: agree with the child, who to ring when worried!")
        assert likes(world, "head.qa", one) == [row(other).reference]


def test_words_of_another_script_are_found_too(world: World) -> None:
    with world.context():
        one, other = (issued(world, action="Узгодити з дитиною, кому дзвонити.") for _ in range(2))
        assert likes(world, "head.qa", one) == [row(other).reference]


@pytest.mark.slow
def test_among_three_thousand_it_is_found_in_two_questions(world: World) -> None:
    """Three thousand open ones, each with words of its own; one of them is much alike."""
    with world.context():
        one, other = issued(world), issued(world)
        elsewhere(world, 3_000, action="Check that the record of supervision # is shown to the manager each month.")
        actor, office, subject = world.actor("head.qa"), gate.office(), row(one)
        with counted(world) as asked:
            found = recommendation_checks.much_like(actor, office, subject)
        assert [like.row.reference for like in found] == [row(other).reference]
        assert 1 <= len(asked) <= 2


# --- where they are written ---------------------------------------------------------------------------------------


def hints(world: World, login: str, action: str, owner: str = "worker", rows: int = 1) -> dict[str, list[str]]:
    session.rollback()
    given = [{"key": f"r{n}", "action": action, "owner": world.public_id(owner)} for n in range(rows)]
    return recommendation_checks.of_draft(world.actor(login), gate.office(), given, 0)[0]


def test_the_writer_is_told_of_what_is_open_and_open_to_the_writer(world: World) -> None:
    with world.context():
        story = issued(world)
        [text] = hints(world, "head.qa", LIKE)["r0"]
        assert row(story).reference in text
        assert hints(world, "external.reviewer", LIKE)["r0"] == [text]  # it is the reviewer's own review
        assert hints(world, "internal.reviewer", LIKE) == {}


def test_who_would_hold_too_many_is_counted_with_the_draft(world: World) -> None:
    with world.context():
        assert hints(world, "head.qa", "Ring.", rows=8) == {}
        [text] = hints(world, "head.qa", "Ring.", rows=9)["r0"]
        assert "would hold 9" in text
        elsewhere(world, 8)
        assert "would hold 9" in hints(world, "head.qa", "Ring.")["r0"][0]
        assert hints(world, "external.reviewer", "Ring.") == {}, "a count of what the writer may not see"


def test_a_draft_without_a_word_asks_nothing(world: World) -> None:
    with world.context():
        assert hints(world, "head.qa", "") == {}
        assert recommendation_checks.of_draft(world.actor("head.qa"), gate.office(), [], 0) == ({}, [])
