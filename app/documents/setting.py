"""Blocks to rows: how each kind of block looks on paper, and what it is called in the structure.

Colours and hierarchy are the product's (docs/decisions/look.md): petrol for headings, brass for the one line
under the title, paper behind what is a label.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from app.documents import bidi, columns
from app.documents.model import (
    NOT_GIVEN,
    NOTHING,
    Document,
    GradeLine,
    Heading,
    KeyValues,
    List,
    PageBreak,
    Paragraph,
    Quote,
    Ruled,
    Table,
    grade_words,
)
from app.documents.sheets import LEFT, PORTRAIT, Cell, Line, Paper, Row, Style
from app.documents.tags import COLUMN_HEADING, ROW_HEADING, Node
from app.documents.wrapping import paragraphs, wrap

PETROL, BRASS, INK, QUIET, PAPER, RULE = "#173b45", "#e6b450", "#1d2a2e", "#4a575b", "#f6f4ee", "#d5d0c3"
TITLE = Style("bold", 21, 26, PETROL)
SUBJECT = Style("regular", 11, 16, QUIET)
QUESTION = Style("bold", 10, 14.5, INK)
# By the depth of the document: how each level looks, the space before it, and whether a rule is under it.
HEADINGS = {
    3: {2: (Style("bold", 14, 19, PETROL), 20, PETROL), 3: (QUESTION, 11, None)},
    4: {
        2: (Style("bold", 17, 23, PETROL), 24, BRASS),
        3: (Style("bold", 12.5, 17, PETROL), 18, PETROL),
        4: (QUESTION, 11, None),
    },
}
WRITING, WRITING_RULE = 10.25, "#8d989b"  # half the room of a line to write on
BODY = Style("regular", 9.5, 14.2, INK)
SMALL = Style("regular", 8.5, 12.5, INK)
SMALL_BOLD = Style("bold", 8.5, 12.5, PETROL)
LABEL = Style("bold", 9, 14.2, PETROL)
NOTE = Style("regular", 8.5, 12.8, QUIET)
RUNNING_HEAD = Style("bold", 6.6, 9, PETROL)
STRONG = Style("bold", 10.5, 15, PETROL)
PARAGRAPH_GAP = 5.0
KEYS, LONG_KEYS = 150.0, 225.0


class Composer:
    """Makes the rows of a document, and beside them the tree of what they are."""

    def __init__(self, paper: Paper = PORTRAIT) -> None:
        self.measure = paper.measure
        self.root = Node("Document")
        self.sections = [self.root]  # the open ones, each in the one before
        self.depth = 3
        self.rows: list[Row] = []

    @property
    def section(self) -> Node:
        return self.sections[-1]

    def document(self, document: Document) -> list[Row]:
        """Every row, the title's first."""
        self.depth = 4 if document.depth > 3 else 3
        self._title(document)
        draw: dict[type, Callable[[Any], None]] = {
            Heading: self._heading,
            Paragraph: self._paragraph,
            KeyValues: self._key_values,
            Table: self._table,
            List: self._list,
            GradeLine: self._grade,
            Quote: self._quote,
            Ruled: self._ruled,
            PageBreak: self._break,
        }
        for block in document.blocks:
            draw[type(block)](block)
        return self.rows

    def _title(self, document: Document) -> None:
        if document.authority:
            self._row(_lines(self.root.add("P"), document.authority, NOTE, self.measure))
        title = _lines(self.root.add("H1"), document.title, TITLE, self.measure)
        self._row(title, bookmark=(0, document.title))
        self._row(_lines(self.root.add("P"), document.subject, SUBJECT, self.measure), pad=3, rule=BRASS)

    def _row(self, lines: list[Line], x: float = LEFT, **how: Any) -> None:
        self.rows.append(Row([Cell(x, lines)], **how))

    def _heading(self, block: Heading) -> None:
        level = min(max(block.level, 2), self.depth)
        style, before, rule = HEADINGS[self.depth][level]
        mark = None
        if level < self.depth:
            self.sections = self.sections[: level - 1]
            self.sections.append(self.section.add("Sect"))
            mark = (level - 1, block.text)
        lines = _lines(self.section.add(f"H{level}"), block.text, style, self.measure)
        self._row(lines, before=before, pad=2 if rule else 0, keep=True, rule=rule, bookmark=mark)

    def _paragraph(self, block: Paragraph) -> None:
        style = NOTE if block.quiet else BODY
        for text in paragraphs(block.text) or [NOT_GIVEN]:
            self._row(_lines(self.section.add("P"), text, style, self.measure), before=PARAGRAPH_GAP)

    def _list(self, block: List) -> None:
        node = self.section.add("L", attributes="<< /O /List /ListNumbering /Disc >>")
        for item in block.items:
            one = node.add("LI")
            mark = Line("• ", BODY, one.add("Lbl"))
            body = _lines(one.add("LBody"), item, BODY, self.measure - 16)
            self.rows.append(Row([Cell(LEFT + 3, [mark]), Cell(LEFT + 16, body)], before=3))

    def _quote(self, block: Quote) -> None:
        node = self.section.add("BlockQuote")
        who = _lines(node.add("P"), block.who, SMALL_BOLD, self.measure - 14)
        self._row(who, LEFT + 14, before=8, pad=1, keep=True, bar=BRASS)
        for text in paragraphs(block.text) or [NOT_GIVEN]:
            self._row(_lines(node.add("P"), text, BODY, self.measure - 14), LEFT + 14, pad=2, bar=BRASS)

    def _grade(self, block: GradeLine) -> None:
        first, *rest = grade_words(block)
        lines = _lines(self.section.add("P"), first, STRONG, self.measure - 28)
        for text in rest:
            for part in paragraphs(text):
                lines += _lines(self.section.add("P"), part, SMALL, self.measure - 28)
        self._row(lines, LEFT + 14, before=10, pad=7, band=PAPER, bar=BRASS if block.differs else PETROL)

    def _ruled(self, block: Ruled) -> None:
        """Not parted from what they are for: everything since the heading."""
        for row in reversed(self.rows):
            if row.keep or row.breaks:
                break
            row.keep = True
        for number in range(block.lines):
            last = number == block.lines - 1
            self.rows.append(Row([Cell(LEFT, [])], pad=WRITING, keep=not last, rule=WRITING_RULE))

    def _break(self, _block: PageBreak) -> None:
        self.rows.append(Row([], breaks=True))

    def _key_values(self, block: KeyValues) -> None:
        node = self.section.add("Table")
        keys = LONG_KEYS if any(len(key) > 42 for key, _ in block.rows) else KEYS
        for number, (key, value) in enumerate(block.rows):
            line = node.add("TR")
            head = _lines(line.add("TH", attributes=ROW_HEADING), key, LABEL, keys - 12)
            said = _filled(line.add("TD"), value, BODY, self.measure - keys)
            cells = [Cell(LEFT, head), Cell(LEFT + keys, said)]
            self.rows.append(Row(cells, before=0 if number else 7, pad=3, rule=RULE))

    def _table(self, block: Table) -> None:
        node = self.section.add("Table")
        if block.caption:
            caption = _lines(node.add("Caption"), block.caption, QUESTION, self.measure)
            self._row(caption, before=11, keep=True)
        grid = columns.Grid(block, LEFT, self.measure)
        style = SMALL_BOLD if grid.roomy else SMALL_BOLD._replace(size=7.2, leading=10)
        line = node.add("TR")
        cells = [
            Cell(x, _filled(line.add("TH", attributes=COLUMN_HEADING), text, style, room))
            for x, room, text in grid.cells(block.columns)
        ]
        self.rows.append(Row(cells, before=4, pad=4, keep=True, band=PAPER, rule=PETROL))
        again = _running_head(grid, block.columns, line)
        for row in block.rows:
            self.rows.append(self._table_row(node.add("TR"), grid, row, again))

    def _table_row(self, line: Node, grid: columns.Grid, row: tuple[str, ...], head: Row) -> Row:
        style = SMALL if grid.roomy else SMALL._replace(size=7.2, leading=10)
        first = style._replace(face="bold")
        cells = []
        for number, (x, room, text) in enumerate(grid.cells(row)):
            names = grid.names_rows and number == 0
            node = line.add("TH", attributes=ROW_HEADING) if names else line.add("TD")
            cells.append(Cell(x, _filled(node, text, style if number else first, room, NOTHING)))
        return Row(cells, pad=4, rule=RULE, head=head)


def _running_head(grid: columns.Grid, names: tuple[str, ...], node: Node) -> Row:
    """The headings of a table where it goes on: in small capitals, as running heads are set, since they are
    ornament there. The structure has the one true row of headings."""
    cells = [Cell(x, _lines(node, text.upper(), RUNNING_HEAD, room)) for x, room, text in grid.cells(names) if text]
    return Row(cells, pad=3, band=PAPER, rule=PETROL)


def _lines(node: Node, text: str, style: Style, room: float) -> list[Line]:
    """One paragraph as lines of `node`; lines with letters that run from right to left say what they read."""
    found = wrap(" \n".join(paragraphs(text)) or NOT_GIVEN, style.face, style.size, room)
    return [_line(node, line, style) for line in found]


def _line(node: Node, text: str, style: Style) -> Line:
    if not bidi.has_right_to_left(text):
        return Line(text, style, node)
    return Line(bidi.visual(text), style, node.add("Span", actual=text))


def _filled(node: Node, text: str, style: Style, room: float, nothing: str = NOT_GIVEN) -> list[Line]:
    """A cell's lines: every paragraph below the other, and words where there is nothing."""
    quiet = style._replace(colour=QUIET)
    found: list[Line] = []
    for part in paragraphs(text):
        lines = _lines(node, part, style, room)
        lines[0].before = 4.0 if found else 0.0
        found = [*_joined(found), *lines]
    return found or _lines(node, nothing, quiet, room)


def _joined(lines: Iterable[Line]) -> list[Line]:
    """So that the last word of one paragraph and the first of the next do not run together."""
    given = list(lines)
    if given and not given[-1].text.endswith(" "):
        given[-1].text += " "
    return given
