"""The messages that wait: claimed by one sender at a time, then sent, dropped, or put off.

Sending is outside every transaction. Whoever sends claims one message first, in a transaction of its own that moves the
moment from which it may be tried again beyond the longest that sending can take: of two who run at once the second
finds another message, or none. What became of it is a second transaction, with its event. Between the two lies the one
moment in which a machine may stop: the message is then tried again, under the same Message-ID, rather than lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select

from app import clock
from app.extensions import session
from app.models.records import OutboxMessage
from app.policy.actor import SYSTEM, Actor
from app.policy.outbox import OLDEST, WAITING, worth_trying_again
from app.services import gate
from app.services.unit_of_work import unit_of_work
from workflows.permissions import Permission

CLAIMED_FOR = timedelta(minutes=10)
# How long it waits after each try that failed; after the last of them it is tried once more and then given up.
WAITS = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8))
MOST_TRIES = len(WAITS) + 1
AWAY_FOR = timedelta(minutes=2)  # before the next try where the mail server itself could not be reached
TOO_OLD = "It waited longer than 7 days"
UNFINISHED = "Sending it was begun five times and never finished."


@dataclass(frozen=True)
class Claim:
    """One message that this process, and no other, may send until the claim ends."""

    message_id: int
    attempt: int


def _due() -> ColumnElement[bool]:
    row = OutboxMessage
    return and_(WAITING, or_(row.try_after.is_(None), row.try_after <= clock.now()))


def _locked(query: Select[OutboxMessage]) -> Sequence[OutboxMessage]:
    """Without waiting for what another sender holds just now."""
    return session.scalars(query.with_for_update(skip_locked=True).execution_options(populate_existing=True)).all()


def give_up() -> int:
    """Call failed what waited too long, and what was begun again and again without an end; how many.

    What waited too long was to be sent and was not: it is no message that was left out on purpose.
    """
    row = OutboxMessage
    too_old = row.made_at < clock.now() - OLDEST
    with unit_of_work(SYSTEM) as work:
        rows = _locked(select(row).where(_due(), or_(too_old, row.attempts >= MOST_TRIES)).order_by(row.id))
        for each in rows:
            each.failed_at, each.problem = work.at, _why_given_up(each)
            work.record("message.failed", each, number=each.attempts)
        return len(rows)


def _why_given_up(row: OutboxMessage) -> str:
    if row.attempts >= MOST_TRIES:
        return row.problem or UNFINISHED
    return f"{TOO_OLD}. The last try met: {row.problem}"[:200] if row.problem else TOO_OLD


def claim() -> Claim | None:
    """The oldest message that may be tried now, held for this process; None where none is left.

    No event of the log: what became of it is one, and until then nothing did.
    """
    row = OutboxMessage
    with unit_of_work(SYSTEM) as work:
        for found in _locked(select(row).where(_due(), row.attempts < MOST_TRIES).order_by(row.id).limit(1)):
            found.attempts += 1
            found.try_after = work.at + CLAIMED_FOR
            return Claim(found.id, found.attempts)
    return None


def sent(claimed: Claim) -> None:
    """It left."""
    with unit_of_work(SYSTEM) as work:
        row = work.lock(OutboxMessage, claimed.message_id)
        if not _ended(row):
            row.sent_at, row.problem = work.at, None
            work.record("message.sent", row, number=claimed.attempt)


def drop(claimed: Claim, why: str) -> None:
    """It is not to be sent any more."""
    with unit_of_work(SYSTEM) as work:
        row = work.lock(OutboxMessage, claimed.message_id)
        if _is_held(row, claimed):
            row.dropped_why = why
            work.record("message.dropped", row)


def put_off(claimed: Claim, problem: str, *, for_good: bool = False) -> bool:
    """The mail server did not take it: tried again after a while that grows, and given up after the last.

    Whether it was given up.
    """
    with unit_of_work(SYSTEM) as work:
        row = work.lock(OutboxMessage, claimed.message_id)
        if not _is_held(row, claimed):
            return False
        row.problem = problem
        given_up = for_good or claimed.attempt >= MOST_TRIES
        if given_up:
            row.failed_at = work.at
            work.record("message.failed", row, number=claimed.attempt)
        else:
            row.try_after = work.at + WAITS[claimed.attempt - 1]
            work.record("message.put_off", row, number=claimed.attempt)
        return given_up


def let_go(claimed: Claim, problem: str) -> None:
    """The mail server could not be reached at all, which says nothing of the message: the try is not counted."""
    with unit_of_work(SYSTEM) as work:
        row = work.lock(OutboxMessage, claimed.message_id)
        if _is_held(row, claimed):
            row.problem, row.attempts, row.try_after = problem, row.attempts - 1, work.at + AWAY_FOR


def _ended(row: OutboxMessage) -> bool:
    return any(each is not None for each in (row.sent_at, row.dropped_why, row.failed_at))


def _is_held(row: OutboxMessage, claimed: Claim) -> bool:
    """Whether the claim is still the one that counts: who was slower than it lasts has lost it to another."""
    return not _ended(row) and row.attempts == claimed.attempt


def try_again(actor: Actor) -> int:
    """Put all that could not be sent back among what waits, but for what is too old by now; how many.

    The problem of the last try stays with each until it is sent, so that whoever asked sees what becomes of it.
    """
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.ADMINISTER_PEOPLE)
        rows = _locked(select(OutboxMessage).where(worth_trying_again()).order_by(OutboxMessage.id))
        for row in rows:
            row.failed_at, row.try_after, row.attempts = None, None, 0
            work.record("message.try_again", row)
        return len(rows)
