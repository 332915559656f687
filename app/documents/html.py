"""The same document as a page: what `documents/document.html` draws.

Blocks are given to the template by name; the template escapes every text. `sections` nests what belongs to each
heading, so that the page has the landmarks that the PDF has as elements.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.documents.model import NOT_GIVEN, NOTHING, Block, Document, Heading, PageBreak, Ruled, grade_words

KINDS = {
    "Heading": "heading",
    "Paragraph": "paragraph",
    "KeyValues": "key_values",
    "Table": "table",
    "List": "list",
    "GradeLine": "grade",
    "Quote": "quote",
}


def paragraphs(text: str) -> list[str]:
    """A text split at its empty lines, as on paper, with every letter as it was typed."""
    parts = text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n")
    return [part.strip("\n") for part in parts if part.strip()]


@dataclass(frozen=True)
class Section:
    """A heading of level 2 and what stands under it; the first may have none."""

    id: str
    title: str
    blocks: tuple[tuple[str, Block], ...]


@dataclass(frozen=True)
class Page:
    """A document for the template: its own facts, and its sections."""

    document: Document
    sections: tuple[Section, ...]

    paragraphs = staticmethod(paragraphs)
    grade_words = staticmethod(grade_words)
    nothing = NOT_GIVEN
    no_cell = NOTHING


def page(document: Document) -> Page:
    """The document as the template wants it; what is of paper alone, page ends and lines to write on, is left out."""
    return Page(document, tuple(_sections(document.blocks)))


def _sections(blocks: Iterable[Block]) -> list[Section]:
    found: list[tuple[str, list[tuple[str, Block]]]] = [("", [])]
    for block in blocks:
        if isinstance(block, Heading) and block.level == 2:
            found.append((block.text, []))
        elif not isinstance(block, PageBreak | Ruled):
            found[-1][1].append((KINDS[type(block).__name__], block))
    return [Section(f"section-{n}", title, tuple(under)) for n, (title, under) in enumerate(found) if title or under]
