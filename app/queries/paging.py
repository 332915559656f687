"""One page of a list: what pages show of any list too long for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, bindparam, func, select

from app.extensions import session
from app.models.base import Base

Row = TypeVar("Row")
Other = TypeVar("Other")
LAST_PAGE = 1_000_000  # a number beyond it is no page, and none that a database can count to


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, which page of it they are, and how many rows there are in all."""

    rows: Sequence[Row]
    total: int
    page: int
    size: int

    def of(self, rows: Sequence[Other]) -> Page[Other]:
        """The same page with something made of each row."""
        return Page(rows, self.total, self.page, self.size)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return (self.page - 1) * self.size + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.page * self.size, self.total)


def a_page(
    shown: Select[Any], count: Select[Any], page: int, size: int, given: Mapping[str, Any] | None = None
) -> Page[Any]:
    """The page asked for, or the last where there are fewer.

    `shown` is a query that `limited` or `paged` made, `count` of how many there are in all, `given` what both are
    asked with. A page that is not full says by itself how many there are, and nothing is counted.
    """
    given = given or {}

    def rows(number: int) -> Sequence[Any]:
        return session.scalars(shown, {**given, "most": size, "start": (number - 1) * size}).unique().all()

    page = min(max(page, 1), LAST_PAGE)
    found = rows(page)
    if len(found) < size and (found or page == 1):
        return Page(found, (page - 1) * size + len(found), page, size)
    total = session.scalar(count, given) or 0
    if found:
        return Page(found, total, page, size)
    page = max(1, -(-total // size))
    return Page(rows(page), total, page, size)


def of_all(rows: Sequence[Row], page: int, size: int) -> Page[Row]:
    """The same where all the rows were read."""
    page = min(max(page, 1), max(1, -(-len(rows) // size)))
    return Page(rows[(page - 1) * size : page * size], len(rows), page, size)


def limited(query: Select[Any]) -> Select[Any]:
    """A page of it: how many rows and from where comes with the asking (`a_page`)."""
    return query.limit(bindparam("most")).offset(bindparam("start"))


def paged(kind: type[Base], wanted: Select[Any], order: Sequence[Any]) -> Select[Any]:
    """The query of one page of the rows that are `wanted`.

    The page is chosen by id alone, so that only its own rows are read whole and sorted: with what a line shows of
    each, all that are wanted would be.
    """
    chosen = limited(wanted.with_only_columns(kind.id).order_by(*order))
    return select(kind).where(kind.id.in_(chosen)).order_by(*order)


def how_many(wanted: Select[Any]) -> Select[Any]:
    """The query of how many rows another would give."""
    return wanted.with_only_columns(func.count(), maintain_column_froms=True)
