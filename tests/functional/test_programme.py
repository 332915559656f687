"""The programme shows twelve months, and those before and after."""

from __future__ import annotations

import pytest

from tests.support.stages import Story
from tests.support.world import World


def test_a_year_is_shown_and_the_one_before(sqlite_world: World) -> None:
    with sqlite_world.context():
        reference = Story(sqlite_world).review.reference
    client = sqlite_world.client("head.qa")
    page = client.get("/programme").get_data(as_text=True)
    assert reference in page
    assert "July 2026 to June 2027" in page
    assert "/programme?from=2025-07" in page
    assert reference not in client.get("/programme?from=2025-07").get_data(as_text=True)


@pytest.mark.parametrize("asked", ["", "x", "2026-13", "9999-12", "0000-00"])
def test_any_month_asked_for_is_answered(sqlite_world: World, asked: str) -> None:
    assert sqlite_world.client("head.qa").get(f"/programme?from={asked}").status_code == 200
