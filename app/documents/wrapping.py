"""Text into lines of a width.

What is lost between two lines of print is kept in the text: a line that ends between two words keeps the
space, one that ends inside a long word does not. So reading the lines one after another, as a screen reader
does, gives the words again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.documents.faces import printable, width

_SPACES = re.compile(r" {2,}")
LONG_WORD = 40  # longer ones are measured letter by letter, and their widths not kept
_GAP = re.compile(r"\n\s*\n")


def paragraphs(text: str) -> list[str]:
    """The text split at its empty lines; nothing for a text of nothing."""
    found = (part.strip() for part in _GAP.split(printable(text)))
    return [part for part in found if part]


def wrap(text: str, face: str, size: float, room: float) -> list[str]:
    """The lines of one paragraph in `room` points; its own line breaks stay."""
    limit = int(room * 1000 / size)
    lines = [line for part in text.split("\n") for line in _filled(part, face, limit)]
    return [*lines[:-1], lines[-1].rstrip(" ")]


def _filled(text: str, face: str, limit: int) -> Iterator[str]:
    space = width(face, " ")
    words: list[str] = []
    used = 0
    for piece, broken in _pieces(_SPACES.sub(" ", text.strip()), face, limit):
        wide = _wide(face, piece)
        if words and used + space + wide > limit:
            yield " ".join(words) + " "
            words, used = [], 0
        used += wide + (space if words else 0)
        words.append(piece)
        if broken:
            yield " ".join(words)
            words, used = [], 0
    if words:
        yield " ".join(words) + " "


def _pieces(text: str, face: str, limit: int) -> Iterator[tuple[str, bool]]:
    """The words; one too long for a line in pieces, each but its last said to be broken."""
    for word in text.split(" "):
        if len(word) < LONG_WORD and width(face, word) <= limit:
            yield word, False
            continue
        rest = word
        while (cut := _fits(rest, face, limit)) < len(rest):
            yield rest[:cut], True
            rest = rest[cut:]
        yield rest, False


def _wide(face: str, piece: str) -> int:
    return width(face, piece) if len(piece) < LONG_WORD else sum(width(face, letter) for letter in piece)


def _fits(word: str, face: str, limit: int) -> int:
    """How many of the first letters fit; one at least."""
    used = 0
    for number, letter in enumerate(word):
        used += width(face, letter)
        if used > limit:
            return max(1, number)
    return len(word)
