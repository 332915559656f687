"""Keys with which an analyst's tool reads one person's recommendations, and nothing else.

The key is shown once and only its digest is kept. It ends with its date, when it is revoked, or when its person may not
sign in; it never shows more than that person sees at that moment.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app import clock
from app.extensions import session
from app.models.people import Person
from app.models.tracker import FeedToken
from app.policy.accounts import may_sign_in
from app.policy.actor import Actor, actor_of
from app.services.unit_of_work import NotFound, unit_of_work
from app.services.words import words
from workflows.engine import GuardFailed, Reason

LONGEST_LIFE = timedelta(days=365)
MARK = "plf_"  # what a scanner for leaked keys can look for
MOST = 10


def digest_of(key: str) -> str:
    """What is kept: a key has 256 random bits, so that a plain digest cannot be searched."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def make(actor: Actor, name: str, ends_on: date | None) -> str:
    """Make a key and give it back, this once. Raises GuardFailed naming the field."""
    key = MARK + secrets.token_urlsafe(32)
    with unit_of_work(actor) as work:
        named = " ".join(words(name, "name", 80).split())
        _check(named, ends_on, _live_ones(work.person_id))
        row = FeedToken(
            person_id=work.person_id, name=named, digest=digest_of(key), made_at=work.at, ends_on=ends_on
        )  # fmt: skip
        work.record("feed.make", work.add(row), ends_on=ends_on)
    return key


def _live_ones(person_id: int) -> int:
    live = select(func.count()).select_from(FeedToken).where(
        FeedToken.person_id == person_id, FeedToken.revoked_at.is_(None), FeedToken.ends_on >= clock.today()
    )  # fmt: skip
    return session.scalar(live) or 0


def _check(name: str, ends_on: date | None, live: int) -> None:
    reasons, today = [], clock.today()
    if not name:
        reasons.append(Reason("Say what the key is for.", "name"))
    elif live >= MOST:
        reasons.append(Reason(f"You have {MOST} keys. Revoke one first.", "name"))
    if ends_on is None:
        reasons.append(Reason("Enter the day on which the key ends.", "ends_on"))
    elif not today <= ends_on <= today + LONGEST_LIFE:
        reasons.append(Reason("The key must end within a year from today.", "ends_on"))
    if reasons:
        raise GuardFailed(*reasons)


def revoke(actor: Actor, public_id: str) -> None:
    """End one's own key at once; ending it twice changes nothing. Raises NotFound for another's."""
    with unit_of_work(actor) as work:
        query = select(FeedToken.id).where(FeedToken.public_id == public_id, FeedToken.person_id == work.person_id)
        row_id = session.scalar(query)
        if row_id is None:
            raise NotFound("feed token")
        row = work.lock(FeedToken, row_id)
        if row.revoked_at is None:
            row.revoked_at, row.revoked_by_id = work.at, work.person_id
            work.record("feed.revoke", row)


def holder(key: str) -> tuple[Actor, int] | None:
    """Whose live key this is, and its id; None for whatever is wrong with it."""
    query = (
        select(FeedToken)
        .where(FeedToken.digest == digest_of(key), FeedToken.revoked_at.is_(None), FeedToken.ends_on >= clock.today())
        .options(joinedload(FeedToken.person).selectinload(Person.roles))
    )
    row = session.scalars(query).one_or_none()
    if row is None or not may_sign_in(row.person, clock.today()):
        return None
    return actor_of(row.person), row.id


def note_read(actor: Actor, token_id: int, kind: str, rows: int) -> None:
    """Each reading of the feed is an event of the log: which key, in what form, how many rows."""
    with unit_of_work(actor) as work:
        work.record("feed.read", work.lock(FeedToken, token_id), action=kind, number=rows)
