"""A year of reviews made into ten years of them, by copying rows inside the database.

A copy is whole: the child, the review and every row that hangs on it, with new ids, references and public ids,
so many years earlier, and its events appended to the chain of the log, or the invariants would not hold.

Only reviews that have ended are copied into the past: a service of ten years has ten years of closed reviews
behind it, and one year of open ones before it. `everything=True` copies the open ones too, as the worst case.

Workers and managers were others each year, who have left; the Head's office is the same all along. Of the reviews
of a reviewer who is still here one in `WRITES_ON` is the same person's, the others are by reviewers who have left:
6,000 in ten years are 600 a year, and nobody writes more than about forty of those.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, Connection, Date, Table, insert, select, text, update

from app.models import Base
from app.models.base import UtcDateTime
from app.models.records import AuditEvent, AuditHead
from app.models.reviews import Review
from app.services.unit_of_work import CHANGES, chain_hash
from workflows.states import ReviewState

YEARS = 10
WEEKS_A_YEAR = 52  # whole weeks, so that a working day stays one
VIEWS_EACH = 10
BATCH = 5_000
COPY, LEFT = "benchmark_copy", "benchmark_left"
STAFF, REVIEWERS = "('worker', 'line_manager')", "('reviewer')"
WRITES_ON = 5
ENDED = (ReviewState.CLOSED, ReviewState.WITHDRAWN)

# Every table of which rows hang on a review, parents first, and how they hang on it.
BY_REVIEW = "JOIN review r ON r.id = t.review_id"
BY_ITEM = "JOIN panel_item i ON i.id = t.item_id JOIN review r ON r.id = i.review_id"
# A meeting is copied once for each round of copies, with the first of the reviews that it heard.
FIRST_OF_MEETING = (
    "JOIN (SELECT l.meeting_id, k.n, min(i.review_id) AS review_id FROM panel_listing l "
    f"JOIN panel_item i ON i.id = l.item_id JOIN {COPY} k ON k.review_id = i.review_id GROUP BY l.meeting_id, k.n) f"
)
TABLES = {
    "child": "JOIN review r ON r.child_id = t.id",
    "review": "JOIN review r ON r.id = t.id",
    "look_back_worker": BY_REVIEW,
    "conflict_declaration": BY_REVIEW,
    "reviewer_spell": BY_REVIEW,
    "review_part": BY_REVIEW,
    "revision": BY_REVIEW,
    "response": BY_REVIEW,
    "response_item": "JOIN response p ON p.id = t.response_id JOIN review r ON r.id = p.review_id",
    "response_draft": BY_REVIEW,
    "contact_attempt": BY_REVIEW,
    "first_moderation": BY_REVIEW,
    "grade_given": BY_REVIEW,
    "decision": BY_REVIEW,
    "addendum": BY_REVIEW,
    "stage_entry": BY_REVIEW,
    "recommendation": BY_REVIEW,
    "recommendation_entry": ("JOIN recommendation m ON m.id = t.recommendation_id JOIN review r ON r.id = m.review_id"),
    "recommendation_tag": "JOIN recommendation m ON m.id = t.recommendation_id JOIN review r ON r.id = m.review_id",
    "panel_meeting": f"{FIRST_OF_MEETING} ON f.meeting_id = t.id JOIN review r ON r.id = f.review_id",
    "panel_seat": f"{FIRST_OF_MEETING} ON f.meeting_id = t.meeting_id JOIN review r ON r.id = f.review_id",
    "panel_item": BY_REVIEW,
    **dict.fromkeys(("panel_listing", "panel_reading", "agreed_form", "panel_dissent", "panel_action"), BY_ITEM),
    "reading_addition": (
        "JOIN panel_reading g ON g.id = t.reading_id JOIN panel_item i ON i.id = g.item_id "
        "JOIN review r ON r.id = i.review_id"
    ),
}
OF_MEETING = ("panel_meeting", "panel_seat")


@dataclass(frozen=True)
class Copy:
    """One copy of one review: the how-manieth of it, and how many years before it."""

    n: int
    review_id: int
    years: int


def multiply(connection: Connection, size: int, *, everything: bool = False) -> None:
    """Make the reviews in this database `size`, spread over ten years. Leaves it for the caller to commit."""
    query = select(Review.id).order_by(Review.id)
    have = len(connection.scalars(query).all())
    models = connection.scalars(query if everything else query.where(Review.state.in_(ENDED))).all()
    put(connection, list(itertools.islice(_spread(models), max(0, size - have))))


def repeat(connection: Connection, review_id: int, times: int) -> list[str]:
    """So many copies of one review as it stands today; their public ids."""
    last = connection.scalars(select(Review.id).order_by(Review.id.desc()).limit(1)).one()
    put(connection, [Copy(n, review_id, 0) for n in range(1, times + 1)])
    return list(connection.scalars(select(Review.public_id).where(Review.id > last).order_by(Review.id)))


def _spread(models: Sequence[int]) -> Iterator[Copy]:
    """A round of copies falls in one year, or a meeting would hear reviews of another."""
    for n in itertools.count(1):
        for review_id in models:
            yield Copy(n, review_id, 1 + n % YEARS)


def put(connection: Connection, copies: Sequence[Copy]) -> None:
    """Write these copies."""
    if not copies:
        return
    span = _span(connection)
    people = _earlier_staff(connection)
    _list_copies(connection, copies)
    for name, joins in TABLES.items():
        statement = _insertion(Base.metadata.tables[name], joins, connection.dialect.name)
        given = {"span": span, "people": people}
        connection.execute(text(statement), {key: value for key, value in given.items() if f":{key}" in statement})
    connection.execute(text(_views()), {"span": span, "each": VIEWS_EACH})
    _append_events(connection, _Moves(span, people, _left(connection)), copies)
    for table in (COPY, LEFT):
        connection.execute(text(f"DROP TABLE {table}"))
    _set_sequences(connection)


def _span(connection: Connection) -> int:
    """How far ids are moved for each copy: further than any id that is there, so that none meet."""
    largest = (connection.scalar(text(f"SELECT max(id) FROM {name}")) or 0 for name in TABLES)
    return int(max(largest)) + 1


def _earlier_staff(connection: Connection) -> int:
    """Those who worked here in each earlier year, deactivated since; how far their ids are from today's."""
    there = connection.scalar(text("SELECT max(id) FROM person WHERE active OR NOT demo")) or 0
    connection.execute(
        text(
            f"CREATE TABLE {LEFT} AS SELECT p.person_id AS id, "
            f"max(CASE WHEN r.name IN {STAFF} THEN 1 ELSE 0 END) AS staff "
            "FROM person_role p JOIN role r ON r.id = p.role_id JOIN person q ON q.id = p.person_id "
            f"WHERE q.active AND (r.name IN {STAFF} OR r.name IN {REVIEWERS}) GROUP BY p.person_id"
        )
    )
    people = int(there) + 1
    if connection.scalar(text("SELECT count(*) FROM person WHERE NOT active AND id > :people"), {"people": people}):
        return people
    table = Base.metadata.tables["person"]
    columns = ", ".join(column.name for column in table.columns)
    values = ", ".join(_staff_value(column.name) for column in table.columns)
    years = "(WITH RECURSIVE y(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM y WHERE n < :years) SELECT n FROM y) y"
    given = {"people": people, "years": YEARS}
    statements = (
        f"INSERT INTO person ({columns}) SELECT {values} FROM person t JOIN {LEFT} l ON l.id = t.id CROSS JOIN {years}",
        "INSERT INTO person_role (person_id, role_id) SELECT t.person_id + y.n * :people, t.role_id FROM person_role t "
        f"JOIN {LEFT} l ON l.id = t.person_id CROSS JOIN {years}",
    )
    for statement in statements:
        connection.execute(text(statement), given)
    return people


def _staff_value(name: str) -> str:
    special = {
        "id": "t.id + y.n * :people",
        "public_id": "substr(t.public_id, 1, 30) || 'st' || (1000 + y.n)",
        "name": "t.name || ' ' || y.n",  # no council has hundreds of namesakes in one team
        "email": "y.n || '.' || t.email",
        "fs_uniquifier": "substr(t.fs_uniquifier, 1, 60) || y.n",
        "line_manager_id": (
            f"CASE WHEN t.line_manager_id IN (SELECT id FROM {LEFT}) THEN t.line_manager_id + y.n * :people "
            "ELSE t.line_manager_id END"
        ),
        "active": "FALSE",
    }
    return special.get(name, f"t.{name}")


def _left(connection: Connection) -> dict[int, bool]:
    """Who has left, by id: whether as staff, or as a reviewer of whom some copies stay."""
    return {row.id: bool(row.staff) for row in connection.execute(text(f"SELECT id, staff FROM {LEFT}"))}


def _list_copies(connection: Connection, copies: Sequence[Copy]) -> None:
    """The copies as a table, so that each table's rows are multiplied by one statement."""
    connection.execute(
        text(
            f"CREATE TABLE {COPY} (n INTEGER, review_id INTEGER, years INTEGER, days INTEGER, "
            "mark VARCHAR(8), reference VARCHAR(20))"
        )
    )
    first = (connection.scalar(text("SELECT count(*) FROM review")) or 0) + 1000
    connection.execute(
        text(
            f"INSERT INTO {COPY} VALUES (:n, :review_id, :years, :days, :mark, "
            "(SELECT substr(reference, 1, 4) - :years FROM review WHERE id = :review_id) || '-' || :number)"
            if connection.dialect.name == "sqlite"
            else f"INSERT INTO {COPY} VALUES (:n, :review_id, :years, :days, :mark, "
            "(SELECT CAST(substr(reference, 1, 4) AS INTEGER) - :years FROM review WHERE id = :review_id)"
            " || '-' || CAST(:number AS TEXT))"
        ),
        [_described(copy, first + place) for place, copy in enumerate(copies)],
    )


def _described(copy: Copy, number: int) -> dict[str, Any]:
    return {
        "n": copy.n,
        "review_id": copy.review_id,
        "years": copy.years,
        "days": _days(copy),
        "mark": f"{number:08x}",
        "number": str(number),
    }


def _days(copy: Copy) -> int:
    return copy.years * WEEKS_A_YEAR * 7


def _insertion(table: Table, joins: str, dialect: str) -> str:
    columns = ", ".join(column.name for column in table.columns)
    values = ", ".join(_value(table, column, dialect) for column in table.columns)
    source = f"{table.name} t {joins} JOIN {COPY} c ON c.review_id = r.id"
    source += " AND c.n = f.n" if table.name in OF_MEETING else ""
    return f"INSERT INTO {table.name} ({columns}) SELECT {values} FROM {source}"


def _value(table: Table, column: Column[Any], dialect: str) -> str:
    """What a column of a copy holds."""
    own = f"t.{column.name}"
    if column.primary_key or _points_at_a_copy(column):
        return f"{own} + c.n * :span"
    if any(key.column.table.name == "person" for key in column.foreign_keys):
        gone = f"SELECT id FROM {LEFT} WHERE staff = 1 OR c.n % {WRITES_ON} <> 0"
        return f"CASE WHEN {own} IN ({gone}) THEN {own} + c.years * :people ELSE {own} END"
    special = {
        "public_id": "substr(t.public_id, 1, 28) || c.mark",
        "case_system_id": "t.case_system_id || '/' || c.mark",
        "planned_month": _earlier(own, "years", "date", dialect),
    }
    if column.name == "reference":
        return (
            "c.reference" if table.name == "review" else "c.reference || substr(t.reference, length(r.reference) + 1)"
        )
    if column.name in special:
        return special[column.name]
    if isinstance(column.type, UtcDateTime):
        return _earlier(own, "days", "moment", dialect)
    return _earlier(own, "days", "date", dialect) if isinstance(column.type, Date) else own


def _points_at_a_copy(column: Column[Any]) -> bool:
    return any(key.column.table.name in TABLES for key in column.foreign_keys)


def _earlier(value: str, unit: str, kind: str, dialect: str) -> str:
    if dialect == "postgresql":
        kind = "date" if kind == "date" else "timestamptz"
        return f"({value} - c.{unit} * INTERVAL '1 {unit[:-1]}')::{kind}"
    if kind == "date":
        return f"date({value}, '-' || c.{unit} || ' {unit}')"
    return f"strftime('%Y-%m-%d %H:%M:%f000', {value}, '-' || c.{unit} || ' {unit}')"


def _views() -> str:
    """Each copy was looked at a few times by its reviewer: the log of views is long too."""
    return (
        "INSERT INTO view_event (at, person_id, review_id, channel, what) "
        f"WITH RECURSIVE number(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < :each) "
        f"SELECT r.planned_at, r.reviewer_id, r.id, 'page', 'review' FROM {COPY} c "
        "JOIN review r ON r.id = c.review_id + c.n * :span CROSS JOIN number"
    )


# --- the log --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Moves:
    """How far the ids of a copy are from those of its model."""

    span: int
    people: int
    left: dict[int, bool]

    def person(self, person_id: int | None, copy: Copy) -> int | None:
        if person_id is None or person_id not in self.left:
            return person_id
        gone = self.left[person_id] or copy.n % WRITES_ON
        return person_id + copy.years * self.people if gone else person_id


def _append_events(connection: Connection, moves: _Moves, copies: Sequence[Copy]) -> None:
    """The events of every copy, after those that are there, each chained to the one before."""
    known = _events(connection)
    head = connection.execute(select(AuditHead.hash, AuditHead.length).where(AuditHead.chain == CHANGES)).one()
    last, length = head.hash, head.length
    rows: list[dict[str, Any]] = []
    for copy in copies:
        for event in known.get(copy.review_id, ()):
            rows.append(_event(event, copy, moves, last))
            last, length = rows[-1]["hash"], length + 1
        if len(rows) >= BATCH:
            connection.execute(insert(AuditEvent), rows)
            rows.clear()
    if rows:
        connection.execute(insert(AuditEvent), rows)
    connection.execute(update(AuditHead).where(AuditHead.chain == CHANGES).values(hash=last, length=length))


def _events(connection: Connection) -> dict[int, list[Any]]:
    """Every event by the review it belongs to, in order."""
    owners = {("review", row.id): row.id for row in connection.execute(text("SELECT id FROM review"))}
    for row in connection.execute(text("SELECT id, child_id FROM review")):
        owners["child", row.child_id] = row.id
    for row in connection.execute(text("SELECT id, review_id FROM recommendation WHERE review_id IS NOT NULL")):
        owners["recommendation", row.id] = row.review_id
    for row in connection.execute(text("SELECT id, review_id FROM panel_item")):
        owners["panel_item", row.id] = row.review_id
    readings = "SELECT g.id, i.review_id FROM panel_reading g JOIN panel_item i ON i.id = g.item_id"
    for row in connection.execute(text(readings)):
        owners["panel_reading", row.id] = row.review_id
    found: dict[int, list[Any]] = {}
    wanted = {copied for (copied,) in connection.execute(text(f"SELECT DISTINCT review_id FROM {COPY}"))}
    event = AuditEvent
    query = select(event.at, event.person_id, event.kind, event.subject_kind, event.subject_id, event.data)
    kinds = ("review", "child", "recommendation", "panel_item", "panel_reading")
    for row in connection.execute(query.where(event.subject_kind.in_(kinds)).order_by(event.id)):
        owner = owners.get((row.subject_kind, row.subject_id))
        if owner is not None and owner in wanted:
            found.setdefault(owner, []).append(row)
    return found


def _event(event: Any, copy: Copy, moves: _Moves, prev: str) -> dict[str, Any]:
    at = event.at - timedelta(days=_days(copy))
    person_id = moves.person(event.person_id, copy)
    subject = (event.subject_kind, event.subject_id + copy.n * moves.span)
    return {
        "at": at,
        "person_id": person_id,
        "kind": event.kind,
        "subject_kind": subject[0],
        "subject_id": subject[1],
        "data": event.data,
        "prev": prev,
        "hash": chain_hash(prev, at, person_id, event.kind, subject, event.data),
    }


def _set_sequences(connection: Connection) -> None:
    """PostgreSQL counts ids itself, and has not seen those that were given."""
    if connection.dialect.name != "postgresql":
        return
    for name in (*TABLES, "person"):
        connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"))
