"""What pages read of the tracker's meetings; every item passes the visibility of its recommendation (R11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app import clock
from app.extensions import session
from app.models.people import Person
from app.models.recommendations import Recommendation, RecommendationEntry
from app.models.reviews import Review
from app.models.tracker import TrackerAttendance, TrackerItem, TrackerMeeting
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.panel import items_of
from app.policy.recommendation_sight import RecommendationSight, reads_entry, reads_said, sight_of
from app.policy.rules import may
from app.policy.tracker import of_tracker, visible_meetings
from app.policy.visibility import visible_among_few, visible_as_own
from app.queries.initials import told_apart
from app.queries.paging import Page, a_page, how_many, limited
from app.queries.reviews import NotVisible
from workflows.permissions import Permission
from workflows.recommendation import OPEN
from workflows.states import RecommendationState

PAGE = 20
ASKED_BEFORE = 7  # days before a meeting that its managers are asked to prepare
FRESH = 28  # days for which what was written last counts as news
SHOWN_HISTORY = 5
TALKED_ABOUT = (*OPEN, RecommendationState.IN_PLAN)
# Lines of the history in which its owner says how it goes.
NEWS = ("start", "progress", "complete", "dispute", "accept")

# With what the rules ask of the review (R4) and what stands for the child.
REVIEW = joinedload(Recommendation.review).options(
    joinedload(Review.child),
    joinedload(Review.worker).load_only(Person.name, Person.line_manager_id),
    joinedload(Review.line_manager).load_only(Person.name, Person.line_manager_id),
)
OF_ITEM = joinedload(TrackerItem.recommendation).options(
    REVIEW,
    joinedload(Recommendation.child),
    joinedload(Recommendation.owner).load_only(Person.name, Person.public_id),
    joinedload(Recommendation.verifier).load_only(Person.name),
)


@dataclass(frozen=True)
class Line:
    """One meeting in the list, and how much of its agenda this person knows."""

    meeting: TrackerMeeting
    items: int
    discussed: int


@dataclass(frozen=True)
class Meetings:
    coming: list[Line]
    past: Page[Line]


def meetings(actor: Actor, office: Office, page: int = 1) -> Meetings:
    """To come, soonest first; past, newest first."""
    known = select(TrackerMeeting).where(visible_meetings(actor, office))
    ahead = and_(TrackerMeeting.ended_at.is_(None), TrackerMeeting.cancelled_at.is_(None))
    coming = list(session.scalars(known.where(ahead).order_by(TrackerMeeting.held_on, TrackerMeeting.id)))
    past_ones = known.where(~ahead)
    newest = (TrackerMeeting.held_on.desc(), TrackerMeeting.id.desc())
    past = a_page(limited(past_ones.order_by(*newest)), how_many(past_ones), page, PAGE)
    counts = _counts(actor, office, [row.id for row in (*coming, *past.rows)])
    return Meetings([_line(row, counts) for row in coming], past.of([_line(row, counts) for row in past.rows]))


def _line(meeting: TrackerMeeting, counts: dict[int, tuple[int, int]]) -> Line:
    return Line(meeting, *counts.get(meeting.id, (0, 0)))


def _counts(actor: Actor, office: Office, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """How many items of each meeting this person may know of, and how many of these were discussed."""
    item = TrackerItem
    query = (
        select(item.meeting_id, func.count(), func.count(item.discussed_at))
        .join(item.recommendation)
        .where(item.meeting_id.in_(ids), visible_among_few(actor, office))
        .group_by(item.meeting_id)
    )
    return {meeting_id: (number, done) for meeting_id, number, done in session.execute(query)} if ids else {}


def get(actor: Actor, office: Office, public_id: str) -> TrackerMeeting:
    """One meeting by the id of its address. Raises NotVisible."""
    people = selectinload(TrackerMeeting.people).joinedload(TrackerAttendance.person)
    query = select(TrackerMeeting).where(TrackerMeeting.public_id == public_id, visible_meetings(actor, office))
    found = session.scalars(query.options(people)).one_or_none()
    if found is None:
        raise NotVisible
    return found


def agenda(actor: Actor, office: Office, meeting: TrackerMeeting) -> list[TrackerItem]:
    """What this person may know of it, in its order."""
    return list(session.scalars(_visible_items(actor, office, TrackerItem.meeting_id == meeting.id)).unique())


def _visible_items(actor: Actor, office: Office, wanted: ColumnElement[bool]) -> Select[Any]:
    return (
        select(TrackerItem)
        .join(TrackerItem.recommendation)
        .where(wanted, visible_among_few(actor, office))
        .options(OF_ITEM)
        .order_by(TrackerItem.place, TrackerItem.id)
    )


def order_of(actor: Actor, office: Office, meeting_id: int) -> list[str]:
    """The public ids of what this person may know of an agenda, in its order."""
    query = (
        select(TrackerItem.public_id)
        .join(TrackerItem.recommendation)
        .where(TrackerItem.meeting_id == meeting_id, visible_among_few(actor, office))
    )
    return list(session.scalars(query.order_by(TrackerItem.place, TrackerItem.id)))


def find_item(actor: Actor, office: Office, public_id: str) -> TrackerItem:
    """One item of an agenda. Raises NotVisible."""
    wanted = _visible_items(actor, office, TrackerItem.public_id == public_id)
    wanted = wanted.options(joinedload(TrackerItem.meeting))
    found: TrackerItem | None = session.scalars(wanted).unique().one_or_none()
    if found is None or not _knows(actor, office, found.meeting):
        raise NotVisible
    return found


def _knows(actor: Actor, office: Office, meeting: TrackerMeeting) -> bool:
    known = select(TrackerMeeting.id).where(TrackerMeeting.id == meeting.id, visible_meetings(actor, office))
    return of_tracker(actor, office) or session.scalar(known) is not None


def steers(actor: Actor, office: Office, item: TrackerItem) -> bool:
    """Whether this person writes what is said of it (R4)."""
    return may(actor, Permission.STEER_RECOMMENDATION, item.recommendation, office)


def can_be_talked_about(item: TrackerItem) -> bool:
    """Open, or in a plan: what was settled since the agenda was made is only shown."""
    return item.recommendation.state in TALKED_ABOUT


def initials_of(rows: Sequence[TrackerItem]) -> dict[int, str]:
    """By the id of the recommendation, as a page with all of these shows it; none where it is of no child."""
    children = {row.recommendation_id: _child(row.recommendation) for row in rows}
    apart = told_apart(child for child in children.values() if child is not None)
    return {key: apart[child.id] if child else "" for key, child in children.items()}


def _child(row: Recommendation) -> Any:
    return row.review.child if row.review else row.child


def said_to(actor: Actor, office: Office, items: Sequence[TrackerItem]) -> frozenset[int]:
    """Of these, by id, those of which this person reads what was said. The panel is asked about the rest only: who
    steers or owns reads it whatever the panel says."""
    own = {item.id: RecommendationSight(does, does) for item in items for does in [steers(actor, office, item)]}
    found = {item.id for item in items if reads_said(actor, item.recommendation, own[item.id])}
    rest = [item for item in items if item.id not in found]
    latest = items_of(item.recommendation.review for item in rest if item.recommendation.review is not None)
    for item in rest:
        row = item.recommendation
        if reads_said(actor, row, sight_of(actor, row, office, item=latest.get(row.review_id or 0))):
            found.add(item.id)
    return frozenset(found)


def last_entries(actor: Actor, office: Office, row: Recommendation) -> list[tuple[RecommendationEntry, bool]]:
    """The newest lines of its history, newest first, and whether this person reads the words of each: as on the
    recommendation's own page."""
    entry = RecommendationEntry
    query = select(entry).where(entry.recommendation_id == row.id).options(joinedload(entry.person))
    found = session.scalars(query.order_by(entry.id.desc()).limit(SHOWN_HISTORY)).all()
    reads = reads_entry(actor, row, sight_of(actor, row, office), office)
    return [(each, reads(each)) for each in found]


# --- preparing ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ToPrepare:
    """One recommendation of a manager: `why` it should be brought up to date before the meeting, if it should."""

    row: Recommendation
    why: str
    last: datetime | None


@dataclass(frozen=True)
class Preparation:
    own: list[ToPrepare]
    of_others: list[Recommendation]  # owned by those whom this person manages

    @property
    def to_update(self) -> list[ToPrepare]:
        return [each for each in self.own if each.why]


def preparation(actor: Actor, office: Office) -> Preparation:
    """This person's open recommendations, and those of the people he or she manages."""
    query = (
        select(Recommendation)
        .where(Recommendation.state.in_(OPEN), visible_as_own(actor, office))
        .options(REVIEW, joinedload(Recommendation.child), joinedload(Recommendation.owner).load_only(Person.name))
        .order_by(Recommendation.due_on, Recommendation.id)
    )
    own = list(session.scalars(query.where(Recommendation.owner_id == actor.id)).unique())
    managed = select(Person.id).where(Person.line_manager_id == actor.id)
    others = query.where(Recommendation.owner_id.in_(managed), visible_among_few(actor, office))
    news = _last_news([row.id for row in own])
    return Preparation(
        [ToPrepare(row, _why(row, news.get(row.id)), news.get(row.id)) for row in own],
        list(session.scalars(others).unique()),
    )


def _last_news(ids: Sequence[int]) -> dict[int, datetime]:
    entry = RecommendationEntry
    query = select(entry.recommendation_id, func.max(entry.at)).where(
        entry.recommendation_id.in_(ids), entry.action.in_(NEWS)
    )
    return dict(session.execute(query.group_by(entry.recommendation_id)).all()) if ids else {}


def _why(row: Recommendation, last: datetime | None) -> str:
    """Why its owner should say something of it; nothing where it waits for somebody else."""
    if row.state is RecommendationState.ACTION_COMPLETE or row.disputed_at is not None:
        return ""
    return ", ".join(_reasons(row, last))


def _reasons(row: Recommendation, last: datetime | None) -> Iterator[str]:
    if row.due_on is not None and row.due_on < clock.today():
        yield "overdue"
    if row.forecast is None:
        yield "no forecast yet"
    if last is None:
        yield "nothing said of it yet"
    elif last < fresh_since():
        yield "nothing new in four weeks"


def fresh_since() -> datetime:
    """What was written before is no news any more."""
    return datetime.combine(clock.today() - timedelta(days=FRESH), time(), clock.LONDON)


def wants_news(actor: Actor, today: Any, since: Any) -> ColumnElement[bool]:
    """`_why` as SQL, of those this person owns."""
    row, entry = Recommendation, RecommendationEntry
    said = select(entry.id).where(entry.recommendation_id == row.id, entry.action.in_(NEWS), entry.at >= since)
    at_work = (RecommendationState.AGREED, RecommendationState.IN_PROGRESS)
    stale = or_(row.due_on < today, row.forecast.is_(None), ~said.exists())
    return and_(row.owner_id == actor.id, row.state.in_(at_work), row.disputed_at.is_(None), stale)


def prepares(actor: Actor, meeting: TrackerMeeting, today: date | None = None) -> bool:
    """Whether this person was asked to a meeting that is still to come."""
    asked = any(row.person_id == actor.id for row in meeting.people)
    over = meeting.started_at is not None or meeting.cancelled_at is not None
    return asked and not over and meeting.held_on >= (today or clock.today())
