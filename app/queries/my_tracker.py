"""What the tracker asks of one person on the first page, and what ended lately: one question in as many parts as the
person's roles give, since each question of its own costs more than its answer.

Each part begins with a column that has an index, and a part that can never have an answer for somebody of these roles
is not asked. Of a child there is only what its initials need.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    Date,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased

from app import clock, working_days
from app.extensions import session
from app.models.base import UtcDateTime
from app.models.people import Person, RoleName
from app.models.plans import Plan
from app.models.recommendations import Outcome, Recommendation
from app.models.reviews import Child, Review
from app.models.tracker import TrackerAttendance, TrackerMeeting
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.visibility import made_once, visible_as_own, visible_one_by_one, visible_plans, visible_reviews
from app.queries.initials import ListedChild
from app.queries.supervision import to_talk_about
from app.queries.tracker_meetings import ASKED_BEFORE, fresh_since, wants_news
from workflows.states import RecommendationState, ReviewState

AHEAD = 14  # days that a meeting is shown as coming up, and a plan's quarterly look as due
MOST_FINISHED = 5
MANAGERS = (RoleName.LINE_MANAGER, RoleName.OPERATIONAL_MANAGER, RoleName.ASSISTANT_DIRECTOR, RoleName.DIRECTOR)
OF = aliased(Review)  # beside the reviews that the visibility asks about
DIRECTORS = (RoleName.DIRECTOR, RoleName.ASSISTANT_DIRECTOR)


@dataclass(frozen=True)
class Line:
    """One line of my work, with the fields of `my_work.Item`."""

    reference: str
    child: ListedChild | None
    what: str
    where: str
    public_id: str
    due_on: date | None = None
    note: str = ""
    meets_on: date | None = None


@dataclass(frozen=True)
class TrackerWork:
    """`finished` is of the tracker, `closed` the reviews that ended."""

    waiting: list[Line] = field(default_factory=list)
    coming: list[Line] = field(default_factory=list)
    finished: list[Line] = field(default_factory=list)
    closed: list[Line] = field(default_factory=list)


def tracker_work(actor: Actor, office: Office) -> TrackerWork:
    """Meetings, disputes, plans and supervision that wait; what became of one's recommendations."""
    today = clock.today()
    given = {
        "today": today,
        "until": today + timedelta(days=AHEAD),
        "soon": today + timedelta(days=ASKED_BEFORE),
        "since": fresh_since(),
        "month": datetime.combine(working_days.add_months(today, -1), time(), clock.LONDON),
    }
    found = TrackerWork()
    rows: Sequence[Any] = session.execute(_question(actor, office), given).all()
    for row in sorted(rows, key=_newest_ended_first):
        lines, line = _line(found, row, today)
        lines.append(line)
    found.coming[:] = _once(found)
    return found


def _newest_ended_first(row: Any) -> float:
    """The rest as it comes: it is put in order by its day, with all else that waits."""
    return -row.ended_at.timestamp() if row.ended_at else 0.0


def _once(found: TrackerWork) -> list[Line]:
    """Meetings to come, each once: who holds one may be asked to it as well, and have something to prepare."""
    waiting = {line.public_id for line in found.waiting}
    return list({line.public_id: line for line in found.coming if line.public_id not in waiting}.values())


@made_once
def _question(actor: Actor, office: Office) -> Any:
    found = union_all(*_parts(actor, office)).subquery()
    of_child = (Child.initials, Child.born_on, Child.expected_on)
    return select(found, *of_child).outerjoin(Child, Child.id == found.c.child_id)


def _parts(actor: Actor, office: Office) -> Iterator[Select[Any]]:
    yield _asked_to(actor, office)
    yield _closed(actor, office)
    if office.holds(actor.id):
        yield _to_hold()
        yield _plans_to_look_at(actor, office)
    if actor.has(*DIRECTORS):
        yield _disputes(actor, office)
    if actor.has(RoleName.REVIEWER):
        yield _became(actor, office)
    if actor.has(*MANAGERS):
        yield _to_supervise(actor, office)


def _row(
    kind: Any, public_id: Any, reference: Any, on: Any, child_id: Any = None, more: Any = None, ended_at: Any = None
) -> Select[Any]:
    """The columns that every part has."""
    return select(
        (literal(kind) if isinstance(kind, str) else kind).label("kind"),
        public_id.label("public_id"),
        cast(reference, String).label("reference"),
        (cast(null(), Date) if on is None else on).label("day"),  # a date that SQLite is told to cast is a number
        (cast(null(), Integer) if child_id is None else child_id).label("child_id"),
        (literal(0) if more is None else more).label("more"),
        (cast(null(), UtcDateTime) if ended_at is None else ended_at).label("ended_at"),
    )


def _asked_to(actor: Actor, office: Office) -> Select[Any]:
    """Meetings to come; `more` where something of one's own should be brought up to date first."""
    meeting = TrackerMeeting
    stale = select(Recommendation.id).where(
        wants_news(actor, bindparam("today", type_=Date), bindparam("since", type_=UtcDateTime)),
        visible_as_own(actor, office),
    )
    near = meeting.held_on <= bindparam("soon", type_=Date)
    number = func.coalesce(select(func.count()).select_from(stale.subquery()).where(near).scalar_subquery(), 0)
    asked = and_(TrackerAttendance.meeting_id == meeting.id, TrackerAttendance.person_id == actor.id)
    return (
        _row("asked", meeting.public_id, literal(""), meeting.held_on, more=number)
        .join(TrackerAttendance, asked)
        .where(
            meeting.held_on.between(bindparam("today", type_=Date), bindparam("until", type_=Date)),
            meeting.started_at.is_(None),
            meeting.cancelled_at.is_(None),
        )
    )


def _to_hold() -> Select[Any]:
    """Meetings whose day has come or comes soon, and that have not ended; `more` where they have begun."""
    meeting = TrackerMeeting
    open_ones = (meeting.ended_at.is_(None), meeting.cancelled_at.is_(None))
    begun = meeting.started_at.is_not(None)
    return _row("hold", meeting.public_id, literal(""), meeting.held_on, more=func.count(meeting.started_at)).where(
        meeting.held_on <= bindparam("until", type_=Date), *open_ones
    ).group_by(meeting.public_id, meeting.held_on, begun)  # fmt: skip


def _plans_to_look_at(actor: Actor, office: Office) -> Select[Any]:
    """Whose quarterly look is due within a fortnight, or late."""
    on = Plan.review_on
    return _row("plan", Plan.public_id, Plan.name, on).where(
        visible_plans(actor, office), Plan.ended_at.is_(None), on <= bindparam("until", type_=Date)
    )


def _disputes(actor: Actor, office: Office) -> Select[Any]:
    """Given to this director to settle (R9)."""
    row = Recommendation
    return _of_child("dispute", row.accept_due_on).where(
        row.state == RecommendationState.AGREED, row.director_id == actor.id, visible_as_own(actor, office)
    )


def _became(actor: Actor, office: Office) -> Select[Any]:
    """Of this reviewer's reviews, closed in the last month: found by when, of which there are few in any year."""
    row = Recommendation
    found = (
        _of_child(cast(row.outcome, String), row.due_on, row.closed_at)
        .where(row.outcome.in_(list(Outcome)), row.closed_at >= bindparam("month", type_=UtcDateTime))
        .where(OF.reviewer_id == actor.id, row.state == RecommendationState.CLOSED)
        .where(visible_one_by_one(actor, office))
        .order_by(row.closed_at.desc())
        .limit(MOST_FINISHED)
        .subquery()
    )
    return select(found)


def _of_child(kind: Any, on: Any, ended_at: Any = None) -> Select[Any]:
    row = Recommendation
    child = func.coalesce(OF.child_id, row.child_id)
    lines = _row(kind, row.public_id, row.reference, on, child, ended_at=ended_at)
    return lines.outerjoin(OF, OF.id == row.review_id)


def _closed(actor: Actor, office: Office) -> Select[Any]:
    """The reviews that ended last: one's own, or any for the Head's office."""
    tied = or_(Review.reviewer_id == actor.id, Review.worker_id == actor.id, Review.line_manager_id == actor.id)
    row = Review
    found = (
        _row("closed", row.public_id, row.reference, row.due_on, row.child_id, ended_at=row.closed_at)
        .where(visible_reviews(actor, office), row.state == ReviewState.CLOSED)
        .where(true() if office.holds(actor.id) else tied)
        .where(row.closed_at >= bindparam("month", type_=UtcDateTime))
        .order_by(row.closed_at.desc())
        .limit(MOST_FINISHED)
        .subquery()
    )
    return select(found)


def _to_supervise(actor: Actor, office: Office) -> Select[Any]:
    """Those whom this person manages, with how many issued reviews were not talked about in supervision yet."""
    found = (
        select(Person.public_id, Person.name, func.count().label("number"))
        .join(Review, Review.worker_id == Person.id)
        .where(Person.line_manager_id == actor.id, to_talk_about(actor, office))
        .group_by(Person.public_id, Person.name)
        .subquery()
    )
    return _row("supervise", found.c.public_id, found.c.name, None, more=found.c.number)


# --- in words -------------------------------------------------------------------------------------------

BECAME = {"impact_verified": "Impact verified", "cannot_be_known": "Closed: its impact cannot be known"}


def _line(found: TrackerWork, row: Any, today: date) -> tuple[list[Line], Line]:
    """In which list it belongs, and what it says."""
    if row.kind in ("asked", "hold"):
        return _of_meeting(found, row, today)
    if row.kind == "plan":
        what = f"Look at {row.reference} and record it"
        return found.waiting, Line("Plan", None, what, "plan", row.public_id, row.day)
    if row.kind == "supervise":
        reviews = "An issued review" if row.more == 1 else f"{row.more} issued reviews"
        what = f"Talk about it in supervision with {row.reference}"
        return found.waiting, Line("Supervision", None, what, "supervision", row.public_id, note=reviews)
    child = ListedChild(row.child_id, row.initials, row.born_on, row.expected_on) if row.initials else None
    if row.kind == "dispute":
        what = "Settle the dispute as a director"
        return found.waiting, Line(row.reference, child, what, "recommendation", row.public_id, row.day)
    if row.kind == "closed":
        return found.closed, Line(row.reference, child, "Closed", "review", row.public_id)
    return found.finished, Line(row.reference, child, BECAME[row.kind], "recommendation", row.public_id)


def _of_meeting(found: TrackerWork, row: Any, today: date) -> tuple[list[Line], Line]:
    when = f"{row.day.day} {row.day:%B}"

    def line(what: str, where: str, note: str = "") -> Line:
        return Line("Tracker", None, what, where, row.public_id, note=note, meets_on=row.day)

    if row.kind == "hold" and (row.more or row.day <= today):
        if row.more:
            return found.waiting, line(f"End the tracker meeting of {when}", "tracker_meeting")
        late = row.day < today
        what = "Change the day of this tracker meeting or cancel it: it was not held" if late else ""
        return found.waiting, line(what or f"Hold the tracker meeting on {when}", "tracker_meeting")
    if row.kind == "asked" and row.more:
        number = "1 recommendation to update" if row.more == 1 else f"{row.more} recommendations to update"
        return found.waiting, line(f"Prepare for the tracker meeting on {when}", "tracker_prepare", number)
    return found.coming, line(f"Tracker meeting on {when}", "tracker_meeting")
