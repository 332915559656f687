"""What a person wrote in a form that was refused: given back, though it is one word; never what only a page writes.

A refused request may come before its form is made, so that a field is known by its name: of any form of the house. Of a
name that no form has, or that means a text here and a choice there, a word may have been typed: better a choice's key
among the texts than a text that is gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from wtforms import Form, HiddenField, StringField

from forms.fields import BOXES

FOR_TEXT = "text"
FOR_CHOICE = "choice"
MACHINE = frozenset(
    {"version", "review_version", "revision", "part", "go", "confirm", "submit", "up", "down", "add", "rows"}
)
# An id, the key of a row, a tick: what a page writes and no person.
CODE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|r[0-9a-f]{10}|on|true")


def texts_of(fields: Iterable[tuple[str, str]]) -> list[str]:
    """The texts among the fields."""
    kinds = _kinds()
    return list(dict.fromkeys(value for name, value in fields if _is_text(name, value, kinds)))


def left_out(fields: Iterable[tuple[str, str]]) -> bool:
    """Whether something else was sent: a choice, a day, a number, which is not repeated."""
    kinds = _kinds()
    return any(value.strip() and name not in MACHINE and not _is_text(name, value, kinds) for name, value in fields)


def _is_text(name: str, value: str, kinds: dict[str, set[str]]) -> bool:
    words = value.split()
    if not words or name in MACHINE:
        return False
    if len(words) > 1:
        return True
    last = name.rpartition("-")[2]
    kind = kinds.get(name) or kinds.get(last) or set()
    if kind == {FOR_TEXT}:
        return True
    return kind != {FOR_CHOICE} and last not in BOXES and not CODE.fullmatch(value.strip())


def _kinds() -> dict[str, set[str]]:
    """Field name -> what forms of that name hold."""
    found: dict[str, set[str]] = {}
    for kind in _forms(Form):
        for name, field in vars(kind).items():
            of = getattr(field, "field_class", None)
            if isinstance(of, type):
                text = issubclass(of, StringField) and not issubclass(of, HiddenField)
                found.setdefault(name, set()).add(FOR_TEXT if text else FOR_CHOICE)
    return found


def _forms(kind: type[Form]) -> Iterator[type[Form]]:
    for each in kind.__subclasses__():
        yield each
        yield from _forms(each)
