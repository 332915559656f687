"""What pages read of reviews; every query starts from `policy.visibility`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import Date, Select, bindparam, select
from sqlalchemy.orm import joinedload, load_only, selectinload

from app import clock, working_days
from app.extensions import session
from app.models.panel import PanelItem
from app.models.people import Person, Role, RoleName
from app.models.reviews import (
    ConflictDeclaration,
    Response,
    ResponseDraft,
    Review,
    ReviewPart,
    Revision,
)
from app.policy.accounts import holders
from app.policy.acting import Office, OfPeople, first_moderator
from app.policy.actor import Actor
from app.policy.local import is_past
from app.policy.panel import item_of
from app.policy.visibility import Aspect, Sight, sees, visible_reviews
from app.queries.people import names_told_apart
from workflows.review import REVIEW
from workflows.states import ReviewState


class NotVisible(Exception):
    """There is no such thing, or this person may not know of it: the page says the same for both."""


@dataclass(frozen=True)
class Seen:
    """A review as one person may see it."""

    review: Review
    sight: Sight
    item: PanelItem | None = None  # before the panel, or decided by it


def with_people(query: Select[Any]) -> Select[Any]:
    """With what the rules and the pages ask of a review's people, and no more: lists read many of them."""
    asked = (Person.name, Person.agency_id, Person.line_manager_id)
    people = (Review.reviewer, Review.worker, Review.line_manager)
    return query.options(
        joinedload(Review.child),
        *(joinedload(each).load_only(*asked) for each in people),
    )


# By a query of their own: joined, each would bring the whole row of its review again.
DECLARATIONS = selectinload(Review.declarations).load_only(
    ConflictDeclaration.person_id, ConflictDeclaration.step, ConflictDeclaration.conflicted
)
# What the rules and a line of the register ask of a review: a third of its columns, on every line of a page.
LISTED_OF_REVIEW = (
    Review.public_id, Review.reference, Review.state, Review.planned_month, Review.planned_at,
    Review.reviewer_id, Review.worker_id, Review.line_manager_id, Review.independent_chair_id, Review.child_id,
    Review.due_on, Review.responses_due_on, Review.moderation_due_on, Review.issue_due_on,
    Review.issued_at, Review.sent_on, Review.uploaded_on, Review.supervision_on, Review.decided_how,
)  # fmt: skip
LISTED = load_only(*LISTED_OF_REVIEW)


def whole(query: Select[Any]) -> Select[Any]:
    """With what `found_by` asks of one review; the declarations are its reviewer's, and asked for then. To be made
    once: putting it together took longer than asking it."""
    return with_people(query).options(joinedload(Review.form_version))


BY_ADDRESS = whole(select(Review).where(Review.public_id == bindparam("address")))


def get(actor: Actor, office: Office, public_id: str) -> Seen:
    """One review by the id of its address. Raises NotVisible."""
    return found_by(actor, office, BY_ADDRESS, {"address": public_id})


def found_by(
    actor: Actor, office: Office, query: Select[Any], given: Mapping[str, Any], *, with_texts: bool = False
) -> Seen:
    """The review that a `whole` query finds, as this person may see it; with the texts as `item_of` reads them. Raises
    NotVisible."""
    review = session.scalars(query, given).unique().one_or_none()
    if review is None:
        raise NotVisible
    item = item_of(review, with_texts=with_texts)
    sight = sees(actor, review, office, past=is_past(actor, review), item=item)
    if not sight.aspects & {Aspect.EXISTS, Aspect.PROGRESS}:
        raise NotVisible
    return Seen(review, sight, item)


_PART = select(ReviewPart).where(ReviewPart.review_id == bindparam("review"), ReviewPart.part == bindparam("part"))


def part_of(review: Review, key: str) -> ReviewPart | None:
    """One part of a draft that was found before; None where nobody has saved it yet."""
    return session.scalars(_PART, {"review": review.id, "part": key}).one_or_none()


MOVES = frozenset(trigger for trigger, step in REVIEW.steps() if step.dest is not None)


HOLDERS = {
    ReviewState.PLANNED: "reviewer",
    ReviewState.DRAFTING: "reviewer",
    ReviewState.PANEL_MODERATION: "The panel",
    ReviewState.TRACKING: "The owners of the recommendations",
    ReviewState.CLOSED: "",
    ReviewState.WITHDRAWN: "",
}


class Named(Protocol):
    """Somebody as a line names him or her."""

    @property
    def name(self) -> str: ...


class AtStage(OfPeople, Protocol):
    """A review, or as much of one as says who has it and until when."""

    @property
    def state(self) -> ReviewState: ...
    @property
    def issued_at(self) -> datetime | None: ...
    @property
    def due_on(self) -> date | None: ...
    @property
    def responses_due_on(self) -> date | None: ...
    @property
    def moderation_due_on(self) -> date | None: ...
    @property
    def issue_due_on(self) -> date | None: ...
    @property
    def reviewer(self) -> Named: ...


def holder_of(review: AtStage, office: Office) -> str:
    """Who has the review now, in words."""
    if review.state is ReviewState.HOS_MODERATION or (review.state is ReviewState.TRACKING and not review.issued_at):
        acting = first_moderator(review, office)
        name = office.names.get(acting.person_id) if acting else None
        return name or "Nobody may act: tell the assistant director"
    if review.state is ReviewState.DISCUSSION:
        return "The worker, the line manager and the reviewer"
    known = HOLDERS[review.state]
    return review.reviewer.name if known == "reviewer" else known


def due_of(review: AtStage) -> date | None:
    """The deadline of the present stage, None where it has none."""
    return {
        ReviewState.PLANNED: review.due_on,
        ReviewState.DRAFTING: review.due_on,
        ReviewState.DISCUSSION: review.responses_due_on,
        ReviewState.HOS_MODERATION: review.moderation_due_on,
        ReviewState.TRACKING: None if review.issued_at else review.issue_due_on,
    }.get(review.state)


def names(query: Select[str, str], given: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Public id to name of the people that a query gives."""
    return dict(session.execute(query, given).all())


def names_of_everybody() -> dict[str, str]:
    """Public id to name of everybody who ever had an account: to show who was named in an old text."""
    return names(select(Person.public_id, Person.name))


def people_to_choose(role: str = "") -> dict[str, str]:
    """Public id to name of those with an active account, or of those among them who have the role. Whether a
    reviewer is too close is asked when one is chosen (R4)."""
    query = select(Person.public_id, Person.name).where(Person.active).order_by(Person.name)
    return names_told_apart(names(query.join(Person.roles).where(Role.name == RoleName(role)) if role else query))


_NAMED = select(Person.public_id, Person.name).order_by(Person.name)
_OWNERS = _NAMED.where(holders(bindparam("today", type_=Date)))


def people_to_own() -> dict[str, str]:
    """Those to whom a recommendation can be given, to see to or to verify: whom the field takes, and nobody else."""
    return names_told_apart(names(_OWNERS, {"today": clock.today()}))


_EVERYBODY = select(
    Person.public_id, Person.name, holders(bindparam("today", type_=Date)).label("holds")
).order_by(Person.name)  # fmt: skip


def people_of_a_form() -> tuple[dict[str, str], dict[str, str]]:
    """`people_to_own` and `names_of_everybody`, in one question."""
    rows = session.execute(_EVERYBODY, {"today": clock.today()}).all()
    owners = {row.public_id: row.name for row in rows if row.holds}
    return names_told_apart(owners), {row.public_id: row.name for row in rows}


RESPONSES = (
    select(Response)
    .where(Response.review_id == bindparam("review"))
    .options(
        joinedload(Response.items),
        joinedload(Response.person).load_only(Person.name),
        joinedload(Response.revision).defer(Revision.content),
    )
    .order_by(Response.given_at, Response.id)
)


def responses(review: Review) -> list[Response]:
    """Every response with its items and its writer, oldest first. The page asks the sight what to show."""
    return list(session.scalars(RESPONSES, {"review": review.id}).unique())


def response_draft(actor: Actor, review: Review) -> ResponseDraft | None:
    """The response this person is writing; nobody else reads it."""
    query = select(ResponseDraft).where(ResponseDraft.review_id == review.id, ResponseDraft.person_id == actor.id)
    return session.scalars(query).one_or_none()


def programme(actor: Actor, office: Office, first: date) -> list[tuple[date, list[Review]]]:
    """Twelve months from `first` (the first of a month), each with its visible reviews: a review belongs to
    the month it was planned for, whenever it is decided."""
    months = [working_days.add_months(first, n) for n in range(12)]
    query = with_people(
        select(Review).where(
            visible_reviews(actor, office), Review.planned_month >= months[0], Review.planned_month <= months[-1]
        )
    ).order_by(Review.id)
    found: dict[date, list[Review]] = {month: [] for month in months}
    for review in session.scalars(query).unique():
        found[review.planned_month].append(review)
    return list(found.items())


def siblings(actor: Actor, office: Office, review: Review) -> list[Review]:
    """The other reviews of the set that this person may know of."""
    if review.sibling_set is None:
        return []
    query = (
        select(Review)
        .where(Review.sibling_set == review.sibling_set, Review.id != review.id, visible_reviews(actor, office))
        .options(joinedload(Review.child))
        .order_by(Review.id)
    )
    return list(session.scalars(query).unique())
