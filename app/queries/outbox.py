"""What a message may say to whom it is for, asked again when it is sent (R11); and how the sending stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, select
from sqlalchemy.orm import selectinload

from app import clock
from app.extensions import session
from app.models.concerns import Concern
from app.models.panel import PanelItem, PanelMeeting, PanelReading
from app.models.people import Person
from app.models.recommendations import Recommendation
from app.models.records import AuditEvent, OutboxMessage
from app.models.reviews import Review
from app.models.tracker import TrackerMeeting
from app.policy.accounts import may_sign_in
from app.policy.acting import Office, load_office
from app.policy.actor import Actor, actor_of
from app.policy.concerns import visible_concerns
from app.policy.outbox import UNREACHED, WAITING, failed_lately, worth_trying_again
from app.policy.panel import known_meetings
from app.policy.tracker import visible_meetings
from app.policy.visibility import known_reviews, visible_one_by_one

LISTED = 50
LATELY = timedelta(days=30)
CLOSED = "the account of whom it was for is closed"
UNSEEN = "whom it was for may not know of it now"


class NotToBeSent(Exception):
    """Nobody should have this message now; the text says why, without saying what it was about."""


@dataclass(frozen=True)
class Letter:
    """All that a message is made of: where to, what about, by its reference and the id of its address."""

    message_id: int
    made_at: datetime
    address: str
    kind: str
    about: str  # the subject's kind, as the words and the link go by
    reference: str
    public_id: str


def letter(message_id: int) -> Letter:
    """What may be sent of one message. Raises NotToBeSent where whom it is for has left, or may not know of it now."""
    query = select(OutboxMessage, Person).join(Person, Person.id == OutboxMessage.recipient_id)
    found = session.execute(query.where(OutboxMessage.id == message_id).options(selectinload(Person.roles))).one()
    row, person = found
    if not may_sign_in(person, clock.today()):
        raise NotToBeSent(CLOSED)
    subject = SUBJECTS.get(row.subject_kind)
    office = load_office(session, clock.today())
    seen = subject(actor_of(person), office, row.subject_id) if subject else None
    about: Any = session.execute(seen).one_or_none() if seen is not None else None
    if about is None:
        raise NotToBeSent(UNSEEN)
    made = Letter(row.id, row.made_at, person.email, row.kind, about[0], _said(about[2]), about[1])
    session.rollback()  # handing it over may take long, and no transaction waits for that
    return made


def _said(reference: Any) -> str:
    """A reference; a meeting has none and is known by its day."""
    on = clock.day_of(reference) if isinstance(reference, datetime) else reference
    return f"{on.day} {on:%B %Y}" if isinstance(on, date) else str(reference)


Subject = Callable[[Actor, Office, int], Select[Any]]


def _of(kind: str, row: Any, reference: Any, seen: Callable[[Actor, Office], ColumnElement[bool]]) -> Subject:
    """Looks up one row through the door that its pages go through."""

    def find(actor: Actor, office: Office, row_id: int) -> Select[Any]:
        return _named(kind, row.public_id, reference).where(row.id == row_id, seen(actor, office))

    return find


def _named(kind: str, public_id: Any, reference: Any) -> Select[Any]:
    return select(literal(kind), public_id, reference)


def _panel_item(actor: Actor, office: Office, item_id: int) -> Select[Any]:
    """By its review, which is what everybody who is told of an item may open."""
    named = _named("review", Review.public_id, Review.reference).join(PanelItem, PanelItem.review_id == Review.id)
    return named.where(PanelItem.id == item_id, known_reviews(actor, office))


def _panel_reading(actor: Actor, office: Office, reading_id: int) -> Select[Any]:
    """Its reader's own page; whoever else is told, that a reader left, is told of the review."""
    found = select(PanelReading.person_id).where(PanelReading.id == reading_id)
    if session.scalar(found) == actor.id:
        named = _named("panel_reading", PanelReading.public_id, Review.reference)
    else:
        named = _named("review", Review.public_id, Review.reference)
    return (
        named.select_from(PanelReading)
        .join(PanelItem, PanelItem.id == PanelReading.item_id)
        .join(Review, Review.id == PanelItem.review_id)
        .where(PanelReading.id == reading_id, known_reviews(actor, office))
    )


SUBJECTS: dict[str, Subject] = {
    "review": _of("review", Review, Review.reference, known_reviews),
    "recommendation": _of("recommendation", Recommendation, Recommendation.reference, visible_one_by_one),
    "concern": _of("concern", Concern, Concern.reference, visible_concerns),
    "panel_meeting": _of("panel_meeting", PanelMeeting, PanelMeeting.starts_at, known_meetings),
    "tracker_meeting": _of("tracker_meeting", TrackerMeeting, TrackerMeeting.held_on, visible_meetings),
    "panel_item": _panel_item,
    "panel_reading": _panel_reading,
}


# --- how the sending stands, for who looks after it -----------------------------------------------------------


@dataclass(frozen=True)
class NotSent:
    """One that could not be sent, or was not at the last try: whose, since when, why.

    Not what it was about: that is not the administrator's.
    """

    name: str
    address: str
    made_at: datetime
    tries: int
    problem: str | None


@dataclass(frozen=True)
class Counts:
    """`since` is when the oldest that waits was made; `unreached`: the last try of one found no mail server."""

    failed: int
    unreached: bool
    waiting: int
    since: datetime | None


@dataclass(frozen=True)
class Standing:
    """`problem` is what the last try of one that waits met; `trying` are all that met one; `again` could be retried."""

    waiting: int
    since: datetime | None
    problem: str
    trying: list[NotSent]
    failed: int
    again: int
    dropped: list[tuple[str, int]]
    rows: list[NotSent]


def counts() -> Counts:
    """How the sending stands, as one question, for a line of my work."""
    row = OutboxMessage
    failed = select(func.count()).select_from(row).where(failed_lately())
    unreached = select(row.id).where(UNREACHED).exists()
    waiting = select(func.count(row.id), func.min(row.made_at)).where(WAITING).subquery()
    return Counts(*session.execute(select(failed.scalar_subquery(), unreached, waiting)).one())


def standing() -> Standing:
    """What waits, what could not be sent, and what was not sent in the last month and why."""
    row = OutboxMessage
    found = counts()
    told = select(row.problem).where(WAITING, row.problem.is_not(None)).order_by(row.try_after.desc()).limit(1)
    again = select(func.count()).select_from(row).where(worth_trying_again())
    return Standing(
        waiting=found.waiting,
        since=found.since,
        problem=session.scalar(told) or "",
        trying=_listed(and_(WAITING, row.problem.is_not(None)), row.id),
        failed=found.failed,
        again=session.scalar(again) or 0,
        dropped=_dropped(),
        rows=_listed(failed_lately(), row.failed_at.desc(), row.id.desc()),
    )


def _listed(wanted: ColumnElement[bool], *order: Any) -> list[NotSent]:
    row = OutboxMessage
    told = select(Person.name, Person.email, row.made_at, row.attempts, row.problem)
    found = told.join(Person, Person.id == row.recipient_id).where(wanted).order_by(*order).limit(LISTED)
    return [NotSent(*each) for each in session.execute(found)]


def _dropped() -> list[tuple[str, int]]:
    """By the day it was dropped, which its event alone knows: it may have been made long before."""
    row, event = OutboxMessage, AuditEvent
    query = (
        select(row.dropped_why, func.count())
        .join(event, and_(event.subject_kind == row.__tablename__, event.subject_id == row.id))
        .where(row.dropped_why.is_not(None), event.kind == "message.dropped", event.at >= clock.now() - LATELY)
        .group_by(row.dropped_why)
        .order_by(row.dropped_why)
    )
    return [(str(why), number) for why, number in session.execute(query)]
