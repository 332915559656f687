"""What to look at again before a recommendation is raised (R8): warned of once, never forbidden."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app import clock
from app.queries import recommendation_checks
from app.services.activity_recommendations import find_child
from app.web import access
from app.web.activity_forms import RecommendForm
from forms import hints

# The words of a warning by itself, where the review's form has them after the beginning of the action.
COLUMNS = {"impact": "effect", "due": "due_on"}


MOST_MARKS = 40
NO_REVIEW = -1  # it is written in none, so none of those of a review is its own


@dataclass(frozen=True)
class Warned:
    """What the page says, and marks by which it knows afterwards that this was said."""

    lines: list[dict[str, str]]
    marks: tuple[str, ...]
    tells_of: list[Any]  # the open ones that it quotes

    def news(self, said: str) -> bool:
        """Whether there is something that has not been said yet; what was put right meanwhile is none."""
        return not set(self.marks) <= set(said.split(" ")[:MOST_MARKS])


def warnings_of(form: RecommendForm, activity: Any, raised: int) -> Warned:
    """Of one that is written. `raised`: how many the activity has already."""
    there, tells_of = _in_the_tracker(form)
    said = list(dict.fromkeys([*_of_the_row(form, activity), *_of_the_child(form), *there, *_of_all(raised)]))
    lines = [{"text": text, "href": f"#{_first_box(form, field)}"} for field, text in said]
    return Warned(lines, tuple(hashlib.sha256(text.encode()).hexdigest()[:8] for _, text in said), tells_of)


def _of_the_row(form: RecommendForm, activity: Any) -> Iterator[tuple[str, str]]:
    row = {
        "action": form.action.data,
        "impact": form.effect.data,
        "owner": form.owner.data,
        "due": form.due_on.data.isoformat() if form.due_on.data else "",
        "finding": form.finding.data or not activity.parts,  # it answers the activity where that has no parts
    }
    for column, words in hints.row_warnings(row, clock.today()):
        yield COLUMNS.get(column, column), _sentence(words)


def _in_the_tracker(form: RecommendForm) -> tuple[list[tuple[str, str]], list[Any]]:
    """One person holding many, one much like another that is open."""
    row = {"key": "", "action": form.action.data, "owner": form.owner.data}
    found, tells_of = recommendation_checks.of_draft(access.actor(), access.office(), [row], NO_REVIEW)
    said = [("owner" if "would hold" in words else "action", _sentence(words)) for words in found.get("", ())]
    return said, tells_of


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def _of_the_child(form: RecommendForm) -> Iterator[tuple[str, str]]:
    """Lists and messages show its words beside initials only (R11)."""
    known = find_child(form.case_system_id.data or "") if form.level.data == "child" else None
    name = known.name if known else form.child_name.data or ""
    for field in ("action", "effect"):
        if hints.names_child(form[field].data or "", name):
            yield field, _sentence(hints.NAMES)


def _of_all(raised: int) -> Iterator[tuple[str, str]]:
    if raised >= hints.MANY:
        many = f"This activity has {raised} recommendations. One may answer several findings: could there be fewer?"
        yield "action", many


def _first_box(form: RecommendForm, field: str) -> str:
    """The input that a link leads to: a date's first box."""
    return f"{form[field].id}-day" if field == "due_on" else str(form[field].id)
