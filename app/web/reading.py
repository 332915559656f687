"""A review's text as the viewer may read it: which answers, then how they look."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from app.policy.visibility import Aspect, Tie
from app.queries import reviews
from app.queries.reviews import Seen
from app.services import review_facts
from app.services.form_versions import template_of
from forms.answers import show_part, without_confidential

Parts = Mapping[str, Mapping[str, Any]]


def readable_answers(seen: Seen) -> Parts | None:
    """The newest text this person may read: the draft, what was shared, or what was submitted (R11)."""
    review, sight = seen.review, seen.sight
    latest = review_facts.latest_revision(review)
    if Aspect.SUBMITTED in sight or Aspect.FINAL in sight:
        submitted = latest.content["parts"] if latest and review.submitted_at else None
        if submitted is not None and str(review.state) not in ("drafting", "discussion"):
            return _for_viewer(seen, submitted)
    if Aspect.DRAFT in sight and Tie.REVIEWER in sight.ties:
        return review_facts.answers_of(review)
    read = review_facts.last_read(review)
    if read is not None and sight.aspects & {Aspect.READ_REVISION, Aspect.FINAL}:
        return _for_viewer(seen, read.content["parts"])
    return None


def reads_confidential(seen: Seen) -> bool:
    """The family's confidential words go to the reviewer, the Head of QA and the panel alone (handbook 3)."""
    return bool(seen.sight.ties & {Tie.REVIEWER, Tie.HEAD_OF_QA, Tie.PANEL_MEMBER})


def _for_viewer(seen: Seen, answers: Parts) -> Parts:
    return answers if reads_confidential(seen) else without_confidential(template_of(seen.review.form_version), answers)


def shown_parts(seen: Seen, answers: Parts | None = None, only: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Each part in form order, or `only` some: {key, title, shown}; empty where nothing may be read."""
    answers = answers if answers is not None else readable_answers(seen)
    if answers is None:
        return []
    template = template_of(seen.review.form_version)
    parts = [part for part in template.parts if only is None or part.key in only]
    people = reviews.names_of_everybody() if any(part.names_people for part in parts) else {}
    confidential = reads_confidential(seen)
    return [
        {
            "key": part.key,
            "title": part.title,
            "shown": show_part(
                template, part.key, answers.get(part.key) or {}, people=people, confidential=confidential
            ),
        }
        for part in parts
    ]
