"""What of the panel waits for one person: readings, meetings, reviews to be listed again, themes to be collated.

Two questions, asked only of people whom the panel could ask something: a seat can be held by a role of the panel
or by a senior leader as a substitute, and the rest is the Head's office's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, Row, Select, and_, bindparam, false, or_, select, union_all
from sqlalchemy.orm import aliased

from app import clock, working_days
from app.extensions import session
from app.models.base import UtcDateTime
from app.models.forms import FormTemplateVersion
from app.models.panel import PanelItem, PanelListing, PanelMeeting, PanelReading, PanelSeat, PanelTheme
from app.models.people import Person
from app.models.reviews import Child, Review
from app.policy.acting import Office, first_moderator
from app.policy.actor import Actor
from app.policy.panel import CURRENT, MAY_SUBSTITUTE, ON_PANEL
from app.policy.visibility import made_once, visible_reviews
from app.queries.initials import ListedChild
from forms import descriptor
from forms import moderation as forms
from workflows.states import PanelItemState, ReadingState, ReviewState

UNREAD = (ReadingState.INVITED, ReadingState.READING)
MONTHS_TO_COLLATE = 3  # a meeting after which there was nothing to collate is not asked about for ever


class Managed(NamedTuple):
    line_manager_id: int | None


class OfReview(NamedTuple):
    """What a line shows of a review, and what says who acts on it: as whole objects with their people, the few lines
    of the panel took more time than all other questions of the page."""

    id: int
    public_id: str
    reference: str
    reviewer_id: int
    worker_id: int
    line_manager_id: int
    independent_chair_id: int | None
    worker: Managed
    line_manager: Managed
    child: ListedChild


@dataclass(frozen=True)
class ToRead:
    """One reading that is awaited; where it is begun, `done` of `asked` parts are complete."""

    review: OfReview
    public_id: str
    due_on: date | None
    starts_at: datetime | None  # of the meeting, where the item is listed at one
    begun: bool
    done: int
    asked: int
    earlier: bool  # a reading of an earlier text may be confirmed


@dataclass(frozen=True)
class ToList:
    """An adjourned item."""

    review: OfReview
    public_id: str


@dataclass(frozen=True)
class AtMeeting:
    """A meeting that asks for something. `what`: chair, sit, coming, not_held, themes."""

    meeting: Row[Any]  # what a line shows of it, `SHOWN_OF_MEETING`
    what: str


@dataclass(frozen=True)
class PanelWork:
    """All of it."""

    readings: list[ToRead]
    to_list: list[ToList]
    meetings: list[AtMeeting]


def panel_work(actor: Actor, office: Office) -> PanelWork:
    """What waits; nothing is asked for who can have nothing to do."""
    if not (actor.has(*MAY_SUBSTITUTE) or _in_office(actor, office)):
        return PanelWork([], [], [])
    readings, to_list = [], []
    for row in session.execute(_of_items(actor, office)):
        review = _of_review(row)
        if row.reading is not None:
            readings.append(_to_read(review, row))
        if row.state is PanelItemState.ADJOURNED and _acts(actor, office, review):
            to_list.append(ToList(review, row.public_id))
    return PanelWork(readings, to_list, list(_meetings(actor, office)))


def _in_office(actor: Actor, office: Office) -> bool:
    return actor.id in (*office.heads, *office.deputies, *office.assistant_directors)


def _acts(actor: Actor, office: Office, review: OfReview) -> bool:
    acting = first_moderator(review, office)
    return acting is not None and acting.person_id == actor.id


def _of_review(row: Row[Any]) -> OfReview:
    return OfReview(
        row.review_id, row.address, row.reference, row.reviewer_id, row.worker_id, row.line_manager_id,
        row.independent_chair_id, Managed(row.above_worker), Managed(row.above_manager),
        ListedChild(row.child_id, row.initials, row.born_on, row.expected_on),
    )  # fmt: skip


def _to_read(review: OfReview, row: Row[Any]) -> ToRead:
    begun = row.reading_state is ReadingState.READING
    done, asked = _parts_done(row) if begun else (0, 0)
    return ToRead(review, row.reading, row.due_on, row.starts_at, begun, done, asked, row.earlier)


_counted: dict[tuple[str, str, str], tuple[int, int]] = {}
KEEP = 2_000


def _parts_done(row: Row[Any]) -> tuple[int, int]:
    """Counted once for the same words on the same form: checking a whole form costs more than all else on the line."""
    text = json.dumps(row.answers, sort_keys=True)
    key = (row.own_form, row.form, hashlib.sha256(text.encode()).hexdigest())
    if key not in _counted:
        if len(_counted) >= KEEP:
            _counted.clear()
        _counted[key] = forms.parts_done(_template(row.own_form), _template(row.form), row.answers)
    return _counted[key]


def _template(checksum: str) -> descriptor.FormTemplate:
    version = FormTemplateVersion
    stored = select(version.descriptor).where(version.checksum == checksum).limit(1)
    return descriptor.stored(checksum, lambda: session.scalars(stored).one())


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
    return (
        _shown(reading, _has_earlier(actor), mine)
        .outerjoin(seat, sits)
        .where(Review.state == ReviewState.PANEL_MODERATION, PanelItem.latest, PanelItem.state.in_(CURRENT))
        .where(or_(awaited, listing))
        .order_by(PanelItem.due_on, PanelItem.id)
    )


SHOWN_OF_ITEM = (
    PanelItem.public_id, PanelItem.state, PanelItem.due_on, PanelItem.review_id, PanelMeeting.starts_at,
    Review.public_id.label("address"), Review.reference, Review.reviewer_id, Review.worker_id, Review.line_manager_id,
    Review.independent_chair_id, Review.child_id, Child.initials, Child.born_on, Child.expected_on,
)  # fmt: skip


def _shown(reading: Any, earlier: Any, mine: Any) -> Select[*tuple[Any, ...]]:
    worker, manager = aliased(Person), aliased(Person)
    own, form = aliased(FormTemplateVersion), aliased(FormTemplateVersion)
    columns = (
        reading.public_id.label("reading"), reading.state.label("reading_state"), reading.answers,
        earlier.label("earlier"), own.checksum.label("own_form"), form.checksum.label("form"),
        worker.line_manager_id.label("above_worker"), manager.line_manager_id.label("above_manager"),
    )  # fmt: skip
    return (
        select(*SHOWN_OF_ITEM, *columns)
        .select_from(PanelItem)
        .join(PanelItem.review)
        .outerjoin(Review.child)
        .outerjoin(worker, worker.id == Review.worker_id)
        .outerjoin(manager, manager.id == Review.line_manager_id)
        .outerjoin(own, own.id == Review.form_version_id)
        .outerjoin(form, form.id == PanelItem.form_version_id)
        .outerjoin(PanelMeeting, PanelMeeting.id == PanelItem.meeting_id)
        .outerjoin(reading, mine)
    )


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
    return query.where(PanelMeeting.id.in_(_not_long_ago()), or_(*wanted))  # few: put in order by who asks


def _not_long_ago() -> CompoundSelect[int]:
    """Not ended, or lately: found by the index, so that of the many that ended long ago none is looked at."""
    meeting = aliased(PanelMeeting)
    stands = select(meeting.id).where(meeting.cancelled_at.is_(None))
    lately = meeting.ended_at >= bindparam("since", type_=UtcDateTime)
    return union_all(stands.where(meeting.ended_at.is_(None)), stands.where(lately))


def _not_collated() -> ColumnElement[bool]:
    """Ended not long ago, with something decided, and no theme kept."""
    listing, theme = PanelListing, PanelTheme
    decided = select(listing.id).where(listing.meeting_id == PanelMeeting.id, listing.outcome == "decided")
    kept = select(theme.id).where(theme.meeting_id == PanelMeeting.id)
    return and_(PanelMeeting.ended_at >= bindparam("since", type_=UtcDateTime), decided.exists(), ~kept.exists())
