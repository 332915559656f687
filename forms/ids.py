"""One spelling of the ids on a form page, shared by the page and by the list of what is still to do.

A key never holds a hyphen, so `part-question-row-column` cannot be read in two ways. Ids do not depend on
the position of a row: a link to a row stays right when another is removed.
"""

from __future__ import annotations

import re
import secrets

ROW_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


def field_id(part: str, question: str, row: str = "", column: str = "") -> str:
    """The id, and the posted name, of a question's input or of one input in a row."""
    return "-".join(piece for piece in (part, question, row, column) if piece)


def missing_id(part: str, question: str = "part") -> str:
    """The id of the box for the reason why a part (or one question) could not be answered."""
    return f"{part}-missing-{question}"


def first_input(kind: str, base: str) -> str:
    """The id that can take the focus: a date has no input of its own, its day box has."""
    return f"{base}-day" if kind == "date" else base


def new_row_key() -> str:
    return "r" + secrets.token_hex(5)


def is_row_key(text: object) -> bool:
    return isinstance(text, str) and ROW_KEY.fullmatch(text) is not None
