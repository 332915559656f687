"""Every line that a history can have is somebody's to read, or nobody's but those tied to the review (R11)."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from app.models.recommendations import Recommendation, RecommendationEntry
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.recommendation_sight import BETWEEN, DECIDING, DISPUTE, TO_THEM, RecommendationSight, reads_entry
from app.web.recommendation_words import LABELS
from workflows.recommendation import RECOMMENDATION

OWNER, VERIFIER, DIRECTOR, HEAD, BEFORE, STRANGER = range(1, 7)
OFFICE = Office(heads=(HEAD,), deputies=(), assistant_directors=())
BESIDE = {"joined_here", "parted_here", "file_added", "file_removed"}  # lines that are no step
ACTIONS = {trigger for trigger, _ in RECOMMENDATION.steps()} | BESIDE
OWN = RecommendationSight(whole=False, steers=False)
WHOLE = RecommendationSight(whole=True, steers=False)


def reads(person: int, action: str, by: int, sight: RecommendationSight = OWN) -> bool:
    row = Recommendation(owner_id=OWNER, verifier_id=VERIFIER, director_id=DIRECTOR)
    entry = RecommendationEntry(action=action, person_id=by, at=datetime(2026, 11, 23, tzinfo=UTC))
    return reads_entry(Actor(person, "Somebody"), row, sight, OFFICE)(entry)


def test_every_line_is_placed_and_has_a_name() -> None:
    assert set().union(DECIDING, BETWEEN, TO_THEM, DISPUTE) == ACTIONS
    assert set(LABELS) == ACTIONS
    assert not DECIDING & (BETWEEN | TO_THEM | DISPUTE)
    assert not DISPUTE & (BETWEEN | TO_THEM)


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_ones_own_words_and_the_whole_are_read(action: str) -> None:
    assert reads(OWNER, action, OWNER)
    assert reads(STRANGER, action, HEAD, WHOLE)


@pytest.mark.parametrize(("action", "person"), list(product(sorted(DECIDING), (OWNER, VERIFIER, DIRECTOR))))
def test_what_the_deciders_wrote_is_the_reviews(action: str, person: int) -> None:
    assert not reads(person, action, HEAD)


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_of_those_who_had_it_before_nothing_but_a_day(action: str) -> None:
    """A former owner is one of the review's people, as far as anybody knows."""
    if action in BETWEEN | {"dispute"}:
        assert not reads(OWNER, action, BEFORE)
        assert not reads(VERIFIER, action, BEFORE)


@pytest.mark.parametrize("action", sorted(TO_THEM))
def test_what_the_office_wrote_to_them_is_theirs_and_not_the_directors(action: str) -> None:
    assert reads(OWNER, action, HEAD)
    assert reads(VERIFIER, action, HEAD)
    assert not reads(DIRECTOR, action, HEAD)


def test_owner_and_verifier_read_each_other() -> None:
    assert reads(VERIFIER, "complete", OWNER)
    assert reads(OWNER, "not_seen", VERIFIER)
    assert not reads(DIRECTOR, "complete", OWNER)


def test_a_dispute_is_the_owners_the_offices_and_the_directors() -> None:
    assert reads(DIRECTOR, "dispute", OWNER)
    assert reads(DIRECTOR, "refer_dispute", HEAD)
    assert reads(OWNER, "settle_as_director", DIRECTOR)
    assert not reads(VERIFIER, "dispute", OWNER)
    assert not reads(VERIFIER, "settle", HEAD)


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_a_stranger_reads_nothing(action: str) -> None:
    assert not reads(STRANGER, action, OWNER)
    assert not reads(STRANGER, action, HEAD)
