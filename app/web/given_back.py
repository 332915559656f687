"""What a person wrote in a form that was refused: given back, though it is one word; never what only a page writes.

A refused request may come before its form is made, so that a field is known by its name: of any form of the house. Of a
name that no form has, or that means a text here and a choice there, a word may have been typed, unless it is a key of
that choice: better a key among the texts than a text that is gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from wtforms import Form, HiddenField, StringField

from forms.fields import BOXES

MOST = 2_000  # fields; no form of the house has so many, and what is given back is six times as long as what was sent
FOR_TEXT = "text"
FOR_CHOICE = "choice"
MACHINE = frozenset(
    {"version", "review_version", "revision", "part", "go", "confirm", "submit", "up", "down", "add", "rows"}
)
# An id, the key of a row, a tick: what a page writes and no person.
CODE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|r[0-9a-f]{10}|on|true")


def texts_of(fields: Iterable[tuple[str, str]]) -> list[str]:
    """The texts among the fields."""
    known = _known()
    return list(dict.fromkeys(value for name, value in islice(fields, MOST) if _is_text(name, value, known)))


def left_out(fields: Iterable[tuple[str, str]]) -> bool:
    """Whether something else was sent: a choice, a day, a tick, which is not repeated."""
    known = _known()
    return any(value.strip() and name not in MACHINE and not _is_text(name, value, known) for name, value in fields)


@dataclass
class Known:
    """What forms of a name hold, and the keys of its choices where it is one in some form."""

    kinds: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)


def _is_text(name: str, value: str, known: Mapping[str, Known]) -> bool:
    words, last = value.split(), name.rpartition("-")[2]
    if not words or name in MACHINE:
        return False
    if len(words) > 1:
        return True
    found = known.get(name) or known.get(last) or Known()
    if found.kinds == {FOR_TEXT}:
        return True
    written_by_page = words[0] in found.keys or last in BOXES or CODE.fullmatch(words[0])
    return found.kinds != {FOR_CHOICE} and not written_by_page


def _known() -> dict[str, Known]:
    """By the name of a field, of every form of the house."""
    found: dict[str, Known] = {}
    for kind in _forms(Form):
        for name, each in vars(kind).items():
            of = getattr(each, "field_class", None)
            if isinstance(of, type):
                text = issubclass(of, StringField) and not issubclass(of, HiddenField)
                known = found.setdefault(name, Known())
                known.kinds.add(FOR_TEXT if text else FOR_CHOICE)
                known.keys.update(_keys(each.kwargs.get("choices")))
    return found


def _keys(choices: Any) -> Iterator[str]:
    """Of choices that do not depend on who asks: those of others are ids."""
    for each in choices if isinstance(choices, list | tuple) else ():
        yield str(each[0] if isinstance(each, tuple) else getattr(each, "value", each))


def _forms(kind: type[Form]) -> Iterator[type[Form]]:
    for each in kind.__subclasses__():
        yield each
        yield from _forms(each)
