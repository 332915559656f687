"""The responses to a draft as one viewer may read them; for the discussion and for first moderation."""

from __future__ import annotations

from typing import Any

from app.policy.visibility import Aspect
from app.queries import reviews
from app.queries.reviews import Seen
from app.services import review_facts
from app.web import access, words


def shown_responses(seen: Seen) -> list[Any]:
    """All of them, or one's own; the other's once both have answered or the window has closed (R11)."""
    given = reviews.responses(seen.review)
    if Aspect.ALL_ANSWERS in seen.sight:
        return given
    mine = [each for each in given if each.person_id == access.actor().id]
    facts = review_facts.facts_for(access.actor(), seen.review)
    in_discussion = str(seen.review.state) == "discussion"
    open_now = not in_discussion or not facts.waiting_for or facts.window_passed
    return given if Aspect.OTHERS_ANSWER in seen.sight and open_now else mine


def said_of(responses: list[Any], part: str) -> list[dict[str, Any]]:
    """What was said of one part: the item, whose it is, by whom."""
    return [
        {"item": item, "as_who": words.AS_WHO[str(response.as_who)], "by": response.person.name}
        for response in responses
        for item in response.items
        if item.part == part
    ]
