"""That something was talked about in supervision, and on which day (handbook 2): kept by who supervises the worker."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.people import Person
from app.models.recommendations import Recommendation
from app.models.reviews import Review
from app.models.tracker import SupervisionTalk
from app.policy.actor import Actor
from app.policy.visibility import Aspect, sees, visible_among_few
from app.services import gate
from app.services.unit_of_work import NotFound, Work, unit_of_work
from app.services.words import words
from workflows.engine import GuardFailed, NotPermitted, Reason
from workflows.permissions import Permission


@dataclass(frozen=True, kw_only=True)
class Talk:
    """What was talked about. `recommendations` and `reviews`: public ids."""

    held_on: date | None
    recommendations: Collection[str] = ()
    reviews: Collection[str] = ()
    notes: str = ""


def may_record(actor: Actor, worker: Person) -> bool:
    """Who supervises the worker, and the Head's office; the worker reads the sheet and records nothing."""
    return actor.id != worker.id and (actor.id == worker.line_manager_id or gate.office().holds(actor.id))


def record(actor: Actor, worker_id: int, talk: Talk) -> int:
    """Keep the day for each of them; how many are new. Saying the same again adds nothing."""
    notes = words(talk.notes, "notes", 4000)
    with unit_of_work(actor) as work:
        worker = work.lock(Person, worker_id)
        gate.require(actor, Permission.SEE_SUPERVISION, worker)
        if not may_record(actor, worker):
            raise NotPermitted(Reason("The line manager records what was talked about."))
        rows, reviews = _recommendations(actor, worker, talk), _reviews(actor, worker, talk)
        if reasons := [*_reasons(talk, notes, rows, reviews)]:
            raise GuardFailed(*reasons)
        made = [*_new(work, worker, talk, notes, rows, reviews)]
        if made:
            work.record("supervision.record", worker, number=len(made))
        return len(made)


def _recommendations(actor: Actor, worker: Person, talk: Talk) -> Sequence[Recommendation]:
    """Those named, as far as this person may know of them and they are this worker's. Raises NotFound."""
    seen = visible_among_few(actor, gate.office())
    query = select(Recommendation).where(Recommendation.public_id.in_(talk.recommendations), seen)
    rows = [row for row in session.scalars(query) if _of(row, worker) and _issued(row.review)]
    if len(rows) != len(set(talk.recommendations)):
        raise NotFound("a recommendation of this worker")
    return rows


def _of(row: Recommendation, worker: Person) -> bool:
    return row.owner_id == worker.id or (row.review is not None and row.review.worker_id == worker.id)


def _issued(review: Review | None) -> bool:
    return review is None or review.issued_at is not None


def _reviews(actor: Actor, worker: Person, talk: Talk) -> Sequence[Review]:
    query = select(Review).where(Review.public_id.in_(talk.reviews), Review.worker_id == worker.id)
    rows = [row for row in session.scalars(query) if _issued(row) and Aspect.FINAL in sees(actor, row, gate.office())]
    if len(rows) != len(set(talk.reviews)):
        raise NotFound("a review of this worker")
    return rows


def _reasons(talk: Talk, notes: str, rows: Sequence[Recommendation], reviews: Sequence[Review]) -> Iterator[Reason]:
    if talk.held_on is None:
        yield Reason("Enter the date of the supervision.", "held_on")
    elif talk.held_on > clock.today():
        yield Reason("The date cannot be in the future.", "held_on")
    elif any(talk.held_on < (clock.day_of(review.issued_at) or talk.held_on) for review in reviews):
        yield Reason("The date cannot be before the review was issued.", "held_on")
    elif any(talk.held_on < (clock.day_of(row.raised_at) or talk.held_on) for row in rows):
        yield Reason("The date cannot be before the recommendation was raised.", "held_on")
    if not (rows or reviews or notes):
        yield Reason("Tick what you talked about, or write a note.", "talked")


def _new(
    work: Work, worker: Person, talk: Talk, notes: str, rows: Sequence[Recommendation], reviews: Sequence[Review]
) -> Iterator[SupervisionTalk]:
    """One row for each thing, and one for the note; those of that day that are there already are left."""
    wanted: list[tuple[int | None, int | None, str]] = [
        *((row.id, None, "") for row in rows),
        *((None, row.id, "") for row in reviews),
        *([(None, None, notes)] if notes else []),
    ]
    talked = select(SupervisionTalk).where(
        SupervisionTalk.worker_id == worker.id, SupervisionTalk.held_on == talk.held_on
    )
    known = {(each.recommendation_id, each.review_id, each.notes) for each in session.scalars(talked)}
    for about in wanted:
        if about not in known:
            yield work.add(_row(work, worker, talk, *about))


def _row(
    work: Work, worker: Person, talk: Talk, recommendation_id: int | None, review_id: int | None, notes: str
) -> SupervisionTalk:
    return SupervisionTalk(
        worker_id=worker.id,
        held_on=talk.held_on,
        recommendation_id=recommendation_id,
        review_id=review_id,
        notes=notes,
        recorded_at=work.at,
        recorded_by_id=work.person_id,
    )
