"""What the database says beside the walk: what was written, by which events, and whether it holds."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import select

from app.extensions import session
from app.models.records import AuditEvent, AuditHead
from app.services.unit_of_work import CHANGES, chain_hash
from tests.property.walking import BESIDE, IDLE, SQL_INVARIANTS


class Ledger:
    """The file of one walk, read by a connection of its own. `log` is the walk's, for what is said of a failure."""

    def __init__(self, file: Path, log: list[str]) -> None:
        self.raw, self.log = sqlite3.connect(file), log
        self.told = self.digest()
        self.event, self.hash, self.length = self._head()

    def digest(self) -> dict[str, int]:
        """Every row of every table, as one number a table."""
        tables = [name for (name,) in self.raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        self.version = self.raw.execute("PRAGMA data_version").fetchone()
        return {name: hash(tuple(self.raw.execute(f"SELECT * FROM {name}"))) for name in tables}

    def check_unchanged(self) -> None:
        """Nobody has written to the file; where somebody has, every table is as it was."""
        if self.raw.execute("PRAGMA data_version").fetchone() != self.version:
            assert self.digest() == self.told, self.log[-1]

    def _head(self) -> tuple[int, str, int]:
        session.rollback()
        last = session.scalar(select(AuditEvent.id).order_by(AuditEvent.id.desc()).limit(1)) or 0
        head = session.scalars(select(AuditHead).where(AuditHead.chain == CHANGES)).one()
        return last, head.hash, head.length

    def new_events(self) -> list[AuditEvent]:
        """The events since the last move, each following the one before, and the head at the last."""
        if self.raw.execute("PRAGMA data_version").fetchone() == self.version:
            return []
        session.rollback()
        rows = list(session.scalars(select(AuditEvent).where(AuditEvent.id > self.event).order_by(AuditEvent.id)))
        for row in rows:
            made = chain_hash(row.prev, row.at, row.person_id, row.kind, (row.subject_kind, row.subject_id), row.data)
            assert (row.prev, row.hash) == (self.hash, made), self.log[-1]
            self.event, self.hash, self.length = row.id, row.hash, self.length + 1
        assert self._head() == (self.event, self.hash, self.length), self.log[-1]
        return rows

    def check_done(self, kind: str, new: list[AuditEvent]) -> None:
        """One event of its own for a change, with those that belong to it; none where nothing changed."""
        before, self.told = self.told, self.digest()
        own = [event for event in new if event.kind == kind]
        assert {event.kind for event in new} <= {kind} | BESIDE.get(kind, set()), self.log[-1]
        if before == self.told:
            assert not new, self.log[-1]
            assert kind in IDLE, f"done, and nothing happened: {self.log[-1]}"
        else:
            assert len(own) == 1, self.log[-1]
            self.check_sql()

    def check_sql(self) -> None:
        for each in SQL_INVARIANTS:
            rows = self.raw.execute(each.look).fetchall()  # type: ignore[arg-type]
            assert not rows, f"{each.name} {rows}: {self.log[-1]}"

    def ids(self, table: str) -> list[int]:
        return [row_id for (row_id,) in self.raw.execute(f"SELECT id FROM {table} ORDER BY id")]

    def states(self, table: str) -> set[str]:
        return {state for (state,) in self.raw.execute(f"SELECT state FROM {table}")}
