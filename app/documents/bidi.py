"""Letters that run from right to left, in the order in which they are drawn.

Small on purpose: the words of a name or a sentence in Hebrew or Arabic script stand in a document otherwise
English. Runs are turned round and Arabic letters take their joined shapes; what is read aloud and copied is
the text as it was typed, because the line carries it beside the drawing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LETTER = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_ANY = re.compile(f"[{_LETTER}]")
_RUN = re.compile(f"[{_LETTER}](?:[^A-Za-z\u00c0-\u058f]*[{_LETTER}])?")
_KEPT = re.compile(r"[0-9\u0660-\u0669\u06f0-\u06f9]+(?:[.,:/-][0-9\u0660-\u0669\u06f0-\u06f9]+)*")
_MIRROR = str.maketrans("()[]{}<>«»", ")(][}{><»«")


def has_right_to_left(text: str) -> bool:
    return not text.isascii() and _ANY.search(text) is not None


def visual(text: str) -> str:
    """The line with its right-to-left runs in drawing order."""
    return _RUN.sub(lambda found: _turned(found.group()), text)


def _turned(run: str) -> str:
    """Backwards, but for numbers, marks above their letter and brackets."""
    turned = _joined(run)[::-1].translate(_MIRROR)
    turned = _KEPT.sub(lambda number: number.group()[::-1], turned)
    return re.sub(r"([\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]+)(.)", r"\2\1", turned)


def _joined(run: str) -> str:
    """Arabic letters in the shapes they take beside their neighbours."""
    out: list[str] = []
    letters = _ligated(run)
    for number, letter in enumerate(letters):
        before = _neighbour(letters, number, -1)
        after = _neighbour(letters, number, 1)
        from_before = "initial" in _shapes().get(before, {}) and "final" in _shapes().get(letter, {})
        to_after = "initial" in _shapes().get(letter, {}) and "final" in _shapes().get(after, {})
        form = {(True, True): "medial", (True, False): "final", (False, True): "initial"}.get((from_before, to_after))
        out.append(_shapes().get(letter, {}).get(form or "isolated", letter))
    return "".join(out)


def _neighbour(letters: list[str], number: int, step: int) -> str:
    number += step
    while 0 <= number < len(letters) and unicodedata.combining(letters[number][0]):
        number += step
    return letters[number] if 0 <= number < len(letters) else ""


def _ligated(run: str) -> list[str]:
    """The letters, lam and alef as the one shape that they always make."""
    return re.findall("\u0644[\u0622\u0623\u0625\u0627]|.", run, re.DOTALL)


@lru_cache
def _shapes() -> dict[str, dict[str, str]]:
    """Letter -> its shapes, out of the character database's own list of presentation forms."""
    found: dict[str, dict[str, str]] = {}
    for code in (*range(0xFB50, 0xFBFF), *range(0xFE80, 0xFEFD)):
        form, *letters = unicodedata.decomposition(chr(code)).split() or [""]
        if form.startswith("<"):
            text = "".join(chr(int(letter, 16)) for letter in letters)
            found.setdefault(text, {})[form.strip("<>")] = chr(code)
    return found
