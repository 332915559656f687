"""How much like another one action is (R8).

The words of an action are a set: in small letters, without signs, each once. The overlap of two is the number of
words they share by the number of words that either has (Jaccard): 1 for the same words, 0 for none in common. From
0.6 on they are much alike. Among those with the same overlap the one whose letters run most alike comes first
(difflib), which also tells "the child rings the school" from "the school rings the child".

What shares so much shares one of any few words: of |A| words at most a part of 0.4 may be missing from the other, so
that of any floor(0.4 |A|) + 1 of them one is there. `telling` picks the longest ones, which are the rarest; a search
that looks for those alone finds all that are much alike (`tests/unit/insight/test_tracker_likeness.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeVar

MUCH = 0.6
_WORD = re.compile(r"[^\W_]+")
_LETTERS = 1_000  # of a long action, for the letters: the words count whole

Key = TypeVar("Key")


@dataclass(frozen=True)
class Like:
    """How alike two are: by words, and where that is the same by letters."""

    overlap: float
    ratio: float


def words(text: str) -> frozenset[str]:
    """The words of an action."""
    return frozenset(_WORD.findall(text.casefold()))


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """The shared part of all the words that either has; nothing is like a text without words."""
    either = len(one | other)
    return len(one & other) / either if either else 0.0


def ratio(one: str, other: str) -> float:
    """How alike the letters run, the same whichever comes first."""
    first, second = sorted((one.casefold()[:_LETTERS], other.casefold()[:_LETTERS]))
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def most_like(action: str, others: Mapping[Key, str], most: int = 5) -> list[tuple[Key, Like]]:
    """Those of the others that are much like this one, the most like first."""
    mine = words(action)
    found = [(key, overlap(mine, words(text)), text) for key, text in others.items()]
    much = [(key, Like(shared, ratio(action, text))) for key, shared, text in found if shared >= MUCH]
    return sorted(much, key=lambda each: (-each[1].overlap, -each[1].ratio))[:most]


def telling(action: str) -> list[str] | None:
    """Words of which anything much like it has one; None where that cannot be asked of a database (letters beyond
    the plain alphabet are not in every one made small alike)."""
    mine = words(action)
    needed = len(mine) * 2 // 5 + 1
    plain = sorted((word for word in mine if word.isascii()), key=lambda word: (-len(word), word))
    return plain[:needed] if mine and len(plain) >= needed else None


def all_telling(actions: Iterable[str]) -> list[str] | None:
    """The same for several at once."""
    found = [telling(action) for action in actions if words(action)]
    if any(each is None for each in found):
        return None
    return sorted({word for each in found for word in each or ()})
