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
from app.models.panel import Attendance, PanelItem, PanelMeeting, PanelReading, PanelSeat
from app.models.people import Person
from app.models.recommendations import Recommendation
from app.models.reviews import Child, ConflictDeclaration, DeclarationStep, Review, Revision
from app.policy.acting import NO_OFFICE, Office, load_office
from app.policy.actor import actor_of
from app.policy.panel import items_of
from app.policy.visibility import Aspect, Tie, known_reviews, sees, visible_recommendations, visible_reviews
from tests.support.world import TODAY, SqliteWorlds
from workflows.states import PanelItemState, ReadingState, RecommendationState, ReviewState

pytestmark = pytest.mark.walk

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
REVIEWS = 30
PANEL_TIES = {Tie.PANEL_MEMBER, Tie.PANEL_PRESENT, Tie.PANEL_CHAIR}


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
        _before_the_panel(connection, dice, review_id, people)
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
        "issued_at": NOW if issued else None, "decided_how": dice.choice([None, "panel", "without_panel"]),
    }  # fmt: skip


def _declare(connection: Connection, dice: Random, review_id: int, reviewer: int) -> None:
    for step in DeclarationStep:
        if dice.random() < 0.7:
            said = {"person_id": reviewer, "step": step, "conflicted": dice.random() < 0.2, "reason": "", "at": NOW}
            connection.execute(insert(ConflictDeclaration).values(review_id=review_id, **said))


def _recommend(connection: Connection, dice: Random, review_id: int, people: list[int]) -> None:
    row = {
        "reference": f"S-{review_id}/1", "state": dice.choice(list(RecommendationState)), "version": 1,
        "level": "child", "finding": "", "action": "x", "effect": "", "raised_at": NOW, "evidence": "",
        "impact": "", "plan": "", "partner_agency": "", "partner_contact": "", "family_words": "",
        "owner_id": dice.choice([None, *people]), "verifier_id": dice.choice([None, *people]),
    }  # fmt: skip
    connection.execute(insert(Recommendation).values(review_id=review_id, **row))


def _before_the_panel(connection: Connection, dice: Random, review_id: int, people: list[int]) -> None:
    """None, one or two items of this review; at any state, with or without a meeting, opened or not, and readings of
    anybody at any state, as a substitute or not, let in or not."""
    text: dict[str, Any] = {
        "number": 1, "kind": "submitted", "content": {}, "digest": "", "made_at": NOW, "made_by_id": people[0],
    }  # fmt: skip
    revision = insert(Revision).values(review_id=review_id, **text).returning(Revision.id)
    revision_id = connection.execute(revision).scalar_one()
    for latest in dice.choice([(), (True,), (False, True), (False, False)]):
        meeting = _meeting(connection, dice, people) if dice.random() < 0.8 else None
        row = {
            "review_id": review_id, "latest": latest, "meeting_id": meeting, "revision_id": revision_id,
            "form_version_id": 1, "public_id": f"s-{dice.getrandbits(60)}", "position": 1, "version": 1,
            "opened_acting": "",
            "state": dice.choice(list(PanelItemState)), "referred_at": NOW, "referred_by_id": people[0],
            "opened_at": dice.choice([None, NOW]),
        }  # fmt: skip
        item_id = connection.execute(insert(PanelItem).values(row).returning(PanelItem.id)).scalar_one()
        for person in dice.sample(people, dice.randrange(len(people))):
            reading = {
                "item_id": item_id, "person_id": person, "state": dice.choice(list(ReadingState)), "version": 1,
                "as_substitute": dice.random() < 0.3, "let_in_at": dice.choice([None, NOW]), "answers": {},
                "public_id": f"s-{dice.getrandbits(60)}",
            }  # fmt: skip
            connection.execute(insert(PanelReading).values(reading))


def _meeting(connection: Connection, dice: Random, people: list[int]) -> int:
    chair, deputy = dice.sample(people, 2)
    row = {
        "starts_at": NOW, "minutes": 90, "place": "", "version": 1, "set_up_at": NOW, "set_up_by_id": people[0],
        "chair_id": chair, "deputy_chair_id": dice.choice([None, deputy]), "public_id": f"s-{dice.getrandbits(60)}",
    }  # fmt: skip
    made: int = connection.execute(insert(PanelMeeting).values(row).returning(PanelMeeting.id)).scalar_one()
    for person in dice.sample(people, dice.randrange(len(people))):
        seat = {
            "meeting_id": made, "person_id": person, "attendance": dice.choice(list(Attendance)),
            "substitute_for_id": dice.choice([None, None, people[0]]), "left_at": dice.choice([None, None, NOW]),
        }  # fmt: skip
        connection.execute(insert(PanelSeat).values(seat))
    return made


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
        items = items_of(reviews)
        present = load_office(session, clock.today())
        for number, person in enumerate(people):
            read_only_what_is_open(person, reviews, items)
            row = reviews[number % len(reviews)]
            actor, handed = actor_of(person), items.get(row.id)
            assert sees(actor, row, present) == sees(actor, row, present, item=handed), "read here or handed over"
            for office in offices(present):
                agree(person, reviews, items, office)


def read_only_what_is_open(person: Person, reviews: list[Review], items: dict[int, PanelItem]) -> None:
    """Whatever the rows say: nobody has a tie of the panel by an exempt reading, and none sees readings who is not
    let in to an opened item of a review at the panel (R3, R4)."""
    for review in reviews:
        item = items.get(review.id)
        sight = sees(actor_of(person), review, NO_OFFICE, item=item)
        mine = [row for row in item.readings if row.person_id == person.id] if item else []
        if not mine or mine[0].state is ReadingState.EXEMPT:
            assert not sight.ties & PANEL_TIES
        if Aspect.READINGS in sight and review.state is ReviewState.PANEL_MODERATION:
            assert item is not None
            assert item.opened_at is not None
            assert mine[0].let_in_at is not None


def agree(person: Person, reviews: list[Review], items: dict[int, PanelItem], office: Office) -> None:
    """The same reviews by either way, and no recommendation of a review without a reason."""
    actor = actor_of(person)
    known, whose, told = set(), set(), set()
    for review in reviews:
        sight = sees(actor, review, office, item=items.get(review.id))
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
