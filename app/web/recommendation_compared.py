"""Two recommendations side by side: what each asks, of whom, by when, and where it came from."""

from __future__ import annotations

from typing import Any

from app.queries.recommendation_checks import LikeRow
from app.web import recommendation_words as said
from app.web import words
from app.web.wording import day


def in_one_line(row: Any) -> str:
    line = " ".join(row.action.split())
    text = line if len(line) <= 120 else line[:119].rsplit(" ", 1)[0] + "…"
    return f"{row.reference}, raised {day(row.raised_at)}: {text}"


def pairs(row: Any, likes: list[LikeRow]) -> list[dict[str, Any]]:
    """Each of those much like it beside this one; which of the two goes on is said."""
    return [_pair(row, like) for like in likes]


def _pair(row: Any, like: LikeRow) -> dict[str, Any]:
    older, newer = sorted((row, like.row), key=lambda each: (each.raised_at, each.id))
    two = _children(older, newer)
    return {
        "reference": like.row.reference,
        "share": f"{round(like.like.overlap * 100)}% of the words of both are the same",
        "goes_on": older.reference,
        "two_children": two,
        "columns": ["", f"{older.reference} (older: goes on)", f"{newer.reference} (set aside)"],
        "rows": [[label, _of(older), _of(newer)] for label, _of in _ROWS],
    }


def _children(one: Any, other: Any) -> bool:
    """Whether the two are for two children: joined, what changed is verified once."""
    first, second = (_child_id(each) for each in (one, other))
    return (
        first is not None and second is not None and first != second and "child" in (str(one.level), str(other.level))
    )


def _child_id(row: Any) -> int | None:
    found: int | None = row.review.child_id if row.review is not None else row.child_id
    return found


def _owner(row: Any) -> str:
    return row.owner.name if row.owner else "Nobody yet"


def _due(row: Any) -> str:
    return day(row.due_on) if row.due_on else "No date"


_ROWS = (
    ("Action", lambda row: row.action),
    ("Expected effect", lambda row: row.effect or "Not said"),
    ("Level", lambda row: words.LEVEL[str(row.level)]),
    ("Came from", said.source),
    ("Initials", lambda row: said.initials(row) or "None"),
    ("Owner", _owner),
    ("Due", _due),
    ("Raised", lambda row: day(row.raised_at)),
)
