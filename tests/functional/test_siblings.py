"""A sibling pair: planned beside one another, the same reviewer, feedback written once."""

from __future__ import annotations

import pytest

from app.extensions import session
from app.models.reviews import Review
from app.services import drafting, form_versions, planning
from forms.answers import blank_part
from forms.shipped import template
from tests.support.browsing import send
from tests.support.stages import Story, plan
from tests.support.world import World
from workflows.engine import GuardFailed

FULL = template("practice-review", "2024-04")


def test_a_brothers_review_is_planned_beside_his_sisters(world: World) -> None:
    with world.context():
        story = Story(world, form_version=form_versions.find("practice-review", "2024-04").public_id)
        public_id = story.review.public_id
    child = {
        "case_system_id": "CS770001",
        "child_name": "Obi Kestrel",
        "born_on-day": "1",
        "born_on-month": "2",
        "born_on-year": "2019",
        "child_status": "child_in_need",
        "case_open": "open",
    }
    head = world.client("head.qa")
    answer = send(head, f"/programme/plan?sibling_of={public_id}", child, holding="case_system_id")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert f"/reviews/{public_id}" in head.get(answer.location).get_data(as_text=True)
    with world.context():
        both = session.query(Review).filter(Review.sibling_set.is_not(None)).all()
        assert {review.reviewer_id for review in both} == {world.person("external.reviewer").id}
        assert len({review.sibling_set for review in both}) == 1
        assert len(both) == 2


def pair(world: World) -> tuple[Story, Story]:
    version = form_versions.find("practice-review", "2024-04").public_id
    first = Story(world, form_version=version)
    second = Story(world, form_version=version, sibling_of=first.review.public_id)
    for story in (first, second):
        story.drafting()
    return first, second


def test_feedback_is_written_once_and_shown_in_each(world: World) -> None:
    with world.context():
        first, second = pair(world)
        reviewer = world.actor("external.reviewer")
        for key, shared in (("feedback_family", True), ("journey", False)):
            question = "text" if shared else "evidence"
            answers = {**blank_part(FULL.part(key)), question: "They said the visits are kind."}
            drafting.save_part(reviewer, first.id, key, answers, expected_version=0)
            found = [part.answers.get(question) for part in second.review.parts if part.part == key]
            assert found == (["They said the visits are kind."] if shared else [])


def test_a_set_has_one_reviewer(world: World) -> None:
    with world.context():
        first = Story(world)
        other = plan(world, reviewer=world.public_id("internal.reviewer"), sibling_of=first.review.public_id)
        with pytest.raises(GuardFailed, match="same reviewer"):
            planning.plan_review(world.actor("head.qa"), other)
