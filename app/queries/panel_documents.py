"""What the documents of a meeting are made of, for one reader: the calendar entry and the pre-read pack.

A review that this person is out of is not there at all: no gap, no count, no number that would tell (R4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app import clock
from app.extensions import session
from app.models.panel import PanelItem, PanelMeeting, PanelSeat
from app.models.people import Person
from app.models.recommendations import Recommendation
from app.models.reviews import Response, ResponseItem, Review, Stance
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.panel import ON_PANEL, read_items, reads, with_panel, with_seats
from app.policy.visibility import Aspect, sees
from app.queries import recorded
from app.queries.initials import told_apart
from app.queries.panel_records import form_of
from app.queries.recorded import Data, iso, last_responses, template_of
from app.queries.reviews import NotVisible
from workflows.states import PanelItemState

SEALED_OR_OPEN = (PanelItemState.READING, PanelItemState.DISCUSSING)
TO_READ = frozenset({Aspect.IDENTITY, Aspect.SUBMITTED, Aspect.ALL_ANSWERS})

# With what the rules and the documents ask of each review.
REVIEW = selectinload(PanelItem.review).options(
    joinedload(Review.child),
    joinedload(Review.form_version),
    joinedload(Review.reviewer),
    joinedload(Review.line_manager),
    joinedload(Review.worker).joinedload(Person.line_manager),
)


@dataclass(frozen=True)
class Made:
    """The data of one document, and what it tells of: each look at a child's record is logged."""

    data: Data
    tells_of: Sequence[Review | Recommendation]


def meeting_at(public_id: str) -> PanelMeeting:
    """The meeting of this address with its seats. Raises NotVisible."""
    chairs = (joinedload(PanelMeeting.chair), joinedload(PanelMeeting.deputy_chair))
    query = select(PanelMeeting).where(PanelMeeting.public_id == public_id).options(*chairs)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotVisible
    with_seats([found])
    return found


def _seat(actor: Actor, meeting: PanelMeeting) -> PanelSeat | None:
    """This person's seat, though it was given up; none for somebody who is not of the panel any more."""
    found = next((seat for seat in meeting.seats if seat.person_id == actor.id), None)
    if found is None or not (actor.has(*ON_PANEL) or found.substitute_for_id is not None):
        return None
    return found


def knows(actor: Actor, office: Office, meeting: PanelMeeting) -> bool:
    """Whether this person may know of the meeting: who sits there or was to, and the Head's office."""
    return _seat(actor, meeting) is not None or actor.id in (*office.heads, *office.deputies)


def appointment(actor: Actor, office: Office, public_id: str) -> Data:
    """When and where; struck out for somebody who gave up the seat. Raises NotVisible."""
    meeting = meeting_at(public_id)
    if not knows(actor, office, meeting):
        raise NotVisible
    seat = _seat(actor, meeting)
    return {
        "uid": meeting.public_id,
        "starts_at": meeting.starts_at,
        "minutes": meeting.minutes,
        "place": meeting.place,
        "sequence": meeting.version,
        "cancelled": meeting.cancelled_at is not None or (seat is not None and seat.left_at is not None),
        "made_at": clock.now(),
    }


# --- the pre-read pack ----------------------------------------------------------------------------------


def pack(actor: Actor, office: Office, public_id: str) -> Made:
    """What this member reads before the meeting. Raises NotVisible where there is nothing to read."""
    meeting = meeting_at(public_id)
    seat = _seat(actor, meeting)
    items = list(_to_read(actor, office, meeting)) if seat is not None and seat.left_at is None else []
    if not items:
        raise NotVisible
    reviews = [item.review for item in items]
    initials = told_apart(review.child for review in reviews)
    given = _responses(reviews)
    people = recorded.names(found for item in items for found in _named_in(item))
    data = {
        "authority": recorded.authority(),
        "id_label": recorded.id_label(),
        "reader": actor.name,
        "meeting": when_and_where(meeting),
        "reviews": [
            {
                **_submitted(item),
                "initials": initials[item.review.child_id],
                "people": {key: people[key] for key in _named_in(item) if key in people},
                "responses": [_response(row) for row in last_responses(given.get(item.review_id, ()), item.revision)],
            }
            for item in items
        ],
    }
    return Made(data, reviews)


def _to_read(actor: Actor, office: Office, meeting: PanelMeeting) -> Iterator[PanelItem]:
    """The items on the agenda that this person reads, in its order."""
    query = (
        with_panel(select(PanelItem))
        .where(PanelItem.meeting_id == meeting.id, PanelItem.latest, PanelItem.state.in_(SEALED_OR_OPEN))
        .options(joinedload(PanelItem.revision), REVIEW)
        .order_by(PanelItem.position, PanelItem.id)
    )
    for item in read_items(query):
        if reads(actor, item) and sees(actor, item.review, office, item=item).aspects >= TO_READ:
            yield item


def when_and_where(meeting: PanelMeeting) -> Data:
    return {
        "on": iso(clock.day_of(meeting.starts_at)),
        "begins": time_of(meeting.starts_at),
        "ends": time_of(meeting.starts_at + timedelta(minutes=meeting.minutes)),
        "place": meeting.place,
        "chair": meeting.chair.name,
        "deputy_chair": meeting.deputy_chair.name if meeting.deputy_chair else "",
    }


def time_of(moment: datetime | None) -> str:
    return f"{moment.astimezone(clock.LONDON):%H:%M}" if moment else ""


def _submitted(item: PanelItem) -> Data:
    review = item.review
    form, asked = form_of(item)
    return {
        "template": template_of(review.form_version),
        "form": form,
        "asked": list(asked),
        "reference": review.reference,
        "due_on": iso(item.due_on),
        "child": recorded.child(review),
        "conduct": recorded.conduct(review),
        "answers": item.revision.content["parts"],
        "told": list(_told(review)),
    }


def _told(review: Review) -> Iterator[str]:
    """What the panel is told of who reviewed (R4): somebody higher in the worker's line may."""
    person: Person | None = review.worker.line_manager
    seen = {review.worker_id}
    while person is not None and person.id not in seen:
        if person.id == review.reviewer_id:
            yield "The reviewer is higher in the worker’s line of management."
        seen.add(person.id)
        person = person.line_manager


def _named_in(item: PanelItem) -> set[str]:
    return recorded.named_in(template_of(item.review.form_version), item.revision.content["parts"])


def _responses(reviews: Iterable[Review]) -> dict[int, list[Response]]:
    """Every response to these reviews, oldest first, asked at once; by the review's id."""
    query = (
        select(Response)
        .where(Response.review_id.in_([review.id for review in reviews]))
        .options(selectinload(Response.items), joinedload(Response.person), joinedload(Response.revision))
        .order_by(Response.given_at, Response.id)
    )
    found: dict[int, list[Response]] = {}
    for row in session.scalars(query):
        found.setdefault(row.review_id, []).append(row)
    return found


def _response(row: Response) -> Data:
    return {
        "who": str(row.as_who),
        "name": row.person.name,
        "on": iso(clock.day_of(row.given_at)),
        "proud_of": row.proud_of,
        "do_differently": row.do_differently,
        "said": [_said(item) for item in row.items if item.stance is not Stance.AGREE or item.text],
    }


def _said(item: ResponseItem) -> Data:
    return {
        "part": item.part,
        "stance": str(item.stance),
        "text": item.text,
        "reply": str(item.reply) if item.reply else "",
        "reply_text": item.reply_text,
    }
