"""Recommendations by the ten thousand, written in bulk and whole: history, tags and chained events with each.

One in twenty of all is open, those that come with the reviews counted. Three in five are of reviews, the others of
other activities; those of a review that has ended are settled, as they must be. Owners are two hundred people in the
teams there are, so that the lists to choose from are as long as in a large authority.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update

from app.models import Base
from app.models.activities import Activity, ActivityKind
from app.models.people import Person, Role, RoleName, Team, person_role
from app.models.recommendations import OPEN_ONLY, Recommendation, RecommendationEntry, RecommendationTag
from app.models.records import AuditEvent, AuditHead
from app.models.reviews import Review
from app.services.unit_of_work import CHANGES, chain_hash
from workflows.states import ReviewState

OWNERS = 200
OPEN_IN = 20  # one in so many of the whole is open
BATCH = 5_000
DAYS = 3_600  # ten years, nearly
OPEN = ("agreed", "in_progress", "action_complete")
PATHS: dict[str, tuple[tuple[str, str], ...]] = {
    "agreed": (("agree", "agreed"),),
    "in_progress": (("agree", "agreed"), ("start", "in_progress")),
    "action_complete": (("agree", "agreed"), ("start", "in_progress"), ("complete", "action_complete")),
    "closed": (
        ("agree", "agreed"), ("start", "in_progress"), ("complete", "action_complete"), ("verify", "closed"),
    ),
    "set_aside": (("agree", "agreed"), ("set_aside", "set_aside")),
}  # fmt: skip
TAGS = (
    "voice", "assessment", "planning", "timeliness", "recording", "supervision", "identity", "partners", "neglect",
    "domestic_abuse", "outcome_1", "outcome_2", "outcome_3", "outcome_4", "enabler_1", "enabler_2", "enabler_3",
)  # fmt: skip
ACTION = (
    "Agree with the child who to ring when worried, put it in the plan, and look at the next review whether it "
    "was used; the worker and the manager write down what came of it."
)


@dataclass
class _People:
    owners: Sequence[int]
    cast: Sequence[int]  # who signs in: each owns a few
    head: int
    manager: int


@dataclass
class _Chain:
    """The log's end, and what was added to it."""

    last: str
    length: int
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, at: datetime, person: int, trigger: str, subject: int, data: dict[str, Any]) -> None:
        kind = f"recommendation.{trigger}"
        made = chain_hash(self.last, at, person, kind, ("recommendation", subject), data)
        row = {
            "at": at, "person_id": person, "kind": kind, "subject_kind": "recommendation", "subject_id": subject,
            "data": data, "prev": self.last, "hash": made,
        }  # fmt: skip
        self.rows.append(row)
        self.last, self.length = made, self.length + 1


def fill(connection: Connection, size: int, today: date) -> None:
    """Make the recommendations `size`. Leaves it for the caller to commit."""
    there = select(func.count()).select_from(Recommendation)
    have, have_open = (connection.scalar(query) or 0 for query in (there, there.where(OPEN_ONLY)))
    people = _people(connection, today)
    activities = _activities(connection, max(4, size // 60), people.head, today)
    reviews = _reviews(connection)
    head = connection.execute(select(AuditHead.hash, AuditHead.length).where(AuditHead.chain == CHANGES)).one()
    chain = _Chain(head.hash, head.length)
    first = (connection.scalar(select(func.max(Recommendation.id))) or 0) + 1
    draw = random.Random(size)
    batch: list[_Made] = []
    many, to_open = max(0, size - have), max(0, size // OPEN_IN - have_open)
    for nth in range(many):
        is_open = nth * to_open // many != (nth + 1) * to_open // many  # spread evenly over all of them
        batch.append(_made(first + nth, draw, people, activities, reviews, today, chain, is_open=is_open))
        if len(batch) == BATCH:
            _write(connection, batch, chain)
    _write(connection, batch, chain)
    connection.execute(update(AuditHead).where(AuditHead.chain == CHANGES).values(hash=chain.last, length=chain.length))
    _set_sequences(connection)


@dataclass
class _Made:
    row: dict[str, Any]
    entries: list[dict[str, Any]]
    tags: list[dict[str, Any]]


def _people(connection: Connection, today: date) -> _People:
    teams = connection.scalars(select(Team.id).order_by(Team.id)).all()
    start = (connection.scalar(select(func.max(Person.id))) or 0) + 1
    role = connection.scalar(select(Role.id).where(Role.name == RoleName.WORKER))
    rows: list[dict[str, Any]] = [
        {
            "id": start + n, "public_id": str(uuid.UUID(int=start + n, version=4)), "name": f"Owner {n:03d} Quill",
            "email": f"owner{n}@example.org", "fs_uniquifier": f"owner{n}", "active": True, "demo": True,
            "password_is_temporary": False, "team_id": teams[n % len(teams)], "version": 1,
            "created_at": datetime.combine(today, time(9), UTC),
        }
        for n in range(OWNERS)
    ]  # fmt: skip
    connection.execute(insert(Person), rows)
    connection.execute(insert(person_role), [{"person_id": row["id"], "role_id": role} for row in rows])
    emails = dict(connection.execute(select(Person.email, Person.id)).all())
    cast = [emails[f"{login}@example.org"] for login in ("worker", "manager", "head.service")]
    return _People([row["id"] for row in rows], cast, emails["head.qa@example.org"], emails["manager@example.org"])


def _activities(connection: Connection, many: int, head: int, today: date) -> Sequence[int]:
    kinds = connection.scalars(select(ActivityKind.id).order_by(ActivityKind.id)).all()
    start = (connection.scalar(select(func.max(Activity.id))) or 0) + 1
    rows: list[dict[str, Any]] = [
        {
            "id": start + n, "public_id": str(uuid.UUID(int=10**9 + n, version=4)), "reference": f"ACT-{start + n}",
            "version": 1, "kind_id": kinds[n % len(kinds)], "title": f"Activity {n}", "summary": "",
            "held_on": today - timedelta(days=n % DAYS), "recorded_at": datetime.combine(today, time(9), UTC),
            "recorded_by_id": head,
        }
        for n in range(many)
    ]  # fmt: skip
    connection.execute(insert(Activity), rows)
    return [row["id"] for row in rows]


def _reviews(connection: Connection) -> tuple[Sequence[Any], Sequence[Any]]:
    """Those that are being tracked and issued, and those that are closed."""
    query = select(Review.id, Review.reference).order_by(Review.id)
    tracked = query.where(Review.state == ReviewState.TRACKING, Review.issued_at.is_not(None))
    return connection.execute(tracked).all(), connection.execute(query.where(Review.state == ReviewState.CLOSED)).all()


def _made(
    number: int, draw: random.Random, people: _People, activities: Sequence[int], reviews: Any, today: date,
    chain: _Chain, *, is_open: bool,
) -> _Made:  # fmt: skip
    state = draw.choice(OPEN) if is_open else ("set_aside" if draw.random() < 0.1 else "closed")
    of_review = draw.random() < 0.6
    review = draw.choice(reviews[0 if is_open else 1]) if of_review and reviews[0 if is_open else 1] else None
    raised = _moment(today, draw.randrange(1, 90) if is_open else draw.randrange(20, DAYS))
    owner = draw.choice(people.cast) if number % 97 == 0 else draw.choice(people.owners)
    verifier = people.head if owner != people.head else people.manager
    path = PATHS[state]
    entries = []
    before = "proposed"
    for step, (trigger, after) in enumerate(path):
        by = {"verify": verifier, "agree": people.head, "set_aside": people.head}.get(trigger, owner)
        at = raised + timedelta(hours=step)
        chain.add(at, by, trigger, number, {"before": before, "after": after, "version": step + 2})
        entries.append({
            "recommendation_id": number, "action": trigger, "text": "", "details": {}, "at": at, "person_id": by,
        })  # fmt: skip
        before = after
    row = _row(number, draw, today, raised, state, review, owner, verifier)
    row["activity_id"] = None if review else draw.choice(activities)
    row["reference"] = f"{review.reference}/b{number}" if review else f"ACT-{number}"
    tags = [{"recommendation_id": number, "tag": tag} for tag in draw.sample(TAGS, draw.randrange(1, 4))]
    return _Made(row, entries, tags)


def _row(
    number: int, draw: random.Random, today: date, raised: datetime, state: str, review: Any, owner: int, verifier: int
) -> dict[str, Any]:
    due = today + timedelta(days=draw.randrange(-30, 90)) if state in OPEN else raised.date() + timedelta(days=60)
    done = state in ("action_complete", "closed")
    closed = raised + timedelta(hours=3) if state == "closed" else None
    return {
        "id": number, "public_id": str(uuid.UUID(int=draw.getrandbits(128), version=4)), "state": state,
        "version": len(PATHS[state]) + 1, "review_id": review.id if review else None, "child_id": None,
        "row_key": f"b{number}" if review else None, "level": "child" if review and number % 3 else "service",
        "finding": "needs", "action": ACTION, "effect": "The child knows who will come.", "owner_id": owner,
        "verifier_id": verifier, "due_on": due, "first_due_on": due,
        "forecast": draw.choice(("on_track", "at_risk", None)) if state == "in_progress" else None,
        "raised_at": raised, "partner_agency": "", "partner_contact": "", "evidence": "The plan names." if done else "",
        "completed_at": raised + timedelta(hours=2) if done else None, "completed_by_id": owner if done else None,
        "impact_due_on": due + timedelta(days=90) if done else None,
        "outcome": "impact_verified" if closed else None, "impact": "The child rang." if closed else "", "plan": "",
        "family_words": "", "closed_at": closed, "closed_by_id": verifier if closed else None,
    }  # fmt: skip


def _moment(today: date, days: int) -> datetime:
    return datetime.combine(today - timedelta(days=days), time(9), UTC)


def _write(connection: Connection, batch: list[_Made], chain: _Chain) -> None:
    """What was gathered so far."""
    for kind, rows in _tables(batch, chain):
        if rows:
            connection.execute(insert(kind), rows)
    batch.clear()
    chain.rows.clear()


def _tables(batch: Sequence[_Made], chain: _Chain) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    yield Recommendation.__table__, [each.row for each in batch]
    yield RecommendationEntry.__table__, [row for each in batch for row in each.entries]
    yield RecommendationTag.__table__, [row for each in batch for row in each.tags]
    yield AuditEvent.__table__, chain.rows


def _set_sequences(connection: Connection) -> None:
    """PostgreSQL counts ids itself, and has not seen those that were given."""
    if connection.dialect.name != "postgresql":
        return
    for name in ("recommendation", "activity", "person"):
        assert name in Base.metadata.tables
        connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"))
