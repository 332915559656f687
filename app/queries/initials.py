"""What stands for a child in a list: initials, and the year of birth where another child there shares them (R11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple, Protocol


class Listed(Protocol):
    """A child, or as much of one as a list reads."""

    @property
    def id(self) -> int: ...
    @property
    def initials(self) -> str: ...
    @property
    def born_on(self) -> date | None: ...
    @property
    def expected_on(self) -> date | None: ...


class ListedChild(NamedTuple):
    """As much of a child as its initials need."""

    id: int
    initials: str
    born_on: date | None
    expected_on: date | None


def told_apart(children: Iterable[Listed]) -> dict[int, str]:
    """`T.F.` by the child's id, or `T.F. 2016` and `T.F. due 2027` where two children of the list are T.F.

    Give only the children whose initials the reader sees there: a year says that there is another.
    """
    listed = {child.id: child for child in children}
    shared = Counter(child.initials for child in listed.values())
    return {
        key: child.initials if shared[child.initials] == 1 else f"{child.initials} {_year(child)}"
        for key, child in listed.items()
    }


def _year(child: Listed) -> str:
    return f"{child.born_on:%Y}" if child.born_on else f"due {child.expected_on:%Y}"
