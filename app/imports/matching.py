"""Which rows of a file are in the plan already: the same file taken in twice adds nothing twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.imports.rows import Making, Planned


class Fate(StrEnum):
    """What a line of the file is to the plan."""

    NEW = "new"
    REPEAT = "repeat"  # the same words came in before
    CHANGED = "changed"  # the same line with other words: which stand is a person's choice


@dataclass(frozen=True)
class Existing:
    """A line of the plan, as far as it is compared. `fingerprint` is of the row it came from, though it was changed."""

    id: int
    public_id: str
    fingerprint: str
    key: str
    changed: bool
    what: str


@dataclass(frozen=True)
class Match:
    fate: Fate
    line: Existing | None = None


def against(planned: Sequence[Planned], lines: Iterable[Existing]) -> Mapping[int, Match]:
    """By row number, for each line of the file. Two rows of the same words match two lines, never one twice."""
    by_print: dict[str, list[Existing]] = defaultdict(list)
    for line in lines:
        by_print[line.fingerprint].append(line)
    found: dict[int, Match] = {}
    rest: list[Planned] = []
    for row in planned:
        if row.making is not Making.LINE:
            continue
        same = by_print.get(row.fingerprint)
        if same:
            found[row.number] = Match(Fate.REPEAT, same.pop(0))
        else:
            rest.append(row)
    by_key: dict[str, list[Existing]] = defaultdict(list)
    for line in (left for lines_left in by_print.values() for left in lines_left):
        if line.key:
            by_key[line.key].append(line)
    for row in rest:
        like = by_key.get(row.key) if row.key else None
        found[row.number] = Match(Fate.CHANGED, like.pop(0)) if like else Match(Fate.NEW)
    return found
