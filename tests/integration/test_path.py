"""The thinnest whole path: one review from planned to closed through the services, on both databases."""

from __future__ import annotations

import pytest

from app.extensions import session
from app.models.records import AuditEvent, OutboxMessage
from app.models.reviews import GradeGiven
from tests.support.stages import ORDER, review_at
from tests.support.world import World
from workflows.states import Outcome, RecommendationState, ReviewState


@pytest.mark.parametrize("state", ORDER)
def test_a_review_can_be_walked_to_every_stage(world: World, state: ReviewState) -> None:
    with world.context():
        assert review_at(world, state).review.state is state


def test_a_closed_review_has_its_history(world: World) -> None:
    with world.context():
        story = review_at(world, ReviewState.CLOSED)
        recommendation = story.recommendation()
        kinds = [
            event.kind for event in session.query(AuditEvent).filter_by(subject_kind="review", subject_id=story.id)
        ]
        grades = session.query(GradeGiven).filter_by(review_id=story.id, part="journey").order_by(GradeGiven.id)
        assert (recommendation.state, recommendation.outcome) == (RecommendationState.CLOSED, Outcome.IMPACT_VERIFIED)
        assert [grade.stage.value for grade in grades] == [
            "reviewer_draft", "reviewer_final", "first_moderation", "final",
        ]  # fmt: skip
        assert [k for k in kinds if not k.endswith("save_part")] == [
            "review.plan", "review.declare", "review.declare", "review.start", "review.share", "review.respond",
            "review.respond", "review.draw", "review.submit", "review.save_moderation", "review.agree_without_panel",
            "review.issue", "review.record_upload", "review.record_supervision", "review.close",
        ]  # fmt: skip
        assert session.query(OutboxMessage).filter_by(kind="review.share").count() == 2
