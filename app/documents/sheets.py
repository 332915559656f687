"""Where everything goes: rows of cells set one below the other on A4 pages.

Everything is a row: a paragraph is a row of one cell, a table's row one of several. A row that does not fit
goes on the next page, or is cut between two lines where it is long; a cut cell stays one cell to a reader.
Nothing that is read lies in the top and bottom bands, which belong to the header and the footer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from app.documents.tags import Node

LEFT, BOTTOM = 56.0, 92.0
SHORT = 130.0  # a row up to this height is not cut where it can move to the next page
BAR = 3.0

Colour = str


class Paper(NamedTuple):
    """A page and what may be written on. The bands above and below belong to the header and the footer."""

    width: float
    height: float

    @property
    def right(self) -> float:
        return self.width - LEFT

    @property
    def top(self) -> float:
        return self.height - BOTTOM

    @property
    def measure(self) -> float:
        return self.right - LEFT


PORTRAIT, LANDSCAPE = Paper(595.28, 841.89), Paper(841.89, 595.28)


class Style(NamedTuple):
    """How a line looks. `leading` is from line to line."""

    face: str
    size: float
    leading: float
    colour: Colour


@dataclass(slots=True)
class Line:
    """One line of print, part of `node`."""

    text: str
    style: Style
    node: Node
    before: float = 0.0

    @property
    def height(self) -> float:
        return self.style.leading + self.before


@dataclass(slots=True)
class Cell:
    """Lines at one place from the left."""

    x: float
    lines: list[Line]

    @property
    def height(self) -> float:
        return sum(line.height for line in self.lines)


@dataclass(slots=True)
class Row:
    """Cells side by side, and what is drawn behind and below them.

    keep: not parted from the row that follows. head: drawn again where the row goes on on a new page.
    bookmark: the level and words by which it is found in the outline.
    """

    cells: list[Cell]
    before: float = 0.0
    pad: float = 0.0
    keep: bool = False
    band: Colour | None = None
    bar: Colour | None = None
    rule: Colour | None = None
    head: Row | None = None
    bookmark: tuple[int, str] | None = None
    breaks: bool = False

    @property
    def height(self) -> float:
        return max((cell.height for cell in self.cells), default=0.0) + 2 * self.pad

    @property
    def least(self) -> float:
        """What of it has to be on one page for the reader to get hold of it."""
        if self.height <= SHORT:
            return self.height
        return max(sum(line.height for line in cell.lines[:3]) for cell in self.cells) + 2 * self.pad


class Box(NamedTuple):
    """A filled rectangle: ornament, never content."""

    x: float
    y: float
    width: float
    height: float
    colour: Colour


class Placed(NamedTuple):
    """A line at its place. `ornament`: a table's heading drawn again, which is read only once."""

    x: float
    y: float
    line: Line
    ornament: bool = False


@dataclass(slots=True)
class Sheet:
    """One page: what lies behind, what is written, where the outline points."""

    boxes: list[Box] = field(default_factory=list)
    lines: list[Placed] = field(default_factory=list)
    bookmarks: list[tuple[float, int, str]] = field(default_factory=list)


class Setter:
    """Sets rows on sheets, from the top to the bottom."""

    def __init__(self, paper: Paper = PORTRAIT) -> None:
        self.sheets = [Sheet()]
        self.paper, self.y = paper, paper.top

    def set(self, rows: list[Row]) -> list[Sheet]:
        for number, row in enumerate(rows):
            if row.breaks:
                self._turn()
                continue
            self._keep_together(rows, number)
            self._row(row)
        return self.sheets

    @property
    def _fresh(self) -> bool:
        return self.y == self.paper.top

    def _turn(self) -> None:
        if not self._fresh:
            self.sheets.append(Sheet())
            self.y = self.paper.top

    def _keep_together(self, rows: list[Row], number: int) -> None:
        """A heading that would stand alone at the foot of the page goes with what it heads."""
        first = row = rows[number]
        wanted = row.before + row.least
        while row.keep and number + 1 < len(rows):
            number += 1
            row = rows[number]
            wanted += row.before + row.least
        if self.y - wanted < BOTTOM and wanted < self.paper.top - BOTTOM:
            self._turn_for(first)

    def _turn_for(self, row: Row) -> None:
        """The next page, with the heading of the table that goes on there unless it would fill the page."""
        if self._fresh:
            return
        self._turn()
        if row.head is not None and row.head.height <= SHORT:
            self._draw(row.head, [cell.lines for cell in row.head.cells], ornament=True)

    def _row(self, row: Row) -> None:
        if not self._fresh:
            self.y -= row.before
        if row.bookmark:
            self.sheets[-1].bookmarks.append((self.y, *row.bookmark))
        rest = [cell.lines for cell in row.cells]
        if rest and not any(rest):
            self._draw(row, rest)  # room without words: a line to write on
        while any(rest):
            room = self.y - BOTTOM - 2 * row.pad
            now = [_fitting(lines, room) for lines in rest]
            if any(now):
                self._draw(row, [lines[:count] for lines, count in zip(rest, now, strict=True)])
            rest = [lines[count:] for lines, count in zip(rest, now, strict=True)]
            if any(rest):
                self._turn_for(row)

    def _draw(self, row: Row, parts: list[list[Line]], *, ornament: bool = False) -> None:
        sheet, top = self.sheets[-1], self.y
        height = max(sum(line.height for line in lines) for lines in parts) + 2 * row.pad
        sheet.boxes += _behind(row, top, height, self.paper.measure)
        for cell, lines in zip(row.cells, parts, strict=True):
            sheet.lines += _down(cell.x, top - row.pad, lines, ornament)
        self.y = top - height


def _behind(row: Row, top: float, height: float, measure: float) -> Iterator[Box]:
    if row.band:
        yield Box(LEFT, top - height, measure, height, row.band)
    if row.bar:
        yield Box(LEFT, top - height, BAR, height, row.bar)
    if row.rule:
        yield Box(LEFT, top - height - 0.3, measure, 0.6, row.rule)


def _down(x: float, y: float, lines: Iterable[Line], ornament: bool) -> Iterator[Placed]:
    for line in lines:
        y -= line.height
        yield Placed(x, y + (line.style.leading - line.style.size) * 0.5 + line.style.size * 0.22, line, ornament)


def _fitting(lines: list[Line], room: float) -> int:
    """How many of the lines fit; never so many that one alone goes over, nor one alone of a longer text."""
    used, count = 0.0, 0
    for line in lines:
        used += line.height
        if used > room:
            break
        count += 1
    left = len(lines) - count
    if left == 1 and count > 2:
        return count - 1
    return 0 if left and count == 1 and len(lines) > 3 else count
