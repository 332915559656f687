"""What of the outbox waits, and how old a message may get before it is worth nothing."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, and_

from app import clock
from app.models.records import OutboxMessage

# What is older says nothing that My work does not say better.
OLDEST = timedelta(days=7)

WAITING = and_(OutboxMessage.sent_at.is_(None), OutboxMessage.dropped_why.is_(None), OutboxMessage.failed_at.is_(None))


def failed_lately() -> ColumnElement[bool]:
    """What could not be sent and is young enough to be tried again."""
    return and_(OutboxMessage.failed_at.is_not(None), OutboxMessage.made_at >= clock.now() - OLDEST)
