"""What of the outbox waits, and how old a message may get before it is worth nothing."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, and_

from app import clock
from app.models.records import OutboxMessage

# What is older says nothing that My work does not say better.
OLDEST = timedelta(days=7)

WAITING = and_(OutboxMessage.sent_at.is_(None), OutboxMessage.dropped_why.is_(None), OutboxMessage.failed_at.is_(None))


# The last try found no mail server that would talk: such a try is not counted, and the next is soon.
UNREACHED = and_(
    WAITING, OutboxMessage.problem.is_not(None), OutboxMessage.attempts == 0, OutboxMessage.try_after.is_not(None)
)


def failed_lately() -> ColumnElement[bool]:
    """What was given up in the last days, for whatever reason."""
    return and_(OutboxMessage.failed_at.is_not(None), OutboxMessage.failed_at >= clock.now() - OLDEST)


def worth_trying_again() -> ColumnElement[bool]:
    """Of these what is young enough to be sent."""
    return and_(failed_lately(), OutboxMessage.made_at >= clock.now() - OLDEST)
