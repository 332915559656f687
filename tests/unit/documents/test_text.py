"""Text into lines, stand-ins, and letters that run the other way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents import bidi
from app.documents.faces import printable, width
from app.documents.wrapping import paragraphs, wrap


@given(st.text(st.characters(codec="utf-8"), max_size=300), st.integers(40, 400))
def test_lines_fit_and_read_as_the_text(text: str, room: int) -> None:
    for part in paragraphs(text):
        lines = wrap(part, "regular", 10, room)
        assert "".join(lines).split() == part.split()
        for line in lines:
            shown = line.rstrip(" ")
            assert sum(width("regular", letter) for letter in shown) * 10 / 1000 <= room or len(shown) == 1


@given(st.text(max_size=200))
def test_what_can_be_drawn_stays_as_it_is(text: str) -> None:
    once = printable(text)
    assert printable(once) == once


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth"),
        ("e\u0301", "é"),
        ("\U0001f44d", "[thumbs up sign]"),
        ("字", "□"),
        ("\x00\x1b[31m", "[31m"),
    ],
)
def test_stand_ins(typed: str, shown: str) -> None:
    assert printable(typed) == shown


def test_hebrew_is_turned_and_numbers_are_not() -> None:
    assert bidi.visual("by שלום today") == "by םולש today"
    assert bidi.visual("(שלום 12 עולם)") == "(םלוע 12 םולש)"
    assert bidi.visual("plain (text) 12") == "plain (text) 12"


def test_arabic_letters_take_their_joined_shapes() -> None:
    assert bidi.visual("سلام") == "\ufee1\ufefc\ufeb3"
    assert bidi.visual("بيت") == "\ufe96\ufef4\ufe91"


@given(st.text(st.sampled_from("abc אבגד سلام 12()"), max_size=60))
def test_turning_never_fails(text: str) -> None:
    bidi.visual(text)
