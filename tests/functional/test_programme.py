"""The programme shows twelve months, and those before and after."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.extensions import session
from app.models.people import Person, RoleName
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


@pytest.mark.parametrize("part", [RoleName.REVIEWER, RoleName.WORKER, RoleName.LINE_MANAGER])
def test_only_who_has_the_part_is_offered_for_it(sqlite_world: World, part: RoleName) -> None:
    """No agency's manager as a reviewer, and nobody of an agency as the child's worker."""
    page = sqlite_world.client("head.qa").get("/programme/plan").get_data(as_text=True)
    options = page.split(f'<select class="govuk-select" id="{part}"', 1)[1].split("</select>", 1)[0]
    with sqlite_world.context():
        for person in session.scalars(select(Person).where(Person.active)):
            assert (f'value="{person.public_id}"' in options) == (part in person.role_names), person.email
