"""After the decision: issue, upload, supervision, close, correct, reopen, withdraw (handbook 2)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.recommendations import Recommendation
from app.models.reviews import Addendum, Review
from app.policy.actor import Actor
from app.services import joining, settings
from app.services.panel_items import withdraw_item
from app.services.raising import take_recommendation
from app.services.steps import lock_review, take
from app.services.unit_of_work import Work, unit_of_work
from app.services.words import words
from workflows.recommendation import OPEN


def issue(
    actor: Actor,
    review_id: int,
    version: int,
    *,
    sent_on: date | None,
    tracker_meeting_on: date | None,
    told_by: str = "",
    told_on: date | None = None,
) -> None:
    """Send the review out. Where something changed since it was read: who told them, and when."""
    told_by = words(told_by, "told_by", 200)
    given = {"sent_on": sent_on, "tracker_meeting_on": tracker_meeting_on, "told_by": told_by, "told_on": told_on}
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        take(work, review, "issue", given)
        review.issued_at, review.issued_by_id = work.at, actor.id
        review.sent_on, review.tracker_meeting_on = sent_on, tracker_meeting_on
        if told_by.strip() and told_on:
            review.told_by, review.told_on = told_by.strip(), told_on
        accept_by = settings.deadline(clock.today(), settings.load().accept_days)
        raised = session.scalars(select(Recommendation).where(Recommendation.review_id == review.id))
        for recommendation in raised:
            recommendation.accept_due_on = accept_by
            work.tell([recommendation.owner_id], "recommendation.owned", recommendation)


def record_upload(actor: Actor, review_id: int, version: int, *, uploaded_on: date | None) -> None:
    """The date the issued record was put on the case system; not part of the hashed content."""
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        take(work, review, "record_upload", {"uploaded_on": uploaded_on})
        review.uploaded_on, review.uploaded_at, review.uploaded_by_id = uploaded_on, work.at, actor.id


def record_supervision(actor: Actor, review_id: int, version: int, *, supervision_on: date | None) -> None:
    """The date the findings were discussed in supervision."""
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        take(work, review, "record_supervision", {"supervision_on": supervision_on})
        review.supervision_on, review.supervised_at, review.supervised_by_id = supervision_on, work.at, actor.id


def close(actor: Actor, review_id: int, version: int) -> None:
    """Issued, uploaded, discussed, every recommendation settled: the review is closed."""
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        review.closed_at, review.closed_by_id = work.at, actor.id
        take(work, review, "close")


def correct(actor: Actor, review_id: int, version: int, *, text: str, reason: str) -> None:
    """Add to an issued review what was wrong in it: an addendum, never a grade, never a change (handbook 9).

    It goes to everyone who had the first, and asks for a new upload date.
    """
    text, reason = words(text, "text"), words(reason, "reason")
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        take(work, review, "correct", {"text": text, "reason": reason})
        session.add(
            Addendum(
                review_id=review.id, text=text.strip(), reason=reason.strip(), added_at=work.at, added_by_id=actor.id
            )
        )


def reopen(actor: Actor, review_id: int, version: int, *, reason: str) -> None:
    """Back to tracking, with the reason."""
    reason = words(reason, "reason")
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        review.closed_at = review.closed_by_id = None
        take(work, review, "reopen", {"reason": reason})


def withdraw(actor: Actor, review_id: int, version: int, *, reason: str) -> None:
    """Take a review out of the programme before it is issued; it is kept, and seen by the Head of QA."""
    reason = words(reason, "reason")
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        review.withdrawn_at, review.withdrawn_by_id = work.at, actor.id
        withdraw_item(work, review, reason)
        take(work, review, "withdraw", {"reason": reason})
        _set_aside(work, review, reason)


def _set_aside(work: Work, review: Review, reason: str) -> None:
    """What a decision had raised is nobody's to do any more; its owners were never told of it."""
    query = select(Recommendation).where(Recommendation.review_id == review.id, Recommendation.state.in_(OPEN))
    for row in session.scalars(query.order_by(Recommendation.id).with_for_update()):
        joining.release(work, row, "The one it was joined into was withdrawn with its review.")
        given = {"reason": f"The review was withdrawn: {reason.strip()}"}
        take_recommendation(work, row, "set_aside", given, given["reason"], quietly=True)
