"""What pages read of reviews; every query starts from `policy.visibility`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import aliased, joinedload, load_only, selectinload

from app import clock, working_days
from app.extensions import session
from app.models.base import Base
from app.models.panel import PanelItem
from app.models.people import Person, Role, RoleName
from app.models.reviews import (
    Child,
    ChildStatus,
    ConflictDeclaration,
    GradeGiven,
    GradeStage,
    Response,
    ResponseDraft,
    Review,
    StageEntry,
)
from app.policy.acting import Office, first_moderator
from app.policy.actor import Actor
from app.policy.local import PastRule, is_past, past_rule
from app.policy.panel import items_of
from app.policy.visibility import Aspect, Sight, made_once, sees, visible_beyond_dates, visible_reviews
from app.queries.initials import told_apart
from workflows.review import REVIEW
from workflows.states import ReviewState

PAGE = 20  # a screenful and a half
LAST_PAGE = 1_000_000  # a number beyond it is no page, and none that a database can count to


class NotVisible(Exception):
    """There is no such thing, or this person may not know of it: the page says the same for both."""


@dataclass(frozen=True)
class Seen:
    """A review as one person may see it."""

    review: Review
    sight: Sight


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
LISTED = load_only(
    Review.public_id, Review.reference, Review.state, Review.planned_month, Review.planned_at,
    Review.reviewer_id, Review.worker_id, Review.line_manager_id, Review.independent_chair_id, Review.child_id,
    Review.due_on, Review.responses_due_on, Review.moderation_due_on, Review.issue_due_on,
    Review.issued_at, Review.sent_on, Review.uploaded_on, Review.supervision_on, Review.decided_how,
)  # fmt: skip


# Made once: putting it together took longer than asking it, on every page of a review.
BY_ADDRESS = with_people(select(Review).where(Review.public_id == bindparam("address"))).options(
    DECLARATIONS, joinedload(Review.form_version)
)


def get(actor: Actor, office: Office, public_id: str) -> Seen:
    """One review by the id of its address. Raises NotVisible."""
    review = session.scalars(BY_ADDRESS, {"address": public_id}).unique().one_or_none()
    if review is None:
        raise NotVisible
    sight = sees(actor, review, office, past=is_past(actor, review))
    if not sight.aspects & {Aspect.EXISTS, Aspect.PROGRESS}:
        raise NotVisible
    return Seen(review, sight)


@dataclass(frozen=True)
class Filters:
    """What somebody typed above the register; empty means everything."""

    search: str = ""
    stage: str = ""
    reviewer: str = ""
    worker: str = ""
    month: str = ""
    theme: str = ""
    status: str = ""
    grade: str = ""

    def as_query(self) -> dict[str, str]:
        return {key: value for key, value in self.__dict__.items() if value}


@dataclass(frozen=True)
class Row:
    """One line of the register: a reference and initials, never a name (R11)."""

    review: Review
    sight: Sight
    holder: str
    days_in_stage: int
    due_on: date | None


@dataclass(frozen=True)
class Register:
    """One page of reviews, newest reference first, and whether there is more."""

    rows: list[Row]
    total: int
    page: int
    people: Mapping[str, str] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))

    @property
    def initials(self) -> dict[int, str]:
        """By the child's id; of the rows whose child this person may know of."""
        return told_apart(row.review.child for row in self.rows if Aspect.EXISTS in row.sight)


def paged(kind: type[Base], wanted: Select[Any], order: Sequence[Any]) -> Select[Any]:
    """The query of one page of the rows that are `wanted`; which page comes with the asking (`a_page`).

    The page is chosen by id alone, so that only its own rows are read whole and sorted: with what a line shows of
    each, all that are wanted would be.
    """
    chosen = wanted.with_only_columns(kind.id).order_by(*order).limit(bindparam("most")).offset(bindparam("start"))
    return select(kind).where(kind.id.in_(chosen)).order_by(*order)


def a_page(
    wanted: Select[Any], shown: Select[Any], page: int, count: Callable[[], int] | None = None
) -> tuple[list[Any], int, int]:
    """The rows of one page, how many there are in all, and which page it is: the last where there are fewer.

    `shown` is `paged` of what is `wanted`, with what a line shows of each. A page that is not full says by itself
    how many there are, and nothing is counted. `count` is for who knows a shorter way.
    """

    def rows(number: int) -> list[Any]:
        return list(session.scalars(shown, {"most": PAGE, "start": (number - 1) * PAGE}).unique())

    page = min(max(page, 1), LAST_PAGE)
    found = rows(page)
    if len(found) < PAGE and (found or page == 1):
        return found, (page - 1) * PAGE + len(found), page
    total = (
        count() if count else session.scalar(wanted.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    )
    if found:
        return found, total, page
    page = max(1, -(-total // PAGE))
    return rows(page), total, page


def register(actor: Actor, office: Office, filters: Filters, page: int = 1) -> Register:
    """The reviews this person may know of, filtered, a page at a time."""
    people, seen = _people(actor, office)
    if filters.as_query():
        wanted = _wanted(actor, office, filters)
        found, total, page = a_page(wanted, _shown(actor, wanted), page)
    else:
        found, total, page = a_page(*_every(actor, office), page, None if seen is None else lambda: seen)
    rule = cache(past_rule)
    entered, items = _entered(found), items_of(found)
    rows = [
        _row(
            actor,
            office,
            review,
            items.get(review.id),
            rule,
            entered.get(review.id) or clock.day_of(review.planned_at) or clock.today(),
        )
        for review in found
    ]
    return Register(rows, total, page, people)


@made_once
def _every(actor: Actor, office: Office) -> tuple[Select[Any], Select[Any]]:
    """Without filters, as most people open it: the reviews, and a page of them."""
    wanted = select(Review).where(visible_reviews(actor, office))
    return wanted, _shown(actor, wanted)


def _shown(actor: Actor, wanted: Select[Any]) -> Select[Any]:
    """A page of them, newest first. A reviewer's own sight asks the declarations of each row."""
    listed = paged(Review, wanted, (Review.planned_month.desc(), Review.id.desc())).options(LISTED)
    return with_people(listed.options(DECLARATIONS) if actor.has(RoleName.REVIEWER) else listed)


def _wanted(actor: Actor, office: Office, filters: Filters) -> Select[Any]:
    wanted = _filtered(select(Review).where(visible_reviews(actor, office)), filters)
    beyond = visible_beyond_dates(actor, office)
    if filters.search:
        wanted = wanted.where(_found_by(filters.search, beyond))
    telling = list(_telling(filters, may_grade=office.holds(actor.id)))
    if telling:
        wanted = wanted.where(beyond, *telling)
    return wanted


_THEMED = aliased(Review)


def _filtered(query: Select[Any], filters: Filters) -> Select[Any]:
    """By what a list shows to everybody who may see the line."""
    if filters.stage in tuple(ReviewState):
        query = query.where(Review.state == ReviewState(filters.stage))
    if filters.reviewer:
        query = query.where(Review.reviewer_id.in_(_person(filters.reviewer)))
    if month := _month(filters.month):
        query = query.where(Review.planned_month == month)
    return query


def _telling(filters: Filters, *, may_grade: bool) -> Iterator[ColumnElement[bool]]:
    """By what would tell something of the child or the practice: asked only of reviews seen beyond dates."""
    if filters.worker:
        yield Review.worker_id.in_(_person(filters.worker))
    if filters.status in tuple(ChildStatus):
        yield Review.child_status == ChildStatus(filters.status)
    if filters.theme:
        themed = _THEMED.theme.icontains(filters.theme.strip(), autoescape=True)
        yield Review.id.in_(select(_THEMED.id).where(themed))  # read from the index of themes alone
    if filters.grade in GRADES and may_grade:
        yield _final_grade_is(GRADES.index(filters.grade) + 1)


def _found_by(text: str, beyond: ColumnElement[bool]) -> ColumnElement[bool]:
    """The beginning of a reference; or an exact case-system ID, of reviews seen beyond dates."""
    child = Review.child_id.in_(select(Child.id).where(Child.case_system_id == text.strip()))
    return or_(Review.reference.startswith(text.strip(), autoescape=True), and_(beyond, child))


def _person(public_id: str) -> Select[int]:
    return select(Person.id).where(Person.public_id == public_id)


GRADES = ("inadequate", "requires_improvement", "good", "outstanding")


def _final_grade_is(grade: int) -> ColumnElement[bool]:
    """Any section's or the overall final grade; for the Head's office, which sees every final grade."""
    given = select(GradeGiven.review_id).where(GradeGiven.stage == GradeStage.FINAL, GradeGiven.grade == grade)
    return and_(Review.id.in_(given), Review.decided_at.is_not(None))


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01") if text else None
    except ValueError:
        return None


def _row(
    actor: Actor, office: Office, review: Review, item: PanelItem | None, rule: Callable[[], PastRule], since: date
) -> Row:
    return Row(
        review=review,
        sight=sees(actor, review, office, past=is_past(actor, review, rule), item=item),
        holder=holder_of(review, office),
        days_in_stage=max(0, (clock.today() - since).days),
        due_on=due_of(review),
    )


MOVES = frozenset(trigger for trigger, step in REVIEW.steps() if step.dest is not None)


ENTERED = (
    select(StageEntry.review_id, func.max(StageEntry.at).label("at"))
    .where(StageEntry.review_id.in_(bindparam("reviews", expanding=True)), StageEntry.action.in_(MOVES))
    .group_by(StageEntry.review_id)
)


def _entered(reviews: Sequence[Review]) -> dict[int, date]:
    """The day each came into its stage: its newest step that moved it. One that never moved is not here."""
    rows = session.execute(ENTERED, {"reviews": [review.id for review in reviews]})
    return {row.review_id: clock.day_of(row.at) or clock.today() for row in rows}


HOLDERS = {
    ReviewState.PLANNED: "reviewer",
    ReviewState.DRAFTING: "reviewer",
    ReviewState.PANEL_MODERATION: "The panel",
    ReviewState.TRACKING: "The owners of the recommendations",
    ReviewState.CLOSED: "",
    ReviewState.WITHDRAWN: "",
}


def holder_of(review: Review, office: Office) -> str:
    """Who has the review now, in words."""
    if review.state is ReviewState.HOS_MODERATION or (review.state is ReviewState.TRACKING and not review.issued_at):
        acting = first_moderator(review, office)
        name = office.names.get(acting.person_id) if acting else None
        return name or "Nobody may act: tell the assistant director"
    if review.state is ReviewState.DISCUSSION:
        return "The worker, the line manager and the reviewer"
    known = HOLDERS[review.state]
    return review.reviewer.name if known == "reviewer" else known


def due_of(review: Review) -> date | None:
    """The deadline of the present stage, None where it has none."""
    return {
        ReviewState.PLANNED: review.due_on,
        ReviewState.DRAFTING: review.due_on,
        ReviewState.DISCUSSION: review.responses_due_on,
        ReviewState.HOS_MODERATION: review.moderation_due_on,
        ReviewState.TRACKING: None if review.issued_at else review.issue_due_on,
    }.get(review.state)


_NAMED = aliased(Person)  # the condition has subqueries over people of its own


def _people(actor: Actor, office: Office) -> tuple[dict[str, str], int | None]:
    """Reviewers and workers of the visible reviews, for the filters; and how many those are, where it was seen."""
    if office.holds(actor.id):
        return _names(_named_in_all(actor, office)), None
    groups = session.execute(_grouped(actor, office)).all()
    ids = {person_id for group in groups for person_id in group[:2] if person_id}
    query = select(_NAMED.public_id, _NAMED.name).where(_NAMED.id.in_(ids)).order_by(_NAMED.name)
    return _names(query), sum(group[2] for group in groups)


def _names(query: Select[str, str]) -> dict[str, str]:
    return {row.public_id: row.name for row in session.execute(query)}


@made_once
def _named_in_all(actor: Actor, office: Office) -> Select[str, str]:
    """For who sees nearly all: one review of each person is soon found."""
    parts = (
        (Review.reviewer_id, visible_reviews(actor, office)),
        (Review.worker_id, visible_beyond_dates(actor, office)),
    )
    named = or_(*(select(Review.id).where(part == _NAMED.id, seen).exists() for part, seen in parts))
    return select(_NAMED.public_id, _NAMED.name).where(named).order_by(_NAMED.name)


@made_once
def _grouped(actor: Actor, office: Office) -> Select[Any]:
    """For who sees few: gone through once, for the people and for the number of reviews."""
    worker = case((visible_beyond_dates(actor, office), Review.worker_id))
    visible = visible_reviews(actor, office)
    return select(Review.reviewer_id, worker, func.count()).where(visible).group_by(Review.reviewer_id, worker)


def names_of_everybody() -> dict[str, str]:
    """Public id to name of everybody who ever had an account: to show who was named in an old text."""
    return _names(select(Person.public_id, Person.name))


def people_to_choose(role: str = "") -> dict[str, str]:
    """Public id to name of those with an active account, or of those among them who have the role. Whether a
    reviewer is too close is asked when one is chosen (R4)."""
    query = select(Person.public_id, Person.name).where(Person.active).order_by(Person.name)
    return _names(query.join(Person.roles).where(Role.name == RoleName(role)) if role else query)


def responses(review: Review) -> list[Response]:
    """Every response with its items and its writer, oldest first. The page asks the sight what to show."""
    query = (
        select(Response)
        .where(Response.review_id == review.id)
        .options(joinedload(Response.items), joinedload(Response.person), joinedload(Response.revision))
        .order_by(Response.given_at, Response.id)
    )
    return list(session.scalars(query).unique())


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
