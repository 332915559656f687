"""The register of recommendations: a page by its key, and how many there are in all.

Pages go on from the row at which the last one ended, so that none is skipped or shown twice when rows change meanwhile,
and the thousandth page costs what the first does. Nothing counts the whole register.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    func,
    null,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased, joinedload, selectinload

from app.extensions import session
from app.models.people import Person
from app.models.recommendations import Recommendation, RecommendationTag
from app.models.reviews import Child, Review
from app.models.tracker import SavedView
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.visibility import made_once, visible_in_register
from app.queries.initials import told_apart
from app.queries.tracker_above import Strip
from app.queries.tracker_filters import ALL, PUBLIC_ID, Filters, conditions, is_open

PAGE = 20
OFTEN = 1_000  # a tag of so many is asked for row by row
COUNTED = 1_000  # beyond it a count of what is not open says no more than that there are more
SHOWN_OF_ACTION = 160

_raised = Recommendation
OWNER = aliased(Person)
_child_id = func.coalesce(Review.child_id, _raised.child_id)


@dataclass(frozen=True)
class Young:
    """What initials are told apart by, of the child of a line."""

    id: int
    initials: str
    born_on: date | None
    expected_on: date | None


@dataclass(frozen=True)
class Key:
    """Where a page begins: beyond the row with this public id, whose place in the order was `value`."""

    public_id: str
    value: str

    @classmethod
    def read(cls, typed: str) -> Key | None:
        public_id, _, value = typed.partition(".")
        return cls(public_id, value[:60]) if PUBLIC_ID.fullmatch(public_id) else None

    def __str__(self) -> str:
        return f"{self.public_id}.{self.value}"


@dataclass(frozen=True)
class Register:
    """One page, and whether there is one before it and one after it."""

    rows: Sequence[Any]  # of the columns of `SHOWN`: a reference and initials, never a name (R11)
    order: str = "due"
    before: bool = False
    after: bool = False
    total: int | None = None  # None: more than anybody would count

    @cached_property
    def initials(self) -> dict[int, str]:
        """By the child's id, as this page shows it."""
        young = {row.child: row for row in self.rows if row.child is not None}
        return told_apart(Young(row.child, row.initials, row.born_on, row.expected_on) for row in young.values())

    @property
    def previous_key(self) -> str:
        return str(_key_of(self.rows[0], self.order)) if self.before and self.rows else ""

    @property
    def next_key(self) -> str:
        return str(_key_of(self.rows[-1], self.order)) if self.after and self.rows else ""


# The order of rows


@dataclass(frozen=True)
class Order:
    """One way to order the rows: by a column, then by id; rows without a value come last, or first turned round."""

    column: Any
    read: Any  # from the text of a key to the value
    nullable: bool = False

    def value(self, typed: str) -> Any:
        try:
            return self.read(typed)
        except (ValueError, OverflowError):
            return None


def _moment(typed: str) -> datetime:
    found = datetime.fromisoformat(typed)
    if found.tzinfo is None:
        raise ValueError(typed)
    return found


def _reference(typed: str) -> str:
    return typed


def _owner_name(public_id: str) -> str | None:
    """A key names the owner by id: no name is part of an address."""
    return session.scalar(select(Person.name).where(Person.public_id == public_id)) if public_id else None


ORDERS = {
    "due": Order(_raised.due_on, date.fromisoformat, nullable=True),
    "raised": Order(_raised.raised_at, _moment),
    "reference": Order(_raised.reference, _reference),
    "owner": Order(OWNER.name, _owner_name, nullable=True),
}


def _key_of(row: Any, order: str) -> Key:
    values = {
        "due": row.due_on.isoformat() if row.due_on else "",
        "raised": row.raised_at.isoformat(),
        "reference": row.reference,
        "owner": row.owner_id or "",
    }
    return Key(row.public_id, values[order.lstrip("-")])


SHOWN = (
    _raised.id, _raised.public_id, _raised.reference, _raised.version, _raised.state, _raised.outcome,
    _raised.forecast, _raised.level, func.substr(_raised.action, 1, SHOWN_OF_ACTION + 1).label("action"),
    _raised.due_on, _raised.impact_due_on, _raised.raised_at,
    OWNER.public_id.label("owner_id"), OWNER.name.label("owner"),
    Child.id.label("child"), Child.initials, Child.born_on, Child.expected_on,
)  # fmt: skip


def with_child(query: Select[Any]) -> Select[Any]:
    """Its owner, and the child it is about: the review's, or its own where it has no review."""
    joined = query.select_from(_raised).outerjoin(OWNER, OWNER.id == _raised.owner_id)
    return joined.outerjoin(Review, Review.id == _raised.review_id).outerjoin(Child, Child.id == _child_id)


def wanted(actor: Actor, office: Office, shape: tuple[str, ...], order: str = "") -> Select[Any]:
    """The ids of what is visible and asked for; what is asked first, since it is sooner answered of most rows."""
    seen = visible_in_register(actor, office, _goes_through_open(actor, office, shape, order))
    return select(_raised.id).where(*conditions(actor, office, shape), seen)


def _goes_through_open(actor: Actor, office: Office, shape: tuple[str, ...], order: str) -> bool:
    """Who sees nearly all has a page of open ones full before that, but where the owners' names put them in order."""
    return is_open(shape) and (not office.holds(actor.id) or order.lstrip("-") == "owner")


@made_once
def _page(
    actor: Actor, office: Office, shape: tuple[str, ...], order: str, backwards: bool, part: str,
    in_all: tuple[str, ...] | None = None,
) -> Select[Any]:  # fmt: skip
    """A page of one part of the order: of the rows that have a value, or of those that have none; with how many there
    are `in_all` of a shape, where that is asked.

    The ids are found first and alone, so that what a line shows is read of a page's rows only.
    """
    by = ORDERS[order.lstrip("-")]
    down = order.startswith("-") != backwards
    ids = wanted(actor, office, shape, order)
    if order.lstrip("-") == "owner":
        ids = ids.outerjoin(OWNER, OWNER.id == _raised.owner_id)
    ids = ids.where(*_part(by, part, down))
    columns = [_raised.id] if part.startswith("without") else [by.column, _raised.id]
    ordered = [each.desc() if down else each for each in columns]
    first = ids.order_by(*ordered).limit(bindparam("most")).correlate(None)
    total = null() if in_all is None else _count(actor, office, in_all).scalar_subquery()
    return with_child(select(*SHOWN, total.label("total"))).where(_raised.id.in_(first)).order_by(*ordered)


def _part(by: Order, part: str, down: bool) -> list[ColumnElement[bool]]:
    """`with`, `without` a value, or either of them `from` a key on."""
    key_id = select(_key_row.id).where(_key_row.public_id == bindparam("key_id")).scalar_subquery()
    kind, _, start = part.partition(" ")
    if kind == "without":
        beyond = _raised.id < key_id if down else _raised.id > key_id
        return [by.column.is_(None), *([beyond] if start else [])]
    here = [by.column.is_not(None)] if by.nullable else []
    if not start:
        return here
    now, then = tuple_(by.column, _raised.id), tuple_(bindparam("key_value", type_=by.column.type), key_id)
    return [*here, now < then if down else now > then]


_key_row = aliased(Recommendation)


def register(
    actor: Actor,
    office: Office,
    filters: Filters,
    *,
    after: str = "",
    before: str = "",
    size: int = PAGE,
    counted: Strip | None = None,
) -> Register:
    """The page after a key, before a key, or the first. `counted` is what the strip above it counted already."""
    key, backwards = Key.read(after), False
    if key is None and (key := Key.read(before)) is not None:
        backwards = True
    rows = _rows(actor, office, filters, key, backwards, size + 1, counted)
    more = len(rows) > size
    if backwards and not more:  # a whole first page, and not what is left before the key
        return register(actor, office, filters, size=size, counted=counted)
    rows = rows[:size]
    if backwards:
        rows.reverse()
    first, last = (more, True) if backwards else (key is not None, more)
    total = _total(actor, office, filters, counted, rows) if first or last else len(rows)
    return Register(rows, filters.order, first, last, total)


def _shape(filters: Filters) -> tuple[str, ...]:
    """What decides the query, a tag by how many have it: counted as far as tells few from many. The open ones are gone
    through in any case."""
    asked = {name: tag for name in ("theme", "framework") if (tag := getattr(filters, name))}
    opened = is_open(filters.shape)
    often = {name for name, tag in asked.items() if opened or session.scalar(_TAGGED, {"tag": tag}) == OFTEN}
    return tuple(f"{part}_often" if part in often else part for part in filters.shape)


_TAGGED = select(func.count()).select_from(
    select(RecommendationTag.id).where(RecommendationTag.tag == bindparam("tag")).limit(OFTEN).subquery()
)


def _rows(
    actor: Actor, office: Office, filters: Filters, key: Key | None, backwards: bool, most: int, counted: Strip | None
) -> list[Any]:
    """So many rows in their order; those without a value follow those with one, or come first the other way. With the
    first of them comes how many open ones there are, where that was not counted above."""
    found: list[Any] = []
    shape = _shape(filters)
    in_all = filters.shape if is_open(filters.shape) and _known(counted, filters) is None else None
    given = filters.given(actor)
    value = ORDERS[filters.order.lstrip("-")].value(key.value) if key else None
    given |= {"key_id": key.public_id, "key_value": value} if key else {}
    for part in _parts(filters.order, value, key, backwards):
        query = _page(actor, office, shape, filters.order, backwards, part, None if found else in_all)
        found += session.connection().execute(query, {**given, "most": most - len(found)})  # columns: no objects
        if len(found) >= most:
            break
    return found


def _parts(order: str, value: Any, key: Key | None, backwards: bool) -> list[str]:
    """The parts of the order from the key on."""
    down = order.startswith("-") != backwards
    parts = ["with", "without"] if ORDERS[order.lstrip("-")].nullable else ["with"]
    if down:
        parts.reverse()
    if key is None:
        return parts
    at = "without" if value is None and len(parts) > 1 else "with"
    return [f"{at} from", *parts[parts.index(at) + 1 :]]


# Counts


def _known(counted: Strip | None, filters: Filters) -> int | None:
    return counted.of(filters.shape) if counted else None


def _total(actor: Actor, office: Office, filters: Filters, counted: Strip | None, rows: Sequence[Any]) -> int | None:
    """How many there are: exactly where they are open ones. Of the whole register no more is counted than whether there
    are more than a bound, and of a part of it nothing, since what is rare there is found by going through all of it."""
    shape = filters.shape
    whole = shape == (f"status={ALL}",)
    if not whole and not is_open(shape):
        return None
    if whole and counted and counted.at_least > COUNTED:
        return None
    found = _known(counted, filters)
    if found is None:
        found = next((row.total for row in rows if row.total is not None), None)
    if found is None:
        found = session.scalar(_count(actor, office, shape), filters.given(actor)) or 0
    return found if is_open(shape) or found <= COUNTED else None


@made_once
def _count(actor: Actor, office: Office, shape: tuple[str, ...]) -> Select[Any]:
    ids = wanted(actor, office, shape)
    return select(func.count()).select_from((ids if is_open(shape) else ids.limit(COUNTED + 1)).subquery())


# Rows that somebody ticked


def ticked(actor: Actor, office: Office, public_ids: Sequence[str]) -> list[Recommendation]:
    """Those of them that this person may know of, in the order given, with what the rules ask about each."""
    review = joinedload(Recommendation.review)
    query = (
        select(Recommendation)
        .where(Recommendation.public_id.in_(public_ids), visible_in_register(actor, office))
        .options(
            joinedload(Recommendation.owner),
            joinedload(Recommendation.verifier),
            joinedload(Recommendation.child),
            review.joinedload(Review.child),
            review.joinedload(Review.worker),
            review.joinedload(Review.line_manager),
            selectinload(Recommendation.tag_rows),
        )
    )
    found = {row.public_id: row for row in session.scalars(query)}
    return [found[public_id] for public_id in dict.fromkeys(public_ids) if public_id in found]


def initials_of(rows: Sequence[Recommendation]) -> dict[str, str]:
    """By the recommendation's public id, of rows shown together."""
    children = {row.public_id: row.review.child if row.review else row.child for row in rows}
    shown = told_apart(child for child in children.values() if child is not None)
    return {key: shown[child.id] if child is not None else "–" for key, child in children.items()}


def own_views(actor: Actor) -> list[SavedView]:
    """One's own saved views, by name."""
    return list(session.scalars(select(SavedView).where(SavedView.person_id == actor.id).order_by(SavedView.name)))
