"""Joining two recommendations that ask for much the same, and undoing it (R8).

The older one is kept and goes on, whichever of the two somebody started from; the newer is set aside and points to
it. What was joined into another is joined with that one's own: there are no chains. One that others were joined into
is not itself joined away; those joinings are undone first, so that each can always be parted to just where it stood.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import or_, select

from app.extensions import session
from app.models.recommendations import Recommendation, RecommendationEntry
from app.models.reviews import Review
from app.policy.actor import Actor
from app.policy.visibility import visible_recommendations
from app.services import gate
from app.services.raising import ENDED, take_recommendation
from app.services.unit_of_work import Stale, Work, unit_of_work
from app.services.words import words
from workflows.engine import GuardFailed, Reason, WrongStage
from workflows.permissions import Permission
from workflows.recommendation import JOINED_FROM, OPEN

JOIN = "join"
PART = frozenset(JOINED_FROM.values())
CHOOSE = Reason("Choose a recommendation that is open.", "into")

__all__ = ["JOIN", "PART", "join", "lock", "part", "release"]


def join(actor: Actor, recommendation_id: int, version: int, into_public_id: str | None, reason: str) -> str:
    """Join two; the public id of the one that goes on. `version` is that of the one somebody started from."""
    reason = words(reason, "reason")
    with unit_of_work(actor) as work:
        root = _root(actor, words(into_public_id, "into"))
        if root == recommendation_id:
            raise GuardFailed(Reason("Choose another one: these two are the same, or joined already.", "into"))
        rows = lock(work, (recommendation_id, root))
        if rows[recommendation_id].version != version:
            raise Stale(rows[recommendation_id], version)
        kept, aside = sorted(rows.values(), key=lambda row: (row.raised_at, row.id))
        _may_go_on(actor, kept)
        _may_end_here(aside)
        stood = aside.state
        take_recommendation(work, aside, JOIN, {"into": kept.public_id, "reason": reason}, reason)
        aside.joined_into_id, aside.joined_from = kept.id, stood
        _line(work, kept, "joined_here", aside, reason)
        work.tell([kept.owner_id], "recommendation.joined_here", kept)
        return kept.public_id


def part(actor: Actor, recommendation_id: int, version: int, reason: str) -> None:
    """Undo a joining: it stands again just where it stood, and the other goes on as it is."""
    reason = words(reason, "reason")
    with unit_of_work(actor) as work:
        kept_id = session.scalar(select(Recommendation.joined_into_id).where(Recommendation.id == recommendation_id))
        rows = lock(work, filter(None, (recommendation_id, kept_id)))
        row = rows[recommendation_id]
        if row.version != version:
            raise Stale(row, version)
        if row.joined_from is None or kept_id is None:
            raise WrongStage(Reason("It is not joined with another."))
        trigger = JOINED_FROM[row.joined_from]
        take_recommendation(work, row, trigger, {"reason": reason}, reason)
        row.joined_into_id = row.joined_from = None
        _line(work, rows[kept_id], "parted_here", row, reason)


def lock(work: Work, ids: Iterable[int]) -> dict[int, Recommendation]:
    """Recommendations with the reviews they and what is joined into them come from: reviews first, each in the order
    of ids, as every action does, so that no two wait for each other."""
    wanted = sorted(set(ids))
    r = Recommendation
    query = select(r.review_id).where(or_(r.id.in_(wanted), r.joined_into_id.in_(wanted))).distinct()
    for review_id in sorted(each for each in session.scalars(query) if each is not None):
        work.lock(Review, review_id)
    return {each: work.lock(Recommendation, each) for each in wanted}


def _root(actor: Actor, public_id: str) -> int:
    """The one named, or the one it was joined into; only what this person may know of."""
    visible = visible_recommendations(actor, gate.office())
    named = session.execute(
        select(Recommendation.id, Recommendation.joined_into_id).where(Recommendation.public_id == public_id, visible)
    ).one_or_none()
    if named is None:
        raise GuardFailed(CHOOSE)
    if named.joined_into_id is None:
        return int(named.id)
    root = session.scalar(select(Recommendation.id).where(Recommendation.id == named.joined_into_id, visible))
    if root is None:
        raise GuardFailed(CHOOSE)
    return root


def _may_go_on(actor: Actor, kept: Recommendation) -> None:
    """The older one is this office's to steer too (R4), and is open."""
    if kept.state not in OPEN:
        raise GuardFailed(
            Reason("The older of the two is not open any more, so nothing can be joined into it.", "into")
        )
    gate.require(actor, Permission.STEER_RECOMMENDATION, kept)


def _may_end_here(aside: Recommendation) -> None:
    if aside.state not in OPEN:
        raise GuardFailed(CHOOSE)
    others = select(Recommendation.id).where(Recommendation.joined_into_id == aside.id).limit(1)
    if session.scalar(others) is not None:
        raise GuardFailed(Reason("The newer of the two has others joined into it. Undo those joinings first.", "into"))


def _line(work: Work, row: Recommendation, action: str, other: Recommendation, text: str) -> None:
    """The line in the history of the one that goes on; its name is read from the other, where one may."""
    session.add(
        RecommendationEntry(
            recommendation_id=row.id,
            action=action,
            text=text,
            details={"other": other.public_id},
            at=work.at,
            person_id=work.person_id,
        )
    )


def release(work: Work, kept: Recommendation, reason: str) -> None:
    """Give back what other reviews joined into one that ends with its own review: each stands where it stood."""
    query = select(Recommendation).where(Recommendation.joined_into_id == kept.id).order_by(Recommendation.id)
    for row in session.scalars(query.with_for_update()).all():
        review = work.lock(Review, row.review_id) if row.review_id is not None else None
        if row.joined_from is None or row.review_id == kept.review_id or (review and review.state in ENDED):
            continue
        take_recommendation(work, row, JOINED_FROM[row.joined_from], {"reason": reason}, reason)
        row.joined_into_id = row.joined_from = None
