"""What of the panel waits for one person: readings, meetings, reviews to be listed again, themes to be collated.

Two questions, asked only of people whom the panel could ask something: a seat can be held by a role of the panel
or by a senior leader as a substitute, and the rest is the Head's office's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, false, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, load_only

from app import clock, working_days
from app.extensions import session
from app.models.base import UtcDateTime
from app.models.forms import FormTemplateVersion
from app.models.panel import PanelItem, PanelListing, PanelMeeting, PanelReading, PanelSeat, PanelTheme
from app.models.people import Person
from app.models.reviews import Review
from app.policy.acting import Office, first_moderator
from app.policy.actor import Actor
from app.policy.panel import CURRENT, MAY_SUBSTITUTE, ON_PANEL
from app.policy.visibility import made_once, visible_reviews
from app.queries.reviews import LISTED_OF_REVIEW
from forms import descriptor
from forms import moderation as forms
from workflows.states import PanelItemState, ReadingState, ReviewState

UNREAD = (ReadingState.INVITED, ReadingState.READING)
MONTHS_TO_COLLATE = 3  # a meeting after which there was nothing to collate is not asked about for ever


@dataclass(frozen=True)
class ToRead:
    """One reading that is awaited; where it is begun, `done` of `asked` parts are complete."""

    reading: PanelReading
    item: PanelItem
    done: int
    asked: int
    earlier: bool  # a reading of an earlier text may be confirmed


@dataclass(frozen=True)
class AtMeeting:
    """A meeting that asks for something. `what`: chair, sit, coming, not_held, themes."""

    meeting: Row[Any]  # what a line shows of it, `SHOWN_OF_MEETING`
    what: str


@dataclass(frozen=True)
class PanelWork:
    """All of it."""

    readings: list[ToRead]
    to_list: list[PanelItem]
    meetings: list[AtMeeting]


def panel_work(actor: Actor, office: Office) -> PanelWork:
    """What waits; nothing is asked for who can have nothing to do."""
    if not (actor.has(*MAY_SUBSTITUTE) or _in_office(actor, office)):
        return PanelWork([], [], [])
    readings, to_list = [], []
    for item, reading, earlier in session.execute(_of_items(actor, office)).unique():
        if reading is not None:
            readings.append(_to_read(item, reading, earlier))
        if item.state is PanelItemState.ADJOURNED and _acts(actor, office, item.review):
            to_list.append(item)
    return PanelWork(readings, to_list, list(_meetings(actor, office)))


def _in_office(actor: Actor, office: Office) -> bool:
    return actor.id in (*office.heads, *office.deputies, *office.assistant_directors)


def _acts(actor: Actor, office: Office, review: Review) -> bool:
    acting = first_moderator(review, office)
    return acting is not None and acting.person_id == actor.id


def _to_read(item: PanelItem, reading: PanelReading, earlier: bool) -> ToRead:
    begun = reading.state is ReadingState.READING
    done, asked = _parts_done(item, reading.answers) if begun else (0, 0)
    return ToRead(reading, item, done, asked, earlier)


_counted: dict[tuple[str, str, str], tuple[int, int]] = {}
KEEP = 2_000


def _parts_done(item: PanelItem, answers: Any) -> tuple[int, int]:
    """Counted once for the same words on the same form: checking a whole form costs more than all else on the line."""
    own, form = item.review.form_version, item.form_version
    text = json.dumps(answers, sort_keys=True)
    key = (own.checksum, form.checksum, hashlib.sha256(text.encode()).hexdigest())
    if key not in _counted:
        if len(_counted) >= KEEP:
            _counted.clear()
        _counted[key] = forms.parts_done(_template(own), _template(form), answers)
    return _counted[key]


def _template(version: Any) -> descriptor.FormTemplate:
    return descriptor.stored(version.checksum, lambda: version.descriptor)


@made_once
def _of_items(actor: Actor, office: Office) -> Select[*tuple[Any, ...]]:
    """The current items of which this person's reading is awaited, and the adjourned ones for the Head's office."""
    reading, seat = aliased(PanelReading), aliased(PanelSeat)
    of_panel = (
        [] if actor.has(*ON_PANEL) else [reading.as_substitute]
    )  # with the states, what `policy.panel.reads` asks
    mine = and_(reading.item_id == PanelItem.id, reading.person_id == actor.id, reading.state.in_(UNREAD), *of_panel)
    sits = and_(seat.meeting_id == PanelItem.meeting_id, seat.person_id == actor.id, seat.left_at.is_(None))
    has_place = or_(seat.id.is_not(None), PanelItem.meeting_id.is_(None))  # an item may move on without its reader
    awaited = and_(reading.id.is_not(None), has_place)
    adjourned = PanelItem.state == PanelItemState.ADJOURNED
    listing = and_(adjourned, visible_reviews(actor, office)) if _in_office(actor, office) else false()
    query: Select[*tuple[Any, ...]] = (
        select(PanelItem, reading, _has_earlier(actor))
        .join(PanelItem.review)
        .outerjoin(reading, mine)
        .outerjoin(seat, sits)
        .where(Review.state == ReviewState.PANEL_MODERATION, PanelItem.latest, PanelItem.state.in_(CURRENT))
        .where(or_(awaited, listing))
        .options(*_shown())
        .order_by(PanelItem.due_on, PanelItem.id)
    )
    return query


def _shown() -> Iterator[Any]:
    review = contains_eager(PanelItem.review)
    asked = (Person.name, Person.agency_id, Person.line_manager_id)
    yield load_only(PanelItem.public_id, PanelItem.state, PanelItem.due_on, PanelItem.review_id, PanelItem.meeting_id)
    yield review.load_only(*LISTED_OF_REVIEW)
    yield review.joinedload(Review.child)
    yield review.joinedload(Review.form_version).load_only(FormTemplateVersion.checksum)
    for each in (Review.reviewer, Review.worker, Review.line_manager):
        yield review.joinedload(each).load_only(*asked)
    yield joinedload(PanelItem.form_version).load_only(FormTemplateVersion.checksum)
    yield joinedload(PanelItem.meeting).load_only(PanelMeeting.starts_at)


def _has_earlier(actor: Actor) -> ColumnElement[bool]:
    """Whether this person submitted a reading on an earlier item of the same review."""
    before, item = aliased(PanelReading), aliased(PanelItem)
    return (
        select(before.id)
        .join(item, item.id == before.item_id)
        .where(
            item.review_id == PanelItem.review_id,
            item.id < PanelItem.id,
            before.person_id == actor.id,
            before.state == ReadingState.SUBMITTED,
        )
        .exists()
    )


# --- meetings -------------------------------------------------------------------------------------------


def _meetings(actor: Actor, office: Office) -> Iterator[AtMeeting]:
    """Those to come where this person sits, the one that is on, and those that are left for the Head's office."""
    today = datetime.combine(clock.today(), time(), clock.LONDON)
    since = datetime.combine(working_days.add_months(clock.today(), -MONTHS_TO_COLLATE), time(), clock.LONDON)
    found = session.execute(_of_meetings(actor, office), {"today": today, "since": since}).all()
    for meeting in sorted(found, key=lambda row: (row.starts_at, row.id)):
        if what := _what(actor, meeting, today=today):
            yield AtMeeting(meeting, what)


def _what(actor: Actor, meeting: Row[Any], *, today: datetime) -> str:
    if meeting.ended_at is not None:
        return "themes"
    if meeting.started_at is None and meeting.starts_at < today:
        return "not_held"
    if meeting.started_at is None and meeting.starts_at >= today + timedelta(days=1):
        return "coming" if meeting.sits else ""
    return "chair" if actor.id == meeting.chair_id else "sit" if meeting.sits else ""


SHOWN_OF_MEETING = (
    PanelMeeting.id, PanelMeeting.public_id, PanelMeeting.starts_at, PanelMeeting.place, PanelMeeting.chair_id,
    PanelMeeting.started_at, PanelMeeting.ended_at,
)  # fmt: skip


@made_once
def _of_meetings(actor: Actor, office: Office) -> Select[*tuple[Any, ...]]:
    seat = aliased(PanelSeat)
    of_panel = [] if actor.has(*ON_PANEL) else [seat.substitute_for_id.is_not(None)]  # as `known_meetings`
    sits = and_(seat.meeting_id == PanelMeeting.id, seat.person_id == actor.id, seat.left_at.is_(None), *of_panel)
    today = bindparam("today", type_=UtcDateTime)
    held = or_(PanelMeeting.started_at.is_not(None), PanelMeeting.starts_at >= today)
    wanted = [and_(seat.id.is_not(None), PanelMeeting.ended_at.is_(None), held)]
    if office.holds(actor.id):
        wanted += [and_(PanelMeeting.started_at.is_(None), PanelMeeting.starts_at < today), _not_collated()]
    shown = (*SHOWN_OF_MEETING, seat.id.is_not(None).label("sits"))
    query: Select[*tuple[Any, ...]] = select(*shown).outerjoin(seat, sits)
    # Said by itself, of the meeting alone: of the many that ended long ago no seat and no listing is looked up.
    lately = or_(PanelMeeting.ended_at.is_(None), PanelMeeting.ended_at >= bindparam("since", type_=UtcDateTime))
    return query.where(PanelMeeting.cancelled_at.is_(None), lately, or_(*wanted))  # few: put in order by who asks


def _not_collated() -> ColumnElement[bool]:
    """Ended not long ago, with something decided, and no theme kept."""
    listing, theme = PanelListing, PanelTheme
    decided = select(listing.id).where(listing.meeting_id == PanelMeeting.id, listing.outcome == "decided")
    kept = select(theme.id).where(theme.meeting_id == PanelMeeting.id)
    return and_(PanelMeeting.ended_at >= bindparam("since", type_=UtcDateTime), decided.exists(), ~kept.exists())
