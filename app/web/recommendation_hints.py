"""The checks of R8 beside recommendations that are being written or moderated; they warn, and do not forbid."""

from __future__ import annotations

from typing import Any

from app import clock
from app.queries import recommendation_checks
from app.queries.reviews import Seen
from app.web import access
from forms.completeness import recommendation_rows
from forms.descriptor import FormTemplate
from forms.hints import naming_warnings, recommendation_warnings


def of_draft(seen: Seen, template: FormTemplate, answers: Any) -> list[str]:
    """What the words themselves show, then what stands in the tracker, of what this person may see there."""
    found = [
        *recommendation_warnings(template, answers, clock.today()),
        *naming_warnings(template, answers, seen.review.child.name),
    ]
    return [*(hint.message for hint in found), *_in_the_tracker(seen, template, answers)]


def _in_the_tracker(seen: Seen, template: FormTemplate, answers: Any) -> list[str]:
    rows = [row for _level, row in recommendation_rows(template, answers)]
    if not rows:
        return []
    found = recommendation_checks.of_draft(access.actor(), access.office(), rows, seen.review.id)
    names = {row["key"]: row.get("action") or "" for row in rows}
    return [f"“{_short(names[key])}”: {text}" for key, texts in found.items() for text in texts]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59].rsplit(" ", 1)[0] + "…"
