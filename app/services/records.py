"""The two chains: every change, and the sealed batches of views. Walked from the beginning, they show an edit.

A chain proves itself against its own head only: whoever can rewrite the whole chain can rewrite the head. A
head noted somewhere else is what makes that show, so a noted head can be given to `verify_changes`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text

from app.extensions import session
from app.models.people import Person
from app.models.recommendations import Recommendation
from app.models.records import AuditEvent, AuditHead, ViewEvent, ViewSeal
from app.models.reviews import Review
from app.policy.actor import SYSTEM, Actor
from app.services.unit_of_work import (
    CHANGES,
    GENESIS,
    Head,
    Work,
    chain_hash,
    digest,
    into,
    lock_head,
    move_head,
    unit_of_work,
)

VIEWS = "views"
BATCH = 10_000
STREAM = 1_000

Subject = tuple[str, int]  # the column of a view and the id in it


@dataclass(frozen=True)
class Verdict:
    """What walking one chain found: how many rows, and the first break in plain words, or none."""

    chain: str
    rows: int
    broken: str | None = None

    @property
    def whole(self) -> bool:
        return self.broken is None


Looked = Review | Recommendation


def log_view(actor: Actor, looked_at: Looked, channel: str, what: str) -> None:
    """Write down one look at a child's record, in a unit of work of its own: a review, or a recommendation, which
    counts as its review or, where it has none, as itself if it is about a child.

    A page calls it after its data is read and before it is sent: where this raises, the page is not sent.
    What the session had loaded is expired by it, so a page passes on values or reads again.
    """
    log_views(actor, [looked_at], channel, what)


def log_views(actor: Actor, looked_at: Iterable[Looked], channel: str, what: str) -> None:
    """The same of several that one document tells of: each once, all of them, or none and nothing is sent."""
    found = dict.fromkeys(subject for each in looked_at if (subject := _subject(each)))
    if found:
        with unit_of_work(actor) as work:
            _put_views(work, found, channel, what)


def _subject(looked_at: Looked) -> Subject | None:
    """The column and the id it is logged under; None where it is about no child."""
    if isinstance(looked_at, Review):
        return "review_id", looked_at.id
    if looked_at.review_id is not None:
        return "review_id", looked_at.review_id
    return None if looked_at.child_id is None else ("recommendation_id", looked_at.id)


def _put_views(work: Work, subjects: Iterable[Subject], channel: str, what: str) -> None:
    look = {"at": work.at, "person_id": work.person_id, "channel": channel[:40], "what": what[:80]}
    none = {"review_id": None, "recommendation_id": None}
    made = [{**look, **none, column: subject_id} for column, subject_id in subjects]
    if made:
        session.execute(into(ViewEvent), made)


def log_export(actor: Actor, subjects: Sequence[Subject], kind: str, rows: int, asked: Mapping[str, str]) -> None:
    """A file that leaves the service: one event of the log, and one look at each child's record it tells of; all of it
    before anything is sent. What was asked for is kept as a digest, since a search may be for somebody."""
    with unit_of_work(actor) as work:
        _put_views(work, subjects, "export", f"recommendations {kind}")
        person = session.get_one(Person, work.person_id)
        work.record("recommendation.export", person, action=kind, number=rows, digest=digest(dict(asked)))


def heads() -> dict[str, tuple[int, str]]:
    """Length and last hash of each chain, to be noted somewhere else."""
    rows = session.execute(select(AuditHead.chain, AuditHead.length, AuditHead.hash).order_by(AuditHead.chain))
    return {chain: (length, last) for chain, length, last in rows}


# --- changes ------------------------------------------------------------------------------------------------


def verify_changes(noted: Iterable[str] = ()) -> Verdict:
    """Walk every change from the first, recompute each hash, compare with the head and the `noted` heads."""
    _one_moment()
    head = heads().get(CHANGES)
    walk = _Walk(set(noted) - {GENESIS})
    broken = walk.run(_changes())
    return Verdict(CHANGES, walk.count, broken or walk.ending(head) or walk.missing())


def _one_moment() -> None:
    """Read one moment of the database, so that a change made meanwhile is no break."""
    session.rollback()
    if session.connection().dialect.name == "postgresql":
        session.rollback()
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _changes() -> Iterator[Any]:
    e = AuditEvent
    query = select(e.id, e.at, e.person_id, e.kind, e.subject_kind, e.subject_id, e.data, e.prev, e.hash).order_by(e.id)
    yield from session.execute(query.execution_options(yield_per=STREAM))


class _Walk:
    """The state of one walk: what the next event must follow."""

    def __init__(self, noted: set[str]) -> None:
        self.count, self.last_id, self.last_hash, self.noted = 0, 0, GENESIS, noted

    def run(self, rows: Iterable[Any]) -> str | None:
        for row in rows:
            made = chain_hash(row.prev, row.at, row.person_id, row.kind, (row.subject_kind, row.subject_id), row.data)
            if made != row.hash:
                return f"Event {row.id} was edited: what it says does not give the hash stored with it."
            if row.prev != self.last_hash:
                return self._gap(row.id)
            self.count, self.last_id, self.last_hash = self.count + 1, row.id, row.hash
            self.noted.discard(row.hash)
        return None

    def _gap(self, found: int) -> str:
        """Event `found` does not follow the one before it: was it put there, or is something gone?"""
        after = session.scalar(
            select(AuditEvent.id).where(AuditEvent.prev == self.last_hash, AuditEvent.id > found).limit(1)
        )
        if after is not None:
            return f"Event {found} was inserted: event {after} is the one that follows event {self.last_id}."
        if not self.count:
            return f"The beginning was deleted: event {found} is the first, and it follows another."
        if found == self.last_id + 1:
            return (
                f"Event {self.last_id} was edited and given a new hash, or events after it were deleted: "
                f"event {found} follows another."
            )
        return (
            f"Events were deleted between event {self.last_id} and event {found} "
            "(or the first of the two was edited and given a new hash)."
        )

    def ending(self, head: tuple[int, str] | None) -> str | None:
        """Compare the end of the chain with its head."""
        if head is None:
            return "The head of the chain was deleted."
        length, last = head
        if (length, last) == (self.count, self.last_hash):
            return None
        at = session.scalar(select(AuditEvent.id).where(AuditEvent.hash == last))
        if at is not None and length < self.count:
            return f"Events were inserted after event {at}, where the head stands, or the head was replaced."
        if length > self.count:
            return (
                f"Events were deleted at the end, after event {self.last_id}: "
                f"there are {self.count}, and the head counts {length}."
            )
        return f"The head was replaced: it is not the hash and the number of event {self.last_id}, the last."

    def missing(self) -> str | None:
        if not self.noted:
            return None
        return (
            f"The noted head {min(self.noted)} is in the chain no more: "
            "the chain was rewritten, or cut off, after it was noted."
        )


# --- views --------------------------------------------------------------------------------------------------


def seal_views() -> int:
    """Chain the views not sealed yet, in batches; how many there were."""
    total = 0
    while sealed := _seal_batch():
        total += sealed
    return total


def _seal_batch() -> int:
    with unit_of_work(SYSTEM) as work:
        head = lock_head(VIEWS)
        _no_view_half_written()
        rows = list(_views(_last_sealed(), None, BATCH))
        if rows:
            _seal(work, head, rows)
        return len(rows)


def _no_view_half_written() -> None:
    """On PostgreSQL a view with a smaller id may still be uncommitted: wait for it, and hold new ones back."""
    if session.connection().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE view_event IN SHARE MODE"))


def _last_sealed() -> int:
    return session.scalar(select(func.coalesce(func.max(ViewSeal.last_id), 0))) or 0


def _views(after: int, until: int | None, limit: int | None = None) -> Iterator[Any]:
    v = ViewEvent
    columns = (v.id, v.at, v.person_id, v.review_id, v.channel, v.what, v.recommendation_id)
    query = select(*columns).where(v.id > after).order_by(v.id)
    if until is not None:
        query = query.where(v.id <= until)
    yield from session.execute(query.limit(limit).execution_options(yield_per=STREAM))


def _seal(work: Work, head: Head, rows: Sequence[Any]) -> None:
    made, _ = seal_hash(head.hash, work.at, rows)
    work.add(
        ViewSeal(
            at=work.at, first_id=rows[0].id, last_id=rows[-1].id, rows=len(rows), prev=head.hash, hash=made
        )
    )  # fmt: skip
    head.hash, head.length = made, head.length + 1
    move_head(head)


def seal_hash(prev: str, at: datetime, rows: Iterable[Any]) -> tuple[str, int]:
    """SHA-256 over the batch before, the time of sealing and every view in it; and how many views that was."""
    made, count = hashlib.sha256(json.dumps([prev, at.isoformat()]).encode()), 0
    for row in rows:
        fields = [row.id, row.at.isoformat(), row.person_id, row.review_id, row.channel, row.what]
        if row.recommendation_id is not None:  # what was sealed before there were any keeps its hash
            fields.append(row.recommendation_id)
        made.update(b"\n" + json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode())
        count += 1
    return made.hexdigest(), count


def verify_views() -> Verdict:
    """Walk every seal and the views it covers; views made since the last seal are in no seal yet."""
    _one_moment()
    head = heads().get(VIEWS)
    count, last_id, last_hash, seals = 0, 0, GENESIS, 0
    for seal in session.scalars(select(ViewSeal).order_by(ViewSeal.id)).all():
        if broken := _broken_seal(seal, last_id, last_hash):
            return Verdict(VIEWS, count, broken)
        count, last_id, last_hash, seals = count + seal.rows, seal.last_id, seal.hash, seals + 1
    if head != (seals, last_hash):
        return Verdict(VIEWS, count, "Seals were deleted at the end, or the head of the views was replaced.")
    return Verdict(VIEWS, count)


def _broken_seal(seal: ViewSeal, last_id: int, last_hash: str) -> str | None:
    covers = f"Seal {seal.id} (views {seal.first_id} to {seal.last_id})"
    if seal.prev != last_hash:
        return f"{covers} does not follow the one before: a seal was edited, deleted or inserted."
    made, count = seal_hash(seal.prev, seal.at, _views(last_id, seal.last_id))
    if count != seal.rows:
        done = "deleted" if count < seal.rows else "inserted"
        return f"{covers}: views were {done}; there are {count}, and {seal.rows} were sealed."
    return None if made == seal.hash else f"{covers}: a view was edited after it was sealed."


def unsealed_views() -> int:
    """How many views are in no seal yet."""
    return session.scalar(select(func.count(ViewEvent.id)).where(ViewEvent.id > _last_sealed())) or 0
