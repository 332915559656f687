"""The register answers filters only about what its reader may know, and counts days in the present stage."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import clock
from tests.support.browsing import send
from tests.support.stages import review_at
from tests.support.world import TODAY, World
from workflows.states import ReviewState


@pytest.mark.parametrize("asked", ["worker", "status", "theme", "search"])
def test_filters_tell_an_agency_nothing_of_a_child(world: World, asked: str) -> None:
    with world.context():
        review = review_at(world, ReviewState.DISCUSSION).review
        reference = review.reference
        values = {
            "worker": world.public_id("worker"),
            "status": "child_in_need",
            "theme": "Help",
            "search": review.child.case_system_id,
        }
        worker_name = world.person("worker").name
    agency, head = world.client("agency"), world.client("head.qa")
    assert reference in agency.get("/reviews").get_data(as_text=True)
    assert reference in agency.get(f"/reviews?search={reference}").get_data(as_text=True)
    page = agency.get(f"/reviews?{asked}={values[asked]}").get_data(as_text=True)
    assert f">{reference}<" not in page
    assert worker_name not in page
    found = head.get(f"/reviews?{asked}={values[asked]}").get_data(as_text=True)
    assert f">{reference}<" in found


def test_days_count_from_the_present_stage(world: World) -> None:
    with world.context():
        story = review_at(world, ReviewState.DISCUSSION)
        reference, url = story.review.reference, f"/reviews/{story.review.public_id}"
    with clock.set_to(TODAY + timedelta(days=9)):
        assert _days(world, reference) == "9"
        assert (
            send(world.client("external.reviewer"), f"{url}/do/take_back", {"reason": "More to see."}).status_code
            == 303
        )
        assert _days(world, reference) == "0"


def _days(world: World, reference: str) -> str:
    page = world.client("head.qa").get("/reviews").get_data(as_text=True)
    row = page.split(f">{reference}<", 1)[1].split("</tr>", 1)[0]
    return row.split('data-label="Days in stage">', 1)[1].split("<", 1)[0].strip()
