"""Where a recommendation came from, in words: all that its people are told of it (R11)."""

from __future__ import annotations

from typing import Any

from app.web.wording import day


def source_words(row: Any) -> str:
    """The review's reference, or an activity's kind, reference and date. A moderation action says that it is one."""
    if row.review is not None:
        of_review = f"review {row.review.reference}"
        return f"Moderation action, {of_review}" if is_moderation_action(row) else of_review.capitalize()
    if row.activity is not None:
        return f"{row.activity.kind.name} {row.activity.reference}, {day(row.activity.held_on)}"
    return "No source is recorded"


def is_moderation_action(row: Any) -> bool:
    """Whether it arose at the panel (handbook 4): the decision gives these rows a key of their own."""
    return bool(row.row_key) and str(row.row_key).startswith("panel_")


def child_of(row: Any) -> Any:
    """The child of its review, or the one named where no review is; None for the service."""
    return row.review.child if row.review is not None else row.child
