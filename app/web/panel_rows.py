"""The rows of an item's page at the meeting: the grid's and the others, of which one is opened at a time (`?part=`).

What belongs to no part of the form has a key with a hyphen, which no part's key can have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.queries.panel import Opened, SeenItem
from forms import moderation as forms

RECOMMENDATIONS, REACHED = "all-recommendations", "how-reached"
DISSENTS, CHECK = "who-dissents", "check-and-confirm"
OF_DECISION = {
    RECOMMENDATIONS: "Recommendations",
    REACHED: "How it was decided",
    DISSENTS: "Dissents",
    CHECK: "Check and confirm",
}


@dataclass(frozen=True)
class Row:
    """One of them, by the key of its address."""

    key: str
    title: str


def rows(opened: Opened, *, writes: bool) -> list[Row]:
    """In the order they are gone through: disagreement first; what is only the decision's for who writes it."""
    graded = [Row(row.part, row.title) for row in opened.rows]
    others = [Row(key, title) for key, title, _given in opened.others]
    return [*graded, *others, *(Row(key, title) for key, title in OF_DECISION.items() if writes)]


def chosen(found: Sequence[Row], key: str) -> Row:
    """The one of this key; the first, where they lie furthest apart, for any other."""
    return next((row for row in found if row.key == key), found[0])


def after(found: Sequence[Row], row: Row) -> Row | None:
    """The next one to be gone through."""
    place = found.index(row) + 1
    return found[place] if place < len(found) else None


def where(found: SeenItem, target: str | None) -> str:
    """The row on which a field is, by the name a reason gives; empty where no row has it."""
    name = target or ""
    if name.startswith("rec-") or name == "added":
        return RECOMMENDATIONS
    if name.startswith("dissent"):
        return DISSENTS
    if name in ("reached", "reached_reason", "themes"):
        return REACHED
    return next(_parts_with(found, name), "")


def _parts_with(found: SeenItem, name: str) -> Iterator[str]:
    for section, part in forms.sections(found.review_form, found.form).items():
        if name == f"reason-{section}":
            yield part
    for each in forms.asked(found.review_form, found.form):
        if name == each.key or name.startswith(f"{each.key}-"):
            yield each.key
