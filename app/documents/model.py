"""A document before it has a form: headings, paragraphs, tables, in reading order.

Plain data, already filtered: this room draws what it is given and never decides who sees what. Text is text;
nothing in it is read as markup by any of the drawers.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    """`level` 2 begins a section, the document's `depth` is a question in it. The title is the only level 1."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """An empty line in the text begins a new paragraph; a single line break stays one."""

    text: str
    quiet: bool = False


@dataclass(frozen=True)
class KeyValues:
    """Short facts: what it is, and what it is here."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table:
    """Rows below headings."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def names_rows(self) -> bool:
        """Whether the first cell is its row's heading: said only where there are fewer headings than cells,
        or a screen reader announces more headings than it reads words."""
        count, wide = len(self.rows), len(self.columns)
        return wide > 1 and wide + count <= count * (wide - 1)


@dataclass(frozen=True)
class List:
    items: tuple[str, ...]


@dataclass(frozen=True)
class GradeLine:
    """The reviewer's grade of a section and the final one; `reason` only where they differ."""

    section: str
    reviewer: str
    final: str
    reason: str = ""

    @property
    def differs(self) -> bool:
        return self.reviewer != self.final


@dataclass(frozen=True)
class Quote:
    """Somebody's own words."""

    who: str
    text: str


@dataclass(frozen=True)
class Ruled:
    """Lines to write on, on paper; ornament to whoever does not see them."""

    lines: int


@dataclass(frozen=True)
class PageBreak:
    pass


Block = Heading | Paragraph | KeyValues | Table | List | GradeLine | Quote | Ruled | PageBreak

NOT_GIVEN = "Not given"
NOTHING = "–"  # in a table, where the words over and over would hide what is there


@dataclass(frozen=True)
class Document:
    """One document. `reference` and `marked_for` are on every page, `footer` beside the page number.

    depth: the deepest level of heading; those above it are in the outline, and each is a section of its own.
    landscape: on paper laid on its side, for a table of many columns.
    """

    title: str
    subject: str
    reference: str
    blocks: tuple[Block, ...]
    footer: str = ""
    marked_for: str = "Confidential: about a child"
    authority: str = ""
    language: str = "en-GB"
    depth: int = 3
    landscape: bool = False


def grade_words(line: GradeLine) -> tuple[str, ...]:
    """A grade in words, the same on paper and on the page."""
    if not line.differs:
        return (f"Final grade: {line.final or NOT_GIVEN}", "The same as the reviewer’s grade.")
    return (
        f"Final grade: {line.final or NOT_GIVEN}",
        f"The reviewer’s grade: {line.reviewer or NOT_GIVEN}",
        f"Why they differ: {line.reason or NOT_GIVEN}",
    )
