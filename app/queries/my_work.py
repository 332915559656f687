"""What waits for one person, why, by when; what he or she waits for; what ended lately."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased

from app import clock, working_days
from app.extensions import session
from app.models.people import Person
from app.models.recommendations import Recommendation
from app.models.reviews import Child, ConflictDeclaration, RespondsAs, Response, Review
from app.policy.acting import Office, first_moderator
from app.policy.actor import Actor
from app.policy.visibility import made_once, visible_among_few, visible_as_own, visible_reviews
from app.queries.initials import Listed, ListedChild, told_apart
from app.queries.my_panel import AtMeeting, Managed, OfReview, PanelWork, ToRead, panel_work
from app.queries.my_tracker import tracker_work
from app.queries.reviews import due_of, holder_of
from workflows.recommendation import OPEN
from workflows.states import RecommendationState, ReviewState


@dataclass(frozen=True)
class Item:
    """One line: what it is, what to do, where; `where` is a page's name, `public_id` its subject."""

    reference: str
    child: Listed | None
    what: str
    where: str
    public_id: str
    due_on: date | None = None
    note: str = ""
    meets_on: date | None = None  # the day of a meeting, which is no deadline


@dataclass(frozen=True)
class MyWork:
    """The whole page."""

    waiting: list[Item]
    others: list[Item]
    coming: list[Item]
    finished: list[Item]

    @property
    def initials(self) -> dict[int, str]:
        """By the child's id: one child has the same in all four lists."""
        items = (*self.waiting, *self.others, *self.coming, *self.finished)
        return told_apart(item.child for item in items if item.child)


def my_work(actor: Actor, office: Office) -> MyWork:
    """Read once; sorted by deadline, those without one last."""
    reviews = _open_reviews(actor, office)
    known = _known_of(reviews)
    mine: list[Item] = []
    coming: list[Item] = []
    elsewhere: list[OpenReview] = []
    for review in reviews:
        todo = list(_todo(actor, office, review, known))
        if todo:
            (coming if _is_future(review) and actor.id == review.reviewer_id else mine).extend(todo)
        elif actor.id in (review.reviewer_id, review.worker_id, review.line_manager_id):
            elsewhere.append(review)
    panel = panel_work(actor, office)
    tracker = tracker_work(actor, office)
    mine.extend(Item(**vars(line)) for line in tracker.waiting)
    coming.extend(Item(**vars(line)) for line in tracker.coming)
    mine.extend(_of_panel(panel))
    coming.extend(_meeting_item(row) for row in panel.meetings if row.what == "coming")
    others = [_item(each, _with(holder_of(each, office)), "review", due_of(each)) for each in elsewhere[:20]]
    for row in _recommendations(actor, office):
        (others if _waits_for_the_head(actor, office, row) else mine).append(_recommendation_item(actor, office, row))
    finished = [Item(**vars(line)) for line in (*tracker.closed, *tracker.finished)]
    return MyWork(sorted(mine, key=_by_due), others, sorted(coming, key=_by_day), finished)


def _with(holder: str) -> str:
    """`With the panel`, `With Priya Raman`."""
    return f"With the {holder[4:]}" if holder.startswith("The ") else f"With {holder}"


def _by_day(item: Item) -> date:
    """The day of a meeting, or that by which something is due."""
    return item.meets_on or item.due_on or date.max


def _by_due(item: Item) -> tuple[date, str]:
    return (item.due_on or item.meets_on or date.max, item.reference)


# --- the panel ------------------------------------------------------------------------------------------


def _of_panel(panel: PanelWork) -> Iterator[Item]:
    """Readings to do, meetings that ask for something now, reviews to be listed again."""
    for each in panel.readings:
        yield _reading_item(each)
    for item in panel.to_list:
        waits = _item(item.review, "List at a meeting of the panel: it was adjourned", "panel_relist")
        yield replace(waits, public_id=item.public_id)
    for row in panel.meetings:
        if row.what != "coming":
            yield _meeting_item(row)


def _reading_item(found: ToRead) -> Item:
    when = f" on {_short_day(found.starts_at)}" if found.starts_at else ", not listed at a meeting yet"
    todo = "Confirm your earlier reading, or read again," if found.earlier else "Read alone"
    what = f"{todo} for the panel{when}"
    note = f"{found.done} of {found.asked} parts" if found.begun else ""
    due = found.due_on if found.starts_at else None
    return replace(_item(found.review, what, "panel_reading", due, note), public_id=found.public_id)


MEETING = {
    "chair": ("Chair the panel", "panel_meeting"),
    "sit": ("Sit on the panel", "panel_meeting"),
    "coming": ("Panel", "panel_meeting"),
    "not_held": ("Change the day of this panel or cancel it: it was not held", "panel_meeting"),
    "themes": ("Collate the themes of moderation", "panel_themes"),
}


def _meeting_item(row: AtMeeting) -> Item:
    what, where = MEETING[row.what]
    meeting = row.meeting
    if row.what in ("chair", "sit", "coming"):
        what = f"{what} on {_short_day(meeting.starts_at)}"
        starts = f"{meeting.starts_at.astimezone(clock.LONDON):%H:%M}"
        note = ", ".join(each for each in (starts, meeting.place) if each)
    else:
        note = f"Panel of {_short_day(meeting.starts_at)}"
    return Item("Panel", None, what, where, meeting.public_id, note=note, meets_on=clock.day_of(meeting.starts_at))


def _short_day(starts_at: datetime) -> str:
    """`3 December`: a list shows the year beside it."""
    day = clock.day_of(starts_at) or clock.today()
    return f"{day.day} {day:%B}"


def _is_future(review: OpenReview) -> bool:
    return review.state is ReviewState.PLANNED and review.planned_month > clock.today()


NOT_ENDED = [state for state in ReviewState if state not in (ReviewState.CLOSED, ReviewState.WITHDRAWN)]


class Named(NamedTuple):
    name: str


class OpenReview(NamedTuple):
    """As much of a review as the lines and the rules ask: whole objects with their people took a seventh of the page.
    The columns of the review stand first, as `OF_ITSELF` asks for them."""

    id: int
    public_id: str
    reference: str
    state: ReviewState
    planned_month: date
    reviewer_id: int
    worker_id: int
    line_manager_id: int
    independent_chair_id: int | None
    due_on: date | None
    responses_due_on: date | None
    moderation_due_on: date | None
    issue_due_on: date | None
    issued_at: datetime | None
    uploaded_on: date | None
    supervision_on: date | None
    child: ListedChild
    reviewer: Named
    worker: Managed
    line_manager: Managed


def _open_reviews(actor: Actor, office: Office) -> list[OpenReview]:
    return [_open_review(row) for row in session.execute(_of_open_reviews(actor, office))]


def _open_review(row: Row[Any]) -> OpenReview:
    child = ListedChild(row.child_id, row.initials, row.born_on, row.expected_on)
    people = Named(row.reviewer_name), Managed(row.above_worker), Managed(row.above_manager)
    return OpenReview._make((*row[: len(OF_ITSELF)], child, *people))


reviewer, worker, manager = aliased(Person), aliased(Person), aliased(Person)
OF_ITSELF = tuple(getattr(Review, name) for name in OpenReview._fields[: OpenReview._fields.index("child")])
OF_REVIEW = (
    *OF_ITSELF, Review.child_id, Child.initials, Child.born_on, Child.expected_on,
    reviewer.name.label("reviewer_name"), worker.line_manager_id.label("above_worker"),
    manager.line_manager_id.label("above_manager"),
)  # fmt: skip


def _tied(actor: Actor) -> ColumnElement[bool]:
    return or_(Review.reviewer_id == actor.id, Review.worker_id == actor.id, Review.line_manager_id == actor.id)


@made_once
def _of_open_reviews(actor: Actor, office: Office) -> Select[*tuple[Any, ...]]:
    """Visible, not ended, and either one's own or waiting for the Head's office."""
    in_office = actor.id in (*office.heads, *office.deputies, *office.assistant_directors)
    return (
        select(*OF_REVIEW)
        .outerjoin(Child, Child.id == Review.child_id)
        .outerjoin(reviewer, reviewer.id == Review.reviewer_id)
        .outerjoin(worker, worker.id == Review.worker_id)
        .outerjoin(manager, manager.id == Review.line_manager_id)
        .where(
            visible_reviews(actor, office),
            Review.state.in_(NOT_ENDED),
            true() if in_office else _tied(actor),
        )
        .order_by(Review.id)
    )


@dataclass(frozen=True)
class _Known:
    """What is asked of all the reviews at once: who has responded, what is settled, who declared a conflict."""

    answered: dict[int, set[str]]
    settled: set[int]
    conflicted: set[tuple[int, int]]


def _ids(name: str) -> BindParameter[Any]:
    return bindparam(name, expanding=True)


_said, _raised = ConflictDeclaration, Recommendation
_nobody, _nothing = literal(0), literal("")
KNOWN: CompoundSelect[Any, Any, Any] = union_all(
    select(Response.review_id, cast(Response.as_who, String), _nobody).where(Response.review_id.in_(_ids("talked"))),
    select(_raised.review_id, _nothing, _nobody).where(_raised.review_id.in_(_ids("tracked")), _raised.state.in_(OPEN)),
    select(_said.review_id, _nothing, _said.person_id).where(_said.review_id.in_(_ids("every")), _said.conflicted),
)


def _known_of(reviews: Sequence[OpenReview]) -> _Known:
    """One question in three parts: asked one after the other they took a fifth of the page's time."""
    if not reviews:
        return _Known({}, set(), set())
    tracked = [review.id for review in reviews if review.state is ReviewState.TRACKING]
    asked = {
        "talked": [review.id for review in reviews if review.state is ReviewState.DISCUSSION],
        "tracked": tracked,
        "every": [review.id for review in reviews],
    }
    answered: dict[int, set[str]] = {}
    still, conflicted = set(), set()
    for review_id, as_who, person_id in session.execute(KNOWN, asked):
        if as_who:
            answered.setdefault(review_id, set()).add(as_who)
        elif person_id:
            conflicted.add((review_id, person_id))
        else:
            still.add(review_id)
    return _Known(answered, set(tracked) - still, conflicted)


def _todo(actor: Actor, office: Office, review: OpenReview, known: _Known) -> Iterator[Item]:
    given = known.answered.get(review.id, set())
    if actor.id == review.reviewer_id and (review.id, review.reviewer_id) not in known.conflicted:
        yield from _for_reviewer(review, given)
    if review.state is ReviewState.DISCUSSION:
        yield from _for_respondent(actor, review, given)
    acting = first_moderator(review, office)
    if acting is not None and acting.person_id == actor.id:
        for item in _for_head(review, known):
            yield replace(item, note=f"Yours because {acting.why}") if acting.why else item


def _item(review: OpenReview | OfReview, what: str, where: str, due: date | None = None, note: str = "") -> Item:
    return Item(review.reference, review.child, what, where, review.public_id, due, note)


def _for_reviewer(review: OpenReview, given: set[str]) -> Iterator[Item]:
    if review.state is ReviewState.PLANNED:
        yield _item(review, "Declare whether you have a conflict, then start", "declare", review.due_on)
    elif review.state is ReviewState.DRAFTING:
        yield _item(review, "Write the review", "review", review.due_on)
    elif review.state is ReviewState.DISCUSSION:
        if len(given) == len(RespondsAs):
            yield _item(review, "Answer the responses and submit", "discussion", review.responses_due_on)
        elif review.responses_due_on and clock.today() > review.responses_due_on:
            yield _item(review, "The response window has closed: log your attempts and submit", "discussion")


def _for_respondent(actor: Actor, review: OpenReview, given: set[str]) -> Iterator[Item]:
    mine = {RespondsAs.WORKER: review.worker_id, RespondsAs.LINE_MANAGER: review.line_manager_id}
    for as_who, person_id in mine.items():
        if person_id == actor.id and as_who not in given:
            yield _item(review, "Respond to the draft review", "respond", review.responses_due_on)


def _for_head(review: OpenReview, known: _Known) -> Iterator[Item]:
    if (review.id, review.reviewer_id) in known.conflicted:
        if review.state in (ReviewState.PLANNED, ReviewState.DRAFTING, ReviewState.DISCUSSION):
            yield _item(review, "The reviewer has declared a conflict: reassign", "reassign")
    elif review.state is ReviewState.HOS_MODERATION:
        yield _item(review, "First moderation", "moderation", review.moderation_due_on)
    elif review.state is ReviewState.TRACKING:
        yield from _for_issuer(review, known.settled)


def _for_issuer(review: OpenReview, settled: set[int]) -> Iterator[Item]:
    if review.issued_at is None:
        yield _item(review, "Issue the review", "issue", review.issue_due_on)
    elif review.uploaded_on is None:
        yield _item(review, "Enter the upload date", "record_upload")
    elif review.id in settled and review.supervision_on is None:
        yield _item(review, "Enter the supervision date", "record_supervision")
    elif review.id in settled:
        yield _item(review, "Close the review", "review")


SHOWN = (
    Recommendation.public_id, Recommendation.reference, Recommendation.state, Recommendation.action,
    Recommendation.owner_id, Recommendation.due_on, Recommendation.accept_due_on, Recommendation.impact_due_on,
    Recommendation.accepted_at, Recommendation.disputed_at, Recommendation.director_id,
)  # fmt: skip

OF_CHILD = (Child.id.label("child_id"), Child.initials, Child.born_on, Child.expected_on)


def _recommendations(actor: Actor, office: Office) -> Sequence[Row[Any]]:
    """What their lines show: as whole objects with their reviews they took a tenth of the page's time."""
    return session.execute(_of_recommendations(actor, office)).all()


@made_once
def _of_recommendations(actor: Actor, office: Office) -> Select[*tuple[Any, ...]]:
    """Owned and open, or complete and mine to verify, or disputed and the Head's to settle."""
    state, own = Recommendation.state, visible_as_own(actor, office)
    at_work = (RecommendationState.AGREED, RecommendationState.IN_PROGRESS)
    wanted = [  # each arm begins with columns that have an index
        and_(Recommendation.owner_id == actor.id, state.in_(at_work), own),
        and_(Recommendation.verifier_id == actor.id, state == RecommendationState.ACTION_COMPLETE, own),
    ]
    if office.holds(actor.id):
        disputed = and_(state == RecommendationState.AGREED, Recommendation.disputed_at.is_not(None))
        disputed = and_(disputed, Recommendation.director_id.is_(None))  # else the director's to settle
        wanted.append(and_(disputed, visible_among_few(actor, office)))
    of = aliased(Review)  # the condition looks reviews up for itself
    query = select(*SHOWN, *OF_CHILD).outerjoin(of, of.id == Recommendation.review_id)
    whose = Child.id == func.coalesce(of.child_id, Recommendation.child_id)
    return query.outerjoin(Child, whose).where(or_(*wanted)).order_by(Recommendation.id)


def _waits_for_the_head(actor: Actor, office: Office, row: Row[Any]) -> bool:
    """One that its owner disputed is not the owner's to do until the Head of QA has settled it."""
    own = row.owner_id == actor.id and not (office.holds(actor.id) and row.director_id is None)
    return own and row.state is RecommendationState.AGREED and row.disputed_at is not None


def _recommendation_item(actor: Actor, office: Office, row: Row[Any]) -> Item:
    what, due = _recommendation_words(actor, office, row)
    child = ListedChild(row.child_id, row.initials, row.born_on, row.expected_on) if row.child_id else None
    return Item(row.reference, child, what, "recommendation", row.public_id, due, _short(row.action))


def _recommendation_words(actor: Actor, office: Office, row: Row[Any]) -> tuple[str, date | None]:
    if row.state is RecommendationState.ACTION_COMPLETE:
        return "Say what changed: verify the impact", row.impact_due_on
    if _waits_for_the_head(actor, office, row):
        whom = "a director" if row.director_id else "the Head of QA"
        return f"With {whom}, to settle what you disputed", None
    if row.state is RecommendationState.AGREED and row.disputed_at is not None:
        return "Settle the dispute", row.accept_due_on
    if row.state is RecommendationState.AGREED and row.accepted_at is None:
        return "Accept or dispute this recommendation", row.accept_due_on
    if row.state is RecommendationState.AGREED:
        return "Start the work", row.due_on
    return "Record progress", row.due_on


def _short(text: str, most: int = 90) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"


def days_late(due: date | None) -> int:
    """Working days since a deadline, 0 while there is time."""
    return max(0, working_days.between(due, clock.today())) if due else 0
