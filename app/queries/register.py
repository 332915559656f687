"""The register: every review that a person may know of, filtered, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import aliased

from app import clock
from app.extensions import session
from app.models.people import Person
from app.models.reviews import Child, ChildStatus, GradeGiven, GradeStage, Review, StageEntry
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.panel import ON_PANEL
from app.policy.visibility import known_reviews, made_once, visible_beyond_dates, visible_reviews
from app.queries.initials import told_apart
from app.queries.paging import Page, a_page, how_many, limited, of_all
from app.queries.people import names_told_apart
from app.queries.reviews import LISTED, MOVES, due_of, holder_of, names, with_people
from workflows.states import ReviewState

PAGE = 20  # a screenful and a half
NEWEST = (Review.planned_month.desc(), Review.id.desc())


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
class Line:
    """One line of the register: a reference and initials, never a name (R11)."""

    review: Review
    known: bool  # else its reader sees how far it has come, and not whose it is
    holder: str
    days_in_stage: int
    due_on: date | None


@dataclass(frozen=True)
class Register(Page[Line]):
    """One page of reviews, newest first, and who may be chosen in the filters."""

    people: Mapping[str, str] = field(default_factory=dict)

    @property
    def initials(self) -> dict[int, str]:
        """By the child's id; of the lines whose child this person may know of."""
        return told_apart(line.review.child for line in self.rows if line.known)


def register(actor: Actor, office: Office, filters: Filters, page: int = 1) -> Register:
    """The reviews this person may know of, newest first."""
    people, ids = _in_all(actor, office)
    if filters.as_query():
        chosen = a_page(*_newest(_wanted(actor, office, filters)), page, PAGE)
    elif ids is None:
        chosen = a_page(*_every(actor, office), page, PAGE)
    else:
        chosen = of_all(ids, page, PAGE)
    found = session.execute(_lines(actor, office), {"ids": chosen.rows})
    lines = [_line(office, *each) for each in found]
    return Register(lines, chosen.total, chosen.page, PAGE, people)


@made_once
def _every(actor: Actor, office: Office) -> tuple[Select[Any], Select[Any]]:
    """Without filters, as most people open it."""
    return _newest(select(Review.id).where(visible_reviews(actor, office)))


def _newest(wanted: Select[Any]) -> tuple[Select[Any], Select[Any]]:
    """The ids of a page of them, and how many there are."""
    return limited(wanted.order_by(*NEWEST)), how_many(wanted)


@made_once
def _lines(actor: Actor, office: Office) -> Select[Any]:
    """What the lines of a page show, of the reviews whose ids come with the asking: those found visible."""
    entered = select(func.max(StageEntry.at)).where(StageEntry.review_id == Review.id, StageEntry.action.in_(MOVES))
    listed = select(Review).where(Review.id.in_(bindparam("ids", expanding=True))).order_by(*NEWEST).options(LISTED)
    return with_people(listed).add_columns(known_reviews(actor, office), entered.scalar_subquery())


def _line(office: Office, review: Review, known: bool, entered: datetime | None) -> Line:
    """In its stage since the newest step that moved it, or since it was planned."""
    since = clock.day_of(entered or review.planned_at) or clock.today()
    return Line(
        review=review,
        known=bool(known),
        holder=holder_of(review, office),
        days_in_stage=max(0, (clock.today() - since).days),
        due_on=due_of(review),
    )


# What the filters offer

_NAMED = aliased(Person)  # the condition has subqueries over people of its own
_BY_NAME = select(_NAMED.public_id, _NAMED.name).order_by(_NAMED.name)
_NAMED_IN_FEW = _BY_NAME.where(_NAMED.id.in_(bindparam("people", expanding=True)))


def _in_all(actor: Actor, office: Office) -> tuple[dict[str, str], Sequence[int] | None]:
    """Reviewers and workers of the visible reviews, for the filters; and those reviews' ids, where all were read."""
    if office.holds(actor.id) or actor.has(*ON_PANEL):
        return names_told_apart(names(_named_in_all(actor, office))), None
    # Columns alone, of some hundreds of rows: not through the session, which goes through every row again
    each = session.connection().execute(_own(actor, office)).all()
    people = ({row[1] for row in each} | {row[2] for row in each}) - {None}
    return names_told_apart(names(_NAMED_IN_FEW, {"people": list(people)})), [row[0] for row in each]


@made_once
def _named_in_all(actor: Actor, office: Office) -> Select[str, str]:
    """For who sees nearly all: one review of each person is soon found, an issued one of a worker soonest, for an index
    tells it and nearly every worker has one."""
    beyond = visible_beyond_dates(actor, office)
    parts = (
        (Review.reviewer_id, visible_reviews(actor, office)),
        (Review.worker_id, and_(Review.issued_at.is_not(None), beyond)),
        (Review.worker_id, beyond),
    )
    named = or_(*(select(Review.id).where(part == _NAMED.id, seen).exists() for part, seen in parts))
    return _BY_NAME.where(named)


@made_once
def _own(actor: Actor, office: Office) -> Select[Any]:
    """For who sees few: gone through once, for the people and for the page."""
    worker = case((visible_beyond_dates(actor, office), Review.worker_id))
    visible = visible_reviews(actor, office)
    return select(Review.id, Review.reviewer_id, worker).where(visible).order_by(*NEWEST)


# What the filters ask


def _wanted(actor: Actor, office: Office, filters: Filters) -> Select[Any]:
    wanted = _filtered(select(Review.id).where(visible_reviews(actor, office)), filters)
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
