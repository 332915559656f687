"""A whole view of the register, for a file, and the feed for an analyst's tool: both of what the person may know.

What a file holds is found out first, by id alone, so that its look at each review is logged before a byte is sent; the
rows are then read a few hundred at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, func, select
from sqlalchemy.orm import aliased

from app import clock
from app.extensions import session
from app.models.activities import Activity, ActivityKind
from app.models.people import Person, Team
from app.models.recommendations import Recommendation, RecommendationTag
from app.models.reviews import Child, Review
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.visibility import made_once, visible_beyond_dates, visible_in_register
from app.queries.initials import told_apart
from app.queries.recommendations import colour_of
from app.queries.tracker_filters import PRACTICE_REVIEW, PUBLIC_ID, Filters
from app.queries.tracker_register import ORDERS, OWNER, Young, wanted, with_child

CHUNK = 500
FEED_PAGE = 500

_raised = Recommendation
_owner = OWNER
_verifier, _worker, _team = aliased(Person), aliased(Person), aliased(Team)


@dataclass(frozen=True)
class Held:
    """What a file will hold: the ids in their order, whose records they are of, and how its children are shown."""

    ids: Sequence[int]
    subjects: Sequence[tuple[str, int]]  # as the log of views keeps them
    initials: Mapping[int, str] = field(default_factory=dict)
    workers: bool = False  # whether there is any whose worker this person may know


def held(actor: Actor, office: Office, filters: Filters) -> Held:
    """Everything in this view, in its order."""
    rows = session.execute(_held(actor, office, filters.shape, filters.order), filters.given(actor)).all()
    subjects = dict.fromkeys(_subject(row) for row in rows if row.review_id is not None or row.child is not None)
    children = {row.child: Young(row.child, row.initials, row.born_on, row.expected_on) for row in rows if row.child}
    known = any(row.known for row in rows)
    return Held([row.id for row in rows], list(subjects), told_apart(children.values()), known)


def _subject(row: Any) -> tuple[str, int]:
    return ("review_id", row.review_id) if row.review_id is not None else ("recommendation_id", row.id)


@made_once
def _held(actor: Actor, office: Office, shape: tuple[str, ...], order: str) -> Select[Any]:
    by, down = ORDERS[order.lstrip("-")], order.startswith("-")
    known = case((and_(_raised.review_id.is_not(None), visible_beyond_dates(actor, office)), 1), else_=0)
    columns = (
        _raised.id, _raised.review_id, Child.id.label("child"), Child.initials, Child.born_on, Child.expected_on,
        known.label("known"),
    )  # fmt: skip
    query = with_child(select(*columns)).where(_raised.id.in_(wanted(actor, office, shape).correlate(None)))
    value = (by.column.is_(None), by.column, _raised.id) if by.nullable else (by.column, _raised.id)
    return query.order_by(*(each.desc() if down else each for each in value))


def rows(actor: Actor, office: Office, found: Held) -> Iterator[dict[str, Any]]:
    """Each row by the names of its columns; what is no longer visible meanwhile is left out."""
    for start in range(0, len(found.ids), CHUNK):
        ids = found.ids[start : start + CHUNK]
        read = {row.id: row for row in session.execute(_rows(actor, office), {"ids": ids})}
        tags = _tags(ids)
        for row_id in ids:
            if row_id in read:
                yield _row(read[row_id], found.initials, tags.get(row_id, ()))


@made_once
def _rows(actor: Actor, office: Office) -> Select[Any]:
    worker = case((visible_beyond_dates(actor, office), _worker.name))
    columns = (
        _raised.id, _raised.reference, _raised.state, _raised.outcome, _raised.forecast, _raised.level, _raised.action,
        _raised.effect, _raised.due_on, _raised.first_due_on, _raised.impact_due_on, _raised.raised_at,
        _raised.completed_at, _raised.closed_at, _raised.evidence, _raised.impact, _raised.plan,
        _raised.partner_agency, Child.id.label("child"), _owner.name.label("owner"), _team.name.label("team"),
        _verifier.name.label("verifier"), worker.label("worker"), ActivityKind.name.label("kind"),
        Activity.reference.label("activity"), Review.reference.label("review"),
    )  # fmt: skip
    query = _with_source(with_child(select(*columns)))
    query = query.outerjoin(_verifier, _verifier.id == _raised.verifier_id)
    query = query.outerjoin(_worker, _worker.id == Review.worker_id)
    these = _raised.id.in_(bindparam("ids", expanding=True))
    seen = select(_raised.id).where(these, visible_in_register(actor, office)).correlate(None)
    return query.where(_raised.id.in_(seen))


def _with_source(query: Select[Any]) -> Select[Any]:
    """The kind of activity it comes from, and the team of its owner."""
    query = query.outerjoin(_team, _team.id == _owner.team_id)
    query = query.outerjoin(Activity, Activity.id == _raised.activity_id)
    return query.outerjoin(ActivityKind, ActivityKind.id == Activity.kind_id)


_TAGS = (
    select(RecommendationTag.recommendation_id, RecommendationTag.tag)
    .where(RecommendationTag.recommendation_id.in_(bindparam("ids", expanding=True)))
    .order_by(RecommendationTag.id)
)


def _tags(ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for row_id, tag in session.execute(_TAGS, {"ids": list(ids)}):
        found.setdefault(row_id, []).append(tag)
    return found


def _row(row: Any, initials: Mapping[int, str], tags: Sequence[str]) -> dict[str, Any]:
    return {
        **row._mapping,
        "initials": initials.get(row.child, "") if row.child else "",
        "colour": colour_of(row),
        "tags": tags,
        "raised_on": clock.day_of(row.raised_at),
        "completed_on": clock.day_of(row.completed_at),
        "closed_on": clock.day_of(row.closed_at),
    }


# The feed: for counting, so no child's initials, no words about a child, nobody's name (R11)


@dataclass(frozen=True)
class FeedPage:
    """Some rows by id, and where the next page begins; None at the end."""

    rows: Sequence[dict[str, Any]]
    after: str | None


def feed(actor: Actor, office: Office, filters: Filters, after: str, size: int = FEED_PAGE) -> FeedPage:
    """A page after a key; every row once, however the rows change meanwhile."""
    after = after if PUBLIC_ID.fullmatch(after) else ""
    query = _feed(actor, office, filters.shape, bool(after))
    found = session.execute(query, {**filters.given(actor), "key_id": after, "most": size + 1}).all()
    tags = _tags([row.id for row in found])
    made = [_feed_row(row, tags.get(row.id, ())) for row in found[:size]]
    return FeedPage(made, found[size - 1].public_id if len(found) > size else None)


@made_once
def _feed(actor: Actor, office: Office, shape: tuple[str, ...], further: bool) -> Select[Any]:
    key = aliased(Recommendation)
    columns = (
        _raised.id, _raised.public_id, _raised.reference, _raised.state, _raised.outcome, _raised.forecast,
        _raised.level, case((_raised.review_id.is_(None), func.coalesce(ActivityKind.key, "")), else_=PRACTICE_REVIEW)
        .label("source"),
        case((_raised.level == "service", _raised.action)).label("action"),
        _raised.due_on, _raised.first_due_on, _raised.impact_due_on, _raised.raised_at, _raised.completed_at,
        _raised.closed_at, _team.name.label("team"),
    )  # fmt: skip
    ids = wanted(actor, office, shape)
    if further:
        start = select(key.id).where(key.public_id == bindparam("key_id")).scalar_subquery()
        ids = ids.where(_raised.id > start)
    ids = ids.order_by(_raised.id).limit(bindparam("most")).correlate(None)
    query = select(*columns).select_from(_raised).outerjoin(_owner, _owner.id == _raised.owner_id)
    return _with_source(query).where(_raised.id.in_(ids)).order_by(_raised.id)


def _feed_row(row: Any, tags: Sequence[str]) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "level": str(row.level),
        "source": row.source,
        "team": row.team,
        "action": row.action,
        "state": str(row.state),
        "outcome": _key(row.outcome),
        "forecast": _key(row.forecast),
        "stands": colour_of(row).word,
        "raised_on": _day(clock.day_of(row.raised_at)),
        "due_on": _day(row.due_on),
        "first_due_on": _day(row.first_due_on),
        "completed_on": _day(clock.day_of(row.completed_at)),
        "impact_due_on": _day(row.impact_due_on),
        "closed_on": _day(clock.day_of(row.closed_at)),
        "tags": list(tags),
    }


FEED_COLUMNS = (
    "reference", "level", "source", "team", "action", "state", "outcome", "forecast", "stands", "raised_on", "due_on",
    "first_due_on", "completed_on", "impact_due_on", "closed_on", "tags",
)  # fmt: skip


def _key(value: Any) -> str | None:
    return None if value is None else str(value)


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()
