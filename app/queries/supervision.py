"""The sheet for a worker's next supervision: what there is to talk about, as one reader may see it (R11).

Nothing of a review before it is issued, whoever reads; of one that the reader may not open, not even that there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from app import clock, working_days
from app.extensions import session
from app.models.people import Person
from app.models.recommendations import Recommendation
from app.models.reviews import Child, Decision, Review, Revision
from app.models.tracker import SupervisionTalk
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.local import is_past
from app.policy.rules import may
from app.policy.visibility import Aspect, sees, visible_among_few, visible_beyond_dates, visible_reviews
from app.queries.initials import told_apart
from app.queries.recorded import template_of
from app.queries.reviews import DECLARATIONS, NotVisible, with_people
from app.queries.tracker_meetings import REVIEW
from forms.answers import without_confidential
from workflows.permissions import Permission
from workflows.recommendation import OPEN
from workflows.states import Outcome, RecommendationState

TALKS_SHOWN = 30
CHANGED_FOR = 12  # months that what we changed stays on the sheet
STRENGTHS, WELL = "strengths", "what"  # the question of the forms in which a reviewer says what was done well


@dataclass(frozen=True)
class Issued:
    """An issued review that was not talked about yet, and what its reviewer found done well."""

    review: Review
    strengths: list[tuple[str, str]]


@dataclass(frozen=True)
class Sheet:
    worker: Person
    reviews: list[Issued]
    open: list[Recommendation]
    changed: list[Recommendation]
    talks: list[SupervisionTalk]
    last_talk: dict[int, date]  # by the recommendation's id

    @property
    def initials(self) -> dict[int, str]:
        """By the child's id: one child has the same on the whole sheet."""
        children = [_child(row) for row in (*self.open, *self.changed)]
        return told_apart([*(each.review.child for each in self.reviews), *(child for child in children if child)])


def _child(row: Recommendation) -> Child | None:
    return row.review.child if row.review else row.child


@dataclass(frozen=True)
class Supervised:
    """Somebody whom this person supervises, and how much there is to talk about."""

    person: Person
    reviews: int
    recommendations: int


def find_worker(actor: Actor, office: Office, public_id: str) -> Person:
    """Whose sheet this person may read. Raises NotVisible."""
    worker = session.scalars(select(Person).where(Person.public_id == public_id)).one_or_none()
    if worker is None or not may(actor, Permission.SEE_SUPERVISION, worker, office):
        raise NotVisible
    return worker


def supervised(actor: Actor, office: Office) -> list[Supervised]:
    """Those whom this person line-manages, by name."""
    query = select(Person).where(Person.line_manager_id == actor.id, Person.active).order_by(Person.name)
    people = list(session.scalars(query))
    if not people:
        return []
    ids = [person.id for person in people]
    reviews, rows = _reviews_of(actor, office, ids), _open_of(actor, office, ids)
    return [Supervised(each, reviews.get(each.id, 0), rows.get(each.id, 0)) for each in people]


def _reviews_of(actor: Actor, office: Office, ids: Sequence[int]) -> dict[int, int]:
    query = select(Review.worker_id, func.count()).where(Review.worker_id.in_(ids), to_talk_about(actor, office))
    return dict(session.execute(query.group_by(Review.worker_id)).all())


def _open_of(actor: Actor, office: Office, ids: Sequence[int]) -> dict[int, int]:
    """Owned by each or raised about his or her practice; one that is both counts once."""
    row, review = Recommendation, aliased(Review)  # beside the reviews that the visibility asks about
    query = (
        select(row.id, row.owner_id, review.worker_id)
        .outerjoin(review, review.id == row.review_id)
        .where(row.state.in_(OPEN), _issued(), or_(row.owner_id.in_(ids), review.worker_id.in_(ids)))
        .where(visible_among_few(actor, office))
    )
    found: dict[Any, int] = {}
    for _id, owner_id, worker_id in session.execute(query):
        for person_id in {owner_id, worker_id}.intersection(ids):
            found[person_id] = found.get(person_id, 0) + 1
    return found


def to_talk_about(actor: Actor, office: Office) -> ColumnElement[bool]:
    """Issued reviews whose findings were not talked about in supervision yet, as far as this person may open them."""
    talked = select(SupervisionTalk.id).where(SupervisionTalk.review_id == Review.id).exists()
    return and_(
        Review.issued_at.is_not(None),
        Review.supervision_on.is_(None),
        ~talked,
        visible_reviews(actor, office),
        visible_beyond_dates(actor, office),
    )


def _issued() -> ColumnElement[bool]:
    issued = select(Review.id).where(Review.id == Recommendation.review_id, Review.issued_at.is_not(None))
    return or_(Recommendation.review_id.is_(None), issued.correlate(Recommendation).exists())


# --- one worker's sheet ---------------------------------------------------------------------------------


def sheet(actor: Actor, office: Office, worker: Person) -> Sheet:
    """What this reader may see of it."""
    rows = _about(actor, office, worker)
    opened = [row for row in rows if row.state in OPEN]
    talks = _talks(actor, office, worker)
    last: dict[int, date] = {}
    for talk in talks:
        if talk.recommendation_id is not None:
            last.setdefault(talk.recommendation_id, talk.held_on)
    return Sheet(
        worker=worker,
        reviews=list(_issued_reviews(actor, office, worker)),
        open=opened,
        changed=[row for row in rows if row.state not in OPEN],
        talks=talks[:TALKS_SHOWN],
        last_talk=last,
    )


def _about(actor: Actor, office: Office, worker: Person) -> list[Recommendation]:
    """Open ones, and those of the last year whose impact was verified."""
    since = datetime.combine(working_days.add_months(clock.today(), -CHANGED_FOR), time(), clock.LONDON)
    row = Recommendation
    verified = and_(
        row.state == RecommendationState.CLOSED, row.outcome == Outcome.IMPACT_VERIFIED, row.closed_at >= since
    )
    own = or_(row.owner_id == worker.id, row.review_id.in_(select(Review.id).where(Review.worker_id == worker.id)))
    query = (
        select(row)
        .where(own, or_(row.state.in_(OPEN), verified), _issued(), visible_among_few(actor, office))
        .options(REVIEW, joinedload(row.child), joinedload(row.owner).load_only(Person.name))
        .order_by(row.due_on, row.id)
    )
    return list(session.scalars(query).unique())


def _issued_reviews(actor: Actor, office: Office, worker: Person) -> Iterator[Issued]:
    query = (
        with_people(select(Review))
        .where(Review.worker_id == worker.id, to_talk_about(actor, office))
        .options(DECLARATIONS, joinedload(Review.form_version))
        .order_by(Review.issued_at, Review.id)
    )
    reviews = [
        review
        for review in session.scalars(query).unique()
        if Aspect.FINAL in sees(actor, review, office, past=is_past(actor, review))
    ]
    revisions = _decided(reviews)
    for review in reviews:
        yield Issued(review, list(_strengths(review, revisions[review.id])) if review.id in revisions else [])


def _decided(reviews: Sequence[Review]) -> dict[int, Revision]:
    """The revision that the decision in force was made on, by the review's id."""
    query = select(Revision).join(Decision, Decision.revision_id == Revision.id)
    ids = [review.id for review in reviews]
    in_force = query.where(Decision.review_id.in_(ids), Decision.reopened_at.is_(None))
    return {revision.review_id: revision for revision in session.scalars(in_force)} if ids else {}


def _strengths(review: Review, revision: Revision) -> Iterator[tuple[str, str]]:
    """(part, words) of what was done well, as the decision has it; nothing that was said in confidence."""
    template = template_of(review.form_version)
    answers = without_confidential(template, revision.content["parts"])
    for part in template.parts:
        for row in (answers.get(part.key) or {}).get(STRENGTHS) or ():
            if row.get(WELL):
                yield part.title, str(row[WELL])


def _talks(actor: Actor, office: Office, worker: Person) -> list[SupervisionTalk]:
    """What was talked about before, newest first; of what this reader may not know, nothing."""
    talk = SupervisionTalk
    rows = select(Recommendation.id).where(visible_among_few(actor, office))
    reviews = select(Review.id).where(visible_reviews(actor, office), Review.issued_at.is_not(None))
    known = or_(
        and_(talk.recommendation_id.is_(None), talk.review_id.is_(None)),
        talk.recommendation_id.in_(rows),
        talk.review_id.in_(reviews),
    )
    query = (
        select(talk)
        .where(talk.worker_id == worker.id, known)
        .options(joinedload(talk.recorded_by).load_only(Person.name))
        .order_by(talk.held_on.desc(), talk.id.desc())
    )
    return list(session.scalars(query))


def references(talks: Sequence[SupervisionTalk]) -> dict[int, str]:
    """What each was about, by the talk's id; empty for a note."""
    rows = _references(Recommendation, [each.recommendation_id for each in talks if each.recommendation_id])
    reviews = _references(Review, [each.review_id for each in talks if each.review_id])
    return {
        each.id: rows.get(each.recommendation_id or 0, "") or reviews.get(each.review_id or 0, "") for each in talks
    }


def _references(kind: type[Recommendation] | type[Review], ids: Sequence[int]) -> dict[int, str]:
    query = select(kind.id, kind.reference).where(kind.id.in_(ids))
    return dict(session.execute(query).all()) if ids else {}


def day_told(review: Review) -> date | None:
    """The day the line manager recorded, for the Head of QA who enters it on the review; the first of them."""
    query = select(func.min(SupervisionTalk.held_on)).where(SupervisionTalk.review_id == review.id)
    return session.scalar(query)
