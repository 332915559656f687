"""The two parts of the full run: what is measured, and the rest.

A tracer makes everything half as long again. So coverage is measured where it can be learnt: on one database, which
goes through the same lines as the other, and not on the long walks over code that the others went through already.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

MEASURED, REST = "measured", "rest"
LONG = (
    "tests/browser",
    "tests/property/test_walk.py",
    "tests/functional/test_access_walk.py",
    "tests/functional/test_links.py",
    "tests/functional/test_panel_walk.py",
    "tests/functional/test_visibility_walk.py",
    "tests/functional/test_readme.py",
)
# The longest single tests. Begun last, they would leave the other processor idle until they end.
FIRST = ("tests/property/test_walk.py", "tests/functional/test_readme.py")
ROOT = Path(__file__).resolve().parents[2]


def part_of(item: pytest.Item) -> str:
    long = any(_in(item, place) for place in LONG)
    return REST if long or item.get_closest_marker("postgres") else MEASURED


def _in(item: pytest.Item, place: str) -> bool:
    return item.path.is_relative_to(ROOT / place)


def longest_first(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Two workers begin at the front and at the middle: each finds one of the longest there."""
    first, second = ([item for item in items if _in(item, place)] for place in FIRST)
    others = [item for item in items if item not in {*first, *second}]
    middle = (len(items) + 1) // 2 - len(first)
    return [*first, *others[:middle], *second, *others[middle:]]
