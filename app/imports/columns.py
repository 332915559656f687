"""Which row is the heading and what each column means: a guess that says how it came about, for a person to correct."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.imports.book import Sheet, letter

LOOKED_AT = 40  # rows from the top among which the heading is looked for
KEEP = "extra"  # a column the target has not: kept beside the line


class Target(StrEnum):
    """Where the rows go."""

    PLAN = "plan"
    ACTIVITY = "activity"


# What a column can be, in the order of the papers, with the headings it is known by. Longer ones win.
PLAN_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "section": ("section", "theme", "priority", "workstream", "priority area", "area"),
    "why": (
        "why", "reason", "rationale", "issue", "finding", "findings", "source", "identified need", "background",
        "area for development", "area for improvement", "recommendation",
    ),
    "who": (
        "who", "owner", "lead", "by whom", "responsible", "responsible officer", "lead officer", "who is responsible",
        "accountable", "person responsible", "action owner",
    ),
    "what": (
        "does what", "what", "action", "actions", "task", "activity", "action required", "what will we do",
        "what needs to be done", "what are we going to do",
    ),
    "by_when": (
        "by when", "when", "date", "due", "due date", "deadline", "target date", "timescale", "timescales",
        "timeframe", "completion date", "date due", "target completion date",
    ),
    "how_known": (
        "how will we know it has been done", "how will we know", "evidence", "measure", "measures", "success measure",
        "success criteria", "evidence of completion", "how will we measure success", "outcome measure",
    ),
    "experience": (
        "what will be the experience of children", "experience of children", "impact", "effect", "outcome", "outcomes",
        "outcome for children", "impact on children", "expected effect", "expected impact", "what difference",
        "difference for children",
    ),
    "rag": ("rag", "rag rated progress", "rag rating", "rag status", "status", "brag", "progress rag"),
    "comments": (
        "comments on progress", "comments", "comment", "progress", "update", "updates", "notes", "progress update",
        "commentary", "latest update",
    ),
}  # fmt: skip
ACTIVITY_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "what": ("recommendation", "recommendations", *PLAN_COLUMNS["what"]),
    "who": PLAN_COLUMNS["who"],
    "by_when": PLAN_COLUMNS["by_when"],
    "experience": PLAN_COLUMNS["experience"],
    "why": ("finding", "findings", "why", "reason", "issue", "rationale", "learning"),
    "level": ("level", "child or service", "type"),
}
# Where nothing is known by its heading: the paper's own order.
IN_ORDER = ("why", "who", "what", "by_when", "how_known", "experience", "rag", "comments")
COLUMNS: Mapping[Target, Mapping[str, tuple[str, ...]]] = {
    Target.PLAN: PLAN_COLUMNS,
    Target.ACTIVITY: ACTIVITY_COLUMNS,
}
LABELS = {
    "section": "Section", "why": "Why?", "who": "Who?", "what": "Does what?", "by_when": "By when?",
    "how_known": "How will we know it has been done?", "experience": "What will be the experience of children?",
    "rag": "RAG", "comments": "Comments on progress",
}  # fmt: skip
ACTIVITY_LABELS = {
    "what": "Action", "who": "Owner", "by_when": "Due", "experience": "Expected effect", "why": "Finding",
    "level": "Level",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column of the file: what it is called, what it is taken for, and by what."""

    index: int
    heading: str
    means: str
    by: str  # "heading", "place", or "" where it is only kept


@dataclass(frozen=True)
class Layout:
    """How a sheet is read. `header` 0: it has no heading. `notes` say what the guess is not certain of."""

    header: int
    heads: int  # how many rows the heading takes
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()

    @property
    def first_row(self) -> int:
        return self.header + self.heads if self.header else 1


def plain(heading: str) -> str:
    """A heading as it is compared."""
    return " ".join(re.sub(r"[^a-z0-9 ]+", " ", heading.lower()).split())


def known_as(heading: str, target: Target) -> tuple[str, int]:
    """(what it means, how surely): 3 its very words, 2 words of it, 0 nothing."""
    words = plain(heading)
    best, weight, length = "", 0, 0
    for means, names in COLUMNS[target].items():
        for name in names:
            now = 3 if words == name else 2 if len(words) <= 80 and re.search(rf"\b{re.escape(name)}\b", words) else 0
            if (now, len(name)) > (weight, length) and now:
                best, weight, length = means, now, len(name)
    return best, weight


def guess(sheet: Sheet, target: Target) -> Layout:
    """The heading row and the columns, as far as they can be told."""
    scores = {number: _score(sheet, number, target) for number in sorted(sheet.rows)[:LOOKED_AT]}
    header = max(scores, key=lambda number: (scores[number], -number), default=0)
    if scores.get(header, 0) < 2:
        note = "No row of headings was found. What each column means is a guess by its place: look at each of them."
        return Layout(0, 0, _columns(sheet, 0, 0, target), (note,))
    if scores.get(header - 1, 0) >= 2 and len(sheet.rows[header - 1]) > 1:
        header -= 1
    heads, notes = _height(sheet, header, scores)
    return Layout(header, heads, _columns(sheet, header, heads, target), notes)


def _score(sheet: Sheet, number: int, target: Target) -> int:
    """How many different columns this row names; a row with long texts in it is no heading."""
    cells = [cell.text for cell in sheet.rows[number].values()]
    if any(len(text) > 120 for text in cells):
        return 0
    return len({means for means, weight in (known_as(text, target) for text in cells) if weight})


def _height(sheet: Sheet, header: int, scores: Mapping[int, int]) -> tuple[int, tuple[str, ...]]:
    """One row, or two where the next one names columns as well."""
    if scores.get(header + 1, 0) < 2:
        return 1, ()
    if _same(sheet, header, header + 1):
        return 1, ()
    note = f"Rows {header} and {header + 1} both look like headings. They were read as one heading of two rows."
    return 2, (note,)


def _same(sheet: Sheet, one: int, other: int) -> bool:
    def words(number: int) -> dict[int, str]:
        return {column: plain(cell.text) for column, cell in sheet.rows[number].items()}

    return words(one) == words(other)


def layout(sheet: Sheet, target: Target, header: int, heads: int, means: Mapping[int, str]) -> Layout:
    """A sheet as a person said it is read."""
    found = _columns(sheet, header, heads, target)
    chosen = tuple(
        Column(each.index, each.heading, means.get(each.index, each.means), each.by) if means else each
        for each in found
    )
    return Layout(header, heads, chosen)


def twice(columns: Iterable[Column]) -> list[str]:
    """What more than one column was said to be."""
    taken = [each.means for each in columns if each.means != KEEP]
    return sorted({means for means in taken if taken.count(means) > 1})


def headings(sheet: Sheet, header: int, heads: int) -> dict[int, str]:
    """A name for every column with a word in it: no two the same, and none without one."""
    merged = {
        (row, column): sheet.rows[each.first_row][each.first_column].text
        for each in sheet.merged
        if header <= each.first_row < header + heads and each.first_column in sheet.rows.get(each.first_row, {})
        for row in range(each.first_row, each.last_row + 1)
        for column in range(each.first_column, min(each.last_column, each.first_column + 60) + 1)
    }
    names: dict[int, str] = {}
    for column in sheet.columns:
        rows = range(header, header + heads) if header else ()
        words = [_head(sheet, row, column, merged) for row in rows]
        name = " – ".join(dict.fromkeys(word for word in words if word)) or f"Column {letter(column)}"
        names[column] = name if name not in names.values() else f"{name} ({letter(column)})"
    return names


def _head(sheet: Sheet, row: int, column: int, merged: Mapping[tuple[int, int], str]) -> str:
    cell = sheet.rows.get(row, {}).get(column)
    return " ".join((cell.text if cell else merged.get((row, column), "")).split())


def _columns(sheet: Sheet, header: int, heads: int, target: Target) -> tuple[Column, ...]:
    names = headings(sheet, header, heads)
    known = {column: known_as(name, target) for column, name in names.items()}
    means: dict[int, tuple[str, str]] = {}
    for weight in (3, 2):
        for column, (meaning, sure) in known.items():
            if sure == weight and meaning not in (taken for taken, _ in means.values()):
                means[column] = (meaning, "heading")
    if not means and target is Target.PLAN:
        means = {column: (meaning, "place") for column, meaning in zip(sheet.columns, IN_ORDER, strict=False)}
    return tuple(Column(at, name, *means.get(at, (KEEP, ""))) for at, name in names.items())


def places(columns: Sequence[Column]) -> dict[str, int]:
    """By what a column means, which it is."""
    return {each.means: each.index for each in columns if each.means != KEEP}
