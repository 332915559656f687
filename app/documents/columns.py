"""How wide the columns of a table are: by what is in them, none too narrow for its longest word."""

from __future__ import annotations

from collections.abc import Iterator

from app.documents.faces import printable, width
from app.documents.model import Table

GUTTER = 10.0
NARROW, WIDEST_WORD = 44.0, 92.0
SIZE = 8.5
CROWDED = 7


class Grid:
    """The left edge and the room of each column."""

    def __init__(self, table: Table, left: float, measure: float) -> None:
        count = max(1, len(table.columns))
        self.roomy = count < CROWDED
        self.names_rows = table.names_rows
        whole = measure - GUTTER * (count - 1)
        least = [min(_longest(cells), whole / count) for cells in _columns(table)]
        wish = [_wish(cells, small) for cells, small in zip(_columns(table), least, strict=True)]
        spare = max(0.0, whole - sum(least)) / sum(wish)
        self.rooms = [small + spare * want for small, want in zip(least, wish, strict=True)]
        self.edges = [left + sum(self.rooms[:n]) + GUTTER * n for n in range(count)]

    def cells(self, texts: tuple[str, ...]) -> Iterator[tuple[float, float, str]]:
        """Left edge, room and text of each cell; a row that is too short is filled with nothing."""
        for number, (edge, room) in enumerate(zip(self.edges, self.rooms, strict=True)):
            yield edge, room, texts[number] if number < len(texts) else ""


def _columns(table: Table) -> list[list[str]]:
    rows = [table.columns, *table.rows[:40]]
    return [[row[n] if n < len(row) else "" for row in rows] for n in range(max(1, len(table.columns)))]


def _longest(cells: list[str]) -> float:
    words = (word for cell in cells for word in printable(cell[:2000]).split())
    longest = max((width("bold", word[:40]) for word in words), default=0) * SIZE / 1000
    return min(max(longest + 1, NARROW), WIDEST_WORD)


def _wish(cells: list[str], least: float) -> float:
    """How much of the spare room a column wants. More text wants more, though not in proportion: a column of
    essays must not starve a date. One whose every cell fits already wants next to nothing."""
    if max(len(cell) for cell in cells) * SIZE * 0.62 <= least:
        return 0.5
    mean = sum(min(len(cell), 1200) for cell in cells) / len(cells)
    return float(max(mean, 6.0) ** 0.8)
