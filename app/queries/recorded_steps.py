"""Who changed something last, from the log of changes: for a page that shows two people's texts side by side."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from app.extensions import session
from app.models.base import Base
from app.models.people import Person
from app.models.records import AuditEvent


def last_saved(row: Base) -> tuple[str, datetime | None]:
    """(name, when); ("", None) where the log has nothing of it."""
    event = AuditEvent
    query = (
        select(Person.name, event.at)
        .join(Person, Person.id == event.person_id)
        .where(event.subject_kind == row.__tablename__, event.subject_id == row.id)
        .order_by(event.id.desc())
        .limit(1)
    )
    found = session.execute(query).one_or_none()
    return (found[0], found[1]) if found is not None else ("", None)
