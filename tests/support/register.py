"""Recommendations for the register: of reviews at every point, of another activity, with people who differ."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from app import clock
from app.extensions import session
from app.models.activities import Activity, ActivityKind
from app.models.recommendations import Level, Recommendation, RecommendationTag
from app.services.raising import take_recommendation
from app.services.unit_of_work import unit_of_work
from tests.support.remembering import remembered
from tests.support.stages import Story, review_at
from tests.support.world import World
from workflows.states import RecommendationState, ReviewState

_numbers = itertools.count(1)


@remembered
def issued(world: World, **changes: Any) -> Story:
    """A review that is issued, with its one recommendation; inside a context."""
    story = review_at(world, ReviewState.TRACKING, **changes)
    story.issued()
    return story


def of_activity(
    world: World,
    kind: str = "inspection",
    *,
    owner: str | None = "head.service",
    verifier: str | None = "head.qa",
    due: date | None = None,
    action: str = "Look at every plan again",
    tags: Sequence[str] = (),
    level: Level = Level.SERVICE,
) -> str:
    """One agreed by the Head of QA that came from another activity; its reference. Inside a context."""
    head, number = world.actor("head.qa"), next(_numbers)
    people = {name: world.person(login).id if login else None for name, login in (("o", owner), ("v", verifier))}
    with unit_of_work(head) as work:
        kind_id = session.scalars(select(ActivityKind.id).where(ActivityKind.key == kind)).one()
        activity = work.add(
            Activity(
                reference=f"ACT-{number:03d}", kind_id=kind_id, title="What was found", held_on=clock.today(),
                recorded_at=work.at, recorded_by_id=work.person_id,
            )
        )  # fmt: skip
        row = Recommendation(
            reference=f"ACT-{number:03d}/1", state=RecommendationState.PROPOSED, version=1, activity_id=activity.id,
            level=level, action=action, effect="Children know", owner_id=people["o"], verifier_id=people["v"],
            due_on=due, first_due_on=due, raised_at=work.at, tag_rows=[RecommendationTag(tag=tag) for tag in tags],
        )  # fmt: skip
        session.add(row)
        take_recommendation(work, row, "agree")
        return row.reference


def public_ids(*references: str) -> list[str]:
    """Of these recommendations, in the order given; inside a context."""
    session.rollback()
    rows = session.execute(select(Recommendation.reference, Recommendation.public_id)).all()
    known: dict[str, str] = dict(rows)
    return [known[reference] for reference in references]


def row_of(reference: str) -> Recommendation:
    """As the database has it now; inside a context."""
    session.rollback()
    return session.scalars(select(Recommendation).where(Recommendation.reference == reference)).one()


LISTED = re.compile(r'<a class="govuk-link" href="/recommendations/[0-9a-f-]{36}">([^<]+)</a>')


def listed(page: TestResponse) -> list[str]:
    """The references of a page of the register, as they stand."""
    return LISTED.findall(page.get_data(as_text=True))
