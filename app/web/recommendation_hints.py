"""The checks of R8 beside recommendations that are being written or moderated; they warn, and do not forbid."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app import clock
from app.queries import recommendation_checks
from app.queries.reviews import Seen
from app.web import access
from forms.completeness import recommendation_rows
from forms.descriptor import FormTemplate
from forms.hints import naming_warnings, recommendation_warnings


@dataclass(frozen=True)
class Hints:
    """The warnings in sentences, and the recommendations elsewhere whose words they quote: the page that shows them is
    a look at those as well (R10)."""

    lines: list[str] = field(default_factory=list)
    tells_of: list[Any] = field(default_factory=list)


def of_draft(seen: Seen, template: FormTemplate, answers: Any) -> Hints:
    """What the words themselves show, then what stands in the tracker, of what this person may see there."""
    found = [
        *recommendation_warnings(template, answers, clock.today()),
        *naming_warnings(template, answers, seen.review.child.name),
    ]
    there = _in_the_tracker(seen, template, answers)
    return Hints([*(hint.message for hint in found), *there.lines], there.tells_of)


def _in_the_tracker(seen: Seen, template: FormTemplate, answers: Any) -> Hints:
    rows = [row for _level, row in recommendation_rows(template, answers)]
    if not rows:
        return Hints()
    found, tells_of = recommendation_checks.of_draft(access.actor(), access.office(), rows, seen.review.id)
    names = {row["key"]: row.get("action") or "" for row in rows}
    return Hints([f"“{_short(names[key])}”: {text}" for key, texts in found.items() for text in texts], tells_of)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59].rsplit(" ", 1)[0] + "…"
