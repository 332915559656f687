"""Two revisions of a review, word by word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.queries import reviews
from app.queries.reviews import Seen
from app.services.form_versions import template_of
from app.web.reading import reads_confidential
from forms.answers import diff_part, without_confidential

Parts = Mapping[str, Mapping[str, Any]]


def changes(seen: Seen, old: Parts, new: Parts) -> list[dict[str, Any]]:
    """Every answer that differs, in form order: {part, label, ops}. Confidential words only for their readers."""
    template = template_of(seen.review.form_version)
    confidential = reads_confidential(seen)
    if not confidential:
        old, new = without_confidential(template, old), without_confidential(template, new)
    people = reviews.names_of_everybody()
    return [
        {"part": part.title, "label": label, "ops": ops}
        for part in template.parts
        for _key, label, ops in diff_part(
            template,
            part.key,
            old.get(part.key) or {},
            new.get(part.key) or {},
            people=people,
            confidential=confidential,
        )
    ]
