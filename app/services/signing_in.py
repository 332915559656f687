"""Signing in, staying signed in, and being signed out.

The password is checked by the caller, outside any transaction: an attempt is counted first, then the hash is
worked out, then the session begins. Counting first is what makes the throttle hold when many tries arrive
at once, and one table is what makes it hold for all workers.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, text

from app import clock
from app.extensions import session
from app.models.people import Person, SignInAttempt, SignInSession
from app.policy.accounts import may_sign_in
from app.policy.actor import SYSTEM, Actor
from app.services.unit_of_work import NotFound, Work, unit_of_work

WINDOW = timedelta(minutes=15)
FAILURES_OF_ADDRESS = 5
FAILURES_OF_PLACE = 30
ATTEMPTS_KEPT = timedelta(days=1)
SEEN_EVERY = timedelta(minutes=5)


class TooManyAttempts(Exception):
    """The address or the place has failed too often. `until` is when the next try is taken."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        super().__init__(f"no further attempt before {until.isoformat()}")


def begin_attempt(who_digest: str, where_digest: str) -> int:
    """Count one try before anything is looked at, and give its id. Raises TooManyAttempts.

    It counts as failed until `begin_session` or `settle_attempt` says otherwise. Whether the address
    belongs to anybody is not asked here, so that the answer cannot tell.
    """
    with unit_of_work(SYSTEM) as work:
        _one_at_a_time(who_digest, where_digest)
        session.execute(delete(SignInAttempt).where(SignInAttempt.at < work.at - ATTEMPTS_KEPT))
        until = _shut_until(who_digest, where_digest, work.at)
        if until is not None:
            raise TooManyAttempts(until)
        return work.add(SignInAttempt(who_digest=who_digest, where_digest=where_digest, at=work.at)).id


def settle_attempt(attempt_id: int) -> None:
    """The password was right, though no session begins: a change of password asks for the old one."""
    with unit_of_work(SYSTEM) as work:
        work.lock(SignInAttempt, attempt_id).succeeded = True


def _one_at_a_time(*digests: str) -> None:
    """SQLite has one writer anyway; on PostgreSQL tries at one address or from one place queue here."""
    if session().get_bind().dialect.name == "postgresql":
        for key in sorted(int(digest[:15], 16) for digest in digests):
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def _shut_until(who_digest: str, where_digest: str, now: datetime) -> datetime | None:
    """When the older of the failures that fill the measure leaves the window; None while there is room.

    A success empties an address's measure, never a place's: whoever owns one account must not get
    unlimited guesses at the others.
    """
    last_success = select(func.coalesce(func.max(SignInAttempt.id), 0)).where(
        SignInAttempt.who_digest == who_digest, SignInAttempt.succeeded
    )
    failed = (
        select(SignInAttempt.at)
        .where(SignInAttempt.at > now - WINDOW, ~SignInAttempt.succeeded)
        .order_by(SignInAttempt.at.desc(), SignInAttempt.id.desc())
        .limit(1)
    )
    of_address = failed.where(SignInAttempt.who_digest == who_digest, SignInAttempt.id > last_success.scalar_subquery())
    of_place = failed.where(SignInAttempt.where_digest == where_digest)
    filled = [
        session.scalar(of_address.offset(FAILURES_OF_ADDRESS - 1)),
        session.scalar(of_place.offset(FAILURES_OF_PLACE - 1)),
    ]
    return max((at + WINDOW for at in filled if at is not None), default=None)


def begin_session(
    person: Actor, attempt_id: int, *, verified: str, sid_digest: str, browser: str, replaces: str | None = None
) -> bool:
    """Begin a session for somebody whose password was right; False where the account changed meanwhile.

    `verified` is the hash that the password was checked against, `replaces` the session this browser had.
    """
    if person.id is None:
        return False
    with unit_of_work(person) as work:
        row = work.lock(Person, person.id)
        if row.password != verified or not may_sign_in(row, clock.today()):
            return False
        work.lock(SignInAttempt, attempt_id).succeeded = True
        _end_by_digest(work, replaces, "signed in again")
        begun = SignInSession(
            sid_digest=sid_digest, person_id=row.id, started_at=work.at, seen_at=work.at, browser=browser[:200]
        )
        work.record("account.sign_in", row, session=work.add(begun).id)
        return True


def seen(session_id: int) -> None:
    """Say that a session is in use. A look is no change: this is not in the log."""
    with unit_of_work(SYSTEM) as work:
        row = work.lock(SignInSession, session_id)
        if row.ended_at is None:
            row.seen_at = work.at


def end_session(actor: Actor, sid_digest: str, why: str = "signed out") -> None:
    """End one session by what its cookie holds. Ending what has ended changes nothing."""
    with unit_of_work(actor) as work:
        _end_by_digest(work, sid_digest, why)


def end_own_session(actor: Actor, sid_digest: str) -> None:
    """End one of one's own sessions, from the list. Raises NotFound for anybody else's."""
    with unit_of_work(actor) as work:
        row = _by_digest(sid_digest)
        if row is None or row.person_id != actor.id:
            raise NotFound("SignInSession")
        _end(work, row, "ended from the list")


def end_all(work: Work, person: Person, why: str, keep: str | None = None) -> int:
    """End a person's sessions inside an open transaction, all but `keep`; how many there were."""
    query = select(SignInSession).where(SignInSession.person_id == person.id, SignInSession.ended_at.is_(None))
    rows = [row for row in session.scalars(query.with_for_update()) if row.sid_digest != keep]
    for row in rows:
        row.ended_at, row.ended_why = work.at, why
    if rows:
        work.record("account.sessions_ended", person, why=why, sessions=[row.id for row in rows])
    return len(rows)


def _end_by_digest(work: Work, sid_digest: str | None, why: str) -> None:
    row = _by_digest(sid_digest) if sid_digest else None
    if row is not None:
        _end(work, row, why)


def _by_digest(sid_digest: str) -> SignInSession | None:
    query = select(SignInSession).where(SignInSession.sid_digest == sid_digest)
    return session.scalars(query.with_for_update()).one_or_none()


def _end(work: Work, row: SignInSession, why: str) -> None:
    if row.ended_at is None:
        row.ended_at, row.ended_why = work.at, why
        work.record("account.sign_out", row.person, session=row.id, why=why)
