"""Lists ask `visible_reviews`, pages ask `sees`: for any reviews at all, and everybody, the two agree."""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select

from app import clock, extensions
from app.extensions import session
from app.models.forms import FormTemplateVersion
from app.models.people import Person
from app.models.recommendations import Recommendation
from app.models.reviews import Child, ConflictDeclaration, DeclarationStep, Review
from app.policy.acting import Office, load_office
from app.policy.actor import actor_of
from app.policy.visibility import Aspect, known_reviews, sees, visible_recommendations, visible_reviews
from tests.support.world import TODAY, SqliteWorlds
from workflows.states import RecommendationState, ReviewState

pytestmark = pytest.mark.walk

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
REVIEWS = 30


def scatter(connection: Connection, dice: Random, people: list[int]) -> None:
    """Reviews with anybody as anything, at any stage, declared or not, issued or not.

    The services could make few of these; the two answers must agree on all of them.
    """
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA ignore_check_constraints=ON")
    form = connection.scalar(select(FormTemplateVersion.id)) or 0
    child = connection.execute(insert(Child).values(_child()).returning(Child.id)).scalar_one()
    for number in range(REVIEWS):
        row = _review(dice, people, number) | {"child_id": child, "form_version_id": form}
        review_id = connection.execute(insert(Review).values(row).returning(Review.id)).scalar_one()
        _declare(connection, dice, review_id, row["reviewer_id"])
        _recommend(connection, dice, review_id, people)
    connection.commit()
    driver.execute("PRAGMA ignore_check_constraints=OFF")


def _child() -> dict[str, Any]:
    return {"case_system_id": "S1", "name": "Wren Alder", "initials": "W.A.", "born_on": date(2016, 5, 4)}


def _review(dice: Random, people: list[int], number: int) -> dict[str, Any]:
    issued = dice.random() < 0.5
    return {
        "reference": f"S-{number}", "state": dice.choice(list(ReviewState)), "version": 1,
        "planned_month": NOW.date(), "theme": "", "child_status": "child_in_need", "case_open": True,
        "reviewer_id": dice.choice(people), "reviewer_kind": "internal", "worker_id": dice.choice(people),
        "line_manager_id": dice.choice(people), "allocated_on": NOW.date(), "due_on": NOW.date(),
        "independent_chair_id": dice.choice([None, *people]), "planned_at": NOW, "planned_by_id": people[0],
        "issued_at": NOW if issued else None,
    }  # fmt: skip


def _declare(connection: Connection, dice: Random, review_id: int, reviewer: int) -> None:
    for step in DeclarationStep:
        if dice.random() < 0.7:
            said = {"person_id": reviewer, "step": step, "conflicted": dice.random() < 0.2, "reason": "", "at": NOW}
            connection.execute(insert(ConflictDeclaration).values(review_id=review_id, **said))


def _recommend(connection: Connection, dice: Random, review_id: int, people: list[int]) -> None:
    row = {
        "reference": f"S-{review_id}/1", "state": dice.choice(list(RecommendationState)), "version": 1,
        "level": "child", "finding": "", "tags": [], "action": "x", "effect": "", "raised_at": NOW, "evidence": "",
        "impact": "", "plan": "",
        "owner_id": dice.choice([None, *people]), "verifier_id": dice.choice([None, *people]),
    }  # fmt: skip
    connection.execute(insert(Recommendation).values(review_id=review_id, **row))


def offices(present: Office) -> list[Office]:
    """As it is; the deputy delegated; nobody but deputies; nobody at all."""
    delegated = dict.fromkeys(present.deputies, "away")
    return [
        present,
        Office(present.heads, present.deputies, present.assistant_directors, delegated),
        Office((), present.deputies, present.assistant_directors),
        Office((), (), ()),
    ]


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_list_and_the_page_agree(sqlite_worlds: SqliteWorlds, seed: int) -> None:
    with sqlite_worlds.fresh() as world, clock.set_to(TODAY), world.context():
        people = list(session.scalars(select(Person).order_by(Person.id)))
        ids = [person.id for person in people]
        session.rollback()
        with extensions.engine().connect() as connection:
            scatter(connection, Random(seed), ids[:14])
        reviews = list(session.scalars(select(Review)))
        for office in offices(load_office(session, clock.today())):
            for person in people:
                agree(person, reviews, office)


def agree(person: Person, reviews: list[Review], office: Office) -> None:
    """The same reviews by either way, and no recommendation of a review without a reason."""
    actor = actor_of(person)
    known, whose, told = set(), set(), set()
    for review in reviews:
        sight = sees(actor, review, office)
        if Aspect.EXISTS in sight:
            whose.add(review.id)
        if Aspect.EXISTS in sight or Aspect.PROGRESS in sight:
            known.add(review.id)
        if Aspect.RECOMMENDATIONS in sight and review.issued_at is not None:
            told.add(review.id)
    assert set(session.scalars(select(Review.id).where(visible_reviews(actor, office)))) == known, person.email
    assert set(session.scalars(select(Review.id).where(known_reviews(actor, office)))) == whose, person.email
    rows = session.execute(
        select(Recommendation.review_id, Recommendation.owner_id, Recommendation.verifier_id).where(
            visible_recommendations(actor, office)
        )
    ).all()
    assert told <= {review_id for review_id, *_ in rows}, person.email
    for review_id, *named in rows:
        assert actor.id in named or review_id in known, person.email
