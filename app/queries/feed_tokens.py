"""A person's own keys for the feed, as the account page lists them."""

from __future__ import annotations

from sqlalchemy import select

from app.extensions import session
from app.models.tracker import FeedToken
from app.policy.actor import Actor


def of_person(actor: Actor) -> list[FeedToken]:
    """The newest first; what ended stays listed."""
    query = select(FeedToken).where(FeedToken.person_id == actor.id).order_by(FeedToken.id.desc())
    return list(session.scalars(query))
