"""What pages read of immediate concerns; every query starts from `policy.concerns`."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app import clock
from app.extensions import session
from app.models.concerns import Concern, ConcernGiven
from app.models.people import Person
from app.models.reviews import Review
from app.policy.accounts import shown_no_child
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.concerns import (
    acts_on,
    first_to_know,
    handled_concerns,
    handles,
    has_gone_up,
    held_concerns,
    holds,
    is_above,
    visible_concerns,
)
from app.policy.local import is_past
from app.policy.visibility import Aspect, Sight, made_once, sees
from app.queries.paging import Page, a_page, how_many, paged
from app.queries.people import names_told_apart
from app.queries.reviews import NotVisible
from forms.clean import clean_line
from workflows.states import ConcernState

PAGE = 30


@dataclass(frozen=True)
class SeenConcern:
    """A concern as one person may see it.

    `sight` is the person's own sight of the review it came from, None without a review: a concern opens
    nothing of it. Those who act on the concern are told the child's case-system ID, or they could not act;
    the name is for those who may see it on the review.
    """

    concern: Concern
    sight: Sight | None
    acts: bool
    gone_up: bool

    @property
    def child_name(self) -> str:
        """Empty unless the review shows it to this person."""
        review = self.concern.review
        return review.child.name if review and self.sight and Aspect.IDENTITY in self.sight else ""

    @property
    def child_initials(self) -> str:
        """Empty unless the review shows them to this person."""
        review = self.concern.review
        return review.child.initials if review and self.sight and Aspect.EXISTS in self.sight else ""

    @property
    def child_id(self) -> str:
        """The case-system ID of the review's child; what was typed by hand is the concern's own."""
        review = self.concern.review
        return review.child.case_system_id if review and (self.acts or self.child_name) else ""

    @property
    def may_open_review(self) -> bool:
        return self.sight is not None and bool(self.sight.aspects & {Aspect.EXISTS, Aspect.PROGRESS})


def get(actor: Actor, office: Office, public_id: str) -> SeenConcern:
    """One concern by the id of its address. Raises NotVisible."""
    query = (
        select(Concern)
        .where(Concern.public_id == clean_line(public_id), visible_concerns(actor, office))
        .options(*_PEOPLE, joinedload(Concern.review).joinedload(Review.child))
        .options(selectinload(Concern.given).joinedload(ConcernGiven.given_by))
        .options(selectinload(Concern.given).joinedload(ConcernGiven.ended_by))
        .execution_options(populate_existing=True)
    )
    concern = session.scalars(query).unique().one_or_none()
    if concern is None:
        raise NotVisible
    review = concern.review
    sight = sees(actor, review, office, past=is_past(actor, review)) if review else None
    return SeenConcern(concern, sight, acts_on(actor, concern, office), has_gone_up(concern, clock.now()))


_PEOPLE = (
    joinedload(Concern.raised_by),
    joinedload(Concern.acknowledged_by),
    joinedload(Concern.acted_on_by),
    joinedload(Concern.closed_by),
    selectinload(Concern.given).joinedload(ConcernGiven.person),
)


# --- lists --------------------------------------------------------------------------------------------------

VIEWS = ("mine", "raised")


_CLOSED_LAST = case((Concern.state == ConcernState.CLOSED, 1), else_=0)
_ORDER = (_CLOSED_LAST, Concern.raised_at.desc(), Concern.id.desc())


def listing(actor: Actor, office: Office, view: str, page: int = 1) -> Page[Concern]:
    """The open ones first, the newest first among them. `mine`: those this person handles or was given.
    `raised`: those he or she raised."""
    wanted = select(Concern).where(visible_concerns(actor, office))
    if view == "raised":
        wanted = wanted.where(Concern.raised_by_id == actor.id)
    else:
        wanted = wanted.where(or_(handled_concerns(actor, office), held_concerns(actor, office)))
    return a_page(paged(Concern, wanted, _ORDER).options(*_PEOPLE), how_many(wanted), page, PAGE)


def answers_for_any(actor: Actor, office: Office) -> bool:
    """Whether the list of concerns to handle is this person's: by office, or because one was given."""
    if actor.id in first_to_know(office) or is_above(actor, office):
        return True
    return session.scalar(select(Concern.id).where(held_concerns(actor, office)).limit(1)) is not None


# --- my work ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Work:
    """What concerns put on one person's first page."""

    alerts: list[Concern]  # not acknowledged: before everything else
    waiting: list[Concern]  # this person's to act on or to close
    others: list[Concern]  # raised by this person, with somebody else


def for_my_work(actor: Actor, office: Office) -> Work:
    """Read once; the oldest first, since it has waited longest."""
    work = Work([], [], [])
    for concern in session.scalars(_not_closed(actor, office)).unique():
        if concern.state is ConcernState.RAISED and handles(actor, concern, office):
            work.alerts.append(concern)
        elif _is_waiting_for(actor, office, concern):
            work.waiting.append(concern)
        elif concern.raised_by_id == actor.id:
            work.others.append(concern)
    return work


@made_once
def _not_closed(actor: Actor, office: Office) -> Select[Concern]:
    return (
        select(Concern)
        .where(visible_concerns(actor, office), Concern.state != ConcernState.CLOSED)
        .options(joinedload(Concern.raised_by).load_only(Person.name), joinedload(Concern.given))
        .order_by(Concern.raised_at, Concern.id)
    )


def _is_waiting_for(actor: Actor, office: Office, concern: Concern) -> bool:
    """Acknowledged: it waits for who acknowledged it, for the head of that line, and for whoever was given it."""
    if concern.state is ConcernState.ACKNOWLEDGED and holds(actor, concern, office):
        return True
    if concern.state is ConcernState.RAISED or not handles(actor, concern, office):
        return False
    leads = concern.about_head or actor.id in office.heads or not office.heads
    return leads or actor.id == concern.acknowledged_by_id


# --- whom it may be given to --------------------------------------------------------------------------------


def people_to_give_to(concern: Concern, office: Office) -> dict[str, str]:
    """Public id to name of those who may be given it; the service asks again."""
    known = {*office.heads, concern.head_id} if concern.about_head else set(first_to_know(office))
    known |= {row.person_id for row in concern.given if row.ended_at is None}
    still_here = or_(Person.ends_on.is_(None), Person.ends_on >= clock.today())
    query = select(Person).where(Person.active, Person.agency_id.is_(None), still_here)
    found = {
        person.public_id: person.name
        for person in session.scalars(query.order_by(func.lower(Person.name), Person.id))
        if person.id not in known and not shown_no_child(person.role_names)
    }
    return names_told_apart(found)


def people_it_was_given_to(concern: Concern) -> dict[str, str]:
    """Public id to name of those who have it now."""
    return {row.person.public_id: row.person.name for row in concern.given if row.ended_at is None}
