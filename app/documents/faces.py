"""The typefaces of a document: what they can draw, how wide it is, and what stands in for the rest.

DejaVu Sans has the letters of Welsh, Polish, Turkish and Vietnamese, Greek, Cyrillic, Hebrew and Arabic. The
fonts that every PDF reader has do not. Files lie beside this module; nothing is ever fetched.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FOLDER = Path(__file__).parent / "fonts"
FILES = {"regular": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf"}
MISSING = "□"
_SIMPLE = re.compile(r"[\n\x20-\x7e\xa0-\xac\xae-\xff]*")


@lru_cache
def font(face: str) -> Any:
    """The font called "regular" or "bold", read once."""
    made = TTFont(f"Plumbline-{face}", str(FOLDER / FILES[face]))
    pdfmetrics.registerFont(made)
    return made


@lru_cache(maxsize=20_000)
def width(face: str, word: str) -> int:
    """How wide a word is, in thousandths of the type size."""
    widths, fallback = font(face).face.charWidths, font(face).face.defaultWidth
    return int(sum(widths.get(ord(letter), fallback) for letter in word))


def printable(text: str) -> str:
    """The text as it can be drawn: one kind of line end, no control characters, stand-ins for what no face has.

    A symbol such as an emoji is written as its name in brackets, which says more than a box to a reader and
    to a screen reader; a letter of a script that the face lacks is a box.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if _SIMPLE.fullmatch(text):
        return text
    return "".join(map(_drawn, unicodedata.normalize("NFC", text)))


@lru_cache(maxsize=4_000)
def _drawn(letter: str) -> str:
    if letter == "\n":
        return letter
    if unicodedata.category(letter) in ("Zl", "Zp"):
        return "\n"
    if unicodedata.category(letter) in ("Cc", "Cf", "Cs") or "\ufe00" <= letter <= "\ufe0f":
        return ""
    if letter <= "\uffff" and ord(letter) in font("regular").face.charToGlyph:
        return letter
    return _stand_in(letter)


def _stand_in(letter: str) -> str:
    """Letters beyond U+FFFF cannot be mapped back to text by the PDF library, so they count as missing."""
    if unicodedata.category(letter) in ("So", "Sk", "Sm"):
        return f"[{unicodedata.name(letter, 'symbol').lower()}]"
    return MISSING if not unicodedata.combining(letter) else ""
