"""What each person sees at one moment of a walk, against R3, R4 and R11 as the stored rows have them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import selectinload

from app.extensions import session
from app.models.panel import PanelItem, PanelReading
from app.models.people import Person
from app.models.recommendations import Recommendation
from app.models.reviews import DecidedHow, Review
from app.policy.acting import Office
from app.policy.actor import Actor, actor_of
from app.policy.panel import items_of
from app.policy.visibility import Aspect, Sight, Tie, sees, visible_recommendations, visible_reviews
from app.services import gate
from workflows.states import ReadingState, ReviewState

ON_PANEL = {"panel_member", "panel_chair", "deputy_chair"}
PANEL_TIES = {Tie.PANEL_MEMBER, Tie.PANEL_PRESENT, Tie.PANEL_CHAIR}
DECIDED = (ReviewState.TRACKING, ReviewState.CLOSED)


# --- the panel, everybody, after every step -------------------------------------------------------------------------


def check_panel(log: Sequence[str]) -> int:
    """Every person and every review that a panel has: whether the readings are seen, and by whom. How many looks."""
    office, looks = gate.office(), 0
    by_panel = and_(Review.state.in_(DECIDED), Review.decided_how == DecidedHow.PANEL)
    reviews = list(session.scalars(select(Review).where(or_(Review.state == ReviewState.PANEL_MODERATION, by_panel))))
    items = items_of(reviews)
    for person in session.scalars(select(Person).options(selectinload(Person.roles))):
        actor = actor_of(person)
        out = [review for review in reviews if _one(actor, review, items[review.id], office, log)]
        if out:
            _blind(actor, office, out, items, log)
        looks += len(reviews)
    return looks


def _one(actor: Actor, review: Review, item: PanelItem, office: Office, log: Sequence[str]) -> bool:
    """One look; whether this person is exempt from the item."""
    sight = sees(actor, review, office, item=item)
    mine = next((row for row in item.readings if row.person_id == actor.id), None)
    reads = mine is not None and _reads(actor, mine)
    what = f"{actor.name} and the readings of review {review.id}: {list(log)[-3:]}"
    assert (Aspect.READINGS in sight) is _sees_readings(sight, review, item, mine if reads else None), what
    assert reads or not sight.ties & PANEL_TIES, what
    if Aspect.WHO_SUBMITTED in sight:
        assert sight.ties & {Tie.HEAD_OF_QA, Tie.PANEL_CHAIR}, what
        assert Tie.HEAD_OF_QA in sight.ties or _of_chairs(actor, item), what
    return mine is not None and mine.state is ReadingState.EXEMPT


def _reads(actor: Actor, mine: PanelReading) -> bool:
    return mine.state is not ReadingState.EXEMPT and (mine.as_substitute or bool(ON_PANEL & actor.role_names))


def _of_chairs(actor: Actor, item: PanelItem) -> bool:
    return item.meeting is not None and actor.id in (item.meeting.chair_id, item.meeting.deputy_chair_id)


def _sees_readings(sight: Sight, review: Review, item: PanelItem, mine: PanelReading | None) -> bool:
    """R3: before the decision those let in, with a reading of their own submitted, to an opened item; after it
    whoever reads it, and who acts as Head."""
    if review.state in DECIDED:
        return mine is not None or Tie.HEAD_OF_QA in sight.ties
    submitted = mine is not None and mine.state is ReadingState.SUBMITTED and mine.let_in_at is not None
    return submitted and item.opened_at is not None


def _blind(actor: Actor, office: Office, out: list[Review], items: dict[int, PanelItem], log: Sequence[str]) -> None:
    """R4: an exempt member knows of a review only by another tie, in what a page and in what a list shows."""
    listed = set(session.scalars(select(Review.id).where(visible_reviews(actor, office))))
    for review in out:
        sight = sees(actor, review, office, item=items[review.id])
        known = bool(sight.ties) and (Aspect.EXISTS in sight or Aspect.PROGRESS in sight)
        assert not sight.ties & PANEL_TIES, f"{actor.name} is out of {review.id}: {list(log)[-3:]}"
        assert (review.id in listed) is known, f"{actor.name} is out of {review.id}: {list(log)[-3:]}"
        assert known or not sight.aspects


# --- one person, everything -----------------------------------------------------------------------------------------


def check_sight(actor: Actor, log: Sequence[str]) -> None:
    """The list and the single question agree, and the draft is read by those whom R11 names."""
    office = gate.office()
    listed = set(session.scalars(select(Review.id).where(visible_reviews(actor, office))))
    reviews = list(session.scalars(select(Review)))
    items, known = items_of(reviews), set()
    for review in reviews:
        sight = sees(actor, review, office, item=items.get(review.id))
        if Aspect.EXISTS in sight or Aspect.PROGRESS in sight:
            known.add(review.id)
        if review.state in (ReviewState.PLANNED, ReviewState.DRAFTING, ReviewState.DISCUSSION):
            text = Aspect.DRAFT in sight and review.state is not ReviewState.PLANNED
            assert text == reads_draft(actor, review), f"{actor.name} and the draft of {review.id}: {list(log)[-3:]}"
    assert listed == known, f"{actor.name}: {list(log)[-3:]}"
    for row in session.scalars(select(Recommendation).where(visible_recommendations(actor, office))):
        assert row.review_id in listed or actor.id in (row.owner_id, row.verifier_id)


def reads_draft(actor: Actor, review: Review) -> bool:
    """R11's first two columns, as the handbook has them: whose eyes the words of a draft are for."""
    said = [each for each in review.declarations if each.person_id == actor.id]
    writes = actor.id == review.reviewer_id and not any(each.conflicted for each in said)
    if writes and len({each.step for each in said}) == 2:
        return review.state is not ReviewState.PLANNED
    return review.state is ReviewState.DISCUSSION and actor.id in (review.worker_id, review.line_manager_id)
